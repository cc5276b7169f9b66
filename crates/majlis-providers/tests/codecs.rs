//! The five codecs against recordings written down from the providers' documentation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly anywhere"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use majlis_llm::{
    ChatEvent, ChatRequest, Message, Part, ResponseFormat, Role, ToolChoice, ToolSpec,
};
use majlis_providers::codec::{
    AnswerDecoder, Decoded, OutputLimitField, Quirks, SystemRole, WireFormat,
};
use majlis_providers::framing::Framing;
use proptest::prelude::*;

fn decode(format: WireFormat, framing: Framing, chunks: &[&[u8]]) -> Vec<Decoded> {
    let mut decoder = AnswerDecoder::new(format.codec(), framing);
    let mut events = Vec::new();
    for chunk in chunks {
        events.extend(decoder.push(chunk));
    }
    events.extend(decoder.finish());
    events
}

fn fixtures(format: WireFormat) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format.as_str());
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Extension to framing; `None` for the body of a refusal (`error.STATUS.json`).
fn framing(path: &Path) -> Option<Framing> {
    match name(path).rsplit('.').collect::<Vec<_>>().as_slice() {
        ["json", status, "error"] if status.parse::<u16>().is_ok() => None,
        ["sse", ..] => Some(Framing::ServerSentEvents),
        ["ndjson", ..] => Some(Framing::JsonLines),
        ["json", ..] => Some(Framing::Whole),
        other => panic!("no framing for {other:?}"),
    }
}

fn show(event: &Decoded) -> String {
    match event {
        Ok(event) => serde_json::to_string(event).unwrap(),
        Err(error) => format!(
            "error {} billed?={} status={:?} wait={:?}: {}",
            error.kind.as_str(),
            error.maybe_billed,
            error.status,
            error.retry_after,
            error.message
        ),
    }
}

/// The promise of `ChatEvent`: one start, deltas, at most one count, one end, and the end is last.
#[track_caller]
fn check_order(events: &[Decoded], what: &str) {
    let rank = |event: &Decoded| -> i32 {
        match event {
            Ok(ChatEvent::Started { .. }) => 0,
            Ok(ChatEvent::Usage { .. }) => 2,
            Ok(ChatEvent::Finished { .. }) | Err(_) => 3,
            Ok(_) => 1,
        }
    };
    let ranks: Vec<i32> = events.iter().map(rank).collect();
    assert!(ranks.is_sorted(), "{what}: {ranks:?}");
    for single in [0, 2, 3] {
        assert!(
            ranks.iter().filter(|rank| **rank == single).count() <= 1,
            "{what}: {ranks:?}"
        );
    }
    assert_eq!(ranks.last(), Some(&3), "{what}: no end");
}

#[track_caller]
fn check_format(format: WireFormat) {
    let mut transcript = String::new();
    for path in fixtures(format) {
        let bytes = fs::read(&path).unwrap();
        writeln!(transcript, "# {}", name(&path)).unwrap();
        let Some(framing) = framing(&path) else {
            let status = name(&path).split('.').nth(1).unwrap().parse().unwrap();
            writeln!(
                transcript,
                "{}",
                show(&Err(format.codec().error(status, &bytes)))
            )
            .unwrap();
            continue;
        };
        let whole = decode(format, framing, &[&bytes]);
        check_order(&whole, name(&path));
        for event in &whole {
            writeln!(transcript, "{}", show(event)).unwrap();
        }
        let text = String::from_utf8(bytes).unwrap();
        for input in [text.clone(), text.replace('\n', "\r\n")] {
            let bytes = input.as_bytes();
            for cut in 0..=bytes.len() {
                let (left, right) = bytes.split_at(cut);
                assert_eq!(
                    decode(format, framing, &[left, right]),
                    whole,
                    "{} cut at {cut}",
                    path.display()
                );
            }
        }
    }
    insta::assert_snapshot!(format.as_str(), transcript);
}

