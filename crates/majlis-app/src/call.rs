//! One request to one model, from the first byte to its settlement.
//!
//! The caller has written the intent before; this streams the answer into the run's log, flushes
//! what came every half second, and settles the call in one transaction at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use majlis_llm::{
    BoxFuture, ChatEvent, ChatRequest, ErrorKind, FinishReason, PicoUsd, PriceRow, PriceSource,
    Provider, ProviderError, Usage,
};
use majlis_store::{
    self as store, CallFailure, Chunk, Finish, JobState, Settlement, Store, StoreError,
};
use tokio::time::Instant;

use crate::retry::until_stored;
use crate::run::Run;
use crate::{AppError, CallView, Notice, RunEvent, RunStatus, ambient, convert, meter, once};

/// Text that waits at most this long before it is safe.
const FLUSH_INTERVAL: Duration = Duration::from_millis(500);
/// Text that waits for the disk at most, in bytes.
const FLUSH_BYTES: usize = 4 << 10;
/// An answer at most, in bytes; what goes on longer is cut off as a failure.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// A piece of an answer on its way to the disk.
type Flush = BoxFuture<'static, Result<(), StoreError>>;

/// A call whose intent is written.
pub(crate) struct PlannedCall {
    pub(crate) call_id: String,
    /// The message or the member's answer it fills.
    pub(crate) message_id: String,
    pub(crate) request: ChatRequest,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) price: Option<PriceRow>,
    /// The most it can cost; `None` when no price is known.
    pub(crate) most: Option<PicoUsd>,
}

/// How a call ended.
pub(crate) struct EndedCall {
    pub(crate) text: String,
    /// `None` when the answer is whole.
    pub(crate) failure: Option<ErrorKind>,
}

/// A stable fingerprint of a request: SHA-256 of its JSON, in hexadecimal.
pub(crate) fn request_hash(request: &ChatRequest) -> String {
    once::hash(request)
}

/// The calls of a job that go on side by side. The last one to end ends the job in its own commit.
pub(crate) struct Ending {
    /// `None` where the job is the run's own.
    job_id: Option<String>,
    asked: usize,
    left: AtomicUsize,
    answered: AtomicUsize,
}

impl Ending {
    /// A job with this many calls.
    pub(crate) fn of(asked: usize) -> Self {
        Self {
            job_id: None,
            asked,
            left: AtomicUsize::new(asked),
            answered: AtomicUsize::new(0),
        }
    }

    /// A job of a run that has several, with this many calls.
    pub(crate) fn of_job(asked: usize, job_id: String) -> Self {
        Self {
            job_id: Some(job_id),
            ..Self::of(asked)
        }
    }

    /// Counts one call that ended; with the last one, the job's end.
    fn count(&self, run: &Run, answered: bool) -> Option<Finish> {
        if answered {
            self.answered.fetch_add(1, Ordering::AcqRel);
        }
        let is_last = self.left.fetch_sub(1, Ordering::AcqRel) == 1;
        is_last.then(|| Finish {
            job_id: self.job_id.clone().unwrap_or_else(|| run.id().to_owned()),
            state: job_state(self.status(run)),
            status: None,
            at_ms: ambient::now_ms(),
        })
    }

    /// How the job ended, once all its calls have.
    pub(crate) fn status(&self, run: &Run) -> RunStatus {
        turn_status(
            self.answered.load(Ordering::Acquire),
            self.asked,
            run.cancel.is_cancelled(),
            run.is_interrupted(),
        )
    }
}

fn turn_status(answered: usize, asked: usize, cancelled: bool, interrupted: bool) -> RunStatus {
    match (answered, interrupted, cancelled) {
        (answered, _, _) if answered == asked => RunStatus::Complete,
        (_, true, _) => RunStatus::Interrupted,
        (_, false, true) => RunStatus::Cancelled,
        (0, false, false) => RunStatus::Failed,
        _ => RunStatus::Degraded,
    }
}

/// How a job is stored that ended with a status.
pub(crate) fn job_state(status: RunStatus) -> JobState {
    match status {
        RunStatus::Failed => JobState::Failed,
        RunStatus::Cancelled => JobState::Cancelled,
        RunStatus::Interrupted | RunStatus::Running => JobState::Interrupted,
        RunStatus::Complete | RunStatus::Degraded | RunStatus::Single => JobState::Finished,
    }
}

