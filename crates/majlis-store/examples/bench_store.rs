//! How long the store takes: commits with and without waiting for the disk, pages, lists, opening.
//!
//! `cargo run --profile quick -p majlis-store --example bench_store [MESSAGES]` prints one line of
//! JSON per figure; times are microseconds.

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
    let messages = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => 20_000,
    };
    let folder = tempfile::tempdir()?;
    for durability in [Durability::Durable, Durability::Fast] {
        commits(&folder.path().join(format!("{durability:?}")), durability).await?;
    }
    reads(&folder.path().join("reads"), messages).await
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
    let name = |what: &str| format!("{what}, {}", format!("{durability:?}").to_lowercase());
    let model: ModelId = "openai/gpt-5".parse()?;
    store.create_conversation(conversation("v", &model)).await?;
    let (mut begins, mut settles) = (Vec::new(), Vec::new());
    for number in 0..SAMPLES {
        let began = Instant::now();
        store.begin(turn(number, &model)).await?;
        begins.push(began.elapsed());
        let began = Instant::now();
        store.settle(settlement(number)).await?;
        settles.push(began.elapsed());
        store.finish_job(finish(number)).await?;
    }
    report(&name("begin"), begins)?;
    report(&name("settle"), settles)?;
    report(&name("begin, 16 at once"), crowd(&store, &model).await?)?;
    store.close().await;
    Ok(())
}

async fn crowd(store: &Store, model: &ModelId) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for round in 1..=SAMPLES / 16 {
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

async fn reads(folder: &Path, messages: usize) -> Outcome<()> {
    let store = open(folder, 1, Durability::Fast)?;
    let model: ModelId = "openai/gpt-5".parse()?;
    let conversations = messages.div_ceil(PER_CONVERSATION);
    for number in 0..conversations {
        let id = format!("v{number}");
        store.create_conversation(conversation(&id, &model)).await?;
        let batch = (0..PER_CONVERSATION)
            .map(|place| message(&id, place))
            .collect();
        store.append_messages(&id, batch, 0).await?;
    }
    store.close().await;
    let mut opens = Vec::new();
    for process in 2..22 {
        let began = Instant::now();
        let store = open(folder, process, Durability::Durable)?;
        opens.push(began.elapsed());
        store.close().await;
    }
    report(&format!("open, {messages} messages"), opens)?;
    let store = open(folder, 22, Durability::Durable)?;
    let (mut pages, mut lists) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        // Spread over the file, so that no page is in memory because of the one before.
        let channel = format!("v{}-c", sample * 7_919 % conversations);
        let began = Instant::now();
        store.messages(&channel, None, 50).await?;
        pages.push(began.elapsed());
        let began = Instant::now();
        store.conversations(50, None).await?;
        lists.push(began.elapsed());
    }
    report(&format!("last page of 50, {messages} messages"), pages)?;
    report(&format!("list of 50, {conversations} conversations"), lists)
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
        ..message("v", 1)
    };
    Begin {
        job_id: format!("j{number}"),
        once: None,
        subject: Subject::Turn {
            conversation_id: "v".to_owned(),
            title: String::new(),
            messages: vec![
                NewMessage {
                    id: format!("q{number}"),
                    ..message("v", 0)
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

fn settlement(number: usize) -> Settlement {
    Settlement {
        call_id: format!("c{number}"),
        state: CallState::Settled,
        reply_state: ReplyState::Complete,
        parts: answer_parts(&"A sentence of the answer. ".repeat(40), ""),
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
