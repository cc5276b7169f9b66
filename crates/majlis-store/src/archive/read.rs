//! From rows to lines.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement, ToSql};
use serde_json::{Map, Value};

use super::table::{
    BUDGETS, CONSULTATIONS, CONVERSATIONS, DRAFTS, EXECUTIONS, FINDINGS, Form, JOBS, MESSAGES,
    PRICES, SETTINGS, TEMPLATES, Table, UNCAPPED_MODELS, VERDICTS,
};
use crate::Store;
use crate::conversation::require;
use crate::error::StoreError;

/// Lines of one page at most.
const PAGE_LINES: usize = 500;
/// Bytes of one page, after which it ends; one line may be longer.
const PAGE_BYTES: usize = 4 << 20;

/// What of everything is exported; the default is all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportSelection {
    /// Only these conversations, and the consultations named beside them.
    pub conversations: Vec<String>,
    /// Only these consultations, and the conversations named beside them.
    pub consultations: Vec<String>,
    /// Only what went on at or after this, milliseconds since 1970 UTC.
    pub since_ms: Option<i64>,
    /// Only what began before this, milliseconds since 1970 UTC.
    pub until_ms: Option<i64>,
}

impl ExportSelection {
    fn names_ids(&self) -> bool {
        !self.conversations.is_empty() || !self.consultations.is_empty()
    }

    fn is_whole(&self) -> bool {
        !self.names_ids() && self.since_ms.is_none() && self.until_ms.is_none()
    }
}

/// How far an export has come. What is written after its beginning is not part of it.
#[derive(Debug, Clone)]
pub struct ExportPlan {
    schema: i64,
    is_whole: bool,
    names_ids: bool,
    conversations: Option<String>,
    consultations: Option<String>,
    since: i64,
    until: i64,
    last_numbers: Vec<i64>,
    /// Calls of jobs that were going on at the beginning, as a JSON list.
    open_calls: String,
    /// Those jobs, as a JSON list.
    open_jobs: String,
    stage: usize,
    after: i64,
    inside: Option<Inside>,
}

impl ExportPlan {
    /// The version of the schema the lines are made from.
    pub fn schema(&self) -> i64 {
        self.schema
    }
}

/// A place among the lines that belong to one line before them.
#[derive(Debug, Clone)]
struct Inside {
    number: i64,
    /// Last channel and sequence, or finding.
    after: (i64, i64),
    /// Messages that end a shown path.
    heads: Vec<i64>,
}

/// The next lines of an export.
#[derive(Debug, Clone)]
pub struct ExportPage {
    /// JSON objects without line feeds.
    pub lines: Vec<String>,
    /// How to go on; `None` when this was the last page.
    pub next: Option<ExportPlan>,
}

/// The stages of an export, in the order of the file, each with its condition.
const STAGES: &[(&Table, &str)] = &[
    (&SETTINGS, ":is_whole"),
    (&BUDGETS, ":is_whole"),
    (&UNCAPPED_MODELS, ":is_whole"),
    (&TEMPLATES, ":is_whole"),
    (
        &PRICES,
        "(:is_whole OR t.number IN (SELECT c.price_row FROM calls c JOIN steps s ON s.number = c.step
             JOIN jobs t ON t.number = s.job WHERE {job}))",
    ),
    (
        &JOBS,
        "t.number NOT IN (SELECT value FROM json_each(:open_jobs)) AND (:is_whole OR {job})",
    ),
    (&CONVERSATIONS, "{conversation}"),
    (&DRAFTS, ":is_whole"),
    (
        &CONSULTATIONS,
        "t.status <> 'running' AND {consultation} AND NOT EXISTS (
             SELECT 1 FROM jobs j WHERE j.subject = t.id
               AND j.number IN (SELECT value FROM json_each(:open_jobs)))",
    ),
    (
        &EXECUTIONS,
        "t.status <> 'running' AND NOT :names_ids AND t.created_at >= :since AND t.created_at < :until",
    ),
    (
        &VERDICTS,
        "(:is_whole
          OR (t.kind = 'answer' AND EXISTS (SELECT 1 FROM members m JOIN consultations t2
                  ON t2.number = m.consultation WHERE m.id = t.subject AND {consultation2}))
          OR (t.kind = 'claim' AND EXISTS (SELECT 1 FROM consultations t2
                  WHERE t2.id = substr(t.subject, 1, instr(t.subject, '/') - 1) AND {consultation2})))",
    ),
];

