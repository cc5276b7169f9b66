//! Talking to models over the network, and the models that are files.
//!
//! One pure codec per wire format ([`codec`]), one HTTP driver, one visible table of known
//! providers ([`registry::BUILTIN`]).
//!
//! **Boundary.** Codecs are pure and never see a credential; the driver is the only code that opens
//! a connection, and only through [`Outbound`], which refuses special addresses.
//!
//! # For callers
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use majlis_providers::registry::BuiltIn;
//! use majlis_providers::{Outbound, OutboundOptions, Secret, discover_local, line_up};
//!
//! let outbound = Outbound::new(OutboundOptions::default())?;
//! // Environment variables are read once by the binary and handed in; own servers come from the
//! // configuration as checked `ProviderConfig`s and take precedence over a built-in of that name.
//! let key_of = |entry: &BuiltIn| {
//!     let set = entry.key_variables.iter().find_map(|name| std::env::var(name).ok());
//!     set.map(Secret::from)
//! };
//! let mut entries = line_up(&key_of, Vec::new(), &outbound);
//! discover_local(&mut entries).await; // asks Ollama, llama.cpp … on this machine, ≤ 0.5 s
//! for entry in &entries {
//!     println!("{} {:?}", entry.name, entry.state); // Ready | NoKey | Unprobed | Unreachable
//!     let _provider = &entry.provider; // Arc<dyn Provider>, present in every state
//! }
//! # Ok(()) }
//! ```
//!
//! - [`line_up`] is the list for `majlis models` and `majlis doctor`; a provider without a key is in
//!   it too, and asking it fails with a message that names the variable.
//! - [`build`] makes one provider from one [`ProviderConfig`].
//! - [`estimate_input_tokens`] counts before a call, labelled an estimate.
//! - [`channel`] tells a person something outside of the page.
//! - `fake::FakeProvider` (cargo feature `fake`, never in the binary) plays scripts in tests.

pub mod channel;
pub mod codec;
pub mod embed;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub mod framing;
pub mod key_store;
#[cfg(feature = "local")]
pub mod local;
pub mod model_files;
pub mod registry;

mod config;
mod driver;
mod estimate;
mod line_up;
mod outbound;
mod redact;
mod secret;

pub use config::{ConfigError, ProviderConfig, ServerSettings, Timeouts};
pub use driver::build;
pub use estimate::{Estimate, estimate_input_tokens};
pub use line_up::{Entry, EntryState, discover_local, line_up};
pub use outbound::{Outbound, OutboundError, OutboundOptions};
pub use redact::redacted;
pub use secret::Secret;
