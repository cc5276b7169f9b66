//! Sources, sinks, sanitizers and propagators, as data: one TOML file per library in
//! `tables/LANGUAGE/`.
//!
//! How a call is named: by full path when its beginning is an imported name or a known global
//! (`os.system`, `child_process.exec`, `net/http.Get`, `std::process::Command::new`), or by the
//! receiver's type and the method (`on` + `name`) when the receiver's type is declared or known from
//! `returns`. A name may hold `*` for any text.
//!
//! Arguments are written `0`, `1`, … (positional, without the receiver), `"name"` (given by
//! name), `"this"` (the receiver), `"return"` (what comes back), `"*"` (any argument),
//! `"1.."` (from the second on), `"last"`, `"**"` (one that stands for several: `*xs`, `**names`).
//!
//! Setting an element (`a[k] = v`) is a call of the method `[]=` with key and value, for sinks; `a in b` is one of `in` of `b`,
//! for guards.
//!
//! How an entry meets a call. `on` + `name` also meets receivers whose type extends `on`, by the
//! `[[type]]` entries or by a class of the tree. Several entries may meet one call: all of them
//! count. A class of the tree that writes the method itself is followed instead. `new` also meets a
//! call of the class (`Popen(…)`). An unresolved name is its own path (`eval`, `process.env`, `strcpy`).
//!
//! Everything is checked when tables are loaded ([`Tables::parse`]): keys that are not known, words
//! that are misspelt and entries that name no call are errors that say the file and the entry.

mod compile;
mod index;
mod load;

pub use compile::UNTRUSTED;
pub(crate) use compile::{
    CallEntry, Condition as CompiledCondition, Container, EntryPoint, Fold, GuardEntry, Kinds,
    ParamEntry, Returns, Slot as CompiledSlot, Test,
};
pub(crate) use index::{LanguageTables, wild};
pub use load::{TableError, Tables};

use serde::Deserialize;

/// One file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The library, for people.
    pub library: String,
    /// Types and what they extend.
    #[serde(default, rename = "type")]
    pub types: Vec<Type>,
    /// Functions and methods.
    #[serde(default, rename = "call")]
    pub calls: Vec<Call>,
    /// Fields, properties and globals that hold untrusted values or matter otherwise.
    #[serde(default, rename = "field")]
    pub fields: Vec<Field>,
    /// Functions that others call with untrusted values.
    #[serde(default, rename = "entry")]
    pub entries: Vec<Entry>,
    /// Calls that are wrong by how they are made.
    #[serde(default, rename = "check")]
    pub checks: Vec<Check>,
}

/// A type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// Full path.
    pub name: String,
    /// Full paths of what it is as well.
    #[serde(default)]
    pub extends: Vec<String>,
    /// Values of it cannot carry an injection: numbers, truth values, dates, identifiers.
    #[serde(default)]
    pub is_harmless: bool,
}

/// One or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// An argument: position, or one of the words of the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Slot {
    /// Positional, from 0.
    Position(u16),
    /// `"this"`, `"return"`, `"*"`, `"1.."`, or an argument's name.
    Word(String),
}

/// Which calls an entry is about. Exactly one of `path`, `on` + `name`, `new`, or `name` alone
/// (any receiver: only for names no one else uses).
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Callee {
    /// Full paths of functions or static methods.
    #[serde(default)]
    pub path: Option<OneOrMany>,
    /// Full path of the receiver's type.
    #[serde(default)]
    pub on: Option<OneOrMany>,
    /// Methods.
    #[serde(default)]
    pub name: Option<OneOrMany>,
    /// Full paths of classes an object is made of.
    #[serde(default)]
    pub new: Option<OneOrMany>,
    /// Only calls with this many arguments.
    #[serde(default)]
    pub arity: Option<u16>,
}

