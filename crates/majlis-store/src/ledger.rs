//! The ledger: what calls cost and took, added up. The one place where it is done.

use std::iter::Sum;
use std::ops::Add;

use majlis_llm::{ModelId, PicoUsd, Usage};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use crate::Store;
use crate::domain::JobKind;
use crate::error::StoreError;
use crate::value::Model;

/// Groups of one answer at most; what further ones hold is added up as [`Ledger::rest`].
const MAX_GROUPS: usize = 1_000;
/// Answers of a model that are looked at for its usual length.
const HISTORY: u32 = 50;
/// A sum is taken in two parts of so many units, whose totals cannot pass 64 bits, where SQLite
/// would fail.
const UNIT: i64 = 1_000_000_000;

/// Which calls are added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CostScope {
    /// All calls ever made.
    Everything,
    /// The calls of one conversation, consultation or execution, by its id, even when it was
    /// deleted since.
    Subject(String),
    /// The calls of one job.
    Job(String),
    /// The calls for one message or one member's answer, every attempt.
    Reply(String),
}

/// Costs added up. Unknown ones are counted, never taken as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CostSum {
    /// The sum of all known costs.
    pub known: PicoUsd,
    /// How many calls have no known cost, those still open among them. Above zero the sum reads
    /// "at least".
    pub unknown: u64,
}

/// Which part of the ledger is asked for, and how it is divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerQuery {
    /// Whose calls.
    pub scope: CostScope,
    /// Calls journalled at this time or later, milliseconds since 1970 UTC; `None`: from the first.
    pub since_ms: Option<i64>,
    /// Calls journalled before this time, milliseconds since 1970 UTC; `None`: to the last.
    pub until_ms: Option<i64>,
    /// How the sums are divided; `None`: not at all.
    pub group_by: Option<GroupBy>,
    /// Where days and months begin, in minutes east of UTC.
    pub timezone_offset_min: i32,
}

impl LedgerQuery {
    /// Everything in one sum.
    pub fn of(scope: CostScope) -> Self {
        Self {
            scope,
            since_ms: None,
            until_ms: None,
            group_by: None,
            timezone_offset_min: 0,
        }
    }
}

impl LedgerQuery {
    fn needs_jobs(&self) -> bool {
        matches!(self.scope, CostScope::Subject(_) | CostScope::Job(_))
            || matches!(self.group_by, Some(GroupBy::Kind | GroupBy::Subject))
    }
}

/// How a ledger is divided. The key of each group:
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// The day, `2026-11-22`; empty for a time outside the calendar.
    Day,
    /// The month, `2026-11`; empty for a time outside the calendar.
    Month,
    /// The model's id.
    Model,
    /// The provider's name.
    Provider,
    /// The kind of job.
    Kind,
    /// The conversation's, consultation's or execution's id; its title is the label.
    Subject,
    /// The id of the message or of the member's answer; empty for those that were deleted.
    Reply,
    /// The call's id.
    Call,
}

/// A sum over calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerSum {
    /// How many calls, the free and the failed among them.
    pub calls: u64,
    /// The sum of all known costs.
    pub known: PicoUsd,
    /// How many calls have no known cost, those still open among them. Above zero the sum reads
    /// "at least".
    pub unknown: u64,
    /// The most the calls without a known cost were expected to cost, as far as they have an
    /// estimate: "perhaps up to so much more".
    pub estimated: PicoUsd,
    /// How many calls have neither a known cost nor an estimate. Above zero nobody knows how much
    /// more it may be.
    pub unestimated: u64,
    /// Tokens of all calls that were counted.
    pub usage: Usage,
}

impl Add for LedgerSum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            known: self.known + other.known,
            unknown: self.unknown + other.unknown,
            estimated: self.estimated + other.estimated,
            unestimated: self.unestimated + other.unestimated,
            usage: self.usage + other.usage,
        }
    }
}

impl Sum for LedgerSum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), Add::add)
    }
}

