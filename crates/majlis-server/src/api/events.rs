//! Server-sent events: one run as it happens, for clients without web sockets.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use majlis_app::{App, Frames, RunEvent, RunFrame, Subscription};
use serde::Deserialize;
use utoipa::IntoParams;

use super::live::ServerFrame;
use crate::access::{Access, Admitted};
use crate::extract::Query;
use crate::problem::Problem;

/// Silence after which a comment says that the connection lives.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// Which run, and from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    /// The run.
    run_id: String,
    /// The id of the last event seen, `EPOCH:SEQUENCE`; `Last-Event-ID` says the same.
    after: Option<String>,
}

/// Follows one run. Each event's data is a `ServerFrame`, its id `EPOCH:SEQUENCE`; the stream ends
/// behind the event `finished`, or when the session that asked for it is over.
#[utoipa::path(get, path = "/api/v1/events", tag = "runs", operation_id = "events", params(EventsQuery),
    responses((status = 200, description = "Frames, as the schema ServerFrame.", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The last event seen was the run's last: do not come back."),
        (status = 404, description = "The run is over for long, or from before the server's start: fetch the snapshot.", body = Problem)))]
pub(super) async fn follow(
    State(app): State<App>,
    Extension(access): Extension<Access>,
    admitted: Option<Extension<Admitted>>,
    headers: HeaderMap,
    Query(query): Query<EventsQuery>,
) -> Result<Response, Problem> {
    let seen = headers.get("last-event-id");
    let seen = seen.and_then(|id| id.to_str().ok()).map(str::to_owned);
    let after = seen.or(query.after);
    let sequence = after.map_or(0, |place| sequence_of(&place, app.epoch()));
    let subscription = app.subscribe(&query.run_id, sequence).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "run_not_found",
            format!("There is no run {:?} to follow.", query.run_id),
        )
        .with_hint("Fetch the consultation, conversation or execution itself.")
    })?;
    if subscription.is_over() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let source = Source {
        run_id: query.run_id,
        subscription,
        waiting: VecDeque::new(),
        is_over: false,
    };
    let events = stream::unfold(source, |mut source| async move {
        let event = source.next().await?;
        Some((Ok::<_, Infallible>(event), source))
    });
    let over = access.over(admitted.map(|Extension(admitted)| admitted));
    let events = events.take_until(Box::pin(over));
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(PING_INTERVAL));
    Ok(([("x-accel-buffering", "no")], stream).into_response())
}

/// The sequence number in the id of an event; 0, the beginning, for one of another epoch.
fn sequence_of(place: &str, epoch: &str) -> u64 {
    let of_now = place
        .strip_prefix(epoch)
        .and_then(|rest| rest.strip_prefix(':'));
    of_now.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The frames of one run that were not sent yet.
struct Source {
    run_id: String,
    subscription: Subscription,
    waiting: VecDeque<Arc<RunFrame>>,
    is_over: bool,
}

impl Source {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                self.is_over = matches!(frame.event, RunEvent::Finished { .. });
                let place = format!("{}:{}", frame.epoch, frame.sequence);
                return event(&ServerFrame::from(frame.as_ref())).map(|event| event.id(place));
            }
            if self.is_over {
                return None;
            }
            match self.subscription.next().await {
                Frames::More(frames) => self.waiting.extend(frames),
                Frames::Gap => {
                    let run_id = self.run_id.clone();
                    return event(&ServerFrame::Gap { run_id });
                }
                Frames::End => return None,
            }
        }
    }
}

/// Our own types always serialise.
fn event(frame: &ServerFrame) -> Option<Event> {
    Event::default().json_data(frame).ok()
}
