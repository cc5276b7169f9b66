//! Consultations: the council decides, this acts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use majlis_council::{
    CallName, Council, Deliberation, Effect, Event, Member, MemberOptions, MemberSource, Mode,
    Outcome, Seat, Spec, SpecError, Stage, Status,
};
use majlis_llm::{ModelId, PicoUsd};
use majlis_store::{
    self as store, Begin, Consultation, CostScope, Finish, NewConsultation, NewMember, StepKind,
    StoredAnalysis, Subject,
};
use majlis_text::{Analysis, Answer, Vectors};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::call::{self, PlannedCall, job_state};
use crate::catalog::is_demo;
use crate::chat::check_text;
use crate::deliberate::{self, Asked, KeptHearings};
use crate::once::Once;
use crate::retry::until_stored;
use crate::run::{ReplyHead, Run, RunKind};
use crate::stages;
use crate::turn::new_step;
use crate::{
    App, AppError, AppErrorKind, ConsultationSummary, ConsultationView, Cost, MemberKind,
    MemberView, Notice, Page, ReplyState, Resumable, RunEvent, RunStatus, ambient, convert, proof,
};

/// Time all members have to answer.
const ROUND_DEADLINE: Duration = Duration::from_mins(15);

/// A question for a council.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsultRequest {
    /// The question, not blank.
    pub question: String,
    /// Text the question is about.
    pub context: Option<String>,
    /// Who sits in the council.
    pub members: Vec<MemberRequest>,
    /// How far it goes; `None`: a council where three members or more can judge, else quick.
    pub mode: Option<Mode>,
    /// Who writes the conclusion, in the order in which they are asked; without any, members do.
    pub editors: Vec<ModelId>,
    /// What it may cost at most, besides the caps that hold for every run; `None`: no further cap.
    pub max_cost: Option<PicoUsd>,
    /// The same key and request again is carried out once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Someone asked to sit in a council.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberRequest {
    /// A model is asked.
    Model {
        /// Which.
        model: ModelId,
        /// How often, 1–9; each answer takes a seat of its own.
        samples: u8,
    },
    /// An answer from elsewhere is brought in.
    Pasted {
        /// Whose it is.
        name: String,
        /// The answer, not blank.
        text: String,
    },
}

impl MemberRequest {
    fn into_member(self) -> Member {
        match self {
            Self::Pasted { name, text } => Member::pasted(name, text),
            Self::Model { model, samples } => Member {
                label: None,
                source: MemberSource::Model {
                    demo: is_demo(&model),
                    model,
                    samples,
                    options: MemberOptions::default(),
                },
            },
        }
    }
}

impl App {
    /// Puts a question to a council. Everything is written down before the first request leaves;
    /// answers and measurements come by the run, whose id this is.
    ///
    /// # Errors
    /// `Invalid` for an empty question, no or too many members, an unknown provider; `Cost` when a
    /// cap does not allow it.
    pub async fn consult(&self, request: ConsultRequest) -> Result<String, AppError> {
        check(&request)?;
        for editor in &request.editors {
            self.require_editor(editor)?;
        }
        let once = Once::new(request.idempotency_key.clone(), &request)?;
        if let Some(earlier) = self.earlier(once.as_ref()).await? {
            return Ok(earlier);
        }
        let max_cost = request.max_cost;
        let (council, effects) = open(request)?;
        let seats = council.spec().seats();
        let ids: Vec<String> = seats.iter().map(|_| ambient::new_id()).collect();
        let mut calls = HashMap::new();
        for effect in &effects {
            if let Effect::Ask { call, request } = effect {
                calls.insert(
                    *call,
                    self.planned_call(&ids[call.member], request.clone())?,
                );
            }
        }
        let id = ambient::new_id();
        let begin = Begin {
            once: once.map(|once| once.with_reply(&id)).transpose()?,
            caps: self.caps(ambient::now_ms(), max_cost),
            ..begin(&id, &council, &ids, &effects, &calls)
        };
        if let Err(error) = self.journal(begin, calls.values()).await {
            return error.replayed();
        }
        let heads = seats
            .iter()
            .zip(&ids)
            .map(|(seat, id)| head(seat, id))
            .collect();
        let run = self.inner.runs.open(&id, RunKind::Consultation, heads);
        show_pasted(&run, seats, &ids);
        let session = Session {
            max_cost,
            calls,
            ..Session::new(self, id.clone(), run, council)
        };
        self.inner.tasks.spawn(session.hold(effects));
        Ok(id)
    }

