//! The driver against a server in this process.

mod server;

use std::time::Duration;

use futures_util::StreamExt as _;
use majlis_llm::{
    ChatEvent, ChatRequest, ErrorKind, FinishReason, Message, Provider, ProviderError, Role,
};

use super::{HttpProvider, MAX_RESPONSE_BYTES};
use crate::codec::WireFormat;
use crate::config::RetryPolicy;
use crate::line_up::{EntryState, discover_local, entry};
use crate::registry::BUILTIN;
use crate::{Outbound, OutboundOptions, ProviderConfig, Secret, ServerSettings, Timeouts};
use server::{SHORT, Say, Server, events, reply};

const KEY: &str = "sk-test-0123456789";

const ANSWER: &str = concat!(
    "data: {\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"نعم \"}}]}\n\n",
    ": waiting\n\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"🤝\"},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n",
    "data: [DONE]\n\n",
);

fn provider_with(url: &str, format: WireFormat, timeouts: Timeouts) -> HttpProvider {
    let config = ProviderConfig::try_from(ServerSettings {
        name: "mine".to_owned(),
        format,
        base_url: url.to_owned(),
        key: Some(Secret::from(KEY.to_owned())),
        allow_private: true,
        timeouts,
        models: Vec::new(),
    });
    let retry = RetryPolicy {
        max_attempts: 3,
        base: Duration::from_millis(2),
        max_wait: Duration::from_secs(2),
    };
    HttpProvider::new(
        config.unwrap().with_retry(retry),
        Outbound::new(OutboundOptions::default()).unwrap(),
    )
}

fn provider(url: &str) -> HttpProvider {
    provider_with(url, WireFormat::OpenAiChat, Timeouts::default())
}

fn request() -> ChatRequest {
    let mut request = ChatRequest::new(
        "mine/m".parse().unwrap(),
        vec![Message::text(Role::User, "سؤال")],
    );
    request.temperature = Some(0.5);
    request.max_output_tokens = Some(9);
    request
}

/// What one call came to: text, finish, error.
#[derive(Debug, Default)]
struct Came {
    text: String,
    finished: Option<FinishReason>,
    error: Option<ProviderError>,
}

async fn ask(provider: &HttpProvider) -> Came {
    let mut came = Came::default();
    let mut stream = match provider.chat(request()).await {
        Ok(stream) => stream,
        Err(error) => {
            return Came {
                error: Some(error),
                ..came
            };
        }
    };
    while let Some(event) = stream.next().await {
        match event {
            Ok(ChatEvent::TextDelta { text }) => came.text.push_str(&text),
            Ok(ChatEvent::Finished { reason }) => came.finished = Some(reason),
            Ok(_) => {}
            Err(error) => came.error = Some(error),
        }
    }
    came
}

/// Plays the replies to one call and gives the server and what came of it.
async fn play(replies: Vec<Vec<Say>>) -> (Server, Came) {
    let server = Server::start(replies).await;
    let came = ask(&provider(&server.url)).await;
    (server, came)
}

#[track_caller]
fn check_error(came: &Came, kind: ErrorKind, words: &[&str]) -> ProviderError {
    let error = came
        .error
        .clone()
        .unwrap_or_else(|| panic!("no error: {came:?}"));
    assert_eq!(error.kind, kind, "{error:?}");
    let all = format!(
        "{} {}",
        error.message,
        error.hint.clone().unwrap_or_default()
    );
    for word in words {
        assert!(all.contains(word), "{word:?} is missing in {all:?}");
    }
    assert!(!format!("{error:?}").contains(KEY), "{error:?}");
    error
}

#[tokio::test]
async fn an_answer_is_the_same_in_pieces_of_any_size() {
    for size in [1, 2, 3, 7, 50, 10_000] {
        let (server, came) = play(vec![events(ANSWER, size)]).await;
        assert_eq!(
            (came.text.as_str(), came.finished),
            ("نعم 🤝", Some(FinishReason::Stop)),
            "{came:?}"
        );
        assert!(came.error.is_none());
        let sent = &server.requests()[0];
        assert!(
            sent.starts_with("POST /v1/chat/completions HTTP/1.1"),
            "{sent}"
        );
        assert!(
            sent.to_lowercase()
                .contains(&format!("authorization: bearer {KEY}")),
            "{sent}"
        );
        assert!(sent.contains("سؤال"));
    }
}

