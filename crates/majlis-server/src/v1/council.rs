//! A council behind a model id: `majlis/council`, and each preset `majlis/NAME`. The answer is its
//! conclusion; the members' answers and the measurements stand beside it.

use std::collections::VecDeque;
use std::fmt::Write as _;

use majlis_app::{
    App, ConsultRequest, ConsultationView, CouncilPreset, Frames, RunStatus, Subscription,
};
use majlis_council::synthesis::{self, Part, Synthesis};
use majlis_llm::{
    ChatEvent, ChatRequest, ErrorKind, FinishReason, Message, ModelId, ProviderError, Role, Usage,
};
use serde_json::Value;

use super::invalid;
use crate::mcp::council_json;
use crate::problem::Problem;

/// The provider under which councils are listed.
const PROVIDER: &str = "majlis";

/// The council that a model id names; `None` when it names none.
pub(super) fn preset(app: &App, model: &str) -> Option<CouncilPreset> {
    let name = model.strip_prefix(PROVIDER)?.strip_prefix('/')?;
    app.council(name)
}

/// The ids of all councils.
pub(super) fn ids(app: &App) -> impl Iterator<Item = String> {
    let presets = app.presets().into_iter();
    presets.map(|preset| format!("{PROVIDER}/{}", preset.name))
}

pub(super) fn model(name: &str) -> Result<ModelId, Problem> {
    name.parse()
        .map_err(|_| invalid("model", "This is no model id."))
}

/// A council that is being held for one connection. Dropping it stops what is not answered yet.
pub(super) struct Session {
    app: App,
    id: String,
    subscription: Option<Subscription>,
    created_at_ms: i64,
    /// What is told once the council is over.
    waiting: Option<VecDeque<ChatEvent>>,
    view: Option<Box<ConsultationView>>,
}

