//! Findings about code, and what the person judged of them.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, params};
use serde_json::Value;

use crate::Store;
use crate::conversation::require;
use crate::domain::FindingVerdict;
use crate::error::StoreError;
use crate::page::{Page, clamp};
use crate::search::{self, Source};
use crate::value::{Count, Json};

/// A finding to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFinding {
    /// Its id.
    pub id: String,
    /// The same for the same finding in another execution.
    pub fingerprint: String,
    /// Id of the rule; `None` for one that only models made.
    pub rule: Option<String>,
    /// The closest weakness; above 0.
    pub cwe: Option<u32>,
    /// From which side: `security`.
    pub facet: String,
    /// `critical`, `high`, `medium`, `low` or `info`.
    pub severity: String,
    /// Path below the root.
    pub file: String,
    /// From 1.
    pub start_line: u32,
    /// Not before the start.
    pub end_line: u32,
    /// What it is, in a sentence.
    pub title: String,
    /// All of it, in the caller's own form.
    pub body: Value,
}

/// A finding that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRow {
    /// What was kept.
    pub finding: NewFinding,
    /// The execution it is of.
    pub execution_id: String,
    /// The person's last word on it; `None` without one.
    pub verdict: Option<VerdictRow>,
}

/// What a person judged of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRow {
    /// Its id.
    pub id: String,
    /// What it is about: holds for every finding with this fingerprint.
    pub fingerprint: String,
    /// What it says.
    pub verdict: FindingVerdict,
    /// Why.
    pub reason: Option<String>,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// How often a rule was right, by the person's last words on its findings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleHistory {
    /// Confirmed.
    pub confirmed: u64,
    /// Wrong.
    pub false_positive: u64,
    /// Right, and left as it is.
    pub wont_fix: u64,
    /// The same as another.
    pub duplicate: u64,
}

const COLUMNS: &str =
    "f.id, f.fingerprint, f.rule, f.cwe, f.facet, f.severity, f.file, f.start_line,
    f.end_line, f.title, f.body, e.id, v.id, v.verdict, v.reason, v.created_at, f.number";
/// A finding with the last word on it.
const FROM: &str = "FROM findings f JOIN agent_executions e ON e.number = f.execution
    LEFT JOIN verdicts v ON v.number = (SELECT max(w.number) FROM verdicts w
        WHERE w.kind = 'finding' AND w.subject = f.fingerprint)";

