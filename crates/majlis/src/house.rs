//! Wiring: configuration and environment become an [`App`] with its providers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use majlis_app::{App, AppError, AppOptions, Durability, Notice, OpenError, ProviderSeat};
use majlis_llm::{ModelId, ModelInfo, PriceTable, Provider};
use majlis_providers::codec::WireFormat;
use majlis_providers::embed::LocalEmbedder;
use majlis_providers::local::{LocalProvider, MODEL_NAME, PROVIDER_NAME};
use majlis_providers::model_files::{ModelFiles, ModelState};
use majlis_providers::registry::{BUILTIN, ProviderKind};
use majlis_providers::{
    Entry, EntryState, Outbound, OutboundOptions, ProviderConfig, discover_local, line_up,
};

use crate::arguments::GlobalArguments;
use crate::config::{self, Config};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::keys::{self, Keeper, Keys};
use crate::log::{self, LogFiles, Quiet};
use crate::terminal::Palette;
use crate::{members, paths};

/// Time a person's own server has to list its models when nobody named one.
const LIST_TIMEOUT: Duration = Duration::from_secs(2);

/// Everything a command needs, opened.
pub(crate) struct House {
    /// Majlis at work on the data folder.
    pub(crate) app: App,
    /// The checked configuration.
    pub(crate) config: Arc<Config>,
    /// The environment as it was at the start, and stored keys.
    pub(crate) keys: Keys,
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    /// The providers in a row, as they stood before the first request.
    pub(crate) line_up: LineUp,
}

/// The configured and known providers.
pub(crate) struct LineUp {
    entries: Vec<Entry>,
    /// The embedded model, where there is a place for model files.
    local: Option<Arc<LocalProvider>>,
    /// Whether its files are there.
    pub(crate) local_state: ModelState,
    /// Where they are.
    pub(crate) models_dir: Option<PathBuf>,
    outbound: Outbound,
}

impl House {
    /// Reads the configuration and opens the data folder.
    ///
    /// # Errors
    /// A [`Failure`] with its exit code.
    pub(crate) async fn open(global: &GlobalArguments, quiet: Quiet) -> Result<Self, Failure> {
        let config = Arc::new(config::load(global.config.as_deref())?);
        let environment = Arc::new(environment(&config));
        let data_dir = paths::data_dir(global.data_dir.clone())?;
        let files = (quiet == Quiet::Server).then(|| LogFiles {
            folder: data_dir.join("logs"),
            keep: config.log,
        });
        log::start_with(global, environment.get("MAJLIS_LOG"), quiet, files);
        for name in &environment.unreadable {
            tracing::warn!(name, "the variable does not hold text and is ignored");
        }
        let keys = Keys::read(Arc::clone(&environment), Some(&data_dir));
        if let Some(problem) = &keys.problem {
            failure::warn(&problem.into(), &Palette::for_stderr(global.color));
        }
        let line_up = LineUp::new(&config, &keys)?;
        let app = open_app(&config, &line_up, data_dir.clone()).await?;
        app.use_keys(Arc::new(Keeper {
            config: Arc::clone(&config),
            environment,
            data_dir: data_dir.clone(),
            outbound: line_up.outbound.clone(),
        }));
        if let Some(rescue) = app.rescue() {
            failure::warn(rescue, &Palette::for_stderr(global.color));
        }
        Ok(Self {
            app,
            config,
            keys,
            data_dir,
            line_up,
        })
    }

