//! Expressions.

use tree_sitter::Node;

use super::super::syntax;
use super::super::syntax::{child_of, children, field, number, plain_type, positional, unescape};
use super::{Lowering, Signature};
use crate::ir::{
    Arg, BinaryOp, Const, Expr, ExprKind, FunctionKind, Pattern, Stmt, StmtKind, TypeName, UnaryOp,
};

impl Lowering<'_> {
    pub(super) fn expression(&mut self, node: Node<'_>) -> Expr {
        self.nested(|lowering| lowering.expression_here(node))
            .unwrap_or_else(|| self.expr(node, ExprKind::Opaque(Vec::new())))
    }

    fn boxed(&mut self, node: Node<'_>) -> Box<Expr> {
        Box::new(self.expression(node))
    }

    /// A part that may be missing in a half-written file.
    fn part(&mut self, node: Node<'_>, name: &str) -> Box<Expr> {
        match field(node, name) {
            Some(part) => self.boxed(part),
            None => Box::new(self.expr(node, ExprKind::Opaque(Vec::new()))),
        }
    }

    fn expression_here(&mut self, node: Node<'_>) -> Expr {
        let kind = match node.kind() {
            "identifier"
            | "field_identifier"
            | "this"
            | "type_identifier"
            | "primitive_type"
            | "namespace_identifier" => return self.identifier(node),
            "number_literal" => ExprKind::Const(number(self.source(node), true)),
            "true" => ExprKind::Const(Const::Bool(true)),
            "false" => ExprKind::Const(Const::Bool(false)),
            "null" | "nullptr" => ExprKind::Const(Const::Null),
            "char_literal" => self.character(node),
            "string_literal" | "raw_string_literal" | "concatenated_string" => self.string(node),
            "parenthesized_expression" | "extension_expression" | "condition_clause" => {
                return match children(node).first().copied() {
                    Some(inner) => self.expression(inner),
                    None => self.expr(node, ExprKind::Opaque(Vec::new())),
                };
            }
            "compound_statement" => self.statement_value(node),
            "qualified_identifier" => self.qualified(node),
            "template_function" | "template_method" => {
                ExprKind::Name(self.plain_name(self.builder.source(node)))
            }
            "binary_expression" => return self.binary(node),
            "unary_expression" => return self.unary(node),
            "update_expression" => self.update(node),
            "pointer_expression" => self.pointer(node),
            "assignment_expression" => self.assignment(node),
            "conditional_expression" => ExprKind::Choose {
                condition: self.part(node, "condition"),
                then: self.part(node, "consequence"),
                otherwise: self.part(node, "alternative"),
            },
            "comma_expression" => {
                let first = self.part(node, "left");
                let span = first.span;
                let kind = StmtKind::Expr(*first);
                ExprKind::Block {
                    body: vec![Stmt { kind, span }],
                    value: Some(self.part(node, "right")),
                }
            }
            "field_expression" => {
                let name = field(node, "field").unwrap_or(node);
                ExprKind::Field {
                    base: self.part(node, "argument"),
                    name: self.plain_name(self.builder.source(name)),
                }
            }
            "subscript_expression" => self.subscript(node),
            "call_expression" => self.call(node),
            "new_expression" => self.new_object(node),
            "delete_expression" => {
                let operand = children(node).last().copied();
                let parts = operand.map(|operand| self.expression(operand));
                ExprKind::Opaque(parts.into_iter().collect())
            }
            "cast_expression" => ExprKind::Cast {
                ty: self.type_in(node),
                value: self.part(node, "value"),
            },
            "sizeof_expression" => match field(node, "value") {
                Some(value) => ExprKind::SizeOfExpr(self.boxed(value)),
                None => ExprKind::SizeOfType(self.type_in(node)),
            },
            "initializer_list" => self.initializers(node, None),
            "compound_literal_expression" => {
                let ty = self.type_in(node);
                match field(node, "value") {
                    Some(list) => self.initializers(list, Some(ty)),
                    None => ExprKind::Opaque(Vec::new()),
                }
            }
            "lambda_expression" => self.lambda(node),
            "declaration" => {
                let body = self.declaration(node, false);
                ExprKind::Block { body, value: None }
            }
            _ => self.opaque_parts(node),
        };
        self.expr(node, kind)
    }

    fn opaque_parts(&mut self, node: Node<'_>) -> ExprKind {
        let parts = children(node);
        ExprKind::Opaque(
            parts
                .into_iter()
                .map(|part| self.expression(part))
                .collect(),
        )
    }

    fn type_in(&mut self, node: Node<'_>) -> TypeName {
        field(node, "type").map_or_else(
            || plain_type("".into()),
            |ty| {
                self.nested(|lowering| lowering.type_descriptor(ty))
                    .unwrap_or_else(|| plain_type("".into()))
            },
        )
    }

    /// `({ … x; })`
    fn statement_value(&mut self, node: Node<'_>) -> ExprKind {
        let mut body = self.block(node);
        let value = match body.pop() {
            Some(Stmt {
                kind: StmtKind::Expr(value),
                ..
            }) => Some(Box::new(value)),
            Some(other) => {
                body.push(other);
                None
            }
            None => None,
        };
        ExprKind::Block { body, value }
    }

    /// A name, or what the macro of that name stands for.
    fn identifier(&mut self, node: Node<'_>) -> Expr {
        let mut name = self.builder.name(node);
        for _ in 0..8 {
            let Some(value) = self.macros.get(&name) else {
                break;
            };
            match &value.kind {
                ExprKind::Name(other) if *other != name => name = other.clone(),
                ExprKind::Name(_) => break,
                kind => return self.expr(node, kind.clone()),
            }
        }
        self.expr(node, ExprKind::Name(name))
    }

    /// `std::x` is `x`; any other `a::b` is a field of `a`.
    fn qualified(&mut self, node: Node<'_>) -> ExprKind {
        let name = self.plain_name(self.builder.source(node));
        match name.rsplit_once("::") {
            None => ExprKind::Name(name),
            Some((scope, last)) => {
                let scope = scope.rsplit("::").next().unwrap_or(scope);
                let scope = ExprKind::Name(self.builder.intern(scope));
                ExprKind::Field {
                    base: Box::new(self.expr(node, scope)),
                    name: self.builder.intern(last),
                }
            }
        }
    }

    fn character(&mut self, node: Node<'_>) -> ExprKind {
        let source = self.source(node);
        let inner = source.split_once('\'').map_or(source, |(_, rest)| rest);
        let inner = unescape(inner.strip_suffix('\'').unwrap_or(inner), false);
        match inner.chars().next() {
            Some(mark) => ExprKind::Const(Const::Char(mark)),
            None => ExprKind::Opaque(Vec::new()),
        }
    }

    fn string(&mut self, node: Node<'_>) -> ExprKind {
        let mut text = String::new();
        let mut is_wide = false;
        let mut parts = vec![node];
        if node.kind() == "concatenated_string" {
            parts = children(node);
        }
        for part in parts {
            let source = self.source(part);
            if part.kind() == "identifier" {
                if let ExprKind::Const(Const::Str(value)) = self.identifier(part).kind {
                    text.push_str(&value);
                }
                continue;
            }
            let Some((prefix, rest)) = source.split_once('"') else {
                continue;
            };
            is_wide |= prefix.starts_with('L');
            let inner = rest.strip_suffix('"').unwrap_or(rest);
            if prefix.contains('R') {
                let inner = inner.split_once('(').map_or(inner, |(_, inner)| inner);
                text.push_str(inner.rsplit_once(')').map_or(inner, |(inner, _)| inner));
            } else {
                text.push_str(&unescape(inner, false));
            }
        }
        let literal = ExprKind::Const(Const::Str(text.as_str().into()));
        if !is_wide {
            return literal;
        }
        let mut ty = plain_type(self.builder.intern("wchar_t"));
        ty.pointers = 1;
        let value = Box::new(self.expr(node, literal));
        ExprKind::Cast { ty, value }
    }

    fn binary(&mut self, node: Node<'_>) -> Expr {
        let spine = super::Builder::spine(node, "binary_expression");
        let first = self.expression(spine.first);
        let mut links = Vec::with_capacity(spine.links.len());
        for (link, right) in spine.links {
            let op = field(link, "operator").map_or("", |op| self.source(op));
            let op = operator(op);
            let right = self.expression(right);
            links.push((link, op, right));
        }
        let mut whole = super::Builder::chain(first, links);
        if let Some(place) = self.place {
            whole.span = place;
        }
        whole
    }

    fn unary(&mut self, node: Node<'_>) -> Expr {
        let operand = self.part(node, "argument");
        let op = field(node, "operator").map_or("", |op| self.source(op));
        let op = match op {
            "-" => match operand.kind {
                ExprKind::Const(Const::Int(value)) => {
                    return self.integer(node, value.wrapping_neg());
                }
                ExprKind::Const(Const::Float(value)) => {
                    return self.expr(node, ExprKind::Const(Const::Float(-value)));
                }
                _ => UnaryOp::Negate,
            },
            "!" | "not" => UnaryOp::Not,
            "~" | "compl" => UnaryOp::Complement,
            "+" => return *operand,
            _ => UnaryOp::Other,
        };
        self.expr(node, ExprKind::Unary { op, operand })
    }

    fn update(&mut self, node: Node<'_>) -> ExprKind {
        let argument = field(node, "argument").unwrap_or(node);
        let operator = field(node, "operator").unwrap_or(node);
        ExprKind::Update {
            target: self.boxed(argument),
            by: if self.source(operator) == "--" { -1 } else { 1 },
            prefix: operator.start_byte() < argument.start_byte(),
        }
    }

    fn pointer(&mut self, node: Node<'_>) -> ExprKind {
        let operand = self.part(node, "argument");
        let op = field(node, "operator").map_or("", |op| self.source(op));
        if op == "&" {
            ExprKind::AddressOf(operand)
        } else {
            ExprKind::Deref(operand)
        }
    }

    fn assignment(&mut self, node: Node<'_>) -> ExprKind {
        let op = field(node, "operator").map_or("=", |op| self.source(op));
        let op = op.strip_suffix('=').filter(|op| !op.is_empty());
        let place = self.part(node, "left");
        let target = match place.kind {
            ExprKind::Name(name) => Pattern::Name(name),
            _ => Pattern::Place(place),
        };
        ExprKind::Assign {
            target: Box::new(target),
            op: op.map(operator),
            value: self.part(node, "right"),
        }
    }

    fn subscript(&mut self, node: Node<'_>) -> ExprKind {
        let index = field(node, "index").or_else(|| {
            let list = field(node, "indices")?;
            children(list).first().copied()
        });
        let base = self.part(node, "argument");
        let index = match index {
            Some(index) => self.boxed(index),
            None => Box::new(self.expr(node, ExprKind::Opaque(Vec::new()))),
        };
        ExprKind::Index { base, index }
    }

    pub(super) fn arguments(&mut self, list: Node<'_>) -> Vec<Expr> {
        let given = children(list);
        given.into_iter().map(|arg| self.expression(arg)).collect()
    }

    fn call(&mut self, node: Node<'_>) -> ExprKind {
        let mut args = field(node, "arguments")
            .map(|list| self.arguments(list))
            .unwrap_or_default();
        let Some(callee) = field(node, "function") else {
            return ExprKind::Opaque(args);
        };
        if let Some(ty) = self.cast_to(callee)
            && args.len() == 1
        {
            let value = Box::new(args.remove(0));
            return ExprKind::Cast { ty, value };
        }
        ExprKind::Call {
            callee: self.boxed(callee),
            args: args.into_iter().map(positional).collect(),
        }
    }

    /// The type of `static_cast<T>` and the like, and of `int` in `int(x)`.
    fn cast_to(&mut self, callee: Node<'_>) -> Option<TypeName> {
        match callee.kind() {
            "primitive_type" => Some(self.type_specifier(callee)),
            "template_function" => {
                let name = self.source(field(callee, "name")?);
                if !name.ends_with("_cast") {
                    return None;
                }
                let ty = children(field(callee, "arguments")?).first().copied()?;
                Some(self.type_descriptor(ty))
            }
            _ => None,
        }
    }

    fn new_object(&mut self, node: Node<'_>) -> ExprKind {
        let mut class =
            field(node, "type").map_or_else(|| plain_type("".into()), |ty| self.type_specifier(ty));
        let mut declarator = field(node, "declarator");
        while let Some(part) = declarator {
            let length = field(part, "length").map(|length| self.expression(length));
            class.array.push(length);
            declarator = child_of(part, "new_declarator");
        }
        let args = field(node, "arguments")
            .map(|list| self.arguments(list))
            .unwrap_or_default();
        let args: Vec<Arg> = args.into_iter().map(positional).collect();
        if field(node, "placement").is_some() {
            let parts = args.into_iter().map(|arg| arg.value).collect();
            return ExprKind::Opaque(parts);
        }
        ExprKind::New {
            class,
            args,
            body: None,
        }
    }

    fn initializers(&mut self, node: Node<'_>, class: Option<TypeName>) -> ExprKind {
        let mut fields = Vec::new();
        let mut is_named = false;
        for item in children(node) {
            if item.kind() != "initializer_pair" {
                let value = self.expression(item);
                fields.push((None, value));
                continue;
            }
            let designator = field(item, "designator")
                .map(|designator| self.source(designator))
                .unwrap_or_default();
            let name = designator
                .strip_prefix('.')
                .map(|name| self.builder.intern(name));
            is_named |= name.is_some();
            let value = field(item, "value").unwrap_or(item);
            let value = self.expression(value);
            fields.push((name, value));
        }
        match class {
            Some(class) => ExprKind::Struct { class, fields },
            None if is_named => {
                let class = plain_type("".into());
                ExprKind::Struct { class, fields }
            }
            None => ExprKind::Sequence(fields.into_iter().map(|(_, value)| value).collect()),
        }
    }

    fn lambda(&mut self, node: Node<'_>) -> ExprKind {
        let params = field(node, "declarator")
            .and_then(|declarator| field(declarator, "parameters"))
            .map(|params| self.parameters(params))
            .unwrap_or_default();
        let body = field(node, "body")
            .map(|body| self.block(body))
            .unwrap_or_default();
        let signature = Signature {
            name: "".into(),
            class: None,
            params,
            returns: plain_type("auto".into()),
        };
        let id = self.add_function(node, signature, body, true);
        if let Some(function) = self.builder.module.functions.get_mut(id.0 as usize) {
            function.kind = FunctionKind::Lambda;
        }
        ExprKind::Function(id)
    }
}

fn operator(source: &str) -> BinaryOp {
    match source {
        "bitand" => BinaryOp::BitAnd,
        "bitor" => BinaryOp::BitOr,
        "xor" => BinaryOp::BitXor,
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        "not_eq" => BinaryOp::NotEqual,
        written => syntax::operator(written),
    }
}
