//! Question, context and pasted answers: from the command line, standard input and files.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;

/// Input longer than this is refused before it is sent anywhere, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// What a council is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// The question.
    pub(crate) text: String,
    /// What it is about.
    pub(crate) context: Option<String>,
}

/// Words of the command line and standard input, when it is piped, make the question: both given,
/// the words ask and the input is the context; the input alone is the question.
///
/// # Errors
/// No question, or input that is too long or no text.
pub(crate) fn gather(words: &[String], stdin_taken: bool) -> Result<Question, Failure> {
    let piped = if stdin_taken || io::stdin().is_terminal() {
        None
    } else {
        Some(read_text(io::stdin().lock(), "standard input")?)
    };
    compose(&words.join(" "), piped)
}

fn compose(words: &str, piped: Option<String>) -> Result<Question, Failure> {
    let piped = piped.filter(|text| !text.trim().is_empty());
    match (words.trim(), piped) {
        ("", None) => Err(Failure::new(Exit::USAGE, "there is no question").with_hint(
            "write it behind the command: majlis ask \"…\"; or pipe it in: echo \"…\" | majlis ask",
        )),
        ("", Some(piped)) => Ok(Question {
            text: piped.trim().to_owned(),
            context: None,
        }),
        (words, context) => Ok(Question {
            text: words.to_owned(),
            context,
        }),
    }
}

/// A pasted answer from a file, or from standard input where the path is `-`.
///
/// # Errors
/// The file cannot be read, is too long, or is no text.
pub(crate) fn read_answer(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        return read_text(io::stdin().lock(), "standard input");
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&name, error))?;
    read_text(file, &name)
}

fn unreadable(name: &str, error: io::Error) -> Failure {
    Failure::new(Exit::NO_INPUT, format!("cannot read {name}"))
        .with_hint("check that the file exists and may be read")
        .caused_by(error)
}

fn read_text(reader: impl Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(name, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("{name} is longer than {} MiB", MAX_BYTES >> 20);
        return Err(Failure::new(Exit::DATA, message)
            .with_hint("no model reads that much at once: send the part the question is about"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::new(
            Exit::DATA,
            format!("{name} is not UTF-8 text: byte {} cannot be read", at + 1),
        )
        .with_hint("convert it first, for example: iconv -f WINDOWS-1256 -t UTF-8 FILE")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, piped: Option<&str>, expected: Option<(&str, Option<&str>)>) {
        let question = compose(words, piped.map(str::to_owned)).ok();
        let parts = question
            .as_ref()
            .map(|question| (question.text.as_str(), question.context.as_deref()));
        assert_eq!(parts, expected);
    }

    #[test]
    fn words_ask_about_what_is_piped_in() {
        check("why?", Some("text\n"), Some(("why?", Some("text\n"))));
        check(" why? ", None, Some(("why?", None)));
        check("why?", Some(" \n"), Some(("why?", None)));
        check("", Some("why?\n"), Some(("why?", None)));
    }

    #[test]
    fn nothing_is_no_question() {
        for piped in [None, Some(""), Some(" \n\t")] {
            check("  ", piped, None);
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        let error = read_text(&b"caf\xe9"[..], "notes.txt").unwrap_err();
        assert_eq!(
            error.message,
            "notes.txt is not UTF-8 text: byte 4 cannot be read"
        );
        assert_eq!(error.exit, Exit::DATA);
    }

    #[test]
    fn what_no_model_could_read_is_refused() {
        let endless = io::repeat(b'x');
        assert_eq!(read_text(endless, "x").unwrap_err().exit, Exit::DATA);
    }
}
