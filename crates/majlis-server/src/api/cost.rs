//! What was spent: sums, as JSON and as CSV.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use majlis_app::{App, CostsQuery, CostsView, GroupBy, LedgerGroup, LedgerSum};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::common::{MoneyJson, UsageJson, instant, rfc3339};
use crate::extract::Query;
use crate::problem::Problem;

/// Which costs, and how they are divided.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CostsParameters {
    /// From this moment on, RFC 3339; from the first call when absent.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Before this moment, RFC 3339; to the last call when absent.
    #[param(format = DateTime)]
    until: Option<String>,
    /// How the sums are divided; not at all when absent.
    #[param(inline)]
    group_by: Option<GroupByJson>,
    /// Where days and months begin, in minutes east of UTC; where the server is when absent.
    timezone_offset_min: Option<i32>,
}

/// How sums are divided.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum GroupByJson {
    Day,
    Month,
    Model,
    Provider,
    Kind,
    Conversation,
}

impl From<GroupByJson> for GroupBy {
    fn from(group_by: GroupByJson) -> Self {
        match group_by {
            GroupByJson::Day => Self::Day,
            GroupByJson::Month => Self::Month,
            GroupByJson::Model => Self::Model,
            GroupByJson::Provider => Self::Provider,
            GroupByJson::Kind => Self::Kind,
            GroupByJson::Conversation => Self::Subject,
        }
    }
}

/// Costs with all that says what they mean.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CostsJson {
    /// When this was so.
    as_of: String,
    /// From this moment on; null: from the first call.
    since: Option<String>,
    /// Before this moment; null: to the last call.
    until: Option<String>,
    /// Where days and months begin, in minutes east of UTC.
    timezone_offset_min: i32,
    total: FiguresJson,
    /// Days and months in their order, others with the highest known cost first. At most 1,000.
    groups: Vec<CostGroupJson>,
    /// What further groups hold; null when all are shown.
    rest: Option<FiguresJson>,
}

/// A sum over calls.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FiguresJson {
    /// The known costs.
    #[serde(flatten)]
    cost: MoneyJson,
    /// All calls, the free and the failed among them.
    calls: u64,
    /// Calls without a known cost; above zero the sum reads "at least".
    unknown_calls: u64,
    /// The most the calls without a known cost were expected to cost: "perhaps up to".
    estimated_usd: String,
    estimated_pusd: String,
    /// Calls without a known cost of which not even an estimate is there.
    unestimated_calls: u64,
    /// Tokens by disjoint class.
    usage: UsageJson,
}

impl From<LedgerSum> for FiguresJson {
    fn from(sum: LedgerSum) -> Self {
        Self {
            cost: Some(sum.known).into(),
            calls: sum.calls,
            unknown_calls: sum.unknown,
            estimated_usd: sum.estimated.to_usd_string(),
            estimated_pusd: sum.estimated.0.to_string(),
            unestimated_calls: sum.unestimated,
            usage: sum.usage.into(),
        }
    }
}

/// One group.
#[derive(Debug, Serialize, ToSchema)]
struct CostGroupJson {
    /// What its calls have in common: a day, a month, a model …
    key: String,
    /// A conversation's or consultation's title; null when it was deleted, and for other groups.
    label: Option<String>,
    /// `chat` or `consultation`; null for other groups.
    kind: Option<&'static str>,
    #[serde(flatten)]
    figures: FiguresJson,
}

impl From<LedgerGroup> for CostGroupJson {
    fn from(group: LedgerGroup) -> Self {
        Self {
            key: group.key,
            label: group.label,
            kind: group.kind.map(majlis_app::JobKind::as_str),
            figures: group.sum.into(),
        }
    }
}

impl From<CostsView> for CostsJson {
    fn from(costs: CostsView) -> Self {
        Self {
            as_of: rfc3339(costs.as_of_ms),
            since: costs.since_ms.map(rfc3339),
            until: costs.until_ms.map(rfc3339),
            timezone_offset_min: costs.timezone_offset_min,
            total: costs.total.into(),
            groups: costs.groups.into_iter().map(Into::into).collect(),
            rest: (costs.rest.calls > 0).then(|| costs.rest.into()),
        }
    }
}

