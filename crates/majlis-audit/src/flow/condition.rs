//! What holds where a condition does, and the conditions of tables.

use super::call::{Given, Site};
use super::machine::{Called, Machine, Matches};
use super::names::Sym;
use super::predicate::Answer;
use super::shape::Shape;
use super::store::REFINED;
use super::value::{Known, Labels, Value};
use crate::ir::{BinaryOp, Const, Expr, ExprKind, Text, UnaryOp};
use crate::table::{CompiledCondition as Condition, CompiledSlot as Slot, GuardEntry, Kinds, Test};

impl<'a> Machine<'a> {
    /// Goes on with what is known where a condition holds, or does not.
    pub(super) fn refine(&mut self, condition: &'a Expr, holds: bool) {
        if !self.step() {
            return;
        }
        self.depth += 1;
        self.refine_here(condition, holds);
        self.depth -= 1;
    }

    fn refine_here(&mut self, condition: &'a Expr, holds: bool) {
        match &condition.kind {
            ExprKind::Unary {
                op: UnaryOp::Not,
                operand,
            } => self.refine(operand, !holds),
            ExprKind::Binary {
                op: op @ (BinaryOp::Or | BinaryOp::And),
                ..
            } if (*op == BinaryOp::Or) == holds => self.refine_either(condition, *op, holds),
            ExprKind::Binary { op, left, right } => self.refine_binary(*op, left, right, holds),
            ExprKind::Name(name) => {
                let name = self.sym(name);
                let asked = self.local(name).map_or(0, |value| value.condition);
                let asked = (asked as usize).checked_sub(1);
                if let Some(asked) = asked.and_then(|at| self.conditions.get(at).copied())
                    && !std::ptr::eq(asked, condition)
                {
                    self.refine(asked, holds);
                }
            }
            ExprKind::Call { callee, args } => {
                self.refine_call(callee, args, condition, holds);
            }
            ExprKind::Unwrap(inner)
            | ExprKind::Await(inner)
            | ExprKind::Cast { value: inner, .. } => {
                self.refine(inner, holds);
            }
            _ => {}
        }
    }

