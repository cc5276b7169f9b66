//! The question every cost begins with: what does this model cost at this moment?

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::book::{Model, Provider, book};
use super::{PriceOverride, PriceRow, PriceSource};
use crate::{ModelId, PicoUsd};

/// Providers that run models on the user's own machines, unless their address says otherwise.
const ON_THIS_MACHINE: &[&str] = &[
    "local",
    "ollama",
    "llamacpp",
    "llama-cpp",
    "llama.cpp",
    "lmstudio",
];

/// Names of providers as Majlis or the wider world has them, and what the price file calls them.
/// Every name that is not here must be the file's own. `github` is absent on purpose: GitHub Models
/// are billed in units of their own, for which the file has no prices (2026-11-22).
const ALSO_KNOWN_AS: &[(&str, &str)] = &[
    ("gemini", "google"),
    ("vertex", "google"),
    ("vertex-ai", "google"),
    ("google-vertex", "google"),
    ("xai", "x-ai"),
    ("grok", "x-ai"),
    ("mistralai", "mistral"),
    ("bedrock", "aws"),
    ("amazon", "aws"),
    ("amazon-bedrock", "aws"),
    ("azure-openai", "azure"),
    ("copilot", "github-copilot"),
    ("moonshot", "moonshotai"),
    ("kimi", "moonshotai"),
    ("z-ai", "zai"),
    ("zhipu", "zhipuai"),
    ("fireworks-ai", "fireworks"),
    ("together-ai", "together"),
    ("together_ai", "together"),
];

/// All prices this program knows: the user's own first, then the table that comes with it.
#[derive(Debug, Clone, Default)]
pub struct PriceTable {
    overrides: Vec<PriceOverride>,
    /// Name of a configured provider → what the price file calls the API behind it.
    endpoints: BTreeMap<String, &'static str>,
    /// Configured providers whose address is on the public internet.
    elsewhere: BTreeSet<String>,
}

/// What the price file says about a model besides prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelFacts {
    /// Largest input in tokens; `None` when not known.
    pub context_tokens: Option<u64>,
    /// The provider still serves it but advises against it.
    pub deprecated: bool,
}

impl PriceTable {
    /// The prices that come with the program. Read at the first lookup, once.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// The prices that come with the program under the user's own, which win. Where several of
    /// those fit a model, the pattern with the most characters besides `*` counts.
    pub fn with_overrides(overrides: Vec<PriceOverride>) -> Self {
        Self {
            overrides,
            ..Self::default()
        }
    }

