//! The same JSON for the command line, which prints what the server sends.

use majlis_app::{
    BudgetsView, ConsultationSummary, ConsultationView, CostEstimate, CostsView, CouncilStats,
    ImportReport, ModelView, Page, Reconciliation, RunFrame, SearchHit, SearchPage,
};
use majlis_text::Analysis;
use serde::Serialize;
use serde_json::Value;

use super::analysis::AnalysisJson;
use super::budget::BudgetsJson;
use super::consultation::{ConsultationJson, ConsultationsJson};
use super::cost::{self, CostsJson};
use super::deliberation::CouncilStatsJson;
use super::estimate::EstimateJson;
use super::live::ServerFrame;
use super::model::ModelsJson;
use super::port::ImportReportJson;
use super::reconcile::ReconciliationJson;
use super::search::{FoundJson, FoundPageJson};

/// What was measured, as `POST /api/v1/analyses` gives it.
pub fn analysis_json(analysis: &Analysis) -> Value {
    json(&AnalysisJson::from(analysis))
}

/// A consultation as `GET /api/v1/consultations/{id}` gives it.
pub fn consultation_json(consultation: &ConsultationView) -> Value {
    json(&ConsultationJson::from(consultation.clone()))
}

/// A page of consultations as `GET /api/v1/consultations` gives it.
pub fn consultations_json(page: Page<ConsultationSummary>) -> Value {
    json(&ConsultationsJson::from(page))
}

/// What one's history says as `GET /api/v1/consultations/stats` gives it.
pub fn council_stats_json(stats: CouncilStats) -> Value {
    json(&CouncilStatsJson::from(stats))
}

/// All models as `GET /api/v1/models` gives them.
pub fn models_json(models: Vec<ModelView>) -> Value {
    json(&ModelsJson::from(models))
}

/// What was found as `GET /api/v1/search` gives it.
pub fn search_json(page: SearchPage) -> Value {
    json(&FoundPageJson::from(page))
}

/// One of `items` of what was found.
pub fn hit_json(hit: SearchHit) -> Value {
    json(&FoundJson::from(hit))
}

/// Costs as `GET /api/v1/costs` gives them.
pub fn costs_json(costs: CostsView) -> Value {
    json(&CostsJson::from(costs))
}

/// Costs as `GET /api/v1/costs` gives them with `Accept: text/csv`.
pub fn costs_csv(costs: &CostsView) -> String {
    cost::csv(costs)
}

/// The caps as `GET /api/v1/budgets` gives them.
pub fn budgets_json(budgets: BudgetsView) -> Value {
    json(&BudgetsJson::from(budgets))
}

/// An estimate as `POST /api/v1/consultations/estimate` gives it.
pub fn estimate_json(estimate: CostEstimate) -> Value {
    json(&EstimateJson::from(estimate))
}

/// A reconciliation as `POST /api/v1/costs/reconcile` gives it.
pub fn reconciliation_json(found: Reconciliation) -> Value {
    json(&ReconciliationJson::from(found))
}

/// What an import did as `POST /api/v1/imports` gives it.
pub fn import_json(report: &ImportReport) -> Value {
    json(&ImportReportJson::from(report.clone()))
}

/// An event as the WebSocket sends it.
pub fn frame_json(frame: &RunFrame) -> Value {
    json(&ServerFrame::from(frame))
}

/// Our forms have text for keys and no numbers JSON lacks, so nothing is ever lost here.
fn json(form: &impl Serialize) -> Value {
    serde_json::to_value(form).unwrap_or(Value::Null)
}
