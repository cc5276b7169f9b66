//! Macros with parameters, put in the place of their calls as the preprocessor does.

use std::collections::HashMap;
use std::rc::Rc;

use super::change::{change, change_expr};
use super::machine::{Machine, is_macro};
use super::state::State;
use super::types::Ty;
use super::value::Value;
use crate::Span;
use crate::ir::{Arg, Expr, ExprKind, Function, Pattern, Stmt, StmtKind, Text};

/// Macros inside macros deeper than this are called like functions.
const MACROS_MAX: usize = 24;

/// A macro with its arguments in it.
pub(super) enum Expanded {
    Value(Expr),
    Body(Vec<Stmt>),
}

impl<'m> Machine<'m> {
    /// What the call of a macro stands for; `None` for any other expression.
    pub(super) fn expanded(&mut self, expr: &Expr) -> Option<(Text, Rc<Expanded>)> {
        let ExprKind::Call { callee, args } = &expr.kind else {
            return None;
        };
        let ExprKind::Name(name) = &callee.kind else {
            return None;
        };
        let is_inside = self.expanding.contains(name) || self.expanding.len() >= MACROS_MAX;
        let function = self.program.function(self.module(), name)?;
        let found: &'m Function = self.program.get(function)?;
        if is_inside || !is_macro(found) || found.params.len() != args.len() {
            return None;
        }
        let key = (self.module(), expr.span, name.clone());
        if let Some(known) = self
            .expansions
            .get(&key)
            .filter(|_| self.expanding.is_empty())
        {
            return Some((name.clone(), known.clone()));
        }
        let expanded = Rc::new(expand(found, args, expr.span));
        if self.expanding.is_empty() {
            self.expansions.insert(key, expanded.clone());
        }
        Some((name.clone(), expanded))
    }

    /// The expression the call of a macro stands for.
    pub(super) fn macro_expression(&mut self, expr: &Expr) -> Option<(Text, Expr)> {
        let (name, expanded) = self.expanded(expr)?;
        match &*expanded {
            Expanded::Value(value) => Some((name, value.clone())),
            Expanded::Body(_) => None,
        }
    }

    /// A macro used for its value.
    pub(super) fn macro_value(
        &mut self,
        name: Text,
        expanded: &Expanded,
        state: &mut State,
    ) -> Value {
        self.inside_macro(name, |machine| match expanded {
            Expanded::Value(value) => machine.eval(value, state),
            Expanded::Body(body) => {
                let flow = machine.statements(body, std::mem::take(state));
                match flow.next {
                    Some(next) => *state = next,
                    None => state.is_over = true,
                }
                Value::unknown(Ty::Unknown)
            }
        })
    }

    /// Does something inside of a macro.
    pub(super) fn inside_macro<T>(&mut self, name: Text, work: impl FnOnce(&mut Self) -> T) -> T {
        self.expanding.push(name);
        let done = work(self);
        self.expanding.pop();
        done
    }
}

/// A macro's body with arguments for parameters; all of it stands where the call does.
fn expand(found: &Function, args: &[Arg], span: Span) -> Expanded {
    let params = found.params.iter().map(|param| &param.pattern);
    let given: HashMap<&Text, &Expr> = params
        .zip(args)
        .filter_map(|(param, arg)| match param {
            Pattern::Name(name) => Some((name, &arg.value)),
            _ => None,
        })
        .collect();
    let mut body = found.body.clone();
    for stmt in &mut body {
        change(stmt, &mut |expr| replace(expr, &given, span), &mut |stmt| {
            stmt.span = span;
            if let StmtKind::Let { pattern, .. } = &mut stmt.kind {
                rename(pattern, &given);
            }
        });
    }
    let is_value = found.annotations.iter().any(|mark| &*mark.name == "value");
    match (is_value, body.as_mut_slice()) {
        (
            true,
            [
                Stmt {
                    kind: StmtKind::Return(value),
                    ..
                },
            ],
        ) => match value.take() {
            Some(value) => Expanded::Value(value),
            None => Expanded::Body(Vec::new()),
        },
        _ => Expanded::Body(body),
    }
}

/// One expression; false where its parts are not to be looked at, since they are an argument's.
fn replace(expr: &mut Expr, given: &HashMap<&Text, &Expr>, span: Span) -> bool {
    expr.span = span;
    match &mut expr.kind {
        ExprKind::Name(name) => {
            if let Some(value) = given.get(name) {
                *expr = (*value).clone();
                return false;
            }
        }
        ExprKind::Field { name, .. } => {
            if let Some(other) = plain(given.get(name).copied()) {
                *name = other;
            }
        }
        ExprKind::Assign { target, .. } => {
            if let Pattern::Name(name) = &**target
                && let Some(value) = given.get(name)
            {
                **target = match &value.kind {
                    ExprKind::Name(name) => Pattern::Name(name.clone()),
                    _ => Pattern::Place(Box::new((*value).clone())),
                };
                // The argument stands in the target: it is not looked at again.
                if let ExprKind::Assign { value, .. } = &mut expr.kind {
                    change_expr(value, &mut |expr| replace(expr, given, span));
                }
                return false;
            }
        }
        ExprKind::Cast { ty, .. } | ExprKind::SizeOfType(ty) => {
            if let Some(other) = plain(given.get(&ty.name).copied()) {
                ty.name = other;
            }
        }
        _ => {}
    }
    true
}

fn rename(pattern: &mut Pattern, given: &HashMap<&Text, &Expr>) {
    if let Pattern::Name(name) = pattern
        && let Some(other) = plain(given.get(name).copied())
    {
        *name = other;
    }
}

fn plain(value: Option<&Expr>) -> Option<Text> {
    match &value?.kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}
