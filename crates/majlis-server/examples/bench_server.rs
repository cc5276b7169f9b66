//! What the server takes: answers without a provider, `/v1` in front of a local mock with and without
//! its journal, streams, and what a hundred thousand requests leave behind.
//!
//! The program starts itself twice more, as the mock and as the server, so that the server's
//! processor time, memory and descriptors are its own.
//!
//! `cargo xtask bench server`

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measurement prints its table, owns its tasks, and rounds"
)]

#[path = "bench_server/client.rs"]
mod client;
#[path = "bench_server/live.rs"]
mod live;
#[path = "bench_server/mock.rs"]
mod mock;
#[path = "bench_server/peer.rs"]
mod peer;
#[path = "bench_server/role.rs"]
mod role;

use std::error::Error;
use std::time::{Duration, Instant};

use client::Client;
use role::Role;

/// Connections of the measurements side by side.
const CONNECTIONS: usize = 16;
/// Connections that follow a run side by side.
const FOLLOWERS: usize = 100;
/// Requests of a mix, to see what they leave behind.
const MIXED: usize = 100_000;
/// Questions one after the other.
const ROUNDS: usize = 2_000;
/// The same, and side by side, beside a slower program.
const PEER_ROUNDS: usize = 200;
const PEER_REQUESTS: usize = 1_600;
/// Pieces of a streamed answer.
const STREAMED: &str = "{\"model\":\"mock/m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}";
const WHOLE: &str =
    "{\"model\":\"mock/m\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["mock"] => mock::serve().await,
        ["serve", mock, journal] => role::serve(mock, journal).await,
        _ => measure().await,
    }
}

async fn measure() -> Outcome<()> {
    let mock = Role::start(&["mock"])?;
    answers_without_a_provider(&mock).await?;
    one_at_a_time(&mock).await?;
    side_by_side(&mock).await?;
    beside_litellm(&mock).await?;
    followed(&mock).await?;
    what_stays_behind(&mock).await
}

