//! Full-text search over questions, answers, conclusions and findings.
//!
//! Everything that is whole is found from the moment it is written; an answer that is being written
//! is found once it is settled, and what was there before the index as the backlog is worked off.
//! Words are those of [`majlis_text::words`], on both sides: no text of a person reaches the index's
//! own language. Hits come newest first, never by rank, so a page costs what the page holds.

mod backlog;
mod document;
mod find;
mod query;
mod snippet;

use majlis_llm::PicoUsd;
use majlis_text::Language;

use crate::Store;
use crate::domain::DocumentKind;
use crate::error::StoreError;
use crate::page::clamp;

pub(crate) use document::{Source, index};
pub use query::{QueryError, SearchTerms};
pub use snippet::SnippetPart;

/// What to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// The words that must all be there.
    pub terms: SearchTerms,
    /// Only this kind.
    pub kind: Option<DocumentKind>,
    /// Only what this model wrote, `provider/name`.
    pub model: Option<String>,
    /// Only texts in this language.
    pub language: Option<Language>,
    /// Only from this moment on, milliseconds since 1970 UTC.
    pub since_ms: Option<i64>,
    /// Only before this moment, milliseconds since 1970 UTC.
    pub until_ms: Option<i64>,
    /// Only answers that are known to have cost this much or more.
    pub min_cost: Option<PicoUsd>,
    /// Only answers that are known to have cost this much or less.
    pub max_cost: Option<PicoUsd>,
    /// [`SearchPage::next`] of the page before; `None` for the first.
    pub before: Option<i64>,
    /// Hits on the page, 1 to 500.
    pub limit: u32,
}

impl SearchRequest {
    /// Everything that has these words.
    pub fn new(terms: SearchTerms, limit: u32) -> Self {
        Self {
            terms,
            kind: None,
            model: None,
            language: None,
            since_ms: None,
            until_ms: None,
            min_cost: None,
            max_cost: None,
            before: None,
            limit,
        }
    }
}

/// One page of what was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// At most as many as were asked for.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<i64>,
    /// Older rows are not in the index yet: there may be more.
    pub is_indexing: bool,
}

/// One text that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// What it is.
    pub kind: DocumentKind,
    /// Where it stands.
    pub place: SearchPlace,
    /// The title of its conversation or consultation, which may be empty; of a finding its own.
    pub title: String,
    /// The text around the words.
    pub snippet: Vec<SnippetPart>,
    /// The model that wrote it; `None` for a person's text.
    pub model: Option<String>,
    /// Its language; `None` when it has too few letters to tell.
    pub language: Option<Language>,
    /// What it cost; `None` when that is not known, or nothing was asked.
    pub cost: Option<PicoUsd>,
    /// When it was asked, milliseconds since 1970 UTC.
    pub created_at_ms: i64,
}

/// Where a found text stands, by ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPlace {
    /// A message of a conversation. A question put to several channels at once is found once.
    Message {
        /// The conversation.
        conversation_id: String,
        /// The channel, which may have been removed from the conversation since.
        channel_id: String,
        /// The message.
        message_id: String,
    },
    /// The question of a consultation, with its context.
    Question {
        /// The consultation.
        consultation_id: String,
    },
    /// A member's answer.
    Member {
        /// The consultation.
        consultation_id: String,
        /// The member.
        member_id: String,
    },
    /// A written conclusion.
    Synthesis {
        /// The consultation.
        consultation_id: String,
        /// The conclusion.
        synthesis_id: String,
    },
    /// A finding about code.
    Finding {
        /// The run of the task that found it.
        execution_id: String,
        /// The finding.
        finding_id: String,
    },
}

impl Store {
    /// What has all the words and passes the filters, newest first.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchPage, StoreError> {
        let request = SearchRequest {
            limit: clamp(request.limit),
            ..request
        };
        self.read("search", move |connection| {
            Ok(find::find(connection, &request)?)
        })
        .await
    }

    /// Puts some rows that are older than the index into it, newest first; false when none are
    /// left. Each call is one short write, so that others come in between; where it stopped is
    /// kept, and any process goes on from there.
    ///
    /// # Errors
    /// The store's own troubles; nothing of this call is kept then.
    pub async fn index_backlog(&self) -> Result<bool, StoreError> {
        self.write("index older texts", |connection| {
            Ok(backlog::work(connection)?)
        })
        .await
    }

    /// Whether rows are left that are older than the index.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn has_backlog(&self) -> Result<bool, StoreError> {
        self.read("look for older texts", |connection| {
            Ok(backlog::is_left(connection)?)
        })
        .await
    }
}
