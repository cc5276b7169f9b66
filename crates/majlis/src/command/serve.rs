//! `majlis serve`: the page and the API on this machine.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use majlis_app::{Recovery, RelayJournal};
use majlis_server::{BindError, Door, LimitOptions, Server};
use tokio_util::sync::CancellationToken;

use crate::arguments::GlobalArguments;
use crate::config::{self, DoorWishes, host_name};
use crate::door;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::interrupt::{Interrupt, end_now};
use crate::log::Quiet;
use crate::{members, users};

/// Time open requests and runs have to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Time between two looks at what can be given back.
const HOUSE_ROUND: Duration = Duration::from_mins(1);
/// Time after which the embedded model, unused, gives its memory back.
const MODEL_IDLE: Duration = Duration::from_mins(10);

/// Start the server and open its page
///
/// The server answers on this machine only (127.0.0.1 and ::1), unless you bind other addresses.
/// Those need a token, and a certificate or a proxy that has one. Stop it with Ctrl-C: what is being
/// answered is cancelled, and what came is kept.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  majlis serve
  majlis serve --port 8080 --no-open
  majlis serve --token-file token --bind 192.168.1.5 --tls-cert cert.pem --tls-key key.pem
  majlis serve --token-file token --behind-proxy --name majlis.example.org")]
#[allow(clippy::doc_markdown)] // these comments are the help people read
pub(crate) struct ServeArguments {
    /// Listen on this port; 0 lets the system choose [default: 7777]
    #[arg(short, long, value_name = "PORT")]
    port: Option<u16>,
    /// Do not open the page in a browser
    #[arg(long)]
    no_open: bool,
    /// Listen on these addresses of this machine [default: 127.0.0.1,::1]
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    bind: Vec<IpAddr>,
    /// Let browsers call the server by this name too; `host` or `host:port`
    #[arg(long, value_name = "HOST", value_parser = host_name)]
    name: Vec<String>,
    /// Ask every caller for the token in this file; `majlis token new` makes one
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Encrypt with this certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// A proxy stands before the server and encrypts
    #[arg(long)]
    behind_proxy: bool,
}

impl ServeArguments {
    /// The wishes of the file, with those of the command line before them.
    fn wishes(&self, file: &DoorWishes) -> DoorWishes {
        let or =
            |flag: &Option<PathBuf>, file: &Option<PathBuf>| flag.clone().or_else(|| file.clone());
        let bind = if self.bind.is_empty() {
            &file.bind
        } else {
            &self.bind
        };
        DoorWishes {
            bind: bind.clone(),
            port: self.port.or(file.port),
            host_names: self.name.iter().chain(&file.host_names).cloned().collect(),
            token_file: or(&self.token_file, &file.token_file),
            require_token: file.require_token,
            tls_cert: or(&self.tls_cert, &file.tls_cert),
            tls_key: or(&self.tls_key, &file.tls_key),
            behind_proxy: self.behind_proxy || file.behind_proxy,
        }
    }
}

pub(crate) async fn run(global: &GlobalArguments, mut arguments: ServeArguments) -> Result<Exit> {
    let mut interrupt = Interrupt::new();
    loop {
        // Before the data is opened: what is missing here is nobody else's matter.
        let wishes = arguments.wishes(&config::load(global.config.as_deref())?.door);
        let opening = Opening {
            door: door::open(&wishes)?,
            no_open: arguments.no_open,
        };
        let house = House::open(global, Quiet::Server).await?;
        if house.config.strict_journal {
            house.app.journal_relays(RelayJournal::Strict);
        }
        house.open_channels();
        let end = serve(&house, opening, &mut interrupt).await;
        house.app.shutdown().await;
        match end? {
            End::Stopped => return Ok(Exit::DONE),
            // Opening the data folder again restores a backup; the page finds the server where it was.
            End::Damaged { served_port } => {
                (arguments.port, arguments.no_open) = (Some(served_port), true);
            }
        }
    }
}

/// Where to serve, and whether to show it.
struct Opening {
    door: Door,
    no_open: bool,
}

/// Why serving ended.
enum End {
    /// It was told to.
    Stopped,
    /// The database was found damaged.
    Damaged {
        /// The port it served.
        served_port: u16,
    },
}

