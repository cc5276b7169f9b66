//! What the program ends with, one table. Codes above 63 are those of BSD's sysexits.h.

use std::process::ExitCode;

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit(pub(crate) u8);

impl Exit {
    pub(crate) const DONE: Self = Self(0);
    pub(crate) const UNANSWERED: Self = Self(1);
    pub(crate) const USAGE_ERROR: Self = Self(2);
    pub(crate) const USAGE: Self = Self(64);
    pub(crate) const DATA: Self = Self(65);
    pub(crate) const NO_INPUT: Self = Self(66);
    pub(crate) const TOO_DEAR: Self = Self(69);
    pub(crate) const INTERNAL: Self = Self(70);
    pub(crate) const CANNOT_CREATE: Self = Self(73);
    pub(crate) const DISK: Self = Self(74);
    pub(crate) const TRY_LATER: Self = Self(75);
    pub(crate) const NOT_PERMITTED: Self = Self(77);
    pub(crate) const CONFIG: Self = Self(78);
    pub(crate) const INTERRUPTED: Self = Self(130);
    pub(crate) const BROKEN_PIPE: Self = Self(141);
    pub(crate) const TERMINATED: Self = Self(143);
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// Every code with its meaning: the source of `majlis --help` and of the reference page.
pub(crate) const TABLE: &[(u8, &str)] = &[
    (0, "done"),
    (
        1,
        "no member answered, `doctor` found something to mend, or `audit` what --fail-on names",
    ),
    (
        2,
        "the command line cannot be understood, or an audit cannot be made",
    ),
    (
        64,
        "asked for something there is not: an unknown model, an empty question",
    ),
    (
        65,
        "input that cannot be used: not UTF-8, too long; or a damaged database",
    ),
    (66, "an input file cannot be read"),
    (
        69,
        "a cap on costs is in the way, or a price is not known while one applies",
    ),
    (70, "a fault inside Majlis"),
    (73, "the data folder cannot be created"),
    (74, "the disk is full or fails"),
    (
        75,
        "busy: the port is taken, or another `majlis serve` has this data",
    ),
    (77, "not permitted: the data folder may not be written"),
    (
        78,
        "the configuration is wrong, a key is missing, or the data is newer than this program",
    ),
    (130, "stopped with Ctrl-C; what had come is kept"),
    (141, "the reader of the output went away"),
    (143, "stopped by SIGTERM; what had come is kept"),
];

/// The table as text, one code per line, each behind `indent`.
pub(crate) fn table(indent: &str) -> String {
    let lines: Vec<String> = TABLE
        .iter()
        .map(|(code, meaning)| format!("{indent}{code:>3}  {meaning}\n"))
        .collect();
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_in_use_is_explained_once() {
        for exit in [
            Exit::DONE,
            Exit::UNANSWERED,
            Exit::USAGE_ERROR,
            Exit::USAGE,
            Exit::DATA,
            Exit::NO_INPUT,
            Exit::TOO_DEAR,
            Exit::INTERNAL,
            Exit::CANNOT_CREATE,
            Exit::DISK,
            Exit::TRY_LATER,
            Exit::NOT_PERMITTED,
            Exit::CONFIG,
            Exit::INTERRUPTED,
            Exit::BROKEN_PIPE,
            Exit::TERMINATED,
        ] {
            assert_eq!(
                TABLE.iter().filter(|(code, _)| *code == exit.0).count(),
                1,
                "{exit:?}"
            );
        }
    }
}
