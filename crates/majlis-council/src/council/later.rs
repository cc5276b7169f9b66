//! The stages after the first round: review, gate, second round, conclusion.
//!
//! Each stage asks its calls at once and waits for all of them; a stage that is refused, late or
//! stopped gives up what it still waits for, and the council goes on with what it has.

use std::collections::BTreeSet;
use std::sync::Arc;

use majlis_llm::{ChatRequest, ErrorKind, Message, ModelId, ResponseFormat, Role};
use majlis_text::{Analysis, Answer, entropy_agreement};

use super::{Council, Step};
use crate::ballot::{Marks, aggregate, is_decided, rank_agreement};
use crate::contest::{self, Contested};
use crate::gate::{self, Readings};
use crate::inquiry::{Malformed, repair};
use crate::review;
use crate::synthesis;
use crate::{CallName, DroppedJudge, Effect, MemberSource, SkipReason, Skipped, Stage};

/// What a member is asked after the first round.
struct MemberAsk<'a> {
    member: usize,
    round: u8,
    stage: Stage,
    prompt: &'a str,
    format: ResponseFormat,
}

/// A model is asked at most so often for an answer that can be read.
const MAX_ATTEMPTS: u8 = 2;

impl Council {
    /// The answers are measured: on to the reviews, or past them.
    pub(super) fn measured(&mut self, analysis: Option<Arc<Analysis>>) -> Vec<Effect> {
        self.analysis = analysis;
        if self.stopped {
            return self.conclude();
        }
        let judged = self.judged();
        let enough = self.spec.plan().mode.reviewed_from();
        if enough.is_none_or(|enough| judged.len() < enough) {
            return self.gate();
        }
        let asks = self
            .judges()
            .into_iter()
            .filter_map(|judge| self.review_ask(judge))
            .collect();
        self.enter(Step::Reviews, Stage::Review, asks)
    }

    /// Begins a stage, unless there is nothing to ask or no time left.
    fn enter(&mut self, step: Step, stage: Stage, asks: Vec<Effect>) -> Vec<Effect> {
        self.step = step;
        if self.late && !asks.is_empty() {
            self.skip(stage, SkipReason::Late);
            return self.leave();
        }
        self.awaited = asks.iter().filter_map(call_of).collect();
        if asks.is_empty() { self.leave() } else { asks }
    }

    /// The present stage is over: the next one.
    fn leave(&mut self) -> Vec<Effect> {
        let mut effects = self.abandon();
        effects.extend(match self.step {
            Step::Reviews => {
                self.add_up();
                self.gate()
            }
            Step::Revisions => {
                self.settle();
                self.conclusion()
            }
            Step::Edition => {
                self.extract();
                self.conclude()
            }
            Step::Answers | Step::Vectors | Step::Analysis | Step::Concluded => Vec::new(),
        });
        effects
    }

    fn abandon(&mut self) -> Vec<Effect> {
        let left: Vec<CallName> = std::mem::take(&mut self.awaited).into_iter().collect();
        if left.is_empty() {
            Vec::new()
        } else {
            vec![Effect::Abandon(left)]
        }
    }

    fn skip(&mut self, stage: Stage, why: SkipReason) {
        self.deliberation.skipped.push(Skipped { stage, why });
    }

    /// A cap does not allow these calls: the stage goes on with what was asked already.
    pub(super) fn refused(&mut self, calls: &[CallName]) -> Vec<Effect> {
        let was_awaited = |call: &&CallName| self.awaited.contains(call);
        let refused: Vec<CallName> = calls.iter().filter(was_awaited).copied().collect();
        let Some(first) = refused.first() else {
            return Vec::new();
        };
        self.skip(first.stage, SkipReason::OverBudget);
        for call in &refused {
            self.awaited.remove(call);
            if call.stage == Stage::Review && call.attempt > 1 {
                self.drop_judge(
                    call.member,
                    "a cap did not allow asking it again".to_owned(),
                );
            }
        }
        if self.awaited.is_empty() {
            self.leave()
        } else {
            Vec::new()
        }
    }

    fn drop_judge(&mut self, judge: usize, why: String) {
        let dropped = DroppedJudge { judge, why };
        self.deliberation.dropped_judges.push(dropped);
    }

