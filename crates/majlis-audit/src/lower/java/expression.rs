//! Expressions of Java.

use tree_sitter::Node;

use super::Java;
use super::literal::constant;
use crate::Span;
use crate::ir::{
    Arg, BinaryOp, Const, Expr, ExprKind, Function, FunctionKind, Param, ParamKind, Pattern, Stmt,
    StmtKind, UnaryOp,
};
use crate::lower::syntax;
use crate::lower::syntax::{
    Builder, children, expr, field, fields, opaque, operator, plain_type, positional, stmt,
};

impl Java<'_> {
    pub(super) fn expression(&mut self, node: Node<'_>) -> Expr {
        self.nested(|java| java.expression_here(node))
            .unwrap_or_else(|| opaque(node, Vec::new()))
    }

    fn expression_here(&mut self, node: Node<'_>) -> Expr {
        if let Some(constant) = constant(node.kind(), self.builder.source(node)) {
            return expr(node, ExprKind::Const(constant));
        }
        let lowered = match node.kind() {
            "identifier" | "this" | "super" | "type_identifier" => {
                Some(self.builder.name_expr(node))
            }
            "scoped_identifier" | "scoped_type_identifier" => Some(self.dotted(node)),
            "parenthesized_expression" => children(node).pop().map(|inner| self.expression(inner)),
            "method_invocation" => self.invocation(node),
            "field_access" => self.field_access(node),
            "array_access" => self.element(node),
            "object_creation_expression" => self.creation(node),
            "binary_expression" => Some(self.binary(node)),
            "unary_expression" => self.unary(node),
            "update_expression" => self.update(node),
            "assignment_expression" => self.assignment(node),
            "ternary_expression" => self.choice(node),
            "cast_expression" => self.cast(node),
            "instanceof_expression" => self.instance_of(node),
            "lambda_expression" => self.lambda(node),
            "method_reference" => self.reference(node),
            "array_creation_expression" => self.array(node),
            "array_initializer" | "element_value_array_initializer" => Some(self.sequence(node)),
            "class_literal" => children(node).pop().map(|ty| {
                let ty = self.type_name(ty);
                expr(node, ExprKind::Type(ty))
            }),
            "switch_expression" => Some(self.switch_value(node)),
            "template_expression" => Some(self.template(node)),
            _ => None,
        };
        lowered.unwrap_or_else(|| self.parts(node))
    }

    /// An opaque value over all parts of a node.
    fn parts(&mut self, node: Node<'_>) -> Expr {
        let parts = children(node)
            .into_iter()
            .map(|part| self.expression(part))
            .collect();
        opaque(node, parts)
    }

    /// `a.b.c` as fields of fields.
    fn dotted(&mut self, node: Node<'_>) -> Expr {
        let span = Span::of(node);
        let path = self.path(node);
        let mut names = path.split('.');
        let first = self.builder.intern(names.next().unwrap_or_default());
        let mut base = super::name_at(first, span);
        for name in names {
            let name = self.builder.intern(name);
            let kind = ExprKind::Field {
                base: Box::new(base),
                name,
            };
            base = Expr { kind, span };
        }
        base
    }

    fn arguments(&mut self, node: Node<'_>) -> Vec<Arg> {
        field(node, "arguments")
            .map(children)
            .unwrap_or_default()
            .into_iter()
            .map(|argument| positional(self.expression(argument)))
            .collect()
    }

    fn invocation(&mut self, node: Node<'_>) -> Option<Expr> {
        let named = field(node, "name")?;
        let name = self.builder.name(named);
        let callee = match field(node, "object") {
            Some(object) => {
                let base = Box::new(self.expression(object));
                let start = base.span.start;
                let end = Span::of(named).end;
                Expr {
                    kind: ExprKind::Field { base, name },
                    span: Span { start, end },
                }
            }
            None => expr(named, ExprKind::Name(name)),
        };
        let args = self.arguments(node);
        let callee = Box::new(callee);
        Some(expr(node, ExprKind::Call { callee, args }))
    }

    fn field_access(&mut self, node: Node<'_>) -> Option<Expr> {
        let name = self.builder.name(field(node, "field")?);
        // `Outer.this` is the object at hand as far as its fields are concerned
        if &*name == "this" {
            return Some(expr(node, ExprKind::Name(name)));
        }
        let base = Box::new(self.expression(field(node, "object")?));
        Some(expr(node, ExprKind::Field { base, name }))
    }

    fn element(&mut self, node: Node<'_>) -> Option<Expr> {
        let base = Box::new(self.expression(field(node, "array")?));
        let index = Box::new(self.expression(field(node, "index")?));
        Some(expr(node, ExprKind::Index { base, index }))
    }

    fn creation(&mut self, node: Node<'_>) -> Option<Expr> {
        let class = self.type_name(field(node, "type")?);
        let args = self.arguments(node);
        let body = children(node)
            .into_iter()
            .find(|child| child.kind() == "class_body")
            .map(|body| self.anonymous(body, class.clone()));
        Some(expr(node, ExprKind::New { class, args, body }))
    }

    fn binary(&mut self, node: Node<'_>) -> Expr {
        let spine = Builder::spine(node, "binary_expression");
        let first = self.expression(spine.first);
        let links = spine
            .links
            .into_iter()
            .map(|(at, right)| {
                let op = field(at, "operator").map_or(BinaryOp::Other, |op| operator(op.kind()));
                (at, op, self.expression(right))
            })
            .collect();
        Builder::chain(first, self.redirected(links, spine.first))
    }

    /// The name of a view that begins with `redirect:` sends the browser to what follows.
    fn redirected<'n>(
        &mut self,
        mut links: Vec<(Node<'n>, BinaryOp, Expr)>,
        first: Node<'n>,
    ) -> Vec<(Node<'n>, BinaryOp, Expr)> {
        if self.builder.source(first) == "\"redirect:\""
            && links.first().is_some_and(|(_, op, _)| *op == BinaryOp::Add)
        {
            let (at, op, target) = links.remove(0);
            let name = self.builder.intern("redirect:");
            let call = ExprKind::Call {
                callee: Box::new(super::name_at(name, target.span)),
                args: vec![positional(target)],
            };
            links.insert(0, (at, op, expr(at, call)));
        }
        links
    }

    fn unary(&mut self, node: Node<'_>) -> Option<Expr> {
        let operand = self.expression(field(node, "operand")?);
        let op = match field(node, "operator")?.kind() {
            "-" => UnaryOp::Negate,
            "!" => UnaryOp::Not,
            "~" => UnaryOp::Complement,
            _ => return Some(operand),
        };
        let operand = Box::new(operand);
        Some(expr(node, ExprKind::Unary { op, operand }))
    }

    fn update(&mut self, node: Node<'_>) -> Option<Expr> {
        let source = self.builder.source(node);
        let prefix = source.starts_with(['+', '-']);
        let minus = source.starts_with("--") || source.ends_with("--");
        let target = Box::new(self.expression(children(node).pop()?));
        let by = if minus { -1 } else { 1 };
        Some(expr(node, ExprKind::Update { target, by, prefix }))
    }

    fn assignment(&mut self, node: Node<'_>) -> Option<Expr> {
        let target = self.expression(field(node, "left")?);
        let operator = field(node, "operator")?.kind();
        let op = operator
            .strip_suffix('=')
            .filter(|op| !op.is_empty())
            .map(syntax::operator);
        let value = Box::new(self.expression(field(node, "right")?));
        let target = Box::new(match target.kind {
            ExprKind::Name(name) => Pattern::Name(name),
            _ => Pattern::Place(Box::new(target)),
        });
        Some(expr(node, ExprKind::Assign { target, op, value }))
    }

    fn choice(&mut self, node: Node<'_>) -> Option<Expr> {
        let condition = Box::new(self.expression(field(node, "condition")?));
        let then = Box::new(self.expression(field(node, "consequence")?));
        let otherwise = Box::new(self.expression(field(node, "alternative")?));
        let kind = ExprKind::Choose {
            condition,
            then,
            otherwise,
        };
        Some(expr(node, kind))
    }

    fn cast(&mut self, node: Node<'_>) -> Option<Expr> {
        let ty = self.type_name(field(node, "type")?);
        let value = Box::new(self.expression(field(node, "value")?));
        Some(expr(node, ExprKind::Cast { ty, value }))
    }

    /// `x instanceof T name` asks, then binds the name.
    fn instance_of(&mut self, node: Node<'_>) -> Option<Expr> {
        let left = self.expression(field(node, "left")?);
        let (ty, bound) = match (field(node, "right"), field(node, "pattern")) {
            (Some(right), _) => {
                let name = field(node, "name").map(|name| self.builder.name(name));
                (self.type_name(right), name.map(Pattern::Name))
            }
            (None, Some(pattern)) => {
                let pattern = self.pattern(pattern);
                let Pattern::Variant(name, _) = &pattern else {
                    return None;
                };
                (plain_type(name.clone()), Some(pattern))
            }
            (None, None) => return None,
        };
        let value = left.clone();
        let right = expr(node, ExprKind::Type(ty.clone()));
        let asked = expr(
            node,
            ExprKind::Binary {
                op: BinaryOp::InstanceOf,
                left: Box::new(left),
                right: Box::new(right),
            },
        );
        let Some(pattern) = bound else {
            return Some(asked);
        };
        let bind = stmt(
            node,
            StmtKind::Let {
                pattern,
                ty: Some(ty),
                value: Some(value),
            },
        );
        let yes = expr(node, ExprKind::Const(Const::Bool(true)));
        let right = ExprKind::Block {
            body: vec![bind],
            value: Some(Box::new(yes)),
        };
        let kind = ExprKind::Binary {
            op: BinaryOp::And,
            left: Box::new(asked),
            right: Box::new(expr(node, right)),
        };
        Some(expr(node, kind))
    }

    fn lambda(&mut self, node: Node<'_>) -> Option<Expr> {
        let written = field(node, "parameters")?;
        let params = match written.kind() {
            "formal_parameters" => self.parameters(written),
            "inferred_parameters" => children(written)
                .into_iter()
                .map(|name| self.bare_parameter(name))
                .collect(),
            _ => vec![self.bare_parameter(written)],
        };
        let body = field(node, "body")?;
        let outer_yields = std::mem::take(&mut self.yields);
        let statements = if body.kind() == "block" {
            self.block(body)
        } else {
            let value = self.expression(body);
            vec![stmt(body, StmtKind::Return(Some(value)))]
        };
        self.yields = outer_yields;
        Some(self.function_value(node, params, statements))
    }

    fn bare_parameter(&mut self, node: Node<'_>) -> Param {
        Param {
            pattern: Pattern::Name(self.builder.name(node)),
            ty: None,
            default: None,
            annotations: Vec::new(),
            kind: ParamKind::One,
            span: Span::of(node),
        }
    }

    fn function_value(&mut self, node: Node<'_>, params: Vec<Param>, body: Vec<Stmt>) -> Expr {
        let name = self.builder.intern("");
        let id = self.builder.add_function(Function {
            name,
            class: self.class,
            kind: FunctionKind::Lambda,
            params,
            receiver: None,
            returns: None,
            annotations: Vec::new(),
            is_async: false,
            is_public: false,
            body,
            has_body: true,
            span: Span::of(node),
        });
        expr(node, ExprKind::Function(id))
    }

    fn reference(&mut self, node: Node<'_>) -> Option<Expr> {
        let parts = children(node);
        let of = *parts.first()?;
        if self.builder.source(node).ends_with("new") && parts.len() == 1 {
            let class = self.type_name(of);
            let argument = self.made_up_name("argument");
            let mut param = self.bare_parameter(node);
            param.pattern = Pattern::Name(argument.clone());
            let args = vec![positional(super::name_at(argument, Span::of(node)))];
            let made = ExprKind::New {
                class,
                args,
                body: None,
            };
            let body = stmt(node, StmtKind::Return(Some(expr(node, made))));
            return Some(self.function_value(node, vec![param], vec![body]));
        }
        let name = self.builder.name(*parts.last()?);
        let base = Box::new(match of.kind() {
            "generic_type" | "array_type" => {
                let ty = self.type_name(of);
                super::name_at(ty.name, Span::of(of))
            }
            _ => self.expression(of),
        });
        Some(expr(node, ExprKind::Field { base, name }))
    }

    fn array(&mut self, node: Node<'_>) -> Option<Expr> {
        if let Some(values) = field(node, "value") {
            return Some(self.expression(values));
        }
        let mut class = self.type_name(field(node, "type")?);
        for dimension in fields(node, "dimensions") {
            if dimension.kind() == "dimensions" {
                self.add_dimensions(&mut class, dimension);
                continue;
            }
            let length = children(dimension).pop();
            class
                .array
                .push(length.map(|length| self.expression(length)));
        }
        let kind = ExprKind::New {
            class,
            args: Vec::new(),
            body: None,
        };
        Some(expr(node, kind))
    }

    fn sequence(&mut self, node: Node<'_>) -> Expr {
        let elements = children(node)
            .into_iter()
            .map(|element| self.expression(element))
            .collect();
        expr(node, ExprKind::Sequence(elements))
    }

    /// `STR."text \{value}"`
    fn template(&mut self, node: Node<'_>) -> Expr {
        let mut parts = Vec::new();
        for piece in field(node, "template_argument")
            .map(children)
            .unwrap_or_default()
        {
            if piece.kind() == "string_interpolation" {
                parts.extend(children(piece).pop().map(|value| self.expression(value)));
            } else {
                let text = self.builder.source(piece).into();
                parts.push(expr(piece, ExprKind::Const(Const::Str(text))));
            }
        }
        expr(node, ExprKind::Interpolated(parts))
    }

    /// A `switch` whose value is used.
    fn switch_value(&mut self, node: Node<'_>) -> Expr {
        let rules = field(node, "body").map(children).unwrap_or_default();
        let is_plain = |rule: &Node<'_>| {
            rule.kind() == "switch_rule"
                && children(*rule)
                    .last()
                    .is_some_and(|body| body.kind() != "block")
        };
        if rules.iter().all(is_plain) {
            let subject = Box::new(self.switch_subject(node));
            self.yields.push(None);
            let cases = self.cases(node);
            self.yields.pop();
            return expr(node, ExprKind::Match { subject, cases });
        }
        let name = self.made_up_name("switch");
        self.yields.push(Some(name.clone()));
        let switch = self.switch(node);
        self.yields.pop();
        let labelled = stmt(node, StmtKind::Labeled(name.clone(), Box::new(switch)));
        let value = Some(Box::new(super::name_at(name, Span::of(node))));
        let body = vec![labelled];
        expr(node, ExprKind::Block { body, value })
    }
}
