//! Requests of other programs, passed on to a model: journalled, priced, under the person's caps,
//! and bound to their connection. They belong to no conversation and nothing of their text is kept.

mod desk;

use futures_util::StreamExt as _;
use majlis_llm::{
    ChatEvent, ChatRequest, ChatStream, ErrorKind, FinishReason, PicoUsd, ProviderError, Usage,
};
use majlis_store::{CallFailure, NewCall, NewRelay, Settlement, StoreErrorKind};
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::call::{self, PlannedCall};
use crate::{App, AppError, ambient, meter};

pub(crate) use desk::Desk;
pub use desk::RelayJournal;

/// Why a request was not passed on, or not answered.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// Majlis refused it; nothing was sent.
    #[error(transparent)]
    Refused(#[from] AppError),
    /// The provider refused it, or could not be reached.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// What a request took, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Id of the call in the ledger.
    pub call_id: String,
    /// The model that answered, where the provider says so.
    pub response_model: Option<String>,
    /// Tokens as the provider counted them; `None` when it did not.
    pub usage: Option<Usage>,
    /// What it cost; `None` when usage or price are not known.
    pub cost: Option<PicoUsd>,
}

/// An answer on its way through. Dropping it ends the request; what is known of it by then is
/// recorded.
pub struct Relay {
    app: App,
    planned: PlannedCall,
    stream: Option<ChatStream>,
    began: Instant,
    created_at_ms: i64,
    is_sent: bool,
    is_settled: bool,
    first_token_ms: Option<i64>,
    /// In how many pieces the answer came.
    pieces: u32,
    response_model: Option<String>,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    /// Closing the program waits for this.
    _open: TaskTrackerToken,
}

impl App {
    /// Passes a request on. What comes back is the answer from the moment the provider accepted.
    ///
    /// # Errors
    /// [`RelayError`]; what the request cost until then is recorded.
    pub async fn relay(&self, request: ChatRequest) -> Result<Relay, RelayError> {
        let planned = self.planned_call("", request)?;
        let mut relay = Relay {
            app: self.clone(),
            planned,
            stream: None,
            began: Instant::now(),
            created_at_ms: ambient::now_ms(),
            is_sent: false,
            is_settled: false,
            first_token_ms: None,
            pieces: 0,
            response_model: None,
            usage: None,
            finish: None,
            _open: self.inner.tasks.token(),
        };
        let job_id = self.inner.desk.open();
        // From here on the relay settles itself, whatever becomes of this future.
        self.write_intent(&relay.planned, job_id).await?;
        relay.send().await?;
        Ok(relay)
    }

    /// How relays are written down from now on; quickly, unless this says otherwise.
    pub fn journal_relays(&self, journal: RelayJournal) {
        self.inner.desk.set_journal(journal);
    }

    async fn write_intent(&self, planned: &PlannedCall, job_id: String) -> Result<(), AppError> {
        let journal = self.inner.desk.journal();
        if journal == RelayJournal::Off {
            return Ok(());
        }
        let at_ms = ambient::now_ms();
        let mut relay = NewRelay {
            job_id,
            call: NewCall {
                id: planned.call_id.clone(),
                model: planned.request.model.clone(),
                request_hash: call::request_hash(&planned.request),
                estimate: planned.most,
                reserved: planned.most,
                reply_id: String::new(),
            },
            caps: self.caps(at_ms, None),
            is_strict: journal == RelayJournal::Strict,
            at_ms,
        };
        let refused = match self.inner.store.begin_relay(relay.clone()).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let is_over = matches!(refused.kind, StoreErrorKind::BudgetExceeded { .. });
        if !is_over {
            return Err(refused.into());
        }
        // The text's length bounds its tokens; where that is too much, they are counted.
        let call = (
            planned.call_id.clone(),
            planned.request.clone(),
            planned.price.clone(),
        );
        for (_, most) in self.counted(vec![call]).await? {
            (relay.call.estimate, relay.call.reserved) = (most, most);
        }
        Ok(self.inner.store.begin_relay(relay).await?)
    }
}

