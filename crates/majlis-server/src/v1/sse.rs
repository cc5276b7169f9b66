//! Server-sent events that stay alive.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use majlis_llm::{ChatEvent, ProviderError};
use serde::Serialize;

use super::upstream::Upstream;

/// Silence after which a comment says that the connection lives.
const PING_INTERVAL: Duration = Duration::from_secs(15);
const PING: &[u8] = b": ping\n\n";

/// Writes the events of an answer as one interface has them.
pub(super) trait Writer: Send + 'static {
    /// One event.
    fn on_event(&mut self, event: ChatEvent, upstream: &Upstream, out: &mut Frames);
    /// The answer broke off.
    fn on_error(&mut self, error: &ProviderError, out: &mut Frames);
}

/// Frames to be sent.
#[derive(Default)]
pub(super) struct Frames(VecDeque<Bytes>);

impl Frames {
    /// A frame without a name.
    pub(super) fn data(&mut self, data: &impl Serialize) {
        self.write(b"data: ", data);
    }

    /// A frame with a name.
    pub(super) fn event(&mut self, name: &str, data: &impl Serialize) {
        self.write(format!("event: {name}\ndata: ").as_bytes(), data);
    }

    /// A frame that is no JSON.
    pub(super) fn text(&mut self, text: &'static str) {
        self.0.push_back(Bytes::from_static(text.as_bytes()));
    }

    fn write(&mut self, head: &[u8], data: &impl Serialize) {
        let mut frame = Vec::with_capacity(256);
        frame.extend_from_slice(head);
        // Our own types always serialise; a line break inside is escaped by JSON.
        if serde_json::to_writer(&mut frame, data).is_ok() {
            frame.extend_from_slice(b"\n\n");
            self.0.push_back(Bytes::from(frame));
        }
    }
}

struct Pipe<W> {
    upstream: Upstream,
    writer: W,
    waiting: Frames,
    is_over: bool,
}

impl<W: Writer> Pipe<W> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.waiting.0.pop_front() {
                return Some(frame);
            }
            if self.is_over {
                return None;
            }
            let Ok(event) = tokio::time::timeout(PING_INTERVAL, self.upstream.next()).await else {
                return Some(Bytes::from_static(PING));
            };
            match event {
                None => self.is_over = true,
                Some(Ok(event)) => {
                    self.is_over = matches!(event, ChatEvent::Finished { .. });
                    self.writer
                        .on_event(event, &self.upstream, &mut self.waiting);
                }
                Some(Err(error)) => {
                    self.is_over = true;
                    self.writer.on_error(&error, &mut self.waiting);
                }
            }
        }
    }
}

/// An answer as it comes. Dropping the body ends the request upstream.
pub(super) fn respond(upstream: Upstream, writer: impl Writer) -> Response {
    let pipe = Pipe {
        upstream,
        writer,
        waiting: Frames::default(),
        is_over: false,
    };
    let frames = stream::unfold(pipe, |mut pipe| async move {
        let frame = pipe.next().await?;
        Some((Ok::<_, std::convert::Infallible>(frame), pipe))
    });
    let mut response = Response::new(Body::from_stream(frames));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache, no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
