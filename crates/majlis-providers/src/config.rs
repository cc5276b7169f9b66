//! One provider as configured, checked.

use std::time::Duration;

use majlis_llm::ModelInfo;
use reqwest::Url;

use crate::Secret;
use crate::codec::WireFormat;
use crate::outbound;
use crate::registry::{BuiltIn, FormatRule, ProviderKind, QuirkRule};

/// Names no configured provider may take.
const RESERVED: &[&str] = &["local", "majlis"];

/// How long each step of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From sending to the first piece of the answer or its reasoning.
    pub first_token: Duration,
    /// Between two pieces of network data.
    pub idle: Duration,
    /// The whole call, waits between attempts included.
    pub total: Duration,
}

impl Default for Timeouts {
    /// Generous, because reasoning models and models on a processor think for minutes in silence.
    fn default() -> Self {
        Self {
            first_token: Duration::from_mins(10),
            idle: Duration::from_mins(5),
            total: Duration::from_mins(30),
        }
    }
}

/// A user's own server, as the configuration file says it.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The part of a model id before the `/`: `[a-z0-9][a-z0-9_-]{0,31}`, not `local` or `majlis`. The
    /// name of a built-in provider replaces that one.
    pub name: String,
    /// The wire format it speaks.
    pub format: WireFormat,
    /// Where its API begins, e.g. `https://models.example.org/v1`.
    pub base_url: String,
    /// Its key; `None` sends none. Well-known variables are never used for it.
    pub key: Option<Secret>,
    /// It may stand on this machine or in its network, and speak http.
    pub allow_private: bool,
    /// Its patience.
    pub timeouts: Timeouts,
    /// Names of models beside those it lists itself; for servers that list none.
    pub models: Vec<String>,
}

/// Why a provider's settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The name breaks the rule, or is reserved.
    #[error(
        "provider name {0:?} cannot be used: take a-z, 0-9, - and _, at most 32, and not \"local\" or \"majlis\""
    )]
    Name(String),
    /// The base URL is not one.
    #[error("base_url {url:?} of provider {name:?} cannot be used: {reason}")]
    BaseUrl {
        /// The provider's name.
        name: String,
        /// The URL as configured, without a password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A model's name holds white space or a control character.
    #[error("model name {model:?} of provider {name:?} holds white space or a control character")]
    Model {
        /// The provider's name.
        name: String,
        /// The model's name.
        model: String,
    },
}

/// One provider, ready to be built. A key in it belongs to its base URL, and neither can be changed
/// alone.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) kind: ProviderKind,
    pub(crate) format: FormatRule,
    pub(crate) base_url: Url,
    pub(crate) key: Option<Secret>,
    pub(crate) key_variables: &'static [&'static str],
    pub(crate) allow_private: bool,
    pub(crate) timeouts: Timeouts,
    pub(crate) models: Vec<ModelInfo>,
    pub(crate) quirks: &'static [QuirkRule],
    pub(crate) models_path: Option<&'static str>,
    pub(crate) start_hint: Option<&'static str>,
    pub(crate) retry: RetryPolicy,
}

/// How often and how long a refused call waits for another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    /// Attempts in all.
    pub(crate) max_attempts: u32,
    /// Longest first wait; doubles with each attempt.
    pub(crate) base: Duration,
    /// A provider that asks for a longer wait than this is reported instead.
    pub(crate) max_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(500),
            max_wait: Duration::from_secs(20),
        }
    }
}

impl ProviderConfig {
    /// A provider of the table with its key; the only way to use a well-known key.
    pub(crate) fn built_in(
        entry: &'static BuiltIn,
        key: Option<Secret>,
    ) -> Result<Self, ConfigError> {
        let allow_private = entry.kind == ProviderKind::LocalServer;
        Ok(Self {
            name: entry.name.to_owned(),
            display_name: entry.display_name.to_owned(),
            kind: entry.kind,
            format: entry.format,
            base_url: base_url(entry.name, entry.base_url, allow_private)?,
            key: key.filter(|key| !key.is_empty()),
            key_variables: entry.key_variables,
            allow_private,
            timeouts: Timeouts::default(),
            models: Vec::new(),
            quirks: entry.quirks,
            models_path: entry.models_path,
            start_hint: entry.start_hint,
            retry: RetryPolicy::default(),
        })
    }

    /// The part of a model id before the `/`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Other waits between attempts, for tests that must not take long.
    #[cfg(test)]
    pub(crate) fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }
}

impl TryFrom<ServerSettings> for ProviderConfig {
    type Error = ConfigError;

    fn try_from(settings: ServerSettings) -> Result<Self, ConfigError> {
        let name = settings.name;
        if !is_name(&name) {
            return Err(ConfigError::Name(name));
        }
        let url = trimmed(&settings.base_url, settings.format);
        let base_url = base_url(&name, url, settings.allow_private)?;
        let models = settings
            .models
            .into_iter()
            .map(|model| match majlis_llm::ModelId::new(&name, &model) {
                Ok(id) => Ok(ModelInfo::bare(id)),
                Err(_) => Err(ConfigError::Model {
                    name: name.clone(),
                    model,
                }),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            display_name: name.clone(),
            name,
            kind: ProviderKind::Custom,
            format: FormatRule::Fixed(settings.format),
            base_url,
            key: settings.key.filter(|key| !key.is_empty()),
            key_variables: &[],
            allow_private: settings.allow_private,
            timeouts: settings.timeouts,
            models,
            quirks: &[],
            models_path: None,
            start_hint: None,
            retry: RetryPolicy::default(),
        })
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    };
    (1..=32).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with(['-', '_'])
        && !RESERVED.contains(&name)
}

