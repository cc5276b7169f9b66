//! Councils that are asked by a name.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use majlis_council::Mode;
use majlis_llm::{ModelId, PicoUsd};
use majlis_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::{App, AppError, AppErrorKind, ConsultRequest, MemberRequest, Notice, ambient, consult};

/// Where those that a person keeps are, among the settings.
const SETTINGS_KEY: &str = "presets";
/// How many are kept at most.
const MAX_KEPT: usize = 100;
/// The name of one at most, in characters.
const MAX_NAME_CHARS: usize = 64;

/// A council that is asked by a name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// A council that can be asked by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetView {
    /// Its name.
    pub name: String,
    /// The configuration says it; it is changed there alone.
    pub is_configured: bool,
    /// What it asks.
    pub preset: CouncilPreset,
}

/// All councils that can be asked by a name.
#[derive(Debug, Default)]
pub(crate) struct Presets {
    configured: Mutex<Named>,
    kept: Mutex<Named>,
    /// Held by whoever changes what is kept, which is written as a whole.
    pen: tokio::sync::Mutex<()>,
}

type Named = BTreeMap<String, CouncilPreset>;

impl Presets {
    /// With those that were kept before.
    pub(crate) async fn load(store: &Store) -> Result<Self, StoreError> {
        let stored = store.setting(SETTINGS_KEY).await?;
        // What a later version wrote and this one cannot read is as good as none.
        let kept: Option<Named> = stored.and_then(|value| serde_json::from_value(value).ok());
        Ok(Self {
            kept: Mutex::new(kept.unwrap_or_default()),
            ..Self::default()
        })
    }
}

impl App {
    /// Names the councils of the configuration.
    pub fn set_councils(&self, councils: BTreeMap<String, CouncilPreset>) {
        *lock(&self.inner.presets.configured) = councils;
    }

    /// Every council, by its name.
    pub fn presets(&self) -> Vec<PresetView> {
        let view = |is_configured: bool| {
            move |(name, preset): (String, CouncilPreset)| PresetView {
                name,
                is_configured,
                preset,
            }
        };
        let configured = lock(&self.inner.presets.configured).clone();
        let mut kept = lock(&self.inner.presets.kept).clone();
        // A name that the configuration took later is the configuration's.
        kept.retain(|name, _| !configured.contains_key(name));
        let mut all: Vec<_> = configured.into_iter().map(view(true)).collect();
        all.extend(kept.into_iter().map(view(false)));
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// A council by its name.
    pub fn council(&self, name: &str) -> Option<CouncilPreset> {
        let configured = lock(&self.inner.presets.configured).get(name).cloned();
        configured.or_else(|| lock(&self.inner.presets.kept).get(name).cloned())
    }

    /// A council by its name, where it is what was asked for.
    ///
    /// # Errors
    /// `NotFound` when nobody named it.
    pub fn preset(&self, name: &str) -> Result<PresetView, AppError> {
        let found = self.presets().into_iter().find(|view| view.name == name);
        found.ok_or_else(|| AppError::not_found("preset", name))
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

    /// Keeps a council under a name, instead of what was kept under it; whether it is a new one.
    ///
    /// # Errors
    /// `Invalid` for a name, members or editors that cannot be, or too many presets; `Conflict` when
    /// the configuration has the name; `Storage`.
    pub async fn keep_preset(&self, name: &str, preset: CouncilPreset) -> Result<bool, AppError> {
        check_name(name)?;
        self.require_kept(name)?;
        self.check_preset(&preset)?;
        let _pen = self.inner.presets.pen.lock().await;
        let mut kept = lock(&self.inner.presets.kept).clone();
        if kept.len() >= MAX_KEPT && !kept.contains_key(name) {
            let detail = format!("{MAX_KEPT} presets are kept already.");
            let hint = "Remove one first: DELETE /api/v1/presets/{name}.";
            return Err(AppError::invalid("presets_full", detail, hint));
        }
        let is_new = kept.insert(name.to_owned(), preset).is_none();
        self.write_presets(kept).await?;
        Ok(is_new)
    }

    /// Forgets a council that was kept.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is the configuration's; `Storage`.
    pub async fn forget_preset(&self, name: &str) -> Result<(), AppError> {
        self.require_kept(name)?;
        let _pen = self.inner.presets.pen.lock().await;
        let mut kept = lock(&self.inner.presets.kept).clone();
        if kept.remove(name).is_none() {
            return Err(AppError::not_found("preset", name));
        }
        self.write_presets(kept).await
    }

    async fn write_presets(&self, kept: Named) -> Result<(), AppError> {
        let value =
            serde_json::to_value(&kept).map_err(|error| AppError::internal("presets", error))?;
        let entry = std::iter::once((SETTINGS_KEY.to_owned(), value)).collect();
        let now_ms = ambient::now_ms();
        self.inner.store.set_settings(entry, now_ms).await?;
        *lock(&self.inner.presets.kept) = kept;
        Ok(())
    }

    /// What the configuration says is changed there.
    fn require_kept(&self, name: &str) -> Result<(), AppError> {
        if !lock(&self.inner.presets.configured).contains_key(name) {
            return Ok(());
        }
        let detail = format!("The preset {name:?} is the configuration's.");
        let notice = Notice::new("preset_configured", detail)
            .with_param("name", name)
            .with_hint("Change it in majlis.toml, or keep yours under another name.");
        Err(AppError::new(AppErrorKind::Conflict, notice))
    }

    fn check_preset(&self, preset: &CouncilPreset) -> Result<(), AppError> {
        for member in &preset.members {
            match member {
                MemberRequest::Model { model, .. } => self.require_provider(model)?,
                MemberRequest::Pasted { .. } => {
                    let detail = "A preset holds models; an answer belongs to one question.";
                    let hint = "Name models, and bring the answer along with the question.";
                    return Err(AppError::invalid("preset_pasted", detail, hint));
                }
            }
        }
        for editor in &preset.editors {
            self.require_editor(editor)?;
        }
        let question = ConsultRequest {
            question: "?".to_owned(),
            context: None,
            members: Vec::new(),
            mode: None,
            editors: Vec::new(),
            max_cost: None,
            idempotency_key: None,
        };
        consult::open(question.completed(preset.clone())).map(drop)
    }
}

/// A name that goes into a model's id, `majlis/NAME`, as it is.
fn check_name(name: &str) -> Result<(), AppError> {
    let is_plain = |sign: char| sign.is_alphanumeric() || "-_.".contains(sign);
    let is_fine = (1..=MAX_NAME_CHARS).contains(&name.chars().count())
        && name.chars().all(is_plain)
        && name != "council";
    if is_fine {
        return Ok(());
    }
    let detail = format!("{name:?} cannot be the name of a preset.");
    let hint =
        "Take 1 to 64 letters, digits, points, dashes and underscores; \"council\" is taken.";
    Err(AppError::invalid("preset_name", detail, hint))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here can be left half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
