//! Finding again what was asked and answered.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, DocumentKind, SearchHit, SearchPage, SearchPlace, SearchQuery, SnippetPart};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::common::{MoneyJson, PageQuery, amount, instant, rfc3339};
use crate::extract::Query;
use crate::problem::Problem;

/// Hits on one page when the client does not say.
const DEFAULT_LIMIT: u32 = 20;

/// What a found text is.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FoundKindJson {
    /// What a person asked.
    Question,
    /// What a model, or somebody whose answer was brought in, answered.
    Answer,
    /// The written conclusion of a consultation.
    Synthesis,
    /// A finding about code.
    Finding,
}

impl From<FoundKindJson> for DocumentKind {
    fn from(kind: FoundKindJson) -> Self {
        match kind {
            FoundKindJson::Question => Self::Question,
            FoundKindJson::Answer => Self::Answer,
            FoundKindJson::Synthesis => Self::Synthesis,
            FoundKindJson::Finding => Self::Finding,
        }
    }
}

impl From<DocumentKind> for FoundKindJson {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Question => Self::Question,
            DocumentKind::Answer => Self::Answer,
            DocumentKind::Synthesis => Self::Synthesis,
            DocumentKind::Finding => Self::Finding,
        }
    }
}

/// What to find.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FindQuery {
    /// Words that must all be there, in any spelling and order. The last one may be unfinished.
    #[param(min_length = 1)]
    q: String,
    /// Only this kind.
    #[param(inline)]
    kind: Option<FoundKindJson>,
    /// Only what this model wrote, `provider/name`.
    model: Option<String>,
    /// Only texts in this language, by its ISO 639-1 code.
    language: Option<String>,
    /// Only from this moment on, RFC 3339.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Only before this moment, RFC 3339.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Only answers that are known to have cost this much or more, dollars as a decimal.
    #[param(pattern = r"^[0-9]{1,6}(\.[0-9]{1,12})?$")]
    min_cost_usd: Option<String>,
    /// Only answers that are known to have cost this much or less, dollars as a decimal.
    #[param(pattern = r"^[0-9]{1,6}(\.[0-9]{1,12})?$")]
    max_cost_usd: Option<String>,
    /// Items at most.
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    before: Option<String>,
}

impl FindQuery {
    fn checked(self) -> Result<SearchQuery, Problem> {
        let page = PageQuery {
            limit: self.limit.or(Some(DEFAULT_LIMIT)),
            before: self.before,
        };
        let (limit, before) = page.checked()?;
        Ok(SearchQuery {
            text: self.q,
            kind: self.kind.map(Into::into),
            model: self.model,
            language: self.language,
            since_ms: instant("since", self.since.as_deref())?,
            until_ms: instant("until", self.until.as_deref())?,
            min_cost: amount("min_cost_usd", self.min_cost_usd.as_deref())?,
            max_cost: amount("max_cost_usd", self.max_cost_usd.as_deref())?,
            before,
            limit,
        })
    }
}

/// One page of what was found, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundPageJson {
    items: Vec<FoundJson>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
    /// Texts older than the index are still being brought into it: there may be more later.
    indexing: bool,
}

impl From<SearchPage> for FoundPageJson {
    fn from(page: SearchPage) -> Self {
        Self {
            items: page.hits.into_iter().map(Into::into).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
            indexing: page.is_indexing,
        }
    }
}

/// A text that was found. The ids that are not null say where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundJson {
    kind: FoundKindJson,
    #[serde(flatten)]
    place: PlaceJson,
    /// Null for a person's text.
    model: Option<String>,
    /// ISO 639-1 code; null when the text has too few letters to tell.
    language: Option<String>,
    /// Of the conversation or consultation, may be empty; of a finding its own.
    title: String,
    /// The text around the words, in pieces.
    snippet: Vec<SnippetJson>,
    #[serde(flatten)]
    cost: MoneyJson,
    /// When it was asked.
    created_at: String,
}

/// Where a text stands: a message (`conversation_id`, `channel_id`, `message_id`), the question of a
/// consultation (`consultation_id`), a member's answer (with `member_id`), a conclusion (with
/// `synthesis_id`), a finding (`execution_id`, `finding_id`).
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct PlaceJson {
    conversation_id: Option<String>,
    /// May have been removed from the conversation since.
    channel_id: Option<String>,
    message_id: Option<String>,
    consultation_id: Option<String>,
    member_id: Option<String>,
    synthesis_id: Option<String>,
    execution_id: Option<String>,
    finding_id: Option<String>,
}

impl From<SearchPlace> for PlaceJson {
    fn from(place: SearchPlace) -> Self {
        let none = Self::default();
        match place {
            SearchPlace::Message {
                conversation_id,
                channel_id,
                message_id,
            } => Self {
                conversation_id: Some(conversation_id),
                channel_id: Some(channel_id),
                message_id: Some(message_id),
                ..none
            },
            SearchPlace::Question { consultation_id } => Self {
                consultation_id: Some(consultation_id),
                ..none
            },
            SearchPlace::Member {
                consultation_id,
                member_id,
            } => Self {
                consultation_id: Some(consultation_id),
                member_id: Some(member_id),
                ..none
            },
            SearchPlace::Synthesis {
                consultation_id,
                synthesis_id,
            } => Self {
                consultation_id: Some(consultation_id),
                synthesis_id: Some(synthesis_id),
                ..none
            },
            SearchPlace::Finding {
                execution_id,
                finding_id,
            } => Self {
                execution_id: Some(execution_id),
                finding_id: Some(finding_id),
                ..none
            },
        }
    }
}

/// A piece of a snippet.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SnippetJson {
    text: String,
    /// Whether it is what was looked for.
    mark: bool,
}

impl From<SnippetPart> for SnippetJson {
    fn from(part: SnippetPart) -> Self {
        Self {
            text: part.text,
            mark: part.mark,
        }
    }
}

impl From<SearchHit> for FoundJson {
    fn from(hit: SearchHit) -> Self {
        Self {
            kind: hit.kind.into(),
            place: hit.place.into(),
            model: hit.model,
            language: hit.language.map(|language| language.code().to_owned()),
            title: hit.title,
            snippet: hit.snippet.into_iter().map(Into::into).collect(),
            cost: hit.cost.into(),
            created_at: rfc3339(hit.created_at_ms),
        }
    }
}

/// Questions, answers, conclusions and findings that have all the words, newest first. Arabic is
/// found in every usual spelling.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", operation_id = "search",
    params(FindQuery),
    responses((status = 200, description = "One page.", body = FoundPageJson),
        (status = 400, description = "Bad limit, cursor, time or amount.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No word to look for, too many, or an unknown language.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn find(
    State(app): State<App>,
    Query(query): Query<FindQuery>,
) -> Result<Json<FoundPageJson>, Problem> {
    Ok(Json(app.search(query.checked()?).await?.into()))
}
