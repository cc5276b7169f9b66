//! Caps on costs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use majlis_app::{App, BudgetChange, BudgetsView, CapChange, PeriodView};
use majlis_llm::PicoUsd;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::common::{ModelIdText, rfc3339};
use super::conversation::model_id;
use crate::extract::Body;
use crate::problem::Problem;

/// The caps, and how far each is used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BudgetsJson {
    /// When this was so.
    as_of: String,
    /// Where days and months begin, in minutes east of UTC.
    timezone_offset_min: i32,
    run: LimitJson,
    day: PeriodJson,
    month: PeriodJson,
    /// The day, of what other programs ask through `/v1` and `/mcp`.
    programs: PeriodJson,
    /// Models without a known price that may be asked although a cap applies.
    uncapped_models: Vec<String>,
}

/// What one run may cost.
#[derive(Debug, Serialize, ToSchema)]
struct LimitJson {
    /// Dollars as a decimal; null: no cap.
    limit_usd: Option<String>,
    /// Pico-dollars as a whole number; null: no cap.
    limit_pusd: Option<String>,
}

impl From<Option<PicoUsd>> for LimitJson {
    fn from(limit: Option<PicoUsd>) -> Self {
        Self {
            limit_usd: limit.map(PicoUsd::to_usd_string),
            limit_pusd: limit.map(|limit| limit.0.to_string()),
        }
    }
}

/// A cap over a time.
#[derive(Debug, Serialize, ToSchema)]
struct PeriodJson {
    /// When it began.
    since: String,
    #[serde(flatten)]
    limit: LimitJson,
    /// Known costs, and estimates of calls that ended without a known one.
    spent_usd: String,
    spent_pusd: String,
    /// Calls that ended without a known cost.
    unknown_calls: u64,
    /// What answers on their way hold back.
    reserved_usd: String,
    reserved_pusd: String,
}

impl From<PeriodView> for PeriodJson {
    fn from(period: PeriodView) -> Self {
        Self {
            since: rfc3339(period.since_ms),
            limit: period.limit.into(),
            spent_usd: period.spent.to_usd_string(),
            spent_pusd: period.spent.0.to_string(),
            unknown_calls: period.unknown,
            reserved_usd: period.reserved.to_usd_string(),
            reserved_pusd: period.reserved.0.to_string(),
        }
    }
}

impl From<BudgetsView> for BudgetsJson {
    fn from(budgets: BudgetsView) -> Self {
        Self {
            as_of: rfc3339(budgets.as_of_ms),
            timezone_offset_min: budgets.timezone_offset_min,
            run: budgets.run.into(),
            day: budgets.day.into(),
            month: budgets.month.into(),
            programs: budgets.programs.into(),
            uncapped_models: budgets
                .uncapped_models
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

/// Caps to change; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetBudgets {
    /// What one run may cost, dollars as a decimal; null: no cap.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    run_usd: Given,
    /// What may be spent in a day, dollars as a decimal; null: no cap.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    day_usd: Given,
    /// What may be spent in a month, dollars as a decimal; null: no cap.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    month_usd: Given,
    /// What other programs may spend in a day, dollars as a decimal; null: no cap of their own.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    programs_usd: Given,
    /// All models without a known price that may be asked although a cap applies.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ModelIdText>>)]
    uncapped_models: Option<Vec<String>>,
}

/// A field whose absence means something else than its null.
#[derive(Debug, Default)]
enum Given {
    #[default]
    Absent,
    Null,
    Text(String),
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Given, D::Error> {
    let value = Option::<String>::deserialize(deserializer)?;
    Ok(value.map_or(Given::Null, Given::Text))
}

impl Given {
    fn checked(self) -> Result<CapChange, Problem> {
        Ok(match self {
            Self::Absent => CapChange::Keep,
            Self::Null => CapChange::Lift,
            Self::Text(text) => CapChange::Set(usd(&text)?),
        })
    }
}

/// An amount a client wrote, in dollars.
pub(super) fn usd(text: &str) -> Result<PicoUsd, Problem> {
    text.parse().map_err(|error: majlis_llm::AmountError| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "budget_amount",
            error.to_string(),
        )
        .with_hint("Write dollars as a decimal, for example \"1.50\".")
    })
}

/// The caps, and how far each is used.
#[utoipa::path(get, path = "/api/v1/budgets", tag = "costs", operation_id = "get_budgets",
    responses((status = 200, description = "As they are.", body = BudgetsJson)))]
pub(super) async fn get(State(app): State<App>) -> Result<Json<BudgetsJson>, Problem> {
    Ok(Json(app.budgets().await?.into()))
}

/// Changes caps; absent fields stay, null lifts a cap.
#[utoipa::path(put, path = "/api/v1/budgets", tag = "costs", operation_id = "set_budgets",
    request_body = SetBudgets,
    responses((status = 200, description = "As they are now.", body = BudgetsJson),
        (status = 422, description = "Not an amount, not a model.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn set(
    State(app): State<App>,
    Body(body): Body<SetBudgets>,
) -> Result<Json<BudgetsJson>, Problem> {
    let models = body.uncapped_models.map(|models| {
        models
            .iter()
            .map(|model| model_id(model))
            .collect::<Result<_, _>>()
    });
    let change = BudgetChange {
        run: body.run_usd.checked()?,
        day: body.day_usd.checked()?,
        month: body.month_usd.checked()?,
        programs: body.programs_usd.checked()?,
        uncapped_models: models.transpose()?,
    };
    Ok(Json(app.set_budgets(change).await?.into()))
}
