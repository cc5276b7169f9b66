//! Caps on costs, held in the transaction that journals the calls.

use majlis_llm::{ModelId, PicoUsd};
use rusqlite::{Connection, params};

use crate::Store;
use crate::domain::BudgetPeriod;
use crate::error::{Fault, StoreError, StoreErrorKind};
use crate::job::NewCall;
use crate::ledger::{parts_of, whole};
use crate::value::{Model, Money};

/// What a job's begin is measured against.
///
/// Calls count from the beginning of a period on, without an end: one that was journalled while the
/// clock stood too far ahead counts until its day is over, and is never lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// The job's own cap, besides the one for every run; `None` when it has none.
    pub run: Option<PicoUsd>,
    /// When the person's day began, milliseconds since 1970 UTC.
    pub day_since_ms: i64,
    /// When the person's month began, milliseconds since 1970 UTC.
    pub month_since_ms: i64,
    /// Another program asks, not the person: programs may have a cap of their own.
    pub by_program: bool,
}

impl Default for Caps {
    /// No cap of its own, and every call ever made counts.
    fn default() -> Self {
        Self {
            run: None,
            day_since_ms: i64::MIN,
            month_since_ms: i64::MIN,
            by_program: false,
        }
    }
}

/// The caps, and how far each is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Budgets {
    /// What one run may cost; `None`: no cap.
    pub run: Option<PicoUsd>,
    /// The day.
    pub day: PeriodBudget,
    /// The month.
    pub month: PeriodBudget,
    /// The day, of what other programs ask.
    pub programs: PeriodBudget,
    /// Models without a known price that may be called although a cap applies, by id.
    pub uncapped_models: Vec<ModelId>,
}

/// A cap over a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeriodBudget {
    /// What may be spent; `None`: no cap.
    pub limit: Option<PicoUsd>,
    /// What is spent: known costs, and estimates of calls that ended without a known one.
    pub spent: PicoUsd,
    /// How many calls of the period ended without a known cost.
    pub unknown: u64,
    /// What all open calls of all processes hold back.
    pub reserved: PicoUsd,
}

/// Caps to change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BudgetChange {
    /// What one run may cost.
    pub run: CapChange,
    /// What may be spent in a day.
    pub day: CapChange,
    /// What may be spent in a month.
    pub month: CapChange,
    /// What other programs may spend in a day.
    pub programs: CapChange,
    /// The models without a known price that may be called although a cap applies, all of them;
    /// `None`: as they are.
    pub uncapped_models: Option<Vec<ModelId>>,
}

/// What becomes of one cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CapChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// There is none any more.
    Lift,
    /// It is so much.
    Set(PicoUsd),
}

impl Store {
    /// The caps, and how far each is used.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn budgets(&self, caps: Caps) -> Result<Budgets, StoreError> {
        self.read("read the budgets", move |connection| {
            let limits = limits(connection)?;
            let period = |who, limit, since_ms| {
                let (spent, unknown) = spent_since(connection, who, since_ms)?;
                Ok::<_, rusqlite::Error>(PeriodBudget {
                    limit,
                    spent,
                    unknown,
                    reserved: reserved(connection, who)?,
                })
            };
            Ok(Budgets {
                run: limits.run,
                day: period(Who::All, limits.day, caps.day_since_ms)?,
                month: period(Who::All, limits.month, caps.month_since_ms)?,
                programs: period(Who::Programs, limits.programs, caps.day_since_ms)?,
                uncapped_models: uncapped_models(connection)?,
            })
        })
        .await
    }

    /// Changes caps, all or none. Amounts are not negative and fit 64 bits.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn set_budgets(&self, change: BudgetChange, at_ms: i64) -> Result<(), StoreError> {
        self.write("set the budgets", move |connection| {
            Ok(set(connection, &change, at_ms)?)
        })
        .await
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Limits {
    run: Option<PicoUsd>,
    day: Option<PicoUsd>,
    month: Option<PicoUsd>,
    programs: Option<PicoUsd>,
}

/// Whose calls are added up.
#[derive(Debug, Clone, Copy)]
enum Who {
    All,
    /// Those that other programs asked for.
    Programs,
}

fn limits(connection: &Connection) -> rusqlite::Result<Limits> {
    let mut limits = Limits::default();
    let mut statement = connection.prepare_cached("SELECT period, limit_pusd FROM budgets")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let limit = Some(row.get::<_, Money>(1)?.0);
        match row.get(0)? {
            BudgetPeriod::Run => limits.run = limit,
            BudgetPeriod::Day => limits.day = limit,
            BudgetPeriod::Month => limits.month = limit,
            BudgetPeriod::Programs => limits.programs = limit,
        }
    }
    Ok(limits)
}

fn set(connection: &Connection, change: &BudgetChange, at_ms: i64) -> rusqlite::Result<()> {
    for (period, limit) in [
        (BudgetPeriod::Run, change.run),
        (BudgetPeriod::Day, change.day),
        (BudgetPeriod::Month, change.month),
        (BudgetPeriod::Programs, change.programs),
    ] {
        match limit {
            CapChange::Keep => {}
            CapChange::Lift => {
                connection.execute("DELETE FROM budgets WHERE period = ?1", [period])?;
            }
            CapChange::Set(limit) => {
                connection.execute(
                    "INSERT INTO budgets (period, limit_pusd, updated_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (period) DO UPDATE
                     SET limit_pusd = excluded.limit_pusd, updated_at = excluded.updated_at",
                    params![period, Money(limit), at_ms],
                )?;
            }
        }
    }
    if let Some(models) = &change.uncapped_models {
        connection.execute("DELETE FROM uncapped_models", [])?;
        for model in models {
            connection.execute(
                "INSERT OR IGNORE INTO uncapped_models (model, added_at) VALUES (?1, ?2)",
                params![model.as_str(), at_ms],
            )?;
        }
    }
    Ok(())
}

