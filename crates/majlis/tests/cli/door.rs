//! `majlis serve` on other addresses, and `majlis token`.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::home::Home;

/// A home with a certificate `c.pem`, its key `k.pem`, the key of another `o.pem` and a token `t`.
fn home() -> Home {
    let home = Home::new();
    let made = rcgen::generate_simple_self_signed(["majlis.test".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["majlis.test".to_owned()]).unwrap();
    home.write("c.pem", made.cert.pem().as_bytes());
    home.write("k.pem", made.signing_key.serialize_pem().as_bytes());
    home.write("o.pem", other.signing_key.serialize_pem().as_bytes());
    home.write("nonsense.pem", b"nonsense");
    assert_eq!(home.run(&["token", "new", "t"]).code, Some(0));
    home
}

#[test]
fn a_server_that_lacks_something_says_all_of_it_and_how_to_give_it() {
    let home = home();
    let serve = |more: &str| {
        let arguments = ["serve", "--no-open", "--port", "0"];
        let more = more.split_whitespace();
        home.run(&arguments.into_iter().chain(more).collect::<Vec<_>>())
    };
    let mut said = String::new();
    for more in [
        "--bind 192.0.2.1",
        "--bind 192.0.2.1 --token-file t",
        "--bind 192.0.2.1 --tls-cert c.pem --tls-key k.pem",
        "--bind 127.0.0.1,0.0.0.0 --token-file t --tls-cert c.pem --tls-key k.pem",
        "--behind-proxy",
        "--tls-cert c.pem",
        "--tls-key k.pem",
        "--tls-cert c.pem --tls-key o.pem",
        "--tls-cert nonsense.pem --tls-key k.pem",
        "--tls-cert c.pem --tls-key nonsense.pem",
        "--tls-cert absent.pem --tls-key k.pem",
        "--token-file absent",
        "--token-file .",
    ] {
        let ran = serve(more);
        assert_eq!(ran.code, Some(78), "{more}: {}", ran.all());
        let _ = writeln!(said, "majlis serve {more}\n{}", ran.stderr);
    }
    insta::assert_snapshot!("door_refusals", said);
    assert_eq!(serve("--bind everywhere").code, Some(2));
    assert_eq!(serve("--name a/b").code, Some(2));
}

#[cfg(unix)]
#[test]
fn a_token_file_that_others_may_read_or_that_can_be_guessed_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    let refused = |mode: u32, contents: &[u8]| {
        let path = home.write("token", contents);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let ran = home.run(&["serve", "--no-open", "--token-file", "token"]);
        assert_eq!(ran.code, Some(78), "{}", ran.all());
        ran.stderr
    };
    let long = [b'x'; 40];
    assert!(refused(0o644, &long).contains("others may read or change it (644)"));
    assert!(refused(0o600, b"short\n").contains("has 5 characters"));
    assert!(refused(0o600, &[0xff; 40]).contains("is not text"));
    // A program that does not start says nothing of what it read.
    assert!(!refused(0o600, b"not much of a secret").contains("secret"));
}

#[cfg(unix)]
#[test]
fn a_new_token_is_closed_to_others_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    let path = home.path("t");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = std::fs::read_to_string(&path).unwrap();
    assert!(
        token.starts_with("majlis_token_") && token.len() > 43,
        "{token}"
    );
    insta::assert_snapshot!("token_again", home.run(&["token", "new", "t"]).all());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), token);
    let ran = home.run(&["token", "new", "u"]);
    insta::assert_snapshot!("token_new", ran.all());
    let new_token = std::fs::read_to_string(home.path("u")).unwrap();
    assert!(!ran.all().contains(new_token.trim()));
}

#[test]
fn a_server_with_a_token_serves_who_knows_it_and_never_prints_a_code_into_a_pipe() {
    let home = home();
    let arguments = ["serve", "--port", "0", "--no-open", "--token-file", "t"];
    let mut child = home.spawn(&arguments);
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(!line.contains('#'), "{line}");
    let address = line.trim().rsplit_once("http://").expect(&line).1;
    let token = std::fs::read_to_string(home.path("t")).unwrap();
    let ask = |line: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!(
            "GET /api/v1/models HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{line}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let right = format!("authorization: Bearer {}\r\n", token.trim());
    let answers = [ask(""), ask(&right)];
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answers, ["401", "200"]);
    let logs = std::fs::read_dir(home.path("data/logs")).unwrap();
    for file in logs {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains(token.trim()));
    }
}

#[test]
fn the_file_may_require_a_token() {
    let home = Home::with_config("[discovery]\nlocal = false\n[server]\nrequire_token = true\n");
    let ran = home.run(&["serve", "--no-open", "--port", "0"]);
    assert_eq!(ran.code, Some(78));
    assert!(ran.stderr.contains("require_token"), "{}", ran.stderr);
    let doctor = home.run(&["doctor"]);
    assert!(doctor.stdout.contains("✗ server"), "{}", doctor.stdout);
}
