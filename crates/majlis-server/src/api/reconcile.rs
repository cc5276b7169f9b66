//! A provider's bill beside the ledger.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use majlis_app::{App, Billed, LedgerSum, ReconciledDay, ReconciledModel, Reconciliation};
use majlis_llm::PicoUsd;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// A bill laid beside the ledger, by day (UTC) and model.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReconciliationJson {
    /// The bill's first day (UTC), `2026-11-22`; null of an empty bill.
    first_day: Option<String>,
    /// The bill's last day (UTC).
    last_day: Option<String>,
    /// Lines of the bill that bill something.
    rows: u64,
    /// The bill has costs; without them tokens are compared.
    has_costs: bool,
    /// How many days of models both know.
    matched: u64,
    /// Days of models that only the bill knows.
    only_in_bill: Vec<ReconciledDayJson>,
    /// Days of models that only the ledger knows, of the providers the bill is from.
    only_in_ledger: Vec<ReconciledDayJson>,
    /// Each model over the whole bill.
    models: Vec<ReconciledModelJson>,
}

/// What both sides say.
#[derive(Debug, Serialize, ToSchema)]
struct SidesJson {
    /// Null when the bill has no costs, or does not know it.
    bill_usd: Option<String>,
    bill_pusd: Option<String>,
    bill_input_tokens: Option<u64>,
    bill_output_tokens: Option<u64>,
    bill_lines: u64,
    /// The known costs in the ledger.
    ledger_usd: String,
    ledger_pusd: String,
    ledger_input_tokens: u64,
    ledger_output_tokens: u64,
    calls: u64,
    /// Calls without a known cost; they may explain a difference.
    unknown_calls: u64,
}

impl SidesJson {
    fn new(bill: Billed, ledger: &LedgerSum) -> Self {
        Self {
            bill_usd: bill.cost.map(PicoUsd::to_usd_string),
            bill_pusd: bill.cost.map(|cost| cost.0.to_string()),
            bill_input_tokens: bill.input_tokens,
            bill_output_tokens: bill.output_tokens,
            bill_lines: bill.lines,
            ledger_usd: ledger.known.to_usd_string(),
            ledger_pusd: ledger.known.0.to_string(),
            ledger_input_tokens: ledger.usage.total_input_tokens(),
            ledger_output_tokens: ledger.usage.total_output_tokens(),
            calls: ledger.calls,
            unknown_calls: ledger.unknown,
        }
    }
}

/// One model on one day.
#[derive(Debug, Serialize, ToSchema)]
struct ReconciledDayJson {
    /// The day (UTC).
    day: String,
    model: String,
    #[serde(flatten)]
    sides: SidesJson,
}

impl From<ReconciledDay> for ReconciledDayJson {
    fn from(day: ReconciledDay) -> Self {
        Self {
            day: day.day,
            model: day.model,
            sides: SidesJson::new(day.bill.unwrap_or_default(), &day.ledger),
        }
    }
}

/// One model over the whole bill.
#[derive(Debug, Serialize, ToSchema)]
struct ReconciledModelJson {
    model: String,
    /// How much more the bill says than the ledger knows; null when the bill has no costs.
    difference_usd: Option<String>,
    difference_pusd: Option<String>,
    #[serde(flatten)]
    sides: SidesJson,
}

impl From<ReconciledModel> for ReconciledModelJson {
    fn from(model: ReconciledModel) -> Self {
        let difference = model.difference();
        Self {
            difference_usd: difference.map(PicoUsd::to_usd_string),
            difference_pusd: difference.map(|difference| difference.0.to_string()),
            sides: SidesJson::new(model.bill, &model.ledger),
            model: model.model,
        }
    }
}

impl From<Reconciliation> for ReconciliationJson {
    fn from(found: Reconciliation) -> Self {
        Self {
            first_day: found.first_day,
            last_day: found.last_day,
            rows: found.rows,
            has_costs: found.has_costs,
            matched: found.matched.len() as u64,
            only_in_bill: found.only_in_bill.into_iter().map(Into::into).collect(),
            only_in_ledger: found.only_in_ledger.into_iter().map(Into::into).collect(),
            models: found.models.into_iter().map(Into::into).collect(),
        }
    }
}

/// Lays a provider's bill beside the ledger; nothing is stored.
#[utoipa::path(post, path = "/api/v1/costs/reconcile", tag = "costs", operation_id = "reconcile_costs",
    request_body(content = String, content_type = "text/csv", description = "The export of a provider; at most 4 MiB."),
    responses((status = 200, description = "What both say, and what only one does.", body = ReconciliationJson),
        (status = 422, description = "A line cannot be read.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn reconcile(
    State(app): State<App>,
    body: Bytes,
) -> Result<Json<ReconciliationJson>, Problem> {
    Ok(Json(app.reconcile(body.into()).await?.into()))
}
