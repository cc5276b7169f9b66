//! Backups are whole, restores are all or nothing, and damage is mended with a word.

use std::fs;
use std::path::{Path, PathBuf};

use majlis_store::*;
use rusqlite::Connection;

use crate::support::*;

/// 2026-11-22 at 12:00 UTC.
const NOON_MS: i64 = 1_795_348_800_000;

fn request(kind: BackupKind) -> BackupRequest {
    BackupRequest {
        kind,
        at_ms: NOON_MS,
        output: None,
    }
}

async fn back_up(store: &Store) -> BackupRow {
    let row = store.back_up(request(BackupKind::Manual), |_| {});
    row.await.unwrap()
}

fn set(key: &str) -> std::collections::BTreeMap<String, serde_json::Value> {
    [(key.to_owned(), serde_json::json!(true))].into()
}

async fn keys(folder: &Path, process: u32) -> Vec<String> {
    let store = open(folder, process);
    let keys = store.settings().await.unwrap().into_keys().collect();
    store.close().await;
    keys
}

/// A folder whose backup holds the setting `old` and whose database holds `new` too.
async fn folder_with_backup() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    store.set_settings(set("old"), 1).await.unwrap();
    let backup = back_up(&store).await.path;
    store.set_settings(set("new"), 2).await.unwrap();
    store.close().await;
    (folder, backup)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_one_checked_file_with_a_manifest() {
    let (folder, store) = fresh();
    store.set_settings(set("old"), 1).await.unwrap();
    let mut stages = Vec::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let row = store
        .back_up(request(BackupKind::Weekly), move |progress| {
            let _ = sender.send(progress.stage);
        })
        .await
        .unwrap();
    stages.extend(receiver.iter());
    stages.dedup();
    assert_eq!(
        stages,
        [BackupStage::Copy, BackupStage::Check, BackupStage::Checksum]
    );
    assert_eq!(row.name, "weekly-20261122-120000.db");
    assert_eq!(
        names(&folder.path().join("data/backups")),
        ["weekly-20261122-120000.db", "weekly-20261122-120000.json"]
    );
    let manifest = row.manifest.clone().unwrap();
    assert_eq!(
        (
            manifest.schema_version,
            manifest.rows["settings"],
            manifest.bytes
        ),
        (SCHEMA_VERSION, 1, row.bytes)
    );
    assert!(manifest.rows.contains_key("messages") && !manifest.rows.contains_key("search_index"));
    row.verify(&mut |_| {}).unwrap();
    assert_eq!(store.backups(), [row]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&store.backups()[0].path), 0o600);
    }
}

#[tokio::test]
async fn a_backup_goes_where_it_is_told_and_a_second_one_of_the_same_second_too() {
    let (folder, store) = fresh();
    let output = folder.path().join("elsewhere/deep");
    for expected in ["manual-20261122-120000.db", "manual-20261122-120000-2.db"] {
        let request = BackupRequest {
            output: Some(output.clone()),
            ..request(BackupKind::Manual)
        };
        let row = store.back_up(request, |_| {}).await.unwrap();
        assert_eq!(
            (row.name.as_str(), row.path),
            (expected, output.join(expected))
        );
    }
    assert!(store.backups().is_empty());
}

#[tokio::test]
async fn writers_go_on_during_a_backup_which_holds_one_moment() {
    let (_folder, store) = fresh();
    store
        .create_conversation(conversation("v", &["openai/gpt-5"]))
        .await
        .unwrap();
    let long = "x".repeat(20_000);
    for number in 0..200 {
        let message = said(&format!("m{number}"), "v-0", &long);
        store.append_messages("v", vec![message], 1).await.unwrap();
    }
    let (going, copying) = (store.clone(), store.clone());
    let mut copies = tokio::task::JoinSet::new();
    let copy = copies.spawn(async move { back_up(&copying).await });
    let mut written = 0;
    while !copy.is_finished() {
        going
            .set_settings(set(&format!("k{written:05}")), 1)
            .await
            .unwrap();
        written += 1;
    }
    let row = copies.join_next().await.unwrap().unwrap();
    assert!(written > 1, "the backup held the writer up");
    let rows = row.manifest.unwrap().rows;
    assert!(rows["messages"] == 200 && rows["settings"] <= written);
    assert_eq!(store.settings().await.unwrap().len() as u64, written);
}

