//! Patterns of model names.

/// Whether a text is what the pattern describes: `*` stands for any text, `#` for one digit, all
/// else for itself. Upper and lower case differ; callers fold both sides first.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    // Where to go on when a guess of how much the last `*` swallowed was wrong.
    let mut retry = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, read));
                at += 1;
            }
            Some(&sign) if sign == text[read] || (sign == b'#' && text[read].is_ascii_digit()) => {
                at += 1;
                read += 1;
            }
            _ => match retry {
                Some((after_star, swallowed)) => {
                    retry = Some((after_star, swallowed + 1));
                    (at, read) = (after_star, swallowed + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&sign| sign == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn a_star_is_any_text_and_a_hash_one_digit() {
        for (pattern, text, expected) in [
            ("gpt-5", "gpt-5", true),
            ("gpt-5", "gpt-5-mini", false),
            ("gpt-5", "gpt-", false),
            ("gpt-5*", "gpt-5", true),
            ("gpt-5*", "gpt-5-mini", true),
            ("*-latest", "claude-latest", true),
            ("*-latest", "claude-latest-1", false),
            ("*mini*", "gpt-5-mini-high", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("x-####-##", "x-2026-03", true),
            ("x-####-##", "x-2026-3a", false),
            ("#", "#", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern:?} on {text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_of_a_head_and_a_tail_is_starts_with_and_ends_with(
            head in "[ab]{0,4}", tail in "[ab]{0,4}", text in "[ab]{0,10}",
        ) {
            let expected = text.len() >= head.len() + tail.len() && text.starts_with(&head) && text.ends_with(&tail);
            prop_assert_eq!(matches(&format!("{head}*{tail}"), &text), expected);
            prop_assert_eq!(matches(&format!("*{head}*"), &text), text.contains(&head));
        }
    }
}