/// A function or method.
#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    /// Which.
    #[serde(flatten)]
    pub callee: Callee,
    /// Only calls where these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Full path of the type of what comes back; `"this"` for the receiver itself (fluent builders).
    #[serde(default)]
    pub returns: Option<String>,
    /// What comes back is a new object that has the attributes of this argument so far (a parser
    /// of its factory).
    #[serde(default)]
    pub attributes_from: Option<Slot>,
    /// What comes back is untrusted, and from where: `request`, `network`, `argv`, `environment`,
    /// `file`, `stdin`, `database`, `message` are untrusted; `weak_random`, `secret`, `time` and
    /// any other word only count where a rule names them.
    #[serde(default)]
    pub source: Option<String>,
    /// Arguments that become untrusted (`recv(fd, buffer)`), by the same words as `source`.
    #[serde(default)]
    pub taints: Vec<Taint>,
    /// Where an untrusted value does harm.
    #[serde(default)]
    pub sink: Vec<Sink>,
    /// How values go through: `"0 -> return"`, `"0 -> this"`, `"this -> return"`, `"1 -> 0"`,
    /// `"* -> return"`. Where a call is not listed, or `flow` is absent and the call is listed for
    /// something else, everything goes to what comes back; `flow = []` lets nothing through.
    #[serde(default)]
    pub flow: Option<Vec<String>>,
    /// Sinks (kinds) what comes back is safe for; `"*"` for all.
    #[serde(default)]
    pub clean: Vec<String>,
    /// Sinks the argument is safe for where the call says yes (used as a condition).
    #[serde(default)]
    pub guard: Option<Guard>,
    /// Sinks the argument is safe for once the call came back, since it fails otherwise
    /// (`Integer.parseInt(x)`).
    #[serde(default)]
    pub proof: Option<Guard>,
    /// Attributes this call sets on an object: `{ attribute = "secure", from = 0 }`.
    #[serde(default)]
    pub set: Vec<SetAttribute>,
    /// Arguments that are functions called with untrusted or typed values.
    #[serde(default)]
    pub callback: Vec<Callback>,
    /// What it does to containers: `list_add`, `list_get`, `list_remove`, `list_clear`, `map_put`,
    /// `map_get`, `text_append`, `text_to_string`, `iterate`; keeps elements apart by constant key.
    /// `section_put` and `section_get` have two keys, of a section and of a name in it.
    /// JavaScript's lists: `list_push`, `list_shift`, `list_unshift`.
    /// What comes back is a new one: `list_of` and `map_of` its arguments, `copy_of` the first,
    /// `blank` a row of zeros,
    /// `list_slice` a part of the receiver, `appended` the first argument and the others behind it.
    #[serde(default)]
    pub container: Option<String>,
    /// Never comes back: `exit`, `abort`, `panic`.
    #[serde(default)]
    pub ends: bool,
    /// How to compute it where all it needs is constant; the receiver is the first operand of a
    /// method. One of `concat`, `length`, `char_at`, `substring`, `lower`, `upper`, `trim`,
    /// `equals`, `equals_ignore_case`, `starts_with`, `ends_with`, `contains`, `index_of`,
    /// `replace`, `to_int`, `to_text`, `to_bool`, `is_empty`, `identity`, `min`, `max`, `abs`.
    #[serde(default)]
    pub fold: Option<String>,
    /// What comes back is text joined from its arguments, which [`Condition::built`] asks for.
    #[serde(default)]
    pub builds: bool,
}

/// Arguments a call makes untrusted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taint {
    /// Which.
    pub args: Vec<Slot>,
    /// From where.
    pub source: String,
}

/// Where an untrusted value does harm.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// What kind: `sql`, `command`, `path`, `html`, `url`, `redirect`, `code`, `ldap`, `xpath`,
    /// `deserialize`, `template`, `log`, `header`, `regex`, `format`, `trust_boundary`, …
    /// A rule says what a kind is called in each language.
    pub kind: String,
    /// Which arguments.
    pub args: Vec<Slot>,
    /// Only this attribute of the argument (`url` of an object of options).
    #[serde(default)]
    pub attribute: Option<String>,
    /// Only where these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// A check made by calling something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// What is checked.
    pub arg: Slot,
    /// Sinks it is then safe for; `"*"` for all.
    pub clean: Vec<String>,
    /// The answer that makes it safe is no (`contains("..")`).
    #[serde(default)]
    pub when_false: bool,
    /// What makes it safe is that the answer equals something trusted (`url.Hostname() == "a"`);
    /// `when` may ask for that as `return`.
    #[serde(default)]
    pub when_equal: bool,
    /// Only where these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// An attribute a call sets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAttribute {
    /// On what; the receiver when absent.
    #[serde(default)]
    pub of: Option<Slot>,
    /// Its name. Fields set by assignment, named arguments of a constructor and keys of an object
    /// literal are attributes too.
    pub attribute: String,
    /// To the value of this argument…
    #[serde(default)]
    pub from: Option<Slot>,
    /// … or to this.
    #[serde(default)]
    pub value: Option<toml::Value>,
    /// Only where these hold.
    #[serde(default)]
    pub when: Vec<Condition>,
}

/// A function handed over, and what it is called with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// Which argument it is; `"last"` for the last, `"*"` for any that is a function.
    pub arg: Slot,
    /// Its parameters, in order.
    pub params: Vec<CallbackParam>,
}

/// A parameter of a function handed over.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallbackParam {
    /// Full path of its type.
    #[serde(default, rename = "type")]
    pub ty: Option<String>,
    /// It is untrusted, by the words of [`Call::source`].
    #[serde(default)]
    pub source: Option<String>,
    /// It is (part of) this argument of the call: `this` of `Optional.map`.
    #[serde(default)]
    pub from: Option<Slot>,
}

