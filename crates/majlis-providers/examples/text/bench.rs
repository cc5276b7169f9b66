//! The figures of design/analysis.md, on files.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use majlis_text::{
    Answer, Inference, Language, PairReading, SentimentText, Vectors, analyse, extract,
};

use super::files::{self, Table};
use super::{Arguments, Meaning};

/// A kind of measurement with the development files for it.
const SETS: &[(&str, &[&str])] = &[
    ("sts", &["sts-dev.csv", "sts-train.csv"]),
    (
        "nli",
        &["SICK_trial.txt", "arnli_valid.csv", "taxinli10k.tsv"],
    ),
    ("sentiment", &["sst2_dev.tsv", "ArSarcasm_train.csv"]),
    ("lang", &[]),
];

/// Measures the named files; without any, those of the folder `--data`.
pub(crate) fn run(arguments: &Arguments, meaning: &mut Meaning) -> Result<(), Box<dyn Error>> {
    println!(
        "engine: {}",
        if meaning.encoder.is_some() {
            "use-multilingual with lexical features"
        } else {
            "lexical"
        }
    );
    let is_named = SETS.iter().any(|(kind, _)| arguments.path(kind).is_some());
    for (kind, development) in SETS {
        let paths: Vec<PathBuf> = match arguments.path(kind) {
            Some(path) => vec![path],
            None if is_named => Vec::new(),
            None => arguments
                .path("data")
                .map(|dir| development.iter().map(|file| dir.join(file)).collect())
                .unwrap_or_default(),
        };
        for path in paths {
            let table = Table::read(&path)?;
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            match *kind {
                "sts" => similarity(&name, &table, meaning),
                "nli" => inference(&name, &table, meaning),
                "sentiment" => sentiment(&name, &table, meaning),
                _ => language(&name, &table.labelled(&files::language)),
            }
        }
    }
    if !is_named {
        if let Some(dir) = arguments.path("data") {
            development_languages(&dir)?;
        }
        super::substitution::run(meaning);
        six_alone(arguments)?;
    }
    Ok(())
}

/// Six answers in a process of their own, whose memory holds nothing else.
fn six_alone(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.arg("six");
    if let Some(models) = arguments.path("models") {
        command.arg("--models").arg(models);
    }
    command.status()?;
    Ok(())
}

fn similarity(name: &str, table: &Table, meaning: &mut Meaning) {
    let pairs = table.scored();
    meaning.learn(
        pairs
            .iter()
            .flat_map(|pair| [pair.0.as_str(), pair.1.as_str()]),
    );
    let expected: Vec<f64> = pairs.iter().map(|pair| pair.2).collect();
    let found: Vec<f64> = pairs
        .iter()
        .map(|(one, other, _)| {
            PairReading::new(one, other, meaning.cosine(one, other)).similarity()
        })
        .collect();
    let plain: Vec<f64> = pairs
        .iter()
        .map(|(one, other, _)| meaning.cosine(one, other).unwrap_or(0.0))
        .collect();
    println!(
        "similarity {name}: {} pairs, Spearman {:.1}, Pearson {:.1} (cosine alone: Spearman {:.1})",
        pairs.len(),
        100.0 * correlation(&ranks(&found), &ranks(&expected)),
        100.0 * correlation(&found, &expected),
        100.0 * correlation(&ranks(&plain), &ranks(&expected))
    );
}

/// Counts of expected and found classes.
#[derive(Default)]
struct Confusion(BTreeMap<(&'static str, &'static str), f64>);

impl Confusion {
    fn add(&mut self, expected: &'static str, found: &'static str) {
        *self.0.entry((expected, found)).or_default() += 1.0;
    }

    fn sum(&self, wanted: impl Fn(&str, &str) -> bool) -> f64 {
        self.0
            .iter()
            .filter(|((expected, found), _)| wanted(expected, found))
            .map(|(_, count)| count)
            .sum()
    }

    fn accuracy(&self) -> f64 {
        self.sum(|expected, found| expected == found) / self.sum(|_, _| true).max(1.0)
    }

    fn f1(&self, class: &str) -> f64 {
        let hit = self.sum(|expected, found| expected == class && found == class);
        let all = self.sum(|expected, _| expected == class) + self.sum(|_, found| found == class);
        2.0 * hit / all.max(1.0)
    }

    fn macro_f1(&self) -> f64 {
        let mut classes: Vec<&str> = self.0.keys().map(|(expected, _)| *expected).collect();
        classes.dedup();
        classes.iter().map(|class| self.f1(class)).sum::<f64>() / classes.len().max(1) as f64
    }
}

fn name_of(inference: Inference) -> &'static str {
    match inference {
        Inference::Entailment => "entailment",
        Inference::Neutral => "neutral",
        Inference::Contradiction => "contradiction",
    }
}