    fn refine_binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, holds: bool) {
        self.refine_position(op, left, right, holds);
        match (op, holds) {
            (BinaryOp::And, true) | (BinaryOp::Or, false) => {
                self.refine(left, holds);
                self.refine(right, holds);
            }
            (BinaryOp::Equal | BinaryOp::Is, true)
            | (BinaryOp::NotEqual | BinaryOp::IsNot, false) => {
                self.refine_equal(left, right);
                self.refine_equal(right, left);
            }
            (BinaryOp::Equal | BinaryOp::Is, false)
            | (BinaryOp::NotEqual | BinaryOp::IsNot, true) => {
                match &right.kind {
                    // `matches(x) == false`
                    ExprKind::Const(Const::Bool(wanted)) => self.refine(left, !wanted),
                    // `re.match(…) is not None`
                    ExprKind::Const(Const::Null) => self.refine(left, true),
                    _ => {}
                }
            }
            (BinaryOp::Less | BinaryOp::LessEqual, true)
            | (BinaryOp::Greater | BinaryOp::GreaterEqual, false) => self.bounded(left, right),
            (BinaryOp::Greater | BinaryOp::GreaterEqual, true)
            | (BinaryOp::Less | BinaryOp::LessEqual, false) => self.bounded(right, left),
            (BinaryOp::In | BinaryOp::NotIn, _) => {
                let is_in = (op == BinaryOp::In) == holds;
                if is_in {
                    self.refine_member(left, right);
                }
                self.member_guards(left, right, is_in);
            }
            _ => {}
        }
    }

    /// One side equals the other: where that is trusted, so is this.
    fn refine_equal(&mut self, place: &'a Expr, other: &'a Expr) {
        if !is_place(place) {
            if let ExprKind::Const(Const::Bool(wanted)) = &other.kind {
                self.refine(place, *wanted);
            } else if let ExprKind::Call { .. } = &place.kind {
                let other = self.eval(other);
                if other.is_fixed() {
                    self.equals_trusted(place, &other);
                }
            } else if let ExprKind::Slice {
                base, from: None, ..
            } = &place.kind
            {
                let other = self.eval(other);
                self.begins_with(base, &other);
            }
            return;
        }
        let other = self.eval(other);
        if matches!(other.known, Known::Null) {
            self.refine_no_error(place);
            // nothing does no harm
            self.change(place, &mut |value| value.labels = Labels::default());
            return;
        }
        if other.is_fixed() {
            self.becomes(place, &other.known);
        }
    }

    /// A value is one of the elements of a collection that is trusted.
    pub(super) fn refine_member(&mut self, place: &'a Expr, collection: &'a Expr) {
        let collection = self.eval(collection);
        if !self.is_trusted_collection(&collection) {
            return;
        }
        if is_place(place) {
            self.becomes(place, &Known::Unknown);
        } else {
            self.equals_trusted(place, &Value::constant(Known::Unknown));
        }
    }

    fn is_trusted_collection(&mut self, collection: &Value) -> bool {
        let is_text = matches!(collection.known, Known::Str(_))
            || (collection.ty.is_some() && collection.ty == self.words.text);
        let seen = !collection.objects.is_empty() || collection.ty.is_some();
        !is_text && seen && self.deep_labels(collection).is_empty()
    }

    /// A place holds this constant, or one that is trusted, from here on.
    pub(super) fn becomes(&mut self, place: &'a Expr, known: &Known) {
        self.change(place, &mut |value| {
            value.labels = Labels::default();
            value.shape = value.shape.with(Shape::FIXED, true);
            if known.is_constant() {
                value.known = known.clone();
            }
        });
        self.equals_trusted(place, &Value::constant(known.clone()));
    }

    /// A place is safe for these sinks from here on.
    pub(super) fn cleaned(&mut self, place: &'a Expr, kinds: Kinds) {
        self.change(place, &mut |value| {
            if kinds == Kinds::MAX {
                value.labels = Labels::default();
                value.shape = value.shape.with(Shape::FIXED, true);
            } else {
                value.labels = value.labels.cleaned(kinds);
            }
        });
    }

    /// Changes what is known of what is at a place.
    pub(super) fn change(&mut self, place: &'a Expr, change: &mut dyn FnMut(&mut Value)) {
        match &place.kind {
            ExprKind::Name(name) => self.change_name(name, change),
            // the folders a path is in
            ExprKind::Field { base, name } if &**name == "parents" => self.change(base, change),
            ExprKind::Field { base, name } => {
                let of = self.eval(base);
                let name = self.sym(name);
                let mut is_changed = false;
                for object in of.objects.iter() {
                    if let Some(mut value) = self.store.get((object, name)).cloned() {
                        change(&mut value);
                        self.store.set((object, name), Some(value));
                        is_changed = true;
                    }
                }
                if let (false, Some(path)) = (is_changed, self.place_path(place, 0)) {
                    let mut value = self.eval(place);
                    change(&mut value);
                    self.store.set((REFINED, path), Some(value));
                    self.has_refined = true;
                }
            }
            ExprKind::Cast { value: inner, .. }
            | ExprKind::Deref(inner)
            | ExprKind::Unwrap(inner)
            | ExprKind::AddressOf(inner) => self.change(inner, change),
            ExprKind::Assign { target, .. } => {
                if let crate::ir::Pattern::Name(name) = &**target {
                    let name = self.sym(name);
                    if let Some(mut value) = self.local(name) {
                        change(&mut value);
                        self.rebind(name, value);
                    }
                }
            }
            ExprKind::Sequence(parts) => {
                for part in parts {
                    self.change(part, change);
                }
            }
            ExprKind::Call { .. } if same_thing(place).is_some() => {
                if let Some(other) = same_thing(place) {
                    self.change(other, change);
                }
            }
            // `x.toLowerCase().equals("a")` says as much of `x`
            ExprKind::Call { callee, args } if args.is_empty() => {
                if let ExprKind::Field { base, name } = &callee.kind
                    && matches!(
                        &**name,
                        "toLowerCase" | "toUpperCase" | "trim" | "strip" | "lower" | "upper"
                    )
                {
                    self.change(base, change);
                }
            }
            _ => {}
        }
    }

    fn change_name(&mut self, name: &'a Text, change: &mut dyn FnMut(&mut Value)) {
        let name = self.sym(name);
        let Some(mut value) = self.local(name) else {
            return;
        };
        // an error that came back beside a value says nothing of it
        let is_carried = !value.labels.is_empty();
        let made_by = (value.condition as usize).checked_sub(1);
        change(&mut value);
        self.rebind(name, value);
        // `m = pattern.matcher(x)`: what holds of `m` holds of `x`
        let made_by = made_by.filter(|_| is_carried);
        let made_by = made_by.and_then(|at| self.conditions.get(at).copied());
        if let Some(other) = made_by.and_then(same_thing) {
            self.change(other, change);
        }
    }

    /// A place by its names, told apart by the call at hand; `None` for what is no chain of fields.
    pub(super) fn place_path(&mut self, place: &Expr, depth: u8) -> Option<Sym> {
        match &place.kind {
            ExprKind::Name(name) => {
                let space = self.frame()?.space.0;
                Some(self.names.of_local(space, name))
            }
            ExprKind::Field { base, name } if depth < 4 => {
                let base = self.place_path(base, depth + 1)?;
                let name = self.names.of_code(name);
                Some(self.names.join(base, ".", name))
            }
            _ => None,
        }
    }

    /// Sets a name where it is, without anyone else seeing it.
    pub(super) fn rebind(&mut self, name: Sym, value: Value) {
        let mut at = self.frame().map(|frame| frame.space);
        let mut left = 64;
        while let Some(space) = at {
            if self.store.get((space, name)).is_some() {
                self.store.set((space, name), Some(value));
                return;
            }
            at = self.around.get(&space).copied().filter(|_| left > 0);
            left -= 1;
        }
    }

    fn refine_call(
        &mut self,
        callee: &'a Expr,
        args: &'a [crate::ir::Arg],
        whole: &'a Expr,
        holds: bool,
    ) {
        if let ExprKind::Field { base, name } = &callee.kind {
            let is_equal = matches!(
                &**name,
                "equals" | "equalsIgnoreCase" | "contentEquals" | "eq" | "EqualFold"
            );
            if let (true, true, [arg]) = (is_equal, holds, args) {
                self.refine_equal(base, &arg.value);
                self.refine_equal(&arg.value, base);
            }
            if let ("equals", true, [one, other]) = (&**name, holds, args) {
                self.refine_equal(&one.value, &other.value);
                self.refine_equal(&other.value, &one.value);
            }
            let is_member = matches!(
                &**name,
                "contains" | "containsKey" | "includes" | "has" | "contains_key" | "hasOwnProperty"
            );
            if let (true, true, [arg]) = (is_member, holds, args) {
                self.refine_member(&arg.value, base);
            }
        }
        self.guards(callee, args, whole, holds);
        self.refine_by_function(callee, args, Answer::Truth(holds));
        self.refine_any(callee, args, holds);
    }

    /// What tables say of a call used as a condition.
    fn guards(
        &mut self,
        callee: &'a Expr,
        args: &'a [crate::ir::Arg],
        whole: &'a Expr,
        holds: bool,
    ) {
        let Some((matches, receiver)) = self.matches_of(callee) else {
            return;
        };
        if !self.has_guards(&matches, Asked::Truth(holds)) {
            return;
        }
        let base = match &callee.kind {
            ExprKind::Field { base, .. } => Some(&**base),
            _ => None,
        };
        let site = Site {
            span: whole.span,
            name: Sym::EMPTY,
            receiver,
            base,
            args: self.arguments(args),
            made: None,
        };
        self.guard(&matches, &site, Asked::Truth(holds), None);
    }

    /// `part in whole` is a call of the method `in` of the whole.
    fn member_guards(&mut self, part: &'a Expr, whole: &'a Expr, is_in: bool) {
        let Some(name) = self.names.find("in").filter(|_| is_place(whole)) else {
            return;
        };
        let receiver = self.eval(whole);
        let matches = self.matches(Called::Method(receiver.ty, name));
        if !self.has_guards(&matches, Asked::Truth(is_in)) {
            return;
        }
        let value = self.eval(part);
        let given = Given {
            name: None,
            value,
            expr: part,
            is_spread: false,
        };
        let site = Site {
            span: whole.span,
            name,
            receiver: Some(receiver),
            base: Some(whole),
            args: vec![given],
            made: None,
        };
        self.guard(&matches, &site, Asked::Truth(is_in), None);
    }

    pub(super) fn has_guards(&self, matches: &Matches, asked: Asked) -> bool {
        matches.calls.iter().any(|id| {
            let guard = self.tables.calls[*id as usize].guard.as_ref();
            guard.is_some_and(|guard| asked.fits(guard))
        })
    }

    /// Cleans what the guards among these entries speak of.
    pub(super) fn guard(
        &mut self,
        matches: &Matches,
        site: &Site<'a>,
        asked: Asked,
        answer: Option<&Value>,
    ) {
        let tables = self.tables;
        for id in matches.calls.iter() {
            let entry = &tables.calls[*id as usize];
            let count = site.args.len();
            let fits = entry.arity.is_none_or(|arity| usize::from(arity) == count);
            let guard = entry.guard.as_ref().filter(|_| fits);
            let Some(guard) = guard.filter(|guard| asked.fits(guard)) else {
                continue;
            };
            if !self.all_hold(&guard.when, site, answer) {
                continue;
            }
            let place = match guard.arg {
                Slot::This => site.base,
                Slot::At(at) => site.args.get(usize::from(at)).map(|arg| arg.expr),
                Slot::Named(name) => site
                    .args
                    .iter()
                    .find(|arg| arg.name == Some(name))
                    .map(|arg| arg.expr),
                Slot::Any | Slot::Last | Slot::From(_) => site.args.last().map(|arg| arg.expr),
                Slot::Return | Slot::Spread => None,
            };
            if let Some(place) = place {
                self.cleaned(place, guard.clean);
            }
        }
    }

    /// Whether all conditions hold.
    pub(super) fn all_hold(
        &mut self,
        conditions: &'a [Condition],
        site: &Site<'a>,
        result: Option<&Value>,
    ) -> bool {
        conditions
            .iter()
            .all(|condition| self.holds(condition, site, result))
    }

    /// Whether a condition of a table holds.
    pub(super) fn holds(
        &mut self,
        condition: &'a Condition,
        site: &Site<'a>,
        result: Option<&Value>,
    ) -> bool {
        let of: Option<Value> = match condition.arg {
            Some(Slot::Return) => result.cloned(),
            Some(slot) => Self::slot_values(slot, site)
                .first()
                .map(|value| (*value).clone()),
            None => {
                let this = site.receiver.clone().or_else(|| result.cloned());
                match (this, condition.attribute) {
                    (None, Some(name)) => {
                        // a named argument of a constructor is an attribute
                        let named = Self::slot_values(Slot::Named(name), site);
                        let named = named.first().map(|value| (*value).clone());
                        return self.passes(condition, named.as_ref());
                    }
                    (this, _) => this,
                }
            }
        };
        match (condition.attribute, of) {
            (None, of) => self.passes(condition, of.as_ref()),
            (Some(name), Some(of)) => {
                let held = self.attribute(&of, name);
                self.passes(condition, held.as_ref())
            }
            // an attribute of what was not given was never set
            (Some(_), None) => self.passes(condition, None),
        }
    }

    fn passes(&mut self, condition: &'a Condition, value: Option<&Value>) -> bool {
        let mut all = true;
        for test in &condition.tests {
            let Some(passed) = self.test(test, value) else {
                return false;
            };
            all &= passed;
        }
        all != condition.not
    }

    /// `None` where nothing is known that could tell.
    fn test(&mut self, test: &'a Test, value: Option<&Value>) -> Option<bool> {
        if let Test::Absent(wanted) = test {
            return Some(value.is_none() == *wanted);
        }
        let value = value?;
        // a name of a library stands for itself: `ssl.CERT_NONE`
        let path = value.path.map(|path| self.names.text(path).clone());
        let path = path.filter(|_| !value.known.is_constant()).map(Known::Str);
        let known = path.as_ref().unwrap_or(&value.known);
        let constant = || known.is_constant().then_some(());
        let written = || match known {
            Known::Str(found) => Some(found.clone()),
            Known::Char(mark) => Some(mark.to_string().into()),
            _ => None,
        };
        let same = |other: &Const| {
            super::fold::compare(BinaryOp::Equal, known, &super::fold::known(other)) == Some(true)
        };
        Some(match test {
            Test::Absent(_) => false,
            Test::OneOf(values) => {
                constant()?;
                values.iter().any(same)
            }
            Test::NoneOf(values) => {
                constant()?;
                !values.iter().any(same)
            }
            Test::Matches(pattern) => pattern.is_match(&written()?),
            Test::NotMatches(pattern) => !pattern.is_match(&written()?),
            Test::Below(limit) => {
                matches!(known, Known::Int(number) if number < limit) || {
                    whole_number(known)?;
                    false
                }
            }
            Test::Above(limit) => {
                matches!(known, Known::Int(number) if number > limit) || {
                    whole_number(known)?;
                    false
                }
            }
            Test::Constant => {
                let known = &value.known;
                known.is_constant() && !matches!(known, Known::Null)
                    || self.is_constant_list(value) && !self.is_touched(value)
                    || self.is_blank(value)
            }
            Test::Tainted(sources) => self.has_label(value, *sources),
            Test::Untrusted => self.has_label(value, self.tables.untrusted),
            Test::Type(ty) => {
                let known = value.ty?;
                self.is_a(known, *ty)
            }
            Test::Built => value.built,
            Test::StrictPattern => super::strict::is_strict(&written()?),
            Test::Rooted => value.is_rooted(),
            Test::Unknown => !known.is_constant() && value.objects.is_empty(),
        })
    }

    fn is_constant_list(&self, value: &Value) -> bool {
        self.exact_list(value).is_some_and(|list| {
            !list.items.is_empty() && list.items.iter().all(|item| item.known.is_constant())
        })
    }

    fn has_label(&self, value: &Value, sources: u64) -> bool {
        let labels = self.deep_labels(value);
        labels
            .all()
            .iter()
            .any(|label| sources & (1 << label.source) != 0)
    }
}