/// A conversation `TABLE` in the selection.
const CONVERSATION: &str =
    "(:conversations IS NULL OR TABLE.id IN (SELECT value FROM json_each(:conversations)))
    AND TABLE.updated_at >= :since AND TABLE.created_at < :until";
const CONSULTATION: &str =
    "(:consultations IS NULL OR TABLE.id IN (SELECT value FROM json_each(:consultations)))
    AND coalesce(TABLE.finished_at, TABLE.created_at) >= :since AND TABLE.created_at < :until";
/// A job `t` on something selected, or on something that was deleted.
const JOB: &str = "(EXISTS (SELECT 1 FROM conversations v WHERE v.id = t.subject AND {v})
    OR EXISTS (SELECT 1 FROM consultations s WHERE s.id = t.subject AND {s})
    OR (NOT :names_ids AND t.created_at >= :since AND t.created_at < :until
        AND NOT EXISTS (SELECT 1 FROM conversations WHERE id = t.subject)
        AND NOT EXISTS (SELECT 1 FROM consultations WHERE id = t.subject)))";

fn condition(template: &str) -> String {
    template
        .replace("{job}", JOB)
        .replace("{v}", &CONVERSATION.replace("TABLE", "v"))
        .replace("{s}", &CONSULTATION.replace("TABLE", "s"))
        .replace("{conversation}", &CONVERSATION.replace("TABLE", "t"))
        .replace("{consultation}", &CONSULTATION.replace("TABLE", "t"))
        .replace("{consultation2}", &CONSULTATION.replace("TABLE", "t2"))
}

impl Store {
    /// Begins an export: what there is now, without what is still being written.
    ///
    /// # Errors
    /// `NotFound` when a named conversation or consultation is not there.
    pub async fn begin_export(&self, selection: ExportSelection) -> Result<ExportPlan, StoreError> {
        self.read("begin an export", move |connection| {
            for id in &selection.conversations {
                let there = is_there(connection, "conversations", id)?;
                require(there.then_some(()), "conversation", id)?;
            }
            for id in &selection.consultations {
                let there = is_there(connection, "consultations", id)?;
                require(there.then_some(()), "consultation", id)?;
            }
            Ok(plan(connection, &selection)?)
        })
        .await
    }

    /// The next lines of an export.
    ///
    /// # Errors
    /// The store's own troubles.
    pub async fn export_page(&self, mut plan: ExportPlan) -> Result<ExportPage, StoreError> {
        self.read("export", move |connection| {
            let mut lines = Lines::default();
            let mut goes_on = true;
            while goes_on && !lines.are_enough() {
                goes_on = advance(connection, &mut plan, &mut lines)?;
            }
            Ok(ExportPage {
                lines: lines.lines,
                next: goes_on.then_some(plan),
            })
        })
        .await
    }
}

fn is_there(connection: &Connection, table: &str, id: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(&format!("SELECT 1 FROM {table} WHERE id = ?1"))?
        .exists([id])
}

/// Jobs that go on, or of which a call does.
const OPEN_JOBS: &str = "SELECT number FROM jobs WHERE state = 'running'
    UNION SELECT s.job FROM calls c JOIN steps s ON s.number = c.step WHERE c.state = 'intent'";

fn plan(connection: &Connection, selection: &ExportSelection) -> rusqlite::Result<ExportPlan> {
    let list = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0));
    let last_number = |table: &Table| {
        if !table.is_numbered {
            return Ok(i64::MAX);
        }
        let sql = format!("SELECT coalesce(max(number), 0) FROM {}", table.name);
        connection.query_row(&sql, [], |row| row.get(0))
    };
    let ids = |ids: &[String]| {
        selection
            .names_ids()
            .then(|| Value::from(ids.to_vec()).to_string())
    };
    let tables = STAGES.iter().map(|(table, _)| *table);
    Ok(ExportPlan {
        schema: connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
        is_whole: selection.is_whole(),
        names_ids: selection.names_ids(),
        conversations: ids(&selection.conversations),
        consultations: ids(&selection.consultations),
        since: selection.since_ms.unwrap_or(i64::MIN),
        until: selection.until_ms.unwrap_or(i64::MAX),
        last_numbers: tables
            .chain([&MESSAGES, &FINDINGS])
            .map(last_number)
            .collect::<rusqlite::Result<_>>()?,
        open_calls: list(&format!(
            "SELECT json_group_array(c.number) FROM calls c JOIN steps s ON s.number = c.step
             WHERE s.job IN ({OPEN_JOBS})"
        ))?,
        open_jobs: list(&format!(
            "SELECT json_group_array(number) FROM ({OPEN_JOBS})"
        ))?,
        stage: 0,
        after: i64::MIN,
        inside: None,
    })
}

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    bytes: usize,
}

