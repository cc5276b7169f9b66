//! A provider's bill beside the ledger: by day (UTC) and model, what both say, what only one says.

mod bill;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use majlis_llm::PicoUsd;
use majlis_store::{LedgerDay, LedgerSum};

use crate::{App, AppError, AppErrorKind, Notice};
use bill::{BillError, BillLine};

/// A bill laid beside the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The bill's first day (UTC), `2026-11-22`; `None` of an empty bill.
    pub first_day: Option<String>,
    /// The bill's last day (UTC).
    pub last_day: Option<String>,
    /// Lines of the bill that bill something.
    pub rows: u64,
    /// The bill has costs; without them tokens are compared.
    pub has_costs: bool,
    /// Days of models that both know.
    pub matched: Vec<ReconciledDay>,
    /// Days of models that only the bill knows.
    pub only_in_bill: Vec<ReconciledDay>,
    /// Days of models that only the ledger knows, of the providers the bill is from.
    pub only_in_ledger: Vec<ReconciledDay>,
    /// Each model over the whole bill.
    pub models: Vec<ReconciledModel>,
}

/// One model on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledDay {
    /// The day (UTC).
    pub day: String,
    /// The model, as the ledger calls it, else as the bill does.
    pub model: String,
    /// What the bill says; `None` when nothing.
    pub bill: Option<Billed>,
    /// What the ledger says; nothing of calls when it does not know it.
    pub ledger: LedgerSum,
}

/// One model over a whole bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledModel {
    /// The model, as the ledger calls it, else as the bill does.
    pub model: String,
    /// What the bill says.
    pub bill: Billed,
    /// What the ledger says.
    pub ledger: LedgerSum,
}

impl ReconciledModel {
    /// How much more the bill says than the ledger knows; `None` when the bill has no costs.
    pub fn difference(&self) -> Option<PicoUsd> {
        let cost = self.bill.cost?;
        Some(PicoUsd(cost.0.saturating_sub(self.ledger.known.0)))
    }
}

/// What lines of a bill say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Billed {
    /// What it cost; `None` when the bill has no costs.
    pub cost: Option<PicoUsd>,
    /// Tokens in; `None` when the bill has no tokens.
    pub input_tokens: Option<u64>,
    /// Tokens out; `None` when the bill has no tokens.
    pub output_tokens: Option<u64>,
    /// How many lines.
    pub lines: u64,
}

impl Billed {
    fn of(line: &BillLine) -> Self {
        Self {
            cost: line.cost,
            input_tokens: line.input_tokens,
            output_tokens: line.output_tokens,
            lines: 1,
        }
    }

    fn and(self, other: Self) -> Self {
        let tokens = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        Self {
            cost: match (self.cost, other.cost) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            },
            input_tokens: tokens(self.input_tokens, other.input_tokens),
            output_tokens: tokens(self.output_tokens, other.output_tokens),
            lines: self.lines + other.lines,
        }
    }
}

impl App {
    /// Lays a provider's bill (CSV) beside the ledger. Nothing is stored.
    ///
    /// # Errors
    /// `Invalid` naming the line when the bill cannot be read; `Storage`.
    pub async fn reconcile(&self, csv: Vec<u8>) -> Result<Reconciliation, AppError> {
        let read = self.inner.cpu.run("read a bill", move || bill::read(&csv));
        let lines = read.await?.map_err(unreadable)?;
        let days = match range_of(&lines) {
            Some((since_ms, until_ms)) => self.inner.store.ledger_days(since_ms, until_ms).await?,
            None => Vec::new(),
        };
        Ok(compare(&lines, &days))
    }
}

#[allow(clippy::needless_pass_by_value)] // the form map_err wants
fn unreadable(error: BillError) -> AppError {
    let notice = Notice::new(
        "bill_unreadable",
        format!(
            "The bill cannot be read: line {}: {}.",
            error.line, error.problem
        ),
    )
    .with_param("line", error.line.to_string())
    .with_hint(
        "Export it from the provider's page as CSV, with a date, a model, and costs or tokens.",
    );
    AppError::new(AppErrorKind::Invalid, notice)
}

/// The time a bill covers: from its first day to the end of its last, in milliseconds.
fn range_of(lines: &[BillLine]) -> Option<(i64, i64)> {
    let days = || {
        lines
            .iter()
            .filter_map(|line| line.day.parse::<Date>().ok())
    };
    let start = |date: Date| {
        let midnight = date.to_zoned(TimeZone::UTC).ok()?;
        Some(midnight.timestamp().as_millisecond())
    };
    let last = days().max()?;
    let end = last
        .checked_add(Span::new().days(1))
        .ok()
        .and_then(start)
        .unwrap_or(Timestamp::MAX.as_millisecond());
    Some((start(days().min()?)?, end))
}

