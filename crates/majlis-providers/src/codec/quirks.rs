//! In what a model differs from its wire format, as data.

use std::collections::BTreeSet;

/// The name of the member that limits the answer in the OpenAI chat format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputLimitField {
    /// `max_tokens`, understood by nearly every server.
    MaxTokens,
    /// `max_completion_tokens`, the only one for OpenAI's reasoning models.
    MaxCompletionTokens,
}

/// How instructions above the conversation are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemRole {
    /// A turn of the role `system`.
    System,
    /// A turn of the role `developer`.
    Developer,
    /// The model has no such role: they stand at the head of the first turn of the user.
    InFirstUserTurn,
}

/// The differences of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirks {
    /// Where the limit of output goes.
    pub output_limit: OutputLimitField,
    /// Where instructions go.
    pub system_role: SystemRole,
    /// The model takes no temperature and no `top_p`; they are left out.
    pub fixed_sampling: bool,
    /// The server understands `stream_options.include_usage`.
    pub usage_option: bool,
    /// The name of the seed.
    pub seed_field: &'static str,
    /// Reasoning that led to function calls must be sent back (`reasoning_content`).
    pub echo_reasoning: bool,
    /// The limit of output in tokens that is sent when the request has none; for formats that
    /// demand one.
    pub default_output_tokens: u32,
    /// Members the model has refused, as dotted paths in the body (`options.seed`).
    pub omitted: BTreeSet<String>,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            output_limit: OutputLimitField::MaxTokens,
            system_role: SystemRole::System,
            fixed_sampling: false,
            usage_option: true,
            seed_field: "seed",
            echo_reasoning: false,
            default_output_tokens: 4096,
            omitted: BTreeSet::new(),
        }
    }
}