    /// A page of consultations, newest first.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn consultations(
        &self,
        limit: u32,
        before: Option<i64>,
    ) -> Result<Page<ConsultationSummary>, AppError> {
        let page = self.inner.store.consultations(limit, before).await?;
        Ok(Page {
            items: page.items.into_iter().map(summary).collect(),
            next: page.next,
        })
    }

    /// A whole consultation.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn consultation(&self, id: &str) -> Result<ConsultationView, AppError> {
        let consultation = self
            .inner
            .store
            .consultation(id)
            .await?
            .ok_or_else(|| AppError::not_found("consultation", id))?;
        let cost = self
            .inner
            .store
            .cost(CostScope::Subject(id.to_owned()))
            .await?;
        let run_id = self.inner.runs.is_running(id).then(|| id.to_owned());
        let resumable = crate::resume::resumable(&consultation)
            .filter(|_| run_id.is_none())
            .map(|resumable| Resumable {
                high: self.most_to_resume(&consultation),
                ..resumable
            });
        let votes = self.votes(&stages::counted_models(&consultation)).await?;
        Ok(ConsultationView {
            votes,
            resumable,
            ..view(consultation, cost, run_id)
        })
    }

    /// Deletes a consultation; what it cost stays in the ledger.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while it runs.
    pub async fn delete_consultation(&self, id: &str) -> Result<(), AppError> {
        if self.inner.runs.is_running(id) {
            return Err(AppError::new(
                AppErrorKind::Conflict,
                Notice::new("consultation_running", "The consultation is still running.")
                    .with_hint("Stop it first."),
            ));
        }
        Ok(self.inner.store.delete_consultation(id).await?)
    }
}

/// Refuses a question that is empty or too long.
pub(crate) fn check(request: &ConsultRequest) -> Result<(), AppError> {
    check_text("question", &request.question)?;
    let context = request.context.as_deref();
    match context.filter(|text| !text.trim().is_empty()) {
        Some(context) => check_text("context", context),
        None => Ok(()),
    }
}

/// The council of a request, and what it asks for first.
pub(crate) fn open(mut request: ConsultRequest) -> Result<(Council, Vec<Effect>), AppError> {
    let members = std::mem::take(&mut request.members).into_iter();
    let members = members.map(MemberRequest::into_member).collect();
    let (question, context) = (request.question.clone(), request.context.clone());
    let spec = Spec::new(question, context, members).map_err(refused)?;
    let plan = deliberate::plan_of(&request, &spec);
    Ok(Council::open(spec.with_plan(plan)))
}

/// A consultation while it is held: takes effects from the council, brings events back.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) job_id: String,
    /// What it may cost at most, besides the caps that hold for every run.
    pub(crate) max_cost: Option<PicoUsd>,
    /// Answers that are there already, from before the consultation was interrupted.
    pub(crate) kept: HashMap<CallName, String>,
    /// The same of later stages.
    pub(crate) kept_hearings: KeptHearings,
    /// The calls of later stages so far.
    pub(crate) asked: HashMap<CallName, Asked>,
    /// What was last told of the later stages.
    pub(crate) told: Option<Arc<Deliberation>>,
    /// Only another conclusion is written, of a consultation that stands so and stays.
    pub(crate) edition: Option<RunStatus>,
    pub(crate) run: Arc<Run>,
    pub(crate) council: Council,
    pub(crate) calls: HashMap<CallName, PlannedCall>,
    pub(crate) tasks: JoinSet<Event>,
}

