//! Client forms of what several resources share: times, money, calls, notices.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use majlis_app::{CallState, CallView, Notice, ReplyState, RunStatus};
use majlis_llm::{FinishReason, PicoUsd, Usage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Items of one page when the client does not say.
const DEFAULT_LIMIT: u32 = 50;
/// Items of one page at most.
const MAX_LIMIT: u32 = 200;

/// RFC 3339 in UTC. A time outside the calendar's range is shown as its beginning.
pub(super) fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string()
}

/// How a body names a model, `provider/name`.
#[derive(ToSchema)]
#[schema(pattern = r"^[^\s/\x00-\x1f\x7f-\x9f]+/[^\s\x00-\x1f\x7f-\x9f]+$")]
#[allow(dead_code)] // describes a text, which `model_id` reads
pub(super) struct ModelIdText(String);

/// Which page of a list, newest first.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    pub(super) before: Option<String>,
}

impl PageQuery {
    pub(super) fn checked(&self) -> Result<(u32, Option<i64>), Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(refused("limit", "`limit` is a number from 1 to 200."));
        }
        Ok((limit, cursor("before", self.before.as_deref())?))
    }
}

/// Where a page begins, as an answer's `next` said it: 1 to 18 digits.
pub(super) fn cursor(name: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let read = |text: &str| {
        let is_ours = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
        let row = text.parse().ok().filter(|_| is_ours);
        row.ok_or_else(|| {
            refused(
                "cursor",
                &format!("`{name}` is not a cursor this server gave."),
            )
        })
    };
    text.map(read).transpose()
}

/// A moment a client names, in milliseconds since 1970 UTC.
pub(super) fn instant(name: &str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let moment = text.map(str::parse::<jiff::Timestamp>).transpose();
    Ok(moment
        .map_err(|_| {
            let detail = format!("`{name}` is not a time in RFC 3339.");
            Problem::new(axum::http::StatusCode::BAD_REQUEST, "time", detail)
                .with_hint("Write it as 2026-01-31T12:00:00Z.")
        })?
        .map(jiff::Timestamp::as_millisecond))
}

/// An amount of dollars a client names.
pub(super) fn amount(name: &str, text: Option<&str>) -> Result<Option<PicoUsd>, Problem> {
    text.map(PicoUsd::from_usd_str)
        .transpose()
        .map_err(|error| {
            let detail = format!("`{name}` is not an amount: {error}.");
            Problem::new(axum::http::StatusCode::BAD_REQUEST, "amount", detail)
                .with_hint("Write dollars as a decimal, for example 0.05.")
        })
}

fn refused(code: &str, detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, detail)
        .with_hint("Take `next` of the page before, unchanged.")
}

/// The `Idempotency-Key` header: the same key and request again is carried out once, within a day.
#[derive(Debug, IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub(super) struct IdempotencyKey(
    #[param(min_length = 1, max_length = 200)] pub(super) Option<String>,
);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let header = parts.headers.get("idempotency-key");
        let key = header.map(|value| value.to_str().map(str::to_owned));
        key.transpose().map(Self).map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "idempotency_key",
                "The header Idempotency-Key holds characters that are not visible ASCII.",
            )
            .with_hint("Use a fresh UUID for each request.")
        })
    }
}

/// Something a person should know. Translate by `code`; `detail` and `hint` are English.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeJson {
    /// Stable name of the situation.
    code: String,
    /// Values a translation inserts.
    params: BTreeMap<String, String>,
    /// What happened, where.
    detail: String,
    /// How to mend it.
    hint: Option<String>,
}

impl From<Notice> for NoticeJson {
    fn from(notice: Notice) -> Self {
        Self {
            code: notice.code,
            params: notice.params,
            detail: notice.detail,
            hint: notice.hint,
        }
    }
}

/// How far a reply has come.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReplyStateJson {
    Waiting,
    Streaming,
    Complete,
    Cancelled,
    Failed,
    Interrupted,
}

impl From<ReplyState> for ReplyStateJson {
    fn from(state: ReplyState) -> Self {
        match state {
            ReplyState::Waiting => Self::Waiting,
            ReplyState::Streaming => Self::Streaming,
            ReplyState::Complete => Self::Complete,
            ReplyState::Cancelled => Self::Cancelled,
            ReplyState::Failed => Self::Failed,
            ReplyState::Interrupted => Self::Interrupted,
        }
    }
}

/// How a run stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RunStatusJson {
    Running,
    Complete,
    Degraded,
    Single,
    Failed,
    Interrupted,
    Cancelled,
}

