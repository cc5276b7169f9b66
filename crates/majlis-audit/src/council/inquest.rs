//! A council on code as a state machine: questions out, answers in.

use std::collections::{HashMap, HashSet};

use majlis_council::inquiry;
use majlis_llm::{ChatRequest, Message, ModelId, ResponseFormat, Role};

use super::answer::{self, Claimed, Decision, Says};
use super::evidence::{Evidence, Squeezed};
use super::family::are_kin;
use super::opinion::CouncilSummary;
use super::prompt::{self, Sought};
use super::slice::{self, Slice, Source};
use crate::report::{Report, Reported};
use crate::rule::RuleSet;
use crate::{Facet, Language, SourceFile};

/// Slices that are shown where nobody says how many.
pub const DEFAULT_SLICES: usize = 40;
/// Disputes that are decided; the worst first.
const DISPUTES: usize = 60;
/// Claims that are kept; models that make more are not worth the time of comparing them.
const CLAIMS: usize = 2_000;
/// Tokens of an answer at most.
const OUTPUT_TOKENS: u32 = 4_096;

/// Who is asked about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouncilPlan {
    /// The models, each once.
    pub members: Vec<ModelId>,
    /// The facets; empty for all.
    pub facets: Vec<Facet>,
    /// Slices that are shown at most; those with findings of rules first.
    pub slices: usize,
}

/// A question to a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its number, to give with the answer.
    pub id: usize,
    /// What is sent.
    pub request: ChatRequest,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// A slice, and a list of weaknesses.
    Slice { slice: usize, topic: usize },
    /// A group of claims that is disputed.
    Group(usize),
}

pub(super) struct Asked {
    pub(super) member: usize,
    pub(super) about: About,
    request: ChatRequest,
    is_repaired: bool,
    pub(super) is_answered: bool,
}

/// Weaknesses that are looked for in a language in one go.
pub(super) struct Topic {
    pub(super) language: Language,
    pub(super) facet: Facet,
    pub(super) sought: Vec<Sought>,
}

/// What a member claims, with what became of its quote.
pub(super) struct Claim {
    pub(super) member: usize,
    pub(super) topic: usize,
    pub(super) slice: usize,
    pub(super) claimed: Claimed,
    pub(super) evidence: Evidence,
}

/// Claims about the same, with the rule's finding where there is one.
pub(super) struct Group {
    /// Which of the report's findings.
    pub(super) rule: Option<usize>,
    pub(super) slice: usize,
    pub(super) from: u32,
    pub(super) to: u32,
    /// Claims of members, whose quotes stand.
    pub(super) claims: Vec<usize>,
    /// Members that were shown the code and asked about this weakness, and answered.
    pub(super) heard: Vec<usize>,
    pub(super) decision: Option<(usize, Decision)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Find,
    Decide,
    Done,
}

/// A council on code.
pub struct Inquest {
    pub(super) report: Report,
    pub(super) sources: Vec<Source>,
    /// The sources with their secrets masked.
    pub(super) files: Vec<SourceFile>,
    squeezed: HashMap<usize, Squeezed>,
    pub(super) slices: Vec<Slice>,
    pub(super) topics: Vec<Topic>,
    pub(super) members: Vec<ModelId>,
    pub(super) asked: Vec<Asked>,
    pub(super) claims: Vec<Claim>,
    pub(super) groups: Vec<Group>,
    pub(super) summary: CouncilSummary,
    stage: Stage,
}

