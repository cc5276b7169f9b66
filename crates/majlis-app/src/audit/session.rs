//! An audit while it is made: rules first, then models, then it is kept.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use majlis_audit::council::{Inquest, Question};
use majlis_audit::report::Report;
use majlis_audit::task::Task;
use majlis_audit::{Analyser, Progress};
use majlis_store::{
    self as store, Begin, ExecutionStatus, FinishExecution, NewAuditQuestion, StepKind, Subject,
};
use tokio::sync::oneshot;

use super::execution::{AuditObserver, AuditProgress, AuditStart};
use super::{AuditError, Looked, look, view};
use crate::call::{self, Ending, PlannedCall, job_state};
use crate::retry::until_stored;
use crate::run::Run;
use crate::turn::new_step;
use crate::{App, AppError, AppErrorKind, RunEvent, RunStatus, ambient, once};

/// Questions that are open at a time.
const AT_A_TIME: usize = 6;
/// Findings that are written at a time.
const FINDINGS_AT_A_TIME: usize = 200;

pub(super) struct Session {
    pub(super) app: App,
    pub(super) id: String,
    pub(super) job_id: String,
    pub(super) start: AuditStart,
    pub(super) task: Task,
    pub(super) run: Arc<Run>,
    pub(super) observer: Option<AuditObserver>,
}

/// A council that goes on, with what it needs in the end.
struct Sitting {
    inquest: Inquest,
    questions: Vec<Question>,
    analyser: Analyser<'static>,
}

/// What came of looking at the tree.
enum Seen {
    /// No model is to be asked: this is all.
    Whole(Box<Report>),
    /// Models are to be asked.
    Opened(Box<Sitting>),
}

