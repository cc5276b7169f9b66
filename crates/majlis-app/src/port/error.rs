//! Why a file as a whole cannot be imported.

use crate::{AppError, AppErrorKind, Notice};

/// A file that is refused; nothing of it was kept.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ImportError {
    /// What the caller does about it.
    pub kind: ImportErrorKind,
    /// One English sentence: where, what is wrong.
    pub message: String,
    /// The cause below.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportErrorKind {
    /// It cannot be read from the disk.
    Unreadable,
    /// It is of no kind that is known, or not of the one that was named.
    Unknown,
    /// It is damaged, or not what it seems.
    Malformed,
    /// Its end is missing.
    Truncated,
    /// It holds more than is read from a file.
    TooLarge,
    /// A newer Majlis wrote it.
    Newer,
}

impl ImportErrorKind {
    /// Stable name, by which user interfaces translate.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "import_unreadable",
            Self::Unknown => "import_unknown",
            Self::Malformed => "import_malformed",
            Self::Truncated => "import_truncated",
            Self::TooLarge => "import_too_large",
            Self::Newer => "import_newer",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Unreadable => "Check that the file is there and may be read.",
            Self::Unknown => {
                "Majlis reads its own exports, those of ChatGPT and Claude (the zip or its \
                 conversations.json), and the databases of llm and ai-kernel."
            }
            Self::Malformed | Self::Truncated => {
                "Nothing was imported. Fetch or export the file again."
            }
            Self::TooLarge => "Nothing was imported. Import a part of it.",
            Self::Newer => "Install a newer Majlis, then import again.",
        }
    }
}

impl ImportError {
    pub(crate) fn new(kind: ImportErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(ImportErrorKind::Malformed, message)
    }

    pub(crate) fn caused_by(
        mut self,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(cause.into());
        self
    }
}

impl From<std::io::Error> for ImportError {
    fn from(error: std::io::Error) -> Self {
        Self::new(ImportErrorKind::Unreadable, "The file cannot be read.").caused_by(error)
    }
}

impl From<ImportError> for AppError {
    fn from(error: ImportError) -> Self {
        let notice =
            Notice::new(error.kind.code(), error.message.clone()).with_hint(error.kind.hint());
        Self {
            source: error.source,
            ..Self::new(AppErrorKind::Invalid, notice)
        }
    }
}
