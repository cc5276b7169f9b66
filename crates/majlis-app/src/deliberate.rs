//! What a consultation does after its first round: further calls under the caps, what came of them
//! stored and told.

use std::collections::HashMap;
use std::sync::Arc;

use majlis_council::{
    CallName, Deliberation, Effect, Event, MemberSource, Mode, Outcome, Plan, Stage,
};
use majlis_llm::{ChatRequest, ErrorKind, ModelId};
use majlis_store::{self as store, Extend, NewHearing, NewReview, NewSynthesis, StepKind};
use serde::{Deserialize, Serialize};

use crate::call::{self, PlannedCall};
use crate::catalog::is_demo;
use crate::consult::Session;
use crate::retry::until_stored;
use crate::run::ReplyHead;
use crate::turn::new_step;
use crate::{AppErrorKind, ConsultRequest, RunEvent, SynthesisView, ambient};

/// Members that can judge from which a council is held where nobody says how.
const COUNCIL_FROM: usize = 3;
/// Members that are asked to edit at most, where no editor is named.
const MAX_OWN_EDITORS: usize = 2;
/// Version of the stored form of a deliberation.
const SCHEMA: u32 = 1;

/// An answer that is there already, from before the consultation was interrupted.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) hearing_id: String,
    pub(crate) call_id: Option<String>,
    pub(crate) text: String,
}

/// Answers that are there already, by name and hash of what was asked: another question under the
/// same name is asked anew.
pub(crate) type KeptHearings = HashMap<(CallName, String), Kept>;

/// Where the answer to a call of a later stage is written.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    hearing_id: String,
    call_id: Option<String>,
    model: ModelId,
}

/// A deliberation as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Stored<D> {
    schema: u32,
    #[serde(flatten)]
    deliberation: D,
}

/// How a request is to be held: as it says, or by who sits in it.
pub(crate) fn plan_of(request: &ConsultRequest, council: &majlis_council::Spec) -> Plan {
    let models = council
        .seats()
        .iter()
        .filter_map(|seat| match &seat.source {
            MemberSource::Model { model, demo, .. } if !demo => Some(model),
            _ => None,
        });
    let models: Vec<&ModelId> = models.collect();
    let usual = if models.len() >= COUNCIL_FROM {
        Mode::Council
    } else {
        Mode::Quick
    };
    let mode = request.mode.unwrap_or(usual);
    let mut editors = request.editors.clone();
    if editors.is_empty() {
        for model in models {
            if editors.len() < MAX_OWN_EDITORS && !editors.contains(model) {
                editors.push(model.clone());
            }
        }
    }
    editors.retain(|editor| !is_demo(editor));
    Plan {
        mode,
        synthesis: mode != Mode::Quick,
        editors: if mode == Mode::Quick {
            Vec::new()
        } else {
            editors
        },
        ..Plan::default()
    }
}

/// The plan of a consultation as it was stored; `None` where only the first round was meant, or in a
/// form that this version does not read.
pub(crate) fn read_plan(stored: Option<&serde_json::Value>) -> Option<Plan> {
    stored.and_then(|value| serde_json::from_value(value.clone()).ok())
}

/// What came after the first round, in a form this version reads.
pub(crate) fn read_deliberation(stored: serde_json::Value) -> Option<Deliberation> {
    let stored: Stored<Deliberation> = serde_json::from_value(stored).ok()?;
    (stored.schema == SCHEMA).then_some(stored.deliberation)
}

/// What a stage is called in the journal.
pub(crate) fn step_kind(stage: Stage) -> StepKind {
    match stage {
        Stage::Answer => StepKind::Ask,
        Stage::Review => StepKind::Review,
        Stage::Revise => StepKind::Revise,
        Stage::Edit => StepKind::Edit,
    }
}

/// The stage of a step; `None` for a step of no council.
pub(crate) fn stage_of(kind: StepKind) -> Option<Stage> {
    match kind {
        StepKind::Reply | StepKind::Inquire | StepKind::Relay => None,
        StepKind::Ask => Some(Stage::Answer),
        StepKind::Review => Some(Stage::Review),
        StepKind::Revise => Some(Stage::Revise),
        StepKind::Edit => Some(Stage::Edit),
    }
}

impl Session {
    /// Asks what a stage after the first round wants to know; the ends come back as events. Gives
    /// what the council wants where a cap does not allow it.
    pub(crate) async fn ask_further(&mut self, asks: Vec<(CallName, ChatRequest)>) -> Vec<Effect> {
        self.tell_deliberation().await;
        let (mut heads, mut planned, mut hearings) = (Vec::new(), Vec::new(), Vec::new());
        let stage = asks.first().map_or(Stage::Answer, |(call, _)| call.stage);
        for (call, request) in asks {
            if let Some(head) = self.head_of_kept(call, &request) {
                heads.push(head);
                continue;
            }
            match self.plan_further(call, request) {
                Some((one, hearing)) => {
                    heads.push(self.head_of(call, &one.message_id, &one.request.model));
                    planned.push((call, one));
                    hearings.push(hearing);
                }
                None => self.end_at_once(Event::Failed {
                    call,
                    kind: ErrorKind::NotFound,
                }),
            }
        }
        self.run.emit(RunEvent::StageStarted {
            stage,
            replies: heads,
        });
        if planned.is_empty() {
            return Vec::new();
        }
        self.send_further(planned, hearings).await
    }

