//! Several processes, foreign files, permissions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use majlis_store::*;

use crate::support::*;

fn refused(folder: &Path, process: u32) -> StoreError {
    Store::open(&options(folder, process)).unwrap_err()
}

fn sql(folder: &Path, statements: &str) {
    let connection = rusqlite::Connection::open(folder.join("majlis.db")).unwrap();
    connection.execute_batch(statements).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_look_into_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = fresh();
    store
        .create_conversation(conversation("v", &[]))
        .await
        .unwrap();
    let _lock = store.lock_serve("127.0.0.1:1").unwrap();
    let mut pending = vec![folder.path().join("data")];
    let mut seen = 0;
    while let Some(path) = pending.pop() {
        let metadata = fs::metadata(&path).unwrap();
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(
            metadata.permissions().mode() & 0o777,
            expected,
            "{}",
            path.display()
        );
        if metadata.is_dir() {
            pending.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
        seen += 1;
    }
    // The folders data, run, backups; majlis.db with -wal and -shm; three locks.
    assert_eq!(seen, 9);
}

#[cfg(unix)]
#[test]
fn a_folder_open_to_others_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("majlis.db"), "").unwrap();
    fs::set_permissions(
        folder.path().join("majlis.db"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let _store = open(folder.path(), 1);
    for (path, mode) in [
        (folder.path().to_owned(), 0o700),
        (folder.path().join("majlis.db"), 0o600),
    ] {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            mode
        );
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_holds_other_things_too_is_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("letters.txt"), "").unwrap();
    let _store = open(folder.path(), 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o755);
    assert_eq!(mode(&folder.path().join("backups")), 0o700);
    assert_eq!(mode(&folder.path().join("majlis.db")), 0o600);
}

#[tokio::test]
async fn what_one_process_wrote_the_others_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let stores: Vec<_> = (1..=3)
        .map(|process| open(folder.path(), process))
        .collect();
    for (number, store) in stores.iter().enumerate() {
        store
            .create_conversation(conversation(&format!("v{number}"), &["a/x"]))
            .await
            .unwrap();
        for reader in &stores {
            assert_eq!(
                reader.conversations(10, None).await.unwrap().items.len(),
                number + 1
            );
        }
    }
}

#[test]
fn processes_that_start_together_on_an_empty_folder_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let start = |process| {
        let options = StoreOptions {
            lock_wait: std::time::Duration::from_secs(20),
            ..options(folder.path(), process)
        };
        std::thread::spawn(move || Store::open(&options).map(drop))
    };
    let threads: Vec<_> = (1..=6).map(start).collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
}

#[tokio::test]
async fn one_process_serves_and_the_second_learns_which() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(folder.path(), 1), open(folder.path(), 2));
    let mut lock = one.lock_serve("127.0.0.1:0").unwrap();
    lock.set_address("127.0.0.1:4141").unwrap();
    let error = two.lock_serve("127.0.0.1:4242").unwrap_err();
    let pid = std::process::id();
    assert_eq!(
        error.kind,
        StoreErrorKind::AlreadyServing {
            pid: Some(pid),
            address: Some("127.0.0.1:4141".to_owned())
        }
    );
    assert_eq!(error.kind.exit_code(), 75);
    assert_eq!(
        error.message,
        format!("cannot serve: process {pid} on 127.0.0.1:4141 serves this data folder already")
    );
    // Everything but serving works beside it.
    two.create_conversation(conversation("v", &[]))
        .await
        .unwrap();
    drop(lock);
    two.lock_serve("127.0.0.1:4242").unwrap();
}

#[test]
fn a_server_without_a_readable_note_is_still_respected() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(folder.path(), 1), open(folder.path(), 2));
    let _lock = one.lock_serve("127.0.0.1:1").unwrap();
    fs::write(folder.path().join("serve.lock"), "{").unwrap();
    let error = two.lock_serve("127.0.0.1:2").unwrap_err();
    assert_eq!(
        error.kind,
        StoreErrorKind::AlreadyServing {
            pid: None,
            address: None
        }
    );
}

#[tokio::test]
async fn a_closed_store_gives_everything_back_and_takes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    let clone = store.clone();
    assert_eq!(
        (store.folder(), store.process_id()),
        (folder.path(), process_id(1).as_str())
    );
    store
        .create_conversation(conversation("v", &[]))
        .await
        .unwrap();
    store.close().await;
    store.close().await;
    let error = clone.conversations(1, None).await.unwrap_err();
    assert_eq!(
        (error.kind.clone(), error.kind.exit_code()),
        (StoreErrorKind::Closed, 70)
    );
    assert_eq!(
        error.message,
        "cannot list conversations: the store is closed"
    );
    assert_eq!(
        clone
            .set_settings(BTreeMap::default(), 1)
            .await
            .unwrap_err()
            .kind,
        StoreErrorKind::Closed
    );
    assert_eq!(fs::read_dir(folder.path().join("run")).unwrap().count(), 0);
    assert!(!folder.path().join("majlis.db-wal").exists());
    assert_eq!(
        open(folder.path(), 2)
            .conversations(1, None)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

#[test]
fn a_process_id_is_used_by_one_process_and_is_no_path() {
    let folder = tempfile::tempdir().unwrap();
    for id in ["", "../escape", "a/b"] {
        let wrong = StoreOptions {
            process_id: id.to_owned(),
            ..options(folder.path(), 1)
        };
        assert_eq!(
            Store::open(&wrong).unwrap_err().kind,
            StoreErrorKind::Internal
        );
    }
}

#[test]
fn a_newer_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), 1));
    sql(folder.path(), "PRAGMA user_version = 4000");
    let error = refused(folder.path(), 2);
    assert!(matches!(
        error.kind,
        StoreErrorKind::Newer { found: 4000, .. }
    ));
    assert_eq!(error.kind.exit_code(), 78);
    assert!(error.hint.is_some_and(|hint| hint.contains("newer Majlis")));
}

#[test]
fn somebody_elses_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    sql(
        folder.path(),
        "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)",
    );
    let before = fs::read(folder.path().join("majlis.db")).unwrap();
    let error = refused(folder.path(), 1);
    assert_eq!(
        (error.kind.clone(), error.kind.exit_code()),
        (StoreErrorKind::Foreign, 65)
    );
    assert_eq!(fs::read(folder.path().join("majlis.db")).unwrap(), before);
}

#[test]
fn a_damaged_database_is_refused_and_left_as_it_is() {
    for (offset, damage) in [
        (0, "this is no database at all"),
        (100, "and here is no schema at all"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path(), 1));
        let path = folder.path().join("majlis.db");
        let mut bytes = fs::read(&path).unwrap();
        bytes[offset..offset + damage.len()].copy_from_slice(damage.as_bytes());
        fs::write(&path, &bytes).unwrap();
        let error = refused(folder.path(), 2);
        assert_eq!(
            (error.kind.clone(), error.kind.exit_code()),
            (StoreErrorKind::Corrupted, 65)
        );
        assert!(error.message.contains("majlis.db"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_path_that_is_no_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = refused(&file.join("data"), 1);
    assert_eq!(
        (error.kind.clone(), error.kind.exit_code()),
        (StoreErrorKind::CannotCreate, 73)
    );
    assert!(
        error.message.contains("cannot create the data folder"),
        "{error}"
    );
}