impl Lines {
    fn push(&mut self, table: &Table, mut line: Map<String, Value>) {
        line.insert("kind".to_owned(), table.kind.into());
        let line = Value::from(line).to_string();
        self.bytes += line.len();
        self.lines.push(line);
    }

    fn are_enough(&self) -> bool {
        self.lines.len() >= PAGE_LINES || self.bytes >= PAGE_BYTES
    }
}

/// Adds some lines; false when there are no more.
fn advance(
    connection: &Connection,
    plan: &mut ExportPlan,
    lines: &mut Lines,
) -> rusqlite::Result<bool> {
    if let Some(inside) = plan.inside.take() {
        plan.inside = within(connection, plan, inside, lines)?;
        return Ok(true);
    }
    let Some((table, template)) = STAGES.get(plan.stage) else {
        return Ok(false);
    };
    let (number, upper) = if table.is_numbered {
        ("t.number", "t.number > :after AND t.number <= :last AND")
    } else {
        ("0", "")
    };
    let holds_others = [CONVERSATIONS.name, EXECUTIONS.name].contains(&table.name);
    let sql = format!(
        "SELECT {}, {number} AS number FROM {} t WHERE {upper} {} ORDER BY t.{}",
        values(table),
        table.name,
        condition(template),
        table.order,
    );
    let last = plan.last_numbers.get(plan.stage).copied().unwrap_or(0);
    let mut statement = connection.prepare_cached(&sql)?;
    bind(&mut statement, plan, &[(":last", &last)])?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let number = row.get("number")?;
        lines.push(table, object(connection, table, row, number)?);
        plan.after = number;
        if holds_others {
            plan.inside = Some(Inside {
                number,
                after: (i64::MIN, i64::MIN),
                heads: heads(connection, plan, number)?,
            });
            return Ok(true);
        }
        if lines.are_enough() && table.is_numbered {
            return Ok(true);
        }
    }
    (plan.stage, plan.after) = (plan.stage + 1, i64::MIN);
    Ok(true)
}

/// The messages of a conversation or the findings of an execution, as many as fit; `None` after
/// the last.
fn within(
    connection: &Connection,
    plan: &ExportPlan,
    mut inside: Inside,
    lines: &mut Lines,
) -> rusqlite::Result<Option<Inside>> {
    let holds_messages = STAGES
        .get(plan.stage)
        .is_some_and(|(table, _)| table.name == CONVERSATIONS.name);
    let (table, place, condition, last) = if holds_messages {
        (&MESSAGES, "t.channel, t.seq", MESSAGE, STAGES.len())
    } else {
        (
            &FINDINGS,
            "t.execution, t.number",
            FINDING,
            STAGES.len() + 1,
        )
    };
    let sql = format!(
        "SELECT {}, t.number AS number, {place} FROM {} t WHERE {condition}
         AND ({place}) > (:after_first, :after_second) ORDER BY {place}",
        values(table),
        table.name,
    );
    let last = plan.last_numbers.get(last).copied().unwrap_or(0);
    let mut statement = connection.prepare_cached(&sql)?;
    let own: &[(&str, &dyn ToSql)] = &[
        (":last", &last),
        (":inside", &inside.number),
        (":after_first", &inside.after.0),
        (":after_second", &inside.after.1),
    ];
    bind(&mut statement, plan, own)?;
    let first_place = table.columns.len() + 1;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let number = row.get("number")?;
        let mut line = object(connection, table, row, number)?;
        if inside.heads.contains(&number) {
            line.insert("head".to_owned(), true.into());
        }
        lines.push(table, line);
        inside.after = (row.get(first_place)?, row.get(first_place + 1)?);
        if lines.are_enough() {
            return Ok(Some(inside));
        }
    }
    Ok(None)
}

/// A message that is over and no part of a job that was going on.
const MESSAGE: &str = "t.channel IN (SELECT number FROM channels WHERE conversation = :inside)
    AND t.number <= :last AND t.state NOT IN ('waiting', 'streaming')
    AND (t.call IS NULL OR t.call NOT IN (SELECT value FROM json_each(:open_calls)))";
