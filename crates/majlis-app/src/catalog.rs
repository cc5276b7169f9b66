//! Which models there are: what the configuration names, what providers list, and in what state
//! each of them is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use majlis_llm::{
    ErrorKind, ModelId, ModelInfo, PicoUsd, PriceSource, PriceTable, Provider, ProviderError, Rate,
};

use majlis_providers::registry::{self, ProviderKind};
use tokio::time::Instant;

use crate::{AppError, Notice, ambient};

/// The provider that runs inside this program: a demonstration, never counted beside real models.
const DEMO_PROVIDER: &str = "local";
/// Texts less alike than this (Jaro-Winkler, 0 to 1) are not offered as "did you mean".
const MIN_HINT_LIKENESS: f64 = 0.7;
/// Prices are shown per million tokens.
const TOKENS_PER_MTOK: i128 = 1_000_000;

/// One provider as the configuration has it.
pub struct ProviderSeat {
    /// The part of a model id before the `/`.
    pub name: String,
    /// Its wire format, or `local`.
    pub kind: String,
    /// The provider, or why it cannot be asked (no key, not installed).
    pub provider: Result<Arc<dyn Provider>, Notice>,
    /// Models the configuration names; providers that list theirs add to them.
    pub models: Vec<ModelInfo>,
}

/// Whether something can be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// Yes.
    Ready,
    /// No; the reason stands beside it.
    Unavailable,
    /// Not tried yet.
    Unknown,
}

/// One model with its state and price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelView {
    /// What is known about it.
    pub info: ModelInfo,
    /// Whether it can be asked.
    pub state: ModelState,
    /// Why not.
    pub reason: Option<Notice>,
    /// What it costs; `None`: not known.
    pub price: Option<PriceView>,
    /// The embedded model: a demonstration.
    pub demo: bool,
}

/// A price for people: per million tokens, below any tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceView {
    /// Dollars per million input tokens, exact decimal; `None`: not known.
    pub input_usd_per_mtok: Option<String>,
    /// Dollars per million output tokens, exact decimal; `None`: not known.
    pub output_usd_per_mtok: Option<String>,
    /// Who says so.
    pub source: PriceSource,
}

/// One provider with its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderView {
    /// The part of a model id before the `/`.
    pub name: String,
    /// Its wire format, or `local`.
    pub kind: String,
    /// Whether it can be asked.
    pub state: ModelState,
    /// How many models it has.
    pub models: u64,
    /// Why it cannot be asked.
    pub reason: Option<Notice>,
}

/// What was found out by asking.
#[derive(Clone, Default)]
enum Listing {
    #[default]
    NotAsked,
    Found(Vec<ModelInfo>),
    Failed(Notice),
}

/// Time a provider has to list its models.
const LIST_TIMEOUT: Duration = Duration::from_secs(10);

struct Entry {
    seat: ProviderSeat,
    listing: Mutex<Listing>,
    /// When it was asked last; held while it is asked.
    asked: tokio::sync::Mutex<Option<Asked>>,
}

/// When a provider was asked: by the clock that only goes on, and in milliseconds since 1970 UTC.
#[derive(Clone, Copy)]
struct Asked {
    at: Instant,
    at_ms: i64,
}

/// Whether a model can be asked, as its provider said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// The model.
    pub model: ModelId,
    /// Whether it can be asked.
    pub state: ModelState,
    /// Why not, or why it is not known.
    pub reason: Option<Notice>,
    /// When its provider was asked, in milliseconds since 1970 UTC; `None` when it cannot be.
    pub checked_at_ms: Option<i64>,
}

impl Entry {
    fn new(seat: ProviderSeat) -> Arc<Self> {
        Arc::new(Self {
            seat,
            listing: Mutex::default(),
            asked: tokio::sync::Mutex::default(),
        })
    }

