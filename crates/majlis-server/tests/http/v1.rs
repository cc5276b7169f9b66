//! The interface of OpenAI.

use majlis_llm::{BoxFuture, Embedder, ModelId, ProviderError};
use majlis_providers::fake::Outcome;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Reply, Running, start, start_priced};

const PATH: &str = "/v1/chat/completions";

fn chat(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "How many?"}]})
}

fn streamed(model: &str) -> Value {
    let mut body = chat(model);
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    body
}

/// The data of the frames of a stream, with what differs from run to run made equal.
fn frames(reply: &Reply) -> Vec<Value> {
    let data = reply
        .body
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| {
        let mut frame = serde_json::from_str(data).unwrap_or_else(|_| json!(data));
        settle(&mut frame);
        frame
    })
    .collect()
}

fn settle(answer: &mut Value) {
    if answer.get("id").is_some() {
        answer["id"] = json!("ID");
        answer["created"] = json!("TIME");
    }
    if answer.get("majlis").is_some() {
        answer["majlis"]["call_id"] = json!("CALL");
    }
}

/// The ledger once as many calls are over.
async fn costs_after(server: &Running, calls: u64) -> Value {
    loop {
        // In this order: what is settled between the two would read as free.
        let open = server.get("/api/v1/budgets").await.json();
        let costs = server.get("/api/v1/costs?group_by=kind").await.json();
        let is_settled = open["day"]["reserved_usd"] == "0";
        if costs["total"]["calls"] == json!(calls) && is_settled {
            return costs;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_chat_is_answered_counted_and_priced() {
    let server = start_priced().await;
    let reply = server.post(PATH, chat("fake/yes")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(reply.header("x-request-id").is_some());
    let mut answer = reply.json();
    settle(&mut answer);
    insta::assert_json_snapshot!(answer);
    let costs = costs_after(&server, 1).await;
    assert_eq!(costs["groups"][0]["key"], "relay");
    assert_eq!(costs["total"]["cost_usd"], "0.00002");
}

#[tokio::test]
async fn a_stream_names_its_speaker_first_and_its_count_last() {
    let server = start_priced().await;
    let reply = server.post(PATH, streamed("fake/yes")).await;
    assert_eq!(
        (
            reply.header("cache-control"),
            reply.header("x-accel-buffering")
        ),
        (Some("no-cache, no-store"), Some("no"))
    );
    insta::assert_json_snapshot!(frames(&reply));
}

#[tokio::test]
async fn a_count_is_streamed_only_when_it_is_asked_for() {
    let server = start().await;
    let mut body = streamed("fake/yes");
    body.as_object_mut().unwrap().remove("stream_options");
    let reply = server.post(PATH, body).await;
    assert!(!reply.body.contains("\"usage\""), "{}", reply.body);
}

#[tokio::test]
async fn calls_of_functions_are_passed_back() {
    let server = start().await;
    let mut body = chat("fake/tools");
    body["tools"] = json!([{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]);
    body["tool_choice"] = json!({"type": "function", "function": {"name": "look"}});
    body["stop"] = json!("END");
    body["reasoning_effort"] = json!("low");
    body["unheard_of"] = json!({"x": 1});
    let answer = server.post(PATH, body.clone()).await.json();
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], Value::Null);
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(
        (&call["id"], &call["function"]["arguments"]),
        (&json!("call_7"), &json!("{\"at\":1}"))
    );
    let sent = server.ledger.entries().remove(0).request;
    assert_eq!(
        (sent.tools.len(), sent.stop, sent.extra.len()),
        (1, vec!["END".to_owned()], 1)
    );
    body["stream"] = json!(true);
    insta::assert_json_snapshot!(frames(&server.post(PATH, body).await));
}

#[tokio::test]
async fn a_stream_that_breaks_says_so_in_a_frame() {
    let server = start().await;
    let frames = frames(&server.post(PATH, streamed("fake/broken")).await);
    let last = frames.last().unwrap();
    assert_eq!(last["error"]["type"], "server_error");
    assert_eq!(last["error"]["code"], "provider_network");
}

#[tokio::test]
async fn whoever_hangs_up_ends_the_request_upstream() {
    let server = start_priced().await;
    let body = streamed("fake/slow").to_string();
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("words") {
        let mut piece = [0; 1024];
        let count = stream.read(&mut piece).await.unwrap();
        seen.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    drop(stream);
    let costs = costs_after(&server, 1).await;
    assert_eq!(costs["total"]["unknown_calls"], 1, "{costs}");
    assert_eq!(server.ledger.entries()[0].outcome, Outcome::Dropped);
}

/// A request is refused with this status, type and code.
async fn check_refused(server: &Running, request: &str, body: Value, expected: &str) {
    let (method, path) = request.split_once(' ').unwrap();
    let body = (!body.is_null()).then_some(body);
    let reply = server.send(method, path, body).await;
    let error = &reply.json()["error"];
    let told = [&error["type"], &error["code"]].map(|value| value.as_str().unwrap_or_default());
    let told = format!("{} {}", reply.status, told.join(" "));
    assert_eq!(told, expected, "{request}: {}", reply.body);
    assert!(error["message"].is_string());
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn errors_have_the_shape_programs_expect() {
    let server = start().await;
    let post = "POST /v1/chat/completions";
    let unknown = "404 invalid_request_error model_not_found";
    let bare = json!({"model": "fake/yes", "messages": []});
    for (request, body, expected) in [
        (
            "GET /v1/nothing",
            Value::Null,
            "404 invalid_request_error route_not_found",
        ),
        (
            "GET /v1/chat/completions",
            Value::Null,
            "405 invalid_request_error method_not_allowed",
        ),
        ("GET /v1/models/fake/none", Value::Null, unknown),
        (
            post,
            chat("fake/busy"),
            "429 rate_limit_error rate_limit_exceeded",
        ),
        (post, chat("nobody/x"), unknown),
        (post, chat("no such"), unknown),
        (post, bare, "400 invalid_request_error invalid_value"),
        (post, json!([]), "400 invalid_request_error body_shape"),
    ] {
        check_refused(&server, request, body, expected).await;
    }
    let busy = server.post(PATH, chat("fake/busy")).await;
    assert_eq!(busy.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn the_guard_refuses_in_the_same_shape() {
    let server = start().await;
    let request = |headers: &str| {
        format!(
            "POST {PATH} HTTP/1.1\r\nConnection: close\r\n{headers}\r\nContent-Length: 2\r\n\r\n{{}}"
        )
    };
    let host = format!("Host: {}", server.address);
    for (headers, status, code) in [
        ("Host: evil.test".to_owned(), 421, "guard_host"),
        (
            format!("{host}\r\nOrigin: http://evil.test"),
            403,
            "guard_origin",
        ),
        (
            format!("{host}\r\nSec-Fetch-Site: cross-site"),
            403,
            "guard_site",
        ),
        (
            format!("{host}\r\nContent-Type: text/plain"),
            415,
            "content_type",
        ),
    ] {
        let reply = server.raw(request(&headers).as_bytes()).await;
        let id = reply.header("x-request-id").map(str::to_owned);
        assert_eq!((reply.status, id.is_some()), (status, true), "{headers}");
        assert_eq!(reply.json()["error"]["code"], code);
    }
}

#[tokio::test]
async fn a_cap_refuses_before_anything_is_sent() {
    for (cap, model) in [
        ("day_usd", "fake/yes"),
        ("programs_usd", "fake/yes"),
        ("programs_usd", "majlis/pair"),
    ] {
        let server = start_priced().await;
        let caps = json!({cap: "0.00001"});
        let set = server.send("PUT", "/api/v1/budgets", Some(caps)).await;
        assert_eq!(set.status, 200, "{}", set.body);
        let reply = server.post(PATH, chat(model)).await;
        let error = &reply.json()["error"];
        assert_eq!(
            (reply.status, &error["type"]),
            (402, &json!("insufficient_quota")),
            "{cap} {model}: {}",
            reply.body
        );
        assert!(server.ledger.entries().is_empty());
        server.stop().await;
    }
}

#[tokio::test]
async fn every_configured_model_is_listed() {
    let server = start_priced().await;
    let list = server.get("/v1/models").await.json();
    let yes = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["id"] == "fake/yes")
        .unwrap();
    assert_eq!(yes["majlis"]["input_usd_per_mtok"], "1");
    assert_eq!(&server.get("/v1/models/fake/yes").await.json(), yes);
    assert_eq!(&server.get("/v1/models/yes").await.json(), yes);
}

#[tokio::test]
async fn a_shutdown_ends_relays_and_counts_them() {
    let server = start_priced().await;
    let address = server.address.clone();
    let body = streamed("fake/slow").to_string();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut piece = [0; 64];
    assert!(stream.read(&mut piece).await.unwrap() > 0);
    let ledger = server.ledger.clone();
    server.stop().await;
    assert_eq!(ledger.entries()[0].outcome, Outcome::Dropped);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("Majlis is stopping."), "{rest}");
}

#[tokio::test]
async fn a_council_answers_as_one_model() {
    let server = start_priced().await;
    let models = server.get("/v1/models").await.body;
    assert!(models.contains("majlis/pair"), "{models}");
    let mut body = chat("majlis/pair");
    let answer = server.post(PATH, body.clone()).await.json();
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.contains("cache holds 10 entries"), "{text}");
    assert_eq!(answer["usage"]["total_tokens"], 30);
    assert_eq!(answer["majlis"]["answers"].as_array().unwrap().len(), 2);
    body["stream"] = json!(true);
    let frames = frames(&server.post(PATH, body.clone()).await);
    let last = &frames[frames.len() - 2];
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(last["majlis"]["status"], "complete");
    body["tools"] = json!([{"function": {"name": "look"}}]);
    let refused = server.post(PATH, body).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]["param"]),
        (400, &json!("tools"))
    );
}

#[tokio::test]
async fn responses_and_messages_speak_of_the_same_answer() {
    let server = start_priced().await;
    let ask = json!([{"role": "user", "content": "How many?"}]);
    let mut body = json!({"model": "fake/yes", "input": "How many?", "instructions": "Be brief."});
    let response = server.post("/v1/responses", body.clone()).await.json();
    assert_eq!(
        response["output"][0]["content"][0]["text"],
        "The cache holds 10 entries. It is shared."
    );
    body["stream"] = json!(true);
    let events = frames(&server.post("/v1/responses", body).await);
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    assert_eq!(
        (kinds[..4].to_vec(), kinds.last()),
        (
            vec![
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added"
            ],
            Some(&"response.completed")
        )
    );
    let kept = json!({"model": "fake/yes", "input": "x", "previous_response_id": "resp_1"});
    assert_eq!(server.post("/v1/responses", kept).await.status, 400);
    let mut body =
        json!({"model": "fake/yes", "max_tokens": 9, "system": "Be brief.", "messages": ask});
    let message = server.post("/v1/messages", body.clone()).await.json();
    assert_eq!(
        (&message["type"], &message["stop_reason"]),
        (&json!("message"), &json!("end_turn"))
    );
    assert_eq!(message["usage"]["output_tokens"], 5);
    body["stream"] = json!(true);
    let events = frames(&server.post("/v1/messages", body.clone()).await);
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    assert_eq!(
        (kinds.first(), kinds.last()),
        (Some(&"message_start"), Some(&"message_stop"))
    );
    let count = server.post("/v1/messages/count_tokens", body.clone()).await;
    assert!(
        count.json()["input_tokens"].as_u64() > Some(0),
        "{}",
        count.body
    );
    body["model"] = json!("nobody/x");
    let error = server.post("/v1/messages", body).await;
    assert_eq!(
        (error.status, &error.json()["error"]["type"]),
        (404, &json!("not_found_error"))
    );
}

#[tokio::test]
async fn calls_of_functions_cross_every_interface() {
    let server = start().await;
    let mut body = json!({"model": "fake/tools", "input": "Look.", "stream": true,
        "tools": [{"type": "function", "name": "look"}]});
    let events = frames(&server.post("/v1/responses", body.clone()).await);
    let done = events
        .iter()
        .find(|event| event["type"] == "response.function_call_arguments.done");
    assert_eq!(done.unwrap()["arguments"], "{\"at\":1}");
    body["stream"] = json!(false);
    let response = server.post("/v1/responses", body).await.json();
    assert_eq!(response["output"][0]["name"], "look");
    let body = json!({"model": "fake/tools", "max_tokens": 9,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Look."}]}],
        "tools": [{"name": "look", "input_schema": {"type": "object"}}], "tool_choice": {"type": "any"}});
    let message = server.post("/v1/messages", body).await.json();
    assert_eq!(
        (&message["content"][0]["input"], &message["stop_reason"]),
        (&json!({"at": 1}), &json!("tool_use"))
    );
}

#[tokio::test]
async fn whoever_hangs_up_on_a_council_stops_it() {
    let server = start().await;
    let body = chat("majlis/lone").to_string();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    while server.ledger.entries().len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    let is_dropped = || {
        let entries = server.ledger.entries();
        entries
            .iter()
            .any(|entry| entry.outcome == Outcome::Dropped)
    };
    while !is_dropped() {
        tokio::task::yield_now().await;
    }
}

/// Vectors of the length of the text and of one, made to norm 1.
struct Lengths;

impl Embedder for Lengths {
    fn name(&self) -> &'static str {
        "lengths"
    }

    fn model(&self) -> Option<&ModelId> {
        None
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Vec<f32>>, ProviderError>> {
        let vector = |text: &String| {
            if text.len() == 1 {
                vec![1.0, 0.0]
            } else {
                vec![0.0, 1.0]
            }
        };
        let vectors = texts.iter().map(vector).collect();
        Box::pin(std::future::ready(Ok(vectors)))
    }
}

#[tokio::test]
async fn texts_are_embedded_as_numbers_or_as_bytes() {
    let server = start().await;
    let ask = |body: Value| server.post("/v1/embeddings", body);
    let nobody = ask(json!({"model": "local/lengths", "input": "a"})).await;
    assert_eq!(
        (nobody.status, &nobody.json()["error"]["code"]),
        (404, &json!("model_not_found"))
    );
    server.app.use_embedder(std::sync::Arc::new(Lengths));
    let many = ask(json!({"model": "lengths", "input": ["a", "long"], "user": "x"})).await;
    insta::assert_json_snapshot!("embeddings", many.json());
    let bytes = json!({"model": "local/lengths", "input": "a", "encoding_format": "base64"});
    let bytes = ask(bytes).await.json();
    assert_eq!(bytes["data"][0]["embedding"], "AACAPwAAAAA=");
    for (input, dimensions) in [
        (json!([]), 2),
        (json!([1, 2]), 2),
        (json!(" "), 2),
        (json!("a"), 3),
    ] {
        let body = json!({"model": "lengths", "input": input, "dimensions": dimensions});
        assert_eq!(ask(body).await.status, 400, "{input}");
    }
    let listed = server.get("/v1/models/local/lengths").await;
    assert_eq!(listed.json()["owned_by"], "local");
    server.stop().await;
}
