//! A server in this process that says exactly the bytes a test wants.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One thing done on a connection after the request was read.
#[derive(Clone)]
pub(super) enum Say {
    /// Writes bytes and flushes them.
    Bytes(Vec<u8>),
    /// Waits until the client has closed.
    Hang,
}

/// Answers the n-th connection with the n-th reply, then hangs up.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    #[expect(
        clippy::disallowed_methods,
        reason = "the task ends with the test that owns it"
    )]
    pub(super) async fn start(replies: Vec<Vec<Say>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            for reply in replies {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, reply, &seen).await;
            }
        });
        Self {
            url,
            requests,
            task,
        }
    }

    /// Requests so far, head and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, reply: Vec<Say>, seen: &Mutex<Vec<String>>) {
    stream.set_nodelay(true).unwrap();
    let request = read_request(&mut stream).await;
    seen.lock().unwrap().push(request);
    for say in reply {
        match say {
            // The client may hang up in the middle: that is what some tests are about.
            Say::Bytes(bytes) => {
                if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
            Say::Hang => {
                let _ = stream.read(&mut [0; 64]).await;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.trim().parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        let read = stream.read(&mut buffer).await.unwrap();
        if read == 0 {
            return text;
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// A head and a body in one piece; the connection's end is the body's.
pub(super) fn reply(status: u16, headers: &str, body: &str) -> Vec<Say> {
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}\r\n{body}");
    vec![Say::Bytes(head.into_bytes())]
}

/// An event stream, in pieces of `size` bytes.
pub(super) fn events(body: &str, size: usize) -> Vec<Say> {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n";
    let mut says = vec![Say::Bytes(head.as_bytes().to_vec())];
    says.extend(
        body.as_bytes()
            .chunks(size)
            .map(|piece| Say::Bytes(piece.to_vec())),
    );
    says
}

/// The timeouts of tests that wait for one.
pub(super) const SHORT: Duration = Duration::from_millis(60);
