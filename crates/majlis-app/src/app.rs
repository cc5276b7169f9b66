//! The handle that everything above holds.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use majlis_llm::{ModelId, PriceSource, PriceTable};
use majlis_store::{Alert, Durability, ServeLock, Store, StoreError, StoreOptions};
use tokio_util::task::TaskTracker;

use crate::catalog::Catalog;
use crate::cpu::CpuPool;
use crate::health::rescue_notice;
use crate::key::Keyring;
use crate::meaning::Meanings;
use crate::preset::Presets;
use crate::relay::Desk;
use crate::run::{Runs, Subscription};
use crate::watch::Watch;
use crate::{
    AppError, MemberRequest, ModelView, Notice, ProviderSeat, ProviderView, Readiness, Recovery,
    Settings, ambient, search,
};

/// Time that runs have to settle at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Time between two questions to a provider whether its models are ready.
const CHECK_COOLDOWN: Duration = Duration::from_secs(10);
/// Name under which the settings are stored.
const SETTINGS_KEY: &str = "interface";

/// What an [`App`] is opened with.
pub struct AppOptions {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The configured providers, in the order to show them.
    pub seats: Vec<ProviderSeat>,
    /// What models cost.
    pub prices: PriceTable,
    /// How safe a write is before it counts; anything but the default is for benchmarks.
    pub durability: Durability,
    /// Folders that programs may have audited through the API.
    pub audit_roots: Vec<PathBuf>,
}

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", notice.detail)]
pub struct OpenError {
    /// What to tell the person.
    pub notice: Notice,
    /// The exit code for a command that ends with it (sysexits).
    pub exit_code: u8,
    /// The cause below.
    #[source]
    pub source: Box<StoreError>,
}

impl From<StoreError> for OpenError {
    fn from(source: StoreError) -> Self {
        Self {
            exit_code: source.kind.exit_code(),
            notice: AppError::from(source.clone()).notice,
            source: Box::new(source),
        }
    }
}

/// Majlis at work on one data folder. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) inner: Arc<Inner>,
    /// Whoever asks through this handle is another program, not the person.
    is_for_programs: bool,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) catalog: Catalog,
    pub(crate) runs: Runs,
    pub(crate) tasks: TaskTracker,
    pub(crate) cpu: CpuPool,
    pub(crate) meanings: Meanings,
    /// Audits take minutes: they wait for one another, not for measurements.
    pub(crate) audits: CpuPool,
    pub(crate) audit_roots: Vec<PathBuf>,
    /// The turn each conversation is busy with.
    pub(crate) turns: Mutex<HashMap<String, String>>,
    pub(crate) desk: Desk,
    pub(crate) watch: Watch,
    pub(crate) keyring: Keyring,
    /// Who sits in the councils that programs may ask by a name.
    pub(crate) presets: Presets,
    recovery: Recovery,
    rescue: Option<Notice>,
}