fn inference(name: &str, table: &Table, meaning: &mut Meaning) {
    let pairs = table.inferences();
    meaning.learn(
        pairs
            .iter()
            .flat_map(|pair| [pair.0.as_str(), pair.1.as_str()]),
    );
    let is_binary = pairs.iter().any(|pair| pair.2.is_none());
    let mut confusion = Confusion::default();
    for (first, second, label) in &pairs {
        let found = name_of(
            PairReading::new(first, second, meaning.cosine(first, second))
                .judge()
                .inference,
        );
        let is_contradiction = |class| {
            if class == "contradiction" {
                class
            } else {
                "other"
            }
        };
        let expected = label.map_or("other", name_of);
        if is_binary {
            confusion.add(is_contradiction(expected), is_contradiction(found));
        } else {
            confusion.add(expected, found);
        }
    }
    let hit = confusion.sum(|expected, found| expected == "contradiction" && found == expected);
    let false_alarms =
        confusion.sum(|expected, found| expected != "contradiction" && found == "contradiction");
    println!(
        "inference {name}: {} pairs, accuracy {:.1}, macro-F1 {:.3}, contradiction F1 {:.3}, recall {:.3}, false alarms {:.1} %",
        pairs.len(),
        100.0 * confusion.accuracy(),
        confusion.macro_f1(),
        confusion.f1("contradiction"),
        hit / confusion
            .sum(|expected, _| expected == "contradiction")
            .max(1.0),
        100.0 * false_alarms
            / confusion
                .sum(|expected, _| expected != "contradiction")
                .max(1.0)
    );
}

fn sentiment(name: &str, table: &Table, meaning: &mut Meaning) {
    let texts = table.labelled(&files::sentiment);
    meaning.learn(texts.iter().map(|(text, _)| text.as_str()));
    let has_neutral = texts.iter().any(|(_, label)| *label == "neutral");
    let mut confusion = Confusion::default();
    for (text, label) in &texts {
        let judged = SentimentText::new(text)
            .judge(meaning.vector(text).map(Vec::as_slice))
            .name();
        confusion.add(label, judged);
    }
    println!(
        "sentiment {name}: {} texts, {} classes, accuracy {:.1}, macro-F1 {:.3}",
        texts.len(),
        if has_neutral { 3 } else { 2 },
        100.0 * confusion.accuracy(),
        confusion.macro_f1()
    );
}

fn language(name: &str, texts: &[(String, &'static str)]) {
    let mut classes: Vec<&str> = texts.iter().map(|(_, label)| *label).collect();
    classes.sort_unstable();
    classes.dedup();
    for class in classes {
        let own: Vec<&String> = texts
            .iter()
            .filter(|(_, label)| *label == class)
            .map(|(text, _)| text)
            .collect();
        let wrong: Vec<&&String> = own
            .iter()
            .filter(|text| Language::of(text).map(Language::code) != Some(class))
            .collect();
        println!(
            "language {name} {class}: {} texts, accuracy {:.2}",
            own.len(),
            100.0 - 100.0 * wrong.len() as f64 / own.len().max(1) as f64
        );
        for text in wrong
            .iter()
            .take(if std::env::var("SHOW").is_ok() { 20 } else { 0 })
        {
            println!("   {:?} {text}", Language::of(text));
        }
    }
}

/// The development sets name no language: those of known language stand in.
fn development_languages(dir: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let mut texts = Vec::new();
    for (first, second, _) in Table::read(&dir.join("sts-dev.csv"))?.scored() {
        texts.extend([(first, "en"), (second, "en")]);
    }
    for (first, second, _) in Table::read(&dir.join("arnli_valid.csv"))?.inferences() {
        texts.extend([(first, "ar"), (second, "ar")]);
    }
    language("development", &texts);
    Ok(())
}

/// Six answers of 800 words: how long until they are measured.
pub(crate) fn six(meaning: &mut Meaning) {
    let pairs = super::generate::pairs(600, 5);
    let mut sentences = pairs.iter().map(|pair| format!("{}. ", pair.first)).cycle();
    let answers: Vec<Answer> = (0..6)
        .map(|member| {
            let mut text = String::new();
            while text.split_whitespace().count() < 800 {
                text.push_str(&sentences.next().unwrap_or_default());
            }
            Answer::new(member, format!("m{member}"), text)
        })
        .collect();
    let start = Instant::now();
    let claims = extract(&answers);
    let texts = claims.texts();
    let read = start.elapsed();
    meaning.kept.clear();
    meaning.learn(texts.iter().map(String::as_str));
    let embedded = start.elapsed();
    let vectors = texts
        .iter()
        .filter_map(|text| meaning.vector(text).cloned())
        .collect();
    let vectors = Vectors::new("use-multilingual", texts.clone(), vectors).ok();
    let start_measure = Instant::now();
    let analysis = analyse(&claims, vectors.as_ref());
    let measured = start_measure.elapsed();
    println!(
        "six answers of 800 words, {} claims, {} rows: read {read:?}, embedded {:?}, measured {measured:?}; after the last token (a sixth of the reading and embedding, and the measuring): {:?}",
        texts.len(),
        analysis.claims.len(),
        embedded - read,
        embedded / 6 + measured
    );
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let peak = status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap_or_default();
        println!(
            "peak memory of this process: {}",
            peak.trim_start_matches("VmHWM:").trim()
        );
    }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]].total_cmp(&values[order[start]]).is_eq() {
            end += 1;
        }
        for place in &order[start..end] {
            ranks[*place] = (start + end - 1) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (m, n) = (mean(one), mean(other));
    let product: f64 = one.iter().zip(other).map(|(a, b)| (a - m) * (b - n)).sum();
    let spread = |values: &[f64], mean: f64| {
        values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
    };
    product
        / (spread(one, m) * spread(other, n))
            .sqrt()
            .max(f64::MIN_POSITIVE)
}
