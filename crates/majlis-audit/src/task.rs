//! What an audit does, and from which side: two visible lists.

use crate::rule::{Rule, RuleSet};
use crate::{Facet, Language};

/// A task: which languages of a tree are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// The name by which it is asked for.
    pub id: &'static str,
    /// What it does, in English.
    pub title: &'static str,
    /// The languages; empty for all.
    pub languages: &'static [Language],
}

/// Every task; the last one is done where none is named.
pub const TASKS: [Task; 7] = [
    Task {
        id: "python-audit",
        title: "Audit of Python",
        languages: &[Language::Python],
    },
    Task {
        id: "typescript-audit",
        title: "Audit of TypeScript and JavaScript",
        languages: &[Language::JavaScript],
    },
    Task {
        id: "go-audit",
        title: "Audit of Go",
        languages: &[Language::Go],
    },
    Task {
        id: "java-audit",
        title: "Audit of Java",
        languages: &[Language::Java],
    },
    Task {
        id: "cpp-audit",
        title: "Audit of C and C++",
        languages: &[Language::Cpp],
    },
    Task {
        id: "rust-audit",
        title: "Audit of Rust",
        languages: &[Language::Rust],
    },
    Task {
        id: "multi-lang-audit",
        title: "Audit of a whole tree, in every language it holds",
        languages: &[],
    },
];

/// The task that is done where none is named.
pub const DEFAULT_TASK: Task = TASKS[TASKS.len() - 1];

/// The task of an id.
pub fn task(id: &str) -> Option<Task> {
    TASKS.into_iter().find(|task| task.id == id)
}

/// A facet, of all languages or of one: `security`, `python-security`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FacetForm {
    /// The side.
    pub facet: Facet,
    /// The language; `None` for all.
    pub language: Option<Language>,
    /// What to have in mind, in English.
    pub focus: &'static str,
}

const fn general(facet: Facet, focus: &'static str) -> FacetForm {
    FacetForm {
        facet,
        language: None,
        focus,
    }
}

const fn of(language: Language, facet: Facet, focus: &'static str) -> FacetForm {
    FacetForm {
        facet,
        language: Some(language),
        focus,
    }
}

/// Every facet, the general ones first.
pub const FACETS: [FacetForm; 21] = [
    general(
        Facet::Security,
        "what someone outside could make the program do, read or destroy",
    ),
    general(
        Facet::Performance,
        "work that grows faster than its input, is done again and again, or makes others wait",
    ),
    general(
        Facet::Quality,
        "what is wrong today, or will be after the next change: errors lost, states forgotten, code nobody can follow",
    ),
    of(
        Language::Python,
        Facet::Security,
        "values of requests, arguments, files and the environment that reach queries, commands, paths, templates, loaders of objects and addresses to call",
    ),
    of(
        Language::Python,
        Facet::Performance,
        "queries in loops, membership tests in lists, text built by +=, whole files in memory, calls that block an event loop",
    ),
    of(
        Language::Python,
        Facet::Quality,
        "mutable defaults, exceptions caught too widely or lost, resources not closed, names shadowed, comparisons by identity",
    ),
    of(
        Language::JavaScript,
        Facet::Security,
        "values of requests, messages and the page that reach HTML, queries, commands, paths, redirects, prototypes and addresses to call",
    ),
    of(
        Language::JavaScript,
        Facet::Performance,
        "awaits in loops that could run together, synchronous calls in servers, arrays copied in loops, layout read and written by turns",
    ),
    of(
        Language::JavaScript,
        Facet::Quality,
        "promises nobody waits for, comparisons that convert, errors swallowed, state changed during render, types silenced",
    ),
    of(
        Language::Go,
        Facet::Security,
        "values of requests, arguments and the environment that reach queries, commands, paths, templates and addresses to call; TLS and file modes",
    ),
    of(
        Language::Go,
        Facet::Performance,
        "queries and defers in loops, text joined by +, slices that grow without capacity, locks held while waiting",
    ),
    of(
        Language::Go,
        Facet::Quality,
        "errors ignored, goroutines that never end, loop variables captured, maps written from several goroutines, bodies not closed",
    ),
    of(
        Language::Java,
        Facet::Security,
        "values of requests, arguments and the environment that reach queries, commands, paths, pages, XML readers, loaders of objects and addresses to call",
    ),
    of(
        Language::Java,
        Facet::Performance,
        "queries in loops, text built by + in loops, boxing, synchronised blocks around slow work, patterns compiled again and again",
    ),
    of(
        Language::Java,
        Facet::Quality,
        "resources not closed, exceptions swallowed, equals without hashCode, comparisons of objects by ==, nulls that are dereferenced",
    ),
    of(
        Language::Cpp,
        Facet::Security,
        "reads and writes outside of objects, use after free, sizes that overflow, formats and commands from outside, values used before they are set",
    ),
    of(
        Language::Cpp,
        Facet::Performance,
        "copies where references do, strlen in loop conditions, containers that grow one by one, allocations in loops",
    ),
    of(
        Language::Cpp,
        Facet::Quality,
        "results not checked, resources lost on early returns, signed and unsigned mixed, cases that fall through, destructors not virtual",
    ),
    of(
        Language::Rust,
        Facet::Security,
        "unsafe blocks whose conditions do not hold, arithmetic on sizes from outside, values that reach commands, paths and queries, checks switched off",
    ),
    of(
        Language::Rust,
        Facet::Performance,
        "clones and collects that are not needed, locks held across await, blocking calls in async code, allocations in loops",
    ),
    of(
        Language::Rust,
        Facet::Quality,
        "panics on input, errors dropped, casts that lose bits, results ignored, locks taken in different orders",
    ),
];

