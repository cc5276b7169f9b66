//! Councils that are asked by a name.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use majlis_council::Mode;
use majlis_llm::{ModelId, PicoUsd};

use crate::{App, AppError, ConsultRequest, MemberRequest};

/// A council that is asked by a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CouncilPreset {
    /// Who sits in it.
    pub members: Vec<MemberRequest>,
    /// How far it goes, as in [`ConsultRequest`].
    pub mode: Option<Mode>,
    /// Who writes the conclusion, as in [`ConsultRequest`].
    pub editors: Vec<ModelId>,
    /// What it may cost at most, as in [`ConsultRequest`].
    pub max_cost: Option<PicoUsd>,
}

impl ConsultRequest {
    /// Takes from a preset whatever it does not say itself.
    #[must_use]
    pub fn completed(mut self, preset: CouncilPreset) -> Self {
        if self.members.is_empty() {
            self.members = preset.members;
        }
        if self.editors.is_empty() {
            self.editors = preset.editors;
        }
        self.mode = self.mode.or(preset.mode);
        self.max_cost = self.max_cost.or(preset.max_cost);
        self
    }
}

impl App {
    /// Names the councils that programs may ask.
    pub fn set_councils(&self, councils: BTreeMap<String, CouncilPreset>) {
        *self
            .inner
            .councils
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = councils;
    }

    /// Every council, by its name.
    pub fn councils(&self) -> BTreeMap<String, CouncilPreset> {
        let councils = self.inner.councils.lock();
        councils.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A council by its name.
    pub fn council(&self, name: &str) -> Option<CouncilPreset> {
        let councils = self.inner.councils.lock();
        councils
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    /// A council by its name, where it is what was asked for.
    ///
    /// # Errors
    /// `NotFound` when nobody named it.
    pub fn preset(&self, name: &str) -> Result<CouncilPreset, AppError> {
        let council = self.council(name);
        council.ok_or_else(|| AppError::not_found("preset", name))
    }

    /// The council that a question names.
    ///
    /// # Errors
    /// `Invalid` when nobody named it.
    pub fn preset_of_question(&self, name: &str) -> Result<CouncilPreset, AppError> {
        self.council(name).ok_or_else(|| {
            let detail = format!("There is no preset {name:?}.");
            let hint = "Take a name from /api/v1/presets, or name the members.";
            AppError::invalid("unknown_preset", detail, hint)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(max_cost: Option<PicoUsd>, editors: &[&str]) -> ConsultRequest {
        ConsultRequest {
            question: "Why?".to_owned(),
            context: None,
            members: Vec::new(),
            mode: None,
            editors: editors.iter().map(|id| id.parse().unwrap()).collect(),
            max_cost,
            idempotency_key: None,
        }
    }

    #[test]
    fn what_a_question_says_itself_counts_instead_of_the_preset() {
        let preset = CouncilPreset {
            members: vec![MemberRequest::Model {
                model: "a/b".parse().unwrap(),
                samples: 1,
            }],
            mode: Some(Mode::Deep),
            editors: vec!["a/b".parse().unwrap()],
            max_cost: Some(PicoUsd(5)),
        };
        let silent = request(None, &[]).completed(preset.clone());
        assert_eq!(
            (
                &silent.members,
                silent.mode,
                &silent.editors,
                silent.max_cost
            ),
            (
                &preset.members,
                preset.mode,
                &preset.editors,
                preset.max_cost
            )
        );
        let said = request(Some(PicoUsd(9)), &["c/d"]);
        let completed = said.clone().completed(preset);
        assert_eq!(
            (&completed.editors, completed.max_cost),
            (&said.editors, said.max_cost)
        );
    }
}
