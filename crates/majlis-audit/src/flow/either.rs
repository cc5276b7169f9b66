//! What holds where one of several conditions does: `a || b`, `xs.anyMatch(x -> x.equals(p))`.

use super::machine::Machine;
use super::value::{FunctionRef, Known, Value};
use crate::ir::{Arg, BinaryOp, Const, Expr, ExprKind, Pattern, StmtKind, UnaryOp};

/// How many operands of a chain of `||` are told apart.
const OPERANDS_MAX: usize = 64;

impl<'a> Machine<'a> {
    /// Goes on with what all operands of `||` (or of `&&` that does not hold) leave in common.
    pub(super) fn refine_either(&mut self, whole: &'a Expr, op: BinaryOp, holds: bool) {
        let Some(operands) = operands(whole, op) else {
            return;
        };
        let reachable = self.reachable;
        self.branches(operands, |machine, operand| {
            machine.refine(operand, holds);
            Value::unknown()
        });
        self.reachable = reachable;
    }

    /// `xs.stream().anyMatch(x -> x.equals(p))` says that `p` is one of `xs`.
    pub(super) fn refine_any(&mut self, callee: &'a Expr, args: &'a [Arg], holds: bool) {
        let ExprKind::Field { base, name } = &callee.kind else {
            return;
        };
        let (true, [arg]) = (
            matches!(
                (&**name, holds),
                ("anyMatch" | "some", true) | ("noneMatch", false)
            ),
            args,
        ) else {
            return;
        };
        if let ExprKind::Function(id) = &arg.value.kind {
            let module = self.module();
            let place = self.compared_with_element(FunctionRef { module, id: id.0 });
            if let Some(place) = place {
                self.refine_member(place, streamed(base));
            }
        }
    }

    /// `xs.indexOf(p) >= 0` says that `p` is one of `xs`; less, that it is nowhere.
    pub(super) fn refine_position(
        &mut self,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        holds: bool,
    ) {
        let limit = match &right.kind {
            ExprKind::Const(Const::Int(limit)) => *limit,
            ExprKind::Unary {
                op: UnaryOp::Negate,
                operand,
            } if matches!(operand.kind, ExprKind::Const(Const::Int(1))) => -1,
            _ => return,
        };
        let is_in = matches!(
            (op, limit, holds),
            (BinaryOp::GreaterEqual, 0, true)
                | (BinaryOp::Greater | BinaryOp::NotEqual, -1, true)
                | (BinaryOp::Equal | BinaryOp::LessEqual, -1, false)
                | (BinaryOp::Less, 0, false)
        );
        let is_out = matches!(
            (op, limit, holds),
            (BinaryOp::GreaterEqual, 0, false)
                | (BinaryOp::Greater, -1, false)
                | (BinaryOp::LessEqual, -1, true)
                | (BinaryOp::Less, 0, true)
        );
        if is_out {
            self.equals_trusted(left, &Value::constant(Known::Int(-1)));
        }
        if let (true, ExprKind::Call { callee, args }) = (is_in, &left.kind)
            && let ExprKind::Field { base, name } = &callee.kind
        {
            match (&**name, &args[..]) {
                ("indexOf", [element]) => self.refine_member(&element.value, base),
                ("binarySearch", [all, element]) => {
                    self.refine_member(&element.value, &all.value);
                }
                _ => {}
            }
        }
    }

    /// What a function of one parameter compares that with.
    fn compared_with_element(&self, function: FunctionRef) -> Option<&'a Expr> {
        let module = self.tree.module(function.module);
        let function = module.functions.get(function.id as usize)?;
        let ([param], [only]) = (&function.params[..], &function.body[..]) else {
            return None;
        };
        let (Pattern::Name(element), StmtKind::Return(Some(value))) = (&param.pattern, &only.kind)
        else {
            return None;
        };
        let is_element =
            |side: &Expr| matches!(&side.kind, ExprKind::Name(name) if name == element);
        let (left, right) = compared(value)?;
        match (is_element(left), is_element(right)) {
            (true, false) => Some(right),
            (false, true) => Some(left),
            _ => None,
        }
    }
}

/// The operands of a chain of one operator, in order; `None` where there are too many.
fn operands(whole: &Expr, op: BinaryOp) -> Option<Vec<&Expr>> {
    let mut operands = Vec::new();
    let mut open = vec![whole];
    while let Some(next) = open.pop() {
        match &next.kind {
            ExprKind::Binary {
                op: found,
                left,
                right,
            } if *found == op => open.extend([&**right, &**left]),
            _ => operands.push(next),
        }
        if operands.len() > OPERANDS_MAX {
            return None;
        }
    }
    Some(operands)
}

/// Both sides of `a == b`, `a.equals(b)`.
fn compared(value: &Expr) -> Option<(&Expr, &Expr)> {
    match &value.kind {
        ExprKind::Binary {
            op: BinaryOp::Equal | BinaryOp::Is,
            left,
            right,
        } => Some((left, right)),
        ExprKind::Call { callee, args } => match (&callee.kind, &args[..]) {
            (ExprKind::Field { base, name }, [arg])
                if matches!(&**name, "equals" | "equalsIgnoreCase") =>
            {
                Some((base, &arg.value))
            }
            _ => None,
        },
        _ => None,
    }
}

/// `xs` of `xs.stream()` and of `Arrays.stream(xs)`.
fn streamed(walked: &Expr) -> &Expr {
    if let ExprKind::Call { callee, args } = &walked.kind
        && let ExprKind::Field { base, name } = &callee.kind
        && matches!(&**name, "stream" | "parallelStream" | "values" | "of")
    {
        return match &args[..] {
            [] => base,
            [only] => &only.value,
            _ => walked,
        };
    }
    walked
}
