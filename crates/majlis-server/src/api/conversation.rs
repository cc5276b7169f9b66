//! Conversations, their channels and turns.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use majlis_app::{
    App, ChannelView, ConversationSummary, ConversationView, MessageView, TurnRequest, TurnStarted,
};
use majlis_llm::{ModelId, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::{
    CallJson, IdempotencyKey, ModelIdText, NoticeJson, PageQuery, ReplyStateJson, rfc3339,
};
use crate::extract::{Body, Path, Query};
use crate::problem::Problem;

/// A conversation as it stands in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationSummaryJson {
    id: String,
    title: String,
    pinned: bool,
    created_at: String,
    updated_at: String,
    /// Models of its channels, in order.
    models: Vec<String>,
}

impl From<ConversationSummary> for ConversationSummaryJson {
    fn from(summary: ConversationSummary) -> Self {
        Self {
            id: summary.id,
            title: summary.title,
            pinned: summary.pinned,
            created_at: rfc3339(summary.created_at_ms),
            updated_at: rfc3339(summary.updated_at_ms),
            models: summary.models,
        }
    }
}

/// One page of conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationsJson {
    items: Vec<ConversationSummaryJson>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// A whole conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConversationJson {
    #[serde(flatten)]
    summary: ConversationSummaryJson,
    channels: Vec<ChannelJson>,
    /// The turn being answered now.
    run_id: Option<String>,
}

impl From<ConversationView> for ConversationJson {
    fn from(conversation: ConversationView) -> Self {
        Self {
            summary: conversation.summary.into(),
            channels: conversation.channels.into_iter().map(Into::into).collect(),
            run_id: conversation.run_id,
        }
    }
}

/// One model's column, with its own history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelJson {
    id: String,
    model: String,
    position: i64,
    /// Oldest first.
    messages: Vec<MessageJson>,
}

impl From<ChannelView> for ChannelJson {
    fn from(channel: ChannelView) -> Self {
        Self {
            id: channel.id,
            model: channel.model.to_string(),
            position: channel.position,
            messages: channel.messages.into_iter().map(Into::into).collect(),
        }
    }
}

/// Who speaks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleJson {
    System,
    User,
    Assistant,
    Tool,
}

impl From<Role> for RoleJson {
    fn from(role: Role) -> Self {
        match role {
            Role::System => Self::System,
            Role::User => Self::User,
            Role::Assistant => Self::Assistant,
            Role::Tool => Self::Tool,
        }
    }
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageJson {
    id: String,
    role: RoleJson,
    text: String,
    reasoning: Option<String>,
    state: ReplyStateJson,
    error: Option<NoticeJson>,
    /// Null for the person's own messages.
    call: Option<CallJson>,
    /// Ids of all messages that stand in this place, itself among them, oldest first.
    versions: Vec<String>,
    /// The model of an imported message; of others, `call` says it.
    model: Option<String>,
    created_at: String,
}

impl From<MessageView> for MessageJson {
    fn from(message: MessageView) -> Self {
        Self {
            id: message.id,
            role: message.role.into(),
            text: message.text,
            reasoning: message.reasoning,
            state: message.state.into(),
            error: message.error.map(Into::into),
            call: message.call.map(Into::into),
            versions: message.versions,
            model: message.model,
            created_at: rfc3339(message.created_at_ms),
        }
    }
}

/// A new conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateConversation {
    /// Made from the first question when absent.
    title: Option<String>,
    /// One channel for each, `provider/name`, 1 to 6.
    #[schema(min_items = 1, max_items = 6)]
    #[schema(value_type = Vec<ModelIdText>)]
    models: Vec<String>,
}

/// What to change of a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateConversation {
    title: Option<String>,
    pinned: Option<bool>,
}

/// The model of a channel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelModel {
    /// `provider/name`.
    #[schema(value_type = ModelIdText)]
    model: String,
}

/// A new turn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendMessage {
    /// What the person says, exactly as every model gets it.
    text: String,
    /// Ids of the channels to ask; all of them when absent.
    channels: Option<Vec<String>>,
    /// Id of a message of the person in whose place this one stands; only its channel is asked.
    replaces: Option<String>,
}

impl SendMessage {
    pub(super) fn request(self, idempotency_key: Option<String>) -> TurnRequest {
        TurnRequest {
            text: self.text,
            channels: self.channels,
            replaces: self.replaces,
            idempotency_key,
        }
    }
}

/// A turn that began.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TurnJson {
    /// Follow it over the WebSocket.
    run_id: String,
    replies: Vec<ReplyJson>,
}

/// One reply that is being written.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplyJson {
    channel_id: String,
    user_message_id: String,
    /// The assistant's message.
    message_id: String,
}

impl From<TurnStarted> for TurnJson {
    fn from(turn: TurnStarted) -> Self {
        Self {
            run_id: turn.run_id,
            replies: turn
                .replies
                .into_iter()
                .map(|reply| ReplyJson {
                    channel_id: reply.channel_id,
                    user_message_id: reply.user_message_id,
                    message_id: reply.message_id,
                })
                .collect(),
        }
    }
}

pub(super) fn model_id(text: &str) -> Result<ModelId, Problem> {
    text.parse().map_err(|error: majlis_llm::ModelIdError| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "model_id",
            error.to_string(),
        )
        .with_hint("Take an id from /api/v1/models.")
    })
}

