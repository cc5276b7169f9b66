//! What is exported, one visible list: tables, their columns, and how a row is known again.
//!
//! Left out on purpose: rows that only serve a program that is running (`call_chunks`, `relays`,
//! `idempotency_keys`, `alerts`, `alert_messages`), and the full-text index, which is made from other rows.

use majlis_llm::{ErrorKind, FinishReason, Role};
use rusqlite::types::{FromSql, ValueRef};
use serde::de::DeserializeOwned;

use crate::domain::{
    CallState, ClaimStance, ConsultationStatus, JobKind, JobState, MemberKind, ReplyState, StepKind,
};

/// One table of the export.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in SQL.
    pub(crate) name: &'static str,
    /// Its name in the export: the `kind` of a line, or the list in the line it is nested in.
    pub(crate) kind: &'static str,
    pub(crate) columns: &'static [Column],
    /// The column with the number of the row it is nested in.
    pub(crate) owner: Option<&'static str>,
    /// The columns by which a row is known again.
    pub(crate) key: &'static [&'static str],
    pub(crate) order: &'static str,
    /// False for tables without row numbers.
    pub(crate) is_numbered: bool,
    /// What is nested in its lines.
    pub(crate) nested: &'static [Table],
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) sql: &'static str,
    pub(crate) field: &'static str,
    pub(crate) form: Form,
    pub(crate) is_needed: bool,
    /// The value that is written, in SQL, where it is not simply the one in the file.
    pub(crate) written: Option<&'static str>,
}

/// How a value looks in JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Text,
    /// 1–200 characters.
    Id,
    Integer,
    Flag,
    Real,
    /// Pico-dollars as a decimal string: JSON readers round large numbers.
    Money,
    Json,
    /// Parts of a message.
    Parts,
    Model,
    /// One of a set of names.
    Name(fn(&str) -> bool),
    /// The same, and not that of something still going on.
    Ended(fn(&str) -> bool),
    /// The id of a row of this table.
    Row(&'static str),
    /// The price row itself.
    Price,
}

/// Names of what is still going on; an export holds only what is over.
pub(crate) const OPEN: [&str; 4] = ["running", "intent", "waiting", "streaming"];

const fn may(sql: &'static str, field: &'static str, form: Form) -> Column {
    Column {
        sql,
        field,
        form,
        is_needed: false,
        written: None,
    }
}

const fn need(sql: &'static str, field: &'static str, form: Form) -> Column {
    Column {
        is_needed: true,
        ..may(sql, field, form)
    }
}

const fn written(column: Column, sql: &'static str) -> Column {
    Column {
        written: Some(sql),
        ..column
    }
}

const fn table(name: &'static str, kind: &'static str, columns: &'static [Column]) -> Table {
    Table {
        name,
        kind,
        columns,
        owner: None,
        key: &["id"],
        order: "number",
        is_numbered: true,
        nested: &[],
    }
}

fn in_set<T: FromSql>(text: &str) -> bool {
    T::column_result(ValueRef::Text(text.as_bytes())).is_ok()
}

fn in_vocabulary<T: DeserializeOwned>(text: &str) -> bool {
    serde_json::from_value::<T>(text.into()).is_ok()
}

fn any(_: &str) -> bool {
    true
}

/// Every kind of line, in the order of the file: what is referred to stands before what refers.
pub(crate) const TABLES: &[&Table] = &[
    &SETTINGS,
    &BUDGETS,
    &UNCAPPED_MODELS,
    &TEMPLATES,
    &PRICES,
    &JOBS,
    &CONVERSATIONS,
    &MESSAGES,
    &DRAFTS,
    &CONSULTATIONS,
    &EXECUTIONS,
    &FINDINGS,
    &VERDICTS,
];

pub(crate) static SETTINGS: Table = Table {
    key: &["key"],
    order: "key",
    is_numbered: false,
    ..table(
        "settings",
        "setting",
        &[
            need("key", "key", Form::Id),
            need("updated_at", "updated_at_ms", Form::Integer),
            need("value", "value", Form::Json),
        ],
    )
};

pub(crate) static BUDGETS: Table = Table {
    key: &["period"],
    order: "period",
    is_numbered: false,
    ..table(
        "budgets",
        "budget",
        &[
            need("period", "period", Form::Text),
            need("limit_pusd", "limit_pusd", Form::Money),
            need("updated_at", "updated_at_ms", Form::Integer),
        ],
    )
};

pub(crate) static UNCAPPED_MODELS: Table = Table {
    key: &["model"],
    order: "model",
    is_numbered: false,
    ..table(
        "uncapped_models",
        "uncapped_model",
        &[
            need("model", "model", Form::Text),
            need("added_at", "added_at_ms", Form::Integer),
        ],
    )
};

