//! The Model Context Protocol: Majlis as tools of another assistant, over standard input and output
//! and over HTTP.
//!
//! Descriptions of all tools together stay below 1,500 tokens, since a client sends them with each
//! of its own requests. A tool that takes long returns an id, and another asks for the rest.

mod audit;
mod follow;
mod http;
mod reply;

use std::sync::Arc;

use majlis_app::{
    App, AppError, ConsultRequest, CostsQuery, CouncilPreset, GroupBy, MemberRequest, Notice,
    SearchQuery, TurnRequest,
};
use majlis_llm::ModelId;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock, Implementation, ServerCapabilities, ServerConfig};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler, ServiceExt as _, schemars, tool, tool_handler, tool_router};
use serde::Deserialize;

use crate::api::search_json;
use crate::limit::{Class, Limits};
use crate::problem::Problem;
use audit::AuditCode;
use follow::{Waited, wait};
pub(crate) use http::routes;
pub(crate) use reply::council as council_json;

/// Why the protocol ended before its client wanted to.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// The client never said a proper hello.
    #[error("the client did not begin the Model Context Protocol")]
    Hello(#[source] Box<rmcp::service::ServerInitializeError>),
    /// A task of ours panicked.
    #[error("the protocol's task ended early")]
    Ended(#[source] tokio::task::JoinError),
}

/// Serves one client over standard input and output, until it closes them. The app's council of the
/// name `council` is asked when a call names nobody.
///
/// # Errors
/// [`McpError`] when the client does not speak the protocol.
pub async fn serve_mcp(app: App) -> Result<(), McpError> {
    let tools = Tools::new(app.for_programs(), None);
    let running = match tools.serve(rmcp::transport::stdio()).await {
        Ok(running) => running,
        // A client that closes at once wanted nothing.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(McpError::Hello(Box::new(error))),
    };
    running.waiting().await.map(drop).map_err(McpError::Ended)
}

#[derive(Clone)]
struct Tools {
    app: App,
    /// How much of each class is done in a minute; `None` for a client that started us itself.
    limits: Option<Arc<Limits>>,
    tool_router: ToolRouter<Self>,
}

/// An answer from elsewhere.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct BroughtAnswer {
    /// Whose it is.
    name: String,
    text: String,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct CouncilAsk {
    question: String,
    /// Text the question is about.
    context: Option<String>,
    /// Models as `provider/name` or `provider/name:samples`; absent: the configured council.
    members: Option<Vec<String>>,
    /// Answers to compare with, e.g. your own.
    answers: Option<Vec<BroughtAnswer>>,
    /// Seconds to wait for the result, 0 to 600; 50 when absent.
    wait_s: Option<u64>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct CouncilResult {
    /// The id that `council_ask` gave.
    id: String,
    /// Seconds to wait for the result, 0 to 600; 50 when absent.
    wait_s: Option<u64>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct Chat {
    message: String,
    /// `provider/name`; needed without `conversation_id`.
    model: Option<String>,
    /// Go on with this conversation.
    conversation_id: Option<String>,
    /// Seconds to wait for the answer, 0 to 600; 50 when absent.
    wait_s: Option<u64>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct SearchHistory {
    /// Words that must all be there; Arabic in any spelling.
    query: String,
    /// Hits at most, 1 to 50; 10 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    before: Option<String>,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CostGroup {
    Day,
    Month,
    Model,
    Provider,
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct Costs {
    /// From this day on (UTC), e.g. 2026-11-01; from the first call when absent.
    since: Option<String>,
    /// How the sum is divided; by model when absent.
    group_by: Option<CostGroup>,
}

#[tool_router]
impl Tools {
    /// Asks a council.
    #[tool(
        description = "Ask several AI models one question at once and measure where their answers agree, \
            contradict each other and leave gaps; from three models on they also review each other and \
            an editor concludes. Costs money unless only `answers` are compared. \
            Returns the result, or an id for council_result when it takes longer."
    )]
    async fn council_ask(
        &self,
        Parameters(ask): Parameters<CouncilAsk>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        outcome(self.ask(ask, &context).await)
    }

    /// Reads a council's result.
    #[tool(
        description = "The result of a council by its id, waiting for it where it still runs.",
        annotations(read_only_hint = true)
    )]
    async fn council_result(
        &self,
        Parameters(wanted): Parameters<CouncilResult>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        outcome(self.result(&wanted.id, wanted.wait_s, &context).await)
    }

    /// Chats with one model.
    #[tool(
        description = "Say something to one AI model, in a new conversation or one that exists. Costs money."
    )]
    async fn chat(
        &self,
        Parameters(chat): Parameters<Chat>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        outcome(self.say(chat, &context).await)
    }

    /// Audits code.
    #[tool(
        description = "Look for weaknesses in code on this machine (Python, JavaScript, TypeScript, Go, Java, \
            C, C++, Rust) by rules that follow values through it. Nothing of it is run. Offline and free \
            unless `models` are named. Returns the worst findings, or an id to call it with again.",
        annotations(destructive_hint = false)
    )]
    async fn audit_code(
        &self,
        Parameters(wanted): Parameters<AuditCode>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        outcome(self.look_for_weaknesses(&wanted, &context).await)
    }

    /// Finds what was said before.
    #[tool(
        description = "Find earlier questions and answers of this person by their words, newest first.",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn search_history(
        &self,
        Parameters(search): Parameters<SearchHistory>,
    ) -> CallToolResult {
        outcome(self.find(search).await)
    }

    /// Says what was spent.
    #[tool(
        description = "What this person's calls to AI models cost, added up.",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn costs(&self, Parameters(costs): Parameters<Costs>) -> CallToolResult {
        outcome(self.add_up(&costs).await)
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("majlis", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "Majlis puts a question to a council of AI models and measures where they agree. \
                 Agreement is not proof: look at contradictions and at what only one says.",
            )
    }
}

