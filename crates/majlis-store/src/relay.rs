//! Requests of other programs that are passed on: many, small, and in a hurry.
//!
//! They belong to no conversation. All that are open at one time share a job, and each becomes a step
//! of it when it is over. Unless they are to be safe from a power cut, their commits do not wait for
//! the disk.

use rusqlite::{Connection, OptionalExtension, params};

use crate::Store;
use crate::budget::{self, Caps};
use crate::domain::{JobKind, JobState, StepKind};
use crate::error::{Fault, StoreError};
use crate::job::{self, NewCall};
use crate::settle::{self, Settlement};
use crate::value::{Model, Money};
use crate::worker::Safety;

/// What all relays are one subject of, since they have none of their own.
const SUBJECT: &str = "relay";

/// A request that is about to be passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelay {
    /// The job of all relays that are open now; written with the first of their ends.
    pub job_id: String,
    /// The call. Its `reply_id` is not looked at: a relay writes no message.
    pub call: NewCall,
    /// Where the person's day and month began, and a cap on this request alone.
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
        self.write_as(
            "begin a relay",
            safety(relay.is_strict),
            move |connection| insert(connection, &relay, &owner),
        )
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
        self.write_as("settle relays", safety(is_strict), move |connection| {
            for settlement in &settlements {
                end(connection, settlement)?;
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
    budget::check(
        connection,
        &relay.caps,
        &budget::Scope::Job(""),
        &[&relay.call],
    )?;
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

/// Puts an open relay among the steps and calls, where everything else that is sent has been from
/// its beginning.
fn file(connection: &Connection, open: &Open) -> rusqlite::Result<()> {
    let job = job_of(connection, open)?;
    connection
        .prepare_cached(
            "INSERT INTO steps (job, seq, kind, input_hash, state)
             VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM steps WHERE job = ?1), ?2, ?3, 'sent')",
        )?
        .execute(params![job, StepKind::Relay, open.call.request_hash])?;
    let step = connection.last_insert_rowid();
    job::insert_call(connection, step, &open.call, open.at_ms)?;
    Ok(())
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

fn end(connection: &Connection, settlement: &Settlement) -> rusqlite::Result<()> {
    let Some(open) = take(connection, &settlement.call_id)? else {
        return Ok(());
    };
    file(connection, &open)?;
    settle::write_call(connection, settlement)?;
    settle::close_step(connection, &settlement.call_id, settlement.state)
}

/// Files the open relays of programs that are gone, so that they are recovered as other calls are.
pub(crate) fn file_left(
    connection: &Connection,
    is_gone: impl Fn(&str) -> bool,
) -> rusqlite::Result<()> {
    for (id, owner) in all_open(connection)? {
        if is_gone(&owner)
            && let Some(open) = take(connection, &id)?
        {
            file(connection, &open)?;
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
