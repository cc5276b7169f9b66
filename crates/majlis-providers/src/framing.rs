//! Bytes in, frames out: server-sent events and newline-delimited JSON.
//!
//! Lines are cut in bytes and only then read as UTF-8, so no network chunk can split a letter.
//! A line ends at LF, CR or CRLF; a byte-order mark at the start is skipped; comments, `id` and
//! `retry` are dropped; several `data` lines of one event are joined by LF; an event needs no empty
//! line behind it at the end of the stream. Bytes that are not UTF-8 become U+FFFD, as the
//! server-sent events standard has it, because an answer that was paid for is worth more than
//! one letter.

/// Largest line and largest event, in bytes.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// How a stream is cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `text/event-stream`.
    ServerSentEvents,
    /// One JSON value a line.
    JsonLines,
    /// The whole body is one frame, up to the limit of the body.
    Whole,
}

/// One message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The event's name; `None` when the server gave none.
    pub event: Option<String>,
    /// The payload, never empty.
    pub data: String,
}

/// A line or an event grew beyond [`MAX_LINE_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of the answer is longer than {MAX_LINE_BYTES} bytes")]
pub struct LineTooLong;

/// The decoder. Feed it with [`Framer::push`], end it with [`Framer::finish`].
#[derive(Debug)]
pub struct Framer {
    framing: Framing,
    line: Vec<u8>,
    /// The last byte was a CR: a LF that follows belongs to it.
    after_carriage_return: bool,
    /// No line was read yet: a byte-order mark may stand here.
    at_start: bool,
    event: Option<String>,
    data: Option<String>,
    failed: bool,
}

impl Framer {
    /// A decoder at the start of a stream.
    pub fn new(framing: Framing) -> Self {
        Self {
            framing,
            line: Vec::new(),
            after_carriage_return: false,
            at_start: true,
            event: None,
            data: None,
            failed: false,
        }
    }

    /// Reads one network chunk and appends the frames it completes to `frames`.
    ///
    /// # Errors
    /// [`LineTooLong`]; frames before it are in `frames`, and nothing more comes out afterwards.
    pub fn push(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), LineTooLong> {
        if self.failed {
            return Err(LineTooLong);
        }
        let outcome = match self.framing {
            Framing::Whole => {
                self.line.extend_from_slice(bytes);
                Ok(())
            }
            Framing::ServerSentEvents | Framing::JsonLines => self.push_lines(bytes, frames),
        };
        self.failed = outcome.is_err();
        outcome
    }

    /// Ends the stream; what stands without a line end or an empty line behind it is a frame too.
    pub fn finish(mut self) -> Option<Frame> {
        if self.failed {
            return None;
        }
        if self.framing == Framing::Whole {
            return frame(
                None,
                strip_mark(&String::from_utf8_lossy(&self.line)).to_owned(),
            );
        }
        let mut frames = Vec::new();
        if !self.line.is_empty() {
            self.end_line(&mut frames).ok()?;
        }
        frames.pop().or_else(|| self.take_event())
    }

    fn push_lines(&mut self, mut bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), LineTooLong> {
        if self.after_carriage_return && !bytes.is_empty() {
            self.after_carriage_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(at) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.grow_line(&bytes[..at])?;
            self.end_line(frames)?;
            let rest = &bytes[at + 1..];
            bytes = match (bytes[at], rest.first()) {
                (b'\r', Some(b'\n')) => &rest[1..],
                (b'\r', None) => {
                    self.after_carriage_return = true;
                    rest
                }
                _ => rest,
            };
        }
        self.grow_line(bytes)
    }

    fn grow_line(&mut self, bytes: &[u8]) -> Result<(), LineTooLong> {
        if self.line.len() + bytes.len() > MAX_LINE_BYTES {
            return Err(LineTooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, frames: &mut Vec<Frame>) -> Result<(), LineTooLong> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let line = if self.at_start {
            strip_mark(&text)
        } else {
            &text
        };
        self.at_start = false;
        match self.framing {
            Framing::JsonLines => frames.extend(frame(None, line.trim().to_owned())),
            Framing::ServerSentEvents | Framing::Whole if line.is_empty() => {
                frames.extend(self.take_event());
            }
            Framing::ServerSentEvents | Framing::Whole => self.field(line)?,
        }
        Ok(())
    }

    fn field(&mut self, line: &str) -> Result<(), LineTooLong> {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event = Some(value.to_owned()),
            "data" => match &mut self.data {
                None => self.data = Some(value.to_owned()),
                Some(data) if data.len() + value.len() >= MAX_LINE_BYTES => {
                    return Err(LineTooLong);
                }
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
            },
            _ => {}
        }
        Ok(())
    }

