//! What a function answers, and what it leaves behind with each answer.
//!
//! Most functions of C say by a number or a null pointer whether they did what they were asked, and
//! only then are their out-parameters set. Paths are kept apart by what they answer, and the caller's
//! statements up to the one that asks are run once for each.

use super::machine::Machine;
use super::state::{State, join};
use super::statement::Flow;
use super::value::{Kind, Sure, Value};
use crate::Span;
use crate::ir::{Expr, ExprKind, Pattern, Stmt, StmtKind, Text};

/// A status is asked for at most so many statements after the call.
const STATEMENTS_MAX: usize = 4;

/// What one can tell an answer by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Null,
    Pointer,
    Zero,
    Below,
    Above,
    Other,
}

fn class(value: &Value) -> Class {
    match &value.kind {
        Kind::Pointer(pointer) if pointer.null == Sure::Yes => Class::Null,
        Kind::Pointer(pointer) if pointer.null == Sure::No => Class::Pointer,
        Kind::Int(range) if range.lo == 0 && range.hi == 0 => Class::Zero,
        Kind::Int(range) if range.hi < 0 => Class::Below,
        Kind::Int(range) if range.lo > 0 => Class::Above,
        _ => Class::Other,
    }
}

/// The ways out of a function, one for each answer that can be told from the others.
#[derive(Debug, Default)]
pub(super) struct Returns(Vec<(State, Value)>);

impl Returns {
    pub(super) fn of(state: State, value: Value) -> Self {
        Self(vec![(state, value)])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn absorb(&mut self, other: Self) {
        for (state, value) in other.0 {
            let class_of_new = class(&value);
            match self
                .0
                .iter_mut()
                .find(|(_, known)| class(known) == class_of_new)
            {
                Some(known) => *known = (known.0.join(&state), known.1.join(&value)),
                None => self.0.push((state, value)),
            }
        }
    }

    /// Each way, changed or ended.
    pub(super) fn each(self, mut change: impl FnMut(State, &Value) -> Option<State>) -> Self {
        let ways = self.0.into_iter();
        Self(
            ways.filter_map(|(state, value)| Some((change(state, &value)?, value)))
                .collect(),
        )
    }

    /// All of them as one.
    pub(super) fn joined(self) -> Option<(State, Value)> {
        self.0
            .into_iter()
            .reduce(|(a, x), (b, y)| (a.join(&b), x.join(&y)))
    }
}

/// A call whose answers are looked at one after the other.
pub(super) struct Asked {
    call: Span,
    /// How many functions deep it stands.
    depth: usize,
    /// Its answers were taken apart; that is done once.
    is_split: bool,
    /// What was not looked at yet, the next one last.
    left: Vec<(State, Value)>,
    next: Option<(State, Value)>,
}

impl Machine<'_> {
    /// The answer to go on with where a call is run again.
    pub(super) fn answer(&mut self, call: Span) -> Option<(State, Value)> {
        let depth = self.frames.len();
        let asked = self.asked.as_mut()?;
        if asked.call != call || asked.depth != depth {
            return None;
        }
        asked.next.take()
    }

    /// One of the answers of a call; the others are kept where the caller asks which it was.
    pub(super) fn answers(&mut self, call: Span, mut returns: Returns) -> Option<(State, Value)> {
        let depth = self.frames.len();
        if let Some(asked) = &mut self.asked
            && asked.call == call
            && asked.depth == depth
            && !asked.is_split
            && returns.0.len() > 1
        {
            let first = returns.0.pop();
            asked.left = returns.0;
            asked.is_split = true;
            return first;
        }
        returns.joined()
    }

