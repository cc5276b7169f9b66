//! What a file is: by its name first, then by what it holds.

use std::sync::LazyLock;

use regex::Regex;

use crate::note::NoteKind;
use crate::{Grammar, Limits};

/// How a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// As code.
    Code(Grammar),
    /// As configuration: only for secrets.
    Configuration,
}

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// This.
    Is(FileKind),
    /// C or C++: the text decides.
    Header,
    /// No extension: the first line may say it.
    MaybeScript,
    /// Nothing an audit looks at.
    Nothing,
}

/// The kind of file a name stands for; `path` has `/`.
pub(crate) fn by_name(path: &str) -> Named {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == ".env" || name.starts_with(".env.") {
        return Named::Is(FileKind::Configuration);
    }
    match name {
        "SConstruct" | "SConscript" | "wscript" => {
            return Named::Is(FileKind::Code(Grammar::Python));
        }
        "Jakefile" => return Named::Is(FileKind::Code(Grammar::JavaScript)),
        _ => {}
    }
    match name.rsplit_once('.') {
        None => Named::MaybeScript,
        Some(("", _)) => Named::Nothing,
        Some((_, extension)) => by_extension(&extension.to_ascii_lowercase(), extension == "C"),
    }
}

fn by_extension(extension: &str, is_capital_c: bool) -> Named {
    let grammar = match extension {
        "py" | "pyw" | "pyi" => Grammar::Python,
        "js" | "jsx" | "mjs" | "cjs" => Grammar::JavaScript,
        "ts" | "mts" | "cts" => Grammar::TypeScript,
        "tsx" => Grammar::Tsx,
        "go" => Grammar::Go,
        "java" => Grammar::Java,
        "c" if !is_capital_c => Grammar::C,
        "c" | "cpp" | "cc" | "cxx" | "c++" | "hpp" | "hh" | "hxx" | "h++" | "ipp" | "inl"
        | "tcc" | "tpp" => Grammar::Cpp,
        "rs" => Grammar::Rust,
        "h" => return Named::Header,
        "env" | "yml" | "yaml" | "json" | "properties" | "toml" | "ini" | "cfg" | "conf" => {
            return Named::Is(FileKind::Configuration);
        }
        _ => return Named::Nothing,
    };
    Named::Is(FileKind::Code(grammar))
}

/// Made by tools from what people wrote elsewhere: full of hashes, free of secrets.
const LOCK_FILES: [&str; 9] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "composer.lock",
    "poetry.lock",
    "uv.lock",
    "Cargo.lock",
    "go.sum",
];

/// Whether a name says that a file was made by a program.
pub(crate) fn by_name_made(path: &str) -> Option<NoteKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[".min.js", ".min.mjs", "-min.js", ".bundle.js", ".chunk.js"]) {
        Some(NoteKind::Minified)
    } else if ends(&[
        ".pb.go",
        "_pb2.py",
        "_pb2_grpc.py",
        ".pb.cc",
        ".pb.h",
        ".g.dart",
    ]) || LOCK_FILES.contains(&name)
    {
        Some(NoteKind::Generated)
    } else {
        None
    }
}

/// Folders of version control: never listed.
pub(crate) fn is_version_control(name: &str) -> bool {
    matches!(name, ".git" | ".hg" | ".svn" | ".bzr" | ".jj" | "CVS")
}

/// Folders that hold somebody else's code, by the tools that make them. `vendor` is a word people
/// use for other things too, so that a file beside or in it must say it is Go's or PHP's.
pub(crate) fn is_vendored(name: &str, beside: &dyn Fn(&str) -> bool) -> bool {
    match name {
        "node_modules" | "bower_components" | "jspm_packages" | "site-packages"
        | "dist-packages" | "third_party" | "third-party" | "3rdparty" | "__pycache__"
        | ".venv" | "venv" | ".tox" | ".nox" | ".yarn" => true,
        "vendor" => beside("go.mod") || beside("composer.json") || beside("Gemfile"),
        "target" => beside("Cargo.toml"),
        _ => false,
    }
}

/// What is known of a file's text before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// To be looked at so.
    Is(FileKind),
    /// To be left out, and why; `None`: nothing an audit looks at.
    LeftOut(Option<NoteKind>),
}

/// Decides by what a file holds.
pub(crate) fn by_content(named: Named, text: &str, limits: &Limits) -> Content {
    let kind = match named {
        Named::Nothing => None,
        Named::MaybeScript => by_first_line(text).map(FileKind::Code),
        Named::Header => header(text).map(FileKind::Code),
        Named::Is(FileKind::Code(grammar)) => code(grammar, text).map(FileKind::Code),
        Named::Is(FileKind::Configuration) => Some(FileKind::Configuration),
    };
    let Some(kind) = kind else {
        return Content::LeftOut(None);
    };
    match made(kind, text, limits) {
        Some(note) => Content::LeftOut(Some(note)),
        None => Content::Is(kind),
    }
}

/// `#!/usr/bin/env python3`
fn by_first_line(text: &str) -> Option<Grammar> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace();
    let program = words.next()?.rsplit('/').next()?;
    let program = match program {
        "env" => words.find(|word| !word.starts_with('-') && !word.contains('='))?,
        program => program,
    };
    let name = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match name {
        "python" | "pypy" => Some(Grammar::Python),
        "node" | "nodejs" => Some(Grammar::JavaScript),
        "deno" | "bun" | "ts-node" | "tsx" => Some(Grammar::TypeScript),
        _ => None,
    }
}

#[allow(clippy::expect_used)] // constant; a test uses it
static CPP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?m)^\s*(class\s+\w+|namespace\b|template\s*<|using\s+\w|public\s*:|private\s*:|protected\s*:|#\s*include\s*<(string|vector|map|memory|iostream|algorithm|cstd\w+)>)|\bstd::|\bconstexpr\b|\bvirtual\s|\boperator\s*[-+=<>\[(*]",
    )
    .expect("a constant expression")
});

