//! Folders, ids and rows for tests.

use std::path::Path;
use std::time::Duration;

use majlis_llm::{ModelId, Part, PicoUsd, Role, Usage};
use majlis_store::*;
use tempfile::TempDir;

/// A model's id.
pub(crate) fn model(id: &str) -> ModelId {
    id.parse().unwrap()
}

/// One text part.
pub(crate) fn text(text: &str) -> Vec<Part> {
    answer_parts(text, "")
}

/// A process's id.
pub(crate) fn process_id(number: u32) -> String {
    format!("00000000-0000-7000-8000-{number:012}")
}

/// A process that has the folder open. Several in one test process stand for several processes:
/// locks belong to open files, not to processes.
pub(crate) fn open(folder: &Path, process: u32) -> Store {
    Store::open(&options(folder, process)).unwrap()
}

/// How tests open a folder: without waiting for the disk or for each other.
pub(crate) fn options(folder: &Path, process: u32) -> StoreOptions {
    StoreOptions {
        durability: Durability::Fast,
        lock_wait: Duration::ZERO,
        program: format!("program {process}"),
        ..StoreOptions::new(folder, process_id(process))
    }
}

/// An open store in a folder of its own.
pub(crate) fn fresh() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("data"), 1);
    (folder, store)
}

/// A conversation `id` with channels `id-0`, `id-1`, … one per model.
pub(crate) fn conversation(id: &str, models: &[&str]) -> NewConversation {
    let channel = |(place, name): (usize, &&str)| NewChannel {
        id: format!("{id}-{place}"),
        model: model(name),
    };
    NewConversation {
        id: id.to_owned(),
        title: format!("about {id}"),
        channels: models.iter().enumerate().map(channel).collect(),
        created_at_ms: 1_000,
    }
}

/// A whole message of the person.
pub(crate) fn said(id: &str, channel_id: &str, what: &str) -> NewMessage {
    NewMessage {
        id: id.to_owned(),
        channel_id: channel_id.to_owned(),
        after: After::Head,
        role: Role::User,
        state: ReplyState::Complete,
        parts: text(what),
        created_at_ms: 2_000,
    }
}

/// An answer to come.
pub(crate) fn answer_to_come(id: &str, channel_id: &str) -> NewMessage {
    NewMessage {
        role: Role::Assistant,
        state: ReplyState::Streaming,
        parts: Vec::new(),
        ..said(id, channel_id, "")
    }
}

/// A step with one call `call_id` that writes `reply_id`.
pub(crate) fn step(kind: StepKind, call_id: &str, model_id: &str, reply_id: &str) -> NewStep {
    NewStep {
        kind,
        input_hash: "input".to_owned(),
        call: NewCall {
            id: call_id.to_owned(),
            model: model(model_id),
            request_hash: "request".to_owned(),
            estimate: Some(PicoUsd(500)),
            reserved: Some(PicoUsd(900)),
            reply_id: reply_id.to_owned(),
        },
    }
}

/// A turn of a conversation in its channel 0: question `q-JOB`, answer `a-JOB`, call `c-JOB`.
pub(crate) fn turn(job_id: &str, conversation_id: &str, model_id: &str) -> Begin {
    let channel_id = format!("{conversation_id}-0");
    let (call_id, reply_id) = (format!("c-{job_id}"), format!("a-{job_id}"));
    Begin {
        job_id: job_id.to_owned(),
        once: None,
        subject: Subject::Turn {
            conversation_id: conversation_id.to_owned(),
            title: String::new(),
            messages: vec![
                said(&format!("q-{job_id}"), &channel_id, "Why is the sky blue?"),
                answer_to_come(&reply_id, &channel_id),
            ],
        },
        steps: vec![step(StepKind::Reply, &call_id, model_id, &reply_id)],
        caps: Caps::default(),
        at_ms: 3_000,
    }
}

/// A consultation `id` of the given models, members `id-0`, …, calls `c-id-0`, …, and of one pasted
/// answer `id-pasted` at the end. Its job is `job-id`.
pub(crate) fn consultation(id: &str, models: &[&str]) -> Begin {
    let member = |(place, name): (usize, &&str)| NewMember {
        id: format!("{id}-{place}"),
        label: (*name).to_owned(),
        model: Some(model(name)),
        sample: Some(1),
        demo: name.starts_with("local/"),
        state: ReplyState::Waiting,
        parts: Vec::new(),
    };
    let mut members: Vec<_> = models.iter().enumerate().map(member).collect();
    members.push(NewMember {
        id: format!("{id}-pasted"),
        label: "a colleague".to_owned(),
        model: None,
        sample: None,
        demo: false,
        state: ReplyState::Complete,
        parts: text("نعم، بالتأكيد."),
    });
    let ask = |(place, name): (usize, &&str)| {
        step(
            StepKind::Ask,
            &format!("c-{id}-{place}"),
            name,
            &format!("{id}-{place}"),
        )
    };
    Begin {
        job_id: format!("job-{id}"),
        once: None,
        subject: Subject::Consultation(NewConsultation {
            id: id.to_owned(),
            question: "هل السماء زرقاء؟ ".repeat(40),
            context: Some("seen from Earth".to_owned()),
            prompt: "the prompt, to the byte\n".to_owned(),
            plan: None,
            members,
        }),
        steps: models.iter().enumerate().map(ask).collect(),
        caps: Caps::default(),
        at_ms: 4_000,
    }
}

/// A call that ended well with `what` at a cost of 123 pico-dollars.
pub(crate) fn settlement(call_id: &str, what: &str) -> Settlement {
    Settlement {
        call_id: call_id.to_owned(),
        state: CallState::Settled,
        reply_state: ReplyState::Complete,
        parts: answer_parts(what, "because"),
        notice: None,
        response_model: Some("model-2026-01-01".to_owned()),
        usage: Some(Usage {
            fresh_tokens: 10,
            cache_read_tokens: 20,
            cache_write_5m_tokens: 30,
            cache_write_1h_tokens: 40,
            output_tokens: 50,
            reasoning_tokens: 60,
        }),
        cost: Some(PicoUsd(123)),
        price: Some(serde_json::json!({"input": 1})),
        finish_reason: Some(majlis_llm::FinishReason::Stop),
        failure: None,
        first_token_ms: Some(5),
        duration_ms: Some(70),
        settled_at_ms: 5_000,
    }
}

/// The end of a job.
pub(crate) fn finish(job_id: &str, status: Option<ConsultationStatus>) -> Finish {
    Finish {
        job_id: job_id.to_owned(),
        state: JobState::Finished,
        status,
        at_ms: 6_000,
    }
}

/// The messages of the first channel of a conversation.
pub(crate) async fn messages(store: &Store, conversation_id: &str) -> Vec<MessageRow> {
    let conversation = store
        .conversation(conversation_id, 1_000)
        .await
        .unwrap()
        .unwrap();
    conversation.channels[0].messages.clone()
}

/// A piece of an answer.
pub(crate) fn chunk(call_id: &str, sequence: u32, text: &str, reasoning: &str) -> Chunk {
    Chunk {
        call_id: call_id.to_owned(),
        sequence,
        text: text.to_owned(),
        reasoning: reasoning.to_owned(),
    }
}

/// What whoever started this test says under a name; `None` when nothing is said.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no registry of variables"
)]
pub(crate) fn told(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}