pub(crate) static TEMPLATES: Table = table(
    "templates",
    "template",
    &[
        need("id", "id", Form::Id),
        need("created_at", "created_at_ms", Form::Integer),
        need("updated_at", "updated_at_ms", Form::Integer),
        need("name", "name", Form::Text),
        need("text", "text", Form::Text),
    ],
);

pub(crate) static PRICES: Table = Table {
    key: &["price"],
    ..table(
        "prices",
        "price",
        &[
            need("first_used_at", "first_used_at_ms", Form::Integer),
            need("price", "price", Form::Json),
        ],
    )
};

pub(crate) static JOBS: Table = Table {
    nested: &[STEPS],
    ..table(
        "jobs",
        "job",
        &[
            need("id", "id", Form::Id),
            need("kind", "job_kind", Form::Name(in_set::<JobKind>)),
            need("subject", "subject", Form::Text),
            need("owner", "owner", Form::Text),
            need("state", "state", Form::Ended(in_set::<JobState>)),
            need("created_at", "created_at_ms", Form::Integer),
            may("finished_at", "finished_at_ms", Form::Integer),
        ],
    )
};

const STEPS: Table = Table {
    owner: Some("job"),
    key: &["job", "seq"],
    order: "seq",
    nested: &[CALLS],
    ..table(
        "steps",
        "steps",
        &[
            need("seq", "seq", Form::Integer),
            need("kind", "step_kind", Form::Name(in_set::<StepKind>)),
            need("input_hash", "input_hash", Form::Text),
            need("state", "state", Form::Name(any)),
        ],
    )
};

const CALLS: Table = Table {
    owner: Some("step"),
    order: "attempt",
    ..table(
        "calls",
        "calls",
        &[
            need("id", "id", Form::Id),
            need("attempt", "attempt", Form::Integer),
            need("provider", "provider", Form::Text),
            need("model", "model", Form::Model),
            may("response_model", "response_model", Form::Text),
            need("request_hash", "request_hash", Form::Text),
            need("state", "state", Form::Ended(in_set::<CallState>)),
            written(
                may("by_program", "by_program", Form::Flag),
                "coalesce(:by_program, 0)",
            ),
            may("estimate_pusd", "estimate_pusd", Form::Money),
            may("reserved_pusd", "reserved_pusd", Form::Money),
            may("cost_pusd", "cost_pusd", Form::Money),
            may("fresh_tokens", "fresh_tokens", Form::Integer),
            may("cache_read_tokens", "cache_read_tokens", Form::Integer),
            may(
                "cache_write_5m_tokens",
                "cache_write_5m_tokens",
                Form::Integer,
            ),
            may(
                "cache_write_1h_tokens",
                "cache_write_1h_tokens",
                Form::Integer,
            ),
            may("output_tokens", "output_tokens", Form::Integer),
            may("reasoning_tokens", "reasoning_tokens", Form::Integer),
            may(
                "finish_reason",
                "finish_reason",
                Form::Name(in_vocabulary::<FinishReason>),
            ),
            may("first_token_ms", "first_token_ms", Form::Integer),
            may("duration_ms", "duration_ms", Form::Integer),
            need("created_at", "created_at_ms", Form::Integer),
            may("settled_at", "settled_at_ms", Form::Integer),
            may(
                "error_kind",
                "error_kind",
                Form::Name(in_vocabulary::<ErrorKind>),
            ),
            may("error_message", "error_message", Form::Text),
            may("price_row", "price", Form::Price),
        ],
    )
};

pub(crate) static CONVERSATIONS: Table = Table {
    nested: &[CHANNELS],
    ..table(
        "conversations",
        "conversation",
        &[
            need("id", "id", Form::Id),
            need("pinned", "pinned", Form::Flag),
            need("created_at", "created_at_ms", Form::Integer),
            need("updated_at", "updated_at_ms", Form::Integer),
            need("title", "title", Form::Text),
            may("source", "source", Form::Text),
        ],
    )
};

/// Two columns cannot stand in one place: the one that comes later goes to the end.
const CHANNEL_PLACE: &str = "CASE WHEN :removed_at IS NULL AND EXISTS (
        SELECT 1 FROM channels WHERE conversation = :conversation AND position = :position
          AND removed_at IS NULL AND id <> :id)
    THEN (SELECT max(position) + 1 FROM channels WHERE conversation = :conversation)
    ELSE :position END";

const CHANNELS: Table = Table {
    owner: Some("conversation"),
    ..table(
        "channels",
        "channels",
        &[
            need("id", "id", Form::Id),
            need("model", "model", Form::Model),
            written(need("position", "position", Form::Integer), CHANNEL_PLACE),
            may("removed_at", "removed_at_ms", Form::Integer),
        ],
    )
};

