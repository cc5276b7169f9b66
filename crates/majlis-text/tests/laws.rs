//! What holds for every set of answers.

use majlis_text::{Analysis, Answer, Limit, Stance, Vectors, analyse, extract};
use proptest::prelude::*;

fn measure(answers: &[Answer]) -> Analysis {
    analyse(&extract(answers), None)
}

fn answers(texts: &[&str]) -> Vec<Answer> {
    texts
        .iter()
        .enumerate()
        .map(|(member, text)| Answer::new(member, member.to_string(), *text))
        .collect()
}

/// Sentences that agree, differ and deny, among what is no claim at all.
const SENTENCES: &[&str] = &[
    "The server needs a cache for sessions.",
    "The server does not need a cache for sessions.",
    "A cache is needed by the server for sessions.",
    "The plan costs $15 per month.",
    "The plan costs **$50** per month.",
    "Every plan has a free trial of 30 days.",
    "لا يحتاج الخادم إلى ذاكرة وسيطة للجلسات.",
    "يحتاج الخادم إلى ذاكرة وسيطة للجلسات.",
    "تبلغ كلفة الخطة ١٥ دولارًا في الشهر.",
    "- a bullet on session storage\n- another bullet, with `code` in it\n",
    "## Sessions and caches\n\n",
    "```rust\nfn main() {}\n```\n\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    "> quoted words of another\n\n",
    "Why is that so? ",
    "🙂🙂 e\u{301}ﷺ \u{202E}abc\u{202C} ",
    "SQLite and PostgreSQL both keep sessions; Redis keeps them in memory only.",
];

fn written() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(SENTENCES), 0..7)
        .prop_map(|sentences| sentences.join(" "))
}

fn council() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(written(), 0..5)
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// The rows without what depends on the members' order: text, and per text of a member its stance.
fn rows_by_text(analysis: &Analysis, texts: &[&str]) -> Vec<String> {
    let mut rows: Vec<String> = analysis
        .claims
        .iter()
        .map(|row| {
            let mut stances: Vec<String> = row
                .stances
                .iter()
                .map(|stance| {
                    format!(
                        "{} {:?} {:?}",
                        texts[stance.member], stance.stance, stance.value
                    )
                })
                .collect();
            stances.sort();
            format!(
                "{} {:.9?} {:?} {stances:?}",
                row.text, row.agreement, row.coverage
            )
        })
        .collect();
    rows.sort();
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_the_members_does_not_matter(texts in council()) {
        let forward = borrowed(&texts);
        let backward: Vec<&str> = forward.iter().rev().copied().collect();
        let (one, other) = (measure(&answers(&forward)), measure(&answers(&backward)));
        prop_assert_eq!(rows_by_text(&one, &forward), rows_by_text(&other, &backward));
        prop_assert_eq!(format!("{:.9?}", one.agreement), format!("{:.9?}", other.agreement));
        prop_assert_eq!(one.limits, other.limits);
        prop_assert_eq!(one.contradictions.map(|found| found.len()), other.contradictions.map(|found| found.len()));
    }

    #[test]
    fn every_place_lies_in_its_answer_on_character_boundaries(texts in council(), noise in "\\PC{0,60}") {
        let mut texts = texts;
        texts.push(noise);
        let given = answers(&borrowed(&texts));
        let claims = extract(&given);
        for claim in claims.iter() {
            prop_assert!(given[claim.member].text.get(claim.span.start..claim.span.end).is_some_and(|text| !text.is_empty()));
        }
        let analysis = analyse(&claims, None);
        let marks = analysis.contradictions.iter().flatten().flat_map(|conflict| [&conflict.first, &conflict.second]);
        for side in marks {
            for mark in &side.marks {
                prop_assert!(given[side.member].text.get(mark.start..mark.end).is_some());
            }
        }
    }

    #[test]
    fn a_member_apart_changes_nothing_among_the_counted(texts in council(), apart in written()) {
        let mut given = answers(&borrowed(&texts));
        let before = measure(&given);
        given.push(Answer { apart: true, ..Answer::new(texts.len(), "demo", apart) });
        let after = measure(&given);
        prop_assert_eq!(before.agreement, after.agreement);
        prop_assert_eq!(before.coverage, after.coverage);
        prop_assert_eq!(before.patterns, after.patterns);
        prop_assert_eq!(before.gaps, after.gaps);
        prop_assert_eq!(before.unique, after.unique);
        prop_assert_eq!(before.contradictions, after.contradictions);
        for (one, other) in before.claims.iter().zip(&after.claims) {
            prop_assert_eq!(&one.text, &other.text);
            prop_assert_eq!(one.agreement, other.agreement);
            prop_assert_eq!(one.coverage, other.coverage);
        }
    }

    #[test]
    fn numbers_lie_in_range_and_the_form_survives_being_stored(texts in council()) {
        let analysis = measure(&answers(&borrowed(&texts)));
        let shares = analysis.pairs.iter().flat_map(|pair| [pair.similarity, pair.agreement]);
        let shares = shares.chain(analysis.claims.iter().flat_map(|row| [row.agreement, row.coverage]));
        for share in shares.chain([analysis.agreement, analysis.coverage]).flatten() {
            prop_assert!((0.0..=1.0).contains(&share));
        }
        let stored = serde_json::to_string(&analysis).unwrap();
        prop_assert_eq!(serde_json::from_str::<Analysis>(&stored).unwrap(), analysis);
    }

    #[test]
    fn the_same_answer_twice_is_wholly_alike_and_never_disagrees(text in written()) {
        let analysis = measure(&answers(&[&text, &text]));
        prop_assert!(analysis.pairs[0].similarity.is_none_or(|alike| alike > 0.999_999));
        prop_assert!(analysis.agreement.is_none_or(|agreement| agreement > 0.999_999));
        prop_assert_eq!(analysis.contradictions.unwrap_or_default(), vec![]);
    }
}

