//! A consultation that goes on: members without a whole answer are asked again, the others kept,
//! and stages that were cut short are held.

use std::collections::HashMap;

use majlis_council::{Council, Effect, MemberOptions, MemberSource, Mode, Seat, Spec};
use majlis_store::{Begin, Consultation, MemberRow, ReplyState, StepKind, Subject};

use crate::consult::{Session, head, refused};
use crate::deliberate::{self, kept_hearings, read_plan};
use crate::once::Once;
use crate::run::{Run, RunKind};
use crate::turn::new_step;
use crate::{App, AppError, Notice, Resumable, RunEvent, ambient, convert};
use crate::{AppErrorKind, catalog};

impl App {
    /// Asks the members of a consultation again whose answers are missing, measures anew, and holds
    /// the stages that were cut short. What was answered stays and costs nothing more, as long as the
    /// question it answers is the same. The run's id is the consultation's.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it runs or when nobody is missing; `Invalid` when a model's
    /// provider is no longer configured; `Cost` when a cap does not allow it.
    pub async fn resume(
        &self,
        id: &str,
        idempotency_key: Option<String>,
    ) -> Result<String, AppError> {
        let once = Once::new(idempotency_key, &("resume", id))?;
        if let Some(earlier) = self.earlier(once.as_ref()).await? {
            return Ok(earlier);
        }
        let consultation = self
            .inner
            .store
            .consultation(id)
            .await?
            .ok_or_else(|| AppError::not_found("consultation", id))?;
        if resumable(&consultation).is_none() {
            return Err(nothing_missing());
        }
        let members = &consultation.members;
        let (council, effects) = Council::open(restored(&consultation)?);
        let (mut calls, mut kept, mut steps) = (HashMap::new(), HashMap::new(), Vec::new());
        for effect in &effects {
            let Effect::Ask { call, request } = effect else {
                continue;
            };
            let member = &members[call.member];
            if member.state == ReplyState::Complete {
                kept.insert(*call, member.text());
            } else {
                let planned = self.planned_call(&member.id, request.clone())?;
                steps.push(new_step(StepKind::Ask, &planned));
                calls.insert(*call, planned);
            }
        }
        let job_id = ambient::new_id();
        let begin = Begin {
            job_id: job_id.clone(),
            subject: Subject::Resume {
                consultation_id: id.to_owned(),
            },
            once: once.map(|once| once.with_reply(&id)).transpose()?,
            steps,
            caps: self.caps(ambient::now_ms(), None),
            at_ms: ambient::now_ms(),
        };
        if let Err(error) = self.journal(begin, calls.values()).await {
            return error.replayed();
        }
        let heads = council.spec().seats().iter().zip(members);
        let heads = heads.map(|(seat, member)| head(seat, &member.id)).collect();
        let run = self.inner.runs.open(id, RunKind::Consultation, heads);
        show_kept(&run, members);
        let session = Session {
            kept,
            kept_hearings: kept_hearings(&consultation.hearings),
            calls,
            ..Session::new(self, job_id, run, council)
        };
        self.inner.tasks.spawn(session.hold(effects));
        Ok(id.to_owned())
    }
}

/// What resuming would do, but for its price; `None` while it runs and when every member has answered.
pub(crate) fn resumable(consultation: &Consultation) -> Option<Resumable> {
    use majlis_store::{CallState, ConsultationStatus};
    let count = |wanted: &dyn Fn(&MemberRow) -> bool| {
        let found = consultation.members.iter().filter(|member| wanted(member));
        u64::try_from(found.count()).unwrap_or(u64::MAX)
    };
    let is_missing = |member: &MemberRow| member.state != ReplyState::Complete;
    let is_unknown = |member: &MemberRow| {
        let state = member.call.as_ref().map(|call| call.state);
        is_missing(member) && state == Some(CallState::Unknown)
    };
    let missing = count(&is_missing);
    let over = consultation.row.status != ConsultationStatus::Running;
    let stages = over && is_cut_short(consultation);
    (over && (missing > 0 || stages)).then(|| Resumable {
        kept: count(&|member| !is_missing(member)),
        unknown: count(&is_unknown),
        missing,
        stages,
        high: None,
    })
}

/// Whether stages after the first round were meant to be held and were not.
fn is_cut_short(consultation: &Consultation) -> bool {
    use majlis_store::ConsultationStatus;
    let mode = read_plan(consultation.plan.as_ref()).map(|plan| plan.mode);
    if mode.is_none_or(|mode| mode == Mode::Quick) {
        return false;
    }
    let is_stopped = matches!(
        consultation.row.status,
        ConsultationStatus::Interrupted | ConsultationStatus::Cancelled
    );
    let deliberation = consultation.deliberation.clone();
    let skipped = deliberation
        .and_then(deliberate::read_deliberation)
        .is_some_and(|deliberation| !deliberation.skipped.is_empty());
    is_stopped || skipped
}

/// What a consultation was to be, with its seats as they were.
pub(crate) fn restored(consultation: &Consultation) -> Result<Spec, AppError> {
    let seats = consultation.members.iter().map(seat).collect();
    let (question, context) = (&consultation.question, consultation.context.clone());
    let spec = Spec::restored(question, context, seats).map_err(refused)?;
    Ok(spec.with_plan(read_plan(consultation.plan.as_ref()).unwrap_or_default()))
}

fn seat(member: &MemberRow) -> Seat {
    let source = match &member.model {
        Some(model) => MemberSource::Model {
            demo: catalog::is_demo(model),
            model: model.clone(),
            samples: 1,
            options: MemberOptions::default(),
        },
        None => MemberSource::Pasted {
            text: member.text(),
        },
    };
    Seat {
        label: member.label.clone(),
        source,
        sample: member.sample.and_then(|sample| u8::try_from(sample).ok()),
    }
}

/// Answers that are there are whole from the start for those who follow the run.
fn show_kept(run: &Run, members: &[MemberRow]) {
    let whole = members
        .iter()
        .filter(|member| member.state == ReplyState::Complete);
    for member in whole {
        run.emit(RunEvent::TextDelta {
            message_id: member.id.clone(),
            text: member.text(),
        });
        run.emit(RunEvent::ReplyFinished {
            message_id: member.id.clone(),
            state: convert::reply_state(member.state),
            error: None,
            call: member
                .call
                .clone()
                .map(|call| Box::new(convert::call(call))),
        });
    }
}

fn nothing_missing() -> AppError {
    AppError::new(
        AppErrorKind::Conflict,
        Notice::new(
            "nothing_missing",
            "Nothing of this consultation is missing, or it still runs.",
        )
        .with_hint("Put the question again to ask everybody anew."),
    )
}
