//! Which providers there are, and in what state.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use majlis_llm::{ModelInfo, Provider};
use tokio::time::timeout;

use crate::registry::{BUILTIN, BuiltIn, ProviderKind};
use crate::{Outbound, ProviderConfig, Secret, build};

/// How long a server on this machine has to answer a knock.
const KNOCK: Duration = Duration::from_millis(500);

/// One provider of the list.
#[derive(Clone)]
pub struct Entry {
    /// The part of a model id before the `/`.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// What it is.
    pub kind: ProviderKind,
    /// Where its API begins.
    pub base_url: String,
    /// Whether it can be asked.
    pub state: EntryState,
    /// Models found by [`discover_local`]; empty for everything else, which is asked only when
    /// somebody wants to know ([`Provider::models`]).
    pub models: Vec<ModelInfo>,
    /// The provider itself, in every state: asked without a key it answers with a message that says
    /// how to mend that.
    pub provider: Arc<dyn Provider>,
}

/// Whether a provider can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryState {
    /// It has what it needs; whether it answers shows when it is asked.
    Ready,
    /// It needs a key and has none.
    NoKey {
        /// Environment variables that may hold it.
        variables: &'static [&'static str],
    },
    /// A server on this machine that nobody has looked for yet.
    Unprobed,
    /// A server on this machine that does not answer.
    Unreachable {
        /// One sentence for a person.
        reason: String,
    },
}

/// Every provider: the user's own first, then the table's, without those the user replaced.
///
/// `key_of` looks the key of a provider of the table up; what it gives goes to that provider's
/// built-in address and nowhere else.
pub fn line_up(
    key_of: &dyn Fn(&BuiltIn) -> Option<Secret>,
    own: Vec<ProviderConfig>,
    outbound: &Outbound,
) -> Vec<Entry> {
    let replaced: Vec<String> = own.iter().map(|config| config.name().to_owned()).collect();
    let built_in = BUILTIN
        .iter()
        .filter(|entry| !replaced.iter().any(|name| name == entry.name))
        .filter_map(|entry| {
            let key = key_of(entry).filter(|key| !key.is_empty());
            // The table's own addresses are sound; a test holds that.
            ProviderConfig::built_in(entry, key).ok()
        });
    own.into_iter()
        .chain(built_in)
        .map(|config| entry(config, outbound))
        .collect()
}

pub(crate) fn entry(config: ProviderConfig, outbound: &Outbound) -> Entry {
    let state = match config.kind {
        ProviderKind::LocalServer => EntryState::Unprobed,
        ProviderKind::Cloud if config.key.is_none() => EntryState::NoKey {
            variables: config.key_variables,
        },
        ProviderKind::Cloud | ProviderKind::Custom => EntryState::Ready,
    };
    Entry {
        name: config.name.clone(),
        display_name: config.display_name.clone(),
        kind: config.kind,
        base_url: config.base_url.to_string(),
        state,
        models: Vec::new(),
        provider: build(config, outbound),
    }
}

/// Knocks at the servers on this machine, all at once, and notes who answers and with which models.
pub async fn discover_local(entries: &mut [Entry]) {
    let local = entries
        .iter_mut()
        .filter(|entry| entry.kind == ProviderKind::LocalServer);
    join_all(local.map(knock)).await;
}

async fn knock(entry: &mut Entry) {
    entry.models.clear();
    entry.state = match timeout(KNOCK, entry.provider.models()).await {
        Ok(Ok(models)) => {
            entry.models = models;
            EntryState::Ready
        }
        Ok(Err(error)) => EntryState::Unreachable {
            reason: error.message,
        },
        Err(_) => EntryState::Unreachable {
            reason: format!(
                "{} does not answer within {} ms",
                entry.base_url,
                KNOCK.as_millis()
            ),
        },
    };
}
