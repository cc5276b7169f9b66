//! Which lines ran, counted per crate.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use syn::spanned::Spanned;

use crate::cargo::{ensure_component, llvm_tools};
use crate::instrument::Instrumented;
use crate::{folders, process};

/// Of all lines of code in `crates/`, at least this share must have run.
const MIN_PERCENT: f64 = 80.0;

/// Lines of a crate that are code, and those of them that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Count {
    lines: u32,
    ran: u32,
}

impl Count {
    /// `None` where there is no line.
    fn percent(self) -> Option<f64> {
        (self.lines > 0).then(|| f64::from(self.ran) * 100.0 / f64::from(self.lines))
    }

    fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.ran += other.ran;
    }
}

/// A source file's lines with how often each ran.
#[derive(Debug, PartialEq, Eq)]
struct FileLines {
    /// Relative to the root.
    path: String,
    lines: Vec<(usize, u64)>,
}

/// Puts the counts of a run together, prints the table, and fails below [`MIN_PERCENT`].
pub(crate) fn report(instrumented: &Instrumented, programs: &[PathBuf]) -> Result<()> {
    let files = read(instrumented, programs)?;
    let counts = per_crate(&files, |path| fs::read_to_string(path).unwrap_or_default());
    eprint!("{}", table(&counts));
    judge(&counts)
}

/// Asks the toolchain's LLVM tools what ran.
fn read(instrumented: &Instrumented, programs: &[PathBuf]) -> Result<Vec<FileLines>> {
    let tools = llvm_tools()?;
    let merge = tools.join(folders::program("llvm-profdata"));
    let export = tools.join(folders::program("llvm-cov"));
    ensure_component("llvm-tools", &export)?;
    let counts: Vec<PathBuf> = fs::read_dir(instrumented.counts())
        .context("cannot read the counts")?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "profraw")
        })
        .collect();
    if counts.is_empty() {
        bail!("nothing was counted: no instrumented test ran");
    }
    let merged = Instrumented::folder().join("all.profdata");
    process::run(
        Command::new(merge)
            .args(["merge", "-sparse", "-o"])
            .arg(&merged)
            .args(&counts),
    )?;
    let objects = programs
        .iter()
        .flat_map(|program| [OsString::from("--object"), program.into()]);
    let mut profile = OsString::from("--instr-profile=");
    profile.push(&merged);
    let lcov = process::output(
        Command::new(export)
            .args(["export", "--format=lcov"])
            .arg(profile)
            .args(objects),
    )?;
    let root = env::current_dir().context("cannot tell the current folder")?;
    Ok(parse(&lcov, &format!("{}/", root.display())))
}

/// The files below `root` in LLVM's line format (`SF:` a file, `DA:line,count` a line).
fn parse(lcov: &str, root: &str) -> Vec<FileLines> {
    let mut files: Vec<FileLines> = Vec::new();
    let mut inside = false;
    for line in lcov.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            let path = path.strip_prefix(root);
            inside = path.is_some();
            files.extend(path.map(|path| FileLines {
                path: path.to_owned(),
                lines: Vec::new(),
            }));
        } else if let Some((number, count)) = line
            .strip_prefix("DA:")
            .and_then(|rest| rest.split_once(','))
            && inside
            && let (Ok(number), Ok(count), Some(file)) =
                (number.parse(), count.parse(), files.last_mut())
        {
            file.lines.push((number, count));
        }
    }
    files
}

/// Adds up the lines in `crates/NAME/src`, without the tests inside them.
fn per_crate(files: &[FileLines], read: impl Fn(&str) -> String) -> BTreeMap<String, Count> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for file in files {
        let Some((name, inner)) = file
            .path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        if !inner.starts_with("src/") {
            continue;
        }
        let tests = test_lines(&read(&file.path));
        let count = counts.entry(name.to_owned()).or_default();
        for (number, ran) in &file.lines {
            if !tests.iter().any(|range| range.contains(number)) {
                count.add(Count {
                    lines: 1,
                    ran: u32::from(*ran > 0),
                });
            }
        }
    }
    counts
}

