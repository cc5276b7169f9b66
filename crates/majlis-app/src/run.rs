//! Runs as they happen: a numbered, bounded log per run that any number of readers follow at
//! their own pace. A slow reader never slows the run; it is told that it fell behind.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use majlis_council::{Deliberation, Stage};
use majlis_llm::ModelId;
use majlis_text::Analysis;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{CallView, Notice, ReplyState, RunStatus, SynthesisView};

/// Text a run's log holds at most before its oldest frames go, in bytes.
const MAX_LOG_BYTES: usize = 4 << 20;
/// Finished runs whose logs are still kept for late readers.
const MAX_FINISHED_RUNS: usize = 32;

/// What kind of run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// One turn of a conversation.
    Chat,
    /// A question put to a council.
    Consultation,
    /// Code is looked at.
    Audit,
}

/// One reply that a run will bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyHead {
    /// Id of the message or of the member's answer.
    pub message_id: String,
    /// Its name on screen.
    pub label: String,
    /// The model; `None` for a pasted answer.
    pub model: Option<ModelId>,
    /// The conversation's channel; `None` in a consultation.
    pub channel_id: Option<String>,
}

/// Something that happened in a run.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The run began; always the first event.
    Started {
        /// What kind of run.
        kind: RunKind,
        /// The replies to come.
        replies: Vec<ReplyHead>,
    },
    /// A provider accepted the request.
    ReplyStarted {
        /// The reply.
        message_id: String,
        /// The model that really answers, where the provider says so.
        response_model: Option<String>,
    },
    /// More text of a reply.
    TextDelta {
        /// The reply.
        message_id: String,
        /// Never empty.
        text: String,
    },
    /// More reasoning of a reply.
    ReasoningDelta {
        /// The reply.
        message_id: String,
        /// Never empty.
        text: String,
    },
    /// A reply ended, well or not.
    ReplyFinished {
        /// The reply.
        message_id: String,
        /// How it ended.
        state: ReplyState,
        /// What went wrong.
        error: Option<Notice>,
        /// The request behind it.
        call: Option<Box<CallView>>,
    },
    /// The answers were measured.
    Measured {
        /// The measurements.
        analysis: Arc<Analysis>,
    },
    /// A stage after the first round asks; the replies' deltas are what judges, authors and editors
    /// write, as JSON.
    StageStarted {
        /// Which.
        stage: Stage,
        /// The replies to come, or there already from before an interruption.
        replies: Vec<ReplyHead>,
    },
    /// What came after the first round so far, without the conclusion.
    Deliberated {
        /// All of it.
        deliberation: Arc<Deliberation>,
    },
    /// A conclusion was written.
    Concluded {
        /// The conclusion.
        synthesis: Arc<SynthesisView>,
    },
    /// The run ended; always the last event.
    Finished {
        /// How it ended.
        status: RunStatus,
    },
}

impl RunEvent {
    fn size_bytes(&self) -> usize {
        match self {
            Self::TextDelta { text, .. } | Self::ReasoningDelta { text, .. } => 128 + text.len(),
            _ => 512,
        }
    }
}

/// An event with its place.
#[derive(Debug, Clone)]
pub struct RunFrame {
    /// The run.
    pub run_id: Arc<str>,
    /// Changes at each start of the program; sequence numbers are comparable within one epoch only.
    pub epoch: Arc<str>,
    /// From 1, without holes.
    pub sequence: u64,
    /// What happened.
    pub event: RunEvent,
}

#[derive(Default)]
struct Log {
    frames: VecDeque<Arc<RunFrame>>,
    bytes: usize,
    last: u64,
    finished: bool,
}

/// The writer's side of one run.
pub(crate) struct Run {
    id: Arc<str>,
    epoch: Arc<str>,
    log: Mutex<Log>,
    tip: watch::Sender<u64>,
    /// Cancels the whole run.
    pub(crate) cancel: CancellationToken,
    /// Cancelled when time is up for whoever has not answered.
    pub(crate) late: CancellationToken,
    replies: Mutex<HashMap<String, CancellationToken>>,
    /// Cancelled when the program goes down.
    shutdown: CancellationToken,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock means a panic elsewhere; the log itself is always whole between statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Appends an event; after `Finished` nothing more is taken.
    pub(crate) fn emit(&self, event: RunEvent) {
        let mut log = lock(&self.log);
        if log.finished {
            return;
        }
        log.finished = matches!(event, RunEvent::Finished { .. });
        log.last += 1;
        log.bytes += event.size_bytes();
        let frame = RunFrame {
            run_id: Arc::clone(&self.id),
            epoch: Arc::clone(&self.epoch),
            sequence: log.last,
            event,
        };
        log.frames.push_back(Arc::new(frame));
        while log.bytes > MAX_LOG_BYTES {
            match log.frames.pop_front() {
                Some(oldest) => log.bytes -= oldest.event.size_bytes(),
                None => break,
            }
        }
        let tip = log.last;
        drop(log);
        self.tip.send_replace(tip);
    }

