//! Statements: choices, jumps, blocks. Loops are in `repeat.rs`.

use super::expand::Expanded;
use super::machine::Machine;
use super::outcome::{Returns, question};
use super::place::Place;
use super::state::{State, join};
use super::types::Ty;
use super::value::{ObjectId, Value};
use crate::Span;
use crate::ir::{Case, Expr, ExprKind, Pattern, Stmt, StmtKind, Text, TypeName};

/// How a statement may end.
#[derive(Default)]
pub(super) struct Flow {
    /// It goes on behind it.
    pub(super) next: Option<State>,
    pub(super) breaks: Option<State>,
    pub(super) continues: Option<State>,
    pub(super) returns: Returns,
    pub(super) gotos: Vec<(Text, State)>,
}

/// How often `goto` is followed backwards.
const JUMPS_BACK: u32 = 3;

/// Statements behind a label that are run for those who jump there alone.
const WAY_OUT_MAX: usize = 12;

impl Flow {
    pub(super) fn on(state: State) -> Self {
        let next = (!state.is_over).then_some(state);
        Self {
            next,
            ..Self::default()
        }
    }

    /// Takes over all ends of another but the next.
    pub(super) fn absorb(&mut self, other: Self) -> Option<State> {
        self.breaks = join(self.breaks.take(), other.breaks);
        self.continues = join(self.continues.take(), other.continues);
        self.absorb_exits(other.returns, other.gotos);
        other.next
    }

    pub(super) fn absorb_exits(&mut self, returns: Returns, gotos: Vec<(Text, State)>) {
        self.returns.absorb(returns);
        self.gotos.extend(gotos);
    }
}

