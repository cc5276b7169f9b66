//! One answer on the lane: from a loaded model and a request to events.

use majlis_llm::{ChatEvent, ErrorKind, FinishReason, ProviderError, Usage};
use tokio::sync::{mpsc, oneshot};

use super::engine::{Model, Step};
use super::request::Job;
use super::stop::StopFilter;
use super::utf8::Utf8Joiner;
use super::{MODEL_NAME, engine_error};

/// One item of the stream.
pub(super) type Item = Result<ChatEvent, ProviderError>;

/// Events beside one per token: `Started`, the rest of the text, `Usage`, `Finished`.
const EVENTS_BESIDE_TOKENS: usize = 4;

/// The request was accepted; its events come here.
pub(super) type Accepted = Result<mpsc::Receiver<Item>, ProviderError>;

/// Makes the whole answer. Ends early, without a word, when nobody listens any more.
pub(super) fn speak(model: &Model, job: &Job, accepted: oneshot::Sender<Accepted>) {
    let prompt = match prompt(model, job) {
        Ok(prompt) => prompt,
        Err(error) => {
            // Nobody waits when the request was cancelled meanwhile.
            let _ = accepted.send(Err(error));
            return;
        }
    };
    let room_tokens = model.context_tokens() - prompt.len();
    let limit_tokens = job.output_limit_tokens.min(room_tokens);
    // Room for every event there can be, so that a slow listener never holds up the lane.
    let (events, receiver) = mpsc::channel(limit_tokens + EVENTS_BESIDE_TOKENS);
    if accepted.send(Ok(receiver)).is_err() {
        return;
    }
    let mut speaker = Speaker {
        events,
        utf8: Utf8Joiner::default(),
        stop: StopFilter::new(&job.stops),
        usage: Usage {
            fresh_tokens: prompt.len() as u64,
            ..Usage::default()
        },
    };
    speaker.send(ChatEvent::Started {
        response_id: None,
        response_model: Some(MODEL_NAME.to_owned()),
    });
    if let Err(error) = speaker.tell(model, prompt, job, limit_tokens) {
        let error = engine_error("answer with the embedded model", &error);
        // A closed channel means that nobody wants the answer or its failure.
        let _ = speaker.events.try_send(Err(error));
    }
}

/// The prompt's tokens, when they leave room for an answer.
fn prompt(model: &Model, job: &Job) -> Result<Vec<u32>, ProviderError> {
    let prompt = model
        .prompt(&job.messages)
        .map_err(|error| engine_error("read the question", &error))?;
    if prompt.len() < model.context_tokens() {
        return Ok(prompt);
    }
    let message = format!(
        "the question has {} tokens, and the embedded model can hold {} with its answer",
        prompt.len(),
        model.context_tokens()
    );
    Err(ProviderError::new(ErrorKind::ContextLength, message)
        .with_hint("shorten the conversation or choose another model"))
}

struct Speaker {
    events: mpsc::Sender<Item>,
    utf8: Utf8Joiner,
    stop: StopFilter,
    usage: Usage,
}

impl Speaker {
    fn tell(
        &mut self,
        model: &Model,
        prompt: Vec<u32>,
        job: &Job,
        limit_tokens: usize,
    ) -> candle_core::Result<()> {
        let mut answer = model.answer(prompt, job.sampling);
        let mut reason = FinishReason::Length;
        while self.usage.output_tokens < limit_tokens as u64 {
            if self.events.is_closed() {
                return Ok(());
            }
            match answer.step()? {
                Step::Read => {}
                Step::End => {
                    reason = FinishReason::Stop;
                    break;
                }
                Step::Token(bytes) => {
                    self.usage.output_tokens += 1;
                    let text = self.utf8.push(&bytes);
                    let passed = self.stop.push(&text);
                    self.send_text(passed.text);
                    if passed.stopped {
                        self.finish(FinishReason::Stop);
                        return Ok(());
                    }
                }
            }
        }
        let rest = self.utf8.finish();
        let passed = self.stop.push(&rest);
        let held = if passed.stopped {
            String::new()
        } else {
            self.stop.finish()
        };
        self.send_text(passed.text + &held);
        self.finish(reason);
        Ok(())
    }

    fn finish(&self, reason: FinishReason) {
        self.send(ChatEvent::Usage { usage: self.usage });
        self.send(ChatEvent::Finished { reason });
    }

    fn send_text(&self, text: String) {
        if !text.is_empty() {
            self.send(ChatEvent::TextDelta { text });
        }
    }

    fn send(&self, event: ChatEvent) {
        // Fails only when nobody listens, which the next turn of the loop sees.
        let _ = self.events.try_send(Ok(event));
    }
}
