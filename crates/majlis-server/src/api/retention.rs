//! Rules by which what is old is forgotten.

use axum::Json;
use axum::extract::State;
use majlis_app::{App, RetentionCounts, RetentionRule, RetentionSubject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Body;
use crate::problem::Problem;

/// What a rule is about. Pinned conversations are never deleted by a rule.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RetentionSubjectJson {
    Conversations,
    Consultations,
}

/// A rule: what has not changed for so many days is deleted. What was paid stays in the costs.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetentionRuleJson {
    what: RetentionSubjectJson,
    /// Days since the last change.
    #[schema(minimum = 1, maximum = 36500)]
    older_than_days: u32,
}

impl From<RetentionRule> for RetentionRuleJson {
    fn from(rule: RetentionRule) -> Self {
        Self {
            what: match rule.subject {
                RetentionSubject::Conversations => RetentionSubjectJson::Conversations,
                RetentionSubject::Consultations => RetentionSubjectJson::Consultations,
            },
            older_than_days: rule.older_than_days,
        }
    }
}

impl From<RetentionRuleJson> for RetentionRule {
    fn from(rule: RetentionRuleJson) -> Self {
        Self {
            subject: match rule.what {
                RetentionSubjectJson::Conversations => RetentionSubject::Conversations,
                RetentionSubjectJson::Consultations => RetentionSubject::Consultations,
            },
            older_than_days: rule.older_than_days,
        }
    }
}

/// All rules; none: nothing is ever deleted by itself.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RetentionJson {
    rules: Vec<RetentionRuleJson>,
}

impl From<Vec<RetentionRule>> for RetentionJson {
    fn from(rules: Vec<RetentionRule>) -> Self {
        Self {
            rules: rules.into_iter().map(Into::into).collect(),
        }
    }
}

/// What goes, or went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetentionCountsJson {
    conversations: u64,
    /// Messages of those conversations.
    messages: u64,
    consultations: u64,
}

impl From<RetentionCounts> for RetentionCountsJson {
    fn from(counts: RetentionCounts) -> Self {
        Self {
            conversations: counts.conversations,
            messages: counts.messages,
            consultations: counts.consultations,
        }
    }
}

/// The rules that hold.
#[utoipa::path(get, path = "/api/v1/retention", tag = "data", operation_id = "get_retention",
    responses((status = 200, description = "The rules.", body = RetentionJson)))]
pub(super) async fn get(State(app): State<App>) -> Result<Json<RetentionJson>, Problem> {
    Ok(Json(app.retention().await?.into()))
}

/// Sets all rules. Deletes nothing yet; a running server applies them once a day.
#[utoipa::path(put, path = "/api/v1/retention", tag = "data", operation_id = "set_retention",
    request_body = RetentionJson,
    responses(
        (status = 200, description = "The rules as they are now.", body = RetentionJson),
        (status = 422, description = "A rule that cannot be.", body = Problem)
    ))]
pub(super) async fn set(
    State(app): State<App>,
    Body(body): Body<RetentionJson>,
) -> Result<Json<RetentionJson>, Problem> {
    app.set_retention(body.rules.into_iter().map(Into::into).collect())
        .await?;
    Ok(Json(app.retention().await?.into()))
}

/// What the rules would delete now.
#[utoipa::path(post, path = "/api/v1/retention/preview", tag = "data", operation_id = "preview_retention",
    responses((status = 200, description = "What would go.", body = RetentionCountsJson)))]
pub(super) async fn preview(State(app): State<App>) -> Result<Json<RetentionCountsJson>, Problem> {
    Ok(Json(app.preview_retention().await?.into()))
}

/// Deletes what the rules say, now.
#[utoipa::path(post, path = "/api/v1/retention/apply", tag = "data", operation_id = "apply_retention",
    responses((status = 200, description = "What went.", body = RetentionCountsJson)))]
pub(super) async fn apply(State(app): State<App>) -> Result<Json<RetentionCountsJson>, Problem> {
    Ok(Json(app.apply_retention().await?.into()))
}