/// What was said here meanwhile keeps its place in the order of writing.
const MESSAGE_PLACE: &str =
    "max(:seq, (SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE channel = :channel))";

pub(crate) static MESSAGES: Table = Table {
    order: "channel, seq",
    ..table(
        "messages",
        "message",
        &[
            need("id", "id", Form::Id),
            need("channel", "channel_id", Form::Row("channels")),
            may("parent", "parent_id", Form::Row("messages")),
            written(need("seq", "seq", Form::Integer), MESSAGE_PLACE),
            need("role", "role", Form::Name(in_vocabulary::<Role>)),
            need("state", "state", Form::Ended(in_set::<ReplyState>)),
            may("call", "call_id", Form::Row("calls")),
            need("created_at", "created_at_ms", Form::Integer),
            may("notice", "notice", Form::Json),
            need("parts", "parts", Form::Parts),
            may("model", "model", Form::Text),
            may("raw", "raw", Form::Json),
        ],
    )
};

pub(crate) static DRAFTS: Table = Table {
    key: &["place"],
    ..table(
        "drafts",
        "draft",
        &[
            need("place", "place", Form::Id),
            may(
                "conversation",
                "conversation_id",
                Form::Row("conversations"),
            ),
            need("updated_at", "updated_at_ms", Form::Integer),
            need("text", "text", Form::Text),
            may("context", "context", Form::Text),
        ],
    )
};

pub(crate) static CONSULTATIONS: Table = Table {
    nested: &[MEMBERS, INQUIRIES, REVIEWS, SYNTHESES, CLAIMS],
    ..table(
        "consultations",
        "consultation",
        &[
            need("id", "id", Form::Id),
            need(
                "status",
                "status",
                Form::Ended(in_set::<ConsultationStatus>),
            ),
            need("created_at", "created_at_ms", Form::Integer),
            may("finished_at", "finished_at_ms", Form::Integer),
            need("title", "title", Form::Text),
            may("analysis_schema", "analysis_schema", Form::Integer),
            may("analysis_method", "analysis_method", Form::Text),
            need("question", "question", Form::Text),
            may("context", "context", Form::Text),
            need("prompt", "prompt", Form::Text),
            may("analysis", "analysis", Form::Json),
            may("source", "source", Form::Text),
            may("plan", "plan", Form::Json),
            may("deliberation", "deliberation", Form::Json),
        ],
    )
};

const MEMBERS: Table = Table {
    owner: Some("consultation"),
    order: "position",
    ..table(
        "members",
        "members",
        &[
            need("id", "id", Form::Id),
            need("position", "position", Form::Integer),
            need("kind", "member_kind", Form::Name(in_set::<MemberKind>)),
            may("model", "model", Form::Model),
            may("sample", "sample", Form::Integer),
            need("demo", "demo", Form::Flag),
            need("state", "state", Form::Name(in_set::<ReplyState>)),
            may("call", "call_id", Form::Row("calls")),
            need("label", "label", Form::Text),
            may("notice", "notice", Form::Json),
            need("parts", "parts", Form::Parts),
        ],
    )
};

const INQUIRIES: Table = Table {
    owner: Some("consultation"),
    ..table(
        "hearings",
        "hearings",
        &[
            need("id", "id", Form::Id),
            need("kind", "step_kind", Form::Name(in_set::<StepKind>)),
            need("round", "round", Form::Integer),
            need("place", "place", Form::Integer),
            need("attempt", "attempt", Form::Integer),
            need("state", "state", Form::Ended(in_set::<ReplyState>)),
            may("call", "call_id", Form::Row("calls")),
            need("created_at", "created_at_ms", Form::Integer),
            may("notice", "notice", Form::Json),
            need("request", "request", Form::Json),
            need("parts", "parts", Form::Parts),
        ],
    )
};

const REVIEWS: Table = Table {
    owner: Some("consultation"),
    ..table(
        "reviews",
        "reviews",
        &[
            need("id", "id", Form::Id),
            need("judge", "judge_id", Form::Row("members")),
            need("reviewed", "reviewed_id", Form::Row("members")),
            need("position", "position", Form::Integer),
            need("created_at", "created_at_ms", Form::Integer),
            need("body", "body", Form::Json),
        ],
    )
};

const SYNTHESES: Table = Table {
    owner: Some("consultation"),
    order: "version",
    ..table(
        "syntheses",
        "syntheses",
        &[
            need("id", "id", Form::Id),
            need("version", "version", Form::Integer),
            may("editor", "editor", Form::Text),
            need("state", "state", Form::Name(in_set::<ReplyState>)),
            may("call", "call_id", Form::Row("calls")),
            need("created_at", "created_at_ms", Form::Integer),
            may("notice", "notice", Form::Json),
            need("body", "body", Form::Json),
        ],
    )
};

