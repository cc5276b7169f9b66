//! The one door to the network: which addresses may be reached, and the shared clients.

mod address;
mod near;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use hyper::body::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Client, ClientBuilder, Method, StatusCode, Url, redirect};

use address::Reach;
use near::Near;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What we call ourselves.
const AGENT: &str = concat!("majlis/", env!("CARGO_PKG_VERSION"));

/// What the configuration says about outgoing connections.
#[derive(Debug, Clone, Default)]
pub struct OutboundOptions {
    /// URL of a proxy for all public addresses; `None` connects directly, whatever the environment
    /// says.
    pub proxy: Option<String>,
}

/// Outgoing connections cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The proxy's URL is not one.
    #[error("the proxy {url:?} cannot be used")]
    Proxy {
        /// As configured.
        url: String,
        /// What is wrong with it.
        source: reqwest::Error,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}

/// An address that may not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("{0} is an address of this machine or its network")]
    Private(String),
    #[error("{0} is a reserved address")]
    Special(String),
    #[error("port {0} is the one Majlis itself listens on")]
    OwnPort(u16),
    #[error("the address has no host")]
    NoHost,
}

/// A request as it leaves.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Everything but host, length and agent.
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A request that brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// The connection was made, so that the request may have been carried out.
    pub(crate) was_connected: bool,
    /// The innermost cause; the outer ones only repeat that there was an error.
    pub(crate) said: String,
}

impl Unsent {
    fn unreached(said: impl Into<String>) -> Self {
        Self {
            was_connected: false,
            said: said.into(),
        }
    }
}

/// An answer whose head is read; its body comes in pieces.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Pieces,
}

enum Pieces {
    Far(reqwest::Response),
    Near(near::Body),
}

impl Answered {
    /// The next piece of the body; `None` behind its end. An error says why it broke.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        match &mut self.body {
            Pieces::Far(response) => response.chunk().await.map_err(|error| root(&error)),
            Pieces::Near(body) => body.chunk().await.map_err(|error| root(&error)),
        }
    }
}

fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Makes every outgoing connection. Pools of connections are shared by all providers: one that
/// reaches public addresses only, and two for entries with `allow_private`, of which the second
/// knows no encryption and adds next to no time.
#[derive(Clone)]
pub struct Outbound {
    public: Client,
    private: Client,
    near: Arc<Near>,
    /// Port of our own server, 0 while there is none.
    own_port: Arc<AtomicU16>,
}

impl Outbound {
    /// Prepares the clients; connects to nothing.
    ///
    /// # Errors
    /// [`OutboundError`] when the proxy is not a URL or the client cannot be made.
    pub fn new(options: OutboundOptions) -> Result<Self, OutboundError> {
        // A second call in one process finds the provider installed; that is no error.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let OutboundOptions { proxy } = options;
        let public = client(|| {
            let builder = base(false);
            match &proxy {
                None => Ok(builder),
                Some(url) => reqwest::Proxy::all(url)
                    .map(|proxy| builder.proxy(proxy))
                    .map_err(|source| OutboundError::Proxy {
                        url: url.clone(),
                        source,
                    }),
            }
        })?;
        Ok(Self {
            public,
            // A server nearby that closes a kept connection just as it is used again fails a call
            // that may not be sent twice.
            private: client(|| Ok(base(true).pool_max_idle_per_host(0)))?,
            near: Arc::default(),
            own_port: Arc::default(),
        })
    }

    /// Tells the port our own server listens on, so that no configured provider can be Majlis itself.
    pub fn refuse_own_port(&self, port: u16) {
        self.own_port.store(port, Ordering::Relaxed);
    }

    /// Sends a request where it may be sent. Redirects are not followed.
    pub(crate) async fn send(
        &self,
        request: Outgoing,
        allow_private: bool,
    ) -> Result<Result<Answered, Unsent>, Refused> {
        let client = self.client(&request.url, allow_private).await?;
        Ok(if allow_private && request.url.scheme() == "http" {
            self.send_near(request).await
        } else {
            send_far(client, request).await
        })
    }