/// What the costs of calls come to.
#[utoipa::path(get, path = "/api/v1/costs", tag = "costs", operation_id = "get_costs",
    params(CostsParameters),
    responses((status = 200, description = "Sums; as CSV with `Accept: text/csv`.",
            content((CostsJson = "application/json"), (String = "text/csv"))),
        (status = 422, description = "A range or time zone that cannot be.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<CostsParameters>,
) -> Result<Response, Problem> {
    let costs = app
        .costs(CostsQuery {
            since_ms: instant("since", query.since.as_deref())?,
            until_ms: instant("until", query.until.as_deref())?,
            group_by: query.group_by.map(Into::into),
            timezone_offset_min: query.timezone_offset_min,
        })
        .await?;
    if wants_csv(&headers) {
        let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
        return Ok((kind, csv(&costs)).into_response());
    }
    Ok(Json(CostsJson::from(costs)).into_response())
}

fn wants_csv(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.to_ascii_lowercase().contains("text/csv"))
}

/// The head of the table.
const COLUMNS: [&str; 14] = [
    "key",
    "label",
    "calls",
    "cost_usd",
    "unknown_calls",
    "estimated_usd",
    "unestimated_calls",
    "fresh_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "kind",
];

/// A row per group, the rest as `(rest)`; one row `(total)` when nothing was divided.
pub(super) fn csv(costs: &CostsView) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let mut write = |row: &[String]| drop(writer.write_record(row));
    write(&COLUMNS.map(str::to_owned));
    for group in &costs.groups {
        let kind = group.kind.map_or("", majlis_app::JobKind::as_str);
        let label = group.label.as_deref().unwrap_or_default();
        write(&row(&group.key, label, kind, &group.sum));
    }
    if costs.rest.calls > 0 {
        write(&row("(rest)", "", "", &costs.rest));
    }
    if costs.groups.is_empty() {
        write(&row("(total)", "", "", &costs.total));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn row(key: &str, label: &str, kind: &str, sum: &LedgerSum) -> [String; 14] {
    [
        inert(key),
        inert(label),
        sum.calls.to_string(),
        sum.known.to_usd_string(),
        sum.unknown.to_string(),
        sum.estimated.to_usd_string(),
        sum.unestimated.to_string(),
        sum.usage.fresh_tokens.to_string(),
        sum.usage.cache_read_tokens.to_string(),
        sum.usage.cache_write_5m_tokens.to_string(),
        sum.usage.cache_write_1h_tokens.to_string(),
        sum.usage.output_tokens.to_string(),
        sum.usage.reasoning_tokens.to_string(),
        kind.to_owned(),
    ]
}

/// A text that no spreadsheet takes for a formula.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use majlis_llm::PicoUsd;

    use super::*;

    #[test]
    fn a_title_is_text_in_every_spreadsheet() {
        let group = LedgerGroup {
            key: "id".to_owned(),
            label: Some("=1+1, \"quoted\"".to_owned()),
            kind: None,
            sum: LedgerSum {
                calls: 2,
                known: PicoUsd(1_250_000),
                ..LedgerSum::default()
            },
        };
        let costs = CostsView {
            as_of_ms: 0,
            since_ms: None,
            until_ms: None,
            timezone_offset_min: 0,
            total: group.sum,
            groups: vec![group],
            rest: LedgerSum::default(),
        };
        let text = csv(&costs);
        let line = text.lines().nth(1).unwrap();
        assert_eq!(
            line,
            "id,\"'=1+1, \"\"quoted\"\"\",2,0.00000125,0,0,0,0,0,0,0,0,0,"
        );
        let none = CostsView {
            groups: Vec::new(),
            ..costs
        };
        assert!(
            csv(&none)
                .lines()
                .nth(1)
                .unwrap()
                .starts_with("(total),,2,")
        );
    }
}
