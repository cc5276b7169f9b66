//! The log of the `llm` command line: a SQLite database in one of two forms.
//!
//! Up to version 0.31 a response is a row with its prompt; from 0.32 on, messages form a tree by
//! their hashes, and a turn names the last of one. Both are read, from its documentation and its
//! own migrations (llm 0.36, read 2026-11).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use majlis_llm::{ModelId, Part, Role};
use majlis_store::{ForeignDatabase, ForeignError, ForeignRow};
use serde_json::{Value, json};

use super::chatgpt::fenced;
use super::foreign::{self, Conversation, Message, text_part};
use super::time;

/// The program's name in ids and in `source`.
pub(crate) const SOURCE: &str = "llm";

/// Whether a database is such a log.
pub(crate) fn is_log(database: &ForeignDatabase) -> bool {
    database.has("responses", &["id", "prompt", "response"])
        || database.has("turns", &["id", "thread_id", "tip_message_hash"])
}

/// Reads every conversation, the oldest first.
pub(crate) fn read(
    database: &ForeignDatabase,
    visit: &mut dyn FnMut(Conversation),
) -> Result<(), ForeignError> {
    let turns = turns(database)?;
    let logged: BTreeSet<&str> = turns.iter().map(|turn| turn.id.as_str()).collect();
    responses(database, &logged, visit)?;
    threads(database, &turns, visit)
}

/// Row numbers of things that belong to another thing, by that thing's id.
type Index = HashMap<String, Vec<i64>>;

