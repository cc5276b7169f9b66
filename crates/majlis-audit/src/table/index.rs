//! Tables made ready for look-up.

use rustc_hash::{FxHashMap, FxHashSet};

use super::compile::{Compiler, callee_word};
use super::load::TableError;
use super::{Callee, OneOrMany, Table};
use crate::Language;
use crate::flow::names::{Names, Sym};

use super::compile::{CallEntry, Condition, EntryPoint, FieldEntry, Kinds, Returns};

/// The tables of one language.
#[derive(Debug)]
pub(crate) struct LanguageTables {
    /// Every name in them; runs go on from here.
    pub(crate) names: Names,
    /// Types and what they extend.
    extends: FxHashMap<Sym, Vec<Sym>>,
    harmless: FxHashSet<Sym>,
    /// Full paths of types and of functions' owners, to tell what a wildcard import brings in.
    known: FxHashSet<Sym>,
    /// Calls.
    pub(crate) calls: Vec<CallEntry>,
    /// Which calls each is about.
    pub(crate) call_index: CalleeIndex,
    /// Checks: rule, what must hold, one of which must hold.
    pub(crate) checks: Vec<CheckEntry>,
    /// Which calls each is about.
    pub(crate) check_index: CalleeIndex,
    /// Fields.
    pub(crate) fields: Vec<FieldEntry>,
    /// Which fields each is about.
    pub(crate) field_index: CalleeIndex,
    /// Functions others call.
    pub(crate) entries: Vec<EntryPoint>,
    /// Kinds of sinks, by bit.
    pub(crate) kinds: Vec<Sym>,
    /// Kinds of sources, by number.
    pub(crate) sources: Vec<Sym>,
    /// Which sources are untrusted, by bit.
    pub(crate) untrusted: u64,
}

impl LanguageTables {
    /// The bits of these kinds of sinks, as far as the tables know them.
    pub(crate) fn kinds_named(&self, wanted: &[&str]) -> Kinds {
        let named = self.kinds.iter().enumerate();
        named
            .filter(|(_, kind)| wanted.contains(&&**self.names.text(**kind)))
            .fold(0, |all, (at, _)| all | (1 << at))
    }
}

/// A check.
#[derive(Debug)]
pub(crate) struct CheckEntry {
    /// Slug of the rule.
    pub(crate) rule: Sym,
    /// Only calls with so many arguments.
    pub(crate) arity: Option<u16>,
    /// All must hold.
    pub(crate) when: Vec<Condition>,
    /// One must hold, where there are any.
    pub(crate) any: Vec<Condition>,
}

/// Finds entries by what is called.
#[derive(Debug, Default)]
pub(crate) struct CalleeIndex {
    paths: FxHashMap<Sym, Vec<u32>>,
    path_patterns: Vec<(String, u32)>,
    methods: FxHashMap<Sym, Vec<(Receiver, u32)>>,
    method_patterns: Vec<(String, Receiver, u32)>,
    news: FxHashMap<Sym, Vec<u32>>,
    new_patterns: Vec<(String, u32)>,
    /// Last parts of all names in it.
    last_parts: Vec<(Sym, u32)>,
}

/// What a method's receiver must be.
#[derive(Debug, Clone)]
pub(crate) enum Receiver {
    /// Anything.
    Any,
    /// Of this type.
    Of(Sym),
    /// Of a type whose path fits.
    Like(String),
}

impl LanguageTables {
    /// Puts tables together; what is wrong goes to `errors`, and such entries are left out.
    pub(super) fn build(
        language: Language,
        tables: &[(String, Table)],
        errors: &mut Vec<TableError>,
    ) -> Self {
        let mut built = Self {
            names: Names::default(),
            extends: FxHashMap::default(),
            harmless: FxHashSet::default(),
            known: FxHashSet::default(),
            calls: Vec::new(),
            call_index: CalleeIndex::default(),
            checks: Vec::new(),
            check_index: CalleeIndex::default(),
            fields: Vec::new(),
            field_index: CalleeIndex::default(),
            entries: Vec::new(),
            kinds: Vec::new(),
            sources: Vec::new(),
            untrusted: 0,
        };
        let mut compiler = Compiler::default();
        for (path, table) in tables {
            let mut report = |problem: String| {
                errors.push(TableError {
                    path: path.clone(),
                    problem,
                });
            };
            built.add_types(table);
            built.add_calls(table, &mut compiler, &mut report);
            built.add_checks(table, &mut compiler, &mut report);
            built.add_fields(table, &mut compiler, &mut report);
            built.add_entries(table, &mut compiler, &mut report);
        }
        compiler.finish(&mut built.names, language);
        built.kinds = compiler.kinds;
        built.sources = compiler.sources;
        built.untrusted = compiler.untrusted;
        built
    }

