//! The database of the JavaScript prototype, `ai-kernel.db`.

use std::collections::HashMap;

use majlis_llm::{ModelId, Role};
use majlis_store::{ForeignDatabase, ForeignError, ForeignRow};
use serde_json::{Value, json};

use super::foreign::{self, Conversation, Message, text_part};
use super::lines::Line;
use super::time;

/// The program's name in ids and in `source`.
pub(crate) const SOURCE: &str = "ai-kernel";
/// Characters of a question that stand in lists.
const TITLE_CHARS: usize = 200;

/// Whether a database is the prototype's.
pub(crate) fn is_kernel(database: &ForeignDatabase) -> bool {
    database.has("conversations", &["id", "channel_id"])
        && database.has("messages", &["conversation_id", "role", "content"])
}

/// Reads everything: conversations, consultations, executions; each kind oldest first.
pub(crate) fn read(
    database: &ForeignDatabase,
    visit: &mut dyn FnMut(Line),
) -> Result<(), ForeignError> {
    conversations(database, visit)?;
    let mut rows = Vec::new();
    database.rows("consultations", &["id"], &mut |number, _| rows.push(number))?;
    for number in rows {
        const COLUMNS: &[&str] = &[
            "id",
            "question",
            "context",
            "models",
            "status",
            "results",
            "created_at",
            "completed_at",
            "metadata",
        ];
        if let Some(row) = database.row("consultations", COLUMNS, number)? {
            visit(consultation(&row, number));
        }
    }
    let mut rows = Vec::new();
    database.rows("agent_executions", &["id"], &mut |number, _| {
        rows.push(number);
    })?;
    for number in rows {
        const COLUMNS: &[&str] = &[
            "id",
            "task_id",
            "status",
            "input_content",
            "results",
            "created_at",
            "completed_at",
            "metadata",
        ];
        if let Some(row) = database.row("agent_executions", COLUMNS, number)? {
            visit(execution(&row, number));
        }
    }
    Ok(())
}

fn conversations(
    database: &ForeignDatabase,
    visit: &mut dyn FnMut(Line),
) -> Result<(), ForeignError> {
    let mut of: HashMap<String, Vec<i64>> = HashMap::new();
    database.rows("messages", &["conversation_id"], &mut |number, row| {
        if let Some(conversation) = row.text("conversation_id") {
            of.entry(conversation).or_default().push(number);
        }
    })?;
    let columns = &["id", "channel_id", "created_at", "updated_at"];
    let mut rows = Vec::new();
    database.rows("conversations", columns, &mut |_, row| rows.push(row))?;
    for row in rows {
        let Some(id) = row.text("id") else { continue };
        let mut messages: Vec<Message> = Vec::new();
        let mut provider = None;
        for number in of.remove(&id).unwrap_or_default() {
            const COLUMNS: &[&str] = &["role", "content", "model", "timestamp", "metadata"];
            let Some(said) = database.row("messages", COLUMNS, number)? else {
                continue;
            };
            provider = said.text("model").or(provider);
            let parent = messages.last().map(|message| message.id.clone());
            messages.extend(message(&said, number, parent));
        }
        let place = format!("conversation {id}");
        let conversation = Conversation {
            source: SOURCE,
            id,
            title: String::new(),
            is_pinned: false,
            created_at_ms: at(&row, "created_at"),
            updated_at_ms: at(&row, "updated_at"),
            model: model(provider.as_deref()),
            messages,
            head: None,
        };
        foreign::lines(&conversation, &place)
            .into_iter()
            .for_each(&mut *visit);
    }
    Ok(())
}

fn message(row: &ForeignRow, number: i64, parent: Option<String>) -> Option<Message> {
    let role = match row.text("role").as_deref() {
        Some("system") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        _ => return None,
    };
    let parts = text_part(&row.text("content").unwrap_or_default());
    (!parts.is_empty()).then(|| Message {
        id: number.to_string(),
        parent,
        role,
        parts,
        model: row.text("model").filter(|_| role == Role::Assistant),
        raw: row
            .text("metadata")
            .map(|text| json!({"metadata": lenient(&text)})),
        created_at_ms: at(row, "timestamp"),
    })
}

fn at(row: &ForeignRow, column: &str) -> Option<i64> {
    row.text(column).and_then(|text| time::from_text(&text))
}

