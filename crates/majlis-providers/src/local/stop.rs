//! Ending an answer at a stop text that may arrive in pieces.

/// Lets text pass until the first of the stop texts, holding back only what may be its beginning.
#[derive(Debug)]
pub(super) struct StopFilter {
    stops: Vec<String>,
    held: String,
}

/// What a piece of text led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passed {
    /// Text to show; may be empty.
    pub(super) text: String,
    /// A stop text was met: nothing follows.
    pub(super) stopped: bool,
}

impl StopFilter {
    /// Empty stop texts are ignored.
    pub(super) fn new(stops: &[String]) -> Self {
        Self {
            stops: stops
                .iter()
                .filter(|stop| !stop.is_empty())
                .cloned()
                .collect(),
            held: String::new(),
        }
    }

    /// Takes more text.
    pub(super) fn push(&mut self, text: &str) -> Passed {
        self.held.push_str(text);
        let first = self
            .stops
            .iter()
            .filter_map(|stop| self.held.find(stop))
            .min();
        if let Some(start) = first {
            self.held.truncate(start);
            return Passed {
                text: std::mem::take(&mut self.held),
                stopped: true,
            };
        }
        let keep_from = self.possible_start();
        let tail = self.held.split_off(keep_from);
        Passed {
            text: std::mem::replace(&mut self.held, tail),
            stopped: false,
        }
    }

    /// What was held back, when no more text comes.
    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Where the longest end of the held text starts that is a beginning of a stop text.
    fn possible_start(&self) -> usize {
        let may_begin = |tail: &str| self.stops.iter().any(|stop| stop.starts_with(tail));
        self.held
            .char_indices()
            .map(|(start, _)| start)
            .find(|&start| may_begin(&self.held[start..]))
            .unwrap_or(self.held.len())
    }
}

#[cfg(test)]
mod tests {
    use super::StopFilter;
    use proptest::prelude::*;

    /// Feeds the text in pieces of `length` characters.
    fn filtered(text: &str, stops: &[&str], length: usize) -> (String, bool) {
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let mut filter = StopFilter::new(&stops);
        let mut shown = String::new();
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(length) {
            let passed = filter.push(&piece.iter().collect::<String>());
            shown.push_str(&passed.text);
            if passed.stopped {
                return (shown, true);
            }
        }
        shown.push_str(&filter.finish());
        (shown, false)
    }

    #[test]
    fn the_answer_ends_before_the_first_stop_text() {
        for length in 1..8 {
            assert_eq!(
                filtered("one END two", &["END"], length),
                ("one ".to_owned(), true)
            );
            assert_eq!(
                filtered("one EN two", &["END"], length),
                ("one EN two".to_owned(), false)
            );
            assert_eq!(filtered("ققف", &["قف"], length), ("ق".to_owned(), true));
            assert_eq!(filtered("text", &[""], length), ("text".to_owned(), false));
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_change_the_answer(text in "[abق]{0,20}", stop in "[abق]{1,3}", length in 1_usize..6) {
            let whole = match text.find(&stop) {
                Some(start) => (text[..start].to_owned(), true),
                None => (text.clone(), false),
            };
            prop_assert_eq!(filtered(&text, &[&stop], length), whole);
        }
    }
}
