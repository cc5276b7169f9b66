//! The bundled sample consultations, as a person sees them.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fmt::Write as _;

use majlis_text::{Analysis, Answer, Stance, analyse, extract};

const ENGLISH: &str = include_str!("../../majlis-app/samples/council.en.json");
const ARABIC: &str = include_str!("../../majlis-app/samples/council.ar.json");

fn answers(sample: &str) -> Vec<Answer> {
    let sample: serde_json::Value = serde_json::from_str(sample).unwrap();
    let list = sample["answers"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    list.iter()
        .enumerate()
        .map(|(member, answer)| Answer::new(member, text(&answer["name"]), text(&answer["text"])))
        .collect()
}

fn measure(answers: &[Answer]) -> Analysis {
    analyse(&extract(answers), None)
}

/// The grid as text: a sign per member, then the claim and who says it otherwise.
fn grid(analysis: &Analysis) -> String {
    let mut text = String::new();
    let percent = |share: Option<f64>| {
        share.map_or("–".to_owned(), |share| format!("{:.0} %", share * 100.0))
    };
    let agreement = percent(analysis.agreement);
    writeln!(
        text,
        "agreement {agreement} over {} claims, limits {:?}",
        analysis.shared_claims, analysis.limits
    )
    .unwrap();
    for member in &analysis.members {
        let coverage = percent(member.coverage);
        writeln!(
            text,
            "{}: {} words, {} claims, coverage {coverage}",
            member.label, member.words, member.claims
        )
        .unwrap();
    }
    for pair in &analysis.pairs {
        let (alike, agree) = (percent(pair.similarity), percent(pair.agreement));
        writeln!(
            text,
            "{}–{}: alike {alike}, agree {agree} on {}",
            pair.first, pair.second, pair.shared_claims
        )
        .unwrap();
    }
    for row in &analysis.claims {
        let signs: String = row
            .stances
            .iter()
            .map(|stance| sign(stance.stance))
            .collect();
        writeln!(text, "{} {signs} {}", row.id, row.text).unwrap();
        for stance in row
            .stances
            .iter()
            .filter(|stance| stance.member != row.member)
        {
            for quote in &stance.quotes {
                writeln!(text, "     {} {}", stance.member, quote.text).unwrap();
            }
        }
    }
    for conflict in analysis.contradictions.iter().flatten() {
        let sides = [&conflict.first, &conflict.second]
            .map(|side| format!("{} “{}”", side.member, side.quote.text));
        writeln!(
            text,
            "{} {:?}: {}",
            conflict.claim,
            conflict.evidence,
            sides.join(" against ")
        )
        .unwrap();
    }
    text
}

fn sign(stance: Option<Stance>) -> char {
    match stance {
        None => '?',
        Some(Stance::Asserts) => '✓',
        Some(Stance::Denies) => '✗',
        Some(Stance::DifferentValue) => '≠',
        Some(Stance::Silent) => '·',
    }
}

#[test]
fn the_english_sample_shows_what_majlis_measures() {
    insta::assert_snapshot!(grid(&measure(&answers(ENGLISH))));
}

#[test]
fn the_arabic_sample_shows_what_majlis_measures() {
    insta::assert_snapshot!(grid(&measure(&answers(ARABIC))));
}

#[test]
fn each_sample_agrees_differs_and_contradicts_itself_once() {
    for sample in [ENGLISH, ARABIC] {
        let analysis = measure(&answers(sample));
        assert!(analysis.patterns.len() >= 6, "{}", analysis.patterns.len());
        assert_eq!(analysis.contradictions.map(|found| found.len()), Some(2));
        assert!(analysis.unique.iter().any(|unique| unique.member == 3));
        assert!(!analysis.gaps.is_empty());
    }
}

#[test]
fn a_marked_word_is_the_one_that_differs() {
    let answers = answers(ENGLISH);
    let analysis = measure(&answers);
    let marked: Vec<&str> = analysis
        .contradictions
        .iter()
        .flatten()
        .flat_map(|conflict| [&conflict.first, &conflict.second])
        .flat_map(|side| {
            side.marks
                .iter()
                .map(|mark| &answers[side.member].text[mark.start..mark.end])
        })
        .collect();
    assert_eq!(marked, ["$15", "$50", "copy", "cannot"]);
}

#[test]
fn a_duplicate_member_changes_no_contradiction_of_the_others() {
    let mut answers = answers(ENGLISH);
    let before = measure(&answers).contradictions.unwrap();
    let double = Answer {
        member: 4,
        ..answers[3].clone()
    };
    answers.push(double);
    let after = measure(&answers).contradictions.unwrap();
    let sides = |found: &[majlis_text::Contradiction]| -> Vec<_> {
        found
            .iter()
            .map(|conflict| (conflict.first.clone(), conflict.second.clone()))
            .collect()
    };
    assert_eq!(sides(&before), sides(&after));
}
