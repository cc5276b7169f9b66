//! Entries of tables, checked and with names as numbers.

use regex::Regex;

use super::index::words;
use super::{Callee, OneOrMany, SetAttribute};
use crate::Language;
use crate::flow::names::{Names, Sym};
use crate::ir::Const;

/// Kinds of sinks, by bit.
pub(crate) type Kinds = u128;

/// An argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// By position.
    At(u16),
    /// From this position on.
    From(u16),
    /// By name.
    Named(Sym),
    /// The receiver.
    This,
    /// What comes back.
    Return,
    /// Any argument.
    Any,
    /// The last.
    Last,
    /// What stands for any number of arguments.
    Spread,
}

/// What comes back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Returns {
    /// The receiver.
    This,
    /// A value of a type.
    Type(Sym),
}

/// What a call does to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    ListAdd,
    ListGet,
    ListRemove,
    ListClear,
    MapPut,
    SectionPut,
    SectionGet,
    MapGet,
    TextAppend,
    TextToString,
    Iterate,
    ListOf,
    Blank,
    MapOf,
    CopyOf,
    ListPush,
    ListShift,
    ListUnshift,
    ListSlice,
    Appended,
}

/// How a call is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    Concat,
    Length,
    CharAt,
    Substring,
    Lower,
    Upper,
    Trim,
    Equals,
    EqualsIgnoreCase,
    StartsWith,
    EndsWith,
    Contains,
    IndexOf,
    Replace,
    ToInt,
    ToText,
    ToBool,
    IsEmpty,
    Identity,
    Min,
    Max,
    Abs,
}

/// Where harm is done.
#[derive(Debug)]
pub(crate) struct SinkEntry {
    /// Bit of the kind.
    pub(crate) kind: u8,
    pub(crate) args: Vec<Slot>,
    pub(crate) attribute: Option<Sym>,
    pub(crate) when: Vec<Condition>,
}

/// A guard.
#[derive(Debug)]
pub(crate) struct GuardEntry {
    pub(crate) arg: Slot,
    pub(crate) clean: Kinds,
    pub(crate) when_false: bool,
    pub(crate) when_equal: bool,
    pub(crate) when: Vec<Condition>,
}

/// An attribute that is set.
#[derive(Debug)]
pub(crate) struct SetEntry {
    pub(crate) of: Slot,
    pub(crate) attribute: Sym,
    pub(crate) from: Option<Slot>,
    pub(crate) value: Option<Const>,
    pub(crate) when: Vec<Condition>,
}

/// A parameter of a callback.
#[derive(Debug)]
pub(crate) struct ParamEntry {
    pub(crate) ty: Option<Sym>,
    pub(crate) source: Option<u8>,
    pub(crate) from: Option<Slot>,
}

/// A call.
#[derive(Debug)]
pub(crate) struct CallEntry {
    pub(crate) arity: Option<u16>,
    pub(crate) when: Vec<Condition>,
    pub(crate) returns: Option<Returns>,
    pub(crate) attributes_from: Option<Slot>,
    pub(crate) source: Option<u8>,
    pub(crate) taints: Vec<(Vec<Slot>, u8)>,
    pub(crate) sinks: Vec<SinkEntry>,
    pub(crate) flow: Option<Vec<(Slot, Slot)>>,
    pub(crate) clean: Kinds,
    pub(crate) guard: Option<GuardEntry>,
    pub(crate) proof: Option<GuardEntry>,
    pub(crate) sets: Vec<SetEntry>,
    pub(crate) callbacks: Vec<(Slot, Vec<ParamEntry>)>,
    pub(crate) container: Option<Container>,
    pub(crate) ends: bool,
    pub(crate) fold: Option<Fold>,
    pub(crate) builds: bool,
}

/// A field.
#[derive(Debug)]
pub(crate) struct FieldEntry {
    pub(crate) source: Option<u8>,
    pub(crate) ty: Option<Sym>,
    pub(crate) sinks: Vec<u8>,
    pub(crate) value: Option<Const>,
    /// What its object is safe for once it equals something trusted.
    pub(crate) guard: Kinds,
    /// What is kept in it is safe for these.
    pub(crate) clean: Kinds,
}

