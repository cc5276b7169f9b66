//! Conversations of other programs, and how they become lines of our own export.
//!
//! Ids are made from the other program's, so that the same conversation is known again.

use std::collections::HashMap;

use majlis_llm::{ModelId, Part, Role};
use majlis_store::ArchiveEntry;
use serde_json::{Value, json};
use uuid::Uuid;

use super::lines::Line;

/// The name under which ids of imported things are made. Never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d61_6a6c_6973_5000_8000_696d_706f_7274);
/// Characters of a title at most.
const TITLE_CHARS: usize = 200;

/// A conversation of another program.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// The program, e.g. `chatgpt`.
    pub(crate) source: &'static str,
    /// Its id there.
    pub(crate) id: String,
    /// Empty: the first question is taken.
    pub(crate) title: String,
    pub(crate) is_pinned: bool,
    pub(crate) created_at_ms: Option<i64>,
    pub(crate) updated_at_ms: Option<i64>,
    /// `provider/name`.
    pub(crate) model: String,
    /// In any order.
    pub(crate) messages: Vec<Message>,
    /// The last message that is shown; `None`: the last one written.
    pub(crate) head: Option<String>,
}

/// A message of another program.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its id there.
    pub(crate) id: String,
    /// The message it follows; one that is not there counts as none.
    pub(crate) parent: Option<String>,
    pub(crate) role: Role,
    pub(crate) parts: Vec<Part>,
    /// The model's name as the file has it.
    pub(crate) model: Option<String>,
    /// What the file has besides.
    pub(crate) raw: Option<Value>,
    pub(crate) created_at_ms: Option<i64>,
}

/// The id under which something of another program is kept.
pub(crate) fn id(source: &str, kind: &str, external: &str) -> String {
    Uuid::new_v5(&NAMESPACE, format!("{source}/{kind}/{external}").as_bytes()).to_string()
}

/// The model a channel is bound to: `provider/name`, or `provider/unknown` where the file does not
/// say which.
pub(crate) fn model(provider: &str, name: Option<&str>) -> String {
    name.filter(|name| !name.is_empty())
        .map(|name| format!("{provider}/{name}"))
        .filter(|id| id.parse::<ModelId>().is_ok())
        .unwrap_or_else(|| format!("{provider}/unknown"))
}

/// One text part; none for an empty text.
pub(crate) fn text_part(text: &str) -> Vec<Part> {
    majlis_store::answer_parts(text, "")
}

/// A message with its place in the order of writing.
struct Placed<'a> {
    message: &'a Message,
    parent: Option<usize>,
    at_ms: i64,
}

/// The lines a conversation becomes; its messages in an order in which none stands before what it
/// follows. `place` is where it stands in the file.
pub(crate) fn lines(conversation: &Conversation, place: &str) -> Vec<Line> {
    let left_out = |place: String, reason: &str| Line {
        place,
        entry: Err(reason.to_owned()),
    };
    if conversation.messages.is_empty() {
        return vec![left_out(
            place.to_owned(),
            "it holds no message with a text",
        )];
    }
    let (placed, unreached) = place_all(conversation);
    let key = |message: &str| format!("{}/{message}", conversation.id);
    let message_id = |message: &str| id(conversation.source, "message", &key(message));
    let channel_id = id(conversation.source, "channel", &conversation.id);
    let head = head(conversation, &placed);
    let mut lines = vec![line(
        place.to_owned(),
        head_line(conversation, &placed, &channel_id),
    )];
    for (sequence, one) in (1_i64..).zip(&placed) {
        let message = one.message;
        let parent = one.parent.and_then(|parent| placed.get(parent));
        let value = json!({
            "kind": "message",
            "id": message_id(&message.id),
            "channel_id": channel_id,
            "parent_id": parent.map(|parent| message_id(&parent.message.id)),
            "seq": sequence,
            "role": message.role,
            "state": "complete",
            "created_at_ms": one.at_ms,
            "parts": message.parts,
            "model": message.model,
            "raw": message.raw,
            "head": head == Some(message.id.as_str()),
        });
        lines.push(line(format!("{place}, message {}", message.id), value));
    }
    for message in unreached {
        let place = format!("{place}, message {}", message.id);
        lines.push(left_out(
            place,
            "it follows itself, or has the id of another",
        ));
    }
    lines
}