const CLAIMS: Table = Table {
    owner: Some("consultation"),
    key: &["consultation", "seq"],
    order: "seq",
    nested: &[STANCES],
    ..table(
        "claims",
        "claims",
        &[
            need("seq", "seq", Form::Integer),
            may("agreement", "agreement", Form::Real),
            need("text", "text", Form::Text),
        ],
    )
};

const STANCES: Table = Table {
    owner: Some("claim"),
    key: &["claim", "member"],
    order: "member",
    is_numbered: false,
    ..table(
        "claim_stances",
        "stances",
        &[
            need("member", "member_id", Form::Row("members")),
            need("stance", "stance", Form::Name(in_set::<ClaimStance>)),
        ],
    )
};

pub(crate) static EXECUTIONS: Table = Table {
    nested: &[AUDIT_QUESTIONS],
    ..table(
        "agent_executions",
        "execution",
        &[
            need("id", "id", Form::Id),
            need("task", "task", Form::Text),
            need("status", "status", Form::Ended(any)),
            may("source", "source", Form::Text),
            need("created_at", "created_at_ms", Form::Integer),
            may("finished_at", "finished_at_ms", Form::Integer),
            need("target", "target", Form::Text),
            need("options", "options", Form::Json),
            may("report", "report", Form::Json),
        ],
    )
};

const AUDIT_QUESTIONS: Table = Table {
    owner: Some("execution"),
    ..table(
        "audit_questions",
        "audit_questions",
        &[
            need("id", "id", Form::Id),
            need("key", "key", Form::Text),
            need("model", "model", Form::Model),
            need("state", "state", Form::Name(in_set::<ReplyState>)),
            may("call", "call_id", Form::Row("calls")),
            need("prompt", "prompt", Form::Text),
            may("notice", "notice", Form::Json),
            need("parts", "parts", Form::Parts),
        ],
    )
};

pub(crate) static FINDINGS: Table = table(
    "findings",
    "finding",
    &[
        need("id", "id", Form::Id),
        need("execution", "execution_id", Form::Row("agent_executions")),
        need("fingerprint", "fingerprint", Form::Text),
        may("rule", "rule", Form::Text),
        may("cwe", "cwe", Form::Integer),
        need("facet", "facet", Form::Text),
        need("severity", "severity", Form::Text),
        need("file", "file", Form::Text),
        need("start_line", "start_line", Form::Integer),
        need("end_line", "end_line", Form::Integer),
        need("title", "title", Form::Text),
        need("body", "body", Form::Json),
    ],
);

pub(crate) static VERDICTS: Table = table(
    "verdicts",
    "verdict",
    &[
        need("id", "id", Form::Id),
        need("kind", "verdict_kind", Form::Text),
        need("subject", "subject", Form::Text),
        need("verdict", "verdict", Form::Text),
        may("reason", "reason", Form::Text),
        need("created_at", "created_at_ms", Form::Integer),
    ],
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Columns that no line holds: row numbers, and `head`, which its message says itself.
    const ELSEWHERE: &[(&str, &str)] = &[("channels", "head")];
    /// Tables that are not exported; the module says why.
    const LEFT_OUT: &[&str] = &[
        "call_chunks",
        "relays",
        "idempotency_keys",
        "alerts",
        "alert_messages",
    ];

    fn all(tables: &[&'static Table]) -> Vec<&'static Table> {
        tables
            .iter()
            .flat_map(|table| {
                let nested: Vec<_> = table.nested.iter().collect();
                std::iter::once(*table).chain(all(&nested))
            })
            .collect()
    }

    #[test]
    fn every_column_of_the_schema_is_exported_or_said_to_be_left_out() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for sql in crate::migrate::MIGRATIONS {
            connection.execute_batch(sql).unwrap();
        }
        let mut columns: BTreeSet<(String, String)> = connection
            .prepare(
                "SELECT s.name, c.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c
                 WHERE s.type = 'table' AND s.name NOT LIKE 'search_%' AND s.name NOT LIKE 'sqlite_%'",
            )
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        columns.retain(|(table, column)| column != "number" && !LEFT_OUT.contains(&table.as_str()));
        for table in all(TABLES) {
            let own = table.columns.iter().map(|column| column.sql);
            for column in own.chain(table.owner) {
                let known = columns.remove(&(table.name.to_owned(), column.to_owned()));
                assert!(known, "{}.{column} is not in the schema", table.name);
            }
        }
        for (table, column) in ELSEWHERE {
            columns.remove(&((*table).to_owned(), (*column).to_owned()));
        }
        assert!(columns.is_empty(), "not exported: {columns:?}");
    }
}
