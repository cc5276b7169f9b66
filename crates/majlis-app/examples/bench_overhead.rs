//! What Majlis adds to a call: time to the first text and to the end, against asking the same
//! local mock directly with a bare HTTP client, in one run, with and without the journal's fsync.
//! Then a council of five whose members take 200 ms each.
//!
//! `cargo xtask bench overhead`

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement prints its table and owns its tasks"
)]

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use majlis_app::{
    App, AppOptions, ConsultRequest, Durability, Frames, MemberRequest, ProviderSeat, RunEvent,
    TurnRequest,
};
use majlis_council::Mode;
use majlis_llm::{ModelId, PriceTable};
use majlis_providers::codec::WireFormat;
use majlis_providers::{Outbound, OutboundOptions, ServerSettings, Timeouts, build};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Calls measured of each kind; a tenth as many before, unmeasured.
const ROUNDS: usize = 300;
/// Text pieces of a streamed answer.
const PIECES: usize = 100;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Times of one call, in seconds.
#[derive(Clone, Copy)]
struct Sample {
    /// Until the first text.
    first: f64,
    /// Until the last text.
    whole: f64,
    /// Until the run's last event, when everything is stored.
    stored: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    println!(
        "{:<40} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "median of 300, in ms", "first", "whole", "stored", "+first", "+whole", "+stored"
    );
    for (name, pieces) in [("one piece", 1), ("stream of 100 pieces", PIECES)] {
        let mock = mock(pieces, Duration::ZERO).await?;
        let direct = median(&direct(mock).await?);
        show(&format!("{name}: direct"), direct, direct);
        for (journal, durability) in [
            ("no fsync", Durability::Fast),
            ("fsync", Durability::Durable),
        ] {
            let measured = median(&through_majlis(mock, durability).await?);
            show(&format!("{name}: Majlis, {journal}"), measured, direct);
        }
    }
    let council = median(&council(mock(1, Duration::from_millis(200)).await?).await?);
    println!(
        "council of 5, members take 200 ms: median {:.1} ms to the last event",
        council.stored * 1e3
    );
    Ok(())
}

fn show(name: &str, sample: Sample, direct: Sample) {
    let ms = |seconds: f64| seconds * 1e3;
    println!(
        "{name:<40} {:>9.3} {:>9.3} {:>9.3} {:>9.3} {:>9.3} {:>9.3}",
        ms(sample.first),
        ms(sample.whole),
        ms(sample.stored),
        ms(sample.first - direct.first),
        ms(sample.whole - direct.whole),
        ms(sample.stored - direct.whole)
    );
}

fn median(samples: &[Sample]) -> Sample {
    let middle_of = |time: fn(&Sample) -> f64| {
        let mut times: Vec<f64> = samples.iter().map(time).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    Sample {
        first: middle_of(|sample| sample.first),
        whole: middle_of(|sample| sample.whole),
        stored: middle_of(|sample| sample.stored),
    }
}

/// A server that answers every request with an OpenAI chat stream after a while.
async fn mock(pieces: usize, delay: Duration) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let body = Arc::new(stream_body(pieces));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&body), delay));
        }
    });
    Ok(address)
}

fn stream_body(pieces: usize) -> Vec<String> {
    let chunk = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{{\"index\":0,\
             \"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let mut body: Vec<String> = (0..pieces)
        .map(|number| {
            chunk(
                &format!("{{\"role\":\"assistant\",\"content\":\"word{number} \"}}"),
                "null",
            )
        })
        .collect();
    body.push(chunk("{}", "\"stop\""));
    body.push(
        "data: {\"id\":\"x\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":100,\
         \"total_tokens\":105}}\n\ndata: [DONE]\n\n"
            .to_owned(),
    );
    body
}

async fn answer(
    mut stream: TcpStream,
    body: Arc<Vec<String>>,
    delay: Duration,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
        if !is_whole(&request) {
            continue;
        }
        request.clear();
        // A timer's turn takes a millisecond, also for nothing.
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            .await?;
        for piece in body.iter() {
            stream
                .write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes())
                .await?;
        }
        stream.write_all(b"0\r\n\r\n").await?;
    }
}

/// Whether head and body of a request are there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok())
        .unwrap_or(0);
    body.len() >= length
}

