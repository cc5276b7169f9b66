//! From the store to files.

use futures_util::Stream;
use futures_util::stream::try_unfold;
use majlis_providers::redacted;
use majlis_store::{ExportPlan, ExportSelection, Store};

use super::own::{self, Seal};
use super::{markdown, time};
use crate::{App, AppError, ambient};

/// Conversations or consultations looked at in one go.
const PAGE: u32 = 100;
/// Messages of a channel that are written as Markdown at most; the JSON export has all.
const MAX_MESSAGES: u32 = 100_000;

/// In which form something is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Everything, to be imported again: JSON Lines.
    JsonLines,
    /// Conversations and consultations, to be read.
    Markdown,
}

/// What is exported; the default is everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportRequest {
    /// Only these conversations, and the consultations named beside them.
    pub conversations: Vec<String>,
    /// Only these consultations, and the conversations named beside them.
    pub consultations: Vec<String>,
    /// Only what went on at or after this, milliseconds since 1970 UTC.
    pub since_ms: Option<i64>,
    /// Only what began before this, milliseconds since 1970 UTC.
    pub until_ms: Option<i64>,
}

impl ExportRequest {
    fn names_ids(&self) -> bool {
        !self.conversations.is_empty() || !self.consultations.is_empty()
    }

    fn is_in_time(&self, began_at_ms: i64, last_at_ms: i64) -> bool {
        self.since_ms.is_none_or(|since| last_at_ms >= since)
            && self.until_ms.is_none_or(|until| began_at_ms < until)
    }
}

impl From<ExportRequest> for ExportSelection {
    fn from(request: ExportRequest) -> Self {
        Self {
            conversations: request.conversations,
            consultations: request.consultations,
            since_ms: request.since_ms,
            until_ms: request.until_ms,
        }
    }
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkdownFile {
    /// A name that is safe everywhere, with `.md`.
    pub name: String,
    /// The document, with a line feed at the end.
    pub text: String,
}

/// What comes next in an export of lines.
enum Next {
    Header,
    Lines(Box<ExportPlan>),
    End,
    Nothing,
}

impl App {
    /// Everything, or a part of it, as JSON Lines that [`App::import`] reads; each item is some
    /// whole lines. Holds a page of it in memory at a time.
    ///
    /// # Errors
    /// `NotFound` when something named is not there; later, `Storage`.
    pub async fn export_lines(
        &self,
        request: ExportRequest,
    ) -> Result<impl Stream<Item = Result<String, AppError>> + Send + use<>, AppError> {
        let store = self.inner.store.clone();
        let plan = store.begin_export(request.into()).await?;
        let header = own::header(plan.schema(), time::rfc3339(ambient::now_ms()));
        let start = (store, Next::Header, Seal::default(), Some(plan), header);
        Ok(try_unfold(
            start,
            |(store, next, seal, plan, header)| async {
                let next = match (next, plan) {
                    (Next::Header, Some(plan)) => {
                        let rest = (
                            store,
                            Next::Lines(Box::new(plan)),
                            seal,
                            None,
                            String::new(),
                        );
                        return Ok(Some((header, rest)));
                    }
                    (next, _) => next,
                };
                let (text, next, seal) = page(&store, next, seal).await?;
                Ok((!text.is_empty()).then_some((text, (store, next, seal, None, String::new()))))
            },
        ))
    }