/// Sends the request, follows the answer, settles the call, and with the last call of `ending` the
/// job. Never fails: every end is an end.
pub(crate) async fn perform(
    store: &Store,
    run: &Run,
    planned: PlannedCall,
    ending: Option<&Ending>,
) -> EndedCall {
    let mut draft = Draft::new(store, run, &planned);
    let cancel = run.reply_token(&planned.message_id);
    let result = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ProviderError::new(ErrorKind::Cancelled, "Stopped.")),
        () = run.late.cancelled() => Err(ProviderError::new(ErrorKind::Timeout, "No whole answer in time.")),
        result = draft.follow(planned.provider.as_ref(), planned.request.clone()) => result,
    };
    draft.settle(&planned, result, ending).await
}

/// An answer while it is written.
struct Draft<'a> {
    store: &'a Store,
    run: &'a Run,
    call_id: String,
    message_id: String,
    began: Instant,
    first_token_ms: Option<i64>,
    response_model: Option<String>,
    text: String,
    reasoning: String,
    /// In how many pieces they came.
    pieces: u32,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    /// How much of text and reasoning is on its way to the disk, in bytes.
    flushed: (usize, usize),
    /// How much of them the disk has, in bytes.
    kept: (usize, usize),
    /// The disk did not take the last piece: the next try waits its time.
    is_refused: bool,
    next_chunk: u32,
    flush_due: Option<Instant>,
}

impl<'a> Draft<'a> {
    fn new(store: &'a Store, run: &'a Run, planned: &PlannedCall) -> Self {
        Self {
            store,
            run,
            call_id: planned.call_id.clone(),
            message_id: planned.message_id.clone(),
            began: Instant::now(),
            first_token_ms: None,
            response_model: None,
            text: String::new(),
            reasoning: String::new(),
            pieces: 0,
            usage: None,
            finish: None,
            flushed: (0, 0),
            kept: (0, 0),
            is_refused: false,
            next_chunk: 0,
            flush_due: None,
        }
    }

    async fn follow(
        &mut self,
        provider: &dyn Provider,
        request: ChatRequest,
    ) -> Result<(), ProviderError> {
        let mut stream = provider.chat(request).await?;
        let mut flushing: Option<Flush> = None;
        loop {
            tokio::select! {
                event = stream.next() => match event {
                    Some(Ok(event)) => self.take(event)?,
                    Some(Err(error)) => return Err(error),
                    None if self.finish.is_some() => return Ok(()),
                    None => return Err(cut()),
                },
                Some(result) = poll_flush(&mut flushing) => {
                    flushing = None;
                    match result {
                        Ok(()) => (self.kept, self.is_refused) = (self.flushed, false),
                        Err(error) => {
                            tracing::warn!(%error, "an answer could not be flushed; it goes on in memory");
                            (self.flushed, self.is_refused) = (self.kept, true);
                            self.next_chunk -= 1;
                            self.flush_due = Some(Instant::now() + FLUSH_INTERVAL);
                        }
                    }
                },
                () = until(self.flush_due), if flushing.is_none() => {}
            }
            if flushing.is_none() && self.flush_is_due() {
                flushing = Some(self.flush());
            }
        }
    }

    fn take(&mut self, event: ChatEvent) -> Result<(), ProviderError> {
        match event {
            ChatEvent::Started { response_model, .. } => {
                self.response_model.clone_from(&response_model);
                self.run.emit(RunEvent::ReplyStarted {
                    message_id: self.message_id.clone(),
                    response_model,
                });
            }
            ChatEvent::TextDelta { text } if !text.is_empty() => {
                self.grow(text.len())?;
                self.text.push_str(&text);
                self.run.emit(RunEvent::TextDelta {
                    message_id: self.message_id.clone(),
                    text,
                });
            }
            ChatEvent::ReasoningDelta { text, .. } if !text.is_empty() => {
                self.grow(text.len())?;
                self.reasoning.push_str(&text);
                self.run.emit(RunEvent::ReasoningDelta {
                    message_id: self.message_id.clone(),
                    text,
                });
            }
            ChatEvent::Usage { usage } => self.usage = Some(usage),
            ChatEvent::Finished { reason } => self.finish = Some(reason),
            // Majlis offers models no functions yet.
            ChatEvent::ToolCallDelta { .. }
            | ChatEvent::TextDelta { .. }
            | ChatEvent::ReasoningDelta { .. } => {}
        }
        Ok(())
    }

