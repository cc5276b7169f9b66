//! Audits that are kept: started, followed, resumed, listed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use majlis_audit::council::{CouncilPlan, Inquest};
use majlis_audit::report::Report;
use majlis_audit::task::{Task, task};
use majlis_audit::{Facet, Language, Options};
use majlis_llm::{ModelId, PicoUsd};
use majlis_store::{self as store, Begin, CostScope, Subject};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::session::Session;
use super::view::{self, ExecutionSummary, ExecutionView, FindingView, finding_view, whole};
use super::{AuditError, AuditRequest, look};
use crate::once::Once;
use crate::run::RunKind;
use crate::{App, AppError, AppErrorKind, Cost, CostEstimate, Notice, Page, ambient};

/// An audit that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditStart {
    /// The task: `python-audit`.
    pub task: String,
    /// A folder, a file of code, or a zip archive; as an absolute path.
    pub target: PathBuf,
    /// Only rules of these facets; empty for all.
    pub facets: Vec<Facet>,
    /// Only these languages; empty for those of the task.
    pub languages: Vec<Language>,
    /// Leaves out what gitignore files name, and other people's code kept with the project.
    pub obeys_ignore: bool,
    /// Holds findings back where a comment in the code says so.
    pub obeys_suppressions: bool,
    /// The commit to look at instead of the files as they are now.
    pub revision: Option<String>,
    /// Only findings on lines that are not in this commit.
    pub since: Option<String>,
    /// Threads; `None` for one per processor.
    pub threads: Option<usize>,
    /// The models to ask; empty for rules alone.
    pub models: Vec<ModelId>,
    /// Slices of code that models are shown, at most.
    pub slices: usize,
    /// What asking may cost at most, besides the caps that hold for every run.
    pub max_cost: Option<PicoUsd>,
    /// The same key and request again is carried out once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl AuditStart {
    /// An audit of a target by rules alone, with what holds where nothing is said.
    pub fn new(task: Task, target: impl Into<PathBuf>) -> Self {
        Self {
            task: task.id.to_owned(),
            target: target.into(),
            facets: Vec::new(),
            languages: Vec::new(),
            obeys_ignore: true,
            obeys_suppressions: true,
            revision: None,
            since: None,
            threads: None,
            models: Vec::new(),
            slices: majlis_audit::council::DEFAULT_SLICES,
            max_cost: None,
            idempotency_key: None,
        }
    }

    /// What the analyser is asked for.
    pub(super) fn request(&self, task: Task) -> AuditRequest {
        AuditRequest {
            target: self.target.clone(),
            facets: self.facets.clone(),
            options: Options {
                languages: if self.languages.is_empty() {
                    task.languages.to_vec()
                } else {
                    self.languages.clone()
                },
                obeys_ignore: self.obeys_ignore,
                obeys_suppressions: self.obeys_suppressions,
                ..Options::default()
            },
            revision: self.revision.clone(),
            since: self.since.clone(),
            threads: self.threads,
        }
    }

    /// Who is asked; `None` where nobody is.
    pub(super) fn plan(&self) -> Option<CouncilPlan> {
        let mut members: Vec<ModelId> = Vec::new();
        for model in &self.models {
            if !members.contains(model) {
                members.push(model.clone());
            }
        }
        (!members.is_empty()).then(|| CouncilPlan {
            members,
            facets: self.facets.clone(),
            slices: self.slices,
        })
    }
}

/// What happens in an audit that is kept; told from any thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditProgress {
    /// So many files were listed.
    Listed(usize),
    /// A file was looked at.
    Seen,
    /// So many findings more.
    Found(usize),
    /// So many questions go to models.
    Asking(usize),
    /// One was answered, or was not.
    Answered,
}

/// Who is told of an audit's progress.
pub type AuditObserver = Arc<dyn Fn(AuditProgress) + Send + Sync>;

/// An audit that goes on.
#[derive(Debug)]
pub struct AuditRun {
    /// The execution, and the run to follow or to stop.
    pub id: String,
    report: oneshot::Receiver<Result<Report, AppError>>,
}

impl AuditRun {
    /// Waits for the whole report. Cancel-safe; gives it once.
    ///
    /// # Errors
    /// What kept the audit from being made.
    pub async fn report(&mut self) -> Result<Report, AppError> {
        match (&mut self.report).await {
            Ok(result) => result,
            Err(gone) => Err(AppError::internal("the audit ended without a report", gone)),
        }
    }
}

impl App {
    /// Starts an audit that is kept: its findings and what models say of them come with the
    /// execution, whose id this is, once the run of that id is over.
    ///
    /// # Errors
    /// `Invalid` for an unknown task, a target that is not there, or a model whose provider is not
    /// configured.
    pub async fn start_audit(&self, start: AuditStart) -> Result<String, AppError> {
        let once = Once::new(start.idempotency_key.clone(), &start)?;
        if let Some(earlier) = self.earlier(once.as_ref()).await? {
            return Ok(earlier);
        }
        match self.begin_audit(start, once, None).await {
            Ok(run) => Ok(run.id),
            Err(error) => error.replayed(),
        }
    }