    fn add_types(&mut self, table: &Table) {
        for ty in &table.types {
            let name = self.names.of(&ty.name);
            self.know(&ty.name);
            for base in &ty.extends {
                let base_sym = self.names.of(base);
                self.know(base);
                self.extends.entry(name).or_default().push(base_sym);
            }
            if ty.is_harmless {
                self.harmless.insert(name);
            }
        }
    }

    fn add_calls(
        &mut self,
        table: &Table,
        compiler: &mut Compiler,
        report: &mut dyn FnMut(String),
    ) {
        for (at, call) in table.calls.iter().enumerate() {
            let place = format!("call {} ({})", at + 1, callee_word(&call.callee));
            match compiler.call(call, &mut self.names) {
                Ok(entry) => {
                    if let Some(Returns::Type(ty)) = entry.returns {
                        let path = self.names.text(ty).to_string();
                        self.know(&path);
                    }
                    let id = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
                    self.calls.push(entry);
                    if !self.index_callee(&call.callee, id, IndexOf::Calls) {
                        report(format!("{place}: names no call"));
                    }
                }
                Err(problem) => report(format!("{place}: {problem}")),
            }
        }
    }

    fn add_checks(
        &mut self,
        table: &Table,
        compiler: &mut Compiler,
        report: &mut dyn FnMut(String),
    ) {
        for (at, check) in table.checks.iter().enumerate() {
            let place = format!("check {} ({})", at + 1, check.rule);
            let when = compiler.conditions(&check.when, &mut self.names);
            let any = compiler.conditions(&check.any, &mut self.names);
            match (when, any) {
                (Ok(when), Ok(any)) => {
                    let id = u32::try_from(self.checks.len()).unwrap_or(u32::MAX);
                    let rule = self.names.of(&check.rule);
                    self.checks.push(CheckEntry {
                        rule,
                        arity: check.callee.arity,
                        when,
                        any,
                    });
                    if !self.index_callee(&check.callee, id, IndexOf::Checks) {
                        report(format!("{place}: names no call"));
                    }
                }
                (Err(problem), _) | (_, Err(problem)) => report(format!("{place}: {problem}")),
            }
        }
    }

    fn add_fields(
        &mut self,
        table: &Table,
        compiler: &mut Compiler,
        report: &mut dyn FnMut(String),
    ) {
        for (at, field) in table.fields.iter().enumerate() {
            let callee = Callee {
                path: field.path.clone(),
                on: field.on.clone(),
                name: field.name.clone(),
                new: None,
                arity: None,
            };
            let place = format!("field {} ({})", at + 1, callee_word(&callee));
            match compiler.field(field, &mut self.names) {
                Ok(entry) => {
                    let id = u32::try_from(self.fields.len()).unwrap_or(u32::MAX);
                    self.fields.push(entry);
                    if !self.index_callee(&callee, id, IndexOf::Fields) {
                        report(format!("{place}: names no field"));
                    }
                }
                Err(problem) => report(format!("{place}: {problem}")),
            }
        }
    }

    fn add_entries(
        &mut self,
        table: &Table,
        compiler: &mut Compiler,
        report: &mut dyn FnMut(String),
    ) {
        for (at, entry) in table.entries.iter().enumerate() {
            match compiler.entry(entry, &mut self.names) {
                Ok(entry) => {
                    for on in &entry.on {
                        self.know(on);
                    }
                    self.entries.push(entry);
                }
                Err(problem) => report(format!("entry {}: {problem}", at + 1)),
            }
        }
    }

    /// Remembers a full path of a type.
    fn know(&mut self, path: &str) {
        if !path.contains('*') {
            let sym = self.names.of(path);
            self.known.insert(sym);
        }
    }

