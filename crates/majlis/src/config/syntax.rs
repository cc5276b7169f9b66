//! The file as written: every key is a known one, no value is a key for a provider.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::registry::{Place, names};
use crate::exit::Exit;
use crate::failure::Failure;

/// Names under which people write a key into the file.
const KEY_NAMES: &[&str] = &[
    "key",
    "api_key",
    "apikey",
    "api-key",
    "token",
    "secret",
    "password",
    "authorization",
];

/// How keys of known providers begin.
const KEY_STARTS: &[&str] = &[
    "sk-",
    "AIza",
    "ghp_",
    "gho_",
    "github_pat_",
    "xai-",
    "hf_",
    "gsk_",
];

/// Texts shorter than this are no keys.
const MIN_KEY_LENGTH: usize = 16;

/// Below this likeness (Jaro-Winkler) a name is no typing error of another.
const MIN_LIKENESS: f64 = 0.75;

/// Something wrong at a place of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where, in bytes of the file; `None` when it cannot be told.
    pub(crate) span: Option<Range<usize>>,
    /// What; holds no value that could be a key.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) hint: Option<String>,
}

impl Problem {
    pub(crate) fn at(
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            span: Some(span),
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// What the parser or the types refuse.
    pub(crate) fn from_toml(error: &toml::de::Error) -> Self {
        Self {
            span: error.span(),
            message: in_words(error.message()),
            hint: None,
        }
    }

    /// The failure of the whole program.
    pub(crate) fn in_file(self, path: &Path, text: &str) -> Failure {
        let place = match self.span {
            Some(span) => {
                let (line, column) = line_and_column(text, span.start);
                format!("{}:{line}:{column}", path.display())
            }
            None => path.display().to_string(),
        };
        let hint = self
            .hint
            .unwrap_or_else(|| "`majlis config reference` explains every key".to_owned());
        Failure::new(Exit::CONFIG, format!("{place}: {}", self.message)).with_hint(hint)
    }
}

/// The parser's message in one line and without the names of Rust's types.
fn in_words(message: &str) -> String {
    let line = message.lines().collect::<Vec<_>>().join(", ");
    [
        ("u16", "a whole number"),
        ("u64", "a whole number"),
        ("a sequence", "a list"),
        ("a map", "a table"),
    ]
    .iter()
    .fold(line, |line, (name, words)| {
        line.replace(&format!("expected {name}"), &format!("expected {words}"))
    })
}

/// Line and column from 1, the column in characters.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// Refuses what is no TOML, a key nobody knows, and a secret.
pub(crate) fn check(text: &str) -> Result<(), Problem> {
    let top = DeTable::parse(text).map_err(|error| Problem::from_toml(&error))?;
    let known = names(Place::Top);
    for (name, value) in in_order(top.get_ref()) {
        check_name(name, known.as_deref(), "at the top of the file")?;
        check_section(name.get_ref(), value)?;
    }
    Ok(())
}

fn check_section(section: &str, value: &Spanned<DeValue<'_>>) -> Result<(), Problem> {
    let DeValue::Table(table) = value.get_ref() else {
        return check_value(value);
    };
    let known = names(Place::Section(section));
    for (name, value) in in_order(table) {
        check_name(name, known.as_deref(), &format!("in [{section}]"))?;
        match (&known, value.get_ref()) {
            (None, DeValue::Table(inner)) => {
                check_named(
                    &format!("in [{section}.{}]", name.get_ref()),
                    section,
                    inner,
                )?;
            }
            _ => check_value(value)?,
        }
    }
    Ok(())
}

fn check_named(place: &str, section: &str, table: &DeTable<'_>) -> Result<(), Problem> {
    let known = names(Place::Named(section));
    for (name, value) in in_order(table) {
        check_name(name, known.as_deref(), place)?;
        check_value(value)?;
    }
    Ok(())
}

/// A table in the order of the file, so that the first problem is the first a person meets.
fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(
    &'t Spanned<std::borrow::Cow<'i, str>>,
    &'t Spanned<DeValue<'i>>,
)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

fn check_name(
    name: &Spanned<std::borrow::Cow<'_, str>>,
    known: Option<&[&str]>,
    place: &str,
) -> Result<(), Problem> {
    let text = name.get_ref().as_ref();
    let Some(known) = known else { return Ok(()) };
    if known.contains(&text) {
        return Ok(());
    }
    if KEY_NAMES.contains(&text.to_lowercase().as_str()) {
        return Err(literal_key(name.span(), &format!("`{text}` {place}")));
    }
    let hint = nearest(text, known).map_or_else(
        || format!("known there: {}", known.join(", ")),
        |near| format!("did you mean `{near}`? Known there: {}", known.join(", ")),
    );
    Err(Problem::at(
        name.span(),
        format!("unknown key `{text}` {place}"),
        hint,
    ))
}

fn check_value(value: &Spanned<DeValue<'_>>) -> Result<(), Problem> {
    match value.get_ref() {
        DeValue::String(text) if looks_like_key(text) => {
            Err(literal_key(value.span(), "the value"))
        }
        DeValue::Array(items) => items.iter().try_for_each(check_value),
        DeValue::Table(table) => table.values().try_for_each(check_value),
        _ => Ok(()),
    }
}

fn looks_like_key(text: &str) -> bool {
    text.len() >= MIN_KEY_LENGTH && KEY_STARTS.iter().any(|start| text.starts_with(start))
}

fn literal_key(span: Range<usize>, what: &str) -> Problem {
    let message = format!("{what} holds a key; this file must not");
    let hint = "put the key into an environment variable and name it here: key_env = \"NAME\". \
                A key that stood in a file should be replaced by a new one";
    Problem::at(span, message, hint)
}

/// The known name that a person most likely meant.
pub(crate) fn nearest<'k>(text: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|&name| (strsim::jaro_winkler(&text.to_lowercase(), name), name))
        .filter(|(likeness, _)| *likeness >= MIN_LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
