//! The WebSocket: runs as they happen, numbered, resumable.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use majlis_app::{AlertView, App, Frames, ReplyHead, RunEvent, RunFrame, RunKind, Subscription};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use utoipa::ToSchema;

use super::alert::AlertJson;
use super::analysis::AnalysisJson;
use super::common::{CallJson, NoticeJson, ReplyStateJson, RunStatusJson};
use super::deliberation::{DeliberationJson, StageJson, SynthesisJson};
use crate::access::{Access, Admitted, PROTOCOL};
use crate::problem::Problem;

/// Time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Time a client has to take one frame before it is dropped.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Frames waiting for the socket; behind that the readers of the runs wait, never the runs.
const QUEUE_FRAMES: usize = 256;
/// Runs one socket follows at most.
const MAX_SUBSCRIPTIONS: usize = 64;
/// Size of a client's frame at most, in bytes.
const MAX_CLIENT_FRAME_BYTES: usize = 64 << 10;

/// Why a connection is closed whose session is over: "Unauthorized" in IANA's registry of WebSocket
/// close codes.
const UNAUTHORIZED: u16 = 3000;

/// What a client says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ClientFrame {
    /// Follow a run from its first event, or from behind the last one seen.
    Subscribe {
        run_id: String,
        after: Option<Position>,
    },
    /// Stop following a run. The run goes on.
    Unsubscribe { run_id: String },
}

/// A place in a run's events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    epoch: String,
    sequence: u64,
}

/// What the server says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerFrame {
    /// First frame of every connection. The epoch changes at each start of the server.
    Hello { epoch: String },
    /// An event of a run. Sequence numbers start at 1 and have no holes.
    Event {
        run_id: String,
        epoch: String,
        sequence: u64,
        event: Box<EventJson>,
    },
    /// Events are lost to this client: fetch the snapshot. Events go on behind the gap.
    Gap { run_id: String },
    /// The run is over for long, or from before the server's start: fetch the snapshot.
    UnknownRun { run_id: String },
    /// An alert began or is over.
    Alert { alert: Box<AlertJson> },
    /// The connection lives.
    Heartbeat,
    /// The client's frame was not understood.
    Error { detail: String },
}

/// Something that happened in a run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum EventJson {
    /// Always the first event.
    Started {
        kind: RunKindJson,
        replies: Vec<ReplyHeadJson>,
    },
    /// A provider accepted the request.
    ReplyStarted {
        message_id: String,
        response_model: Option<String>,
    },
    /// More text of a reply.
    TextDelta { message_id: String, text: String },
    /// More reasoning of a reply.
    ReasoningDelta { message_id: String, text: String },
    /// A reply ended, well or not.
    ReplyFinished {
        message_id: String,
        state: ReplyStateJson,
        error: Option<NoticeJson>,
        call: Option<Box<CallJson>>,
    },
    /// The answers were measured.
    Measured { analysis: Box<AnalysisJson> },
    /// A stage after the first round asks. The replies bring what judges, authors and editors write.
    StageStarted {
        stage: StageJson,
        replies: Vec<ReplyHeadJson>,
    },
    /// What came after the first round so far.
    Deliberated { deliberation: Box<DeliberationJson> },
    /// A conclusion was written.
    Concluded { synthesis: Box<SynthesisJson> },
    /// Always the last event.
    Finished { status: RunStatusJson },
}

/// What kind of run it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunKindJson {
    Chat,
    Consultation,
    Audit,
}

/// A reply that a run will bring.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplyHeadJson {
    message_id: String,
    label: String,
    /// Null for a pasted answer.
    model: Option<String>,
    /// Null in a consultation.
    channel_id: Option<String>,
}

impl From<&ReplyHead> for ReplyHeadJson {
    fn from(head: &ReplyHead) -> Self {
        Self {
            message_id: head.message_id.clone(),
            label: head.label.clone(),
            model: head.model.as_ref().map(ToString::to_string),
            channel_id: head.channel_id.clone(),
        }
    }
}

