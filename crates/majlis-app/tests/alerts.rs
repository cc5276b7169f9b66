//! Alerts begin once, end once, and are told once to every channel, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "test helpers fail their test by panicking, and own their tasks and environment"
)]

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use majlis_app::{AlertState, App, AppOptions, Durability, ModelState, ProviderSeat, RequestNote};
use majlis_llm::{ErrorKind, PriceTable, ProviderError};
use majlis_providers::channel::{Channel, ChannelKind, ChannelSettings, MailSettings};
use majlis_providers::fake::{FakeProvider, Script};
use majlis_providers::{Outbound, OutboundOptions, Secret};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a fake server was told, oldest first.
type Heard = Arc<Mutex<Vec<String>>>;

/// A server for HTTP that answers with these statuses, the last one for ever.
async fn http(statuses: &'static [u16]) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/alerts", listener.local_addr().unwrap());
    let heard = Heard::default();
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        for n in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            read_request(stream, statuses[n.min(statuses.len() - 1)], &kept).await;
        }
    });
    (url, heard)
}

/// Keeps what was said before it answers, so that it is there once the answer is.
async fn read_request(stream: TcpStream, status: u16, kept: &Heard) {
    let mut stream = BufReader::new(stream);
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    text.push_str(&String::from_utf8(body).unwrap());
    kept.lock().unwrap().push(text);
    let reply = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(reply.as_bytes()).await.unwrap();
}

/// A mail server that takes everything.
async fn mail_server() -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let heard = Heard::default();
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            take_mail(stream, &kept).await;
        }
    });
    (url, heard)
}

async fn take_mail(stream: TcpStream, kept: &Heard) {
    let mut stream = BufReader::new(stream);
    let mut mail = String::new();
    let mut in_text = false;
    stream.write_all(b"220 mail.test\r\n").await.unwrap();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap() == 0 {
            return;
        }
        mail.push_str(&line);
        let reply: &[u8] = match line.trim_end() {
            "." if in_text => {
                in_text = false;
                kept.lock().unwrap().push(mail.clone());
                b"250 kept\r\n"
            }
            _ if in_text => continue,
            "DATA" => {
                in_text = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            line if line.starts_with("EHLO") => b"250-mail.test\r\n250 AUTH PLAIN\r\n",
            line if line.starts_with("AUTH") => b"235 in\r\n",
            _ => b"250 ok\r\n",
        };
        stream.write_all(reply).await.unwrap();
    }
}

fn channel(name: &str, url: &str, kind: ChannelKind) -> Channel {
    Channel::new(ChannelSettings {
        name: name.to_owned(),
        url: url.to_owned(),
        allow_private: true,
        kind,
    })
    .unwrap()
}

fn secret() -> Secret {
    Secret::from("a test secret".to_owned())
}

fn hook(url: &str) -> Channel {
    channel(
        "hook",
        url,
        ChannelKind::Webhook {
            secret: Some(secret()),
        },
    )
}

fn phone(url: &str) -> Channel {
    let token = Some(secret());
    channel("phone", url, ChannelKind::Ntfy { token })
}

fn mail() -> ChannelKind {
    ChannelKind::Mail(MailSettings {
        from: "Majlis <majlis@example.org>".to_owned(),
        to: vec!["me@example.org".to_owned()],
        user: Some("majlis".to_owned()),
        password: Some(secret()),
    })
}

async fn open(folder: &Path, channels: Vec<Channel>) -> App {
    let lost = || Script::refuse(ProviderError::new(ErrorKind::Network, "Gone."));
    let options = AppOptions {
        data_dir: folder.to_owned(),
        seats: vec![ProviderSeat {
            name: "fake".to_owned(),
            kind: "fake".to_owned(),
            provider: Ok(Arc::new(FakeProvider::new("fake").script("lost", lost()))),
            models: Vec::new(),
        }],
        prices: PriceTable::builtin(),
        durability: Durability::Fast,
        audit_roots: Vec::new(),
    };
    let app = App::open(options).await.unwrap();
    app.set_channels(Outbound::new(OutboundOptions::default()).unwrap(), channels);
    app
}

/// So many requests of a foreign page.
fn knock(app: &App, times: usize) {
    for _ in 0..times {
        app.note_request(RequestNote {
            took: Duration::ZERO,
            is_own: false,
            is_refused: true,
        });
    }
}

/// One round of the watch, so many seconds after the first one of this test.
async fn round(app: &App, later_s: i64) {
    static ORIGIN_MS: OnceLock<i64> = OnceLock::new();
    let origin_ms = ORIGIN_MS.get_or_init(|| {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(since_1970.as_millis()).unwrap()
    });
    let at_ms = origin_ms + later_s * 1_000;
    app.evaluate_alerts(at_ms).await.unwrap();
    app.tell_alerts(at_ms).await;
}

async fn states(app: &App) -> Vec<(String, AlertState)> {
    let alerts = app.alerts().await.unwrap();
    alerts
        .into_iter()
        .filter(|alert| alert.rule == "guard_denials")
        .map(|alert| (alert.rule, alert.state))
        .collect()
}

