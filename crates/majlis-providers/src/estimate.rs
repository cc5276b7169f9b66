//! Tokens before a call. An estimate, never a count: show it with "~".

use majlis_llm::{ChatRequest, ModelId, Part};
use tiktoken_rs::CoreBPE;

/// Tokens around each message in chat formats: role and separators, by OpenAI's account of its own.
const TOKENS_PER_MESSAGE: u64 = 4;

/// Text is counted in pieces of this many bytes, because the time for one unbroken word grows with
/// the square of its length.
const PIECE_BYTES: usize = 1024;

/// Pieces counted at most; of a longer text every n-th piece is counted and the rest inferred.
const MAX_PIECES: usize = 512;

/// An estimate of a request's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Input tokens, images left out.
    pub input_tokens: u64,
    /// Images, whose tokens cannot be told beforehand.
    pub images: u32,
    /// The percentage of the o200k count that was taken for this family.
    pub factor_percent: u64,
}

/// What 100 tokens of o200k are taken to be in other families' tokenisers. Chosen, not measured, on
/// the high side of what is reported for English and Arabic text, so that a cap errs towards caution;
/// only OpenAI's own family is exact up to the framing of messages.
const FACTORS_PERCENT: &[(&str, u64)] = &[
    ("claude", 130),
    ("gemini", 110),
    ("gemma", 110),
    ("deepseek", 115),
    ("mistral", 125),
    ("mixtral", 125),
    ("llama", 125),
    ("qwen", 120),
    ("grok", 115),
    ("smollm", 250),
];

/// For families nobody has named.
const FACTOR_OTHERWISE_PERCENT: u64 = 125;

/// Estimates the input of a request. The first call loads the vocabulary (1.1 s in the unoptimised
/// test build on a machine with three jobs a core); ten megabytes of one unbroken word took 1.9 s more.
/// Call it off the runtime's workers.
pub fn estimate_input_tokens(request: &ChatRequest) -> Estimate {
    let vocabulary = vocabulary(&request.model);
    let mut tokens: u64 = 0;
    let mut images = 0;
    for message in &request.messages {
        tokens += TOKENS_PER_MESSAGE;
        for part in &message.parts {
            tokens += match part {
                Part::Text { text } | Part::Reasoning { text, .. } => count(vocabulary, text),
                Part::ToolCall {
                    name, arguments, ..
                } => count(vocabulary, name) + count(vocabulary, arguments),
                Part::ToolResult { content, .. } => count(vocabulary, content),
                Part::Image { .. } => {
                    images += 1;
                    0
                }
            };
        }
    }
    for tool in &request.tools {
        tokens +=
            count(vocabulary, &tool.description) + count(vocabulary, &tool.parameters.to_string());
    }
    let factor_percent = factor_percent(&request.model);
    Estimate {
        input_tokens: tokens.saturating_mul(factor_percent).div_ceil(100),
        images,
        factor_percent,
    }
}

/// GPT-4 and GPT-3.5 read with the older vocabulary, in which Arabic takes almost four times as much.
fn vocabulary(model: &ModelId) -> &'static CoreBPE {
    let name = family_name(model);
    let is_old = name.starts_with("gpt-3.5")
        || (name.starts_with("gpt-4")
            && !name.starts_with("gpt-4o")
            && !name.starts_with("gpt-4."));
    if is_old {
        tiktoken_rs::cl100k_base_singleton()
    } else {
        tiktoken_rs::o200k_base_singleton()
    }
}

fn factor_percent(model: &ModelId) -> u64 {
    let name = family_name(model);
    if ["gpt-", "chatgpt-", "o1", "o3", "o4"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
    {
        return 100;
    }
    FACTORS_PERCENT
        .iter()
        .find(|(family, _)| name.contains(family))
        .map_or(FACTOR_OTHERWISE_PERCENT, |(_, percent)| *percent)
}

/// The model's own name, without the company that stands before it at a reseller.
fn family_name(model: &ModelId) -> String {
    let name = model.name();
    name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase()
}

fn count(vocabulary: &CoreBPE, text: &str) -> u64 {
    let pieces = pieces(text);
    let step = pieces.len().div_ceil(MAX_PIECES).max(1);
    let mut tokens: u64 = 0;
    let mut bytes: u64 = 0;
    for piece in pieces.iter().step_by(step) {
        tokens += vocabulary.count_ordinary(piece) as u64;
        bytes += piece.len() as u64;
    }
    if step == 1 || bytes == 0 {
        return tokens;
    }
    tokens.saturating_mul(text.len() as u64) / bytes
}

/// Cuts at white space where there is some, else between letters.
fn pieces(mut text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while text.len() > PIECE_BYTES {
        let mut end = PIECE_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let end = text[..end]
            .rfind(char::is_whitespace)
            .filter(|at| *at > 0)
            .unwrap_or(end);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    if !text.is_empty() {
        pieces.push(text);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use majlis_llm::{Message, Role};
    use proptest::prelude::*;

    use super::*;

    fn estimate(model: &str, text: &str) -> Estimate {
        let messages = vec![Message::text(Role::User, text)];
        estimate_input_tokens(&ChatRequest::new(model.parse().unwrap(), messages))
    }

    #[test]
    fn openai_is_counted_and_other_families_are_scaled_up() {
        for (model, tokens, factor) in [
            ("openai/gpt-5", 8, 100),
            ("openrouter/openai/gpt-4o", 8, 100),
            ("anthropic/claude-sonnet-4-5", 11, 130),
            ("x/unheard-of", 10, 125),
        ] {
            let found = estimate(model, "The council meets.");
            assert_eq!(
                (found.input_tokens, found.factor_percent),
                (tokens, factor),
                "{model}"
            );
        }
    }

    #[test]
    fn arabic_costs_far_more_in_the_old_vocabulary() {
        let text = "المجلس يجتمع غدًا لينظر في الأمر. ".repeat(20);
        let (new, old) = (
            estimate("openai/gpt-4o", &text),
            estimate("openai/gpt-4", &text),
        );
        assert!(old.input_tokens > 2 * new.input_tokens, "{old:?} {new:?}");
    }

    #[test]
    fn ten_megabytes_of_one_word_are_estimated_without_end() {
        let found = estimate("openai/gpt-5", &"a".repeat(10_000_000));
        assert!(
            (500_000..5_000_000).contains(&found.input_tokens),
            "{found:?}"
        );
    }

    #[test]
    fn images_are_told_and_not_guessed() {
        let mut message = Message::text(Role::User, "look");
        message.parts.push(Part::Image {
            media_type: "image/png".into(),
            data: "aGk=".repeat(1000),
        });
        let found = estimate_input_tokens(&ChatRequest::new(
            "openai/gpt-5".parse().unwrap(),
            vec![message],
        ));
        assert_eq!((found.images, found.input_tokens), (1, 5));
    }

    proptest! {
        #[test]
        fn pieces_are_the_whole_text(text in "(\\PC{0,300} ?){0,12}") {
            prop_assert_eq!(pieces(&text).concat(), text);
        }
    }
}