    async fn send_near(&self, request: Outgoing) -> Result<Answered, Unsent> {
        let url = &request.url;
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        let server = format!("{host}:{port}");
        let mut wire = hyper::Request::new(request.body);
        *wire.method_mut() = request.method;
        *wire.uri_mut() = target(url)
            .parse()
            .map_err(|_| Unsent::unreached("the address has a path that cannot be sent"))?;
        *wire.headers_mut() = request.headers;
        let authority = HeaderValue::from_str(&authority(url))
            .map_err(|_| Unsent::unreached("the address has a host that cannot be sent"))?;
        wire.headers_mut().insert(HOST, authority);
        wire.headers_mut()
            .insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let addresses = async {
            self.addresses(host.trim_matches(['[', ']']), port, true)
                .await
                .map_err(Unsent::unreached)
        };
        let (head, body) = self.near.send(server, addresses, wire).await?.into_parts();
        Ok(Answered {
            status: head.status,
            headers: head.headers,
            body: Pieces::Near(body),
        })
    }

    /// The client for a URL, when it may be reached.
    pub(crate) async fn client(&self, url: &Url, allow_private: bool) -> Result<&Client, Refused> {
        check_literal(url, allow_private)?;
        self.check_own_port(url).await?;
        Ok(if allow_private {
            &self.private
        } else {
            &self.public
        })
    }

    /// The first address of a host that may be reached, for connections that are not HTTP.
    pub(crate) async fn resolve(
        &self,
        host: &str,
        port: u16,
        allow_private: bool,
    ) -> Result<SocketAddr, String> {
        let addresses = self.addresses(host, port, allow_private).await?;
        addresses
            .first()
            .copied()
            .ok_or_else(|| format!("{host} has no address"))
    }

    /// The addresses of a host that may be reached; one at least, or why there is none.
    async fn addresses(
        &self,
        host: &str,
        port: u16,
        allow_private: bool,
    ) -> Result<Vec<SocketAddr>, String> {
        let found = tokio::net::lookup_host((host, port))
            .await
            .map_err(|_| format!("{host} is not known"))?;
        let (mut allowed, mut refused) = (Vec::new(), format!("{host} has no address"));
        for address in found {
            match judge(address.ip(), allow_private) {
                Ok(()) => allowed.push(address),
                Err(reason) => refused = reason.to_string(),
            }
        }
        if allowed.is_empty() {
            return Err(refused);
        }
        Ok(allowed)
    }

    async fn check_own_port(&self, url: &Url) -> Result<(), Refused> {
        let own = self.own_port.load(Ordering::Relaxed);
        let host = url
            .host_str()
            .ok_or(Refused::NoHost)?
            .trim_matches(['[', ']']);
        if own == 0 || url.port_or_known_default() != Some(own) {
            return Ok(());
        }
        // A name that does not resolve fails later, with a better message.
        let Ok(mut found) = tokio::net::lookup_host((host, own)).await else {
            return Ok(());
        };
        if found.any(|address| address.ip().to_canonical().is_loopback()) {
            return Err(Refused::OwnPort(own));
        }
        Ok(())
    }
}

async fn send_far(client: &Client, request: Outgoing) -> Result<Answered, Unsent> {
    let response = client
        .request(request.method, request.url)
        .headers(request.headers)
        .body(request.body)
        .send()
        .await
        .map_err(|error| Unsent {
            was_connected: !error.is_connect(),
            said: root(&error),
        })?;
    Ok(Answered {
        status: response.status(),
        headers: response.headers().clone(),
        body: Pieces::Far(response),
    })
}

/// Host and port as the header of that name has them.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Path and query as the first line of a request has them.
fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// A host that is an address never goes through the resolver, so it is judged here. `Url` has
/// already brought decimal, octal and hexadecimal forms into the usual one.
pub(crate) fn check_literal(url: &Url, allow_private: bool) -> Result<(), Refused> {
    let host = url
        .host_str()
        .ok_or(Refused::NoHost)?
        .trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) => judge(address, allow_private),
        Err(_) if !allow_private && is_local_name(host) => Err(Refused::Private(host.to_owned())),
        Err(_) => Ok(()),
    }
}

/// The host is this machine, by name or by address.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    is_local_name(host)
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost")
}

