//! A folder for each scenario, and the program at work in it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::client::Client;
use super::upstream::Upstream;
use crate::folders;

/// A server has to be ready within this.
const READY: Duration = Duration::from_secs(2);
/// The same while other tests have the processors.
const READY_SHORT: Duration = Duration::from_secs(20);

type SetUp = Box<dyn Fn(&mut Command) + Send + Sync>;

/// What all scenarios share.
pub(super) struct Stage {
    majlis: PathBuf,
    folder: PathBuf,
    set_up: SetUp,
    pub(super) short: bool,
    pub(super) seed: u64,
    pub(super) upstream: Upstream,
}

impl Stage {
    pub(super) fn new(majlis: PathBuf, short: bool, seed: u64, set_up: SetUp) -> Result<Self> {
        let folder = folders::target("crash");
        empty(&folder)?;
        Ok(Self {
            majlis,
            folder,
            set_up,
            short,
            seed,
            upstream: Upstream::start()?,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A fresh place of this name.
    pub(super) fn world(&self, name: &str) -> Result<World<'_>> {
        let folder = self.folder.join(name);
        empty(&folder)?;
        fs::write(folder.join("majlis.toml"), self.upstream.config())?;
        let folder = folder.canonicalize()?;
        Ok(World {
            stage: self,
            folder,
        })
    }

    fn ready_limit(&self) -> Duration {
        if self.short { READY_SHORT } else { READY }
    }
}

/// An empty folder, whatever was there.
pub(super) fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

/// Copies a folder of files and folders.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// A person's machine: a home, a configuration, a data folder.
pub(super) struct World<'s> {
    stage: &'s Stage,
    folder: PathBuf,
}

impl World<'_> {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// `majlis` with these arguments, in this place and nothing else.
    pub(super) fn majlis(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.stage.majlis);
        command.env_clear();
        (self.stage.set_up)(&mut command);
        command
            .env("HOME", &self.folder)
            .env("MAJLIS_DATA_DIR", self.data())
            .env("MAJLIS_MODELS_DIR", self.path("models"))
            .env("MAJLIS_CONFIG", self.path("majlis.toml"))
            .current_dir(&self.folder)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Output> {
        let output = self
            .majlis(arguments)
            .output()
            .context("cannot start majlis")?;
        require_no_panic(&String::from_utf8_lossy(&output.stderr))?;
        Ok(output)
    }

    /// Runs a command that must succeed; what it printed as JSON.
    pub(super) fn json(&self, arguments: &[&str]) -> Result<serde_json::Value> {
        let output = self.run(arguments)?;
        if !output.status.success() {
            bail!(
                "majlis {} ended with {}: {}",
                arguments.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// A server that is ready.
    pub(super) fn serve(&self) -> Result<Server> {
        match self.try_serve()? {
            Start::Ready(server) if server.ready <= self.stage.ready_limit() => Ok(server),
            Start::Ready(server) => bail!("ready only after {:?}", server.ready),
            Start::Ended { status, errors } => bail!("no server: {status}: {errors}"),
        }
    }

    /// A server, or how it ended before it was one.
    pub(super) fn try_serve(&self) -> Result<Start> {
        let began = Instant::now();
        let log = fs::File::create(self.path("serve.log"))?;
        let mut child = self
            .majlis(&["serve", "--port", "0", "--no-open"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start majlis")?;
        let mut out = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let ready = began.elapsed();
        let port = line
            .trim()
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok());
        let log = self.path("serve.log");
        let Some(port) = port else {
            let status = child.wait()?;
            let errors = fs::read_to_string(&log)?;
            require_no_panic(&errors)?;
            return Ok(Start::Ended { status, errors });
        };
        // What it says later must not block it.
        std::thread::spawn(move || drop(out.read_to_end(&mut Vec::new())));
        Ok(Start::Ready(Server {
            child,
            client: Client { port },
            ready,
            log,
        }))
    }
}

/// How a start of the server went.
pub(super) enum Start {
    Ready(Server),
    Ended { status: ExitStatus, errors: String },
}

/// A running server; killed when it is dropped.
pub(super) struct Server {
    pub(super) child: Child,
    pub(super) client: Client,
    /// From its start until it said where it is.
    pub(super) ready: Duration,
    log: PathBuf,
}

impl Server {
    /// SIGKILL: no chance to tidy up.
    pub(super) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        require_no_panic(&fs::read_to_string(&self.log).unwrap_or_default())
    }

    /// SIGTERM; how long it took to end, and how.
    pub(super) fn terminate(mut self) -> Result<(Duration, ExitStatus)> {
        let began = Instant::now();
        let id = self.child.id().to_string();
        crate::process::run(Command::new("kill").args(["-s", "TERM", &id]))?;
        let status = self.child.wait()?;
        require_no_panic(&fs::read_to_string(&self.log).unwrap_or_default())?;
        Ok((began.elapsed(), status))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn require_no_panic(errors: &str) -> Result<()> {
    if errors.contains("panicked") {
        bail!("it panicked: {errors}");
    }
    Ok(())
}
