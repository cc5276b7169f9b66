//! The small closed sets of the store, each with its one spelling as text.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

/// Declares an enum whose values have one spelling, in the database and in JSON alike.
macro_rules! text_enum {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The value's spelling.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let text = value.as_str()?;
                let found = Self::ALL.iter().find(|known| known.as_str() == text);
                found.copied().ok_or_else(|| unknown(stringify!($name), text))
            }
        }
    };
}

fn unknown(set: &str, text: &str) -> FromSqlError {
    FromSqlError::Other(format!("{text:?} is not a {set}").into())
}

text_enum! {
    /// How far one message or one member's answer has come.
    ReplyState {
        /// Not asked yet.
        Waiting = "waiting",
        /// Being written.
        Streaming = "streaming",
        /// Whole.
        Complete = "complete",
        /// Stopped by the person; what came is kept.
        Cancelled = "cancelled",
        /// Ended by an error; what came is kept.
        Failed = "failed",
        /// The program ended while it was being written; what was flushed is kept.
        Interrupted = "interrupted",
    }
}

text_enum! {
    /// How far one request to a model has come.
    CallState {
        /// Written down, perhaps sent.
        Intent = "intent",
        /// Answered and counted.
        Settled = "settled",
        /// Ended by an error.
        Failed = "failed",
        /// Stopped by the person, or a free one that ended with the program.
        Cancelled = "cancelled",
        /// The program ended before the answer did: whether it was billed is not known.
        Unknown = "unknown",
    }
}