    /// The token that stops one reply; it is a child of the run's.
    pub(crate) fn reply_token(&self, message_id: &str) -> CancellationToken {
        lock(&self.replies)
            .entry(message_id.to_owned())
            .or_insert_with(|| self.cancel.child_token())
            .clone()
    }

    /// Whether the run ends because the program does, not because the person wants it.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.shutdown.is_cancelled()
    }

    fn is_finished(&self) -> bool {
        lock(&self.log).finished
    }
}

/// What a reader gets next.
#[derive(Debug, Clone)]
pub enum Frames {
    /// More frames, in order; never empty.
    More(Vec<Arc<RunFrame>>),
    /// Frames between the last one read and the oldest one kept are gone: fetch the snapshot. The
    /// subscription goes on behind the gap.
    Gap,
    /// The run is over and everything was read.
    End,
}

/// A reader of one run.
pub struct Subscription {
    run: Arc<Run>,
    read: u64,
    tip: watch::Receiver<u64>,
}

impl Subscription {
    /// Waits for what comes next. Cancel-safe.
    pub async fn next(&mut self) -> Frames {
        loop {
            self.tip.borrow_and_update();
            if let Some(frames) = self.ready() {
                return frames;
            }
            if self.tip.changed().await.is_err() {
                return Frames::End;
            }
        }
    }

    /// Whether the run is over and all of it was read.
    pub fn is_over(&self) -> bool {
        let log = lock(&self.run.log);
        log.finished && self.read >= log.last
    }

    fn ready(&mut self) -> Option<Frames> {
        let log = lock(&self.run.log);
        let oldest = log
            .frames
            .front()
            .map_or(log.last + 1, |frame| frame.sequence);
        if self.read + 1 < oldest {
            self.read = oldest - 1;
            return Some(Frames::Gap);
        }
        if self.read >= log.last {
            return log.finished.then_some(Frames::End);
        }
        let skip = usize::try_from(self.read + 1 - oldest).unwrap_or(usize::MAX);
        let frames: Vec<_> = log.frames.iter().skip(skip).cloned().collect();
        self.read = log.last;
        Some(Frames::More(frames))
    }
}

/// All runs of this process.
pub(crate) struct Runs {
    epoch: Arc<str>,
    by_id: Mutex<HashMap<String, Arc<Run>>>,
    /// Parent of every run's token: shutdown.
    shutdown: CancellationToken,
}

impl Runs {
    pub(crate) fn new(epoch: &str) -> Self {
        Self {
            epoch: Arc::from(epoch),
            by_id: Mutex::default(),
            shutdown: CancellationToken::new(),
        }
    }

    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Opens a run's log and emits its first event.
    pub(crate) fn open(&self, id: &str, kind: RunKind, replies: Vec<ReplyHead>) -> Arc<Run> {
        let run = Arc::new(Run {
            id: Arc::from(id),
            epoch: Arc::clone(&self.epoch),
            log: Mutex::default(),
            tip: watch::Sender::new(0),
            cancel: self.shutdown.child_token(),
            late: CancellationToken::new(),
            replies: Mutex::default(),
            shutdown: self.shutdown.clone(),
        });
        run.emit(RunEvent::Started { kind, replies });
        let mut runs = lock(&self.by_id);
        forget_oldest_finished(&mut runs);
        runs.insert(id.to_owned(), Arc::clone(&run));
        run
    }

    /// A reader that has read up to `after` (0 for nothing); `None` when the run is not kept.
    pub(crate) fn subscribe(&self, id: &str, after: u64) -> Option<Subscription> {
        let run = Arc::clone(lock(&self.by_id).get(id)?);
        let tip = run.tip.subscribe();
        let read = after.min(lock(&run.log).last);
        Some(Subscription { run, read, tip })
    }

