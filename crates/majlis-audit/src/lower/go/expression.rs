//! Expressions of Go.

use tree_sitter::Node;

use super::Go;
use super::format::{Piece, is_number, pieces};
use super::types::is_built_in;
use crate::ir::{BinaryOp, Const, Expr, ExprKind, Text, TypeName, UnaryOp};
use crate::lower::syntax::operator as binary;
use crate::lower::syntax::{Builder, children, expr, field, opaque, plain_type, positional};

/// Functions of `fmt` that take a format, and at which argument.
const FORMATTING: [(&str, usize); 6] = [
    ("Sprintf", 0),
    ("Printf", 0),
    ("Errorf", 0),
    ("Fprintf", 1),
    ("Appendf", 1),
    ("Sscanf", 1),
];

/// The same of `log`, whose loggers have them as methods.
const LOGGING: [&str; 9] = [
    "Printf", "Fatalf", "Panicf", "Infof", "Warnf", "Warningf", "Errorf", "Debugf", "Tracef",
];

impl Go<'_> {
    /// An expression; what lies too deep is opaque.
    pub(super) fn expression(&mut self, node: Node<'_>) -> Expr {
        self.nested(|go| go.expression_here(node))
            .unwrap_or_else(|| opaque(node, Vec::new()))
    }

    fn expression_here(&mut self, node: Node<'_>) -> Expr {
        if let Some(constant) = self.constant(node) {
            return expr(node, ExprKind::Const(constant));
        }
        let lowered = match node.kind() {
            "identifier" | "field_identifier" | "package_identifier" | "label_name" => {
                Some(self.builder.name_expr(node))
            }
            "parenthesized_expression" => {
                let inner = children(node).pop();
                inner.map(|inner| self.expression(inner))
            }
            "unary_expression" => self.unary(node),
            "binary_expression" => Some(self.binary(node, false)),
            "selector_expression" => self.selector(node),
            "index_expression" => self.index(node),
            "slice_expression" => self.slice(node),
            "call_expression" => self.call(node),
            "type_assertion_expression" | "type_conversion_expression" => self.conversion(node),
            "type_instantiation_expression" => {
                let inner = field(node, "type");
                inner.map(|inner| self.expression(inner))
            }
            "composite_literal" => self.composite(node),
            "func_literal" => {
                let function = self.literal_function(node);
                Some(expr(node, ExprKind::Function(function)))
            }
            "variadic_argument" => children(node).pop().map(|inner| {
                let inner = Box::new(self.expression(inner));
                expr(node, ExprKind::Spread(inner))
            }),
            "type_identifier" | "qualified_type" | "pointer_type" | "slice_type" | "array_type"
            | "map_type" | "channel_type" | "function_type" | "struct_type" | "interface_type"
            | "generic_type" => {
                let ty = self.type_name(node);
                Some(expr(node, ExprKind::Type(ty)))
            }
            _ => None,
        };
        lowered.unwrap_or_else(|| self.parts(node))
    }

    /// What has no form of its own.
    fn parts(&mut self, node: Node<'_>) -> Expr {
        let mut parts = Vec::new();
        for child in children(node) {
            parts.push(self.expression(child));
        }
        opaque(node, parts)
    }

    fn unary(&mut self, node: Node<'_>) -> Option<Expr> {
        let operand = Box::new(self.expression(field(node, "operand")?));
        let operator = self.builder.source(field(node, "operator")?);
        let op = match operator {
            "&" => return Some(expr(node, ExprKind::AddressOf(operand))),
            "*" => return Some(expr(node, ExprKind::Deref(operand))),
            "<-" => {
                let index = Box::new(opaque(node, Vec::new()));
                let base = operand;
                let element = Box::new(expr(node, ExprKind::Index { base, index }));
                return Some(expr(node, ExprKind::Await(element)));
            }
            "+" => return Some(*operand),
            "-" => {
                if let Some(negative) = negated(&operand.kind) {
                    return Some(expr(node, ExprKind::Const(negative)));
                }
                UnaryOp::Negate
            }
            "!" => UnaryOp::Not,
            "^" => UnaryOp::Complement,
            _ => UnaryOp::Other,
        };
        Some(expr(node, ExprKind::Unary { op, operand }))
    }

    /// A chain of operators; `as_condition` lowers the operands of `&&` and `||` as conditions.
    fn binary(&mut self, node: Node<'_>, as_condition: bool) -> Expr {
        let spine = Builder::spine(node, "binary_expression");
        let mut links = Vec::with_capacity(spine.links.len());
        let first_op = spine.links.first().map(|(link, _)| self.operator(*link));
        let first = self.operand(
            spine.first,
            as_condition && first_op.is_some_and(is_logical),
        );
        for (link, right) in spine.links {
            let op = self.operator(link);
            let right = self.operand(right, as_condition && is_logical(op));
            links.push((link, op, right));
        }
        Builder::chain(first, links)
    }

    fn operator(&self, node: Node<'_>) -> BinaryOp {
        field(node, "operator").map_or(BinaryOp::Other, |operator| {
            binary(self.builder.source(operator))
        })
    }

    fn operand(&mut self, node: Node<'_>, as_condition: bool) -> Expr {
        if as_condition {
            self.condition(node)
        } else {
            self.expression(node)
        }
    }

    /// An expression that is asked whether it holds.
    pub(super) fn condition(&mut self, node: Node<'_>) -> Expr {
        self.nested(|go| go.condition_here(node))
            .unwrap_or_else(|| opaque(node, Vec::new()))
    }

    fn condition_here(&mut self, node: Node<'_>) -> Expr {
        match node.kind() {
            "parenthesized_expression" => {
                if let Some(inner) = children(node).pop() {
                    return self.condition(inner);
                }
            }
            "unary_expression" => {
                let operator = field(node, "operator").map(|found| self.builder.source(found));
                if let (Some("!"), Some(inner)) = (operator, field(node, "operand")) {
                    let operand = Box::new(self.condition(inner));
                    let op = UnaryOp::Not;
                    return expr(node, ExprKind::Unary { op, operand });
                }
            }
            "binary_expression" => return self.binary(node, true),
            "identifier" => {
                let name = self.builder.source(node);
                if let Some(question) = self.scope.questions.get(name) {
                    return question.clone();
                }
            }
            _ => {}
        }
        let value = self.expression(node);
        question(&value).unwrap_or(value)
    }

    fn selector(&mut self, node: Node<'_>) -> Option<Expr> {
        let base = Box::new(self.expression(field(node, "operand")?));
        let name = self.builder.name(field(node, "field")?);
        Some(expr(node, ExprKind::Field { base, name }))
    }

    fn index(&mut self, node: Node<'_>) -> Option<Expr> {
        let base = Box::new(self.expression(field(node, "operand")?));
        let index = Box::new(self.expression(field(node, "index")?));
        Some(expr(node, ExprKind::Index { base, index }))
    }

    fn slice(&mut self, node: Node<'_>) -> Option<Expr> {
        let base = Box::new(self.expression(field(node, "operand")?));
        let from = field(node, "start").map(|from| Box::new(self.expression(from)));
        let to = field(node, "end").map(|to| Box::new(self.expression(to)));
        Some(expr(node, ExprKind::Slice { base, from, to }))
    }

    /// `T(x)`, `x.(T)`
    fn conversion(&mut self, node: Node<'_>) -> Option<Expr> {
        let ty = self.type_name(field(node, "type")?);
        let value = Box::new(self.expression(field(node, "operand")?));
        Some(expr(node, ExprKind::Cast { ty, value }))
    }

    fn call(&mut self, node: Node<'_>) -> Option<Expr> {
        let function = field(node, "function")?;
        let mut values = Vec::new();
        for argument in field(node, "arguments").map(children).unwrap_or_default() {
            values.push(self.expression(argument));
        }
        let function = without_parentheses(function);
        if function.kind() == "identifier" {
            let name = self.builder.name(function);
            match self.special_call(node, &name, values) {
                Ok(special) => return Some(special),
                Err(given_back) => values = given_back,
            }
        }
        if function.kind() == "selector_expression" {
            match self.formatting_call(node, function, values) {
                Ok(joined) => return Some(joined),
                Err(given_back) => values = given_back,
            }
        }
        let callee = match function.kind() {
            // `f[T](x)`: which types it is for does not matter
            "index_expression"
                if field(function, "index").is_some_and(|index| self.is_type(index)) =>
            {
                self.expression(field(function, "operand")?)
            }
            _ => self.expression(function),
        };
        let callee = Box::new(callee);
        let args = values.into_iter().map(positional).collect();
        Some(expr(node, ExprKind::Call { callee, args }))
    }

    /// Conversions, and what the language itself makes. Gives the arguments back where it is none.
    fn special_call(
        &mut self,
        node: Node<'_>,
        name: &Text,
        mut values: Vec<Expr>,
    ) -> Result<Expr, Vec<Expr>> {
        let is_conversion =
            is_built_in(name) || self.classes.contains_key(name) && self.is_value_type(name);
        if is_conversion && values.len() == 1 {
            let value = Box::new(values.remove(0));
            let ty = plain_type(name.clone());
            return Ok(expr(node, ExprKind::Cast { ty, value }));
        }
        let Some(ExprKind::Type(ty)) = values.first().map(|first| &first.kind) else {
            return Err(values);
        };
        match &**name {
            "new" => {
                let class = ty.clone();
                let fields = Vec::new();
                let made = Box::new(expr(node, ExprKind::Struct { class, fields }));
                Ok(expr(node, ExprKind::AddressOf(made)))
            }
            "make" if &*ty.name == "map" && ty.array.is_empty() => {
                Ok(expr(node, ExprKind::Map(Vec::new())))
            }
            "make" if is_empty_slice(ty, &values) => Ok(expr(node, ExprKind::Sequence(Vec::new()))),
            _ => Err(values),
        }
    }

    /// Whether what stands in brackets is a type rather than an index.
    fn is_type(&self, node: Node<'_>) -> bool {
        match node.kind() {
            "slice_type" | "map_type" | "pointer_type" | "qualified_type" | "struct_type" => true,
            "identifier" | "type_identifier" => {
                let name = self.builder.source(node);
                is_built_in(name) || self.classes.contains_key(name)
            }
            _ => false,
        }
    }

    /// A type of this file that is another by name: `type name string`.
    fn is_value_type(&self, name: &str) -> bool {
        self.underlying(name).is_some()
    }

    /// `fmt.Sprintf` with a constant format is the text it joins; in the others, what is written
    /// as a number becomes one, and what is quoted is marked.
    fn formatting_call(
        &mut self,
        node: Node<'_>,
        function: Node<'_>,
        mut values: Vec<Expr>,
    ) -> Result<Expr, Vec<Expr>> {
        let Some((package, name)) = self.package_function(function) else {
            return Err(values);
        };
        let is_fmt = self.is_package(package, "fmt");
        let position = if is_fmt {
            let known = FORMATTING.iter().find(|(known, _)| *known == name);
            known.map(|(_, position)| *position)
        } else {
            LOGGING.contains(&name).then_some(0)
        };
        let format = position.and_then(|position| match &values.get(position)?.kind {
            ExprKind::Const(Const::Str(format)) => Some((position, pieces(format)?)),
            _ => None,
        });
        let Some((position, pieces)) = format else {
            return Err(values);
        };
        let verbs = pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Verb(_)));
        if verbs.count() != values.len() - position - 1
            || values
                .iter()
                .any(|value| matches!(value.kind, ExprKind::Spread(_)))
        {
            return Err(values);
        }
        if is_fmt && name == "Sprintf" {
            let mut given = values.drain(1..);
            let mut parts = Vec::new();
            for piece in &pieces {
                match piece {
                    Piece::Text(text) => {
                        let text = Const::Str(text.as_str().into());
                        parts.push(expr(node, ExprKind::Const(text)));
                    }
                    Piece::Verb(verb) => {
                        parts.extend(given.next().map(|value| self.formatted(*verb, value)));
                    }
                }
            }
            return Ok(expr(node, ExprKind::Interpolated(parts)));
        }
        let mut at = position + 1;
        for piece in &pieces {
            if let Piece::Verb(verb) = piece {
                let value = std::mem::replace(&mut values[at], opaque(node, Vec::new()));
                values[at] = self.formatted(*verb, value);
                at += 1;
            }
        }
        Err(values)
    }

    fn package_function(&self, function: Node<'_>) -> Option<(&str, &str)> {
        let package = field(function, "operand")?;
        let name = self.builder.source(field(function, "field")?);
        match package.kind() {
            "identifier" => Some((self.builder.source(package), name)),
            _ => Some(("", name)),
        }
    }

    fn formatted(&mut self, verb: char, value: Expr) -> Expr {
        let span = value.span;
        let kind = if is_number(verb) {
            ExprKind::Cast {
                ty: plain_type(self.builder.intern("int")),
                value: Box::new(value),
            }
        } else if verb == 'q' {
            let name = self.builder.intern("fmt%q");
            let callee = Expr {
                kind: ExprKind::Name(name),
                span,
            };
            ExprKind::Call {
                callee: Box::new(callee),
                args: vec![positional(value)],
            }
        } else {
            return value;
        };
        Expr { kind, span }
    }

    /// `T{…}`, `[]T{…}`, `map[K]V{…}`
    fn composite(&mut self, node: Node<'_>) -> Option<Expr> {
        let ty = self.type_name(field(node, "type")?);
        let body = field(node, "body")?;
        Some(self.literal_value(body, &ty))
    }

    /// The braces of a composite literal of this type.
    fn literal_value(&mut self, node: Node<'_>, ty: &TypeName) -> Expr {
        self.nested(|go| go.literal_value_here(node, ty))
            .unwrap_or_else(|| opaque(node, Vec::new()))
    }

    fn literal_value_here(&mut self, node: Node<'_>, ty: &TypeName) -> Expr {
        let elements = children(node);
        let underlying = self.underlying(&ty.name).cloned();
        let form = match &underlying {
            Some(base) if ty.array.is_empty() => base.clone(),
            _ => ty.clone(),
        };
        if !form.array.is_empty() {
            let mut element = form;
            element.array.remove(0);
            let mut values = Vec::new();
            for inner in elements {
                let (_, value) = parts_of(inner);
                values.push(self.element(value, &element));
            }
            return expr(node, ExprKind::Sequence(values));
        }
        let has_value_keys = elements.iter().any(|element| {
            let key = parts_of(*element).0;
            key.is_some_and(|key| key.kind() != "identifier" && key.kind() != "field_identifier")
        });
        if &*form.name == "map" || has_value_keys {
            let unknown = plain_type(self.builder.intern("any"));
            let of = form.args.get(1).cloned().unwrap_or(unknown);
            return self.map_literal(node, elements, &of);
        }
        let mut fields = Vec::new();
        let unknown = plain_type(self.builder.intern("any"));
        for inner in elements {
            let (key, value) = parts_of(inner);
            let name = key.map(|key| self.builder.name(key));
            fields.push((name, self.element(value, &unknown)));
        }
        let class = ty.clone();
        expr(node, ExprKind::Struct { class, fields })
    }

    fn map_literal(&mut self, node: Node<'_>, elements: Vec<Node<'_>>, of: &TypeName) -> Expr {
        let mut entries = Vec::new();
        for inner in elements {
            let (key, value) = parts_of(inner);
            let key = key.map(|key| self.expression(key));
            entries.push((key, self.element(value, of)));
        }
        expr(node, ExprKind::Map(entries))
    }

    /// An element; braces without a type have the type of the elements.
    fn element(&mut self, node: Node<'_>, ty: &TypeName) -> Expr {
        match node.kind() {
            "literal_value" => self.literal_value(node, ty),
            _ => self.expression(node),
        }
    }
}