impl From<&RunEvent> for EventJson {
    fn from(event: &RunEvent) -> Self {
        match event {
            RunEvent::Started { kind, replies } => Self::Started {
                kind: match kind {
                    RunKind::Chat => RunKindJson::Chat,
                    RunKind::Consultation => RunKindJson::Consultation,
                    RunKind::Audit => RunKindJson::Audit,
                },
                replies: replies.iter().map(Into::into).collect(),
            },
            RunEvent::ReplyStarted {
                message_id,
                response_model,
            } => Self::ReplyStarted {
                message_id: message_id.clone(),
                response_model: response_model.clone(),
            },
            RunEvent::TextDelta { message_id, text } => Self::TextDelta {
                message_id: message_id.clone(),
                text: text.clone(),
            },
            RunEvent::ReasoningDelta { message_id, text } => Self::ReasoningDelta {
                message_id: message_id.clone(),
                text: text.clone(),
            },
            RunEvent::ReplyFinished {
                message_id,
                state,
                error,
                call,
            } => Self::ReplyFinished {
                message_id: message_id.clone(),
                state: (*state).into(),
                error: error.clone().map(Into::into),
                call: call.clone().map(|call| Box::new((*call).into())),
            },
            RunEvent::Measured { analysis } => Self::Measured {
                analysis: Box::new(analysis.as_ref().into()),
            },
            RunEvent::StageStarted { stage, replies } => Self::StageStarted {
                stage: (*stage).into(),
                replies: replies.iter().map(Into::into).collect(),
            },
            RunEvent::Deliberated { deliberation } => Self::Deliberated {
                deliberation: Box::new(deliberation.as_ref().into()),
            },
            RunEvent::Concluded { synthesis } => Self::Concluded {
                synthesis: Box::new(synthesis.as_ref().into()),
            },
            RunEvent::Finished { status } => Self::Finished {
                status: (*status).into(),
            },
        }
    }
}

impl From<&RunFrame> for ServerFrame {
    fn from(frame: &RunFrame) -> Self {
        Self::Event {
            run_id: frame.run_id.to_string(),
            epoch: frame.epoch.to_string(),
            sequence: frame.sequence,
            event: Box::new((&frame.event).into()),
        }
    }
}