#[test]
fn openai_chat_decodes_the_same_however_it_is_cut() {
    check_format(WireFormat::OpenAiChat);
}

#[test]
fn openai_responses_decodes_the_same_however_it_is_cut() {
    check_format(WireFormat::OpenAiResponses);
}

#[test]
fn anthropic_decodes_the_same_however_it_is_cut() {
    check_format(WireFormat::Anthropic);
}

#[test]
fn gemini_decodes_the_same_however_it_is_cut() {
    check_format(WireFormat::Gemini);
}

#[test]
fn ollama_decodes_the_same_however_it_is_cut() {
    check_format(WireFormat::Ollama);
}

#[test]
fn a_stream_cut_anywhere_keeps_its_beginning_and_says_so() {
    for format in WireFormat::ALL {
        for path in fixtures(format) {
            let Some(framing @ (Framing::ServerSentEvents | Framing::JsonLines)) = framing(&path)
            else {
                continue;
            };
            let bytes = fs::read(&path).unwrap();
            let whole = decode(format, framing, &[&bytes]);
            for end in 0..bytes.len() {
                let events = decode(format, framing, &[&bytes[..end]]);
                check_order(&events, name(&path));
                let deltas = |events: &[Decoded]| -> Vec<Decoded> {
                    events
                        .iter()
                        .filter(|event| matches!(event, Ok(event) if !matches!(event, ChatEvent::Usage { .. } | ChatEvent::Finished { .. })))
                        .cloned()
                        .collect()
                };
                assert!(
                    deltas(&whole).starts_with(&deltas(&events)),
                    "{path:?} up to {end}"
                );
            }
        }
    }
}

fn full_request(model: &str) -> ChatRequest {
    let mut request = ChatRequest::new(
        model.parse().unwrap(),
        vec![
            Message::text(Role::System, "Answer briefly."),
            Message {
                role: Role::User,
                parts: vec![
                    Part::Text {
                        text: "ما هذا؟".into(),
                    },
                    Part::Image {
                        media_type: "image/png".into(),
                        data: "aGk=".into(),
                    },
                ],
            },
            Message {
                role: Role::Assistant,
                parts: vec![
                    Part::Reasoning {
                        text: "Look it up.".into(),
                        signature: Some("c2ln".into()),
                    },
                    Part::ToolCall {
                        id: "c1".into(),
                        name: "look".into(),
                        arguments: "{\"a\":1}".into(),
                    },
                ],
            },
            Message {
                role: Role::Tool,
                parts: vec![Part::ToolResult {
                    id: "c1".into(),
                    name: "look".into(),
                    content: "a cat".into(),
                }],
            },
            Message::text(Role::User, "Sure?"),
        ],
    );
    request.max_output_tokens = Some(200);
    request.temperature = Some(0.5);
    request.top_p = Some(0.9);
    request.seed = Some(7);
    request.tools = vec![ToolSpec {
        name: "look".into(),
        description: "Looks.".into(),
        parameters: serde_json::json!({"type": "object"}),
    }];
    request.response_format = Some(ResponseFormat::JsonSchema {
        name: "reply".into(),
        schema: serde_json::json!({"type": "object"}),
    });
    request
}

#[test]
fn a_request_is_written_in_each_format() {
    let mut all = String::new();
    for format in WireFormat::ALL {
        let mut request = full_request("x/some model".replace(' ', "-").as_str());
        if format != WireFormat::OpenAiResponses {
            request.stop = vec!["END".into()];
        }
        let wire = format.codec().encode(&request, &Quirks::default()).unwrap();
        let body = serde_json::to_string_pretty(&wire.body).unwrap();
        writeln!(all, "# {format} {} {:?}\n{body}", wire.path, wire.headers).unwrap();
    }
    insta::assert_snapshot!("requests", all);
}