    /// One model of every provider that can be asked now: the default one of those with a key, the
    /// first one of the person's own servers and of those found on this machine.
    pub(crate) async fn ready_models(&self) -> Vec<ModelId> {
        let mut entries = self.line_up.entries.clone();
        discover_local(&mut entries).await;
        let mut models = Vec::new();
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.state == EntryState::Ready)
        {
            if entry.models.is_empty() && entry.kind == ProviderKind::Custom {
                let listed = tokio::time::timeout(LIST_TIMEOUT, entry.provider.models()).await;
                entry.models = listed.ok().and_then(Result::ok).unwrap_or_default();
            }
            let first = entry
                .models
                .first()
                .cloned()
                .or_else(|| default_model(&entry.name));
            models.extend(first.map(|info| info.id));
        }
        models
    }

    /// Adds to the error of an unknown provider the name that was most likely meant.
    pub(crate) fn explain(&self, error: AppError) -> Failure {
        let provider = error
            .notice
            .params
            .get("model")
            .and_then(|model| model.split('/').next());
        let near = provider
            .filter(|_| error.notice.code == "unknown_model")
            .and_then(|provider| {
                config::nearest(provider, &self.line_up.names()).map(str::to_owned)
            });
        let failure = Failure::from(error);
        match near {
            Some(near)
                if !failure
                    .hint
                    .as_deref()
                    .unwrap_or_default()
                    .contains("Did you mean") =>
            {
                failure.with_hint(format!(
                    "Did you mean {near}/…? `majlis models` lists what there is."
                ))
            }
            _ => failure,
        }
    }

    /// Begins to tell alerts through the channels of the configuration. One whose secret is missing
    /// is left out, and said so.
    pub(crate) fn open_channels(&self) {
        let mut channels = Vec::new();
        let places = keys::places(&self.config);
        for own in &self.config.channels {
            let name = keys::channel_name(&own.settings.name);
            let place = places.iter().find(|place| place.name == name);
            let found = place.and_then(|place| self.keys.find(place));
            if let (Some(variable), None) = (&own.secret_env, &found) {
                let channel = &own.settings.name;
                tracing::warn!(
                    channel,
                    variable,
                    "alerts are not told there: the variable is not set"
                );
                continue;
            }
            match own.channel(found) {
                Ok(channel) => channels.push(channel),
                Err(error) => tracing::warn!(%error, "alerts are not told there"),
            }
        }
        self.app
            .set_channels(self.line_up.outbound.clone(), channels);
    }

    /// The embedded model, when its files are there.
    pub(crate) fn embedded_model(&self) -> Option<ModelId> {
        let is_there =
            self.line_up.local.is_some() && self.line_up.local_state != ModelState::Absent;
        is_there
            .then(|| LocalProvider::model_info().ok().map(|info| info.id))
            .flatten()
    }
}

/// Opens the data folder with these providers.
///
/// # Errors
/// [`OpenError`] when it cannot be used.
pub(crate) async fn open_app(
    config: &Config,
    line_up: &LineUp,
    data_dir: PathBuf,
) -> Result<App, OpenError> {
    let endpoints = config
        .providers
        .iter()
        .map(|own| (own.settings.name.as_str(), own.settings.base_url.as_str()));
    let prices = PriceTable::with_overrides(config.prices.clone()).with_endpoints(endpoints);
    let app = App::open(AppOptions {
        data_dir,
        seats: line_up.seats(config),
        prices,
        durability: Durability::default(),
        audit_roots: config.audit_roots.clone(),
    })
    .await?;
    let files = line_up.models_dir.clone().map(ModelFiles::new);
    if let Some(embedder) = files.and_then(LocalEmbedder::new) {
        app.use_embedder(Arc::new(embedder));
    } else {
        tracing::info!(
            "the sentence encoder is not installed, answers are compared by words: `cargo xtask models` fetches it"
        );
    }
    Ok(app)
}

/// The environment with the keys this configuration may use.
pub(crate) fn environment(config: &Config) -> Environment {
    let known = key_variables().flat_map(|(_, variables)| variables.iter().copied());
    let own = config
        .providers
        .iter()
        .filter_map(|provider| provider.key_env.as_deref());
    let channels = config
        .channels
        .iter()
        .filter_map(|channel| channel.secret_env.as_deref());
    Environment::read(known.chain(own).chain(channels))
}

/// Providers that need a key, each with the variables that may hold it.
pub(crate) fn key_variables() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    BUILTIN
        .iter()
        .filter(|entry| !entry.key_variables.is_empty())
        .map(|entry| (entry.name, entry.key_variables))
}

impl LineUp {
    /// Lines the providers up; connects to nothing.
    ///
    /// # Errors
    /// When the configured proxy cannot be used.
    pub(crate) fn new(config: &Config, keys: &Keys) -> Result<Self, Failure> {
        let options = OutboundOptions {
            proxy: config.proxy.clone(),
        };
        let outbound = Outbound::new(options).map_err(|error| {
            Failure::new(Exit::CONFIG, error.to_string())
                .with_hint("mend `proxy` in [network], or leave it out")
        })?;
        let entries = entries(config, keys, &outbound);
        let models_dir = paths::models_dir(&keys.environment);
        let files = models_dir.clone().map(ModelFiles::new);
        let local_state = files
            .as_ref()
            .and_then(|files| {
                files
                    .list()
                    .into_iter()
                    .find(|entry| entry.model.name == MODEL_NAME)
            })
            .map_or(ModelState::Absent, |entry| entry.state);
        Ok(Self {
            entries,
            local: files.map(|files| Arc::new(LocalProvider::new(files))),
            local_state,
            models_dir,
            outbound,
        })
    }

