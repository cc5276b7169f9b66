//! Statements.

use super::machine::{Machine, Target};
use super::names::Sym;
use super::store::Delta;
use super::value::{Callable, ClassRef, FunctionRef, Known, Value};
use crate::Span;
use crate::ir::{BinaryOp, Case, Catch, Expr, ExprKind, Pattern, Stmt, StmtKind, Text, TypeName};

/// How often a loop is walked at most until nothing new is learnt.
const TURNS_MAX: usize = 3;

impl<'a> Machine<'a> {
    /// Runs statements until one leaves. The value is that of the last expression.
    pub(super) fn run(&mut self, statements: &'a [Stmt]) -> Value {
        for statement in statements {
            if let StmtKind::Function(id) = &statement.kind {
                self.declare_function(id.0);
            }
        }
        let mut value = Value::unknown();
        for statement in statements {
            if !self.reachable {
                break;
            }
            value = self.statement(statement);
        }
        value
    }

    /// Runs statements whose declarations hide outer names only inside.
    fn block(&mut self, statements: &'a [Stmt]) -> Value {
        let Some(space) = self.frame().map(|frame| frame.space) else {
            return Value::unknown();
        };
        let mut hidden = Vec::new();
        for statement in statements {
            if let StmtKind::Let { pattern, .. } = &statement.kind
                && let Pattern::Name(name) = pattern
            {
                let key = (space, self.sym(name));
                if let Some(value) = self.store.get(key) {
                    hidden.push((key, value.clone()));
                }
            }
        }
        let value = self.run(statements);
        for (key, value) in hidden {
            self.store.set(key, Some(value));
        }
        value
    }

    fn statement(&mut self, statement: &'a Stmt) -> Value {
        if !self.step() {
            return Value::unknown();
        }
        self.depth += 1;
        let value = self.statement_here(statement);
        self.depth -= 1;
        value
    }

    fn statement_here(&mut self, statement: &'a Stmt) -> Value {
        match &statement.kind {
            StmtKind::Expr(expr) => return self.eval(expr),
            StmtKind::Let { pattern, ty, value } => {
                self.declare(pattern, ty.as_ref(), value.as_ref(), statement.span);
            }
            StmtKind::If {
                condition,
                then,
                otherwise,
            } => return self.if_statement(condition, then, otherwise),
            StmtKind::While {
                condition,
                body,
                body_first,
            } => self.repeat(Some(condition), &[], *body_first, None, &mut |machine| {
                machine.block(body);
            }),
            StmtKind::For {
                init,
                condition,
                update,
                body,
            } => {
                self.run(init);
                let condition = condition.as_ref();
                self.repeat(condition, update, false, None, &mut |machine| {
                    machine.block(body);
                });
            }
            StmtKind::ForEach {
                pattern,
                iterable,
                body,
                keys_only,
            } => self.for_each(pattern, iterable, body, *keys_only, None),
            StmtKind::Switch { subject, cases } => self.switch(subject, cases, None),
            StmtKind::Try {
                resources,
                body,
                catches,
                otherwise,
                finally,
            } => self.try_statement([resources, body, otherwise, finally], catches),
            StmtKind::With { items, body } => {
                for (item, pattern) in items {
                    let value = self.eval(item);
                    if let Some(pattern) = pattern {
                        self.bind(pattern, value, item.span);
                    }
                }
                return self.run(body);
            }
            StmtKind::Block(body) => return self.block(body),
            StmtKind::Labeled(label, inner) => self.labelled(label, inner),
            StmtKind::Class(id) => self.declare_class(id.0),
            _ => self.leaving(statement),
        }
        Value::unknown()
    }