/// The lines of what is only compiled for tests: they always run, and would flatter the figure.
fn test_lines(source: &str) -> Vec<RangeInclusive<usize>> {
    let Ok(file) = syn::parse_file(source) else {
        return Vec::new();
    };
    let is_whole_file = file.attrs.iter().any(is_for_tests);
    let whole = is_whole_file.then(|| 1..=source.lines().count());
    let items = file
        .items
        .iter()
        .filter(|item| attributes(item).iter().any(is_for_tests));
    whole
        .into_iter()
        .chain(items.map(|item| item.span().start().line..=item.span().end().line))
        .collect()
}

fn is_for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        _ => &[],
    }
}

/// One line per crate, and one for all.
fn table(counts: &BTreeMap<String, Count>) -> String {
    let mut text = format!("  {:<20} {:>8} {:>8} {:>8}\n", "crate", "lines", "ran", "%");
    let all = ("all", total(counts));
    for (name, count) in counts
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .chain([all])
    {
        let percent = count
            .percent()
            .map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}"));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {name:<20} {:>8} {:>8} {percent:>8}",
            count.lines, count.ran
        );
    }
    text
}

fn total(counts: &BTreeMap<String, Count>) -> Count {
    counts.values().fold(Count::default(), |mut all, count| {
        all.add(*count);
        all
    })
}

fn judge(counts: &BTreeMap<String, Count>) -> Result<()> {
    match total(counts).percent() {
        None => bail!("no line of crates/ was counted"),
        Some(percent) if percent < MIN_PERCENT => {
            bail!(
                "{percent:.1} % of lines ran, of at least {MIN_PERCENT} %; test what the table shows as low"
            )
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LCOV: &str = "SF:/repo/crates/a/src/lib.rs\nFN:1,f\nDA:1,3\nDA:2,0\nDA:6,1\nend_of_record\n\
        SF:/elsewhere/std.rs\nDA:1,1\nend_of_record\nSF:/repo/crates/a/tests/t.rs\nDA:1,1\nend_of_record\n\
        SF:/repo/xtask/src/main.rs\nDA:1,0\nend_of_record\n";

    #[test]
    fn the_lines_of_our_files_are_read() {
        let files = parse(LCOV, "/repo/");
        let seen: Vec<_> = files
            .iter()
            .map(|file| (file.path.as_str(), file.lines.as_slice()))
            .collect();
        assert_eq!(
            seen,
            [
                ("crates/a/src/lib.rs", &[(1, 3), (2, 0), (6, 1)][..]),
                ("crates/a/tests/t.rs", &[(1, 1)]),
                ("xtask/src/main.rs", &[(1, 0)]),
            ]
        );
    }

    #[test]
    fn only_the_product_counts_and_not_the_tests_inside_it() {
        let source = "fn f() {\n}\n\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n";
        let counts = per_crate(&parse(LCOV, "/repo/"), |_| source.to_owned());
        assert_eq!(
            counts,
            BTreeMap::from([("a".to_owned(), Count { lines: 2, ran: 1 })])
        );
    }

    #[test]
    fn lines_for_tests_are_those_under_cfg_test() {
        for (source, expected) in [
            ("fn f() {}\n#[cfg(test)]\nmod tests {\n}\n", vec![2..=4]),
            ("#[cfg(test)]\nfn helper() {\n}\nfn f() {}\n", vec![1..=3]),
            ("#![cfg(test)]\nfn f() {}\n", vec![1..=2]),
            ("#[cfg(unix)]\nfn f() {}\n", vec![]),
            ("not rust", vec![]),
        ] {
            assert_eq!(test_lines(source), expected, "{source}");
        }
    }

    #[test]
    fn the_table_ends_with_all() {
        let counts = BTreeMap::from([
            ("a".to_owned(), Count { lines: 8, ran: 7 }),
            ("empty".to_owned(), Count::default()),
        ]);
        let expected = "  crate                   lines      ran        %\n  \
                        a                           8        7     87.5\n  \
                        empty                       0        0        –\n  \
                        all                         8        7     87.5\n";
        assert_eq!(table(&counts), expected);
    }

    #[test]
    fn less_than_80_percent_fails() {
        for (lines, ran, passes) in [
            (10, 8, true),
            (1000, 799, false),
            (10, 10, true),
            (0, 0, false),
        ] {
            let counts = BTreeMap::from([("a".to_owned(), Count { lines, ran })]);
            assert_eq!(judge(&counts).is_ok(), passes, "{ran} of {lines}");
        }
    }
}