fn uncapped_models(connection: &Connection) -> rusqlite::Result<Vec<ModelId>> {
    connection
        .prepare_cached("SELECT model FROM uncapped_models ORDER BY model")?
        .query_map([], |row| row.get::<_, Model>(0).map(|model| model.0))?
        .collect()
}

/// What the cap of one run is measured on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// The calls of a job.
    Job(&'a str),
    /// The calls of all jobs on a subject.
    Subject(&'a str),
}

/// Refuses calls that a cap does not allow. Must run in the transaction that writes them: only
/// there no other process can spend the same money.
pub(crate) fn check(
    connection: &Connection,
    caps: &Caps,
    scope: &Scope<'_>,
    calls: &[&NewCall],
) -> Result<(), Fault> {
    let mut limits = limits(connection)?;
    limits.run = limits.run.into_iter().chain(caps.run).min();
    limits.programs = limits.programs.filter(|_| caps.by_program);
    let of_periods = limits.day.or(limits.month).or(limits.programs);
    if limits.run.or(of_periods).is_none() {
        return Ok(());
    }
    for call in calls.iter().filter(|call| call.reserved.is_none()) {
        let is_allowed = connection
            .prepare_cached("SELECT 1 FROM uncapped_models WHERE model = ?1")?
            .exists([call.model.as_str()])?;
        if !is_allowed {
            return Err(Fault::Refused(StoreErrorKind::PriceUnknown {
                model: call.model.to_string(),
            }));
        }
    }
    let needed: PicoUsd = calls.iter().filter_map(|call| call.reserved).sum();
    if needed == PicoUsd::ZERO {
        return Ok(());
    }
    let within = |period, limit: Option<PicoUsd>, spent: PicoUsd, reserved: PicoUsd| match limit {
        Some(limit) if spent + reserved + needed > limit => {
            Err(Fault::Refused(StoreErrorKind::BudgetExceeded {
                period,
                limit,
                spent,
                reserved,
                needed,
            }))
        }
        _ => Ok(()),
    };
    if limits.run.is_some() {
        let (spent, reserved) = of_scope(connection, scope)?;
        within(BudgetPeriod::Run, limits.run, spent, reserved)?;
    }
    let (day_since_ms, month_since_ms) = (caps.day_since_ms, caps.month_since_ms);
    for (period, who, limit, since_ms) in [
        (
            BudgetPeriod::Programs,
            Who::Programs,
            limits.programs,
            day_since_ms,
        ),
        (BudgetPeriod::Day, Who::All, limits.day, day_since_ms),
        (BudgetPeriod::Month, Who::All, limits.month, month_since_ms),
    ] {
        if limit.is_some() {
            let (spent, _) = spent_since(connection, who, since_ms)?;
            within(period, limit, spent, reserved(connection, who)?)?;
        }
    }
    Ok(())
}

/// What a call that is over counts as: its cost, or the most it was expected to cost.
const SPENT: &str = "CASE WHEN c.state <> 'intent' THEN coalesce(c.cost_pusd, c.estimate_pusd) END";

/// What was spent since a time, and how many calls ended without a known cost.
fn spent_since(
    connection: &Connection,
    who: Who,
    since_ms: i64,
) -> rusqlite::Result<(PicoUsd, u64)> {
    let of = match who {
        Who::All => "",
        // An index has nothing but these.
        Who::Programs => " AND c.by_program = 1",
    };
    let sql = format!(
        "SELECT {}, count(CASE WHEN c.state <> 'intent' AND c.cost_pusd IS NULL THEN 1 END) \
         FROM calls c WHERE c.created_at >= ?1{of}",
        parts_of(SPENT)
    );
    connection
        .prepare_cached(&sql)?
        .query_row([since_ms], |row| {
            let unknown: i64 = row.get(2)?;
            Ok((PicoUsd(whole(row, 0)?), unknown.unsigned_abs()))
        })
}

/// What open calls hold back; relays are programs' all of them.
fn reserved(connection: &Connection, who: Who) -> rusqlite::Result<PicoUsd> {
    let of = match who {
        Who::All => "",
        Who::Programs => " AND by_program = 1",
    };
    let sql = format!(
        "SELECT {} FROM (SELECT reserved_pusd FROM calls WHERE reserved_pusd IS NOT NULL{of} \
         UNION ALL SELECT reserved_pusd FROM relays) c",
        parts_of("c.reserved_pusd")
    );
    connection
        .prepare_cached(&sql)?
        .query_row([], |row| whole(row, 0).map(PicoUsd))
}

/// What a run spent, and what its open calls hold back.
fn of_scope(connection: &Connection, scope: &Scope<'_>) -> rusqlite::Result<(PicoUsd, PicoUsd)> {
    let (column, value) = match scope {
        Scope::Job(id) => ("id", id),
        Scope::Subject(id) => ("subject", id),
    };
    let sql = format!(
        "SELECT {}, {} FROM jobs j JOIN steps t ON t.job = j.number \
         JOIN calls c ON c.step = t.number WHERE j.{column} = ?1",
        parts_of(SPENT),
        parts_of("c.reserved_pusd")
    );
    connection.prepare_cached(&sql)?.query_row([value], |row| {
        Ok((PicoUsd(whole(row, 0)?), PicoUsd(whole(row, 2)?)))
    })
}
