//! Costs added up: the one place where it is done.

use majlis_llm::PicoUsd;
use rusqlite::{Connection, Row};

use crate::Store;
use crate::error::StoreError;
use crate::value::Count;

/// Which calls are added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CostScope {
    /// All calls ever made.
    Everything,
    /// The calls of one conversation or consultation, by its id, even when it was deleted since.
    Subject(String),
    /// The calls of one job.
    Job(String),
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

impl Store {
    /// What the calls of a scope cost; nothing when there are none.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn cost(&self, scope: CostScope) -> Result<CostSum, StoreError> {
        self.read("add up costs", move |connection| {
            Ok(sum(connection, &scope)?)
        })
        .await
    }
}

// Summed in two halves, whose totals cannot pass 64 bits, where SQLite would fail.
const SUM: &str = "SELECT coalesce(sum(c.cost_pusd / 1000000000), 0), \
    coalesce(sum(c.cost_pusd % 1000000000), 0), count(*) - count(c.cost_pusd) FROM calls c";

fn sum(connection: &Connection, scope: &CostScope) -> rusqlite::Result<CostSum> {
    let of_jobs = |column: &str| {
        format!(
            "{SUM} JOIN steps t ON t.number = c.step JOIN jobs j ON j.number = t.job WHERE j.{column} = ?1"
        )
    };
    match scope {
        CostScope::Everything => connection.prepare_cached(SUM)?.query_row([], from_row),
        CostScope::Subject(id) => connection
            .prepare_cached(&of_jobs("subject"))?
            .query_row([id], from_row),
        CostScope::Job(id) => connection
            .prepare_cached(&of_jobs("id"))?
            .query_row([id], from_row),
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<CostSum> {
    let (billions, rest): (i64, i64) = (row.get(0)?, row.get(1)?);
    Ok(CostSum {
        known: PicoUsd(i128::from(billions) * 1_000_000_000 + i128::from(rest)),
        unknown: row.get::<_, Count>(2)?.0,
    })
}
