//! Loops: run while their end is decided, then summed up.

use super::machine::Machine;
use super::number::{FAR, Range};
use super::state::{State, join};
use super::statement::Flow;
use super::types::Ty;
use super::value::{Kind, Value};
use crate::Span;
use crate::ir::{BinaryOp, Expr, ExprKind, Pattern, Stmt};

/// A loop whose condition is decided runs so often before it is summed up.
const TURNS_MAX: u32 = 140;
/// A loop whose condition is not decided.
const TURNS_UNDECIDED: u32 = 2;
/// How often a loop is run until nothing changes any more.
const WIDENINGS: u32 = 4;

impl Machine<'_> {
    pub(super) fn for_statement(
        &mut self,
        init: &[Stmt],
        condition: Option<&Expr>,
        update: &[Expr],
        body: &[Stmt],
        span: Span,
        state: State,
    ) -> Flow {
        if let Some(frame) = self.frames.last_mut() {
            frame.scopes.push(Vec::new());
        }
        let first = self.statements(init, state);
        let flow = match first.next {
            Some(state) => self.repeat(condition, update, body, false, span, state),
            None => Flow::default(),
        };
        let scope = self
            .frames
            .last_mut()
            .and_then(|frame| frame.scopes.pop())
            .unwrap_or_default();
        if let Some(frame) = self.frames.last_mut() {
            for (name, before) in scope.into_iter().rev() {
                match before {
                    Some(before) => frame.names.insert(name, before),
                    None => frame.names.remove(&name),
                };
            }
        }
        flow
    }

    /// A loop: run turn by turn as long as its condition is decided, then summed up.
    pub(super) fn repeat(
        &mut self,
        condition: Option<&Expr>,
        update: &[Expr],
        body: &[Stmt],
        body_first: bool,
        span: Span,
        state: State,
    ) -> Flow {
        let mut flow = Flow::default();
        let mut head = Some(state);
        if body_first && let Some(state) = head.take() {
            head = self.turn(update, body, state, &mut flow);
        }
        let (mut turns, mut undecided) = (0, 0);
        if let (Some(condition), Some(state)) = (condition, &head) {
            self.check_bound(condition, state);
        }
        while let Some(state) = head.take() {
            let (yes, no) = self.ask(condition, state.clone());
            let Some(inside) = yes else {
                flow.next = join(flow.next.take(), no);
                return flow;
            };
            undecided += u32::from(no.is_some());
            turns += 1;
            if turns > TURNS_MAX || undecided > TURNS_UNDECIDED || self.steps == 0 {
                let is_endless = flow.next.is_none() && no.is_none();
                self.sum_up(condition, update, body, state, &mut flow);
                let leaves =
                    flow.next.is_some() || !flow.returns.is_empty() || !flow.gotos.is_empty();
                if is_endless && !leaves && self.steps > 0 {
                    self.check_endless(condition, body, span);
                }
                return flow;
            }
            flow.next = join(flow.next.take(), no);
            head = self.turn(update, body, inside, &mut flow);
        }
        flow
    }

    /// A loop that someone outside lets run as long as he likes.
    fn check_bound(&mut self, condition: &Expr, state: &State) {
        let ExprKind::Binary { op, left, right } = &condition.kind else {
            return;
        };
        let bound = match op {
            BinaryOp::Less | BinaryOp::LessEqual => right,
            BinaryOp::Greater | BinaryOp::GreaterEqual => left,
            _ => return,
        };
        let is_plain = matches!(
            bound.kind,
            ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Cast { .. }
        );
        if !is_plain {
            return;
        }
        let mut scratch = state.clone();
        let value = self.quietly(|machine| machine.eval(bound, &mut scratch));
        let is_number = value
            .taint
            .as_ref()
            .is_some_and(|origin| super::convert::is_number(&origin.source));
        if is_number && Self::is_unbounded(&value) {
            self.report("unchecked-loop-bound", condition.span, &value.taint);
        }
    }

    fn ask(&mut self, condition: Option<&Expr>, state: State) -> (Option<State>, Option<State>) {
        match condition {
            Some(condition) => self.branch(condition, state),
            None => (Some(state), None),
        }
    }

    /// One turn; the state at the next.
    fn turn(
        &mut self,
        update: &[Expr],
        body: &[Stmt],
        state: State,
        flow: &mut Flow,
    ) -> Option<State> {
        let one = self.block(body, state);
        flow.absorb_exits(one.returns, one.gotos);
        flow.next = join(flow.next.take(), one.breaks);
        let mut next = join(one.next, one.continues)?;
        for update in update {
            self.eval(update, &mut next);
        }
        (!next.is_over).then_some(next)
    }

    fn sum_up(
        &mut self,
        condition: Option<&Expr>,
        update: &[Expr],
        body: &[Stmt],
        state: State,
        flow: &mut Flow,
    ) {
        let mut head = state;
        for _ in 0..WIDENINGS {
            let (yes, no) = self.ask(condition, head.clone());
            flow.next = join(flow.next.take(), no);
            let Some(inside) = yes else { return };
            let Some(next) = self.turn(update, body, inside, flow) else {
                return;
            };
            let wider = head.widen(&next);
            if wider == head || self.steps == 0 {
                return;
            }
            head = wider;
        }
        let (_, no) = self.ask(condition, head);
        flow.next = join(flow.next.take(), no);
    }

    /// A loop that nothing leaves; one that waits for something is meant so.
    fn check_endless(&mut self, condition: Option<&Expr>, body: &[Stmt], span: Span) {
        let mut waits = false;
        for stmt in body {
            super::names::walk(
                stmt,
                &mut |expr| {
                    if let ExprKind::Call { callee, .. } = &expr.kind {
                        let name = match &callee.kind {
                            ExprKind::Name(name) | ExprKind::Field { name, .. } => name,
                            _ => return true,
                        };
                        waits |= !super::machine::is_printer(name);
                    }
                    true
                },
                &mut |_| {},
            );
        }
        if !waits {
            let span = condition.map_or(span, |condition| condition.span);
            self.report("endless-loop", span, &None);
        }
    }

    pub(super) fn for_each(
        &mut self,
        pattern: &Pattern,
        iterable: &Expr,
        body: &[Stmt],
        span: Span,
        mut state: State,
    ) -> Flow {
        let walked = self.eval(iterable, &mut state);
        let element = match walked.ty {
            Ty::Container(..) | Ty::Text | Ty::Pointer(_) => walked.ty.inner(),
            _ => Ty::Unknown,
        };
        let mut value = Value::unknown(element.clone());
        if let Kind::Place(..) = walked.kind {
            let at = Value::range(Range::new(0, FAR), Ty::SIZE);
            let place = self.container_element(&walked, &at, iterable.span, &mut state);
            value = self.quietly(|machine| machine.value_at(&place, &mut state, span));
        }
        let taint = self.taint_of(&walked, &state);
        let mut flow = Flow::default();
        let mut head = state;
        for _ in 0..2 {
            flow.next = join(flow.next.take(), Some(head.clone()));
            let mut inside = head.clone();
            if let Pattern::Name(name) = pattern {
                self.declare(
                    name.clone(),
                    element.clone(),
                    value.clone().tainted(taint.clone()),
                    span,
                    &mut inside,
                );
            }
            match self.turn(&[], body, inside, &mut flow) {
                Some(next) => head = head.widen(&next),
                None => break,
            }
        }
        flow.next = join(flow.next.take(), Some(head));
        flow
    }
}
