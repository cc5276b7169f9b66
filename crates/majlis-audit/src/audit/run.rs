//! An audit of a whole tree.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::Analyser;
use super::group::{FileWindows, GroupResult, Loaded};
use crate::classify::{Content, FileKind, Named, by_content};
use crate::council::Source;
use crate::fingerprint::{Fingerprints, hex};
use crate::note::{Note, NoteKind};
use crate::report::{ExcerptLine, LanguageSum, Report, Reported, SCHEMA, Sums};
use crate::tree::{Tree, TreeError};
use crate::walk::{Candidate, walk};
use crate::{Language, Limits, Place, duplicate};

/// Bytes of the files that models may be shown.
const SOURCE_BYTES: u64 = 64 << 20;

/// How a tree is looked at.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only these languages; empty for all.
    pub languages: Vec<Language>,
    /// Leaves out what gitignore files name, and other people's code kept with the project.
    pub obeys_ignore: bool,
    /// Holds findings back where a comment in the code says so.
    pub obeys_suppressions: bool,
    /// What is looked at, at most.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            languages: Vec::new(),
            obeys_ignore: true,
            obeys_suppressions: true,
            limits: Limits::default(),
        }
    }
}

impl Options {
    pub(super) fn wants(&self, language: Language) -> bool {
        self.languages.is_empty() || self.languages.contains(&language)
    }
}

/// What happens during an audit; told from any thread.
#[derive(Debug)]
pub enum Progress<'p> {
    /// The files were listed.
    Listed {
        /// How many.
        files: usize,
        /// Bytes of all of them.
        bytes: u64,
    },
    /// A file was looked at.
    Seen {
        /// How many until now.
        files: usize,
        /// Which.
        path: &'p str,
    },
    /// Files that belong together are finished.
    Found(&'p [Reported]),
}

/// Results of earlier audits, by a digest of everything they depend on.
pub trait Cache: Sync {
    /// What was kept under a key.
    fn get(&self, key: &str) -> Option<Vec<u8>>;
    /// Keeps something; it may be lost at any time.
    fn put(&self, key: &str, value: &[u8]);
}