    /// Tells which addresses stand behind the configured providers (name, base URL), so that a
    /// provider under a name of the user's choice is priced as the company it calls. A name that
    /// is known already keeps its meaning whatever its address, but a server on the public
    /// internet is not taken for one that costs nothing.
    #[must_use]
    pub fn with_endpoints<'e>(
        mut self,
        endpoints: impl IntoIterator<Item = (&'e str, &'e str)>,
    ) -> Self {
        for (name, url) in endpoints {
            let name = name.to_lowercase();
            if is_public(url) {
                self.elsewhere.insert(name.clone());
            }
            if let Some(provider) = book().provider_at(url) {
                self.endpoints.insert(name, provider.id);
            }
        }
        self
    }

    /// What a model costs at a moment (milliseconds since 1970, UTC) by the provider's standard
    /// terms. `None` when that is not known, which is not the same as nothing.
    pub fn lookup(&self, model: &ModelId, at_unix_ms: i64) -> Option<PriceRow> {
        self.lookup_variant(model, at_unix_ms, &BTreeMap::new())
    }

    /// Like [`lookup`](Self::lookup), for a request whose properties may change its price, as the
    /// provider names them: `service_tier` = `flex`, `processing` = `batch`, `speed` = `fast`. A
    /// property that changes no price of the model is ignored.
    pub fn lookup_variant(
        &self,
        model: &ModelId,
        at_unix_ms: i64,
        request: &BTreeMap<String, String>,
    ) -> Option<PriceRow> {
        if let Some(own) = PriceOverride::best(&self.overrides, model) {
            return Some(own.row(model));
        }
        let provider_name = model.provider().to_lowercase();
        if ON_THIS_MACHINE.contains(&provider_name.as_str()) {
            let is_here = runs_here(model) && !self.elsewhere.contains(&provider_name);
            return is_here.then(|| PriceRow::local(model));
        }
        let (provider, entry) = self.entry(model)?;
        let own_terms = if provider.owns(entry) {
            request.clone()
        } else {
            BTreeMap::new()
        };
        let quote = entry.quote(at_unix_ms, &own_terms)?;
        Some(PriceRow {
            provider: provider.id.to_owned(),
            model: entry.id.to_owned(),
            source: PriceSource::Table {
                package: book().package.to_owned(),
                version: book().version.to_owned(),
                as_of: book().as_of.to_owned(),
            },
            since: quote.since,
            variant: entry.told_apart_by(&own_terms),
            rates: quote.rates,
            request_fee: PicoUsd(i128::from(quote.request_fee_pusd)),
        })
    }

    /// What else is known about a model; `None` when the price file does not have it.
    pub fn facts(&self, model: &ModelId) -> Option<ModelFacts> {
        self.entry(model).map(|(_, entry)| ModelFacts {
            context_tokens: entry.context,
            deprecated: entry.deprecated,
        })
    }

    /// The entry of the price file for a model, with the provider that charges for it.
    fn entry(
        &self,
        model: &ModelId,
    ) -> Option<(&'static Provider<'static>, &'static Model<'static>)> {
        let provider = self.provider(&model.provider().to_lowercase())?;
        let name = model.name().to_lowercase();
        // Gemini's own list of models writes each name as a path.
        let name = if provider.id == "google" {
            name.rsplit_once("models/")
                .map_or(name.as_str(), |(_, last)| last)
        } else {
            name.as_str()
        };
        Some((provider, book().model(provider, name)?))
    }

    fn provider(&self, name: &str) -> Option<&'static Provider<'static>> {
        let alias = ALSO_KNOWN_AS.iter().find(|(ours, _)| *ours == name);
        book()
            .provider(alias.map_or(name, |(_, theirs)| theirs))
            .or_else(|| book().provider(self.endpoints.get(name)?))
    }
}

/// Ollama also offers models that run on its company's machines, for a fee we do not know.
fn runs_here(model: &ModelId) -> bool {
    let name = model.name().to_lowercase();
    !(name.ends_with("-cloud") || name.ends_with(":cloud"))
}

/// Whether an address leads out of the user's own machine and network: a public IP address, or a
/// host name with a domain that is not reserved for private networks (RFC 6762, RFC 8375, ICANN's
/// `.internal` of 2024).
fn is_public(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or(bracketed),
        None => host.split(':').next().unwrap_or(host),
    };
    match host.parse() {
        Ok(IpAddr::V4(ip)) => {
            !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified())
        }
        Ok(IpAddr::V6(ip)) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local())
        }
        Err(_) => {
            let private = [
                ".local",
                ".lan",
                ".home",
                ".arpa",
                ".internal",
                ".localhost",
            ];
            host.contains('.') && !private.iter().any(|domain| host.ends_with(domain))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALSO_KNOWN_AS, ON_THIS_MACHINE, book, is_public};

    #[test]
    fn an_address_is_public_when_it_leads_out_of_the_users_own_network() {
        for (url, expected) in [
            ("http://localhost:11434", false),
            ("http://127.0.0.1:11434/v1", false),
            ("http://0.0.0.0:11434", false),
            ("http://[::1]:11434", false),
            ("http://[fd00::1]:11434", false),
            ("http://192.168.1.20:8080", false),
            ("http://tower:8080", false),
            ("http://tower.local:8080", false),
            ("tower.lan", false),
            ("https://user:key@ollama.com/api", true),
            ("https://models.example.org", true),
            ("http://8.8.8.8", true),
            ("http://[2001:db8::1]/", true),
        ] {
            assert_eq!(is_public(url), expected, "{url}");
        }
    }

    #[test]
    fn every_other_name_leads_to_a_provider_of_the_price_file() {
        for (ours, theirs) in ALSO_KNOWN_AS {
            assert!(book().provider(theirs).is_some(), "{theirs}");
            assert!(
                book().provider(ours).is_none(),
                "{ours} is the file's own name for something"
            );
        }
    }

    #[test]
    fn no_provider_of_the_price_file_is_taken_for_one_on_this_machine() {
        for name in ON_THIS_MACHINE {
            assert!(book().provider(name).is_none(), "{name}");
        }
    }
}
