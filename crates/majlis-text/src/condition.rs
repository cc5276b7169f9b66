//! Whether what a statement says holds only under a condition.

use crate::feature::Token;
use crate::lexicon;

/// Words before which "once" means "as soon as", not "one time".
const SUBJECTS: &[&str] = &[
    "the", "you", "it", "they", "we", "all", "your", "its", "this", "that", "these", "those",
];

/// A word makes what is said depend on something.
pub(crate) fn is_conditional(tokens: &[Token]) -> bool {
    tokens.iter().enumerate().any(|(index, token)| {
        let next = tokens.get(index + 1).map(|token| token.word.as_str());
        match token.word.as_str() {
            "once" => next.is_some_and(|next| SUBJECTS.contains(&next)),
            word => lexicon::CONDITIONS.contains(&word),
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::feature::Reader;

    #[test]
    fn once_is_a_condition_before_a_subject_only() {
        for (text, expected) in [
            ("The list is created once and shared.", false),
            ("Once the server starts, it listens.", true),
            ("It works if the disk is empty.", true),
            ("Only one writer is allowed.", false),
            ("يعمل إذا كان القرص فارغا.", true),
            ("لا يعمل إلا على بيانات مرتبة.", false),
        ] {
            let tokens = Reader::new([text].into_iter()).tokens(text);
            assert_eq!(super::is_conditional(&tokens), expected, "{text}");
        }
    }
}