/// Method, path and body of the request with a number.
type Make = fn(usize) -> (&'static str, &'static str, &'static str);

/// Times of requests, in seconds, sorted.
struct Times(Vec<f64>);

impl Times {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    fn share(&self, share: usize) -> f64 {
        let place = (self.0.len() * share / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or_default() * 1e3
    }

    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len().max(1) as f64 * 1e3
    }
}

/// Requests over so many connections; each one's time, and the time of all.
async fn load(
    address: &str,
    connections: usize,
    requests: usize,
    make: Make,
) -> Outcome<(Times, Duration)> {
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for connection in 0..connections {
        let address = address.to_owned();
        tasks.spawn(async move {
            let mut client = Client::connect(&address).await?;
            let mut times = Vec::with_capacity(requests / connections);
            for number in 0..requests / connections {
                let (method, path, body) = make(connection + number);
                let sent = Instant::now();
                let status = client.ask(method, path, body).await?.status;
                if status >= 500 {
                    return Err(format!("{method} {path}: {status}").into());
                }
                times.push(sent.elapsed().as_secs_f64());
            }
            Outcome::Ok(times)
        });
    }
    let mut times = Vec::with_capacity(requests);
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    Ok((Times::of(times), began.elapsed()))
}

async fn answers_without_a_provider(mock: &Role) -> Outcome<()> {
    let server = Role::start(&["serve", &mock.address, "quick"])?;
    println!("| own answers, {CONNECTIONS} connections | mean ms | p99 ms | a second |");
    println!("|---|---|---|---|");
    let reads: [(&str, Make); 4] = [
        ("/healthz", |_| ("GET", "/healthz", "")),
        ("/v1/models", |_| ("GET", "/v1/models", "")),
        ("/api/v1/conversations", |_| {
            ("GET", "/api/v1/conversations", "")
        }),
        ("POST /api/v1/conversations", |_| {
            ("POST", "/api/v1/conversations", "{\"models\":[\"mock/m\"]}")
        }),
    ];
    for (name, make) in reads {
        let (times, took) = load(&server.address, CONNECTIONS, 8_000, make).await?;
        let rate = times.0.len() as f64 / took.as_secs_f64();
        println!(
            "| `{name}` | {:.2} | {:.2} | {rate:.0} |",
            times.mean(),
            times.share(99)
        );
    }
    Ok(())
}

async fn one_at_a_time(mock: &Role) -> Outcome<()> {
    println!("\n| one at a time | median ms | p99 ms | added to the median |");
    println!("|---|---|---|---|");
    for (name, body) in [("whole", WHOLE), ("stream, first text", STREAMED)] {
        let direct = questions(
            &mock.address,
            "/chat/completions",
            STREAMED,
            name != "whole",
            ROUNDS,
        )
        .await?;
        println!(
            "| {name}, the mock itself | {:.3} | {:.3} | |",
            direct.share(50),
            direct.share(99)
        );
        for journal in ["quick", "strict", "off"] {
            let server = Role::start(&["serve", &mock.address, journal])?;
            let times = questions(
                &server.address,
                "/v1/chat/completions",
                body,
                name != "whole",
                ROUNDS,
            )
            .await?;
            let added = times.share(50) - direct.share(50);
            println!(
                "| {name}, journal {journal} | {:.3} | {:.3} | {added:.3} |",
                times.share(50),
                times.share(99)
            );
        }
    }
    Ok(())
}

/// Times of questions one after the other: until the first text, or the end. The mock is asked on a
/// connection for each, as Majlis asks servers nearby.
async fn questions(
    address: &str,
    path: &str,
    body: &str,
    first: bool,
    rounds: usize,
) -> Outcome<Times> {
    let mut times = Vec::with_capacity(rounds);
    let mut kept = None;
    for _ in 0..rounds {
        let began = Instant::now();
        let mut client = match kept.take() {
            Some(client) => client,
            None => Client::connect(address).await?,
        };
        let answer = client.ask("POST", path, body).await?;
        if answer.status != 200 {
            return Err(format!("{path}: {}", answer.status).into());
        }
        let until = if first { answer.first } else { Instant::now() };
        times.push((until - began).as_secs_f64());
        kept = (!answer.is_closed).then_some(client);
    }
    Ok(Times::of(times))
}

async fn side_by_side(mock: &Role) -> Outcome<()> {
    println!(
        "\n| /v1 with {CONNECTIONS} connections | a second | mean ms | p99 ms | processor ms a request |"
    );
    println!("|---|---|---|---|---|");
    let mut rates = Vec::new();
    for journal in ["quick", "off", "strict"] {
        let server = Role::start(&["serve", &mock.address, journal])?;
        let make = |_: usize| ("POST", "/v1/chat/completions", WHOLE);
        load(&server.address, CONNECTIONS, 1_000, make).await?;
        let before = server.processor_s();
        let (times, took) = load(&server.address, CONNECTIONS, 16_000, make).await?;
        let rate = times.0.len() as f64 / took.as_secs_f64();
        let spent = (server.processor_s() - before) * 1e3 / times.0.len() as f64;
        rates.push(rate);
        println!(
            "| journal {journal} | {rate:.0} | {:.2} | {:.2} | {spent:.3} |",
            times.mean(),
            times.share(99)
        );
    }
    println!(
        "\nWith the journal {:.2} of what goes without it.",
        rates[0] / rates[1]
    );
    Ok(())
}

/// The same requests through the proxy of `litellm` and through Majlis, one after the other.
async fn beside_litellm(mock: &Role) -> Outcome<()> {
    let Some(peer) = peer::Peer::start(&mock.address).await? else {
        println!("\nLiteLLM is not installed.");
        return Ok(());
    };
    let server = Role::start(&["serve", &mock.address, "quick"])?;
    println!(
        "\n| whole answers | median ms, one at a time | a second, {CONNECTIONS} connections |"
    );
    println!("|---|---|---|");
    for (name, address) in [("LiteLLM", &peer.address), ("Majlis", &server.address)] {
        let path = "/v1/chat/completions";
        let times = questions(address, path, WHOLE, false, PEER_ROUNDS).await?;
        let make = |_: usize| ("POST", "/v1/chat/completions", WHOLE);
        let (all, took) = load(address, CONNECTIONS, PEER_REQUESTS, make).await?;
        println!(
            "| {name} | {:.2} | {:.0} |",
            times.share(50),
            all.0.len() as f64 / took.as_secs_f64()
        );
    }
    Ok(())
}

async fn followed(mock: &Role) -> Outcome<()> {
    let server = Role::start(&["serve", &mock.address, "quick"])?;
    let before = server.processor_s();
    let began = Instant::now();
    let seen = live::follow(&server.address, FOLLOWERS).await?;
    let (took, spent) = (began.elapsed(), server.processor_s() - before);
    let sum = |part: fn(&live::Seen) -> u64| seen.iter().map(part).sum::<u64>();
    println!(
        "\n{FOLLOWERS} connections followed a run of {} frames for {:.1} s: {} frames, {} holes, {} told to have lagged; {:.1} % of a processor.",
        seen.first().map_or(0, |one| one.frames),
        took.as_secs_f64(),
        sum(|one| one.frames),
        sum(|one| one.holes),
        sum(|one| one.lagged),
        spent / took.as_secs_f64() * 100.0
    );
    Ok(())
}

async fn what_stays_behind(mock: &Role) -> Outcome<()> {
    let server = Role::start(&["serve", &mock.address, "quick"])?;
    let make = |number: usize| match number % 10 {
        0..6 => ("POST", "/v1/chat/completions", WHOLE),
        6 => ("POST", "/v1/chat/completions", STREAMED),
        7 => ("GET", "/v1/models", ""),
        8 => ("GET", "/api/v1/conversations", ""),
        _ => ("POST", "/v1/chat/completions", "{\"model\":\"nobody/x\"}"),
    };
    load(&server.address, CONNECTIONS, MIXED / 10, make).await?;
    let (memory, descriptors) = (server.memory_kib(), server.descriptors());
    load(&server.address, CONNECTIONS, MIXED, make).await?;
    // Connections that were closed are gone a moment later.
    tokio::time::sleep(Duration::from_secs(1)).await;
    println!(
        "\n{MIXED} mixed requests: {:+.1} MiB of memory, {:+} descriptors.",
        (server.memory_kib() - memory) as f64 / 1024.0,
        server.descriptors() - descriptors
    );
    Ok(())
}
