//! The table of known providers.

use majlis_llm::{ModelId, ModelInfo};

use crate::codec::{OutputLimitField, Quirks, SystemRole, WireFormat};

/// What a provider is to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// A company's service; needs a key.
    Cloud,
    /// A server that usually runs on this machine; needs none.
    LocalServer,
    /// A server from the configuration.
    Custom,
}

/// Which wire format a model is asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatRule {
    /// One for all.
    Fixed(WireFormat),
    /// The first whose prefix fits the model's name, else the last member.
    ByPrefix(&'static [(&'static str, WireFormat)], WireFormat),
}

impl FormatRule {
    /// The format for a model of this name.
    pub fn of(self, model: &str) -> WireFormat {
        match self {
            Self::Fixed(format) => format,
            Self::ByPrefix(rules, otherwise) => rules
                .iter()
                .find(|(prefix, _)| model.starts_with(prefix))
                .map_or(otherwise, |(_, format)| *format),
        }
    }
}

/// One difference of a model from its wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// The limit is `max_completion_tokens`.
    CompletionLimit,
    /// Instructions have the role `developer`.
    DeveloperRole,
    /// Instructions have no role of their own.
    NoSystemRole,
    /// Temperature and `top_p` are fixed.
    FixedSampling,
    /// `stream_options` is not understood.
    NoUsageOption,
    /// The seed has another name.
    SeedField(&'static str),
    /// Reasoning is sent back with function calls.
    EchoReasoning,
    /// The limit that is sent when the request has none.
    DefaultOutputTokens(u32),
}

/// Differences of the models whose name begins with one of the prefixes; `""` is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuirkRule {
    /// Beginnings of names.
    pub prefixes: &'static [&'static str],
    /// What is different.
    pub differences: &'static [Difference],
}

/// One known provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// The part of a model id before the `/`.
    pub name: &'static str,
    /// The name for people.
    pub display_name: &'static str,
    /// Where its API begins; its well-known key is sent nowhere else.
    pub base_url: &'static str,
    /// The wire format.
    pub format: FormatRule,
    /// Environment variables that may hold its key, in order.
    pub key_variables: &'static [&'static str],
    /// What it is.
    pub kind: ProviderKind,
    /// Its models' differences; all rules that fit apply, in order.
    pub quirks: &'static [QuirkRule],
    /// Where its list of models is when not at the format's place; from the root of the host.
    pub models_path: Option<&'static str>,
    /// How a server on this machine is started.
    pub start_hint: Option<&'static str>,
}

const NONE: BuiltIn = BuiltIn {
    name: "",
    display_name: "",
    base_url: "",
    format: FormatRule::Fixed(WireFormat::OpenAiChat),
    key_variables: &[],
    kind: ProviderKind::Cloud,
    quirks: &[],
    models_path: None,
    start_hint: None,
};

/// OpenAI's reasoning models, as OpenAI names them.
const REASONING: &[&str] = &["o1", "o3", "o4", "gpt-5"];

/// The same as GitHub's catalogue names them.
const REASONING_AT_GITHUB: &[&str] = &["openai/o1", "openai/o3", "openai/o4", "openai/gpt-5"];