impl Analyser<'_> {
    /// Looks at a whole tree, on the threads of rayon's current pool; what is found does not
    /// depend on how many they are. Fails only where the root cannot be listed.
    pub fn audit(
        &self,
        tree: &dyn Tree,
        options: &Options,
        cache: Option<&dyn Cache>,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Report, TreeError> {
        let mut walked = walk(tree, &options.limits, options.obeys_ignore)?;
        walked.files.retain(|file| match file.named {
            Named::Is(FileKind::Code(grammar)) => options.wants(grammar.language()),
            Named::Header => options.wants(Language::Cpp),
            _ => true,
        });
        progress(Progress::Listed {
            files: walked.files.len(),
            bytes: walked.files.iter().map(|file| file.bytes).sum(),
        });
        let seen = AtomicUsize::new(0);
        let done = |path: &str| {
            let files = seen.fetch_add(1, Ordering::Relaxed) + 1;
            progress(Progress::Seen { files, path });
        };
        let results: Vec<GroupResult> = groups(walked.files, &options.limits)
            .into_par_iter()
            .map(|group| {
                let result = self.cached(tree, group, options, cache, &done);
                progress(Progress::Found(&result.findings));
                result
            })
            .collect();
        Ok(self.put_together(tree, walked.notes, results))
    }

    /// The files of code of a tree, for models to be shown: those in `first` before others, 64 MiB
    /// at most. What cannot be read is left out.
    ///
    /// # Errors
    /// Where the root cannot be listed.
    pub fn sources(
        &self,
        tree: &dyn Tree,
        options: &Options,
        first: &HashSet<String>,
    ) -> Result<Vec<Source>, TreeError> {
        let mut walked = walk(tree, &options.limits, options.obeys_ignore)?;
        walked.files.sort_by_key(|file| !first.contains(&file.path));
        let mut left = SOURCE_BYTES;
        walked.files.retain(|file| {
            let fits = file.bytes <= left;
            left -= if fits { file.bytes } else { 0 };
            fits
        });
        let source = |file: Candidate| {
            let bytes = tree.read(&file.path, options.limits.file_bytes).ok()?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            match by_content(file.named, &text, &options.limits) {
                Content::Is(FileKind::Code(grammar)) if options.wants(grammar.language()) => {
                    Some(Source {
                        path: file.path,
                        grammar,
                        text,
                    })
                }
                _ => None,
            }
        };
        Ok(walked.files.into_iter().filter_map(source).collect())
    }

    fn cached(
        &self,
        tree: &dyn Tree,
        group: Vec<Candidate>,
        options: &Options,
        cache: Option<&dyn Cache>,
        done: &(dyn Fn(&str) + Sync),
    ) -> GroupResult {
        let mut notes = Vec::new();
        let mut files = Vec::new();
        for candidate in group {
            match tree.read(&candidate.path, options.limits.file_bytes) {
                Ok(bytes) => files.push(Loaded { candidate, bytes }),
                Err(_) => notes.push(Note {
                    path: candidate.path,
                    kind: NoteKind::Unreadable,
                }),
            }
        }
        let mut result = match cache {
            None => self.group(files, options, done),
            Some(cache) => {
                let key = self.key(&files, options);
                let kept = cache.get(&key);
                if let Some(result) = kept.and_then(|kept| serde_json::from_slice(&kept).ok()) {
                    for file in &files {
                        done(&file.candidate.path);
                    }
                    result
                } else {
                    let result = self.group(files, options, done);
                    if let Ok(bytes) = serde_json::to_vec(&result) {
                        cache.put(&key, &bytes);
                    }
                    result
                }
            }
        };
        result.notes.extend(notes);
        result
    }

    /// A digest of everything the result of a group depends on.
    fn key(&self, files: &[Loaded], options: &Options) -> String {
        let mut hash = Sha256::new();
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update(self.rules.digest());
        hash.update(self.tables.digest());
        hash.update(format!("{options:?}"));
        for file in files {
            hash.update(&file.candidate.path);
            hash.update([0]);
            hash.update(Sha256::digest(&file.bytes));
        }
        hex(&hash.finalize())
    }

    fn put_together(
        &self,
        tree: &dyn Tree,
        mut notes: Vec<Note>,
        results: Vec<GroupResult>,
    ) -> Report {
        let mut findings = Vec::new();
        let mut suppressed = Vec::new();
        let mut windows = Vec::new();
        let mut sums: BTreeMap<Option<Language>, LanguageSum> = BTreeMap::new();
        for result in results {
            findings.extend(result.findings);
            suppressed.extend(result.suppressed);
            notes.extend(result.notes);
            windows.extend(result.windows);
            for sum in result.sums {
                let total = sums.entry(sum.language).or_insert_with(|| LanguageSum {
                    language: sum.language,
                    ..LanguageSum::default()
                });
                total.files += sum.files;
                total.lines += sum.lines;
                total.bytes += sum.bytes;
            }
        }
        findings.extend(self.copies(windows));
        let place = |finding: &Reported| {
            (
                finding.path.clone(),
                finding.start,
                finding.end,
                finding.rule.clone(),
            )
        };
        findings.sort_by_cached_key(place);
        suppressed.sort_by_cached_key(|held| place(&held.finding));
        notes.sort();
        let mut report = Report {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: format!("{}-{}", self.rules.digest(), self.tables.digest()),
            revision: tree.revision(),
            sums: Sums::new(),
            files: sums.into_values().collect(),
            findings,
            suppressed,
            known: 0,
            unchanged: 0,
            settled: 0,
            notes,
            council: None,
        };
        report.count();
        report
    }

    /// Passages that stand more than once, among files of one language.
    fn copies(&self, mut files: Vec<FileWindows>) -> Vec<Reported> {
        let Some(rule) = self.rules.get(duplicate::RULE) else {
            return Vec::new();
        };
        files.sort_by(|a, b| (a.language, &a.path).cmp(&(b.language, &b.path)));
        let languages: BTreeSet<_> = files.iter().map(|file| file.language).collect();
        let mut found = Vec::new();
        for language in languages {
            let of_language: Vec<_> = files
                .iter()
                .filter(|file| file.language == language)
                .collect();
            let windows: Vec<_> = of_language.iter().map(|file| &*file.windows).collect();
            for copy in duplicate::find(&windows) {
                let (path, other) = (&of_language[copy.file].path, &of_language[copy.other].path);
                let place = |line| Place { line, column: 1 };
                found.push(Reported {
                    rule: rule.id.clone(),
                    title: rule.title.clone(),
                    message: copy.message(other),
                    facet: rule.facet,
                    severity: rule.severity,
                    precision: rule.precision,
                    cwe: rule.cwe.clone(),
                    language: Some(language),
                    path: path.clone(),
                    start: place(copy.from),
                    end: place(copy.to),
                    fingerprint: Fingerprints::default().next(
                        path,
                        &rule.id,
                        &format!("{other} {:x}", copy.hash),
                    ),
                    excerpt: Vec::<ExcerptLine>::new(),
                    flow: Vec::new(),
                    opinion: None,
                });
            }
        }
        found
    }
}

/// Cuts files into groups that are followed together: of one language, neighbours by path.
fn groups(files: Vec<Candidate>, limits: &Limits) -> Vec<Vec<Candidate>> {
    let language = |file: &Candidate| match file.named {
        Named::Is(FileKind::Code(grammar)) => Some(grammar.language()),
        Named::Header => Some(Language::Cpp),
        _ => None,
    };
    let mut by_language: BTreeMap<Option<Language>, Vec<Candidate>> = BTreeMap::new();
    for file in files {
        by_language.entry(language(&file)).or_default().push(file);
    }
    let mut groups = Vec::new();
    for files in by_language.into_values() {
        let mut group: Vec<Candidate> = Vec::new();
        let mut bytes = 0;
        for file in files {
            if bytes + file.bytes > limits.group_bytes && !group.is_empty() {
                groups.push(std::mem::take(&mut group));
                bytes = 0;
            }
            bytes += file.bytes;
            group.push(file);
        }
        groups.push(group);
    }
    groups
}