fn index(
    database: &ForeignDatabase,
    table: &str,
    columns: &[&'static str; 2],
) -> Result<Index, ForeignError> {
    let mut places: HashMap<String, Vec<(i64, i64)>> = HashMap::new();
    database.rows(table, columns, &mut |number, row| {
        let order = row.text(columns[1]).and_then(|text| text.parse().ok());
        if let Some(owner) = row.text(columns[0]) {
            places
                .entry(owner)
                .or_default()
                .push((order.unwrap_or(number), number));
        }
    })?;
    let sorted = |mut places: Vec<(i64, i64)>| {
        places.sort_unstable();
        places.into_iter().map(|(_, number)| number).collect()
    };
    Ok(places
        .into_iter()
        .map(|(owner, places)| (owner, sorted(places)))
        .collect())
}

fn listed(index: &Index, owner: &str) -> impl Iterator<Item = i64> {
    index.get(owner).into_iter().flatten().copied()
}

fn names(database: &ForeignDatabase, table: &str) -> Result<HashMap<String, String>, ForeignError> {
    let mut names = HashMap::new();
    database.rows(table, &["id", "name"], &mut |_, row| {
        if let (Some(id), Some(name)) = (row.text("id"), row.text("name")) {
            names.insert(id, name);
        }
    })?;
    Ok(names)
}

/// The model's id as `llm` has it, as one of ours. Its names carry no provider.
fn model(name: Option<&str>) -> String {
    const PREFIXES: [(&str, &str); 9] = [
        ("gpt-", "openai"),
        ("chatgpt", "openai"),
        ("o1", "openai"),
        ("o3", "openai"),
        ("o4", "openai"),
        ("claude", "anthropic"),
        ("gemini", "gemini"),
        ("deepseek", "deepseek"),
        ("grok", "xai"),
    ];
    let known = |name: &str| PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    match name {
        Some(name) if name.parse::<ModelId>().is_ok() => name.to_owned(),
        Some(name) => foreign::model(
            known(name).map_or(SOURCE, |(_, provider)| provider),
            Some(name),
        ),
        None => foreign::model(SOURCE, None),
    }
}

const RESPONSE: &[&str] = &[
    "id",
    "model",
    "resolved_model",
    "prompt",
    "system",
    "response",
    "reasoning",
    "options_json",
    "duration_ms",
    "input_tokens",
    "output_tokens",
    "token_details",
    "datetime_utc",
];

/// What belongs to responses of the older form.
struct Beside {
    prompt_fragments: Index,
    system_fragments: Index,
    attachments: Index,
    tool_calls: Index,
    tool_results: Index,
}

fn responses(
    database: &ForeignDatabase,
    logged: &BTreeSet<&str>,
    visit: &mut dyn FnMut(Conversation),
) -> Result<(), ForeignError> {
    let names = names(database, "conversations")?;
    // A conversation with its responses, in the order of its first one.
    let mut order: Vec<String> = Vec::new();
    let mut of: HashMap<String, Vec<i64>> = HashMap::new();
    database.rows(
        "responses",
        &["id", "conversation_id"],
        &mut |number, row| {
            let Some(id) = row.text("id").filter(|id| !logged.contains(id.as_str())) else {
                return;
            };
            let conversation = row.text("conversation_id").unwrap_or(id);
            let numbers = of.entry(conversation.clone()).or_default();
            if numbers.is_empty() {
                order.push(conversation);
            }
            numbers.push(number);
        },
    )?;
    let beside = Beside {
        prompt_fragments: index(database, "prompt_fragments", &["response_id", "order"])?,
        system_fragments: index(database, "system_fragments", &["response_id", "order"])?,
        attachments: index(database, "prompt_attachments", &["response_id", "order"])?,
        tool_calls: index(database, "tool_calls", &["response_id", "id"])?,
        tool_results: index(database, "tool_results", &["response_id", "id"])?,
    };
    for id in order {
        let mut conversation = empty(&id, names.get(&id));
        let mut system = String::new();
        for number in of.remove(&id).unwrap_or_default() {
            if let Some(row) = database.row("responses", RESPONSE, number)? {
                respond(database, &beside, &row, &mut system, &mut conversation)?;
            }
        }
        visit(conversation);
    }
    Ok(())
}

fn empty(id: &str, name: Option<&String>) -> Conversation {
    Conversation {
        source: SOURCE,
        id: id.to_owned(),
        title: name.cloned().unwrap_or_default(),
        is_pinned: false,
        created_at_ms: None,
        updated_at_ms: None,
        model: model(None),
        messages: Vec::new(),
        head: None,
    }
}

/// What all messages of one response share.
struct Speaker {
    id: String,
    model: Option<String>,
    at_ms: Option<i64>,
}

impl Speaker {
    fn of(row: &ForeignRow) -> Self {
        Self {
            id: row.text("id").unwrap_or_default(),
            model: row
                .text("resolved_model")
                .filter(|name| !name.is_empty())
                .or_else(|| row.text("model")),
            at_ms: row
                .text("datetime_utc")
                .and_then(|text| time::from_text(&text)),
        }
    }

    /// Says something behind what the conversation holds, unless it is nothing.
    fn say(
        &self,
        conversation: &mut Conversation,
        kind: &str,
        role: Role,
        parts: Vec<Part>,
        raw: Option<Value>,
    ) {
        if parts.is_empty() {
            return;
        }
        let last = conversation.messages.last();
        let parent = last.map(|message| message.id.clone());
        conversation.messages.push(Message {
            id: format!("{}:{kind}", self.id),
            parent,
            role,
            parts,
            model: self.model.clone().filter(|_| role == Role::Assistant),
            raw,
            created_at_ms: self.at_ms,
        });
    }
}

/// One response with what was sent for it, behind what the conversation holds.
fn respond(
    database: &ForeignDatabase,
    beside: &Beside,
    row: &ForeignRow,
    system: &mut String,
    conversation: &mut Conversation,
) -> Result<(), ForeignError> {
    let speaker = Speaker::of(row);
    conversation.model = model(row.text("model").as_deref());
    let id = &speaker.id;
    let mut given = fragments(database, "system_fragments", &beside.system_fragments, id)?;
    given.extend(row.text("system"));
    let instructions = joined(&given, "\n");
    if instructions != *system {
        let parts = text_part(&instructions);
        speaker.say(conversation, "system", Role::System, parts, None);
        *system = instructions;
    }
    let results = tool_texts(database, "tool_results", "output", &beside.tool_results, id)?;
    let parts = text_part(&joined(&results, "\n\n"));
    speaker.say(conversation, "results", Role::Tool, parts, None);
    let mut prompt = fragments(database, "prompt_fragments", &beside.prompt_fragments, id)?;
    prompt.extend(row.text("prompt"));
    prompt.extend(listed(&beside.attachments, id).map(|_| "[attachment]".to_owned()));
    let parts = text_part(&joined(&prompt, "\n"));
    speaker.say(conversation, "prompt", Role::User, parts, None);
    let mut answer: Vec<String> = row.text("response").into_iter().collect();
    let calls = tool_texts(database, "tool_calls", "arguments", &beside.tool_calls, id)?;
    answer.extend(calls);
    let parts = majlis_store::answer_parts(
        &joined(&answer, "\n\n"),
        &row.text("reasoning").unwrap_or_default(),
    );
    let raw = Some(figures(row));
    speaker.say(conversation, "response", Role::Assistant, parts, raw);
    Ok(())
}

/// What the log says of a response besides its text.
fn figures(row: &ForeignRow) -> Value {
    json!({
        "model": row.text("model"),
        "options": row.text("options_json"),
        "duration_ms": row.text("duration_ms"),
        "input_tokens": row.text("input_tokens"),
        "output_tokens": row.text("output_tokens"),
        "token_details": row.text("token_details"),
    })
}

fn joined(texts: &[String], between: &str) -> String {
    let texts: Vec<&str> = texts
        .iter()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    texts.join(between)
}

fn fragments(
    database: &ForeignDatabase,
    table: &str,
    index: &Index,
    response: &str,
) -> Result<Vec<String>, ForeignError> {
    let mut texts = Vec::new();
    for number in listed(index, response) {
        let link = database.row(table, &["fragment_id"], number)?;
        let fragment = link.and_then(|row| row.text("fragment_id")?.parse().ok());
        if let Some(fragment) = fragment {
            texts.extend(fragment_text(database, fragment)?);
        }
    }
    Ok(texts)
}

/// The id of a fragment is its row number.
fn fragment_text(database: &ForeignDatabase, id: i64) -> Result<Option<String>, ForeignError> {
    let row = database.row("fragments", &["content"], id)?;
    Ok(row.and_then(|row| row.text("content")))
}

fn tool_texts(
    database: &ForeignDatabase,
    table: &str,
    column: &'static str,
    index: &Index,
    response: &str,
) -> Result<Vec<String>, ForeignError> {
    let mut texts = Vec::new();
    for number in listed(index, response) {
        if let Some(row) = database.row(table, &["name", column], number)? {
            texts.push(tool_text(
                &row.text("name").unwrap_or_default(),
                &row.text(column).unwrap_or_default(),
            ));
        }
    }
    Ok(texts)
}

fn tool_text(name: &str, text: &str) -> String {
    format!("[{name}]\n\n{}", fenced(text, ""))
        .trim_end()
        .to_owned()
}

/// One exchange of the newer form.
struct Turn {
    id: String,
    thread: String,
    tip: Option<String>,
    model: Option<String>,
    at_ms: Option<i64>,
    raw: Value,
}

fn turns(database: &ForeignDatabase) -> Result<Vec<Turn>, ForeignError> {
    const TURN: &[&str] = &[
        "id",
        "thread_id",
        "tip_message_hash",
        "model",
        "resolved_model",
        "options_json",
        "duration_ms",
        "input_tokens",
        "output_tokens",
        "token_details",
        "datetime_utc",
    ];
    let mut turns = Vec::new();
    database.rows("turns", TURN, &mut |_, row| {
        if let (Some(id), Some(thread)) = (row.text("id"), row.text("thread_id")) {
            turns.push(Turn {
                id,
                thread,
                tip: row.text("tip_message_hash"),
                model: row.text("model"),
                at_ms: row
                    .text("datetime_utc")
                    .and_then(|text| time::from_text(&text)),
                raw: figures(&row),
            });
        }
    })?;
    Ok(turns)
}

/// A message of the newer form without its parts.
struct Node {
    parent: Option<String>,
    role: Option<Role>,
}

fn threads(
    database: &ForeignDatabase,
    turns: &[Turn],
    visit: &mut dyn FnMut(Conversation),
) -> Result<(), ForeignError> {
    let names = names(database, "threads")?;
    let mut tips: HashMap<String, String> = HashMap::new();
    database.rows("threads", &["id", "tip_message_hash"], &mut |_, row| {
        if let (Some(id), Some(tip)) = (row.text("id"), row.text("tip_message_hash")) {
            tips.insert(id, tip);
        }
    })?;
    let mut nodes: HashMap<String, Node> = HashMap::new();
    database.rows(
        "messages",
        &["hash", "parent_hash", "role"],
        &mut |_, row| {
            let role = match row.text("role").as_deref() {
                Some("system") => Some(Role::System),
                Some("user") => Some(Role::User),
                Some("assistant") => Some(Role::Assistant),
                Some("tool") => Some(Role::Tool),
                _ => None,
            };
            if let Some(hash) = row.text("hash") {
                let parent = row.text("parent_hash");
                nodes.insert(hash, Node { parent, role });
            }
        },
    )?;
    let parts = index(database, "parts", &["message_hash", "position"])?;
    let mut of: BTreeMap<usize, Vec<&Turn>> = BTreeMap::new();
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (place, turn) in turns.iter().enumerate() {
        let first = *first.entry(&turn.thread).or_insert(place);
        of.entry(first).or_default().push(turn);
    }
    for turns in of.into_values() {
        let Some(thread) = turns.first().map(|turn| turn.thread.as_str()) else {
            continue;
        };
        let mut conversation = empty(&format!("thread/{thread}"), names.get(thread));
        conversation.head = tips.get(thread).cloned();
        walk(database, &nodes, &parts, &turns, &mut conversation)?;
        visit(conversation);
    }
    Ok(())
}

/// Every message above the ends of a thread's turns; each has the time and the model of the first
/// turn that holds it.
fn walk(
    database: &ForeignDatabase,
    nodes: &HashMap<String, Node>,
    parts: &Index,
    turns: &[&Turn],
    conversation: &mut Conversation,
) -> Result<(), ForeignError> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for turn in turns {
        conversation.model = model(turn.model.as_deref());
        let mut above = Vec::new();
        let mut next = turn.tip.as_deref();
        while let Some((hash, node)) = next.and_then(|hash| nodes.get_key_value(hash)) {
            if !seen.insert(hash) {
                break;
            }
            above.push((hash, node));
            next = node.parent.as_deref();
        }
        for (hash, node) in above.into_iter().rev() {
            let Some(role) = node.role else { continue };
            let is_tip = turn.tip.as_deref() == Some(hash);
            let mut said = read_parts(database, parts, hash)?;
            if said.is_empty() {
                // What follows it must not hang in the air.
                said = vec![Part::Text {
                    text: String::new(),
                }];
            }
            conversation.messages.push(Message {
                id: hash.clone(),
                parent: node.parent.clone(),
                role,
                parts: said,
                model: turn.model.clone().filter(|_| role == Role::Assistant),
                raw: is_tip.then(|| turn.raw.clone()),
                created_at_ms: turn.at_ms,
            });
        }
    }
    Ok(())
}