fn judge(address: IpAddr, allow_private: bool) -> Result<(), Refused> {
    match address::reach(address) {
        Reach::Public => Ok(()),
        Reach::Private if allow_private => Ok(()),
        Reach::Private => Err(Refused::Private(address.to_string())),
        Reach::Special => Err(Refused::Special(address.to_string())),
    }
}

fn base(allow_private: bool) -> ClientBuilder {
    Client::builder()
        .user_agent(AGENT)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .tcp_nodelay(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .dns_resolver(Arc::new(GuardedResolver { allow_private }))
}

/// A machine without certificate authorities can still talk to servers on it: the second attempt
/// trusts nobody, so that https fails with its own message.
fn client(
    builder: impl Fn() -> Result<ClientBuilder, OutboundError>,
) -> Result<Client, OutboundError> {
    builder()?.build().or_else(|_| {
        builder()?
            .tls_certs_only([])
            .build()
            .map_err(OutboundError::Client)
    })
}

/// Resolves names and drops every address that may not be reached, so that a public name cannot
/// lead to this machine.
struct GuardedResolver {
    allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let mut refused = None;
            let mut allowed: Vec<SocketAddr> = Vec::new();
            for found in tokio::net::lookup_host((name.as_str(), 0)).await? {
                match judge(found.ip(), allow_private) {
                    Ok(()) => allowed.push(found),
                    Err(reason) => refused = Some(reason),
                }
            }
            match refused {
                Some(reason) if allowed.is_empty() => Err(reason.into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, allow_private: bool, allowed: bool) {
        let url = Url::parse(url).unwrap();
        assert_eq!(check_literal(&url, allow_private).is_ok(), allowed, "{url}");
    }

    #[test]
    fn an_address_of_this_machine_is_refused_in_every_way_to_write_it() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "192.168.1.1",
            "10.0.0.1",
            "172.16.0.1",
            "100.64.0.1",
            "[fd00::1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::10.0.0.1]",
        ] {
            check(&format!("https://{host}/v1"), false, false);
            check(&format!("http://{host}:8080/v1"), true, true);
        }
    }

    #[test]
    fn reserved_addresses_are_refused_even_where_private_ones_are_allowed() {
        for host in [
            "169.254.169.254",
            "0.0.0.0",
            "0",
            "[::]",
            "[fe80::1]",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "240.0.0.1",
            "[ff02::1]",
            "[2001:db8::1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:a9fe:a9fe::1]",
        ] {
            check(&format!("https://{host}/"), true, false);
        }
    }

    #[test]
    fn public_addresses_and_names_are_allowed() {
        for host in [
            "api.example.com",
            "8.8.8.8",
            "[2606:4700::1111]",
            "[64:ff9b::808:808]",
        ] {
            check(&format!("https://{host}/"), false, true);
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused() {
        let guarded = GuardedResolver {
            allow_private: false,
        };
        assert!(guarded.resolve("localhost".parse().unwrap()).await.is_err());
        let open = GuardedResolver {
            allow_private: true,
        };
        assert!(
            open.resolve("localhost".parse().unwrap())
                .await
                .unwrap()
                .next()
                .is_some()
        );
    }

    #[tokio::test]
    async fn a_mail_server_is_judged_by_its_address() {
        let outbound = Outbound::new(OutboundOptions::default()).unwrap();
        assert!(outbound.resolve("localhost", 25, false).await.is_err());
        assert!(outbound.resolve("169.254.169.254", 25, true).await.is_err());
        let nearby = outbound.resolve("localhost", 25, true).await.unwrap();
        assert!(nearby.ip().is_loopback());
    }

    #[tokio::test]
    async fn our_own_port_is_refused() {
        let outbound = Outbound::new(OutboundOptions::default()).unwrap();
        outbound.refuse_own_port(4321);
        for (url, refused) in [
            ("http://localhost:4321/v1", true),
            ("http://127.0.0.1:4321/v1", true),
            ("http://[::1]:4321/v1", true),
            ("http://localhost:4322/v1", false),
        ] {
            let outcome = outbound.client(&Url::parse(url).unwrap(), true).await;
            assert_eq!(outcome.is_err(), refused, "{url}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_url_is_named() {
        let options = OutboundOptions {
            proxy: Some("http://[".into()),
        };
        let error = Outbound::new(options).err().unwrap();
        assert!(error.to_string().contains("http://["));
    }
}
