//! What stands in the index, and how it gets there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use majlis_llm::{Part, PicoUsd};
use majlis_text::{Language, words};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::content::text_of;
use crate::domain::DocumentKind;
use crate::search::SearchPlace;
use crate::value::{Json, Money};

/// Documents that one millisecond has room for; more of them stand in the next one.
const PER_MILLISECOND: i64 = 256;
/// The end of the year 9999; later times are indexed as this one.
const MAX_TIME_MS: i64 = 253_402_300_799_999;

/// The tables texts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Messages of conversations.
    Message,
    /// Questions of consultations.
    Question,
    /// Answers of members.
    Member,
    /// Conclusions.
    Synthesis,
    /// Findings.
    Finding,
}

/// The columns every source gives, for a text that is whole: `text`, `parts` and `body` are what is
/// read together, `owner` and `id` say where it stands.
const MESSAGE: &str = "SELECT CASE m.role WHEN 'user' THEN 'question' ELSE 'answer' END AS kind,
    m.created_at, CASE m.role WHEN 'user' THEN NULL ELSE coalesce(c.model, m.model) END AS model,
    c.cost_pusd, NULL AS text, m.parts, NULL AS body, v.title, v.id AS owner, h.id AS channel, m.id
    FROM messages m JOIN channels h ON h.number = m.channel JOIN conversations v ON v.number = h.conversation
    LEFT JOIN calls c ON c.number = m.call
    WHERE m.number = ?1 AND m.role IN ('user', 'assistant') AND m.state NOT IN ('waiting', 'streaming')";
const QUESTION: &str = "SELECT 'question' AS kind, created_at, NULL AS model, NULL AS cost_pusd,
    concat_ws(char(10), question, context) AS text, NULL AS parts, NULL AS body, title, id AS owner,
    NULL AS channel, id
    FROM consultations WHERE number = ?1";
const MEMBER: &str = "SELECT 'answer' AS kind, s.created_at, m.model, c.cost_pusd, NULL AS text,
    m.parts, NULL AS body, s.title, s.id AS owner, NULL AS channel, m.id
    FROM members m JOIN consultations s ON s.number = m.consultation LEFT JOIN calls c ON c.number = m.call
    WHERE m.number = ?1 AND m.state NOT IN ('waiting', 'streaming')";
const SYNTHESIS: &str = "SELECT 'synthesis' AS kind, y.created_at, y.editor AS model, c.cost_pusd,
    NULL AS text, NULL AS parts, y.body, s.title, s.id AS owner, NULL AS channel, y.id
    FROM syntheses y JOIN consultations s ON s.number = y.consultation LEFT JOIN calls c ON c.number = y.call
    WHERE y.number = ?1 AND y.state NOT IN ('waiting', 'streaming')";
const FINDING: &str = "SELECT 'finding' AS kind, e.created_at, NULL AS model, NULL AS cost_pusd,
    concat_ws(char(10), f.title, f.file) AS text, NULL AS parts, f.body, f.title, e.id AS owner,
    NULL AS channel, f.id
    FROM findings f JOIN agent_executions e ON e.number = f.execution WHERE f.number = ?1";

impl Source {
    pub(crate) const ALL: [Self; 5] = [
        Self::Message,
        Self::Question,
        Self::Member,
        Self::Synthesis,
        Self::Finding,
    ];

    /// Its name in the backlog, and its column in `search_documents`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Question => "question",
            Self::Member => "member",
            Self::Synthesis => "synthesis",
            Self::Finding => "finding",
        }
    }

    const fn select(self) -> &'static str {
        match self {
            Self::Message => MESSAGE,
            Self::Question => QUESTION,
            Self::Member => MEMBER,
            Self::Synthesis => SYNTHESIS,
            Self::Finding => FINDING,
        }
    }

    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Message => "messages",
            Self::Question => "consultations",
            Self::Member => "members",
            Self::Synthesis => "syntheses",
            Self::Finding => "findings",
        }
    }

    /// The source of a table's rows; `None` when its texts are not looked for.
    pub(crate) fn of_table(table: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.table() == table)
    }

    fn place(self, row: &Row<'_>) -> rusqlite::Result<SearchPlace> {
        let (owner, id): (String, String) = (row.get("owner")?, row.get("id")?);
        Ok(match self {
            Self::Message => SearchPlace::Message {
                conversation_id: owner,
                channel_id: row.get("channel")?,
                message_id: id,
            },
            Self::Question => SearchPlace::Question {
                consultation_id: owner,
            },
            Self::Member => SearchPlace::Member {
                consultation_id: owner,
                member_id: id,
            },
            Self::Synthesis => SearchPlace::Synthesis {
                consultation_id: owner,
                synthesis_id: id,
            },
            Self::Finding => SearchPlace::Finding {
                execution_id: owner,
                finding_id: id,
            },
        })
    }
}

/// A text with what is known of it.
pub(super) struct Document {
    pub(super) kind: DocumentKind,
    pub(super) place: SearchPlace,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) model: Option<String>,
    pub(super) cost: Option<PicoUsd>,
    pub(super) created_at_ms: i64,
}

/// Reads a text; `None` when there is no such row, or it is not whole yet, or nobody asked or
/// answered it.
pub(super) fn load(
    connection: &Connection,
    source: Source,
    number: i64,
) -> rusqlite::Result<Option<Document>> {
    connection
        .prepare_cached(source.select())?
        .query_row([number], |row| {
            Ok(Document {
                kind: row.get("kind")?,
                place: source.place(row)?,
                title: row.get("title")?,
                text: text(row)?,
                model: row.get("model")?,
                cost: row.get::<_, Option<Money>>("cost_pusd")?.map(|cost| cost.0),
                created_at_ms: row.get("created_at")?,
            })
        })
        .optional()
}