impl From<RunStatus> for RunStatusJson {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Running => Self::Running,
            RunStatus::Complete => Self::Complete,
            RunStatus::Degraded => Self::Degraded,
            RunStatus::Single => Self::Single,
            RunStatus::Failed => Self::Failed,
            RunStatus::Interrupted => Self::Interrupted,
            RunStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// How far a paid request has come. `unknown`: the program ended before the answer did.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CallStateJson {
    Intent,
    Settled,
    Failed,
    Cancelled,
    Unknown,
}

impl From<CallState> for CallStateJson {
    fn from(state: CallState) -> Self {
        match state {
            CallState::Intent => Self::Intent,
            CallState::Settled => Self::Settled,
            CallState::Failed => Self::Failed,
            CallState::Cancelled => Self::Cancelled,
            CallState::Unknown => Self::Unknown,
        }
    }
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum FinishReasonJson {
    Stop,
    Length,
    ToolCalls,
    ContentFilter,
    Other,
}

impl From<FinishReason> for FinishReasonJson {
    fn from(reason: FinishReason) -> Self {
        match reason {
            FinishReason::Stop => Self::Stop,
            FinishReason::Length => Self::Length,
            FinishReason::ToolCalls => Self::ToolCalls,
            FinishReason::ContentFilter => Self::ContentFilter,
            FinishReason::Other => Self::Other,
        }
    }
}

/// Tokens by disjoint class.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsageJson {
    /// Input read anew.
    fresh_tokens: u64,
    /// Input read from the provider's cache.
    cache_read_tokens: u64,
    /// Input written to the cache for five minutes.
    cache_write_5m_tokens: u64,
    /// Input written to the cache for one hour.
    cache_write_1h_tokens: u64,
    /// Output shown.
    output_tokens: u64,
    /// Output spent on reasoning.
    reasoning_tokens: u64,
}

impl From<Usage> for UsageJson {
    fn from(usage: Usage) -> Self {
        Self {
            fresh_tokens: usage.fresh_tokens,
            cache_read_tokens: usage.cache_read_tokens,
            cache_write_5m_tokens: usage.cache_write_5m_tokens,
            cache_write_1h_tokens: usage.cache_write_1h_tokens,
            output_tokens: usage.output_tokens,
            reasoning_tokens: usage.reasoning_tokens,
        }
    }
}

/// An exact amount, twice. Both null: not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MoneyJson {
    /// Dollars as a decimal, e.g. `"0.0000125"`.
    cost_usd: Option<String>,
    /// Pico-dollars as a whole number, e.g. `"12500000"`.
    cost_pusd: Option<String>,
}

impl From<Option<PicoUsd>> for MoneyJson {
    fn from(amount: Option<PicoUsd>) -> Self {
        Self {
            cost_usd: amount.map(PicoUsd::to_usd_string),
            cost_pusd: amount.map(|amount| amount.0.to_string()),
        }
    }
}

/// One request to one model, with what it took.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CallJson {
    id: String,
    /// The model that was asked, `provider/name`.
    model: String,
    /// The model that answered, where the provider says so.
    response_model: Option<String>,
    state: CallStateJson,
    /// Null when the provider did not count.
    usage: Option<UsageJson>,
    #[serde(flatten)]
    cost: MoneyJson,
    /// From sending to the first text or reasoning.
    first_token_ms: Option<i64>,
    /// From sending to the end.
    duration_ms: Option<i64>,
    finish_reason: Option<FinishReasonJson>,
}

impl From<CallView> for CallJson {
    fn from(call: CallView) -> Self {
        Self {
            id: call.id,
            model: call.model.to_string(),
            response_model: call.response_model,
            state: call.state.into(),
            usage: call.usage.map(Into::into),
            cost: call.cost.into(),
            first_token_ms: call.first_token_ms,
            duration_ms: call.duration_ms,
            finish_reason: call.finish_reason.map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
    }

    #[test]
    fn an_unknown_cost_is_null_and_a_known_zero_is_zero() {
        let json = |amount| serde_json::to_string(&MoneyJson::from(amount)).unwrap();
        assert_eq!(json(None), r#"{"cost_usd":null,"cost_pusd":null}"#);
        assert_eq!(
            json(Some(PicoUsd::ZERO)),
            r#"{"cost_usd":"0","cost_pusd":"0"}"#
        );
    }

    #[test]
    fn a_page_has_between_1_and_200_items_behind_a_cursor_of_ours() {
        let check = |limit, before: Option<&str>, expected: Option<(u32, Option<i64>)>| {
            let query = PageQuery {
                limit,
                before: before.map(str::to_owned),
            };
            assert_eq!(query.checked().ok(), expected);
        };
        check(None, None, Some((50, None)));
        check(Some(200), Some("17"), Some((200, Some(17))));
        check(Some(0), None, None);
        check(Some(201), None, None);
        check(None, Some("x"), None);
    }
}