const FINDING: &str = "t.execution = :inside AND t.number <= :last";

/// The ends of the shown paths of a conversation: where an answer is still being written, what it
/// follows.
fn heads(
    connection: &Connection,
    plan: &ExportPlan,
    conversation: i64,
) -> rusqlite::Result<Vec<i64>> {
    let sql = format!(
        "WITH RECURSIVE up (channel, number, is_over) AS (
             SELECT h.number, t.number, {is_over} FROM channels h JOIN messages t ON t.number = h.head
             WHERE h.conversation = :inside
             UNION ALL
             SELECT up.channel, t.number, {is_over} FROM up JOIN messages m ON m.number = up.number
             JOIN messages t ON t.number = m.parent WHERE NOT up.is_over)
         SELECT number FROM up WHERE is_over",
        is_over = format!("({MESSAGE})")
    );
    let last = plan.last_numbers.get(STAGES.len()).copied().unwrap_or(0);
    let mut statement = connection.prepare_cached(&sql)?;
    bind(
        &mut statement,
        plan,
        &[(":last", &last), (":inside", &conversation)],
    )?;
    statement.raw_query().mapped(|row| row.get(0)).collect()
}

/// Binds those of the plan's values, and of others, that a statement uses.
fn bind(
    statement: &mut Statement<'_>,
    plan: &ExportPlan,
    others: &[(&str, &dyn ToSql)],
) -> rusqlite::Result<()> {
    let own: [(&str, &dyn ToSql); 9] = [
        (":is_whole", &plan.is_whole),
        (":names_ids", &plan.names_ids),
        (":conversations", &plan.conversations),
        (":consultations", &plan.consultations),
        (":since", &plan.since),
        (":until", &plan.until),
        (":open_calls", &plan.open_calls),
        (":open_jobs", &plan.open_jobs),
        (":after", &plan.after),
    ];
    for (name, value) in own.iter().chain(others) {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}

/// The values of a table's columns, in SQL.
fn values(table: &Table) -> String {
    let value = |column: &super::table::Column| match column.form {
        Form::Row(other) => format!("(SELECT id FROM {other} WHERE number = t.{})", column.sql),
        Form::Price => format!("(SELECT price FROM prices WHERE number = t.{})", column.sql),
        _ => format!("t.{}", column.sql),
    };
    let values: Vec<_> = table.columns.iter().map(value).collect();
    values.join(", ")
}

/// A row with what is nested in it. What is NULL is left out.
fn object(
    connection: &Connection,
    table: &Table,
    row: &Row<'_>,
    number: i64,
) -> rusqlite::Result<Map<String, Value>> {
    let mut object = Map::new();
    for (index, column) in table.columns.iter().enumerate() {
        if let Some(value) = json(row.get_ref(index)?, column.form) {
            object.insert(column.field.to_owned(), value);
        }
    }
    for nested in table.nested {
        let rows = nested_rows(connection, nested, number)?;
        if !rows.is_empty() {
            object.insert(nested.kind.to_owned(), rows.into());
        }
    }
    Ok(object)
}

fn nested_rows(connection: &Connection, table: &Table, owner: i64) -> rusqlite::Result<Vec<Value>> {
    let sql = format!(
        "SELECT {}, {} AS number FROM {} t WHERE t.{} = ?1 ORDER BY t.{}",
        values(table),
        if table.is_numbered { "t.number" } else { "0" },
        table.name,
        table.owner.unwrap_or("number"),
        table.order
    );
    connection
        .prepare_cached(&sql)?
        .query_map([owner], |row| {
            let number = row.get("number")?;
            Ok(Value::from(object(connection, table, row, number)?))
        })?
        .collect()
}

/// A stored value as JSON; `None` for NULL.
fn json(value: ValueRef<'_>, form: Form) -> Option<Value> {
    match (value, form) {
        (ValueRef::Null | ValueRef::Blob(_), _) => None,
        (ValueRef::Integer(number), Form::Flag) => Some((number != 0).into()),
        (ValueRef::Integer(number), Form::Money) => Some(number.to_string().into()),
        (ValueRef::Integer(number), _) => Some(number.into()),
        (ValueRef::Real(number), _) => Some(number.into()),
        (ValueRef::Text(text), Form::Json | Form::Parts | Form::Price) => {
            // The schema lets no other text in.
            serde_json::from_slice(text).ok()
        }
        (ValueRef::Text(text), _) => Some(String::from_utf8_lossy(text).into()),
    }
}
