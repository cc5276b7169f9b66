use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

struct Places {
    _folder: TempDir,
    store: KeyStore,
}

fn places() -> Places {
    let folder = tempfile::tempdir().unwrap();
    let store = KeyStore::new(
        folder.path().join("data/keys.sealed"),
        folder.path().join("config/keys.key"),
    );
    Places {
        _folder: folder,
        store,
    }
}

fn stored(key: &str) -> StoredKey {
    StoredKey {
        origin: "https://api.example.org".to_owned(),
        key: Secret::from(key.to_owned()),
        stored_at_ms: 1_700_000_000_000,
    }
}

fn holds(path: &Path, text: &str) -> bool {
    let bytes = fs::read(path).unwrap();
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn nothing_is_stored_at_first_and_nothing_is_made_by_looking() {
    let places = places();
    assert!(places.store.read().unwrap().is_empty());
    assert!(!places.store.remove("openai").unwrap());
    assert!(!places.store.sealed.exists() && !places.store.key_file.exists());
}

#[test]
fn a_stored_key_comes_back_and_stands_in_neither_file() {
    let Places { store, _folder } = places();
    store.put("openai", &stored("sk-very-secret")).unwrap();
    store.put("alerts.ops", &stored("hook-secret")).unwrap();
    let keys = store.read().unwrap();
    assert_eq!(keys["openai"].key.expose(), "sk-very-secret");
    assert_eq!(keys["openai"].origin, "https://api.example.org");
    assert_eq!(keys["alerts.ops"].key.expose(), "hook-secret");
    for path in [&store.sealed, &store.key_file] {
        assert!(!holds(path, "sk-very-secret"), "{}", path.display());
        assert!(!holds(path, "openai"), "{}", path.display());
    }
}

#[test]
fn a_key_is_replaced_and_removed() {
    let Places { store, _folder } = places();
    store.put("openai", &stored("first-key")).unwrap();
    store.put("openai", &stored("second-key")).unwrap();
    assert_eq!(store.read().unwrap()["openai"].key.expose(), "second-key");
    assert!(store.remove("openai").unwrap());
    assert!(store.read().unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn both_files_are_readable_by_nobody_else_and_an_open_key_file_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let Places { store, _folder } = places();
    store.put("openai", &stored("sk-very-secret")).unwrap();
    for path in [&store.sealed, &store.key_file] {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    fs::set_permissions(&store.key_file, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(store.read(), Err(KeyStoreError::Exposed { .. })));
}

#[test]
fn another_key_file_opens_nothing_and_nothing_is_overwritten() {
    let Places { store, _folder } = places();
    store.put("openai", &stored("sk-very-secret")).unwrap();
    let before = fs::read(&store.sealed).unwrap();
    let other = KeyStore::new(store.sealed.clone(), store.key_file.with_extension("other"));
    assert!(matches!(
        other.read(),
        Err(KeyStoreError::Unreadable { .. })
    ));
    assert!(other.put("openai", &stored("another-key")).is_err());
    assert_eq!(fs::read(&store.sealed).unwrap(), before);

    let aside = other.set_aside(7).unwrap().unwrap();
    assert_eq!(fs::read(aside).unwrap(), before);
    other.put("openai", &stored("another-key")).unwrap();
    assert_eq!(other.read().unwrap()["openai"].key.expose(), "another-key");
}

#[test]
fn keys_that_are_stored_at_one_time_are_all_there() {
    let Places { store, _folder } = places();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let store = &store;
            scope.spawn(move || {
                let name = format!("provider-{number}");
                store.put(&name, &stored("sk-test-at-once")).unwrap();
            });
        }
    });
    assert_eq!(store.read().unwrap().len(), 16);
}

#[test]
fn what_is_no_key_is_refused_with_a_word() {
    let Places { store, _folder } = places();
    let long = "x".repeat(MAX_KEY_BYTES + 1);
    for key in ["", "two\nlines", "مفتاح", &long] {
        let error = store.put("openai", &stored(key)).unwrap_err();
        assert!(matches!(error, KeyStoreError::Key(_)), "{error}");
    }
    assert!(store.read().unwrap().is_empty());
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let check = |url: &str, expected: Option<&str>| {
        assert_eq!(origin_of(url).as_deref(), expected, "{url}");
    };
    check(
        "https://api.example.org/v1",
        Some("https://api.example.org"),
    );
    check(
        "https://API.example.org:443/x",
        Some("https://api.example.org"),
    );
    check("http://127.0.0.1:8080/v1", Some("http://127.0.0.1:8080"));
    check(
        "smtps://mail.example.org:465",
        Some("smtps://mail.example.org:465"),
    );
    check("no url", None);
}

proptest! {
    #[test]
    fn a_sealed_text_opens_with_its_key_only_and_unchanged(
        text in proptest::collection::vec(any::<u8>(), 0..200),
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let key = seal::new_key().unwrap();
        let mut sealed = seal::close(&key, &text).unwrap();
        prop_assert_eq!(&**seal::open(&key, &sealed).unwrap(), &text[..]);
        prop_assert!(seal::open(&seal::new_key().unwrap(), &sealed).is_none());
        let place = place.index(sealed.len());
        sealed[place] ^= 1 << bit;
        prop_assert!(seal::open(&key, &sealed).is_none());
        prop_assert!(seal::open(&key, &sealed[..place]).is_none());
    }
}
