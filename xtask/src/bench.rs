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
    profile: &'static str,
    what: &'static str,
}

/// Every measurement.
const BENCHES: &[Bench] = &[];

/// Runs the measurement `name`, or all of them.
pub(crate) fn run(name: Option<&str>) -> Result<()> {
    let chosen = choose(BENCHES, name)?;
    let mut steps = Steps::new();
    for bench in chosen {
        steps.step(&format!("{}: {}", bench.name, bench.what), || {
            let arguments = [
                "run",
                "--quiet",
                "--package",
                bench.package,
                "--example",
                bench.example,
            ];
            process::run(cargo(&arguments).args(["--profile", bench.profile]))
        });
    }
    steps.finish()
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
    use super::*;

    const fn bench(name: &'static str) -> Bench {
        Bench {
            name,
            package: "",
            example: "",
            profile: "",
            what: "",
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
