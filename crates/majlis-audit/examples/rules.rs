//! Runs the tests of rules, reading rules from the folder as they are now:
//! `cargo run -q -p majlis-audit --example rules -- LANGUAGE [SLUG]`. With `--file PATH` it prints
//! what is found in that file instead. After a change of rules only, run the program that was
//! built, `target/debug/examples/rules`: nothing needs to be compiled. Tables are read so, too.
#![allow(clippy::print_stdout)] // a tool for people at a terminal

#[path = "../tests/support/folder.rs"]
mod folder;

use std::process::ExitCode;

use majlis_audit::table::Tables;
use majlis_audit::{Analyser, Grammar, Language, SourceFile, rule};

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let file = words.iter().position(|word| word == "--file").map(|at| {
        let named = words.get(at + 1).cloned().unwrap_or_default();
        words.truncate(at);
        named
    });
    let Some(language) = words.first() else {
        println!("usage: rules LANGUAGE [SLUG] [--file PATH]");
        return ExitCode::from(2);
    };
    match run(language, words.get(1).map(String::as_str), file.as_deref()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}

/// How many tests fail.
fn run(language: &str, slug: Option<&str>, file: Option<&str>) -> Result<usize, String> {
    let wanted = match language {
        rule::ANY => None,
        id => Some(Language::of_id(id).ok_or(format!("no language {id}"))?),
    };
    let rules = folder::root().join("rules");
    let below = format!("{language}/");
    let texts = folder::files(&rules, "md");
    let of_language = texts
        .into_iter()
        .filter(|(path, _)| path.starts_with(&below));
    let rules = rule::RuleSet::read(of_language)
        .map_err(|error| error.to_string())?
        .only(|rule| slug.is_none_or(|slug| rule.slug() == slug));
    let texts = folder::files(&folder::root().join("tables"), "toml");
    let (tables, errors) = Tables::parse(texts.iter().map(|(path, text)| (&**path, &**text)));
    for error in errors {
        println!("{error}");
    }
    let analyser = Analyser::new(rules, &tables).map_err(|error| error.to_string())?;
    match file {
        Some(file) => print_findings(&analyser, wanted, file).map(|()| 0),
        None => Ok(print_failures(&analyser)),
    }
}

fn print_failures(analyser: &Analyser<'_>) -> usize {
    let rules = analyser.rules().iter();
    let failures: Vec<_> = rules
        .clone()
        .flat_map(|rule| rule::check(analyser, rule))
        .collect();
    for failure in &failures {
        println!("{failure}");
    }
    let blocks: usize = rules.clone().map(|rule| rule.tests.len()).sum();
    println!(
        "{} rules, {blocks} tests, {} fail",
        rules.count(),
        failures.len()
    );
    failures.len()
}

fn print_findings(
    analyser: &Analyser<'_>,
    language: Option<Language>,
    path: &str,
) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let grammars = Grammar::ALL.into_iter();
    let grammar = grammars
        .filter(|grammar| language.is_none_or(|language| grammar.language() == language))
        .find(|grammar| path.ends_with(&format!(".{}", grammar.extension())))
        .ok_or(format!("{path}: no grammar for its name"))?;
    let file = SourceFile::parse(path, grammar, text).map_err(|error| error.to_string())?;
    let files = [file];
    for finding in analyser.analyse(&files) {
        println!(
            "{path}:{}: {}: {}",
            files[0].line(finding.span),
            finding.rule,
            finding.message
        );
        for step in &finding.flow {
            println!(
                "    {}:{}: {}",
                step.path,
                files[0].line(step.span),
                step.what
            );
        }
    }
    Ok(())
}