impl Inquest {
    /// Opens a council on a report and the files it is about; gives the first questions.
    pub fn open(
        report: Report,
        sources: Vec<Source>,
        rules: &RuleSet,
        plan: &CouncilPlan,
    ) -> (Self, Vec<Question>) {
        let mut summary = CouncilSummary {
            members: plan.members.iter().map(ToString::to_string).collect(),
            independent_votes: votes(&plan.members.iter().collect::<Vec<_>>()),
            ..CouncilSummary::default()
        };
        let (mut kept, mut files) = (Vec::new(), Vec::new());
        let mut slices: Vec<Slice> = Vec::new();
        let found: HashSet<&str> = report.findings.iter().map(|one| &*one.path).collect();
        // Files with findings first; of the others only as many are parsed as are shown.
        let (first, others): (Vec<_>, Vec<_>) = sources
            .into_iter()
            .partition(|source| found.contains(&*source.path));
        for source in first.into_iter().chain(others) {
            if slices.len() >= plan.slices && !found.contains(&*source.path) {
                summary.files_left_out += 1;
                continue;
            }
            let (masked, secrets) = slice::mask(&source.text);
            if let Ok(file) = SourceFile::parse(&source.path, source.grammar, masked) {
                summary.secrets_masked += secrets;
                slices.extend(slice::cut(files.len(), &file));
                files.push(file);
                kept.push(source);
            }
        }
        rank(&mut slices, &report, &kept);
        summary.slices_left_out = slices.len().saturating_sub(plan.slices);
        slices.truncate(plan.slices);
        summary.slices = slices.len();
        let mut inquest = Self {
            report,
            sources: kept,
            files,
            squeezed: HashMap::new(),
            slices,
            topics: topics(rules, &plan.facets),
            members: plan.members.clone(),
            asked: Vec::new(),
            claims: Vec::new(),
            groups: Vec::new(),
            summary,
            stage: Stage::Find,
        };
        let questions = inquest.first();
        (inquest, questions)
    }

    /// Every slice with every list for its language, to every member.
    fn first(&mut self) -> Vec<Question> {
        let mut questions = Vec::new();
        for (slice, of) in self.slices.clone().iter().enumerate() {
            let language = self.files[of.source].language();
            for topic in 0..self.topics.len() {
                if self.topics[topic].language != language {
                    continue;
                }
                let (file, lists) = (&self.files[of.source], &self.topics[topic]);
                let prompt = prompt::find(file, of, lists.facet, &lists.sought);
                for member in 0..self.members.len() {
                    let about = About::Slice { slice, topic };
                    let schema = prompt::find_schema();
                    questions.push(self.question(member, about, &prompt, "findings", schema));
                }
            }
        }
        questions
    }

    fn question(
        &mut self,
        member: usize,
        about: About,
        prompt: &str,
        name: &str,
        schema: serde_json::Value,
    ) -> Question {
        let message = Message::text(Role::User, prompt);
        let mut request = ChatRequest::new(self.members[member].clone(), vec![message]);
        request.max_output_tokens = Some(OUTPUT_TOKENS);
        request.response_format = Some(ResponseFormat::JsonSchema {
            name: name.to_owned(),
            schema,
        });
        self.asked.push(Asked {
            member,
            about,
            request: request.clone(),
            is_repaired: false,
            is_answered: false,
        });
        Question {
            id: self.asked.len() - 1,
            request,
        }
    }

    /// Takes the answers to all questions of the last step, `None` where there is none; gives the
    /// next questions. Without any the council is over.
    pub fn handle(&mut self, answers: Vec<(usize, Option<String>)>) -> Vec<Question> {
        let mut again = Vec::new();
        for (id, text) in answers {
            if let Some(text) = text {
                again.extend(self.take(id, &text));
            }
        }
        if !again.is_empty() {
            return again;
        }
        match self.stage {
            Stage::Find => {
                self.stage = Stage::Decide;
                self.merge();
                let questions = self.disputes();
                if questions.is_empty() {
                    self.stage = Stage::Done;
                }
                questions
            }
            Stage::Decide | Stage::Done => {
                self.stage = Stage::Done;
                Vec::new()
            }
        }
    }

    /// Says why nobody is asked any more.
    pub fn stop(&mut self, reason: String) {
        self.summary.stopped = Some(reason);
    }

    /// Reads an answer; gives the question again where it cannot be read.
    fn take(&mut self, id: usize, text: &str) -> Option<Question> {
        let (about, member) = {
            let asked = self.asked.get(id)?;
            (asked.about, asked.member)
        };
        let outcome = match about {
            About::Slice { slice, topic } => {
                let read = answer::read(text, &self.slices[slice], &self.topics[topic].sought);
                read.map(|read| {
                    self.summary.malformed += read.malformed;
                    self.summary.outside += read.outside;
                    self.summary.beyond += read.beyond;
                    for claimed in read.claims {
                        self.claim(member, slice, topic, claimed);
                    }
                })
            }
            About::Group(group) => answer::read_decision(text)
                .and_then(|decision| self.decide(group, member, decision)),
        };
        let asked = &mut self.asked[id];
        match outcome {
            Ok(()) => {
                asked.is_answered = true;
                None
            }
            Err(_) if asked.is_repaired => None,
            Err(malformed) => {
                asked.is_repaired = true;
                let messages = &mut asked.request.messages;
                messages.push(Message::text(Role::Assistant, text));
                messages.push(Message::text(Role::User, inquiry::repair(&malformed)));
                let request = asked.request.clone();
                Some(Question { id, request })
            }
        }
    }

