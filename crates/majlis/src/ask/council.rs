//! What came after the first round, as text: reviews, second round, conclusion.

use std::fmt::Write as _;

use majlis_app::{ConsultationView, RunStatus, SynthesisView};
use majlis_council::ballot::{CorrelationSource, RankMethod, Tally};
use majlis_council::contest::{Contested, Decision, Held, Revision};
use majlis_council::gate::Reason;
use majlis_council::synthesis::{Part, Sentence, Support};
use majlis_council::{Deliberation, Mode, SkipReason, Stage};

use super::figures::{percent, total};
use super::report::{MAX_ENTRIES, Report, one_line};
use crate::terminal::{Align, escape, table};

impl Report<'_> {
    /// How a council that went beyond its first round ended, where the status alone does not say it.
    pub(super) fn council_status(&mut self, view: &ConsultationView) {
        let all = view.members.len();
        if view.plan.mode != Mode::Quick && view.summary.status == RunStatus::Complete {
            self.line(&format!("\nComplete: all {all} members answered."));
        }
        let skipped = view
            .deliberation
            .iter()
            .flat_map(|deliberation| &deliberation.skipped);
        for skipped in skipped {
            let why = match skipped.why {
                SkipReason::OverBudget => "a cap on costs does not allow it",
                SkipReason::Late => "time was up",
            };
            let text = format!(
                "Not held, or not whole: {} ({why}).",
                stage_name(skipped.stage)
            );
            self.warning(&text);
        }
    }

    /// How many independent votes the answers are worth.
    pub(super) fn votes(&mut self, view: &ConsultationView) {
        let Some(votes) = view.votes else { return };
        let source = match votes.correlation.source {
            CorrelationSource::History => "measured on your verdicts",
            CorrelationSource::Prior => "assumed by how near the models are",
        };
        self.line(&format!(
            "  {} models, about {:.1} independent votes (correlation {:.2}, {source})",
            votes.models, votes.effective, votes.correlation.value
        ));
    }

    /// Reviews, contested claims and the conclusion.
    pub(super) fn deliberation(&mut self, view: &ConsultationView) {
        if let Some(deliberation) = &view.deliberation {
            self.reviews(view, deliberation);
            self.second_round(view, deliberation);
        }
        if let Some(newest) = view.syntheses.last() {
            self.synthesis(view, newest);
        }
    }

    fn reviews(&mut self, view: &ConsultationView, deliberation: &Deliberation) {
        if deliberation.reviews.is_empty() && deliberation.dropped_judges.is_empty() {
            return;
        }
        self.heading("Reviews");
        if let Some(tally) = &deliberation.tally {
            self.ranking(view, tally);
        }
        if let Some(ranking) = deliberation.ranking {
            let name = match ranking.method {
                RankMethod::KendallW => "Kendall's W",
                RankMethod::DurbinW => "Durbin's W, each judge without its own answer",
                RankMethod::MeanTauB => "mean τ_b over shared answers",
            };
            self.line(&format!(
                "  the judges' rankings agree: {:.2} ({name})",
                ranking.value
            ));
        }
        for review in &deliberation.reviews {
            if let Some(error) = &review.fatal_error {
                let text = format!(
                    "{} finds a fatal error in {}: {}",
                    label(view, review.judge),
                    label(view, review.reviewed),
                    one_line(error)
                );
                self.item("✗", &text);
            }
        }
        for judge in &deliberation.dropped_judges {
            let text = format!(
                "{} was dropped as a judge: {}",
                label(view, judge.judge),
                one_line(&judge.why)
            );
            self.item("✗", &text);
        }
    }

    fn ranking(&mut self, view: &ConsultationView, tally: &Tally) {
        let score = |scores: &[Option<f64>], member: usize| {
            let found = scores.get(member).copied().flatten();
            found.map_or_else(|| "–".to_owned(), |score| format!("{score:+.2}"))
        };
        let head = ["", "", "score", "Borda"].map(str::to_owned).to_vec();
        let rows: Vec<Vec<String>> = std::iter::once(head)
            .chain(tally.order.iter().enumerate().map(|(place, &member)| {
                let borda = tally.borda.get(member).copied().flatten();
                vec![
                    format!("{}.", place + 1),
                    label(view, member),
                    score(&tally.scores, member),
                    percent(borda),
                ]
            }))
            .collect();
        let align = [Align::Right, Align::Left, Align::Right, Align::Right];
        for line in table(&rows, &align, "  ") {
            self.line(&line);
        }
        if tally.tied {
            let swap = percent(tally.swap);
            self.line(&format!(
                "  the first two are tied: other judges would swap them in {swap} of cases"
            ));
        }
        if tally.methods_disagree {
            let condorcet = tally
                .condorcet
                .map_or_else(|| "nobody".to_owned(), |member| label(view, member));
            self.line(&format!(
                "  the methods disagree: {condorcet} beats every other in pairs"
            ));
        }
    }

    fn second_round(&mut self, view: &ConsultationView, deliberation: &Deliberation) {
        let Some(gate) = &deliberation.gate else {
            return;
        };
        self.heading("Second round");
        let reasons: Vec<&str> = gate
            .reasons
            .iter()
            .map(|reason| reason_text(*reason))
            .collect();
        let held = if gate.opens { "Held" } else { "Not held" };
        self.line(&format!("  {held}: {}.", reasons.join(", ")));
        for (place, claim) in deliberation.contested.iter().enumerate() {
            if place >= MAX_ENTRIES {
                self.more(deliberation.contested.len());
                break;
            }
            self.contested(view, deliberation, claim, place);
        }
    }

    fn contested(
        &mut self,
        view: &ConsultationView,
        deliberation: &Deliberation,
        claim: &Contested,
        place: usize,
    ) {
        let settled = deliberation.settled.get(place).copied().flatten();
        let after = settled.map_or_else(String::new, |share| {
            format!(" · agreement now {}", percent(Some(share)))
        });
        self.line(&format!("  {}{after}", claim.claim));
        for side in &claim.sides {
            let revision = deliberation
                .revisions
                .iter()
                .find(|revision| revision.claim == claim.claim && revision.member == side.member);
            self.item("•", &side_text(view, side, revision));
        }
    }

    fn synthesis(&mut self, view: &ConsultationView, newest: &SynthesisView) {
        self.heading(&synthesis_heading(view));
        let editor = newest.synthesis.editor.as_ref().map_or_else(
            || "put together from the answers' own words, without a model".to_owned(),
            |editor| format!("written by {editor}"),
        );
        let version = if view.syntheses.len() > 1 {
            format!(", version {} of {}", newest.version, view.syntheses.len())
        } else {
            String::new()
        };
        self.dim(&escape(&format!("{editor}{version}")));
        for section in &newest.synthesis.sections {
            self.line(&format!("  {}", part_name(section.part)));
            for sentence in section.sentences.iter().take(MAX_ENTRIES) {
                self.item("•", &sentence_text(sentence));
            }
            self.more(section.sentences.len());
        }
    }

    /// What each stage cost, where there was more than one.
    pub(super) fn stage_costs(&mut self, view: &ConsultationView) {
        if view.stages.len() < 2 {
            return;
        }
        let costs: Vec<String> = view
            .stages
            .iter()
            .map(|stage| format!("{} {}", stage_name(stage.stage), total(stage.cost)))
            .collect();
        self.item("by stage:", &costs.join(" · "));
    }
}

