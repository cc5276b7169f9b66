//! `majlis backup` and `majlis restore`, and what happens to damaged data.

use std::fs;

use serde_json::Value;

use crate::home::Home;
use crate::serve::Serving;
use crate::upstream::Upstream;

/// A home where one question was asked and then backed up; the path of the backup.
fn home_with_backup() -> (Home, String) {
    let upstream = Upstream::start();
    let home = Home::with_config(&upstream.config());
    let asked = home.run(&["ask", "--json", "-m", "test/canberra", "Where?"]);
    assert_eq!(asked.code, Some(0), "{}", asked.all());
    let name = back_up(&home);
    let path = home.path("data/backups").join(name);
    (home, path.to_str().unwrap().to_owned())
}

fn back_up(home: &Home) -> String {
    let made = home.run(&["backup", "--json"]);
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!(
        (&made["kind"], &made["ok"]),
        (&"manual".into(), &true.into())
    );
    made["name"].as_str().unwrap().to_owned()
}

fn consultations(home: &Home) -> u64 {
    let name = back_up(home);
    let listed = home.run(&["backup", "--list", "--json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let row = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == name.as_str());
    row.unwrap()["rows"]["consultations"].as_u64().unwrap()
}

#[test]
fn a_restore_shows_what_is_in_the_backup_and_how_to_undo_it() {
    let (home, path) = home_with_backup();
    let empty = Home::new();
    let restored = empty.run(&["restore", "--yes", &path]);
    assert_eq!(restored.code, Some(0), "{}", restored.all());
    for expected in [
        "manual by Majlis",
        "1 consultations",
        "schema       version",
        "✓ restored",
    ] {
        assert!(restored.stdout.contains(expected), "{}", restored.stdout);
    }
    assert_eq!(consultations(&empty), 1);
    // Over something that is there: that is kept.
    let again = home.run(&["restore", "--yes", &path]);
    assert!(
        again.stdout.contains("To undo this: majlis restore [HOME]"),
        "{}",
        again.all()
    );
    let listed = home.run(&["backup", "--list"]);
    for expected in ["manual", "before restore", "majlis restore FILE"] {
        assert!(listed.stdout.contains(expected), "{}", listed.stdout);
    }
}

#[test]
fn a_restore_that_cannot_ask_changes_nothing() {
    let (home, path) = home_with_backup();
    let ran = home.run(&["restore", &path]);
    assert_eq!(ran.code, Some(64));
    assert!(
        ran.stderr.ends_with(
            "error: cannot ask whether to replace the data: this is not a terminal\n\
             hint: say it beforehand: majlis restore --yes FILE\n"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_restore_beside_a_server_says_who_it_is() {
    let (home, path) = home_with_backup();
    let serving = Serving::start(&home);
    let ran = home.run(&["restore", "--yes", &path]);
    assert_eq!(ran.code, Some(75), "{}", ran.all());
    let pid = serving.child.id().to_string();
    assert!(
        ran.stderr.contains(&pid) && ran.stderr.contains(&serving.address),
        "{}",
        ran.stderr
    );
}

#[test]
fn files_that_are_no_backup_are_refused_by_name() {
    let home = Home::new();
    let text = home.write("notes.db", b"Some words that are longer than nothing.");
    let newer = home.path("newer.db");
    for (path, code, expected) in [
        (
            text.to_str().unwrap(),
            65,
            "cannot use [HOME]/notes.db: it is not a database of Majlis",
        ),
        (
            newer.to_str().unwrap(),
            66,
            "cannot read [HOME]/newer.db: it does not exist",
        ),
    ] {
        let ran = home.run(&["restore", "--yes", path]);
        assert_eq!(ran.code, Some(code), "{}", ran.all());
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn no_key_is_in_the_data_or_in_a_backup() {
    let upstream = Upstream::start();
    let config = upstream
        .config()
        .replace("allow_private", "key_env = \"TEST_KEY\"\nallow_private");
    let home = Home::with_config(&config);
    let key = "sk-test-this-must-never-be-written-down";
    for arguments in [&["ask", "-m", "test/canberra", "Where?"][..], &["backup"]] {
        let output = home
            .majlis(arguments)
            .env("TEST_KEY", key)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let mut read = 0;
    for folder in ["data", "data/backups", "data/run"] {
        for entry in fs::read_dir(home.path(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let bytes = fs::read(&path).unwrap();
                read += bytes.len();
                assert!(
                    !bytes
                        .windows(key.len())
                        .any(|window| window == key.as_bytes()),
                    "{}",
                    path.display()
                );
            }
        }
    }
    assert!(read > 100_000, "only {read} bytes were looked at");
}

#[test]
fn damaged_data_is_restored_and_said_so() {
    let (home, _) = home_with_backup();
    let path = home.path("data/majlis.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..16].fill(0);
    fs::write(&path, bytes).unwrap();
    let ran = home.run(&["models"]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    assert!(
        ran.stderr
            .contains("warning: The database was damaged. The backup of ")
            && ran
                .stderr
                .contains("hint: The damaged files are kept in [HOME]/data/damaged-"),
        "{}",
        ran.stderr
    );
    assert_eq!(consultations(&home), 1);
    let health = Serving::start(&home)
        .request("GET", "/api/v1/health", None)
        .1;
    let codes: Vec<_> = health["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"database_restored"), "{codes:?}");
    assert_eq!(health["status"], "warning");
}

#[test]
fn data_that_is_gone_without_a_backup_is_an_error() {
    let home = Home::new();
    assert_eq!(home.run(&["models"]).code, Some(0));
    fs::remove_file(home.path("data/majlis.db")).unwrap();
    for _ in 0..2 {
        let ran = home.run(&["models"]);
        assert_eq!(ran.code, Some(65), "{}", ran.all());
        assert!(
            ran.stderr.contains("there is no backup to restore"),
            "{}",
            ran.stderr
        );
    }
    let doctor = home.run(&["doctor"]);
    assert!(doctor.stdout.contains("✗ database"), "{}", doctor.stdout);
}

#[test]
fn the_doctor_reads_the_database_and_the_newest_backup() {
    let (home, path) = home_with_backup();
    let ran = home.run(&["doctor"]);
    for expected in ["schema version 7, sound", "1, the newest of"] {
        assert!(ran.stdout.contains(expected), "{}", ran.stdout);
    }
    fs::write(path, "spoilt").unwrap();
    let ran = home.run(&["doctor"]);
    assert!(ran.stdout.contains("! backups"), "{}", ran.stdout);
}

#[test]
fn a_server_makes_the_backup_of_the_day_by_itself() {
    let home = Home::new();
    let serving = Serving::start(&home);
    crate::serve::wait_until(|| {
        let (_, backups) = serving.request("GET", "/api/v1/backups", None);
        backups["items"][0]["kind"] == "weekly"
    });
}

#[test]
fn nothing_is_forgotten_without_a_rule_and_a_rule_is_shown_and_taken_back() {
    let (home, _) = home_with_backup();
    let none = "There is no rule: nothing is ever deleted by itself.\n";
    for (arguments, expected) in [
        (&["retention"][..], none),
        (
            &["retention", "set", "consultations", "365"],
            "consultations go 365 days after their last change\n",
        ),
        (
            &["retention", "preview"],
            "would be deleted: 0 conversations with 0 messages, 0 consultations\n",
        ),
        (
            &["retention", "apply", "--json"],
            "{\"consultations\":0,\"conversations\":0,\"messages\":0}\n",
        ),
        (&["retention", "set", "consultations", "never"], none),
    ] {
        let ran = home.run(arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(0), expected),
            "{}",
            ran.stderr
        );
    }
}