    /// Keeps a decision; one against a finding needs a quote that stands.
    fn decide(
        &mut self,
        group: usize,
        member: usize,
        decision: Decision,
    ) -> Result<(), inquiry::Malformed> {
        let slice = &self.slices[self.groups[group].slice];
        let (from, to) = (slice.from, slice.to);
        let source = slice.source;
        let (evidence, ..) = self.squeezed(source).check(from, to, &decision.quote);
        if decision.verdict != Says::Confirm && evidence == Evidence::Unverified {
            let what = "`quote` does not stand in the code that was shown";
            return Err(inquiry::Malformed::new(what));
        }
        self.groups[group].decision = Some((member, decision));
        Ok(())
    }

    fn squeezed(&mut self, source: usize) -> &Squeezed {
        let file = &self.files[source];
        self.squeezed
            .entry(source)
            .or_insert_with(|| Squeezed::new(file.text()))
    }

    /// Checks what a member quotes, and keeps its claim where the quote stands.
    fn claim(&mut self, member: usize, slice: usize, topic: usize, mut claimed: Claimed) {
        if self.claims.len() >= CLAIMS {
            self.summary.beyond += 1;
            return;
        }
        let source = self.slices[slice].source;
        let squeezed = self.squeezed(source);
        let (evidence, from, to) = squeezed.check(claimed.from, claimed.to, &claimed.quote);
        (claimed.from, claimed.to) = (from, to);
        self.claims.push(Claim {
            member,
            topic,
            slice,
            claimed,
            evidence,
        });
    }

    /// Puts together what speaks of the same lines and weakness.
    fn merge(&mut self) {
        self.groups = self.groups_of_rules();
        for index in 0..self.claims.len() {
            let claim = &self.claims[index];
            if claim.evidence == Evidence::Unverified {
                continue;
            }
            let source = self.slices[claim.slice].source;
            if self.is_held_back(claim) {
                self.summary.held_back += 1;
                continue;
            }
            let (from, to) = (claim.claimed.from, claim.claimed.to);
            let same = self.groups.iter().position(|group| {
                self.slices[group.slice].source == source
                    && group.from <= to
                    && from <= group.to
                    && are_kin(&self.weaknesses(group), &[claim.claimed.cwe])
            });
            if let Some(group) = same {
                self.groups[group].claims.push(index);
                continue;
            }
            let heard = self.heard(claim.slice, &[claim.claimed.cwe]);
            self.groups.push(Group {
                rule: None,
                slice: claim.slice,
                from,
                to,
                claims: vec![index],
                heard,
                decision: None,
            });
        }
    }

    /// The findings of rules that lie in what was shown to someone who answered.
    fn groups_of_rules(&self) -> Vec<Group> {
        let mut groups = Vec::new();
        for (index, finding) in self.report.findings.iter().enumerate() {
            let Some(slice) = self.slice_of(finding) else {
                continue;
            };
            let heard = self.heard(slice, &finding.cwe);
            if !heard.is_empty() {
                groups.push(Group {
                    rule: Some(index),
                    slice,
                    from: finding.start.line,
                    to: finding.end.line,
                    claims: Vec::new(),
                    heard,
                    decision: None,
                });
            }
        }
        groups
    }

    fn slice_of(&self, finding: &Reported) -> Option<usize> {
        self.slices.iter().position(|slice| {
            self.sources[slice.source].path == finding.path
                && (slice.from..=slice.to).contains(&finding.start.line)
        })
    }

    /// Members that answered about a slice and a list with one of these weaknesses.
    fn heard(&self, slice: usize, cwe: &[crate::Cwe]) -> Vec<usize> {
        let is_about = |asked: &&Asked| match asked.about {
            About::Slice { slice: of, topic } if of == slice && asked.is_answered => {
                let sought = self.topics[topic].sought.iter();
                let listed: Vec<_> = sought.filter_map(|one| one.cwe).collect();
                !cwe.is_empty() && are_kin(cwe, &listed)
            }
            About::Slice { .. } | About::Group(_) => false,
        };
        let asked = self.asked.iter().filter(is_about);
        let mut heard: Vec<usize> = asked.map(|asked| asked.member).collect();
        heard.sort_unstable();
        heard.dedup();
        heard
    }