/// A field, property or global.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Full paths of globals: `sys.argv`, `process.env`.
    #[serde(default)]
    pub path: Option<OneOrMany>,
    /// Full path of the type it belongs to.
    #[serde(default)]
    pub on: Option<OneOrMany>,
    /// Its names.
    #[serde(default)]
    pub name: Option<OneOrMany>,
    /// It is untrusted, by the words of [`Call::source`].
    #[serde(default)]
    pub source: Option<String>,
    /// Full path of its type.
    #[serde(default, rename = "type")]
    pub ty: Option<String>,
    /// Assigning to it does harm: kinds of [`Sink`] (`innerHTML` is `html`).
    #[serde(default)]
    pub sink: Vec<String>,
    /// The constant it is; of globals.
    #[serde(default)]
    pub value: Option<toml::Value>,
    /// Once it equals something trusted, its object is safe for these sinks (`url.hostname`).
    #[serde(default)]
    pub guard: Vec<String>,
    /// What an object's literal keeps in it is safe for these sinks (`$eq` of a query).
    #[serde(default)]
    pub clean: Vec<String>,
}

/// Functions that others call with untrusted values. Exactly one of `annotation`, `method` + `on`,
/// `function`, `param_annotation`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Functions with this annotation or decorator (full path or `*.route`).
    #[serde(default)]
    pub annotation: Option<OneOrMany>,
    /// Only in files that bring in something of these paths (`flask*`).
    #[serde(default)]
    pub imports: Option<OneOrMany>,
    /// With `annotation`: only where one of its arguments is a name or text that ends with one of
    /// these (`response_class=HTMLResponse`).
    #[serde(default)]
    pub given: Option<OneOrMany>,
    /// With `annotation`: only methods of classes with one of these.
    #[serde(default)]
    pub class_annotation: Option<OneOrMany>,
    /// Parameters with this annotation.
    #[serde(default)]
    pub param_annotation: Option<OneOrMany>,
    /// Methods of these names…
    #[serde(default)]
    pub method: Option<OneOrMany>,
    /// … in classes that extend one of these.
    #[serde(default)]
    pub on: Option<OneOrMany>,
    /// Free functions of these names: `main`.
    #[serde(default)]
    pub function: Option<OneOrMany>,
    /// Which parameters; all when absent.
    #[serde(default)]
    pub params: Option<Vec<Slot>>,
    /// Where they come from, by the words of [`Call::source`].
    #[serde(default)]
    pub source: Option<String>,
    /// Full path of their type.
    #[serde(default, rename = "type")]
    pub ty: Option<String>,
    /// What the function returns is a sink of these kinds (`html` of a view function).
    #[serde(default)]
    pub returns_sink: Vec<String>,
    /// Of what it returns only values from these sources count; all untrusted ones without it.
    #[serde(default)]
    pub returns_from: Vec<String>,
}

/// A call that is wrong by how it is made, whatever flows: weak algorithms, missing flags.
#[derive(Debug, Clone, Deserialize)]
pub struct Check {
    /// Slug of the rule it is reported by (`weak-hash`), in the table's language.
    pub rule: String,
    /// Which calls.
    #[serde(flatten)]
    pub callee: Callee,
    /// All must hold; none reports every such call.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// One of these must hold too, where there are any.
    #[serde(default)]
    pub any: Vec<Condition>,
}

/// What must hold of an argument. A value that is not known by constant folding satisfies none
/// but `absent`, `tainted` and `unknown`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // each is a word of the table's language
pub struct Condition {
    /// Of which argument; with `attribute` alone the receiver's, or that of what is made…
    #[serde(default)]
    pub arg: Option<Slot>,
    /// … or attribute of it.
    #[serde(default)]
    pub attribute: Option<String>,
    /// It is this constant.
    #[serde(default)]
    pub equals: Option<toml::Value>,
    /// It is one of these constants.
    #[serde(default)]
    pub one_of: Vec<toml::Value>,
    /// It is another constant than these.
    #[serde(default)]
    pub none_of: Vec<toml::Value>,
    /// It is text that matches this regular expression, anywhere in it.
    #[serde(default)]
    pub matches: Option<String>,
    /// It is text that does not match this regular expression.
    #[serde(default)]
    pub not_matches: Option<String>,
    /// It is a number below this.
    #[serde(default)]
    pub below: Option<i64>,
    /// It is a number above this.
    #[serde(default)]
    pub above: Option<i64>,
    /// It was not given, or the attribute was never set; `false` for the contrary.
    #[serde(default)]
    pub absent: Option<bool>,
    /// It is any constant (a key, an initialisation vector, a seed).
    #[serde(default)]
    pub constant: bool,
    /// It comes from one of these sources; `untrusted` for all untrusted ones.
    #[serde(default)]
    pub tainted: Option<String>,
    /// Its type is this one or extends it (full path).
    #[serde(default, rename = "type")]
    pub ty: Option<String>,
    /// Text was joined or formatted to make it (SQL by concatenation).
    #[serde(default)]
    pub built: bool,
    /// It is text that is a regular expression which, as a whole, lets only letters, digits and
    /// marks through that no language gives a meaning (`^[a-z0-9_-]+$`).
    #[serde(default)]
    pub strict_pattern: bool,
    /// It is text that begins with `/`.
    #[serde(default)]
    pub rooted: bool,
    /// Nothing is known of it.
    #[serde(default)]
    pub unknown: bool,
    /// Turns the condition round; an unknown value still does not satisfy it.
    #[serde(default)]
    pub not: bool,
}