/// The known providers, in the order in which they are shown. Addresses, variables and differences
/// as documented by each provider, looked at in November 2026.
pub static BUILTIN: &[BuiltIn] = &[
    BuiltIn {
        name: "openai",
        display_name: "OpenAI",
        base_url: "https://api.openai.com/v1",
        // New models come to the responses format first; the older families are surest in chat.
        format: FormatRule::ByPrefix(
            &[
                ("gpt-4", WireFormat::OpenAiChat),
                ("gpt-3.5", WireFormat::OpenAiChat),
                ("chatgpt-", WireFormat::OpenAiChat),
                ("ft:gpt-4", WireFormat::OpenAiChat),
                ("ft:gpt-3.5", WireFormat::OpenAiChat),
                ("o1-mini", WireFormat::OpenAiChat),
                ("o1-preview", WireFormat::OpenAiChat),
            ],
            WireFormat::OpenAiResponses,
        ),
        key_variables: &["OPENAI_API_KEY"],
        quirks: &[
            QuirkRule {
                prefixes: &[""],
                differences: &[Difference::CompletionLimit],
            },
            QuirkRule {
                prefixes: REASONING,
                differences: &[Difference::DeveloperRole, Difference::FixedSampling],
            },
            QuirkRule {
                prefixes: &["o1-mini", "o1-preview"],
                differences: &[Difference::NoSystemRole],
            },
        ],
        ..NONE
    },
    BuiltIn {
        name: "anthropic",
        display_name: "Anthropic",
        base_url: "https://api.anthropic.com",
        format: FormatRule::Fixed(WireFormat::Anthropic),
        key_variables: &["ANTHROPIC_API_KEY"],
        // Every model newer than the table of limits allows at least this much.
        quirks: &[QuirkRule {
            prefixes: &[""],
            differences: &[Difference::DefaultOutputTokens(32_000)],
        }],
        ..NONE
    },
    BuiltIn {
        name: "gemini",
        display_name: "Google Gemini",
        base_url: "https://generativelanguage.googleapis.com/v1beta",
        format: FormatRule::Fixed(WireFormat::Gemini),
        key_variables: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        quirks: &[QuirkRule {
            prefixes: &["gemma"],
            differences: &[Difference::NoSystemRole],
        }],
        ..NONE
    },
    BuiltIn {
        name: "deepseek",
        display_name: "DeepSeek",
        base_url: "https://api.deepseek.com",
        key_variables: &["DEEPSEEK_API_KEY"],
        quirks: &[QuirkRule {
            prefixes: &[""],
            differences: &[Difference::EchoReasoning],
        }],
        ..NONE
    },
    BuiltIn {
        name: "github",
        display_name: "GitHub Models",
        base_url: "https://models.github.ai/inference",
        key_variables: &["GITHUB_TOKEN"],
        quirks: &[QuirkRule {
            prefixes: REASONING_AT_GITHUB,
            differences: &[
                Difference::CompletionLimit,
                Difference::DeveloperRole,
                Difference::FixedSampling,
            ],
        }],
        models_path: Some("/catalog/models"),
        ..NONE
    },
    BuiltIn {
        name: "openrouter",
        display_name: "OpenRouter",
        base_url: "https://openrouter.ai/api/v1",
        key_variables: &["OPENROUTER_API_KEY"],
        ..NONE
    },
    BuiltIn {
        name: "xai",
        display_name: "xAI",
        base_url: "https://api.x.ai/v1",
        key_variables: &["XAI_API_KEY"],
        ..NONE
    },
    BuiltIn {
        name: "groq",
        display_name: "Groq",
        base_url: "https://api.groq.com/openai/v1",
        key_variables: &["GROQ_API_KEY"],
        ..NONE
    },
    BuiltIn {
        name: "mistral",
        display_name: "Mistral",
        base_url: "https://api.mistral.ai/v1",
        key_variables: &["MISTRAL_API_KEY"],
        quirks: &[QuirkRule {
            prefixes: &[""],
            differences: &[
                Difference::NoUsageOption,
                Difference::SeedField("random_seed"),
            ],
        }],
        ..NONE
    },
    BuiltIn {
        name: "ollama",
        display_name: "Ollama",
        base_url: "http://localhost:11434",
        format: FormatRule::Fixed(WireFormat::Ollama),
        kind: ProviderKind::LocalServer,
        start_hint: Some("Start it with `ollama serve`."),
        ..NONE
    },
    BuiltIn {
        name: "llamacpp",
        display_name: "llama.cpp",
        base_url: "http://localhost:8080/v1",
        kind: ProviderKind::LocalServer,
        start_hint: Some("Start it with `llama-server -m MODEL.gguf --port 8080`."),
        ..NONE
    },
    BuiltIn {
        name: "lmstudio",
        display_name: "LM Studio",
        base_url: "http://localhost:1234/v1",
        kind: ProviderKind::LocalServer,
        start_hint: Some("Start the server in LM Studio, or with `lms server start`."),
        ..NONE
    },
];

