use std::collections::HashSet;

use super::*;
use crate::report::{Report, Reported};
use crate::rule::RuleSet;
use crate::table::Tables;
use crate::tree::MemoryTree;
use crate::{Analyser, Facet, Options, Severity};

/// A command from an argument (found by a rule and a model), a weak hash (by a rule), a command
/// that is held back, and a query that is safe.
const CODE: &str = "\
import hashlib
import os
import sys


def run():
    os.system('ls ' + sys.argv[1])


def digest(data):
    return hashlib.md5(data).hexdigest()


def held():
    os.system('ls ' + sys.argv[2])  # majlis-ignore[command-injection]: meant


def find(db, name):
    return db.execute('SELECT * FROM t WHERE name = ?', (name,))
";

fn analyser() -> Analyser<'static> {
    let rules = RuleSet::embedded().unwrap();
    let wanted = [
        "python/command-injection",
        "python/weak-hash",
        "python/sql-injection",
    ];
    let rules = rules.only(|rule| wanted.contains(&&*rule.id));
    Analyser::new(rules, Tables::embedded()).unwrap()
}

fn claim(cwe: u32, line: u32, quote: &str, fix: &str) -> String {
    format!(
        r#"{{"cwe": {cwe}, "start_line": {line}, "end_line": {line}, "quote": {}, "severity": "high", "confidence": 0.9, "why": "It is so.", "fix": {fix}}}"#,
        serde_json::to_string(quote).unwrap()
    )
}

/// Answers that serve for both kinds of questions.
fn answer(claims: &[String], verdict: &str) -> String {
    format!(
        r#"{{"findings": [{}], "verdict": "{verdict}", "severity": "info", "reason": "The value is bound.", "quote": "import hashlib"}}"#,
        claims.join(",")
    )
}

/// Holds a council with an answer per member, the same to every question.
fn hold(answers: &[Option<String>]) -> (Report, usize) {
    let analyser = analyser();
    let tree: MemoryTree = [("app.py", CODE)].into_iter().collect();
    let options = Options::default();
    let report = analyser.audit(&tree, &options, None, &|_| {}).unwrap();
    let sources = analyser.sources(&tree, &options, &HashSet::new()).unwrap();
    let names = ["one/a", "two/b", "three/c"];
    let plan = CouncilPlan {
        members: names[..answers.len()]
            .iter()
            .map(|name| name.parse().unwrap())
            .collect(),
        facets: vec![Facet::Security],
        slices: DEFAULT_SLICES,
    };
    let (mut inquest, mut questions) = Inquest::open(report, sources, analyser.rules(), &plan);
    let mut asked = 0;
    while !questions.is_empty() {
        asked += questions.len();
        let answers = questions.iter().map(|question| {
            let place = plan
                .members
                .iter()
                .position(|one| *one == question.request.model);
            (question.id, answers[place.unwrap()].clone())
        });
        let answers = answers.collect();
        questions = inquest.handle(answers);
    }
    (inquest.conclude(&analyser), asked)
}

fn standing(finding: &Reported) -> Standing {
    finding.opinion.as_ref().unwrap().standing
}

fn of<'r>(report: &'r Report, rule: &str) -> &'r Reported {
    let mut findings = report.findings.iter();
    findings.find(|finding| finding.rule == rule).unwrap()
}

