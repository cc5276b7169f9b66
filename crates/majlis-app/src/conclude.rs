//! What a person does with a consultation that is over: another conclusion, a verdict.

use majlis_council::{Council, Effect, Plan};
use majlis_llm::ModelId;
use majlis_store::{AnswerVerdict, Begin, Consultation, NewVerdict, ReplyState, Subject};

use crate::catalog::is_demo;
use crate::consult::{Session, read_analysis};
use crate::once::Once;
use crate::resume::restored;
use crate::run::RunKind;
use crate::{App, AppError, AppErrorKind, Notice, ambient, convert};

/// Characters of a reason at most.
const MAX_REASON_CHARS: usize = 2_000;

impl App {
    /// Writes another conclusion of a consultation that is over, as a new version; no version is
    /// overwritten. `editors` are asked in order, those who are not members first; without any, the
    /// consultation's own. The run's id is the consultation's.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it runs or when nothing was measured; `Invalid` when an editor
    /// cannot be asked.
    pub async fn synthesise(
        &self,
        id: &str,
        editors: Vec<ModelId>,
        idempotency_key: Option<String>,
    ) -> Result<String, AppError> {
        let once = Once::new(idempotency_key, &("synthesise", id, &editors))?;
        if let Some(earlier) = self.earlier(once.as_ref()).await? {
            return Ok(earlier);
        }
        for editor in &editors {
            self.require_editor(editor)?;
        }
        let consultation = self
            .inner
            .store
            .consultation(id)
            .await?
            .ok_or_else(|| AppError::not_found("consultation", id))?;
        if self.inner.runs.is_running(id) {
            return Err(conflict(
                "consultation_running",
                "The consultation is still running.",
                "Wait for its end, or stop it.",
            ));
        }
        let (council, effects) = reopened(&consultation, editors)?;
        let job_id = ambient::new_id();
        let begin = Begin {
            job_id: job_id.clone(),
            subject: Subject::Synthesis {
                consultation_id: id.to_owned(),
            },
            once: once.map(|once| once.with_reply(&id)).transpose()?,
            steps: Vec::new(),
            caps: self.caps(ambient::now_ms(), None),
            at_ms: ambient::now_ms(),
        };
        if let Err(error) = self.journal(begin, std::iter::empty()).await {
            return error.replayed();
        }
        // The members' answers are there; none is to come.
        let runs = &self.inner.runs;
        let run = runs.open(id, RunKind::Consultation, Vec::new());
        let session = Session {
            edition: Some(convert::status(consultation.row.status)),
            ..Session::new(self, job_id, run, council)
        };
        self.inner.tasks.spawn(session.hold(effects));
        Ok(id.to_owned())
    }

    /// Checks that a model can edit: the demonstration never does.
    pub(crate) fn require_editor(&self, editor: &ModelId) -> Result<(), AppError> {
        if is_demo(editor) {
            return Err(AppError::invalid(
                "editor_demo",
                "The demonstration model does not edit.",
                "Name another model, or none: the conclusion is then put together from the answers' own words.",
            ));
        }
        self.require_provider(editor)
    }

    /// Keeps what the person says of a member's answer: right, wrong, or nothing any more. Their last
    /// word counts.
    ///
    /// # Errors
    /// `NotFound` for the consultation or a member at that position (from 0); `Invalid` for a reason
    /// that is too long.
    pub async fn set_verdict(
        &self,
        id: &str,
        position: usize,
        verdict: AnswerVerdict,
        reason: Option<String>,
    ) -> Result<(), AppError> {
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        let length = reason.as_deref().map_or(0, |reason| reason.chars().count());
        if length > MAX_REASON_CHARS {
            return Err(AppError::invalid(
                "reason_too_long",
                format!("The reason has {length} characters."),
                "Write at most 2000.",
            ));
        }
        let consultation = self
            .inner
            .store
            .consultation(id)
            .await?
            .ok_or_else(|| AppError::not_found("consultation", id))?;
        let member = consultation
            .members
            .get(position)
            .ok_or_else(|| AppError::not_found("member", &(position + 1).to_string()))?;
        let verdict = NewVerdict {
            id: ambient::new_id(),
            member_id: member.id.clone(),
            verdict,
            reason,
            at_ms: ambient::now_ms(),
        };
        Ok(self.inner.store.set_verdict(verdict).await?)
    }
}

/// The council of a consultation that was held, with what it asks editors first.
fn reopened(
    consultation: &Consultation,
    editors: Vec<ModelId>,
) -> Result<(Council, Vec<Effect>), AppError> {
    let analysis = consultation.analysis.clone().and_then(read_analysis);
    let analysis = analysis.ok_or_else(|| {
        conflict(
            "nothing_measured",
            "Nothing was measured in this consultation, so there is nothing to conclude from.",
            "Resume it, or put the question again.",
        )
    })?;
    let spec = restored(consultation)?;
    let plan = Plan {
        synthesis: true,
        editors: if editors.is_empty() {
            spec.plan().editors.clone()
        } else {
            editors
        },
        ..spec.plan().clone()
    };
    let answers = consultation
        .members
        .iter()
        .map(|member| (member.state == ReplyState::Complete).then(|| member.text()))
        .collect();
    Ok(Council::reopen(spec.with_plan(plan), answers, analysis))
}

fn conflict(code: &str, detail: &str, hint: &str) -> AppError {
    AppError::new(
        AppErrorKind::Conflict,
        Notice::new(code, detail).with_hint(hint),
    )
}