/// What a condition asks of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// Whether it says yes.
    Truth(bool),
    /// That what comes back equals something trusted.
    Equal,
}

impl Asked {
    fn fits(self, guard: &GuardEntry) -> bool {
        match self {
            Self::Truth(holds) => !guard.when_equal && guard.when_false != holds,
            Self::Equal => guard.when_equal,
        }
    }
}

/// `x` of `pattern.matcher(x)` and of `x.getCanonicalPath()`, where `x` is a place: what holds of
/// the one holds of the other.
fn same_thing(call: &Expr) -> Option<&Expr> {
    let ExprKind::Call { callee, args } = &call.kind else {
        return None;
    };
    let ExprKind::Field { base, name } = &callee.kind else {
        return None;
    };
    let other = match (&**name, &args[..]) {
        // `relative(folder, x)` leads where `x` does
        (
            "matcher" | "relativize" | "Clean" | "normpath" | "normalize" | "realpath" | "abspath"
            | "resolve",
            [other],
        )
        | ("relpath", [other, _])
        | ("relative" | "Rel", [_, other]) => &other.value,
        (
            "getCanonicalPath" | "getCanonicalFile" | "getAbsolutePath" | "normalize" | "toPath"
            | "toRealPath" | "toAbsolutePath" | "toFile" | "chars" | "bytes" | "components",
            [],
        ) => &**base,
        _ => return None,
    };
    (is_place(other) || same_thing(other).is_some()).then_some(other)
}

fn whole_number(known: &Known) -> Option<()> {
    matches!(known, Known::Int(_)).then_some(())
}

/// Whether an expression is a place that can be known better.
fn is_place(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Assign { .. } => true,
        ExprKind::Cast { value, .. } | ExprKind::Deref(value) | ExprKind::Unwrap(value) => {
            is_place(value)
        }
        ExprKind::Call { callee, args } => {
            args.is_empty()
                && matches!(&callee.kind, ExprKind::Field { base, .. } if is_place(base))
        }
        _ => false,
    }
}
