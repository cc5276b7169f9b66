//! What looking at real trees takes: `bench_audit NAME=FOLDER…`. Everything on one thread, and in
//! time of the processor where the system says it, so that other work on the machine counts little.
//! Beside trees with Python, bandit and ruff look at the same where they are installed. Figures of
//! docs/benchmarks.md.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a tool for people at a terminal

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use majlis_audit::council::Source;
use majlis_audit::report::Report;
use majlis_audit::tree::MemoryTree;
use majlis_audit::{Analyser, Cache, Language, Options, SourceFile};

/// Bytes of a file that is read: as much as an audit looks at.
const FILE_BYTES: u64 = 2_000_000;

#[derive(Default)]
struct InMemory(Mutex<HashMap<String, Vec<u8>>>);

impl Cache for InMemory {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn put(&self, key: &str, value: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .insert(key.to_owned(), value.to_owned());
    }
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .stack_size(64 << 20)
        .build()
        .unwrap();
    pool.install(|| {
        let began = Instant::now();
        let analyser = Analyser::embedded().unwrap();
        println!("rules ready after {} ms\n", began.elapsed().as_millis());
        println!(
            "| tree | kB | kLoC | parse s | audit s | ratio | MB/s | cached | worst file s | findings/kLoC |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        let mut speeds = BTreeMap::new();
        for argument in std::env::args().skip(1) {
            let Some((name, folder)) = argument.split_once('=') else {
                println!("write NAME=FOLDER");
                return;
            };
            measure(&analyser, name, Path::new(folder), &mut speeds);
        }
        println!("\n| language | MB | MB of code per CPU-second, everything | parsing alone |");
        println!("|---|--:|--:|--:|");
        for (language, speed) in speeds {
            println!(
                "| {} | {:.1} | {:.2} | {:.1} |",
                Language::id(language),
                speed.megabytes,
                speed.megabytes / speed.audit.as_secs_f64(),
                speed.megabytes / speed.parse.as_secs_f64()
            );
        }
    });
    println!(
        "\nmost memory: {}",
        peak().unwrap_or_else(|| "unknown".to_owned())
    );
}

#[derive(Default)]
struct Speed {
    megabytes: f64,
    parse: Duration,
    audit: Duration,
}

#[allow(clippy::cast_precision_loss)] // counts of bytes and lines
fn measure(
    analyser: &Analyser<'_>,
    name: &str,
    folder: &Path,
    speeds: &mut BTreeMap<Language, Speed>,
) {
    let mut tree = MemoryTree::default();
    fill(&mut tree, folder, "");
    let options = Options::default();
    let sources = analyser.sources(&tree, &options, &HashSet::new()).unwrap();
    let bytes: usize = sources.iter().map(|source| source.text.len()).sum();
    let parse = parsing(|| sources.iter().filter_map(parsed).count());
    let cache = InMemory::default();
    let look = || {
        analyser
            .audit(&tree, &options, Some(&cache), &|_| {})
            .unwrap()
    };
    let (report, audit) = time(look);
    let (again, cached) = time(look);
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        serde_json::to_string(&again).unwrap(),
        "the same tree gives the same bytes"
    );
    let worst = worst(analyser, &sources, &options);
    let lines: usize = report.files.iter().map(|sum| sum.lines).sum();
    let thousands = lines as f64 / 1e3;
    println!(
        "| {name} | {} | {thousands:.1} | {:.2} | {:.2} | {:.1} | {:.2} | {:.1} % | {:.2} | {:.1} |",
        bytes / 1000,
        parse.as_secs_f64(),
        audit.as_secs_f64(),
        audit.as_secs_f64() / parse.as_secs_f64(),
        bytes as f64 / 1e6 / audit.as_secs_f64(),
        cached.as_secs_f64() / audit.as_secs_f64() * 100.0,
        worst.as_secs_f64(),
        report.findings.len() as f64 / thousands,
    );
    by_language(analyser, &sources, &tree, speeds);
    by_facet(&report);
    if sources
        .iter()
        .any(|source| source.grammar.language() == Language::Python)
    {
        others(folder);
    }
}