    async fn send_further(
        &mut self,
        planned: Vec<(CallName, PlannedCall)>,
        hearings: Vec<NewHearing>,
    ) -> Vec<Effect> {
        let extend = Extend {
            job_id: self.job_id.clone(),
            hearings,
            caps: self.app.caps(ambient::now_ms(), self.max_cost),
            at_ms: ambient::now_ms(),
        };
        let written = self
            .app
            .journal_further(extend, planned.iter().map(|(_, call)| call))
            .await;
        let Err(error) = written else {
            for (call, one) in planned {
                self.perform(call, one);
            }
            return Vec::new();
        };
        let calls: Vec<CallName> = planned.iter().map(|(call, _)| *call).collect();
        if error.kind == AppErrorKind::Cost {
            return self.council.handle(Event::Refused { calls });
        }
        tracing::error!(%error, "the calls of a stage could not be written down; none is sent");
        for call in calls {
            self.end_at_once(Event::Failed {
                call,
                kind: ErrorKind::Cancelled,
            });
        }
        Vec::new()
    }

    fn end_at_once(&mut self, event: Event) {
        self.tasks.spawn(std::future::ready(event));
    }

    /// Takes the answer that is there from before, if the question is the same.
    fn head_of_kept(&mut self, call: CallName, request: &ChatRequest) -> Option<ReplyHead> {
        let hash = call::request_hash(request);
        let kept = self.kept_hearings.remove(&(call, hash))?;
        let head = self.head_of(call, &kept.hearing_id, &request.model);
        let asked = Asked {
            hearing_id: kept.hearing_id,
            call_id: kept.call_id,
            model: request.model.clone(),
        };
        self.asked.insert(call, asked);
        self.end_at_once(Event::Answered {
            call,
            text: kept.text,
        });
        Some(head)
    }

    /// The call of a later stage; `None` when its model cannot be asked.
    fn plan_further(
        &mut self,
        call: CallName,
        request: ChatRequest,
    ) -> Option<(PlannedCall, NewHearing)> {
        let id = ambient::new_id();
        let messages = serde_json::to_value(&request.messages).unwrap_or_default();
        let planned = match self.app.planned_call(&id, request) {
            Ok(planned) => planned,
            Err(error) => {
                tracing::warn!(%error, "a model of a later stage cannot be asked");
                return None;
            }
        };
        let hearing = NewHearing {
            id: id.clone(),
            round: u32::from(call.round),
            place: u32::try_from(call.member).unwrap_or(u32::MAX),
            attempt: u32::from(call.attempt),
            request: messages,
            step: new_step(step_kind(call.stage), &planned),
        };
        let asked = Asked {
            hearing_id: id,
            call_id: Some(planned.call_id.clone()),
            model: planned.request.model.clone(),
        };
        self.asked.insert(call, asked);
        Some((planned, hearing))
    }

    fn head_of(&self, call: CallName, hearing_id: &str, model: &ModelId) -> ReplyHead {
        let seat = self.council.spec().seats().get(call.member);
        ReplyHead {
            message_id: hearing_id.to_owned(),
            label: match seat {
                Some(seat) if call.stage != Stage::Edit => seat.label.clone(),
                _ => model.to_string(),
            },
            model: Some(model.clone()),
            channel_id: None,
        }
    }

    /// Closes calls whose ends change nothing any more.
    pub(crate) fn abandon(&self, calls: &[CallName]) {
        for asked in calls.iter().filter_map(|call| self.asked.get(call)) {
            self.run.reply_token(&asked.hearing_id).cancel();
        }
    }

    /// Stores and shows what came after the first round so far, if there is more than before.
    async fn tell_deliberation(&mut self) {
        let deliberation = self.council.deliberation().clone();
        self.keep_deliberation(deliberation).await;
    }

    async fn keep_deliberation(&mut self, mut deliberation: Deliberation) {
        deliberation.synthesis = None;
        let is_news = self.told.as_deref() != Some(&deliberation);
        let is_empty = deliberation == Deliberation::default();
        if self.edition.is_some() || !is_news || (is_empty && self.told.is_none()) {
            return;
        }
        let deliberation = Arc::new(deliberation);
        self.told = Some(Arc::clone(&deliberation));
        let body = serde_json::to_value(Stored {
            schema: SCHEMA,
            deliberation: deliberation.as_ref(),
        })
        .unwrap_or_default();
        let reviews: Vec<NewReview> = deliberation.reviews.iter().filter_map(new_review).collect();
        let store = &self.app.inner.store;
        let kept = until_stored(&self.run, || {
            store.set_deliberation(
                self.run.id(),
                body.clone(),
                reviews.clone(),
                ambient::now_ms(),
            )
        });
        if let Err(error) = kept.await {
            tracing::error!(%error, "a deliberation could not be stored");
        }
        self.run.emit(RunEvent::Deliberated { deliberation });
    }

