//! Plain HTTP to servers nearby, over connections that are kept where that is safe.
//!
//! Some servers close a connection after an answer without a word, as llama.cpp does after a stream
//! and not after its list of models. What is sent on it at that moment is lost, or carried out and not
//! answered, and must not be sent twice. So a connection is used again only after one that had brought
//! an answer of the same kind was seen to stay open.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::{CONNECT_TIMEOUT, Unsent};

/// How long a connection must stay open after an answer to show that its server keeps them.
const PROBATION: Duration = Duration::from_millis(100);
/// Longest rest of a connection that is used again. The servers people run wait 5 s and more for
/// the next request.
const MAX_REST: Duration = Duration::from_secs(1);
/// Connections kept to one server.
const MAX_KEPT: usize = 32;

/// The connections to all servers nearby.
#[derive(Default)]
pub(super) struct Near {
    servers: Mutex<HashMap<String, Server>>,
    /// Closes what has rested too long; `None` while nothing rests.
    sweeper: Mutex<Option<AbortHandle>>,
}

/// What is known of one server.
#[derive(Default)]
struct Server {
    habits: HashMap<Kind, Habit>,
    /// The one that rests for the shortest time is the last.
    resting: Vec<Resting>,
}

/// What an answer looks like from outside; servers close a connection after some kinds only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    path: String,
    status: StatusCode,
    media_type: Option<HeaderValue>,
}

/// What a server does with a connection after an answer of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Habit {
    /// Not seen yet.
    #[default]
    Unknown,
    /// Leaves it open for the next request.
    Keeps,
    /// Has closed one that was about to be used again. It is not tried any more.
    Closes,
}

struct Resting {
    link: Link,
    /// Of the last answer on it.
    kind: Kind,
    since: Instant,
}

/// One connection. Nothing moves on it but while somebody waits for it.
struct Link {
    sender: SendRequest<String>,
    connection: Pin<Box<Connection<TokioIo<TcpStream>, String>>>,
    /// The connection came to its end and must not be polled again.
    is_over: bool,
}

/// The body of an answer, which gives its connection back at its end.
pub(super) struct Body {
    incoming: Incoming,
    /// `None` behind the end.
    used: Option<(Link, Kind)>,
    near: Weak<Near>,
    server: String,
}

impl Near {
    /// Sends a request to a server, named by host and port; the first of the addresses that takes
    /// the connection is asked.
    pub(super) async fn send(
        self: &Arc<Self>,
        server: String,
        addresses: impl Future<Output = Result<Vec<SocketAddr>, Unsent>>,
        request: Request<String>,
    ) -> Result<Response<Body>, Unsent> {
        let mut link = match self.take(&server) {
            Some(link) => link,
            None => Link::open(&addresses.await?).await?,
        };
        let path = request.uri().path().to_owned();
        let answer = link.ask(request).await.map_err(|error| Unsent {
            was_connected: true,
            said: super::root(&error),
        })?;
        let kind = Kind {
            path,
            status: answer.status(),
            media_type: answer.headers().get(CONTENT_TYPE).cloned(),
        };
        Ok(answer.map(|incoming| Body {
            incoming,
            used: Some((link, kind)),
            near: Arc::downgrade(self),
            server,
        }))
    }

    /// A connection that may be used again.
    fn take(&self, server: &str) -> Option<Link> {
        self.servers().get_mut(server)?.take()
    }