/// The bound: a socket that is kept open, and nothing else.
async fn direct(mock: SocketAddr) -> Outcome<Vec<Sample>> {
    let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}"#;
    let request = format!(
        "POST /chat/completions HTTP/1.1\r\nhost: {mock}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(mock).await?;
    stream.set_nodelay(true)?;
    let mut samples = Vec::new();
    for _ in 0..ROUNDS + ROUNDS / 10 {
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        let (mut first, mut seen, mut buffer) = (None, Vec::new(), [0; 8192]);
        while !seen.ends_with(b"0\r\n\r\n") {
            let read = stream.read(&mut buffer).await?;
            seen.extend_from_slice(&buffer[..read]);
            if first.is_none() && String::from_utf8_lossy(&seen).contains("word0") {
                first = Some(began.elapsed().as_secs_f64());
            }
        }
        let whole = began.elapsed().as_secs_f64();
        samples.push(Sample {
            first: first.unwrap_or_default(),
            whole,
            stored: whole,
        });
    }
    Ok(samples.split_off(ROUNDS / 10))
}

async fn open(mock: SocketAddr, durability: Durability, folder: &std::path::Path) -> Outcome<App> {
    let settings = ServerSettings {
        name: "mock".to_owned(),
        format: WireFormat::OpenAiChat,
        base_url: format!("http://{mock}"),
        key: None,
        allow_private: true,
        timeouts: Timeouts::default(),
        models: vec!["m".to_owned()],
    };
    let outbound = Outbound::new(OutboundOptions::default())?;
    let seat = ProviderSeat {
        name: "mock".to_owned(),
        kind: "openai-chat".to_owned(),
        provider: Ok(build(settings.try_into()?, &outbound)),
        models: Vec::new(),
    };
    let options = AppOptions {
        data_dir: folder.to_owned(),
        seats: vec![seat],
        prices: PriceTable::builtin(),
        durability,
        audit_roots: Vec::new(),
    };
    Ok(App::open(options).await?)
}

/// Times until the first text, the last text and the last event of a run.
async fn follow(app: &App, run_id: &str, began: Instant) -> Outcome<Sample> {
    let mut subscription = app.subscribe(run_id, 0).ok_or("the run is gone")?;
    let (mut first, mut whole) = (None, 0.0);
    loop {
        match subscription.next().await {
            Frames::More(frames) => {
                let text = frames
                    .iter()
                    .any(|frame| matches!(frame.event, RunEvent::TextDelta { .. }));
                if text {
                    whole = began.elapsed().as_secs_f64();
                    first.get_or_insert(whole);
                }
            }
            Frames::Gap => return Err("frames are missing".into()),
            Frames::End => {
                return Ok(Sample {
                    first: first.ok_or("no text came")?,
                    whole,
                    stored: began.elapsed().as_secs_f64(),
                });
            }
        }
    }
}

async fn through_majlis(mock: SocketAddr, durability: Durability) -> Outcome<Vec<Sample>> {
    let folder = tempfile::tempdir()?;
    let app = open(mock, durability, folder.path()).await?;
    let model: ModelId = "mock/m".parse()?;
    let mut samples = Vec::new();
    for _ in 0..ROUNDS + ROUNDS / 10 {
        let talk = app
            .create_conversation(Some("t".to_owned()), vec![model.clone()])
            .await?;
        let began = Instant::now();
        let turn = app
            .send(&talk.summary.id, TurnRequest::say("Hello"))
            .await?;
        samples.push(follow(&app, &turn.run_id, began).await?);
    }
    app.shutdown().await;
    Ok(samples.split_off(ROUNDS / 10))
}

async fn council(mock: SocketAddr) -> Outcome<Vec<Sample>> {
    let folder = tempfile::tempdir()?;
    let app = open(mock, Durability::Durable, folder.path()).await?;
    let mut samples = Vec::new();
    for _ in 0..20 {
        let member = MemberRequest::Model {
            model: "mock/m".parse()?,
            samples: 5,
        };
        let request = ConsultRequest {
            question: "Hello".to_owned(),
            context: None,
            members: vec![member],
            mode: Some(Mode::Quick),
            editors: Vec::new(),
            max_cost: None,
            idempotency_key: None,
        };
        let began = Instant::now();
        let run = app.consult(request).await?;
        samples.push(follow(&app, &run, began).await?);
    }
    app.shutdown().await;
    Ok(samples)
}