impl Session {
    /// A session in which nothing happened yet.
    pub(crate) fn new(app: &App, job_id: String, run: Arc<Run>, council: Council) -> Self {
        Self {
            app: app.clone(),
            job_id,
            max_cost: None,
            kept: HashMap::new(),
            kept_hearings: HashMap::new(),
            asked: HashMap::new(),
            told: None,
            edition: None,
            run,
            council,
            calls: HashMap::new(),
            tasks: JoinSet::new(),
        }
    }

    pub(crate) async fn hold(mut self, mut effects: Vec<Effect>) {
        let deadline = tokio::time::sleep(ROUND_DEADLINE);
        tokio::pin!(deadline);
        let (mut late, mut stopped) = (false, false);
        let cancel = self.run.cancel.clone();
        loop {
            let mut further = Vec::new();
            for effect in std::mem::take(&mut effects) {
                match effect {
                    Effect::Conclude(outcome) => return self.conclude(&outcome).await,
                    Effect::Ask { call, request } if call.stage != Stage::Answer => {
                        further.push((call, request));
                    }
                    effect => self.act(effect),
                }
            }
            if !further.is_empty() {
                effects = self.ask_further(further).await;
                if !effects.is_empty() {
                    continue;
                }
            }
            let event = tokio::select! {
                // A stop is told before the calls that ended by it, or they would pass for failures.
                biased;
                () = cancel.cancelled(), if !stopped => {
                    stopped = true;
                    Event::Cancelled
                }
                Some(done) = self.tasks.join_next() => match done {
                    Ok(event) => event,
                    Err(error) => {
                        // A task that panicked told nothing; the deadline would find its member.
                        tracing::error!(%error, "a task of a consultation panicked");
                        Event::DeadlinePassed
                    }
                },
                () = &mut deadline, if !late => {
                    late = true;
                    self.run.late.cancel();
                    Event::DeadlinePassed
                }
            };
            if let Event::Measured(Some(analysis)) = &event {
                self.keep(Arc::clone(analysis)).await;
            }
            effects = self.council.handle(event);
        }
    }

    /// Starts what an effect asks for; its end comes back as an event.
    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Ask { call, .. } => {
                if let Some(text) = self.kept.remove(&call) {
                    self.tasks
                        .spawn(std::future::ready(Event::Answered { call, text }));
                    return;
                }
                let Some(planned) = self.calls.remove(&call) else {
                    return;
                };
                self.perform(call, planned);
            }
            Effect::Embed { answers } => {
                let app = self.app.clone();
                self.tasks
                    .spawn(async move { Event::Embedded(app.vectors(answers).await) });
            }
            Effect::Measure { answers, vectors } => {
                let app = self.app.clone();
                self.tasks
                    .spawn(async move { Event::Measured(measure(&app, answers, vectors).await) });
            }
            Effect::Abandon(calls) => self.abandon(&calls),
            Effect::Conclude(_) => {}
        }
    }

    /// Sends a call whose intent is written.
    pub(crate) fn perform(&mut self, call: CallName, planned: PlannedCall) {
        let (app, run) = (self.app.clone(), Arc::clone(&self.run));
        self.tasks.spawn(async move {
            let ended = call::perform(&app.inner.store, &run, planned, None).await;
            match ended.failure {
                None => {
                    if call.stage == Stage::Answer {
                        app.embed_ahead(call.member, &ended.text);
                    }
                    Event::Answered {
                        call,
                        text: ended.text,
                    }
                }
                Some(kind) => Event::Failed { call, kind },
            }
        });
    }

    /// Stores and shows what was measured.
    async fn keep(&self, analysis: Arc<Analysis>) {
        let stored = serde_json::to_value(analysis.as_ref()).map(|body| StoredAnalysis {
            schema: analysis.schema,
            method: analysis.method.clone(),
            body,
        });
        match stored {
            Ok(stored) => {
                let (store, claims) = (&self.app.inner.store, convert::claims(&analysis));
                let kept = until_stored(&self.run, || {
                    store.set_analysis(self.run.id(), stored.clone(), claims.clone())
                });
                if let Err(error) = kept.await {
                    tracing::error!(%error, "an analysis could not be stored");
                }
            }
            Err(error) => tracing::error!(%error, "an analysis could not be written as JSON"),
        }
        self.run.emit(RunEvent::Measured { analysis });
    }

    async fn conclude(mut self, outcome: &Outcome) {
        // Calls that were stopped still settle; a job ends after its last settlement.
        while self.tasks.join_next().await.is_some() {}
        self.keep_outcome(outcome).await;
        let status = match self.edition {
            Some(status) => status,
            None if self.run.is_interrupted() => RunStatus::Interrupted,
            None => status(outcome.status),
        };
        let finish = Finish {
            job_id: self.job_id.clone(),
            state: job_state(status),
            status: self.edition.is_none().then(|| stored_status(status)),
            at_ms: ambient::now_ms(),
        };
        let store = &self.app.inner.store;
        let finished = until_stored(&self.run, || store.finish_job(finish.clone())).await;
        if let Err(error) = finished {
            tracing::error!(%error, "the end of a consultation could not be stored");
        }
        self.run.emit(RunEvent::Finished { status });
    }
}

