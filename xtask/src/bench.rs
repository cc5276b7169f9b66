//! `cargo xtask bench`: the programs behind docs/benchmarks.md.

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::need::{self, CHROMIUM};
use crate::step::Steps;
use crate::{folders, process, ui};

/// A measurement: a program that prints its own table.
#[derive(Debug)]
struct Bench {
    name: &'static str,
    program: Program,
    /// Whether it measures the built `majlis` and not only the libraries.
    of_program: bool,
    what: &'static str,
}

/// What measures.
#[derive(Debug)]
enum Program {
    /// An example of a crate.
    Example {
        package: &'static str,
        example: &'static str,
        arguments: &'static [&'static str],
    },
    /// A script of the page's package.json, which finds the built program in `MAJLIS_BIN`.
    Page(&'static str),
}

/// Every measurement.
const BENCHES: &[Bench] = &[
    Bench {
        name: "text",
        program: Program::Example {
            package: "majlis-text",
            example: "measure",
            arguments: &["--bench"],
        },
        of_program: false,
        what: "measuring answers against each other",
    },
    Bench {
        name: "council",
        program: Program::Example {
            package: "majlis-text",
            example: "council_bench",
            arguments: &[],
        },
        of_program: false,
        what: "agreements, gaps and contradictions found in marked answers",
    },
    Bench {
        name: "store",
        program: Program::Example {
            package: "majlis-store",
            example: "bench_store",
            arguments: &[],
        },
        of_program: false,
        what: "commits, pages, opening",
    },
    Bench {
        name: "overhead",
        program: Program::Example {
            package: "majlis-app",
            example: "bench_overhead",
            arguments: &[],
        },
        of_program: false,
        what: "what Majlis adds to a call, and a council of five",
    },
    Bench {
        name: "server",
        program: Program::Example {
            package: "majlis-server",
            example: "bench_server",
            arguments: &[],
        },
        of_program: false,
        what: "own answers, /v1 in front of a mock, what requests leave behind",
    },
    Bench {
        name: "start",
        program: Program::Example {
            package: "majlis",
            example: "bench_start",
            arguments: &[],
        },
        of_program: true,
        what: "start to the first answer, idle memory",
    },
    Bench {
        name: "page",
        program: Program::Page("bench"),
        of_program: true,
        what: "processor time a frame while six columns are written",
    },
];

/// Runs the measurement `name`, or all of them, built with the cargo profile `profile`.
pub(crate) fn run(name: Option<&str>, profile: &str) -> Result<()> {
    let chosen = choose(BENCHES, name)?;
    let mut steps = Steps::new();
    for bench in chosen {
        steps.step(&format!("{}: {}", bench.name, bench.what), || {
            measure(bench, profile)
        });
    }
    steps.finish()
}

fn measure(bench: &Bench, profile: &str) -> Result<()> {
    if matches!(bench.program, Program::Page(_)) {
        need::check(&[CHROMIUM])?;
        ui::check_needs()?;
        ui::install(ui::FOLDER)?;
        ui::build()?;
    }
    if bench.of_program {
        process::run(&mut cargo(&[
            "build",
            "--package",
            "majlis",
            "--profile",
            profile,
        ]))?;
    }
    match bench.program {
        Program::Example {
            package,
            example,
            arguments,
        } => {
            let mut command = cargo(&["run", "--package", package, "--example", example]);
            process::run(command.args(["--profile", profile, "--"]).args(arguments))
        }
        Program::Page(script) => {
            let binary = folders::target(folder_of(profile)).join(folders::program("majlis"));
            process::run(&mut ui::in_browser(script, &binary))
        }
    }
}

/// The folder in which cargo puts what it builds with `profile`.
fn folder_of(profile: &str) -> &str {
    match profile {
        "dev" | "test" => "debug",
        "bench" => "release",
        own => own,
    }
}

fn choose<'a>(benches: &'a [Bench], name: Option<&str>) -> Result<Vec<&'a Bench>> {
    let chosen: Vec<&Bench> = benches
        .iter()
        .filter(|bench| name.is_none_or(|name| name == bench.name))
        .collect();
    if chosen.is_empty() {
        let names: Vec<&str> = benches.iter().map(|bench| bench.name).collect();
        bail!("no such measurement; there are: {}", names.join(", "));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const fn bench(name: &'static str) -> Bench {
        Bench {
            name,
            program: Program::Page(""),
            of_program: false,
            what: "",
        }
    }

    #[test]
    fn each_measurement_is_an_example_of_its_crate_or_a_script_of_the_page() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let scripts = fs::read_to_string(root.join("ui/package.json")).unwrap();
        for bench in BENCHES {
            let found = match bench.program {
                Program::Example {
                    package, example, ..
                } => root
                    .join(format!("crates/{package}/examples/{example}.rs"))
                    .exists(),
                Program::Page(script) => scripts.contains(&format!("\"{script}\": \"node ")),
            };
            assert!(found, "{}", bench.name);
        }
    }

    #[test]
    fn the_folder_of_a_profile_is_cargos() {
        for (profile, expected) in [("dev", "debug"), ("quick", "quick"), ("release", "release")] {
            assert_eq!(folder_of(profile), expected);
        }
    }

    #[test]
    fn a_measurement_is_chosen_by_name_and_without_one_all_are() {
        let benches = [bench("text"), bench("stream")];
        for (name, expected) in [(None, 2), (Some("text"), 1)] {
            assert_eq!(choose(&benches, name).unwrap().len(), expected, "{name:?}");
        }
        let error = choose(&benches, Some("other")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no such measurement; there are: text, stream"
        );
    }
}