impl FacetForm {
    /// The name by which it is asked for.
    pub fn id(&self) -> String {
        let facet = crate::report::facet_name(self.facet);
        match self.language {
            None => facet.to_owned(),
            Some(Language::JavaScript) => format!("typescript-{facet}"),
            Some(language) => format!("{}-{facet}", language.id()),
        }
    }

    /// Whether it is about files of a language.
    pub fn is_for(&self, language: Option<Language>) -> bool {
        self.language.is_none() || self.language == language
    }

    /// The rules it runs.
    pub fn rules<'r>(&self, rules: &'r RuleSet) -> impl Iterator<Item = &'r Rule> {
        let (facet, language) = (self.facet, self.language);
        let is_of = move |rule: &&Rule| {
            let of_language = match language {
                None => true,
                Some(language) => rule.language.is_none_or(|of| of == language),
            };
            rule.facet == facet && of_language
        };
        rules.iter().filter(is_of)
    }
}

/// The facet of an id.
pub fn facet(id: &str) -> Option<FacetForm> {
    FACETS.into_iter().find(|form| form.id() == id)
}

/// The form of a facet for a language.
pub fn facet_of(facet: Facet, language: Language) -> Option<FacetForm> {
    FACETS
        .into_iter()
        .find(|form| form.facet == facet && form.language == Some(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_and_facet_is_found_by_its_name_and_runs_rules() {
        let rules = RuleSet::embedded().unwrap();
        for form in FACETS {
            assert_eq!(facet(&form.id()), Some(form));
            assert!(form.rules(&rules).count() > 0, "{}", form.id());
        }
        for one in TASKS {
            assert_eq!(task(one.id), Some(one));
            let covered = |language: &Language| facet_of(Facet::Security, *language).is_some();
            assert!(one.languages.iter().all(covered));
        }
        assert_eq!(DEFAULT_TASK.id, "multi-lang-audit");
        assert!(facet("typescript-security").is_some());
        assert!(facet("security-python").is_none() && task("").is_none());
    }

    #[test]
    fn every_language_has_each_facet() {
        for language in Language::ALL {
            for facet in [Facet::Security, Facet::Performance, Facet::Quality] {
                assert!(facet_of(facet, language).is_some());
            }
        }
    }
}
