//! From Markdown to plain prose that knows where it stands in the answer.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::Span;

/// A run of prose: one paragraph, heading or list item, without markup.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    /// What kind of prose.
    pub(crate) kind: BlockKind,
    /// The plain text; line breaks of the source are spaces, forced ones `\n`.
    pub(crate) text: String,
    /// Where pieces of `text` stand in the source, ascending.
    pieces: Vec<Piece>,
    /// The headings above it, outermost first.
    pub(crate) headings: Vec<String>,
}

/// What kind of prose a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BlockKind {
    /// A paragraph.
    #[default]
    Paragraph,
    /// A heading.
    Heading,
    /// A list item's own text.
    Item,
}

/// Text copied from the source as it stands, or written otherwise there (an entity, an escape).
#[derive(Debug, Clone, Copy)]
struct Piece {
    plain: usize,
    source: Span,
    verbatim: bool,
}

/// An answer as blocks of prose, with what was set aside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prose {
    /// In the order of the answer.
    pub(crate) blocks: Vec<Block>,
    /// Code blocks were met.
    pub(crate) has_code: bool,
    /// Tables were met.
    pub(crate) has_tables: bool,
    /// Block quotes were met.
    pub(crate) has_quotes: bool,
}

impl Block {
    fn push(&mut self, text: &str, source: Span, verbatim: bool) {
        self.pieces.push(Piece {
            plain: self.text.len(),
            source,
            verbatim,
        });
        self.text.push_str(text);
    }

    /// The place in the answer of a part of [`Block::text`], given in its bytes on character
    /// boundaries, not empty.
    pub(crate) fn source_span(&self, plain: Span) -> Span {
        let start = self.source_offset(plain.start, true);
        let end = self.source_offset(plain.end.saturating_sub(1), false);
        Span {
            start,
            end: end.max(start),
        }
    }

    /// Where the character at a plain offset begins (`first`) or, for the last byte of a part,
    /// where the part ends in the source.
    fn source_offset(&self, plain: usize, first: bool) -> usize {
        let index = self
            .pieces
            .partition_point(|piece| piece.plain <= plain)
            .saturating_sub(1);
        let Some(piece) = self.pieces.get(index) else {
            return 0;
        };
        match (piece.verbatim, first) {
            (true, true) => (piece.source.start + plain - piece.plain).min(piece.source.end),
            (true, false) => (piece.source.start + plain - piece.plain + 1).min(piece.source.end),
            (false, true) => piece.source.start,
            (false, false) => piece.source.end,
        }
    }
}

/// Reads an answer. Code blocks, tables, block quotes and raw HTML are set aside.
pub(crate) fn prose_of(answer: &str) -> Prose {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reader = Reader::new(answer);
    for (event, range) in Parser::new_ext(answer, options).into_offset_iter() {
        let span = Span {
            start: range.start,
            end: range.end,
        };
        reader.take(event, span);
    }
    reader.finish()
}

