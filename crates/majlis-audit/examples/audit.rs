//! Audits a folder and prints what is found, a line each, worst rules' sums last:
//! `target/debug/examples/audit FOLDER [--each]`. Rules and tables are read from the crate's folder
//! as they are now. `--each` takes every file for a tree of its own.
#![allow(clippy::print_stdout)] // a tool for people at a terminal

#[path = "../tests/support/folder.rs"]
mod folder;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use majlis_audit::report::Reported;
use majlis_audit::table::Tables;
use majlis_audit::tree::MemoryTree;
use majlis_audit::{Analyser, Options, rule};

fn main() -> ExitCode {
    let (flags, folders): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with("--"));
    let [root] = folders.as_slice() else {
        println!("usage: audit FOLDER [--each]");
        return ExitCode::from(2);
    };
    match run(root, flags.iter().any(|flag| flag == "--each")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(root: &str, each: bool) -> Result<(), String> {
    let rules = folder::files(&folder::root().join("rules"), "md");
    let rules = rule::RuleSet::read(rules).map_err(|error| error.to_string())?;
    let texts = folder::files(&folder::root().join("tables"), "toml");
    let (tables, errors) = Tables::parse(texts.iter().map(|(path, text)| (&**path, &**text)));
    for error in errors {
        println!("{error}");
    }
    let analyser = Analyser::new(rules, &tables).map_err(|error| error.to_string())?;
    let mut files = BTreeMap::new();
    read(Path::new(root), Path::new(root), &mut files);
    let trees: Vec<MemoryTree> = if each {
        let trees = files.into_iter().map(|file| [file].into_iter().collect());
        trees.collect()
    } else {
        vec![files.into_iter().collect()]
    };
    let started = Instant::now();
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    for tree in &trees {
        let report = analyser.audit(tree, &Options::default(), None, &|_| {});
        for found in report.map_err(|error| error.to_string())?.findings {
            print(&found);
            *sums.entry(found.rule).or_default() += 1;
        }
    }
    println!("# {:?}", started.elapsed());
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| *count);
    for (rule, count) in sums {
        println!("# {count:6} {rule}");
    }
    Ok(())
}

fn print(found: &Reported) {
    let cwe: Vec<String> = found.cwe.iter().map(|cwe| cwe.0.to_string()).collect();
    println!(
        "{}:{}: {} [{}] {:?}",
        found.path,
        found.start.line,
        found.rule,
        cwe.join(","),
        found.facet,
    );
}

/// Every file that is no link; what cannot be read is left out.
fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            read(root, &path, files);
        } else if kind.is_file()
            && let (Ok(below), Ok(bytes)) = (path.strip_prefix(root), std::fs::read(&path))
        {
            files.insert(below.to_string_lossy().into_owned(), bytes);
        }
    }
}