    /// Time is up, or the person stopped: what came counts.
    pub(super) fn give_up_stage(&mut self) -> Vec<Effect> {
        if !self.stopped {
            return self.leave();
        }
        let mut effects = self.abandon();
        match self.step {
            Step::Reviews => self.add_up(),
            Step::Revisions => self.settle(),
            _ => {}
        }
        effects.extend(self.conclude());
        effects
    }

    /// A call of a later stage ended.
    pub(super) fn later_heard(
        &mut self,
        call: CallName,
        result: Result<String, ErrorKind>,
    ) -> Vec<Effect> {
        if !self.awaited.remove(&call) {
            return Vec::new();
        }
        let failed = |kind: ErrorKind| Malformed::new(format!("its call failed ({kind:?})"));
        let read = match (&result, call.stage) {
            (Err(kind), _) => Err((failed(*kind), false)),
            (Ok(text), Stage::Review) => self
                .read_review(call.member, text)
                .map_err(|error| (error, true)),
            (Ok(text), Stage::Revise) => self
                .read_revisions(call.member, text)
                .map_err(|error| (error, true)),
            (Ok(text), Stage::Edit) => self
                .read_conclusion(call.member, text)
                .map_err(|error| (error, true)),
            (Ok(_), Stage::Answer) => return Vec::new(),
        };
        if let Err((error, can_repair)) = read {
            if can_repair && call.attempt < MAX_ATTEMPTS && !self.late {
                return self.ask_again(call, &error, &result.unwrap_or_default());
            }
            if let Some(effects) = self.lost(call, error) {
                return effects;
            }
        }
        let is_decided = call.stage == Stage::Review && self.is_decided();
        if self.awaited.is_empty() || is_decided {
            self.leave()
        } else {
            Vec::new()
        }
    }

    /// Someone's answer cannot be had: a judge is dropped and named, the next editor is asked.
    fn lost(&mut self, call: CallName, error: Malformed) -> Option<Vec<Effect>> {
        match call.stage {
            Stage::Review => self.drop_judge(call.member, error.what),
            Stage::Edit => {
                let next = self.edit_ask(call.member + 1)?;
                self.awaited.extend(call_of(&next));
                return Some(vec![next]);
            }
            Stage::Answer | Stage::Revise => {}
        }
        None
    }

    fn ask_again(&mut self, call: CallName, error: &Malformed, answer: &str) -> Vec<Effect> {
        let again = CallName {
            attempt: call.attempt + 1,
            ..call
        };
        let first = match call.stage {
            Stage::Review => self.review_ask(call.member),
            Stage::Revise => self.revise_ask(call.member),
            Stage::Edit => self.edit_ask(call.member),
            Stage::Answer => None,
        };
        let Some(Effect::Ask { mut request, .. }) = first else {
            return Vec::new();
        };
        request
            .messages
            .push(Message::text(Role::Assistant, answer));
        request
            .messages
            .push(Message::text(Role::User, repair(error)));
        self.awaited.insert(again);
        vec![Effect::Ask {
            call: again,
            request,
        }]
    }

    // Review

    /// The answers that are judged: all that count, by member.
    fn judged(&self) -> Vec<Answer> {
        self.answers()
            .iter()
            .filter(|answer| !answer.apart)
            .cloned()
            .collect()
    }

    /// Those who judge: models with an answer that counts. A demonstration never does.
    fn judges(&self) -> Vec<usize> {
        self.judged()
            .iter()
            .filter(|answer| self.can_be_asked(answer.member))
            .map(|answer| answer.member)
            .collect()
    }

    /// Whether a member can be asked to judge or to think again.
    fn can_be_asked(&self, member: usize) -> bool {
        let seat = self.spec.seats().get(member);
        self.model_of(member).is_some() && seat.is_some_and(|seat| !seat.is_demo())
    }

    fn model_of(&self, member: usize) -> Option<&ModelId> {
        match &self.spec.seats().get(member)?.source {
            MemberSource::Model { model, .. } => Some(model),
            MemberSource::Pasted { .. } => None,
        }
    }

    /// The answers a judge is shown, in its order.
    fn shown(&self, judge: usize) -> Vec<Answer> {
        let judged = self.judged();
        let Some(place) = judged.iter().position(|answer| answer.member == judge) else {
            return Vec::new();
        };
        let order = review::order(judged.len(), place);
        order.into_iter().map(|at| judged[at].clone()).collect()
    }

