//! What every reader of a file gives: lines of our own export, each with its place in the file.

use std::collections::HashSet;
use std::io::Cursor;

use majlis_store::ArchiveEntry;

use super::error::ImportError;
use super::read;
use super::source::ImportFormat;

/// One thing of a file, or why it is left out.
#[derive(Debug)]
pub struct Line {
    /// Where it stands, for a person.
    pub place: String,
    /// The thing; an English phrase when it cannot be kept.
    pub entry: Result<ArchiveEntry, String>,
}

/// Reads a text file that is held in memory, for tests and fuzzing: `visit` gets each line.
///
/// # Errors
/// When the file as a whole is refused.
pub fn read_bytes(
    format: ImportFormat,
    bytes: &[u8],
    visit: &mut dyn FnMut(&Line),
) -> Result<(), ImportError> {
    let mut order = Order::default();
    read::text(format, Cursor::new(bytes), &mut |mut line, _, _| {
        order.check(&mut line);
        visit(&line);
    })
}

/// Holds that what a line refers to stands before it.
#[derive(Debug, Default)]
pub(crate) struct Order {
    channels: HashSet<String>,
    /// Message and channel.
    messages: HashSet<(String, String)>,
    execution: Option<String>,
}

impl Order {
    /// Turns a line that refers to nothing into one that is left out.
    pub(crate) fn check(&mut self, line: &mut Line) {
        if let Ok(entry) = &line.entry
            && let Err(reason) = self.look_at(entry)
        {
            line.entry = Err(reason);
        }
    }

    fn look_at(&mut self, entry: &ArchiveEntry) -> Result<(), String> {
        let text = |field: &str| entry.text(field).unwrap_or_default().to_owned();
        match entry.kind() {
            "conversation" => {
                self.channels = entry.nested_ids("channels").map(str::to_owned).collect();
                self.messages.clear();
            }
            "message" => {
                let channel = text("channel_id");
                if !self.channels.contains(&channel) {
                    return Err(format!(
                        "its channel {channel} is not in the conversation before it"
                    ));
                }
                if let Some(parent) = entry.text("parent_id")
                    && !self
                        .messages
                        .contains(&(parent.to_owned(), channel.clone()))
                {
                    return Err(format!(
                        "it follows message {parent}, which is not before it"
                    ));
                }
                if !self.messages.insert((text("id"), channel)) {
                    return Err("it stands there twice".to_owned());
                }
            }
            "execution" => self.execution = Some(text("id")),
            "finding" if self.execution.as_deref() != entry.text("execution_id") => {
                return Err("its execution is not the one before it".to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}
