//! Every key of the configuration file: the one list from which unknown keys are recognised and
//! the reference page is made.

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its section: `server`, `providers.NAME` … where a word in capitals stands for any name.
    pub(crate) section: &'static str,
    /// Its name inside the section; a word in capitals stands for any.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: &'static str,
    /// What holds without it.
    pub(crate) default: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// A value, as it stands in the file.
    pub(crate) example: &'static str,
}

impl Key {
    const fn new(
        section: &'static str,
        name: &'static str,
        kind: &'static str,
        default: &'static str,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            section,
            name,
            kind,
            default,
            about,
            example,
        }
    }
}

/// The list, in the order of the reference page.
pub(crate) const KEYS: &[Key] = &[
    Key::new(
        "council",
        "members",
        "list of texts",
        "see below",
        "[\"openai/gpt-5-mini\", \"anthropic/claude-sonnet-4-6:2\"]",
        "Members of `majlis ask` without `-m`; `:2` asks a model twice. `majlis chat` talks with the first.",
    ),
    Key::new(
        "council",
        "mode",
        "`quick`, `council`, `deep` or `stance`",
        "`council` with three models or more, else `quick`",
        "\"deep\"",
        "How far `majlis ask` goes without `--mode`.",
    ),
    Key::new(
        "council",
        "editors",
        "list of texts",
        "the first two models of the council",
        "[\"openai/gpt-5\", \"anthropic/claude-sonnet-4-6\"]",
        "Who writes the conclusion, best one that is no member; the next is asked when one fails.",
    ),
    Key::new(
        "presets.NAME",
        "members",
        "list of texts",
        "the members of `[council]`",
        "[\"openai/gpt-5\", \"anthropic/claude-sonnet-4-6\", \"deepseek/deepseek-chat\"]",
        "Members of `majlis ask --preset NAME`, and of the model `majlis/NAME` that programs ask; `majlis/council` is the one of [council].",
    ),
    Key::new(
        "presets.NAME",
        "mode",
        "`quick`, `council`, `deep` or `stance`",
        "the mode of `[council]`",
        "\"deep\"",
        "How far it goes.",
    ),
    Key::new(
        "presets.NAME",
        "editors",
        "list of texts",
        "the editors of `[council]`",
        "[\"gemini/gemini-flash-latest\"]",
        "Who writes its conclusion.",
    ),
    Key::new(
        "presets.NAME",
        "max_cost",
        "dollars as text",
        "no cap of its own",
        "\"0.25\"",
        "What it may cost at most: a stage that would pass it is not held.",
    ),
    Key::new(
        "server",
        "port",
        "1 to 65535",
        "7777",
        "8080",
        "Port of `majlis serve`.",
    ),
    Key::new(
        "server",
        "bind",
        "list of texts",
        "127.0.0.1 and ::1",
        "[\"127.0.0.1\", \"192.168.1.5\"]",
        "Addresses of this machine to listen on. Any that is not loopback needs `token_file`, and `tls_cert` with `tls_key` or `behind_proxy`; docs/remote.md shows the ways.",
    ),
    Key::new(
        "server",
        "host_names",
        "list of texts",
        "none",
        "[\"majlis.test:8080\"]",
        "Further names, `host` or `host:port`, by which a browser may call the server. All others are refused.",
    ),
    Key::new(
        "server",
        "token_file",
        "path",
        "no token",
        "\"/etc/majlis/token\"",
        "File that holds the token every caller must know, closed to others (0600). `majlis token new FILE` makes one.",
    ),
    Key::new(
        "server",
        "require_token",
        "true or false",
        "false",
        "true",
        "Do not start without a token, on loopback either: for machines that others use too.",
    ),
    Key::new(
        "server",
        "tls_cert",
        "path",
        "no encryption",
        "\"/etc/majlis/cert.pem\"",
        "Certificate, with those it rests on behind it, as PEM. With it every address is served by https alone.",
    ),
    Key::new(
        "server",
        "tls_key",
        "path",
        "none",
        "\"/etc/majlis/key.pem\"",
        "Key of the certificate as PEM, without a passphrase.",
    ),
    Key::new(
        "server",
        "behind_proxy",
        "true or false",
        "false",
        "true",
        "A proxy stands before the server and encrypts: pages must come by https and by one of `host_names`. Needs both that and `token_file`.",
    ),
    Key::new(
        "server",
        "strict_journal",
        "true or false",
        "false",
        "true",
        "Write each request to `/v1` down on the disk before it is sent, as everywhere else: it survives a power cut, and costs some milliseconds.",
    ),
    Key::new(
        "limits",
        "paid_per_min",
        "0 to 1000000",
        "120",
        "600",
        "Requests a minute that may cost money: questions, those to `/v1`, and tools of `/mcp` that cost. 0: no limit.",
    ),
    Key::new(
        "limits",
        "executions_per_min",
        "0 to 1000000",
        "10",
        "20",
        "Audits a minute that may be started. 0: no limit.",
    ),
    Key::new(
        "limits",
        "writes_per_min",
        "0 to 1000000",
        "300",
        "1000",
        "Other requests a minute that change something. 0: no limit.",
    ),
    Key::new(
        "discovery",
        "local",
        "true or false",
        "true",
        "false",
        "Look for Ollama, llama.cpp and LM Studio on this machine.",
    ),
    Key::new(
        "network",
        "proxy",
        "text",
        "none",
        "\"http://proxy.example:3128\"",
        "Proxy for everything that leaves for a public address. The proxy variables of the environment are not read.",
    ),
    Key::new(
        "audit",
        "roots",
        "list of texts",
        "none",
        "[\"/srv/code\"]",
        "Folders that programs may have audited through the API and MCP, as absolute paths. `majlis audit` may look at any.",
    ),
    Key::new(
        "alerts.NAME",
        "kind",
        "`webhook`, `ntfy` or `email`",
        "required",
        "\"webhook\"",
        "How alerts are told there; docs/monitoring.md shows each.",
    ),
    Key::new(
        "alerts.NAME",
        "url",
        "text",
        "required",
        "\"https://hooks.example.org/majlis\"",
        "Where the channel leads: `https:`; for e-mail `smtps:`, or `smtp:` with STARTTLS.",
    ),
    Key::new(
        "alerts.NAME",
        "secret_env",
        "text",
        "none",
        "\"MAJLIS_HOOK_SECRET\"",
        "Name of the environment variable that holds its secret: the key of a webhook's signature, the token of ntfy, the password of the mail server.",
    ),
    Key::new(
        "alerts.NAME",
        "allow_private",
        "true or false",
        "false",
        "true",
        "Allow the channel to stand on this machine or in its network, and to speak without encryption.",
    ),
    Key::new(
        "alerts.NAME",
        "user",
        "text",
        "no login",
        "\"majlis\"",
        "Name at the mail server.",
    ),
    Key::new(
        "alerts.NAME",
        "from",
        "text",
        "required for e-mail",
        "\"majlis@example.org\"",
        "Address from which e-mail comes.",
    ),
    Key::new(
        "alerts.NAME",
        "to",
        "list of texts",
        "required for e-mail",
        "[\"me@example.org\"]",
        "Addresses to which e-mail goes.",
    ),
    Key::new(
        "log",
        "keep_days",
        "0 to 3650",
        "14",
        "30",
        "Days of which a server's log is kept, in `logs` of the data folder. 0: no files.",
    ),
    Key::new(
        "log",
        "max_mb_per_day",
        "1 to 10000",
        "50",
        "10",
        "Size of a day's log at most, in MiB. What comes after is not written.",
    ),
    Key::new(
        "providers.NAME",
        "base_url",
        "text",
        "required",
        "\"http://127.0.0.1:8080/v1\"",
        "Where the server's API begins.",
    ),
    Key::new(
        "providers.NAME",
        "kind",
        "text",
        "`openai-chat`",
        "\"openai-chat\"",
        "Wire format the server speaks.",
    ),
    Key::new(
        "providers.NAME",
        "key_env",
        "text",
        "no key",
        "\"MY_SERVER_KEY\"",
        "Name of the environment variable that holds the key. The file never holds a key itself.",
    ),
    Key::new(
        "providers.NAME",
        "allow_private",
        "true or false",
        "false",
        "true",
        "Allow the server to stand on this machine or in its network, and to speak http.",
    ),
    Key::new(
        "providers.NAME",
        "models",
        "list of texts",
        "what the server lists",
        "[\"qwen3-8b\"]",
        "Models of the server, by the names it gives them; for servers that list none.",
    ),
    Key::new(
        "providers.NAME",
        "first_token_timeout_s",
        "1 to 86400",
        "600",
        "120",
        "Seconds until the first text or reasoning at most.",
    ),
    Key::new(
        "providers.NAME",
        "idle_timeout_s",
        "1 to 86400",
        "300",
        "60",
        "Seconds between two pieces of an answer at most.",
    ),
    Key::new(
        "providers.NAME",
        "total_timeout_s",
        "1 to 86400",
        "1800",
        "600",
        "Seconds for a whole answer at most.",
    ),
    Key::new(
        "prices.\"MODEL\"",
        "input",
        "decimal as text",
        "required",
        "\"0.25\"",
        "US dollars per million tokens of input. MODEL is a model id; `*` stands for any text, `#` for a digit.",
    ),
    Key::new(
        "prices.\"MODEL\"",
        "output",
        "decimal as text",
        "required",
        "\"2\"",
        "US dollars per million tokens of output.",
    ),
    Key::new(
        "prices.\"MODEL\"",
        "cache_read",
        "decimal as text",
        "as `input`",
        "\"0.025\"",
        "US dollars per million tokens read from the provider's cache.",
    ),
    Key::new(
        "prices.\"MODEL\"",
        "cache_write_5m",
        "decimal as text",
        "as `input`",
        "\"0.3\"",
        "US dollars per million tokens written to the cache for five minutes.",
    ),
    Key::new(
        "prices.\"MODEL\"",
        "cache_write_1h",
        "decimal as text",
        "as `cache_write_5m`",
        "\"0.5\"",
        "US dollars per million tokens written to the cache for one hour.",
    ),
    Key::new(
        "prices.\"MODEL\"",
        "reasoning",
        "decimal as text",
        "as `output`",
        "\"2\"",
        "US dollars per million tokens of reasoning.",
    ),
    Key::new(
        "prices.\"MODEL\"",
        "request",
        "decimal as text",
        "`\"0\"`",
        "\"0.005\"",
        "US dollars for every request, whatever its size.",
    ),
];