    fn leaving(&mut self, statement: &'a Stmt) {
        match &statement.kind {
            StmtKind::Return(value) => {
                if let Some(value) = value
                    && !self.may_answer(value)
                {
                    self.reachable = false;
                    return;
                }
                let returned = value.as_ref().map(|value| self.eval(value));
                self.leave(returned.unwrap_or_default(), statement.span);
            }
            StmtKind::Throw(value) => {
                if let Some(value) = value {
                    self.eval(value);
                }
                self.thrown();
            }
            StmtKind::Break(label) => self.jump(label.as_ref(), true),
            StmtKind::Continue(label) => self.jump(label.as_ref(), false),
            StmtKind::Defer(expr) => self.deferred.push(expr),
            StmtKind::Delete(exprs) => {
                for expr in exprs {
                    self.delete(expr);
                }
            }
            StmtKind::Assert(condition) => {
                let value = self.eval(condition);
                if value.known.truth() == Some(false) {
                    self.reachable = false;
                } else {
                    self.refine(condition, true);
                }
            }
            StmtKind::Outer(names) => {
                for name in names {
                    let name = self.sym(name);
                    if let Some(frame) = self.frames.last_mut() {
                        frame.outer.push(name);
                    }
                }
            }
            _ => {}
        }
    }

    /// Goes back to the caller with a value.
    fn leave(&mut self, value: Value, span: Span) {
        let sinks = self.frame().map(|frame| frame.returns_sinks.clone());
        for (kind, from) in sinks.unwrap_or_default() {
            // a map or object is sent as JSON; of a body with its status the body counts
            let body = self.exact_list(&value);
            let body = body.as_ref().and_then(|list| list.items.first());
            let labels = body.unwrap_or(&value).labels.clone();
            self.report_answer(kind, from, span, &labels);
        }
        let Some(frame) = self.frames.last() else {
            return;
        };
        if !frame.is_root {
            let delta = self.store.delta(frame.entry);
            if let Some(frame) = self.frames.last_mut() {
                frame.exits.push(delta);
            }
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.returned = Some(match frame.returned.take() {
                Some(before) => before.join(&value),
                None => value,
            });
        }
        self.reachable = false;
    }

    /// Leaves by an exception: to the handlers around, if there are any in this call.
    pub(super) fn thrown(&mut self) {
        self.jump_where(|target| target.label == Some(Sym::EMPTY), true);
        self.reachable = false;
    }

    fn jump(&mut self, label: Option<&'a Text>, is_break: bool) {
        let label = label.map(|label| self.sym(label));
        match label {
            Some(_) => self.jump_where(|target| target.label == label, is_break),
            None => self.jump_where(
                |target| target.is_loop || (is_break && target.label.is_none()),
                is_break,
            ),
        }
        self.reachable = false;
    }

    fn jump_where(&mut self, is_it: impl Fn(&Target) -> bool, is_break: bool) {
        let base = self.frame().map_or(0, |frame| frame.targets);
        let found = (base..self.targets.len())
            .rev()
            .find(|at| is_it(&self.targets[*at]));
        if let Some(at) = found {
            let delta = self.store.delta(self.targets[at].mark);
            let target = &mut self.targets[at];
            if is_break {
                target.breaks.push(delta);
            } else {
                target.continues.push(delta);
            }
        }
    }

    /// Runs something that `break` may leave, and joins all ways out.
    fn breakable(&mut self, label: Option<Sym>, is_loop: bool, run: &mut dyn FnMut(&mut Self)) {
        let mark = self.store.mark();
        self.targets.push(Target {
            label,
            is_loop,
            mark,
            breaks: Vec::new(),
            continues: Vec::new(),
        });
        run(self);
        let Some(target) = self.targets.pop() else {
            return;
        };
        if target.breaks.is_empty() {
            return;
        }
        let at_end = self.store.take(mark);
        let mut ways = target.breaks;
        if self.reachable {
            ways.push(at_end);
        }
        let joined = self.store.join(ways);
        self.store.apply(joined);
        self.reachable = true;
    }

    fn labelled(&mut self, label: &'a Text, inner: &'a Stmt) {
        let label = self.sym(label);
        match &inner.kind {
            StmtKind::While {
                condition,
                body,
                body_first,
            } => self.repeat(Some(condition), &[], *body_first, Some(label), &mut |it| {
                it.block(body);
            }),
            StmtKind::For {
                init,
                condition,
                update,
                body,
            } => {
                self.run(init);
                let condition = condition.as_ref();
                self.repeat(condition, update, false, Some(label), &mut |it| {
                    it.block(body);
                });
            }
            StmtKind::ForEach {
                pattern,
                iterable,
                body,
                keys_only,
            } => self.for_each(pattern, iterable, body, *keys_only, Some(label)),
            StmtKind::Switch { subject, cases } => self.switch(subject, cases, Some(label)),
            _ => self.breakable(Some(label), false, &mut |it| {
                it.statement(inner);
            }),
        }
    }