/// A part of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// The sum over all its calls.
    pub total: LedgerSum,
    /// Days and months in their order, others with the highest known cost first. At most 1,000.
    pub groups: Vec<LedgerGroup>,
    /// What further groups hold.
    pub rest: LedgerSum,
}

/// One group of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerGroup {
    /// What its calls have in common.
    pub key: String,
    /// A name for people, where the key is none and the subject was not deleted.
    pub label: Option<String>,
    /// What kind of job a subject is; `None` for other groups.
    pub kind: Option<JobKind>,
    /// The sum over its calls.
    pub sum: LedgerSum,
}

/// What one model cost on one day (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerDay {
    /// The day, `2026-11-22`; empty for a time outside the calendar.
    pub day: String,
    /// The model that was asked.
    pub model: ModelId,
    /// The model that answered, where the provider says so.
    pub response_model: Option<String>,
    /// The sum over its calls.
    pub sum: LedgerSum,
}

/// How long a model's answers usually are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputHistory {
    /// The median of the newest answers' output in tokens, reasoning included.
    pub median_tokens: u64,
    /// How many answers were looked at, 1–50.
    pub answers: u64,
}

impl Store {
    /// What the calls of a scope cost; nothing when there are none.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn cost(&self, scope: CostScope) -> Result<CostSum, StoreError> {
        let total = self.ledger(LedgerQuery::of(scope)).await?.total;
        Ok(CostSum {
            known: total.known,
            unknown: total.unknown,
        })
    }

    /// What calls cost and took, added up and divided. The groups and the rest make the total.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn ledger(&self, query: LedgerQuery) -> Result<Ledger, StoreError> {
        self.read("add up costs", move |connection| {
            Ok(ledger(connection, &query)?)
        })
        .await
    }

    /// What each model cost on each day (UTC) of a range, to be laid beside a provider's bill.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn ledger_days(
        &self,
        since_ms: i64,
        until_ms: i64,
    ) -> Result<Vec<LedgerDay>, StoreError> {
        self.read("add up costs by day", move |connection| {
            Ok(days(connection, since_ms, until_ms)?)
        })
        .await
    }

    /// How long a model's answers usually are; `None` when it has none that were counted.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn output_history(
        &self,
        model: &ModelId,
    ) -> Result<Option<OutputHistory>, StoreError> {
        let model = model.clone();
        self.read("read a model's history", move |connection| {
            Ok(history(connection, &model)?)
        })
        .await
    }
}

/// What is added up, in the order in which [`sum_from`] reads it: each as whole units and what
/// remains of them.
const SUMMED: [&str; 8] = [
    "c.cost_pusd",
    "CASE WHEN c.cost_pusd IS NULL THEN c.estimate_pusd END",
    "c.fresh_tokens",
    "c.cache_read_tokens",
    "c.cache_write_5m_tokens",
    "c.cache_write_1h_tokens",
    "c.output_tokens",
    "c.reasoning_tokens",
];
/// Columns of a sum.
const SUM_COLUMNS: usize = 3 + 2 * SUMMED.len();

fn sum_columns() -> String {
    let mut columns = "count(*), count(*) - count(c.cost_pusd), \
        count(*) - count(coalesce(c.cost_pusd, c.estimate_pusd))"
        .to_owned();
    for column in SUMMED {
        columns.push_str(", ");
        columns.push_str(&parts_of(column));
    }
    columns
}

/// An expression's sum in two columns, which [`whole`] joins.
pub(crate) fn parts_of(expression: &str) -> String {
    format!("coalesce(sum(({expression}) / {UNIT}), 0), coalesce(sum(({expression}) % {UNIT}), 0)")
}

/// The sum behind two columns of [`parts_of`].
pub(crate) fn whole(row: &Row<'_>, at: usize) -> rusqlite::Result<i128> {
    let (units, rest): (i64, i64) = (row.get(at)?, row.get(at + 1)?);
    Ok(i128::from(units) * i128::from(UNIT) + i128::from(rest))
}