/// The differences of one model.
pub(crate) fn quirks_of(rules: &[QuirkRule], model: &str) -> Quirks {
    let mut quirks = Quirks::default();
    for rule in rules {
        if !rule.prefixes.iter().any(|prefix| model.starts_with(prefix)) {
            continue;
        }
        for difference in rule.differences {
            match *difference {
                Difference::CompletionLimit => {
                    quirks.output_limit = OutputLimitField::MaxCompletionTokens;
                }
                Difference::DeveloperRole => quirks.system_role = SystemRole::Developer,
                Difference::NoSystemRole => quirks.system_role = SystemRole::InFirstUserTurn,
                Difference::FixedSampling => quirks.fixed_sampling = true,
                Difference::NoUsageOption => quirks.usage_option = false,
                Difference::SeedField(name) => quirks.seed_field = name,
                Difference::EchoReasoning => quirks.echo_reasoning = true,
                Difference::DefaultOutputTokens(tokens) => quirks.default_output_tokens = tokens,
            }
        }
    }
    quirks
}

/// Context window and largest answer in tokens, by provider and beginning of the name, for providers
/// whose list of models does not tell. The longest beginning counts. From the model pages of OpenAI
/// and Anthropic as of November 2025; newer models are left out rather than guessed.
const LIMITS: &[(&str, &str, u64, u64)] = &[
    ("openai", "gpt-5", 400_000, 128_000),
    ("openai", "gpt-5-chat", 128_000, 16_384),
    ("openai", "gpt-4.1", 1_047_576, 32_768),
    ("openai", "gpt-4o", 128_000, 16_384),
    ("openai", "gpt-4-turbo", 128_000, 4_096),
    ("openai", "gpt-3.5-turbo", 16_385, 4_096),
    ("openai", "o1", 200_000, 100_000),
    ("openai", "o1-mini", 128_000, 65_536),
    ("openai", "o3", 200_000, 100_000),
    ("openai", "o4-mini", 200_000, 100_000),
    ("anthropic", "claude-opus-4-1", 200_000, 32_000),
    ("anthropic", "claude-opus-4-2025", 200_000, 32_000),
    ("anthropic", "claude-opus-4-0", 200_000, 32_000),
    ("anthropic", "claude-opus-4-5", 200_000, 64_000),
    ("anthropic", "claude-sonnet-4-2025", 200_000, 64_000),
    ("anthropic", "claude-sonnet-4-0", 200_000, 64_000),
    ("anthropic", "claude-sonnet-4-5", 200_000, 64_000),
    ("anthropic", "claude-haiku-4-5", 200_000, 64_000),
    ("anthropic", "claude-3-7-sonnet", 200_000, 64_000),
    ("anthropic", "claude-3-5", 200_000, 8_192),
    ("anthropic", "claude-3-haiku", 200_000, 4_096),
    ("anthropic", "claude-3-opus", 200_000, 4_096),
];

/// Context window and largest answer of a model in tokens, where documented.
pub(crate) fn limits(provider: &str, model: &str) -> Option<(u64, u64)> {
    LIMITS
        .iter()
        .filter(|(owner, prefix, ..)| *owner == provider && model.starts_with(prefix))
        .max_by_key(|(_, prefix, ..)| prefix.len())
        .map(|(.., context, output)| (*context, *output))
}

