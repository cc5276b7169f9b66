//! The vocabulary of talking to models.
//!
//! Everything above this crate speaks in these types: a [`ModelId`] names a model, a
//! [`ChatRequest`] goes out, a stream of [`ChatEvent`] comes back, a [`Usage`] counts tokens by
//! disjoint class, a [`PriceRow`] turns it into [`PicoUsd`], and a [`ProviderError`] says what went
//! wrong together with what the caller may do about it.
//!
//! **Invariant:** no IO, no clock, no ids, no `async fn`. The traits [`Provider`] and [`Embedder`]
//! only describe; majlis-providers acts.

mod chat;
mod error;
mod event;
mod model;
mod money;
mod price;
mod provider;
mod usage;

pub use chat::{ChatRequest, Message, Part, ResponseFormat, Role, ToolChoice, ToolSpec};
pub use error::{ErrorKind, ProviderError};
pub use event::{ChatEvent, FinishReason};
pub use model::{ModelId, ModelIdError, ModelInfo};
pub use money::{AmountError, PicoUsd};
pub use price::*;
pub use provider::{BoxFuture, ChatStream, Embedder, Provider};
pub use usage::Usage;