#[test]
fn a_choice_of_functions_is_written_in_each_format() {
    use serde_json::json;
    let one = ToolChoice::Function {
        name: "look".into(),
    };
    let function = json!({"type": "function", "function": {"name": "look"}});
    let any = |mode: &str| json!({"functionCallingConfig": {"mode": mode}});
    let named = json!({"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look"]}});
    for (format, at, expected) in [
        (
            WireFormat::OpenAiChat,
            "/tool_choice",
            [json!("auto"), json!("none"), json!("required"), function],
        ),
        (
            WireFormat::OpenAiResponses,
            "/tool_choice",
            [
                json!("auto"),
                json!("none"),
                json!("required"),
                json!({"type": "function", "name": "look"}),
            ],
        ),
        (
            WireFormat::Anthropic,
            "/tool_choice",
            [
                json!({"type": "auto"}),
                json!({"type": "none"}),
                json!({"type": "any"}),
                json!({"type": "tool", "name": "look"}),
            ],
        ),
        (
            WireFormat::Gemini,
            "/toolConfig",
            [any("AUTO"), any("NONE"), any("ANY"), named],
        ),
    ] {
        let choices = [
            ToolChoice::Auto,
            ToolChoice::None,
            ToolChoice::Required,
            one.clone(),
        ];
        for (choice, expected) in choices.into_iter().zip(expected) {
            let mut request = full_request("x/m");
            request.tool_choice = Some(choice);
            let wire = format.codec().encode(&request, &Quirks::default()).unwrap();
            assert_eq!(wire.body.pointer(at), Some(&expected), "{format}");
        }
    }
}

#[test]
fn members_without_a_field_go_to_the_chat_format_alone_and_replace_nothing() {
    for format in WireFormat::ALL {
        let mut request = full_request("x/m");
        request
            .extra
            .insert("reasoning_effort".into(), "low".into());
        request.extra.insert("model".into(), "another".into());
        let wire = format.codec().encode(&request, &Quirks::default()).unwrap();
        let sent = wire.body.get("reasoning_effort").is_some();
        assert_eq!(sent, format == WireFormat::OpenAiChat, "{format}");
        assert_ne!(wire.body["model"], "another", "{format}");
    }
}

#[test]
fn a_request_with_nothing_set_sends_nothing_more() {
    let mut all = String::new();
    for format in WireFormat::ALL {
        let request = ChatRequest::new(
            "x/m".parse().unwrap(),
            vec![Message::text(Role::User, "Hi")],
        );
        let wire = format.codec().encode(&request, &Quirks::default()).unwrap();
        writeln!(all, "{format} {}", wire.body).unwrap();
    }
    insta::assert_snapshot!("bare_requests", all);
}

#[test]
fn quirks_change_only_what_they_name() {
    let quirks = Quirks {
        output_limit: OutputLimitField::MaxCompletionTokens,
        system_role: SystemRole::InFirstUserTurn,
        fixed_sampling: true,
        usage_option: false,
        seed_field: "random_seed",
        echo_reasoning: true,
        default_output_tokens: 1000,
        omitted: ["tools".to_owned(), "response_format".to_owned()].into(),
    };
    let wire = WireFormat::OpenAiChat
        .codec()
        .encode(&full_request("x/m"), &quirks)
        .unwrap();
    insta::assert_snapshot!("quirks", serde_json::to_string_pretty(&wire.body).unwrap());
}

#[test]
fn stop_texts_are_refused_where_the_format_has_none() {
    let mut request = full_request("x/m");
    request.stop = vec!["END".into()];
    let error = WireFormat::OpenAiResponses
        .codec()
        .encode(&request, &Quirks::default())
        .unwrap_err();
    assert_eq!(
        (error.kind.as_str(), error.maybe_billed),
        ("invalid", false)
    );
}