    /// The same for someone who waits for the report and is told of the progress.
    ///
    /// # Errors
    /// As [`App::start_audit`].
    pub async fn audit(
        &self,
        start: AuditStart,
        observer: AuditObserver,
    ) -> Result<AuditRun, AppError> {
        self.begin_audit(start, None, Some(observer)).await
    }

    /// What asking the models of an audit will cost: the first questions, without what becomes
    /// disputed. The tree is looked at; nothing is sent or kept.
    ///
    /// # Errors
    /// As [`App::start_audit`].
    pub async fn estimate_audit(&self, start: AuditStart) -> Result<CostEstimate, AppError> {
        let task = self.check_audit(&start)?;
        let Some(plan) = start.plan() else {
            return self.estimate(Vec::new()).await;
        };
        let request = start.request(task);
        let data = self.inner.store.folder().to_owned();
        let work = move || {
            let looked = look(&request, Some(&data), true, &|_| {})?;
            let rules = looked.analyser.rules();
            let (_, questions) = Inquest::open(looked.report, looked.sources, rules, &plan);
            Ok::<_, AuditError>(questions)
        };
        let questions = self.inner.audits.run("look at code", work).await??;
        let requests = questions.into_iter().map(|question| question.request);
        self.estimate(requests.collect()).await
    }

    async fn begin_audit(
        &self,
        start: AuditStart,
        once: Option<Once>,
        observer: Option<AuditObserver>,
    ) -> Result<AuditRun, AppError> {
        let task = self.check_audit(&start)?;
        let id = ambient::new_id();
        let options =
            serde_json::to_value(&start).map_err(|error| AppError::internal("audit", error))?;
        let begin = Begin {
            job_id: id.clone(),
            subject: Subject::Audit(store::NewExecution {
                id: id.clone(),
                task: task.id.to_owned(),
                target: start.target.display().to_string(),
                options,
            }),
            once: once.map(|once| once.with_reply(&id)).transpose()?,
            steps: Vec::new(),
            caps: self.caps(ambient::now_ms(), None),
            at_ms: ambient::now_ms(),
        };
        self.inner.store.begin(begin).await?;
        Ok(self.hold_audit(id.clone(), id, start, task, observer))
    }

    /// Goes on with an audit that came to no end: the tree is looked at anew, and models are asked
    /// only what they have not answered.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it runs or when it is complete; `Invalid` as for a new one.
    pub async fn resume_audit(
        &self,
        id: &str,
        observer: Option<AuditObserver>,
    ) -> Result<AuditRun, AppError> {
        let execution = self.inner.store.execution(id).await?;
        let execution = execution.ok_or_else(|| AppError::not_found("execution", id))?;
        let start: AuditStart = serde_json::from_value(execution.options).map_err(|_| {
            let notice = Notice::new(
                "execution_foreign",
                "This execution was not made by this program and cannot go on.",
            );
            AppError::new(AppErrorKind::Conflict, notice)
        })?;
        let task = self.check_audit(&start)?;
        let job_id = ambient::new_id();
        let begin = Begin {
            job_id: job_id.clone(),
            subject: Subject::ResumeAudit {
                execution_id: id.to_owned(),
            },
            once: None,
            steps: Vec::new(),
            caps: self.caps(ambient::now_ms(), None),
            at_ms: ambient::now_ms(),
        };
        self.inner.store.begin(begin).await?;
        Ok(self.hold_audit(id.to_owned(), job_id, start, task, observer))
    }

    fn check_audit(&self, start: &AuditStart) -> Result<Task, AppError> {
        let task = task(&start.task).ok_or_else(|| {
            AppError::invalid(
                "task_unknown",
                format!("There is no task {:?}.", start.task),
                "`majlis audit tasks` lists them.",
            )
        })?;
        for model in &start.models {
            self.require_provider(model)?;
        }
        if !start.target.exists() {
            return Err(AppError::invalid(
                "target_missing",
                format!("There is nothing to look at at {}.", start.target.display()),
                "Name a folder, a file of code or a zip archive.",
            ));
        }
        Ok(task)
    }

    fn hold_audit(
        &self,
        id: String,
        job_id: String,
        start: AuditStart,
        task: Task,
        observer: Option<AuditObserver>,
    ) -> AuditRun {
        let (told, report) = oneshot::channel();
        let run = self.inner.runs.open(&id, RunKind::Audit, Vec::new());
        let session = Session {
            app: self.clone(),
            id: id.clone(),
            job_id,
            start,
            task,
            run,
            observer,
        };
        self.inner.tasks.spawn(session.hold(told));
        AuditRun { id, report }
    }