fn by_facet(report: &Report) {
    let counts: Vec<String> = report
        .sums
        .iter()
        .map(|(facet, sums)| format!("{facet:?} {}", sums.values().sum::<usize>()))
        .collect();
    eprintln!("  {}", counts.join(", "));
}

#[allow(clippy::cast_precision_loss)] // counts of bytes
fn by_language(
    analyser: &Analyser<'_>,
    sources: &[Source],
    tree: &MemoryTree,
    speeds: &mut BTreeMap<Language, Speed>,
) {
    for language in Language::ALL {
        let own = || {
            sources
                .iter()
                .filter(|source| source.grammar.language() == language)
        };
        let bytes: usize = own().map(|source| source.text.len()).sum();
        if bytes < 50_000 {
            continue;
        }
        let options = Options {
            languages: vec![language],
            ..Options::default()
        };
        let speed = speeds.entry(language).or_default();
        speed.megabytes += bytes as f64 / 1e6;
        speed.parse += parsing(|| own().filter_map(parsed).count());
        speed.audit += time(|| analyser.audit(tree, &options, None, &|_| {}).unwrap()).1;
    }
}

/// The longest that any of the twenty largest files takes alone.
fn worst(analyser: &Analyser<'_>, sources: &[Source], options: &Options) -> Duration {
    let mut largest: Vec<&Source> = sources.iter().collect();
    largest.sort_by_key(|source| std::cmp::Reverse(source.text.len()));
    let alone = largest.into_iter().take(20).map(|source| {
        let tree: MemoryTree = [(source.path.clone(), source.text.clone())]
            .into_iter()
            .collect();
        time(|| analyser.audit(&tree, options, None, &|_| {}).unwrap()).1
    });
    alone.max().unwrap_or_default()
}

/// Parsing is short beside the clock's steps: the mean of several times.
fn parsing(mut work: impl FnMut() -> usize) -> Duration {
    const TIMES: u32 = 5;
    time(|| (0..TIMES).map(|_| work()).sum::<usize>()).1 / TIMES
}

fn parsed(source: &Source) -> Option<SourceFile> {
    SourceFile::parse(&source.path, source.grammar, source.text.clone()).ok()
}

/// What other analysers take for the Python of a folder, their own caches off.
fn others(folder: &Path) {
    let tools: [(&str, &[&str]); 2] = [
        ("bandit", &["-q", "-r", "--exit-zero"]),
        (
            "ruff",
            &[
                "check",
                "-q",
                "--no-cache",
                "--isolated",
                "--exit-zero",
                "--select",
                "ALL",
            ],
        ),
    ];
    for (program, arguments) in tools {
        let mut command = Command::new(program);
        command.args(arguments).arg(folder).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let before = children();
        if command.status().is_ok()
            && let (Some(before), Some(after)) = (before, children())
        {
            println!(
                "  {program}: {:.2} s",
                after.saturating_sub(before).as_secs_f64()
            );
        }
    }
}

fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let before = processor();
    let result = work();
    match (before, processor()) {
        (Some(before), Some(after)) => (result, after.saturating_sub(before)),
        _ => (result, began.elapsed()),
    }
}

/// Time of the processor this process has had, in its own code and for it.
fn processor() -> Option<Duration> {
    ticks(11)
}

/// The same of programs it started and waited for.
fn children() -> Option<Duration> {
    ticks(13)
}

/// Two neighbouring fields of the system's line about this process, behind its name; in hundredths
/// of a second.
fn ticks(at: usize) -> Option<Duration> {
    let line = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = line.rsplit_once(')')?;
    let fields: Vec<u64> = fields
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    Some(Duration::from_millis(
        (fields.get(at)? + fields.get(at + 1)?) * 10,
    ))
}

fn fill(tree: &mut MemoryTree, folder: &Path, below: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
            continue;
        };
        let path = match below {
            "" => name,
            below => format!("{below}/{name}"),
        };
        if kind.is_dir() {
            fill(tree, &entry.path(), &path);
        } else if kind.is_file() && entry.metadata().is_ok_and(|data| data.len() <= FILE_BYTES) {
            tree.insert(&path, fs::read(entry.path()).unwrap_or_default());
        }
    }
}

/// The most memory this process ever had, as the system says it.
fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