fn text(row: &Row<'_>) -> rusqlite::Result<String> {
    let mut text = row.get::<_, Option<String>>("text")?.unwrap_or_default();
    if let Some(parts) = row.get::<_, Option<Json<Vec<Part>>>>("parts")? {
        text.push_str(&text_of(&parts.0));
    }
    if let Some(body) = row.get::<_, Option<Json<Value>>>("body")? {
        push_strings(&body.0, &mut text);
    }
    Ok(text)
}

/// All texts inside a JSON value, a line each.
fn push_strings(value: &Value, text: &mut String) {
    match value {
        Value::String(string) => {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(string);
        }
        Value::Array(values) => values.iter().for_each(|value| push_strings(value, text)),
        Value::Object(values) => values.values().for_each(|value| push_strings(value, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Puts a row's text into the index, in place of what stood there of it; a row without words, or
/// one that is not whole yet, has none. Gives the length of the text in bytes.
pub(crate) fn index(
    connection: &Connection,
    source: Source,
    number: i64,
) -> rusqlite::Result<usize> {
    let column = source.as_str();
    connection
        .prepare_cached(&format!("DELETE FROM search_documents WHERE {column} = ?1"))?
        .execute([number])?;
    let Some(document) = load(connection, source, number)? else {
        return Ok(0);
    };
    let found: BTreeSet<String> = words(&document.text).map(|word| word.text).collect();
    if found.is_empty() {
        return Ok(0);
    }
    let language = Language::of(&document.text);
    let place = free_number(connection, document.created_at_ms)?;
    connection
        .prepare_cached(&format!(
            "INSERT INTO search_documents (number, kind, {column}, cost_pusd, created_at, language, model)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        ))?
        .execute(params![
            place,
            document.kind,
            number,
            document.cost.map(Money),
            document.created_at_ms,
            language.map(Language::code),
            document.model,
        ])?;
    let mut tokens = tags(&document, language);
    for word in &found {
        tokens.push(' ');
        tokens.push_str(word);
    }
    connection
        .prepare_cached("INSERT INTO search_index (rowid, tokens) VALUES (?1, ?2)")?
        .execute(params![place, tokens])?;
    Ok(document.text.len())
}

/// The numbers of documents of one moment begin here.
pub(super) fn first_number(at_ms: i64) -> i64 {
    at_ms.clamp(0, MAX_TIME_MS) * PER_MILLISECOND
}

fn free_number(connection: &Connection, at_ms: i64) -> rusqlite::Result<i64> {
    let mut last_of_slot = connection.prepare_cached(
        "SELECT max(number) FROM search_documents WHERE number BETWEEN ?1 AND ?2",
    )?;
    let mut first = first_number(at_ms);
    loop {
        let end = first + PER_MILLISECOND - 1;
        match last_of_slot.query_row([first, end], |row| row.get::<_, Option<i64>>(0))? {
            None => return Ok(first),
            Some(last) if last < end => return Ok(last + 1),
            Some(_) => first += PER_MILLISECOND,
        }
    }
}

fn tags(document: &Document, language: Option<Language>) -> String {
    let mut tags = kind_tag(document.kind);
    let known = [
        language.map(language_tag),
        document.model.as_deref().map(model_tag),
        document.cost.map(cost_tag),
    ];
    for tag in known.into_iter().flatten() {
        tags.push(' ');
        tags.push_str(&tag);
    }
    tags
}

pub(super) fn kind_tag(kind: DocumentKind) -> String {
    format!(":k{}", kind.as_str())
}

pub(super) fn language_tag(language: Language) -> String {
    format!(":l{}", language.code())
}

/// Everything but small letters and digits as hexadecimal, so that it is one token and no other's.
pub(super) fn model_tag(model: &str) -> String {
    let mut tag = ":m".to_owned();
    for byte in model.bytes() {
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() {
            tag.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(tag, ":{byte:02x}");
        }
    }
    tag
}

/// How many binary digits an amount has: few tags, of which a range names some.
pub(super) fn magnitude(amount: PicoUsd) -> u32 {
    128 - amount.0.max(0).leading_zeros()
}

fn cost_tag(amount: PicoUsd) -> String {
    magnitude_tag(magnitude(amount))
}

pub(super) fn magnitude_tag(magnitude: u32) -> String {
    format!(":c{magnitude}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_one_token_of_its_own() {
        for (model, expected) in [
            ("openai/gpt-5", ":mopenai:2fgpt:2d5"),
            ("Own/مجلس", ":m:4fwn:2f:d9:85:d8:ac:d9:84:d8:b3"),
        ] {
            assert_eq!(model_tag(model), expected);
        }
    }

    #[test]
    fn amounts_are_told_apart_by_their_magnitude() {
        for (amount, expected) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 2),
            (4, 3),
            (i128::from(i64::MAX), 63),
        ] {
            assert_eq!(magnitude(PicoUsd(amount)), expected, "{amount}");
        }
    }

    #[test]
    fn all_texts_of_a_value_are_read() {
        let value = serde_json::json!({"a": ["one", 2, {"b": "three"}], "c": null});
        let mut text = String::new();
        push_strings(&value, &mut text);
        assert_eq!(text, "one\nthree");
    }
}