/// Follows runs. Text frames of JSON: `ClientFrame` from the client, `ServerFrame` from the server.
/// The connection is closed with code 3000 when the session that opened it is over.
#[utoipa::path(get, path = "/api/v1/ws", tag = "runs", operation_id = "web_socket",
    responses((status = 101, description = "Switching to the WebSocket protocol; the frames are the schemas ClientFrame and ServerFrame."),
        (status = 426, description = "The connection cannot become a WebSocket.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn socket(
    State(app): State<App>,
    Extension(access): Extension<Access>,
    admitted: Option<Extension<Admitted>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let over = access.over(admitted.map(|Extension(admitted)| admitted));
    Ok(upgrade?
        // A page that offers its session beside it is answered with this one alone.
        .protocols([PROTOCOL])
        .max_message_size(MAX_CLIENT_FRAME_BYTES)
        .max_frame_size(MAX_CLIENT_FRAME_BYTES)
        .on_upgrade(|socket| async move {
            let open = metrics::gauge!("majlis_ws_connections");
            open.increment(1.0);
            Connection::new(app).run(socket, over).await;
            open.decrement(1.0);
        }))
}

impl From<WebSocketUpgradeRejection> for Problem {
    fn from(rejection: WebSocketUpgradeRejection) -> Self {
        Self::new(rejection.status(), "no_web_socket", rejection.body_text())
            .with_hint("Ask with a WebSocket client, or follow a run at /api/v1/events.")
    }
}

/// One client and the runs it follows.
struct Connection {
    app: App,
    queue: mpsc::Sender<ServerFrame>,
    outgoing: mpsc::Receiver<ServerFrame>,
    alerts: broadcast::Receiver<Arc<AlertView>>,
    readers: JoinSet<()>,
    by_run: HashMap<String, AbortHandle>,
}

impl Connection {
    fn new(app: App) -> Self {
        let (queue, outgoing) = mpsc::channel(QUEUE_FRAMES);
        Self {
            alerts: app.alert_news(),
            app,
            queue,
            outgoing,
            readers: JoinSet::new(),
            by_run: HashMap::new(),
        }
    }

    async fn run(mut self, socket: WebSocket, over: impl Future<Output = ()>) {
        let (mut sink, mut stream) = socket.split();
        let mut over = std::pin::pin!(over);
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.reset();
        let mut next = Some(ServerFrame::Hello {
            epoch: self.app.epoch().to_owned(),
        });
        loop {
            if let Some(frame) = next.take()
                && !send(&mut sink, &frame).await
            {
                return;
            }
            next = tokio::select! {
                frame = self.outgoing.recv() => frame,
                alert = self.alerts.recv() => news(alert),
                _ = heartbeat.tick() => Some(ServerFrame::Heartbeat),
                () = &mut over => return leave(&mut sink).await,
                message = stream.next() => match message {
                    Some(Ok(Message::Text(text))) => self.handle(&text),
                    Some(Ok(Message::Binary(_))) => Some(ServerFrame::Error {
                        detail: "Frames are JSON text.".to_owned(),
                    }),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                },
            };
            while self.readers.try_join_next().is_some() {}
            self.by_run.retain(|_, reader| !reader.is_finished());
        }
    }

    /// Acts on a client's frame; the answer, if there is one to give at once.
    fn handle(&mut self, text: &str) -> Option<ServerFrame> {
        match serde_json::from_str(text) {
            Ok(ClientFrame::Subscribe { run_id, after }) => self.subscribe(run_id, after),
            Ok(ClientFrame::Unsubscribe { run_id }) => {
                if let Some(reader) = self.by_run.remove(&run_id) {
                    reader.abort();
                }
                None
            }
            Err(error) => Some(ServerFrame::Error {
                detail: format!("The frame is not a ClientFrame of /api/openapi.json: {error}."),
            }),
        }
    }

    fn subscribe(&mut self, run_id: String, after: Option<Position>) -> Option<ServerFrame> {
        if self.by_run.len() >= MAX_SUBSCRIPTIONS && !self.by_run.contains_key(&run_id) {
            return Some(ServerFrame::Error {
                detail: format!("One connection follows at most {MAX_SUBSCRIPTIONS} runs."),
            });
        }
        let after = after.filter(|position| position.epoch == self.app.epoch());
        let sequence = after.map_or(0, |position| position.sequence);
        let Some(subscription) = self.app.subscribe(&run_id, sequence) else {
            return Some(ServerFrame::UnknownRun { run_id });
        };
        let reader = self
            .readers
            .spawn(forward(run_id.clone(), subscription, self.queue.clone()));
        if let Some(previous) = self.by_run.insert(run_id, reader) {
            previous.abort();
        }
        None
    }
}

/// Hands a run's frames to the socket's queue and waits while it is full.
async fn forward(run_id: String, mut subscription: Subscription, queue: mpsc::Sender<ServerFrame>) {
    loop {
        match subscription.next().await {
            Frames::More(frames) => {
                for frame in frames {
                    if queue
                        .send(ServerFrame::from(Arc::as_ref(&frame)))
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
            }
            Frames::Gap => {
                let gap = ServerFrame::Gap {
                    run_id: run_id.clone(),
                };
                if queue.send(gap).await.is_err() {
                    return;
                }
            }
            Frames::End => return,
        }
    }
}

/// An alert for the client. Who is too slow for all of them finds them in the list.
fn news(alert: Result<Arc<AlertView>, RecvError>) -> Option<ServerFrame> {
    alert.ok().map(|alert| ServerFrame::Alert {
        alert: Box::new(alert.as_ref().clone().into()),
    })
}

/// Ends the connection of a page that was signed out.
async fn leave(sink: &mut (impl SinkExt<Message> + Unpin)) {
    let close = CloseFrame {
        code: UNAUTHORIZED,
        reason: "The session is over.".into(),
    };
    // A client that does not take it loses the connection all the same.
    let _ = tokio::time::timeout(SEND_TIMEOUT, sink.send(Message::Close(Some(close)))).await;
}

async fn send(sink: &mut (impl SinkExt<Message> + Unpin), frame: &ServerFrame) -> bool {
    let Ok(json) = serde_json::to_string(frame) else {
        return false;
    };
    metrics::counter!("majlis_ws_messages_total").increment(1);
    let sending = sink.send(Message::Text(json.into()));
    matches!(
        tokio::time::timeout(SEND_TIMEOUT, sending).await,
        Ok(Ok(()))
    )
}