    /// Checks that a target lies under one of the roots a person approved for programs, or is an
    /// upload (`upload:` and its id); gives it as it really is on disk.
    ///
    /// # Errors
    /// `Invalid` for one that does not, or is not there; `NotFound` for an upload.
    pub fn approved_target(&self, target: &str) -> Result<PathBuf, AppError> {
        if let Some(uploaded) = self.uploaded_target(target)? {
            return Ok(uploaded);
        }
        let outside = || {
            let notice = Notice::new(
                "target_outside_roots",
                format!("{target} does not lie under an approved folder."),
            )
            .with_hint("Name the folder in `roots` of [audit] in the configuration.")
            .with_param("target", target);
            AppError::new(AppErrorKind::Invalid, notice)
        };
        let real = std::fs::canonicalize(target).map_err(|_| outside())?;
        let data = std::fs::canonicalize(self.inner.store.folder()).ok();
        let is_private =
            data.is_some_and(|data| real.starts_with(&data) || data.starts_with(&real));
        let roots = self.inner.audit_roots.iter();
        let mut roots = roots.filter_map(|root| std::fs::canonicalize(root).ok());
        if is_private || !roots.any(|root| real.starts_with(root)) {
            return Err(outside());
        }
        Ok(real)
    }

    /// A page of executions, newest first.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn executions(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<ExecutionSummary>, AppError> {
        let page = self.inner.store.executions(limit, before).await?;
        Ok(Page {
            items: page.items.into_iter().map(ExecutionSummary::from).collect(),
            next: page.next,
        })
    }

    /// An execution, without its findings.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn execution(&self, id: &str) -> Result<ExecutionView, AppError> {
        let found = self.inner.store.execution(id).await?;
        let found = found.ok_or_else(|| AppError::not_found("execution", id))?;
        let scope = CostScope::Subject(id.to_owned());
        let cost = self.inner.store.cost(scope).await?;
        let (report, failure) = view::outcome(found.report);
        Ok(ExecutionView {
            report,
            failure,
            summary: found.row.into(),
            options: found.options,
            cost: Cost {
                known: cost.known,
                unknown: cost.unknown,
            },
            run_id: self.inner.runs.is_running(id).then(|| id.to_owned()),
        })
    }

    /// A page of the findings of an execution.
    ///
    /// # Errors
    /// `NotFound` for the execution; `Storage`.
    pub async fn findings(
        &self,
        execution_id: &str,
        limit: u32,
        after: Option<i64>,
    ) -> Result<Page<FindingView>, AppError> {
        let store = &self.inner.store;
        if store.execution(execution_id).await?.is_none() {
            return Err(AppError::not_found("execution", execution_id));
        }
        let page = store.findings(execution_id, limit, after).await?;
        Ok(Page {
            items: page.items.into_iter().filter_map(finding_view).collect(),
            next: page.next,
        })
    }

    /// A finding.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn finding(&self, id: &str) -> Result<FindingView, AppError> {
        let found = self.inner.store.finding(id).await?;
        found
            .and_then(finding_view)
            .ok_or_else(|| AppError::not_found("finding", id))
    }

    /// The whole report of an execution, with its findings; `None` until it is over.
    ///
    /// # Errors
    /// `NotFound`; `Storage`.
    pub async fn audit_report(&self, id: &str) -> Result<Option<Report>, AppError> {
        let Some(mut report) = self.execution(id).await?.report else {
            return Ok(None);
        };
        let mut after = None;
        loop {
            let page = self.findings(id, 500, after).await?;
            whole(&mut report, page.items);
            after = page.next;
            if after.is_none() {
                return Ok(Some(*report));
            }
        }
    }

    /// Fingerprints of findings that a person said are wrong, stay as they are, or are said twice.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn settled_findings(&self) -> Result<BTreeSet<String>, AppError> {
        let verdicts = self.inner.store.finding_verdicts().await?;
        let is_settled =
            |verdict: &store::VerdictRow| verdict.verdict != store::FindingVerdict::Confirm;
        let settled = verdicts.into_iter().filter(|(_, one)| is_settled(one));
        Ok(settled.map(|(fingerprint, _)| fingerprint).collect())
    }

    /// Deletes an execution with its findings; verdicts and costs stay.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it runs.
    pub async fn delete_execution(&self, id: &str) -> Result<(), AppError> {
        if self.inner.runs.is_running(id) {
            let notice = Notice::new("execution_running", "The execution is still running.");
            let notice = notice.with_hint("Stop it first.");
            return Err(AppError::new(AppErrorKind::Conflict, notice));
        }
        Ok(self.inner.store.delete_execution(id).await?)
    }
}

impl From<AuditError> for AppError {
    fn from(error: AuditError) -> Self {
        let kind = match &error {
            AuditError::Rules(_) | AuditError::Threads(_) => AppErrorKind::Internal,
            _ => AppErrorKind::Invalid,
        };
        Self {
            kind,
            notice: Notice::new(audit_code(&error), error.to_string()),
            source: Some(Box::new(error)),
        }
    }
}

fn audit_code(error: &AuditError) -> &'static str {
    match error {
        AuditError::Target { .. } | AuditError::Tree(_) => "target_unreadable",
        AuditError::Archive { .. } => "target_archive",
        AuditError::Revision { .. } => "revision_unknown",
        AuditError::Rules(_) | AuditError::Threads(_) => "internal",
    }
}