    fn grow(&mut self, more_bytes: usize) -> Result<(), ProviderError> {
        if self.text.len() + self.reasoning.len() + more_bytes > MAX_ANSWER_BYTES {
            return Err(ProviderError::new(
                ErrorKind::Malformed,
                "The answer grew beyond 16 MiB and was cut off.",
            ));
        }
        self.pieces = self.pieces.saturating_add(1);
        self.first_token_ms.get_or_insert(elapsed_ms(self.began));
        self.flush_due
            .get_or_insert(Instant::now() + FLUSH_INTERVAL);
        Ok(())
    }

    fn flush_is_due(&self) -> bool {
        let waiting = self.text.len() + self.reasoning.len() - self.flushed.0 - self.flushed.1;
        let is_much = waiting >= FLUSH_BYTES && !self.is_refused;
        is_much || self.flush_due.is_some_and(|due| Instant::now() >= due)
    }

    fn flush(&mut self) -> Flush {
        let chunk = Chunk {
            call_id: self.call_id.clone(),
            sequence: self.next_chunk,
            text: self.text[self.flushed.0..].to_owned(),
            reasoning: self.reasoning[self.flushed.1..].to_owned(),
        };
        let store = self.store.clone();
        self.flush_due = None;
        self.flushed = (self.text.len(), self.reasoning.len());
        self.next_chunk += 1;
        Box::pin(async move { store.flush_chunk(chunk).await })
    }

    /// Writes the end of the call and tells it.
    async fn settle(
        self,
        planned: &PlannedCall,
        result: Result<(), ProviderError>,
        ending: Option<&Ending>,
    ) -> EndedCall {
        let error = result.err();
        let settlement = self.settlement(planned, error.as_ref());
        meter::settled(&planned.request.model, &settlement, self.pieces);
        let state = convert::reply_state(settlement.reply_state);
        let call = view(&settlement, planned);
        let mut notice = convert::notice(settlement.notice.clone());
        let finish = ending.and_then(|ending| ending.count(self.run, error.is_none()));
        let stored = until_stored(self.run, || {
            let (store, settlement, finish) = (self.store, settlement.clone(), finish.clone());
            async move {
                match finish {
                    Some(finish) => store.settle_last(settlement, finish).await,
                    None => store.settle(settlement).await,
                }
            }
        })
        .await;
        if let Err(error) = stored {
            tracing::error!(%error, call = planned.call_id, "an answer could not be stored");
            notice = Some(AppError::from(error).notice);
        }
        self.run.emit(RunEvent::ReplyFinished {
            message_id: self.message_id,
            state,
            error: notice,
            call: Some(Box::new(call)),
        });
        EndedCall {
            text: self.text,
            failure: error.map(|error| error.kind),
        }
    }

    fn settlement(&self, planned: &PlannedCall, error: Option<&ProviderError>) -> Settlement {
        let (state, reply_state) = end_states(error, self.run.is_interrupted());
        let notice = error
            .filter(|error| error.kind != ErrorKind::Cancelled)
            .map(|error| Notice::from_provider(error, planned.request.model.provider()));
        Settlement {
            call_id: self.call_id.clone(),
            state,
            reply_state,
            parts: store::answer_parts(&self.text, &self.reasoning),
            notice: notice.and_then(|notice| serde_json::to_value(notice).ok()),
            response_model: self.response_model.clone(),
            usage: self.usage,
            cost: cost(planned.price.as_ref(), self.usage.as_ref(), error),
            price: planned
                .price
                .as_ref()
                .and_then(|row| serde_json::to_value(row).ok()),
            finish_reason: self.finish,
            failure: error.map(|error| CallFailure {
                kind: error.kind,
                message: error.message.clone(),
            }),
            first_token_ms: self.first_token_ms,
            duration_ms: Some(elapsed_ms(self.began)),
            settled_at_ms: ambient::now_ms(),
        }
    }
}

/// What a settlement looks like to those who follow the run.
fn view(settlement: &Settlement, planned: &PlannedCall) -> CallView {
    CallView {
        id: settlement.call_id.clone(),
        model: planned.request.model.clone(),
        response_model: settlement.response_model.clone(),
        state: convert::call_state(settlement.state),
        usage: settlement.usage,
        cost: settlement.cost,
        first_token_ms: settlement.first_token_ms,
        duration_ms: settlement.duration_ms,
        finish_reason: settlement.finish_reason,
    }
}