#[tokio::test]
async fn keys_travel_in_the_header_of_their_format() {
    for (format, header) in [
        (WireFormat::Anthropic, "x-api-key: "),
        (WireFormat::Gemini, "x-goog-api-key: "),
        (WireFormat::OpenAiResponses, "authorization: bearer "),
        (WireFormat::Ollama, "authorization: bearer "),
    ] {
        let server = Server::start(vec![reply(401, "", "{}")]).await;
        let came = ask(&provider_with(&server.url, format, Timeouts::default())).await;
        check_error(&came, ErrorKind::Unauthorized, &["mine", "HTTP 401", "key"]);
        let sent = server.requests()[0].to_lowercase();
        assert!(sent.contains(&format!("{header}{KEY}")), "{format}: {sent}");
        assert!(
            !sent.lines().next().unwrap().contains(KEY),
            "never in the address"
        );
    }
}

#[tokio::test]
async fn a_refusal_is_asked_again_where_nothing_was_billed() {
    for first in [
        reply(
            429,
            "retry-after-ms: 5\r\n",
            r#"{"error":{"message":"slow"}}"#,
        ),
        reply(429, "retry-after: 0\r\n", "{}"),
        reply(503, "", "{}"),
        reply(529, "", "{}"),
    ] {
        let (server, came) = play(vec![first, events(ANSWER, 64)]).await;
        assert_eq!(came.finished, Some(FinishReason::Stop), "{came:?}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn what_may_have_been_billed_is_never_sent_again() {
    for status in [500, 502, 504] {
        let (server, came) = play(vec![reply(status, "", "{}"), events(ANSWER, 64)]).await;
        assert!(came.error.unwrap().maybe_billed);
        assert_eq!(server.requests().len(), 1, "{status}");
    }
    let (server, came) = play(vec![Vec::new(), events(ANSWER, 64)]).await;
    let error = check_error(&came, ErrorKind::Network, &["broke"]);
    assert!(error.maybe_billed);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn attempts_and_patience_have_an_end() {
    let busy = || {
        reply(
            529,
            "",
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}"#,
        )
    };
    let (server, came) = play(vec![busy(), busy(), busy(), busy()]).await;
    check_error(&came, ErrorKind::Overloaded, &["mine/m", "529", "Busy"]);
    assert_eq!(server.requests().len(), 3);

    let (server, came) = play(vec![
        reply(429, "retry-after: 35\r\n", "{}"),
        events(ANSWER, 64),
    ])
    .await;
    let error = check_error(&came, ErrorKind::RateLimited, &["wait 35 s"]);
    assert_eq!(error.retry_after, Some(Duration::from_secs(35)));
    assert_eq!(server.requests().len(), 1);

    let body = r#"{"error":{"code":429,"message":"q","details":[{"retryDelay":"12.5s"}]}}"#;
    let (_server, came) = play(vec![reply(429, "", body)]).await;
    check_error(&came, ErrorKind::RateLimited, &["wait 13 s"]);
}

#[tokio::test]
async fn a_refused_member_is_left_out_and_remembered() {
    let refusal = || {
        reply(
            400,
            "",
            r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.5","param":"temperature"}}"#,
        )
    };
    let server = Server::start(vec![refusal(), events(ANSWER, 64), events(ANSWER, 64)]).await;
    let provider = provider(&server.url);
    for _ in 0..2 {
        assert_eq!(ask(&provider).await.finished, Some(FinishReason::Stop));
    }
    let has_temperature: Vec<bool> = server
        .requests()
        .iter()
        .map(|sent| sent.contains("temperature"))
        .collect();
    assert_eq!(has_temperature, [true, false, false]);
}

#[tokio::test]
async fn a_cut_or_failing_stream_keeps_what_came() {
    let cut = ANSWER.find(": waiting").unwrap() + 60;
    let (_server, came) = play(vec![events(&ANSWER[..cut], 10)]).await;
    assert_eq!(came.text, "نعم ");
    check_error(&came, ErrorKind::Malformed, &["cut off", "mine/m"]);

    let failing = format!(
        "{}data: {{\"error\":{{\"message\":\"{KEY} is bad\",\"code\":401}}}}\n\n",
        &ANSWER[..cut - 60]
    );
    let (_server, came) = play(vec![events(&failing, 10)]).await;
    assert_eq!(came.text, "نعم ");
    check_error(&came, ErrorKind::Unauthorized, &["[key] is bad"]);
}

#[tokio::test]
async fn a_broken_connection_in_the_middle_says_so() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99999\r\n\r\n";
    let cut = ANSWER.find(": waiting").unwrap();
    let (_server, came) = play(vec![vec![Say::Bytes(
        format!("{head}{}", &ANSWER[..cut]).into_bytes(),
    )]])
    .await;
    assert_eq!(came.text, "نعم ");
    check_error(&came, ErrorKind::Network, &["broke"]);
}

#[tokio::test]
async fn a_whole_answer_on_a_connection_that_stays_open_is_whole() {
    let mut says = events(ANSWER, 64);
    says.push(Say::Hang);
    let (_server, came) = play(vec![says]).await;
    assert_eq!(
        (came.finished, came.error),
        (Some(FinishReason::Stop), None)
    );
}

#[tokio::test]
async fn each_timeout_has_its_own_message() {
    let long = Duration::from_mins(1);
    let cut = ANSWER.find(": waiting").unwrap();
    let begun = || {
        let mut says = events(&ANSWER[..cut], 64);
        says.push(Say::Hang);
        says
    };
    for (replies, timeouts, words) in [
        (
            vec![Say::Hang],
            Timeouts {
                first_token: SHORT,
                idle: long,
                total: long,
            },
            "no answer began",
        ),
        (
            [events("", 1), vec![Say::Hang]].concat(),
            Timeouts {
                first_token: SHORT,
                idle: long,
                total: long,
            },
            "no piece of the answer within 0.06 s",
        ),
        (
            begun(),
            Timeouts {
                first_token: long,
                idle: SHORT,
                total: long,
            },
            "silence for 0.06 s",
        ),
        (
            begun(),
            Timeouts {
                first_token: long,
                idle: long,
                total: SHORT,
            },
            "not done after 0.06 s",
        ),
    ] {
        let server = Server::start(vec![replies]).await;
        let came = ask(&provider_with(
            &server.url,
            WireFormat::OpenAiChat,
            timeouts,
        ))
        .await;
        let error = check_error(&came, ErrorKind::Timeout, &[words]);
        assert!(error.maybe_billed);
    }
}

#[tokio::test]
async fn a_missing_end_marker_does_not_spoil_a_whole_answer() {
    let end = ANSWER.find("data: [DONE]").unwrap();
    let mut says = events(&ANSWER[..end], 64);
    says.push(Say::Hang);
    let server = Server::start(vec![says]).await;
    let timeouts = Timeouts {
        idle: SHORT,
        ..Timeouts::default()
    };
    let came = ask(&provider_with(
        &server.url,
        WireFormat::OpenAiChat,
        timeouts,
    ))
    .await;
    assert_eq!(
        (came.finished, came.error),
        (Some(FinishReason::Stop), None)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (server, came) = play(vec![reply(
        307,
        "location: https://elsewhere.example/\r\n",
        "",
    )])
    .await;
    check_error(
        &came,
        ErrorKind::Invalid,
        &["elsewhere.example", "base_url"],
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn answers_that_are_no_stream_are_understood_or_named() {
    let (_server, came) = play(vec![reply(200, "content-type: text/html\r\n", "<html>")]).await;
    check_error(&came, ErrorKind::Malformed, &["web page", "base_url"]);

    let whole = r#"{"id":"1","choices":[{"message":{"content":"Whole."},"finish_reason":"stop"}]}"#;
    let (_server, came) = play(vec![reply(
        200,
        "content-type: application/json\r\n",
        whole,
    )])
    .await;
    assert_eq!(
        (came.text.as_str(), came.finished),
        ("Whole.", Some(FinishReason::Stop))
    );

    let error = r#"{"error":{"message":"No endpoints","code":404}}"#;
    let (_server, came) = play(vec![reply(
        200,
        "content-type: application/json\r\n",
        error,
    )])
    .await;
    check_error(
        &came,
        ErrorKind::NotFound,
        &["No endpoints", "majlis models"],
    );

    let (_server, came) = play(vec![reply(200, "", ANSWER)]).await;
    assert_eq!(
        came.finished,
        Some(FinishReason::Stop),
        "no content type at all"
    );
}

#[tokio::test]
async fn endless_lines_and_answers_are_cut() {
    let line = format!(
        "{}data: {}",
        &ANSWER[..ANSWER.find(": waiting").unwrap()],
        "x".repeat(2 * 1024 * 1024)
    );
    let (_server, came) = play(vec![events(&line, 65_536)]).await;
    assert_eq!(came.text, "نعم ");
    check_error(&came, ErrorKind::Malformed, &["longer than 1048576"]);

    let comments = format!(": {}\n", "x".repeat(100_000)).repeat(MAX_RESPONSE_BYTES / 100_000 + 1);
    let (_server, came) = play(vec![events(&comments, 1 << 20)]).await;
    check_error(&came, ErrorKind::Malformed, &["larger than 16 MiB"]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_what_to_do() {
    let server = Server::start(Vec::new()).await;
    let url = server.url.clone();
    drop(server);
    tokio::task::yield_now().await;
    let came = ask(&provider(&url)).await;
    let origin = url.strip_suffix("/v1").unwrap();
    let error = check_error(
        &came,
        ErrorKind::Network,
        &["No server answers at", origin, "base_url"],
    );
    assert!(!error.maybe_billed);
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let cut = ANSWER.find(": waiting").unwrap();
    let mut says = events(&ANSWER[..cut], 64);
    says.extend([Say::Hang]);
    // The second connection is served only once the first has been closed by the client.
    let server = Server::start(vec![says, events(ANSWER, 64)]).await;
    let provider = provider(&server.url);
    let mut stream = provider.chat(request()).await.unwrap();
    assert!(stream.next().await.is_some());
    drop(stream);
    assert_eq!(ask(&provider).await.finished, Some(FinishReason::Stop));
}

#[tokio::test]
async fn models_are_listed_with_what_is_known() {
    let list = r#"{"data":[{"id":"a","context_window":1000},{"id":"b"}]}"#;
    let server = Server::start(vec![
        reply(200, "content-type: application/json\r\n", list),
        reply(404, "", "{}"),
    ])
    .await;
    let provider = provider(&server.url);
    let models = provider.models().await.unwrap();
    let found: Vec<_> = models
        .iter()
        .map(|info| (info.id.as_str(), info.context_tokens))
        .collect();
    assert_eq!(found, [("mine/a", Some(1000)), ("mine/b", None)]);
    assert!(server.requests()[0].starts_with("GET /v1/models HTTP/1.1"));
    let error = provider.models().await.unwrap_err();
    assert_eq!(
        (error.kind, error.maybe_billed),
        (ErrorKind::NotFound, false)
    );
}

#[tokio::test]
async fn servers_on_this_machine_are_found_or_named() {
    let list = r#"{"models":[{"name":"qwen3:8b"}]}"#;
    let server = Server::start(vec![reply(200, "content-type: application/json\r\n", list)]).await;
    let gone = Server::start(Vec::new()).await.url.clone();
    let outbound = Outbound::new(OutboundOptions::default()).unwrap();
    let ollama = BUILTIN.iter().find(|entry| entry.name == "ollama").unwrap();
    let mut entries: Vec<_> = [server.url.as_str(), gone.as_str()]
        .into_iter()
        .map(|url| {
            let mut config = ProviderConfig::built_in(ollama, None).unwrap();
            config.base_url = url.strip_suffix("/v1").unwrap().parse().unwrap();
            entry(config, &outbound)
        })
        .collect();
    discover_local(&mut entries).await;
    assert_eq!(entries[0].state, EntryState::Ready);
    assert_eq!(entries[0].models[0].id.as_str(), "ollama/qwen3:8b");
    assert!(entries[0].models[0].local);
    let EntryState::Unreachable { reason } = &entries[1].state else {
        panic!("{:?}", entries[1].state)
    };
    assert!(
        reason.contains("No server answers at http://127.0.0.1:"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_key_with_a_line_break_is_refused_without_showing_it() {
    let server = Server::start(Vec::new()).await;
    let mut provider = provider(&server.url);
    let config = std::sync::Arc::get_mut(&mut provider.config).unwrap();
    config.key = Some(Secret::from("sk-one\nsk-two".to_owned()));
    let came = ask(&provider).await;
    let error = check_error(&came, ErrorKind::Unauthorized, &["characters"]);
    assert!(!format!("{error:?}").contains("sk-one"));
}
