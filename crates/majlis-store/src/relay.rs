//! Requests of other programs that are passed on: many, small, and in a hurry.
//!
//! They belong to no conversation. All that are open at one time share a job, and each becomes a step
//! of it when it is over. Unless they are to be safe from a power cut, their commits do not wait for
//! the disk.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::Store;
use crate::budget::{self, Caps};
use crate::domain::{CallState, JobKind, JobState, StepKind};
use crate::error::{Fault, StoreError};
use crate::job::{self, NewCall};
use crate::settle::{self, Settlement};
use crate::value::{Model, Money};
use crate::worker::{Safety, Undo};

/// What all relays are one subject of, since they have none of their own.
const SUBJECT: &str = "relay";

/// A request that is about to be passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelay {
    /// The job of all relays that are open now; written with the first of their ends.
    pub job_id: String,
    /// The call. Its `reply_id` is not looked at: a relay writes no message.
    pub call: NewCall,
    /// Where the person's day and month began, and a cap on this request alone. Always a program's.
    pub caps: Caps,
    /// Survives a power cut, at the price of waiting for the disk.
    pub is_strict: bool,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

impl Store {
    /// Writes a relay down. When this returns, it may be sent.
    ///
    /// # Errors
    /// `BudgetExceeded` or `PriceUnknown` when a cap does not allow it; `Conflict` when its id exists
    /// already; the store's own troubles. After any error nothing may be sent.
    pub async fn begin_relay(&self, relay: NewRelay) -> Result<(), StoreError> {
        let owner = self.process_id().to_owned();
        // Everything before its one insertion only reads.
        let manner = (safety(relay.is_strict), Undo::Statement);
        self.write_as("begin a relay", manner, move |connection| {
            insert(connection, &relay, &owner)
        })
        .await
    }

    /// Ends relays, and with them their job once it has no open ones. One that was never written
    /// down, or is over already, changes nothing. Replies and notices in the settlements are not
    /// looked at.
    ///
    /// # Errors
    /// The store's own troubles, after which all of it may be tried again.
    pub async fn settle_relays(
        &self,
        settlements: Vec<Settlement>,
        ended_job: Option<(String, i64)>,
        is_strict: bool,
    ) -> Result<(), StoreError> {
        let manner = (safety(is_strict), Undo::Savepoint);
        self.write_as("settle relays", manner, move |connection| {
            let mut cabinet = Cabinet::new(connection);
            for settlement in &settlements {
                cabinet.end(settlement)?;
            }
            if let Some((job_id, at_ms)) = &ended_job {
                job::close(connection, job_id, JobState::Finished, *at_ms)?;
            }
            Ok(())
        })
        .await
    }
}

fn safety(is_strict: bool) -> Safety {
    if is_strict {
        Safety::Disk
    } else {
        Safety::System
    }
}

/// Writes it into the table of open relays, and nowhere else: whoever asked waits for this.
fn insert(connection: &Connection, relay: &NewRelay, owner: &str) -> Result<(), Fault> {
    // A cap on runs is one on each request: the job they share is none of the person's.
    let caps = Caps {
        by_program: true,
        ..relay.caps
    };
    budget::check(connection, &caps, &budget::Scope::Job(""), &[&relay.call])?;
    connection
        .prepare_cached(
            "INSERT INTO relays (id, job, owner, model, request_hash, estimate_pusd, reserved_pusd, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            relay.call.id,
            relay.job_id,
            owner,
            relay.call.model.as_str(),
            relay.call.request_hash,
            relay.call.estimate.map(Money),
            relay.call.reserved.map(Money),
            relay.at_ms,
        ])?;
    Ok(())
}

/// A relay as it was written down.
struct Open {
    job: String,
    owner: String,
    at_ms: i64,
    call: NewCall,
}

/// Takes a relay from the open ones; `None` when it is none of them.
fn take(connection: &Connection, id: &str) -> rusqlite::Result<Option<Open>> {
    connection
        .prepare_cached(
            "DELETE FROM relays WHERE id = ?1
             RETURNING job, owner, created_at, model, request_hash, estimate_pusd",
        )?
        .query_row([id], |row| {
            Ok(Open {
                job: row.get(0)?,
                owner: row.get(1)?,
                at_ms: row.get(2)?,
                call: NewCall {
                    id: id.to_owned(),
                    model: row.get::<_, Model>(3)?.0,
                    request_hash: row.get(4)?,
                    estimate: row.get::<_, Option<Money>>(5)?.map(|money| money.0),
                    // What it held back was held back by its row.
                    reserved: None,
                    reply_id: String::new(),
                },
            })
        })
        .optional()
}

