//! Words that must not be in a committed file.
//!
//! Patterns are put together with `concat!`, so that this file does not hold them itself.

use super::tree::File;
use super::{Finding, Tree};

/// Host names of package registries: how a machine reaches them is its own affair.
const HOSTS: &[&str] = &[
    concat!("static.", "crates.io"),
    concat!("index.", "crates.io"),
    concat!("registry.", "npmjs"),
    concat!("pypi.", "org"),
    concat!("files.python", "hosted"),
    concat!("deb.", "debian.org"),
    concat!("hugging", "face.co"),
];

/// Folders of one machine.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

/// How a key of a known provider begins, and how many characters of a key follow at least.
const KEYS: &[(&str, usize)] = &[
    (concat!("s", "k-"), 20),
    (concat!("AI", "za"), 30),
    (concat!("gh", "p_"), 20),
    (concat!("gh", "o_"), 20),
    (concat!("gh", "s_"), 20),
    (concat!("github_", "pat_"), 20),
    (concat!("xa", "i-"), 20),
    (concat!("h", "f_"), 20),
    (concat!("AK", "IA"), 16),
    (concat!("-----BEGIN ", "PRIVATE KEY"), 0),
    (concat!("-----BEGIN RSA ", "PRIVATE KEY"), 0),
    (concat!("-----BEGIN OPENSSH ", "PRIVATE KEY"), 0),
];

/// A made-up key says so in itself.
const MADE_UP: &[&str] = &[
    "test", "fake", "example", "dummy", "0000000", "xxxxxxx", "1234567",
];

/// What finds keys shows what it finds.
const ABOUT_KEYS: &[&str] = &[
    "crates/majlis-audit/rules/any/",
    "crates/majlis-audit/src/secrets.rs",
];

/// Lock files hold addresses and checksums by their nature.
const LOCKS: &[&str] = &["Cargo.lock", "package-lock.json", "go.sum"];

/// Words of unfinished work.
const UNFINISHED: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

/// No registry host, no machine path, nothing that looks like a key.
pub(super) fn secrets(tree: &Tree) -> Vec<Finding> {
    let files = tree
        .files
        .iter()
        .filter(|file| !LOCKS.iter().any(|lock| file.path.ends_with(lock)));
    files
        .flat_map(|file| {
            file.lines()
                .flat_map(|(line, text)| secret(file, line, text))
        })
        .collect()
}

fn secret(file: &File, line: usize, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(host) = HOSTS.iter().find(|host| text.contains(*host)) {
        let mend = "name the package, not the host it comes from";
        findings.push(Finding::new(
            &file.path,
            line,
            format!("the registry host {host}"),
            mend,
        ));
    }
    if let Some(path) = MACHINE_PATHS.iter().find(|path| starts_a_path(text, path)) {
        let mend = "use a relative path, or a made-up one such as /srv/example";
        findings.push(Finding::new(
            &file.path,
            line,
            format!("a path of one machine ({path}…)"),
            mend,
        ));
    }
    if let Some((start, _)) = KEYS
        .iter()
        .find(|(start, length)| holds_key(text, start, *length))
        .filter(|_| !ABOUT_KEYS.iter().any(|place| file.path.starts_with(place)))
    {
        let mend = "remove and revoke it; a made-up key holds the word `test`";
        findings.push(Finding::new(
            &file.path,
            line,
            format!("something like a key ({start}…)"),
            mend,
        ));
    }
    findings
}

/// Whether `path` stands in `text` as the start of an absolute path, not inside a longer one.
fn starts_a_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + path.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || "./-_*}>~".contains(c))
            && after.is_some_and(char::is_alphanumeric)
    })
}

/// Whether `text` holds `start` at a word's beginning with `length` characters of a key behind it.
fn holds_key(text: &str, start: &str, length: usize) -> bool {
    text.match_indices(start).any(|(at, _)| {
        let inside_word = text[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
        let key: String = text[at + start.len()..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
            .collect();
        let lower = key.to_lowercase();
        !inside_word && key.len() >= length && !MADE_UP.iter().any(|word| lower.contains(word))
    })
}

/// No word of unfinished work in code, and no test that is switched off.
pub(super) fn leftovers(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .files
        .iter()
        .filter(|file| file.has_extension(&["rs", "ts", "tsx", "js", "mjs", "py", "go", "css"]))
    {
        for (line, text) in file.lines() {
            if let Some(word) = UNFINISHED.iter().find(|word| text.contains(*word)) {
                findings.push(Finding::new(
                    &file.path,
                    line,
                    format!("unfinished: {word}"),
                    "finish it or file an issue",
                ));
            }
            if text.trim_start().starts_with("#[ignore") {
                let mend = "make it run, or delete it";
                findings.push(Finding::new(
                    &file.path,
                    line,
                    "a test that does not run",
                    mend,
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::found;

    fn check(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, count: usize) {
        let findings = found(rule, &[(path, text)]);
        assert_eq!(findings.len(), count, "{text}: {findings:?}");
    }

    #[test]
    fn a_registry_host_is_refused_but_in_a_lock_file() {
        check(secrets, "docs/a.md", concat!("see pypi.", "org/project"), 1);
        check(
            secrets,
            "docs/a.md",
            "the package comes from PyPI or crates.io",
            0,
        );
        check(
            secrets,
            "ui/package-lock.json",
            concat!("registry.", "npmjs"),
            0,
        );
    }

    #[test]
    fn a_path_of_one_machine_is_refused() {
        for (text, count) in [
            (concat!("cd /wo", "rk/main"), 1),
            (concat!("\"/ho", "me/someone/x\""), 1),
            (concat!("PATH=/ro", "ot/bin"), 1),
            (concat!("docs/ho", "me/page.md"), 0),
            (concat!("https://example.com/wo", "rk/x"), 0),
            ("a / b", 0),
        ] {
            check(secrets, "a.sh", text, count);
        }
    }

    #[test]
    fn what_looks_like_a_key_is_refused_unless_it_says_it_is_made_up() {
        for (text, count) in [
            (concat!("s", "k-proj-Zk3v9QbT7Lm2XwR8Ny4H"), 1),
            (concat!("s", "k-test-Zk3v9QbT7Lm2XwR8Ny4H"), 0),
            (concat!("s", "k-short"), 0),
            (concat!("risk", "-management-of-the-whole-thing"), 0),
            (
                concat!("key=AI", "zaQbT7Lm2XwR8Ny4HZk3v9QbT7Lm2XwR8Ny4H"),
                1,
            ),
            (concat!("gh", "p_QbT7Lm2XwR8Ny4HZk3v9Qb"), 1),
            (concat!("-----BEGIN ", "PRIVATE KEY-----"), 1),
        ] {
            check(secrets, "a.rs", text, count);
        }
    }

    #[test]
    fn unfinished_work_and_ignored_tests_are_refused() {
        for (path, text, count) in [
            ("a.rs", concat!("// FIX", "ME: later"), 1),
            ("a.rs", concat!("    todo", "!()"), 1),
            ("a.rs", "#[ignore]", 1),
            ("a.rs", "    #[ignore = \"slow\"]", 1),
            ("a.md", concat!("TO", "DO"), 0),
            ("a.rs", "fn todo() {}", 0),
        ] {
            check(leftovers, path, text, count);
        }
    }
}
