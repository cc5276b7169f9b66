//! `majlis mcp` as a client drives it: lines of JSON-RPC over standard input and output.

use serde_json::{Value, json};

use crate::home::Home;

/// The answers of a session to these requests, each under its id.
fn session(home: &Home, requests: &[Value]) -> std::collections::BTreeMap<i64, Value> {
    let mut lines = String::new();
    for request in requests {
        lines.push_str(&request.to_string());
        lines.push('\n');
    }
    let ran = home.run_with(&["mcp"], lines.as_bytes());
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(0), ""),
        "{}",
        ran.all()
    );
    let answers = ran.stdout.lines().map(|line| {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert_eq!(answer["jsonrpc"], "2.0", "{line}");
        answer
    });
    answers
        .filter_map(|answer| Some((answer["id"].as_i64()?, answer)))
        .collect()
}

fn hello() -> [Value; 2] {
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
    ]
}

fn call(id: i64, name: &str, arguments: &Value) -> Value {
    let params = json!({"name": name, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

#[test]
fn a_client_sees_the_tools_and_compares_answers_without_a_key() {
    let home = Home::new();
    let [hello, ready] = hello();
    let answers = json!([
        {"name": "a", "text": "The limit is 10 requests per second."},
        {"name": "b", "text": "The limit is 12 requests per second."},
    ]);
    let asked = json!({"question": "What is the limit?", "answers": answers});
    let mut requests = vec![hello, ready];
    requests.push(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
    let calls = [
        ("council_ask", asked),
        ("council_ask", json!({"question": " ", "answers": answers})),
        ("council_result", json!({"id": "nothing"})),
        ("chat", json!({"message": "hi"})),
        ("chat", json!({"message": "hi", "model": "gpt"})),
        ("search_history", json!({"query": "limit"})),
        ("search_history", json!({"query": "..."})),
        ("costs", json!({"since": "2026-01-01", "group_by": "day"})),
        ("costs", json!({"since": "yesterday"})),
    ];
    requests.extend(
        (3..)
            .zip(&calls)
            .map(|(id, (name, arguments))| call(id, name, arguments)),
    );
    let seen = session(&home, &requests);
    assert_eq!(seen[&1]["result"]["serverInfo"]["name"], "majlis");
    let tools = seen[&2]["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 6, "{tools:?}");
    // About four characters a token, and at most 1,500 tokens.
    assert!(seen[&2]["result"].to_string().len() < 6_000);
    let council = &seen[&3]["result"]["structuredContent"];
    assert_eq!(council["status"], "complete");
    let contradiction = &council["measured"]["contradictions"][0];
    assert_eq!(contradiction["one"]["name"], "a");
    assert_eq!(
        contradiction["other"]["says"],
        "The limit is 12 requests per second."
    );
    // Tools of one session may run side by side, so the search may come before the question.
    assert!(seen[&8]["result"]["structuredContent"]["items"].is_array());
    assert_eq!(
        seen[&10]["result"]["structuredContent"]["total"]["cost_usd"],
        "0"
    );
    for (id, word) in [
        (4, "empty"),
        (5, "nothing"),
        (6, "model"),
        (7, "provider/name"),
        (9, "word"),
        (11, "2026-11-01"),
    ] {
        let result = &seen[&id]["result"];
        assert_eq!(result["isError"], true, "{id}");
        assert!(
            result["content"][0]["text"]
                .as_str()
                .unwrap()
                .contains(word),
            "{result}"
        );
    }
}

#[test]
fn a_client_without_a_hello_speaks_the_newer_protocol() {
    let home = Home::new();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let list =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}});
    let seen = session(&home, &[list]);
    assert!(
        !seen[&1]["result"]["tools"].as_array().unwrap().is_empty(),
        "{seen:?}"
    );
}

#[test]
fn the_hint_names_this_very_program_and_the_configured_port() {
    let home = Home::with_config("[server]\nport = 7123\n");
    let ran = home.run(&["mcp", "--install-hint"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    for part in [env!("CARGO_BIN_EXE_majlis"), "http://127.0.0.1:7123/mcp"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn a_client_that_closes_at_once_is_no_error() {
    let ran = Home::new().run_with(&["mcp"], b"");
    assert_eq!(ran.all(), "exit 0\n");
}
