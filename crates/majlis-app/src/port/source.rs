//! What kind of file it is, told by what is in it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use majlis_store::ForeignDatabase;
use serde_json::Value;

use super::error::{ImportError, ImportErrorKind};
use super::{ai_kernel, archive, elements, llm, own};

/// Bytes of a file by which it is told.
const BEGINNING_BYTES: u64 = 64 << 10;

/// The files that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// Our own export, JSON Lines.
    Majlis,
    /// ChatGPT's export: the archive, or the conversations in it.
    ChatGpt,
    /// Claude's export: the archive, or the conversations in it.
    Claude,
    /// The log of the `llm` command line.
    Llm,
    /// The database of the JavaScript prototype.
    AiKernel,
}

impl ImportFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [
        Self::Majlis,
        Self::ChatGpt,
        Self::Claude,
        Self::Llm,
        Self::AiKernel,
    ];

    /// Its name, as people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Majlis => "majlis",
            Self::ChatGpt => "chatgpt",
            Self::Claude => "claude",
            Self::Llm => "llm",
            Self::AiKernel => "ai-kernel",
        }
    }

    /// The format of a name; `None` when there is none of it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// A file that is ready to be read, as often as is needed.
pub(crate) enum Source {
    Own(File),
    /// Lists of conversations, each with the places of its elements.
    Lists(Vec<List>),
    Database(Box<ForeignDatabase>),
}

/// One list of conversations.
pub(crate) struct List {
    pub(crate) file: File,
    pub(crate) spans: Vec<elements::Span>,
}

/// Opens a file; what is packed is unpacked into files without names in `scratch`.
pub(crate) fn open(
    path: &Path,
    wanted: Option<ImportFormat>,
    scratch: &Path,
) -> Result<(ImportFormat, Source), ImportError> {
    let mut file = File::open(path)?;
    let beginning = beginning(&mut file)?;
    let (format, source) = if beginning.starts_with(b"SQLite format 3\0") {
        database(path, wanted)?
    } else if beginning.starts_with(b"PK\x03\x04") || beginning.starts_with(b"PK\x05\x06") {
        lists(archive::conversations(file, scratch)?, wanted)?
    } else if own::is_ours(&beginning) {
        (ImportFormat::Majlis, Source::Own(file))
    } else if wanted == Some(ImportFormat::Majlis) || !looks_like_json(&beginning) {
        return Err(unknown(wanted));
    } else {
        lists(vec![file], wanted)?
    };
    match wanted {
        Some(wanted) if wanted != format => Err(unknown(Some(wanted))),
        _ => Ok((format, source)),
    }
}

fn beginning(file: &mut File) -> Result<Vec<u8>, ImportError> {
    let mut beginning = Vec::new();
    file.by_ref()
        .take(BEGINNING_BYTES)
        .read_to_end(&mut beginning)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(beginning)
}

fn looks_like_json(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    text.trim_ascii_start()
        .first()
        .is_some_and(|first| b"[{".contains(first))
}

fn unknown(wanted: Option<ImportFormat>) -> ImportError {
    let message = match wanted {
        Some(format) => format!("The file is not one of {}.", format.as_str()),
        None => "The file is of no kind that can be imported.".to_owned(),
    };
    ImportError::new(ImportErrorKind::Unknown, message)
}

fn database(
    path: &Path,
    wanted: Option<ImportFormat>,
) -> Result<(ImportFormat, Source), ImportError> {
    let database = ForeignDatabase::open(path)?;
    let format = if ai_kernel::is_kernel(&database) {
        ImportFormat::AiKernel
    } else if llm::is_log(&database) {
        ImportFormat::Llm
    } else {
        return Err(unknown(wanted));
    };
    Ok((format, Source::Database(Box::new(database))))
}

fn lists(
    files: Vec<File>,
    wanted: Option<ImportFormat>,
) -> Result<(ImportFormat, Source), ImportError> {
    let mut lists = Vec::new();
    for file in files {
        let spans = elements::scan(BufReader::new(&file))?;
        lists.push(List { file, spans });
    }
    let format = match wanted {
        Some(format) => format,
        None => tell(&mut lists)?,
    };
    Ok((format, Source::Lists(lists)))
}

/// The format of lists, told by the first element that tells it.
fn tell(lists: &mut [List]) -> Result<ImportFormat, ImportError> {
    for list in lists {
        for span in list.spans.iter().take(100) {
            let told = element(&mut list.file, *span)
                .ok()
                .and_then(|element| format_of(&element));
            if let Some(format) = told {
                return Ok(format);
            }
        }
    }
    Err(unknown(None))
}

/// The format of one conversation.
pub(crate) fn format_of(element: &Value) -> Option<ImportFormat> {
    if element.get("mapping").is_some() {
        Some(ImportFormat::ChatGpt)
    } else if element.get("chat_messages").is_some() {
        Some(ImportFormat::Claude)
    } else {
        None
    }
}

/// Reads one element; the inner error is an English phrase.
pub(crate) fn element(
    file: &mut (impl Read + Seek),
    span: elements::Span,
) -> Result<Value, ElementError> {
    if span.bytes > elements::MAX_ELEMENT_BYTES {
        return Err(ElementError::Refused("it is larger than 64 MiB".to_owned()));
    }
    let mut bytes = vec![0; usize::try_from(span.bytes).unwrap_or(0)];
    file.seek(SeekFrom::Start(span.offset))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(ElementError::Io)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ElementError::Refused(format!("it is not JSON: {error}")))
}

/// Why an element cannot be read.
pub(crate) enum ElementError {
    Refused(String),
    Io(std::io::Error),
}
