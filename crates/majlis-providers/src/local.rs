//! The embedded model, `local/smollm2-135m`: a demonstration and a fallback that needs no key and
//! no network.
//!
//! It answers simple English; its Arabic and its judgement are worthless, so it is labelled wherever
//! it appears and never counted beside real models. It is loaded at the first request, answers one
//! request at a time on one thread (see `lane`), and looks between tokens whether anybody still
//! listens.

mod convert;
mod engine;
mod lane;
mod request;
mod speak;
mod stop;
#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;
mod tokens;
mod utf8;

use std::fs::File;
use std::io::{self, BufReader, Cursor};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use majlis_llm::{
    BoxFuture, ChatEvent, ChatRequest, ChatStream, ErrorKind, ModelId, ModelIdError, ModelInfo,
    Provider, ProviderError,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::model_files::{ModelFileError, ModelFiles, ModelState, SMOLLM2};
use engine::Model;
use request::Job;

/// The provider's name, the part of the model id before the `/`.
pub const PROVIDER_NAME: &str = "local";

/// The embedded model's name, the part of its id after the `/`.
pub const MODEL_NAME: &str = SMOLLM2.name;

/// The model as it came, in its folder.
const SOURCE_FILE: &str = SMOLLM2.members[0].file;

/// The model in the form that is fast here, made from the source once.
const FAST_FILE: &str = "q8_0.gguf";

/// The name shown to people, which says what to expect.
const DISPLAY_NAME: &str = "SmolLM2 135M (demonstration)";

/// Most tokens of a question and its answer together. The model was trained for 8192 and candle
/// computes positions up to 4096, but one core reads some 40 tokens a second: a longer question
/// would wait for minutes.
const CONTEXT_TOKENS: u16 = 2048;

/// Requests that may wait or run at once; one more is told that the model is overloaded.
const SEATS: usize = 32;

/// The provider of the embedded model.
pub struct LocalProvider {
    shared: Arc<Shared>,
    /// Held while a request waits or runs.
    seats: Arc<Semaphore>,
    /// Held while a request runs.
    turn: Arc<Semaphore>,
}

struct Shared {
    files: ModelFiles,
    loaded: Mutex<Option<Loaded>>,
}

struct Loaded {
    model: Arc<Model>,
    last_used: Instant,
}

impl LocalProvider {
    /// A provider over these model files. Loads nothing yet.
    pub fn new(files: ModelFiles) -> Self {
        Self {
            shared: Arc::new(Shared {
                files,
                loaded: Mutex::new(None),
            }),
            seats: Arc::new(Semaphore::new(SEATS)),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// The model is in memory (about 300 MB).
    pub fn is_loaded(&self) -> bool {
        self.shared.loaded().is_some()
    }

    /// Gives the model's memory back when no request used it for `idle`; true when it did. The
    /// next request loads it again.
    pub fn unload_idle(&self, idle: Duration) -> bool {
        let mut loaded = self.shared.loaded();
        let is_idle = loaded.as_ref().is_some_and(|loaded| {
            Arc::strong_count(&loaded.model) == 1 && loaded.last_used.elapsed() >= idle
        });
        if is_idle {
            *loaded = None;
        }
        is_idle
    }

    /// What is known about the embedded model, installed or not.
    ///
    /// # Errors
    /// None in practice: the id is a constant of the right form.
    pub fn model_info() -> Result<ModelInfo, ModelIdError> {
        Ok(ModelInfo {
            display_name: Some(DISPLAY_NAME.to_owned()),
            context_tokens: Some(u64::from(CONTEXT_TOKENS)),
            max_output_tokens: Some(u64::from(CONTEXT_TOKENS)),
            local: true,
            ..ModelInfo::bare(ModelId::new(PROVIDER_NAME, MODEL_NAME)?)
        })
    }

    async fn begin(&self, request: ChatRequest) -> Result<ChatStream, ProviderError> {
        let job = request::check(request)?;
        let seat = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| {
            ProviderError::new(
                ErrorKind::Overloaded,
                format!("the embedded model already has {SEATS} requests"),
            )
            .with_hint("wait until some of them are answered")
        })?;
        let turn = Arc::clone(&self.turn)
            .acquire_owned()
            .await
            .map_err(|_| stopped())?;
        let (accepted, acceptance) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        lane::spawn(move || {
            let _permits = (seat, turn);
            shared.answer(&job, accepted);
        })
        .map_err(|error| ProviderError::new(ErrorKind::Overloaded, error.to_string()))?;
        let events = acceptance.await.map_err(|_| stopped())??;
        Ok(Box::pin(Events(events)))
    }
}

impl Provider for LocalProvider {
    fn name(&self) -> &str {
        PROVIDER_NAME
    }

    fn chat(&self, request: ChatRequest) -> BoxFuture<'_, Result<ChatStream, ProviderError>> {
        Box::pin(self.begin(request))
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, ProviderError>> {
        Box::pin(async {
            let entries = self.shared.files.list();
            let entry = entries.iter().find(|entry| entry.model.name == MODEL_NAME);
            match entry {
                Some(entry) if entry.state != ModelState::Absent => Self::model_info()
                    .map(|info| vec![info])
                    .map_err(|error| ProviderError::new(ErrorKind::NotFound, error.to_string())),
                _ => Err(not_installed(&self.shared.files)),
            }
        })
    }
}

impl Shared {
    fn loaded(&self) -> MutexGuard<'_, Option<Loaded>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request on the lane.
    fn answer(&self, job: &Job, accepted: oneshot::Sender<speak::Accepted>) {
        if accepted.is_closed() {
            return;
        }
        match self.model() {
            Ok(model) => speak::speak(&model, job, accepted),
            Err(error) => {
                // Nobody waits when the request was cancelled meanwhile.
                let _ = accepted.send(Err(error));
            }
        }
        if let Some(loaded) = self.loaded().as_mut() {
            loaded.last_used = Instant::now();
        }
    }

    /// The model, loaded if it is not. Only the lane calls this, so it is never loaded twice.
    fn model(&self) -> Result<Arc<Model>, ProviderError> {
        if let Some(loaded) = self.loaded().as_ref() {
            return Ok(Arc::clone(&loaded.model));
        }
        let model = Arc::new(load(&self.files)?);
        *self.loaded() = Some(Loaded {
            model: Arc::clone(&model),
            last_used: Instant::now(),
        });
        Ok(model)
    }
}

/// Makes the fast form of the installed model, when it is not there yet: about a second's work that
/// the first answer then does not wait for.
///
/// # Errors
/// [`ModelFileError`] when the model is not installed, is damaged, or its folder cannot be written.
pub fn prepare(files: &ModelFiles) -> Result<(), ModelFileError> {
    if files.path(MODEL_NAME, FAST_FILE)?.is_some() {
        return Ok(());
    }
    let source = source_path(files)?;
    files.derive(MODEL_NAME, FAST_FILE, |target| {
        lane::run(|| {
            let mut source = BufReader::new(File::open(&source)?);
            convert::to_q8_0(&mut source, target).map_err(io::Error::other)
        })
        .map_err(io::Error::other)?
    })?;
    Ok(())
}

fn source_path(files: &ModelFiles) -> Result<std::path::PathBuf, ModelFileError> {
    files
        .path(MODEL_NAME, SOURCE_FILE)?
        .ok_or_else(|| ModelFileError::NotInstalled {
            name: MODEL_NAME.to_owned(),
            dir: files.dir().to_owned(),
        })
}

/// Loads the model, making its fast form first where it is not there; in memory where the folder
/// cannot be written.
fn load(files: &ModelFiles) -> Result<Model, ProviderError> {
    let failed = |error: &dyn std::error::Error| engine_error("load the embedded model", error);
    match prepare(files) {
        Ok(()) => {
            let path = files
                .path(MODEL_NAME, FAST_FILE)
                .map_err(|error| file_error(files, &error))?
                .ok_or_else(|| not_installed(files))?;
            let file = File::open(path).map_err(|error| failed(&error))?;
            Model::load(&mut BufReader::new(file)).map_err(|error| failed(&error))
        }
        Err(ModelFileError::Write { path, source }) => {
            tracing::warn!(path = %path.display(), %source, "the embedded model is converted in memory");
            let path = source_path(files).map_err(|error| file_error(files, &error))?;
            let mut file = BufReader::new(File::open(path).map_err(|error| failed(&error))?);
            let mut fast = Cursor::new(Vec::new());
            convert::to_q8_0(&mut file, &mut fast).map_err(|error| failed(&error))?;
            Model::load(&mut fast).map_err(|error| failed(&error))
        }
        Err(error) => Err(file_error(files, &error)),
    }
}

fn not_installed(files: &ModelFiles) -> ProviderError {
    let dir = files.dir().display();
    ProviderError::new(
        ErrorKind::NotFound,
        format!("The embedded model is not installed in {dir}"),
    )
    .with_hint("Run `cargo xtask models` or `majlis models import FILE`")
}

fn file_error(files: &ModelFiles, error: &ModelFileError) -> ProviderError {
    if let ModelFileError::NotInstalled { .. } = error {
        return not_installed(files);
    }
    engine_error("load the embedded model", error).with_hint(error.hint())
}

/// A failure inside this machine. Nothing was or will be billed.
fn engine_error(operation: &str, error: &dyn std::error::Error) -> ProviderError {
    let mut message = format!("cannot {operation}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    ProviderError {
        maybe_billed: false,
        ..ProviderError::new(ErrorKind::Malformed, message)
    }
}

/// The lane dropped the request without a word, which only a defect of ours does.
fn stopped() -> ProviderError {
    ProviderError {
        maybe_billed: false,
        ..ProviderError::new(
            ErrorKind::Malformed,
            "the embedded model stopped unexpectedly",
        )
    }
}

/// The events of one answer; dropping it is what the lane sees between two tokens.
struct Events(mpsc::Receiver<speak::Item>);

impl Stream for Events {
    type Item = Result<ChatEvent, ProviderError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
