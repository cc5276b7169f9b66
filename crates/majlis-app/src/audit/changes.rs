//! Which lines are new since a commit.

use std::collections::{BTreeMap, HashMap};

use majlis_audit::Limits;
use majlis_audit::tree::{EntryKind, Tree};

/// By path, first and last lines (from 1) of what stands in `new` and not in `old`. Files that
/// cannot be read hold nothing new; they stand in the notes of the audit.
pub(super) fn between(
    old: &dyn Tree,
    new: &dyn Tree,
    limits: &Limits,
) -> BTreeMap<String, Vec<(u32, u32)>> {
    let mut changes = BTreeMap::new();
    let mut folders = vec![(String::new(), 0)];
    let mut entries = 0;
    while let Some((folder, depth)) = folders.pop() {
        for entry in new.list(&folder).unwrap_or_default() {
            entries += 1;
            if entries > limits.entries {
                return changes;
            }
            let path = match &*folder {
                "" => entry.name,
                folder => format!("{folder}/{}", entry.name),
            };
            match entry.kind {
                EntryKind::Folder if depth < limits.folder_depth && path != ".git" => {
                    folders.push((path, depth + 1));
                }
                EntryKind::File { bytes } if bytes <= limits.file_bytes => {
                    let Ok(now) = new.read(&path, limits.file_bytes) else {
                        continue;
                    };
                    let before = old.read(&path, limits.file_bytes).unwrap_or_default();
                    let lines = new_lines(&before, &now);
                    if !lines.is_empty() {
                        changes.insert(path, lines);
                    }
                }
                _ => {}
            }
        }
    }
    changes
}

/// Lines of `now` that `before` does not hold, or not as often; neighbours are put together. A
/// line that only moved is not new.
fn new_lines(before: &[u8], now: &[u8]) -> Vec<(u32, u32)> {
    if before == now {
        return Vec::new();
    }
    let mut known: HashMap<&[u8], u32> = HashMap::new();
    for line in before.split(|byte| *byte == b'\n') {
        *known.entry(line.trim_ascii()).or_default() += 1;
    }
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (number, line) in (1..).zip(now.split(|byte| *byte == b'\n')) {
        let count = known.get_mut(line.trim_ascii());
        if let Some(count) = count.filter(|count| **count > 0) {
            *count -= 1;
        } else if let Some(last) = found.last_mut().filter(|last| last.1 + 1 == number) {
            last.1 = number;
        } else {
            found.push((number, number));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_lines_are_those_the_old_text_does_not_hold_as_often() {
        let check = |before: &str, now: &str, expected: &[(u32, u32)]| {
            assert_eq!(
                new_lines(before.as_bytes(), now.as_bytes()),
                expected,
                "{now}"
            );
        };
        check("a\nb\n", "a\nb\n", &[]);
        check("a\nb\n", "a\nc\nd\nb\n", &[(2, 3)]);
        check("a\nb\n", "b\na\n", &[]);
        check("a\n", "a\na\n", &[(2, 2)]);
        check("a\n", "    a\r\n", &[]);
        check("", "a\nb", &[(1, 2)]);
    }
}
