//! Reading lines, with editing and a history on a terminal.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// The history of what was typed, in the data folder.
const HISTORY_FILE: &str = "chat_history.txt";
/// Lines the history keeps.
const MAX_HISTORY: usize = 1_000;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A line.
    Text(String),
    /// Ctrl-C: what stood there is dropped.
    Cleared,
    /// Ctrl-D, or the end of the input.
    End,
}

/// The line editor. Without a terminal it reads plain lines.
pub(super) struct Editor {
    editor: Option<DefaultEditor>,
    history: PathBuf,
}

impl Editor {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self {
            editor: None,
            history: data_dir.join(HISTORY_FILE),
        }
    }

    /// Reads one line off the runtime and gives the editor back.
    pub(super) async fn read_line(mut self) -> Result<(Self, Line)> {
        tokio::task::spawn_blocking(move || {
            let line = self.read()?;
            Ok((self, line))
        })
        .await?
    }

    fn read(&mut self) -> Result<Line> {
        if self.editor.is_none() {
            self.editor = Some(self.open()?);
        }
        let Some(editor) = &mut self.editor else {
            return Ok(Line::End);
        };
        match editor.readline("› ") {
            Ok(line) => {
                // A history that cannot be kept is no reason to stop talking.
                drop(editor.append_history(&self.history));
                Ok(Line::Text(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Line::Cleared),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(error.into()),
        }
    }

    fn open(&self) -> Result<DefaultEditor> {
        let config = rustyline::Config::builder()
            .max_history_size(MAX_HISTORY)?
            .auto_add_history(true)
            .build();
        let mut editor = DefaultEditor::with_config(config)?;
        // The first conversation has no history yet.
        drop(editor.load_history(&self.history));
        Ok(editor)
    }
}
