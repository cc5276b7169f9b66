//! Which functions are worth running: those from which something a table calls harmful can be
//! reached by name, and those that may keep something untrusted in a field.

use rustc_hash::{FxHashMap, FxHashSet};

use super::value::FunctionRef;
use crate::ir::{
    Arg, Class, ClassId, Expr, ExprKind, Function, FunctionId, Module, Pattern, Stmt, StmtKind,
};
use crate::table::{LanguageTables, wild};

/// Nests deeper than code is walked, which then counts as worth running.
const DEPTH_MAX: u16 = 400;

/// What a function says, by name.
#[derive(Default)]
struct Said<'a> {
    names: FxHashSet<&'a str>,
    assigns: bool,
    too_deep: bool,
}

/// Names, some of them with `*`.
struct Words<'t> {
    exact: FxHashSet<&'t str>,
    like: Vec<&'t str>,
}

impl<'t> Words<'t> {
    fn new(words: FxHashSet<&'t str>) -> Self {
        let (like, exact): (Vec<&str>, Vec<&str>) =
            words.into_iter().partition(|word| word.contains('*'));
        Self {
            exact: exact.into_iter().collect(),
            like,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.exact.contains(name) || self.like.iter().any(|like| wild(like, name))
    }
}

/// Of these functions those worth running, in order.
pub(super) fn relevant(
    modules: &[&Module],
    roots: Vec<FunctionRef>,
    tables: &LanguageTables,
) -> Vec<FunctionRef> {
    let harmful = Words::new(tables.harmful_words());
    let sources = Words::new(tables.source_words());
    let aliases: Vec<FxHashMap<&str, &str>> = modules.iter().map(|of| aliases(of)).collect();
    let mut callers: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    let mut chosen = vec![false; roots.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (at, root) in roots.iter().enumerate() {
        let module = modules[root.module as usize];
        let function = &module.functions[root.id as usize];
        let mut walk = Walk {
            module,
            aliases: &aliases[root.module as usize],
            said: Said::default(),
            depth: 0,
        };
        walk.function(function);
        let said = walk.said;
        let class = function
            .class
            .and_then(|class| module.classes.get(class.0 as usize));
        let makes = matches!(function.kind, crate::ir::FunctionKind::Constructor);
        names.push(match class {
            Some(class) if makes => last(&class.name),
            _ => &function.name,
        });
        let reaches = |words: &Words<'_>| said.names.iter().any(|name| words.has(name));
        let entry = !function.annotations.is_empty() || returns_harm(function, tables);
        if said.too_deep || reaches(&harmful) || (said.assigns && reaches(&sources)) || entry {
            chosen[at] = true;
            open.push(at);
        }
        for name in said.names {
            callers.entry(name).or_default().push(at);
        }
    }
    while let Some(at) = open.pop() {
        for caller in callers.remove(names[at]).unwrap_or_default() {
            if !chosen[caller] {
                chosen[caller] = true;
                open.push(caller);
            }
        }
    }
    let kept = roots.into_iter().zip(chosen);
    kept.filter(|(_, chosen)| *chosen)
        .map(|(root, _)| root)
        .collect()
}

/// Names of imports that are not those of what is imported.
fn aliases(module: &Module) -> FxHashMap<&str, &str> {
    let imports = module.imports.iter();
    let named = imports.map(|import| (&*import.local, last(&import.path)));
    named.filter(|(local, name)| local != name).collect()
}

/// Whether what a function returns may do harm, by its name.
fn returns_harm(function: &Function, tables: &LanguageTables) -> bool {
    let harmful = tables.entries.iter();
    let mut harmful = harmful.filter(|entry| !entry.returns_sinks.is_empty());
    harmful.any(|entry| {
        let names = entry.methods.iter().chain(&entry.functions);
        names.into_iter().any(|name| wild(name, &function.name))
    })
}

fn last(path: &str) -> &str {
    path.rsplit(['.', ':', '/']).next().unwrap_or(path)
}

struct Walk<'a, 'i> {
    module: &'a Module,
    /// What imported names are called where they come from.
    aliases: &'i FxHashMap<&'a str, &'a str>,
    said: Said<'a>,
    depth: u16,
}

impl<'a> Walk<'a, '_> {
    fn function(&mut self, function: &'a Function) {
        for param in &function.params {
            self.said.assigns |= !param.annotations.is_empty();
            self.optional(param.default.as_ref());
        }
        self.statements(&function.body);
    }

    fn function_id(&mut self, id: FunctionId) {
        if let Some(function) = self.module.functions.get(id.0 as usize) {
            self.function(function);
        }
    }

    fn class_id(&mut self, id: ClassId) {
        let class: Option<&'a Class> = self.module.classes.get(id.0 as usize);
        for method in class.into_iter().flat_map(|class| &class.methods) {
            self.function_id(*method);
        }
        for field in class.into_iter().flat_map(|class| &class.fields) {
            self.optional(field.value.as_ref());
        }
    }

    fn statements(&mut self, statements: &'a [Stmt]) {
        if self.depth > DEPTH_MAX {
            self.said.too_deep = true;
            return;
        }
        self.depth += 1;
        for statement in statements {
            self.statement(&statement.kind);
        }
        self.depth -= 1;
    }

    fn statement(&mut self, statement: &'a StmtKind) {
        match statement {
            StmtKind::Expr(expr) | StmtKind::Defer(expr) | StmtKind::Assert(expr) => {
                self.expr(expr);
            }
            StmtKind::Let { value, .. } | StmtKind::Return(value) | StmtKind::Throw(value) => {
                self.optional(value.as_ref());
            }
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.expr(condition);
                self.statements(then);
                self.statements(otherwise);
            }
            StmtKind::While {
                condition, body, ..
            } => {
                self.expr(condition);
                self.statements(body);
            }
            StmtKind::For {
                init,
                condition,
                update,
                body,
            } => {
                self.statements(init);
                self.optional(condition.as_ref());
                self.exprs(update);
                self.statements(body);
            }
            StmtKind::ForEach { iterable, body, .. } => {
                self.expr(iterable);
                self.statements(body);
            }
            StmtKind::Switch { subject, cases } => {
                self.expr(subject);
                self.cases(cases);
            }
            StmtKind::Try {
                resources,
                body,
                catches,
                otherwise,
                finally,
            } => {
                for part in [resources, body, otherwise, finally] {
                    self.statements(part);
                }
                for catch in catches {
                    self.statements(&catch.body);
                }
            }
            StmtKind::With { items, body } => {
                for (item, _) in items {
                    self.expr(item);
                }
                self.statements(body);
            }
            StmtKind::Block(body) => self.statements(body),
            StmtKind::Labeled(_, inner) => self.statements(std::slice::from_ref(inner)),
            StmtKind::Function(id) => self.function_id(*id),
            StmtKind::Class(id) => self.class_id(*id),
            StmtKind::Delete(exprs) => self.exprs(exprs),
            StmtKind::Outer(_) => self.said.assigns = true,
            StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Goto(_) => {}
        }
    }

