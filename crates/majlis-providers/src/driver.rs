//! One HTTP driver for all wire formats.
//!
//! It asks again by itself only where nothing can have been billed: the connection was never made,
//! or the provider refused with 429, 503 or 529 before any answer, or with a 400 that names a member
//! of the request it does not take. Dropping the future or the stream ends the request.

mod adapt;
mod answer;
mod explain;
mod http;
mod retry;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use majlis_llm::{
    BoxFuture, ChatRequest, ChatStream, ErrorKind, ModelInfo, Provider, ProviderError,
};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use tokio::time::{Instant, sleep, timeout_at};

use crate::codec::{Quirks, WireFormat, WireRequest};
use crate::outbound::{Answered, Outgoing};
use crate::registry::{self, ProviderKind};
use crate::{Outbound, ProviderConfig};
use http::Refusal;

/// Largest answer read, in bytes.
pub(crate) const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// How many members of a request a model may refuse before the refusal is reported. Each costs a
/// round trip, none can be billed, and all are remembered.
const MAX_ADAPTATIONS: usize = 3;

/// Models whose quirks are remembered.
const MAX_LEARNED_MODELS: usize = 512;

/// How long a list of models may take.
const LIST_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// Makes a provider of its configuration. Connects to nothing.
pub fn build(config: ProviderConfig, outbound: &Outbound) -> Arc<dyn Provider> {
    Arc::new(HttpProvider::new(config, outbound.clone()))
}

struct HttpProvider {
    config: Arc<ProviderConfig>,
    outbound: Outbound,
    /// What was learned from refusals, by model name.
    learned: Mutex<HashMap<String, Quirks>>,
}

impl HttpProvider {
    fn new(config: ProviderConfig, outbound: Outbound) -> Self {
        Self {
            config: Arc::new(config),
            outbound,
            learned: Mutex::default(),
        }
    }

    async fn ask(&self, request: ChatRequest) -> Result<ChatStream, ProviderError> {
        let model = request.model.name().to_owned();
        self.ask_plainly(&request)
            .await
            .map_err(|error| explain::explain(&self.config, Some(&model), error))
    }

    async fn ask_plainly(&self, request: &ChatRequest) -> Result<ChatStream, ProviderError> {
        self.demand_key()?;
        let started = Instant::now();
        let model = request.model.name();
        let format = self.config.format.of(model);
        let mut adaptations = 0;
        loop {
            let quirks = self.quirks(model);
            let wire = format.codec().encode(request, &quirks)?;
            let refusal = match self.send(format, &wire, model, started).await {
                Ok(response) => {
                    return answer::stream(self.config.clone(), format, model, response, started);
                }
                Err(refusal) => refusal,
            };
            let Some(adapted) = adapt::adapt(&quirks, &wire.body, &refusal.error, &refusal.hints)
            else {
                return Err(refusal.error);
            };
            if adaptations == MAX_ADAPTATIONS {
                return Err(refusal.error);
            }
            adaptations += 1;
            tracing::info!(
                provider = self.config.name,
                model,
                said = refusal.error.message,
                "asking without a refused member"
            );
            self.learn(model, adapted);
        }
    }

    /// Sends until it is answered, refused for good, or out of attempts.
    async fn send(
        &self,
        format: WireFormat,
        wire: &WireRequest,
        model: &str,
        started: Instant,
    ) -> Result<Answered, Box<Refusal>> {
        let policy = self.config.retry;
        let mut attempt = 0;
        loop {
            let refusal = match self.post(format, wire, started).await {
                Ok(response) => return Ok(response),
                Err(refusal) => refusal,
            };
            attempt += 1;
            let wait = retry::wait(&policy, attempt, &refusal.error);
            let Some(wait) = wait.filter(|_| refusal.again) else {
                return Err(refusal);
            };
            tracing::debug!(
                provider = self.config.name,
                model,
                attempt,
                kind = refusal.error.kind.as_str(),
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                "asking again"
            );
            sleep(wait).await;
        }
    }

