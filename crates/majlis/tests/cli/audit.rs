//! `majlis audit`: looking at code, keeping what was found, and judging it.

use serde_json::Value;

use crate::home::Home;

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
";

fn filled() -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path("code")).unwrap();
    home.write("code/app.py", CODE.as_bytes());
    home
}

/// The report of an audit with these arguments.
fn report(home: &Home, arguments: &[&str]) -> Value {
    let mut all = vec![
        "--quiet", "audit", "--format", "json", "--facet", "security",
    ];
    all.extend(arguments);
    all.push("code");
    let ran = home.run(&all);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter_map(|finding| finding["rule"].as_str())
        .collect()
}

#[test]
fn what_is_found_is_shown_with_its_way_and_what_is_held_back() {
    let home = filled();
    let ran = home.run(&["audit", "--facet", "security", "code"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for part in [
        "python/command-injection",
        "python/weak-hash",
        "app.py:7:",
        "held back: python/command-injection at app.py:15",
        "2 found in",
    ] {
        assert!(ran.stdout.contains(part), "{part}:\n{}", ran.stdout);
    }
    let fails = home.run(&["audit", "--fail-on", "high", "--no-keep", "code"]);
    assert_eq!(fails.code, Some(1));
    let nothing = home.run(&["audit", "nowhere"]);
    assert_eq!(nothing.code, Some(2), "{}", nothing.stderr);
}

#[test]
fn the_same_tree_gives_the_same_bytes_kept_or_not() {
    let home = filled();
    let kept = report(&home, &[]);
    assert_eq!(kept, report(&home, &[]));
    assert_eq!(kept, report(&home, &["--no-keep"]));
    assert_eq!(
        rules(&kept),
        ["python/command-injection", "python/weak-hash"]
    );
}

#[test]
fn an_audit_is_kept_shown_again_and_its_findings_judged() {
    let home = filled();
    let first = report(&home, &[]);
    let listed = home.run(&["audit", "list"]).stdout;
    let id = listed.split_whitespace().next().unwrap();
    let shown = home.run(&["audit", "show", id, "--format", "json"]).stdout;
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), first);
    let print = first["findings"][1]["fingerprint"].as_str().unwrap();
    let judged = home.run(&[
        "audit",
        "verdict",
        &print[..12],
        "wont-fix",
        "--reason",
        "old",
    ]);
    assert_eq!(judged.code, Some(0), "{}", judged.stderr);
    assert!(judged.stdout.contains(print), "{}", judged.stdout);
    let again = report(&home, &[]);
    assert_eq!(rules(&again), ["python/command-injection"]);
    assert_eq!(again["settled"], 1);
    assert_eq!(rules(&report(&home, &["--no-verdicts"])), rules(&first));
    let rule = home.run(&["audit", "rules", "python/weak-hash"]).stdout;
    assert!(rule.contains("right in 100 of 100"), "{rule}");
    let unknown = home.run(&["audit", "verdict", "ffff", "confirm"]);
    assert_eq!(unknown.code, Some(64), "{}", unknown.stderr);
    assert_ne!(home.run(&["audit", "show", "none"]).code, Some(0));
    assert_ne!(home.run(&["audit", "resume", id]).code, Some(0));
}

#[test]
fn what_is_known_is_left_out_and_two_reports_are_compared() {
    let home = filled();
    let old = report(&home, &["--write-baseline", "known.json"]);
    home.write("old.json", old.to_string().as_bytes());
    let known = report(&home, &["--baseline", "known.json"]);
    assert_eq!((rules(&known).len(), &known["known"]), (0, &Value::from(2)));
    let more = format!("{CODE}\n\ndef more(data):\n    return hashlib.sha1(data)\n");
    home.write("code/app.py", more.as_bytes());
    let new = report(&home, &[]);
    home.write("new.json", new.to_string().as_bytes());
    let compared = home.run(&["audit", "diff", "old.json", "new.json"]).stdout;
    assert!(
        compared.ends_with("1 new, 0 gone, 2 in both\n"),
        "{compared}"
    );
}

#[test]
fn tasks_prompts_and_the_page_of_rules_are_printed() {
    let home = Home::new();
    let tasks = home.run(&["audit", "tasks"]).stdout;
    assert!(tasks.contains("multi-lang-audit") && tasks.contains("typescript-security"));
    let prompt = home
        .run(&["audit", "prompt", "go-audit", "go-security"])
        .stdout;
    assert!(prompt.contains("You review Go for security") && prompt.contains("- CWE-89: "));
    for wrong in [
        ["x", "security"],
        ["go-audit", "x"],
        ["go-audit", "java-security"],
    ] {
        let ran = home.run(&["audit", "prompt", wrong[0], wrong[1]]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    }
    let page = home.run(&["audit", "rules", "--markdown"]).stdout;
    assert!(page.starts_with("# Rules\n") && page.contains("| `python/weak-hash` | 328"));
}

#[test]
fn a_model_nobody_configured_is_refused_before_anything_is_sent() {
    let home = filled();
    let ran = home.run(&["audit", "--model", "nobody/x", "code"]);
    assert_eq!(ran.code, Some(64), "{}", ran.stderr);
    let offline = home.run(&[
        "--quiet",
        "audit",
        "--offline",
        "--model",
        "nobody/x",
        "code",
    ]);
    assert_eq!(offline.code, Some(0), "{}", offline.stderr);
}
