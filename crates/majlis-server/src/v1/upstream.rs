//! Whoever answers: a model, or a council.

use majlis_app::{App, Relay};
use majlis_llm::{ChatEvent, ChatRequest, ModelId, PicoUsd, ProviderError, Usage};
use serde::Serialize;
use serde_json::Value;

use super::council::{self, Session};
use super::refused;
use crate::problem::Problem;

/// An answer on its way. Dropping it ends what was asked.
pub(super) enum Upstream {
    Model(Box<Relay>),
    Council(Box<Session>),
}

impl Upstream {
    /// Asks whom a model id names. `read` makes the request.
    pub(super) async fn ask(
        app: &App,
        name: &str,
        read: impl FnOnce(ModelId) -> Result<ChatRequest, Problem>,
    ) -> Result<Self, Problem> {
        if let Some(preset) = council::preset(app, name) {
            let request = read(council::model(name)?)?;
            let session = Session::open(app, preset, &request).await?;
            return Ok(Self::Council(Box::new(session)));
        }
        let request = read(app.resolve_model(name).map_err(refused)?)?;
        Ok(Self::Model(Box::new(app.relay(request).await?)))
    }

    /// What comes next; `None` behind the end. An error is the last item. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ProviderError>> {
        match self {
            Self::Model(relay) => relay.next().await,
            Self::Council(session) => session.next().await,
        }
    }

    /// Id of the call in the ledger, or of the consultation.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Model(relay) => relay.receipt().call_id,
            Self::Council(session) => session.id().to_owned(),
        }
    }

    /// When it was asked, in seconds since 1970 UTC.
    pub(super) fn created_s(&self) -> i64 {
        let at_ms = match self {
            Self::Model(relay) => relay.created_at_ms(),
            Self::Council(session) => session.created_at_ms(),
        };
        at_ms / 1_000
    }

    /// Tokens as they were counted; `None` when they were not.
    pub(super) fn usage(&self) -> Option<Usage> {
        match self {
            Self::Model(relay) => relay.receipt().usage,
            Self::Council(session) => session.usage(),
        }
    }

    /// What Majlis adds to the answer.
    pub(super) fn extension(&self) -> Extension {
        match self {
            Self::Council(session) => Extension::Council(session.measured()),
            Self::Model(relay) => {
                let receipt = relay.receipt();
                Extension::Call {
                    call_id: receipt.call_id,
                    response_model: receipt.response_model,
                    cost_usd: receipt.cost.map(PicoUsd::to_usd_string),
                    cost_pusd: receipt.cost.map(|cost| cost.0.to_string()),
                }
            }
        }
    }
}

/// What Majlis adds to an answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Extension {
    /// What a call cost, exactly; `null`: not known.
    Call {
        call_id: String,
        response_model: Option<String>,
        cost_usd: Option<String>,
        cost_pusd: Option<String>,
    },
    /// The answers of a council, and what was measured between them.
    Council(Value),
}
