//! The accept loop: axum's own has neither a header timeout nor `TCP_NODELAY`.

mod linger;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use majlis_app::App;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api;
use crate::guard::Guard;
use crate::limit::LimitOptions;
use crate::meter;
use linger::{Lingering, Patience};

/// Time a client has to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
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

/// Where to listen.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Port on 127.0.0.1 and `[::1]`; 0 lets the system choose.
    pub port: u16,
    /// Further `host:port` names the guard accepts in the Host header.
    pub host_names: Vec<String>,
    /// How many requests are taken in a minute.
    pub limits: LimitOptions,
}

/// Why a port cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on 127.0.0.1:{port}")]
pub struct BindError {
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
    router: Router,
}

impl Server {
    /// Takes the port on both loopback addresses; a machine without IPv6 is served on IPv4 alone.
    ///
    /// # Errors
    /// [`BindError`] when the port is taken or not allowed.
    pub async fn bind(app: App, options: &ServerOptions) -> Result<Self, BindError> {
        let fail = |source: io::Error| BindError {
            port: options.port,
            in_use: source.kind() == io::ErrorKind::AddrInUse,
            source,
        };
        let v4 = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), options.port))
            .await
            .map_err(fail)?;
        let port = v4.local_addr().map_err(fail)?.port();
        let mut listeners = vec![v4];
        match TcpListener::bind((IpAddr::V6(Ipv6Addr::LOCALHOST), port)).await {
            Ok(v6) => listeners.push(v6),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(fail(error)),
            Err(error) => tracing::info!(%error, "no IPv6 loopback; serving IPv4 alone"),
        }
        meter::start();
        let guard = Guard::new(port, &options.host_names);
        Ok(Self {
            listeners,
            port,
            router: api::router(app, guard, options.limits),
        })
    }

    /// The address to open, e.g. `http://127.0.0.1:7777`.
    pub fn url(&self) -> String {
        format!(
            "http://{}",
            SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
        )
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

struct Acceptor {
    router: Router,
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
        let connection = connection(self.router.clone(), stream, self.shutdown.clone());
        self.connections.spawn(async move {
            connection.await;
            drop(permit);
        });
    }
}

/// Answers one client's requests; at shutdown the one being answered is the last.
async fn connection(router: Router, stream: TcpStream, shutdown: CancellationToken) {
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
