//! The list of providers, as the layers above see it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly anywhere"
)]

use majlis_llm::{ChatRequest, ErrorKind, Message, Role};
use majlis_providers::codec::WireFormat;
use majlis_providers::registry::{BUILTIN, BuiltIn, ProviderKind};
use majlis_providers::{
    Entry, EntryState, Outbound, OutboundOptions, ProviderConfig, Secret, ServerSettings, Timeouts,
    line_up,
};

fn lined_up(variables: &[&str], own: Vec<ProviderConfig>) -> Vec<Entry> {
    let key_of = |entry: &BuiltIn| {
        let mut names = entry.key_variables.iter();
        names
            .find(|name| variables.contains(name))
            .map(|name| Secret::from(format!("key-of-{name}")))
    };
    line_up(
        &key_of,
        own,
        &Outbound::new(OutboundOptions::default()).unwrap(),
    )
}

fn own(name: &str) -> ProviderConfig {
    ProviderConfig::try_from(ServerSettings {
        name: name.to_owned(),
        format: WireFormat::OpenAiChat,
        base_url: "https://models.example.org/v1".to_owned(),
        key: None,
        allow_private: false,
        timeouts: Timeouts::default(),
        models: Vec::new(),
    })
    .unwrap()
}

fn entry<'a>(entries: &'a [Entry], name: &str) -> &'a Entry {
    entries.iter().find(|entry| entry.name == name).unwrap()
}

#[test]
fn a_provider_is_ready_when_one_of_its_variables_is_set() {
    let entries = lined_up(&["GOOGLE_API_KEY", "OPENAI_API_KEY"], Vec::new());
    assert_eq!(entries.len(), BUILTIN.len());
    assert_eq!(entry(&entries, "openai").state, EntryState::Ready);
    assert_eq!(entry(&entries, "gemini").state, EntryState::Ready);
    assert_eq!(
        entry(&entries, "xai").state,
        EntryState::NoKey {
            variables: &["XAI_API_KEY"]
        }
    );
    assert_eq!(entry(&entries, "ollama").state, EntryState::Unprobed);
}

#[test]
fn an_own_server_comes_first_and_replaces_the_built_in_of_its_name() {
    let entries = lined_up(&["OPENAI_API_KEY"], vec![own("openai"), own("mine")]);
    assert_eq!(entries.len(), BUILTIN.len() + 1);
    assert_eq!(
        (entries[0].name.as_str(), entries[0].kind),
        ("openai", ProviderKind::Custom)
    );
    assert_eq!(entries[0].base_url, "https://models.example.org/v1");
    assert_eq!(
        entries
            .iter()
            .filter(|entry| entry.name == "openai")
            .count(),
        1
    );
}

#[tokio::test]
async fn asking_without_a_key_says_which_variable_to_set() {
    let entries = lined_up(&[], Vec::new());
    let entry = entry(&entries, "anthropic");
    let request = ChatRequest::new(
        "anthropic/x".parse().unwrap(),
        vec![Message::text(Role::User, "?")],
    );
    for error in [
        entry.provider.chat(request).await.err().unwrap(),
        entry.provider.models().await.err().unwrap(),
    ] {
        assert_eq!(error.kind, ErrorKind::Unauthorized);
        assert_eq!(error.message, "No key for anthropic.");
        assert_eq!(
            error.hint.as_deref(),
            Some("Set ANTHROPIC_API_KEY, or store a key for anthropic.")
        );
        assert!(!error.maybe_billed);
    }
}