    fn review_ask(&self, judge: usize) -> Option<Effect> {
        let shown = self.shown(judge);
        let texts: Vec<&str> = shown.iter().map(|answer| answer.text.as_str()).collect();
        let prompt = review::prompt(self.spec.question(), self.spec.context(), &texts);
        self.member_ask(MemberAsk {
            member: judge,
            round: 1,
            stage: Stage::Review,
            prompt: &prompt,
            format: review::format(),
        })
    }

    fn member_ask(&self, ask: MemberAsk<'_>) -> Option<Effect> {
        let MemberSource::Model { model, options, .. } = &self.spec.seats().get(ask.member)?.source
        else {
            return None;
        };
        let blank = ChatRequest::new(model.clone(), Vec::new());
        Some(Effect::Ask {
            call: CallName {
                round: ask.round,
                member: ask.member,
                stage: ask.stage,
                attempt: 1,
            },
            request: ChatRequest {
                response_format: Some(ask.format),
                ..super::request(blank, ask.prompt, *options)
            },
        })
    }

    fn read_review(&mut self, judge: usize, text: &str) -> Result<(), Malformed> {
        let shown = self.shown(judge);
        let shown: Vec<(usize, &str)> = shown
            .iter()
            .map(|answer| (answer.member, answer.text.as_str()))
            .collect();
        let reviews = review::read(judge, &shown, text)?;
        self.deliberation.reviews.extend(reviews);
        Ok(())
    }

    /// Rows of judges over the judged answers.
    fn marks(&self) -> Marks {
        let answers = self.judged();
        let judges: BTreeSet<usize> = self
            .deliberation
            .reviews
            .iter()
            .map(|review| review.judge)
            .collect();
        let mark = |judge: usize, member: usize| {
            let mut reviews = self.deliberation.reviews.iter();
            let found =
                reviews.find(|review| review.judge == judge && review.reviewed == member)?;
            // An answer that misleads is worth nothing, however clear it is.
            Some(if found.fatal_error.is_some() {
                1.0
            } else {
                found.scores.mean()
            })
        };
        judges
            .into_iter()
            .map(|judge| {
                answers
                    .iter()
                    .map(|answer| mark(judge, answer.member))
                    .collect()
            })
            .collect()
    }

    /// Whether the judges still awaited cannot change who is first.
    fn is_decided(&self) -> bool {
        let judged = self.judged();
        let place = |member: usize| judged.iter().position(|answer| answer.member == member);
        let reviews = self
            .awaited
            .iter()
            .filter(|call| call.stage == Stage::Review);
        let waiting: Vec<Option<usize>> = reviews.map(|call| place(call.member)).collect();
        !waiting.is_empty() && is_decided(&self.marks(), &waiting)
    }

    fn add_up(&mut self) {
        self.deliberation
            .reviews
            .sort_by_key(|review| (review.judge, review.position));
        let members: Vec<usize> = self.judged().iter().map(|answer| answer.member).collect();
        let marks = self.marks();
        let tally = aggregate(&marks, self.spec.plan().seed);
        let rankings: Vec<Vec<Option<f64>>> = marks
            .iter()
            .map(|row| row.iter().map(|mark| mark.map(|mark| -mark)).collect())
            .collect();
        self.deliberation.ranking = rank_agreement(&rankings);
        self.deliberation.tally =
            tally.map(|tally| tally.by_member(&members, self.spec.seats().len()));
    }

    // Gate and second round

    fn gate(&mut self) -> Vec<Effect> {
        let mode = self.spec.plan().mode;
        let Some(analysis) = self.analysis.clone().filter(|_| mode.has_second_round()) else {
            return self.conclusion();
        };
        let contested = contest::contested(&analysis);
        let readings = Readings {
            agreement: analysis.agreement,
            ranking: self.deliberation.ranking.map(|ranking| ranking.value),
            contradictions: analysis.contradictions.as_ref().map_or(0, Vec::len),
            failed_checks: 0,
            contested: contested.len(),
        };
        let gate = gate::decide(
            readings,
            self.spec.plan().thresholds,
            mode == crate::Mode::Deep,
        );
        let opens = gate.opens;
        self.deliberation.gate = Some(gate);
        self.deliberation.contested = contested;
        let authors: BTreeSet<usize> = self
            .deliberation
            .contested
            .iter()
            .filter(|_| opens)
            .flat_map(|claim| claim.sides.iter().map(|side| side.member))
            .collect();
        let asks = authors
            .into_iter()
            .filter_map(|author| self.revise_ask(author))
            .collect();
        self.enter(Step::Revisions, Stage::Revise, asks)
    }

