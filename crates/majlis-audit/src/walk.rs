//! Which files of a tree are looked at.

use std::collections::HashSet;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::Limits;
use crate::classify::{self, Named};
use crate::note::{Note, NoteKind};
use crate::tree::{Entry, EntryKind, Tree, TreeError};

/// A gitignore file larger than this is not read.
const IGNORE_FILE_BYTES: u64 = 1_000_000;

/// A file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Below the root, with `/`.
    pub(crate) path: String,
    /// As the folder says.
    pub(crate) bytes: u64,
    /// What its name says it is.
    pub(crate) named: Named,
}

/// What was found, in order of paths.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) files: Vec<Candidate>,
    pub(crate) notes: Vec<Note>,
}

/// The gitignore files from the root down to a folder, the nearest last.
type Ignores = Vec<Arc<Gitignore>>;

struct Walker<'a> {
    tree: &'a dyn Tree,
    limits: &'a Limits,
    obeys_ignore: bool,
    entries: usize,
    bytes: u64,
    is_full: bool,
    walk: Walk,
}

/// Lists the files to look at. Fails only where the root itself cannot be listed.
pub(crate) fn walk(
    tree: &dyn Tree,
    limits: &Limits,
    obeys_ignore: bool,
) -> Result<Walk, TreeError> {
    let mut walker = Walker {
        tree,
        limits,
        obeys_ignore,
        entries: 0,
        bytes: 0,
        is_full: false,
        walk: Walk::default(),
    };
    let root = tree.list("")?;
    walker.folders(root);
    let mut walk = walker.walk;
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    walk.notes.sort();
    Ok(walk)
}

impl Walker<'_> {
    /// Walks by a list of its own, not by recursion: folders can lie deeper than the stack is.
    fn folders(&mut self, root: Vec<Entry>) {
        let mut waiting: Vec<(String, usize, Ignores)> = Vec::new();
        self.folder("", root, 0, &Vec::new(), &mut waiting);
        while let Some((path, depth, ignores)) = waiting.pop() {
            if self.is_full {
                return;
            }
            match self.tree.list(&path) {
                Ok(entries) => self.folder(&path, entries, depth, &ignores, &mut waiting),
                Err(_) => self.note(format!("{path}/"), NoteKind::Unreadable),
            }
        }
    }

    fn folder(
        &mut self,
        path: &str,
        mut entries: Vec<Entry>,
        depth: usize,
        above: &Ignores,
        waiting: &mut Vec<(String, usize, Ignores)>,
    ) {
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let names: HashSet<&str> = entries.iter().map(|entry| &*entry.name).collect();
        let ignores = self.with_own(path, &names, above);
        let mut folders = Vec::new();
        for entry in &entries {
            self.entries += 1;
            if self.entries > self.limits.entries {
                self.full(path);
                return;
            }
            let below = match path {
                "" => entry.name.clone(),
                path => format!("{path}/{}", entry.name),
            };
            match entry.kind {
                EntryKind::Folder => {
                    if self.enters(&below, &entry.name, &names, depth, &ignores) {
                        folders.push((below, depth + 1, ignores.clone()));
                    }
                }
                EntryKind::File { bytes } => self.file(below, bytes, &ignores),
                EntryKind::Link => self.note(below, NoteKind::Link),
                EntryKind::Other => self.note(below, NoteKind::NotRegular),
                EntryKind::Unnameable => self.note(below, NoteKind::Name),
            }
        }
        waiting.extend(folders.into_iter().rev());
    }

    fn enters(
        &mut self,
        path: &str,
        name: &str,
        beside: &HashSet<&str>,
        depth: usize,
        ignores: &Ignores,
    ) -> bool {
        if classify::is_version_control(name) {
            return false;
        }
        let note = if self.obeys_ignore && is_ignored(ignores, path, true) {
            NoteKind::Ignored
        } else if self.obeys_ignore && classify::is_vendored(name, &|file| beside.contains(file)) {
            NoteKind::Vendored
        } else if depth >= self.limits.folder_depth {
            NoteKind::TooDeep
        } else {
            return true;
        };
        self.note(format!("{path}/"), note);
        false
    }

    fn file(&mut self, path: String, bytes: u64, ignores: &Ignores) {
        let named = classify::by_name(&path);
        // A file without extension is a script only where it is small.
        if named == Named::Nothing || (named == Named::MaybeScript && bytes > 200_000) {
            return;
        }
        let is_code = !matches!(named, Named::Is(classify::FileKind::Configuration));
        let limit = if is_code {
            self.limits.file_bytes
        } else {
            self.limits.configuration_bytes
        };
        if self.obeys_ignore && is_ignored(ignores, &path, false) {
            // Scripts are told by what they hold, and an ignored file is not read.
            if named != Named::MaybeScript {
                self.note(path, NoteKind::Ignored);
            }
        } else if let Some(made) = classify::by_name_made(&path) {
            self.note(path, made);
        } else if bytes > limit {
            self.note(path, NoteKind::TooLarge);
        } else if self.walk.files.len() >= self.limits.files
            || self.bytes.saturating_add(bytes) > self.limits.total_bytes
        {
            self.full(&path);
        } else {
            self.bytes += bytes;
            self.walk.files.push(Candidate { path, bytes, named });
        }
    }

    fn with_own(&self, path: &str, names: &HashSet<&str>, above: &Ignores) -> Ignores {
        let mut ignores = above.clone();
        if self.obeys_ignore && names.contains(".gitignore") {
            let file = match path {
                "" => ".gitignore".to_owned(),
                path => format!("{path}/.gitignore"),
            };
            if let Ok(bytes) = self.tree.read(&file, IGNORE_FILE_BYTES) {
                ignores.extend(gitignore(path, &String::from_utf8_lossy(&bytes)).map(Arc::new));
            }
        }
        ignores
    }

    fn full(&mut self, path: &str) {
        if !self.is_full {
            self.is_full = true;
            self.note(path.to_owned(), NoteKind::TooMany);
        }
    }

    fn note(&mut self, path: String, kind: NoteKind) {
        self.walk.notes.push(Note { path, kind });
    }
}

