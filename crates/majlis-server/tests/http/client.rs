//! A server on a free port with a provider that plays scripts, and a client that can misbehave.

use std::sync::Arc;
use std::time::Duration;

use majlis_app::{App, AppOptions, CouncilPreset, Durability, MemberRequest, ProviderSeat};
use majlis_council::Mode;
use majlis_llm::{
    ChatEvent, ErrorKind, FinishReason, PriceOverride, PriceTable, PriceText, ProviderError,
};
use majlis_providers::fake::{FakeProvider, Ledger, Script, Step};
use majlis_server::{Door, LimitOptions, Server};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A server that ends with its test.
pub(crate) struct Running {
    pub(crate) app: App,
    pub(crate) address: String,
    /// What a person opens; with a code where a token is asked for.
    pub(crate) sign_in_url: String,
    /// What the provider billed.
    pub(crate) ledger: Ledger,
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

/// Scripts: `fake/yes` and `fake/no` answer, `fake/steady` takes its time, `fake/slow` says something
/// and never ends.
pub(crate) async fn start() -> Running {
    start_with(PriceTable::builtin(), UNLIMITED).await
}

/// No limit on requests: tests come faster than people.
const UNLIMITED: LimitOptions = LimitOptions {
    paid_per_min: 0,
    executions_per_min: 0,
    writes_per_min: 0,
};

/// The same; at most so many requests a minute that may cost money.
pub(crate) async fn start_limited(paid_per_min: u32) -> Running {
    let limits = LimitOptions {
        paid_per_min,
        ..UNLIMITED
    };
    start_with(PriceTable::builtin(), limits).await
}

/// The same; every model of `fake` costs $1 for a million tokens in and $2 out.
pub(crate) async fn start_priced() -> Running {
    let text = PriceText {
        input: "1".to_owned(),
        output: "2".to_owned(),
        ..PriceText::default()
    };
    let price = PriceOverride::parse("fake/*", &text).unwrap();
    start_with(PriceTable::with_overrides(vec![price]), UNLIMITED).await
}

async fn start_with(prices: PriceTable, limits: LimitOptions) -> Running {
    start_scripted(prices, limits, Door::local(0)).await
}

/// The same behind a door of the test's own.
pub(crate) async fn start_behind(door: Door) -> Running {
    start_scripted(PriceTable::builtin(), LimitOptions::default(), door).await
}

async fn start_scripted(prices: PriceTable, limits: LimitOptions, door: Door) -> Running {
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
        .script("slow", Script::answer("Some words ").hanging())
        // Fifty words a second, as a fast model writes.
        .script(
            "steady",
            Script::answer(&"word ".repeat(100)).paced(Duration::from_millis(20)),
        )
        .script("tools", calling())
        .script("busy", Script::refuse(busy()))
        .script(
            "broken",
            Script::answer("Half an ").failing(ProviderError::new(ErrorKind::Network, "It broke.")),
        );
    start_configured(provider, prices, limits, door).await
}

/// A server on a provider of the test's own, whose name is `fake`.
pub(crate) async fn start_on(provider: FakeProvider, prices: PriceTable) -> Running {
    start_configured(provider, prices, UNLIMITED, Door::local(0)).await
}

async fn start_configured(
    provider: FakeProvider,
    prices: PriceTable,
    limits: LimitOptions,
    door: Door,
) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let code = tempfile::tempdir().unwrap();
    let ledger = provider.ledger();
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
    let councils = [("pair", "yes"), ("lone", "slow")].map(|(name, second)| {
        let members = ["yes", second].map(|model| MemberRequest::Model {
            model: format!("fake/{model}").parse().unwrap(),
            samples: 1,
        });
        let preset = CouncilPreset {
            members: members.into(),
            mode: Some(Mode::Quick),
            ..CouncilPreset::default()
        };
        (name.to_owned(), preset)
    });
    app.set_councils(councils.into());
    let server = Server::bind(app.clone(), door, limits).await.unwrap();
    let address = format!("127.0.0.1:{}", server.port());
    let sign_in_url = server.sign_in_url();
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    let closing = app.clone();
    let serving = tokio::spawn(async move {
        let down = async {
            token.cancelled().await;
            closing.shutdown().await;
        };
        tokio::join!(server.serve(token.clone()), down);
    });
    Running {
        app,
        address,
        sign_in_url,
        ledger,
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

/// An answer that calls a function.
fn calling() -> Script {
    let call = |name: Option<&str>, arguments: &str| {
        Step::Event(ChatEvent::ToolCallDelta {
            index: 0,
            id: name.map(|_| "call_7".to_owned()),
            name: name.map(str::to_owned),
            arguments: arguments.to_owned(),
        })
    };
    let mut script = Script::answer("").cut();
    script.steps.extend([
        call(Some("look"), ""),
        call(None, "{\"at\":"),
        call(None, "1}"),
        Step::Event(ChatEvent::Finished {
            reason: FinishReason::ToolCalls,
        }),
    ]);
    script
}

fn busy() -> ProviderError {
    ProviderError {
        retry_after: Some(std::time::Duration::from_millis(1_500)),
        ..ProviderError::new(ErrorKind::RateLimited, "Too many requests.")
    }
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