/// A day of a model, by the model's common name.
type Key = (String, String);

/// Both sides by day and model, and how each model is called.
#[derive(Default)]
struct Sides {
    billed: BTreeMap<Key, Billed>,
    spent: BTreeMap<Key, (LedgerSum, BTreeSet<String>)>,
    /// By common name: the ledger's name where it has one, since that is what the person knows.
    names: BTreeMap<String, String>,
    /// Common names of the models in the bill.
    known: BTreeSet<String>,
}

impl Sides {
    fn new(lines: &[BillLine], ledger: &[LedgerDay]) -> Self {
        let mut sides = Self::default();
        for line in lines {
            let name = common(&line.model);
            sides.known.insert(name.clone());
            sides
                .names
                .entry(name.clone())
                .or_insert_with(|| line.model.clone());
            let sum = sides.billed.entry((line.day.clone(), name)).or_default();
            *sum = sum.and(Billed::of(line));
        }
        for day in ledger {
            let name = name_in(day, &sides.known);
            sides.names.insert(name.clone(), day.model.to_string());
            let (sum, providers) = sides.spent.entry((day.day.clone(), name)).or_default();
            *sum = *sum + day.sum;
            providers.insert(day.model.provider().to_owned());
        }
        sides
    }

    /// Leaves out what the bill cannot know: free and failed calls, and other providers than those
    /// whose models it names.
    fn of_the_bill(mut self) -> Self {
        let providers: BTreeSet<String> = self
            .spent
            .iter()
            .filter(|(key, _)| self.known.contains(&key.1))
            .flat_map(|(_, (_, providers))| providers.iter().cloned())
            .collect();
        let known = &self.known;
        self.spent.retain(|key, (sum, of)| {
            let is_paid = sum.known != PicoUsd::ZERO || sum.unknown > 0;
            let is_theirs = providers.is_empty() || !of.is_disjoint(&providers);
            known.contains(&key.1) || (is_paid && is_theirs)
        });
        self
    }

    fn name(&self, common: &str) -> String {
        self.names.get(common).cloned().unwrap_or_default()
    }
}

fn compare(lines: &[BillLine], ledger: &[LedgerDay]) -> Reconciliation {
    let sides = Sides::new(lines, ledger).of_the_bill();
    let mut result = Reconciliation {
        first_day: lines.iter().map(|line| line.day.clone()).min(),
        last_day: lines.iter().map(|line| line.day.clone()).max(),
        rows: lines.len() as u64,
        has_costs: lines.iter().any(|line| line.cost.is_some()),
        matched: Vec::new(),
        only_in_bill: Vec::new(),
        only_in_ledger: Vec::new(),
        models: Vec::new(),
    };
    let mut models: BTreeMap<&String, (Billed, LedgerSum)> = BTreeMap::new();
    let keys: BTreeSet<&Key> = sides.billed.keys().chain(sides.spent.keys()).collect();
    for key in keys {
        let bill = sides.billed.get(key).copied();
        let found = sides.spent.get(key).map(|(sum, _)| *sum);
        let (all_billed, all_spent) = models.entry(&key.1).or_default();
        *all_billed = all_billed.and(bill.unwrap_or_default());
        *all_spent = *all_spent + found.unwrap_or_default();
        let day = ReconciledDay {
            day: key.0.clone(),
            model: sides.name(&key.1),
            bill,
            ledger: found.unwrap_or_default(),
        };
        match (bill, found) {
            (Some(_), Some(_)) => result.matched.push(day),
            (Some(_), None) => result.only_in_bill.push(day),
            (None, _) => result.only_in_ledger.push(day),
        }
    }
    for (name, (mut bill, ledger)) in models {
        if result.has_costs {
            bill.cost = bill.cost.or(Some(PicoUsd::ZERO));
        }
        result.models.push(ReconciledModel {
            model: sides.name(name),
            bill,
            ledger,
        });
    }
    result
}

/// The name under which a model of the ledger stands in a bill: as it answered, as it was asked,
/// with or without the provider and the company before it.
fn name_in(day: &LedgerDay, known: &BTreeSet<String>) -> String {
    let name = day.model.name();
    let candidates = [
        day.response_model.as_deref(),
        Some(name),
        Some(day.model.as_str()),
        name.rsplit('/').next(),
    ];
    candidates
        .into_iter()
        .flatten()
        .map(common)
        .find(|candidate| known.contains(candidate))
        .unwrap_or_else(|| common(day.model.as_str()))
}