/// A function that others call.
#[derive(Debug)]
pub(crate) struct EntryPoint {
    pub(crate) annotations: Vec<String>,
    pub(crate) imports: Vec<String>,
    pub(crate) given: Vec<String>,
    pub(crate) class_annotations: Vec<String>,
    pub(crate) param_annotations: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) on: Vec<String>,
    pub(crate) functions: Vec<String>,
    pub(crate) params: Option<Vec<Slot>>,
    pub(crate) source: Option<u8>,
    pub(crate) ty: Option<Sym>,
    /// Kinds of sinks, and the set of sources that count.
    pub(crate) returns_sinks: Vec<(u8, u64)>,
}

/// What must hold of an argument.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) arg: Option<Slot>,
    pub(crate) attribute: Option<Sym>,
    pub(crate) tests: Vec<Test>,
    pub(crate) not: bool,
}

/// One test of a condition.
#[derive(Debug)]
pub(crate) enum Test {
    OneOf(Vec<Const>),
    NoneOf(Vec<Const>),
    Matches(Regex),
    NotMatches(Regex),
    Below(i64),
    Above(i64),
    /// Not given; or given, where false.
    Absent(bool),
    Constant,
    /// Sources by bit.
    Tainted(u64),
    /// Any untrusted source.
    Untrusted,
    Type(Sym),
    Built,
    StrictPattern,
    Rooted,
    Unknown,
}

/// Gathers kinds while entries are compiled.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    pub(super) kinds: Vec<Sym>,
    pub(super) sources: Vec<Sym>,
    pub(super) untrusted: u64,
}

/// What [`super::Call::source`] says is untrusted.
pub const UNTRUSTED: [&str; 8] = [
    "request",
    "network",
    "argv",
    "environment",
    "file",
    "stdin",
    "database",
    "message",
];

type Checked<T> = Result<T, String>;

impl Compiler {
    /// Sets what rests on all entries.
    pub(super) fn finish(&mut self, names: &mut Names, _: Language) {
        for (at, source) in self.sources.iter().enumerate() {
            if UNTRUSTED.contains(&&**names.text(*source)) {
                self.untrusted |= 1 << at;
            }
        }
    }

    fn kind(&mut self, kind: &str, names: &mut Names) -> Checked<u8> {
        numbered(&mut self.kinds, names.of(kind), 128)
            .ok_or_else(|| "more than 128 kinds of sinks".to_owned())
    }

    fn source(&mut self, source: &str, names: &mut Names) -> Checked<u8> {
        numbered(&mut self.sources, names.of(source), 64)
            .ok_or_else(|| "more than 64 kinds of sources".to_owned())
    }

    /// Which kinds of sinks the answers of an entry are, and for values from which sources.
    fn returned(&mut self, entry: &super::Entry, names: &mut Names) -> Checked<Vec<(u8, u64)>> {
        let mut from = 0;
        for source in &entry.returns_from {
            from |= 1 << self.source(source, names)?;
        }
        let from = if from == 0 { u64::MAX } else { from };
        let kinds = entry.returns_sink.iter();
        kinds
            .map(|kind| Ok((self.kind(kind, names)?, from)))
            .collect()
    }

    fn optional_source(
        &mut self,
        source: Option<&String>,
        names: &mut Names,
    ) -> Checked<Option<u8>> {
        source.map(|source| self.source(source, names)).transpose()
    }

    fn clean(&mut self, kinds: &[String], names: &mut Names) -> Checked<Kinds> {
        let mut cleaned = 0;
        for kind in kinds {
            if kind == "*" {
                return Ok(Kinds::MAX);
            }
            cleaned |= 1 << self.kind(kind, names)?;
        }
        Ok(cleaned)
    }