#[test]
fn findings_are_confirmed_downgraded_refuted_unverified_and_held_back() {
    let fix = r#"{"start_line": 7, "end_line": 7, "replacement": "    os.listdir(sys.argv[1])"}"#;
    let claims = [
        claim(78, 9, "os.system('ls ' + sys.argv[1])", fix),
        claim(
            89,
            19,
            "return db.execute('SELECT * FROM t WHERE name = ?', (name,))",
            "null",
        ),
        claim(89, 19, "db.execute('SELECT ' + name)", "null"),
        claim(78, 15, "os.system('ls ' + sys.argv[2])", "null"),
    ];
    let (report, _) = hold(&[Some(answer(&claims, "refute")), Some(answer(&[], "refute"))]);
    let command = of(&report, "python/command-injection");
    assert_eq!(standing(command), Standing::Confirmed);
    let opinion = command.opinion.as_ref().unwrap();
    assert_eq!(opinion.evidence, Some(Evidence::Stands));
    let fix = opinion.fix.as_ref().unwrap();
    assert_eq!(fix.state, FixState::Resolves, "{fix:?}");
    let hash = of(&report, "python/weak-hash");
    assert_eq!(standing(hash), Standing::Downgraded);
    let before = hash.opinion.as_ref().unwrap().downgraded_from.unwrap();
    assert!(hash.severity == Severity::Info && before > Severity::Info);
    assert_eq!(report.suppressed.len(), 1);
    let council = report.council.as_ref().unwrap();
    assert_eq!(council.refuted.len(), 1);
    assert_eq!(council.unverified.len(), 1);
    assert_eq!(council.held_back, 1);
    assert_eq!((council.patterns, council.contradictions), (1, 2));
    assert_eq!(council.answered, council.asked);
    assert!(standing(&council.refuted[0]) == Standing::Refuted);
    let doubtful = council.unverified[0].opinion.as_ref().unwrap();
    assert!(doubtful.confidence <= 0.1);
    assert!(opinion.confidence > doubtful.confidence);
}

#[test]
fn no_answer_of_any_kind_takes_a_finding_of_a_rule_away() {
    let plain = {
        let tree: MemoryTree = [("app.py", CODE)].into_iter().collect();
        let report = analyser().audit(&tree, &Options::default(), None, &|_| {});
        report.unwrap().findings.len()
    };
    let all_wrong = answer(&[], "refute");
    for answers in [
        vec![None],
        vec![Some("no".to_owned())],
        vec![Some("{}".to_owned()), None],
        vec![Some(all_wrong.clone()), Some(all_wrong.clone())],
        vec![Some("[".repeat(10_000))],
    ] {
        let (report, _) = hold(&answers);
        assert_eq!(report.findings.len(), plain, "{answers:?}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_asked_for_once_more() {
    let (report, asked) = hold(&[Some("I see nothing.".to_owned())]);
    let council = report.council.unwrap();
    assert_eq!((council.answered, asked), (0, council.asked * 2));
}

#[test]
fn two_models_confirm_one_another_and_one_alone_stays_alone() {
    let query = [claim(89, 19, "return db.execute('SELECT * FROM t", "null")];
    let (both, _) = hold(&[
        Some(answer(&query, "confirm")),
        Some(answer(&query, "confirm")),
    ]);
    assert_eq!(standing(of(&both, "council/cwe-89")), Standing::Confirmed);
    let (one, _) = hold(&[Some(answer(&query, "confirm"))]);
    let single = of(&one, "council/cwe-89");
    assert_eq!(standing(single), Standing::Single);
    assert_eq!(single.start.line, 19);
    assert_eq!(single.excerpt[0].line, 19);
    let worth = |report: &Report| {
        of(report, "council/cwe-89")
            .opinion
            .as_ref()
            .unwrap()
            .confidence
    };
    assert!(worth(&both) > worth(&one));
}

#[test]
fn what_is_sent_holds_the_closed_list_and_numbered_lines_and_says_that_code_is_data() {
    let analyser = analyser();
    let tree: MemoryTree = [("app.py", CODE)].into_iter().collect();
    let options = Options::default();
    let report = analyser.audit(&tree, &options, None, &|_| {}).unwrap();
    let sources = analyser.sources(&tree, &options, &HashSet::new()).unwrap();
    let plan = CouncilPlan {
        members: vec!["one/a".parse().unwrap()],
        facets: vec![Facet::Security],
        slices: 1,
    };
    let (_, questions) = Inquest::open(report, sources, analyser.rules(), &plan);
    let prompt = questions[0].request.messages[0].plain_text();
    insta::assert_snapshot!(prompt);
}