impl Tools {
    fn new(app: App, limits: Option<Arc<Limits>>) -> Self {
        Self {
            app,
            limits,
            tool_router: Self::tool_router(),
        }
    }

    /// Counts what a call is about to do; refuses what is too much for a minute.
    fn count(&self, class: Class) -> Result<(), Refusal> {
        match &self.limits {
            Some(limits) => Ok(limits.count(class)?),
            None => Ok(()),
        }
    }

    async fn ask(
        &self,
        ask: CouncilAsk,
        context: &RequestContext<RoleServer>,
    ) -> Result<serde_json::Value, Refusal> {
        let brought = ask.answers.unwrap_or_default();
        let mut council = match &ask.members {
            Some(named) => CouncilPreset {
                members: named
                    .iter()
                    .map(|text| self.app.parse_member(text))
                    .collect::<Result<_, _>>()?,
                ..CouncilPreset::default()
            },
            None if brought.len() > 1 => CouncilPreset::default(),
            None => self.app.council("council").unwrap_or_default(),
        };
        let is_model = |member: &MemberRequest| matches!(member, MemberRequest::Model { .. });
        if council.members.iter().any(is_model) {
            self.count(Class::Paid)?;
        }
        let pasted = brought.into_iter().map(|answer| MemberRequest::Pasted {
            name: answer.name,
            text: answer.text,
        });
        council.members.extend(pasted);
        let request = ConsultRequest {
            question: ask.question,
            context: ask.context,
            members: council.members,
            mode: council.mode,
            editors: council.editors,
            idempotency_key: None,
            max_cost: council.max_cost,
        };
        let id = self.app.consult(request).await?;
        self.result(&id, ask.wait_s, context).await
    }

    async fn result(
        &self,
        id: &str,
        wait_s: Option<u64>,
        context: &RequestContext<RoleServer>,
    ) -> Result<serde_json::Value, Refusal> {
        wait(&self.app, id, wait_s, context).await;
        Ok(reply::council(&self.app.consultation(id).await?))
    }

    async fn say(
        &self,
        chat: Chat,
        context: &RequestContext<RoleServer>,
    ) -> Result<serde_json::Value, Refusal> {
        self.count(Class::Paid)?;
        let id = match (chat.conversation_id, chat.model) {
            (Some(id), _) => id,
            (None, Some(model)) => {
                let model: ModelId = model.parse()?;
                let made = self.app.create_conversation(None, vec![model]).await?;
                made.summary.id
            }
            (None, None) => {
                let detail = "Neither a model nor a conversation was named. Give `model`.";
                return Err(Refusal(detail.to_owned()));
            }
        };
        let turn = self.app.send(&id, TurnRequest::say(chat.message)).await?;
        let waited = wait(&self.app, &turn.run_id, chat.wait_s, context).await;
        let conversation = self.app.conversation(&id).await?;
        Ok(reply::chat(&conversation, &turn, waited == Waited::Ended))
    }
}

impl Tools {
    async fn find(&self, search: SearchHistory) -> Result<serde_json::Value, Refusal> {
        let limit = search.limit.unwrap_or(10).clamp(1, 50);
        let before = search.before.map(|cursor| cursor.parse());
        let before = before
            .transpose()
            .map_err(|_| Refusal("`before` is `next` of the page before, unchanged.".to_owned()))?;
        let query = SearchQuery {
            before,
            ..SearchQuery::new(search.query, limit)
        };
        Ok(search_json(self.app.search(query).await?))
    }

    async fn add_up(&self, costs: &Costs) -> Result<serde_json::Value, Refusal> {
        let since_ms = costs.since.as_deref().map(midnight).transpose()?;
        let query = CostsQuery {
            since_ms,
            until_ms: None,
            group_by: Some(match costs.group_by {
                Some(CostGroup::Day) => GroupBy::Day,
                Some(CostGroup::Month) => GroupBy::Month,
                Some(CostGroup::Provider) => GroupBy::Provider,
                Some(CostGroup::Model) | None => GroupBy::Model,
            }),
            timezone_offset_min: None,
        };
        Ok(reply::costs(&self.app.costs(query).await?))
    }
}

/// Why a tool could not do it, for the model to read and mend.
struct Refusal(String);

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        let Notice { detail, hint, .. } = error.notice;
        Self(hint.map_or(detail.clone(), |hint| format!("{detail} {hint}")))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem.sentence())
    }
}

impl From<majlis_llm::ModelIdError> for Refusal {
    fn from(error: majlis_llm::ModelIdError) -> Self {
        Self(format!(
            "{error}. Write provider/name, e.g. openai/gpt-5-mini."
        ))
    }
}

/// The beginning of a day in UTC, in milliseconds since 1970.
fn midnight(day: &str) -> Result<i64, Refusal> {
    let date: Result<jiff::civil::Date, _> = day.parse();
    date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC))
        .map(|start| start.timestamp().as_millisecond())
        .map_err(|_| Refusal(format!("`since` is a day like 2026-11-01, not {day:?}.")))
}

/// A refusal is a result, not a failure of the protocol.
fn outcome(result: Result<serde_json::Value, Refusal>) -> CallToolResult {
    match result {
        Ok(value) => CallToolResult::structured(value),
        Err(Refusal(text)) => CallToolResult::error(vec![ContentBlock::text(text)]),
    }
}
