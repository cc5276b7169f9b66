//! `[server]`: where `majlis serve` listens, and what it asks for there.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::syntax::Problem;

/// How the person wishes the server to be reached; nothing of it is read or checked together yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct DoorWishes {
    /// Addresses; empty: 127.0.0.1 and `::1`.
    pub(crate) bind: Vec<IpAddr>,
    /// Port.
    pub(crate) port: Option<u16>,
    /// Further names by which the server may be called.
    pub(crate) host_names: Vec<String>,
    /// The file that holds the token.
    pub(crate) token_file: Option<PathBuf>,
    /// Never without a token.
    pub(crate) require_token: bool,
    /// The file of the certificate.
    pub(crate) tls_cert: Option<PathBuf>,
    /// The file of its key.
    pub(crate) tls_key: Option<PathBuf>,
    /// A proxy encrypts.
    pub(crate) behind_proxy: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawServer {
    port: Option<Spanned<u16>>,
    bind: Vec<Spanned<String>>,
    host_names: Vec<Spanned<String>>,
    token_file: Option<Spanned<PathBuf>>,
    require_token: bool,
    tls_cert: Option<Spanned<PathBuf>>,
    tls_key: Option<Spanned<PathBuf>>,
    behind_proxy: bool,
    pub(super) strict_journal: bool,
}

impl RawServer {
    pub(super) fn checked(self) -> Result<DoorWishes, Problem> {
        let file = |path: Option<Spanned<PathBuf>>| path.map(file).transpose();
        Ok(DoorWishes {
            bind: self.bind.iter().map(address).collect::<Result<_, _>>()?,
            port: self.port.map(port).transpose()?,
            host_names: self
                .host_names
                .into_iter()
                .map(name)
                .collect::<Result<_, _>>()?,
            token_file: file(self.token_file)?,
            require_token: self.require_token,
            tls_cert: file(self.tls_cert)?,
            tls_key: file(self.tls_key)?,
            behind_proxy: self.behind_proxy,
        })
    }
}

#[allow(clippy::needless_pass_by_value)] // the form `map` wants
fn port(port: Spanned<u16>) -> Result<u16, Problem> {
    match *port.get_ref() {
        0 => Err(Problem::at(
            port.span(),
            "port 0 is no port",
            "leave the key out, or use `majlis serve --port 0` once",
        )),
        port => Ok(port),
    }
}

fn address(text: &Spanned<String>) -> Result<IpAddr, Problem> {
    text.get_ref().parse().map_err(|_| {
        let message = format!("`{}` is not an address", text.get_ref());
        let hint = "write addresses of this machine alone, for example \"192.168.1.5\"";
        Problem::at(text.span(), message, hint)
    })
}

fn name(name: Spanned<String>) -> Result<String, Problem> {
    host_name(name.get_ref()).map_err(|message| {
        Problem::at(
            name.span(),
            message,
            "write the name, with its port where it is another, for example \"majlis.test:8080\"",
        )
    })?;
    Ok(name.into_inner())
}

/// A name by which browsers may call the server, `host` or `host:port`.
pub(crate) fn host_name(text: &str) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if text.is_empty() || !text.chars().all(is_part) {
        return Err(format!("`{text}` is not a host name"));
    }
    Ok(text.to_owned())
}

/// Relative to what is not said in a file, and the working folder must not decide it.
fn file(path: Spanned<PathBuf>) -> Result<PathBuf, Problem> {
    if path.get_ref().is_absolute() {
        return Ok(path.into_inner());
    }
    let message = format!("`{}` is not an absolute path", path.get_ref().display());
    let hint = "write the whole path, for example \"/etc/majlis/token\"";
    Err(Problem::at(path.span(), message, hint))
}