impl Relay {
    /// What comes next; `None` behind the end. An error is the last item.
    pub async fn next(&mut self) -> Option<Result<ChatEvent, ProviderError>> {
        if self.is_settled {
            return None;
        }
        let shutdown = self.app.inner.runs.shutdown().clone();
        let stream = self.stream.as_mut()?;
        let next = tokio::select! {
            biased;
            () = shutdown.cancelled() => Some(Err(stopping())),
            next = stream.next() => next,
        };
        let next = match next {
            Some(next) => next,
            None if self.finish.is_some() => {
                self.settle(None);
                return None;
            }
            None => Err(call::cut()),
        };
        match &next {
            Ok(event) => self.note(event),
            Err(error) => self.settle(Some(error)),
        }
        Some(next)
    }

    /// When it was asked, milliseconds since 1970 UTC.
    pub fn created_at_ms(&self) -> i64 {
        self.created_at_ms
    }

    /// What it took so far; whole once the answer is.
    pub fn receipt(&self) -> Receipt {
        Receipt {
            call_id: self.planned.call_id.clone(),
            response_model: self.response_model.clone(),
            usage: self.usage,
            cost: call::cost(self.planned.price.as_ref(), self.usage.as_ref(), None),
        }
    }

    async fn send(&mut self) -> Result<(), ProviderError> {
        let shutdown = self.app.inner.runs.shutdown().clone();
        self.is_sent = true;
        let provider = &self.planned.provider;
        let answer = tokio::select! {
            biased;
            () = shutdown.cancelled() => Err(stopping()),
            answer = provider.chat(self.planned.request.clone()) => answer,
        };
        match answer {
            Ok(stream) => {
                self.stream = Some(stream);
                Ok(())
            }
            Err(error) => {
                self.settle(Some(&error));
                Err(error)
            }
        }
    }

    fn note(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Started { response_model, .. } => {
                self.response_model.clone_from(response_model);
            }
            ChatEvent::TextDelta { .. }
            | ChatEvent::ReasoningDelta { .. }
            | ChatEvent::ToolCallDelta { .. } => {
                self.pieces = self.pieces.saturating_add(1);
                self.first_token_ms
                    .get_or_insert_with(|| call::elapsed_ms(self.began));
            }
            ChatEvent::Usage { usage } => self.usage = Some(*usage),
            ChatEvent::Finished { reason } => {
                self.finish = Some(*reason);
                // Nothing may follow, so that the ledger need not wait for the reader.
                self.settle(None);
            }
        }
    }

    fn settle(&mut self, error: Option<&ProviderError>) {
        if self.is_settled {
            return;
        }
        self.is_settled = true;
        self.stream = None;
        let is_interrupted = self.app.inner.runs.shutdown().is_cancelled();
        let (state, reply_state) = call::end_states(error, is_interrupted);
        let price = self.planned.price.as_ref();
        let settlement = Settlement {
            call_id: self.planned.call_id.clone(),
            state,
            reply_state,
            parts: Vec::new(),
            notice: None,
            response_model: self.response_model.clone(),
            usage: self.usage,
            cost: if self.is_sent {
                call::cost(price, self.usage.as_ref(), error)
            } else {
                Some(PicoUsd::ZERO)
            },
            price: price.and_then(|row| serde_json::to_value(row).ok()),
            finish_reason: self.finish,
            failure: error.map(|error| CallFailure {
                kind: error.kind,
                message: error.message.clone(),
            }),
            first_token_ms: self.first_token_ms,
            duration_ms: Some(call::elapsed_ms(self.began)),
            settled_at_ms: ambient::now_ms(),
        };
        if self.is_sent {
            meter::settled(&self.planned.request.model, &settlement, self.pieces);
        }
        self.app.close_relay(settlement);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let gone = ProviderError::new(ErrorKind::Cancelled, "Whoever asked went away.");
        self.settle(Some(&gone));
    }
}

fn stopping() -> ProviderError {
    ProviderError::new(ErrorKind::Cancelled, "Majlis is stopping.")
}
