//! Instructions for models that have no role for them.

use std::borrow::Cow;

use majlis_llm::{Message, Part, Role};

use super::{Quirks, SystemRole};

/// The conversation as the model can take it: where it has no system role, instructions stand at the
/// head of the first turn of the user that follows.
pub(super) fn placed<'a>(messages: &'a [Message], quirks: &Quirks) -> Cow<'a, [Message]> {
    let has_system = messages.iter().any(|message| message.role == Role::System);
    if quirks.system_role != SystemRole::InFirstUserTurn || !has_system {
        return Cow::Borrowed(messages);
    }
    let mut waiting = String::new();
    let mut out = Vec::new();
    for message in messages {
        match message.role {
            Role::System => {
                waiting.push_str(&message.plain_text());
                waiting.push_str("\n\n");
            }
            Role::User if !waiting.is_empty() => {
                let mut turn = message.clone();
                turn.parts.insert(
                    0,
                    Part::Text {
                        text: std::mem::take(&mut waiting),
                    },
                );
                out.push(turn);
            }
            _ => out.push(message.clone()),
        }
    }
    if !waiting.is_empty() {
        out.push(Message::text(Role::User, waiting.trim_end()));
    }
    Cow::Owned(out)
}