fn sum_from(row: &Row<'_>, at: usize) -> rusqlite::Result<LedgerSum> {
    let count = |place: usize| -> rusqlite::Result<u64> {
        let count: i64 = row.get(at + place)?;
        Ok(count.unsigned_abs())
    };
    let summed = |place: usize| whole(row, at + 3 + 2 * place);
    let tokens = |place| summed(place).map(|sum| u64::try_from(sum).unwrap_or(u64::MAX));
    Ok(LedgerSum {
        calls: count(0)?,
        unknown: count(1)?,
        unestimated: count(2)?,
        known: PicoUsd(summed(0)?),
        estimated: PicoUsd(summed(1)?),
        usage: Usage {
            fresh_tokens: tokens(2)?,
            cache_read_tokens: tokens(3)?,
            cache_write_5m_tokens: tokens(4)?,
            cache_write_1h_tokens: tokens(5)?,
            output_tokens: tokens(6)?,
            reasoning_tokens: tokens(7)?,
        },
    })
}

/// A call's job.
const JOBS: &str = " JOIN steps t ON t.number = c.step JOIN jobs j ON j.number = t.job";

/// The reply a call writes; another attempt of the same step writes the same one.
const REPLY: &str = "coalesce(
    (SELECT m.id FROM messages m JOIN calls o ON o.number = m.call WHERE o.step = c.step),
    (SELECT m.id FROM members m JOIN calls o ON o.number = m.call WHERE o.step = c.step), '')";

impl GroupBy {
    fn key(self, timezone_offset_min: i32) -> String {
        let calendar = |format: &str| {
            let offset_s = i64::from(timezone_offset_min) * 60;
            format!(
                "coalesce(strftime('{format}', c.created_at / 1000 + {offset_s}, 'unixepoch'), '')"
            )
        };
        match self {
            Self::Day => calendar("%Y-%m-%d"),
            Self::Month => calendar("%Y-%m"),
            Self::Model => "c.model".to_owned(),
            Self::Provider => "c.provider".to_owned(),
            Self::Kind => "j.kind".to_owned(),
            Self::Subject => "j.subject".to_owned(),
            Self::Reply => REPLY.to_owned(),
            Self::Call => "c.id".to_owned(),
        }
    }

    fn is_calendar(self) -> bool {
        matches!(self, Self::Day | Self::Month)
    }
}

fn ledger(connection: &Connection, query: &LedgerQuery) -> rusqlite::Result<Ledger> {
    let key = query.group_by.map_or_else(
        || "''".to_owned(),
        |group| group.key(query.timezone_offset_min),
    );
    let (filter, values) = filter(query);
    let jobs = if query.needs_jobs() { JOBS } else { "" };
    let sql = format!(
        "SELECT {}, {key} AS key FROM calls c{jobs}{filter} GROUP BY key",
        sum_columns()
    );
    let groups = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| {
            Ok(LedgerGroup {
                sum: sum_from(row, 0)?,
                key: row.get(SUM_COLUMNS)?,
                label: None,
                kind: None,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let total = groups.iter().map(|group| group.sum).sum();
    let Some(group_by) = query.group_by else {
        return Ok(Ledger {
            total,
            ..Ledger::default()
        });
    };
    let (mut groups, rest) = arrange(groups, group_by);
    if group_by == GroupBy::Subject {
        groups
            .iter_mut()
            .try_for_each(|group| name(connection, group))?;
    }
    Ok(Ledger {
        total,
        groups,
        rest,
    })
}

/// The condition of a query, with its values.
fn filter(query: &LedgerQuery) -> (String, Vec<Value>) {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut require = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(condition.replace('?', &format!("?{}", values.len())));
    };
    match &query.scope {
        CostScope::Everything => {}
        CostScope::Subject(id) => require("j.subject = ?", id.clone().into()),
        CostScope::Job(id) => require("j.id = ?", id.clone().into()),
        CostScope::Reply(id) => require(
            "c.step IN (SELECT o.step FROM calls o JOIN messages m ON m.call = o.number WHERE m.id = ?
                        UNION SELECT o.step FROM calls o JOIN members m ON m.call = o.number WHERE m.id = ?)",
            id.clone().into(),
        ),
    }
    if let Some(since_ms) = query.since_ms {
        require("c.created_at >= ?", since_ms.into());
    }
    if let Some(until_ms) = query.until_ms {
        require("c.created_at < ?", until_ms.into());
    }
    let filter = if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    };
    (filter, values)
}

