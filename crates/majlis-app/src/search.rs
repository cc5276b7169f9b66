//! Finding again what was asked and answered.

use std::time::Duration;

use majlis_llm::PicoUsd;
use majlis_store::{
    DocumentKind, QueryError, SearchPage, SearchRequest, SearchTerms, Store, StoreError,
};
use majlis_text::Language;
use tokio_util::task::TaskTracker;

use crate::{App, AppError};

/// What a person looks for. `None` leaves a filter out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words that must all be there, in any spelling and order.
    pub text: String,
    /// Only this kind.
    pub kind: Option<DocumentKind>,
    /// Only what this model wrote, `provider/name`.
    pub model: Option<String>,
    /// Only texts in this language, by its ISO 639-1 code.
    pub language: Option<String>,
    /// Only from this moment on, milliseconds since 1970 UTC.
    pub since_ms: Option<i64>,
    /// Only before this moment, milliseconds since 1970 UTC.
    pub until_ms: Option<i64>,
    /// Only answers that are known to have cost this much or more.
    pub min_cost: Option<PicoUsd>,
    /// Only answers that are known to have cost this much or less.
    pub max_cost: Option<PicoUsd>,
    /// `next` of the page before; `None` for the first.
    pub before: Option<i64>,
    /// Hits on the page, 1 to 500.
    pub limit: u32,
}

impl SearchQuery {
    /// Everything that has these words.
    pub fn new(text: impl Into<String>, limit: u32) -> Self {
        Self {
            text: text.into(),
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

    fn checked(self) -> Result<SearchRequest, AppError> {
        let terms = SearchTerms::parse(&self.text).map_err(refused)?;
        let language = self.language.as_deref().map(language).transpose()?;
        Ok(SearchRequest {
            terms,
            kind: self.kind,
            model: self.model,
            language,
            since_ms: self.since_ms,
            until_ms: self.until_ms,
            min_cost: self.min_cost,
            max_cost: self.max_cost,
            before: self.before,
            limit: self.limit,
        })
    }
}

fn refused(error: QueryError) -> AppError {
    match error {
        QueryError::Empty => AppError::invalid(
            "query_empty",
            "There is no word to look for.",
            "Write at least one word or number.",
        ),
        QueryError::TooLong => AppError::invalid(
            "query_too_long",
            "There are too many words to look for.",
            "Take the few that say most; 32 are the limit.",
        ),
    }
}

fn language(code: &str) -> Result<Language, AppError> {
    Language::from_code(code).ok_or_else(|| {
        let known: Vec<&str> = Language::ALL.iter().map(|known| known.code()).collect();
        AppError::invalid(
            "unknown_language",
            format!("{code:?} is not the code of a language that can be told."),
            &format!("There are {}.", known.join(", ")),
        )
    })
}

impl App {
    /// What has all the words and passes the filters, newest first.
    ///
    /// # Errors
    /// `Invalid` with `query_empty`, `query_too_long` or `unknown_language`; `Storage`.
    pub async fn search(&self, query: SearchQuery) -> Result<SearchPage, AppError> {
        Ok(self.inner.store.search(query.checked()?).await?)
    }

    /// Waits until texts older than the index are in it, or `within` is over; it goes on in the
    /// background anyway as long as the program does.
    pub async fn await_index(&self, within: Duration) {
        let work = work_off(&self.inner.store, &self.inner.tasks);
        drop(tokio::time::timeout(within, work).await);
    }
}

/// Brings texts that are older than the index into it, in short writes, until none is left or the
/// tasks are closed. What is not done then, a later start does.
pub(crate) async fn work_off(store: &Store, tasks: &TaskTracker) {
    if let Err(error) = try_work_off(store, tasks).await {
        tracing::warn!(%error, "older texts cannot be found yet; the next start tries again");
    }
}

async fn try_work_off(store: &Store, tasks: &TaskTracker) -> Result<(), StoreError> {
    // Most starts have nothing to do, and need not write to know it.
    if store.has_backlog().await? {
        while !tasks.is_closed() && store.index_backlog().await? {}
    }
    Ok(())
}
