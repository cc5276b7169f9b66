//! Functions of the tree used as conditions: what their answer says of what they were asked about.

use super::call::Given;
use super::machine::Machine;
use super::names::Sym;
use super::shape::Shape;
use super::value::{FunctionRef, Labels, Space, Value};
use crate::Language;
use crate::ir::{Arg, Const, Expr, ExprKind, Function, Pattern, StmtKind};

/// What a call is asked to have answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Yes or no.
    Truth(bool),
    /// That nothing is wrong: no error comes back.
    NoError,
}

/// A function, the names around it, its receiver.
type Target = (FunctionRef, Option<Space>, Option<Value>);

impl<'a> Machine<'a> {
    /// Goes on with what is known of arguments where a function of the tree says yes, or no.
    pub(super) fn refine_by_function(&mut self, callee: &'a Expr, args: &'a [Arg], answer: Answer) {
        let given = self.arguments(args);
        let asked = |arg: &Given<'a>| !arg.value.labels.is_empty();
        if !given.iter().any(asked) {
            return;
        }
        let Some(target) = self.function_of(callee, args.len()) else {
            return;
        };
        let recurses = self.frames.iter();
        let recurses = recurses
            .filter_map(|frame| frame.function)
            .any(|function| function == target.0);
        if recurses || self.frames.len() > self.calls_max || !self.step() {
            return;
        }
        let mark = self.store.mark();
        let learnt = self.answered(target, &given, answer);
        self.store.undo(mark);
        self.reachable = true;
        for (place, labels, shape) in learnt {
            self.know(place, &labels, shape);
        }
    }

    /// The one function of the tree that is called.
    fn function_of(&mut self, callee: &'a Expr, arity: usize) -> Option<Target> {
        let held = match &callee.kind {
            ExprKind::Name(name) => {
                let name = self.sym(name);
                if self.has_implicit_this()
                    && let Some((owner, methods)) = self.implicit_methods(name, arity)
                {
                    let this = self.prototype_value(owner);
                    return self.only(&methods, Some(this));
                }
                self.name(name, callee.span)
            }
            ExprKind::Field { base, name } => {
                let receiver = self.eval(base);
                let name = self.sym(name);
                let methods = self.own_methods(&receiver, name, arity);
                if !methods.is_empty() {
                    let this = self.as_this(&receiver);
                    return self.only(&methods, Some(this));
                }
                self.field_of(&receiver, name, callee.span)
            }
            _ => return None,
        };
        let callable = held.function?;
        Some((callable.function, callable.around, callable.this.clone()))
    }

    fn only(&self, methods: &[FunctionRef], this: Option<Value>) -> Option<Target> {
        let [only] = methods else {
            return None;
        };
        Some((*only, self.around_of(*only), this))
    }

    /// Runs a function as far as it gives this answer; what its parameters are known to be then.
    fn answered(
        &mut self,
        (function, around, this): Target,
        given: &[Given<'a>],
        answer: Answer,
    ) -> Vec<(&'a Expr, Labels, Shape)> {
        let called = self.tree.function(function);
        let values = self.spread(called, given);
        let mut space = None;
        self.in_frame(function, around, false, |machine| {
            if let Some(frame) = machine.frames.last_mut() {
                frame.asked = Some(answer);
                space = Some(frame.space);
            }
            machine.receive(called, this);
            for (param, value) in called.params.iter().zip(values) {
                machine.bind_param(param, value.unwrap_or_default());
            }
            machine.run_body(called);
        });
        let Some(space) = space.filter(|_| self.reachable) else {
            return Vec::new();
        };
        let mut learnt = Vec::new();
        for (param, arg) in called.params.iter().zip(given) {
            let (Pattern::Name(name), None) = (&param.pattern, arg.name) else {
                continue;
            };
            let name: Sym = self.names.of_code(name);
            let Some(value) = self.store.get((space, name)) else {
                continue;
            };
            let is_checked = value.shape.has(Shape::FIXED) && value.labels.is_empty();
            if is_checked || !value.labels.is_empty() {
                learnt.push((arg.expr, value.labels.clone(), value.shape));
            }
        }
        learnt
    }

    /// A place is as safe as a parameter was found to be.
    fn know(&mut self, place: &'a Expr, labels: &Labels, shape: Shape) {
        if labels.is_empty() && !matches!(place.kind, ExprKind::Name(_)) {
            self.equals_trusted(place, &Value::constant(super::value::Known::Unknown));
        }
        self.change(place, &mut |value| {
            if labels.is_empty() {
                value.labels = Labels::default();
                value.shape = value.shape.with(Shape::FIXED, shape.has(Shape::FIXED));
                return;
            }
            for label in labels.all() {
                value.labels = value.labels.cleaned_of(label.source, label.cleaned);
            }
        });
    }

    /// What comes back where a function is asked for one answer: false where it cannot be this.
    pub(super) fn may_answer(&mut self, value: &'a Expr) -> bool {
        let Some(asked) = self.frame().and_then(|frame| frame.asked) else {
            return true;
        };
        match asked {
            Answer::Truth(asked) => {
                let given = self.eval(value);
                if given.known.truth() == Some(!asked) {
                    return false;
                }
                self.refine(value, asked);
                true
            }
            Answer::NoError => {
                // of several results the error is the last
                let value = match &value.kind {
                    ExprKind::Sequence(results) => results.last().unwrap_or(value),
                    _ => value,
                };
                matches!(value.kind, ExprKind::Const(Const::Null))
            }
        }
    }

    /// Where a function ends without a `return`: its last expression is the answer, or there is
    /// none that counts as yes.
    pub(super) fn answer_at_end(&mut self, called: &'a Function) {
        let Some(asked) = self.frame().and_then(|frame| frame.asked) else {
            return;
        };
        if !self.reachable {
            return;
        }
        self.reachable = match called.body.last().map(|last| &last.kind) {
            Some(StmtKind::Expr(value)) if self.language == Language::Rust => {
                self.may_answer(value)
            }
            _ => asked == Answer::Truth(false),
        };
    }

    /// `err == nil`: the call it came from found nothing wrong.
    pub(super) fn refine_no_error(&mut self, error: &'a Expr) {
        let ExprKind::Name(name) = &error.kind else {
            return;
        };
        if self.language != Language::Go {
            return;
        }
        let name = self.sym(name);
        let made_by = self.local(name).map_or(0, |value| value.condition as usize);
        let made_by = made_by.checked_sub(1);
        let made_by = made_by.and_then(|at| self.conditions.get(at).copied());
        if let Some(ExprKind::Call { callee, args }) = made_by.map(|call| &call.kind) {
            self.refine_by_function(callee, args, Answer::NoError);
        }
    }
}
