//! `[alerts.NAME]`: a channel through which alerts are told.

use majlis_providers::Secret;
use majlis_providers::channel::{
    Channel, ChannelError, ChannelKind, ChannelSettings, MailSettings,
};
use serde::Deserialize;
use toml::Spanned;

use super::raw::{Unplaced, variable};
use super::syntax::{Problem, nearest};

/// The kinds of channels, as the file calls them.
const KINDS: [&str; 3] = ["webhook", "ntfy", "email"];

/// One channel of the file, still without its secret.
#[derive(Debug, Clone)]
pub(crate) struct OwnChannel {
    /// What majlis-providers makes it from.
    pub(crate) settings: ChannelSettings,
    /// The variable that holds its secret.
    pub(crate) secret_env: Option<String>,
}

impl OwnChannel {
    /// The channel with its secret.
    ///
    /// # Errors
    /// What was checked when the file was read.
    pub(crate) fn channel(&self, found: Option<Secret>) -> Result<Channel, ChannelError> {
        let mut settings = self.settings.clone();
        match &mut settings.kind {
            ChannelKind::Webhook { secret } => *secret = found,
            ChannelKind::Ntfy { token } => *token = found,
            ChannelKind::Mail(mail) => mail.password = found,
        }
        Channel::new(settings)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawChannel {
    kind: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    secret_env: Option<Spanned<String>>,
    allow_private: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

impl RawChannel {
    pub(super) fn checked(self, name: String) -> Result<OwnChannel, Unplaced> {
        let missing = |key: &str, hint: &str| Unplaced::Table {
            section: "alerts",
            name: name.clone(),
            problem: Problem {
                span: None,
                message: format!("the channel `{name}` has no {key}"),
                hint: Some(hint.to_owned()),
            },
        };
        let Some(kind) = self.kind else {
            return Err(missing("kind", "say what it is: webhook, ntfy or email"));
        };
        let Some(url) = self.url else {
            let hint = "say where it leads, for example url = \"https://ntfy.example.org/majlis\"";
            return Err(missing("url", hint));
        };
        let kind = match kind.get_ref().as_str() {
            "webhook" => ChannelKind::Webhook { secret: None },
            "ntfy" => ChannelKind::Ntfy { token: None },
            "email" => ChannelKind::Mail(MailSettings {
                from: self.from.unwrap_or_default(),
                to: self.to,
                user: self.user,
                password: None,
            }),
            _ => return Err(unknown(&kind).into()),
        };
        let span = url.span();
        let channel = OwnChannel {
            settings: ChannelSettings {
                name,
                url: url.into_inner(),
                allow_private: self.allow_private,
                kind,
            },
            secret_env: self
                .secret_env
                .map(|name| variable("secret_env", name))
                .transpose()?,
        };
        match channel.channel(None) {
            Ok(_) => Ok(channel),
            Err(error) => {
                let hint = "docs/monitoring.md shows a channel of each kind";
                Err(Problem::at(span, error.to_string(), hint).into())
            }
        }
    }
}

fn unknown(kind: &Spanned<String>) -> Problem {
    let near = nearest(kind.get_ref(), &KINDS)
        .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let message = format!("unknown kind of channel `{}`", kind.get_ref());
    Problem::at(
        kind.span(),
        message,
        format!("{near}Known: {}", KINDS.join(", ")),
    )
}
