//! Expressions.

use tree_sitter::Node;

use super::super::syntax;
use super::super::syntax::{
    Builder, child_of, children, expr, field, fields, number, opaque, plain_type,
};
use super::Lowerer;
use crate::ir::{Arg, BinaryOp, ComprehensionLoop, Const, Expr, ExprKind, Pattern, Text, UnaryOp};

impl<'t> Lowerer<'t> {
    pub(super) fn expr(&mut self, node: Node<'t>) -> Expr {
        let kind = self
            .deeper(|this| this.expr_kind(node))
            .unwrap_or_else(|| self.names_below(node));
        expr(node, kind)
    }

    fn boxed(&mut self, node: Node<'t>) -> Box<Expr> {
        Box::new(self.expr(node))
    }

    /// The expression of a field; one that is missing (half-written code) is opaque.
    fn part(&mut self, node: Node<'t>, name: &str) -> Expr {
        match field(node, name) {
            Some(child) => self.expr(child),
            None => opaque(node, Vec::new()),
        }
    }

    fn boxed_part(&mut self, node: Node<'t>, name: &str) -> Box<Expr> {
        Box::new(self.part(node, name))
    }

    pub(super) fn exprs(&mut self, nodes: Vec<Node<'t>>) -> Vec<Expr> {
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    fn expr_kind(&mut self, node: Node<'t>) -> ExprKind {
        match node.kind() {
            "identifier" => ExprKind::Name(self.name(node)),
            "true" => ExprKind::Const(Const::Bool(true)),
            "false" => ExprKind::Const(Const::Bool(false)),
            "none" => ExprKind::Const(Const::Null),
            "integer" | "float" => ExprKind::Const(number(self.source(node), true)),
            "string" | "concatenated_string" => self.text_literal(node),
            "interpolation" | "format_expression" => self.part(node, "expression").kind,
            "parenthesized_expression" | "type" | "as_pattern" => self.first_part(node),
            "tuple" | "list" | "set" | "expression_list" | "pattern_list" | "list_pattern"
            | "tuple_pattern" => ExprKind::Sequence(self.exprs(children(node))),
            "dictionary" => self.dictionary(node),
            "list_comprehension"
            | "set_comprehension"
            | "generator_expression"
            | "dictionary_comprehension" => self.comprehension(node),
            "attribute" => ExprKind::Field {
                base: self.boxed_part(node, "object"),
                name: field(node, "attribute").map_or_else(|| "".into(), |name| self.name(name)),
            },
            "subscript" => self.subscript(node),
            "call" => self.call(node),
            "lambda" => self.lambda(node),
            "await" => ExprKind::Await(Box::new(self.only_part(node))),
            "yield" => {
                self.yields = true;
                let value = children(node).first().map(|value| self.boxed(*value));
                ExprKind::Yield(value)
            }
            "list_splat"
            | "dictionary_splat"
            | "list_splat_pattern"
            | "dictionary_splat_pattern" => ExprKind::Spread(Box::new(self.only_part(node))),
            _ => self.operator(node),
        }
    }

    fn operator(&mut self, node: Node<'t>) -> ExprKind {
        match node.kind() {
            "binary_operator" | "boolean_operator" => self.binary(node),
            "comparison_operator" => self.comparison(node),
            "not_operator" => ExprKind::Unary {
                op: UnaryOp::Not,
                operand: self.boxed_part(node, "argument"),
            },
            "unary_operator" => self.unary(node),
            "conditional_expression" => self.conditional(node),
            "named_expression" => self.named_expression(node),
            "assignment" | "augmented_assignment" => self.assignment(node),
            _ => ExprKind::Opaque(self.exprs(children(node))),
        }
    }

    fn binary(&mut self, node: Node<'t>) -> ExprKind {
        let spine = Builder::spine(node, node.kind());
        let first = self.expr(spine.first);
        let mut links = Vec::new();
        for (link, right) in spine.links {
            let op = field(link, "operator").map_or("", |op| self.source(op));
            links.push((link, binary(op), self.expr(right)));
        }
        Builder::chain(first, links).kind
    }

    fn only_part(&mut self, node: Node<'t>) -> Expr {
        match children(node).first() {
            Some(part) => self.expr(*part),
            None => opaque(node, Vec::new()),
        }
    }

    fn first_part(&mut self, node: Node<'t>) -> ExprKind {
        self.only_part(node).kind
    }

    fn dictionary(&mut self, node: Node<'t>) -> ExprKind {
        let entry = |this: &mut Self, entry: Node<'t>| match entry.kind() {
            "pair" => (Some(this.part(entry, "key")), this.part(entry, "value")),
            _ => (None, this.only_part(entry)),
        };
        ExprKind::Map(
            children(node)
                .into_iter()
                .map(|child| entry(self, child))
                .collect(),
        )
    }

