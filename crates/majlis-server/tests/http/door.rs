//! Servers that ask for a token, and servers that encrypt.

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use majlis_server::{AccessToken, Door, DoorPlan, TlsIdentity, TlsPlan};
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;

use crate::client::{Reply, Running, start, start_behind};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const SESSION: &str = "/api/v1/session";

fn plan() -> DoorPlan {
    DoorPlan {
        token: Some(AccessToken::from_text(TOKEN).unwrap()),
        ..DoorPlan::default()
    }
}

async fn locked() -> Running {
    start_behind(plan().check().unwrap()).await
}

/// Behind a proxy that encrypts.
async fn proxied() -> Running {
    let plan = DoorPlan {
        behind_proxy: true,
        host_names: vec!["majlis.example.org".to_owned()],
        ..plan()
    };
    start_behind(plan.check().unwrap()).await
}

/// One request with these lines in its head.
async fn ask(server: &Running, request: &str, lines: &[&str], body: &str) -> Reply {
    let own = format!("Host: {}", server.address);
    let is_named = lines.iter().any(|line| line.starts_with("Host:"));
    let length = format!("Content-Length: {}", body.len());
    let mut head = vec!["Connection: close", &length];
    head.extend((!is_named).then_some(own.as_str()));
    head.extend(lines);
    let text = format!("{request} HTTP/1.1\r\n{}\r\n\r\n{body}", head.join("\r\n"));
    server.raw(text.as_bytes()).await
}

fn bearer(text: &str) -> String {
    format!("Authorization: Bearer {text}")
}

const JSON: &str = "Content-Type: application/json";

async fn sign_in(server: &Running, text: &str, lines: &[&str]) -> Reply {
    let lines: Vec<&str> = lines.iter().copied().chain([JSON]).collect();
    let body = json!({ "token": text }).to_string();
    ask(server, &format!("POST {SESSION}"), &lines, &body).await
}

