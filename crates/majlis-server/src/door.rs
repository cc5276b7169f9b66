//! Where the server listens, and what must be had before it may.
//!
//! This machine's own addresses stand open to the person alone. Any other address needs a token and
//! encryption: [`DoorPlan::check`] says what is missing, and only the [`Door`] it gives can be
//! listened on.

mod names;
mod tls;
mod token;

use std::fmt;
use std::net::IpAddr;

use names::LOOPBACK;
pub(crate) use names::Names;
pub use tls::{TlsError, TlsIdentity};
pub use token::{AccessToken, TokenError, new_token};
pub(crate) use token::{CODE_PREFIX, Mark, SESSION_PREFIX, random};

/// How the server is to be reached, as a person wishes it.
#[derive(Debug, Clone, Default)]
pub struct DoorPlan {
    /// Where to listen; empty: 127.0.0.1 and `[::1]`.
    pub addresses: Vec<IpAddr>,
    /// Port; 0 lets the system choose.
    pub port: u16,
    /// Further names, `host` or `host:port`, by which a browser may call the server.
    pub host_names: Vec<String>,
    /// What every caller must know.
    pub token: Option<AccessToken>,
    /// Not without a token, wherever it listens: others use this machine too.
    pub require_token: bool,
    /// Encryption of our own.
    pub tls: TlsPlan,
    /// A proxy of the person's stands before us and encrypts.
    pub behind_proxy: bool,
}

/// How far encryption of our own is given.
#[derive(Debug, Clone, Default)]
pub enum TlsPlan {
    /// None.
    #[default]
    Absent,
    /// A certificate without its key.
    CertificateAlone,
    /// A key without its certificate.
    KeyAlone,
    /// A certificate and its key, which fit.
    Whole(TlsIdentity),
}

/// A plan that may be carried out.
#[derive(Debug, Clone)]
pub struct Door {
    pub(crate) addresses: Vec<IpAddr>,
    /// Only the two loopback addresses were wished, and one may be absent.
    pub(crate) is_default: bool,
    pub(crate) port: u16,
    pub(crate) host_names: Vec<String>,
    pub(crate) token: Option<AccessToken>,
    pub(crate) tls: Option<TlsIdentity>,
    pub(crate) is_behind_proxy: bool,
}

/// One thing that is missing before a plan may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A token, since others can reach this address.
    Token(IpAddr),
    /// Encryption, since what goes to this address can be read on its way.
    Encryption(IpAddr),
    /// A token, since the person requires one.
    RequiredToken,
    /// A token, since a proxy lets others in.
    TokenBehindProxy,
    /// The name under which the proxy is called.
    NameBehindProxy,
    /// A name, since "every address" is none.
    Name(IpAddr),
    /// The key of the certificate.
    TlsKey,
    /// The certificate of the key.
    TlsCertificate,
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(address) => {
                write!(formatter, "a token, since others can reach {address}")
            }
            Self::Encryption(address) => {
                write!(formatter, "encryption of what goes to and from {address}")
            }
            Self::RequiredToken => formatter.write_str("a token, since require_token is set"),
            Self::TokenBehindProxy => formatter.write_str("a token, since a proxy lets others in"),
            Self::NameBehindProxy => {
                formatter.write_str("the name by which browsers call the proxy")
            }
            Self::Name(address) => {
                write!(
                    formatter,
                    "a name, since {address} stands for every address"
                )
            }
            Self::TlsKey => formatter.write_str("the key of the certificate"),
            Self::TlsCertificate => formatter.write_str("the certificate of the key"),
        }
    }
}

impl Missing {
    /// How to give it on the command line.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Token(_) | Self::RequiredToken | Self::TokenBehindProxy => {
                "make a token with `majlis token new FILE`, then give --token-file FILE"
            }
            Self::Encryption(_) => {
                "give --tls-cert FILE and --tls-key FILE, or --behind-proxy when a proxy encrypts"
            }
            Self::NameBehindProxy => "give --name HOST, for example --name majlis.example.org",
            Self::Name(_) => {
                "give --name HOST, the name or address by which other machines call this one"
            }
            Self::TlsKey => "give --tls-key FILE",
            Self::TlsCertificate => "give --tls-cert FILE",
        }
    }
}

impl DoorPlan {
    /// Decides whether the plan may be carried out.
    ///
    /// # Errors
    /// Everything that is missing, each thing once, in the order in which it is best given.
    pub fn check(self) -> Result<Door, Vec<Missing>> {
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(missing);
        }
        let is_default = self.addresses.is_empty();
        let addresses = if is_default {
            LOOPBACK.to_vec()
        } else {
            self.addresses
        };
        Ok(Door {
            addresses,
            is_default,
            port: self.port,
            host_names: self.host_names,
            token: self.token,
            tls: match self.tls {
                TlsPlan::Whole(identity) => Some(identity),
                TlsPlan::Absent | TlsPlan::CertificateAlone | TlsPlan::KeyAlone => None,
            },
            is_behind_proxy: self.behind_proxy,
        })
    }

    fn missing(&self) -> Vec<Missing> {
        let other = self
            .addresses
            .iter()
            .copied()
            .find(|address| !address.to_canonical().is_loopback());
        let unspecified = self
            .addresses
            .iter()
            .copied()
            .find(|address| address.to_canonical().is_unspecified());
        let token = match (other, self.behind_proxy, self.require_token) {
            _ if self.token.is_some() => None,
            (Some(address), _, _) => Some(Missing::Token(address)),
            (None, true, _) => Some(Missing::TokenBehindProxy),
            (None, false, true) => Some(Missing::RequiredToken),
            (None, false, false) => None,
        };
        let tls = match (&self.tls, other) {
            (TlsPlan::CertificateAlone, _) => Some(Missing::TlsKey),
            (TlsPlan::KeyAlone, _) => Some(Missing::TlsCertificate),
            (TlsPlan::Absent, Some(address)) if !self.behind_proxy => {
                Some(Missing::Encryption(address))
            }
            (TlsPlan::Absent | TlsPlan::Whole(_), _) => None,
        };
        let name = match unspecified {
            _ if !self.host_names.is_empty() => None,
            _ if self.behind_proxy => Some(Missing::NameBehindProxy),
            Some(address) => Some(Missing::Name(address)),
            None => None,
        };
        [token, tls, name].into_iter().flatten().collect()
    }
}

impl Door {
    /// A door to 127.0.0.1 and `[::1]` without a token; port 0 lets the system choose.
    pub fn local(port: u16) -> Self {
        Self {
            addresses: LOOPBACK.to_vec(),
            is_default: true,
            port,
            host_names: Vec::new(),
            token: None,
            tls: None,
            is_behind_proxy: false,
        }
    }

    /// Browsers reach us by https alone.
    pub(crate) fn is_https(&self) -> bool {
        self.tls.is_some() || self.is_behind_proxy
    }
}

#[cfg(test)]
pub(crate) mod tests;