impl App {
    /// Opens the data folder, creating or migrating it, and brings to an end what an earlier
    /// process left behind.
    ///
    /// # Errors
    /// [`OpenError`] when the folder cannot be used, with an exit code.
    pub async fn open(options: AppOptions) -> Result<Self, OpenError> {
        let mut store_options = StoreOptions::new(options.data_dir, ambient::new_id());
        store_options.durability = options.durability;
        store_options.now_ms = ambient::now_ms();
        let store = tokio::task::spawn_blocking(move || Store::open(&store_options))
            .await
            .unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))?;
        let free = free_providers(&options.seats, &options.prices);
        let report = store.recover(ambient::now_ms(), &free).await?;
        let rescue = store.rescue().map(rescue_notice);
        if let Some(notice) = &rescue {
            let alert = Alert {
                rule: notice.code.clone(),
                since_ms: ambient::now_ms(),
                notice: serde_json::to_value(notice).unwrap_or_default(),
            };
            store.raise_alert(alert).await?;
        }
        let presets = Presets::load(&store).await?;
        let tasks = TaskTracker::new();
        let (indexed, tracker) = (store.clone(), tasks.clone());
        tasks.spawn(async move { search::work_off(&indexed, &tracker).await });
        Ok(Self {
            is_for_programs: false,
            inner: Arc::new(Inner {
                store,
                catalog: Catalog::new(options.seats, options.prices),
                runs: Runs::new(&ambient::new_id()),
                tasks,
                cpu: CpuPool::new(1),
                meanings: Meanings::default(),
                audits: CpuPool::new(1),
                audit_roots: options.audit_roots,
                turns: Mutex::default(),
                desk: Desk::default(),
                watch: Watch::new(ambient::now_ms()),
                keyring: Keyring::default(),
                presets,
                recovery: (&report).into(),
                rescue,
            }),
        })
    }

    /// Stops every run, waits at most 10 s for them to settle, and closes the data folder.
    pub async fn shutdown(&self) {
        self.inner.runs.cancel_all();
        self.inner.tasks.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, self.inner.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "some runs did not settle within {DRAIN_TIMEOUT:?}; the next start will"
            );
        }
        self.inner.store.close().await;
    }

    /// What this start found of earlier ends.
    pub fn recovery(&self) -> Recovery {
        self.inner.recovery
    }

    /// What this start had to mend before the data could be used, if anything.
    pub fn rescue(&self) -> Option<&Notice> {
        self.inner.rescue.as_ref()
    }

    /// Claims the right to serve this data at an address. Only one process has it.
    ///
    /// # Errors
    /// [`OpenError`] naming the process and address that have it.
    pub fn lock_serve(&self, url: &str) -> Result<ServeLock, OpenError> {
        Ok(self.inner.store.lock_serve(url)?)
    }

    /// Asks every provider for its models, all at once.
    pub async fn refresh_models(&self) {
        self.inner.catalog.refresh().await;
    }

    /// Every configured and discovered model, ready ones first.
    pub async fn models(&self) -> Vec<ModelView> {
        let catalog = self.inner.catalog.clone();
        // The first look into the price table reads it, which takes some milliseconds.
        self.inner
            .cpu
            .run("list models", move || catalog.models(ambient::now_ms()))
            .await
            .unwrap_or_default()
    }

    /// Whether a model can be asked now. Costs nothing: its provider is asked for its list, at most
    /// once in ten seconds.
    ///
    /// # Errors
    /// `Invalid` when its provider is not configured.
    pub async fn check_model(&self, model: &ModelId) -> Result<Readiness, AppError> {
        self.inner.catalog.readiness(model, CHECK_COOLDOWN).await
    }

    /// Every configured provider.
    pub fn providers(&self) -> Vec<ProviderView> {
        self.inner.catalog.providers()
    }

    /// What models cost.
    pub fn prices(&self) -> &PriceTable {
        self.inner.catalog.prices()
    }

    /// Reads `provider/name` or `provider/name:k` (k samples, 1–9).
    ///
    /// # Errors
    /// `Invalid` when it is neither.
    pub fn parse_member(&self, text: &str) -> Result<MemberRequest, AppError> {
        let known = |id: &str| self.inner.catalog.has(id);
        let member = majlis_council::parse_member(text, &known).map_err(|error| {
            let hint = self.nearest(text);
            AppError::invalid("member", error.to_string(), &hint)
        })?;
        Ok(MemberRequest::Model {
            model: member.model,
            samples: member.samples,
        })
    }

    /// A hint that offers the model whose id looks most like a text.
    fn nearest(&self, text: &str) -> String {
        self.inner.catalog.nearest(text).map_or_else(
            || "`majlis models` lists what there is.".to_owned(),
            |near| format!("Did you mean {near}? `majlis models` lists what there is."),
        )
    }

    /// The model a program means: `provider/name`, or a name alone that only one provider has.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub fn resolve_model(&self, text: &str) -> Result<ModelId, AppError> {
        let named = text
            .parse()
            .ok()
            .filter(|model| self.inner.catalog.is_configured(model));
        let found = named.or_else(|| self.inner.catalog.by_name(text));
        found.ok_or_else(|| {
            let detail = format!("There is no model {text:?}.");
            AppError::invalid("unknown_model", detail, &self.nearest(text))
        })
    }

    /// The refusal of a model that nobody knows.
    pub fn unknown_model(&self, model: &ModelId) -> AppError {
        let detail = format!("There is no model {:?}.", model.as_str());
        AppError::invalid("unknown_model", detail, &self.nearest(model.as_str()))
    }

    /// Checks that a model's provider is configured.
    pub(crate) fn require_provider(&self, model: &ModelId) -> Result<(), AppError> {
        self.inner.catalog.provider(model).map(drop)
    }

    /// Follows a run from behind the event numbered `after` (0: from the first); `None` when the
    /// run is not kept in memory any more.
    pub fn subscribe(&self, run_id: &str, after: u64) -> Option<Subscription> {
        self.inner.runs.subscribe(run_id, after)
    }

    /// The same, for what other programs ask: that is held under a cap of its own as well.
    #[must_use]
    pub fn for_programs(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            is_for_programs: true,
        }
    }

    /// Whoever asks through this handle is another program.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.is_for_programs
    }

    /// Changes at each start of the program; event numbers are comparable within one epoch only.
    pub fn epoch(&self) -> &str {
        self.inner.runs.epoch()
    }

    /// Stops a run, or one reply of it. What came is kept.
    ///
    /// # Errors
    /// `NotFound` when it is not going on.
    pub fn cancel(&self, run_id: &str, message_id: Option<&str>) -> Result<(), AppError> {
        if self.inner.runs.cancel(run_id, message_id) {
            Ok(())
        } else {
            Err(AppError::not_found("run", run_id))
        }
    }

    /// The settings every user interface shares.
    ///
    /// # Errors
    /// `Storage` when they cannot be read.
    pub async fn settings(&self) -> Result<Settings, AppError> {
        let stored = self.inner.store.setting(SETTINGS_KEY).await?;
        // Settings of a later version that this one cannot read are as good as none.
        Ok(stored
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default())
    }

    /// Changes settings; what is `None` stays as it is.
    ///
    /// # Errors
    /// `Storage` when they cannot be written.
    pub async fn update_settings(&self, change: Settings) -> Result<Settings, AppError> {
        let current = self.settings().await?;
        let settings = Settings {
            language: change.language.or(current.language),
            theme: change.theme.or(current.theme),
        };
        let value = serde_json::to_value(settings)
            .map_err(|error| AppError::internal("settings", error))?;
        let entry = std::iter::once((SETTINGS_KEY.to_owned(), value)).collect();
        self.inner
            .store
            .set_settings(entry, ambient::now_ms())
            .await?;
        Ok(settings)
    }
}

/// Providers whose calls are known to cost nothing.
fn free_providers(seats: &[ProviderSeat], prices: &PriceTable) -> Vec<String> {
    seats
        .iter()
        .filter(|seat| {
            ModelId::new(&seat.name, "any")
                .ok()
                .and_then(|model| prices.lookup(&model, ambient::now_ms()))
                .is_some_and(|row| row.source == PriceSource::Local)
        })
        .map(|seat| seat.name.clone())
        .collect()
}