/// A model's name without case, date and the way its words are joined: `Claude Haiku 4.5` and
/// `claude-haiku-4-5-20251001` are `claude-haiku-4-5`.
fn common(name: &str) -> String {
    let joined: String = name
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| {
            if matches!(c, ' ' | '.' | '_' | '@') {
                '-'
            } else {
                c
            }
        })
        .collect();
    let without = |text: &str, pattern: &[usize]| -> Option<String> {
        // Digits in groups of these lengths behind dashes, at the end.
        let mut rest = text;
        for length in pattern.iter().rev() {
            let (head, digits) = rest.rsplit_once('-')?;
            let is_number =
                digits.len() == *length && digits.bytes().all(|byte| byte.is_ascii_digit());
            rest = is_number.then_some(head)?;
        }
        Some(rest.to_owned())
    };
    without(&joined, &[4, 2, 2])
        .or_else(|| without(&joined, &[8]))
        .unwrap_or(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(day: &str, model: &str, cost: i128) -> BillLine {
        BillLine {
            day: day.to_owned(),
            model: model.to_owned(),
            cost: Some(PicoUsd(cost)),
            input_tokens: None,
            output_tokens: None,
        }
    }

    fn spent(day: &str, model: &str, answered: Option<&str>, known: i128) -> LedgerDay {
        LedgerDay {
            day: day.to_owned(),
            model: model.parse().unwrap(),
            response_model: answered.map(str::to_owned),
            sum: LedgerSum {
                calls: 1,
                known: PicoUsd(known),
                ..LedgerSum::default()
            },
        }
    }

    #[test]
    fn a_model_is_known_by_any_of_its_names() {
        for (name, expected) in [
            ("Claude Haiku 4.5", "claude-haiku-4-5"),
            ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("GPT-4.1", "gpt-4-1"),
            ("o3", "o3"),
        ] {
            assert_eq!(common(name), expected);
        }
    }

    #[test]
    fn both_sides_are_laid_beside_each_other_by_day_and_model() {
        let lines = [
            line("2026-11-01", "gpt-4o-2024-08-06", 60),
            line("2026-11-01", "gpt-4o-2024-08-06", 50),
            line("2026-11-02", "gpt-5", 7),
        ];
        let ledger = [
            spent(
                "2026-11-01",
                "openai/gpt-4o",
                Some("gpt-4o-2024-08-06"),
                100,
            ),
            spent("2026-11-02", "openai/gpt-4o", None, 3),
            spent("2026-11-01", "openai/o3", None, 9),
            spent("2026-11-01", "anthropic/claude-haiku-4-5", None, 1_000),
            spent("2026-11-01", "openai/failed", None, 0),
        ];
        let found = compare(&lines, &ledger);
        let short = |days: &[ReconciledDay]| {
            days.iter()
                .map(|day| {
                    let billed = day.bill.and_then(|bill| bill.cost).map(|cost| cost.0);
                    (
                        day.day.clone(),
                        day.model.clone(),
                        billed,
                        day.ledger.known.0,
                    )
                })
                .collect::<Vec<_>>()
        };
        let row =
            |day: &str, model: &str, bill, ledger| (day.to_owned(), model.to_owned(), bill, ledger);
        assert_eq!(
            short(&found.matched),
            [row("2026-11-01", "openai/gpt-4o", Some(110), 100)]
        );
        assert_eq!(
            short(&found.only_in_bill),
            [row("2026-11-02", "gpt-5", Some(7), 0)]
        );
        assert_eq!(
            short(&found.only_in_ledger),
            [
                row("2026-11-01", "openai/o3", None, 9),
                row("2026-11-02", "openai/gpt-4o", None, 3)
            ]
        );
        let differences: Vec<_> = found
            .models
            .iter()
            .map(|model| (model.model.as_str(), model.difference().map(|cost| cost.0)))
            .collect();
        assert_eq!(
            differences,
            [
                ("openai/gpt-4o", Some(7)),
                ("gpt-5", Some(7)),
                ("openai/o3", Some(-9))
            ]
        );
        assert_eq!(
            (found.rows, found.first_day.as_deref()),
            (3, Some("2026-11-01"))
        );
    }

    #[test]
    fn a_bill_covers_its_days_whole() {
        let lines = [line("2026-11-02", "a", 1), line("2026-11-01", "a", 1)];
        assert_eq!(
            range_of(&lines),
            Some((1_793_491_200_000, 1_793_491_200_000 + 2 * 86_400_000))
        );
        assert_eq!(range_of(&[]), None);
        assert_eq!(compare(&[], &[]).rows, 0);
    }
}
