//! Everything Majlis keeps, in one SQLite file.
//!
//! [`Store::open`] opens a data folder; the handle is cheap to clone. One thread writes, four read;
//! the methods are `async` without needing a particular runtime. Writes that wait together share one
//! commit, and a failing one is undone alone. Any number of processes may use one folder.
//!
//! **Invariants:** the only crate that knows SQL, and no SQL type leaves it. Ids and times come from
//! the caller. A call is on the disk before it may be sent ([`Store::begin`]) and is settled exactly
//! once ([`Store::settle`]). Unknown money is `None`, never zero.
//!
//! | what | how |
//! |---|---|
//! | the store | [`Store::open`], [`Store::close`], [`Store::lock_serve`] |
//! | conversations | [`Store::create_conversation`], [`Store::conversations`], [`Store::conversation`], [`Store::update_conversation`], [`Store::delete_conversation`] |
//! | channels | [`Store::add_channel`], [`Store::set_channel_model`], [`Store::remove_channel`] |
//! | messages | [`Store::append_messages`], [`Store::messages`], [`Store::show_branch`] |
//! | consultations | [`Store::consultations`], [`Store::consultation`], [`Store::set_analysis`], [`Store::delete_consultation`] |
//! | later rounds | [`Store::extend`], [`Store::set_deliberation`], [`Store::add_synthesis`] |
//! | verdicts | [`Store::set_verdict`], [`Store::review_records`], [`Store::judged_answers`] |
//! | audits of code | [`Store::executions`], [`Store::execution`], [`Store::finish_execution`], [`Store::audit_questions`], [`Store::add_findings`], [`Store::findings`] |
//! | what was judged of findings | [`Store::judge_finding`], [`Store::finding_verdicts`], [`Store::rule_histories`] |
//! | jobs | [`Store::begin`] → [`Store::flush_chunk`]… → [`Store::settle`] → [`Store::finish_job`] (or both at once, [`Store::settle_last`]); [`Store::recover`] at start |
//! | requests made twice | [`Begin::once`], [`Store::earlier_reply`] |
//! | settings | [`Store::setting`], [`Store::settings`], [`Store::set_settings`] |
//! | templates of prompts | [`Store::create_template`], [`Store::templates`], [`Store::template`], [`Store::replace_template`], [`Store::delete_template`] |
//! | what is typed and not sent | [`Store::draft`], [`Store::set_draft`], [`Store::delete_draft`] |
//! | search | [`Store::search`]; [`Store::index_backlog`] for what is older than the index |
//! | forgetting | [`Store::preview_retention`], [`Store::apply_retention`] |
//! | alerts | [`Store::raise_alert`], [`Store::resolve_alert`], [`Store::open_alerts`], [`Store::alerts`], [`Store::change_alerts`] |
//! | what is told of them | [`Store::due_alert_messages`], [`Store::alert_message_sent`], [`Store::alert_message_failed`] |
//! | watching | [`Store::open_jobs`], [`Store::call_outcomes`], [`Store::database_bytes`], [`Store::troubles`] |
//! | backups | [`Store::back_up`], [`Store::backups`], [`inspect`], [`restore`]; [`Store::rescue`], [`Store::condition`] |
//! | costs | [`Store::cost`], [`Store::ledger`], [`Store::ledger_days`], [`Store::output_history`] |
//! | caps | [`Store::budgets`], [`Store::set_budgets`]; [`Store::begin`] holds them |
//! | export and import | [`Store::begin_export`] → [`Store::export_page`]…; [`Store::import`], [`Store::preview_import`] |

mod alert;
mod archive;
mod backup;
mod budget;
mod call;
mod condition;
mod consultation;
mod content;
mod conversation;
mod deliberation;
mod domain;
mod draft;
mod error;
mod execution;
mod figures;
mod finding;
mod folder;
mod foreign;
mod job;
mod ledger;
mod locks;
mod message;
mod migrate;
mod once;
mod open;
mod options;
mod page;
mod recovery;
mod relay;
mod rescue;
mod restore;
mod retention;
mod search;
mod setting;
mod settle;
mod store;
mod template;
mod value;
mod worker;

pub use alert::{Alert, AlertChange, AlertMessage, AlertRow, AlertState};
pub use archive::{
    ArchiveEntry, ExportPage, ExportPlan, ExportSelection, ImportCount, ImportTally,
};
pub use backup::{
    BackupKind, BackupProgress, BackupRequest, BackupRow, BackupStage, Manifest, backups_in,
};
pub use budget::{BudgetChange, Budgets, CapChange, Caps, PeriodBudget};
pub use call::{CallFailure, CallRow};
pub use condition::Condition;
pub use consultation::{
    Consultation, ConsultationRow, MemberRow, NewClaim, NewConsultation, NewMember, StoredAnalysis,
};
pub use content::{answer_parts, reasoning_of, text_of};
pub use conversation::{
    Channel, ChannelRow, Conversation, ConversationChange, ConversationRow, NewChannel,
    NewConversation,
};
pub use deliberation::{
    HearingRow, JudgedAnswer, NewHearing, NewReview, NewSynthesis, NewVerdict, ReviewRecord,
    SynthesisRow,
};
pub use domain::{
    AnswerVerdict, BudgetPeriod, CallState, ClaimStance, ConsultationStatus, DocumentKind,
    ExecutionStatus, FindingVerdict, JobKind, JobState, MemberKind, ReplyState, StepKind,
};
pub use draft::{DraftPlace, DraftRow};
pub use error::{StoreError, StoreErrorKind};
pub use execution::{
    AuditQuestionRow, Execution, ExecutionRow, FinishExecution, NewAuditQuestion, NewExecution,
};
pub use figures::{CallOutcome, OpenJobs};
pub use finding::{FindingRow, NewFinding, RuleHistory, VerdictRow};
pub use foreign::{ForeignDatabase, ForeignError, ForeignRow, ForeignValue};
pub use job::{Begin, Extend, Finish, NewCall, NewStep, Subject};
pub use ledger::{
    CostScope, CostSum, GroupBy, Ledger, LedgerDay, LedgerGroup, LedgerQuery, LedgerSum,
    OutputHistory,
};
pub use locks::{Holder, ServeLock};
pub use message::{After, MessageRow, NewMessage};
pub use migrate::SCHEMA_VERSION;
pub use once::Once;
pub use options::{Durability, StoreOptions};
pub use page::Page;
pub use recovery::{RecoveredJob, RecoveryReport};
pub use relay::NewRelay;
pub use rescue::{Rescue, RescueKind};
pub use restore::{BackupContents, HEADER_BYTES, Header, HeaderFault, Restored, inspect, restore};
pub use retention::{RetentionCounts, RetentionRule, RetentionSubject};
pub use search::{
    QueryError, SearchHit, SearchPage, SearchPlace, SearchRequest, SearchTerms, SnippetPart,
};
pub use settle::{Chunk, Settlement};
pub use store::Store;
pub use template::{NewTemplate, TemplateRow};
