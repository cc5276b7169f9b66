//! `cargo xtask bench`: the programs behind docs/benchmarks.md.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::need::{self, CHROMIUM};
use crate::step::Steps;
use crate::{folders, models, process, trees, ui};

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
    /// The same, on real trees from the package registries.
    Trees {
        package: &'static str,
        example: &'static str,
    },
    /// A script of the page's package.json, which finds the built program in `MAJLIS_BIN`.
    Page(&'static str),
}

/// What takes data files.
const TEXT_QUALITY: &str = "text-quality";
/// What takes the sentence encoder alone.
const COUNCIL: &str = "council";

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
        name: COUNCIL,
        program: Program::Example {
            package: "majlis-providers",
            example: "text",
            arguments: &["council"],
        },
        of_program: false,
        what: "agreements, gaps and contradictions found in marked answers",
    },
    Bench {
        name: TEXT_QUALITY,
        program: Program::Example {
            package: "majlis-providers",
            example: "text",
            arguments: &["bench"],
        },
        of_program: false,
        what: "similarity, inference, sentiment and languages on data files",
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
        name: "audit",
        program: Program::Trees {
            package: "majlis-audit",
            example: "bench_audit",
        },
        of_program: false,
        what: "looking at code: against parsing alone, by language, again",
    },
    Bench {
        name: "page",
        program: Program::Page("bench"),
        of_program: true,
        what: "processor time a frame while six columns are written",
    },
];

/// Data files to measure text analysis on (docs/text-bench.md).
#[derive(Debug, Default, clap::Args)]
pub(crate) struct TextFiles {
    /// Folder with the development sets, for `bench text` without a file
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder with the model files; without the sentence encoder words alone are measured
    #[arg(long, env = "MAJLIS_MODELS_DIR")]
    models: Option<PathBuf>,
    /// Pairs of sentences with a score of similarity
    #[arg(long)]
    sts: Option<PathBuf>,
    /// Pairs of sentences with entailment, neutral or contradiction
    #[arg(long)]
    nli: Option<PathBuf>,
    /// Texts with negative, neutral or positive
    #[arg(long)]
    sentiment: Option<PathBuf>,
    /// Texts with their language
    #[arg(long)]
    lang: Option<PathBuf>,
}

/// Where the development sets lie beside the repository, if they do.
const DEVELOPMENT: &str = "../shared/data/nlp";

impl TextFiles {
    /// The arguments for the program that measures.
    fn arguments(&self) -> Vec<OsString> {
        let named = [
            ("--sts", self.sts.clone()),
            ("--nli", self.nli.clone()),
            ("--sentiment", self.sentiment.clone()),
            ("--lang", self.lang.clone()),
        ];
        let is_named = named.iter().any(|(_, path)| path.is_some());
        let beside = Some(PathBuf::from(DEVELOPMENT)).filter(|path| path.exists() && !is_named);
        let data = ("--data", self.data.clone().or(beside));
        let mut arguments = as_options(named.into_iter().chain([data]));
        arguments.extend(self.encoder());
        arguments
    }

    /// The arguments that name the sentence encoder; none where there is none.
    fn encoder(&self) -> Vec<OsString> {
        let encoder = models::encoder(self.models.as_deref());
        let (folder, wheel) = encoder.map_or((None, None), |(folder, wheel)| (Some(folder), wheel));
        as_options([("--models", folder), ("--wheel", wheel)])
    }
}

fn as_options(named: impl IntoIterator<Item = (&'static str, Option<PathBuf>)>) -> Vec<OsString> {
    named
        .into_iter()
        .filter_map(|(name, path)| Some([OsString::from(name), path?.into_os_string()]))
        .flatten()
        .collect()
}

/// Trains the heads of text analysis anew from the folder with the data that may train them.
pub(crate) fn train(data: PathBuf, models: Option<PathBuf>) -> Result<()> {
    let mut command = cargo(&["run", "--package", "majlis-providers", "--example", "text"]);
    command.args([
        "--profile",
        "quick",
        "--",
        "train",
        "--out",
        "crates/majlis-text/data",
    ]);
    let files = TextFiles {
        data: Some(data),
        models,
        ..TextFiles::default()
    };
    process::run(command.args(files.arguments()))
}

/// Runs the measurement `name`, or all of them, built with the cargo profile `profile`; `text`
/// stands for everything about text.
pub(crate) fn run(name: Option<&str>, profile: &str, files: &TextFiles) -> Result<()> {
    let chosen = choose(BENCHES, name)?;
    let mut steps = Steps::new();
    for bench in chosen {
        steps.step(&format!("{}: {}", bench.name, bench.what), || {
            measure(bench, profile, files)
        });
    }
    steps.finish()
}

fn measure(bench: &Bench, profile: &str, files: &TextFiles) -> Result<()> {
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
            command.args(["--profile", profile, "--"]).args(arguments);
            match bench.name {
                TEXT_QUALITY => command.args(files.arguments()),
                COUNCIL => command.args(files.encoder()),
                _ => &mut command,
            };
            process::run(&mut command)
        }
        Program::Trees { package, example } => {
            let mut command = cargo(&["run", "--package", package, "--example", example]);
            command.args(["--profile", profile, "--"]);
            for tree in trees::fetch()? {
                command.arg(format!("{}={}", tree.name, tree.folder.display()));
            }
            process::run(&mut command)?;
            peers()
        }
        Program::Page(script) => {
            let binary = folders::target(folder_of(profile)).join(folders::program("majlis"));
            process::run(&mut ui::in_browser(script, &binary))
        }
    }
}

/// Other programs on the Python tree, in the same run, where they are installed.
fn peers() -> Result<()> {
    let Some(tree) = trees::fetch()?
        .into_iter()
        .find(|tree| tree.name.contains("Python"))
    else {
        return Ok(());
    };
    let peers: [&[&str]; 3] = [
        &[
            "bandit",
            "--quiet",
            "--recursive",
            "--exit-zero",
            "--format",
            "json",
        ],
        &[
            "ruff",
            "check",
            "--isolated",
            "--select",
            "S,PERF,B,E7",
            "--exit-zero",
            "--no-cache",
            "--statistics",
        ],
        &[
            "semgrep",
            "scan",
            "--metrics",
            "off",
            "--quiet",
            "--lang",
            "python",
            "--pattern",
            "eval(...)",
        ],
    ];
    let mut table = String::from("\n| program | s |\n|---|--:|\n");
    for peer in peers {
        let [program, arguments @ ..] = peer else {
            continue;
        };
        let began = std::time::Instant::now();
        let ended = std::process::Command::new(program)
            .args(arguments)
            .arg(&tree.folder)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status();
        let took = match ended {
            Ok(status) if status.success() => format!("{:.2}", began.elapsed().as_secs_f64()),
            Ok(status) => format!("it ended with {status}"),
            Err(_) => "not installed".to_owned(),
        };
        let _ = writeln!(table, "| {program} | {took} |");
    }
    Ok(std::io::stdout().write_all(table.as_bytes())?)
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
        .filter(|bench| {
            name.is_none_or(|name| {
                name == bench.name || name == "text" && bench.name == TEXT_QUALITY
            })
        })
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
                }
                | Program::Trees { package, example } => {
                    let example = root.join(format!("crates/{package}/examples/{example}"));
                    example.with_extension("rs").exists() || example.join("main.rs").exists()
                }
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
