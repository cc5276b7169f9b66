//! `majlis costs`, `majlis budget` and the caps of `majlis ask`.

use serde_json::Value;

use crate::home::Home;
use crate::upstream::Upstream;

/// Times replaced: days of today, and the time of day.
fn steady(text: &str) -> String {
    let is_date = |word: &str| {
        let parts: Vec<&str> = word.split('-').collect();
        parts.len() == 3
            && parts[0].len() == 4
            && parts
                .iter()
                .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_time = |word: &str| word.len() == 5 && word.as_bytes()[2] == b':';
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let plain = word.trim_end();
        let bare = plain.trim_end_matches([',', ';']);
        let name = if is_date(bare) {
            "[DAY]"
        } else if is_time(bare) {
            "[TIME]"
        } else {
            return word.to_owned();
        };
        word.replace(bare, name)
    });
    words.collect()
}

/// The costs by something, of all time, in UTC.
fn costs(home: &Home, by: &str) -> String {
    let ran = home.run(&["costs", "--since", "all", "--by", by, "--utc-offset", "UTC"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    steady(&ran.stdout)
}

fn asked() -> (Upstream, Home) {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&["ask", "-m", "test/canberra:2", "ما عاصمة أستراليا؟"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    let ran = home.run(&["ask", "-m", "test/canberra", "-m", "test/sydney", "Where?"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    (upstream, home)
}

#[test]
fn costs_are_a_picture_with_all_that_says_what_they_mean() {
    let (_upstream, home) = asked();
    for by in ["day", "model", "conversation"] {
        insta::assert_snapshot!(format!("costs_by_{by}"), costs(&home, by));
    }
    let json = home.run(&["costs", "--json", "--by", "provider"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let total = &json["total"];
    assert_eq!(
        (&total["cost_usd"], &total["calls"], &total["unknown_calls"]),
        (&"0.000084".into(), &4.into(), &1.into())
    );
    assert_eq!(json["groups"][0]["key"], "test");
    let csv = home.run(&["costs", "--csv", "--by", "model"]);
    insta::assert_snapshot!("costs_as_csv", csv.stdout);
}

#[test]
fn a_range_that_cannot_be_read_says_how_to_write_one() {
    let home = Home::new();
    let ran = home.run(&["costs", "--since", "yesterday"]);
    assert_eq!(ran.code, Some(64));
    insta::assert_snapshot!(ran.stderr);
    let nothing = home.run(&[
        "costs",
        "--since",
        "2026-01",
        "--until",
        "2026-01",
        "--utc-offset",
        "+03:00",
    ]);
    insta::assert_snapshot!(nothing.stdout.split(", as of").next().unwrap().to_owned());
    assert!(
        nothing
            .stdout
            .ends_with("Nothing was asked in this time.\n")
    );
}

#[test]
fn a_cap_refuses_before_anything_is_sent_and_says_why() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let set = home.run(&["budget", "set", "--day", "0.05", "--run", "1"]);
    assert_eq!(set.code, Some(0), "{}", set.all());
    assert!(
        set.stdout.starts_with(
            "one run     $1\ntoday       $0.05  ·  $0 spent, $0.05 left\nthis month  no cap"
        ),
        "{}",
        set.stdout
    );
    // 16,384 tokens of answer at $2 per million, and what the question may take.
    let ran = home.run(&["ask", "-m", "test/canberra:2", "Where?"]);
    assert_eq!(ran.code, Some(69), "{}", ran.all());
    insta::assert_snapshot!("a_cap_is_in_the_way", ran.stderr);
    let unknown = home.run(&["ask", "-m", "test/sydney", "Where?"]);
    assert_eq!(unknown.code, Some(69), "{}", unknown.all());
    insta::assert_snapshot!("a_price_is_not_known", unknown.stderr);
    assert!(upstream.requests("canberra").is_empty() && upstream.requests("sydney").is_empty());

    let one = home.run(&["ask", "-m", "test/canberra", "Where?"]);
    assert_eq!(one.code, Some(0), "{}", one.all());
    let allowed = home.run(&["budget", "allow", "test/sydney"]);
    assert!(
        allowed
            .stdout
            .contains("asked without a price: test/sydney"),
        "{}",
        allowed.all()
    );
    let ran = home.run(&["ask", "-m", "test/sydney", "Where?"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    let back = home.run(&["budget", "disallow", "test/sydney"]);
    assert!(!back.stdout.contains("test/sydney"), "{}", back.all());
    let json = home.run(&["budget", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (
            &json["day"]["spent_usd"],
            &json["day"]["unknown_calls"],
            &json["run"]["limit_usd"]
        ),
        (&"0.000028".into(), &1.into(), &"1".into())
    );
    let clear = home.run(&["budget", "clear"]);
    assert_eq!(clear.stdout.matches("no cap").count(), 4, "{}", clear.all());
}

#[test]
fn a_question_may_have_a_cap_of_its_own_and_be_estimated() {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let ran = home.run(&[
        "ask",
        "--max-cost",
        "0.001",
        "-m",
        "test/canberra",
        "Where?",
    ]);
    assert_eq!(ran.code, Some(69), "{}", ran.all());
    assert!(
        ran.stderr.contains("passes the cap of $0.001 for a run"),
        "{}",
        ran.stderr
    );
    let estimate = home.run(&[
        "ask",
        "--estimate",
        "-m",
        "test/canberra",
        "-m",
        "test/sydney",
        "Where?",
    ]);
    insta::assert_snapshot!(estimate.all());
    assert!(upstream.requests("canberra").is_empty());
    let ran = home.run(&["ask", "--max-cost", "0.04", "-m", "test/canberra", "Where?"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
}

#[test]
fn a_bill_is_laid_beside_the_ledger() {
    let (_upstream, home) = asked();
    let json = home.run(&["costs", "--json", "--by", "day", "--utc-offset", "UTC"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let day = json["groups"][0]["key"].as_str().unwrap();
    let bill = format!(
        "date,model,cost\n{day},canberra,0.00006\n{day},canberra,0.00003\n{day},brisbane,1\n"
    );
    let file = home.write("bill.csv", bill.as_bytes());
    let file = file.to_str().unwrap();
    let ran = home.run(&["costs", "reconcile", file]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    insta::assert_snapshot!(steady(&ran.stdout));
    let json = home.run(&["costs", "reconcile", "--json", file]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["rows"], &json["matched"]), (&3.into(), &1.into()));
}

#[test]
fn a_bill_that_cannot_be_read_is_refused_with_its_line() {
    let home = Home::new();
    let file = home.write(
        "bad.csv",
        b"date,model,cost\n2026-11-22,a,1\n2026-11-22,a,much\n",
    );
    let ran = home.run(&["costs", "reconcile", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(65));
    insta::assert_snapshot!(ran.stderr);
    let absent = home.run(&["costs", "reconcile", "absent.csv"]);
    assert_eq!(absent.code, Some(66), "{}", absent.all());
}
