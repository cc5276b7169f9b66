//! Errors as messages for people: what failed, where, and what to do.

use majlis_llm::{ErrorKind, ProviderError};

use super::http::before_sending;
use crate::ProviderConfig;
use crate::registry::ProviderKind;

/// A service whose key is nowhere to be found.
pub(super) fn no_key(config: &ProviderConfig) -> ProviderError {
    let hint = match config.key_variables {
        [] => "Store a key for it.".to_owned(),
        names => format!(
            "Set {}, or store a key for {}.",
            names.join(" or "),
            config.name
        ),
    };
    before_sending(
        ErrorKind::Unauthorized,
        format!("No key for {}.", config.name),
    )
    .with_hint(hint)
}

/// Adds to what the provider said who said it and what helps, and masks the key in it.
pub(super) fn explain(
    config: &ProviderConfig,
    model: Option<&str>,
    mut error: ProviderError,
) -> ProviderError {
    if error.message == no_key(config).message {
        return error;
    }
    let what = what(config, model, &error);
    let status = error
        .status
        .map(|status| format!(" (HTTP {status})"))
        .unwrap_or_default();
    let said = match &config.key {
        Some(key) => key.redact(&error.message),
        None => error.message,
    };
    error.message = format!("{what}{status}: {said}");
    error.hint = error
        .hint
        .or_else(|| hint(config, model, error.kind, error.status));
    error
}

fn what(config: &ProviderConfig, model: Option<&str>, error: &ProviderError) -> String {
    let name = &config.name;
    let whole = model.map_or_else(
        || format!("the models of {name}"),
        |model| format!("{name}/{model}"),
    );
    match error.kind {
        ErrorKind::Unauthorized => format!("{name} does not allow {whole} with this key"),
        ErrorKind::RateLimited => match error.retry_after {
            Some(wait) => format!(
                "{name} limits {whole} and asks to wait {} s",
                wait.as_secs_f64().ceil()
            ),
            None => format!("{name} limits {whole}"),
        },
        ErrorKind::Overloaded => format!("{name} has trouble answering for {whole}"),
        ErrorKind::ContextLength => format!("The question and its history do not fit {whole}"),
        ErrorKind::ContentFilter => format!("{name} refused the content sent to {whole}"),
        ErrorKind::NotFound => format!("{name} does not have {whole}"),
        ErrorKind::Network if !error.maybe_billed => {
            format!("No server answers at {}", origin(config))
        }
        ErrorKind::Network => format!("The connection to {} broke during {whole}", origin(config)),
        ErrorKind::Timeout => format!("{name} took too long over {whole}"),
        ErrorKind::Malformed => format!("The answer of {whole} cannot be used"),
        ErrorKind::Invalid => format!("{name} refused the request for {whole}"),
        ErrorKind::Cancelled => format!("The call to {whole} was stopped"),
    }
}

fn hint(
    config: &ProviderConfig,
    model: Option<&str>,
    kind: ErrorKind,
    status: Option<u16>,
) -> Option<String> {
    let name = &config.name;
    let text = match kind {
        ErrorKind::Unauthorized if status == Some(402) => format!("Add credit to the account at {}.", config.display_name),
        ErrorKind::Unauthorized => match config.key_variables {
            [] => format!("Check the key of {name} in the configuration."),
            names => format!(
                "Check {} and that its account may use this model and has credit left.",
                names.join(" or ")
            ),
        },
        ErrorKind::RateLimited => "Wait and ask again, or ask another model.".to_owned(),
        ErrorKind::Overloaded => "Ask again later, or ask another model.".to_owned(),
        ErrorKind::ContextLength => "Shorten the question or begin a new conversation, or ask a model with a larger context window.".to_owned(),
        ErrorKind::ContentFilter => "Rephrase, or ask another model.".to_owned(),
        ErrorKind::NotFound => match (name.as_str(), model) {
            ("ollama", Some(model)) => format!("`ollama pull {model}` downloads it; `majlis models` lists what is there."),
            (_, Some(_)) => "`majlis models` lists what is there.".to_owned(),
            (_, None) => format!("Check base_url of {name}: {}", config.base_url),
        },
        ErrorKind::Network => match (config.start_hint, config.kind) {
            (Some(start), _) => start.to_owned(),
            (None, ProviderKind::Custom) => format!("Check that the server runs and base_url is right: {}", config.base_url),
            (None, _) => "Check the connection to the internet; behind a proxy, configure it.".to_owned(),
        },
        ErrorKind::Timeout => "Ask again, or give the provider longer timeouts.".to_owned(),
        ErrorKind::Malformed => "What came until then is kept; ask again for the rest.".to_owned(),
        ErrorKind::Invalid | ErrorKind::Cancelled => return None,
    };
    Some(text)
}

/// Scheme, host and port, without a path.
fn origin(config: &ProviderConfig) -> String {
    config.base_url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use super::*;
    use crate::Secret;
    use crate::registry::BUILTIN;

    #[test]
    fn every_failure_says_what_where_and_what_helps() {
        let mut all = String::new();
        for name in ["openai", "ollama"] {
            let entry = BUILTIN.iter().find(|entry| entry.name == name).unwrap();
            let key = Some(Secret::from("sk-secret-123".to_owned()));
            let config = ProviderConfig::built_in(entry, key).unwrap();
            for (kind, status, billed) in [
                (ErrorKind::Unauthorized, Some(401), false),
                (ErrorKind::Unauthorized, Some(402), false),
                (ErrorKind::RateLimited, Some(429), false),
                (ErrorKind::Overloaded, Some(529), false),
                (ErrorKind::ContextLength, Some(400), false),
                (ErrorKind::ContentFilter, None, true),
                (ErrorKind::Invalid, Some(400), false),
                (ErrorKind::NotFound, Some(404), false),
                (ErrorKind::Network, None, false),
                (ErrorKind::Network, None, true),
                (ErrorKind::Timeout, None, true),
                (ErrorKind::Malformed, None, true),
                (ErrorKind::Cancelled, None, true),
            ] {
                let error = ProviderError {
                    status,
                    maybe_billed: billed,
                    retry_after: (kind == ErrorKind::RateLimited)
                        .then(|| Duration::from_millis(34_400)),
                    ..ProviderError::new(kind, "said with sk-secret-123")
                };
                let error = explain(&config, Some("m"), error);
                writeln!(
                    all,
                    "{}\n  hint: {}",
                    error.message,
                    error.hint.unwrap_or_default()
                )
                .unwrap();
            }
            let listing = explain(
                &config,
                None,
                ProviderError::new(ErrorKind::NotFound, "no such page"),
            );
            writeln!(
                all,
                "{}\n  hint: {}\n",
                listing.message,
                listing.hint.unwrap_or_default()
            )
            .unwrap();
        }

        assert!(!all.contains("sk-secret"));
        insta::assert_snapshot!(all);
    }
}
