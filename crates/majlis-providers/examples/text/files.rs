//! Data files in whatever of the usual forms they come (docs/text-bench.md).

use std::error::Error;
use std::path::Path;

use majlis_text::Inference;

/// Columns that hold the first and the second text, by name.
const FIRST: &[&str] = &[
    "sentence_a",
    "sentence1",
    "premise",
    "prem",
    "t",
    "text1",
    "text_a",
    "first",
];
const SECOND: &[&str] = &[
    "sentence_b",
    "sentence2",
    "hypothesis",
    "hyp",
    "h",
    "text2",
    "text_b",
    "second",
];
/// Columns that hold the answer, by name.
const ANSWERS: &[&str] = &[
    "entailment_judgment",
    "gold_label",
    "label",
    "sentiment",
    "polarity",
    "score",
    "similarity",
    "relatedness_score",
    "lang",
    "language",
];

/// A file as rows, with its header if it has one.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = std::fs::read(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}');
        let has_tabs = text.lines().next().unwrap_or_default().contains('\t');
        let mut rows: Vec<Vec<String>> = if has_tabs {
            text.lines()
                .map(|line| {
                    line.split('\t')
                        .map(|field| field.trim().trim_matches('"').to_owned())
                        .collect()
                })
                .collect()
        } else {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            reader
                .records()
                .map(|record| record.map(|record| record.iter().map(str::to_owned).collect()))
                .collect::<Result<_, _>>()?
        };
        rows.retain(|row| row.len() > 1);
        let named = |field: &String| {
            let field = field.to_lowercase();
            FIRST
                .iter()
                .chain(SECOND)
                .chain(ANSWERS)
                .any(|name| *name == field)
                || field == "text"
                || field == "tweet"
                || field == "sentence"
        };
        let header = if rows.first().is_some_and(|row| row.iter().any(named)) {
            rows.remove(0)
                .iter()
                .map(|field| field.to_lowercase())
                .collect()
        } else {
            Vec::new()
        };
        Ok(Self { header, rows })
    }

    fn named(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|name| self.header.iter().position(|field| field == name))
    }

    fn field(row: &[String], column: usize) -> &str {
        row.get(column).map_or("", String::as_str)
    }

    /// Columns by how much text they hold, most first.
    fn by_length(&self) -> Vec<usize> {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let letters = |column: &usize| -> usize {
            self.rows
                .iter()
                .take(500)
                .map(|row| {
                    Self::field(row, *column)
                        .chars()
                        .filter(|c| c.is_alphabetic() || *c == ' ')
                        .count()
                })
                .sum()
        };
        let mut columns: Vec<usize> = (0..width).collect();
        columns.sort_by_key(|column| std::cmp::Reverse(letters(column)));
        columns
    }

    /// The column whose every value `is_answer` takes: by name first, then any.
    fn answers(&self, is_answer: &dyn Fn(&str) -> bool) -> Option<usize> {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let fits = |column: &usize| {
            let good = self
                .rows
                .iter()
                .filter(|row| is_answer(Self::field(row, *column)))
                .count();
            good * 10 >= self.rows.len() * 9
        };
        ANSWERS
            .iter()
            .filter_map(|name| self.named(&[name]))
            .chain((0..width).rev())
            .find(fits)
    }

    fn texts(&self) -> (usize, usize) {
        if let (Some(first), Some(second)) = (self.named(FIRST), self.named(SECOND)) {
            return (first, second);
        }
        let longest = self.by_length();
        let (one, other) = (
            longest.first().copied().unwrap_or(0),
            longest.get(1).copied().unwrap_or(1),
        );
        (one.min(other), one.max(other))
    }

    /// Pairs with a number.
    pub(crate) fn scored(&self) -> Vec<(String, String, f64)> {
        let is_score = |field: &str| {
            field
                .parse::<f64>()
                .is_ok_and(|value| (0.0..=5.0).contains(&value))
        };
        let Some(answer) = self.answers(&is_score) else {
            return Vec::new();
        };
        let (first, second) = self.texts();
        let pick = |row: &Vec<String>| {
            Some((
                Self::field(row, first).to_owned(),
                Self::field(row, second).to_owned(),
                Self::field(row, answer).parse().ok()?,
            ))
        };
        self.rows.iter().filter_map(pick).collect()
    }

    /// Pairs with an inference; `None` stands for "no contradiction" in sets that only tell that.
    pub(crate) fn inferences(&self) -> Vec<(String, String, Option<Inference>)> {
        let Some(answer) = self.answers(&|field| inference(field).is_some()) else {
            return Vec::new();
        };
        let (first, second) = self.texts();
        let pick = |row: &Vec<String>| {
            Some((
                Self::field(row, first).to_owned(),
                Self::field(row, second).to_owned(),
                inference(Self::field(row, answer))?,
            ))
        };
        self.rows.iter().filter_map(pick).collect()
    }

    /// Texts with a class as one word.
    pub(crate) fn labelled(
        &self,
        class: &dyn Fn(&str) -> Option<&'static str>,
    ) -> Vec<(String, &'static str)> {
        let Some(answer) = self.answers(&|field| class(field).is_some()) else {
            return Vec::new();
        };
        let text = self
            .named(&["text", "tweet", "sentence"])
            .or_else(|| {
                self.by_length()
                    .into_iter()
                    .find(|column| *column != answer)
            })
            .unwrap_or(0);
        self.rows
            .iter()
            .filter_map(|row| {
                Some((
                    Self::field(row, text).trim_matches('"').to_owned(),
                    class(Self::field(row, answer))?,
                ))
            })
            .collect()
    }
}

fn inference(field: &str) -> Option<Option<Inference>> {
    Some(match field.trim().to_lowercase().as_str() {
        "entailment" | "entail" | "entails" | "e" | "1" => Some(Inference::Entailment),
        "neutral" | "n" | "0" => Some(Inference::Neutral),
        "contradiction" | "contradictory" | "contradicts" | "c" | "2" => {
            Some(Inference::Contradiction)
        }
        "no_contradiction" | "not_contradiction" | "non-contradiction" | "none" | "no" => None,
        _ => return None,
    })
}

/// A sentiment as a word.
pub(crate) fn sentiment(field: &str) -> Option<&'static str> {
    Some(match field.trim().to_lowercase().as_str() {
        "negative" | "neg" | "-1" | "0" => "negative",
        "neutral" | "neu" | "objective" => "neutral",
        "positive" | "pos" | "1" => "positive",
        _ => return None,
    })
}

/// A language as its code.
pub(crate) fn language(field: &str) -> Option<&'static str> {
    let field = field.trim().to_lowercase();
    let code = match field.as_str() {
        "arabic" | "ara" | "arb" => "ar",
        "english" | "eng" => "en",
        other => other,
    };
    majlis_text::Language::from_code(code).map(majlis_text::Language::code)
}