    fn comprehension(&mut self, node: Node<'t>) -> ExprKind {
        let elements = match field(node, "body") {
            Some(pair) if pair.kind() == "pair" => self.exprs(children(pair)),
            Some(body) => vec![self.expr(body)],
            None => Vec::new(),
        };
        let mut loops: Vec<ComprehensionLoop> = Vec::new();
        for clause in children(node) {
            match clause.kind() {
                "for_in_clause" => loops.push(ComprehensionLoop {
                    pattern: field(clause, "left")
                        .map_or(Pattern::Ignore, |left| self.pattern(left)),
                    iterable: self.joined(clause, "right"),
                    conditions: Vec::new(),
                }),
                "if_clause" => {
                    let condition = self.only_part(clause);
                    if let Some(last) = loops.last_mut() {
                        last.conditions.push(condition);
                    }
                }
                _ => {}
            }
        }
        ExprKind::Comprehension { elements, loops }
    }

    /// The expressions of a repeated field: itself when there is one, a sequence otherwise.
    pub(super) fn joined(&mut self, node: Node<'t>, name: &str) -> Expr {
        let mut nodes = fields(node, name);
        nodes.retain(Node::is_named);
        let mut found = self.exprs(nodes);
        match found.pop() {
            Some(only) if found.is_empty() => only,
            last => {
                found.extend(last);
                expr(node, ExprKind::Sequence(found))
            }
        }
    }

    fn subscript(&mut self, node: Node<'t>) -> ExprKind {
        let base = self.boxed_part(node, "value");
        match fields(node, "subscript").as_slice() {
            [slice] if slice.kind() == "slice" => self.slice(base, *slice),
            _ => ExprKind::Index {
                base,
                index: Box::new(self.joined(node, "subscript")),
            },
        }
    }