/// The patterns of a gitignore file in `folder`; a line that is no pattern is left out.
fn gitignore(folder: &str, text: &str) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new(format!("/{folder}"));
    for line in text.lines().take(10_000) {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

/// The nearest file that says anything about a path decides.
fn is_ignored(ignores: &Ignores, path: &str, is_folder: bool) -> bool {
    let path = format!("/{path}");
    for ignore in ignores.iter().rev() {
        match ignore.matched(&path, is_folder) {
            Match::Ignore(_) => return true,
            Match::Whitelist(_) => return false,
            Match::None => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::MemoryTree;

    fn tree(files: &[(&str, &str)]) -> MemoryTree {
        files.iter().copied().collect()
    }

    fn seen(walk: &Walk) -> (Vec<&str>, Vec<(&str, NoteKind)>) {
        let files = walk.files.iter().map(|file| &*file.path).collect();
        let notes = walk.notes.iter();
        (files, notes.map(|note| (&*note.path, note.kind)).collect())
    }

    #[test]
    fn nested_gitignore_files_decide_the_nearest_first_and_are_said() {
        let tree = tree(&[
            (".gitignore", "*.py\nbuild/\n/only.js\n"),
            ("a.py", ""),
            ("only.js", ""),
            ("build/b.js", ""),
            ("src/.gitignore", "!keep.py\n"),
            ("src/keep.py", ""),
            ("src/drop.py", ""),
            ("src/only.js", ""),
            (".git/hooks/pre-commit.py", ""),
        ]);
        let walk = walk(&tree, &Limits::default(), true).unwrap();
        let (files, notes) = seen(&walk);
        assert_eq!(files, ["src/keep.py", "src/only.js"]);
        let ignored = ["a.py", "build/", "only.js", "src/drop.py"];
        assert_eq!(notes, ignored.map(|path| (path, NoteKind::Ignored)));
    }

    #[test]
    fn ignored_and_vendored_files_are_looked_at_where_one_asks_for_it() {
        let files = [
            (".gitignore", "*.py\n"),
            ("a.py", ""),
            ("node_modules/x/b.js", ""),
            (".git/c.py", ""),
        ];
        let tree = tree(&files);
        let walk = walk(&tree, &Limits::default(), false).unwrap();
        assert_eq!(seen(&walk), (vec!["a.py", "node_modules/x/b.js"], vec![]));
    }

    #[test]
    fn what_is_beyond_a_limit_is_left_out_and_said() {
        let limits = Limits {
            file_bytes: 10,
            files: 1,
            folder_depth: 2,
            ..Limits::default()
        };
        let tree = tree(&[
            ("a.py", "x = 1 # and more"),
            ("b.py", ""),
            ("c/d/e.py", ""),
            ("c/d/f/g.py", ""),
        ]);
        let walk = walk(&tree, &limits, true).unwrap();
        let (files, notes) = seen(&walk);
        assert_eq!(files, ["b.py"]);
        assert_eq!(
            notes,
            [
                ("a.py", NoteKind::TooLarge),
                ("c/d/e.py", NoteKind::TooMany),
                ("c/d/f/", NoteKind::TooDeep),
            ]
        );
    }

    #[test]
    fn hostile_ignore_files_and_names_do_no_harm() {
        let tree = tree(&[
            (".gitignore", "[\n\\\n!\n{{{{\na**b[c\n"),
            ("src/a\u{202e}\n.py", ""),
            ("src/[.py", ""),
        ]);
        let walk = walk(&tree, &Limits::default(), true).unwrap();
        assert_eq!(walk.files.len() + walk.notes.len(), 2);
    }
}
