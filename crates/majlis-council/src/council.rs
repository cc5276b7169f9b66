//! The state machine: the first round here, what comes after it in [`later`].

mod later;

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use majlis_llm::{ChatRequest, Message, Role};
use majlis_text::{Analysis, Answer};

use crate::{
    CallName, Deliberation, Effect, Event, Loss, MemberOptions, MemberOutcome, MemberResult,
    MemberSource, Mode, Outcome, Spec, Stage, Status, round_one_prompt, stance_prompt,
};

/// A consultation while it is held. It only decides; see the crate's head for the order of things.
#[derive(Debug)]
pub struct Council {
    spec: Spec,
    prompt: String,
    results: Vec<Option<MemberResult>>,
    step: Step,
    stopped: bool,
    late: bool,
    /// The calls of the present stage whose ends are awaited.
    awaited: BTreeSet<CallName>,
    analysis: Option<Arc<Analysis>>,
    deliberation: Deliberation,
}

/// What the council waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Answers,
    Vectors,
    Analysis,
    Reviews,
    Revisions,
    Edition,
    Concluded,
}

impl Council {
    /// Opens a consultation. The effects ask every member that is a model; with pasted answers
    /// only, they go straight on to measuring.
    pub fn open(spec: Spec) -> (Self, Vec<Effect>) {
        let mut council = Self {
            prompt: round_one_prompt(spec.question(), spec.context()),
            results: spec
                .seats()
                .iter()
                .map(|seat| pasted(&seat.source))
                .collect(),
            spec,
            step: Step::Answers,
            stopped: false,
            late: false,
            awaited: BTreeSet::new(),
            analysis: None,
            deliberation: Deliberation::default(),
        };
        let asks = council.asks();
        let effects = if asks.is_empty() {
            council.all_heard()
        } else {
            asks
        };
        (council, effects)
    }

    /// Writes another conclusion of a consultation that was held: its answers by place, `None` where
    /// a member is missing, and what was measured between them.
    pub fn reopen(
        spec: Spec,
        answers: Vec<Option<String>>,
        analysis: Arc<Analysis>,
    ) -> (Self, Vec<Effect>) {
        let mut council = Self {
            prompt: round_one_prompt(spec.question(), spec.context()),
            results: answers
                .into_iter()
                .map(|text| Some(text.map_or(MemberResult::Missing(Loss::Empty), answered)))
                .collect(),
            spec,
            step: Step::Edition,
            stopped: false,
            late: false,
            awaited: BTreeSet::new(),
            analysis: Some(analysis),
            deliberation: Deliberation::default(),
        };
        let effects = council.conclusion();
        (council, effects)
    }

    /// What came after the first round so far.
    pub fn deliberation(&self) -> &Deliberation {
        &self.deliberation
    }

