// Reads the marked councils beside this file and holds an analysis against them. Included by path
// where an embedder is at hand; see docs/council-bench.md for the form.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use majlis_text::{Analysis, Answer, Quote};

/// The two files, by language.
pub const FILES: [(&str, &str); 2] = [
    ("en", include_str!("council-en.txt")),
    ("ar", include_str!("council-ar.txt")),
];

/// A question with its answers and what they say, marked by hand.
#[derive(Debug)]
pub struct Question {
    /// `en01`.
    pub id: String,
    /// `fact`, `code`, `tradeoff`, `mixed` (answers in two languages).
    pub kind: String,
    /// The question.
    pub text: String,
    /// The answers, as they are measured.
    pub answers: Vec<Answer>,
    /// What is said, with its place.
    pub statements: Vec<Statement>,
}

impl Question {
    /// Never used for tuning: every second one.
    pub fn is_held_out(&self) -> bool {
        self.id.bytes().last().is_some_and(|digit| digit % 2 == 0)
    }
}

/// One sentence that makes a claim.
#[derive(Debug)]
pub struct Statement {
    member: usize,
    claim: u32,
    /// Equal letters hold alike, different ones contradict each other.
    position: char,
    start: usize,
    end: usize,
}

/// Reads a file.
///
/// # Errors
/// The line that cannot be read.
pub fn read(text: &str) -> Result<Vec<Question>, String> {
    let mut questions: Vec<Question> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let bad = || format!("line {}: {line}", number + 1);
        if line.trim().is_empty() {
            continue;
        }
        if let Some(head) = line.strip_prefix("# ") {
            let mut words = head.splitn(3, ' ');
            let mut word = || words.next().map(str::to_owned).ok_or_else(bad);
            questions.push(Question {
                id: word()?,
                kind: word()?,
                text: word()?,
                answers: Vec::new(),
                statements: Vec::new(),
            });
            continue;
        }
        let question = questions.last_mut().ok_or_else(bad)?;
        if let Some(label) = line.strip_prefix("> ") {
            let member = question.answers.len();
            question.answers.push(Answer::new(member, label, ""));
            continue;
        }
        let (mark, sentence) = line.split_once(' ').ok_or_else(bad)?;
        let answer = question.answers.last_mut().ok_or_else(bad)?;
        if !answer.text.is_empty() {
            answer.text.push(' ');
        }
        let start = answer.text.len();
        answer.text.push_str(sentence);
        if mark != "." {
            let position = mark
                .chars()
                .last()
                .filter(char::is_ascii_lowercase)
                .ok_or_else(bad)?;
            question.statements.push(Statement {
                member: answer.member,
                claim: mark[..mark.len() - 1].parse().map_err(|_| bad())?,
                position,
                start,
                end: answer.text.len(),
            });
        }
    }
    Ok(questions)
}

/// Found and marked relations of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    /// Found and marked.
    pub right: usize,
    /// Found, not marked.
    pub wrong: usize,
    /// Marked, not found.
    pub missed: usize,
}

impl Count {
    fn of<T: Ord>(found: &BTreeSet<T>, marked: &BTreeSet<T>) -> Self {
        Self {
            right: found.intersection(marked).count(),
            wrong: found.difference(marked).count(),
            missed: marked.difference(found).count(),
        }
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }

    fn share(part: usize, rest: usize) -> String {
        match part + rest {
            0 => "  – ".to_owned(),
            all => format!(
                "{:.2}",
                f64::from(u32::try_from(part).unwrap_or(0))
                    / f64::from(u32::try_from(all).unwrap_or(1))
            ),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precision = Self::share(self.right, self.wrong);
        let recall = Self::share(self.right, self.missed);
        write!(
            f,
            "P {precision}  R {recall}  of {:>3}",
            self.right + self.missed
        )
    }
}

/// What an analysis found of what is marked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    /// Pairs of members that hold a claim alike.
    pub agreements: Count,
    /// Claims two or more speak to and another does not, per member that misses it.
    pub gaps: Count,
    /// Pairs of statements that cannot both be true.
    pub contradictions: Count,
}

impl Score {
    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.agreements.add(other.agreements);
        self.gaps.add(other.gaps);
        self.contradictions.add(other.contradictions);
    }
}

/// Holds an analysis against what is marked.
pub fn score(question: &Question, analysis: &Analysis) -> Score {
    Score {
        agreements: Count::of(
            &found_agreements(question, analysis),
            &pairs(question, true),
        ),
        gaps: Count::of(&found_gaps(question, analysis), &marked_gaps(question)),
        contradictions: Count::of(
            &found_contradictions(question, analysis),
            &pairs(question, false),
        ),
    }
}

