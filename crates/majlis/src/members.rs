//! Who is asked when nobody is named.

use std::collections::BTreeMap;

use majlis_app::{CouncilPreset, MemberRequest};
use majlis_llm::ModelId;

use crate::config::Preset;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;

/// One good everyday model per provider that needs a key, as of 2026-11: (provider, model).
pub(crate) const DEFAULT_MODELS: &[(&str, &str)] = &[
    ("openai", "gpt-5-mini"),
    ("anthropic", "claude-sonnet-4-6"),
    ("gemini", "gemini-flash-latest"),
    ("deepseek", "deepseek-chat"),
    ("xai", "grok-4.3"),
    ("mistral", "mistral-medium-latest"),
    ("groq", "openai/gpt-oss-120b"),
    ("github", "openai/gpt-4.1-mini"),
    ("openrouter", "openai/gpt-5-mini"),
];

/// What is said when only the embedded model is there.
pub(crate) const DEMONSTRATION: &str = "Only the embedded model is here: a demonstration that answers simple English. \
     `majlis doctor` says how to add real ones.";

/// Members of a council nobody named, at most: every one of them costs.
const MAX_MEMBERS: usize = 4;

/// Whoever is asked when nobody was named.
pub(crate) struct Chosen {
    /// At least one.
    pub(crate) members: Vec<MemberRequest>,
    /// It is the embedded model alone.
    pub(crate) demonstration: bool,
}

/// The members of the configuration; else a model of every provider that has a key and of every
/// server found on this machine; else the embedded model.
///
/// # Errors
/// When there is nobody at all, with what to do about it.
pub(crate) async fn default_members(house: &House) -> Result<Chosen, Failure> {
    let mut members = Vec::new();
    for text in &house.config.members {
        members.push(house.app.parse_member(text)?);
    }
    if members.is_empty() {
        let ready = house.ready_models().await;
        members.extend(ready.into_iter().take(MAX_MEMBERS).map(asked_once));
    }
    if !members.is_empty() {
        return Ok(Chosen {
            members,
            demonstration: false,
        });
    }
    match house.embedded_model() {
        Some(model) => Ok(Chosen {
            members: vec![asked_once(model)],
            demonstration: true,
        }),
        None => Err(nobody()),
    }
}

fn asked_once(model: ModelId) -> MemberRequest {
    MemberRequest::Model { model, samples: 1 }
}

fn nobody() -> Failure {
    Failure::new(Exit::CONFIG, "there is no model to ask").with_hint(
        "set a key (for example OPENAI_API_KEY), or start Ollama, or install the embedded demonstration \
         (cargo xtask models), or bring answers: --answer NAME=FILE. `majlis doctor` says more",
    )
}

/// The councils that programs may ask by a name: the one that `ask` asks, and the presets. One with
/// a member that is not known is left out, and said so.
pub(crate) async fn councils(house: &House) -> BTreeMap<String, CouncilPreset> {
    let mut councils = BTreeMap::new();
    let usual = default_members(house).await;
    let usual = usual.map_or_else(|_| Vec::new(), |chosen| chosen.members);
    for preset in &house.config.presets {
        let preset = house.config.completed(preset);
        let members: Result<Vec<_>, _> = preset
            .members
            .iter()
            .map(|member| house.app.parse_member(member))
            .collect();
        match members {
            Ok(members) if members.is_empty() => insert(&mut councils, preset, usual.clone()),
            Ok(members) => insert(&mut councils, preset, members),
            Err(error) => {
                tracing::warn!(preset = preset.name, %error, "a preset cannot be asked");
            }
        }
    }
    let usual_preset = house.config.completed(&Preset {
        name: "council".to_owned(),
        ..Preset::default()
    });
    insert(&mut councils, usual_preset, usual);
    councils
}

/// Names a council, if anyone sits in it.
fn insert(
    councils: &mut BTreeMap<String, CouncilPreset>,
    preset: Preset,
    members: Vec<MemberRequest>,
) {
    if members.is_empty() {
        return;
    }
    let council = CouncilPreset {
        members,
        mode: preset.mode,
        editors: preset.editors,
        max_cost: preset.max_cost,
    };
    councils.insert(preset.name, council);
}

#[cfg(test)]
mod tests {
    use majlis_llm::PriceTable;

    use super::*;

    #[test]
    fn every_default_model_has_a_known_price_where_its_provider_has_prices() {
        let now_ms = 1_795_000_000_000; // 2026-11
        for (provider, model) in DEFAULT_MODELS {
            let id = ModelId::new(provider, model).unwrap();
            let is_priced = PriceTable::builtin().lookup(&id, now_ms).is_some();
            // GitHub bills in units of its own, for which the table has no prices.
            assert_eq!(is_priced, *provider != "github", "{id}");
            assert!(
                PriceTable::builtin()
                    .facts(&id)
                    .is_none_or(|facts| !facts.deprecated),
                "{id}"
            );
        }
    }

    #[test]
    fn every_provider_with_a_key_has_a_default_model() {
        let defaults: Vec<&str> = DEFAULT_MODELS
            .iter()
            .map(|(provider, _)| *provider)
            .collect();
        for (provider, _) in crate::house::key_variables() {
            assert!(defaults.contains(&provider), "{provider}");
        }
    }
}