    /// Conversations and consultations as Markdown, one document each, newest first. Holds one in
    /// memory at a time.
    ///
    /// # Errors
    /// `NotFound` when something named is not there; later, `Storage`.
    pub async fn export_markdown(
        &self,
        request: ExportRequest,
    ) -> Result<impl Stream<Item = Result<MarkdownFile, AppError>> + Send + use<>, AppError> {
        let store = self.inner.store.clone();
        let selection = request.clone().into();
        // Says at once what is not there.
        drop(store.begin_export(selection).await?);
        let start = Documents {
            store,
            stage: Stage::Conversations,
            before: None,
            waiting: Vec::new(),
            request,
        };
        Ok(try_unfold(start, |mut documents| async {
            let document = documents.next().await?;
            Ok(document.map(|document| (document, documents)))
        }))
    }
}

async fn page(store: &Store, next: Next, mut seal: Seal) -> Result<(String, Next, Seal), AppError> {
    match next {
        Next::Lines(plan) => {
            let page = store.export_page(*plan).await?;
            let mut text = String::new();
            for line in page.lines {
                let start = text.len();
                text.push_str(&redacted(&line));
                text.push('\n');
                seal.add(&text.as_bytes()[start..]);
            }
            let next = page
                .next
                .map_or(Next::End, |plan| Next::Lines(Box::new(plan)));
            if text.is_empty() {
                return Box::pin(self::page(store, next, seal)).await;
            }
            Ok((text, next, seal))
        }
        Next::End => Ok((seal.end(), Next::Nothing, Seal::default())),
        Next::Header | Next::Nothing => Ok((String::new(), Next::Nothing, seal)),
    }
}

/// What a document is made from.
enum Waiting {
    Conversation(String),
    Consultation(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Conversations,
    Consultations,
    Over,
}

/// The documents of an export, one after the other.
struct Documents {
    store: Store,
    request: ExportRequest,
    stage: Stage,
    before: Option<i64>,
    /// The next ones, the last first.
    waiting: Vec<Waiting>,
}

impl Documents {
    async fn next(&mut self) -> Result<Option<MarkdownFile>, AppError> {
        loop {
            while let Some(waiting) = self.waiting.pop() {
                if let Some(document) = self.document(waiting).await? {
                    return Ok(Some(document));
                }
            }
            if self.stage == Stage::Over {
                return Ok(None);
            }
            self.look().await?;
            self.waiting.reverse();
        }
    }

    /// Puts the next ones in wait, the first first.
    async fn look(&mut self) -> Result<(), AppError> {
        if self.request.names_ids() {
            let conversations = self.request.conversations.iter().cloned();
            let consultations = self.request.consultations.iter().cloned();
            self.waiting = conversations
                .map(Waiting::Conversation)
                .chain(consultations.map(Waiting::Consultation))
                .collect();
            self.stage = Stage::Over;
            return Ok(());
        }
        let request = &self.request;
        let next = if self.stage == Stage::Conversations {
            let page = self.store.conversations(PAGE, self.before).await?;
            let wanted = page
                .items
                .into_iter()
                .filter(|row| request.is_in_time(row.created_at_ms, row.updated_at_ms));
            self.waiting = wanted.map(|row| Waiting::Conversation(row.id)).collect();
            page.next
        } else {
            let page = self.store.consultations(PAGE, self.before).await?;
            let wanted = page.items.into_iter().filter(|row| {
                let last_ms = row.finished_at_ms.unwrap_or(row.created_at_ms);
                request.is_in_time(row.created_at_ms, last_ms)
            });
            self.waiting = wanted.map(|row| Waiting::Consultation(row.id)).collect();
            page.next
        };
        self.before = next;
        if next.is_none() {
            self.stage = match self.stage {
                Stage::Conversations => Stage::Consultations,
                Stage::Consultations | Stage::Over => Stage::Over,
            };
        }
        Ok(())
    }

    /// `None` when it was deleted meanwhile.
    async fn document(&self, waiting: Waiting) -> Result<Option<MarkdownFile>, AppError> {
        Ok(match waiting {
            Waiting::Conversation(id) => self
                .store
                .conversation(&id, MAX_MESSAGES)
                .await?
                .map(|conversation| masked(markdown::conversation(&conversation))),
            Waiting::Consultation(id) => self
                .store
                .consultation(&id)
                .await?
                .map(|consultation| masked(markdown::consultation(&consultation))),
        })
    }
}

/// Known keys leave no machine by way of a document.
fn masked(document: MarkdownFile) -> MarkdownFile {
    MarkdownFile {
        text: redacted(&document.text).into_owned(),
        ..document
    }
}