    async fn post(
        &self,
        format: WireFormat,
        wire: &WireRequest,
        started: Instant,
    ) -> Result<Answered, Box<Refusal>> {
        let mut headers = http::credentials(&self.config, format)?;
        headers.insert(ACCEPT, HeaderValue::from_static(http::accept(format)));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &wire.headers {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        let request = Outgoing {
            method: Method::POST,
            url: http::join(&self.config.base_url, &wire.path),
            headers,
            body: wire.body.to_string(),
        };
        let limits = self.config.timeouts;
        let deadline = (Instant::now() + limits.first_token).min(started + limits.total);
        match timeout_at(deadline, self.leave(request)).await {
            Err(_) => Err(Refusal::of(http::timed_out("no answer began in time"))),
            Ok(answered) => http::accepted(format, answered?, deadline).await,
        }
    }

    async fn leave(&self, request: Outgoing) -> Result<Answered, Box<Refusal>> {
        self.outbound
            .send(request, self.config.allow_private)
            .await
            .map_err(|refused| {
                Refusal::of(http::before_sending(
                    ErrorKind::Invalid,
                    refused.to_string(),
                ))
            })?
            .map_err(|unsent| http::unsent(&self.config, &unsent))
    }

    async fn list(&self) -> Result<Vec<ModelInfo>, ProviderError> {
        let found = match self.list_plainly().await {
            Ok(found) => found,
            // A server that lists nothing may still have the models the configuration names.
            Err(error) if error.kind == ErrorKind::NotFound && !self.config.models.is_empty() => {
                Vec::new()
            }
            Err(error) => return Err(explain::explain(&self.config, None, error)),
        };
        let mut models: Vec<ModelInfo> = found
            .into_iter()
            .map(|info| registry::complete(info, self.config.kind))
            .collect();
        for own in &self.config.models {
            if !models.iter().any(|info| info.id == own.id) {
                models.push(registry::complete(own.clone(), self.config.kind));
            }
        }
        Ok(models)
    }

    async fn list_plainly(&self) -> Result<Vec<ModelInfo>, ProviderError> {
        self.demand_key()?;
        let format = self.config.format.of("");
        let url = match self.config.models_path {
            Some(path) => http::at_root(&self.config.base_url, path),
            None => http::join(&self.config.base_url, format.codec().models_path()),
        };
        let deadline = Instant::now() + LIST_TIMEOUT;
        let body = async {
            let mut headers = http::credentials(&self.config, format)?;
            if format == WireFormat::Anthropic {
                headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
            }
            let request = Outgoing {
                method: Method::GET,
                url,
                headers,
                body: String::new(),
            };
            let response = match timeout_at(deadline, self.leave(request)).await {
                Err(_) => {
                    return Err(Refusal::of(http::timed_out(
                        "the list of models did not come in time",
                    )));
                }
                Ok(answered) => http::accepted(format, answered?, deadline).await?,
            };
            timeout_at(deadline, http::read_body(response))
                .await
                .unwrap_or_else(|_| Err(http::timed_out("the list of models did not come in time")))
                .map_err(Refusal::of)
        };
        let body = body.await.map_err(|refusal| ProviderError {
            maybe_billed: false,
            ..refusal.error
        })?;
        format.codec().models(&self.config.name, &body)
    }

    /// A service without its key is not even called.
    fn demand_key(&self) -> Result<(), ProviderError> {
        if self.config.kind == ProviderKind::Cloud && self.config.key.is_none() {
            return Err(explain::no_key(&self.config));
        }
        Ok(())
    }

    fn quirks(&self, model: &str) -> Quirks {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        learned.get(model).cloned().unwrap_or_else(|| {
            let mut quirks = registry::quirks_of(self.config.quirks, model);
            if let Some((_, output)) = registry::limits(&self.config.name, model) {
                quirks.default_output_tokens = u32::try_from(output).unwrap_or(u32::MAX);
            }
            quirks
        })
    }

    fn learn(&self, model: &str, quirks: Quirks) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        if learned.len() >= MAX_LEARNED_MODELS {
            learned.clear();
        }
        learned.insert(model.to_owned(), quirks);
    }
}

impl Provider for HttpProvider {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn chat(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, ProviderError>> {
        Box::pin(self.ask(request))
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, ProviderError>> {
        Box::pin(self.list())
    }
}

#[cfg(test)]
mod tests;