    /// Stores and shows what the later stages came to.
    pub(crate) async fn keep_outcome(&mut self, outcome: &Outcome) {
        self.keep_deliberation(outcome.deliberation.clone()).await;
        let Some(synthesis) = &outcome.deliberation.synthesis else {
            return;
        };
        let new = NewSynthesis {
            id: ambient::new_id(),
            editor: synthesis.editor.clone(),
            call_id: synthesis
                .editor
                .as_ref()
                .and_then(|editor| self.edited_by(editor)),
            body: serde_json::to_value(synthesis).unwrap_or_default(),
        };
        let (store, at_ms) = (&self.app.inner.store, ambient::now_ms());
        let added = until_stored(&self.run, || {
            store.add_synthesis(self.run.id(), new.clone(), at_ms)
        });
        match added.await {
            Ok(version) => self.run.emit(RunEvent::Concluded {
                synthesis: Arc::new(SynthesisView {
                    id: new.id,
                    version,
                    created_at_ms: at_ms,
                    synthesis: synthesis.clone(),
                }),
            }),
            Err(error) => tracing::error!(%error, "a conclusion could not be stored"),
        }
    }

    /// The call by which an editor wrote: its last one.
    fn edited_by(&self, editor: &ModelId) -> Option<String> {
        self.asked
            .iter()
            .filter(|(call, asked)| call.stage == Stage::Edit && asked.model == *editor)
            .max_by_key(|(call, _)| **call)
            .and_then(|(_, asked)| asked.call_id.clone())
    }
}

fn new_review(review: &majlis_council::review::Review) -> Option<NewReview> {
    Some(NewReview {
        id: ambient::new_id(),
        judge: u32::try_from(review.judge).ok()?,
        reviewed: u32::try_from(review.reviewed).ok()?,
        place: u32::try_from(review.position).ok()?,
        body: serde_json::to_value(review).ok()?,
    })
}

/// The call names a stored hearing stands for; `None` for one of no stage.
pub(crate) fn name_of(row: &store::HearingRow) -> Option<CallName> {
    Some(CallName {
        round: u8::try_from(row.round).ok()?,
        member: usize::try_from(row.place).ok()?,
        stage: stage_of(row.kind)?,
        attempt: u8::try_from(row.attempt).ok()?,
    })
}

/// Whole answers of an earlier run, by what they answer.
pub(crate) fn kept_hearings(rows: &[store::HearingRow]) -> KeptHearings {
    rows.iter()
        .filter(|row| row.state == store::ReplyState::Complete)
        .filter_map(|row| {
            let hash = row.call.as_ref()?.request_hash.clone();
            let kept = Kept {
                hearing_id: row.id.clone(),
                call_id: row.call.as_ref().map(|call| call.id.clone()),
                text: row.text(),
            };
            Some(((name_of(row)?, hash), kept))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use majlis_council::{Member, Spec};

    use super::*;

    #[track_caller]
    fn check(members: &[&str], mode: Option<Mode>, expected: Mode, editors: &[&str]) {
        let members = members.iter().map(|name| match name.split_once('/') {
            None => Member::pasted(*name, "text"),
            Some(("local", _)) => Member {
                label: None,
                source: MemberSource::Model {
                    model: name.parse().unwrap(),
                    samples: 1,
                    options: majlis_council::MemberOptions::default(),
                    demo: true,
                },
            },
            Some(_) => Member::model(name.parse().unwrap()),
        });
        let spec = Spec::new("q", None, members.collect()).unwrap();
        let request = ConsultRequest {
            question: "q".to_owned(),
            context: None,
            members: Vec::new(),
            mode,
            editors: Vec::new(),
            max_cost: None,
            idempotency_key: None,
        };
        let plan = plan_of(&request, &spec);
        let found: Vec<&str> = plan.editors.iter().map(ModelId::as_str).collect();
        assert_eq!((plan.mode, found.as_slice()), (expected, editors));
        assert_eq!(plan.synthesis, expected != Mode::Quick);
    }

    #[test]
    fn a_council_is_held_where_three_can_judge_and_the_demonstration_never_counts() {
        check(&["a/x", "b/y", "c/z"], None, Mode::Council, &["a/x", "b/y"]);
        check(&["a/x", "b/y", "friend"], None, Mode::Quick, &[]);
        check(&["a/x", "b/y", "local/demo"], None, Mode::Quick, &[]);
        check(&["friend", "colleague", "other"], None, Mode::Quick, &[]);
        check(
            &["friend", "colleague"],
            Some(Mode::Council),
            Mode::Council,
            &[],
        );
        check(
            &["a/x", "local/demo"],
            Some(Mode::Deep),
            Mode::Deep,
            &["a/x"],
        );
        check(&["a/x", "b/y", "c/z"], Some(Mode::Quick), Mode::Quick, &[]);
    }
}
