//! Statements of Java.

use tree_sitter::Node;

use super::Java;
use crate::Span;
use crate::ir::{Case, Catch, Expr, ExprKind, Pattern, Stmt, StmtKind, Text, TypeName};
use crate::lower::syntax::{child_of, children, expr, field, fields, opaque, stmt};

impl Java<'_> {
    pub(super) fn block(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for child in children(node) {
            self.statement(child, &mut statements);
        }
        statements
    }

    /// The statements of a body that may be a block or a single statement.
    fn body(&mut self, node: Option<Node<'_>>) -> Vec<Stmt> {
        let Some(node) = node else {
            return Vec::new();
        };
        let mut statements = Vec::new();
        if node.kind() == "block" {
            let lowered = self.nested(|java| java.block(node));
            statements = lowered.unwrap_or_default();
        } else {
            self.statement(node, &mut statements);
        }
        statements
    }

    /// Lowers a statement; one declaration may become several.
    pub(super) fn statement(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        self.nested(|java| java.statement_here(node, into));
    }

    fn statement_here(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let kind = match node.kind() {
            "local_variable_declaration" => return self.locals(node, into),
            "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration" => self.class(node).map(StmtKind::Class),
            "ERROR" => {
                for child in children(node) {
                    self.statement(child, into);
                }
                return;
            }
            "method_declaration" => {
                self.method(node, false);
                return;
            }
            "package_declaration" | "import_declaration" | "module_declaration" => return,
            "expression_statement" => children(node)
                .pop()
                .map(|inner| StmtKind::Expr(self.expression(inner))),
            "switch_expression" => {
                self.yields.push(None);
                let switch = self.switch(node);
                self.yields.pop();
                into.push(switch);
                return;
            }
            "if_statement" => self.if_statement(node),
            "while_statement" | "do_statement" => self.while_statement(node),
            "for_statement" => Some(self.for_statement(node)),
            "enhanced_for_statement" => self.for_each(node),
            "block" => Some(StmtKind::Block(self.block(node))),
            "try_statement" | "try_with_resources_statement" => Some(self.try_statement(node)),
            "yield_statement" => return self.yield_statement(node, into),
            _ => self.simple_statement(node),
        };
        let kind = kind.unwrap_or_else(|| StmtKind::Expr(self.expression(node)));
        into.push(stmt(node, kind));
    }

    fn simple_statement(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let first = children(node).into_iter().next();
        Some(match node.kind() {
            "return_statement" => StmtKind::Return(first.map(|value| self.expression(value))),
            "throw_statement" => StmtKind::Throw(first.map(|value| self.expression(value))),
            "break_statement" => StmtKind::Break(first.map(|label| self.builder.name(label))),
            "continue_statement" => StmtKind::Continue(first.map(|label| self.builder.name(label))),
            "assert_statement" => StmtKind::Assert(self.expression(first?)),
            "synchronized_statement" => {
                let lock = self.expression(first?);
                let body = self.body(field(node, "body"));
                let items = vec![(lock, None)];
                StmtKind::With { items, body }
            }
            "labeled_statement" => {
                let label = self.builder.name(first?);
                let mut statements = Vec::new();
                self.statement(children(node).pop()?, &mut statements);
                StmtKind::Labeled(label, Box::new(statements.into_iter().next()?))
            }
            "explicit_constructor_invocation" => {
                let callee = self.expression(field(node, "constructor")?);
                let args = field(node, "arguments").map(children).unwrap_or_default();
                let args = args
                    .into_iter()
                    .map(|argument| crate::lower::syntax::positional(self.expression(argument)))
                    .collect();
                let callee = Box::new(callee);
                StmtKind::Expr(expr(node, ExprKind::Call { callee, args }))
            }
            _ => return None,
        })
    }

    pub(super) fn locals(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let written = field(node, "type").map(|ty| self.type_name(ty));
        for declarator in fields(node, "declarator") {
            let Some(name) = field(declarator, "name") else {
                continue;
            };
            let ty = self.with_dimensions(written.clone(), declarator);
            let value = field(declarator, "value").map(|value| self.expression(value));
            let pattern = Pattern::Name(self.builder.name(name));
            into.push(stmt(declarator, StmtKind::Let { pattern, ty, value }));
        }
    }

    /// The type with the brackets that stand after the name.
    pub(super) fn with_dimensions(
        &mut self,
        ty: Option<TypeName>,
        declarator: Node<'_>,
    ) -> Option<TypeName> {
        let mut ty = ty.filter(|ty| &*ty.name != "var")?;
        if let Some(dimensions) = field(declarator, "dimensions") {
            self.add_dimensions(&mut ty, dimensions);
        }
        Some(ty)
    }

    fn if_statement(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let condition = self.expression(field(node, "condition")?);
        let then = self.body(field(node, "consequence"));
        let otherwise = self.body(field(node, "alternative"));
        Some(StmtKind::If {
            condition,
            then,
            otherwise,
        })
    }

    fn while_statement(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let condition = self.expression(field(node, "condition")?);
        Some(StmtKind::While {
            condition,
            body: self.body(field(node, "body")),
            body_first: node.kind() == "do_statement",
        })
    }

    fn for_statement(&mut self, node: Node<'_>) -> StmtKind {
        let mut init = Vec::new();
        for first in fields(node, "init") {
            self.statement(first, &mut init);
        }
        let condition = field(node, "condition").map(|condition| self.expression(condition));
        let update = fields(node, "update")
            .into_iter()
            .map(|update| self.expression(update))
            .collect();
        let body = self.body(field(node, "body"));
        StmtKind::For {
            init,
            condition,
            update,
            body,
        }
    }

    fn for_each(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let pattern = Pattern::Name(self.builder.name(field(node, "name")?));
        let iterable = self.expression(field(node, "value")?);
        let ty = field(node, "type").map(|ty| self.type_name(ty));
        let mut body = self.body(field(node, "body"));
        if let Some(ty) = self.with_dimensions(ty, node) {
            body.insert(0, typed_again(node, &pattern, ty));
        }
        Some(StmtKind::ForEach {
            pattern,
            iterable,
            body,
            keys_only: false,
        })
    }

    fn try_statement(&mut self, node: Node<'_>) -> StmtKind {
        let mut resources = Vec::new();
        for resource in field(node, "resources").map(children).unwrap_or_default() {
            resources.extend(self.resource(resource));
        }
        let body = self.body(field(node, "body"));
        let mut catches = Vec::new();
        let mut finally = Vec::new();
        for clause in children(node) {
            match clause.kind() {
                "catch_clause" => catches.push(self.catch(clause)),
                "finally_clause" => finally = self.body(child_of(clause, "block")),
                _ => {}
            }
        }
        StmtKind::Try {
            resources,
            body,
            catches,
            otherwise: Vec::new(),
            finally,
        }
    }

    fn resource(&mut self, node: Node<'_>) -> Option<Stmt> {
        let Some(name) = field(node, "name") else {
            let inner = self.expression(children(node).pop()?);
            return Some(stmt(node, StmtKind::Expr(inner)));
        };
        let ty = field(node, "type").map(|ty| self.type_name(ty));
        let ty = self.with_dimensions(ty, node);
        let value = field(node, "value").map(|value| self.expression(value));
        let pattern = Pattern::Name(self.builder.name(name));
        Some(stmt(node, StmtKind::Let { pattern, ty, value }))
    }

    fn catch(&mut self, node: Node<'_>) -> Catch {
        let parameter = child_of(node, "catch_formal_parameter");
        let name = parameter.and_then(|parameter| field(parameter, "name"));
        let types = parameter.and_then(|parameter| child_of(parameter, "catch_type"));
        Catch {
            types: types
                .map(children)
                .unwrap_or_default()
                .into_iter()
                .map(|ty| self.type_name(ty))
                .collect(),
            name: name.map(|name| self.builder.name(name)),
            body: self.body(field(node, "body")),
            span: Span::of(node),
        }
    }

    /// Sets the value of the `switch` around it, and leaves it.
    fn yield_statement(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let Some(value) = children(node).pop().map(|value| self.expression(value)) else {
            return;
        };
        let name = self.yields.iter().rev().flatten().next().cloned();
        leave_with(node, name, value, into);
    }

    pub(super) fn switch(&mut self, node: Node<'_>) -> Stmt {
        let subject = self.switch_subject(node);
        let cases = self.cases(node);
        stmt(node, StmtKind::Switch { subject, cases })
    }

    pub(super) fn switch_subject(&mut self, node: Node<'_>) -> Expr {
        field(node, "condition").map_or_else(
            || opaque(node, Vec::new()),
            |condition| self.expression(condition),
        )
    }

    pub(super) fn cases(&mut self, node: Node<'_>) -> Vec<Case> {
        let mut cases = Vec::new();
        for group in field(node, "body").map(children).unwrap_or_default() {
            self.case(group, &mut cases);
        }
        cases
    }

    /// One arm; labels that stand together share their body by falling through.
    fn case(&mut self, node: Node<'_>, into: &mut Vec<Case>) {
        let is_rule = node.kind() == "switch_rule";
        let mut body = Vec::new();
        let mut labels = Vec::new();
        for child in children(node) {
            match child.kind() {
                "switch_label" => labels.push(child),
                "expression_statement" if is_rule => {
                    let Some(value) = children(child).pop().map(|value| self.expression(value))
                    else {
                        continue;
                    };
                    let name = self.yields.last().cloned().flatten();
                    leave_with(child, name, value, &mut body);
                }
                "block" if is_rule => body = self.body(Some(child)),
                _ => self.statement(child, &mut body),
            }
        }
        let last = labels.len().saturating_sub(1);
        for (at, label) in labels.into_iter().enumerate() {
            let mut case = self.label(label);
            case.falls_through = !is_rule;
            if at == last {
                case.body.append(&mut body);
            }
            into.push(case);
        }
    }

    fn label(&mut self, node: Node<'_>) -> Case {
        let mut case = Case {
            values: Vec::new(),
            pattern: None,
            guard: None,
            body: Vec::new(),
            falls_through: false,
        };
        for child in children(node) {
            match child.kind() {
                "pattern" => {
                    let Some(inner) = children(child).pop() else {
                        continue;
                    };
                    let pattern = self.pattern(inner);
                    if let ("type_pattern", Some(ty)) = (inner.kind(), children(inner).first()) {
                        let ty = self.type_name(*ty);
                        case.body.push(typed_again(inner, &pattern, ty));
                    }
                    case.pattern = Some(pattern);
                }
                "guard" => {
                    case.guard = children(child).pop().map(|guard| self.expression(guard));
                }
                _ => case.values.push(self.expression(child)),
            }
        }
        case
    }

    pub(super) fn pattern(&mut self, node: Node<'_>) -> Pattern {
        self.nested(|java| java.pattern_here(node))
            .unwrap_or(Pattern::Ignore)
    }

    fn pattern_here(&mut self, node: Node<'_>) -> Pattern {
        let parts = children(node);
        match node.kind() {
            "type_pattern" | "record_pattern_component" => match parts.last() {
                Some(name) if name.kind() == "identifier" => {
                    Pattern::Name(self.builder.name(*name))
                }
                _ => Pattern::Ignore,
            },
            "record_pattern" => {
                let (Some(class), Some(body)) = (parts.first(), parts.last()) else {
                    return Pattern::Ignore;
                };
                let class = self.type_name(*class).name;
                let inner = children(*body)
                    .into_iter()
                    .map(|part| self.pattern(part))
                    .collect();
                Pattern::Variant(class, inner)
            }
            _ => Pattern::Ignore,
        }
    }
}

/// `case T name`, `for (T name : …)`: the name has that type from here on.
fn typed_again(node: Node<'_>, pattern: &Pattern, ty: TypeName) -> Stmt {
    let value = match pattern {
        Pattern::Name(name) => Some(super::name_at(name.clone(), Span::of(node))),
        _ => None,
    };
    let pattern = pattern.clone();
    let ty = Some(ty);
    stmt(node, StmtKind::Let { pattern, ty, value })
}

/// Gives the `switch` around it, whose value has this name, its value, and leaves it; only
/// computes the value where it has no name.
fn leave_with(node: Node<'_>, name: Option<Text>, value: Expr, into: &mut Vec<Stmt>) {
    let Some(name) = name else {
        into.push(stmt(node, StmtKind::Expr(value)));
        return;
    };
    let assign = ExprKind::Assign {
        target: Box::new(Pattern::Name(name.clone())),
        op: None,
        value: Box::new(value),
    };
    into.push(stmt(node, StmtKind::Expr(expr(node, assign))));
    into.push(stmt(node, StmtKind::Break(Some(name))));
}