/// How call and reply stand after an end.
pub(crate) fn end_states(
    error: Option<&ProviderError>,
    interrupted: bool,
) -> (store::CallState, store::ReplyState) {
    use store::{CallState, ReplyState};
    match error.map(|error| error.kind) {
        None => (CallState::Settled, ReplyState::Complete),
        Some(ErrorKind::Cancelled) if interrupted => (CallState::Unknown, ReplyState::Interrupted),
        Some(ErrorKind::Cancelled) => (CallState::Cancelled, ReplyState::Cancelled),
        Some(_) => (CallState::Failed, ReplyState::Failed),
    }
}

/// What a call cost: exact when tokens and prices are known, nothing when it failed in a way that
/// cannot have been billed, else unknown.
pub(crate) fn cost(
    price: Option<&PriceRow>,
    usage: Option<&Usage>,
    error: Option<&ProviderError>,
) -> Option<PicoUsd> {
    match (price, usage, error) {
        (Some(price), _, _) if price.source == PriceSource::Local => Some(PicoUsd::ZERO),
        (Some(price), Some(usage), _) => price.cost(usage),
        (_, None, Some(error)) if error.kind != ErrorKind::Cancelled && !error.maybe_billed => {
            Some(PicoUsd::ZERO)
        }
        _ => None,
    }
}

pub(crate) fn cut() -> ProviderError {
    ProviderError::new(
        ErrorKind::Malformed,
        "The connection ended before the answer did.",
    )
}

pub(crate) fn elapsed_ms(since: Instant) -> i64 {
    i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX)
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn poll_flush(flushing: &mut Option<Flush>) -> Option<Result<(), StoreError>> {
    match flushing {
        Some(flush) => Some(flush.await),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use majlis_llm::{ModelId, PriceTable};
    use majlis_store::{CallState, ReplyState};

    use super::*;

    fn price(model: &str) -> Option<PriceRow> {
        PriceTable::builtin().lookup(&model.parse::<ModelId>().unwrap(), 1_790_000_000_000)
    }

    #[test]
    fn a_cost_is_known_only_when_tokens_and_prices_are_or_nothing_was_billed() {
        let usage = Usage {
            fresh_tokens: 3,
            ..Usage::default()
        };
        let error = |kind| ProviderError::new(kind, "x");
        let (local, paid) = (price("local/x"), price("openai/gpt-4o"));
        let three_tokens = Some(PicoUsd(7_500_000));
        for (price, usage, error, expected) in [
            (&paid, Some(usage), None, three_tokens),
            (
                &paid,
                Some(usage),
                Some(error(ErrorKind::Malformed)),
                three_tokens,
            ),
            (&paid, None, None, None),
            (
                &paid,
                None,
                Some(error(ErrorKind::Unauthorized)),
                Some(PicoUsd::ZERO),
            ),
            (&paid, None, Some(error(ErrorKind::Malformed)), None),
            (&paid, None, Some(error(ErrorKind::Cancelled)), None),
            (&None, Some(usage), None, None),
            (
                &local,
                None,
                Some(error(ErrorKind::Cancelled)),
                Some(PicoUsd::ZERO),
            ),
        ] {
            assert_eq!(
                cost(price.as_ref(), usage.as_ref(), error.as_ref()),
                expected
            );
        }
    }

    #[test]
    fn a_turn_ends_as_its_replies_did() {
        for (answered, asked, cancelled, interrupted, expected) in [
            (2, 2, false, false, RunStatus::Complete),
            (1, 2, false, false, RunStatus::Degraded),
            (0, 2, false, false, RunStatus::Failed),
            (1, 2, true, false, RunStatus::Cancelled),
            (1, 2, true, true, RunStatus::Interrupted),
        ] {
            assert_eq!(
                turn_status(answered, asked, cancelled, interrupted),
                expected
            );
        }
    }

    #[test]
    fn a_stop_by_the_person_is_told_from_the_end_of_the_program() {
        let stopped = ProviderError::new(ErrorKind::Cancelled, "x");
        assert_eq!(
            end_states(None, false),
            (CallState::Settled, ReplyState::Complete)
        );
        assert_eq!(
            end_states(Some(&stopped), false),
            (CallState::Cancelled, ReplyState::Cancelled)
        );
        assert_eq!(
            end_states(Some(&stopped), true),
            (CallState::Unknown, ReplyState::Interrupted)
        );
    }
}