#[test]
fn a_model_name_cannot_leave_its_path() {
    for (name, path) in [
        (
            "gemini-2.5-pro",
            "/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        ),
        (
            "../../x?y#z",
            "/models/..%2F..%2Fx%3Fy%23z:streamGenerateContent?alt=sse",
        ),
        ("..", "/models/%2E%2E:streamGenerateContent?alt=sse"),
    ] {
        let request = ChatRequest::new(format!("g/{name}").parse().unwrap(), Vec::new());
        let wire = WireFormat::Gemini
            .codec()
            .encode(&request, &Quirks::default())
            .unwrap();
        assert_eq!(wire.path, path);
    }
}

#[test]
fn lists_of_models_are_read_in_every_dialect() {
    let lists = [
        (
            WireFormat::OpenAiChat,
            r#"{"data":[{"id":"gpt-x"},{"id":"text-embedding-9"},{"id":"a","context_window":131072,
                "max_completion_tokens":8192},{"id":"b/c:free","name":"B C","context_length":32000,
                "architecture":{"output_modalities":["text"]}},{"id":"d",
                "architecture":{"output_modalities":["image"]}},{"id":"e","max_context_length":256000,
                "capabilities":{"completion_chat":true}},{"id":"f","capabilities":{"completion_chat":false}},
                {"id":"g.gguf","meta":{"n_ctx_train":2048}},{"id":"bad name"},{"no":"id"}]}"#,
        ),
        (
            WireFormat::OpenAiChat,
            r#"[{"id":"openai/gpt-x","name":"GPT X","limits":{"max_input_tokens":1000,"max_output_tokens":100}}]"#,
        ),
        (
            WireFormat::Anthropic,
            r#"{"data":[{"type":"model","id":"claude-x","display_name":"Claude X"}]}"#,
        ),
        (
            WireFormat::Gemini,
            r#"{"models":[{"name":"models/g-1","displayName":"G 1","inputTokenLimit":1048576,
                "outputTokenLimit":65536,"supportedGenerationMethods":["generateContent"]},
                {"name":"models/embed","supportedGenerationMethods":["embedContent"]}]}"#,
        ),
        (
            WireFormat::Ollama,
            r#"{"models":[{"name":"qwen3:8b","size":1}]}"#,
        ),
    ];
    let mut all = String::new();
    for (format, body) in lists {
        for model in format.codec().models("p", body.as_bytes()).unwrap() {
            writeln!(all, "{format} {}", serde_json::to_string(&model).unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!("models", all);
    for format in WireFormat::ALL {
        for body in ["", "[1", "{}", "\"no\"", "<html>"] {
            assert!(
                format.codec().models("p", body.as_bytes()).is_err(),
                "{format} {body}"
            );
        }
    }
}

#[test]
fn every_format_is_found_by_its_name() {
    for format in WireFormat::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
    }
    assert!(
        "openai"
            .parse::<WireFormat>()
            .unwrap_err()
            .to_string()
            .contains("openai-chat")
    );
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic_or_depend_on_the_cut(
        lines in proptest::collection::vec(prop_oneof![
            "\\PC{0,40}",
            r#"\{"(choices|type|candidates|message|error|usage)":(\[\{"(delta|index)":[0-9]\}\]|"[a-z_]{0,20}"|[0-9]{1,20}|null|\{\})\}"#,
            Just("[DONE]".to_owned()),
        ], 0..8),
        format in 0usize..5,
        size in 1usize..30,
    ) {
        let format = WireFormat::ALL[format];
        let framing = format.codec().framing();
        let prefix = if framing == Framing::JsonLines { "" } else { "data: " };
        let input = lines.iter().fold(String::new(), |input, line| input + prefix + line + "\n\n");
        let whole = decode(format, framing, &[input.as_bytes()]);
        check_order(&whole, &input);
        let chunks: Vec<&[u8]> = input.as_bytes().chunks(size).collect();
        prop_assert_eq!(decode(format, framing, &chunks), whole);
    }
}
