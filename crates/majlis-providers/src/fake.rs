//! A provider that plays scripts, for tests of everything above. Behind the cargo feature `fake`, so
//! that it can never be picked by a configuration.
//!
//! ```
//! use majlis_providers::fake::{FakeProvider, Script};
//! let provider = FakeProvider::new("fake")
//!     .script("quick", Script::answer("Yes.").usage(10, 2))
//!     .script("broken", Script::answer("Half").cut());
//! assert!(provider.ledger().entries().is_empty());
//! ```

use std::collections::{HashMap, VecDeque};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream;
use majlis_llm::{
    BoxFuture, ChatEvent, ChatRequest, ChatStream, ErrorKind, FinishReason, ModelId, ModelInfo,
    Provider, ProviderError, Usage,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

/// One thing a script does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Says an event.
    Event(ChatEvent),
    /// Waits, by tokio's clock (which a test may pause).
    Wait(Duration),
    /// Ends with an error.
    Fail(ProviderError),
    /// Never says anything again, until the stream is dropped.
    Hang,
}

/// What one request is answered with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// Time until the request is accepted or refused.
    pub before: Duration,
    /// Refuse the request with this error; nothing is billed.
    pub refusal: Option<ProviderError>,
    /// What is said once accepted. A script whose steps end without `Finished` is a cut stream.
    pub steps: Vec<Step>,
}

impl Script {
    /// A whole answer, word by word, without a count.
    pub fn answer(text: &str) -> Self {
        let started = ChatEvent::Started {
            response_id: None,
            response_model: None,
        };
        let words = text.split_inclusive(' ').map(|word| ChatEvent::TextDelta {
            text: word.to_owned(),
        });
        let finished = ChatEvent::Finished {
            reason: FinishReason::Stop,
        };
        Self {
            steps: std::iter::once(started)
                .chain(words)
                .chain([finished])
                .map(Step::Event)
                .collect(),
            ..Self::default()
        }
    }

    /// A refusal.
    pub fn refuse(error: ProviderError) -> Self {
        Self {
            refusal: Some(error),
            ..Self::default()
        }
    }

    /// The same with a count before its end: fresh input and output.
    #[must_use]
    pub fn usage(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        let usage = Usage {
            fresh_tokens: input_tokens,
            output_tokens,
            ..Usage::default()
        };
        let at = self
            .steps
            .iter()
            .position(is_finished)
            .unwrap_or(self.steps.len());
        self.steps
            .insert(at, Step::Event(ChatEvent::Usage { usage }));
        self
    }

    /// The same, accepted only after a while.
    #[must_use]
    pub fn accepted_after(mut self, before: Duration) -> Self {
        self.before = before;
        self
    }

    /// The same with a wait before every event.
    #[must_use]
    pub fn paced(mut self, pause: Duration) -> Self {
        self.steps = self
            .steps
            .into_iter()
            .flat_map(|step| [Step::Wait(pause), step])
            .collect();
        self
    }

    /// The same without its end: a stream that was cut. What follows the last delta is lost too.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.steps.retain(|step| {
            !is_finished(step) && !matches!(step, Step::Event(ChatEvent::Usage { .. }))
        });
        self
    }

    /// The same with an error in place of its end.
    #[must_use]
    pub fn failing(self, error: ProviderError) -> Self {
        let mut script = self.cut();
        script.steps.push(Step::Fail(error));
        script
    }

    /// The same with silence in place of its end.
    #[must_use]
    pub fn hanging(self) -> Self {
        let mut script = self.cut();
        script.steps.push(Step::Hang);
        script
    }
}

fn is_finished(step: &Step) -> bool {
    matches!(step, Step::Event(ChatEvent::Finished { .. }))
}

/// What a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted, so billed, and not over yet.
    Accepted,
    /// Answered to the end.
    Finished,
    /// Ended by an error or a cut.
    Failed,
    /// Dropped by the caller before its end.
    Dropped,
}

