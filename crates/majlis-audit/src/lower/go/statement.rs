//! Statements of Go.

use tree_sitter::Node;

use super::Go;
use super::expression::{is_in, question};
use crate::ir::{Expr, ExprKind, Pattern, Stmt, StmtKind, Text, TypeName};
use crate::lower::syntax::operator as binary;
use crate::lower::syntax::{child_of, children, expr, field, fields, opaque, stmt};

impl Go<'_> {
    /// The statements of a block or of a `case`.
    pub(super) fn block(&mut self, node: Node<'_>) -> Vec<Stmt> {
        let mut statements = Vec::new();
        for child in children(node) {
            if child.kind() == "statement_list" {
                for inner in children(child) {
                    self.statement(inner, &mut statements);
                }
            } else {
                self.statement(child, &mut statements);
            }
        }
        statements
    }

    pub(super) fn block_in(&mut self, node: Node<'_>, name: &str) -> Vec<Stmt> {
        field(node, name)
            .map(|block| self.block(block))
            .unwrap_or_default()
    }

    /// Lowers a statement; one declaration may become several.
    pub(super) fn statement(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        self.nested(|go| go.statement_here(node, into));
    }

    fn statement_here(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let kind = match node.kind() {
            "const_declaration" => return self.constants(node, into),
            "var_declaration" => return self.variables(node, into),
            "type_declaration" => return self.types(node, into),
            "if_statement" => self.if_statement(node),
            "for_statement" => self.for_statement(node),
            "expression_switch_statement" => Some(self.value_switch(node)),
            "type_switch_statement" => self.type_switch(node),
            "select_statement" => Some(self.select(node)),
            "block" => Some(StmtKind::Block(self.block(node))),
            "labeled_statement" => return self.labelled(node, into),
            "function_declaration" => self.function(node).map(StmtKind::Function),
            "statement_list" | "ERROR" => {
                into.append(&mut self.block(node));
                return;
            }
            "empty_statement"
            | "fallthrough_statement"
            | "package_clause"
            | "import_declaration" => return,
            _ => self.simple_statement(node),
        };
        let kind = kind.unwrap_or_else(|| StmtKind::Expr(self.expression(node)));
        into.push(stmt(node, kind));
    }

    fn simple_statement(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let first = children(node).into_iter().next();
        Some(match node.kind() {
            "expression_statement" | "go_statement" => StmtKind::Expr(self.expression(first?)),
            "defer_statement" => StmtKind::Defer(self.expression(first?)),
            "send_statement" => StmtKind::Expr(self.send(node)?),
            "inc_statement" => StmtKind::Expr(self.update(node, 1)?),
            "dec_statement" => StmtKind::Expr(self.update(node, -1)?),
            "short_var_declaration" => self.short_declaration(node)?,
            "assignment_statement" => StmtKind::Expr(self.assignment(node)?),
            "return_statement" => self.return_statement(node),
            "break_statement" => StmtKind::Break(first.map(|label| self.builder.name(label))),
            "continue_statement" => StmtKind::Continue(first.map(|label| self.builder.name(label))),
            "goto_statement" => StmtKind::Goto(self.builder.name(first?)),
            _ => return None,
        })
    }

    fn return_statement(&mut self, node: Node<'_>) -> StmtKind {
        if let Some(list) = child_of(node, "expression_list") {
            return StmtKind::Return(self.joined(list));
        }
        let names: Vec<Expr> = self
            .scope
            .results
            .iter()
            .map(|name| expr(node, ExprKind::Name(name.clone())))
            .collect();
        StmtKind::Return(match names.len() {
            0 | 1 => names.into_iter().next(),
            _ => Some(expr(node, ExprKind::Sequence(names))),
        })
    }

    /// The value of a list of expressions: the only one, or a sequence.
    fn joined(&mut self, list: Node<'_>) -> Option<Expr> {
        let mut values: Vec<Expr> = Vec::new();
        for value in children(list) {
            values.push(self.expression(value));
        }
        match values.len() {
            0 | 1 => values.pop(),
            _ => Some(expr(list, ExprKind::Sequence(values))),
        }
    }

    /// What is bound, and the value it is bound to, of `left = right` and `left := right`.
    fn binding(&mut self, node: Node<'_>, is_new: bool) -> Option<(Pattern, Expr)> {
        let left = field(node, "left").map(children).unwrap_or_default();
        let right = field(node, "right")?;
        let values = children(right);
        let value = match (left.as_slice(), values.as_slice()) {
            ([_, answer], [only]) => self.with_answer(*only, *answer),
            _ => self.joined(right)?,
        };
        let mut patterns: Vec<Pattern> = Vec::new();
        for target in &left {
            patterns.push(self.target(*target, is_new));
        }
        self.note(&left, &value);
        let pattern = match patterns.len() {
            0 | 1 => patterns.pop()?,
            _ => Pattern::Sequence(patterns),
        };
        Some((pattern, value))
    }

    /// `v, ok := m[k]`, `v, ok := x.(T)`, `v, ok := <-c` yield whether there is one, too.
    fn with_answer(&mut self, value: Node<'_>, answer: Node<'_>) -> Expr {
        let first = self.expression(value);
        let question = match &first.kind {
            ExprKind::Index { base, index } => is_in(value, base, index),
            ExprKind::Cast { .. } | ExprKind::Await(_) => opaque(answer, Vec::new()),
            _ => return first,
        };
        expr(value, ExprKind::Sequence(vec![first, question]))
    }

    /// Remembers what the names of a binding stand for.
    fn note(&mut self, left: &[Node<'_>], value: &Expr) {
        let values = match &value.kind {
            ExprKind::Sequence(values) if values.len() == left.len() => values.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for (at, target) in left.iter().enumerate() {
            if target.kind() != "identifier" {
                continue;
            }
            let name = self.builder.name(*target);
            self.scope.questions.remove(&name);
            self.scope.channels.remove(&name);
            let Some(value) = values.get(at) else {
                continue;
            };
            if let Some(question) = question(value) {
                self.scope.questions.insert(name, question);
            } else if is_channel(value) {
                self.scope.channels.insert(name);
            }
        }
    }

    fn short_declaration(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let (pattern, value) = self.binding(node, true)?;
        Some(StmtKind::Let {
            pattern,
            ty: None,
            value: Some(value),
        })
    }

    pub(super) fn assignment(&mut self, node: Node<'_>) -> Option<Expr> {
        let written = field(node, "operator").map(|operator| self.builder.source(operator));
        let op = written
            .and_then(|operator| operator.strip_suffix('='))
            .filter(|operator| !operator.is_empty())
            .map(binary);
        let (pattern, value) = self.binding(node, false)?;
        let kind = ExprKind::Assign {
            target: Box::new(pattern),
            op,
            value: Box::new(value),
        };
        Some(expr(node, kind))
    }

    /// What a value is bound to: a new name, or a place there is already.
    fn target(&mut self, node: Node<'_>, is_new: bool) -> Pattern {
        match node.kind() {
            "identifier" if self.builder.source(node) == "_" => Pattern::Ignore,
            "identifier" => Pattern::Name(self.builder.name(node)),
            _ if is_new => Pattern::Ignore,
            _ => Pattern::Place(Box::new(self.expression(node))),
        }
    }

    fn update(&mut self, node: Node<'_>, by: i8) -> Option<Expr> {
        let target = self.expression(children(node).into_iter().next()?);
        let kind = ExprKind::Update {
            target: Box::new(target),
            by,
            prefix: true,
        };
        Some(expr(node, kind))
    }

    /// `channel <- value`: an element that is not known.
    pub(super) fn send(&mut self, node: Node<'_>) -> Option<Expr> {
        let base = Box::new(self.expression(field(node, "channel")?));
        let value = Box::new(self.expression(field(node, "value")?));
        let index = Box::new(opaque(node, Vec::new()));
        let place = expr(node, ExprKind::Index { base, index });
        let target = Box::new(Pattern::Place(Box::new(place)));
        Some(expr(
            node,
            ExprKind::Assign {
                target,
                op: None,
                value,
            },
        ))
    }

    fn constants(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let outer = std::mem::take(&mut self.iota);
        let mut last: (Option<Node<'_>>, Option<Node<'_>>) = (None, None);
        for spec in children(node) {
            // a constant without a value repeats the expression before it
            if let Some(value) = field(spec, "value") {
                last = (Some(value), field(spec, "type"));
            }
            let names = named_fields(spec, "name");
            let ty = last.1.map(|ty| self.type_name(ty));
            let values = last.0.map(children).unwrap_or_default();
            self.let_each(&names, ty.as_ref(), &values, into);
            self.iota = self.iota.saturating_add(1);
        }
        self.iota = outer;
    }

    fn let_each(
        &mut self,
        names: &[Node<'_>],
        ty: Option<&TypeName>,
        values: &[Node<'_>],
        into: &mut Vec<Stmt>,
    ) {
        for (at, name) in names.iter().enumerate() {
            let value = values.get(at).map(|value| self.expression(*value));
            let pattern = self.target(*name, true);
            if let (Pattern::Name(name), Some(ty)) = (&pattern, ty) {
                self.scope.declare(name, ty);
            }
            let ty = ty.cloned();
            into.push(stmt(*name, StmtKind::Let { pattern, ty, value }));
        }
    }

    fn variables(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        for child in children(node) {
            if child.kind() == "var_spec_list" {
                for spec in children(child) {
                    self.variable(spec, into);
                }
            } else {
                self.variable(child, into);
            }
        }
    }

    fn variable(&mut self, spec: Node<'_>, into: &mut Vec<Stmt>) {
        let names = named_fields(spec, "name");
        let ty = field(spec, "type").map(|ty| self.type_name(ty));
        let values = field(spec, "value").map(children).unwrap_or_default();
        if names.len() < 2 || values.len() != 1 {
            self.let_each(&names, ty.as_ref(), &values, into);
            if values.len() == names.len() {
                self.note_values(&names, into);
            }
            return;
        }
        let value = self.with_answer(values[0], names[1]);
        self.note(&names, &value);
        let mut patterns = Vec::new();
        for name in &names {
            patterns.push(self.target(*name, true));
        }
        let pattern = Pattern::Sequence(patterns);
        let value = Some(value);
        into.push(stmt(spec, StmtKind::Let { pattern, ty, value }));
    }

    /// Remembers what the names just declared stand for.
    fn note_values(&mut self, names: &[Node<'_>], declared: &[Stmt]) {
        let first = declared.len().saturating_sub(names.len());
        for (name, statement) in names.iter().zip(declared.iter().skip(first)) {
            if let StmtKind::Let {
                value: Some(value), ..
            } = &statement.kind
            {
                self.note(std::slice::from_ref(name), value);
            }
        }
    }

    fn types(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        for spec in children(node) {
            if let Some(class) = self.type_spec(spec) {
                into.push(stmt(spec, StmtKind::Class(class)));
            }
        }
    }

    fn labelled(&mut self, node: Node<'_>, into: &mut Vec<Stmt>) {
        let label: Option<Text> = field(node, "label").map(|label| self.builder.name(label));
        let mut inner = Vec::new();
        for child in children(node) {
            if child.kind() != "label_name" {
                self.statement(child, &mut inner);
            }
        }
        let Some(label) = label else {
            into.append(&mut inner);
            return;
        };
        let first = match inner.len() {
            1 => inner.remove(0),
            _ => stmt(node, StmtKind::Block(inner)),
        };
        into.push(stmt(node, StmtKind::Labeled(label, Box::new(first))));
    }

    /// Puts the statement of a header (`if x := f(); …`) before what it stands in.
    pub(super) fn with_header(
        &mut self,
        node: Node<'_>,
        lower: impl FnOnce(&mut Self) -> Option<StmtKind>,
    ) -> Option<StmtKind> {
        let Some(header) = field(node, "initializer") else {
            return lower(self);
        };
        let mut statements = Vec::new();
        self.statement(header, &mut statements);
        let inner = lower(self)?;
        statements.push(stmt(node, inner));
        Some(StmtKind::Block(statements))
    }

    fn if_statement(&mut self, node: Node<'_>) -> Option<StmtKind> {
        self.with_header(node, |go| {
            let condition = go.condition(field(node, "condition")?);
            let then = go.block_in(node, "consequence");
            let otherwise = match field(node, "alternative") {
                Some(next) if next.kind() == "if_statement" => {
                    let mut statements = Vec::new();
                    go.statement(next, &mut statements);
                    statements
                }
                Some(block) => go.block(block),
                None => Vec::new(),
            };
            Some(StmtKind::If {
                condition,
                then,
                otherwise,
            })
        })
    }

    fn for_statement(&mut self, node: Node<'_>) -> Option<StmtKind> {
        let head = children(node)
            .into_iter()
            .find(|child| child.kind() != "block");
        match head {
            Some(clause) if clause.kind() == "range_clause" => self.range(node, clause),
            Some(clause) if clause.kind() == "for_clause" => Some(self.three_part(node, clause)),
            _ => {
                let condition = match head {
                    Some(condition) => self.condition(condition),
                    None => expr(node, ExprKind::Const(crate::ir::Const::Bool(true))),
                };
                let body = self.block_in(node, "body");
                Some(StmtKind::While {
                    condition,
                    body,
                    body_first: false,
                })
            }
        }
    }

    fn three_part(&mut self, node: Node<'_>, clause: Node<'_>) -> StmtKind {
        let mut init = Vec::new();
        if let Some(first) = field(clause, "initializer") {
            self.statement(first, &mut init);
        }
        let condition = field(clause, "condition").map(|condition| self.condition(condition));
        let mut after = Vec::new();
        if let Some(update) = field(clause, "update") {
            self.statement(update, &mut after);
        }
        let update = after
            .into_iter()
            .filter_map(|statement| match statement.kind {
                StmtKind::Expr(update) => Some(update),
                _ => None,
            })
            .collect();
        let body = self.block_in(node, "body");
        StmtKind::For {
            init,
            condition,
            update,
            body,
        }
    }

    fn range(&mut self, node: Node<'_>, clause: Node<'_>) -> Option<StmtKind> {
        let is_new = child_of(clause, ":=").is_some();
        let source = field(clause, "right")?;
        let iterable = self.expression(source);
        let is_channel =
            matches!(&iterable.kind, ExprKind::Name(name) if self.scope.channels.contains(name));
        let left = field(clause, "left").map(children).unwrap_or_default();
        let mut patterns = Vec::new();
        for target in &left {
            patterns.push(self.target(*target, is_new));
        }
        let keys_only = patterns.len() < 2 && !is_channel;
        let pattern = match patterns.len() {
            0 => Pattern::Ignore,
            1 => patterns.remove(0),
            _ => Pattern::Sequence(patterns),
        };
        let body = self.block_in(node, "body");
        Some(StmtKind::ForEach {
            pattern,
            iterable,
            body,
            keys_only,
        })
    }
}

/// The named children in a field that also holds the commas between them.
pub(super) fn named_fields<'n>(node: Node<'n>, name: &str) -> Vec<Node<'n>> {
    fields(node, name)
        .into_iter()
        .filter(Node::is_named)
        .collect()
}

fn is_channel(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call { callee, args } => {
            matches!(&callee.kind, ExprKind::Name(name) if &**name == "make")
                && matches!(args.first().map(|arg| &arg.value.kind),
                    Some(ExprKind::Type(ty)) if &*ty.name == "chan" && ty.array.is_empty())
        }
        _ => false,
    }
}