impl Session {
    /// Makes the audit, keeps what came of it and tells it.
    pub(super) async fn hold(self, told: oneshot::Sender<Result<Report, AppError>>) {
        let made = match self.make().await {
            Ok(report) => self.keep(&report).await.map(|kept| (report, kept)),
            Err(error) => Err(error),
        };
        let status = match &made {
            Ok((report, _)) => self.status(report),
            Err(error) => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                tracing::error!(cause, "an audit failed: {error}");
                RunStatus::Failed
            }
        };
        let report = match &made {
            Ok((_, kept)) => Some(kept.clone()),
            Err(error) => view::failure(&error.notice),
        };
        let finish = FinishExecution {
            execution_id: self.id.clone(),
            job_id: self.job_id.clone(),
            job_state: job_state(status),
            status: stored(status),
            report,
            at_ms: ambient::now_ms(),
        };
        let store = &self.app.inner.store;
        let finished = until_stored(&self.run, || store.finish_execution(finish.clone())).await;
        if let Err(error) = finished {
            tracing::error!(%error, "the end of an audit could not be stored");
        }
        self.run.emit(RunEvent::Finished { status });
        // Whoever asked may not wait any more.
        drop(told.send(made.map(|(report, _)| report)));
    }

    async fn make(&self) -> Result<Report, AppError> {
        match self.look().await? {
            Seen::Whole(report) => Ok(*report),
            Seen::Opened(sitting) => self.sit(*sitting).await,
        }
    }

    /// Keeps the findings of a report; gives what is kept of the rest.
    async fn keep(&self, report: &Report) -> Result<serde_json::Value, AppError> {
        let kept = |error| AppError::internal("findings cannot be kept", error);
        let (findings, rest) = view::parts(report, ambient::new_id).map_err(kept)?;
        for some in findings.chunks(FINDINGS_AT_A_TIME) {
            let store = &self.app.inner.store;
            until_stored(&self.run, || store.add_findings(&self.id, some.to_vec())).await?;
        }
        Ok(rest)
    }

    fn tell(&self, progress: AuditProgress) {
        if let Some(observer) = &self.observer {
            observer(progress);
        }
    }

    /// What the rules find, and a council opened on it where models are to be asked.
    async fn look(&self) -> Result<Seen, AppError> {
        let request = self.start.request(self.task);
        let plan = self.start.plan();
        let data = self.app.inner.store.folder().to_owned();
        let observer = self.observer.clone();
        let work = move || -> Result<Seen, AuditError> {
            let tell = |progress: Progress<'_>| {
                if let Some(observer) = &observer {
                    observer(match progress {
                        Progress::Listed { files, .. } => AuditProgress::Listed(files),
                        Progress::Seen { .. } => AuditProgress::Seen,
                        Progress::Found(findings) => AuditProgress::Found(findings.len()),
                    });
                }
            };
            let Looked {
                report,
                analyser,
                sources,
                ..
            } = look(&request, Some(&data), plan.is_some(), &tell)?;
            let Some(plan) = plan else {
                return Ok(Seen::Whole(Box::new(report)));
            };
            let (inquest, questions) = Inquest::open(report, sources, analyser.rules(), &plan);
            Ok(Seen::Opened(Box::new(Sitting {
                inquest,
                questions,
                analyser,
            })))
        };
        self.app
            .inner
            .audits
            .run("look at code", work)
            .await?
            .map_err(AppError::from)
    }

    /// Puts the questions of a council, step by step.
    async fn sit(&self, sitting: Sitting) -> Result<Report, AppError> {
        let Sitting {
            mut inquest,
            mut questions,
            analyser,
        } = sitting;
        let mut kept: HashMap<String, String> = HashMap::new();
        let mut ids: HashMap<String, String> = HashMap::new();
        for row in self.app.inner.store.audit_questions(&self.id).await? {
            if row.state == store::ReplyState::Complete {
                kept.insert(row.key.clone(), row.text());
            }
            ids.insert(row.key, row.id);
        }
        while !questions.is_empty() {
            let answers = match self.ask(&questions, &kept, &ids).await {
                Ok(answers) => answers,
                Err(error) if error.kind == AppErrorKind::Cost => {
                    inquest.stop(error.to_string());
                    questions.iter().map(|one| (one.id, None)).collect()
                }
                Err(error) => return Err(error),
            };
            questions = inquest.handle(answers);
            if self.run.cancel.is_cancelled() {
                inquest.stop("It was stopped.".to_owned());
                break;
            }
        }
        let conclude = move || super::on_threads(None, || inquest.conclude(&analyser));
        let concluded = self.app.inner.audits.run("conclude an audit", conclude);
        concluded.await?.map_err(AppError::from)
    }

    /// Asks what was not answered before. All of a step is written down at once.
    async fn ask(
        &self,
        questions: &[Question],
        kept: &HashMap<String, String>,
        ids: &HashMap<String, String>,
    ) -> Result<Vec<(usize, Option<String>)>, AppError> {
        let mut answers = Vec::new();
        let (mut planned, mut audit_questions) = (Vec::new(), Vec::new());
        for question in questions {
            let key = once::hash(&question.request);
            if let Some(text) = kept.get(&key) {
                answers.push((question.id, Some(text.clone())));
                continue;
            }
            let id = ids.get(&key).cloned().unwrap_or_else(ambient::new_id);
            let call = self.app.planned_call(&id, question.request.clone())?;
            audit_questions.push(NewAuditQuestion {
                id,
                key,
                model: question.request.model.clone(),
                prompt: sent(question),
            });
            planned.push((question.id, call));
        }
        if planned.is_empty() {
            return Ok(answers);
        }
        self.tell(AuditProgress::Asking(planned.len()));
        let job_id = ambient::new_id();
        self.write_down(&job_id, audit_questions, &planned).await?;
        let ending = Ending::of_job(planned.len(), job_id);
        let (store, run, ending) = (&self.app.inner.store, &self.run, &ending);
        let asked: Vec<_> = futures_util::stream::iter(planned)
            .map(|(question, call)| async move {
                let ended = call::perform(store, run, call, Some(ending)).await;
                self.tell(AuditProgress::Answered);
                (question, ended.failure.is_none().then_some(ended.text))
            })
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        answers.extend(asked);
        // What follows must not depend on who answered first.
        answers.sort_by_key(|(question, _)| *question);
        Ok(answers)
    }

    async fn write_down(
        &self,
        job_id: &str,
        audit_questions: Vec<NewAuditQuestion>,
        planned: &[(usize, PlannedCall)],
    ) -> Result<(), AppError> {
        let begin = Begin {
            job_id: job_id.to_owned(),
            subject: Subject::AuditQuestions {
                execution_id: self.id.clone(),
                audit_questions,
            },
            once: None,
            steps: planned
                .iter()
                .map(|(_, call)| new_step(StepKind::Inquire, call))
                .collect(),
            caps: self.app.caps(ambient::now_ms(), self.start.max_cost),
            at_ms: ambient::now_ms(),
        };
        let calls = planned.iter().map(|(_, call)| call);
        self.app.journal(begin, calls).await
    }

    fn status(&self, report: &Report) -> RunStatus {
        let council = report.council.as_deref();
        let is_whole = council
            .is_none_or(|council| council.answered == council.asked && council.stopped.is_none());
        if self.run.is_interrupted() {
            RunStatus::Interrupted
        } else if self.run.cancel.is_cancelled() {
            RunStatus::Cancelled
        } else if is_whole {
            RunStatus::Complete
        } else {
            RunStatus::Degraded
        }
    }
}

/// What a model is sent, as one text.
fn sent(question: &Question) -> String {
    let messages = question.request.messages.iter();
    let texts: Vec<String> = messages.map(majlis_llm::Message::plain_text).collect();
    texts.join("\n\n")
}

fn stored(status: RunStatus) -> ExecutionStatus {
    match status {
        RunStatus::Running => ExecutionStatus::Running,
        RunStatus::Complete | RunStatus::Single => ExecutionStatus::Complete,
        RunStatus::Degraded => ExecutionStatus::Degraded,
        RunStatus::Failed => ExecutionStatus::Failed,
        RunStatus::Interrupted => ExecutionStatus::Interrupted,
        RunStatus::Cancelled => ExecutionStatus::Cancelled,
    }
}