    fn if_statement(
        &mut self,
        condition: &'a Expr,
        then: &'a [Stmt],
        otherwise: &'a [Stmt],
    ) -> Value {
        let asked = self.eval(condition);
        if !self.reachable {
            return Value::unknown();
        }
        match asked.known.truth() {
            Some(true) => self.block(then),
            Some(false) => self.block(otherwise),
            None => self
                .branches(
                    [(true, then), (false, otherwise)],
                    |machine, (holds, body)| {
                        machine.refine(condition, holds);
                        machine.block(body)
                    },
                )
                .unwrap_or_default(),
        }
    }

    /// A loop: walked until what is known at its head does not change.
    fn repeat(
        &mut self,
        condition: Option<&'a Expr>,
        update: &'a [Expr],
        body_first: bool,
        label: Option<Sym>,
        body: &mut dyn FnMut(&mut Self),
    ) {
        self.breakable(label, true, &mut |machine| {
            let mark = machine.store.mark();
            let mut left = Vec::new();
            for turn in 0..TURNS_MAX {
                let asked = match condition {
                    Some(condition) if !(body_first && turn == 0) => {
                        machine.eval(condition).known.truth()
                    }
                    _ => Some(true),
                };
                if asked != Some(true) {
                    machine.leave_loop(condition, mark, &mut left);
                }
                if asked == Some(false) || !machine.reachable {
                    machine.reachable = false;
                    break;
                }
                if let (Some(condition), None) = (condition, asked) {
                    machine.refine(condition, true);
                }
                let head = machine.store.mark();
                body(machine);
                machine.gather_continues(head);
                if !machine.reachable {
                    break;
                }
                for expr in update {
                    machine.eval(expr);
                }
                if machine.widen(head) {
                    if let Some(condition) = condition {
                        machine.eval(condition);
                    }
                    machine.leave_loop(condition, mark, &mut left);
                    machine.reachable = false;
                    break;
                }
            }
            if machine.reachable {
                machine.leave_loop(condition, mark, &mut left);
            }
            machine.store.undo(mark);
            machine.reachable = !left.is_empty();
            let joined = machine.store.join(left);
            machine.store.apply(joined);
        });
    }

    /// Keeps the state in which the loop's condition does not hold.
    fn leave_loop(
        &mut self,
        condition: Option<&'a Expr>,
        mark: super::store::Mark,
        left: &mut Vec<Delta>,
    ) {
        let Some(condition) = condition else {
            return;
        };
        if matches!(
            condition.kind,
            ExprKind::Const(crate::ir::Const::Bool(true) | crate::ir::Const::Int(1))
        ) {
            return;
        }
        let here = self.store.mark();
        self.refine(condition, false);
        left.push(self.store.delta(mark));
        self.store.undo(here);
    }

    /// Joins what `continue` brings to the end of the turn that began at the mark of the loop.
    fn gather_continues(&mut self, _head: super::store::Mark) {
        let Some(target) = self.targets.last_mut() else {
            return;
        };
        let continues = std::mem::take(&mut target.continues);
        let mark = target.mark;
        if continues.is_empty() {
            return;
        }
        let at_end = self.store.take(mark);
        let mut ways = continues;
        if self.reachable {
            ways.push(at_end);
        }
        let joined = self.store.join(ways);
        self.store.apply(joined);
        self.reachable = true;
    }

    /// Joins the state at the end of a turn with that at its head; whether nothing changed.
    fn widen(&mut self, head: super::store::Mark) -> bool {
        let after = self.store.delta(head);
        let before = self.store.before(head);
        let mut settled = true;
        for (key, new) in after {
            let old = before.get(&key).cloned().flatten();
            match (old, new) {
                (Some(old), Some(new)) => {
                    let joined = old.join(&new);
                    if !joined.settles(&old) {
                        settled = false;
                    }
                    if !joined.settles(&new) {
                        self.store.set(key, Some(joined));
                    }
                }
                (Some(old), None) => self.store.set(key, Some(old)),
                (None, _) => {}
            }
        }
        settled
    }