    /// What each member is sent in the first round, to the byte; in the stance mode what stands
    /// behind each member's own instruction.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    fn prompt_of(&self, member: usize) -> String {
        match self.spec.plan().mode {
            Mode::Stance => stance_prompt(self.spec.question(), self.spec.context(), member),
            Mode::Quick | Mode::Council | Mode::Deep => self.prompt.clone(),
        }
    }

    /// What the consultation is.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Takes one event and says what to do. An event the council does not wait for (late, twice,
    /// unknown) changes nothing and returns nothing.
    pub fn handle(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Answered { call, text } if call.stage == Stage::Answer => {
                self.heard(call, answered(text))
            }
            Event::Failed { call, kind } if call.stage == Stage::Answer => {
                self.heard(call, MemberResult::Missing(Loss::Failed(kind)))
            }
            Event::Answered { call, text } => self.later_heard(call, Ok(text)),
            Event::Failed { call, kind } => self.later_heard(call, Err(kind)),
            Event::Embedded(vectors) if self.step == Step::Vectors => {
                self.step = Step::Analysis;
                vec![Effect::Measure {
                    answers: self.answers(),
                    vectors,
                }]
            }
            Event::Measured(analysis) if self.step == Step::Analysis => self.measured(analysis),
            Event::Refused { calls } => self.refused(&calls),
            Event::DeadlinePassed => self.hurry(Loss::Late),
            Event::Cancelled if self.stopped && self.step == Step::Analysis => self.conclude(),
            Event::Cancelled => self.stop(),
            Event::Embedded(_) | Event::Measured(_) => Vec::new(),
        }
    }

    fn asks(&self) -> Vec<Effect> {
        let ask = |(member, seat): (usize, &crate::Seat)| match &seat.source {
            MemberSource::Pasted { .. } => None,
            MemberSource::Model { model, options, .. } => Some(Effect::Ask {
                call: call_of(member),
                request: request(
                    ChatRequest::new(model.clone(), Vec::new()),
                    &self.prompt_of(member),
                    *options,
                ),
            }),
        };
        self.spec
            .seats()
            .iter()
            .enumerate()
            .filter_map(ask)
            .collect()
    }

    /// One member is heard; when it was the last, the answers are measured.
    fn heard(&mut self, call: CallName, result: MemberResult) -> Vec<Effect> {
        if self.step != Step::Answers || call != call_of(call.member) {
            return Vec::new();
        }
        match self.results.get_mut(call.member) {
            Some(place @ None) => *place = Some(result),
            _ => return Vec::new(),
        }
        if self.results.iter().all(Option::is_some) {
            self.all_heard()
        } else {
            Vec::new()
        }
    }

    fn all_heard(&mut self) -> Vec<Effect> {
        let answers = self.answers();
        if answers.is_empty() {
            return self.conclude();
        }
        self.step = Step::Vectors;
        vec![Effect::Embed { answers }]
    }

    /// Gives up what is still waited for, but not the measuring, which is local and short.
    fn hurry(&mut self, loss: Loss) -> Vec<Effect> {
        self.late |= loss == Loss::Late;
        match self.step {
            Step::Answers => {
                for result in self.results.iter_mut().filter(|result| result.is_none()) {
                    *result = Some(MemberResult::Missing(loss));
                }
            }
            Step::Vectors => {}
            Step::Analysis | Step::Concluded => return Vec::new(),
            Step::Reviews | Step::Revisions | Step::Edition => return self.give_up_stage(),
        }
        let answers = self.answers();
        if answers.is_empty() {
            return self.conclude();
        }
        self.step = Step::Analysis;
        vec![Effect::Measure {
            answers,
            vectors: None,
        }]
    }

    fn stop(&mut self) -> Vec<Effect> {
        self.stopped = self.step != Step::Concluded;
        self.hurry(Loss::Stopped)
    }

    fn conclude(&mut self) -> Vec<Effect> {
        self.step = Step::Concluded;
        let status = self.status();
        let members = mem::take(&mut self.results)
            .into_iter()
            .zip(self.spec.seats())
            .enumerate()
            .map(|(member, (result, seat))| MemberOutcome {
                member,
                label: seat.label.clone(),
                result: result.unwrap_or(MemberResult::Missing(Loss::Stopped)),
            })
            .collect();
        vec![Effect::Conclude(Outcome {
            status,
            members,
            analysis: self.analysis.take(),
            deliberation: mem::take(&mut self.deliberation),
        })]
    }

    fn status(&self) -> Status {
        let answers = self.answers();
        let counted = answers.iter().filter(|answer| !answer.apart).count();
        if self.stopped {
            Status::Cancelled
        } else if answers.is_empty() {
            Status::Failed
        } else if counted == 1 {
            Status::Single
        } else if answers.len() < self.spec.seats().len() {
            Status::Degraded
        } else {
            Status::Complete
        }
    }

    /// The answers so far. A demonstration stands apart as soon as there is a real answer to stand
    /// apart from.
    fn answers(&self) -> Arc<[Answer]> {
        let is_answered =
            |result: &Option<MemberResult>| matches!(result, Some(MemberResult::Answered(_)));
        let seats = self.spec.seats();
        let has_real = seats
            .iter()
            .zip(&self.results)
            .any(|(seat, result)| !seat.is_demo() && is_answered(result));
        seats
            .iter()
            .zip(&self.results)
            .enumerate()
            .filter_map(|(member, (seat, result))| match result {
                Some(MemberResult::Answered(text)) => Some(Answer {
                    member,
                    label: seat.label.clone(),
                    text: text.to_string(),
                    apart: seat.is_demo() && has_real,
                }),
                _ => None,
            })
            .collect()
    }
}

fn call_of(member: usize) -> CallName {
    CallName {
        round: 1,
        member,
        stage: Stage::Answer,
        attempt: 1,
    }
}

fn request(blank: ChatRequest, prompt: &str, options: MemberOptions) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::text(Role::User, prompt)],
        max_output_tokens: options.max_output_tokens,
        temperature: options.temperature,
        seed: options.seed,
        ..blank
    }
}

fn pasted(source: &MemberSource) -> Option<MemberResult> {
    match source {
        MemberSource::Pasted { text } => Some(MemberResult::Answered(text.as_str().into())),
        MemberSource::Model { .. } => None,
    }
}

fn answered(text: String) -> MemberResult {
    if text.trim().is_empty() {
        MemberResult::Missing(Loss::Empty)
    } else {
        MemberResult::Answered(text.into())
    }
}