    pub(super) fn call(&mut self, call: &super::Call, names: &mut Names) -> Checked<CallEntry> {
        let mut taints = Vec::new();
        for taint in &call.taints {
            taints.push((
                slots(&taint.args, names)?,
                self.source(&taint.source, names)?,
            ));
        }
        let mut sinks = Vec::new();
        for sink in &call.sink {
            sinks.push(SinkEntry {
                kind: self.kind(&sink.kind, names)?,
                args: slots(&sink.args, names)?,
                attribute: sink.attribute.as_ref().map(|name| names.of(name)),
                when: self.conditions(&sink.when, names)?,
            });
        }
        let flow = match &call.flow {
            None => None,
            Some(arrows) => Some(
                arrows
                    .iter()
                    .map(|arrow| flow_arrow(arrow, names))
                    .collect::<Checked<Vec<_>>>()?,
            ),
        };
        let mut sets = Vec::new();
        for set in &call.set {
            sets.push(self.set(set, names)?);
        }
        let mut callbacks = Vec::new();
        for callback in &call.callback {
            callbacks.push(self.callback(callback, names)?);
        }
        Ok(CallEntry {
            arity: call.callee.arity,
            when: self.conditions(&call.when, names)?,
            returns: call.returns.as_ref().map(|ty| match ty.as_str() {
                "this" => Returns::This,
                ty => Returns::Type(names.of(ty)),
            }),
            attributes_from: optional_slot(call.attributes_from.as_ref(), names)?,
            source: self.optional_source(call.source.as_ref(), names)?,
            taints,
            sinks,
            flow,
            clean: self.clean(&call.clean, names)?,
            guard: self.guard(call.guard.as_ref(), names)?,
            proof: self.guard(call.proof.as_ref(), names)?,
            sets,
            callbacks,
            container: call.container.as_deref().map(container).transpose()?,
            ends: call.ends,
            fold: call.fold.as_deref().map(fold).transpose()?,
            builds: call.builds,
        })
    }

    fn guard(
        &mut self,
        guard: Option<&super::Guard>,
        names: &mut Names,
    ) -> Checked<Option<GuardEntry>> {
        let Some(guard) = guard else {
            return Ok(None);
        };
        Ok(Some(GuardEntry {
            arg: slot(&guard.arg, names)?,
            clean: self.clean(&guard.clean, names)?,
            when_false: guard.when_false,
            when_equal: guard.when_equal,
            when: self.conditions(&guard.when, names)?,
        }))
    }

    fn set(&mut self, set: &SetAttribute, names: &mut Names) -> Checked<SetEntry> {
        if set.from.is_none() == set.value.is_none() {
            return Err("`set` takes one of `from` and `value`".to_owned());
        }
        Ok(SetEntry {
            of: optional_slot(set.of.as_ref(), names)?.unwrap_or(Slot::This),
            attribute: names.of(&set.attribute),
            from: optional_slot(set.from.as_ref(), names)?,
            value: set.value.as_ref().map(constant).transpose()?,
            when: self.conditions(&set.when, names)?,
        })
    }

    fn callback(
        &mut self,
        callback: &super::Callback,
        names: &mut Names,
    ) -> Checked<(Slot, Vec<ParamEntry>)> {
        let mut params = Vec::new();
        for param in &callback.params {
            params.push(ParamEntry {
                ty: param.ty.as_ref().map(|ty| names.of(ty)),
                source: self.optional_source(param.source.as_ref(), names)?,
                from: optional_slot(param.from.as_ref(), names)?,
            });
        }
        Ok((slot(&callback.arg, names)?, params))
    }

    pub(super) fn field(&mut self, field: &super::Field, names: &mut Names) -> Checked<FieldEntry> {
        let mut sinks = Vec::new();
        for kind in &field.sink {
            sinks.push(self.kind(kind, names)?);
        }
        Ok(FieldEntry {
            source: self.optional_source(field.source.as_ref(), names)?,
            ty: field.ty.as_ref().map(|ty| names.of(ty)),
            sinks,
            value: field.value.as_ref().map(constant).transpose()?,
            guard: self.clean(&field.guard, names)?,
            clean: self.clean(&field.clean, names)?,
        })
    }

