//! What values are bound to: targets of assignments, cases of `match`.

use tree_sitter::Node;

use super::super::syntax::{child_of, children, expr, field};
use super::Lowerer;
use crate::ir::{BinaryOp, Case, Const, Expr, ExprKind, Pattern, StmtKind, UnaryOp};

impl<'t> Lowerer<'t> {
    /// The target of an assignment, of a loop, of `with`.
    pub(super) fn pattern(&mut self, node: Node<'t>) -> Pattern {
        self.deeper(|this| this.pattern_inside(node))
            .unwrap_or(Pattern::Ignore)
    }

    fn pattern_inside(&mut self, node: Node<'t>) -> Pattern {
        match node.kind() {
            "identifier" => Pattern::Name(self.name(node)),
            "pattern_list" | "tuple_pattern" | "list_pattern" | "tuple" | "list"
            | "expression_list" => Pattern::Sequence(self.patterns(children(node))),
            "list_splat_pattern" | "list_splat" => match children(node).first() {
                Some(rest) => Pattern::Rest(Box::new(self.pattern(*rest))),
                None => Pattern::Ignore,
            },
            "parenthesized_expression" | "as_pattern_target" => match children(node).first() {
                Some(inner) => self.pattern(*inner),
                None => Pattern::Ignore,
            },
            _ => Pattern::Place(Box::new(self.expr(node))),
        }
    }

    fn patterns(&mut self, nodes: Vec<Node<'t>>) -> Vec<Pattern> {
        nodes.into_iter().map(|node| self.pattern(node)).collect()
    }

    pub(super) fn match_statement(&mut self, node: Node<'t>) -> StmtKind {
        let subject = self.joined(node, "subject");
        let clauses = field(node, "body").map(children).unwrap_or_default();
        let cases = clauses
            .into_iter()
            .filter(|clause| clause.kind() == "case_clause")
            .map(|clause| self.case(clause))
            .collect();
        StmtKind::Switch { subject, cases }
    }

    fn case(&mut self, clause: Node<'t>) -> Case {
        let wanted: Vec<Node<'t>> = children(clause)
            .into_iter()
            .filter(|part| part.kind() == "case_pattern")
            .collect();
        let pattern = match wanted.as_slice() {
            [only] => self.case_pattern(*only),
            several => Pattern::Sequence(self.case_patterns(several.to_vec())),
        };
        let (values, pattern) = match constants(pattern) {
            Ok(values) => (values, None),
            Err(Pattern::Ignore) => (Vec::new(), None),
            Err(binding) => (Vec::new(), Some(binding)),
        };
        let guard = field(clause, "guard").and_then(|guard| children(guard).first().copied());
        Case {
            values,
            pattern,
            guard: guard.map(|guard| self.expr(guard)),
            body: self.suite(clause, "consequence"),
            falls_through: false,
        }
    }

    fn case_patterns(&mut self, nodes: Vec<Node<'t>>) -> Vec<Pattern> {
        nodes
            .into_iter()
            .map(|node| self.case_pattern(node))
            .collect()
    }

    fn case_pattern(&mut self, node: Node<'t>) -> Pattern {
        self.deeper(|this| this.case_inside(node))
            .unwrap_or(Pattern::Ignore)
    }

    fn case_inside(&mut self, node: Node<'t>) -> Pattern {
        let inner = children(node);
        match node.kind() {
            "case_pattern" => match inner.as_slice() {
                [] => Pattern::Ignore,
                [number] if self.source(node).starts_with('-') => self.negative(*number),
                [only] => self.case_pattern(*only),
                several => Pattern::Sequence(self.case_patterns(several.to_vec())),
            },
            "list_pattern" | "tuple_pattern" => Pattern::Sequence(self.case_patterns(inner)),
            "union_pattern" | "as_pattern" => Pattern::Either(self.case_patterns(inner)),
            "identifier" => self.capture(node),
            "dotted_name" if inner.len() == 1 => self.capture(node),
            "dotted_name" => Pattern::Value(Box::new(self.dotted(node))),
            "splat_pattern" => match child_of(node, "identifier") {
                Some(name) => Pattern::Rest(Box::new(self.capture(name))),
                None => Pattern::Ignore,
            },
            "dict_pattern" => self.dict_pattern(node),
            "class_pattern" => self.class_pattern(&inner),
            "keyword_pattern" => match inner.get(1) {
                Some(value) => self.case_pattern(*value),
                None => Pattern::Ignore,
            },
            _ => Pattern::Value(Box::new(self.expr(node))),
        }
    }