/// Vectors that are near for texts with the same letters in threes.
fn measure_by_meaning(answers: &[Answer]) -> Analysis {
    let claims = extract(answers);
    let texts = claims.texts();
    let vectors = texts.iter().map(|text| {
        let mut vector = vec![0.01_f32; 48];
        let letters: Vec<char> = text.chars().collect();
        for window in letters.windows(3) {
            let sum: usize = window.iter().map(|c| *c as usize).sum();
            vector[sum % 48] += 1.0;
        }
        vector
    });
    let vectors = Vectors::new("letters", texts.clone(), vectors.collect());
    analyse(&claims, vectors.as_ref().ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn by_meaning_the_order_of_the_members_does_not_matter_either(texts in council()) {
        let forward = borrowed(&texts);
        let backward: Vec<&str> = forward.iter().rev().copied().collect();
        let (one, other) = (measure_by_meaning(&answers(&forward)), measure_by_meaning(&answers(&backward)));
        prop_assert_eq!(rows_by_text(&one, &forward), rows_by_text(&other, &backward));
        prop_assert_eq!(one.contradictions.map(|found| found.len()), other.contradictions.map(|found| found.len()));
        prop_assert_eq!(one.keywords, other.keywords);
    }

    #[test]
    fn by_meaning_a_member_apart_changes_nothing_either(texts in council(), apart in written()) {
        let mut given = answers(&borrowed(&texts));
        let before = measure_by_meaning(&given);
        given.push(Answer { apart: true, ..Answer::new(texts.len(), "demo", apart) });
        let after = measure_by_meaning(&given);
        prop_assert_eq!(before.agreement, after.agreement);
        prop_assert_eq!(before.patterns, after.patterns);
        prop_assert_eq!(before.gaps, after.gaps);
        prop_assert_eq!(before.contradictions, after.contradictions);
    }

    #[test]
    fn checks_lie_in_their_answers(noise in "[0-9 +*/=().,-]{0,40}|\\PC{0,40}") {
        let text = format!("The sum is {noise} and no more. ```json\n{noise}\n```");
        let found = measure(&answers(&[&text]));
        for check in found.failed_checks {
            prop_assert!(text.get(check.span.start..check.span.end).is_some());
        }
    }
}

#[track_caller]
fn check_limits(texts: &[&str], expected: &[Limit]) -> Analysis {
    let analysis = measure(&answers(texts));
    assert_eq!(
        analysis.limits,
        expected,
        "{:?}",
        texts.iter().map(|text| text.len()).collect::<Vec<_>>()
    );
    analysis
}

#[test]
fn strange_answers_give_a_sensible_analysis_and_say_what_was_not_measured() {
    use Limit::{
        AnswerWithoutClaims, ClaimsCapped, CodeNotCompared, ContradictionDirectOnly,
        CrossLanguageUnaligned, LexicalOnly, NoAnswer, OneAnswer, QuotesNotCompared,
        TablesNotCompared,
    };
    check_limits(&[], &[NoAnswer]);
    let single = check_limits(&["The file is small."], &[OneAnswer]);
    assert_eq!(
        (single.agreement, single.contradictions, single.unique.len()),
        (None, None, 0)
    );
    check_limits(
        &["", ""],
        &[AnswerWithoutClaims, LexicalOnly, ContradictionDirectOnly],
    );
    check_limits(
        &["🙂🙂🙂", "؟!"],
        &[AnswerWithoutClaims, LexicalOnly, ContradictionDirectOnly],
    );
    let code = "```\nx\n```\n";
    let limits = [
        AnswerWithoutClaims,
        LexicalOnly,
        ContradictionDirectOnly,
        CodeNotCompared,
    ];
    let silent = check_limits(&[code, "The file is small."], &limits);
    assert_eq!(silent.claims[0].stances[0].stance, None);
    check_limits(
        &["|a|\n|-|\n|b|\n\n> q\n", "The file is small."],
        &[
            AnswerWithoutClaims,
            LexicalOnly,
            ContradictionDirectOnly,
            TablesNotCompared,
            QuotesNotCompared,
        ],
    );
    let long = "The file is small and the disk is large. ".repeat(25_000);
    let capped = check_limits(
        &[&long, "The file is small."],
        &[LexicalOnly, ContradictionDirectOnly, ClaimsCapped],
    );
    assert!(capped.shared_claims > 0);
    let unstopped = "word ".repeat(200_000);
    check_limits(
        &[&unstopped, "The file is small."],
        &[LexicalOnly, ContradictionDirectOnly, ClaimsCapped],
    );
    let limits = [LexicalOnly, ContradictionDirectOnly, CrossLanguageUnaligned];
    check_limits(
        &[
            "The server needs a large cache.",
            "يحتاج الخادم إلى ذاكرة كبيرة.",
        ],
        &limits,
    );
}

#[test]
fn answers_of_one_word_are_compared() {
    for (one, other, stance) in [
        ("Yes", "yes!", Some(Stance::Asserts)),
        ("Yes", "No.", Some(Stance::Denies)),
        ("42", "41", Some(Stance::DifferentValue)),
        ("PostgreSQL", "SQLite", Some(Stance::Silent)),
    ] {
        let analysis = measure(&answers(&[one, other]));
        let row = &analysis.claims[0];
        let others: Vec<_> = row
            .stances
            .iter()
            .filter(|found| found.member != row.member)
            .map(|found| found.stance)
            .collect();
        assert_eq!(others, [stance], "{one} / {other}");
    }
}

#[test]
fn by_words_another_language_is_not_measured_and_by_meaning_it_is() {
    let given = answers(&[
        "The server needs a large cache.",
        "يحتاج الخادم إلى ذاكرة كبيرة.",
    ]);
    let claims = extract(&given);
    let by_words = analyse(&claims, None);
    assert!(
        by_words
            .claims
            .iter()
            .all(|row| row.stances.iter().any(|stance| stance.stance.is_none()))
    );
    assert_eq!(by_words.pairs[0].similarity, None);
    assert_eq!(by_words.unique, []);
    let vectors = Vectors::new(
        "test-engine",
        claims.texts(),
        vec![vec![1.0, 0.1], vec![1.0, 0.0]],
    )
    .unwrap();
    let by_meaning = analyse(&claims, Some(&vectors));
    assert_eq!(by_meaning.engine, "test-engine");
    assert_eq!(
        (by_meaning.claims.len(), by_meaning.agreement),
        (1, Some(1.0))
    );
    assert_eq!(by_meaning.limits, [Limit::ContradictionDirectOnly]);
}

#[test]
fn the_form_is_the_one_that_is_stored() {
    let given = answers(&[
        "The plan costs $15 per month.",
        "The plan costs **$50** per month. Support is free.",
    ]);
    insta::assert_json_snapshot!(measure(&given));
}