    pub(super) fn entry(&mut self, entry: &super::Entry, names: &mut Names) -> Checked<EntryPoint> {
        let own = |list: &Option<OneOrMany>| -> Vec<String> {
            words(list.as_ref())
                .into_iter()
                .map(str::to_owned)
                .collect()
        };
        let point = EntryPoint {
            annotations: own(&entry.annotation),
            imports: own(&entry.imports),
            given: own(&entry.given),
            class_annotations: own(&entry.class_annotation),
            param_annotations: own(&entry.param_annotation),
            methods: own(&entry.method),
            on: own(&entry.on),
            functions: own(&entry.function),
            params: match &entry.params {
                None => None,
                Some(params) => Some(slots(params, names)?),
            },
            source: self.optional_source(entry.source.as_ref(), names)?,
            ty: entry.ty.as_ref().map(|ty| names.of(ty)),
            returns_sinks: self.returned(entry, names)?,
        };
        let forms = [
            &point.annotations,
            &point.param_annotations,
            &point.methods,
            &point.functions,
        ];
        let count = forms.iter().filter(|form| !form.is_empty()).count();
        if count != 1 || point.methods.is_empty() != point.on.is_empty() {
            return Err("names no function, or names it twice".to_owned());
        }
        Ok(point)
    }

    pub(super) fn conditions(
        &mut self,
        conditions: &[super::Condition],
        names: &mut Names,
    ) -> Checked<Vec<Condition>> {
        conditions
            .iter()
            .map(|condition| self.condition(condition, names))
            .collect()
    }

    fn condition(&mut self, condition: &super::Condition, names: &mut Names) -> Checked<Condition> {
        let mut tests = Vec::new();
        let equal = condition.equals.iter().chain(&condition.one_of);
        let equal = equal.map(constant).collect::<Checked<Vec<_>>>()?;
        if !equal.is_empty() {
            tests.push(Test::OneOf(equal));
        }
        if !condition.none_of.is_empty() {
            let others = condition.none_of.iter().map(constant);
            tests.push(Test::NoneOf(others.collect::<Checked<Vec<_>>>()?));
        }
        let pattern =
            |text: &String| Regex::new(text).map_err(|_| format!("`{text}` is no pattern"));
        if let Some(text) = &condition.matches {
            tests.push(Test::Matches(pattern(text)?));
        }
        if let Some(text) = &condition.not_matches {
            tests.push(Test::NotMatches(pattern(text)?));
        }
        tests.extend(condition.below.map(Test::Below));
        tests.extend(condition.above.map(Test::Above));
        match condition.tainted.as_deref() {
            None => {}
            Some("untrusted") => tests.push(Test::Untrusted),
            Some(source) => tests.push(Test::Tainted(1 << self.source(source, names)?)),
        }
        tests.extend(condition.ty.as_ref().map(|ty| Test::Type(names.of(ty))));
        tests.extend(condition.absent.map(Test::Absent));
        let flags = [
            (condition.constant, Test::Constant),
            (condition.built, Test::Built),
            (condition.strict_pattern, Test::StrictPattern),
            (condition.rooted, Test::Rooted),
            (condition.unknown, Test::Unknown),
        ];
        tests.extend(
            flags
                .into_iter()
                .filter(|(set, _)| *set)
                .map(|(_, test)| test),
        );
        if tests.is_empty() {
            return Err("a condition asks nothing".to_owned());
        }
        Ok(Condition {
            arg: optional_slot(condition.arg.as_ref(), names)?,
            attribute: condition.attribute.as_ref().map(|name| names.of(name)),
            tests,
            not: condition.not,
        })
    }
}

fn numbered(list: &mut Vec<Sym>, word: Sym, most: usize) -> Option<u8> {
    let at = list.iter().position(|known| *known == word).or_else(|| {
        (list.len() < most).then(|| {
            list.push(word);
            list.len() - 1
        })
    })?;
    u8::try_from(at).ok()
}

fn slots(slots: &[super::Slot], names: &mut Names) -> Checked<Vec<Slot>> {
    slots.iter().map(|one| slot(one, names)).collect()
}

fn optional_slot(one: Option<&super::Slot>, names: &mut Names) -> Checked<Option<Slot>> {
    one.map(|one| slot(one, names)).transpose()
}