    fn listing(&self) -> Listing {
        self.listing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn refresh(&self) {
        self.ask_again(Duration::ZERO).await;
    }

    /// Asks the provider for its models, unless it was asked within this time; when it was asked
    /// last. `None` when it cannot be asked.
    async fn ask_again(&self, age: Duration) -> Option<i64> {
        let Ok(provider) = &self.seat.provider else {
            return None;
        };
        let mut asked = self.asked.lock().await;
        if let Some(asked) = asked.filter(|asked| asked.at.elapsed() < age) {
            return Some(asked.at_ms);
        }
        let answer = tokio::time::timeout(LIST_TIMEOUT, provider.models()).await;
        self.keep(answer.unwrap_or_else(|_| {
            let message = format!("{} did not list its models in time.", self.seat.name);
            Err(ProviderError::new(ErrorKind::Timeout, message))
        }));
        let at_ms = ambient::now_ms();
        *asked = Some(Asked {
            at: Instant::now(),
            at_ms,
        });
        Some(at_ms)
    }

    fn keep(&self, answer: Result<Vec<ModelInfo>, ProviderError>) {
        let listing = match answer {
            Ok(models) => Listing::Found(models),
            Err(error) => Listing::Failed(Notice::from_provider(&error, &self.seat.name)),
        };
        *self.listing.lock().unwrap_or_else(PoisonError::into_inner) = listing;
    }

    /// A server that may run on this machine, and need not.
    fn is_optional(&self) -> bool {
        let known = registry::BUILTIN
            .iter()
            .find(|known| known.name == self.seat.name);
        known.is_some_and(|known| known.kind == ProviderKind::LocalServer)
    }

    /// The most a model answers in tokens, as its provider's list says.
    fn max_output_tokens(&self, model: &ModelId) -> Option<u64> {
        let of = |models: &[ModelInfo]| {
            models
                .iter()
                .find(|info| info.id == *model)
                .and_then(|info| info.max_output_tokens)
        };
        let listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = match &*listing {
            Listing::Found(models) => of(models),
            Listing::NotAsked | Listing::Failed(_) => None,
        };
        listed.or_else(|| of(&self.seat.models))
    }

    fn state(&self) -> (ModelState, Option<Notice>) {
        match (&self.seat.provider, self.listing()) {
            (Err(notice), _) => (ModelState::Unavailable, Some(notice.clone())),
            (Ok(_), Listing::Failed(notice)) => (ModelState::Unavailable, Some(notice)),
            (Ok(_), Listing::NotAsked) => (ModelState::Unknown, None),
            (Ok(_), Listing::Found(_)) => (ModelState::Ready, None),
        }
    }

    /// Configured models and listed ones, each once; what the provider says wins.
    fn models(&self) -> Vec<ModelInfo> {
        let mut models: BTreeMap<ModelId, ModelInfo> = self
            .seat
            .models
            .iter()
            .map(|info| (info.id.clone(), info.clone()))
            .collect();
        if let Listing::Found(found) = self.listing() {
            models.extend(found.into_iter().map(|info| (info.id.clone(), info)));
        }
        models.into_values().collect()
    }
}

/// All configured providers. Cheap to clone; a clone sees what changes later.
#[derive(Clone)]
pub(crate) struct Catalog {
    seated: Arc<RwLock<Entries>>,
    prices: Arc<PriceTable>,
}

/// The providers at one moment.
type Entries = Arc<[Arc<Entry>]>;

impl Catalog {
    pub(crate) fn new(seats: Vec<ProviderSeat>, prices: PriceTable) -> Self {
        Self {
            seated: Arc::new(RwLock::new(seats.into_iter().map(Entry::new).collect())),
            prices: Arc::new(prices),
        }
    }

    fn entries(&self) -> Entries {
        Arc::clone(&self.seated.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn entry(&self, provider: &str) -> Option<Arc<Entry>> {
        let seated = self.seated.read().unwrap_or_else(PoisonError::into_inner);
        let entry = seated.iter().find(|entry| entry.seat.name == provider);
        entry.cloned()
    }

    /// Seats a provider anew, in the place of the one of that name; false when there is none. What
    /// was known about its models is asked for again. Calls under way go on as they began.
    pub(crate) fn reseat(&self, seat: ProviderSeat) -> bool {
        let mut seated = self.seated.write().unwrap_or_else(PoisonError::into_inner);
        let place = seated.iter().position(|entry| entry.seat.name == seat.name);
        let Some(place) = place else {
            return false;
        };
        let mut entries = seated.to_vec();
        entries[place] = Entry::new(seat);
        *seated = entries.into();
        true
    }

    /// Asks every provider for its models, all at once.
    pub(crate) async fn refresh(&self) {
        let entries = self.entries();
        join_all(entries.iter().map(|entry| entry.refresh())).await;
    }

    /// Asks one provider for its models.
    pub(crate) async fn ask(&self, provider: &str) {
        if let Some(entry) = self.entry(provider) {
            entry.refresh().await;
        }
    }

    /// Asks every provider that was not asked within this time, all at once; those that can be
    /// asked, each with what went wrong. A server of this machine that is not running is left out.
    pub(crate) async fn ask_again(&self, age: Duration) -> Vec<(String, Option<Notice>)> {
        let entries = self.entries();
        let asked = entries.iter().map(|entry| entry.ask_again(age));
        let asked = join_all(asked).await;
        let found = entries.iter().zip(asked).filter_map(|(entry, asked)| {
            asked?;
            let (_, reason) = entry.state();
            let is_absent = reason.is_some() && entry.is_optional();
            (!is_absent).then(|| (entry.seat.name.clone(), reason))
        });
        found.collect()
    }

    /// Whether a model can be asked. Its provider says so; one that was asked within this time is
    /// not asked again.
    pub(crate) async fn readiness(
        &self,
        model: &ModelId,
        age: Duration,
    ) -> Result<Readiness, AppError> {
        let entry = self
            .entry(model.provider())
            .ok_or_else(|| self.unknown(model))?;
        let checked_at_ms = entry.ask_again(age).await;
        let (state, reason) = match entry.state() {
            (ModelState::Ready, _) if !self.has(model.as_str()) => {
                let detail = format!("{} does not list {}.", model.provider(), model.name());
                let notice = Notice::new("model_not_listed", detail)
                    .with_param("model", model.as_str())
                    .with_hint("It may answer all the same; `majlis models` lists what there is.");
                (ModelState::Unknown, Some(notice))
            }
            known => known,
        };
        Ok(Readiness {
            model: model.clone(),
            state,
            reason,
            checked_at_ms,
        })
    }

    pub(crate) fn prices(&self) -> &PriceTable {
        &self.prices
    }

    /// The provider that answers for a model.
    pub(crate) fn provider(&self, model: &ModelId) -> Result<Arc<dyn Provider>, AppError> {
        let entry = self.entry(model.provider());
        match entry.as_ref().map(|entry| &entry.seat.provider) {
            Some(Ok(provider)) => Ok(Arc::clone(provider)),
            Some(Err(notice)) => Err(AppError::new(crate::AppErrorKind::Invalid, notice.clone())),
            None => Err(self.unknown(model)),
        }
    }

    /// The most a model answers in tokens, reasoning included, when a request sets no limit;
    /// `None` when nobody says.
    pub(crate) fn max_output_tokens(&self, model: &ModelId) -> Option<u64> {
        let listed = || self.entry(model.provider())?.max_output_tokens(model);
        registry::max_output_tokens(model).or_else(listed)
    }

    fn unknown(&self, model: &ModelId) -> AppError {
        let detail = format!("No provider named {:?} is configured.", model.provider());
        let hint = self.nearest(model.as_str()).map_or_else(
            || "`majlis models` lists what there is.".to_owned(),
            |near| format!("Did you mean {near}? `majlis models` lists what there is."),
        );
        AppError::new(
            crate::AppErrorKind::Invalid,
            Notice::new("unknown_model", detail)
                .with_param("model", model.as_str())
                .with_hint(hint),
        )
    }

    /// The known model whose id looks most like a text.
    pub(crate) fn nearest(&self, text: &str) -> Option<ModelId> {
        self.entries()
            .iter()
            .flat_map(|entry| entry.models())
            .map(|info| (strsim::jaro_winkler(info.id.as_str(), text), info.id))
            .filter(|(likeness, _)| *likeness > MIN_HINT_LIKENESS)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, id)| id)
    }