    fn negative(&mut self, number: Node<'t>) -> Pattern {
        let operand = Box::new(self.expr(number));
        let op = UnaryOp::Negate;
        Pattern::Value(Box::new(expr(number, ExprKind::Unary { op, operand })))
    }

    fn capture(&self, node: Node<'t>) -> Pattern {
        match self.source(node) {
            "_" => Pattern::Ignore,
            name => Pattern::Name(name.into()),
        }
    }

    /// `a.b.c` as an expression.
    pub(super) fn dotted(&mut self, node: Node<'t>) -> Expr {
        let mut names = children(node).into_iter().take(64);
        let first = names.next().unwrap_or(node);
        names.fold(self.build.name_expr(first), |base, name| {
            let kind = ExprKind::Field {
                base: Box::new(base),
                name: self.name(name),
            };
            expr(node, kind)
        })
    }

    fn dict_pattern(&mut self, node: Node<'t>) -> Pattern {
        let mut found = Vec::new();
        let mut key = None;
        for part in children(node) {
            match part.kind() {
                "splat_pattern" => {
                    let rest = self.case_pattern(part);
                    found.push(("**".into(), rest));
                }
                _ => match key.take() {
                    None => key = Some(part),
                    Some(name) => {
                        let name = match self.expr(name).kind {
                            ExprKind::Const(Const::Str(text)) => text,
                            _ => self.name(name),
                        };
                        let value = self.case_pattern(part);
                        found.push((name, value));
                    }
                },
            }
        }
        Pattern::Fields(found)
    }

    fn class_pattern(&mut self, inner: &[Node<'t>]) -> Pattern {
        let Some((class, args)) = inner.split_first() else {
            return Pattern::Ignore;
        };
        let mut positional = Vec::new();
        let mut named = Vec::new();
        for arg in args {
            match child_of(*arg, "keyword_pattern") {
                Some(keyword) => {
                    let name = children(keyword).first().map(|name| self.name(*name));
                    let value = self.case_pattern(keyword);
                    named.push((name.unwrap_or_else(|| "".into()), value));
                }
                None => positional.push(self.case_pattern(*arg)),
            }
        }
        if !named.is_empty() {
            positional.push(Pattern::Fields(named));
        }
        Pattern::Variant(self.name(*class), positional)
    }
}

/// The values of a pattern that is nothing but values; the pattern itself otherwise.
fn constants(pattern: Pattern) -> Result<Vec<Expr>, Pattern> {
    match pattern {
        Pattern::Value(value) => Ok(vec![*value]),
        Pattern::Either(choices)
            if choices
                .iter()
                .all(|choice| matches!(choice, Pattern::Value(_))) =>
        {
            let values = choices.into_iter().filter_map(|choice| match choice {
                Pattern::Value(value) => Some(*value),
                _ => None,
            });
            Ok(values.collect())
        }
        other => Err(other),
    }
}

/// Whether an expression asks if the file is run as a program.
pub(super) fn asks_for_main(condition: &Expr) -> bool {
    let is = |side: &Expr, wanted: &str| match &side.kind {
        ExprKind::Name(text) | ExprKind::Const(Const::Str(text)) => text.as_ref() == wanted,
        _ => false,
    };
    match &condition.kind {
        ExprKind::Binary { op, left, right } if *op == BinaryOp::Equal => {
            let pair = |a, b| is(a, "__name__") && is(b, "__main__");
            pair(left, right) || pair(right, left)
        }
        _ => false,
    }
}