/// Every method and path of the description, and what stands beside it.
fn routes() -> Vec<String> {
    let description: Value = serde_json::from_str(&majlis_server::openapi_json()).unwrap();
    let described = description["paths"].as_object().unwrap();
    let mut routes: Vec<String> = described
        .iter()
        .flat_map(|(path, item)| {
            let path = path.replace(['{', '}', '*'], "");
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    routes.extend(
        [
            "GET /api/openapi.json",
            "GET /metrics",
            "POST /mcp",
            "PUT /mcp",
            "PUT /api/v1/models",
            "GET /api/nothing",
            "GET /v1/nothing",
        ]
        .map(str::to_owned),
    );
    routes
}

#[tokio::test]
async fn every_route_asks_for_the_token() {
    let server = locked().await;
    let routes = routes();
    assert!(routes.len() > 70, "{routes:?}");
    let open = ["GET /healthz", "POST /api/v1/session"];
    for request in routes
        .iter()
        .filter(|route| !open.contains(&route.as_str()))
    {
        let reply = ask(&server, request, &[], "").await;
        assert_eq!(reply.status, 401, "{request}: {}", reply.body);
        assert_eq!(
            reply.header("www-authenticate"),
            Some("Bearer"),
            "{request}"
        );
        if !request.contains(" /v1/") {
            let kind = reply.header("content-type");
            assert_eq!(kind, Some("application/problem+json"), "{request}");
            assert_eq!(reply.json()["code"], "token_required", "{request}");
        }
    }
    for request in ["GET /healthz", "GET /", "GET /council", "GET /assets/x.js"] {
        let reply = ask(&server, request, &[], "").await;
        assert!(
            [200, 404].contains(&reply.status),
            "{request}: {}",
            reply.status
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn the_token_opens_every_door_that_programs_use() {
    let server = locked().await;
    let (token, key) = (bearer(TOKEN), format!("x-api-key: {TOKEN}"));
    for request in ["GET /api/v1/models", "GET /v1/models", "GET /metrics"] {
        assert_eq!(
            ask(&server, request, &[&token], "").await.status,
            200,
            "{request}"
        );
    }
    assert_eq!(
        ask(&server, "POST /mcp", &[&token, JSON], "{}")
            .await
            .status,
        406
    );
    assert_eq!(
        ask(&server, "GET /v1/models", &[&key], "").await.status,
        200
    );
    assert_eq!(
        ask(&server, "GET /api/v1/models", &[&key], "").await.status,
        401
    );
    let shape = ask(&server, "POST /v1/messages", &[JSON], "{}")
        .await
        .json();
    assert_eq!(shape["error"]["type"], "authentication_error", "{shape}");
    server.stop().await;
}

#[tokio::test]
async fn wrong_tokens_are_refused_then_no_longer_looked_at_and_the_right_one_is_taken_at_once() {
    let server = locked().await;
    let wrong = bearer(&TOKEN.replace('0', "1"));
    for _ in 0..10 {
        let reply = ask(&server, "GET /api/v1/models", &[&wrong], "").await;
        assert_eq!(
            (reply.status, &reply.json()["code"]),
            (401, &json!("token_wrong"))
        );
    }
    let reply = ask(&server, "GET /api/v1/models", &[&wrong], "").await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (429, &json!("token_attempts"))
    );
    assert!(reply.header("retry-after").is_some());
    assert_eq!(sign_in(&server, "wrong", &[]).await.status, 429);
    assert_eq!(sign_in(&server, TOKEN, &[]).await.status, 201);
    let right = bearer(TOKEN);
    assert_eq!(
        ask(&server, "GET /api/v1/models", &[&right], "")
            .await
            .status,
        200
    );
    server.stop().await;
}

#[tokio::test]
async fn a_page_signs_in_once_with_the_address_it_was_opened_at_and_out_again() {
    let server = locked().await;
    let (page, code) = server.sign_in_url.split_once("/#token=").unwrap();
    assert_eq!(page, format!("http://{}", server.address));
    let opened = sign_in(&server, code, &[]).await;
    assert_eq!((opened.status, opened.header("set-cookie")), (201, None));
    let opened = opened.json();
    assert_eq!(opened["expires_in_s"], 30 * 24 * 3_600);
    let session = bearer(opened["session"].as_str().unwrap());
    let state = ask(&server, "GET /api/v1/session", &[&session], "")
        .await
        .json();
    assert_eq!(state["token_required"], true);
    assert!(state["expires_in_s"].as_u64().unwrap() > 30 * 24 * 3_600 - 60);
    assert_eq!(
        ask(&server, "GET /v1/models", &[&session], "").await.status,
        401
    );

    let again = sign_in(&server, code, &[]).await;
    assert_eq!(
        (again.status, &again.json()["code"]),
        (401, &json!("code_used"))
    );
    let out = ask(&server, &format!("DELETE {SESSION}"), &[&session], "").await;
    assert_eq!(out.status, 204);
    let over = ask(&server, "GET /api/v1/models", &[&session], "").await;
    assert_eq!(
        (over.status, &over.json()["code"]),
        (401, &json!("session_over"))
    );
    server.stop().await;
}

#[tokio::test]
async fn under_https_a_page_is_known_by_a_cookie_that_scripts_cannot_read() {
    let server = proxied().await;
    let host = "Host: majlis.example.org";
    let origin = "Origin: https://majlis.example.org";
    let opened = sign_in(&server, TOKEN, &[host, origin]).await;
    assert_eq!(
        (opened.status, &opened.json()["session"]),
        (201, &Value::Null)
    );
    let cookie = opened.header("set-cookie").unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(
        pair.starts_with("__Host-majlis=majlis_session_"),
        "{cookie}"
    );
    assert_eq!(
        attributes,
        "Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Strict"
    );
    let cookie = format!("Cookie: {pair}");
    for (request, status) in [
        ("GET /api/v1/models", 200),
        ("GET /v1/models", 401),
        ("GET /metrics", 401),
    ] {
        let reply = ask(&server, request, &[host, &cookie], "").await;
        assert_eq!(reply.status, status, "{request}");
    }
    let out = format!("DELETE {SESSION}");
    let out = ask(&server, &out, &[host, origin, &cookie], "").await;
    assert!(
        out.header("set-cookie")
            .unwrap()
            .starts_with("__Host-majlis=; Max-Age=0;")
    );
    assert_eq!(
        ask(&server, "GET /api/v1/models", &[host, &cookie], "")
            .await
            .status,
        401
    );
    // A program gets its session in the answer, having nothing that keeps cookies.
    let program = sign_in(&server, TOKEN, &[host]).await;
    assert_eq!(program.header("set-cookie"), None);
    assert!(program.json()["session"].is_string());
    server.stop().await;
}

#[tokio::test]
async fn behind_a_proxy_pages_come_by_https_and_by_name_alone() {
    let server = proxied().await;
    assert!(
        server
            .sign_in_url
            .starts_with("https://majlis.example.org/#token=majlis_code_")
    );
    let token = bearer(TOKEN);
    for (lines, status) in [
        (
            [
                "Host: majlis.example.org",
                "Origin: https://majlis.example.org",
            ],
            200,
        ),
        (
            [
                "Host: majlis.example.org",
                "Origin: http://majlis.example.org",
            ],
            403,
        ),
        (
            ["Host: majlis.example.org", "Origin: https://evil.example"],
            403,
        ),
        (["Host: evil.example", "Origin: https://evil.example"], 421),
    ] {
        let lines = [lines[0], lines[1], &token];
        let reply = ask(&server, "GET /api/v1/models", &lines, "").await;
        assert_eq!(reply.status, status, "{lines:?}");
        assert_eq!(reply.header("strict-transport-security"), None);
    }
    server.stop().await;
}

/// A socket, or the status with which it was refused.
async fn open_socket(server: &Running, offered: &str) -> Result<Socket, u16> {
    let mut request = format!("ws://{}/api/v1/ws", server.address)
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", offered.parse().unwrap());
    let stream = TcpStream::connect(&server.address).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok(opened) => Ok(opened),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            Err(response.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}

type Socket = (WebSocketStream<TcpStream>, Response);

/// The subprotocol that a socket got, or the status with which it was refused.
async fn socket(server: &Running, offered: &str) -> Result<String, u16> {
    let (_, response) = open_socket(server, offered).await?;
    let protocol = response.headers().get("sec-websocket-protocol");
    Ok(protocol.unwrap().to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_socket_ends_when_its_page_is_signed_out_and_no_other_does() {
    let server = locked().await;
    let mut sockets = Vec::new();
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let opened = sign_in(&server, TOKEN, &[]).await.json();
        let session = opened["session"].as_str().unwrap().to_owned();
        let offered = format!("majlis, majlis.bearer.{session}");
        let (mut socket, _) = open_socket(&server, &offered).await.unwrap();
        let hello = socket.next().await.unwrap().unwrap();
        assert!(hello.to_text().unwrap().contains("hello"));
        sockets.push(socket);
        sessions.push(session);
    }
    let out = format!("DELETE {SESSION}");
    let out = ask(&server, &out, &[&bearer(&sessions[0])], "").await;
    assert_eq!(out.status, 204);
    let Some(Ok(Message::Close(Some(close)))) = sockets[0].next().await else {
        panic!("the socket of a page that was signed out stayed open");
    };
    assert_eq!(u16::from(close.code), 3000);
    sockets[1].send(Message::text("?")).await.unwrap();
    let answer = sockets[1].next().await.unwrap().unwrap();
    assert!(answer.to_text().unwrap().contains("ClientFrame"));
    server.stop().await;
}

#[tokio::test]
async fn a_socket_names_its_session_among_its_protocols_and_is_answered_without_it() {
    let server = locked().await;
    let opened = sign_in(&server, TOKEN, &[]).await.json();
    let session = opened["session"].as_str().unwrap();
    let offered = format!("majlis, majlis.bearer.{session}");
    assert_eq!(socket(&server, &offered).await, Ok("majlis".to_owned()));
    assert_eq!(socket(&server, "majlis").await, Err(401));
    assert_eq!(
        socket(&server, "majlis, majlis.bearer.wrong").await,
        Err(401)
    );
    server.stop().await;
}

#[tokio::test]
async fn without_a_token_nobody_signs_in() {
    let server = start().await;
    let reply = sign_in(&server, TOKEN, &[]).await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (409, &json!("session_not_needed"))
    );
    let state = server.get(SESSION).await.json();
    assert_eq!(
        state,
        json!({"token_required": false, "expires_in_s": null})
    );
    assert_eq!(server.send("DELETE", SESSION, None).await.status, 204);
    assert!(!server.sign_in_url.contains('#'));
    server.stop().await;
}

#[tokio::test]
async fn signing_in_is_not_a_write_that_is_limited() {
    let server = locked().await;
    let reply = sign_in(&server, TOKEN, &[]).await;
    assert_eq!((reply.status, reply.header("ratelimit")), (201, None));
    server.stop().await;
}

/// A door that encrypts, and a client that trusts its certificate.
fn encrypted() -> (Door, TlsConnector) {
    let made = rcgen::generate_simple_self_signed(["majlis.test".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let identity = TlsIdentity::from_pem(made.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    let plan = DoorPlan {
        addresses: vec![IpAddr::from([127, 0, 0, 1])],
        host_names: vec!["majlis.test".to_owned()],
        tls: TlsPlan::Whole(identity),
        ..plan()
    };
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from(made.cert.der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (plan.check().unwrap(), TlsConnector::from(Arc::new(client)))
}

#[tokio::test]
async fn an_encrypted_server_speaks_http_1_1_and_tells_browsers_to_stay_with_https() {
    let (door, connector) = encrypted();
    let server = start_behind(door).await;
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let url = format!("https://majlis.test:{port}/#token=");
    assert!(
        server.sign_in_url.starts_with(&url),
        "{}",
        server.sign_in_url
    );
    let stream = TcpStream::connect(&server.address).await.unwrap();
    let name = ServerName::try_from("majlis.test").unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let request = format!(
        "GET /api/v1/models HTTP/1.1\r\nHost: majlis.test:{port}\r\nConnection: close\r\n{}\r\n\r\n",
        bearer(TOKEN)
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age=2592000\r\n"),
        "{answer}"
    );
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn an_encrypted_server_answers_nothing_in_the_clear() {
    let (door, _) = encrypted();
    let server = start_behind(door).await;
    let reply = ask(&server, "GET /healthz", &[], "").await;
    assert!(!reply.head.contains("HTTP/1.1"), "{}", reply.head);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_never_agrees_on_encryption_does_not_hold_the_server_at_its_end() {
    let (door, _) = encrypted();
    let server = start_behind(door).await;
    let idle = TcpStream::connect(&server.address).await.unwrap();
    server.stop().await;
    drop(idle);
}
