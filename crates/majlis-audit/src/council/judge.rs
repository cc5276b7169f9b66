//! From claims and votes to findings: what stands, how sure it is, and why.

use super::answer::Says;
use super::evidence::Evidence;
use super::inquest::{Group, Inquest, votes};
use super::opinion::{Opinion, Standing, Vote, VoteSays};
use super::patch::{self, Fix};
use super::slice::text_of;
use crate::fingerprint::Fingerprints;
use crate::report::{EXCERPT_LINES, ExcerptLine, Report, Reported};
use crate::{Analyser, Cwe, Place, Precision, Severity};

/// Characters of a line of an excerpt.
const LINE_CHARACTERS: usize = 300;
/// What one independent vote for a finding leaves of the doubt.
const DOUBT_LEFT: f64 = 0.5;
/// What a reasoned vote against a finding leaves of the confidence.
const TRUST_LEFT: f64 = 0.4;
/// Confidence at most in what does not stand in the file.
const UNVERIFIED: f64 = 0.1;

impl Inquest {
    /// Ends the council: the report with what was said of its findings, and what models added.
    pub fn conclude(mut self, analyser: &Analyser<'_>) -> Report {
        self.count();
        let groups = std::mem::take(&mut self.groups);
        let mut added = Vec::new();
        for group in &groups {
            let mut opinion = self.opinion(group);
            opinion.fix = self.fix(group, analyser);
            if let Some(index) = group.rule {
                let finding = &mut self.report.findings[index];
                downgrade(finding, &mut opinion, group);
                finding.opinion = Some(Box::new(opinion));
                continue;
            }
            let mut finding = self.finding(group);
            downgrade(&mut finding, &mut opinion, group);
            let is_refuted = opinion.standing == Standing::Refuted;
            finding.opinion = Some(Box::new(opinion));
            if is_refuted {
                self.summary.refuted.push(finding);
            } else {
                added.push(finding);
            }
        }
        self.summary.unverified = self.unverified();
        self.finish(added)
    }

    fn finish(mut self, added: Vec<Reported>) -> Report {
        let mut report = self.report;
        for finding in &mut report.findings {
            finding
                .opinion
                .get_or_insert_with(|| Box::new(alone(finding.precision)));
        }
        report.findings.extend(added);
        let place = |finding: &Reported| {
            let path = finding.path.clone();
            (path, finding.start, finding.end, finding.rule.clone())
        };
        report.findings.sort_by_cached_key(place);
        for list in [&mut self.summary.unverified, &mut self.summary.refuted] {
            list.sort_by_cached_key(place);
        }
        report.council = Some(Box::new(self.summary));
        report.count();
        report
    }

    /// Counts that judge nothing.
    fn count(&mut self) {
        self.summary.asked = self.asked.len();
        self.summary.answered = self.asked.iter().filter(|asked| asked.is_answered).count();
        for group in &self.groups {
            let finders = self.finders(group).len();
            let voices = finders + usize::from(group.rule.is_some());
            self.summary.patterns += usize::from(voices >= 2);
            self.summary.gaps += usize::from(group.heard.len() > finders);
            let refuted = group.decision.as_ref();
            let is_refuted = refuted.is_some_and(|(_, one)| one.verdict == Says::Refute);
            self.summary.contradictions += usize::from(is_refuted);
        }
    }

    fn opinion(&self, group: &Group) -> Opinion {
        let finders = self.finders(group);
        let evidence = group
            .claims
            .iter()
            .map(|claim| self.claims[*claim].evidence);
        let evidence = evidence.min_by_key(|evidence| *evidence != Evidence::Stands);
        let standing = standing(group, &finders);
        let (confidence, because) = self.confidence(group, &finders, standing);
        Opinion {
            standing,
            confidence,
            because,
            votes: self.votes(group, &finders),
            downgraded_from: None,
            evidence,
            fix: None,
        }
    }