    fn for_each(
        &mut self,
        pattern: &'a Pattern,
        iterable: &'a Expr,
        body: &'a [Stmt],
        keys_only: bool,
        label: Option<Sym>,
    ) {
        let over = self.eval(iterable);
        if self.is_empty_list(&over) {
            return;
        }
        let mut element = self.element(&over, None);
        if keys_only && self.language == crate::Language::Go {
            element = Value::unknown();
        }
        let is_pair = self.language == crate::Language::Go && !keys_only;
        self.repeat(None, &[], false, label, &mut |machine| {
            let value = element.clone();
            match pattern {
                Pattern::Sequence(names) if is_pair => {
                    if let Some(name) = names.get(1) {
                        machine.bind(name, value, iterable.span);
                    }
                    if let Some(name) = names.first() {
                        let labels = Self::keys_of(&over);
                        machine.bind(name, labels, iterable.span);
                    }
                }
                _ => machine.bind(pattern, value, iterable.span),
            }
            // the loop may end before any turn
            machine.jump_where(|target| target.is_loop, true);
            machine.block(body);
            if machine.reachable {
                machine.jump_where(|target| target.is_loop, true);
            }
        });
    }

    fn switch(&mut self, subject: &'a Expr, cases: &'a [Case], label: Option<Sym>) {
        let value = self.eval(subject);
        if !self.reachable {
            return;
        }
        self.breakable(label, false, &mut |machine| {
            // an unlabelled `break` leaves this, also where the switch has a label
            machine.breakable(None, false, &mut |machine| {
                machine.cases(subject, &value, cases);
            });
        });
    }

    /// Runs the cases that may be meant; the value is that of the case's last expression.
    pub(super) fn cases(&mut self, subject: &'a Expr, value: &Value, cases: &'a [Case]) -> Value {
        let chosen = self.chosen(subject, value, cases);
        let mut branches: Vec<Option<usize>> = chosen.iter().map(|at| Some(*at)).collect();
        let is_total = cases
            .iter()
            .any(|case| case.values.is_empty() && case.guard.is_none())
            || (chosen.len() == 1 && value.known.is_constant());
        if !is_total {
            branches.push(None);
        }
        self.branches(branches, |machine, at| {
            let Some(at) = at else {
                return Value::unknown();
            };
            machine.enter_case(subject, value, &cases[at]);
            let mut result = Value::unknown();
            for case in &cases[at..] {
                if !machine.reachable {
                    break;
                }
                result = machine.block(&case.body);
                if !case.falls_through {
                    break;
                }
            }
            result
        })
        .unwrap_or_default()
    }

    /// The cases a value may come to.
    fn chosen(&mut self, subject: &'a Expr, value: &Value, cases: &'a [Case]) -> Vec<usize> {
        let is_default = |case: &Case| case.values.is_empty() && case.pattern.is_none();
        let mut chosen = Vec::new();
        let mut all_known = value.known.is_constant();
        // `switch { case a > b: … }` asks each condition by itself
        let asks = matches!(subject.kind, ExprKind::Const(crate::ir::Const::Bool(true)));
        for (at, case) in cases.iter().enumerate() {
            if is_default(case) {
                continue;
            }
            let mut fits = Some(false);
            for wanted in &case.values {
                let wanted = self.eval(wanted);
                let same = match (&wanted.known, asks) {
                    (known, true) => known.truth(),
                    (known, _) if known.is_constant() && value.known.is_constant() => {
                        super::fold::compare(BinaryOp::Equal, &value.known, known)
                    }
                    _ => None,
                };
                fits = match (fits, same) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
            }
            if case.pattern.is_some() || case.guard.is_some() {
                fits = None;
            }
            match fits {
                Some(false) => {}
                Some(true) => {
                    chosen.push(at);
                    if all_known {
                        return chosen;
                    }
                }
                None => {
                    all_known = false;
                    chosen.push(at);
                }
            }
        }
        chosen.extend(cases.iter().position(is_default));
        chosen
    }

