//! Start of the server to its first answer, and its memory when idle. Measures the `majlis` binary
//! of the same profile, which must be built: `cargo xtask bench start`.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement prints its table and owns its tasks"
)]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Starts measured.
const ROUNDS: usize = 15;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let binary = binary()?;
    let folder = tempfile::tempdir()?;
    let mut starts = Vec::new();
    let mut memory = None;
    for round in 0..ROUNDS {
        let began = Instant::now();
        let mut server = start(&binary, folder.path())?;
        let address = address(&mut server)?;
        health(&address)?;
        starts.push(began.elapsed());
        if round + 1 == ROUNDS {
            // Idle means: after what a start does in the background.
            std::thread::sleep(Duration::from_secs(5));
            memory = resident_kib(server.id());
        }
        server.kill()?;
        server.wait()?;
    }
    starts.sort();
    println!(
        "start to the first answer of /healthz: median {:.0} ms",
        starts[ROUNDS / 2].as_secs_f64() * 1e3
    );
    match memory {
        Some(kib) => println!("idle memory (VmRSS): {:.1} MiB", f64::from(kib) / 1024.0),
        None => println!("idle memory: not readable on this system"),
    }
    Ok(())
}

fn binary() -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own
        .parent()
        .and_then(Path::parent)
        .ok_or("no target folder")?;
    Ok(folder.join("majlis"))
}

fn start(binary: &Path, folder: &Path) -> Outcome<Child> {
    Ok(Command::new(binary)
        .args(["serve", "--no-open", "--port", "0"])
        .env("MAJLIS_DATA_DIR", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?)
}

/// The address the server prints.
fn address(server: &mut Child) -> Outcome<String> {
    let output = server.stdout.take().ok_or("no output")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        if let Some((_, rest)) = line.split_once("http://") {
            return Ok(rest
                .split_whitespace()
                .next()
                .unwrap_or(rest)
                .trim_end_matches('/')
                .to_owned());
        }
    }
    Err("the server printed no address".into())
}

fn health(address: &str) -> Outcome<()> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(answer.into())
    }
}

fn resident_kib(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