/// Conversations, newest first.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", operation_id = "list_conversations",
    params(PageQuery),
    responses((status = 200, description = "One page.", body = ConversationsJson),
        (status = 400, description = "Bad limit or cursor.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<ConversationsJson>, Problem> {
    let (limit, before) = query.checked()?;
    let page = app.conversations(limit, before).await?;
    Ok(Json(ConversationsJson {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next.map(|row| row.to_string()),
    }))
}

/// Begins a conversation.
#[utoipa::path(post, path = "/api/v1/conversations", tag = "conversations", operation_id = "create_conversation",
    request_body = CreateConversation,
    responses((status = 201, description = "Created.", body = ConversationJson),
        (status = 422, description = "Unknown model, none, or too many.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn create(
    State(app): State<App>,
    Body(body): Body<CreateConversation>,
) -> Result<(StatusCode, Json<ConversationJson>), Problem> {
    let models = body
        .models
        .iter()
        .map(|text| model_id(text))
        .collect::<Result<_, _>>()?;
    let conversation = app.create_conversation(body.title, models).await?;
    Ok((StatusCode::CREATED, Json(conversation.into())))
}

/// One conversation, whole.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "get_conversation",
    params(("id" = String, Path)),
    responses((status = 200, description = "The conversation.", body = ConversationJson),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<ConversationJson>, Problem> {
    Ok(Json(app.conversation(&id).await?.into()))
}

/// Renames or pins a conversation.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "update_conversation",
    params(("id" = String, Path)), request_body = UpdateConversation,
    responses((status = 200, description = "As it is now.", body = ConversationJson),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<UpdateConversation>,
) -> Result<Json<ConversationJson>, Problem> {
    Ok(Json(
        app.update_conversation(&id, body.title, body.pinned)
            .await?
            .into(),
    ))
}

/// Deletes a conversation with its messages; what it cost stays in the ledger.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}", tag = "conversations", operation_id = "delete_conversation",
    params(("id" = String, Path)),
    responses((status = 204, description = "Deleted."),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.delete_conversation(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a column.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/channels", tag = "conversations", operation_id = "add_channel",
    params(("id" = String, Path)), request_body = ChannelModel,
    responses((status = 201, description = "Added.", body = ChannelJson),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Unknown model, or six columns already.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn add_channel(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(body): Body<ChannelModel>,
) -> Result<(StatusCode, Json<ChannelJson>), Problem> {
    let channel = app.add_channel(&id, model_id(&body.model)?).await?;
    Ok((StatusCode::CREATED, Json(channel.into())))
}

/// Binds a column to another model; its history stays.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}/channels/{channel_id}", tag = "conversations", operation_id = "update_channel",
    params(("id" = String, Path), ("channel_id" = String, Path)), request_body = ChannelModel,
    responses((status = 200, description = "As it is now.", body = ChannelJson),
        (status = 404, description = "No such channel.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Unknown model.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn update_channel(
    State(app): State<App>,
    Path((id, channel_id)): Path<(String, String)>,
    Body(body): Body<ChannelModel>,
) -> Result<Json<ChannelJson>, Problem> {
    let model = model_id(&body.model)?;
    Ok(Json(
        app.set_channel_model(&id, &channel_id, model).await?.into(),
    ))
}

/// Removes a column.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/channels/{channel_id}", tag = "conversations", operation_id = "remove_channel",
    params(("id" = String, Path), ("channel_id" = String, Path)),
    responses((status = 204, description = "Removed."),
        (status = 404, description = "No such channel.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is being answered, or it is the last one.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn remove_channel(
    State(app): State<App>,
    Path((id, channel_id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    app.remove_channel(&id, &channel_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says something to every column, or to some; the answers stream over the WebSocket.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "conversations", operation_id = "send_message",
    params(("id" = String, Path), IdempotencyKey), request_body = SendMessage,
    responses((status = 202, description = "Being answered.", body = TurnJson, headers(("location" = String, description = "The conversation."))),
        (status = 402, description = "A cap on costs is in the way, or a price is not known under one.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such conversation.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last turn is still being answered.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Empty or too long.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    Body(body): Body<SendMessage>,
) -> Result<Accepted, Problem> {
    let turn = app.send(&id, body.request(key.0)).await?;
    Ok(accepted(&id, turn))
}

/// Asks for another answer beside one; it streams over the WebSocket.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages/{message_id}/retry", tag = "conversations", operation_id = "retry_message",
    params(("id" = String, Path), ("message_id" = String, Path), IdempotencyKey),
    responses((status = 202, description = "Being answered.", body = TurnJson, headers(("location" = String, description = "The conversation."))),
        (status = 402, description = "A cap on costs is in the way, or a price is not known under one.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such message.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The last turn is still being answered.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not an answer.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn retry(
    State(app): State<App>,
    Path((id, message_id)): Path<(String, String)>,
    key: IdempotencyKey,
) -> Result<Accepted, Problem> {
    let turn = app.retry(&id, &message_id, key.0).await?;
    Ok(accepted(&id, turn))
}

/// Shows the branch of a channel that a message stands in.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages/{message_id}/show", tag = "conversations", operation_id = "show_message",
    params(("id" = String, Path), ("message_id" = String, Path)),
    responses((status = 200, description = "The conversation with that branch shown.", body = ConversationJson),
        (status = 404, description = "No such message.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A turn is being answered.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn show(
    State(app): State<App>,
    Path((id, message_id)): Path<(String, String)>,
) -> Result<Json<ConversationJson>, Problem> {
    Ok(Json(app.show_branch(&id, &message_id).await?.into()))
}

type Accepted = (StatusCode, [(HeaderName, String); 1], Json<TurnJson>);

fn accepted(conversation_id: &str, turn: TurnStarted) -> Accepted {
    let location = format!("/api/v1/conversations/{conversation_id}");
    (
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        Json(turn.into()),
    )
}
