//! Channels over HTTP.

use std::fmt::Write as _;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Url;
use sha2::Sha256;

use super::{ChannelError, Telling};
use crate::Secret;
use crate::outbound::Outbound;

/// Time a channel has to take what is told.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What is posted.
pub(super) struct Request {
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// JSON. With a secret, `x-majlis-signature` is the HMAC-SHA256 of timestamp, full stop and body.
pub(super) fn webhook(telling: &Telling, secret: Option<&Secret>) -> Request {
    let timestamp = telling.at_s.to_string();
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("x-majlis-delivery", telling.id.clone()),
        ("x-majlis-timestamp", timestamp.clone()),
    ];
    let signature = secret.and_then(|secret| sign(secret, &timestamp, &telling.json));
    headers.extend(signature.map(|signature| ("x-majlis-signature", signature)));
    Request {
        headers,
        body: telling.json.clone(),
    }
}

fn sign(secret: &Secret, timestamp: &str, body: &str) -> Option<String> {
    // A key of any length is a key, so there is always one.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    for part in [timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// Text, with its title in a header.
pub(super) fn ntfy(telling: &Telling, token: Option<&Secret>) -> Request {
    let mut headers = vec![
        ("content-type", "text/plain; charset=utf-8".to_owned()),
        ("title", telling.title.clone()),
    ];
    headers.extend(token.map(|token| ("authorization", format!("Bearer {}", token.expose()))));
    Request {
        headers,
        body: telling.text.clone(),
    }
}

pub(super) async fn send(
    outbound: &Outbound,
    url: &Url,
    allow_private: bool,
    request: Request,
) -> Result<(), ChannelError> {
    let client = outbound
        .client(url, allow_private)
        .await
        .map_err(|refused| ChannelError::Refused(refused.to_string()))?;
    let mut posted = client.post(url.clone()).timeout(TIMEOUT).body(request.body);
    for (name, value) in request.headers {
        posted = posted.header(name, value);
    }
    let answer = posted
        .send()
        .await
        .map_err(|error| ChannelError::Refused(reason(&error).to_owned()))?;
    let status = answer.status();
    if status.is_success() {
        Ok(())
    } else {
        Err(ChannelError::Refused(format!("it answered {status}")))
    }
}

/// In words that hold neither the address, which may be a secret, nor a header.
fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "it could not be reached"
    } else {
        "the connection broke"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_signed_over_time_and_body() {
        let telling = Telling {
            id: "7".to_owned(),
            at_s: 1_700_000_000,
            title: String::new(),
            text: String::new(),
            json: "{\"a\":1}".to_owned(),
        };
        let secret = Secret::from("test secret".to_owned());
        let request = webhook(&telling, Some(&secret));
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'test secret'
        let expected = "sha256=3015cc92af99fe5d32980d33c66829267d2de948168214d9838ee2dfc6641225";
        assert!(
            request
                .headers
                .contains(&("x-majlis-signature", expected.to_owned()))
        );
        assert_eq!(webhook(&telling, None).headers.len(), 3);
    }
}
