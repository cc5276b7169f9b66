//! `cargo xtask bench`: the programs behind docs/benchmarks.md.

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::process;
use crate::step::Steps;

/// A measurement: an example program that prints its own table.
#[derive(Debug)]
struct Bench {
    name: &'static str,
    package: &'static str,
    example: &'static str,
    arguments: &'static [&'static str],
    /// Whether it measures the built `majlis` and not only the libraries.
    of_program: bool,
    what: &'static str,
}

/// Every measurement.
const BENCHES: &[Bench] = &[
    Bench {
        name: "text",
        package: "majlis-text",
        example: "measure",
        arguments: &["--bench"],
        of_program: false,
        what: "measuring answers against each other",
    },
    Bench {
        name: "store",
        package: "majlis-store",
        example: "bench_store",
        arguments: &[],
        of_program: false,
        what: "commits, pages, opening",
    },
    Bench {
        name: "overhead",
        package: "majlis-app",
        example: "bench_overhead",
        arguments: &[],
        of_program: false,
        what: "what Majlis adds to a call, and a council of five",
    },
    Bench {
        name: "start",
        package: "majlis",
        example: "bench_start",
        arguments: &[],
        of_program: true,
        what: "start to the first answer, idle memory",
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
    if bench.of_program {
        process::run(&mut cargo(&[
            "build",
            "--package",
            "majlis",
            "--profile",
            profile,
        ]))?;
    }
    let mut command = cargo(&[
        "run",
        "--package",
        bench.package,
        "--example",
        bench.example,
    ]);
    process::run(
        command
            .args(["--profile", profile, "--"])
            .args(bench.arguments),
    )
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
    use std::path::Path;

    use super::*;

    const fn bench(name: &'static str) -> Bench {
        Bench {
            name,
            package: "",
            example: "",
            arguments: &[],
            of_program: false,
            what: "",
        }
    }

    #[test]
    fn each_measurement_is_an_example_of_its_crate() {
        for bench in BENCHES {
            let path = format!("../crates/{}/examples/{}.rs", bench.package, bench.example);
            assert!(
                Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).exists(),
                "{path}"
            );
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