async fn serve(house: &House, opening: Opening, interrupt: &mut Interrupt) -> Result<End> {
    let limits: LimitOptions = house.config.limits;
    let server = match Server::bind(house.app.clone(), opening.door, limits).await {
        Ok(server) => server,
        Err(error) => return Err(refused(house, error).into()),
    };
    house.line_up.refuse_own_port(server.port());
    let _lock = house.app.lock_serve(server.url()).map_err(Failure::from)?;
    greet(&server, house.app.recovery())?;
    if !opening.no_open && has_display(&house.keys.environment) {
        open_page(url_to_open(&server));
    }
    let stop = CancellationToken::new();
    let served_port = server.port();
    let serving = server.serve(stop.clone());
    tokio::pin!(serving);
    let end = tokio::select! {
        // A server that stops when it is told to has done its work.
        _ = interrupt.wait() => {
            tracing::info!("stopping");
            End::Stopped
        }
        () = &mut serving => return Ok(End::Stopped),
        () = keep_house(house) => End::Stopped,
        damage = house.app.keep_data() => {
            tracing::error!(damage, "starting again to mend the database");
            End::Damaged { served_port }
        }
    };
    stop.cancel();
    let ended = async { tokio::join!(house.app.shutdown(), serving) };
    tokio::select! {
        ended = tokio::time::timeout(SHUTDOWN_TIMEOUT, ended) => {
            if ended.is_err() {
                tracing::warn!("some requests did not end within {SHUTDOWN_TIMEOUT:?}");
            }
        }
        exit = interrupt.wait() => end_now(exit),
    }
    Ok(end)
}

/// Most often a port is taken because Majlis itself is there already.
fn refused(house: &House, error: BindError) -> Failure {
    let url = format!("http://{}", SocketAddr::from((error.address, error.port)));
    match house.app.lock_serve(&url) {
        Err(serving) if error.in_use => serving.into(),
        _ => bind_failure(error),
    }
}

fn bind_failure(error: BindError) -> Failure {
    let BindError { address, port, .. } = error;
    if error.in_use {
        return Failure::new(
            Exit::TRY_LATER,
            format!("port {port} on {address} is taken by another program"),
        )
        .with_hint(
            "choose another with --port PORT, or let the system choose: majlis serve --port 0",
        );
    }
    let hint = if error.source.kind() == io::ErrorKind::AddrNotAvailable {
        "give --bind an address of this machine"
    } else {
        "choose another port with --port PORT; ports below 1024 need special rights"
    };
    let exit = if error.source.kind() == io::ErrorKind::PermissionDenied {
        Exit::NOT_PERMITTED
    } else {
        Exit::TRY_LATER
    };
    Failure::new(exit, error.to_string())
        .with_hint(hint)
        .caused_by(error.source)
}

/// The address with a code that signs in is for the person's eyes, not for a log.
fn greet(server: &Server, recovery: Recovery) -> Result<()> {
    let mut out = io::stdout();
    let is_terminal = out.is_terminal();
    let url = if is_terminal {
        server.sign_in_url()
    } else {
        server.url().to_owned()
    };
    writeln!(out, "Majlis is at {url}")?;
    if is_terminal {
        writeln!(out, "Stop it with Ctrl-C.")?;
    }
    if recovery.interrupted_runs > 0 {
        let runs = recovery.interrupted_runs;
        let runs = if runs == 1 {
            "1 run was".to_owned()
        } else {
            format!("{runs} runs were")
        };
        writeln!(
            out,
            "{runs} interrupted when Majlis last ended. What came is kept, nothing is sent again."
        )?;
    }
    out.flush()?;
    Ok(())
}

/// What a server does beside answering, for ever: asks every provider for its models, so that the
/// page knows who is ready, and gives the embedded model's memory back when nobody needs it.
async fn keep_house(house: &House) {
    house.app.set_councils(members::councils(house).await);
    house.app.refresh_models().await;
    let mut round = tokio::time::interval(HOUSE_ROUND);
    loop {
        round.tick().await;
        if house.line_up.unload_idle(MODEL_IDLE) {
            tracing::info!("the embedded model was unloaded until it is asked again");
        }
    }
}

/// Whether a browser could show itself here.
fn has_display(environment: &Environment) -> bool {
    let remote = environment.get("SSH_CONNECTION").is_some();
    let screen = cfg!(any(windows, target_os = "macos"))
        || environment.get("DISPLAY").is_some()
        || environment.get("WAYLAND_DISPLAY").is_some();
    screen && !remote
}

/// What a browser is started with stands in the list of processes for a moment, for everybody on
/// this machine: where there are others, its person signs in by hand.
fn url_to_open(server: &Server) -> String {
    if users::others().is_empty() {
        server.sign_in_url()
    } else {
        server.url().to_owned()
    }
}

fn open_page(url: String) {
    // The browser's own start may take a while and must not hold the server up.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = open::that_detached(&url) {
            tracing::debug!(%error, "no browser could be opened");
        }
    });
}
