//! The other processes of the measurement.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use majlis_app::{App, AppOptions, Durability, ProviderSeat, RelayJournal};
use majlis_llm::{PriceOverride, PriceTable, PriceText};
use majlis_providers::codec::WireFormat;
use majlis_providers::{Outbound, OutboundOptions, ServerSettings, Timeouts, build};
use majlis_server::{Door, LimitOptions, Server};
use tokio_util::sync::CancellationToken;

use crate::Outcome;

/// Ticks of processor time in a second, on every Linux there is (`getconf CLK_TCK`).
const TICKS_A_SECOND: f64 = 100.0;

/// A process of this program in another role; it ends with this value.
pub(crate) struct Role {
    child: Child,
    pub(crate) address: String,
}

impl Role {
    pub(crate) fn start(arguments: &[&str]) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the process has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self {
            child,
            address: address.trim().to_owned(),
        })
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap_or_default()
    }

    /// Processor time so far, in seconds.
    pub(crate) fn processor_s(&self) -> f64 {
        let stat = self.proc("stat");
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks
            .filter_map(|tick| tick.parse::<f64>().ok())
            .sum::<f64>()
            / TICKS_A_SECOND
    }

    /// Resident memory, in KiB.
    pub(crate) fn memory_kib(&self) -> i64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        number.unwrap_or_default()
    }

    pub(crate) fn descriptors(&self) -> i64 {
        let folder = fs::read_dir(format!("/proc/{}/fd", self.child.id()));
        folder.map_or(0, |entries| i64::try_from(entries.count()).unwrap_or(0))
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Serves with the mock as its one provider, priced, and its relays journalled in this way.
pub(crate) async fn serve(mock: &str, journal: &str) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let settings = ServerSettings {
        name: "mock".to_owned(),
        format: WireFormat::OpenAiChat,
        base_url: mock.to_owned(),
        key: None,
        allow_private: true,
        timeouts: Timeouts::default(),
        models: vec!["m".to_owned(), "steady".to_owned()],
    };
    let outbound = Outbound::new(OutboundOptions::default())?;
    let price = PriceText {
        input: "1".to_owned(),
        output: "2".to_owned(),
        ..PriceText::default()
    };
    let app = App::open(AppOptions {
        data_dir: folder.path().to_owned(),
        seats: vec![ProviderSeat {
            name: "mock".to_owned(),
            kind: "openai-chat".to_owned(),
            provider: Ok(build(settings.try_into()?, &outbound)),
            models: Vec::new(),
        }],
        prices: PriceTable::with_overrides(vec![PriceOverride::parse("mock/*", &price)?]),
        audit_roots: Vec::new(),
        durability: Durability::Durable,
    })
    .await?;
    app.journal_relays(match journal {
        "strict" => RelayJournal::Strict,
        "off" => RelayJournal::Off,
        _ => RelayJournal::Quick,
    });
    // Whoever measures comes faster than people.
    let limits = LimitOptions {
        paid_per_min: 0,
        executions_per_min: 0,
        writes_per_min: 0,
    };
    let server = Server::bind(app, Door::local(0), limits).await?;
    println!("{}", server.url());
    server.serve(CancellationToken::new()).await;
    Ok(())
}