/// One billed request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Billed {
    /// What was asked.
    pub request: ChatRequest,
    /// What was counted so far; `None` when the script said no count.
    pub usage: Option<Usage>,
    /// Time from making the provider to accepting the request.
    pub at: Duration,
    /// What it came to.
    pub outcome: Outcome,
}

/// Everything a provider billed, in the order of acceptance. Clones share one ledger.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: Arc<Mutex<Vec<Billed>>>,
    file: Option<PathBuf>,
}

impl Ledger {
    /// The entries so far.
    pub fn entries(&self) -> Vec<Billed> {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn open(&self, request: ChatRequest, at: Duration) -> usize {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Billed {
            request,
            usage: None,
            at,
            outcome: Outcome::Accepted,
        };
        self.write(&entry);
        entries.push(entry);
        entries.len() - 1
    }

    fn update(&self, index: usize, change: impl FnOnce(&mut Billed)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(index) {
            change(entry);
        }
    }

    /// A line per acceptance, so that a ledger outlives a killed process.
    fn write(&self, entry: &Billed) {
        let Some(path) = &self.file else { return };
        let line = serde_json::to_string(entry).unwrap_or_default();
        let outcome = OpenOptions::new().create(true).append(true).open(path);
        if let Err(error) = outcome.and_then(|mut file| writeln!(file, "{line}")) {
            tracing::warn!(%error, "the fake ledger cannot be written");
        }
    }
}

/// The provider. A model plays its scripts in order and repeats the last one.
pub struct FakeProvider {
    name: String,
    scripts: Mutex<HashMap<String, VecDeque<Script>>>,
    ledger: Ledger,
    made: Instant,
}

impl FakeProvider {
    /// A provider without models.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            scripts: Mutex::default(),
            ledger: Ledger::default(),
            made: Instant::now(),
        }
    }

    /// The same, with one more script for a model.
    #[must_use]
    pub fn script(self, model: &str, script: Script) -> Self {
        self.push(model, script);
        self
    }

    /// The same, with a ledger that is also appended to a file, one JSON object a line.
    #[must_use]
    pub fn ledger_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ledger.file = Some(path.into());
        self
    }

    /// Adds a script while the provider is in use.
    pub fn push(&self, model: &str, script: Script) {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        scripts
            .entry(model.to_owned())
            .or_default()
            .push_back(script);
    }

    /// What was billed.
    pub fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }

    fn next_script(&self, model: &str) -> Option<Script> {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = scripts.get_mut(model)?;
        if waiting.len() > 1 {
            waiting.pop_front()
        } else {
            waiting.front().cloned()
        }
    }

    async fn play(&self, request: ChatRequest) -> Result<ChatStream, ProviderError> {
        let Some(script) = self.next_script(request.model.name()) else {
            return Err(ProviderError::new(
                ErrorKind::NotFound,
                format!("no script for {}", request.model),
            ));
        };
        sleep(script.before).await;
        if let Some(refusal) = script.refusal {
            return Err(refusal);
        }
        let entry = self.ledger.open(request, self.made.elapsed());
        let player = Player {
            steps: script.steps.into(),
            bill: Bill {
                ledger: self.ledger.clone(),
                entry,
            },
        };
        Ok(Box::pin(stream::unfold(player, |mut player| async move {
            let item = player.next().await?;
            Some((item, player))
        })))
    }
}

impl Provider for FakeProvider {
    fn name(&self) -> &str {
        &self.name
    }

