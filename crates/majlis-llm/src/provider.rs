//! The two traits through which everything above talks to models.

use futures_core::Stream;
use std::pin::Pin;

use crate::{ChatEvent, ChatRequest, ModelId, ModelInfo, ProviderError};

/// A boxed future that may borrow from `'a`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The events of one answer. Dropping it cancels the request; an `Err` item is the last item.
pub type ChatStream = Pin<Box<dyn Stream<Item = Result<ChatEvent, ProviderError>> + Send>>;

/// One configured provider: a company, a server on this machine, or the embedded model.
pub trait Provider: Send + Sync {
    /// The part of a [`ModelId`] before the `/`, unique among the configured providers.
    fn name(&self) -> &str;

    /// Asks one model. The future ends when the provider has accepted the request (response
    /// headers seen), the stream carries the rest.
    ///
    /// # Errors
    /// A [`ProviderError`] with its kind; after retries that could not be billed twice.
    fn chat(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, ProviderError>>;

    /// Asks the provider which models it has.
    ///
    /// # Errors
    /// A [`ProviderError`] with its kind.
    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, ProviderError>>;
}

/// Turns texts into vectors of one fixed dimension.
pub trait Embedder: Send + Sync {
    /// The engine's name as it stands beside results, e.g. `use-multilingual`.
    fn name(&self) -> &str;

    /// The model, when the call is one that costs; `None` for an engine inside the program.
    fn model(&self) -> Option<&ModelId>;

    /// One vector per text, in order, all of one length, each of Euclidean norm 1.
    ///
    /// # Errors
    /// A [`ProviderError`] with its kind.
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Vec<f32>>, ProviderError>>;
}