/// `None` when measuring failed, which is a bug and logged.
async fn measure(
    app: &App,
    answers: Arc<[Answer]>,
    vectors: Option<Arc<Vectors>>,
) -> Option<Arc<Analysis>> {
    let measured = app.inner.cpu.run("measure answers", move || {
        proof::measure(&answers, vectors.as_deref(), None)
    });
    match measured.await {
        Ok(analysis) => Some(Arc::new(analysis)),
        Err(error) => {
            let cause = error.source.as_ref().map(ToString::to_string);
            tracing::error!(cause, "measuring failed");
            None
        }
    }
}

fn begin(
    id: &str,
    council: &Council,
    ids: &[String],
    effects: &[Effect],
    calls: &HashMap<CallName, PlannedCall>,
) -> Begin {
    let spec = council.spec();
    let steps = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask { call, .. } => calls.get(call),
            _ => None,
        })
        .map(|call| new_step(StepKind::Ask, call))
        .collect();
    Begin {
        job_id: id.to_owned(),
        subject: Subject::Consultation(NewConsultation {
            id: id.to_owned(),
            question: spec.question().to_owned(),
            context: spec.context().map(str::to_owned),
            prompt: council.prompt().to_owned(),
            plan: (spec.plan().mode != Mode::Quick)
                .then(|| serde_json::to_value(spec.plan()).unwrap_or_default()),
            members: spec
                .seats()
                .iter()
                .zip(ids)
                .map(|(seat, id)| new_member(seat, id))
                .collect(),
        }),
        once: None,
        steps,
        caps: store::Caps::default(),
        at_ms: ambient::now_ms(),
    }
}

fn new_member(seat: &Seat, id: &str) -> NewMember {
    let (model, state, parts) = match &seat.source {
        MemberSource::Model { model, .. } => {
            (Some(model.clone()), store::ReplyState::Waiting, Vec::new())
        }
        MemberSource::Pasted { text } => (
            None,
            store::ReplyState::Complete,
            store::answer_parts(text, ""),
        ),
    };
    NewMember {
        id: id.to_owned(),
        label: seat.label.clone(),
        model,
        sample: seat.sample.map(u32::from),
        demo: seat.is_demo(),
        state,
        parts,
    }
}

pub(crate) fn head(seat: &Seat, id: &str) -> ReplyHead {
    ReplyHead {
        message_id: id.to_owned(),
        label: seat.label.clone(),
        model: match &seat.source {
            MemberSource::Model { model, .. } => Some(model.clone()),
            MemberSource::Pasted { .. } => None,
        },
        channel_id: None,
    }
}

