//! What statements mean as vectors: embedded once, kept by text.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use majlis_llm::Embedder;
use majlis_text::{Answer, Vectors};

use crate::{App, AppError};

/// Texts whose vectors are kept, 2 KB each with the embedded engine.
const MAX_KEPT: usize = 8192;

/// The embedder, and the vectors it has made.
#[derive(Default)]
pub(crate) struct Meanings {
    embedder: OnceLock<Arc<dyn Embedder>>,
    kept: Mutex<HashMap<String, Vec<f32>>>,
}

/// Texts as vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// The engine, e.g. `local/use-multilingual`.
    pub model: String,
    /// One per text, in order, each of Euclidean norm 1.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of all texts, about.
    pub tokens: u64,
}

impl App {
    /// Measures by meaning with this embedder from now on. The first one stays; without one
    /// everything is measured by words.
    pub fn use_embedder(&self, embedder: Arc<dyn Embedder>) {
        // A second call changes nothing, as the method says.
        let _ = self.inner.meanings.embedder.set(embedder);
    }

    /// The name of the engine that measures meaning; `None` when words alone are measured.
    pub fn embedder_name(&self) -> Option<&str> {
        let embedder = self.inner.meanings.embedder.get()?;
        Some(embedder.name())
    }

    /// Embeds texts for another program with the engine it names, with or without `local/` before it.
    /// Nothing of them is kept.
    ///
    /// # Errors
    /// `Invalid` with `unknown_model` when no such engine is installed, `Internal` when it fails.
    pub async fn embed(&self, model: &str, texts: Vec<String>) -> Result<Embedded, AppError> {
        let name = model.strip_prefix("local/").unwrap_or(model);
        let embedder = self.inner.meanings.embedder.get();
        let Some(embedder) = embedder.filter(|embedder| embedder.name() == name) else {
            return Err(unknown_engine(model, embedder.map(|known| known.name())));
        };
        let vectors = embedder.embed(&texts).await;
        Ok(Embedded {
            model: format!("local/{name}"),
            vectors: vectors
                .map_err(|error| AppError::internal("The texts could not be embedded.", error))?,
            tokens: texts.iter().map(|text| about_tokens(text)).sum(),
        })
    }

    /// Embeds an answer's claims while other members still write, so that the last one's are all
    /// that is left to do.
    pub(crate) fn embed_ahead(&self, member: usize, text: &str) {
        if self.inner.meanings.embedder.get().is_none() {
            return;
        }
        let (app, answer) = (self.clone(), Answer::new(member, "", text));
        self.inner.tasks.spawn(async move {
            app.vectors(Arc::from([answer])).await;
        });
    }

    /// The vectors of all claims of these answers; `None` without an embedder, without claims, and
    /// when the embedder failed, which is logged.
    pub(crate) async fn vectors(&self, answers: Arc<[Answer]>) -> Option<Arc<Vectors>> {
        let meanings = &self.inner.meanings;
        let embedder = meanings.embedder.get()?;
        let extracted = self.inner.cpu.run("read answers", move || {
            majlis_text::extract(&answers).texts()
        });
        let texts = extracted.await.ok().filter(|texts| !texts.is_empty())?;
        let missing: Vec<String> = {
            let kept = meanings.kept();
            let is_missing = |text: &&String| !kept.contains_key(*text);
            texts.iter().filter(is_missing).cloned().collect()
        };
        let made = match embedder.embed(&missing).await {
            Ok(made) => made,
            Err(error) => {
                tracing::warn!(%error, engine = embedder.name(), "answers are measured by words");
                return None;
            }
        };
        let mut vectors: HashMap<String, Vec<f32>> = missing.into_iter().zip(made).collect();
        meanings.keep(&mut vectors, &texts);
        let ordered = texts.iter().filter_map(|text| vectors.remove(text));
        let ordered: Vec<Vec<f32>> = ordered.collect();
        match Vectors::new(embedder.name(), texts, ordered) {
            Ok(vectors) => Some(Arc::new(vectors)),
            Err(error) => {
                tracing::warn!(%error, "answers are measured by words");
                None
            }
        }
    }
}

impl Meanings {
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Vec<f32>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was made, and adds what was kept of the texts.
    fn keep(&self, vectors: &mut HashMap<String, Vec<f32>>, texts: &[String]) {
        let mut kept = self.kept();
        let known: Vec<(String, Vec<f32>)> = texts
            .iter()
            .filter(|text| !vectors.contains_key(*text))
            .filter_map(|text| Some((text.clone(), kept.get(text)?.clone())))
            .collect();
        if kept.len() + vectors.len() > MAX_KEPT {
            kept.clear();
        }
        kept.extend(
            vectors
                .iter()
                .map(|(text, vector)| (text.clone(), vector.clone()))
                .take(MAX_KEPT),
        );
        vectors.extend(known);
    }
}

/// Four bytes are about one token, and nobody pays for these.
fn about_tokens(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

fn unknown_engine(model: &str, known: Option<&str>) -> AppError {
    let hint = match known {
        Some(known) => format!("Ask local/{known}."),
        None => "`cargo xtask models` installs the sentence encoder.".to_owned(),
    };
    let detail = format!("There is no model {model:?} that embeds.");
    AppError::invalid("unknown_model", detail, &hint)
}
