//! Plain HTTP to servers nearby, over connections that are kept where that is safe.
//!
//! Some servers close a connection after an answer without a word, as llama.cpp does after a stream.
//! What is sent on it at that moment is lost, or carried out and not answered, and must not be sent
//! twice. So connections to a server are used again only after one of them was seen to stay open.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::{Request, Response};
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
    habit: Habit,
    /// The one that rests for the shortest time is the last.
    resting: Vec<Resting>,
}

/// What a server does with a connection after an answer.
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
    link: Option<Link>,
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
        let answer = link.ask(request).await.map_err(|error| Unsent {
            was_connected: true,
            said: super::root(&error),
        })?;
        Ok(answer.map(|incoming| Body {
            incoming,
            link: Some(link),
            near: Arc::downgrade(self),
            server,
        }))
    }

    /// A connection that may be used again.
    fn take(&self, server: &str) -> Option<Link> {
        self.servers().get_mut(server)?.take()
    }

    fn give_back(self: &Arc<Self>, server: String, link: Link) {
        let mut servers = self.servers();
        let known = servers.entry(server).or_default();
        if known.habit == Habit::Closes || known.resting.len() == MAX_KEPT {
            return;
        }
        let since = Instant::now();
        known.resting.push(Resting { link, since });
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
    fn take(&mut self) -> Option<Link> {
        self.judge();
        if self.habit != Habit::Keeps {
            return None;
        }
        while let Some(mut resting) = self.resting.pop() {
            let is_fresh = resting.since.elapsed() < MAX_REST;
            match (resting.link.is_open(), is_fresh) {
                (true, true) => return Some(resting.link),
                (false, true) => {
                    self.close();
                    return None;
                }
                (_, false) => {}
            }
        }
        None
    }

    /// Learns what the server does from the connection that has rested longest.
    fn judge(&mut self) {
        let Some(oldest) = self.resting.first_mut() else {
            return;
        };
        if self.habit == Habit::Unknown {
            if !oldest.link.is_open() {
                self.close();
            } else if oldest.since.elapsed() >= PROBATION {
                self.habit = Habit::Keeps;
            }
        }
    }

    fn close(&mut self) {
        self.habit = Habit::Closes;
        self.resting.clear();
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
            if let Some(link) = &mut self.link {
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
        let (Some(mut link), Some(near)) = (self.link.take(), self.near.upgrade()) else {
            return;
        };
        // The last byte was read; now it gets ready for another request, or closes.
        turn(&mut link.connection, &mut link.is_over, context);
        if !link.is_over && link.sender.is_ready() {
            near.give_back(std::mem::take(&mut self.server), link);
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

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nye\r\n1\r\ns\r\n0\r\n\r\n";

    /// A server that answers some requests on each connection and then closes it without a word.
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
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\nask") {
                match stream.read(&mut buffer).await {
                    Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
                    _ => return,
                }
            }
            if stream.write_all(ANSWER).await.is_err() {
                return;
            }
        }
    }

    fn request() -> Request<String> {
        let mut request = Request::post("/v1").body("ask".to_owned()).unwrap();
        let host = "test".parse().unwrap();
        request.headers_mut().insert("host", host);
        request
    }

    async fn ask(near: &Arc<Near>, peer: &Peer) {
        let addresses = async { Ok(vec![peer.address]) };
        let answer = near.send("peer".to_owned(), addresses, request()).await;
        let mut body = answer.unwrap().into_body();
        let mut text = Vec::new();
        while let Some(piece) = body.chunk().await.unwrap() {
            text.extend_from_slice(&piece);
        }
        assert_eq!(text, b"yes");
    }

    fn habit(near: &Near) -> Habit {
        near.servers()["peer"].habit
    }

    /// Asks a number of times, with a pause before each but the first; the connections it took.
    async fn check(answers_each: usize, asked: usize, rest: Duration) -> (usize, Habit) {
        let (near, peer) = (Arc::default(), Peer::start(answers_each).await);
        pause();
        for number in 0..asked {
            if number > 0 {
                advance(rest).await;
            }
            ask(&near, &peer).await;
        }
        (peer.connections.load(Ordering::Relaxed), habit(&near))
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
        ask(&near, &peer).await;
        assert_eq!(near.servers()["peer"].resting.len(), 1);
        // Of the paused clock.
        sleep(MAX_REST * 2).await;
        assert!(lock(&near.sweeper).is_none());
        assert!(near.servers()["peer"].resting.is_empty());
        // Its rest showed what the server does.
        assert_eq!(habit(&near), Habit::Keeps);
    }

    #[tokio::test]
    async fn a_server_that_closes_without_a_word_is_reached_anew_each_time() {
        let (near, peer) = (Arc::default(), Peer::start(1).await);
        ask(&near, &peer).await;
        // Unless its end was seen already, it shows in a moment.
        let rests = |peer: &mut Server| {
            peer.judge();
            !peer.resting.is_empty()
        };
        while near.servers().get_mut("peer").is_some_and(rests) {
            yield_now().await;
        }
        for _ in 0..3 {
            ask(&near, &peer).await;
        }
        assert_eq!(peer.connections.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn an_answer_that_is_not_read_to_its_end_takes_its_connection_with_it() {
        let (near, peer): (Arc<Near>, _) = (Arc::default(), Peer::start(9).await);
        let addresses = async { Ok(vec![peer.address]) };
        let answer = near.send("peer".to_owned(), addresses, request()).await;
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
        let unsent = near.send("peer".to_owned(), addresses, request()).await;
        assert!(unsent.is_err_and(|unsent| !unsent.was_connected));
    }
}
