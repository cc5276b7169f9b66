//! `/mcp` as clients of both revisions of the protocol drive it.

use serde_json::{Value, json};

use crate::client::{Reply, Running, start, start_limited, start_priced};

/// A revision with a handshake, and the one without.
const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// Sends one message as a client of this revision does.
async fn tell(server: &Running, revision: &str, mut message: Value) -> Reply {
    message["jsonrpc"] = json!("2.0");
    let (method, name) = (&message["method"], &message["params"]["name"]);
    let mut headers = vec![format!("MCP-Protocol-Version: {revision}\r\n")];
    if revision == REVISIONS[1] {
        headers.push(format!("Mcp-Method: {}\r\n", method.as_str().unwrap()));
        if let Some(name) = name.as_str() {
            headers.push(format!("Mcp-Name: {name}\r\n"));
        }
        let meta = &mut message["params"]["_meta"];
        meta["io.modelcontextprotocol/protocolVersion"] = json!(revision);
        meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "test", "version": "1"});
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    }
    let body = message.to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{}Content-Length: {}\r\n\r\n{body}",
        server.address,
        headers.concat(),
        body.len()
    );
    server.raw(request.as_bytes()).await
}

/// Calls a tool; gives what it answers.
async fn call(server: &Running, name: &str, arguments: Value) -> Value {
    let params = json!({"name": name, "arguments": arguments});
    let message = json!({"id": 1, "method": "tools/call", "params": params});
    let reply = tell(server, REVISIONS[0], message).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["result"].take()
}

/// What a tool says where it cannot do it.
fn refusal(result: &Value) -> &str {
    assert_eq!(result["isError"], true, "{result}");
    result["content"][0]["text"].as_str().unwrap()
}

