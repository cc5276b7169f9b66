//! The marked councils can be read, and the count of what is found is right.

#[path = "../bench/council_bench.rs"]
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "shared with the runs that print the table"
)]
mod council_bench;

use council_bench::{FILES, read, score, table};
use majlis_text::{analyse, extract};

#[test]
fn every_question_has_four_answers_of_which_two_agree_and_two_do_not() {
    for (language, text) in FILES {
        let questions = read(text).unwrap();
        assert_eq!(questions.len(), 30, "{language}");
        for question in questions {
            let counted = score(&question, &analyse(&extract(&[]), None));
            assert_eq!(question.answers.len(), 4, "{}", question.id);
            assert!(counted.agreements.missed > 0, "{}", question.id);
            assert!(counted.contradictions.missed > 0, "{}", question.id);
            assert!(counted.gaps.missed > 0, "{}", question.id);
            assert!(!question.text.is_empty());
        }
    }
}

#[test]
fn a_file_that_is_not_of_the_form_is_refused_by_its_line() {
    for bad in [
        "1a A claim.",
        "# en01 fact",
        "# x y z\n1a A claim.",
        "# x y z\n> a\n1 Claim.",
        "# x y z\n> a\nxa Claim.",
    ] {
        assert!(read(bad).unwrap_err().starts_with("line "), "{bad}");
    }
}

#[test]
fn an_analysis_that_sees_everything_alike_finds_everything() {
    let text = "# x1 fact Q?\n> a\n1a The page size is 4096 bytes.\n2a Readers never block writers.\n\
                > b\n1a The page size is 4096 bytes.\n> c\n1b The page size is 1024 bytes.\n";
    let question = &read(text).unwrap()[0];
    let counted = score(question, &analyse(&extract(&question.answers), None));
    assert_eq!((counted.agreements.right, counted.agreements.wrong), (1, 0));
    assert_eq!(counted.contradictions.right, 2);
    assert_eq!(counted.contradictions.missed, 0);
}

#[test]
fn the_table_has_a_line_per_language_and_use() {
    let text = table(&mut |answers| analyse(&extract(answers), None)).unwrap();
    assert_eq!(text.lines().count(), 8, "{text}");
    assert!(text.contains("held out"), "{text}");
}