/// Two statements by their places in [`Question::statements`]; one that is not marked is
/// `usize::MAX`, so that it counts as wrong.
type Pair = (usize, usize);

fn pairs(question: &Question, alike: bool) -> BTreeSet<Pair> {
    let all = &question.statements;
    let mut found = BTreeSet::new();
    for (at, one) in all.iter().enumerate() {
        for (later, other) in all.iter().enumerate().skip(at + 1) {
            let same = one.claim == other.claim && one.member != other.member;
            if same && (one.position == other.position) == alike {
                found.insert((at, later));
            }
        }
    }
    found
}

/// The marked statement a quote overlaps most.
fn statement(question: &Question, member: usize, quote: &Quote) -> usize {
    let overlap = |statement: &Statement| {
        let start = statement.start.max(quote.span.start);
        statement.end.min(quote.span.end).saturating_sub(start)
    };
    let own = question
        .statements
        .iter()
        .enumerate()
        .filter(|(_, s)| s.member == member);
    own.map(|(at, statement)| (overlap(statement), at))
        .filter(|(shared, _)| *shared > 0)
        .max()
        .map_or(usize::MAX, |(_, at)| at)
}

fn ordered(one: usize, other: usize) -> Pair {
    (one.min(other), one.max(other))
}

fn found_agreements(question: &Question, analysis: &Analysis) -> BTreeSet<Pair> {
    let mut found = BTreeSet::new();
    for row in &analysis.claims {
        let held: Vec<_> = row
            .stances
            .iter()
            .filter_map(|stance| Some((stance.member, stance.position?, stance.quotes.first()?)))
            .collect();
        for (at, one) in held.iter().enumerate() {
            for other in held[at + 1..].iter().filter(|other| other.1 == one.1) {
                found.insert(ordered(
                    statement(question, one.0, one.2),
                    statement(question, other.0, other.2),
                ));
            }
        }
    }
    found
}

fn found_contradictions(question: &Question, analysis: &Analysis) -> BTreeSet<Pair> {
    let sides = analysis.contradictions.iter().flatten();
    sides
        .map(|found| {
            let [first, second] = [&found.first, &found.second]
                .map(|side| statement(question, side.member, &side.quote));
            ordered(first, second)
        })
        .collect()
}

fn marked_gaps(question: &Question) -> BTreeSet<(u32, usize)> {
    let mut speakers: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for statement in &question.statements {
        speakers
            .entry(statement.claim)
            .or_default()
            .insert(statement.member);
    }
    let members = 0..question.answers.len();
    speakers
        .iter()
        .filter(|(_, speakers)| speakers.len() >= 2)
        .flat_map(|(claim, speakers)| {
            members
                .clone()
                .filter(|member| !speakers.contains(member))
                .map(|member| (*claim, member))
        })
        .collect()
}

fn found_gaps(question: &Question, analysis: &Analysis) -> BTreeSet<(u32, usize)> {
    let mut found = BTreeSet::new();
    for gap in &analysis.gaps {
        let row = analysis.claims.iter().find(|row| row.id == gap.claim);
        let quotes = row
            .iter()
            .flat_map(|row| &row.stances)
            .filter_map(|s| Some((s.member, s.quotes.first()?)));
        let claim = quotes
            .map(|(member, quote)| statement(question, member, quote))
            .find_map(|at| question.statements.get(at))
            .map_or(u32::MAX, |statement| statement.claim);
        found.extend(gap.missed_by.iter().map(|member| (claim, *member)));
    }
    found
}

/// The table: per language and use, precision and recall of each kind.
pub fn table(measure: &mut dyn FnMut(&[Answer]) -> Analysis) -> Result<String, String> {
    use fmt::Write as _;
    let mut sums: BTreeMap<(String, bool), Score> = BTreeMap::new();
    for (language, text) in FILES {
        for question in read(text)? {
            let score = score(&question, &measure(&question.answers));
            let group = if question.kind == "mixed" {
                "mixed"
            } else {
                language
            };
            for name in [group, "all"] {
                sums.entry((name.to_owned(), question.is_held_out()))
                    .or_default()
                    .add(score);
            }
        }
    }
    let mut text = String::new();
    for ((name, held), score) in sums {
        let part = if held { "held out" } else { "development" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{name:<6} {part:<12} agreement {}   gap {}   contradiction {}",
            score.agreements, score.gaps, score.contradictions
        );
    }
    Ok(text)
}