/// The most a model answers in tokens, reasoning included, when a request sets no limit: what is
/// sent where the format demands a limit, else what is documented of the model. `None`: not known.
pub fn max_output_tokens(model: &ModelId) -> Option<u64> {
    let known = BUILTIN.iter().find(|entry| entry.name == model.provider());
    let demanded = known
        .filter(|entry| entry.format.of(model.name()) == WireFormat::Anthropic)
        .map(|entry| {
            quirks_of(entry.quirks, model.name())
                .default_output_tokens
                .into()
        });
    demanded.or_else(|| limits(model.provider(), model.name()).map(|(_, output)| output))
}

/// Fills in what the provider's own list left open.
pub(crate) fn complete(mut info: ModelInfo, kind: ProviderKind) -> ModelInfo {
    let known = limits(info.id.provider(), info.id.name());
    info.context_tokens = info.context_tokens.or(known.map(|(context, _)| context));
    info.max_output_tokens = info.max_output_tokens.or(known.map(|(_, output)| output));
    info.local |= kind == ProviderKind::LocalServer;
    info
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::ProviderConfig;

    #[test]
    fn the_longest_answer_is_what_is_sent_as_a_limit_or_documented() {
        for (model, expected) in [
            ("anthropic/claude-sonnet-4-6", Some(32_000)),
            ("openai/gpt-4o-mini", Some(16_384)),
            ("openai/gpt-5-mini", Some(128_000)),
            ("my-server/gpt-5", None),
        ] {
            assert_eq!(
                max_output_tokens(&model.parse().unwrap()),
                expected,
                "{model}"
            );
        }
    }

    #[test]
    fn every_entry_of_the_table_is_usable_and_unique() {
        let mut names = HashSet::new();
        let mut variables = HashSet::new();
        for entry in BUILTIN {
            assert!(
                ProviderConfig::built_in(entry, None).is_ok(),
                "{}",
                entry.name
            );
            assert!(names.insert(entry.name), "{} twice", entry.name);
            assert!(
                entry
                    .key_variables
                    .iter()
                    .all(|name| variables.insert(*name)),
                "{}",
                entry.name
            );
            assert_eq!(
                entry.kind == ProviderKind::Cloud,
                !entry.key_variables.is_empty(),
                "{}",
                entry.name
            );
            assert_eq!(
                entry.kind == ProviderKind::LocalServer,
                entry.start_hint.is_some(),
                "{}",
                entry.name
            );
        }
    }

    #[test]
    fn openai_families_have_their_format_and_quirks() {
        let openai = &BUILTIN[0];
        for (model, format, fixed, role) in [
            (
                "gpt-5-mini",
                WireFormat::OpenAiResponses,
                true,
                SystemRole::Developer,
            ),
            (
                "o4-mini",
                WireFormat::OpenAiResponses,
                true,
                SystemRole::Developer,
            ),
            (
                "gpt-4o-mini",
                WireFormat::OpenAiChat,
                false,
                SystemRole::System,
            ),
            (
                "o1-mini",
                WireFormat::OpenAiChat,
                true,
                SystemRole::InFirstUserTurn,
            ),
            (
                "gpt-9",
                WireFormat::OpenAiResponses,
                false,
                SystemRole::System,
            ),
        ] {
            let quirks = quirks_of(openai.quirks, model);
            assert_eq!(openai.format.of(model), format, "{model}");
            assert_eq!(
                (quirks.fixed_sampling, quirks.system_role),
                (fixed, role),
                "{model}"
            );
            assert_eq!(quirks.output_limit, OutputLimitField::MaxCompletionTokens);
        }
    }

    #[test]
    fn the_longest_beginning_tells_the_limits_and_the_unknown_stays_unknown() {
        assert_eq!(
            limits("openai", "gpt-5-chat-latest"),
            Some((128_000, 16_384))
        );
        assert_eq!(limits("openai", "gpt-5-nano"), Some((400_000, 128_000)));
        assert_eq!(limits("anthropic", "claude-opus-9"), None);
        assert_eq!(limits("openrouter", "gpt-5"), None);
    }
}