    fn slice(&mut self, base: Box<Expr>, node: Node<'t>) -> ExprKind {
        let mut bounds: [Option<Box<Expr>>; 3] = [None, None, None];
        let mut place = 0;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.kind() == ":" {
                place += 1;
            } else if child.is_named()
                && !child.is_extra()
                && let Some(bound) = bounds.get_mut(place)
            {
                *bound = Some(self.boxed(child));
            }
        }
        let [from, to, _] = bounds;
        ExprKind::Slice { base, from, to }
    }

    fn call(&mut self, node: Node<'t>) -> ExprKind {
        // `super()` is what other languages write as `super`, and its `__init__` a call of it
        let text = self.source(node);
        if text == "super()" {
            return ExprKind::Name("super".into());
        }
        let mut callee = self.boxed_part(node, "function");
        if text.starts_with("super().__init__(")
            && field(node, "function").is_some_and(|f| self.source(f) == "super().__init__")
        {
            callee.kind = ExprKind::Name("super".into());
        }
        let mut args = match field(node, "arguments") {
            Some(list) if list.kind() == "argument_list" => self.arguments(list),
            Some(generator) => vec![Arg {
                name: None,
                value: self.expr(generator),
            }],
            None => Vec::new(),
        };
        let Some((place, ty)) = converter(&args) else {
            return ExprKind::Call { callee, args };
        };
        args.remove(place);
        ExprKind::Cast {
            ty: plain_type(ty),
            value: Box::new(expr(node, ExprKind::Call { callee, args })),
        }
    }

    /// The arguments of a call. `**rest` is named `**`, so that it takes no position.
    pub(super) fn arguments(&mut self, list: Node<'t>) -> Vec<Arg> {
        children(list)
            .into_iter()
            .map(|arg| match arg.kind() {
                "keyword_argument" => Arg {
                    name: field(arg, "name").map(|name| self.name(name)),
                    value: self.part(arg, "value"),
                },
                "dictionary_splat" => Arg {
                    name: Some("**".into()),
                    value: self.expr(arg),
                },
                _ => Arg {
                    name: None,
                    value: self.expr(arg),
                },
            })
            .collect()
    }

    /// `a < b < c` is `a < b and b < c`.
    fn comparison(&mut self, node: Node<'t>) -> ExprKind {
        let operators: Vec<BinaryOp> = fields(node, "operators")
            .into_iter()
            .map(|op| compare(self.source(op)))
            .collect();
        let operands = self.exprs(children(node));
        let links = operands.windows(2).zip(operators);
        let compared = links.map(|(pair, op)| ExprKind::Binary {
            op,
            left: Box::new(pair[0].clone()),
            right: Box::new(pair[1].clone()),
        });
        compared
            .reduce(|left, right| ExprKind::Binary {
                op: BinaryOp::And,
                left: Box::new(expr(node, left)),
                right: Box::new(expr(node, right)),
            })
            .unwrap_or(ExprKind::Opaque(operands))
    }

    fn unary(&mut self, node: Node<'t>) -> ExprKind {
        let operand = self.boxed_part(node, "argument");
        let op = match field(node, "operator").map_or("", |op| self.source(op)) {
            "-" => UnaryOp::Negate,
            "~" => UnaryOp::Complement,
            _ => UnaryOp::Other,
        };
        ExprKind::Unary { op, operand }
    }

    fn conditional(&mut self, node: Node<'t>) -> ExprKind {
        match children(node).as_slice() {
            [then, condition, otherwise] => ExprKind::Choose {
                condition: self.boxed(*condition),
                then: self.boxed(*then),
                otherwise: self.boxed(*otherwise),
            },
            broken => ExprKind::Opaque(self.exprs(broken.to_vec())),
        }
    }

    fn named_expression(&mut self, node: Node<'t>) -> ExprKind {
        let target = field(node, "name").map_or(Pattern::Ignore, |name| self.pattern(name));
        ExprKind::Assign {
            target: Box::new(target),
            op: None,
            value: self.boxed_part(node, "value"),
        }
    }

    /// `a = b = value` assigns the assignment of `b`.
    pub(super) fn assignment(&mut self, node: Node<'t>) -> ExprKind {
        let target = field(node, "left").map_or(Pattern::Ignore, |left| self.pattern(left));
        let op = field(node, "operator").map(|op| binary(self.source(op).trim_end_matches('=')));
        ExprKind::Assign {
            target: Box::new(target),
            op,
            value: self.boxed_part(node, "right"),
        }
    }

    fn lambda(&mut self, node: Node<'t>) -> ExprKind {
        let params = child_of(node, "lambda_parameters");
        ExprKind::Function(self.lambda_function(node, params, Text::from("")))
    }
}

/// `type=int`: what the call gives is converted to a number (`request.args.get`, `getlist`).
fn converter(args: &[Arg]) -> Option<(usize, Text)> {
    args.iter().enumerate().find_map(|(place, arg)| {
        let is_type = arg.name.as_deref() == Some("type");
        match &arg.value.kind {
            ExprKind::Name(ty) if is_type && matches!(&**ty, "int" | "float") => {
                Some((place, ty.clone()))
            }
            _ => None,
        }
    })
}

fn compare(op: &str) -> BinaryOp {
    match op {
        "==" => BinaryOp::Equal,
        "!=" | "<>" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterEqual,
        "in" => BinaryOp::In,
        "is" => BinaryOp::Is,
        _ if op.starts_with("not") => BinaryOp::NotIn,
        _ if op.starts_with("is") => BinaryOp::IsNot,
        _ => BinaryOp::Other,
    }
}

fn binary(op: &str) -> BinaryOp {
    match op {
        "//" => BinaryOp::FloorDivide,
        "**" => BinaryOp::Power,
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        written => syntax::operator(written),
    }
}
