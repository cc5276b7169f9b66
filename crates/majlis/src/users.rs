//! Who else uses this machine.

/// People's accounts begin here on Linux; below are those of services.
const FIRST_PERSON: u32 = 1_000;
/// What stands for nobody.
const NOBODY: u32 = 65_534;

/// Names of other people who can log in to this machine, as far as its own list of users tells.
/// Everybody on it can reach a server on loopback.
#[cfg(unix)]
pub(crate) fn others() -> Vec<String> {
    let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    others_in(&text, rustix::process::getuid().as_raw())
}

/// Not known.
#[cfg(not(unix))]
pub(crate) fn others() -> Vec<String> {
    Vec::new()
}

/// The people of a list of users (passwd(5)) who have a shell, but for the one with this id.
fn others_in(text: &str, own: u32) -> Vec<String> {
    let person = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, id, _, _, _, shell] = fields[..] else {
            return None;
        };
        let id: u32 = id.parse().ok()?;
        let has_shell = !["nologin", "false", "sync"]
            .iter()
            .any(|none| shell.ends_with(none));
        let is_other = id != own && (FIRST_PERSON..NOBODY).contains(&id) && has_shell;
        is_other.then(|| name.to_owned())
    };
    text.lines().filter_map(person).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_with_a_shell_use_the_machine_and_services_do_not() {
        let text = "root:x:0:0:root:/root:/bin/bash\n\
            daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
            me:x:1000:1000:Me,,,:/srv/me:/bin/bash\n\
            ada:x:1001:1001::/srv/ada:/usr/bin/fish\n\
            ftp:x:1002:1002::/srv/ftp:/bin/false\n\
            nobody:x:65534:65534::/:/bin/sh\n\
            damaged line\n";
        for (own, expected) in [(1_000, vec!["ada"]), (0, vec!["me", "ada"])] {
            assert_eq!(others_in(text, own), expected);
        }
    }
}
