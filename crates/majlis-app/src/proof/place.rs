//! Places in code that answers name, looked up in a folder the person points at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use majlis_audit::tree::{EntryKind, Tree};
use majlis_text::{Analysis, Answer, CheckKind, CitedPlace, FailedCheck, Span, cited_places};

use crate::audit::FolderTree;
use crate::{AppError, AppErrorKind, Notice};

/// Files and folders that are looked at; in a larger tree nothing is said to be missing.
const MAX_ENTRIES: usize = 200_000;
/// Bytes of a file whose lines are counted.
const MAX_BYTES: u64 = 64 << 20;
/// Paths less alike than this (Jaro-Winkler, 0 to 1) are not offered as what was meant.
const MIN_LIKENESS: f64 = 0.85;
/// What is not the person's own.
const SKIPPED: &[&str] = &[".git", ".hg", ".svn"];

/// The files below a folder.
pub(crate) struct Files {
    tree: FolderTree,
    paths: BTreeSet<String>,
}

impl Files {
    /// Lists a folder, following no link.
    ///
    /// # Errors
    /// `Invalid` when it cannot be read, or holds too much to say that something is missing.
    pub(crate) fn of(folder: &Path) -> Result<Self, AppError> {
        let tree =
            FolderTree::open(folder).map_err(|error| unreadable(folder, &error.to_string()))?;
        let mut paths = BTreeSet::new();
        let (mut waiting, mut entries) = (vec![String::new()], 0);
        while let Some(place) = waiting.pop() {
            // A folder that may not be read hides files, as one that is not there does.
            for entry in tree.list(&place).unwrap_or_default() {
                entries += 1;
                if entries > MAX_ENTRIES {
                    return Err(unreadable(folder, "it holds more than 200,000 files"));
                }
                let path = match place.as_str() {
                    "" => entry.name,
                    place => format!("{place}/{}", entry.name),
                };
                match entry.kind {
                    EntryKind::Folder if !is_skipped(&path) => waiting.push(path),
                    EntryKind::File { .. } | EntryKind::Link => {
                        paths.insert(path);
                    }
                    _ => {}
                }
            }
        }
        Ok(Self { tree, paths })
    }

    /// The files a path may mean: the one of that path, else all whose paths end so.
    fn meant(&self, path: &str) -> Vec<&String> {
        if let Some(exact) = self.paths.get(path) {
            return vec![exact];
        }
        // Diffs name files below `a/` and `b/`.
        let inner = path.strip_prefix("a/").or(path.strip_prefix("b/"));
        if let Some(exact) = inner.and_then(|inner| self.paths.get(inner)) {
            return vec![exact];
        }
        let ending = format!("/{path}");
        let ends = self.paths.iter().filter(|known| known.ends_with(&ending));
        ends.collect()
    }

    fn lines(&self, path: &str) -> Option<usize> {
        let bytes = self.tree.read(path, MAX_BYTES).ok()?;
        let parts = bytes.split(|byte| *byte == b'\n').count();
        // Behind a last line feed there is no further line.
        let is_closed = bytes.last().is_none_or(|byte| *byte == b'\n');
        Some(parts - usize::from(is_closed))
    }

    /// The file most like a path that is not there; empty when none is.
    fn nearest(&self, path: &str) -> String {
        let likeness = |known: &String| strsim::jaro_winkler(known, path);
        let near = self
            .paths
            .iter()
            .map(|known| (likeness(known), known))
            .filter(|(likeness, _)| *likeness > MIN_LIKENESS)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        near.map(|(_, known)| known.clone()).unwrap_or_default()
    }
}

fn is_skipped(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    SKIPPED.contains(&name)
}

fn unreadable(folder: &Path, why: &str) -> AppError {
    let notice = Notice::new(
        "tree_unreadable",
        format!("{} cannot be compared with: {why}.", folder.display()),
    )
    .with_hint("Name the folder that holds the code the answers speak of.");
    AppError::new(AppErrorKind::Invalid, notice)
}

/// The places that answers name and that are not there.
pub(super) fn failed(files: &Files, answers: &[Answer], analysis: &Analysis) -> Vec<FailedCheck> {
    let mut lines: BTreeMap<String, Option<usize>> = BTreeMap::new();
    let mut found = Vec::new();
    for answer in answers {
        for place in cited_places(&answer.text) {
            if let Some((kind, expected)) = look(files, &place, &mut lines) {
                found.push(FailedCheck {
                    member: answer.member,
                    claim: claim_at(analysis, answer.member, place.span),
                    kind,
                    span: place.span,
                    expected,
                });
            }
        }
    }
    found
}

/// What is wrong with a place. Where several files may be meant, one that fits is enough, and one
/// that cannot be read speaks for nothing.
fn look(
    files: &Files,
    place: &CitedPlace,
    known: &mut BTreeMap<String, Option<usize>>,
) -> Option<(CheckKind, String)> {
    let meant = files.meant(&place.path);
    if meant.is_empty() {
        return Some((CheckKind::File, files.nearest(&place.path)));
    }
    let mut longest = 0;
    for path in meant {
        let count = *known
            .entry(path.clone())
            .or_insert_with(|| files.lines(path));
        longest = longest.max(count?);
    }
    let is_there = usize::try_from(place.last_line).is_ok_and(|line| line <= longest);
    (!is_there).then(|| (CheckKind::Line, longest.to_string()))
}

/// The row in which a member says what stands at a place of its answer.
fn claim_at(analysis: &Analysis, member: usize, span: Span) -> Option<String> {
    let says = |quote: Span| quote.start <= span.start && span.end <= quote.end;
    let row = analysis.claims.iter().find(|row| {
        let stances = row.stances.iter().filter(|stance| stance.member == member);
        stances
            .flat_map(|stance| &stance.quotes)
            .any(|quote| says(quote.span))
    })?;
    Some(row.id.clone())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_answers_name_is_looked_up_and_only_what_is_missing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/deep")).unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        fs::write(folder.path().join("src/main.rs"), "a\nb\nc\n").unwrap();
        fs::write(folder.path().join("src/deep/cache.rs"), "a\nb").unwrap();
        fs::write(folder.path().join(".git/hook.sh"), "a\n").unwrap();
        let files = Files::of(folder.path()).unwrap();
        let check = |text: &str, wanted: &[(CheckKind, &str)]| {
            let answers = [Answer::new(0, "A", text.to_owned())];
            let analysis = crate::proof::measure(&answers, None, None);
            let found = failed(&files, &answers, &analysis);
            let found: Vec<_> = found
                .iter()
                .map(|check| (check.kind, check.expected.as_str()))
                .collect();
            assert_eq!(found, wanted, "{text}");
        };
        check("The loop in src/main.rs:3 never ends.", &[]);
        check("b/src/main.rs:1 and deep/cache.rs:2 are fine.", &[]);
        check(
            "The loop in src/main.rs:4 never ends.",
            &[(CheckKind::Line, "3")],
        );
        check("It reads cache.rs:1-9.", &[(CheckKind::Line, "2")]);
        check("See src/mian.rs:1.", &[(CheckKind::File, "src/main.rs")]);
        check(
            "See other/unlike.py:1 and hook.sh:1.",
            &[(CheckKind::File, ""), (CheckKind::File, "")],
        );
        check("Write src/new.rs for it.", &[]);
        assert!(Files::of(&folder.path().join("nowhere")).is_err());
    }
}