/// The kinds of what a webhook heard about knocking pages.
fn kinds(heard: &Heard) -> Vec<String> {
    let heard = heard.lock().unwrap();
    let bodies = heard.iter().map(|request| {
        let body = request.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str::<Value>(body).unwrap()
    });
    bodies
        .filter(|body| body["rule"] == "guard_denials")
        .map(|body| body["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_alert_is_told_once_when_it_begins_and_once_when_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let (hook_url, hooked) = http(&[204]).await;
    let (ntfy_url, noted) = http(&[200]).await;
    let (mail_url, mailed) = mail_server().await;
    let channels = || {
        vec![
            hook(&hook_url),
            phone(&ntfy_url),
            channel("post", &mail_url, mail()),
        ]
    };
    let app = open(folder.path(), channels()).await;
    let mut news = app.alert_news();
    round(&app, 0).await;
    knock(&app, 21);
    for at_s in [30, 40, 60] {
        round(&app, at_s).await;
    }
    let firing = ("guard_denials".to_owned(), AlertState::Firing);
    assert_eq!(states(&app).await, [firing]);
    // The state is kept: another start neither repeats it nor forgets its end.
    app.shutdown().await;
    let app = open(folder.path(), channels()).await;
    for at_s in [150, 180] {
        round(&app, at_s).await;
    }
    let over = ("guard_denials".to_owned(), AlertState::Resolved);
    assert_eq!(states(&app).await, [over]);
    assert_eq!(news.recv().await.unwrap().rule, "guard_denials");
    assert_eq!(kinds(&hooked), ["firing", "resolved"]);
    let (noted, mailed) = (
        noted.lock().unwrap().clone(),
        mailed.lock().unwrap().clone(),
    );
    for (heard, marks) in [
        (
            &hooked.lock().unwrap().clone(),
            ["x-majlis-signature: sha256=", "\"rule\":\"guard_denials\""],
        ),
        (
            &noted,
            [
                "authorization: Bearer a test secret",
                "21 requests were refused",
            ],
        ),
        (&mailed, ["To: me@example.org", "21 requests were refused"]),
    ] {
        assert_eq!(heard.len(), 2, "{heard:?}");
        for mark in marks {
            assert!(heard[0].contains(mark), "{mark}: {}", heard[0]);
        }
    }
    assert!(
        noted[1].contains("Majlis: over: guard_denials"),
        "{}",
        noted[1]
    );
    assert!(
        mailed[0].contains("Subject: Majlis: alert: guard_denials"),
        "{}",
        mailed[0]
    );
}

#[tokio::test]
async fn what_cannot_be_told_is_told_later_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (url, heard) = http(&[500, 503, 200]).await;
    let app = open(folder.path(), vec![hook(&url)]).await;
    round(&app, 0).await;
    knock(&app, 21);
    round(&app, 30).await;
    // Not before its time.
    round(&app, 45).await;
    assert_eq!(kinds(&heard), ["firing"]);
    round(&app, 60).await;
    // It is over by now; the end waits behind the beginning, which is tried a third time.
    for at_s in [119, 121, 150, 180] {
        round(&app, at_s).await;
    }
    assert_eq!(kinds(&heard), ["firing", "firing", "firing", "resolved"]);
}

#[tokio::test]
async fn a_channel_that_is_tested_says_whether_it_took_it() {
    let folder = tempfile::tempdir().unwrap();
    let (good, heard) = http(&[200]).await;
    let (bad, _) = http(&[403]).await;
    let app = open(folder.path(), Vec::new()).await;
    assert_eq!(app.test_channels().await, []);
    let closed = channel(
        "closed",
        "http://127.0.0.1:1/x",
        ChannelKind::Webhook { secret: None },
    );
    let ntfy = channel("bad", &bad, ChannelKind::Ntfy { token: None });
    let outbound = Outbound::new(OutboundOptions::default()).unwrap();
    app.set_channels(outbound, vec![hook(&good), ntfy, closed]);
    let reports = app.test_channels().await;
    let told: Vec<_> = reports
        .iter()
        .map(|report| (report.name.as_str(), report.kind, report.error.as_deref()))
        .collect();
    let expected = [
        ("hook", "webhook", None),
        ("bad", "ntfy", Some("it answered 403 Forbidden")),
        ("closed", "webhook", Some("it could not be reached")),
    ];
    assert_eq!(told, expected);
    assert!(heard.lock().unwrap()[0].contains("\"kind\":\"test\""));
}

#[tokio::test]
async fn a_model_is_checked_by_its_providers_list_and_not_too_often() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), Vec::new()).await;
    let ready = app
        .check_model(&"fake/lost".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(ready.state, ModelState::Ready);
    let other = app
        .check_model(&"fake/none".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        (other.state, other.reason.unwrap().code.as_str()),
        (ModelState::Unknown, "model_not_listed")
    );
    // The provider was asked once for both.
    assert_eq!(other.checked_at_ms, ready.checked_at_ms);
    assert!(
        app.check_model(&"nobody/none".parse().unwrap())
            .await
            .is_err()
    );
}
