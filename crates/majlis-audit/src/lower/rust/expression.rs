//! Expressions of Rust.

use tree_sitter::Node;

use super::Rust;
use super::statement::{block_of, case};
use crate::Span;
use crate::ir::{
    BinaryOp, Expr, ExprKind, Function, FunctionKind, Pattern, Stmt, StmtKind, Text, UnaryOp,
};
use crate::lower::syntax::{
    Builder, child_of, children, expr, field, opaque, operator, plain_type, positional, stmt,
};

/// Methods that give the value itself, borrowed, copied or taken out of what holds it.
const SAME: [&str; 36] = [
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_ref",
    "as_slice",
    "as_str",
    "as_deref_mut",
    "borrow",
    "borrow_mut",
    "by_ref",
    "clone",
    "cloned",
    "copied",
    "deref",
    "expect",
    "into",
    "into_boxed_str",
    "into_bytes",
    "into_inner",
    "into_owned",
    "into_string",
    "iter",
    "iter_mut",
    "into_iter",
    "lock",
    "ok",
    "read_owned",
    "to_owned",
    "to_string",
    "to_vec",
    "try_into",
    "unwrap",
    "unwrap_or_default",
    "unwrap_unchecked",
    "context",
    "map_err",
];

/// Functions that only wrap their argument.
const WRAPPING: [&str; 14] = [
    "Some",
    "Ok",
    "Box::new",
    "Rc::new",
    "Arc::new",
    "Cell::new",
    "RefCell::new",
    "Mutex::new",
    "RwLock::new",
    "String::from",
    "Cow::Borrowed",
    "Cow::Owned",
    "Cow::from",
    "Cursor::new",
];