    fn cases(&mut self, cases: &'a [crate::ir::Case]) {
        for case in cases {
            self.exprs(&case.values);
            self.optional(case.guard.as_ref());
            self.statements(&case.body);
        }
    }

    fn optional(&mut self, expr: Option<&'a Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn exprs(&mut self, exprs: &'a [Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn args(&mut self, args: &'a [Arg]) {
        for arg in args {
            self.expr(&arg.value);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        if self.depth > DEPTH_MAX {
            self.said.too_deep = true;
            return;
        }
        self.depth += 1;
        self.expr_here(&expr.kind);
        self.depth -= 1;
    }

    fn expr_here(&mut self, expr: &'a ExprKind) {
        match expr {
            ExprKind::Name(name) => {
                self.said.names.insert(name);
                self.said.names.extend(self.aliases.get(&**name));
            }
            ExprKind::Field { base, name } => {
                self.said.names.insert(name);
                self.expr(base);
            }
            ExprKind::New { class, args, body } => {
                self.said.names.insert(last(&class.name));
                self.args(args);
                if let Some(body) = body {
                    self.class_id(*body);
                }
            }
            ExprKind::Struct { class, fields } => {
                self.said.names.insert(last(&class.name));
                for (_, value) in fields {
                    self.expr(value);
                }
            }
            ExprKind::Call { callee, args } => {
                self.expr(callee);
                self.args(args);
            }
            ExprKind::Assign { target, value, .. } => {
                self.said.assigns = true;
                if let Pattern::Place(place) = &**target {
                    if matches!(place.kind, ExprKind::Index { .. }) {
                        self.said.names.insert("[]=");
                    }
                    self.expr(place);
                }
                self.expr(value);
            }
            ExprKind::Function(id) => self.function_id(*id),
            ExprKind::Comprehension { elements, loops } => {
                self.exprs(elements);
                for walk in loops {
                    self.expr(&walk.iterable);
                    self.exprs(&walk.conditions);
                }
            }
            ExprKind::Block { body, value } => {
                self.statements(body);
                self.optional(value.as_deref());
            }
            ExprKind::Match { subject, cases } => {
                self.expr(subject);
                self.cases(cases);
            }
            _ => self.parts(expr),
        }
    }

    /// Expressions that are only made of others.
    fn parts(&mut self, expr: &'a ExprKind) {
        match expr {
            ExprKind::Index { base, index } => {
                self.expr(base);
                self.expr(index);
            }
            ExprKind::Slice { base, from, to } => {
                self.expr(base);
                self.optional(from.as_deref());
                self.optional(to.as_deref());
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Choose {
                condition,
                then,
                otherwise,
            } => {
                self.expr(condition);
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Unary { operand: inner, .. }
            | ExprKind::Update { target: inner, .. }
            | ExprKind::Spread(inner)
            | ExprKind::Cast { value: inner, .. }
            | ExprKind::Await(inner)
            | ExprKind::Unwrap(inner)
            | ExprKind::AddressOf(inner)
            | ExprKind::Deref(inner)
            | ExprKind::SizeOfExpr(inner) => self.expr(inner),
            ExprKind::Yield(inner) => self.optional(inner.as_deref()),
            ExprKind::Interpolated(parts) | ExprKind::Sequence(parts) | ExprKind::Opaque(parts) => {
                self.exprs(parts);
            }
            ExprKind::Map(entries) => {
                for (key, value) in entries {
                    self.optional(key.as_ref());
                    self.expr(value);
                }
            }
            _ => {}
        }
    }
}