    fn votes(&self, group: &Group, finders: &[usize]) -> Vec<Vote> {
        let mut votes = Vec::new();
        if let Some(index) = group.rule {
            votes.push(Vote {
                by: self.report.findings[index].rule.clone(),
                says: VoteSays::Finds,
                why: None,
            });
        }
        for member in &group.heard {
            let mut claims = group.claims.iter().map(|claim| &self.claims[*claim]);
            let claim = claims.find(|claim| claim.member == *member);
            votes.push(Vote {
                by: self.members[*member].to_string(),
                says: if finders.contains(member) {
                    VoteSays::Finds
                } else {
                    VoteSays::Silent
                },
                why: claim.map(|claim| claim.claimed.why.clone()),
            });
        }
        if let Some((member, decision)) = &group.decision {
            votes.push(Vote {
                by: self.members[*member].to_string(),
                says: match decision.verdict {
                    Says::Confirm => VoteSays::Confirms,
                    Says::Refute => VoteSays::Refutes,
                    Says::Downgrade => VoteSays::Downgrades,
                },
                why: Some(decision.reason.clone()),
            });
        }
        votes
    }

    /// How likely a group is right, and how that comes about.
    fn confidence(&self, group: &Group, finders: &[usize], standing: Standing) -> (f64, String) {
        let precision = group
            .rule
            .map(|index| self.report.findings[index].precision);
        let mut doubt = precision.map_or(1.0, |precision| 1.0 - right(precision));
        let mut because = precision.map_or_else(Vec::new, |precision| {
            vec![format!(
                "the rule is right in {} of 10",
                10.0 * right(precision)
            )]
        });
        let mut models: Vec<_> = finders
            .iter()
            .map(|member| &self.members[*member])
            .collect();
        let decision = group.decision.as_ref();
        if let Some((member, decision)) = decision
            && decision.verdict != Says::Refute
        {
            models.push(&self.members[*member]);
        }
        let worth = votes(&models).unwrap_or(0.0);
        doubt *= DOUBT_LEFT.powf(worth);
        if !group.heard.is_empty() {
            because.push(format!(
                "{} of {} models found it, worth {worth:.1} independent votes",
                finders.len(),
                group.heard.len()
            ));
        }
        let mut confidence = 1.0 - doubt;
        if let Some((member, decision)) = decision {
            let model = &self.members[*member];
            because.push(match decision.verdict {
                Says::Confirm => format!("{model} confirms it"),
                Says::Downgrade => format!("{model} finds it less severe"),
                Says::Refute => format!("{model} refutes it"),
            });
            if decision.verdict == Says::Refute {
                confidence *= TRUST_LEFT;
            }
        }
        if standing == Standing::Unverified {
            confidence = confidence.min(UNVERIFIED);
        }
        ((confidence * 100.0).round() / 100.0, because.join("; "))
    }

    /// A group as a finding: the rule's, or one made of what its first finder says.
    pub(super) fn finding(&self, group: &Group) -> Reported {
        if let Some(index) = group.rule {
            return self.report.findings[index].clone();
        }
        // A group without a rule begins with a claim.
        let mut finding = self.made(group.claims.first().copied().unwrap_or_default());
        finding.severity = self.severity(group);
        finding
    }

    /// The middle of what its finders say; of two the lower.
    pub(super) fn severity(&self, group: &Group) -> Severity {
        if let Some(index) = group.rule {
            return self.report.findings[index].severity;
        }
        let claims = group.claims.iter();
        let mut said: Vec<Severity> = claims
            .map(|claim| self.claims[*claim].claimed.severity)
            .collect();
        said.sort_unstable();
        let middle = said.len().saturating_sub(1) / 2;
        said.get(middle).copied().unwrap_or(Severity::Info)
    }

    /// A claim as a finding.
    fn made(&self, claim: usize) -> Reported {
        let claim = &self.claims[claim];
        let topic = &self.topics[claim.topic];
        let source = self.slices[claim.slice].source;
        let file = &self.files[source];
        let claimed = &claim.claimed;
        let (from, to) = (claimed.from, claimed.to);
        let rule = format!("council/cwe-{}", claimed.cwe.0);
        let title = topic.sought.iter().find(|one| one.cwe == Some(claimed.cwe));
        let last = to.min(from + u32::try_from(EXCERPT_LINES).unwrap_or(1) - 1);
        let line = |line| ExcerptLine {
            line,
            text: text_of(file, line).chars().take(LINE_CHARACTERS).collect(),
        };
        let end = text_of(file, to).chars().count();
        Reported {
            title: title.map_or_else(|| rule.clone(), |one| one.title.clone()),
            message: claimed.why.clone(),
            facet: topic.facet,
            severity: claimed.severity,
            precision: Precision::Low,
            cwe: vec![Cwe(claimed.cwe.0)],
            language: Some(topic.language),
            path: file.path().to_owned(),
            start: Place {
                line: from,
                column: 1,
            },
            end: Place {
                line: to,
                column: u32::try_from(end + 1).unwrap_or(u32::MAX),
            },
            fingerprint: Fingerprints::default().next(file.path(), &rule, &claimed.quote),
            excerpt: (from..=last).map(line).collect(),
            flow: Vec::new(),
            opinion: None,
            rule,
        }
    }