    fn is_held_back(&self, claim: &Claim) -> bool {
        let path = &self.sources[self.slices[claim.slice].source].path;
        self.report.suppressed.iter().any(|held| {
            let finding = &held.finding;
            finding.path == *path
                && finding.start.line <= claim.claimed.to
                && claim.claimed.from <= finding.end.line
                && are_kin(&finding.cwe, &[claim.claimed.cwe])
        })
    }

    pub(super) fn weaknesses(&self, group: &Group) -> Vec<crate::Cwe> {
        match group.rule {
            Some(index) => self.report.findings[index].cwe.clone(),
            None => group
                .claims
                .iter()
                .map(|claim| self.claims[*claim].claimed.cwe)
                .collect(),
        }
    }

    /// Members that found what a group is about, each once.
    pub(super) fn finders(&self, group: &Group) -> Vec<usize> {
        let mut finders: Vec<usize> = group
            .claims
            .iter()
            .map(|claim| self.claims[*claim].member)
            .collect();
        finders.sort_unstable();
        finders.dedup();
        finders
    }

    /// What a rule alone or one model alone says is put to a model that did not find it.
    fn disputes(&mut self) -> Vec<Question> {
        let mut disputed: Vec<(crate::Severity, usize, usize)> = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            let finders = self.finders(group);
            let is_disputed = match group.rule {
                Some(_) => finders.is_empty(),
                None => finders.len() == 1,
            };
            let others: Vec<usize> = (0..self.members.len())
                .filter(|member| !finders.contains(member))
                .collect();
            if is_disputed && !others.is_empty() {
                let member = others[index % others.len()];
                disputed.push((self.severity(group), index, member));
            }
        }
        disputed.sort_by_key(|(severity, index, _)| (std::cmp::Reverse(*severity), *index));
        disputed.truncate(DISPUTES);
        let mut questions = Vec::new();
        for (_, group, member) in disputed {
            let finding = self.finding(&self.groups[group]);
            let slice = self.slices[self.groups[group].slice].clone();
            let prompt = prompt::decide(&self.files[slice.source], &slice, &finding);
            let schema = prompt::decide_schema();
            let about = About::Group(group);
            questions.push(self.question(member, about, &prompt, "decision", schema));
        }
        questions
    }
}

/// What models are worth as independent votes, by what is assumed without history.
pub(super) fn votes(models: &[&ModelId]) -> Option<f64> {
    let count = u32::try_from(models.len()).ok()?;
    let correlation = majlis_council::ballot::prior_correlation(models);
    majlis_council::ballot::effective_votes(count, correlation.map_or(0.0, |prior| prior.value))
}

/// Slices with findings of rules first, the worst before others; then by path and line.
fn rank(slices: &mut [Slice], report: &Report, sources: &[Source]) {
    let mut by_path: HashMap<&str, Vec<(u32, crate::Severity)>> = HashMap::new();
    for finding in &report.findings {
        let place = (finding.start.line, finding.severity);
        by_path.entry(&finding.path).or_default().push(place);
    }
    let weight = |slice: &Slice| {
        let found = by_path.get(sources[slice.source].path.as_str());
        let inside = found.into_iter().flatten();
        let inside = inside.filter(|(line, _)| (slice.from..=slice.to).contains(line));
        inside.map(|(_, severity)| *severity).max()
    };
    slices.sort_by_cached_key(|slice| (std::cmp::Reverse(weight(slice)), slice.source, slice.from));
}

fn topics(rules: &RuleSet, facets: &[Facet]) -> Vec<Topic> {
    let mut topics = Vec::new();
    for language in Language::ALL {
        for facet in [Facet::Security, Facet::Performance, Facet::Quality] {
            if !facets.is_empty() && !facets.contains(&facet) {
                continue;
            }
            for (_, sought) in prompt::sought(rules, language, facet) {
                topics.push(Topic {
                    language,
                    facet,
                    sought,
                });
            }
        }
    }
    topics
}