#[tokio::test]
async fn automatic_backups_beyond_the_newest_are_removed_with_their_manifests() {
    let (folder, store) = fresh();
    for day in 0..9 {
        let request = BackupRequest {
            at_ms: NOON_MS + day * 86_400_000,
            ..request(BackupKind::Daily)
        };
        store.back_up(request, |_| {}).await.unwrap();
    }
    let removed = store.rotate_backups().unwrap();
    let removed: Vec<_> = removed.into_iter().map(|row| row.name).collect();
    assert_eq!(
        removed,
        ["daily-20261123-120000.db", "daily-20261122-120000.db"]
    );
    assert_eq!(names(&folder.path().join("data/backups")).len(), 14);
}

#[tokio::test]
async fn what_a_killed_backup_or_restore_left_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), 1).close().await;
    let left = [
        "backups/daily-20261122-120000.db.gone.partial",
        "backups/daily-20261122-120000.db.gone.json.partial",
        "restore.gone.partial",
        "restore.gone.partial-wal",
    ];
    let living = open(folder.path(), 2);
    let own = format!("restore.{}.partial", process_id(2));
    for name in left.into_iter().chain([own.as_str()]) {
        fs::write(folder.path().join(name), "half").unwrap();
    }
    drop(open(folder.path(), 3));
    for name in left {
        assert!(!folder.path().join(name).exists(), "{name}");
    }
    assert!(folder.path().join(own).exists(), "its process lives");
    living.close().await;
}

#[tokio::test]
async fn a_restore_brings_the_backup_and_keeps_what_was_there() {
    let (folder, backup) = folder_with_backup().await;
    let contents = inspect(&backup).unwrap();
    assert_eq!(
        (contents.schema_version, contents.rows["settings"]),
        (SCHEMA_VERSION, 1)
    );
    let restored = restore(&options(folder.path(), 2), &backup, &mut |_| {}).unwrap();
    assert_eq!((restored.rows["settings"], restored.aside), (1, None));
    assert_eq!(keys(folder.path(), 3).await, ["old"]);
    let before = restored.before.unwrap();
    assert_eq!(before.kind, BackupKind::BeforeRestore);
    restore(&options(folder.path(), 4), &before.path, &mut |_| {}).unwrap();
    assert_eq!(keys(folder.path(), 5).await, ["new", "old"]);
    assert!(
        !names(folder.path())
            .iter()
            .any(|name| name.contains("partial"))
    );
}

#[tokio::test]
async fn a_backup_is_restored_into_a_folder_that_has_nothing() {
    let (_folder, backup) = folder_with_backup().await;
    let empty = tempfile::tempdir().unwrap();
    let restored = restore(&options(empty.path(), 1), &backup, &mut |_| {}).unwrap();
    assert_eq!((restored.before, restored.aside), (None, None));
    assert_eq!(keys(empty.path(), 2).await, ["old"]);
}

#[tokio::test]
async fn a_restore_takes_the_place_of_a_database_that_cannot_be_read() {
    let (folder, backup) = folder_with_backup().await;
    fs::write(folder.path().join("majlis.db"), "not a database at all").unwrap();
    let restored = restore(&options(folder.path(), 2), &backup, &mut |_| {}).unwrap();
    let kept = fs::read(restored.aside.unwrap().join("majlis.db")).unwrap();
    assert_eq!(kept, b"not a database at all");
    assert_eq!(keys(folder.path(), 3).await, ["old"]);
}

#[tokio::test]
async fn a_restore_says_who_uses_the_data() {
    let (folder, backup) = folder_with_backup().await;
    let user = open(folder.path(), 7);
    let error = restore(&options(folder.path(), 2), &backup, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind.exit_code(), 75);
    let pid = std::process::id();
    assert!(
        error
            .message
            .contains(&format!("program 7 (process {pid}) uses it")),
        "{error}"
    );
    user.close().await;
}

type Damage = fn(&Path);
/// A change to a backup, and how its restore ends.
type Case = (&'static str, Damage, &'static str, u8);

fn sql(path: &Path, text: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(text).unwrap();
}

fn cut(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn overwrite(path: &Path, at: usize, with: &[u8]) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at..at + with.len()].copy_from_slice(with);
    fs::write(path, bytes).unwrap();
}