    /// Claims whose quotes do not stand, each as its model said it.
    fn unverified(&self) -> Vec<Reported> {
        let is_unverified = |index: &usize| self.claims[*index].evidence == Evidence::Unverified;
        let found = (0..self.claims.len()).filter(is_unverified).map(|index| {
            let claim = &self.claims[index];
            let mut finding = self.made(index);
            // What stands on the lines it names is not what it speaks of.
            finding.excerpt.clear();
            finding.opinion = Some(Box::new(Opinion {
                standing: Standing::Unverified,
                confidence: UNVERIFIED,
                because: "what it quotes does not stand in the file".to_owned(),
                votes: vec![Vote {
                    by: self.members[claim.member].to_string(),
                    says: VoteSays::Finds,
                    why: Some(claim.claimed.why.clone()),
                }],
                downgraded_from: None,
                evidence: Some(Evidence::Unverified),
                fix: None,
            }));
            finding
        });
        found.collect()
    }

    /// The first change a finder proposes that is not rejected, or else the first.
    fn fix(&self, group: &Group, analyser: &Analyser<'_>) -> Option<Fix> {
        let rule = group
            .rule
            .map(|index| self.report.findings[index].rule.as_str());
        let mut rejected = None;
        for claim in group.claims.iter().map(|claim| &self.claims[*claim]) {
            let Some(change) = &claim.claimed.fix else {
                continue;
            };
            let source = &self.sources[self.slices[claim.slice].source];
            let by = self.members[claim.member].as_str();
            let fix = patch::verify(analyser, source, change, by, rule);
            if fix.state != patch::FixState::Rejected {
                return Some(fix);
            }
            rejected.get_or_insert(fix);
        }
        rejected
    }
}

/// Lowers the severity where a model gave a reason for it.
fn downgrade(finding: &mut Reported, opinion: &mut Opinion, group: &Group) {
    let Some((_, decision)) = &group.decision else {
        return;
    };
    let is_lower = opinion.standing == Standing::Downgraded
        || (group.rule.is_none() && decision.verdict == Says::Downgrade);
    if is_lower {
        opinion.downgraded_from = Some(finding.severity);
        finding.severity = lower(finding.severity, decision.severity);
    }
}

fn standing(group: &Group, finders: &[usize]) -> Standing {
    let verdict = group
        .decision
        .as_ref()
        .map(|(_, decision)| decision.verdict);
    match (group.rule, finders.len(), verdict) {
        (Some(_), 1.., _) | (Some(_), 0, Some(Says::Confirm)) | (None, 2.., _) => {
            Standing::Confirmed
        }
        (Some(_), 0, Some(Says::Refute | Says::Downgrade)) => Standing::Downgraded,
        (Some(_), 0, None) => Standing::Reported,
        (None, _, Some(Says::Confirm | Says::Downgrade)) => Standing::Confirmed,
        (None, _, Some(Says::Refute)) => Standing::Refuted,
        (None, _, None) => Standing::Single,
    }
}

/// A finding of a rule that no model was asked about.
fn alone(precision: Precision) -> Opinion {
    Opinion {
        standing: Standing::Reported,
        confidence: right(precision),
        because: "no model was asked about it".to_owned(),
        votes: Vec::new(),
        downgraded_from: None,
        evidence: None,
        fix: None,
    }
}

/// How often a rule is right, as its precision says.
const fn right(precision: Precision) -> f64 {
    match precision {
        Precision::High => 0.9,
        Precision::Medium => 0.7,
        Precision::Low => 0.5,
    }
}

/// What a model would give, and lower than before in any case, as far as there is a lower one.
fn lower(before: Severity, said: Severity) -> Severity {
    if said < before {
        return said;
    }
    let at = Severity::ALL.iter().position(|one| *one == before);
    at.and_then(|at| at.checked_sub(1))
        .and_then(|at| Severity::ALL.get(at))
        .copied()
        .unwrap_or(before)
}