    /// The names of all providers.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.entries
            .iter()
            .map(|entry| entry.name.as_str())
            .chain([PROVIDER_NAME])
            .collect()
    }

    fn seats(&self, config: &Config) -> Vec<ProviderSeat> {
        let seats = self.entries.iter().map(|entry| seat(entry, config));
        seats.chain(self.local_seat()).collect()
    }

    /// From now on no provider may be this server itself: a request to it would go round for ever.
    pub(crate) fn refuse_own_port(&self, port: u16) {
        self.outbound.refuse_own_port(port);
    }

    /// Gives the embedded model's memory back when nobody asked it for `idle`; true when it did.
    pub(crate) fn unload_idle(&self, idle: Duration) -> bool {
        self.local
            .as_ref()
            .is_some_and(|local| local.unload_idle(idle))
    }

    fn local_seat(&self) -> Option<ProviderSeat> {
        let local = self.local.clone()?;
        let info = LocalProvider::model_info().ok()?;
        let provider: Result<Arc<dyn Provider>, Notice> = match self.local_state {
            ModelState::Absent => Err(not_installed()),
            ModelState::Ready | ModelState::Changed => Ok(local),
        };
        let models = if provider.is_ok() {
            vec![info]
        } else {
            Vec::new()
        };
        Some(ProviderSeat {
            name: PROVIDER_NAME.to_owned(),
            kind: PROVIDER_NAME.to_owned(),
            provider,
            models,
        })
    }
}

/// One provider with the keys as they are now; `None` when the configuration has none of that name.
pub(crate) fn seat_of(
    provider: &str,
    config: &Config,
    keys: &Keys,
    outbound: &Outbound,
) -> Option<ProviderSeat> {
    let entries = entries(config, keys, outbound);
    let entry = entries.iter().find(|entry| entry.name == provider)?;
    Some(seat(entry, config))
}

fn entries(config: &Config, keys: &Keys, outbound: &Outbound) -> Vec<Entry> {
    let places = keys::places(config);
    let key_of = |name: &str| {
        let place = places.iter().find(|place| place.name == name)?;
        keys.find(place)
    };
    let own: Vec<ProviderConfig> = config
        .providers
        .iter()
        .filter_map(|provider| {
            let mut settings = provider.settings.clone();
            settings.key = key_of(&settings.name);
            // The configuration was checked when it was read; a key changes nothing about that.
            ProviderConfig::try_from(settings).ok()
        })
        .collect();
    let mut entries = line_up(&|known| key_of(known.name), own, outbound);
    for (entry, own) in entries.iter_mut().zip(&config.providers) {
        // A person's own servers stand first, in the order of the file.
        let named = own
            .settings
            .models
            .iter()
            .filter_map(|model| ModelId::new(&entry.name, model).ok());
        entry.models.extend(named.map(ModelInfo::bare));
    }
    entries.retain(|entry| config.discover || entry.kind != ProviderKind::LocalServer);
    entries
}

fn seat(entry: &Entry, config: &Config) -> ProviderSeat {
    let provider = match &entry.state {
        EntryState::NoKey { variables } => Err(no_key(entry, variables)),
        EntryState::Ready | EntryState::Unprobed | EntryState::Unreachable { .. } => {
            Ok(Arc::clone(&entry.provider))
        }
    };
    let mut models = entry.models.clone();
    if provider.is_ok() && models.is_empty() {
        // Known before anybody asks: a typing error can be told from it.
        models.extend(default_model(&entry.name));
    }
    ProviderSeat {
        name: entry.name.clone(),
        kind: wire_format(entry, config).to_owned(),
        provider,
        models,
    }
}

/// The name of the format a provider's models are asked in, most of them where they differ.
fn wire_format(entry: &Entry, config: &Config) -> &'static str {
    let own = config
        .providers
        .iter()
        .find(|own| own.settings.name == entry.name)
        .map(|own| own.settings.format);
    let known = || {
        BUILTIN
            .iter()
            .find(|known| known.name == entry.name)
            .map(|known| known.format.of(""))
    };
    own.or_else(known)
        .unwrap_or(WireFormat::OpenAiChat)
        .as_str()
}

fn default_model(provider: &str) -> Option<ModelInfo> {
    let (_, model) = members::DEFAULT_MODELS
        .iter()
        .find(|(name, _)| *name == provider)?;
    ModelId::new(provider, model).ok().map(ModelInfo::bare)
}

fn no_key(entry: &Entry, variables: &[&str]) -> Notice {
    Notice::new(
        "no_key",
        format!("There is no key for {}.", entry.display_name),
    )
    .with_param("provider", entry.name.clone())
    .with_hint(format!(
        "Set {}, or store one: majlis keys set {}.",
        variables.join(" or "),
        entry.name
    ))
}

fn not_installed() -> Notice {
    Notice::new(
        "model_not_installed",
        "The embedded demonstration model is not installed.",
    )
    .with_hint("Run `cargo xtask models`, or `majlis models import FILE`.")
}
