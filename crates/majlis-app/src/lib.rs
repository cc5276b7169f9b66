//! Use cases of Majlis: chat, consult, list, search, cancel, recover.
//!
//! [`App`] is the boundary of everything above: the server, the command line and later MCP call
//! its methods and read its views. It joins the pure decisions of majlis-council and majlis-text
//! with majlis-store and majlis-providers.
//!
//! **Invariant:** a run belongs to the task set of [`App`], never to a connection. Only a cancel,
//! a deadline or shutdown ends it. Every call is journalled before it is sent.

mod ambient;
mod analyse;
mod app;
mod audit;
mod backup;
mod budget;
mod calendar;
mod call;
mod catalog;
mod chat;
mod conclude;
mod consult;
mod convert;
mod cost;
mod cpu;
mod deliberate;
mod draft;
mod error;
mod estimate;
mod figures;
mod health;
mod key;
mod meaning;
mod meter;
mod notice;
mod once;
mod port;
mod preset;
mod proof;
mod reconcile;
mod record;
mod recover;
mod relay;
mod resume;
mod retention;
mod retry;
mod run;
mod sample;
mod search;
mod setting;
mod stage_estimate;
mod stages;
mod template;
mod turn;
mod upkeep;
mod upload;
mod view;
mod watch;

pub use analyse::NamedText;
pub use app::{App, AppOptions, OpenError};
pub use audit::{
    AuditError, AuditObserver, AuditProgress, AuditRequest, AuditRun, AuditStart, ExecutionSummary,
    ExecutionView, FindingKind, FindingView, RuleRecord, audit,
};
pub use backup::{inspect_backup, restore_backup};
pub use budget::{BudgetsView, PeriodView};
pub use catalog::{ModelState, ModelView, PriceView, ProviderSeat, ProviderView, Readiness};
pub use consult::{ConsultRequest, MemberRequest};
pub use cost::{CostsQuery, CostsView};
pub use draft::Draft;
pub use error::{AppError, AppErrorKind};
pub use estimate::{CostEstimate, EstimateBasis, MemberEstimate};
pub use figures::{Figures, store_trouble_codes};
pub use health::{Health, HealthCheck, HealthStatus};
pub use key::{KeyKeeper, KeyPlace, KeySource, KeyView, no_place_for_keys};
pub use majlis_providers::{Secret, redacted};
pub use majlis_store::{
    AnswerVerdict, BackupContents, BackupKind, BackupProgress, BackupRow, BackupStage,
    BudgetChange, BudgetPeriod, CapChange, DocumentKind, DraftPlace, Durability, FindingVerdict,
    GroupBy, ImportCount, JobKind, LedgerGroup, LedgerSum, Restored, RetentionCounts,
    RetentionRule, RetentionSubject, RuleHistory, SearchHit, SearchPage, SearchPlace, ServeLock,
    SnippetPart, VerdictRow, backups_in,
};
pub use meaning::Embedded;
pub use meter::spent_since_start;
pub use notice::Notice;
pub use port::{
    ExportFormat, ExportRequest, ImportError, ImportErrorKind, ImportFormat, ImportProgress,
    ImportReport, ImportRequest, Line, MarkdownFile, Skipped, read_bytes,
};
pub use preset::{CouncilPreset, PresetView};
pub use reconcile::{Billed, ReconciledDay, ReconciledModel, Reconciliation};
pub use record::{CouncilStats, JudgeRecord, ModelRecord};
pub use recover::Recovery;
pub use relay::{Receipt, Relay, RelayError, RelayJournal};
pub use run::{Frames, ReplyHead, RunEvent, RunFrame, RunKind, Subscription};
pub use sample::{SampleAnswer, SampleConsultation};
pub use search::SearchQuery;
pub use setting::{Language, Settings, Theme};
pub use stage_estimate::StageEstimate;
pub use template::TemplateView;
pub use turn::{Reply, TurnRequest, TurnStarted};
pub use upload::UploadView;
pub use view::{
    CallState, CallView, ChannelView, ConsultationSummary, ConsultationView, ConversationSummary,
    ConversationView, Cost, HearingView, MemberKind, MemberView, MessageView, Page, ReplyState,
    Resumable, RunStatus, StageView, SynthesisView, VotesView,
};
pub use watch::{AlertState, AlertView, ChannelReport, RequestNote};
