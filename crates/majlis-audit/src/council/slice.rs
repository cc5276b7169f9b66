//! Code cut at the borders of functions, with what is needed to read it: what models are shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::metrics::is_function;
use crate::{Grammar, SourceFile, Span, secrets};

/// Lines of a slice; a longer function is cut.
const SLICE_LINES: u32 = 160;
/// Lines of context before the code.
const CONTEXT_LINES: usize = 40;
/// Lines elsewhere in the file that name a function of the slice.
const CALLER_LINES: usize = 12;
/// Characters of a line that are shown.
const LINE_CHARACTERS: usize = 400;
/// What stands in the place of a secret.
pub(super) const MASK: char = '\u{2588}';

/// A file of code, as models are shown it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Path below the root.
    pub path: String,
    /// Its grammar.
    pub grammar: Grammar,
    /// Its text.
    pub text: String,
}

/// Some lines of a file, and lines elsewhere in it that they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Which of the sources.
    pub source: usize,
    /// First line, from 1.
    pub from: u32,
    /// Last line.
    pub to: u32,
    /// Lines outside that belong to it: imports, the type around it, callers.
    pub context: Vec<u32>,
}

/// A text with every secret replaced, character by character, and how many there were. Those of
/// tests and examples are replaced, too: nobody but their owner knows which of them are real.
pub(super) fn mask(text: &str) -> (String, usize) {
    let found = secrets::find("", text, true);
    let mut masked = String::with_capacity(text.len());
    let is_secret = |at: usize| {
        found
            .iter()
            .any(|secret| (secret.span.start as usize..secret.span.end as usize).contains(&at))
    };
    for (at, c) in text.char_indices() {
        let hides = !found.is_empty() && !c.is_whitespace() && is_secret(at);
        masked.push(if hides { MASK } else { c });
    }
    (masked, found.len())
}

/// Cuts a file; `source` is its place among the sources.
pub(super) fn cut(source: usize, file: &SourceFile) -> Vec<Slice> {
    let lines = u32::try_from(file.text().lines().count()).unwrap_or(u32::MAX);
    let functions = functions(file);
    let mut slices = Vec::new();
    let mut from = 1;
    while from <= lines {
        let to = end_of(from, lines, &functions);
        slices.push((from, to));
        from = to + 1;
    }
    let names = Names::of(file);
    slices
        .into_iter()
        .filter(|(from, to)| !is_blank(file, *from, *to))
        .map(|(from, to)| Slice {
            source,
            from,
            to,
            context: names.context(file, from, to),
        })
        .collect()
}

/// Lines of each outermost function, in order.
fn functions(file: &SourceFile) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut cursor = file.tree().walk();
    loop {
        let node = cursor.node();
        let is_one = is_function(node.kind());
        if is_one {
            let row = |row: usize| u32::try_from(row + 1).unwrap_or(u32::MAX);
            found.push((row(node.start_position().row), row(node.end_position().row)));
        }
        if !is_one && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
}

/// The last line of the slice that begins at `from`: as many whole functions as fit.
fn end_of(from: u32, lines: u32, functions: &[(u32, u32)]) -> u32 {
    let most = from.saturating_add(SLICE_LINES - 1).min(lines);
    if most == lines {
        return lines;
    }
    let split = functions
        .iter()
        .find(|(first, last)| *first <= most && *last > most);
    match split {
        Some((first, _)) if *first > from => first - 1,
        _ => most,
    }
}

fn is_blank(file: &SourceFile, from: u32, to: u32) -> bool {
    (from..=to).all(|line| text_of(file, line).trim().is_empty())
}

/// The text of a line, without its end.
pub(super) fn text_of(file: &SourceFile, line: u32) -> &str {
    let span = file.lines().span(file.text(), line).unwrap_or_default();
    file.slice(span).trim_end_matches(['\n', '\r'])
}

/// What a file names, for the context of its slices.
struct Names {
    imports: Vec<u32>,
    /// Types: their first line and their last.
    types: Vec<(u32, u32)>,
    /// Functions: name and line.
    functions: Vec<(String, u32)>,
    /// Calls of them: name and line.
    calls: Vec<(String, u32)>,
}