struct Reader<'a> {
    answer: &'a str,
    prose: Prose,
    block: Block,
    /// Headings in force, by level.
    headings: Vec<(u32, String)>,
    /// Depth inside something set aside.
    aside: usize,
    /// Depth inside list items.
    items: usize,
    heading_level: Option<u32>,
    /// Texts of the items and lead-ins around nested lists.
    leads: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(answer: &'a str) -> Self {
        Self {
            answer,
            prose: Prose::default(),
            block: Block::default(),
            headings: Vec::new(),
            aside: 0,
            items: 0,
            heading_level: None,
            leads: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Start(tag) => self.open(&tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) if self.aside == 0 => {
                let verbatim = self.answer.get(span.start..span.end) == Some(&*text);
                self.block.push(&text, span, verbatim);
            }
            Event::Code(text) if self.aside == 0 => self.push_code(&text, span),
            Event::SoftBreak if self.aside == 0 => self.soft_break(span),
            Event::HardBreak if self.aside == 0 => self.block.push("\n", span, false),
            Event::Rule => self.flush(),
            _ => {}
        }
    }

    /// Inline code between its backticks.
    fn push_code(&mut self, text: &str, span: Span) {
        let inside = self
            .answer
            .get(span.start..span.end)
            .and_then(|source| source.find(text));
        match inside {
            Some(offset) => {
                let start = span.start + offset;
                let end = start + text.len();
                self.block.push(text, Span { start, end }, true);
            }
            None => self.block.push(text, span, false),
        }
    }

    /// A line's end within a paragraph is a space, unless the next line starts like a list item
    /// that Markdown does not know (•, ١-).
    fn soft_break(&mut self, span: Span) {
        let next = self.answer.get(span.end..).unwrap_or_default().trim_start();
        let is_item = next.starts_with(['•', '–', '—', '▪', '●', '◦', '·', '✓', '✅'])
            || next
                .trim_start_matches(|c: char| c.is_numeric())
                .starts_with(['.', '-', ')', '،'])
                && next.starts_with(char::is_numeric);
        self.block
            .push(if is_item { "\n" } else { " " }, span, false);
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::CodeBlock(_) => {
                self.prose.has_code |= self.aside == 0;
                self.set_aside();
            }
            Tag::Table(_) => {
                self.prose.has_tables |= self.aside == 0;
                self.set_aside();
            }
            Tag::BlockQuote(_) => {
                self.prose.has_quotes |= self.aside == 0;
                self.set_aside();
            }
            Tag::HtmlBlock | Tag::Image { .. } | Tag::MetadataBlock(_) => self.aside += 1,
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading_level = Some(*level as u32);
            }
            Tag::List(_) => {
                let lead = self.block.text.trim().to_owned();
                let lead = if lead.is_empty() {
                    self.last_lead_in()
                } else {
                    lead
                };
                self.flush();
                self.leads.push(lead);
            }
            Tag::Item => {
                self.flush();
                self.items += 1;
            }
            Tag::Paragraph => self.flush(),
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock
            | TagEnd::Table
            | TagEnd::BlockQuote(_)
            | TagEnd::HtmlBlock
            | TagEnd::Image
            | TagEnd::MetadataBlock(_) => self.aside = self.aside.saturating_sub(1),
            TagEnd::Heading(_) => self.close_heading(),
            TagEnd::List(_) => {
                self.flush();
                self.leads.pop();
            }
            TagEnd::Item => {
                self.flush();
                self.items = self.items.saturating_sub(1);
            }
            TagEnd::Paragraph => self.flush(),
            _ => {}
        }
    }

    fn set_aside(&mut self) {
        self.flush();
        self.aside += 1;
    }

    fn close_heading(&mut self) {
        let level = self.heading_level.take().unwrap_or(1);
        let text = self.block.text.trim().to_owned();
        self.headings.retain(|(other, _)| *other < level);
        self.block.kind = BlockKind::Heading;
        self.flush();
        self.headings.push((level, text));
    }

    /// The paragraph just before a list, when it introduces it.
    fn last_lead_in(&self) -> String {
        match self.prose.blocks.last() {
            Some(block)
                if block.kind == BlockKind::Paragraph
                    && block.text.trim_end().ends_with([':', '：']) =>
            {
                block.text.trim().to_owned()
            }
            _ => String::new(),
        }
    }

    fn flush(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        if block.text.trim().is_empty() {
            return;
        }
        if block.kind != BlockKind::Heading && self.items > 0 {
            block.kind = BlockKind::Item;
        }
        let outer = self.headings.iter().map(|(_, text)| text);
        block.headings = outer
            .chain(&self.leads)
            .filter(|text| !text.is_empty())
            .cloned()
            .collect();
        self.prose.blocks.push(block);
    }

    fn finish(mut self) -> Prose {
        self.flush();
        self.prose
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: &[(BlockKind, &str, &[&str])]) {
        let prose = prose_of(answer);
        let found: Vec<_> = prose
            .blocks
            .iter()
            .map(|block| {
                (
                    block.kind,
                    block.text.as_str(),
                    block.headings.iter().map(String::as_str).collect(),
                )
            })
            .collect();
        let expected: Vec<(BlockKind, &str, Vec<&str>)> = expected
            .iter()
            .map(|(kind, text, headings)| (*kind, *text, headings.to_vec()))
            .collect();
        assert_eq!(found, expected, "{answer}");
    }

    #[test]
    fn bullets_stand_under_their_heading_and_lead_in() {
        use BlockKind::{Heading, Item, Paragraph};
        check(
            "# Cost\n\nIt is **cheap**:\n\n- one\n- two\n  - three\n\n## Later\n\nEnd",
            &[
                (Heading, "Cost", &[]),
                (Paragraph, "It is cheap:", &["Cost"]),
                (Item, "one", &["Cost", "It is cheap:"]),
                (Item, "two", &["Cost", "It is cheap:"]),
                (Item, "three", &["Cost", "It is cheap:", "two"]),
                (Heading, "Later", &["Cost"]),
                (Paragraph, "End", &["Cost", "Later"]),
            ],
        );
    }

    #[test]
    fn code_tables_quotes_and_pictures_are_set_aside() {
        let answer = "Before\n\n```sh\nrm x\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said\n\n![alt](x) after";
        check(
            answer,
            &[
                (BlockKind::Paragraph, "Before", &[]),
                (BlockKind::Paragraph, " after", &[]),
            ],
        );
        let prose = prose_of(answer);
        assert!(prose.has_code && prose.has_tables && prose.has_quotes);
    }

    #[test]
    fn a_part_of_the_prose_knows_its_place_under_markup() {
        let answer = "Use **SQLite** &amp; `cp a b`, [see](http://x) ١٢";
        let prose = prose_of(answer);
        let block = &prose.blocks[0];
        assert_eq!(block.text, "Use SQLite & cp a b, see ١٢");
        for (part, source) in [
            ("SQLite", "SQLite"),
            ("&", "&amp;"),
            ("cp a b", "cp a b"),
            ("١٢", "١٢"),
            ("see", "see"),
        ] {
            let start = block.text.find(part).unwrap();
            let span = block.source_span(Span {
                start,
                end: start + part.len(),
            });
            assert_eq!(&answer[span.start..span.end], source);
        }
    }
}
