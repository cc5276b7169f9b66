//! E-mail. The server's name is resolved here, through the same check as every other, and the
//! connection goes to the address that was checked.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use reqwest::Url;

use super::{ChannelError, Telling};
use crate::Secret;
use crate::outbound::Outbound;

/// Time each step of the conversation may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Ports where a URL names none.
const PORTS: [(&str, u16); 2] = [("smtps", 465), ("smtp", 587)];

/// Who writes to whom, by which name.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The sender's address.
    pub from: String,
    /// The readers' addresses.
    pub to: Vec<String>,
    /// Name at the server; `None`: it asks for none.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
}

impl MailSettings {
    /// Says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.to.is_empty() {
            return Err("nobody is to read it".to_owned());
        }
        let addresses = std::iter::once(&self.from).chain(&self.to);
        for address in addresses {
            mailbox(address)?;
        }
        Ok(())
    }
}

fn mailbox(address: &str) -> Result<Mailbox, String> {
    address
        .parse()
        .map_err(|_| format!("{address:?} is no e-mail address"))
}

pub(super) async fn send(
    outbound: &Outbound,
    url: &Url,
    allow_private: bool,
    settings: &MailSettings,
    telling: &Telling,
) -> Result<(), ChannelError> {
    let message = message(settings, telling).map_err(ChannelError::Refused)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port().or_else(|| default_port(url)).unwrap_or_default();
    let address = outbound
        .resolve(host, port, allow_private)
        .await
        .map_err(ChannelError::Refused)?;
    let broken = |error: lettre::transport::smtp::Error| ChannelError::Refused(reason(&error));
    let tls = TlsParameters::new(host.to_owned()).map_err(broken)?;
    let tls = match (url.scheme(), allow_private) {
        ("smtps", _) => Tls::Wrapper(tls),
        // A server nearby may have no certificate; a key is sent to a public one only encrypted.
        (_, true) => Tls::Opportunistic(tls),
        (_, false) => Tls::Required(tls),
    };
    let mut transport =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
            .port(address.port())
            .tls(tls)
            .timeout(Some(TIMEOUT));
    if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        transport = transport.credentials(credentials);
    }
    transport.build().send(message).await.map_err(broken)?;
    Ok(())
}

fn default_port(url: &Url) -> Option<u16> {
    let found = PORTS.iter().find(|(scheme, _)| *scheme == url.scheme());
    found.map(|(_, port)| *port)
}

fn message(settings: &MailSettings, telling: &Telling) -> Result<Message, String> {
    let mut message = Message::builder()
        .from(mailbox(&settings.from)?)
        .header(ContentType::TEXT_PLAIN)
        .message_id(Some(format!("<{}@majlis>", telling.id)))
        .subject(telling.title.clone());
    for reader in &settings.to {
        message = message.to(mailbox(reader)?);
    }
    message
        .body(telling.text.clone())
        .map_err(|error| error.to_string())
}

fn reason(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
        None => "the mail server could not be reached".to_owned(),
    }
}