impl Names {
    fn of(file: &SourceFile) -> Self {
        let mut names = Self {
            imports: Vec::new(),
            types: Vec::new(),
            functions: Vec::new(),
            calls: Vec::new(),
        };
        let row = |row: usize| u32::try_from(row + 1).unwrap_or(u32::MAX);
        let mut cursor = file.tree().walk();
        loop {
            let node = cursor.node();
            let (first, last) = (row(node.start_position().row), row(node.end_position().row));
            let kind = node.kind();
            if is_import(kind) {
                names.imports.extend(first..=last.min(first + 10));
            } else if is_type(kind) {
                names.types.push((first, last));
            } else if is_function(kind) {
                if let Some(name) = name_of(file, node) {
                    names.functions.push((name, first));
                }
            } else if (kind.starts_with("call") || kind == "method_invocation")
                && let Some(name) = called(file, node)
            {
                names.calls.push((name, first));
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return names;
                }
            }
        }
    }

    fn context(&self, file: &SourceFile, from: u32, to: u32) -> Vec<u32> {
        let is_outside = |line: &u32| *line < from || *line > to;
        let mut lines: BTreeSet<u32> = BTreeSet::new();
        let around = self
            .types
            .iter()
            .filter(|(first, last)| is_outside(first) && *first < from && *last >= from);
        lines.extend(around.map(|(first, _)| *first));
        let own: BTreeSet<&str> = self
            .functions
            .iter()
            .filter(|(_, line)| !is_outside(line))
            .map(|(name, _)| name.as_str())
            .collect();
        let callers = self
            .calls
            .iter()
            .filter(|(name, line)| is_outside(line) && own.contains(name.as_str()));
        lines.extend(callers.map(|(_, line)| *line).take(CALLER_LINES));
        let imports = self.imports.iter().copied().filter(is_outside);
        lines.extend(imports.take(CONTEXT_LINES.saturating_sub(lines.len())));
        lines.retain(|line| !text_of(file, *line).trim().is_empty());
        lines.into_iter().take(CONTEXT_LINES).collect()
    }
}

fn is_import(kind: &str) -> bool {
    matches!(
        kind,
        "import_statement"
            | "import_from_statement"
            | "import_declaration"
            | "package_clause"
            | "package_declaration"
            | "use_declaration"
            | "preproc_include"
            | "using_declaration"
    )
}

fn is_type(kind: &str) -> bool {
    matches!(
        kind,
        "class_definition"
            | "class_declaration"
            | "class_specifier"
            | "struct_specifier"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "impl_item"
            | "struct_item"
            | "trait_item"
    )
}

fn name_of(file: &SourceFile, node: tree_sitter::Node<'_>) -> Option<String> {
    let mut candidate = node
        .child_by_field_name("name")
        .or_else(|| node.child_by_field_name("declarator"))?;
    for _ in 0..8 {
        match candidate.child_by_field_name("declarator") {
            Some(inner) => candidate = inner,
            None => break,
        }
    }
    last_word(file.text_of(candidate))
}

fn called(file: &SourceFile, node: tree_sitter::Node<'_>) -> Option<String> {
    let function = node
        .child_by_field_name("function")
        .or_else(|| node.child_by_field_name("name"))?;
    let span = Span::of_range(function.byte_range());
    last_word(file.slice(span))
}

/// `a.b.c` → `c`; what is long is no name.
fn last_word(text: &str) -> Option<String> {
    if text.len() > 200 {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word = text.rsplit(|c: char| !is_word(c)).next()?;
    (!word.is_empty()).then(|| word.to_owned())
}

/// Lines with their numbers, one each.
pub(super) fn numbered(file: &SourceFile, lines: impl Iterator<Item = u32>) -> String {
    let mut text = String::new();
    for line in lines {
        let shown: String = text_of(file, line).chars().take(LINE_CHARACTERS).collect();
        // Writing to a String does not fail.
        let _ = writeln!(text, "{line:>6} | {}", crate::report::visible(&shown));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> SourceFile {
        SourceFile::parse("a.py", Grammar::Python, text.to_owned()).unwrap()
    }

    #[test]
    fn functions_are_not_cut_unless_they_are_too_long() {
        let short = "def f():\n    return 1\n".repeat(100);
        let slices = cut(0, &parsed(&short));
        assert!(slices.iter().all(|slice| slice.from % 2 == 1));
        assert_eq!(slices.last().map(|slice| slice.to), Some(200));
        let long = format!("def f():\n{}", "    x = 1\n".repeat(500));
        let slices = cut(0, &parsed(&long));
        assert_eq!(slices.len(), 4);
        assert!(cut(0, &parsed("\n\n\n")).is_empty());
    }

    #[test]
    fn a_slice_knows_imports_its_class_and_its_callers() {
        let filler = "x = 1\n".repeat(150);
        let text = format!(
            "import os\n{filler}class A:\n    def far(self):\n        pass\n{}    def run(self, c):\n        os.system(c)\n{filler}A().run('ls')\n",
            "    y = 1\n".repeat(150)
        );
        let file = parsed(&text);
        let slices = cut(0, &file);
        let line = |part: &str| {
            let at = text.find(part).unwrap();
            u32::try_from(text[..at].matches('\n').count() + 1).unwrap()
        };
        let run = line("    def run");
        let slice = slices
            .iter()
            .find(|slice| (slice.from..=slice.to).contains(&run))
            .unwrap();
        assert_eq!(slice.context, [1, line("class A"), line("A().run")]);
        assert!(numbered(&file, slice.context.iter().copied()).starts_with("     1 | import os\n"));
    }

    #[test]
    fn secrets_are_masked_and_lines_stay() {
        let key = ["AKIA", "Q7ZTB4MNWXK2VDYJ"].concat();
        let (masked, count) = mask(&format!("a = 1\nkey = '{key}'\n"));
        assert_eq!(count, 1);
        assert!(!masked.contains(&key) && masked.contains(MASK));
        assert_eq!(masked.lines().count(), 2);
    }
}
