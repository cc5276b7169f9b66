use std::net::Ipv4Addr;

use super::*;

pub(crate) fn token() -> AccessToken {
    AccessToken::from_text(&"t".repeat(32)).unwrap()
}

pub(crate) fn identity() -> TlsIdentity {
    let made = rcgen::generate_simple_self_signed(["majlis.test".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    TlsIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
}

/// A plan for these addresses.
fn at(addresses: &[&str]) -> DoorPlan {
    let addresses = addresses.iter().map(|address| address.parse().unwrap());
    DoorPlan {
        addresses: addresses.collect(),
        ..DoorPlan::default()
    }
}

#[track_caller]
fn check(plan: DoorPlan, expected: &[Missing]) {
    let told = format!("{plan:?}");
    let missing = plan.check().err().unwrap_or_default();
    assert_eq!(missing, expected, "{told}");
}

#[test]
fn this_machines_own_addresses_need_nothing() {
    check(DoorPlan::default(), &[]);
    check(at(&["127.0.0.1"]), &[]);
    check(at(&["::1", "127.0.0.2"]), &[]);
}

#[test]
fn any_other_address_needs_a_token_and_encryption() {
    for address in ["192.168.1.5", "fd00::7", "203.0.113.4", "100.64.0.1"] {
        let plan = at(&["127.0.0.1", address]);
        let address = address.parse().unwrap();
        let (no_token, open) = (Missing::Token(address), Missing::Encryption(address));
        check(plan.clone(), &[no_token, open]);
        let known = DoorPlan {
            token: Some(token()),
            ..plan.clone()
        };
        check(known.clone(), &[open]);
        let encrypted = DoorPlan {
            tls: TlsPlan::Whole(identity()),
            ..plan
        };
        check(encrypted, &[no_token]);
        let both = DoorPlan {
            tls: TlsPlan::Whole(identity()),
            ..known
        };
        check(both, &[]);
    }
}

#[test]
fn every_address_at_once_needs_a_name_too() {
    for address in ["0.0.0.0", "::"] {
        let plan = DoorPlan {
            token: Some(token()),
            tls: TlsPlan::Whole(identity()),
            ..at(&[address])
        };
        check(plan.clone(), &[Missing::Name(address.parse().unwrap())]);
        let named = DoorPlan {
            host_names: vec!["majlis.lan".to_owned()],
            ..plan
        };
        check(named, &[]);
    }
}

#[test]
fn a_proxy_needs_a_token_and_a_name_wherever_we_listen() {
    let plan = DoorPlan {
        behind_proxy: true,
        ..DoorPlan::default()
    };
    check(
        plan.clone(),
        &[Missing::TokenBehindProxy, Missing::NameBehindProxy],
    );
    let whole = DoorPlan {
        token: Some(token()),
        host_names: vec!["majlis.example.org".to_owned()],
        ..plan
    };
    check(whole.clone(), &[]);
    let elsewhere = DoorPlan {
        addresses: vec!["10.0.0.3".parse().unwrap()],
        ..whole
    };
    check(elsewhere, &[]);
}

#[test]
fn who_requires_a_token_gives_one() {
    let plan = DoorPlan {
        require_token: true,
        ..DoorPlan::default()
    };
    check(plan.clone(), &[Missing::RequiredToken]);
    let known = DoorPlan {
        token: Some(token()),
        ..plan
    };
    check(known, &[]);
}

#[test]
fn half_an_identity_is_none() {
    for (tls, missing) in [
        (TlsPlan::CertificateAlone, Missing::TlsKey),
        (TlsPlan::KeyAlone, Missing::TlsCertificate),
    ] {
        let plan = DoorPlan {
            tls,
            ..DoorPlan::default()
        };
        check(plan, &[missing]);
    }
}

#[test]
fn whatever_is_missing_says_how_to_give_it() {
    let address = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    for missing in [
        Missing::Token(address),
        Missing::Encryption(address),
        Missing::RequiredToken,
        Missing::TokenBehindProxy,
        Missing::NameBehindProxy,
        Missing::Name(address),
        Missing::TlsKey,
        Missing::TlsCertificate,
    ] {
        assert!(missing.remedy().contains("--"), "{missing}");
        assert!(!missing.to_string().is_empty());
    }
}
