//! Sources, sinks and calls that are wrong by how they are made: the tables of `tables/cpp`.

use std::collections::HashMap;

use super::machine::Machine;
use super::number::Range;
use super::state::{State, pointed};
use super::types::Ty;
use super::value::{Kind, Taint, Value};
use crate::Span;
use crate::ir::{Arg, Expr};
use crate::table::{Condition, OneOrMany, Slot, Table};

#[derive(rust_embed::RustEmbed)]
#[folder = "tables/cpp"]
struct Files;

/// What the tables say of a function.
#[derive(Default)]
pub(super) struct Entry {
    sinks: Vec<(String, Vec<Slot>, Vec<Condition>)>,
    pub(super) source: Option<String>,
    taints: Vec<(Vec<Slot>, String)>,
    checks: Vec<(String, Vec<Condition>, Vec<Condition>)>,
}

/// All tables, by the name of the function.
pub(super) struct Tables {
    calls: HashMap<String, Entry>,
}

impl Tables {
    /// The tables inside the program; one that cannot be read counts as empty (a test reads all).
    pub(super) fn load() -> Self {
        let mut calls: HashMap<String, Entry> = HashMap::new();
        for path in Files::iter() {
            let Some(file) = Files::get(&path) else {
                continue;
            };
            let text = String::from_utf8_lossy(&file.data);
            let Ok(table) = toml::from_str::<Table>(&text) else {
                continue;
            };
            for call in table.calls {
                for name in names(call.callee.path.as_ref().or(call.callee.name.as_ref())) {
                    let entry = calls.entry(name).or_default();
                    for sink in &call.sink {
                        entry
                            .sinks
                            .push((sink.kind.clone(), sink.args.clone(), sink.when.clone()));
                    }
                    entry.source = call.source.clone().or(entry.source.take());
                    for taint in &call.taints {
                        entry
                            .taints
                            .push((taint.args.clone(), taint.source.clone()));
                    }
                }
            }
            for check in table.checks {
                for name in names(check.callee.path.as_ref().or(check.callee.name.as_ref())) {
                    let entry = calls.entry(name).or_default();
                    let (when, any) = (check.when.clone(), check.any.clone());
                    entry.checks.push((check.rule.clone(), when, any));
                }
            }
        }
        Self { calls }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        self.calls.get(name)
    }
}

fn names(given: Option<&OneOrMany>) -> Vec<String> {
    match given {
        Some(OneOrMany::One(name)) => vec![name.clone()],
        Some(OneOrMany::Many(names)) => names.clone(),
        None => Vec::new(),
    }
}

/// The rule a kind of sink is reported by.
fn rule_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "command" => "command-injection",
        "format" => "format-string",
        "path" => "path-traversal",
        "sql" => "sql-injection",
        "ldap" => "ldap-injection",
        "library" => "library-injection",
        "search_path" => "uncontrolled-search-path",
        "setting" => "external-control-of-settings",
        "sleep" => "resource-exhaustion",
        "url" => "server-side-request-forgery",
        _ => return None,
    })
}