    /// Whether the run is going on.
    pub(crate) fn is_running(&self, id: &str) -> bool {
        lock(&self.by_id)
            .get(id)
            .is_some_and(|run| !run.is_finished())
    }

    /// Stops a run, or one reply of it; `false` when it is not going on.
    pub(crate) fn cancel(&self, id: &str, message_id: Option<&str>) -> bool {
        let Some(run) = lock(&self.by_id).get(id).cloned() else {
            return false;
        };
        if run.is_finished() {
            return false;
        }
        match message_id {
            None => run.cancel.cancel(),
            Some(message_id) => match lock(&run.replies).get(message_id) {
                Some(token) => token.cancel(),
                None => return false,
            },
        }
        true
    }

    /// Cancelled when the program goes down.
    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Stops every run.
    pub(crate) fn cancel_all(&self) {
        self.shutdown.cancel();
    }
}

fn forget_oldest_finished(runs: &mut HashMap<String, Arc<Run>>) {
    let mut finished: Vec<String> = runs
        .iter()
        .filter(|(_, run)| run.is_finished())
        .map(|(id, _)| id.clone())
        .collect();
    // Ids are UUIDv7: their order is close enough to that of time to choose what to forget.
    finished.sort_unstable();
    let surplus = finished.len().saturating_sub(MAX_FINISHED_RUNS - 1);
    for id in &finished[..surplus] {
        runs.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(text: &str) -> RunEvent {
        RunEvent::TextDelta {
            message_id: "m".to_owned(),
            text: text.to_owned(),
        }
    }

    fn open(runs: &Runs) -> Arc<Run> {
        runs.open("r", RunKind::Chat, Vec::new())
    }

    async fn sequences(subscription: &mut Subscription) -> Vec<u64> {
        let mut read = Vec::new();
        loop {
            match subscription.next().await {
                Frames::More(frames) => read.extend(frames.iter().map(|frame| frame.sequence)),
                Frames::Gap => read.push(0),
                Frames::End => return read,
            }
        }
    }

    #[tokio::test]
    async fn a_reader_gets_every_frame_once_and_in_order() {
        let runs = Runs::new("e");
        let run = open(&runs);
        let mut reader = runs.subscribe("r", 0).unwrap();
        run.emit(delta("a"));
        run.emit(RunEvent::Finished {
            status: RunStatus::Complete,
        });
        run.emit(delta("after the end"));
        assert_eq!(sequences(&mut reader).await, [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_reader_resumes_behind_what_it_read() {
        let runs = Runs::new("e");
        let run = open(&runs);
        run.emit(delta("a"));
        run.emit(RunEvent::Finished {
            status: RunStatus::Complete,
        });
        let mut reader = runs.subscribe("r", 2).unwrap();
        assert_eq!(sequences(&mut reader).await, [3]);
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_of_the_gap_and_the_log_stays_bounded() {
        let runs = Runs::new("e");
        let run = open(&runs);
        let mut reader = runs.subscribe("r", 0).unwrap();
        let big = "x".repeat(MAX_LOG_BYTES / 3);
        for _ in 0..5 {
            run.emit(delta(&big));
        }
        run.emit(RunEvent::Finished {
            status: RunStatus::Complete,
        });
        assert_eq!(sequences(&mut reader).await, [0, 5, 6, 7]);
    }

    #[test]
    fn cancelling_a_reply_leaves_the_others() {
        let runs = Runs::new("e");
        let run = open(&runs);
        let (a, b) = (run.reply_token("a"), run.reply_token("b"));
        assert!(runs.cancel("r", Some("a")));
        assert!(!runs.cancel("r", Some("unheard of")));
        assert!(a.is_cancelled() && !b.is_cancelled());
        assert!(runs.cancel("r", None));
        assert!(b.is_cancelled());
    }

    #[test]
    fn finished_runs_are_forgotten_in_the_end() {
        let runs = Runs::new("e");
        for n in 0..MAX_FINISHED_RUNS + 5 {
            let run = runs.open(&format!("{n:04}"), RunKind::Chat, Vec::new());
            run.emit(RunEvent::Finished {
                status: RunStatus::Complete,
            });
        }
        assert!(runs.subscribe("0000", 0).is_none());
        assert_eq!(lock(&runs.by_id).len(), MAX_FINISHED_RUNS);
    }
}