fn read_parts(
    database: &ForeignDatabase,
    parts: &Index,
    hash: &str,
) -> Result<Vec<Part>, ForeignError> {
    let mut texts = Vec::new();
    let mut reasoning = Vec::new();
    for number in listed(parts, hash) {
        let columns = &["type", "tool_name", "text", "payload"];
        let Some(row) = database.row("parts", columns, number)? else {
            continue;
        };
        let payload = row
            .text("payload")
            .and_then(|text| serde_json::from_str(&text).ok());
        let payload: Value = payload.unwrap_or_default();
        let text = match row.text("text") {
            Some(text) => text,
            None => borrowed(database, &payload)?,
        };
        let name = row.text("tool_name").unwrap_or_default();
        match row.text("type").as_deref() {
            Some("reasoning") => reasoning.push(text),
            Some("tool_call") => texts.push(tool_text(
                &name,
                &payload
                    .get("arguments")
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            )),
            Some("tool_result") => texts.push(tool_text(
                &name,
                payload
                    .get("output")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            )),
            Some("attachment") => texts.push("[attachment]".to_owned()),
            _ => texts.push(text),
        }
    }
    Ok(majlis_store::answer_parts(
        &joined(&texts, "\n\n"),
        &joined(&reasoning, "\n\n"),
    ))
}

/// A text made of pieces, some of which lie elsewhere.
fn borrowed(database: &ForeignDatabase, payload: &Value) -> Result<String, ForeignError> {
    let pieces = payload.get("text_ref").and_then(Value::as_array);
    let mut text = String::new();
    for piece in pieces.into_iter().flatten() {
        if let Some(literal) = piece.get("literal").and_then(Value::as_str) {
            text.push_str(literal);
        } else if let Some(id) = piece.get("fragment").and_then(Value::as_i64) {
            text.push_str(&fragment_text(database, id)?.unwrap_or_default());
        }
    }
    Ok(text)
}
