//! Certificates and keys of our own listener.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate with its key, ready to serve.
#[derive(Clone)]
pub struct TlsIdentity(Arc<ServerConfig>);

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TlsIdentity(…)")
    }
}

/// Why a certificate and a key cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate's file holds none.
    #[error("the certificate file holds no certificate")]
    NoCertificate,
    /// The certificate's file cannot be read as PEM.
    #[error("the certificate file is damaged")]
    CertificatePem(#[source] pem::Error),
    /// The key's file holds none.
    #[error("the key file holds no private key")]
    NoKey,
    /// The key's file cannot be read as PEM.
    #[error("the key file is damaged")]
    KeyPem(#[source] pem::Error),
    /// The key is of another certificate.
    #[error("the key does not belong to the certificate")]
    Mismatch,
    /// Certificate or key are of a kind that cannot be served.
    #[error("certificate and key cannot be used")]
    Unusable(#[source] rustls::Error),
}

impl TlsError {
    /// How to mend it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoCertificate | Self::CertificatePem(_) => {
                "give a file of certificates as PEM, the one of this server first"
            }
            Self::NoKey | Self::KeyPem(_) => {
                "give a file of one private key as PEM, without a passphrase"
            }
            Self::Mismatch => "give the key with which the certificate was made",
            Self::Unusable(_) => "make them again, for example as EC P-256 or RSA 2048",
        }
    }
}

impl TlsIdentity {
    /// Reads a chain of certificates, our own first, and its key, both as PEM.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be read or do not belong together.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(TlsError::CertificatePem)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        let key = match PrivateKeyDer::from_pem_slice(key) {
            Ok(key) => key,
            Err(pem::Error::NoItemsFound) => return Err(TlsError::NoKey),
            Err(error) => return Err(TlsError::KeyPem(error)),
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsError::Mismatch,
                error => TlsError::Unusable(error),
            })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(["majlis.test".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[track_caller]
    fn check(certificate: &str, key: &str, expected: &str) {
        let made = TlsIdentity::from_pem(certificate.as_bytes(), key.as_bytes());
        let said = made.map_or_else(|error| error.to_string(), |_| "served".to_owned());
        assert_eq!(said, expected);
    }

    #[test]
    fn a_certificate_and_its_key_are_served_and_all_else_says_what_is_wrong() {
        let (certificate, key) = pair();
        let (_, other_key) = pair();
        check(&certificate, &key, "served");
        check(&format!("{certificate}{certificate}"), &key, "served");
        check("", &key, "the certificate file holds no certificate");
        check(&key, &key, "the certificate file holds no certificate");
        check(&certificate, "", "the key file holds no private key");
        check(
            &certificate,
            &certificate,
            "the key file holds no private key",
        );
        check(
            &certificate,
            &other_key,
            "the key does not belong to the certificate",
        );
        check(&certificate[..200], &key, "the certificate file is damaged");
        check(&certificate, &key[..80], "the key file is damaged");
        let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check(nonsense, &key, "certificate and key cannot be used");
    }
}
