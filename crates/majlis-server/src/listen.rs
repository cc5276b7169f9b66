//! The accept loop: axum's own has neither a header timeout nor `TCP_NODELAY`.

mod linger;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use majlis_app::App;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Access;
use crate::api;
use crate::door::{Door, Names};
use crate::guard::Guard;
use crate::limit::LimitOptions;
use crate::meter;
use linger::{Lingering, Patience};

/// Time a client has to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Time a client has to agree on encryption.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Size of a request's head at most, in bytes.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// Connections at most; further ones wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 256;
/// How long a connection is read after its last answer, so that the answer arrives.
const PATIENCE: Patience = Patience {
    timeout: Duration::from_secs(2),
    max_bytes: 16 << 20,
};
/// Time that open requests have to end at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an address cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {}", SocketAddr::from((*.address, *.port)))]
pub struct BindError {
    /// The address that was asked for.
    pub address: IpAddr,
    /// The port that was asked for.
    pub port: u16,
    /// Another program holds the port.
    pub in_use: bool,
    /// The system's word.
    #[source]
    pub source: io::Error,
}

/// A server that holds its port but does not answer yet.
pub struct Server {
    listeners: Vec<TcpListener>,
    port: u16,
    url: String,
    tls: Option<TlsAcceptor>,
    access: Access,
    router: Router,
}

impl Server {
    /// Takes the port on every address of the door. Where none was wished, a machine without IPv6 is
    /// served on IPv4 alone.
    ///
    /// # Errors
    /// [`BindError`] when an address is not ours, or its port is taken or not allowed.
    pub async fn bind(app: App, door: Door, limits: LimitOptions) -> Result<Self, BindError> {
        let (listeners, port) = listen(&door).await?;
        meter::start();
        let names = Names::new(&door, port);
        let guard = Guard::new(&door, &names);
        let access = Access::new(&door);
        Ok(Self {
            listeners,
            port,
            url: names.url,
            tls: door
                .tls
                .map(|identity| TlsAcceptor::from(identity.config())),
            router: api::router(app, guard, access.clone(), limits),
            access,
        })
    }

    /// The address to open, e.g. `http://127.0.0.1:7777`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same with a code that signs in once within ten minutes, where a token is asked for. Who
    /// sees it can sign in: show it to the person alone.
    pub fn sign_in_url(&self) -> String {
        let issued = self
            .access
            .lock()
            .map(|lock| lock.keeper.issue_code(Instant::now()));
        match issued {
            Some(Ok(once)) => format!("{}/#token={once}", self.url),
            Some(Err(error)) => {
                tracing::warn!(%error, "no code to sign in with could be made");
                self.url.clone()
            }
            None => self.url.clone(),
        }
    }

    /// The port it holds.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers until `shutdown` is cancelled, then lets open requests end for at most 10 s.
    pub async fn serve(self, shutdown: CancellationToken) {
        let connections = TaskTracker::new();
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut loops = tokio::task::JoinSet::new();
        for listener in self.listeners {
            let acceptor = Acceptor {
                router: self.router.clone(),
                tls: self.tls.clone(),
                permits: Arc::clone(&permits),
                connections: connections.clone(),
                shutdown: shutdown.clone(),
            };
            loops.spawn(acceptor.run(listener));
        }
        let stop = shutdown.clone();
        loops.spawn(async move {
            let mut round = tokio::time::interval(meter::UPKEEP_INTERVAL);
            while stop.run_until_cancelled(round.tick()).await.is_some() {
                meter::upkeep();
            }
        });
        while loops.join_next().await.is_some() {}
        connections.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, connections.wait())
            .await
            .is_err()
        {
            tracing::warn!("some connections did not end within {DRAIN_TIMEOUT:?}");
        }
    }
}

/// Listens on every address of a door, at one port.
async fn listen(door: &Door) -> Result<(Vec<TcpListener>, u16), BindError> {
    let mut listeners = Vec::new();
    let mut port = door.port;
    for &address in &door.addresses {
        let fail = |source: io::Error| BindError {
            address,
            port,
            in_use: source.kind() == io::ErrorKind::AddrInUse,
            source,
        };
        match TcpListener::bind((address, port)).await {
            Ok(listener) => {
                // The first one's port is that of all.
                port = listener.local_addr().map_err(fail)?.port();
                listeners.push(listener);
            }
            Err(error)
                if door.is_default
                    && address.is_ipv6()
                    && error.kind() != io::ErrorKind::AddrInUse =>
            {
                tracing::info!(%error, "no IPv6 loopback; serving IPv4 alone");
            }
            Err(error) => return Err(fail(error)),
        }
    }
    Ok((listeners, port))
}

struct Acceptor {
    router: Router,
    tls: Option<TlsAcceptor>,
    permits: Arc<Semaphore>,
    connections: TaskTracker,
    shutdown: CancellationToken,
}

impl Acceptor {
    async fn run(self, listener: TcpListener) {
        loop {
            let next = async {
                let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
                Some((listener.accept().await, permit))
            };
            let accepted = tokio::select! {
                () = self.shutdown.cancelled() => return,
                accepted = next => accepted,
            };
            match accepted {
                Some((Ok((stream, _)), permit)) => self.spawn(stream, permit),
                Some((Err(error), _)) => {
                    // Out of descriptors, or a peer that vanished: wait a moment, go on.
                    tracing::warn!(%error, "accepting a connection failed");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                None => return,
            }
        }
    }

    fn spawn(&self, stream: TcpStream, permit: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY refused");
        }
        let (router, shutdown) = (self.router.clone(), self.shutdown.clone());
        let tls = self.tls.clone();
        self.connections.spawn(async move {
            match tls {
                Some(tls) => encrypted(tls, router, stream, shutdown).await,
                None => connection(router, stream, shutdown).await,
            }
            drop(permit);
        });
    }
}

/// Agrees on encryption, then answers. Until then nothing of the client's is read.
async fn encrypted(
    tls: TlsAcceptor,
    router: Router,
    stream: TcpStream,
    shutdown: CancellationToken,
) {
    let agreeing = agree(&tls, stream, HANDSHAKE_TIMEOUT);
    if let Some(Some(stream)) = shutdown.run_until_cancelled(agreeing).await {
        connection(router, stream, shutdown).await;
    }
}

/// A client's stream, encrypted; `None` when it does not agree in time.
async fn agree<S>(tls: &TlsAcceptor, stream: S, timeout: Duration) -> Option<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match tokio::time::timeout(timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a client did not agree on encryption");
            None
        }
        Err(_) => {
            tracing::debug!("a client took too long to agree on encryption");
            None
        }
    }
}

/// Answers one client's requests; at shutdown the one being answered is the last.
async fn connection<S>(router: Router, stream: S, shutdown: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(2 * MAX_HEAD_BYTES)
        .serve_connection(
            TokioIo::new(Lingering::new(stream, PATIENCE)),
            TowerToHyperService::new(router),
        )
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::tests::identity;

    #[tokio::test]
    async fn a_client_that_does_not_agree_on_encryption_is_left_after_its_time() {
        let tls = TlsAcceptor::from(identity().config());
        let (ours, _theirs) = tokio::io::duplex(1 << 10);
        let agreed = agree(&tls, ours, Duration::from_millis(1)).await;
        assert!(agreed.is_none());
    }
}
