//! Files that are looked at together: read, parsed and searched one by one, then followed as one.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::run::Options;
use super::{Analyser, once_a_line};
use crate::classify::{self, Content, FileKind};
use crate::duplicate::{self, Window};
use crate::fingerprint::Fingerprints;
use crate::ir::Module;
use crate::note::{Note, NoteKind};
use crate::report::{LanguageSum, Located, Reported, Suppressed, locate};
use crate::source::ParseProblem;
use crate::suppress::{self, Suppression};
use crate::walk::Candidate;
use crate::{Finding, Grammar, Language, Lines, SourceFile, Span};

/// What a group of files gives.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct GroupResult {
    pub(super) findings: Vec<Reported>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) notes: Vec<Note>,
    pub(super) sums: Vec<LanguageSum>,
    /// Paths and windows of tokens, for passages that stand more than once in the tree.
    pub(super) windows: Vec<FileWindows>,
}

/// What is kept of a file to find copies.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FileWindows {
    pub(super) path: String,
    pub(super) language: Language,
    pub(super) windows: Vec<Window>,
}

/// A file whose bytes are here.
pub(super) struct Loaded {
    pub(super) candidate: Candidate,
    pub(super) bytes: Vec<u8>,
}

/// What a file gives by itself.
struct Facts {
    located: Located,
    findings: Vec<Finding>,
    suppressions: Vec<Suppression>,
    windows: Vec<Window>,
    grammar: Option<Grammar>,
    module: Option<Module>,
}

/// A file after it was looked at alone: what it gives, and the remarks about it.
struct Seen {
    facts: Option<Facts>,
    notes: Vec<Note>,
}

