//! Every kind of file, as lines.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use majlis_store::{ForeignDatabase, ForeignError};

use super::elements::{self, Span};
use super::error::ImportError;
use super::lines::Line;
use super::source::{ElementError, ImportFormat, Source, element};
use super::{ai_kernel, chatgpt, claude, foreign, llm, own};

/// Gets each line, with how far the reader has come and how far it has to go.
pub(crate) type Visit<'a> = dyn FnMut(Line, u64, u64) + 'a;

impl From<ForeignError> for ImportError {
    fn from(error: ForeignError) -> Self {
        Self::malformed(format!("The database cannot be read: {}.", error.reason))
            .caused_by(error.source)
    }
}

/// Reads a whole source.
pub(crate) fn source(
    format: ImportFormat,
    source: &mut Source,
    visit: &mut Visit<'_>,
) -> Result<(), ImportError> {
    match source {
        Source::Own(file) => {
            let bytes = file.seek(SeekFrom::End(0))?;
            file.seek(SeekFrom::Start(0))?;
            own_lines(BufReader::new(file), bytes, visit)
        }
        Source::Lists(lists) => {
            let mut files = Vec::new();
            let mut places = Vec::new();
            for (which, list) in lists.iter_mut().enumerate() {
                files.push(&mut list.file);
                places.extend(list.spans.iter().map(|span| (which, *span)));
            }
            conversations(format, &mut files, &places, visit)
        }
        Source::Database(database) => database_lines(format, database, visit),
    }
}

/// Reads a text that is held in memory.
pub(crate) fn text(
    format: ImportFormat,
    mut reader: impl BufRead + Seek,
    visit: &mut Visit<'_>,
) -> Result<(), ImportError> {
    if format == ImportFormat::Majlis {
        return own_lines(reader, 0, visit);
    }
    let spans = elements::scan(&mut reader)?;
    let places: Vec<_> = spans.into_iter().map(|span| (0, span)).collect();
    conversations(format, &mut [&mut reader], &places, visit)
}

fn own_lines(reader: impl BufRead, bytes: u64, visit: &mut Visit<'_>) -> Result<(), ImportError> {
    own::read(reader, &mut |line, done| visit(line, done, bytes))
}

/// Conversations in the order in which they began, so that the newest stands on top of the list.
fn conversations<R: Read + Seek>(
    format: ImportFormat,
    files: &mut [&mut R],
    places: &[(usize, Span)],
    visit: &mut Visit<'_>,
) -> Result<(), ImportError> {
    let mut order = Vec::with_capacity(places.len());
    for (number, (which, span)) in places.iter().enumerate() {
        let read = conversation(format, files, *which, *span)?;
        order.push((
            read.map_or(i64::MAX, |one| one.created_at_ms.unwrap_or(0)),
            number,
        ));
    }
    order.sort_unstable();
    let total = order.len() as u64;
    for (done, (_, number)) in (1..).zip(order) {
        let Some((which, span)) = places.get(number) else {
            continue;
        };
        let place = format!("conversation {}", number + 1);
        match conversation(format, files, *which, *span)? {
            Ok(conversation) => {
                let place = format!("{place} ({})", conversation.id);
                for line in foreign::lines(&conversation, &place) {
                    visit(line, done, total);
                }
            }
            Err(reason) => visit(
                Line {
                    place,
                    entry: Err(reason),
                },
                done,
                total,
            ),
        }
    }
    Ok(())
}

fn conversation<R: Read + Seek>(
    format: ImportFormat,
    files: &mut [&mut R],
    which: usize,
    span: Span,
) -> Result<Result<foreign::Conversation, String>, ImportError> {
    let Some(file) = files.get_mut(which) else {
        return Ok(Err("its file is not there".to_owned()));
    };
    let read = match element(file, span) {
        Ok(element) => element,
        Err(ElementError::Refused(reason)) => return Ok(Err(reason)),
        Err(ElementError::Io(error)) => return Err(error.into()),
    };
    Ok(match format {
        ImportFormat::ChatGpt => chatgpt::read(read),
        ImportFormat::Claude => claude::read(read),
        _ => Err("this format holds no lists of conversations".to_owned()),
    })
}

fn database_lines(
    format: ImportFormat,
    database: &ForeignDatabase,
    visit: &mut Visit<'_>,
) -> Result<(), ImportError> {
    let mut done = 0;
    if format == ImportFormat::AiKernel {
        ai_kernel::read(database, &mut |line| {
            done += 1;
            visit(line, done, 0);
        })?;
    } else {
        llm::read(database, &mut |conversation| {
            let place = format!("conversation {}", conversation.id);
            for line in foreign::lines(&conversation, &place) {
                done += 1;
                visit(line, done, 0);
            }
        })?;
    }
    Ok(())
}