/// The heading says how much stands behind the conclusion.
fn synthesis_heading(view: &ConsultationView) -> String {
    let complete = majlis_app::ReplyState::Complete;
    let members = view.members.iter();
    let answered = members.filter(|member| member.state == complete).count();
    match view.summary.status {
        RunStatus::Complete => "Synthesis".to_owned(),
        RunStatus::Degraded => {
            format!("Synthesis of {answered} of {} answers", view.members.len())
        }
        _ => "Synthesis of a council that did not end".to_owned(),
    }
}

/// A stage in a word.
pub(crate) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Answer => "answers",
        Stage::Review => "reviews",
        Stage::Revise => "second round",
        Stage::Edit => "synthesis",
    }
}

fn label(view: &ConsultationView, member: usize) -> String {
    view.members.get(member).map_or_else(
        || format!("#{}", member + 1),
        |member| escape(&member.label).into_owned(),
    )
}

fn side_text(view: &ConsultationView, side: &Held, revision: Option<&Revision>) -> String {
    let mut text = format!("{}: “{}”", label(view, side.member), one_line(&side.words));
    let Some(revision) = revision else {
        return text;
    };
    text.push_str(match revision.decision {
        Decision::Keep => " → keeps it",
        Decision::Withdraw => " → withdraws it",
        Decision::Revise => " → now: ",
    });
    if let Some(revised) = &revision.revised {
        let _ = write!(text, "“{}”", one_line(revised));
    }
    if revision.conformity {
        text.push_str(" ⚠ conformity: names no evidence of its own, and counts for nothing");
    } else if !revision.evidence.trim().is_empty() {
        let _ = write!(text, " (evidence: {})", one_line(&revision.evidence));
    }
    text
}

fn sentence_text(sentence: &Sentence) -> String {
    let cites: Vec<String> = sentence
        .cites
        .iter()
        .map(|cite| format!("[{cite}]"))
        .collect();
    let flag = match sentence.support {
        Support::Supported => "",
        Support::Unsupported => " ⚠ unsupported",
        Support::Unchecked => " (in another language than its sources; not checked)",
    };
    format!(
        "{} {}{flag}",
        one_line(&sentence.text),
        one_line(&cites.concat())
    )
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Agreed => "Agreed",
        Part::Contested => "Contested",
        Part::OnlyOne => "Only one said",
        Part::Missing => "Missing in some answers",
    }
}

fn reason_text(reason: Reason) -> &'static str {
    match reason {
        Reason::LowAgreement => "the answers agree too little",
        Reason::LowRanking => "the judges' rankings agree too little",
        Reason::Contradictions => "statements contradict each other",
        Reason::FailedChecks => "a check failed",
        Reason::Forced => "the mode wants it",
        Reason::Agreed => "everything agrees enough",
        Reason::NothingContested => "there is nothing contested to ask about",
    }
}
