//! How long the store takes: commits with and without waiting for the disk and with and without
//! words to index; on a large database opening, pages, lists, searches and commits.
//!
//! `cargo run --profile quick -p majlis-store --example bench_store -- [--messages N]` prints one line
//! of JSON per figure; times are microseconds. A million messages take some minutes and two gigabytes.

#![allow(clippy::disallowed_methods, reason = "a measurement owns its tasks")]

#[path = "bench_store/library.rs"]
mod library;
#[path = "bench_store/reads.rs"]
mod reads;

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use majlis_llm::{ModelId, PicoUsd, Role, Usage};
use majlis_store::{
    Begin, CallState, Caps, Durability, Finish, JobState, NewCall, NewChannel, NewConversation,
    NewMessage, NewStep, ReplyState, Settlement, StepKind, Store, StoreOptions, Subject,
    answer_parts,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Messages in one conversation.
const PER_CONVERSATION: usize = 100;
const SAMPLES: usize = 200;

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let messages = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--messages"), Some(count)) => count.parse()?,
        (None, _) => 1_000_000,
        _ => return Err("the one option is --messages N".into()),
    };
    let folder = tempfile::tempdir()?;
    for durability in [Durability::Durable, Durability::Fast] {
        commits(&folder.path().join(format!("{durability:?}")), durability).await?;
    }
    reads::reads(&folder.path().join("reads"), messages).await
}

fn open(folder: &Path, process: usize, durability: Durability) -> Outcome<Store> {
    let options = StoreOptions {
        durability,
        ..StoreOptions::new(folder, process.to_string())
    };
    Ok(Store::open(&options)?)
}

/// The commits a turn adds between question and answer, one at a time and 16 at once.
async fn commits(folder: &Path, durability: Durability) -> Outcome<()> {
    let store = open(folder, 1, durability)?;
    commits_into(&store, &format!("{durability:?}").to_lowercase()).await?;
    store.close().await;
    Ok(())
}

async fn commits_into(store: &Store, place: &str) -> Outcome<()> {
    let model: ModelId = "openai/gpt-5".parse()?;
    store
        .create_conversation(conversation("bench", &model))
        .await?;
    let (mut begins, mut settles, mut wordless) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..2 * SAMPLES {
        let began = Instant::now();
        store.begin(turn(number, &model)).await?;
        begins.push(began.elapsed());
        let has_words = number.is_multiple_of(2);
        let settlement = settlement(number, has_words);
        let began = Instant::now();
        store.settle(settlement).await?;
        if has_words {
            settles.push(began.elapsed());
        } else {
            wordless.push(began.elapsed());
        }
        store.finish_job(finish(number)).await?;
    }
    report(&format!("begin, {place}"), begins)?;
    report(&format!("settle 4 KiB, {place}"), settles)?;
    report(&format!("settle 4 KiB without words, {place}"), wordless)?;
    report(
        &format!("begin, 16 at once, {place}"),
        crowd(store, &model).await?,
    )
}

/// One turn from its question to its end; notes how long its settlement took.
async fn write_turn(store: &Store, number: usize, settles: &mut Vec<Duration>) -> Outcome<()> {
    let model: ModelId = "openai/gpt-5".parse()?;
    store.begin(turn(number, &model)).await?;
    let settlement = settlement(number, true);
    let began = Instant::now();
    store.settle(settlement).await?;
    settles.push(began.elapsed());
    Ok(store.finish_job(finish(number)).await?)
}

async fn crowd(store: &Store, model: &ModelId) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for round in 2..=SAMPLES / 16 {
        let mut tasks = tokio::task::JoinSet::new();
        for place in 0..16 {
            let (store, turn) = (store.clone(), turn(round * SAMPLES + place, model));
            tasks.spawn(async move {
                let began = Instant::now();
                store.begin(turn).await.map(|()| began.elapsed())
            });
        }
        while let Some(time) = tasks.join_next().await {
            times.push(time??);
        }
    }
    Ok(times)
}

fn note(name: &str, unit: &str, value: u64) -> Outcome<()> {
    let line = serde_json::json!({"name": name, unit: value});
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn report(name: &str, mut times: Vec<Duration>) -> Outcome<()> {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_micros();
    let line = serde_json::json!({"name": name, "samples": times.len(), "p50_us": at(50), "p99_us": at(99)});
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn conversation(id: &str, model: &ModelId) -> NewConversation {
    NewConversation {
        id: id.to_owned(),
        title: format!("Conversation {id}"),
        channels: vec![NewChannel {
            id: format!("{id}-c"),
            model: model.clone(),
        }],
        created_at_ms: 0,
    }
}

fn message(conversation_id: &str, place: usize) -> NewMessage {
    let text = if place.is_multiple_of(2) {
        "What do you make of this, and why? ".repeat(8)
    } else {
        "الجواب يطول، وفيه أكثر من وجه. ".repeat(16)
    };
    NewMessage {
        id: format!("{conversation_id}-m{place}"),
        channel_id: format!("{conversation_id}-c"),
        after: majlis_store::After::Head,
        role: if place.is_multiple_of(2) {
            Role::User
        } else {
            Role::Assistant
        },
        state: ReplyState::Complete,
        parts: answer_parts(&text, ""),
        created_at_ms: 0,
    }
}

fn turn(number: usize, model: &ModelId) -> Begin {
    let reply = NewMessage {
        id: format!("a{number}"),
        role: Role::Assistant,
        state: ReplyState::Streaming,
        parts: Vec::new(),
        ..message("bench", 1)
    };
    Begin {
        job_id: format!("j{number}"),
        once: None,
        subject: Subject::Turn {
            conversation_id: "bench".to_owned(),
            title: String::new(),
            messages: vec![
                NewMessage {
                    id: format!("q{number}"),
                    ..message("bench", 0)
                },
                reply,
            ],
        },
        steps: vec![NewStep {
            kind: StepKind::Reply,
            input_hash: String::new(),
            call: NewCall {
                id: format!("c{number}"),
                model: model.clone(),
                request_hash: String::new(),
                estimate: None,
                reserved: None,
                reply_id: format!("a{number}"),
            },
        }],
        caps: Caps::default(),
        at_ms: 0,
    }
}

/// Some 4 KiB: six hundred words, half of them different ones; or signs alone, which are not indexed.
fn answer(number: usize, has_words: bool) -> String {
    if !has_words {
        return "… — … ".repeat(400);
    }
    let word = |place: usize| format!("word{} ", (place * 7 + number) % 300);
    (0..600).map(word).collect()
}

fn settlement(number: usize, has_words: bool) -> Settlement {
    Settlement {
        call_id: format!("c{number}"),
        state: CallState::Settled,
        reply_state: ReplyState::Complete,
        parts: answer_parts(&answer(number, has_words), ""),
        notice: None,
        response_model: None,
        usage: Some(Usage::default()),
        cost: Some(PicoUsd::ZERO),
        price: None,
        finish_reason: None,
        failure: None,
        first_token_ms: None,
        duration_ms: None,
        settled_at_ms: 0,
    }
}

fn finish(number: usize) -> Finish {
    Finish {
        job_id: format!("j{number}"),
        state: JobState::Finished,
        status: None,
        at_ms: 0,
    }
}