text_enum! {
    /// How a consultation stands.
    ConsultationStatus {
        /// Still going.
        Running = "running",
        /// Every member answered.
        Complete = "complete",
        /// Some members are missing.
        Degraded = "degraded",
        /// One answer only: nothing to compare.
        Single = "single",
        /// No answer at all.
        Failed = "failed",
        /// The program ended while it ran.
        Interrupted = "interrupted",
        /// Stopped by the person.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// How a job stands.
    JobState {
        /// A process works on it.
        Running = "running",
        /// It came to its end.
        Finished = "finished",
        /// It came to nothing.
        Failed = "failed",
        /// Stopped by the person.
        Cancelled = "cancelled",
        /// Its process ended before it did.
        Interrupted = "interrupted",
    }
}

text_enum! {
    /// What a job works on.
    JobKind {
        /// One turn of a conversation.
        Chat = "chat",
        /// A question put to a council.
        Consultation = "consultation",
        /// Code is looked at.
        Audit = "audit",
        /// Requests of other programs, passed on.
        Relay = "relay",
    }
}

text_enum! {
    /// What a step of a job is for.
    StepKind {
        /// A turn of a conversation is answered.
        Reply = "reply",
        /// A member of a council is asked.
        Ask = "ask",
        /// A member judges the answers of others.
        Review = "review",
        /// A member answers to what speaks against its statements.
        Revise = "revise",
        /// An editor writes the conclusion.
        Edit = "edit",
        /// A model is asked about code.
        Inquire = "inquire",
        /// A request of another program is passed on.
        Relay = "relay",
    }
}

text_enum! {
    /// How a run of a task over code stands.
    ExecutionStatus {
        /// Still going.
        Running = "running",
        /// Everything was looked at, and everybody answered.
        Complete = "complete",
        /// Some models did not answer.
        Degraded = "degraded",
        /// It came to nothing.
        Failed = "failed",
        /// The program ended while it ran.
        Interrupted = "interrupted",
        /// Stopped by the person.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What a person judges of a finding.
    FindingVerdict {
        /// It is right.
        Confirm = "confirm",
        /// It is wrong.
        FalsePositive = "false_positive",
        /// It is right, and stays as it is.
        WontFix = "wont_fix",
        /// Another says the same.
        Duplicate = "duplicate",
    }
}

text_enum! {
    /// What a cap on costs is for.
    BudgetPeriod {
        /// One job: a turn of a conversation, a consultation.
        Run = "run",
        /// A day of the person.
        Day = "day",
        /// A month of the person.
        Month = "month",
        /// A day of the person, for what other programs ask.
        Programs = "programs",
    }
}

text_enum! {
    /// Where a member's answer comes from.
    MemberKind {
        /// A model that was asked.
        Model = "model",
        /// An answer the person brought.
        Pasted = "pasted",
    }
}

text_enum! {
    /// What the person says of an answer.
    AnswerVerdict {
        /// It was right.
        Right = "right",
        /// It was wrong.
        Wrong = "wrong",
        /// Nothing: an earlier verdict is taken back.
        Open = "open",
    }
}

text_enum! {
    /// What a text that can be searched for is.
    DocumentKind {
        /// What a person asked.
        Question = "question",
        /// What a model, or somebody whose answer was brought in, answered.
        Answer = "answer",
        /// The written conclusion of a consultation.
        Synthesis = "synthesis",
        /// A finding about code.
        Finding = "finding",
    }
}

text_enum! {
    /// What a member does with a claim.
    ClaimStance {
        /// Says the same.
        Asserts = "asserts",
        /// Says the opposite.
        Denies = "denies",
        /// Says the same with another value.
        DifferentValue = "different_value",
        /// Says nothing about it.
        Silent = "silent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Source;

    const SCHEMA: &str = concat!(
        include_str!("../migrations/0001_spine.sql"),
        include_str!("../migrations/0002_persistence.sql"),
        include_str!("../migrations/0003_audit.sql"),
        include_str!("../migrations/0007_programs.sql")
    );

    /// The schema's CHECK of a column must allow a set's spellings, all of them and no others.
    #[track_caller]
    fn check(table: &str, column: &str, spellings: &[&str]) {
        // The last of its definitions holds.
        let start = SCHEMA.rfind(&format!("CREATE TABLE {table} (")).unwrap();
        let list = spellings
            .iter()
            .map(|text| format!("'{text}'"))
            .collect::<Vec<_>>()
            .join(", ");
        let table_text = SCHEMA[start..].split(") STRICT").next().unwrap();
        let wanted = format!("CHECK ({column} IN ({list}))");
        assert!(table_text.contains(&wanted), "{table} has no {wanted}");
    }

    #[test]
    fn the_schema_knows_the_same_states_as_the_program() {
        let replies: Vec<_> = ReplyState::ALL.iter().map(|state| state.as_str()).collect();
        check("messages", "state", &replies);
        check("members", "state", &replies);
        check("hearings", "state", &replies);
        check("syntheses", "state", &replies);
        check("audit_questions", "state", &replies);
        let executions: Vec<_> = ExecutionStatus::ALL
            .iter()
            .map(|status| status.as_str())
            .collect();
        check("agent_executions", "status", &executions);
        let calls: Vec<_> = CallState::ALL.iter().map(|state| state.as_str()).collect();
        check("calls", "state", &calls);
        let steps: Vec<_> = std::iter::once("sent")
            .chain(calls[1..].iter().copied())
            .collect();
        check("steps", "state", &steps);
        let periods: Vec<_> = BudgetPeriod::ALL
            .iter()
            .map(|period| period.as_str())
            .collect();
        check("budgets", "period", &periods);
        let stances: Vec<_> = ClaimStance::ALL
            .iter()
            .map(|stance| stance.as_str())
            .collect();
        check("claim_stances", "stance", &stances);
        let statuses: Vec<_> = ConsultationStatus::ALL
            .iter()
            .map(|status| status.as_str())
            .collect();
        check("consultations", "status", &statuses);
        let jobs: Vec<_> = JobState::ALL.iter().map(|state| state.as_str()).collect();
        check("jobs", "state", &jobs);
        let kinds: Vec<_> = MemberKind::ALL.iter().map(|kind| kind.as_str()).collect();
        check("members", "kind", &kinds);
        let kinds: Vec<_> = DocumentKind::ALL.iter().map(|kind| kind.as_str()).collect();
        check("search_documents", "kind", &kinds);
        let sources: Vec<_> = Source::ALL.iter().map(|source| source.as_str()).collect();
        check("search_backlog", "source", &sources);
    }

    #[test]
    fn a_value_outside_its_set_is_not_read() {
        assert_eq!(
            CallState::column_result(ValueRef::Text(b"unknown")),
            Ok(CallState::Unknown)
        );
        let error = CallState::column_result(ValueRef::Text(b"lost")).unwrap_err();
        assert_eq!(error.to_string(), "\"lost\" is not a CallState");
    }
}