impl Store {
    /// Keeps findings of an execution, which can be searched for from now on. Give some hundred at
    /// a time: one call is one write.
    ///
    /// # Errors
    /// `NotFound` for the execution; `Conflict` for an id that exists; the store's own troubles.
    pub async fn add_findings(
        &self,
        execution_id: &str,
        findings: Vec<NewFinding>,
    ) -> Result<(), StoreError> {
        let id = execution_id.to_owned();
        self.write("keep findings", move |connection| {
            let execution: Option<i64> = connection
                .prepare_cached("SELECT number FROM agent_executions WHERE id = ?1")?
                .query_row([&id], |row| row.get(0))
                .optional()?;
            let execution = require(execution, "execution", &id)?;
            for new in &findings {
                let number = connection
                    .prepare_cached(
                        "INSERT INTO findings (id, execution, fingerprint, rule, cwe, facet, severity,
                             file, start_line, end_line, title, body)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING number",
                    )?
                    .query_row(
                        params![
                            new.id,
                            execution,
                            new.fingerprint,
                            new.rule,
                            new.cwe,
                            new.facet,
                            new.severity,
                            new.file,
                            new.start_line,
                            new.end_line,
                            new.title,
                            Json(&new.body)
                        ],
                        |row| row.get(0),
                    )?;
                search::index(connection, Source::Finding, number)?;
            }
            Ok(())
        })
        .await
    }

    /// A page of the findings of an execution, in the order they were kept.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn findings(
        &self,
        execution_id: &str,
        limit: u32,
        after: Option<i64>,
    ) -> Result<Page<FindingRow>, StoreError> {
        let (id, limit) = (execution_id.to_owned(), clamp(limit));
        self.read("list findings", move |connection| {
            let rows = connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} {FROM} WHERE e.id = ?1 AND f.number > ?2 ORDER BY f.number LIMIT ?3"
                ))?
                .query_map(params![id, after.unwrap_or(0), limit + 1], |row| {
                    Ok((row.get(16)?, row_of(row)?))
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(Page::from_rows(rows, limit))
        })
        .await
    }

    /// A finding; `None` when there is none.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn finding(&self, id: &str) -> Result<Option<FindingRow>, StoreError> {
        let id = id.to_owned();
        self.read("read a finding", move |connection| {
            Ok(connection
                .prepare_cached(&format!("SELECT {COLUMNS} {FROM} WHERE f.id = ?1"))?
                .query_row([id], row_of)
                .optional()?)
        })
        .await
    }

    /// The fingerprints that begin with some hexadecimal digits, two at most.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn fingerprints(&self, beginning: &str) -> Result<Vec<String>, StoreError> {
        let is_one = beginning.len() >= 4 && beginning.bytes().all(|byte| byte.is_ascii_hexdigit());
        let beginning = beginning.to_ascii_lowercase();
        self.read("look for a finding", move |connection| {
            if !is_one {
                return Ok(Vec::new());
            }
            // All of them are digits: a letter behind `f` comes after every one.
            let end = format!("{beginning}g");
            Ok(connection
                .prepare_cached(
                    "SELECT DISTINCT fingerprint FROM findings WHERE fingerprint >= ?1 AND fingerprint < ?2 LIMIT 2",
                )?
                .query_map([beginning, end], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// Keeps what a person judged; the last word on a fingerprint counts.
    ///
    /// # Errors
    /// `NotFound` where no finding has this fingerprint; the store's own troubles.
    pub async fn judge_finding(&self, verdict: VerdictRow) -> Result<(), StoreError> {
        self.write("keep a verdict", move |connection| {
            let is_known = connection
                .prepare_cached("SELECT 1 FROM findings WHERE fingerprint = ?1")?
                .exists([&verdict.fingerprint])?;
            require(is_known.then_some(()), "finding", &verdict.fingerprint)?;
            connection
                .prepare_cached(
                    "INSERT INTO verdicts (id, kind, subject, verdict, reason, created_at)
                     VALUES (?1, 'finding', ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    verdict.id,
                    verdict.fingerprint,
                    verdict.verdict,
                    verdict.reason,
                    verdict.at_ms
                ])?;
            Ok(())
        })
        .await
    }

    /// The last word on each finding that was judged, by fingerprint.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn finding_verdicts(&self) -> Result<BTreeMap<String, VerdictRow>, StoreError> {
        self.read("read the verdicts", |connection| {
            let verdicts = connection
                .prepare_cached(
                    "SELECT id, subject, verdict, reason, created_at FROM verdicts
                     WHERE kind = 'finding' ORDER BY number",
                )?
                .query_map([], |row| {
                    let fingerprint: String = row.get(1)?;
                    let verdict = VerdictRow {
                        id: row.get(0)?,
                        fingerprint: fingerprint.clone(),
                        verdict: row.get(2)?,
                        reason: row.get(3)?,
                        at_ms: row.get(4)?,
                    };
                    Ok((fingerprint, verdict))
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(verdicts)
        })
        .await
    }

    /// How often each rule was right, by the last word on each of its findings.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn rule_histories(&self) -> Result<BTreeMap<String, RuleHistory>, StoreError> {
        self.read("read how often rules were right", |connection| {
            let mut histories = BTreeMap::<String, RuleHistory>::new();
            let mut statement = connection.prepare_cached(
                "SELECT r.rule, v.verdict, count(*)
                 FROM (SELECT DISTINCT rule, fingerprint FROM findings WHERE rule IS NOT NULL) r
                 JOIN verdicts v ON v.number = (SELECT max(w.number) FROM verdicts w
                     WHERE w.kind = 'finding' AND w.subject = r.fingerprint)
                 GROUP BY r.rule, v.verdict",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let history = histories.entry(row.get(0)?).or_default();
                let count = row.get::<_, Count>(2)?.0;
                match row.get(1)? {
                    FindingVerdict::Confirm => history.confirmed = count,
                    FindingVerdict::FalsePositive => history.false_positive = count,
                    FindingVerdict::WontFix => history.wont_fix = count,
                    FindingVerdict::Duplicate => history.duplicate = count,
                }
            }
            Ok(histories)
        })
        .await
    }
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<FindingRow> {
    let fingerprint: String = row.get(1)?;
    let verdict = row.get::<_, Option<String>>(12)?.map(|id| {
        Ok::<_, rusqlite::Error>(VerdictRow {
            id,
            fingerprint: fingerprint.clone(),
            verdict: row.get(13)?,
            reason: row.get(14)?,
            at_ms: row.get(15)?,
        })
    });
    Ok(FindingRow {
        verdict: verdict.transpose()?,
        execution_id: row.get(11)?,
        finding: NewFinding {
            id: row.get(0)?,
            fingerprint,
            rule: row.get(2)?,
            cwe: row.get(3)?,
            facet: row.get(4)?,
            severity: row.get(5)?,
            file: row.get(6)?,
            start_line: row.get(7)?,
            end_line: row.get(8)?,
            title: row.get(9)?,
            body: row.get::<_, Json<Value>>(10)?.0,
        },
    })
}
