//! `majlis analyse` on files.

use serde_json::Value;

use crate::home::Home;

fn files(home: &Home) -> [String; 3] {
    let write = |name: &str, text: &str| home.write(name, text.as_bytes()).display().to_string();
    [
        write(
            "first.md",
            "# Plan\n\nThe plan costs $15 per month. Every plan has a free trial of 30 days.\n",
        ),
        write(
            "second.md",
            "The plan costs $50 per month. Every plan has a free trial of 30 days.\n",
        ),
        write(
            "third.md",
            "- The plan costs $15 per month.\n- Support answers within an hour.\n",
        ),
    ]
}

#[test]
fn files_are_measured_as_answers_are() {
    let home = Home::new();
    let [first, second, third] = files(&home);
    let ran = home.run(&["analyse", &first, &second, &third]);
    insta::assert_snapshot!("analyse_files", ran.all());
}

#[test]
fn as_json_everything_that_was_measured_is_there() {
    let home = Home::new();
    let [first, second, third] = files(&home);
    let ran = home.run(&["analyse", "--json", &first, &second, &third]);
    let analysis: Value = serde_json::from_str(&ran.stdout).unwrap();
    for key in [
        "agreements",
        "contradictions",
        "gaps",
        "coverage",
        "topics",
        "sentiment",
        "certainty",
        "keywords",
        "languages",
        "method",
        "limits",
    ] {
        assert!(!analysis[key].is_null(), "{key}");
    }
    assert_eq!(analysis["members"][0]["label"], "first");
}

#[test]
fn a_report_is_a_document() {
    let home = Home::new();
    let [first, second, _] = files(&home);
    let page = home.run(&["analyse", "--html", &first, &second]).stdout;
    assert!(
        page.starts_with("<!doctype html>") && page.contains("$50"),
        "{page}"
    );
    let text = home.run(&["analyse", "--markdown", &first, &second]).stdout;
    assert!(text.contains("## Contradictions"), "{text}");
}

#[test]
fn what_is_no_file_and_no_consultation_is_told_apart() {
    let home = Home::new();
    let missing = home.run(&["analyse", "nowhere.md"]).all();
    assert!(missing.contains("cannot read nowhere.md"), "{missing}");
    let unknown = home
        .run(&["analyse", "0198c5a2-7c1e-7d10-8a7b-112233445566"])
        .all();
    assert!(unknown.contains("0198c5a2"), "{unknown}");
}

#[test]
fn lines_of_files_that_answers_name_are_looked_up_where_a_folder_is_given() {
    let home = Home::new();
    std::fs::create_dir(home.path("code")).unwrap();
    home.write("code/loop.py", b"while True:\n    pass\n");
    home.write(
        "a.md",
        b"The loop in `loop.py:1` never ends. The handler in `loop.py:40` hides it.",
    );
    home.write("b.md", b"See src/lop.py, line 3: the loop never ends.");
    let ran = home.run(&["analyse", "--tree", "code", "a.md", "b.md"]);
    insta::assert_snapshot!("analyse_tree", ran.all());
    let ran = home.run(&["analyse", "--tree", "nowhere", "a.md", "b.md"]);
    insta::assert_snapshot!("analyse_tree_missing", ran.all());
}
