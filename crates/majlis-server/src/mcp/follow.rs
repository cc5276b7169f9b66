//! Waiting for a run on behalf of a client that may want to see its progress.

use std::time::Duration;

use majlis_app::{App, Frames, RunEvent};
use rmcp::RoleServer;
use rmcp::model::ProgressNotificationParam;
use rmcp::service::RequestContext;

/// Clients often give a call one minute.
const DEFAULT_WAIT_S: u64 = 50;
/// The longest a call waits.
const MAX_WAIT_S: u64 = 600;

/// How waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// The run is over, or is not kept in memory any more.
    Ended,
    /// It still goes on.
    TimeUp,
}

/// Waits for the end of a run, tells the client of every answer that is there, and stops waiting
/// when the client gives the call up. The run itself goes on in any case.
pub(super) async fn wait(
    app: &App,
    run_id: &str,
    wait_s: Option<u64>,
    context: &RequestContext<RoleServer>,
) -> Waited {
    let time = Duration::from_secs(wait_s.unwrap_or(DEFAULT_WAIT_S).min(MAX_WAIT_S));
    let ended = async {
        tokio::select! {
            () = follow(app, run_id, context) => Waited::Ended,
            () = context.ct.cancelled() => Waited::TimeUp,
        }
    };
    tokio::time::timeout(time, ended)
        .await
        .unwrap_or(Waited::TimeUp)
}

async fn follow(app: &App, run_id: &str, context: &RequestContext<RoleServer>) {
    let Some(mut subscription) = app.subscribe(run_id, 0) else {
        return;
    };
    let (mut answered, mut asked) = (0_u32, 0_u32);
    while let Frames::More(frames) = subscription.next().await {
        for frame in frames {
            match &frame.event {
                RunEvent::Started { replies, .. } => {
                    asked = u32::try_from(replies.len()).unwrap_or(u32::MAX);
                }
                RunEvent::StageStarted { replies, .. } => {
                    asked += u32::try_from(replies.len()).unwrap_or(0);
                }
                RunEvent::ReplyFinished { .. } => {
                    answered += 1;
                    tell(context, answered, asked).await;
                }
                _ => {}
            }
        }
    }
}

async fn tell(context: &RequestContext<RoleServer>, answered: u32, asked: u32) {
    let Some(token) = context.meta.get_progress_token() else {
        return;
    };
    let progress = ProgressNotificationParam::new(token, f64::from(answered))
        .with_total(f64::from(asked))
        .with_message(format!("{answered} of {asked} have answered"));
    if let Err(error) = context.peer.notify_progress(progress).await {
        tracing::debug!(%error, "a client could not be told of progress");
    }
}