    /// Runs statements once for each answer of a call in the first.
    pub(super) fn each_answer(&mut self, call: Span, group: &[Stmt], state: State) -> Flow {
        let asked = Asked {
            call,
            depth: self.frames.len(),
            is_split: false,
            left: Vec::new(),
            next: None,
        };
        let outer = self.asked.replace(asked);
        let mut flow = Flow::default();
        let mut is_again = false;
        loop {
            let one = self.in_turn(group, state.clone(), is_again);
            let next = flow.absorb(one);
            flow.next = join(flow.next.take(), next);
            is_again = true;
            let Some(asked) = &mut self.asked else { break };
            asked.next = asked.left.pop();
            if asked.next.is_none() || self.steps == 0 {
                break;
            }
        }
        self.asked = outer;
        flow
    }

    fn in_turn(&mut self, group: &[Stmt], state: State, is_again: bool) -> Flow {
        let mut flow = Flow::default();
        let mut current = Some(state);
        for stmt in group {
            let Some(state) = current.take() else { break };
            let one = match &stmt.kind {
                StmtKind::Let {
                    pattern: Pattern::Name(name),
                    value: Some(value),
                    ..
                } if is_again => self.set_again(name, value, stmt.span, state),
                _ => self.statement(stmt, state),
            };
            current = flow.absorb(one);
        }
        flow.next = current;
        flow
    }

    /// The variable is there since the first turn.
    fn set_again(&mut self, name: &Text, value: &Expr, span: Span, mut state: State) -> Flow {
        let given = self.eval(value, &mut state);
        if let Some(place) = self.named(name, &mut state) {
            self.put(&place, given, Some(value), span, &mut state);
        }
        Flow::on(state)
    }
}

/// The call whose answer the first of these statements asks for, and how many statements belong to
/// the question.
pub(super) fn question(body: &[Stmt]) -> Option<(Span, usize)> {
    let first = body.first()?;
    let (name, value) = match &first.kind {
        StmtKind::If { condition, .. } => return Some((status_call(condition)?, 1)),
        StmtKind::Let {
            pattern: Pattern::Name(name),
            ty: Some(ty),
            value: Some(value),
        } if &*ty.name != "auto" && !ty.is_reference() => (name, value),
        StmtKind::Expr(Expr {
            kind: ExprKind::Assign { target, value, .. },
            ..
        }) => match &**target {
            Pattern::Name(name) => (name, &**value),
            Pattern::Place(place) => match &place.kind {
                ExprKind::Name(name) => (name, &**value),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    let call = status_call(value)?;
    let asks = |stmt: &Stmt| {
        matches!(&stmt.kind, StmtKind::If { condition: subject, .. }
            | StmtKind::Switch { subject, .. } if mentions(subject, name))
    };
    let later = &body[1..body.len().min(STATEMENTS_MAX)];
    let between = later
        .iter()
        .take_while(|stmt| matches!(stmt.kind, StmtKind::Expr(_)) && !asks(stmt))
        .count();
    let questions = later[between..]
        .iter()
        .take_while(|stmt| asks(stmt))
        .count();
    (questions > 0).then_some((call, 1 + between + questions))
}

/// The first call that a condition or a value is about.
fn status_call(expr: &Expr) -> Option<Span> {
    match &expr.kind {
        ExprKind::Call { callee, .. } => {
            matches!(callee.kind, ExprKind::Name(_) | ExprKind::Field { .. }).then_some(expr.span)
        }
        ExprKind::Unary { operand: inner, .. } | ExprKind::Cast { value: inner, .. } => {
            status_call(inner)
        }
        ExprKind::Assign { value, .. } => status_call(value),
        ExprKind::Binary { left, right, .. } => status_call(left).or_else(|| status_call(right)),
        _ => None,
    }
}

fn mentions(expr: &Expr, name: &Text) -> bool {
    match &expr.kind {
        ExprKind::Name(found) => found == name,
        ExprKind::Unary { operand: inner, .. } | ExprKind::Cast { value: inner, .. } => {
            mentions(inner, name)
        }
        ExprKind::Binary { left, right, .. } => mentions(left, name) || mentions(right, name),
        _ => false,
    }
}
