//! The places of the elements of a JSON list of any length, found without holding it in memory.

use std::io::Read;

use super::error::{ImportError, ImportErrorKind};

/// One element at most, in bytes.
pub(crate) const MAX_ELEMENT_BYTES: u64 = 64 << 20;

/// Where an element lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

/// What a file holds at its top.
enum Top {
    /// Nothing has come yet but white space.
    Unknown,
    List,
    /// One object, which counts as a list of one.
    Object,
    Over,
}

struct Scanner {
    top: Top,
    depth: u32,
    in_string: bool,
    is_escaped: bool,
    start: Option<u64>,
    spans: Vec<Span>,
}

/// The elements of the list a file holds, or the one object it holds.
pub(crate) fn scan(mut reader: impl Read) -> Result<Vec<Span>, ImportError> {
    let mut scanner = Scanner {
        top: Top::Unknown,
        depth: 0,
        in_string: false,
        is_escaped: false,
        start: None,
        spans: Vec::new(),
    };
    let mut buffer = vec![0; 64 << 10];
    let mut offset = 0_u64;
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        for byte in buffer.iter().take(count) {
            scanner.take(*byte, offset)?;
            offset += 1;
        }
    }
    match scanner.top {
        Top::Over => Ok(scanner.spans),
        _ => Err(ImportError::new(
            ImportErrorKind::Truncated,
            format!(
                "The list of conversations ends in the middle, after {} of them.",
                scanner.spans.len()
            ),
        )),
    }
}

impl Scanner {
    fn take(&mut self, byte: u8, offset: u64) -> Result<(), ImportError> {
        if self.in_string {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Ok(());
        }
        if byte.is_ascii_whitespace() || self.is_mark(byte, offset) {
            return Ok(());
        }
        match (&self.top, byte) {
            (Top::Unknown, b'[') => self.top = Top::List,
            (Top::Unknown, b'{') => {
                self.top = Top::Object;
                self.open(offset);
            }
            (Top::Unknown, _) => return Err(unexpected("is neither a list nor an object", offset)),
            (Top::Over, _) => return Err(unexpected("goes on behind its end", offset)),
            (_, b'[' | b'{') => self.open(offset),
            (Top::List, b']') if self.depth == 0 => {
                self.end(offset);
                self.top = Top::Over;
            }
            (_, b']' | b'}') => self.close(offset)?,
            (Top::List, b',') if self.depth == 0 => self.end(offset),
            (_, b'"') => {
                self.begin(offset);
                self.in_string = true;
            }
            _ => self.begin(offset),
        }
        Ok(())
    }

    /// The mark some programs put at the beginning of a text file.
    fn is_mark(&self, byte: u8, offset: u64) -> bool {
        matches!(self.top, Top::Unknown) && offset < 3 && [0xEF, 0xBB, 0xBF].contains(&byte)
    }

    fn begin(&mut self, offset: u64) {
        self.start.get_or_insert(offset);
    }

    fn open(&mut self, offset: u64) {
        self.begin(offset);
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self, offset: u64) -> Result<(), ImportError> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or_else(|| unexpected("closes more than it opens", offset))?;
        if self.depth == 0 && matches!(self.top, Top::Object) {
            self.end(offset + 1);
            self.top = Top::Over;
        }
        Ok(())
    }

    fn end(&mut self, offset: u64) {
        if let Some(start) = self.start.take() {
            self.spans.push(Span {
                offset: start,
                bytes: offset - start,
            });
        }
    }
}

fn unexpected(what: &str, offset: u64) -> ImportError {
    ImportError::malformed(format!("The file {what} at byte {offset}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let spans = scan(text.as_bytes()).unwrap();
        let found: Vec<&str> = spans
            .iter()
            .map(|span| {
                let start = usize::try_from(span.offset).unwrap();
                text[start..start + usize::try_from(span.bytes).unwrap()].trim_end()
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str, kind: ImportErrorKind) {
        assert_eq!(scan(text.as_bytes()).unwrap_err().kind, kind, "{text}");
    }

    #[test]
    fn the_elements_of_a_list_are_found_where_they_lie() {
        check("[]", &[]);
        check(
            " [ {\"a\": [1, 2]} ,\n {\"b\": \"]}\\\"[\"} ]\n",
            &["{\"a\": [1, 2]}", "{\"b\": \"]}\\\"[\"}"],
        );
        check("[1, \"س, ص\", null]", &["1", "\"س, ص\"", "null"]);
        check("\u{feff}[{}]", &["{}"]);
    }

    #[test]
    fn one_object_counts_as_a_list_of_one() {
        check("{\"mapping\": {}}", &["{\"mapping\": {}}"]);
    }

    #[test]
    fn a_list_without_its_end_is_refused() {
        for text in ["", "[", "[{}", "[{},", "{\"a\": ", "[\"]"] {
            check_refused(text, ImportErrorKind::Truncated);
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["x", "[] []", "[}]", "[]]"] {
            check_refused(text, ImportErrorKind::Malformed);
        }
    }
}