fn header(text: &str) -> Option<Grammar> {
    if text.contains("@interface") || text.contains("#import ") || text.contains("@protocol") {
        return None; // Objective-C
    }
    // What only a C++ compiler is to see stands in C headers too.
    let guarded = text.contains("__cplusplus");
    let is_cpp = (!guarded || text.contains("class ")) && CPP.is_match(text);
    Some(if is_cpp { Grammar::Cpp } else { Grammar::C })
}

/// Corrects what an extension says by what the text says.
fn code(grammar: Grammar, text: &str) -> Option<Grammar> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if grammar == Grammar::TypeScript && (start.starts_with("<?xml") || start.starts_with("<!DOC"))
    {
        return None; // translations of Qt
    }
    let head = beginning(text, 1_000);
    if grammar == Grammar::JavaScript && head.contains("@flow") && !head.contains("@flow off") {
        return Some(Grammar::Tsx); // the nearest grammar of Flow's annotations
    }
    Some(grammar)
}

#[allow(clippy::expect_used)] // constant; a test uses it
static GENERATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?mi)^\s*(//|#|/?\*|<!--|;)+.{0,80}(code generated .{0,120}do not edit|@generated\b|generated by the protocol buffer compiler|(automatically|auto-?)\s?generated .{0,120}do not (edit|modify)|do not (edit|modify).{0,80}(automatically|auto-?)\s?generated)",
    )
    .expect("a constant expression")
});

fn made(kind: FileKind, text: &str, limits: &Limits) -> Option<NoteKind> {
    if text.contains('\0') {
        return Some(NoteKind::Binary);
    }
    let lines = text.lines().count().max(1);
    let is_browser = matches!(kind, FileKind::Code(grammar) if grammar.language() == crate::Language::JavaScript);
    if is_browser && text.len() > 4_000 && text.len() / lines > 250 {
        return Some(NoteKind::Minified);
    }
    if text.lines().any(|line| line.len() > limits.line_bytes) {
        return Some(if is_browser {
            NoteKind::Minified
        } else {
            NoteKind::LongLine
        });
    }
    let is_code = matches!(kind, FileKind::Code(_));
    if is_code && GENERATED.is_match(beginning(text, 3_000)) {
        return Some(NoteKind::Generated);
    }
    None
}

/// The first so many bytes, or a few less where a character is in the way.
fn beginning(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classify(path: &str, text: &str) -> Content {
        by_content(by_name(path), text, &Limits::default())
    }

    #[test]
    fn a_file_is_what_its_name_and_text_say() {
        let check = |path: &str, text: &str, grammar: Option<Grammar>| {
            let expected = match grammar {
                Some(grammar) => Content::Is(FileKind::Code(grammar)),
                None => Content::LeftOut(None),
            };
            assert_eq!(classify(path, text), expected, "{path}");
        };
        check("a/b.PY", "", Some(Grammar::Python));
        check("a/b.C", "", Some(Grammar::Cpp));
        check("a/b.c", "", Some(Grammar::C));
        check(
            "run",
            "#!/usr/bin/env -S python3.12 -u\n",
            Some(Grammar::Python),
        );
        check("run", "#!/usr/local/bin/node\n", Some(Grammar::JavaScript));
        check("run", "#!/bin/sh\n", None);
        check("run", "text", None);
        check("a.h", "int f(void);", Some(Grammar::C));
        check(
            "a.h",
            "#ifdef __cplusplus\nnamespace a {\n#endif\nint f();",
            Some(Grammar::C),
        );
        check("a.h", "class A;\n", Some(Grammar::Cpp));
        check("a.h", "std::string f();", Some(Grammar::Cpp));
        check("a.h", "@interface A\n@end", None);
        check("de.ts", "<?xml version=\"1.0\"?><TS/>", None);
        check("a.js", "// @flow\n", Some(Grammar::Tsx));
        check("a.txt", "", None);
        check(".gitignore", "", None);
        check("SConstruct", "", Some(Grammar::Python));
    }

    #[test]
    fn what_people_did_not_write_is_told_apart() {
        let check = |path: &str, text: &str, expected: Option<NoteKind>| {
            let found = by_name_made(path).or(match classify(path, text) {
                Content::LeftOut(note) => note,
                Content::Is(_) => None,
            });
            assert_eq!(found, expected, "{path}");
        };
        check(
            "a.go",
            "// Code generated by stringer. DO NOT EDIT.\npackage a",
            Some(NoteKind::Generated),
        );
        check("a.go", "package a\n// we once generated this by hand", None);
        check(
            "a.py",
            "# @generated by a tool\n",
            Some(NoteKind::Generated),
        );
        check(
            "a.c",
            "/* automatically generated from x, do not edit */",
            Some(NoteKind::Generated),
        );
        check("a.c", "/* TEMPLATE generated file */", None);
        check("jquery.min.js", "", Some(NoteKind::Minified));
        check("a.js", &"a=1;".repeat(2_000), Some(NoteKind::Minified));
        check("a.py", &"a=1;".repeat(20_000), Some(NoteKind::LongLine));
        check("a.py", "a = '\0'", Some(NoteKind::Binary));
        check("package-lock.json", "{}", Some(NoteKind::Generated));
    }

    #[test]
    fn a_vendor_folder_is_somebody_elses_only_beside_a_manifest() {
        assert!(is_vendored("node_modules", &|_| false));
        assert!(is_vendored("vendor", &|name| name == "go.mod"));
        assert!(!is_vendored("vendor", &|_| false));
    }
}