    /// Whether a model's provider is configured, with or without its key.
    pub(crate) fn is_configured(&self, model: &ModelId) -> bool {
        self.entry(model.provider()).is_some()
    }

    /// The one model with this name, without its provider; `None` when there is none or several.
    pub(crate) fn by_name(&self, name: &str) -> Option<ModelId> {
        let entries = self.entries();
        let models = entries.iter().flat_map(|entry| entry.models());
        let mut named = models.filter(|info| info.id.name() == name);
        let found = named.next()?;
        named.next().is_none().then_some(found.id)
    }

    /// Whether a model with exactly this id is known.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.entries()
            .iter()
            .flat_map(|entry| entry.models())
            .any(|info| info.id.as_str() == id)
    }

    /// Every model: ready ones first, then by id; the demonstration last among its equals.
    pub(crate) fn models(&self, at_ms: i64) -> Vec<ModelView> {
        let mut models: Vec<ModelView> = self
            .entries()
            .iter()
            .flat_map(|entry| {
                let (state, reason) = entry.state();
                entry
                    .models()
                    .into_iter()
                    .map(move |info| (info, state, reason.clone()))
            })
            .map(|(info, state, reason)| ModelView {
                price: self.price(&info, at_ms),
                demo: is_demo(&info.id),
                info,
                state,
                reason,
            })
            .collect();
        models.sort_by(|a, b| {
            let rank = |model: &ModelView| (model.state != ModelState::Ready, model.demo);
            rank(a)
                .cmp(&rank(b))
                .then_with(|| a.info.id.cmp(&b.info.id))
        });
        models
    }

    fn price(&self, info: &ModelInfo, at_ms: i64) -> Option<PriceView> {
        let row = self.prices.lookup(&info.id, at_ms)?;
        Some(PriceView {
            input_usd_per_mtok: row.rates.fresh.as_ref().map(usd_per_mtok),
            output_usd_per_mtok: row.rates.output.as_ref().map(usd_per_mtok),
            source: row.source,
        })
    }

    /// Every provider, in the configuration's order.
    pub(crate) fn providers(&self) -> Vec<ProviderView> {
        self.entries()
            .iter()
            .map(|entry| {
                let (state, reason) = entry.state();
                ProviderView {
                    name: entry.seat.name.clone(),
                    kind: entry.seat.kind.clone(),
                    state,
                    models: entry.models().len() as u64,
                    reason,
                }
            })
            .collect()
    }
}

/// One pico-dollar per token is a millionth of a dollar per million tokens.
fn usd_per_mtok(rate: &Rate) -> String {
    PicoUsd(i128::from(rate.at(0)) * TOKENS_PER_MTOK).to_usd_string()
}

/// Whether a model is the embedded demonstration.
pub(crate) fn is_demo(model: &ModelId) -> bool {
    model.provider() == DEMO_PROVIDER
}
