//! Councils beyond their first round, from the terminal.

use serde_json::Value;

use crate::home::{Home, Ran};
use crate::upstream::Upstream;

fn home(upstream: &Upstream, more: &str) -> Home {
    Home::with_config(&format!("{}\n{more}", upstream.config()))
}

const ASK: [&str; 8] = [
    "ask",
    "-m",
    "test/canberra",
    "-m",
    "test/sydney",
    "-m",
    "test/canberra",
    "What is the capital of Australia?",
];

#[track_caller]
fn shows(ran: &Ran, wanted: &[&str]) {
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    for text in wanted {
        assert!(ran.stdout.contains(text), "no {text:?} in {}", ran.stdout);
    }
}

#[test]
fn three_models_hold_a_council_that_reviews_thinks_again_and_concludes() {
    let upstream = Upstream::start();
    let home = home(&upstream, "");
    let ran = home.run(&ASK);
    let wanted = [
        "Complete: all 3 members answered.",
        "3 models, about 1.",
        "Reviews",
        "test/sydney was dropped as a judge",
        "Second round",
        "statements contradict each other",
        "⚠ conformity",
        "Synthesis",
        "written by test/",
        "The capital of Australia is Canberra. [A1]",
        "⚠ unsupported",
        "by stage:",
    ];
    shows(&ran, &wanted);
    let shown = home.run(&["council", "show", "last"]);
    shows(&shown, &["2. test/sydney", "Second round", "Synthesis"]);
    shows(&home.run(&["council", "list"]), &["complete", "3 members"]);
}

#[test]
fn quick_only_measures_and_a_conclusion_can_be_written_later() {
    let upstream = Upstream::start();
    let home = home(&upstream, "");
    let mut quick = ASK.to_vec();
    quick.extend(["--mode", "quick"]);
    let ran = home.run(&quick);
    shows(&ran, &["Agreement"]);
    assert!(!ran.stdout.contains("Reviews"), "{}", ran.stdout);
    let again = home.run(&[
        "council",
        "re-synthesise",
        "last",
        "--editor",
        "test/editor",
    ]);
    shows(&again, &["written by test/editor"]);
    let twice = home.run(&["council", "re-synthesise", "last"]);
    assert_eq!(twice.code, Some(0), "{}", twice.all());
}

#[test]
fn a_stage_beyond_the_cap_says_that_it_was_not_held() {
    let upstream = Upstream::start();
    let prices = "[prices.\"test/sydney\"]\ninput = \"1\"\noutput = \"2\"\n\
                  [prices.\"test/dear\"]\ninput = \"100\"\noutput = \"10000\"\n\
                  [presets.small]\nmembers = [\"test/canberra:2\", \"test/sydney\"]\n\
                  editors = [\"test/dear\"]\nmax_cost = \"1\"\n";
    let home = home(&upstream, prices);
    let ran = home.run(&[
        "ask",
        "--preset",
        "small",
        "What is the capital of Australia?",
    ]);
    let wanted = [
        "Not held, or not whole: synthesis (a cap on costs does not allow it).",
        "without a model",
    ];
    shows(&ran, &wanted);
    let json = home.run(&["council", "show", "last", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["deliberation"]["skipped"][0]["why"], "over_budget");
    assert_eq!(json["plan"]["mode"], "council");
    assert_eq!(json["resumable"]["stages"], true);
    let resumed = home.run(&["council", "resume", "last"]);
    shows(&resumed, &["written by test/dear", "version 2 of 2"]);
    assert_eq!(
        upstream.requests("sydney").len(),
        1 + 2 + 1,
        "nothing is asked twice"
    );
}

#[test]
fn the_estimate_names_every_stage() {
    let upstream = Upstream::start();
    let prices = "[prices.\"test/sydney\"]\ninput = \"1\"\noutput = \"2\"\n";
    let home = home(&upstream, prices);
    let mut estimate = ASK.to_vec();
    estimate.push("--estimate");
    let ran = home.run(&estimate);
    let wanted = [
        "This may cost",
        "reviews: about $",
        "second round: about $0,",
        "synthesis: about $",
    ];
    shows(&ran, &wanted);
    assert!(upstream.requests("canberra").is_empty(), "nobody is asked");
}

#[test]
fn verdicts_are_kept_and_counted() {
    let upstream = Upstream::start();
    let home = home(&upstream, "");
    home.run(&ASK);
    let say =
        |member: &str, verdict: &str| home.run(&["council", "verdict", "last", member, verdict]);
    assert_eq!(say("1", "right").code, Some(0));
    assert_eq!(say("2", "wrong").code, Some(0));
    assert_ne!(say("9", "right").code, Some(0));
    assert_ne!(say("0", "right").code, Some(0));
    shows(
        &home.run(&["council", "show", "last"]),
        &["✓ right, you said", "✗ wrong, you said"],
    );
    let stats = home.run(&["council", "stats"]);
    shows(
        &stats,
        &["test/canberra", "fewer than 20 verdicts", "Brier"],
    );
    let json = home.run(&["council", "stats", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["models"][0]["right"], 1);
}

#[test]
fn what_is_not_there_is_said() {
    let home = Home::new();
    let ran = home.run(&["council", "show", "last"]);
    assert!(
        ran.all().contains("no council was held yet"),
        "{}",
        ran.all()
    );
    let ran = home.run(&["council", "stats"]);
    assert!(
        ran.all().contains("No council was reviewed"),
        "{}",
        ran.all()
    );
    let ran = home.run(&["ask", "--preset", "none", "Why?"]);
    assert!(ran.all().contains("there is no preset"), "{}", ran.all());
    let ran = home.run(&["ask", "--mode", "loud", "Why?"]);
    assert_eq!(ran.code, Some(2), "{}", ran.all());
}