/// A line of our own making; null is left out, as our export does.
pub(crate) fn line(place: String, mut value: Value) -> Line {
    if let Some(values) = value.as_object_mut() {
        values.retain(|_, value| !value.is_null());
    }
    Line {
        place,
        entry: ArchiveEntry::new(value),
    }
}

fn head_line(conversation: &Conversation, placed: &[Placed<'_>], channel_id: &str) -> Value {
    let times = || placed.iter().map(|one| one.at_ms);
    let created_at_ms = conversation.created_at_ms.or_else(|| times().min());
    let updated_at_ms = conversation.updated_at_ms.into_iter().chain(times()).max();
    json!({
        "kind": "conversation",
        "id": id(conversation.source, "conversation", &conversation.id),
        "title": title(conversation),
        "pinned": conversation.is_pinned,
        "created_at_ms": created_at_ms.unwrap_or(0),
        "updated_at_ms": updated_at_ms.or(created_at_ms).unwrap_or(0),
        "source": conversation.source,
        "channels": [{"id": channel_id, "model": conversation.model, "position": 0}],
    })
}

fn title(conversation: &Conversation) -> String {
    let given = conversation.title.trim();
    if !given.is_empty() {
        return given.chars().take(TITLE_CHARS).collect();
    }
    let question = conversation
        .messages
        .iter()
        .find(|message| message.role == Role::User);
    crate::chat::shorten(&majlis_store::text_of(
        question.map_or(&[], |message| &message.parts),
    ))
}

fn head<'a>(conversation: &'a Conversation, placed: &[Placed<'a>]) -> Option<&'a str> {
    let named = conversation.head.as_deref();
    let known = named.filter(|id| placed.iter().any(|one| one.message.id == **id));
    known.or_else(|| placed.last().map(|one| one.message.id.as_str()))
}

/// Messages in the order of writing, none before what it follows; and those that cannot be placed.
fn place_all(conversation: &Conversation) -> (Vec<Placed<'_>>, Vec<&Message>) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (place, message) in conversation.messages.iter().enumerate() {
        first.entry(&message.id).or_insert(place);
    }
    for (place, message) in conversation.messages.iter().enumerate() {
        if first.get(message.id.as_str()) != Some(&place) {
            continue;
        }
        match message.parent.as_deref().and_then(|id| first.get(id)) {
            Some(parent) => children.entry(*parent).or_default().push(place),
            None => roots.push(place),
        }
    }
    // Depth first; a message is never earlier than what it follows.
    let mut found: Vec<(i64, usize, Option<usize>)> = Vec::new();
    let start_ms = conversation.created_at_ms.unwrap_or(0);
    let mut open: Vec<(usize, Option<usize>, i64)> = roots
        .into_iter()
        .rev()
        .map(|root| (root, None, start_ms))
        .collect();
    while let Some((place, parent, after_ms)) = open.pop() {
        let Some(message) = conversation.messages.get(place) else {
            continue;
        };
        let at_ms = message.created_at_ms.unwrap_or(after_ms);
        let not_before_ms = at_ms.max(if parent.is_some() { after_ms } else { i64::MIN });
        found.push((not_before_ms, place, parent));
        let followers = children.get(&place).into_iter().flatten().rev();
        open.extend(followers.map(|child| (*child, Some(place), not_before_ms)));
    }
    found.sort_by_key(|(at_ms, ..)| *at_ms);
    let order: HashMap<usize, usize> = found
        .iter()
        .enumerate()
        .map(|(order, (_, place, _))| (*place, order))
        .collect();
    let unreached = (0..conversation.messages.len())
        .filter(|place| !order.contains_key(place))
        .filter_map(|place| conversation.messages.get(place))
        .collect();
    let placed = found
        .iter()
        .filter_map(|(at_ms, place, parent)| {
            Some(Placed {
                message: conversation.messages.get(*place)?,
                parent: parent.and_then(|parent| order.get(&parent).copied()),
                at_ms: *at_ms,
            })
        })
        .collect();
    (placed, unreached)
}
