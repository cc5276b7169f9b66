//! What went wrong, as a person reads it: `error: …`, its cause, `hint: …`.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use majlis_app::{AppError, AppErrorKind, Notice, OpenError, redacted};

use crate::exit::Exit;
use crate::terminal::{Palette, escape};

/// An error that knows how the program ends and how to mend it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// What the program ends with.
    pub(crate) exit: Exit,
    /// What happened, where.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) hint: Option<String>,
    /// What is below; not repeated in the message.
    #[source]
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn caused_by(
        mut self,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.source = Some(Box::new(cause));
        self
    }

    pub(crate) fn from_notice(exit: Exit, notice: Notice) -> Self {
        Self {
            exit,
            message: notice.detail,
            hint: notice.hint,
            source: None,
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let exit = match error.kind {
            AppErrorKind::NotFound | AppErrorKind::Invalid => match error.notice.code.as_str() {
                "provider_unauthorized" | "no_key" => Exit::CONFIG,
                "question_too_long" | "context_too_long" | "text_too_long" => Exit::DATA,
                "import_unreadable" => Exit::NO_INPUT,
                code if code.starts_with("import_") => Exit::DATA,
                _ => Exit::USAGE,
            },
            AppErrorKind::Conflict => Exit::TRY_LATER,
            AppErrorKind::Cost => Exit::TOO_DEAR,
            AppErrorKind::Storage => Exit::DISK,
            AppErrorKind::Internal => Exit::INTERNAL,
        };
        Self {
            source: error.source,
            ..Self::from_notice(exit, error.notice)
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::from_notice(Exit(error.exit_code), error.notice)
    }
}

/// Prints an error and says what the program ends with. The reader of our output going away is not
/// an error worth a word.
pub(crate) fn report(error: &anyhow::Error, palette: &Palette) -> Exit {
    let is_broken_pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(is_broken_pipe) {
        return Exit::BROKEN_PIPE;
    }
    // Nothing can be done when the error stream is closed too.
    let text = render(error, palette);
    drop(io::stderr().write_all(redacted(&text).as_bytes()));
    error
        .downcast_ref::<Failure>()
        .map_or(Exit::INTERNAL, |failure| failure.exit)
}

/// Prints what a person must know although the command goes on.
pub(crate) fn warn(notice: &Notice, palette: &Palette) {
    let Palette {
        warning: yellow,
        hint: blue,
        ..
    } = palette;
    let mut text = format!("{yellow}warning:{yellow:#} {}\n", escape(&notice.detail));
    if let Some(hint) = &notice.hint {
        let _ = writeln!(text, "{blue}hint:{blue:#} {}", escape(hint));
    }
    // Nothing can be done when the error stream is closed.
    drop(io::stderr().write_all(text.as_bytes()));
}

fn render(error: &anyhow::Error, palette: &Palette) -> String {
    let Palette {
        error: red,
        hint: blue,
        ..
    } = palette;
    let mut text = format!("{red}error:{red:#} {}\n", escape(&error.to_string()));
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Some libraries repeat their cause in their message.
        if !said.contains(&cause) {
            let _ = writeln!(text, "  because: {}", escape(&cause));
        }
        said = cause;
    }
    let hint = error
        .downcast_ref::<Failure>()
        .and_then(|failure| failure.hint.as_deref());
    if let Some(hint) = hint {
        let _ = writeln!(text, "{blue}hint:{blue:#} {}", escape(hint));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_what_why_and_how_to_mend_it() {
        let cause = io::Error::other("the cable is unplugged");
        let failure = Failure::new(Exit::DISK, "cannot save the answer")
            .with_hint("plug it in")
            .caused_by(cause);
        assert_eq!(
            render(&failure.into(), &Palette::plain()),
            "error: cannot save the answer\n  because: the cable is unplugged\nhint: plug it in\n"
        );
    }

    #[test]
    fn a_cause_that_the_message_holds_is_not_repeated() {
        let failure = Failure::new(Exit::DISK, "cannot save: disk full")
            .caused_by(io::Error::other("disk full"));
        assert_eq!(
            render(&failure.into(), &Palette::plain()),
            "error: cannot save: disk full\n"
        );
    }

    #[test]
    fn a_reader_that_went_away_is_not_reported() {
        let error = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(report(&error, &Palette::plain()), Exit::BROKEN_PIPE);
    }
}
