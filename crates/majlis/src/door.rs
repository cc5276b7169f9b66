//! The door of `majlis serve`: the person's wishes and the files they name become a
//! [`Door`], or a [`Failure`] that says everything that is missing.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use majlis_providers::Secret;
use majlis_server::{AccessToken, Door, DoorPlan, Missing, TlsIdentity, TlsPlan};

use crate::config::{DEFAULT_PORT, DoorWishes};
use crate::exit::Exit;
use crate::failure::Failure;

/// A longer file holds no token, no certificate and no key, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Reads the files that the wishes name, and checks everything together.
///
/// # Errors
/// A [`Failure`] with [`Exit::CONFIG`].
pub(crate) fn open(wishes: &DoorWishes) -> Result<Door, Failure> {
    let plan = DoorPlan {
        addresses: wishes.bind.clone(),
        port: wishes.port.unwrap_or(DEFAULT_PORT),
        host_names: wishes.host_names.clone(),
        token: wishes.token_file.as_deref().map(token).transpose()?,
        require_token: wishes.require_token,
        tls: tls(wishes.tls_cert.as_deref(), wishes.tls_key.as_deref())?,
        behind_proxy: wishes.behind_proxy,
    };
    plan.check().map_err(|missing| failure(&missing))
}

/// Everything that is missing at once, so that it is given at once.
fn failure(missing: &[Missing]) -> Failure {
    let told: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let mut remedies: Vec<&str> = Vec::new();
    for remedy in missing.iter().map(|missing| missing.remedy()) {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    let message = format!("`majlis serve` needs {}", told.join("; and "));
    let hint = format!(
        "{}. The same can be set in [server] of the configuration",
        remedies.join("; ")
    );
    Failure::new(Exit::CONFIG, message).with_hint(hint)
}

fn token(path: &Path) -> Result<AccessToken, Failure> {
    let what = "token file";
    let bytes = read(what, path, &is_private).map_err(|mut failure| {
        let made = format!("make one with: majlis token new {}", path.display());
        failure.hint = failure.hint.or(Some(made));
        failure
    })?;
    let text = String::from_utf8(bytes).map_err(|_| refused(what, path, "it is not text"))?;
    // Whoever sends it wrongly shall not find it in a log.
    drop(Secret::from(text.clone()).remembered());
    AccessToken::from_text(&text).map_err(|error| {
        refused(what, path, &error.to_string()).with_hint(format!(
            "make one with: majlis token new FILE; it is one line of at least 32 characters in {}",
            path.display()
        ))
    })
}

fn tls(certificate: Option<&Path>, key: Option<&Path>) -> Result<TlsPlan, Failure> {
    let anyone: &dyn Fn(&fs::Metadata) -> Result<(), String> = &|_| Ok(());
    let (certificate, key) = match (certificate, key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => return Ok(TlsPlan::CertificateAlone),
        (None, Some(_)) => return Ok(TlsPlan::KeyAlone),
        (None, None) => return Ok(TlsPlan::Absent),
    };
    let readable = |mut failure: Failure| {
        failure.hint = Some("name a file in PEM that you may read".to_owned());
        failure
    };
    let chain = read("certificate file", certificate, anyone).map_err(readable)?;
    let private = read("key file", key, anyone).map_err(readable)?;
    let identity = TlsIdentity::from_pem(&chain, &private).map_err(|error| {
        let message = format!(
            "{} and {} cannot be used: {error}",
            certificate.display(),
            key.display()
        );
        let hint = error.remedy();
        let failure = Failure::new(Exit::CONFIG, message).with_hint(hint);
        match std::error::Error::source(&error) {
            Some(cause) => failure.caused_by(io::Error::other(cause.to_string())),
            None => failure,
        }
    })?;
    Ok(TlsPlan::Whole(identity))
}

fn refused(what: &str, path: &Path, why: &str) -> Failure {
    let message = format!("the {what} {} cannot be used: {why}", path.display());
    Failure::new(Exit::CONFIG, message)
}

/// Reads a regular file that passes a check of who may read it. The check is of the file that was
/// opened, and a pipe is never opened.
fn read(
    what: &str,
    path: &Path,
    check: &dyn Fn(&fs::Metadata) -> Result<(), String>,
) -> Result<Vec<u8>, Failure> {
    let fail = |error: io::Error| {
        Failure::new(
            Exit::CONFIG,
            format!("cannot read the {what} {}", path.display()),
        )
        .caused_by(error)
    };
    if !fs::metadata(path).map_err(fail)?.is_file() {
        return Err(refused(what, path, "it is no regular file"));
    }
    let file = File::open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(refused(
            what,
            path,
            "it is no regular file of at most 1 MiB",
        ));
    }
    check(&metadata).map_err(|why| {
        refused(what, path, &why).with_hint(format!(
            "run as its owner: chmod 600 {}; or make a new one: majlis token new FILE",
            path.display()
        ))
    })?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// Nobody but us may read or write it.
#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    judge(
        metadata.mode(),
        metadata.uid(),
        rustix::process::geteuid().as_raw(),
    )
}

#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(unix)]
fn judge(mode: u32, owner: u32, own: u32) -> Result<(), String> {
    if owner != own {
        return Err("it belongs to another user".to_owned());
    }
    match mode & 0o777 {
        mode if mode & 0o077 != 0 => Err(format!("others may read or change it ({mode:03o})")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_token_file_is_ours_and_closed_to_others() {
        for (mode, owner, expected) in [
            (0o100_600, 7, None),
            (0o100_400, 7, None),
            (0o100_640, 7, Some("others may read or change it (640)")),
            (0o100_602, 7, Some("others may read or change it (602)")),
            (0o100_600, 8, Some("it belongs to another user")),
        ] {
            let said = judge(mode, owner, 7).err();
            assert_eq!(said.as_deref(), expected, "{mode:o} {owner}");
        }
    }

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let wishes = DoorWishes {
            bind: vec!["192.168.1.5".parse().unwrap()],
            ..DoorWishes::default()
        };
        let failure = open(&wishes).unwrap_err();
        assert_eq!(failure.exit, Exit::CONFIG);
        insta::assert_snapshot!(failure.message, @"`majlis serve` needs a token, since others can reach 192.168.1.5; and encryption of what goes to and from 192.168.1.5");
        insta::assert_snapshot!(failure.hint.unwrap(), @"make a token with `majlis token new FILE`, then give --token-file FILE; give --tls-cert FILE and --tls-key FILE, or --behind-proxy when a proxy encrypts. The same can be set in [server] of the configuration");
    }
}