/// The prototype's JSON can be malformed; then it is kept as text.
fn lenient(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// The prototype names providers only.
fn model(name: Option<&str>) -> String {
    let provider = match name {
        Some("claude") => "anthropic",
        Some("copilot") => "github",
        Some(other) if !other.contains('/') && ModelId::new(other, "unknown").is_ok() => other,
        _ => SOURCE,
    };
    foreign::model(provider, None)
}

fn consultation(row: &ForeignRow, number: i64) -> Line {
    let place = format!(
        "consultation {}",
        row.text("id").unwrap_or_else(|| number.to_string())
    );
    let (Some(id), Some(question)) = (row.text("id"), row.text("question")) else {
        return Line {
            place,
            entry: Err("it has no id or no question".to_owned()),
        };
    };
    let created_at_ms = at(row, "created_at").unwrap_or(0);
    let results = row.text("results").map(|text| lenient(&text));
    let members = members(&id, row.text("models").as_deref(), results.as_ref());
    let answered = members
        .iter()
        .filter(|member| member["state"] == "complete")
        .count();
    let status = match answered {
        0 => "failed",
        1 => "single",
        all if all == members.len() => "complete",
        _ => "degraded",
    };
    let title: String = question.chars().take(TITLE_CHARS).collect();
    foreign::line(
        place,
        json!({
            "kind": "consultation",
            "id": foreign::id(SOURCE, "consultation", &id),
            "status": status,
            "created_at_ms": created_at_ms,
            "finished_at_ms": at(row, "completed_at").unwrap_or(created_at_ms),
            "title": title,
            "question": question,
            "context": row.text("context").filter(|context| !context.is_empty()),
            "prompt": question,
            "source": SOURCE,
            "members": members,
        }),
    )
}

/// One member per model that was asked, with what the results say it answered. The prototype wrote
/// results in several forms: by model, or a list.
fn members(id: &str, models: Option<&str>, results: Option<&Value>) -> Vec<Value> {
    let listed = models.map(lenient).unwrap_or_default();
    let mut names: Vec<String> = strings(&listed);
    let answers = answers(results);
    for (name, _) in &answers {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let member = |(position, name): (usize, &String)| {
        let answer = answers.iter().find(|(of, _)| of == name);
        let text = answer.map(|(_, text)| text.as_str()).unwrap_or_default();
        json!({
            "id": foreign::id(SOURCE, "member", &format!("{id}/{position}")),
            "position": position,
            "member_kind": "model",
            "model": model(Some(name)),
            "demo": false,
            "state": if text.is_empty() { "failed" } else { "complete" },
            "label": name,
            "parts": text_part(text),
        })
    };
    names.iter().enumerate().map(member).collect()
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

/// Answers by model, wherever the results hold them.
fn answers(results: Option<&Value>) -> Vec<(String, String)> {
    let Some(results) = results else {
        return Vec::new();
    };
    let inner = ["responses", "results", "answers"]
        .iter()
        .find_map(|name| results.get(name))
        .unwrap_or(results);
    match inner {
        Value::Object(by_model) => by_model
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), answer(value)?)))
            .collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(|value| {
                let name = ["model", "provider", "name"]
                    .iter()
                    .find_map(|field| value.get(field));
                Some((name?.as_str()?.to_owned(), answer(value)?))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn answer(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| {
        ["content", "response", "text", "answer"]
            .iter()
            .find_map(|field| value.get(field).and_then(Value::as_str))
    });
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn execution(row: &ForeignRow, number: i64) -> Line {
    let place = format!(
        "execution {}",
        row.text("id").unwrap_or_else(|| number.to_string())
    );
    let (Some(id), Some(task)) = (row.text("id"), row.text("task_id")) else {
        return Line {
            place,
            entry: Err("it has no id or no task".to_owned()),
        };
    };
    let created_at_ms = at(row, "created_at").unwrap_or(0);
    let status = match row.text("status").as_deref() {
        Some("complete") => "complete",
        Some("running") => "interrupted",
        _ => "failed",
    };
    let metadata = row.text("metadata").map(|text| lenient(&text));
    foreign::line(
        place,
        json!({
            "kind": "execution",
            "id": foreign::id(SOURCE, "execution", &id),
            "task": task,
            "status": status,
            "source": SOURCE,
            "created_at_ms": created_at_ms,
            "finished_at_ms": at(row, "completed_at").unwrap_or(created_at_ms),
            "target": row.text("input_content").unwrap_or_default(),
            "options": json!({"metadata": metadata}),
            "report": row.text("results").map(|text| lenient(&text)),
        }),
    )
}