fn slot(slot: &super::Slot, names: &mut Names) -> Checked<Slot> {
    match slot {
        super::Slot::Position(at) => Ok(Slot::At(*at)),
        super::Slot::Word(word) => slot_word(word, names),
    }
}

fn slot_word(word: &str, names: &mut Names) -> Checked<Slot> {
    Ok(match word {
        "this" => Slot::This,
        "return" => Slot::Return,
        "*" => Slot::Any,
        "last" => Slot::Last,
        "**" => Slot::Spread,
        _ => {
            if let Ok(at) = word.parse() {
                return Ok(Slot::At(at));
            }
            if let Some(from) = word.strip_suffix("..") {
                let from = from
                    .parse()
                    .map_err(|_| format!("`{word}` is no argument"))?;
                return Ok(Slot::From(from));
            }
            let is_name = word
                .chars()
                .all(|mark| mark.is_alphanumeric() || mark == '_');
            if word.is_empty() || !is_name {
                return Err(format!("`{word}` is no argument"));
            }
            Slot::Named(names.of(word))
        }
    })
}

fn flow_arrow(arrow: &str, names: &mut Names) -> Checked<(Slot, Slot)> {
    let (from, to) = arrow
        .split_once("->")
        .ok_or_else(|| format!("`{arrow}` is no flow"))?;
    Ok((slot_word(from.trim(), names)?, slot_word(to.trim(), names)?))
}

fn container(word: &str) -> Checked<Container> {
    Ok(match word {
        "list_add" => Container::ListAdd,
        "list_get" => Container::ListGet,
        "list_remove" => Container::ListRemove,
        "list_clear" => Container::ListClear,
        "map_put" => Container::MapPut,
        "section_put" => Container::SectionPut,
        "section_get" => Container::SectionGet,
        "map_get" => Container::MapGet,
        "text_append" => Container::TextAppend,
        "text_to_string" => Container::TextToString,
        "iterate" => Container::Iterate,
        "list_of" => Container::ListOf,
        "blank" => Container::Blank,
        "map_of" => Container::MapOf,
        "copy_of" => Container::CopyOf,
        "list_push" => Container::ListPush,
        "list_shift" => Container::ListShift,
        "list_unshift" => Container::ListUnshift,
        "list_slice" => Container::ListSlice,
        "appended" => Container::Appended,
        _ => return Err(format!("container has no `{word}`")),
    })
}

fn fold(word: &str) -> Checked<Fold> {
    Ok(match word {
        "concat" => Fold::Concat,
        "length" => Fold::Length,
        "char_at" => Fold::CharAt,
        "substring" => Fold::Substring,
        "lower" => Fold::Lower,
        "upper" => Fold::Upper,
        "trim" => Fold::Trim,
        "equals" => Fold::Equals,
        "equals_ignore_case" => Fold::EqualsIgnoreCase,
        "starts_with" => Fold::StartsWith,
        "ends_with" => Fold::EndsWith,
        "contains" => Fold::Contains,
        "index_of" => Fold::IndexOf,
        "replace" => Fold::Replace,
        "to_int" => Fold::ToInt,
        "to_text" => Fold::ToText,
        "to_bool" => Fold::ToBool,
        "is_empty" => Fold::IsEmpty,
        "identity" => Fold::Identity,
        "min" => Fold::Min,
        "max" => Fold::Max,
        "abs" => Fold::Abs,
        _ => return Err(format!("fold has no `{word}`")),
    })
}

fn constant(value: &toml::Value) -> Checked<Const> {
    Ok(match value {
        toml::Value::String(text) => Const::Str(text.as_str().into()),
        toml::Value::Integer(number) => Const::Int(*number),
        toml::Value::Float(number) => Const::Float(*number),
        toml::Value::Boolean(truth) => Const::Bool(*truth),
        other => return Err(format!("`{other}` is no constant")),
    })
}

/// What an entry is about, for messages.
pub(super) fn callee_word(callee: &Callee) -> String {
    let listed = [&callee.path, &callee.new, &callee.name];
    let first = listed.into_iter().find_map(Option::as_ref);
    words(first).join(", ")
}