    /// Files an entry under what it is about; false where that is nothing.
    fn index_callee(&mut self, callee: &Callee, id: u32, which: IndexOf) -> bool {
        let paths = words(callee.path.as_ref());
        let on = words(callee.on.as_ref());
        let names = words(callee.name.as_ref());
        let news = words(callee.new.as_ref());
        let forms = [!paths.is_empty(), !names.is_empty(), !news.is_empty()];
        if forms.iter().filter(|form| **form).count() != 1 || (!on.is_empty() && names.is_empty()) {
            return false;
        }
        for path in paths.iter().chain(&news) {
            self.know(path);
            let owner = path.rfind(['.', ':']).map(|end| &path[..end]);
            if let Some(owner) = owner {
                self.know(owner.trim_end_matches(':'));
            }
        }
        for on in &on {
            self.know(on);
        }
        let names_table = &mut self.names;
        let index = match which {
            IndexOf::Calls => &mut self.call_index,
            IndexOf::Checks => &mut self.check_index,
            IndexOf::Fields => &mut self.field_index,
        };
        for path in paths {
            index.add_path(path, id, names_table);
        }
        for new in news {
            index.add_new(new, id, names_table);
        }
        for name in names {
            index.add_method(name, &on, id, names_table);
        }
        true
    }

    /// Full paths that a type extends.
    pub(crate) fn extends(&self, ty: Sym) -> &[Sym] {
        self.extends.get(&ty).map_or(&[], Vec::as_slice)
    }

    /// Values of this type carry no injection.
    pub(crate) fn is_harmless(&self, ty: Sym) -> bool {
        self.harmless.contains(&ty)
    }

    /// Last parts of the names of calls and fields that may do harm.
    pub(crate) fn harmful_words(&self) -> FxHashSet<&str> {
        let calls = self
            .call_index
            .words(&self.names, |id| !self.calls[id].sinks.is_empty());
        let checks = self.check_index.words(&self.names, |_| true);
        let fields = self
            .field_index
            .words(&self.names, |id| !self.fields[id].sinks.is_empty());
        calls.chain(checks).chain(fields).collect()
    }

    /// Last parts of the names of calls and fields that untrusted values come from.
    pub(crate) fn source_words(&self) -> FxHashSet<&str> {
        let calls = self.call_index.words(&self.names, |id| {
            self.calls[id].source.is_some() || !self.calls[id].taints.is_empty()
        });
        let fields = self
            .field_index
            .words(&self.names, |id| self.fields[id].source.is_some());
        calls.chain(fields).collect()
    }

    /// Whether any table speaks of this type or owner of functions.
    pub(crate) fn is_known(&self, path: Sym) -> bool {
        self.known.contains(&path)
    }

    pub(super) fn sink_kinds(&self) -> Vec<&str> {
        self.kinds
            .iter()
            .map(|kind| &**self.names.text(*kind))
            .collect()
    }

    pub(super) fn checked_rules(&self) -> Vec<&str> {
        let mut rules: Vec<&str> = self
            .checks
            .iter()
            .map(|check| &**self.names.text(check.rule))
            .collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

#[derive(Clone, Copy)]
enum IndexOf {
    Calls,
    Checks,
    Fields,
}

impl CalleeIndex {
    fn add_path(&mut self, path: &str, id: u32, names: &mut Names) {
        self.note_last(path, id, names);
        if path.contains('*') {
            self.path_patterns.push((path.to_owned(), id));
        } else {
            self.paths.entry(names.of(path)).or_default().push(id);
        }
    }

    fn add_new(&mut self, class: &str, id: u32, names: &mut Names) {
        self.note_last(class, id, names);
        if class.contains('*') {
            self.new_patterns.push((class.to_owned(), id));
        } else {
            self.news.entry(names.of(class)).or_default().push(id);
        }
    }

    fn add_method(&mut self, name: &str, on: &[&str], id: u32, names: &mut Names) {
        self.note_last(name, id, names);
        let receivers: Vec<Receiver> = if on.is_empty() {
            vec![Receiver::Any]
        } else {
            on.iter()
                .map(|on| {
                    if on.contains('*') {
                        Receiver::Like((*on).to_owned())
                    } else {
                        Receiver::Of(names.of(on))
                    }
                })
                .collect()
        };
        for receiver in receivers {
            if name.contains('*') {
                self.method_patterns.push((name.to_owned(), receiver, id));
            } else {
                let filed = self.methods.entry(names.of(name)).or_default();
                filed.push((receiver, id));
            }
        }
    }

    fn note_last(&mut self, path: &str, id: u32, names: &mut Names) {
        let last = path.rsplit(['.', ':', '/']).next().unwrap_or(path);
        self.last_parts.push((names.of(last), id));
    }

    /// Last parts of the names of entries.
    fn words<'n>(
        &'n self,
        names: &'n Names,
        wanted: impl Fn(usize) -> bool,
    ) -> impl Iterator<Item = &'n str> {
        let wanted = move |(_, id): &&(Sym, u32)| wanted(*id as usize);
        let parts = self.last_parts.iter().filter(wanted);
        parts.map(|(last, _)| &**names.text(*last))
    }

