//! A server on a free port with a provider that plays scripts, and a client that can misbehave.

use std::sync::Arc;

use majlis_app::{App, AppOptions, Durability, ProviderSeat};
use majlis_llm::{PriceOverride, PriceTable, PriceText};
use majlis_providers::fake::{FakeProvider, Script};
use majlis_server::{Server, ServerOptions};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A server that ends with its test.
pub(crate) struct Running {
    pub(crate) address: String,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    _folder: tempfile::TempDir,
    code: tempfile::TempDir,
}

/// An answer as it came over the wire.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Scripts: `fake/yes` and `fake/no` answer, `fake/slow` says something and never ends.
pub(crate) async fn start() -> Running {
    start_with(PriceTable::builtin()).await
}

/// The same; every model of `fake` costs $1 for a million tokens in and $2 out.
pub(crate) async fn start_priced() -> Running {
    let text = PriceText {
        input: "1".to_owned(),
        output: "2".to_owned(),
        ..PriceText::default()
    };
    let price = PriceOverride::parse("fake/*", &text).unwrap();
    start_with(PriceTable::with_overrides(vec![price])).await
}

async fn start_with(prices: PriceTable) -> Running {
    let provider = FakeProvider::new("fake")
        .script(
            "yes",
            Script::answer("The cache holds 10 entries. It is shared.").usage(10, 5),
        )
        .script(
            "no",
            Script::answer("The cache holds 20 entries. It is shared.").usage(10, 5),
        )
        .script("finder", about_code(&FOUND))
        .script("doubter", about_code(&[]))
        .script("slow", Script::answer("Some words ").hanging());
    start_on(provider, prices).await
}

/// A server on a provider of the test's own, whose name is `fake`.
pub(crate) async fn start_on(provider: FakeProvider, prices: PriceTable) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let code = tempfile::tempdir().unwrap();
    let app = App::open(AppOptions {
        data_dir: folder.path().to_owned(),
        seats: vec![ProviderSeat {
            name: "fake".to_owned(),
            kind: "fake".to_owned(),
            provider: Ok(Arc::new(provider)),
            models: Vec::new(),
        }],
        prices,
        durability: Durability::Fast,
        audit_roots: vec![code.path().to_owned()],
    })
    .await
    .unwrap();
    app.refresh_models().await;
    let server = Server::bind(app.clone(), &ServerOptions::default())
        .await
        .unwrap();
    let address = server.url().strip_prefix("http://").unwrap().to_owned();
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    let serving = tokio::spawn(async move {
        server.serve(token).await;
        app.shutdown().await;
    });
    Running {
        address,
        shutdown,
        serving,
        _folder: folder,
        code,
    }
}

/// What `fake/finder` finds: something real, something wrong, and something that is not there.
const FOUND: [(u32, u32, &str); 3] = [
    (78, 7, "os.system('ls ' + sys.argv[1])"),
    (
        89,
        19,
        "return db.execute('SELECT * FROM t WHERE name = ?', (name,))",
    ),
    (89, 19, "db.execute('SELECT ' + name)"),
];

/// Serves for both kinds of questions about code: what it finds, and that all else is wrong.
fn about_code(found: &[(u32, u32, &str)]) -> Script {
    let findings: Vec<Value> = found
        .iter()
        .map(|(cwe, line, quote)| {
            serde_json::json!({
                "cwe": cwe, "start_line": line, "end_line": line, "quote": quote,
                "severity": "high", "confidence": 0.9, "why": "A value from outside.", "fix": null,
            })
        })
        .collect();
    let answer = serde_json::json!({
        "findings": findings, "verdict": "refute", "severity": "info",
        "reason": "Nothing from outside comes here.", "quote": "import hashlib",
    });
    Script::answer(&answer.to_string()).usage(10, 5)
}

impl Running {
    /// A folder that programs may have audited.
    pub(crate) fn code(&self) -> &std::path::Path {
        self.code.path()
    }

    /// Sends these bytes and reads until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        // A server that refuses early may close before everything is written or read.
        let mut answer = Vec::new();
        if stream.write_all(bytes).await.is_ok() {
            drop(stream.read_to_end(&mut answer).await);
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0);
        Reply {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// A well-formed request.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let kind = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/json\r\n"
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.raw(request.as_bytes()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }

    /// Ends the server as a signal would, and waits for it.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.serving.await.unwrap();
    }
}