    fn give_back(self: &Arc<Self>, server: String, link: Link, kind: Kind) {
        let mut servers = self.servers();
        let known = servers.entry(server).or_default();
        if known.habit(&kind) == Habit::Closes || known.resting.len() == MAX_KEPT {
            return;
        }
        let since = Instant::now();
        known.resting.push(Resting { link, kind, since });
        drop(servers);
        self.sweep_later();
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "it ends when nothing rests any more, and with the connections it closes"
    )]
    fn sweep_later(self: &Arc<Self>) {
        let mut sweeper = lock(&self.sweeper);
        if sweeper.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let near = Arc::downgrade(self);
        let task = tokio::spawn(async move {
            loop {
                sleep(MAX_REST).await;
                let Some(near) = near.upgrade() else { return };
                if near.sweep() {
                    return;
                }
            }
        });
        *sweeper = Some(task.abort_handle());
    }

    /// Closes what has rested too long; whether nothing rests any more.
    fn sweep(&self) -> bool {
        // Whoever gives a connection back from here on finds no sweeper at work.
        let mut sweeper = lock(&self.sweeper);
        let mut servers = self.servers();
        for known in servers.values_mut() {
            known.judge();
            known
                .resting
                .retain(|resting| resting.since.elapsed() < MAX_REST);
        }
        let is_idle = servers.values().all(|known| known.resting.is_empty());
        if is_idle {
            *sweeper = None;
        }
        is_idle
    }

    fn servers(&self) -> MutexGuard<'_, HashMap<String, Server>> {
        lock(&self.servers)
    }
}

impl Server {
    fn habit(&self, kind: &Kind) -> Habit {
        self.habits.get(kind).copied().unwrap_or_default()
    }

    /// The connection that rested for the shortest time of those that may be used again.
    fn take(&mut self) -> Option<Link> {
        self.judge();
        let may_be_used = |resting: &Resting| {
            self.habit(&resting.kind) == Habit::Keeps && resting.since.elapsed() < MAX_REST
        };
        let found = self.resting.iter().rposition(may_be_used)?;
        Some(self.resting.remove(found).link)
    }

    /// Learns from what rests: a connection that is over shows that the server closes such ones, one
    /// that is still open after a while that it keeps them. It may also close what rested too long;
    /// that shows nothing.
    fn judge(&mut self) {
        for resting in &mut self.resting {
            let rested = resting.since.elapsed();
            let shown = match resting.link.is_open() {
                false if rested < MAX_REST => Habit::Closes,
                true if rested >= PROBATION => Habit::Keeps,
                _ => continue,
            };
            let habit = self.habits.entry(resting.kind.clone()).or_default();
            // What closed one is not tried any more.
            if *habit != Habit::Closes {
                *habit = shown;
            }
        }
        let habits = &self.habits;
        self.resting.retain(|resting| {
            !resting.link.is_over && habits.get(&resting.kind) != Some(&Habit::Closes)
        });
    }
}

impl Link {
    async fn open(addresses: &[SocketAddr]) -> Result<Self, Unsent> {
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(addresses))
            .await
            .map_err(|_| Unsent::unreached("no connection within 10 s"))?
            .map_err(|error| Unsent::unreached(error.to_string()))?;
        stream
            .set_nodelay(true)
            .map_err(|error| Unsent::unreached(error.to_string()))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Unsent::unreached(error.to_string()))?;
        Ok(Self {
            sender,
            connection: Box::pin(connection),
            is_over: false,
        })
    }

    async fn ask(&mut self, request: Request<String>) -> hyper::Result<Response<Incoming>> {
        let mut answer = std::pin::pin!(self.sender.send_request(request));
        let (connection, is_over) = (&mut self.connection, &mut self.is_over);
        std::future::poll_fn(|context| {
            turn(connection, is_over, context);
            answer.as_mut().poll(context)
        })
        .await
    }

    /// The other side has not closed it, and said nothing unasked.
    fn is_open(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        turn(&mut self.connection, &mut self.is_over, &mut context);
        !self.is_over
    }
}

/// Lets a connection get on as far as it can. How it ended is told by what was asked on it.
fn turn(
    connection: &mut Pin<Box<Connection<TokioIo<TcpStream>, String>>>,
    is_over: &mut bool,
    context: &mut Context<'_>,
) {
    *is_over = *is_over || connection.as_mut().poll(context).is_ready();
}

