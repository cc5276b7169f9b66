//! Export and import: everything as files, and back; and the files of other programs.
//!
//! Readers of foreign files are pure: bytes in, lines of our own export out, or an error naming
//! place and reason. A file is read twice: the first time to see that it is whole, the second time
//! to keep what is new.

mod ai_kernel;
mod archive;
mod chatgpt;
mod claude;
mod elements;
mod error;
mod export;
mod foreign;
mod import;
mod lines;
mod llm;
mod markdown;
mod own;
mod read;
mod source;
mod time;

pub use error::{ImportError, ImportErrorKind};
pub use export::{ExportFormat, ExportRequest, MarkdownFile};
pub use import::{ImportProgress, ImportReport, ImportRequest, Skipped};
pub use lines::{Line, read_bytes};
pub use source::ImportFormat;