/// People copy URLs with the part that the format adds itself.
fn trimmed(url: &str, format: WireFormat) -> &str {
    let url = url.trim().trim_end_matches('/');
    let extra: &[&str] = match format {
        WireFormat::OpenAiChat => &["/chat/completions"],
        WireFormat::OpenAiResponses => &["/responses"],
        WireFormat::Anthropic => &["/v1/messages", "/v1"],
        WireFormat::Gemini => &["/models"],
        WireFormat::Ollama => &["/api/chat", "/api", "/v1"],
    };
    extra
        .iter()
        .find_map(|end| url.strip_suffix(end))
        .unwrap_or(url)
}

fn base_url(name: &str, text: &str, allow_private: bool) -> Result<Url, ConfigError> {
    let error = |reason: &str| ConfigError::BaseUrl {
        name: name.to_owned(),
        url: without_user(text),
        reason: reason.to_owned(),
    };
    let url = Url::parse(text).map_err(|cause| error(&cause.to_string()))?;
    match url.scheme() {
        "https" => {}
        "http" if allow_private => {}
        "http" => {
            return Err(error(
                "http would show the key to the network; use https, or allow_private = true",
            ));
        }
        _ => return Err(error("it must begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(error("it must not hold a user or password; use a key"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(error("it must not hold ? or #"));
    }
    outbound::check_literal(&url, allow_private).map_err(|refused| {
        error(&format!(
            "{refused}; allow_private = true permits private addresses"
        ))
    })?;
    Ok(url)
}

/// The URL without what stands before an `@`, which may be a password.
fn without_user(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => {
            format!("{}://…{}", &text[..scheme], &text[at..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(
        name: &str,
        format: WireFormat,
        base_url: &str,
        allow_private: bool,
    ) -> ServerSettings {
        ServerSettings {
            name: name.to_owned(),
            format,
            base_url: base_url.to_owned(),
            key: Some(Secret::from("sk-private-key".to_owned())),
            allow_private,
            timeouts: Timeouts::default(),
            models: vec!["m:1".to_owned()],
        }
    }

    #[track_caller]
    fn check(url: &str, allow_private: bool, reason: Option<&str>) {
        let outcome =
            ProviderConfig::try_from(settings("mine", WireFormat::OpenAiChat, url, allow_private));
        match (outcome, reason) {
            (Ok(_), None) => {}
            (Err(error), Some(reason)) => assert!(error.to_string().contains(reason), "{error}"),
            (outcome, _) => panic!("{url}: {outcome:?}"),
        }
    }

    #[test]
    fn a_base_url_is_https_to_a_public_host_unless_allowed_otherwise() {
        check("https://models.example.org/v1", false, None);
        check("http://models.example.org/v1", false, Some("https"));
        check("http://localhost:8080/v1", true, None);
        check("https://localhost:8080/v1", false, Some("allow_private"));
        check("https://2130706433/v1", false, Some("this machine"));
        check("https://169.254.169.254/", true, Some("reserved"));
        check("ftp://example.org", true, Some("https://"));
        check("nonsense", false, Some("relative URL"));
        check("https://example.org/v1?key=x", false, Some("? or #"));
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_repeated() {
        let outcome = ProviderConfig::try_from(settings(
            "mine",
            WireFormat::OpenAiChat,
            "https://me:pw@x.org",
            false,
        ));
        let error = outcome.unwrap_err().to_string();
        assert!(
            error.contains("user or password") && !error.contains("pw"),
            "{error}"
        );
    }

    #[test]
    fn a_name_is_short_lower_case_and_not_reserved() {
        for (name, good) in [
            ("mine", true),
            ("my-server_2", true),
            ("openai", true),
            ("", false),
            ("local", false),
            ("majlis", false),
            ("A", false),
            ("a/b", false),
            ("-a", false),
            ("مجلس", false),
        ] {
            let outcome = ProviderConfig::try_from(settings(
                name,
                WireFormat::Gemini,
                "https://x.org",
                false,
            ));
            assert_eq!(outcome.is_ok(), good, "{name}");
        }
    }

    #[test]
    fn what_the_format_adds_itself_is_cut_off() {
        for (format, url, base) in [
            (WireFormat::Anthropic, "https://x.org/v1/", "https://x.org/"),
            (WireFormat::Ollama, "https://x.org/api", "https://x.org/"),
            (
                WireFormat::OpenAiChat,
                "https://x.org/v1/chat/completions",
                "https://x.org/v1",
            ),
        ] {
            let config = ProviderConfig::try_from(settings("mine", format, url, false)).unwrap();
            assert_eq!(config.base_url.as_str(), base);
        }
    }

    #[test]
    fn a_configuration_prints_without_its_key() {
        let config =
            ProviderConfig::try_from(settings("mine", WireFormat::Gemini, "https://x.org", false))
                .unwrap();
        assert!(!format!("{config:?}").contains("sk-private"));
        let mut bad = settings("mine", WireFormat::Gemini, "https://x.org", false);
        bad.models = vec!["a b".to_owned()];
        assert!(ProviderConfig::try_from(bad).is_err());
    }
}