impl Body {
    /// The next piece; `None` behind the end. Waits while the server writes.
    pub(super) async fn chunk(&mut self) -> hyper::Result<Option<Bytes>> {
        std::future::poll_fn(|context| self.poll_chunk(context)).await
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<hyper::Result<Option<Bytes>>> {
        loop {
            if let Some((link, _)) = &mut self.used {
                turn(&mut link.connection, &mut link.is_over, context);
            }
            match ready!(Pin::new(&mut self.incoming).poll_frame(context)) {
                Some(Ok(frame)) => {
                    // Trailers say nothing about an answer.
                    if let Ok(piece) = frame.into_data() {
                        return Poll::Ready(Ok(Some(piece)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => {
                    self.give_back(context);
                    return Poll::Ready(Ok(None));
                }
            }
        }
    }

    fn give_back(&mut self, context: &mut Context<'_>) {
        let (Some((mut link, kind)), Some(near)) = (self.used.take(), self.near.upgrade()) else {
            return;
        };
        // The last byte was read; now it gets ready for another request, or closes.
        turn(&mut link.connection, &mut link.is_over, context);
        if !link.is_over && link.sender.is_ready() {
            near.give_back(std::mem::take(&mut self.server), link, kind);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here panics while it changes what a lock guards.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the server's task ends with the test that owns it"
)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::{advance, pause};

    use super::*;

    const HEAD: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n";
    const BODY: &str = "2\r\nye\r\n1\r\ns\r\n0\r\n\r\n";

    /// A server that answers some requests on each connection and then closes it without a word, and
    /// at once after a stream.
    struct Peer {
        address: SocketAddr,
        connections: Arc<AtomicUsize>,
        task: JoinHandle<()>,
    }

    impl Peer {
        async fn start(answers_each: usize) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let connections: Arc<AtomicUsize> = Arc::default();
            let count = Arc::clone(&connections);
            let task = tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    count.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(serve(stream, answers_each));
                }
            });
            Self {
                address,
                connections,
                task,
            }
        }
    }

    impl Drop for Peer {
        fn drop(&mut self) {
            self.task.abort();
        }
    }

    async fn serve(mut stream: TcpStream, answers: usize) {
        let mut buffer = [0; 1024];
        for _ in 0..answers {
            let mut seen: Vec<u8> = Vec::new();
            while !seen.ends_with(b"\r\n\r\nask") {
                match stream.read(&mut buffer).await {
                    Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
                    _ => return,
                }
            }
            let is_stream = seen.starts_with(b"POST /stream");
            let media_type = if is_stream {
                "text/event-stream"
            } else {
                "application/json"
            };
            let answer = format!("{HEAD}content-type: {media_type}\r\n\r\n{BODY}");
            if stream.write_all(answer.as_bytes()).await.is_err() || is_stream {
                return;
            }
        }
    }

    fn request(path: &str) -> Request<String> {
        let mut request = Request::post(path).body("ask".to_owned()).unwrap();
        let host = "test".parse().unwrap();
        request.headers_mut().insert("host", host);
        request
    }

    async fn ask(near: &Arc<Near>, peer: &Peer, path: &str) {
        let addresses = async { Ok(vec![peer.address]) };
        let answer = near.send("peer".to_owned(), addresses, request(path)).await;
        let mut body = answer.unwrap().into_body();
        let mut text = Vec::new();
        while let Some(piece) = body.chunk().await.unwrap() {
            text.extend_from_slice(&piece);
        }
        assert_eq!(text, b"yes");
    }

    fn habit(near: &Near, path: &str) -> Habit {
        let servers = near.servers();
        let mut habits = servers["peer"].habits.iter();
        let found = habits.find(|(kind, _)| kind.path == path);
        found.map_or(Habit::Unknown, |(_, habit)| *habit)
    }

    /// Waits until what rests has been judged to be over.
    async fn see_the_end(near: &Near) {
        let rests = |peer: &mut Server, path: &str| {
            peer.judge();
            peer.resting.iter().any(|resting| resting.kind.path == path)
        };
        while near
            .servers()
            .get_mut("peer")
            .is_some_and(|peer| rests(peer, "/stream"))
        {
            yield_now().await;
        }
    }

    /// Asks a number of times, with a pause before each but the first; the connections it took.
    async fn check(answers_each: usize, asked: usize, rest: Duration) -> (usize, Habit) {
        let (near, peer) = (Arc::default(), Peer::start(answers_each).await);
        pause();
        for number in 0..asked {
            if number > 0 {
                advance(rest).await;
            }
            ask(&near, &peer, "/list").await;
        }
        (
            peer.connections.load(Ordering::Relaxed),
            habit(&near, "/list"),
        )
    }

    #[tokio::test]
    async fn a_server_that_was_seen_to_keep_a_connection_is_asked_on_it_again() {
        assert_eq!(check(9, 4, PROBATION).await, (1, Habit::Keeps));
    }

    #[tokio::test]
    async fn until_then_every_request_has_a_connection_of_its_own() {
        let soon = PROBATION / 10;
        assert_eq!(check(9, 4, soon).await, (4, Habit::Unknown));
    }

    #[tokio::test]
    async fn a_connection_that_rested_too_long_is_not_used_again() {
        assert_eq!(check(9, 2, MAX_REST).await.0, 2);
    }

    #[tokio::test]
    async fn what_rests_too_long_is_closed_though_nobody_asks() {
        let (near, peer) = (Arc::default(), Peer::start(9).await);
        pause();
        ask(&near, &peer, "/list").await;
        assert_eq!(near.servers()["peer"].resting.len(), 1);
        // Of the paused clock.
        sleep(MAX_REST * 2).await;
        assert!(lock(&near.sweeper).is_none());
        assert!(near.servers()["peer"].resting.is_empty());
        // Its rest showed what the server does.
        assert_eq!(habit(&near, "/list"), Habit::Keeps);
    }

    #[tokio::test]
    async fn a_server_that_closes_without_a_word_is_reached_anew_each_time() {
        let (near, peer) = (Arc::default(), Peer::start(9).await);
        ask(&near, &peer, "/stream").await;
        see_the_end(&near).await;
        for _ in 0..3 {
            ask(&near, &peer, "/stream").await;
        }
        assert_eq!(peer.connections.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn that_a_list_leaves_it_open_says_nothing_of_a_connection_that_brought_a_stream() {
        let (near, peer) = (Arc::default(), Peer::start(9).await);
        pause();
        ask(&near, &peer, "/list").await;
        advance(PROBATION).await;
        // On the connection of the list, which was seen to stay open.
        ask(&near, &peer, "/stream").await;
        // The end may not be seen yet.
        ask(&near, &peer, "/list").await;
        assert_eq!(peer.connections.load(Ordering::Relaxed), 2);
        see_the_end(&near).await;
        advance(PROBATION).await;
        ask(&near, &peer, "/list").await;
        assert_eq!(peer.connections.load(Ordering::Relaxed), 2);
        assert_eq!(habit(&near, "/list"), Habit::Keeps);
    }

    #[tokio::test]
    async fn an_answer_that_is_not_read_to_its_end_takes_its_connection_with_it() {
        let (near, peer): (Arc<Near>, _) = (Arc::default(), Peer::start(9).await);
        let addresses = async { Ok(vec![peer.address]) };
        let answer = near
            .send("peer".to_owned(), addresses, request("/list"))
            .await;
        drop(answer.unwrap());
        assert!(!near.servers().contains_key("peer"));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_was_not_reached() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gone = listener.local_addr().unwrap();
        drop(listener);
        let near: Arc<Near> = Arc::default();
        let addresses = async { Ok(vec![gone]) };
        let unsent = near
            .send("peer".to_owned(), addresses, request("/list"))
            .await;
        assert!(unsent.is_err_and(|unsent| !unsent.was_connected));
    }
}
