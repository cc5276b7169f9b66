use std::fs;
use std::io::Write as _;
use std::path::Path;

use majlis_audit::NoteKind;

use super::*;

/// Found by a rule that needs no data flow.
const TEXT: &str = "def f(a, b, c, d, e, f, g, h, i):\n    pass\n";

fn request(target: &Path) -> AuditRequest {
    AuditRequest {
        target: target.to_owned(),
        facets: Vec::new(),
        options: Options::default(),
        revision: None,
        since: None,
        threads: Some(1),
    }
}

fn found(request: &AuditRequest) -> Vec<String> {
    let report = audit(request, &|_| {}).unwrap();
    let findings = report.findings.iter();
    let places = findings.map(|finding| format!("{}:{}", finding.path, finding.start.line));
    places.collect()
}

#[test]
fn a_folder_a_file_and_an_archive_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/a.py"), TEXT).unwrap();
    fs::write(folder.path().join("b.py"), TEXT).unwrap();
    assert_eq!(found(&request(folder.path())), ["b.py:1", "src/a.py:1"]);
    assert_eq!(found(&request(&folder.path().join("src/a.py"))), ["a.py:1"]);
    let zip = folder.path().join("c.zip");
    packed(&zip, "src/a.py", TEXT);
    assert_eq!(found(&request(&zip)), ["src/a.py:1"]);
    let only_security = AuditRequest {
        facets: vec![Facet::Security],
        ..request(folder.path())
    };
    assert!(found(&only_security).is_empty());
}

fn packed(path: &Path, name: &str, text: &str) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file(name, options).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap();
}

#[test]
fn an_archive_made_to_do_harm_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, text: &str, reason: &str| {
        let path = folder.path().join("a.zip");
        packed(&path, name, text);
        let error = audit(&request(&path), &|_| {}).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    };
    check("../a.py", TEXT, "leads outside");
    check("/etc/a.py", TEXT, "leads outside");
    check("C:/a.py", TEXT, "leads outside");
    check("a.py", &"\n".repeat(50_000_000), "unpacks to more");
    fs::write(folder.path().join("b.zip"), "no archive").unwrap();
    let error = audit(&request(&folder.path().join("b.zip")), &|_| {}).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[test]
fn what_is_not_there_is_said() {
    let error = audit(&request(Path::new("/nowhere/at/all")), &|_| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot open \"/nowhere/at/all\" for an audit"
    );
    let folder = tempfile::tempdir().unwrap();
    let since = AuditRequest {
        since: Some("main".to_owned()),
        ..request(folder.path())
    };
    let error = audit(&since, &|_| {}).unwrap_err();
    assert!(
        error.to_string().starts_with("there is no commit \"main\""),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_pipes_are_not_waited_for() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::UnixListener;

    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.py"), TEXT).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink(outside.path(), at("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.py"), at("a.py")).unwrap();
    std::os::unix::fs::symlink(folder.path(), at("again")).unwrap();
    let _socket = UnixListener::bind(at("b.py")).unwrap();
    fs::write(
        folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.py")),
        TEXT,
    )
    .unwrap();
    let report = audit(&request(folder.path()), &|_| {}).unwrap();
    assert!(report.findings.is_empty());
    let kinds: Vec<_> = report
        .notes
        .iter()
        .map(|note| (&*note.path, note.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("a.py", NoteKind::Link),
            ("again", NoteKind::Link),
            ("b.py", NoteKind::NotRegular),
            ("out", NoteKind::Link),
            ("\u{fffd}.py", NoteKind::Name),
        ]
    );
}