/// The groups in their order, and the sum of those beyond the limit.
fn arrange(mut groups: Vec<LedgerGroup>, group_by: GroupBy) -> (Vec<LedgerGroup>, LedgerSum) {
    let by_cost = |a: &LedgerGroup, b: &LedgerGroup| {
        (b.sum.known, b.sum.estimated)
            .cmp(&(a.sum.known, a.sum.estimated))
            .then_with(|| a.key.cmp(&b.key))
    };
    if group_by.is_calendar() {
        // The newest stay.
        groups.sort_by(|a, b| b.key.cmp(&a.key));
    } else {
        groups.sort_by(by_cost);
    }
    let rest = groups.iter().skip(MAX_GROUPS).map(|group| group.sum).sum();
    groups.truncate(MAX_GROUPS);
    if group_by.is_calendar() {
        groups.reverse();
    }
    (groups, rest)
}

/// Gives a subject its title and kind.
fn name(connection: &Connection, group: &mut LedgerGroup) -> rusqlite::Result<()> {
    let found = connection
        .prepare_cached(
            "SELECT kind, coalesce((SELECT title FROM conversations WHERE id = ?1),
                                   (SELECT title FROM consultations WHERE id = ?1))
             FROM jobs WHERE subject = ?1 LIMIT 1",
        )?
        .query_row([&group.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((kind, label)) = found {
        let label: Option<String> = label;
        let relayed = (kind == JobKind::Relay).then(|| "/v1".to_owned());
        (group.kind, group.label) = (Some(kind), label.or(relayed));
    }
    Ok(())
}

fn days(connection: &Connection, since_ms: i64, until_ms: i64) -> rusqlite::Result<Vec<LedgerDay>> {
    let sql = format!(
        "SELECT {}, {} AS day, c.model, c.response_model FROM calls c \
         WHERE c.created_at >= ?1 AND c.created_at < ?2 \
         GROUP BY day, c.model, c.response_model ORDER BY day, c.model, c.response_model",
        sum_columns(),
        GroupBy::Day.key(0)
    );
    connection
        .prepare_cached(&sql)?
        .query_map([since_ms, until_ms], |row| {
            Ok(LedgerDay {
                sum: sum_from(row, 0)?,
                day: row.get(SUM_COLUMNS)?,
                model: row.get::<_, Model>(SUM_COLUMNS + 1)?.0,
                response_model: row.get(SUM_COLUMNS + 2)?,
            })
        })?
        .collect()
}

fn history(connection: &Connection, model: &ModelId) -> rusqlite::Result<Option<OutputHistory>> {
    let mut lengths = connection
        .prepare_cached(
            "SELECT output_tokens, reasoning_tokens FROM calls
             WHERE model = ?1 AND state = 'settled' AND output_tokens IS NOT NULL
             ORDER BY number DESC LIMIT ?2",
        )?
        .query_map((model.as_str(), HISTORY), |row| {
            let (output, reasoning): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(output
                .unsigned_abs()
                .saturating_add(reasoning.unsigned_abs()))
        })?
        .collect::<rusqlite::Result<Vec<u64>>>()?;
    lengths.sort_unstable();
    Ok(lengths
        .get(lengths.len() / 2)
        .map(|&median_tokens| OutputHistory {
            median_tokens,
            answers: lengths.len() as u64,
        }))
}
