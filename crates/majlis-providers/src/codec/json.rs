//! Looking into foreign JSON without trusting its shape.

use serde_json::{Map, Value};

use crate::framing::Frame;

/// The value, or `None` when the text is not JSON (or nests deeper than `serde_json` allows).
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// An event that says what it is: its `type`, or else the name of its frame. `None` when it is not
/// JSON.
pub(super) fn event(frame: &Frame) -> Option<(String, Value)> {
    let event = parse(&frame.data)?;
    let kind = text(&event, "/type").map(str::to_owned);
    Some((
        kind.or_else(|| frame.event.clone()).unwrap_or_default(),
        event,
    ))
}

/// The text at `pointer`, unless it is empty.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

/// The whole, non-negative number at `pointer`.
pub(super) fn count(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer)?.as_u64()
}

/// The items of the array at `pointer`; none when there is no array.
pub(super) fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A position as a small number; absurd ones become `None`.
pub(super) fn index(value: &Value, pointer: &str) -> Option<u32> {
    u32::try_from(count(value, pointer)?).ok()
}

/// JSON text as it stands in a string, or the value written as JSON when it is not a string.
pub(super) fn as_json_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// JSON text as a value: an object for the formats that want one. Text that is not an object is
/// kept under `arguments`, so that nothing is lost.
pub(super) fn as_object(text: &str) -> Value {
    match parse(text) {
        Some(Value::Object(map)) => Value::Object(map),
        _ if text.trim().is_empty() => Value::Object(Map::new()),
        _ => serde_json::json!({ "arguments": text }),
    }
}

/// Sets a member only when there is something to set.
pub(super) fn set(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value.into());
    }
}

/// Removes the member at a dotted path, e.g. `options.seed`.
pub(super) fn remove(body: &mut Value, path: &str) {
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = parents
        .split('.')
        .filter(|step| !step.is_empty())
        .try_fold(body, |value, step| value.get_mut(step));
    if let Some(Value::Object(map)) = parent {
        map.remove(name);
    }
}
