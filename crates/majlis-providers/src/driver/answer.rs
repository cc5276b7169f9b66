//! The stream of one answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use majlis_llm::{ChatEvent, ChatStream, ErrorKind, ProviderError};
use tokio::time::{Instant, timeout, timeout_at};

use super::{MAX_RESPONSE_BYTES, explain, http};
use crate::ProviderConfig;
use crate::codec::{AnswerDecoder, Decoded, WireFormat};
use crate::outbound::Answered;

/// How long the end of a connection is awaited once the answer is whole, so that it can be used
/// again.
const DRAIN: Duration = Duration::from_millis(20);

/// The events of a response whose status was a yes.
pub(super) fn stream(
    config: Arc<ProviderConfig>,
    format: WireFormat,
    model: &str,
    response: Answered,
    started: Instant,
) -> Result<ChatStream, ProviderError> {
    let framing = http::framing(format, &response)?;
    let limits = config.timeouts;
    let answer = Answer {
        response,
        decoder: AnswerDecoder::new(format.codec(), framing),
        pending: VecDeque::new(),
        received: 0,
        ended: false,
        first_token: Some(Instant::now() + limits.first_token),
        total: started + limits.total,
        model: model.to_owned(),
        config,
    };
    Ok(Box::pin(stream::unfold(answer, |mut answer| async move {
        let event = answer.next().await?;
        Some((event, answer))
    })))
}

struct Answer {
    response: Answered,
    decoder: AnswerDecoder,
    pending: VecDeque<Decoded>,
    received: usize,
    /// Nothing more will be read.
    ended: bool,
    /// Until when the first piece must come; `None` once it has.
    first_token: Option<Instant>,
    total: Instant,
    model: String,
    config: Arc<ProviderConfig>,
}

impl Answer {
    async fn next(&mut self) -> Option<Decoded> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(self.hand_out(event));
            }
            if self.ended {
                return None;
            }
            self.read().await;
        }
    }

    fn hand_out(&mut self, event: Decoded) -> Decoded {
        match &event {
            Ok(ChatEvent::Started { .. }) => {}
            Ok(_) => self.first_token = None,
            Err(_) => {
                self.ended = true;
                self.pending.clear();
            }
        }
        event.map_err(|error| explain::explain(&self.config, Some(&self.model), error))
    }

    async fn read(&mut self) {
        let now = Instant::now();
        let idle = now + self.config.timeouts.idle;
        let first = self.first_token.unwrap_or(idle);
        let deadline = idle.min(first).min(self.total);
        match timeout_at(deadline, self.response.chunk()).await {
            Ok(Ok(Some(bytes))) => {
                self.received += bytes.len();
                if self.received > MAX_RESPONSE_BYTES {
                    self.end(Some(http::too_large()));
                } else {
                    let events = self.decoder.push(&bytes);
                    self.take(events).await;
                }
            }
            Ok(Ok(None)) => self.end(None),
            Ok(Err(said)) => self.end(Some(ProviderError::new(ErrorKind::Network, said))),
            Err(_) => self.end(Some(self.too_slow(now, idle, first))),
        }
    }

    async fn take(&mut self, events: Vec<Decoded>) {
        let is_whole = matches!(events.last(), Some(Ok(ChatEvent::Finished { .. }) | Err(_)));
        self.pending.extend(events);
        if is_whole {
            self.ended = true;
            let drained = async { while let Ok(Some(_)) = self.response.chunk().await {} };
            // What is still on its way cannot change the answer.
            let _ = timeout(DRAIN, drained).await;
        }
    }

    /// Ends the reading: for `reason`, unless the answer turns out to be whole.
    fn end(&mut self, reason: Option<ProviderError>) {
        self.ended = true;
        let mut events = self.decoder.finish();
        if let (Some(reason), Some(last @ Err(_))) = (reason, events.last_mut()) {
            *last = Err(reason);
        }
        self.pending.extend(events);
    }

    fn too_slow(&self, now: Instant, idle: Instant, first: Instant) -> ProviderError {
        let said = if self.total <= idle && self.total <= first {
            format!(
                "not done after {} s in all",
                self.config.timeouts.total.as_secs_f64()
            )
        } else if self.first_token.is_some() && first <= idle {
            format!(
                "no piece of the answer within {} s",
                self.config.timeouts.first_token.as_secs_f64()
            )
        } else {
            format!(
                "silence for {} s in the middle of the answer",
                (idle - now).as_secs_f64()
            )
        };
        ProviderError::new(ErrorKind::Timeout, said)
    }
}
