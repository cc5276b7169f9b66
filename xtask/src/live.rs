//! What the live tests talk to: the embedded model's file and a real llama.cpp server with it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{folders, python};

/// The one package of the server, with its checksum.
const REQUIREMENTS: &str = "xtask/scripts/llamacpp-requirements.txt";

/// `SCRIPT MODEL_FILE PORT` writes the server's address to standard output when it is ready, and
/// serves until its standard input ends: also when this program is killed.
const SCRIPT: &str = "crates/majlis-providers/tests/llamacpp_server.py";

/// Loading 98 MB takes seconds; a minute is for a machine that does much else.
const START_LIMIT: Duration = Duration::from_mins(2);

/// A running llama.cpp server. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts a server with the model of `models`, on a free port of this machine.
    pub(crate) fn start(models: &Path) -> Result<Self> {
        let model = model_file(models)?;
        let mut child = Command::new(python::environment("python", REQUIREMENTS)?)
            .arg(SCRIPT)
            .arg(&model)
            .arg(free_port()?.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log()?))
            .spawn()
            .with_context(|| format!("cannot start {SCRIPT}"))?;
        let output = child.stdout.take().context("the server has no output")?;
        let (sender, receiver) = mpsc::channel();
        // Reads on to the end: a full pipe would stop the server.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(url) = address(&line) {
                    // Nobody listens after the first address.
                    let _ = sender.send(url.to_owned());
                }
            }
        });
        let Ok(url) = receiver.recv_timeout(START_LIMIT) else {
            let _ = child.kill();
            let _ = child.wait();
            bail!("{SCRIPT} named no address; see {}", log_path().display());
        };
        Ok(Self { child, url })
    }

    /// Its address, as `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot get a free port")?;
    Ok(listener
        .local_addr()
        .context("cannot tell the free port")?
        .port())
}

fn log_path() -> PathBuf {
    folders::target("logs").join("llamacpp.log")
}

fn log() -> Result<fs::File> {
    let path = log_path();
    fs::create_dir_all(folders::target("logs")).context("cannot create the folder of logs")?;
    fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))
}

/// The first http address in a line.
fn address(line: &str) -> Option<&str> {
    line.split_whitespace()
        .find(|word| word.starts_with("http://"))
}

/// The one GGUF file below `models`.
fn model_file(models: &Path) -> Result<PathBuf> {
    let folder = models.join("smollm2-135m");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension() == Some(OsStr::new("gguf")))
        .collect();
    // The original sorts before what was converted from it, as q4_1 before q8_0.
    files.sort();
    files
        .into_iter()
        .next()
        .with_context(|| format!("there is no .gguf file in {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_first_http_word() {
        for (line, expected) in [
            ("READY http://127.0.0.1:4711", Some("http://127.0.0.1:4711")),
            ("http://127.0.0.1:1 ready", Some("http://127.0.0.1:1")),
            ("loading", None),
        ] {
            assert_eq!(address(line), expected, "{line}");
        }
    }

    #[test]
    fn a_folder_without_a_model_is_named() {
        let error = model_file(Path::new("no/such")).unwrap_err();
        assert_eq!(error.to_string(), "cannot list no/such/smollm2-135m");
    }
}