/// What a truth value asks, where it asks something of which nothing changes by asking again.
pub(super) fn question(value: &Expr) -> Option<Expr> {
    match &value.kind {
        ExprKind::Index { base, index } if !matches!(index.kind, ExprKind::Const(_)) => {
            let kind = ExprKind::Binary {
                op: BinaryOp::In,
                left: index.clone(),
                right: base.clone(),
            };
            Some(Expr {
                kind,
                span: value.span,
            })
        }
        ExprKind::Binary { op, left, right } => {
            let compares = matches!(
                op,
                BinaryOp::In | BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or
            );
            (compares && is_plain(left) && is_plain(right)).then(|| value.clone())
        }
        _ => None,
    }
}

/// `index` is a key of `base`.
pub(super) fn is_in(node: Node<'_>, base: &Expr, index: &Expr) -> Expr {
    let kind = ExprKind::Binary {
        op: BinaryOp::In,
        left: Box::new(index.clone()),
        right: Box::new(base.clone()),
    };
    expr(node, kind)
}

fn is_logical(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or)
}

/// Whether asking an expression again changes nothing: no calls in it. Looks only as deep as people
/// write.
fn is_plain(value: &Expr) -> bool {
    fn plain(value: &Expr, deeper: u8) -> bool {
        let Some(deeper) = deeper.checked_sub(1) else {
            return false;
        };
        match &value.kind {
            ExprKind::Const(_) | ExprKind::Name(_) => true,
            ExprKind::Field { base, .. } => plain(base, deeper),
            ExprKind::Index { base, index } => plain(base, deeper) && plain(index, deeper),
            ExprKind::Unary { operand, .. } => plain(operand, deeper),
            ExprKind::Binary { left, right, .. } => plain(left, deeper) && plain(right, deeper),
            _ => false,
        }
    }
    plain(value, 8)
}