impl Analyser<'_> {
    /// Looks at files together.
    pub(super) fn group(
        &self,
        files: Vec<Loaded>,
        options: &Options,
        done: &(dyn Fn(&str) + Sync),
    ) -> GroupResult {
        let seen: Vec<Seen> = files
            .into_par_iter()
            .map(|file| {
                let path = file.candidate.path.clone();
                let seen = self.see(file, options);
                done(&path);
                seen
            })
            .collect();
        let mut result = GroupResult::default();
        let mut facts = Vec::new();
        for seen in seen {
            result.notes.extend(seen.notes);
            facts.extend(seen.facts);
        }
        let cut_short = self.follow_all(&mut facts).into_iter();
        result.notes.extend(cut_short.map(|path| Note {
            path,
            kind: NoteKind::FollowTooLong,
        }));
        self.finish(facts, options, &mut result);
        result
    }

    /// Looks at one file.
    fn see(&self, file: Loaded, options: &Options) -> Seen {
        let path = file.candidate.path;
        let mut notes = Vec::new();
        let mut note = |kind| {
            notes.push(Note {
                path: path.clone(),
                kind,
            });
        };
        let text = decode(file.bytes, &mut note);
        let content = classify::by_content(file.candidate.named, &text, &options.limits);
        let facts = match content {
            Content::LeftOut(left_out) => {
                left_out.into_iter().for_each(&mut note);
                None
            }
            Content::Is(FileKind::Code(grammar)) if options.wants(grammar.language()) => {
                self.code(&path, grammar, text, &mut note)
            }
            Content::Is(FileKind::Code(_)) => None,
            Content::Is(FileKind::Configuration) => Some(self.configuration(&path, text)),
        };
        // What is not code in the end (a script in another language) needs no remark.
        if facts.is_none() {
            notes.retain(|note| note.kind.is_left_out());
        }
        Seen { facts, notes }
    }

    fn code(
        &self,
        path: &str,
        grammar: Grammar,
        text: String,
        note: &mut dyn FnMut(NoteKind),
    ) -> Option<Facts> {
        let file = match SourceFile::parse(path, grammar, text) {
            Ok(file) => file,
            Err(problem) => {
                note(match problem {
                    ParseProblem::TooLong => NoteKind::ParseTooLong,
                    ParseProblem::TooDeep => NoteKind::TooDeep,
                });
                return None;
            }
        };
        if file.root().has_error() {
            note(NoteKind::SyntaxErrors);
        }
        Some(Facts {
            findings: self.in_file(&file),
            suppressions: suppress::of_file(&file),
            windows: duplicate::windows(&file),
            grammar: Some(grammar),
            module: self.lower(&file),
            located: file.into_located(),
        })
    }

    fn configuration(&self, path: &str, text: String) -> Facts {
        Facts {
            findings: self.secrets(path, None, &text),
            suppressions: suppress::of_text(&text),
            windows: Vec::new(),
            grammar: None,
            module: None,
            located: Located {
                path: path.to_owned(),
                language: None,
                lines: Lines::new(&text),
                text,
            },
        }
    }

    /// Adds what the data flow finds to each file's findings; paths of the files that it did not
    /// follow to their end.
    fn follow_all(&self, facts: &mut [Facts]) -> Vec<String> {
        let modules: Vec<Module> = facts
            .iter_mut()
            .filter_map(|file| file.module.take())
            .collect();
        // C and C++ have an interpreter of their own, which reads the same tables.
        let (memory, modules): (Vec<_>, Vec<_>) = modules
            .into_iter()
            .partition(|module| module.language == Language::Cpp);
        let places: HashMap<&str, (Grammar, &Lines)> = facts
            .iter()
            .filter_map(|file| Some((&*file.located.path, (file.grammar?, &file.located.lines))))
            .collect();
        let followed = self.follow(&modules, |path| {
            places.get(path).map(|(grammar, _)| *grammar)
        });
        let in_memory = self.in_memory(&memory, |path, span| {
            let (grammar, lines) = places.get(path)?;
            Some((*grammar, lines.line(span.start)))
        });
        let mut findings = followed.findings;
        for finding in in_memory {
            let of_file = findings.entry(finding.path.clone()).or_default();
            of_file.push(finding);
        }
        for file in facts {
            file.findings
                .extend(findings.remove(&file.located.path).unwrap_or_default());
        }
        followed.cut_short
    }

    /// Puts the findings of a group in their last form.
    fn finish(&self, mut facts: Vec<Facts>, options: &Options, result: &mut GroupResult) {
        for file in &mut facts {
            let language = file.located.language;
            sum(&mut result.sums, language, &file.located);
            if let Some(language) = language {
                result.windows.push(FileWindows {
                    path: file.located.path.clone(),
                    language,
                    windows: std::mem::take(&mut file.windows),
                });
            }
        }
        let files: HashMap<&str, &Located> = facts
            .iter()
            .map(|file| (&*file.located.path, &file.located))
            .collect();
        for file in &facts {
            self.report(file, &files, options, result);
        }
    }

    fn report(
        &self,
        file: &Facts,
        files: &HashMap<&str, &Located>,
        options: &Options,
        result: &mut GroupResult,
    ) {
        let located = &file.located;
        let findings = once_a_line(file.findings.clone(), |span| located.lines.line(span.start));
        if findings.len() > options.limits.findings_per_file {
            result.notes.push(Note {
                path: located.path.clone(),
                kind: NoteKind::TooManyFindings,
            });
        }
        let mut fingerprints = Fingerprints::default();
        for finding in findings.into_iter().take(options.limits.findings_per_file) {
            let Some(rule) = self.rules.get(&finding.rule) else {
                continue;
            };
            let line = located.lines.line(finding.span.start);
            let text = text_of(&located.text, finding.span);
            let fingerprint = fingerprints.next(&located.path, &rule.id, text);
            let held = suppress::find(&file.suppressions, rule, line);
            let reported = locate(finding, rule, fingerprint, located, files);
            match held.filter(|_| options.obeys_suppressions) {
                Some(by) => result.suppressed.push(Suppressed {
                    finding: reported,
                    by: by.clone(),
                }),
                None => result.findings.push(reported),
            }
        }
    }
}

fn text_of(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize)
        .unwrap_or_default()
}

fn decode(bytes: Vec<u8>, note: &mut dyn FnMut(NoteKind)) -> String {
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        note(NoteKind::NotUtf8);
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

fn sum(sums: &mut Vec<LanguageSum>, language: Option<Language>, file: &Located) {
    let index = sums.iter().position(|sum| sum.language == language);
    let index = index.unwrap_or_else(|| {
        sums.push(LanguageSum {
            language,
            ..LanguageSum::default()
        });
        sums.len() - 1
    });
    let of_language = &mut sums[index];
    of_language.files += 1;
    of_language.lines += file.text.lines().count();
    of_language.bytes += file.text.len() as u64;
}
