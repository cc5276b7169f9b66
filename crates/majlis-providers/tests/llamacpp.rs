//! Three codecs against a real llama.cpp server, whose address is in `MAJLIS_TEST_LLAMACPP_URL` (e.g.
//! `http://127.0.0.1:8099`). `cargo xtask test` starts it with `llamacpp_server.py`; the target is
//! only compiled with the feature `live-llamacpp`, so that it cannot pass without a server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly anywhere"
)]

use futures_util::StreamExt as _;
use majlis_llm::{ChatEvent, ChatRequest, FinishReason, Message, Provider, Role, Usage};
use majlis_providers::codec::WireFormat;
use majlis_providers::{
    Outbound, OutboundOptions, ProviderConfig, ServerSettings, Timeouts, build,
};
use std::sync::Arc;

#[expect(
    clippy::disallowed_methods,
    reason = "the address comes from the task that started the server"
)]
fn server() -> String {
    std::env::var("MAJLIS_TEST_LLAMACPP_URL")
        .expect("MAJLIS_TEST_LLAMACPP_URL names a running llama.cpp server")
}

fn provider(format: WireFormat, path: &str) -> Arc<dyn Provider> {
    let config = ProviderConfig::try_from(ServerSettings {
        name: "llamacpp".to_owned(),
        format,
        base_url: format!("{}{path}", server()),
        key: None,
        allow_private: true,
        timeouts: Timeouts::default(),
        models: Vec::new(),
    });
    build(
        config.unwrap(),
        &Outbound::new(OutboundOptions::default()).unwrap(),
    )
}

async fn ask(provider: &dyn Provider, limit: u32) -> Vec<ChatEvent> {
    let model = provider.models().await.unwrap()[0].id.clone();
    let messages = vec![
        Message::text(Role::System, "Answer in one short sentence."),
        Message::text(Role::User, "What is the capital of France?"),
    ];
    let mut request = ChatRequest::new(model, messages);
    request.max_output_tokens = Some(limit);
    request.temperature = Some(0.0);
    let stream = provider.chat(request).await.unwrap();
    stream.map(|event| event.unwrap()).collect().await
}

/// A real answer has its start, its text, its count and its end, in that order.
async fn check(format: WireFormat, path: &str, when_short: FinishReason) {
    let provider = provider(format, path);
    let events = ask(provider.as_ref(), 64).await;
    let text: String = events
        .iter()
        .filter_map(|event| match event {
            ChatEvent::TextDelta { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert!(matches!(events[0], ChatEvent::Started { .. }), "{events:?}");
    assert!(text.contains("Paris"), "{text:?}");
    let [
        ..,
        ChatEvent::Usage { usage },
        ChatEvent::Finished { reason },
    ] = events.as_slice()
    else {
        panic!("no count and end: {events:?}");
    };
    assert_eq!(*reason, FinishReason::Stop);
    check_usage(usage);

    let short = ask(provider.as_ref(), 3).await;
    assert_eq!(
        short.last(),
        Some(&ChatEvent::Finished { reason: when_short }),
        "{short:?}"
    );
}

fn check_usage(usage: &Usage) {
    assert!((10..200).contains(&usage.total_input_tokens()), "{usage:?}");
    assert!((2..=64).contains(&usage.total_output_tokens()), "{usage:?}");
}

#[tokio::test]
async fn chat_completions_are_answered() {
    check(WireFormat::OpenAiChat, "/v1", FinishReason::Length).await;
}

#[tokio::test]
async fn responses_are_answered() {
    // This server says "completed" even where the limit ended the answer.
    check(WireFormat::OpenAiResponses, "/v1", FinishReason::Stop).await;
}

#[tokio::test]
async fn messages_are_answered() {
    check(WireFormat::Anthropic, "", FinishReason::Length).await;
}

#[tokio::test]
async fn a_prompt_beyond_the_window_is_named_as_such() {
    for (format, path) in [(WireFormat::OpenAiChat, "/v1"), (WireFormat::Anthropic, "")] {
        let provider = provider(format, path);
        let long = "word ".repeat(20_000);
        let request = ChatRequest::new(
            "llamacpp/any".parse().unwrap(),
            vec![Message::text(Role::User, long)],
        );
        let error = provider.chat(request).await.err().unwrap();
        assert_eq!(error.kind.as_str(), "context_length", "{error:?}");
    }
}