fn negated(kind: &ExprKind) -> Option<Const> {
    match kind {
        ExprKind::Const(Const::Int(value)) => value.checked_neg().map(Const::Int),
        ExprKind::Const(Const::Float(value)) => Some(Const::Float(-value)),
        _ => None,
    }
}

/// `make([]T, 0)`, `make([]T, 0, 16)`
fn is_empty_slice(ty: &TypeName, values: &[Expr]) -> bool {
    let is_constant = |value: &Expr| matches!(value.kind, ExprKind::Const(Const::Int(_)));
    !ty.array.is_empty()
        && matches!(
            values.get(1).map(|length| &length.kind),
            Some(ExprKind::Const(Const::Int(0)))
        )
        && values.iter().skip(2).all(is_constant)
}

fn without_parentheses(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    while node.kind() == "parenthesized_expression" {
        let Some(inner) = children(node).pop() else {
            break;
        };
        node = inner;
    }
    node
}

/// Key and value of an element of a composite literal, without the wrapping of the grammar.
fn parts_of(node: Node<'_>) -> (Option<Node<'_>>, Node<'_>) {
    if node.kind() == "keyed_element" {
        let key = field(node, "key").map(unwrapped);
        let value = field(node, "value").map_or(node, unwrapped);
        return (key, value);
    }
    (None, unwrapped(node))
}

fn unwrapped(node: Node<'_>) -> Node<'_> {
    match node.kind() {
        "literal_element" => children(node).pop().unwrap_or(node),
        _ => node,
    }
}