impl Machine<'_> {
    /// Sinks and checks of a call, before it is made.
    pub(super) fn apply_tables(
        &mut self,
        name: &str,
        expr: &Expr,
        args: &[Arg],
        values: &[Value],
        state: &State,
    ) {
        let tables = self.tables;
        let Some(entry) = tables.get(name) else {
            return;
        };
        for (kind, slots, when) in &entry.sinks {
            let Some(rule) = rule_of(kind) else { continue };
            if !when
                .iter()
                .all(|condition| self.holds(condition, values, state))
            {
                continue;
            }
            let taint = slotted(slots, values)
                .filter(|value| kind != "sleep" || Self::is_unbounded(value))
                .find_map(|value| self.taint_of(value, state));
            if taint.is_some() {
                self.report(rule, expr.span, &taint);
            }
        }
        let _ = args;
        for (rule, when, any) in &entry.checks {
            let all = when
                .iter()
                .all(|condition| self.holds(condition, values, state));
            let some = any.is_empty()
                || any
                    .iter()
                    .any(|condition| self.holds(condition, values, state));
            if all && some {
                self.report(rule, expr.span, &None);
            }
        }
    }

    /// Marks what a call brings in from outside, after it is made.
    pub(super) fn apply_sources(
        &mut self,
        name: &str,
        span: Span,
        values: &[Value],
        result: Value,
        state: &mut State,
    ) -> Value {
        let tables = self.tables;
        let Some(entry) = tables.get(name) else {
            return result;
        };
        for (slots, source) in &entry.taints {
            let origin = self.origin(span, name, source);
            for value in slotted(slots, values) {
                self.bring_in(value, name, source, &origin, span, state);
            }
        }
        let Some(source) = &entry.source else {
            return result;
        };
        let origin = self.origin(span, name, source);
        let targets = pointed(&result);
        if targets.is_empty() {
            return result.tainted(origin);
        }
        for id in targets {
            if let Some(object) = state.change(id) {
                object.taint.clone_from(&origin);
            }
        }
        result
    }

    /// A number or text comes in through a pointer.
    fn bring_in(
        &mut self,
        value: &Value,
        name: &str,
        source: &str,
        origin: &Taint,
        span: Span,
        state: &mut State,
    ) {
        let inner = value.ty.inner();
        let is_one_number = matches!(inner, Ty::Int { bytes: 2.., .. } | Ty::Float(_));
        let target = value
            .as_pointer()
            .and_then(|pointer| pointer.single().cloned());
        if let (true, Some(target)) = (is_one_number, target)
            && let Some(at) = target.offset.single()
        {
            let origin = self.origin(span, name, &format!("number {source}"));
            let place = super::place::Place::exactly(target.object, at, inner.clone());
            let number = Value::unknown(inner).tainted(origin);
            self.quietly(|machine| machine.store(&place, number, state, span));
            return;
        }
        for id in pointed(value) {
            if let Some(object) = state.change(id) {
                object.taint.clone_from(origin);
                object.text = None;
            }
        }
    }

    fn holds(&self, condition: &Condition, values: &[Value], state: &State) -> bool {
        let value = match &condition.arg {
            Some(Slot::Position(at)) => values.get(usize::from(*at)),
            _ => None,
        };
        let Some(value) = value else {
            return condition.absent == Some(true);
        };
        let text = self.text_of(value, state);
        let number = value.numbers().single();
        let is_constant = text.is_some() || number.is_some();
        let equals = |wanted: &toml::Value| match wanted {
            toml::Value::String(wanted) => text.as_deref() == Some(wanted.as_str()),
            toml::Value::Integer(wanted) => number == Some(i128::from(*wanted)),
            toml::Value::Boolean(wanted) => number == Some(i128::from(*wanted)),
            _ => false,
        };
        let matches = |pattern: &str| {
            text.as_deref().is_some_and(|text| {
                regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
            })
        };
        let tests = [
            condition.equals.as_ref().map(equals),
            (!condition.one_of.is_empty()).then(|| condition.one_of.iter().any(equals)),
            (!condition.none_of.is_empty())
                .then(|| is_constant && !condition.none_of.iter().any(equals)),
            condition.matches.as_deref().map(matches),
            condition
                .not_matches
                .as_deref()
                .map(|pattern| text.is_some() && !matches(pattern)),
            condition
                .below
                .map(|bound| number.is_some_and(|number| number < i128::from(bound))),
            condition
                .above
                .map(|bound| number.is_some_and(|number| number > i128::from(bound))),
            condition.constant.then_some(is_constant),
            condition
                .tainted
                .as_ref()
                .map(|_| self.taint_of(value, state).is_some()),
            condition.unknown.then_some(!is_constant),
        ];
        let known = tests.into_iter().flatten().all(|test| test);
        if condition.not {
            is_constant && !known
        } else {
            known && condition.absent != Some(true)
        }
    }

    /// A loop that someone outside lets run as long as he likes.
    pub(super) fn is_unbounded(value: &Value) -> bool {
        let range = match &value.kind {
            Kind::Int(range) => *range,
            _ => Range::ANY,
        };
        value.taint.is_some() && !range.has_hi()
    }
}

fn slotted<'v>(slots: &'v [Slot], values: &'v [Value]) -> impl Iterator<Item = &'v Value> {
    values
        .iter()
        .enumerate()
        .filter(move |(at, _)| {
            slots.iter().any(|slot| match slot {
                Slot::Position(position) => usize::from(*position) == *at,
                Slot::Word(word) if word == "*" => true,
                Slot::Word(word) => word
                    .strip_suffix("..")
                    .and_then(|from| from.parse::<usize>().ok())
                    .is_some_and(|from| *at >= from),
            })
        })
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{Files, Table, rule_of};

    #[test]
    fn every_table_can_be_read_and_names_known_sinks() {
        for path in Files::iter() {
            let file = Files::get(&path).unwrap();
            let text = String::from_utf8(file.data.to_vec()).unwrap();
            let table: Table =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            for sink in table.calls.iter().flat_map(|call| &call.sink) {
                assert!(rule_of(&sink.kind).is_some(), "{path}: {}", sink.kind);
            }
        }
    }
}