const CASES: &[Case] = &[
    (
        "absent",
        |path| fs::remove_file(path).unwrap(),
        "it does not exist",
        66,
    ),
    (
        "text",
        |path| fs::write(path, "words").unwrap(),
        "it is not a database of Majlis",
        65,
    ),
    (
        "of others",
        |path| sql(path, "PRAGMA application_id = 7"),
        "not one of Majlis",
        65,
    ),
    (
        "newer",
        |path| sql(path, "PRAGMA user_version = 99"),
        "its schema is version 99",
        78,
    ),
    ("cut", cut, "a part of the file is missing", 65),
    (
        "header",
        |path| overwrite(path, 21, &[0]),
        "its header is damaged",
        65,
    ),
    (
        "pages",
        |path| overwrite(path, 4096, &[0xAA; 8192]),
        "damaged",
        65,
    ),
    (
        "trigger",
        |path| {
            sql(
                path,
                "CREATE TRIGGER spy AFTER INSERT ON messages BEGIN SELECT 1; END",
            );
        },
        "the trigger spy in it was not made by Majlis",
        65,
    ),
    (
        "view",
        |path| sql(path, "CREATE VIEW seen AS SELECT 1"),
        "the view seen in it was not",
        65,
    ),
    (
        "virtual table",
        |path| sql(path, "CREATE VIRTUAL TABLE other USING fts5 (x)"),
        "in it was not made by Majlis",
        65,
    ),
    (
        "another column",
        |path| sql(path, "ALTER TABLE settings ADD COLUMN more TEXT"),
        "the table settings in it is not as Majlis makes it",
        65,
    ),
    (
        "index gone",
        |path| sql(path, "DROP INDEX jobs_running"),
        "is missing in it",
        65,
    ),
    (
        "reference",
        |path| {
            sql(
                path,
                "PRAGMA foreign_keys = OFF;
                 INSERT INTO channels (id, conversation, model, position) VALUES ('c', 404, 'm/x', 0)",
            );
        },
        "a row of channels refers to one that is not there",
        65,
    ),
];

#[tokio::test]
async fn a_file_that_is_not_a_good_backup_is_refused_and_changes_nothing() {
    for (name, spoil, expected, exit_code) in CASES {
        let (folder, backup) = folder_with_backup().await;
        // Without a manifest the file alone has to tell.
        fs::remove_file(backup.with_extension("json")).unwrap();
        spoil(&backup);
        let error = restore(&options(folder.path(), 2), &backup, &mut |_| {}).unwrap_err();
        assert!(error.message.contains(expected), "{name}: {error}");
        assert_eq!(error.kind.exit_code(), *exit_code, "{name}: {error}");
        assert!(error.hint.is_some(), "{name}");
        assert_eq!(keys(folder.path(), 3).await, ["new", "old"], "{name}");
        assert!(
            !names(folder.path())
                .iter()
                .any(|name| name.contains("partial"))
        );
    }
}

#[tokio::test]
async fn a_file_that_differs_from_its_manifest_is_refused() {
    let (folder, backup) = folder_with_backup().await;
    // A value nobody could tell from another one.
    sql(&backup, "UPDATE settings SET value = 'false'");
    let error = restore(&options(folder.path(), 2), &backup, &mut |_| {}).unwrap_err();
    assert!(error.message.contains("checksum"), "{error}");
    assert!(backups_in(folder.path())[0].verify(&mut |_| {}).is_err());
}

/// Opens a damaged folder and says what was done about it.
#[track_caller]
fn mended(folder: &Path) -> (Rescue, Store) {
    let store = Store::open(&StoreOptions {
        now_ms: NOON_MS,
        ..options(folder, 8)
    })
    .unwrap();
    (store.rescue().cloned().unwrap(), store)
}

#[tokio::test]
async fn a_damaged_database_is_set_aside_and_the_newest_good_backup_restored() {
    let damages: [(&str, Damage); 5] = [
        ("header", |path| overwrite(path, 0, b"damaged")),
        ("schema", |path| overwrite(path, 100, &[0xFF; 3000])),
        ("nothing left", |path| fs::write(path, "").unwrap()),
        ("gone", |path| fs::remove_file(path).unwrap()),
        ("cut", cut),
    ];
    for (name, damage) in damages {
        let (folder, backup) = folder_with_backup().await;
        let broken = folder.path().join("backups/manual-20991122-120000.db");
        fs::write(&broken, "newer, but no backup").unwrap();
        damage(&folder.path().join("majlis.db"));
        if name == "cut" {
            // As a kill leaves it: then the file is read through.
            fs::write(folder.path().join("run/gone.lock"), "").unwrap();
        }
        let (rescue, store) = mended(folder.path());
        let RescueKind::Restored {
            backup: used,
            backup_at_ms,
        } = &rescue.kind
        else {
            panic!("{name}: {rescue:?}");
        };
        assert_eq!(
            (Path::new(used), *backup_at_ms),
            (Path::new(backup.file_name().unwrap()), NOON_MS)
        );
        assert!(rescue.aside.ends_with("damaged-20261122-120000"), "{name}");
        assert_eq!(rescue.aside.join("majlis.db").exists(), name != "gone");
        store.close().await;
        assert_eq!(keys(folder.path(), 9).await, ["old"], "{name}");
        assert_eq!(open(folder.path(), 10).rescue(), None);
    }
}