    /// Entries by full path.
    pub(crate) fn by_path(&self, path: Sym, names: &Names, into: &mut Vec<u32>) {
        into.extend(self.paths.get(&path).into_iter().flatten());
        let text = names.text(path);
        let fits = self
            .path_patterns
            .iter()
            .filter(|(like, _)| wild(like, text));
        into.extend(fits.map(|(_, id)| *id));
    }

    /// Entries by method; `is_a` says whether the receiver is of a type.
    pub(crate) fn by_method(
        &self,
        name: Sym,
        ty: Option<Sym>,
        names: &Names,
        mut is_a: impl FnMut(Sym) -> bool,
        into: &mut Vec<u32>,
    ) {
        let mut fits = |receiver: &Receiver| match receiver {
            Receiver::Any => true,
            Receiver::Of(on) => is_a(*on),
            Receiver::Like(like) => ty.is_some_and(|ty| wild(like, names.text(ty))),
        };
        for (receiver, id) in self.methods.get(&name).into_iter().flatten() {
            if fits(receiver) {
                into.push(*id);
            }
        }
        for (like, receiver, id) in &self.method_patterns {
            if wild(like, names.text(name)) && fits(receiver) {
                into.push(*id);
            }
        }
    }

    /// Entries by the class an object is made of.
    pub(crate) fn by_new(&self, class: Sym, names: &Names, into: &mut Vec<u32>) {
        into.extend(self.news.get(&class).into_iter().flatten());
        let text = names.text(class);
        let fits = self
            .new_patterns
            .iter()
            .filter(|(like, _)| wild(like, text));
        into.extend(fits.map(|(_, id)| *id));
    }
}

/// The words of a list that may be one.
pub(super) fn words(list: Option<&OneOrMany>) -> Vec<&str> {
    match list {
        None => Vec::new(),
        Some(OneOrMany::One(word)) => vec![word],
        Some(OneOrMany::Many(words)) => words.iter().map(String::as_str).collect(),
    }
}

/// Whether text fits a pattern in which `*` stands for any text.
pub(crate) fn wild(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Says the first key of a call or check that is not known: their reader lets all keys pass.
pub(super) fn unknown_key(raw: &toml::Table) -> Option<String> {
    const CALLEE: [&str; 5] = ["path", "on", "name", "new", "arity"];
    const CALL: [&str; 16] = [
        "returns",
        "attributes_from",
        "source",
        "taints",
        "sink",
        "flow",
        "clean",
        "guard",
        "proof",
        "set",
        "callback",
        "container",
        "ends",
        "when",
        "fold",
        "builds",
    ];
    const CHECK: [&str; 3] = ["rule", "when", "any"];
    for (section, keys) in [("call", &CALL[..]), ("check", &CHECK[..])] {
        let entries = raw.get(section).and_then(toml::Value::as_array);
        for (at, entry) in entries.into_iter().flatten().enumerate() {
            let Some(entry) = entry.as_table() else {
                continue;
            };
            let unknown = entry
                .keys()
                .find(|key| !CALLEE.contains(&key.as_str()) && !keys.contains(&key.as_str()));
            if let Some(key) = unknown {
                let word = ["path", "name", "new", "rule"]
                    .iter()
                    .find_map(|key| entry.get(*key))
                    .map(|word| word.to_string().replace('"', ""))
                    .unwrap_or_default();
                return Some(format!(
                    "{section} {} ({word}): unknown key `{key}`",
                    at + 1
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let check = |pattern: &str, text: &str, fits: bool| {
            assert_eq!(wild(pattern, text), fits, "{pattern} {text}");
        };
        check("*.route", "app.route", true);
        check("*.route", "route", false);
        check("a*c", "abc", true);
        check("a*c*", "abcd", true);
        check("a*b*c", "acb", false);
        check("abc", "abc", true);
        check("abc", "abcd", false);
        check("*", "", true);
    }
}