impl Session {
    pub(super) async fn open(
        app: &App,
        preset: CouncilPreset,
        request: &ChatRequest,
    ) -> Result<Self, Problem> {
        let id = app.consult(question(request, preset)?).await?;
        let mut session = Self {
            app: app.clone(),
            subscription: app.subscribe(&id, 0),
            id,
            created_at_ms: 0,
            waiting: None,
            view: None,
        };
        let begun = app.consultation(&session.id).await?;
        session.created_at_ms = begun.summary.created_at_ms;
        Ok(session)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn created_at_ms(&self) -> i64 {
        self.created_at_ms
    }

    /// Tokens of all that was asked; `None` when one answer was not counted.
    pub(super) fn usage(&self) -> Option<Usage> {
        let view = self.view.as_ref()?;
        let hearings = view.stages.iter().flat_map(|stage| &stage.hearings);
        let members = view
            .members
            .iter()
            .filter_map(|member| member.call.as_ref());
        members
            .chain(hearings.filter_map(|hearing| hearing.call.as_ref()))
            .map(|call| call.usage)
            .sum::<Option<Usage>>()
    }

    pub(super) fn measured(&self) -> Value {
        self.view.as_deref().map(council_json).unwrap_or_default()
    }

    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ProviderError>> {
        if let Some(waiting) = &mut self.waiting {
            return waiting.pop_front().map(Ok);
        }
        if let Some(subscription) = &mut self.subscription {
            while !matches!(subscription.next().await, Frames::End) {}
            self.subscription = None;
        }
        let view = match self.app.consultation(&self.id).await {
            Ok(view) => view,
            Err(error) => {
                self.waiting = Some(VecDeque::new());
                return Some(Err(lost(error.notice.detail)));
            }
        };
        let told = conclusion(&view);
        self.view = Some(Box::new(view));
        match told {
            Ok(text) => {
                self.waiting = Some(events(text, self.usage()));
                self.waiting.as_mut()?.pop_front().map(Ok)
            }
            Err(error) => {
                self.waiting = Some(VecDeque::new());
                Some(Err(error))
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.view.is_none() {
            // One that is over already cannot be stopped, and need not.
            drop(self.app.cancel(&self.id, None));
        }
    }
}

fn events(text: String, usage: Option<Usage>) -> VecDeque<ChatEvent> {
    let mut events = VecDeque::from([
        ChatEvent::Started {
            response_id: None,
            response_model: None,
        },
        ChatEvent::TextDelta { text },
    ]);
    events.extend(usage.map(|usage| ChatEvent::Usage { usage }));
    events.push_back(ChatEvent::Finished {
        reason: FinishReason::Stop,
    });
    events
}

/// The last thing the person says is the question; what was said before is what it is about.
fn question(request: &ChatRequest, preset: CouncilPreset) -> Result<ConsultRequest, Problem> {
    if !request.tools.is_empty() {
        return Err(invalid("tools", "A council calls no functions."));
    }
    if request.response_format.is_some() {
        let detail = "A council's conclusion has no other form than text.";
        return Err(invalid("response_format", detail));
    }
    let last = request
        .messages
        .iter()
        .rposition(|message| message.role == Role::User)
        .ok_or_else(|| invalid("messages", "There is no question of the user."))?;
    let context: Vec<String> = request.messages[..last].iter().map(told).collect();
    Ok(ConsultRequest {
        question: request.messages[last].plain_text(),
        context: (!context.is_empty()).then(|| context.join("\n\n")),
        members: preset.members,
        mode: preset.mode,
        editors: preset.editors,
        max_cost: preset.max_cost,
        idempotency_key: None,
    })
}

fn told(message: &Message) -> String {
    let who = match message.role {
        Role::System => return message.plain_text(),
        Role::User => "User",
        Role::Assistant => "Assistant",
        Role::Tool => "Tool",
    };
    format!("{who}: {}", message.plain_text())
}

/// The council's conclusion as Markdown; the one answer where there is but one.
fn conclusion(view: &ConsultationView) -> Result<String, ProviderError> {
    let mut answered = view.members.iter().filter(|member| {
        member.state == majlis_app::ReplyState::Complete && !member.text.trim().is_empty()
    });
    let Some(first) = answered.next() else {
        return Err(nobody(view));
    };
    if answered.next().is_none() {
        return Ok(first.text.clone());
    }
    let written = view.syntheses.last().map(|newest| newest.synthesis.clone());
    let concluded = written.or_else(|| view.analysis.as_deref().map(synthesis::extractive));
    match concluded.filter(|synthesis| !synthesis.sections.is_empty()) {
        Some(synthesis) => Ok(markdown(&synthesis)),
        // Nothing that can be checked was said: the first answer stands for all.
        None => Ok(first.text.clone()),
    }
}

fn nobody(view: &ConsultationView) -> ProviderError {
    if view.summary.status == RunStatus::Cancelled {
        return ProviderError::new(ErrorKind::Cancelled, "The council was stopped.");
    }
    let errors = view.members.iter().filter_map(|member| {
        let notice = member.error.as_ref()?;
        Some(format!("{}: {}", member.label, notice.detail))
    });
    let errors: Vec<String> = errors.collect();
    lost(format!("No member answered. {}", errors.join(" ")))
}

/// Members may have been paid for, so that nobody asks again by itself.
fn lost(detail: String) -> ProviderError {
    ProviderError {
        maybe_billed: true,
        ..ProviderError::new(ErrorKind::Overloaded, detail)
    }
}

fn markdown(synthesis: &Synthesis) -> String {
    let mut text = String::new();
    for section in &synthesis.sections {
        let title = match section.part {
            Part::Agreed => "Agreed",
            Part::Contested => "Contested",
            Part::OnlyOne => "Said by one only",
            Part::Missing => "Left out by some",
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "## {title}\n");
        for sentence in &section.sentences {
            let _ = writeln!(text, "- {} [{}]", sentence.text, sentence.cites.join(", "));
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}
