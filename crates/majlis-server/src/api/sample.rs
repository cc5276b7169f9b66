//! The bundled sample question.

use axum::Json;
use majlis_app::{Language, SampleConsultation};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::Query;

/// A language of the interface.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum LanguageJson {
    /// English.
    #[default]
    En,
    /// Arabic.
    Ar,
}

impl From<LanguageJson> for Language {
    fn from(language: LanguageJson) -> Self {
        match language {
            LanguageJson::En => Self::English,
            LanguageJson::Ar => Self::Arabic,
        }
    }
}

impl From<Language> for LanguageJson {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::En,
            Language::Arabic => Self::Ar,
        }
    }
}

/// Which sample.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleQuery {
    /// English when absent.
    #[param(inline)]
    language: Option<LanguageJson>,
}

/// A question with written answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SampleJson {
    question: String,
    answers: Vec<SampleAnswerJson>,
}

/// One written answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SampleAnswerJson {
    name: String,
    text: String,
}

/// A sample question with four written answers, to be put in as pasted members.
#[utoipa::path(get, path = "/api/v1/samples/council", tag = "samples", operation_id = "sample_council",
    params(SampleQuery),
    responses((status = 200, description = "The sample.", body = SampleJson)))]
pub(super) async fn council(Query(query): Query<SampleQuery>) -> Json<SampleJson> {
    let sample = SampleConsultation::bundled(query.language.unwrap_or_default().into());
    Json(SampleJson {
        question: sample.question,
        answers: sample
            .answers
            .into_iter()
            .map(|answer| SampleAnswerJson {
                name: answer.name,
                text: answer.text,
            })
            .collect(),
    })
}
