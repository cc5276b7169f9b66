//! Texts measured against each other without asking anybody.

use std::path::PathBuf;
use std::sync::Arc;

use majlis_text::{Analysis, Answer};

use crate::proof::Files;
use crate::{App, AppError, ConsultationView, ReplyState, proof};

/// Texts that are measured at once.
const MAX_TEXTS: usize = 64;

/// A text with the name it is shown under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedText {
    /// Who or what it is from.
    pub name: String,
    /// Markdown or plain text, of any length; an empty one is silent.
    pub text: String,
}

impl App {
    /// Measures texts as the answers of a council are measured. No model is asked, nothing is kept.
    /// With a folder, the lines of files that they name are looked up in it.
    ///
    /// # Errors
    /// No text, or more than 64; a folder that cannot be read.
    pub async fn analyse(
        &self,
        texts: Vec<NamedText>,
        tree: Option<PathBuf>,
    ) -> Result<Arc<Analysis>, AppError> {
        if texts.is_empty() || texts.len() > MAX_TEXTS {
            return Err(AppError::invalid(
                "analysis_texts",
                format!(
                    "{} texts were given; from 1 to {MAX_TEXTS} can be measured.",
                    texts.len()
                ),
                "Give two or more texts to see where they agree.",
            ));
        }
        let named = texts.into_iter().enumerate();
        let answers = named.map(|(member, text)| Answer::new(member, text.name, text.text));
        self.measure_now(answers.collect(), tree).await
    }

    /// Measures the answers of a consultation anew, by the method of this version; what is stored
    /// stays as it is.
    ///
    /// # Errors
    /// There is no such consultation, or nobody answered in it; a folder that cannot be read.
    pub async fn analyse_consultation(
        &self,
        id: &str,
        tree: Option<PathBuf>,
    ) -> Result<Arc<Analysis>, AppError> {
        let view = self.consultation(id).await?;
        let answers = answers_of(&view);
        if answers.is_empty() {
            return Err(AppError::invalid(
                "analysis_texts",
                "Nobody answered in this consultation.",
                "Resume it to ask the missing members again.",
            ));
        }
        self.measure_now(answers, tree).await
    }

    async fn measure_now(
        &self,
        answers: Vec<Answer>,
        tree: Option<PathBuf>,
    ) -> Result<Arc<Analysis>, AppError> {
        let answers: Arc<[Answer]> = Arc::from(answers);
        let vectors = self.vectors(Arc::clone(&answers)).await;
        self.inner
            .cpu
            .run("measure texts", move || {
                let files = tree.as_deref().map(Files::of).transpose()?;
                let analysis = proof::measure(&answers, vectors.as_deref(), files.as_ref());
                Ok(Arc::new(analysis))
            })
            .await?
    }
}

/// The whole answers of a consultation; the demonstration model's stands apart.
fn answers_of(view: &ConsultationView) -> Vec<Answer> {
    view.members
        .iter()
        .filter(|member| member.state == ReplyState::Complete)
        .filter_map(|member| {
            let place = usize::try_from(member.position).ok()?;
            let answer = Answer::new(place, member.label.clone(), member.text.clone());
            Some(Answer {
                apart: member.demo,
                ..answer
            })
        })
        .collect()
}
