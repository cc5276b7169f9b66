//! What to write into the configuration of common clients. Their forms were read in 2026-11.

use std::fmt::Write as _;

/// A client that reads a JSON file.
struct Client {
    name: &'static str,
    file: &'static str,
    /// The object that lists servers.
    list: &'static str,
    /// A server names its transport.
    is_typed: bool,
    /// The member that holds the address of a server over HTTP; `None` where a client asks none on
    /// this machine.
    url: Option<&'static str>,
}

const CLIENTS: [Client; 6] = [
    Client {
        name: "Claude Desktop",
        file: "claude_desktop_config.json",
        list: "mcpServers",
        is_typed: false,
        url: None,
    },
    Client {
        name: "VS Code",
        file: ".vscode/mcp.json",
        list: "servers",
        is_typed: true,
        url: Some("url"),
    },
    Client {
        name: "Cursor",
        file: "~/.cursor/mcp.json",
        list: "mcpServers",
        is_typed: false,
        url: Some("url"),
    },
    Client {
        name: "Windsurf",
        file: "~/.codeium/windsurf/mcp_config.json",
        list: "mcpServers",
        is_typed: false,
        url: Some("serverUrl"),
    },
    Client {
        name: "Zed",
        file: "settings.json",
        list: "context_servers",
        is_typed: false,
        url: Some("url"),
    },
    Client {
        name: "Gemini CLI",
        file: "~/.gemini/settings.json",
        list: "mcpServers",
        is_typed: false,
        url: Some("httpUrl"),
    },
];

/// Where `majlis serve` answers.
pub(super) struct Address {
    pub(super) url: String,
    /// It wants a token.
    pub(super) is_locked: bool,
}

/// The hint for a program at this path and its server at this address.
pub(super) fn hint(program: &str, address: &Address) -> String {
    let Address { url, is_locked } = address;
    let locked = |said: &'static str| if *is_locked { said } else { "" };
    let option = locked(r#" --header "Authorization: Bearer TOKEN""#);
    let variable = locked(" --bearer-token-env-var MAJLIS_TOKEN");
    let member = locked(r#", "headers": { "Authorization": "Bearer TOKEN" }"#);
    let asked = locked(
        "\nOver http it wants its token: write it for TOKEN, or into the variable MAJLIS_TOKEN.",
    );
    let quoted = serde_json::Value::from(program);
    let typed = shell_word(program);
    let mut text = format!(
        "\
A client starts Majlis itself (stdio), or asks the server of `majlis serve` (http). One is enough.{asked}

Claude Code
  stdio: claude mcp add majlis -- {typed} mcp
  http:  claude mcp add --transport http majlis {url}{option}

Codex (or the same in ~/.codex/config.toml)
  stdio: codex mcp add majlis -- {typed} mcp
  http:  codex mcp add majlis --url {url}{variable}
"
    );
    for client in &CLIENTS {
        let (name, file) = (client.name, client.file);
        let kind = |kind: &str| {
            let member = client.is_typed.then(|| format!("\"type\": \"{kind}\", "));
            member.unwrap_or_default()
        };
        let server = format!(
            "{}\"command\": {quoted}, \"args\": [\"mcp\"]",
            kind("stdio")
        );
        let stdio = listed(client, &server);
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{name}: {file}\n  stdio: {stdio}\n");
        if let Some(name) = client.url {
            let http = format!("{}\"{name}\": \"{url}\"{member}", kind("http"));
            let http = listed(client, &http);
            let _ = writeln!(text, "  http:  {http}");
        }
    }
    text
}

fn listed(client: &Client, server: &str) -> String {
    format!(
        "{{ \"{}\": {{ \"majlis\": {{ {server} }} }} }}",
        client.list
    )
}

/// A path as one word of a command line.
fn shell_word(path: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "/\\:._-+".contains(sign);
    if path.chars().all(is_plain) && (cfg!(windows) || !path.contains('\\')) {
        path.to_owned()
    } else if cfg!(windows) {
        format!("\"{path}\"")
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:7777/mcp";

    fn address(is_locked: bool) -> Address {
        Address {
            url: URL.to_owned(),
            is_locked,
        }
    }

    #[test]
    fn the_hint_names_every_client_with_both_transports() {
        insta::assert_snapshot!(hint("/usr/bin/majlis", &address(false)));
    }

    #[test]
    fn the_hint_for_a_server_with_a_token_says_where_it_goes_in_every_client() {
        insta::assert_snapshot!(hint("/usr/bin/majlis", &address(true)));
    }

    #[test]
    fn what_is_json_in_the_hint_can_be_read() {
        let text = hint("/a folder/\"majlis\"", &address(true));
        let objects = text.lines().filter_map(|line| line.get(line.find('{')?..));
        let mut seen = 0;
        for json in objects {
            let object: serde_json::Value = serde_json::from_str(json).unwrap();
            let servers = object.as_object().unwrap().values().next().unwrap();
            let server = &servers["majlis"];
            let is_program = server["command"] == "/a folder/\"majlis\"";
            let is_server = server.as_object().unwrap().values().any(|at| at == URL);
            assert!(is_program || is_server, "{object}");
            seen += 1;
        }
        assert_eq!(seen, 11);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_with_spaces_is_one_word_of_a_command_line() {
        for (path, expected) in [
            ("/usr/bin/majlis", "/usr/bin/majlis"),
            ("/a folder/majlis", "'/a folder/majlis'"),
            ("/it's/majlis", r"'/it'\''s/majlis'"),
            (r"/a\b/majlis", r"'/a\b/majlis'"),
        ] {
            assert_eq!(shell_word(path), expected);
        }
    }
}