    fn contested_by(&self, member: usize) -> Vec<&Contested> {
        contest::of_member(&self.deliberation.contested, member)
    }

    fn revise_ask(&self, author: usize) -> Option<Effect> {
        if !self.can_be_asked(author) {
            return None;
        }
        let prompt = contest::prompt(self.spec.question(), author, &self.contested_by(author));
        self.member_ask(MemberAsk {
            member: author,
            round: 2,
            stage: Stage::Revise,
            prompt: &prompt,
            format: contest::format(),
        })
    }

    fn read_revisions(&mut self, author: usize, text: &str) -> Result<(), Malformed> {
        let revisions = contest::read(author, &self.contested_by(author), text)?;
        self.deliberation.revisions.extend(revisions);
        Ok(())
    }

    fn settle(&mut self) {
        let deliberation = &mut self.deliberation;
        deliberation
            .revisions
            .sort_by(|a, b| (a.member, &a.claim).cmp(&(b.member, &b.claim)));
        if deliberation.revisions.is_empty() {
            return;
        }
        let agreement = |claim: &Contested| {
            let positions = contest::settled(claim, &deliberation.revisions);
            let held: Vec<usize> = positions
                .into_iter()
                .filter_map(|(_, position)| position)
                .collect();
            let counts: Vec<usize> = held
                .iter()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .map(|position| held.iter().filter(|other| *other == position).count())
                .collect();
            entropy_agreement(&counts)
        };
        deliberation.settled = deliberation.contested.iter().map(agreement).collect();
    }

    // Conclusion

    /// The conclusion, where one is wanted and there is something to conclude from.
    pub(super) fn conclusion(&mut self) -> Vec<Effect> {
        // One answer alone is shown as what it is.
        if !self.spec.plan().synthesis || self.analysis.is_none() || self.judged().len() < 2 {
            return self.conclude();
        }
        let asks = self.edit_ask(0).into_iter().collect();
        self.enter(Step::Edition, Stage::Edit, asks)
    }

    fn editors(&self) -> Vec<ModelId> {
        let seats = 0..self.spec.seats().len();
        let authors: Vec<ModelId> = seats
            .filter_map(|seat| self.model_of(seat).cloned())
            .collect();
        synthesis::editors_in_order(&self.spec.plan().editors, &authors)
    }

    fn edit_ask(&self, place: usize) -> Option<Effect> {
        let editor = self.editors().get(place)?.clone();
        let analysis = self.analysis.as_ref()?;
        let prompt = synthesis::prompt(self.spec.question(), &self.judged(), analysis);
        Some(Effect::Ask {
            call: CallName {
                round: 1,
                member: place,
                stage: Stage::Edit,
                attempt: 1,
            },
            request: ChatRequest {
                messages: vec![Message::text(Role::User, &prompt)],
                response_format: Some(synthesis::format()),
                ..ChatRequest::new(editor, Vec::new())
            },
        })
    }

    fn read_conclusion(&mut self, place: usize, text: &str) -> Result<(), Malformed> {
        let (Some(editor), Some(analysis)) = (self.editors().get(place).cloned(), &self.analysis)
        else {
            return Err(Malformed::new("there is no such editor"));
        };
        let synthesis = synthesis::read(editor, &self.judged(), analysis, text)?;
        self.deliberation.synthesis = Some(synthesis);
        Ok(())
    }

    /// No editor wrote one: the answers speak for themselves.
    fn extract(&mut self) {
        if self.deliberation.synthesis.is_none()
            && let Some(analysis) = &self.analysis
        {
            self.deliberation.synthesis = Some(synthesis::extractive(analysis));
        }
    }
}

fn call_of(effect: &Effect) -> Option<CallName> {
    match effect {
        Effect::Ask { call, .. } => Some(*call),
        _ => None,
    }
}
