//! Ways to reach a person outside of the page: a webhook, ntfy, e-mail.
//!
//! They pass the same door as every provider: no redirects, no special addresses, private ones only
//! where the configuration allows them.

mod mail;
mod post;

use majlis_llm::BoxFuture;
use reqwest::Url;

use crate::Secret;
use crate::outbound::{self, Outbound};

pub use mail::MailSettings;

/// A channel as the configuration says it.
#[derive(Debug, Clone)]
pub struct ChannelSettings {
    /// Its name.
    pub name: String,
    /// Where it leads: `https:`, `http:` with `allow_private`; for e-mail `smtps:` or `smtp:`.
    pub url: String,
    /// It may stand on this machine or in its network, and speak without encryption.
    pub allow_private: bool,
    /// What kind of channel it is.
    pub kind: ChannelKind,
}

/// The kinds of channels.
#[derive(Debug, Clone)]
pub enum ChannelKind {
    /// JSON by POST; with a secret, signed.
    Webhook {
        /// Key of the signature.
        secret: Option<Secret>,
    },
    /// A topic of ntfy.
    Ntfy {
        /// Token of who may write there.
        token: Option<Secret>,
    },
    /// A mail server.
    Mail(MailSettings),
}

impl ChannelKind {
    /// Its name, as it stands in the configuration.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Ntfy { .. } => "ntfy",
            Self::Mail(_) => "email",
        }
    }
}

/// What is to be told.
#[derive(Debug, Clone)]
pub struct Telling {
    /// The same at every try, so that whoever hears it twice can tell.
    pub id: String,
    /// When it is told, in seconds since 1970 UTC.
    pub at_s: i64,
    /// One line.
    pub title: String,
    /// A few lines.
    pub text: String,
    /// The same for programs, as JSON.
    pub json: String,
}

/// Why a channel cannot be used, or did not take what was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The settings do not make sense.
    #[error("{0}")]
    Settings(String),
    /// It could not be reached, or refused.
    #[error("{0}")]
    Refused(String),
}

/// A channel, ready to be used.
#[derive(Debug, Clone)]
pub struct Channel {
    settings: ChannelSettings,
    url: Url,
}

impl Channel {
    /// Checks the settings; connects to nothing.
    ///
    /// # Errors
    /// [`ChannelError::Settings`] when they cannot be used.
    pub fn new(settings: ChannelSettings) -> Result<Self, ChannelError> {
        let fail = |reason: &str| {
            let name = &settings.name;
            ChannelError::Settings(format!("the channel {name:?} cannot be used: {reason}"))
        };
        let url = Url::parse(&settings.url).map_err(|_| fail("its url is not one"))?;
        let schemes: &[&str] = match &settings.kind {
            ChannelKind::Mail(mail) => {
                mail.check().map_err(|reason| fail(&reason))?;
                &["smtps", "smtp"]
            }
            _ if settings.allow_private => &["https", "http"],
            _ => &["https"],
        };
        if !schemes.contains(&url.scheme()) {
            return Err(fail(&format!(
                "its url must begin with {}:",
                schemes.join(": or ")
            )));
        }
        if url.password().is_some() || !url.username().is_empty() {
            return Err(fail("its url must not hold a name or a password"));
        }
        outbound::check_literal(&url, settings.allow_private)
            .map_err(|refused| fail(&refused.to_string()))?;
        Ok(Self { settings, url })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Its kind, as it stands in the configuration.
    pub fn kind(&self) -> &'static str {
        self.settings.kind.as_str()
    }

    /// Tells it once.
    ///
    /// # Errors
    /// [`ChannelError::Refused`] when it was not taken.
    pub fn tell<'a>(
        &'a self,
        outbound: &'a Outbound,
        telling: &'a Telling,
    ) -> BoxFuture<'a, Result<(), ChannelError>> {
        Box::pin(async move {
            let private = self.settings.allow_private;
            match &self.settings.kind {
                ChannelKind::Webhook { secret } => {
                    let request = post::webhook(telling, secret.as_ref());
                    post::send(outbound, &self.url, private, request).await
                }
                ChannelKind::Ntfy { token } => {
                    let request = post::ntfy(telling, token.as_ref());
                    post::send(outbound, &self.url, private, request).await
                }
                ChannelKind::Mail(settings) => {
                    mail::send(outbound, &self.url, private, settings, telling).await
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ChannelKind, url: &str, allow_private: bool, expected: Result<(), &str>) {
        let settings = ChannelSettings {
            name: "x".to_owned(),
            url: url.to_owned(),
            allow_private,
            kind,
        };
        let made = Channel::new(settings)
            .map(drop)
            .map_err(|error| error.to_string());
        let expected =
            expected.map_err(|reason| format!("the channel \"x\" cannot be used: {reason}"));
        assert_eq!(made, expected, "{url}");
    }

    #[test]
    fn a_channel_leads_to_where_it_may() {
        let hook = || ChannelKind::Webhook { secret: None };
        check(hook(), "https://hooks.example.org/a", false, Ok(()));
        check(hook(), "http://127.0.0.1:9/a", true, Ok(()));
        for (url, allow_private, reason) in [
            ("nonsense", false, "its url is not one"),
            (
                "http://hooks.example.org/",
                false,
                "its url must begin with https:",
            ),
            (
                "https://a:b@hooks.example.org/",
                false,
                "its url must not hold a name or a password",
            ),
            (
                "https://127.0.0.1/a",
                false,
                "127.0.0.1 is an address of this machine or its network",
            ),
            (
                "https://169.254.169.254/a",
                true,
                "169.254.169.254 is a reserved address",
            ),
        ] {
            check(hook(), url, allow_private, Err(reason));
        }
    }

    #[test]
    fn a_mail_channel_names_who_writes_and_who_reads() {
        let mail = |from: &str, to: &str| {
            ChannelKind::Mail(MailSettings {
                from: from.to_owned(),
                to: vec![to.to_owned()],
                user: None,
                password: None,
            })
        };
        let (url, good) = ("smtps://mail.example.org", "a@example.org");
        check(mail(good, "Me <me@example.org>"), url, false, Ok(()));
        check(
            mail("no address", good),
            url,
            false,
            Err("\"no address\" is no e-mail address"),
        );
        check(mail(good, ""), url, false, Err("\"\" is no e-mail address"));
        check(
            mail(good, good),
            "https://mail.example.org",
            false,
            Err("its url must begin with smtps: or smtp:"),
        );
    }
}
