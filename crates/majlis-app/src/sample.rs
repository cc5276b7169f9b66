//! The bundled sample consultation, so that a first visit has something real to measure without
//! any key.

use serde::Deserialize;

use crate::Language;

/// A question with written answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SampleConsultation {
    /// The question.
    pub question: String,
    /// Four answers.
    pub answers: Vec<SampleAnswer>,
}

/// One written answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SampleAnswer {
    /// Who is said to have written it.
    pub name: String,
    /// The answer.
    pub text: String,
}

impl SampleConsultation {
    /// The sample in a language; an empty one only if the bundled file were broken, which a test
    /// rules out.
    pub fn bundled(language: Language) -> Self {
        let json = match language {
            Language::English => include_str!("../samples/council.en.json"),
            Language::Arabic => include_str!("../samples/council.ar.json"),
        };
        serde_json::from_str(json).unwrap_or(Self {
            question: String::new(),
            answers: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_a_question_and_four_answers() {
        for language in [Language::English, Language::Arabic] {
            let sample = SampleConsultation::bundled(language);
            assert!(!sample.question.is_empty());
            assert_eq!(sample.answers.len(), 4);
        }
    }
}