#[tokio::test]
async fn clients_of_both_revisions_see_six_tools_below_their_budget() {
    let server = start().await;
    for revision in REVISIONS {
        let list = json!({"id": 1, "method": "tools/list"});
        let reply = tell(&server, revision, list).await;
        assert_eq!(reply.status, 200, "{revision}: {}", reply.body);
        let tools = reply.json()["result"]["tools"].take();
        let listed = tools.as_array().unwrap().iter();
        let mut names: Vec<_> = listed.map(|tool| tool["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        let expected = [
            "audit_code",
            "chat",
            "costs",
            "council_ask",
            "council_result",
            "search_history",
        ];
        assert_eq!(names, expected);
        // About four characters a token, and at most 1,500 tokens.
        assert!(
            tools.to_string().len() < 6_000,
            "{}",
            tools.to_string().len()
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_is_greeted_in_the_revision_it_speaks() {
    let server = start().await;
    let client = json!({"name": "test", "version": "1"});
    for (wanted, given) in [
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        // The newest one that has a handshake.
        ("2999-01-01", "2025-11-25"),
    ] {
        let params = json!({"protocolVersion": wanted, "capabilities": {}, "clientInfo": client});
        let hello = json!({"id": 1, "method": "initialize", "params": params});
        let reply = tell(&server, wanted, hello).await;
        assert_eq!(
            reply.json()["result"]["protocolVersion"],
            given,
            "{}",
            reply.body
        );
        assert_eq!(reply.header("mcp-session-id"), None);
    }
    let discover = json!({"id": 1, "method": "server/discover"});
    let reply = tell(&server, REVISIONS[1], discover).await;
    let versions = &reply.json()["result"]["supportedVersions"];
    for revision in REVISIONS {
        assert!(
            versions.as_array().unwrap().contains(&json!(revision)),
            "{}",
            reply.body
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn there_are_no_sessions_to_open_or_to_steal() {
    let server = start().await;
    for method in ["GET", "DELETE"] {
        assert_eq!(
            server.send(method, "/mcp", None).await.status,
            405,
            "{method}"
        );
    }
    let ready = json!({"method": "notifications/initialized"});
    let reply = tell(&server, REVISIONS[0], ready).await;
    assert_eq!((reply.status, reply.header("mcp-session-id")), (202, None));
    server.stop().await;
}

#[tokio::test]
async fn bodies_that_are_no_message_are_refused() {
    let server = start().await;
    let own = format!("Host: {}\r\nConnection: close", server.address);
    let accept = "Accept: application/json, text/event-stream";
    let long = "x".repeat((4 << 20) + 1);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (accept, kind, body, status) in [
        (accept, "text/plain", "{}", 415),
        ("Accept: text/html", "application/json", "{}", 406),
        (accept, "application/json", "{", 400),
        (accept, "application/json", "[]", 400),
        (accept, "application/json", "{\"jsonrpc\": \"2.0\"}", 400),
        (accept, "application/json", deep.as_str(), 400),
        (accept, "application/json", long.as_str(), 413),
    ] {
        let length = body.len();
        let head = format!("{own}\r\n{accept}\r\nContent-Type: {kind}\r\nContent-Length: {length}");
        let request = format!("POST /mcp HTTP/1.1\r\n{head}\r\n\r\n{body}");
        let reply = server.raw(request.as_bytes()).await;
        let start = &body[..body.len().min(20)];
        assert_eq!(reply.status, status, "{kind} {start}: {}", reply.body);
        let kind = reply.header("content-type");
        assert_eq!(
            kind,
            Some("application/problem+json"),
            "{start}: {}",
            reply.body
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_council_over_mcp_tells_its_progress_and_then_its_result() {
    let server = start().await;
    for revision in REVISIONS {
        let ask = json!({
            "name": "council_ask",
            "arguments": {"question": "How many?", "members": ["fake/yes", "fake/no"]},
            "_meta": {"progressToken": "p"},
        });
        let message = json!({"id": 7, "method": "tools/call", "params": ask});
        let reply = tell(&server, revision, message).await;
        assert_eq!(reply.header("content-type"), Some("text/event-stream"));
        let messages: Vec<Value> = reply
            .body
            .lines()
            .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
            .collect();
        let (result, before) = messages.split_last().unwrap();
        assert!(!before.is_empty(), "{}", reply.body);
        for message in before {
            assert_eq!(message["method"], "notifications/progress", "{message}");
            assert_eq!(message["params"]["progressToken"], "p", "{message}");
        }
        assert_eq!(result["id"], 7);
        assert_eq!(
            result["result"]["structuredContent"]["status"], "complete",
            "{result}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_council_that_takes_longer_gives_its_id() {
    let server = start().await;
    let arguments = json!({"question": "?", "members": ["fake/yes", "fake/slow"], "wait_s": 0});
    let begun = call(&server, "council_ask", arguments).await;
    let council = &begun["structuredContent"];
    assert_eq!(council["status"], "running", "{begun}");
    let again = json!({"id": council["id"], "wait_s": 0});
    let seen = call(&server, "council_result", again).await;
    assert_eq!(seen["structuredContent"]["id"], council["id"]);
    server.stop().await;
}

#[tokio::test]
async fn code_is_audited_offline_and_the_result_can_be_read_again() {
    let server = start().await;
    let code = "import os, sys\n\nos.system('ls ' + sys.argv[1])\n";
    std::fs::write(server.code().join("app.py"), code).unwrap();
    let asked = json!({"path": server.code(), "task": "python-audit", "facets": ["security"]});
    let made = call(&server, "audit_code", asked).await;
    let audit = &made["structuredContent"];
    assert_eq!(audit["status"], "complete", "{made}");
    let worst = &audit["result"]["worst_findings"][0];
    assert_eq!(worst["rule"], "python/command-injection", "{made}");
    assert_eq!(
        (&worst["path"], &worst["line"]),
        (&json!("app.py"), &json!(3))
    );
    assert_eq!(audit["cost_usd"], "0");
    let again = call(&server, "audit_code", json!({"id": audit["id"]})).await;
    assert_eq!(&again["structuredContent"], audit);
    server.stop().await;
}

#[tokio::test]
async fn only_approved_folders_are_audited_over_mcp() {
    let server = start().await;
    let code = server.code().to_owned();
    for (arguments, word) in [
        (json!({"path": "/"}), "approved folder"),
        (json!({"path": code.join("../../etc")}), "approved folder"),
        (json!({"path": code, "task": "cobol-audit"}), "python-audit"),
        (json!({"path": code, "models": ["gpt"]}), "provider/name"),
        (
            json!({"path": code, "models": vec!["a/b"; 13]}),
            "at most 12",
        ),
        (json!({"id": "nothing"}), "nothing"),
        (json!({}), "`path`"),
    ] {
        let result = call(&server, "audit_code", arguments).await;
        assert!(refusal(&result).contains(word), "{result}");
    }
    server.stop().await;
}

#[tokio::test]
async fn only_tools_that_cost_money_count_as_paid() {
    let server = start_limited(1).await;
    let chat = json!({"message": "hi", "model": "fake/yes"});
    let first = call(&server, "chat", chat.clone()).await;
    assert_eq!(first["structuredContent"]["finished"], true, "{first}");
    let second = call(&server, "chat", chat).await;
    assert!(refusal(&second).contains("\"paid\""), "{second}");
    let council = json!({"question": "?", "members": ["fake/yes", "fake/no"]});
    let third = call(&server, "council_ask", council).await;
    assert!(refusal(&third).contains("paid_per_min"), "{third}");
    let brought = json!([{"name": "a", "text": "It is 1."}, {"name": "b", "text": "It is 2."}]);
    let free = json!({"question": "?", "answers": brought});
    for (tool, arguments) in [("council_ask", free), ("costs", json!({}))] {
        let result = call(&server, tool, arguments).await;
        assert!(result["structuredContent"].is_object(), "{tool}: {result}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_cap_for_programs_holds_every_tool_that_costs_and_not_the_person() {
    let server = start_priced().await;
    let cap = json!({"programs_usd": "0.00001"});
    let set = server.send("PUT", "/api/v1/budgets", Some(cap)).await;
    assert_eq!(set.json()["programs"]["limit_usd"], "0.00001");
    let members = ["fake/yes", "fake/no"];
    for (tool, arguments) in [
        ("chat", json!({"message": "hi", "model": "fake/yes"})),
        ("council_ask", json!({"question": "?", "members": members})),
    ] {
        let refused = call(&server, tool, arguments).await;
        let said = refusal(&refused);
        assert!(said.contains("other programs"), "{tool}: {said}");
    }
    assert!(server.ledger.entries().is_empty());
    let member = json!({"type": "model", "model": "fake/yes"});
    let asked = json!({"question": "?", "members": [member]});
    let asked = server.post("/api/v1/consultations", asked).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    server.stop().await;
}