/// Pasted answers are whole from the start; those who follow the run see them like any other.
fn show_pasted(run: &Run, seats: &[Seat], ids: &[String]) {
    for (seat, id) in seats.iter().zip(ids) {
        if let MemberSource::Pasted { text } = &seat.source {
            run.emit(RunEvent::TextDelta {
                message_id: id.clone(),
                text: text.clone(),
            });
            run.emit(RunEvent::ReplyFinished {
                message_id: id.clone(),
                state: ReplyState::Complete,
                error: None,
                call: None,
            });
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // the form map_err wants
pub(crate) fn refused(error: SpecError) -> AppError {
    let (code, hint) = match error {
        SpecError::EmptyQuestion => ("question_empty", "Write a question."),
        SpecError::NoMembers => (
            "no_members",
            "Name a model (`majlis models` lists them) or bring an answer.",
        ),
        SpecError::TooManyMembers { .. } => {
            ("too_many_members", "Ask fewer models or fewer samples.")
        }
        SpecError::Samples { .. } => ("samples", "Write 1 to 9 behind the colon."),
        SpecError::EmptyAnswer { .. } => ("answer_empty", "Paste the answer's text."),
    };
    AppError::invalid(code, format!("This cannot be asked: {error}."), hint)
}

fn status(status: Status) -> RunStatus {
    match status {
        Status::Complete => RunStatus::Complete,
        Status::Degraded => RunStatus::Degraded,
        Status::Single => RunStatus::Single,
        Status::Failed => RunStatus::Failed,
        Status::Cancelled => RunStatus::Cancelled,
    }
}

fn stored_status(status: RunStatus) -> store::ConsultationStatus {
    use store::ConsultationStatus as Stored;
    match status {
        RunStatus::Running => Stored::Running,
        RunStatus::Complete => Stored::Complete,
        RunStatus::Degraded => Stored::Degraded,
        RunStatus::Single => Stored::Single,
        RunStatus::Failed => Stored::Failed,
        RunStatus::Interrupted => Stored::Interrupted,
        RunStatus::Cancelled => Stored::Cancelled,
    }
}

fn summary(row: store::ConsultationRow) -> ConsultationSummary {
    ConsultationSummary {
        id: row.id,
        question: row.title,
        status: convert::status(row.status),
        created_at_ms: row.created_at_ms,
        finished_at_ms: row.finished_at_ms,
        members: row.members,
    }
}

fn view(
    consultation: Consultation,
    cost: store::CostSum,
    run_id: Option<String>,
) -> ConsultationView {
    let stages = stages::view(&consultation);
    let plan = deliberate::read_plan(consultation.plan.as_ref());
    ConsultationView {
        summary: ConsultationSummary {
            question: consultation.question,
            ..summary(consultation.row)
        },
        context: consultation.context,
        prompt: consultation.prompt,
        plan: plan.unwrap_or_default(),
        stages,
        votes: None,
        deliberation: consultation
            .deliberation
            .and_then(deliberate::read_deliberation)
            .map(Arc::new),
        syntheses: consultation
            .syntheses
            .into_iter()
            .filter_map(stages::synthesis)
            .collect(),
        members: consultation.members.into_iter().map(member).collect(),
        analysis: consultation.analysis.and_then(read_analysis),
        cost: Cost {
            known: cost.known,
            unknown: cost.unknown,
        },
        run_id,
        resumable: None,
    }
}

/// A stored analysis of a form this version reads; any other is to be measured again.
pub(crate) fn read_analysis(stored: StoredAnalysis) -> Option<Arc<Analysis>> {
    if stored.schema != Analysis::SCHEMA {
        return None;
    }
    serde_json::from_value(stored.body).ok().map(Arc::new)
}

fn member(row: store::MemberRow) -> MemberView {
    MemberView {
        text: row.text(),
        reasoning: row.reasoning(),
        message_id: row.id,
        position: row.position,
        label: row.label,
        kind: match row.kind {
            store::MemberKind::Model => MemberKind::Model,
            store::MemberKind::Pasted => MemberKind::Pasted,
        },
        model: row.model,
        sample: row.sample.map(i64::from),
        demo: row.demo,
        state: convert::reply_state(row.state),
        error: convert::notice(row.notice),
        call: row.call.map(convert::call),
        verdict: row.verdict,
    }
}
