//! The embedded model itself. Needs `--features live-local` and `MAJLIS_MODELS_DIR`, the folder that
//! `cargo xtask models` fills.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test helpers fail their test by panicking, and own their tasks and environment"
)]

use futures_util::StreamExt;
use majlis_llm::{ChatEvent, ChatRequest, FinishReason, Message, Provider, Role};
use majlis_providers::local::LocalProvider;
use majlis_providers::model_files::ModelFiles;

fn provider() -> LocalProvider {
    let dir =
        std::env::var_os("MAJLIS_MODELS_DIR").expect("MAJLIS_MODELS_DIR names the models folder");
    LocalProvider::new(ModelFiles::new(dir))
}

async fn answer(question: &str) -> (String, Vec<ChatEvent>) {
    let mut request = ChatRequest::new(
        "local/smollm2-135m".parse().unwrap(),
        vec![Message::text(Role::User, question)],
    );
    request.max_output_tokens = Some(48);
    let stream = provider().chat(request).await.unwrap();
    let events: Vec<ChatEvent> = stream.map(Result::unwrap).collect().await;
    let text = events
        .iter()
        .filter_map(|event| match event {
            ChatEvent::TextDelta { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    (text, events)
}

#[tokio::test]
async fn the_capital_of_france_is_paris() {
    let (text, events) = answer("What is the capital of France?").await;
    assert!(text.contains("Paris"), "{text}");
    let [
        ..,
        ChatEvent::Usage { usage },
        ChatEvent::Finished { reason },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    // <|im_start|> user ⏎ What is the capital of France ? <|im_end|> ⏎ <|im_start|> ass istant ⏎
    assert_eq!((usage.fresh_tokens, *reason), (16, FinishReason::Stop));
}