    fn take_event(&mut self) -> Option<Frame> {
        let event = self.event.take().filter(|name| !name.is_empty());
        frame(event, self.data.take()?)
    }
}

fn strip_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn frame(event: Option<String>, data: String) -> Option<Frame> {
    (!data.is_empty()).then_some(Frame { event, data })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(framing: Framing, chunks: &[&[u8]]) -> (Vec<Frame>, Result<(), LineTooLong>) {
        let mut decoder = Framer::new(framing);
        let mut frames = Vec::new();
        for chunk in chunks {
            if let Err(error) = decoder.push(chunk, &mut frames) {
                return (frames, Err(error));
            }
        }
        frames.extend(decoder.finish());
        (frames, Ok(()))
    }

    /// Decodes whole, cut at every byte, byte by byte, and with every line end.
    #[track_caller]
    fn check(framing: Framing, text: &str, expected: &[(Option<&str>, &str)]) {
        let expected: Vec<Frame> = expected
            .iter()
            .map(|(event, data)| Frame {
                event: event.map(str::to_owned),
                data: (*data).to_owned(),
            })
            .collect();
        for input in [
            text.to_owned(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r"),
        ] {
            let bytes = input.as_bytes();
            for cut in 0..=bytes.len() {
                let (left, right) = bytes.split_at(cut);
                assert_eq!(
                    decode(framing, &[left, right]).0,
                    expected,
                    "{input:?} cut at {cut}"
                );
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(
                decode(framing, &single).0,
                expected,
                "{input:?} byte by byte"
            );
        }
    }

    #[test]
    fn an_event_has_a_name_and_the_joined_data_lines() {
        check(
            Framing::ServerSentEvents,
            "event: delta\ndata: one\ndata:two\nid: 7\n\n: a comment\n\ndata:  three \n\n",
            &[(Some("delta"), "one\ntwo"), (None, " three ")],
        );
    }

    #[test]
    fn a_byte_order_mark_and_a_missing_last_empty_line_are_forgiven() {
        check(
            Framing::ServerSentEvents,
            "\u{feff}data: a\n\ndata: b",
            &[(None, "a"), (None, "b")],
        );
        check(
            Framing::JsonLines,
            "\u{feff}{\"a\":1}\n\n  {\"b\":2}",
            &[(None, "{\"a\":1}"), (None, "{\"b\":2}")],
        );
    }

    #[test]
    fn arabic_and_emoji_survive_every_cut() {
        let text = "data: المجلس يتّفق 🤝 غالبًا\n\n";
        check(
            Framing::ServerSentEvents,
            text,
            &[(None, "المجلس يتّفق 🤝 غالبًا")],
        );
        check(
            Framing::JsonLines,
            "{\"t\":\"نعم 🤝\"}\n",
            &[(None, "{\"t\":\"نعم 🤝\"}")],
        );
    }

    #[test]
    fn an_event_without_data_is_no_frame() {
        check(
            Framing::ServerSentEvents,
            "event: ping\n\nretry: 10\n\ndata:\n\n\n\n",
            &[],
        );
    }

    #[test]
    fn a_whole_body_is_one_frame() {
        assert_eq!(
            decode(Framing::Whole, &[b"{\n", b"}"]).0,
            [Frame {
                event: None,
                data: "{\n}".into()
            }]
        );
        assert!(decode(Framing::Whole, &[]).0.is_empty());
    }

    #[test]
    fn a_line_of_more_than_a_mebibyte_is_refused_and_what_came_before_is_kept() {
        let mut input = b"data: before\n\ndata: ".to_vec();
        input.resize(input.len() + MAX_LINE_BYTES, b'x');
        for size in [1000, 65536, input.len()] {
            let chunks: Vec<&[u8]> = input.chunks(size).collect();
            let (frames, outcome) = decode(Framing::ServerSentEvents, &chunks);
            assert_eq!((frames.len(), outcome), (1, Err(LineTooLong)));
        }
        let many = "data: 0123456789\n".repeat(MAX_LINE_BYTES / 10);
        assert!(
            decode(Framing::ServerSentEvents, &[many.as_bytes()])
                .1
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn chunking_never_changes_the_frames(
            input in proptest::collection::vec(prop_oneof![
                Just(b'\n'), Just(b'\r'), Just(b':'), Just(b' '), Just(b'd'), any::<u8>()
            ], 0..200),
            prefix in prop_oneof![Just("data:"), Just(""), Just("\u{feff}event: x\ndata:")],
            size in 1usize..7,
            lines in any::<bool>(),
        ) {
            let framing = if lines { Framing::JsonLines } else { Framing::ServerSentEvents };
            let bytes = [prefix.as_bytes(), &input].concat();
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            prop_assert_eq!(decode(framing, &chunks), decode(framing, &[&bytes]));
        }
    }
}
