//! What an audit did not look at, or only in part, and why: nothing is left out silently.

use serde::{Deserialize, Serialize};

/// A remark about a file or folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// Below the root of the tree, with `/`; a folder ends with one; empty for the whole tree.
    pub path: String,
    /// What.
    pub kind: NoteKind,
}

/// What is to be remarked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Left out: a gitignore file says so.
    Ignored,
    /// Left out: somebody else's code kept with the project.
    Vendored,
    /// Left out: written by a program.
    Generated,
    /// Left out: made small for browsers.
    Minified,
    /// Left out: a symbolic link; links are not followed.
    Link,
    /// Left out: no regular file.
    NotRegular,
    /// Left out: its name is no UTF-8.
    Name,
    /// Left out: reading it failed.
    Unreadable,
    /// Left out: larger than the limit.
    TooLarge,
    /// Left out: a line is longer than the limit.
    LongLine,
    /// Left out: holds bytes no text has.
    Binary,
    /// Left out: parsing took more steps than the limit.
    ParseTooLong,
    /// Left out: nested deeper than the limit.
    TooDeep,
    /// Left out with what follows it: there are more files than the limit.
    TooMany,
    /// Looked at only in part: what is no UTF-8 was replaced.
    NotUtf8,
    /// Looked at only in part: it holds syntax the parser does not know.
    SyntaxErrors,
    /// Looked at only in part: following its values took more steps than the limit.
    FollowTooLong,
    /// More findings than the limit; the last ones are left out.
    TooManyFindings,
}

impl NoteKind {
    /// Whether the file was not looked at at all.
    pub fn is_left_out(self) -> bool {
        !matches!(
            self,
            Self::NotUtf8 | Self::SyntaxErrors | Self::FollowTooLong | Self::TooManyFindings
        )
    }

    /// In English, about one file.
    pub fn text(self) -> &'static str {
        match self {
            Self::Ignored => "left out: ignored by a gitignore file",
            Self::Vendored => "left out: somebody else's code",
            Self::Generated => "left out: written by a program",
            Self::Minified => "left out: minified",
            Self::Link => "left out: a symbolic link",
            Self::NotRegular => "left out: not a regular file",
            Self::Name => "left out: its name is not UTF-8",
            Self::Unreadable => "left out: could not be read",
            Self::TooLarge => "left out: larger than the limit",
            Self::LongLine => "left out: a line is longer than the limit",
            Self::Binary => "left out: binary",
            Self::ParseTooLong => "left out: parsing took too long",
            Self::TooDeep => "left out: nested too deeply",
            Self::TooMany => "left out, and what follows: too many files",
            Self::NotUtf8 => "not UTF-8: some characters were replaced",
            Self::SyntaxErrors => "holds syntax the parser does not know",
            Self::FollowTooLong => "its values were followed only in part: too many steps",
            Self::TooManyFindings => "more findings than the limit: the last are left out",
        }
    }
}