/// A table of the file, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// The top.
    Top,
    /// A section, `[server]`.
    Section(&'a str),
    /// A named table in a section, `[providers.NAME]`.
    Named(&'a str),
}

/// The names known in a table; `None` where every name is allowed.
pub(crate) fn names(place: Place<'_>) -> Option<Vec<&'static str>> {
    let first = |key: &Key| key.section.split('.').next().unwrap_or(key.section);
    let names: Vec<&'static str> = match place {
        Place::Top => KEYS.iter().map(first).collect(),
        Place::Section(section) if KEYS.iter().any(|key| key.section == section) => KEYS
            .iter()
            .filter(|key| key.section == section)
            .map(|key| key.name)
            .collect(),
        Place::Section(_) => return None,
        Place::Named(section) => KEYS
            .iter()
            .filter(|key| first(key) == section && key.section != section)
            .map(|key| key.name)
            .collect(),
    };
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    Some(seen)
}

/// Every section with its keys, in order.
pub(crate) fn sections() -> Vec<(&'static str, Vec<&'static Key>)> {
    let mut sections: Vec<(&str, Vec<&Key>)> = Vec::new();
    for key in KEYS {
        match sections.iter_mut().find(|(name, _)| *name == key.section) {
            Some((_, keys)) => keys.push(key),
            None => sections.push((key.section, vec![key])),
        }
    }
    sections
}