    fn chat(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, ProviderError>> {
        Box::pin(self.play(request))
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, ProviderError>> {
        let scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut models: Vec<ModelInfo> = scripts
            .keys()
            .filter_map(|model| ModelId::new(&self.name, model).ok())
            .map(ModelInfo::bare)
            .collect();
        models.sort_by(|a, b| a.id.cmp(&b.id));
        Box::pin(std::future::ready(Ok(models)))
    }
}

struct Player {
    steps: VecDeque<Step>,
    bill: Bill,
}

impl Player {
    async fn next(&mut self) -> Option<Result<ChatEvent, ProviderError>> {
        loop {
            match self.steps.pop_front() {
                None => {
                    self.bill.settle(Outcome::Failed);
                    return None;
                }
                Some(Step::Wait(pause)) => sleep(pause).await,
                Some(Step::Hang) => std::future::pending().await,
                Some(Step::Fail(error)) => {
                    self.steps.clear();
                    self.bill.settle(Outcome::Failed);
                    return Some(Err(error));
                }
                Some(Step::Event(event)) => {
                    match &event {
                        ChatEvent::Usage { usage } => self.bill.count(*usage),
                        ChatEvent::Finished { .. } => self.bill.settle(Outcome::Finished),
                        _ => {}
                    }
                    return Some(Ok(event));
                }
            }
        }
    }
}

/// One line of the ledger while its answer is under way.
struct Bill {
    ledger: Ledger,
    entry: usize,
}

impl Bill {
    fn count(&self, usage: Usage) {
        self.ledger
            .update(self.entry, |billed| billed.usage = Some(usage));
    }

    /// The first outcome holds.
    fn settle(&self, outcome: Outcome) {
        self.ledger.update(self.entry, |billed| {
            if billed.outcome == Outcome::Accepted {
                billed.outcome = outcome;
            }
        });
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        self.settle(Outcome::Dropped);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use majlis_llm::{Message, Role};

    use super::*;

    fn request(model: &str) -> ChatRequest {
        ChatRequest::new(
            format!("fake/{model}").parse().unwrap(),
            vec![Message::text(Role::User, "؟")],
        )
    }

    fn overloaded() -> ProviderError {
        ProviderError::new(ErrorKind::Overloaded, "busy")
    }

    #[tokio::test]
    async fn scripts_are_played_in_order_and_the_last_is_repeated() {
        let provider = FakeProvider::new("fake")
            .script("m", Script::answer("one"))
            .script("m", Script::answer("two"));
        let mut texts = Vec::new();
        for _ in 0..3 {
            let events: Vec<_> = provider.chat(request("m")).await.unwrap().collect().await;
            texts.extend(events.into_iter().filter_map(|event| match event {
                Ok(ChatEvent::TextDelta { text }) => Some(text),
                _ => None,
            }));
        }
        assert_eq!(texts, ["one", "two", "two"]);
        assert_eq!(provider.models().await.unwrap().len(), 1);
        assert_eq!(
            provider.chat(request("other")).await.err().unwrap().kind,
            ErrorKind::NotFound
        );
    }

    #[tokio::test]
    async fn the_ledger_tells_what_each_request_came_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.jsonl");
        let provider = FakeProvider::new("fake")
            .script("whole", Script::answer("a b").usage(3, 2))
            .script("cut", Script::answer("a b").cut())
            .script("failing", Script::answer("a b").failing(overloaded()))
            .script("hanging", Script::answer("a b").hanging())
            .script("refused", Script::refuse(overloaded()))
            .ledger_file(&file);
        for model in ["whole", "cut", "failing"] {
            let _ = provider
                .chat(request(model))
                .await
                .unwrap()
                .collect::<Vec<_>>()
                .await;
        }
        let mut hanging = provider.chat(request("hanging")).await.unwrap();
        assert!(hanging.next().await.is_some());
        drop(hanging);
        assert_eq!(
            provider.chat(request("refused")).await.err(),
            Some(overloaded())
        );
        let entries = provider.ledger().entries();
        let outcomes: Vec<Outcome> = entries.iter().map(|billed| billed.outcome).collect();
        assert_eq!(
            outcomes,
            [
                Outcome::Finished,
                Outcome::Failed,
                Outcome::Failed,
                Outcome::Dropped
            ]
        );
        assert_eq!(
            entries[0].usage.map(|usage| usage.total_output_tokens()),
            Some(2)
        );
        assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn waits_follow_the_clock_of_tokio() {
        let script = Script::answer("a b c")
            .paced(Duration::from_mins(1))
            .accepted_after(Duration::from_secs(5));
        let provider = FakeProvider::new("fake").script("slow", script);
        let started = Instant::now();
        let events = provider.chat(request("slow")).await.unwrap().count().await;
        assert_eq!((events, started.elapsed()), (5, Duration::from_secs(305)));
    }
}