impl Machine<'_> {
    /// Statements with a scope of their own.
    pub(super) fn block(&mut self, body: &[Stmt], state: State) -> Flow {
        if let Some(frame) = self.frames.last_mut() {
            frame.scopes.push(Vec::new());
        }
        let mut flow = self.statements(body, state);
        let scope = self
            .frames
            .last_mut()
            .and_then(|frame| frame.scopes.pop())
            .unwrap_or_default();
        for (name, before) in scope.into_iter().rev() {
            let now = self
                .frames
                .last()
                .and_then(|frame| frame.names.get(&name))
                .cloned();
            if let Some(now) = now {
                self.destroy(now.object, &now.ty, &mut flow);
            }
            let Some(frame) = self.frames.last_mut() else {
                break;
            };
            match before {
                Some(before) => frame.names.insert(name, before),
                None => frame.names.remove(&name),
            };
        }
        flow
    }

    /// Runs the destructor of a local object where its block is left.
    fn destroy(&mut self, id: ObjectId, ty: &Ty, flow: &mut Flow) {
        let Ty::Record(record) = ty else { return };
        let is_own = |state: &State| state.get(id).is_some_and(|object| object.ty == *ty);
        if let Some(state) = flow.next.take() {
            flow.next = if is_own(&state) {
                self.destruct(id, *record, state)
            } else {
                Some(state)
            };
        }
        flow.returns = std::mem::take(&mut flow.returns).each(|state, value| {
            let is_returned = super::state::pointed(value).contains(&id);
            if is_returned || !is_own(&state) {
                Some(state)
            } else {
                self.destruct(id, *record, state)
            }
        });
    }

    /// Statements one after the other, with jumps among them.
    pub(super) fn statements(&mut self, body: &[Stmt], state: State) -> Flow {
        let mut flow = Flow::default();
        let mut current = Some(state);
        let mut jumps_left = JUMPS_BACK;
        let mut at = 0;
        loop {
            while let Some(stmt) = body.get(at) {
                if let StmtKind::Labeled(label, _) = &stmt.kind {
                    let jumps = take_jumps(&mut flow.gotos, label);
                    current = match (current, jumps) {
                        (Some(current), Some(jumps)) if is_way_out(&body[at..]) => {
                            let one = self.statements(&body[at..], jumps);
                            let next = flow.absorb(one);
                            flow.next = join(flow.next.take(), next);
                            Some(current)
                        }
                        (current, jumps) => join(current, jumps),
                    };
                }
                let Some(state) = current.take() else {
                    at += 1;
                    continue;
                };
                let one = match question(&body[at..]) {
                    Some((call, count)) => {
                        at += count;
                        self.each_answer(call, &body[at - count..at], state)
                    }
                    None => {
                        at += 1;
                        self.statement(stmt, state)
                    }
                };
                current = flow.absorb(one);
            }
            let back = body.iter().position(|stmt| {
                matches!(&stmt.kind, StmtKind::Labeled(label, _)
                    if flow.gotos.iter().any(|(wanted, _)| wanted == label))
            });
            match back {
                Some(label) if jumps_left > 0 && self.steps > 0 => {
                    jumps_left -= 1;
                    flow.next = join(flow.next.take(), current.take());
                    at = label;
                }
                _ => break,
            }
        }
        flow.next = join(flow.next.take(), current);
        flow
    }

    pub(super) fn statement(&mut self, stmt: &Stmt, mut state: State) -> Flow {
        if !self.step() {
            return Flow::on(state);
        }
        match &stmt.kind {
            StmtKind::Expr(value) => self.expression_statement(value, state),
            StmtKind::Let { pattern, ty, value } => {
                self.let_statement(
                    pattern,
                    ty.as_ref(),
                    value.as_ref(),
                    stmt.span,
                    &mut state,
                    false,
                );
                Flow::on(state)
            }
            StmtKind::Labeled(label, inner) => match &inner.kind {
                StmtKind::Let { pattern, ty, value } if &**label == "static" => {
                    self.let_statement(
                        pattern,
                        ty.as_ref(),
                        value.as_ref(),
                        stmt.span,
                        &mut state,
                        true,
                    );
                    Flow::on(state)
                }
                _ => self.statement(inner, state),
            },
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => self.if_statement(condition, then, otherwise, state),
            StmtKind::While {
                condition,
                body,
                body_first,
            } => self.repeat(Some(condition), &[], body, *body_first, stmt.span, state),
            StmtKind::For {
                init,
                condition,
                update,
                body,
            } => self.for_statement(init, condition.as_ref(), update, body, stmt.span, state),
            StmtKind::ForEach {
                pattern,
                iterable,
                body,
                ..
            } => self.for_each(pattern, iterable, body, stmt.span, state),
            StmtKind::Switch { subject, cases } => self.switch(subject, cases, state),
            StmtKind::Try {
                body,
                catches,
                finally,
                ..
            } => {
                let handlers: Vec<&[Stmt]> = catches.iter().map(|catch| &*catch.body).collect();
                self.attempt(body, &handlers, finally, state)
            }
            StmtKind::Return(value) => self.return_statement(value.as_ref(), state),
            StmtKind::Throw(value) => {
                if let Some(value) = value {
                    let thrown = self.eval(value, &mut state);
                    self.escape(&thrown, &mut state);
                }
                self.check_thrown(&state);
                Flow::default()
            }
            StmtKind::Break(_) => Flow {
                breaks: Some(state),
                ..Flow::default()
            },
            StmtKind::Continue(_) => Flow {
                continues: Some(state),
                ..Flow::default()
            },
            StmtKind::Goto(label) => Flow {
                gotos: vec![(label.clone(), state)],
                ..Flow::default()
            },
            StmtKind::Block(body) => self.block(body, state),
            StmtKind::Delete(values) => {
                for value in values {
                    self.delete(value, stmt.span, &mut state);
                }
                Flow::on(state)
            }
            StmtKind::Assert(value) => {
                let (holds, _) = self.branch(value, state);
                Flow {
                    next: holds,
                    ..Flow::default()
                }
            }
            _ => Flow::on(state),
        }
    }

    /// A macro that is statements may leave the function it stands in.
    fn expression_statement(&mut self, value: &Expr, mut state: State) -> Flow {
        if let Some((name, expanded)) = self.expanded(value)
            && let Expanded::Body(body) = &*expanded
        {
            return self.inside_macro(name, |machine| machine.statements(body, state));
        }
        self.statement_value(value, &mut state);
        Flow::on(state)
    }

    /// A value nobody takes.
    fn statement_value(&mut self, value: &Expr, state: &mut State) {
        let asked_for = self.unset_before(value, state);
        let _ = self.eval(value, state);
        for id in asked_for {
            if let Some(object) = state.change(id) {
                object.believe_unset();
            }
        }
        self.check_ignored(value, state);
    }

    /// Variables not set yet that a function of the tree is to set, and whose answer nobody takes:
    /// where it fails, they stay unset.
    fn unset_before(&mut self, value: &Expr, state: &mut State) -> Vec<ObjectId> {
        let ExprKind::Call { callee, args } = &value.kind else {
            return Vec::new();
        };
        let ExprKind::Name(name) = &callee.kind else {
            return Vec::new();
        };
        let function = self.program.function(self.module(), name);
        let answers = function
            .and_then(|function| self.program.get(function))
            .and_then(|function| function.returns.as_ref())
            .is_some_and(|ty| &*ty.name != "void" || ty.stars() > 0);
        if !answers {
            return Vec::new();
        }
        let given = args.iter().filter_map(|arg| match &arg.value.kind {
            ExprKind::AddressOf(inner) => Some(&**inner),
            _ => None,
        });
        let variables: Vec<ObjectId> = given
            .filter_map(|inner| self.variable(inner, state))
            .collect();
        let is_unset = |id: &ObjectId| state.get(*id).is_some_and(super::state::Object::is_unset);
        variables.into_iter().filter(is_unset).collect()
    }

    pub(super) fn let_statement(
        &mut self,
        pattern: &Pattern,
        ty: Option<&TypeName>,
        value: Option<&Expr>,
        span: Span,
        state: &mut State,
        is_static: bool,
    ) {
        let Pattern::Name(name) = pattern else {
            if let Some(value) = value {
                let given = self.eval(value, state);
                self.escape(&given, state);
            }
            return;
        };
        let mut declared = ty.map_or(Ty::Unknown, |ty| self.ty(ty));
        if let (Some(ty), Some(value)) = (ty, value)
            && ty.is_reference()
            && self.bind_reference(name, &declared, value, state)
        {
            return;
        }
        let is_dangling = value.is_some_and(|value| self.is_of_temporary(value));
        let mut first = None;
        if declared == Ty::Unknown
            && ty.is_none_or(|ty| &*ty.name == "auto")
            && let Some(value) = value
        {
            let given = self.eval(value, state);
            declared = given.ty.clone();
            first = Some(given);
        }
        if let (Ty::Array(inner, None), Some(ty)) = (&declared, ty) {
            declared = self.sized_array(inner, ty, state).unwrap_or(declared);
        }
        let id = self.declare_empty(name.clone(), declared.clone(), span, state);
        if is_static && let Some(object) = state.change(id) {
            object.storage = super::state::Storage::Static;
            object.rest = super::state::Rest::Zero;
        }
        if let Some(given) = first {
            let place = Place::exactly(id, 0, declared);
            self.put(&place, given, None, span, state);
        } else {
            self.first_value(id, &declared, value, span, state);
        }
        if is_dangling {
            self.end_temporary(id, state);
        }
    }

    fn first_value(
        &mut self,
        id: ObjectId,
        ty: &Ty,
        value: Option<&Expr>,
        span: Span,
        state: &mut State,
    ) {
        let Some(value) = value else {
            if let Ty::Record(record) = ty {
                self.default_construct(id, *record, span, state);
            }
            return;
        };
        match (ty, &value.kind) {
            (Ty::Record(record), ExprKind::Call { callee, args })
                if matches!(&callee.kind, ExprKind::Name(name)
                    if self.program.record(name) == Some(*record)) =>
            {
                let name = self.program.records[*record]
                    .name
                    .clone()
                    .unwrap_or_default();
                self.construct(id, *record, &name, args, value, state);
            }
            (Ty::Container(..) | Ty::Text, ExprKind::Call { callee, args })
                if matches!(&callee.kind, ExprKind::Name(name) if self.program.is_type(name)
                    || super::types::is_container(name)) =>
            {
                self.construct_container(id, args, state);
            }
            (Ty::Unknown | Ty::Owner, _) => {
                let given = self.eval(value, state);
                self.escape(&given, state);
                let place = Place::exactly(id, 0, ty.clone());
                self.store(&place, given, state, span);
            }
            (Ty::Text, _) => {
                let given = self.eval(value, state);
                let place = Place::exactly(id, 0, ty.clone());
                self.put(&place, given, Some(value), span, state);
            }
            _ => {
                let found = self.initialize(id, ty.clone(), value, state);
                if found != *ty
                    && let Some(name) = state.get(id).map(|object| object.name.clone())
                {
                    self.bind_object(name, id, 0, found);
                }
            }
        }
    }

    /// `T &name = value`: another name for a place.
    fn bind_reference(&mut self, name: &Text, ty: &Ty, value: &Expr, state: &mut State) -> bool {
        let place = self.place(value, state);
        if place.targets.iter().any(|target| target.stale.is_some()) {
            self.bind_element(name, ty, place, state);
            return true;
        }
        let Some((object, offset)) = place.single() else {
            return false;
        };
        let ty = if *ty == Ty::Unknown {
            place.ty
        } else {
            ty.clone()
        };
        self.bind_object(name.clone(), object, offset, ty);
        true
    }

    /// The type of an array whose length is computed.
    fn sized_array(
        &mut self,
        inner: &std::rc::Rc<Ty>,
        ty: &TypeName,
        state: &mut State,
    ) -> Option<Ty> {
        let length = ty.array.first()?.as_ref()?;
        let length = self.eval(length, state);
        self.use_value(&length, state_span(ty));
        let single = length.numbers().single()?;
        Some(Ty::Array(inner.clone(), Some(single)))
    }

    fn if_statement(
        &mut self,
        condition: &Expr,
        then: &[Stmt],
        otherwise: &[Stmt],
        state: State,
    ) -> Flow {
        let is_conditional = matches!(&condition.kind, ExprKind::Opaque(parts) if parts.is_empty());
        let (yes, no) = if is_conditional {
            (Some(state.clone()), Some(state))
        } else {
            self.branch(condition, state)
        };
        let mut flow = Flow::default();
        for (body, state) in [(then, yes), (otherwise, no)] {
            let Some(state) = state else { continue };
            let one = if is_conditional {
                self.statements(body, state)
            } else {
                self.block(body, state)
            };
            let next = flow.absorb(one);
            flow.next = join(flow.next.take(), next);
        }
        flow
    }

    fn switch(&mut self, subject: &Expr, cases: &[Case], mut state: State) -> Flow {
        let value = self.eval(subject, &mut state);
        self.use_value(&value, subject.span);
        let mut flow = Flow::default();
        if state.is_over {
            return flow;
        }
        let mut rest = Some(state.clone());
        let mut entries: Vec<Option<State>> = Vec::new();
        for case in cases {
            let Some(label) = case.values.first() else {
                entries.push(None);
                continue;
            };
            let Some(now) = rest.take() else {
                entries.push(None);
                continue;
            };
            let test = Expr {
                kind: ExprKind::Binary {
                    op: crate::ir::BinaryOp::Equal,
                    left: Box::new(subject.clone()),
                    right: Box::new(label.clone()),
                },
                span: label.span,
            };
            let (yes, no) = self.quietly(|machine| machine.branch(&test, now));
            entries.push(yes);
            rest = no;
        }
        if let Some(at) = cases.iter().position(|case| case.values.is_empty()) {
            entries[at] = rest.take();
        }
        let mut falling: Option<State> = None;
        if let Some(frame) = self.frames.last_mut() {
            frame.scopes.push(Vec::new());
        }
        for (case, entry) in cases.iter().zip(entries) {
            let Some(state) = join(falling.take(), entry) else {
                continue;
            };
            let one = self.statements(&case.body, state);
            flow.absorb_exits(one.returns, one.gotos);
            flow.continues = join(flow.continues.take(), one.continues);
            flow.next = join(flow.next.take(), one.breaks);
            falling = one.next;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.scopes.pop();
        }
        flow.next = join(flow.next.take(), join(falling, rest));
        flow
    }

    fn attempt(
        &mut self,
        body: &[Stmt],
        handlers: &[&[Stmt]],
        finally: &[Stmt],
        state: State,
    ) -> Flow {
        let before = state.clone();
        self.tries.push(self.frames.len());
        let mut flow = self.block(body, state);
        self.tries.pop();
        for handler in handlers {
            let entry = match &flow.next {
                Some(after) => before.join(after),
                None => before.clone(),
            };
            let one = self.block(handler, entry);
            let next = flow.absorb(one);
            flow.next = join(flow.next.take(), next);
        }
        match flow.next.take() {
            Some(state) if !finally.is_empty() => {
                let one = self.block(finally, state);
                flow.next = flow.absorb(one);
            }
            next => flow.next = next,
        }
        flow
    }

    fn return_statement(&mut self, value: Option<&Expr>, mut state: State) -> Flow {
        let Some(value) = value else {
            let nothing = Value::unknown(Ty::Void);
            return Flow {
                returns: Returns::of(state, nothing),
                ..Flow::default()
            };
        };
        let mut returned = self.eval(value, &mut state);
        if state.is_over {
            return Flow::default();
        }
        if self.frames.len() == 1 {
            // Whoever calls has it now, whatever the type is called.
            self.escape(&returned, &mut state);
        }
        if let Some(function) = self
            .frames
            .last()
            .and_then(|frame| self.program.get(frame.function))
            && let Some(name) = &function.returns
        {
            let ty = self.ty(name);
            if !name.is_reference() {
                returned = self.convert(returned, &ty);
            }
        }
        self.check_returned(&returned, value.span, &state);
        if matches!(returned.ty, Ty::Int { .. } | Ty::Float(_)) {
            self.use_value(&returned, value.span);
        }
        Flow {
            returns: Returns::of(state, returned),
            ..Flow::default()
        }
    }

    /// The address of something that is gone when its function has returned.
    fn check_returned(&mut self, value: &Value, span: Span, state: &State) {
        let Some(pointer) = value.as_pointer().filter(|_| value.ty.is_pointer()) else {
            return;
        };
        let Some(target) = pointer.single() else {
            return;
        };
        let is_own = self
            .frames
            .last()
            .is_some_and(|frame| frame.locals.contains(&target.object));
        let is_stack = state
            .get(target.object)
            .is_some_and(|object| object.storage == super::state::Storage::Stack);
        if is_own && is_stack {
            self.report("return-of-stack-address", span, &None);
        }
    }
}

/// What is left of a function is short enough to be run for those who jump there, apart from
/// those who come to it: what the ones failed to get, the others have.
fn is_way_out(rest: &[Stmt]) -> bool {
    let is_loop = |stmt: &Stmt| {
        matches!(
            stmt.kind,
            StmtKind::While { .. } | StmtKind::For { .. } | StmtKind::ForEach { .. }
        )
    };
    rest.len() <= WAY_OUT_MAX && !rest.iter().any(is_loop)
}

fn take_jumps(gotos: &mut Vec<(Text, State)>, label: &Text) -> Option<State> {
    let mut found = None;
    let mut kept = Vec::with_capacity(gotos.len());
    for (wanted, state) in gotos.drain(..) {
        if wanted == *label {
            found = join(found, Some(state));
        } else {
            kept.push((wanted, state));
        }
    }
    *gotos = kept;
    found
}

fn state_span(ty: &TypeName) -> Span {
    ty.array
        .first()
        .and_then(Option::as_ref)
        .map(|length| length.span)
        .unwrap_or_default()
}