#[tokio::test]
async fn without_a_backup_damage_is_an_error_and_never_an_empty_beginning() {
    let damages: [Damage; 3] = [
        |path| overwrite(path, 0, b"damaged"),
        |path| fs::write(path, "").unwrap(),
        |path| fs::remove_file(path).unwrap(),
    ];
    for damage in damages {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), 1);
        store.set_settings(set("only"), 1).await.unwrap();
        store.close().await;
        damage(&folder.path().join("majlis.db"));
        for process in [2, 3] {
            let error = Store::open(&options(folder.path(), process)).unwrap_err();
            assert_eq!(
                (error.kind.exit_code(), &error.kind),
                (65, &StoreErrorKind::Corrupted)
            );
            assert!(
                error.message.ends_with("there is no backup to restore"),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn damage_that_a_query_meets_is_marked_and_mended_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 1);
    store
        .create_conversation(conversation("v", &["openai/gpt-5"]))
        .await
        .unwrap();
    back_up(&store).await;
    store.close().await;
    let path = folder.path().join("majlis.db");
    let root: u32 = {
        let connection = Connection::open(&path).unwrap();
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'conversations'";
        connection.query_row(root, [], |row| row.get(0)).unwrap()
    };
    overwrite(&path, (root as usize - 1) * 4096, &[0xFF; 4096]);
    let store = open(folder.path(), 2);
    assert_eq!((store.rescue(), store.condition().damage), (None, None));
    let error = store.conversation("v", 10).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Corrupted);
    assert_eq!(store.condition().damage, Some(error.message));
    assert!(store.check_file().await.is_err());
    store.close().await;
    let (rescue, store) = mended(folder.path());
    assert!(matches!(rescue.kind, RescueKind::Restored { .. }));
    assert!(store.conversation("v", 10).await.unwrap().is_some());
    store.check_file().await.unwrap();
    assert!(store.condition().is_checked);
}

#[tokio::test]
async fn a_mark_of_damage_on_a_sound_database_is_looked_into_and_taken_away() {
    let (folder, _) = folder_with_backup().await;
    fs::write(folder.path().join("damage.txt"), "somebody thought so").unwrap();
    let store = open(folder.path(), 2);
    assert_eq!(store.rescue(), None);
    assert!(!folder.path().join("damage.txt").exists());
}

/// The folder as a kill leaves it: the log is full, its last commits are nowhere else.
async fn killed() -> (tempfile::TempDir, tempfile::TempDir) {
    let (living, left) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(living.path(), 1);
    for number in 0..20 {
        store
            .set_settings(set(&format!("k{number:02}")), 1)
            .await
            .unwrap();
    }
    for name in ["majlis.db", "majlis.db-wal", "majlis.db-shm", "majlis.lock"] {
        fs::copy(living.path().join(name), left.path().join(name)).unwrap();
    }
    store.close().await;
    (living, left)
}

#[tokio::test]
async fn after_a_kill_a_whole_log_is_read_without_a_word() {
    let (_living, left) = killed().await;
    let store = open(left.path(), 1);
    assert_eq!(store.rescue(), None);
    assert_eq!(store.settings().await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_damaged_log_is_kept_aside_and_what_is_lost_is_said() {
    let damages: [(&str, Damage); 4] = [
        ("flipped", |path| {
            let length = fs::read(path).unwrap().len();
            overwrite(path, length - 4096 * 4, &[0x55; 8]);
        }),
        ("cut", cut),
        ("no header", |path| overwrite(path, 0, &[0x55; 16])),
        ("gone", |path| fs::remove_file(path).unwrap()),
    ];
    for (name, damage) in damages {
        let (_living, left) = killed().await;
        let log = left.path().join("majlis.db-wal");
        damage(&log);
        // Without the index only a commit behind the damage can tell.
        let with_index = name != "flipped";
        if !with_index {
            fs::remove_file(left.path().join("majlis.db-shm")).unwrap();
        }
        if name == "gone" {
            fs::write(left.path().join("damage.txt"), "").unwrap();
        }
        let (rescue, store) = mended(left.path());
        let RescueKind::LostChanges { pages } = rescue.kind else {
            panic!("{name}: {rescue:?}");
        };
        assert_eq!(pages.is_some_and(|pages| pages > 0), with_index, "{name}");
        assert_eq!(
            rescue.aside.join("majlis.db-wal").exists(),
            name != "gone",
            "{name}"
        );
        assert!(store.settings().await.unwrap().len() < 20, "{name}");
        store.check_file().await.unwrap();
    }
}
