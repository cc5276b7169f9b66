//! The embedded provider on a tiny model file.

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt;
use majlis_llm::{ChatEvent, ChatRequest, ErrorKind, FinishReason, Message, Provider, Role, Usage};

use super::{FAST_FILE, LocalProvider, MODEL_NAME, SOURCE_FILE, prepare, synthetic};
use crate::model_files::tests::{leaked, sha256};
use crate::model_files::{KnownModel, Member, ModelFiles};

/// Model files below `dir` with the tiny model imported.
fn installed(dir: &Path) -> ModelFiles {
    let gguf = synthetic::gguf();
    let source = dir.join("source.gguf");
    std::fs::write(&source, &gguf).unwrap();
    let members = leaked(vec![Member {
        archive_path: "model.gguf",
        file: SOURCE_FILE,
        sha256: leaked(sha256(&gguf)).as_str(),
        size_bytes: gguf.len() as u64,
    }]);
    let known = leaked(vec![KnownModel {
        name: MODEL_NAME,
        version: "1",
        licence: "MIT",
        package: "tiny",
        archive_sha256: "none",
        members,
    }]);
    let files = ModelFiles::with_known(dir.join("models"), known);
    files.import(&source, &mut |_| {}).unwrap();
    files
}

fn request(text: &str) -> ChatRequest {
    let mut request = ChatRequest::new(
        "local/smollm2-135m".parse().unwrap(),
        vec![Message::text(Role::User, text)],
    );
    request.max_output_tokens = Some(12);
    request
}

async fn events(provider: &LocalProvider, request: ChatRequest) -> Vec<ChatEvent> {
    let stream = provider.chat(request).await.unwrap();
    stream.map(|event| event.unwrap()).collect().await
}

fn text(events: &[ChatEvent]) -> String {
    let delta = |event: &ChatEvent| match event {
        ChatEvent::TextDelta { text } => Some(text.clone()),
        _ => None,
    };
    events.iter().filter_map(delta).collect()
}

#[tokio::test]
async fn an_answer_streams_in_order_and_counts_its_tokens() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    assert!(!provider.is_loaded());
    let events = events(&provider, request("Hello")).await;
    assert!(provider.is_loaded());
    let [
        ChatEvent::Started { .. },
        deltas @ ..,
        ChatEvent::Usage { usage },
        ChatEvent::Finished { reason },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert!(
        deltas
            .iter()
            .all(|event| matches!(event, ChatEvent::TextDelta { .. }))
    );
    // 3 special tokens, 20 of text: every byte is one but for the merged "us" of "user".
    assert_eq!(*reason, FinishReason::Length);
    assert_eq!(
        *usage,
        Usage {
            fresh_tokens: 23,
            output_tokens: 12,
            ..Usage::default()
        }
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_answer() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    let mut seeded = request("Hello");
    seeded.temperature = Some(1.5);
    seeded.seed = Some(1);
    let mut other = seeded.clone();
    other.seed = Some(2);
    let first = text(&events(&provider, seeded.clone()).await);
    assert_eq!(first, text(&events(&provider, seeded).await));
    assert_ne!(first, text(&events(&provider, other).await));
}

#[tokio::test]
async fn a_stop_text_ends_the_answer_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    let whole = text(&events(&provider, request("Hello")).await);
    let stop: String = whole.chars().skip(1).take(2).collect();
    let mut stopping = request("Hello");
    stopping.stop = vec![stop.clone()];
    let events = events(&provider, stopping).await;
    assert_eq!(text(&events), whole[..whole.find(&stop).unwrap()]);
    let last = events.last().unwrap();
    assert_eq!(
        *last,
        ChatEvent::Finished {
            reason: FinishReason::Stop
        }
    );
}

#[tokio::test]
async fn a_prompt_of_several_batches_reads_as_one() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    let long = "ab ".repeat(60);
    let events = events(&provider, request(&long)).await;
    let [.., ChatEvent::Usage { usage }, ChatEvent::Finished { .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((usage.fresh_tokens, usage.output_tokens), (198, 12));
}

#[tokio::test]
async fn a_question_longer_than_the_context_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    let refused = provider.chat(request(&"x".repeat(300))).await;
    let error = refused.err().expect("too long");
    assert_eq!(error.kind, ErrorKind::ContextLength);
    assert!(error.message.contains("318 tokens"), "{}", error.message);
}

#[tokio::test]
async fn a_dropped_stream_frees_the_model_for_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    let mut long = request("Hello");
    long.max_output_tokens = None;
    let first = provider.chat(long.clone()).await.unwrap();
    let waiting = provider.chat(long);
    drop(first);
    let second: Vec<_> = waiting.await.unwrap().collect().await;
    assert!(second.iter().all(Result::is_ok));
}

#[tokio::test]
async fn an_idle_model_is_unloaded_and_loaded_again() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    let before = text(&events(&provider, request("Hello")).await);
    assert!(!provider.unload_idle(Duration::from_hours(1)));
    // The stream ends a moment before the lane lets the model go.
    super::lane::run(|| ()).unwrap();
    assert!(provider.unload_idle(Duration::ZERO) && !provider.is_loaded());
    assert_eq!(before, text(&events(&provider, request("Hello")).await));
}

#[tokio::test]
async fn an_absent_model_says_how_to_get_it() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(ModelFiles::new(dir.path()));
    for error in [
        provider.chat(request("Hello")).await.err().unwrap(),
        provider.models().await.unwrap_err(),
    ] {
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert!(
            error
                .message
                .starts_with("The embedded model is not installed in ")
        );
        assert!(error.hint.unwrap().contains("cargo xtask models"));
    }
}

#[tokio::test]
async fn the_model_is_listed_as_a_local_demonstration() {
    let dir = tempfile::tempdir().unwrap();
    let provider = LocalProvider::new(installed(dir.path()));
    assert_eq!(provider.name(), "local");
    let models = provider.models().await.unwrap();
    assert_eq!(models, [LocalProvider::model_info().unwrap()]);
    assert!(models[0].local);
    assert!(
        models[0]
            .display_name
            .as_ref()
            .unwrap()
            .contains("demonstration")
    );
}

#[test]
fn the_fast_form_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let files = installed(dir.path());
    prepare(&files).unwrap();
    let path = files.path(MODEL_NAME, FAST_FILE).unwrap().unwrap();
    let made = std::fs::metadata(&path).unwrap().modified().unwrap();
    prepare(&files).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), made);
    let mut content = std::fs::File::open(&path).unwrap();
    let content = candle_core::quantized::gguf_file::Content::read(&mut content).unwrap();
    assert!(content.tensor_infos.iter().all(|(name, info)| {
        let expected = if name.ends_with("norm.weight") {
            "F32"
        } else {
            "Q8_0"
        };
        format!("{:?}", info.ggml_dtype) == expected
    }));
}

#[tokio::test]
async fn a_damaged_fast_form_is_refused_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let files = installed(dir.path());
    prepare(&files).unwrap();
    let path = files.path(MODEL_NAME, FAST_FILE).unwrap().unwrap();
    std::fs::write(&path, b"GGUF").unwrap();
    let error = LocalProvider::new(files)
        .chat(request("Hello"))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(
        error.message.contains("wrong checksum"),
        "{}",
        error.message
    );
    assert!(error.hint.unwrap().contains("import the model again"));
}
