//! Any text gives clean words in their places, none makes folding panic, and a text always holds
//! the words it would be looked up by.
#![no_main]

use libfuzzer_sys::fuzz_target;
use majlis_text::{Language, words};

fuzz_target!(|text: &str| {
    let mut last = 0;
    let mut folded = Vec::new();
    for word in words(text) {
        let written = &text[word.span.start..word.span.end];
        assert!(word.span.start >= last && !written.is_empty());
        last = word.span.start;
        assert!(word.text.chars().any(char::is_alphanumeric));
        assert!(word.text.chars().count() <= 64);
        // Nothing the index could take for a quote, a separator or a filter.
        assert!(word.text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || !c.is_ascii()));
        folded.push(word.text);
    }
    // What surrounds a text changes none of its words.
    let apart = format!(". {text} .");
    assert!(words(&apart).map(|word| word.text).eq(folded));
    let _ = Language::of(text);
});