impl Rust<'_> {
    /// An expression; what lies too deep is opaque.
    pub(super) fn expression(&mut self, node: Node<'_>) -> Expr {
        self.nested(|rust| rust.expression_here(node))
            .unwrap_or_else(|| opaque(node, Vec::new()))
    }

    fn expression_here(&mut self, node: Node<'_>) -> Expr {
        if let Some(constant) = self.constant(node) {
            return expr(node, ExprKind::Const(constant));
        }
        let lowered = match node.kind() {
            "identifier" | "self" | "super" | "crate" | "shorthand_field_identifier" => {
                Some(self.name(node))
            }
            "scoped_identifier" => Some(self.scoped(node)),
            "generic_function" => self.generic_function(node),
            "parenthesized_expression" | "reference_expression" => {
                let inner = children(node)
                    .into_iter()
                    .find(|child| child.kind() != "mutable_specifier");
                inner.map(|inner| self.expression(inner))
            }
            "unary_expression" => self.unary(node),
            "try_expression" => self.only(node, |inner| ExprKind::Unwrap(Box::new(inner))),
            "await_expression" => self.only(node, |inner| ExprKind::Await(Box::new(inner))),
            "binary_expression" => Some(self.binary(node)),
            "assignment_expression" => self.assignment(node, false),
            "compound_assignment_expr" => self.assignment(node, true),
            "type_cast_expression" => self.cast(node),
            "call_expression" => self.call(node),
            "field_expression" => self.field_of(node),
            "index_expression" => self.index(node),
            "array_expression" | "tuple_expression" => Some(self.sequence(node)),
            "struct_expression" => self.structure(node),
            "closure_expression" => self.closure(node),
            "range_expression" => Some(self.range(node)),
            "macro_invocation" => Some(self.macro_value(node)),
            _ => self.block_like(node),
        };
        lowered.unwrap_or_else(|| self.parts(node))
    }

    fn block_like(&mut self, node: Node<'_>) -> Option<Expr> {
        match node.kind() {
            "block" | "unsafe_block" | "async_block" | "const_block" | "try_block" => {
                block_of(node).map(|block| self.block_value(block))
            }
            "if_expression" => self.choice(node),
            "match_expression" => self.match_value(node),
            "while_expression"
            | "loop_expression"
            | "for_expression"
            | "return_expression"
            | "break_expression"
            | "continue_expression" => {
                let mut body = Vec::new();
                self.statement(node, &mut body);
                Some(expr(node, ExprKind::Block { body, value: None }))
            }
            _ => None,
        }
    }

    /// What has no form of its own.
    fn parts(&mut self, node: Node<'_>) -> Expr {
        let mut parts = Vec::new();
        for child in children(node) {
            parts.push(self.expression(child));
        }
        opaque(node, parts)
    }

    fn only(&mut self, node: Node<'_>, make: impl FnOnce(Expr) -> ExprKind) -> Option<Expr> {
        let inner = self.expression(children(node).into_iter().next()?);
        Some(expr(node, make(inner)))
    }

    fn name(&mut self, node: Node<'_>) -> Expr {
        if self.builder.source(node) == "None" {
            return expr(node, ExprKind::Const(crate::ir::Const::Null));
        }
        self.builder.name_expr(node)
    }

    /// `a::b::c` is the field `c` of `a::b`.
    fn scoped(&mut self, node: Node<'_>) -> Expr {
        let path = self.path(node);
        let span = Span::of(node);
        let mut parts = path.split("::").filter(|part| !part.is_empty());
        let first = self.builder.intern(parts.next().unwrap_or_default());
        let mut found = Expr {
            kind: ExprKind::Name(first),
            span,
        };
        for part in parts {
            let name = self.builder.intern(part);
            let base = Box::new(found);
            found = Expr {
                kind: ExprKind::Field { base, name },
                span,
            };
        }
        found
    }

    fn generic_function(&mut self, node: Node<'_>) -> Option<Expr> {
        field(node, "function").map(|function| self.expression(function))
    }

    fn unary(&mut self, node: Node<'_>) -> Option<Expr> {
        let operand = self.expression(children(node).pop()?);
        let op = match self.builder.source(node.child(0)?) {
            "*" => return Some(operand),
            "-" => UnaryOp::Negate,
            "!" => UnaryOp::Not,
            _ => UnaryOp::Other,
        };
        let operand = Box::new(operand);
        Some(expr(node, ExprKind::Unary { op, operand }))
    }

    fn binary(&mut self, node: Node<'_>) -> Expr {
        let spine = Builder::spine(node, "binary_expression");
        let first = self.expression(spine.first);
        let mut links = Vec::with_capacity(spine.links.len());
        for (link, right) in spine.links {
            let written = field(link, "operator").map(|operator| self.builder.source(operator));
            let op = operator(written.unwrap_or_default());
            let right = self.expression(right);
            links.push((link, op, right));
        }
        Builder::chain(first, links)
    }

    fn assignment(&mut self, node: Node<'_>, compound: bool) -> Option<Expr> {
        let written = field(node, "operator").map(|operator| self.builder.source(operator));
        let op = written
            .filter(|_| compound)
            .map(|written| operator(written.trim_end_matches('=')));
        let target = self.expression(field(node, "left")?);
        let target = match target.kind {
            ExprKind::Name(name) => Pattern::Name(name),
            _ => Pattern::Place(Box::new(target)),
        };
        let value = Box::new(self.expression(field(node, "right")?));
        let target = Box::new(target);
        Some(expr(node, ExprKind::Assign { target, op, value }))
    }

    fn cast(&mut self, node: Node<'_>) -> Option<Expr> {
        let ty = self.type_name(field(node, "type")?);
        let value = Box::new(self.expression(field(node, "value")?));
        Some(expr(node, ExprKind::Cast { ty, value }))
    }

    fn field_of(&mut self, node: Node<'_>) -> Option<Expr> {
        let base = Box::new(self.expression(field(node, "value")?));
        let name = self.builder.name(field(node, "field")?);
        Some(expr(node, ExprKind::Field { base, name }))
    }

    fn index(&mut self, node: Node<'_>) -> Option<Expr> {
        let mut parts = children(node).into_iter();
        let base = Box::new(self.expression(parts.next()?));
        let at = parts.next()?;
        if at.kind() == "range_expression" {
            let (from, to) = self.ends(at);
            return Some(expr(node, ExprKind::Slice { base, from, to }));
        }
        let index = Box::new(self.expression(at));
        Some(expr(node, ExprKind::Index { base, index }))
    }

    fn ends(&mut self, range: Node<'_>) -> (Option<Box<Expr>>, Option<Box<Expr>>) {
        let mark = child_of(range, "..").or_else(|| child_of(range, "..="));
        let middle = mark.map_or(range.start_byte(), |mark| mark.start_byte());
        let mut from = None;
        let mut to = None;
        for end in children(range) {
            let value = Some(Box::new(self.expression(end)));
            if end.start_byte() < middle {
                from = value;
            } else {
                to = value;
            }
        }
        (from, to)
    }

    fn range(&mut self, node: Node<'_>) -> Expr {
        match self.ends(node) {
            (Some(left), Some(right)) => {
                let op = BinaryOp::Range;
                expr(node, ExprKind::Binary { op, left, right })
            }
            (from, to) => opaque(node, from.into_iter().chain(to).map(|end| *end).collect()),
        }
    }

    fn sequence(&mut self, node: Node<'_>) -> Expr {
        let mut values = Vec::new();
        for child in children(node) {
            if child.kind() != "attribute_item" {
                values.push(self.expression(child));
            }
        }
        if field(node, "length").is_some() && values.len() == 2 {
            // `[x; n]` has as many of x as no one counts
            return opaque(node, values);
        }
        expr(node, ExprKind::Sequence(values))
    }

    fn structure(&mut self, node: Node<'_>) -> Option<Expr> {
        let class = self.type_name(field(node, "name")?);
        let mut fields: Vec<(Option<Text>, Expr)> = Vec::new();
        for child in field(node, "body").map(children).unwrap_or_default() {
            match child.kind() {
                "shorthand_field_initializer" => {
                    let Some(name) = children(child).pop() else {
                        continue;
                    };
                    fields.push((Some(self.builder.name(name)), self.expression(name)));
                }
                "field_initializer" => {
                    let name = field(child, "field").map(|name| self.builder.name(name));
                    if let Some(value) = field(child, "value") {
                        fields.push((name, self.expression(value)));
                    }
                }
                "base_field_initializer" => {
                    if let Some(base) = children(child).pop() {
                        fields.push((None, self.expression(base)));
                    }
                }
                _ => {}
            }
        }
        Some(expr(node, ExprKind::Struct { class, fields }))
    }

    fn closure(&mut self, node: Node<'_>) -> Option<Expr> {
        let params = field(node, "parameters").map(|list| self.parameters(list));
        let body = field(node, "body")?;
        let class = self.class.take();
        let statements = if body.kind() == "block" {
            self.body(body)
        } else {
            let value = self.expression(body);
            vec![stmt(body, StmtKind::Return(Some(value)))]
        };
        self.class = class;
        let function = Function {
            name: self.builder.intern(""),
            class: None,
            kind: FunctionKind::Lambda,
            params: params.unwrap_or_default(),
            receiver: None,
            returns: None,
            annotations: Vec::new(),
            is_async: false,
            is_public: false,
            body: statements,
            has_body: true,
            span: Span::of(node),
        };
        let id = self.builder.add_function(function);
        Some(expr(node, ExprKind::Function(id)))
    }

    fn call(&mut self, node: Node<'_>) -> Option<Expr> {
        let function = field(node, "function")?;
        let mut values = Vec::new();
        for argument in field(node, "arguments").map(children).unwrap_or_default() {
            if argument.kind() != "attribute_item" {
                values.push(self.expression(argument));
            }
        }
        let (plain, types) = match function.kind() {
            "generic_function" => (
                field(function, "function").unwrap_or(function),
                field(function, "type_arguments"),
            ),
            _ => (function, None),
        };
        if plain.kind() == "field_expression" {
            return self.method_call(node, plain, types, values);
        }
        let path = self.path(plain);
        if values.len() == 1 && WRAPPING.contains(&path.as_str()) {
            return values.pop();
        }
        let callee = Box::new(self.expression(plain));
        let args = values.into_iter().map(positional).collect();
        Some(expr(node, ExprKind::Call { callee, args }))
    }

    fn method_call(
        &mut self,
        node: Node<'_>,
        function: Node<'_>,
        types: Option<Node<'_>>,
        values: Vec<Expr>,
    ) -> Option<Expr> {
        let base = self.expression(field(function, "value")?);
        let name = field(function, "field")?;
        let written = self.builder.source(name);
        if SAME.contains(&written) && values.len() <= 1 {
            return Some(base);
        }
        if written == "parse" {
            let ty = types.and_then(|types| children(types).into_iter().next());
            if let Some(ty) = ty.map(|ty| self.type_name(ty)) {
                let value = Box::new(base);
                return Some(expr(node, ExprKind::Cast { ty, value }));
            }
        }
        if matches!(written, "len" | "count" | "is_empty") && values.is_empty() {
            let callee = self.builder.intern("len");
            let callee = Box::new(expr(name, ExprKind::Name(callee)));
            let args = vec![positional(base)];
            return Some(expr(node, ExprKind::Call { callee, args }));
        }
        let name = self.builder.name(name);
        let base = Box::new(base);
        let callee = Box::new(expr(function, ExprKind::Field { base, name }));
        let args = values.into_iter().map(positional).collect();
        Some(expr(node, ExprKind::Call { callee, args }))
    }

    /// `if` as a value.
    fn choice(&mut self, node: Node<'_>) -> Option<Expr> {
        let condition = field(node, "condition")?;
        let then = field(node, "consequence")?;
        let alternative = field(node, "alternative").and_then(|clause| children(clause).pop());
        if matches!(condition.kind(), "let_condition" | "let_chain") {
            let subject = field(condition, "value").map(|value| self.expression(value));
            let subject = subject.unwrap_or_else(|| self.parts(condition));
            let mut matched = case(Vec::new());
            matched.pattern = field(condition, "pattern").map(|bound| self.pattern(bound));
            matched.body = vec![self.value_statement(then)];
            let otherwise = alternative.map(|other| vec![self.value_statement(other)]);
            let cases = vec![matched, case(otherwise.unwrap_or_default())];
            let subject = Box::new(subject);
            return Some(expr(node, ExprKind::Match { subject, cases }));
        }
        let condition = Box::new(self.expression(condition));
        let then = Box::new(self.block_value(then));
        let otherwise = alternative.map(|other| self.expression(other));
        let otherwise = Box::new(otherwise.unwrap_or_else(|| opaque(node, Vec::new())));
        Some(expr(
            node,
            ExprKind::Choose {
                condition,
                then,
                otherwise,
            },
        ))
    }

    fn value_statement(&mut self, node: Node<'_>) -> Stmt {
        let value = self.expression(node);
        stmt(node, StmtKind::Expr(value))
    }

    fn match_value(&mut self, node: Node<'_>) -> Option<Expr> {
        let subject = Box::new(self.expression(field(node, "value")?));
        let cases = self.arms(node, |rust, value, body| {
            let value = rust.value_statement(value);
            body.push(value);
        });
        Some(expr(node, ExprKind::Match { subject, cases }))
    }

    /// A value that is only a number.
    pub(super) fn as_number(&mut self, value: Expr) -> Expr {
        let span = value.span;
        let ty = plain_type(self.builder.intern("i64"));
        let value = Box::new(value);
        Expr {
            kind: ExprKind::Cast { ty, value },
            span,
        }
    }
}