/// Where relays are filed among the steps and calls, where everything else that is sent has been
/// from its beginning; and what one write found out already, since many end together.
struct Cabinet<'c> {
    connection: &'c Connection,
    /// The last job: its id, its number, and the sequence of its last step.
    job: Option<(String, i64, i64)>,
    /// The last price, and the number of its row.
    price: Option<(Value, i64)>,
}

impl<'c> Cabinet<'c> {
    fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            job: None,
            price: None,
        }
    }

    /// Files a relay that is over. One that is not open changes nothing.
    fn end(&mut self, settlement: &Settlement) -> rusqlite::Result<()> {
        let Some(open) = take(self.connection, &settlement.call_id)? else {
            return Ok(());
        };
        let step = self.step(&open, settlement.state)?;
        let price_row = match &settlement.price {
            Some(price) => Some(self.price_row(price, settlement.settled_at_ms)?),
            None => None,
        };
        let call = (step, &open.call, open.at_ms);
        settle::insert_settled(self.connection, settlement, price_row, call)
    }

    /// Files a relay whose end is not known.
    fn leave(&mut self, open: &Open) -> rusqlite::Result<()> {
        let step = self.step(open, CallState::Intent)?;
        job::insert_call(self.connection, step, &open.call, (open.at_ms, true))?;
        Ok(())
    }

    /// Writes a relay's step down; its number.
    fn step(&mut self, open: &Open, state: CallState) -> rusqlite::Result<i64> {
        let (job, sequence) = self.place(open)?;
        // A step is sent for as long as its call is an intent; from then on their states are one.
        let state = match state {
            CallState::Intent => "sent",
            ended => ended.as_str(),
        };
        self.connection
            .prepare_cached(
                "INSERT INTO steps (job, seq, kind, input_hash, state) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                job,
                sequence,
                StepKind::Relay,
                open.call.request_hash,
                state
            ])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// The number of a relay's job, and the sequence of its next step.
    fn place(&mut self, open: &Open) -> rusqlite::Result<(i64, i64)> {
        let (number, last) = match self.job.take() {
            Some((id, number, last)) if id == open.job => (number, last),
            _ => {
                let number = job_of(self.connection, open)?;
                let last = self
                    .connection
                    .prepare_cached("SELECT coalesce(max(seq), 0) FROM steps WHERE job = ?1")?
                    .query_row([number], |row| row.get(0))?;
                (number, last)
            }
        };
        self.job = Some((open.job.clone(), number, last + 1));
        Ok((number, last + 1))
    }

    fn price_row(&mut self, price: &Value, at_ms: i64) -> rusqlite::Result<i64> {
        if let Some((known, number)) = &self.price
            && known == price
        {
            return Ok(*number);
        }
        let number = settle::keep_price(self.connection, price, at_ms)?;
        self.price = Some((price.clone(), number));
        Ok(number)
    }
}

fn job_of(connection: &Connection, open: &Open) -> rusqlite::Result<i64> {
    let found = connection
        .prepare_cached("SELECT number FROM jobs WHERE id = ?1")?
        .query_row([&open.job], |row| row.get(0))
        .optional()?;
    if let Some(number) = found {
        return Ok(number);
    }
    connection
        .prepare_cached(
            "INSERT INTO jobs (id, kind, subject, owner, state, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            open.job,
            JobKind::Relay,
            SUBJECT,
            open.owner,
            JobState::Running,
            open.at_ms
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Files the open relays of programs that are gone, so that they are recovered as other calls are.
pub(crate) fn file_left(
    connection: &Connection,
    is_gone: impl Fn(&str) -> bool,
) -> rusqlite::Result<()> {
    let mut cabinet = Cabinet::new(connection);
    for (id, owner) in all_open(connection)? {
        if is_gone(&owner)
            && let Some(open) = take(connection, &id)?
        {
            cabinet.leave(&open)?;
        }
    }
    Ok(())
}

fn all_open(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached("SELECT id, owner FROM relays ORDER BY id")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