    fn enter_case(&mut self, subject: &'a Expr, value: &Value, case: &'a Case) {
        if let Some(pattern) = &case.pattern {
            self.bind(pattern, value.clone(), subject.span);
        }
        if let [wanted] = &case.values[..]
            && let ExprKind::Const(constant) = &wanted.kind
        {
            let known = super::fold::known(constant);
            self.becomes(subject, &known);
        } else if !case.values.is_empty()
            && case
                .values
                .iter()
                .all(|wanted| matches!(wanted.kind, ExprKind::Const(_)))
        {
            self.becomes(subject, &Known::Unknown);
        }
        if let Some(guard) = &case.guard {
            self.eval(guard);
            self.refine(guard, true);
        }
    }

    fn try_statement(&mut self, parts: [&'a [Stmt]; 4], catches: &'a [Catch]) {
        let [resources, body, otherwise, finally] = parts;
        let mark = self.store.mark();
        self.targets.push(Target {
            label: Some(Sym::EMPTY),
            is_loop: false,
            mark,
            breaks: Vec::new(),
            continues: Vec::new(),
        });
        self.run(resources);
        self.run(body);
        let thrown = self.targets.pop().map(|target| target.breaks);
        let goes_on = self.reachable;
        let at_end = self.store.take(mark);
        let mut ways = Vec::new();
        if !catches.is_empty() {
            let mut at_catch = thrown.unwrap_or_default();
            at_catch.push(at_end.clone());
            at_catch.push(Delta::new());
            let joined = self.store.join(at_catch);
            for catch in catches {
                self.reachable = true;
                self.store.apply(joined.clone());
                self.catch(catch);
                let way = self.store.take(mark);
                if self.reachable {
                    ways.push(way);
                }
            }
        }
        self.reachable = goes_on;
        self.store.apply(at_end.clone());
        if goes_on {
            self.run(otherwise);
        }
        let way = self.store.take(mark);
        if self.reachable {
            ways.push(way);
        }
        self.reachable = !ways.is_empty();
        if self.reachable {
            let joined = self.store.join(ways);
            self.store.apply(joined);
            self.run(finally);
        } else if !finally.is_empty() {
            // run for what it does, though nothing goes on after it
            self.reachable = true;
            self.store.apply(at_end);
            self.run(finally);
            self.reachable = false;
        }
    }

    fn catch(&mut self, catch: &'a Catch) {
        if let Some(name) = &catch.name {
            let ty = match &catch.types[..] {
                [ty] => Some(self.resolve_type(ty)),
                _ => None,
            };
            let name = self.sym(name);
            self.set_local(name, Value::of_type(ty));
        }
        self.block(&catch.body);
    }

    fn declare(
        &mut self,
        pattern: &'a Pattern,
        ty: Option<&'a TypeName>,
        value: Option<&'a Expr>,
        span: Span,
    ) {
        let ty = ty.map(|ty| self.resolve_type(ty));
        let is_set = value.is_some();
        let mut value = value.map(|value| self.eval(value)).unwrap_or_default();
        if let Some(ty) = ty {
            value = self.typed(value, ty);
        }
        if let Pattern::Name(name) = pattern {
            let name = self.sym(name);
            if is_set {
                value = self.kept(value, name, span);
            }
            self.set_local(name, value);
        } else if is_set {
            self.bind(pattern, value, span);
        }
    }

    /// A function declared here is a value from the beginning of its block on.
    fn declare_function(&mut self, id: u32) {
        let function = FunctionRef {
            module: self.module(),
            id,
        };
        let name = &self.tree.function(function).name;
        let name = self.names.of_code(name);
        let value = self.closure(function);
        self.set_local(name, value);
    }

    fn declare_class(&mut self, id: u32) {
        let class = ClassRef {
            module: self.module(),
            id,
        };
        let this = self.prototype_value(class);
        self.class_here(class, &this);
    }

    /// A class whose methods see the names around this place.
    pub(super) fn class_here(&mut self, class: ClassRef, this: &Value) {
        let Some(around) = self.frame().map(|frame| frame.space) else {
            return;
        };
        if self.frame().is_some_and(|frame| frame.function.is_none()) {
            return;
        }
        self.class_around.insert(class, around);
        let info = self.tree.class(class);
        for method in &info.methods {
            self.created.push(Callable {
                function: FunctionRef {
                    module: class.module,
                    id: method.0,
                },
                around: Some(around),
                this: Some(this.clone()),
            });
        }
    }
}
