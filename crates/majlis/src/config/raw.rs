//! The file's types, and what they must be to mean something.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use majlis_council::Mode;
use majlis_llm::{ModelId, PicoUsd, PriceOverride, PriceText};
use majlis_providers::codec::WireFormat;
use majlis_providers::{ConfigError, ProviderConfig, ServerSettings, Timeouts};
use majlis_server::LimitOptions;
use serde::Deserialize;
use toml::Spanned;

use super::channel::RawChannel;
use super::server::RawServer;
use super::syntax::{Problem, nearest};
use super::{Config, OwnProvider, Preset};
use crate::log::Keep;

/// Seconds a timeout may be at most: a day.
const MAX_TIMEOUT_S: u64 = 86_400;

/// The file as it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawConfig {
    council: RawCouncil,
    server: RawServer,
    discovery: RawDiscovery,
    network: RawNetwork,
    audit: RawAudit,
    limits: RawLimits,
    providers: BTreeMap<String, RawProvider>,
    prices: BTreeMap<String, Spanned<PriceText>>,
    presets: BTreeMap<String, RawPreset>,
    alerts: BTreeMap<String, RawChannel>,
    log: RawLog,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawCouncil {
    members: Vec<Spanned<String>>,
    mode: Option<Spanned<String>>,
    editors: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawPreset {
    members: Vec<Spanned<String>>,
    mode: Option<Spanned<String>>,
    editors: Vec<Spanned<String>>,
    max_cost: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLimits {
    paid_per_min: Option<Spanned<u32>>,
    executions_per_min: Option<Spanned<u32>>,
    writes_per_min: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLog {
    keep_days: Option<Spanned<u64>>,
    max_mb_per_day: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawDiscovery {
    local: bool,
}

impl Default for RawDiscovery {
    fn default() -> Self {
        Self { local: true }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawNetwork {
    proxy: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawAudit {
    roots: Vec<Spanned<PathBuf>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawProvider {
    base_url: Option<Spanned<String>>,
    kind: Option<Spanned<String>>,
    key_env: Option<Spanned<String>>,
    allow_private: bool,
    models: Vec<Spanned<String>>,
    first_token_timeout_s: Option<Spanned<u64>>,
    idle_timeout_s: Option<Spanned<u64>>,
    total_timeout_s: Option<Spanned<u64>>,
}

/// A problem before its place is known: some are at a name, which only the text itself locates.
#[derive(Debug)]
pub(super) enum Unplaced {
    /// At a value.
    Value(Problem),
    /// At the head of `[section.name]`.
    Table {
        section: &'static str,
        name: String,
        problem: Problem,
    },
}

impl Unplaced {
    /// The problem with its place.
    pub(super) fn located(self, text: &str) -> Problem {
        match self {
            Self::Value(problem) => problem,
            Self::Table {
                section,
                name,
                problem,
            } => {
                let heads = [
                    format!("[{section}.{name}]"),
                    format!("[{section}.\"{name}\"]"),
                ];
                let span = heads
                    .iter()
                    .find_map(|head| text.find(head).map(|start| start..start + head.len()));
                Problem { span, ..problem }
            }
        }
    }
}

impl From<Problem> for Unplaced {
    fn from(problem: Problem) -> Self {
        Self::Value(problem)
    }
}

impl RawConfig {
    /// What the file means.
    pub(super) fn checked(self) -> Result<Config, Unplaced> {
        let providers = self
            .providers
            .into_iter()
            .map(|(name, raw)| raw.checked(name))
            .collect::<Result<Vec<_>, _>>()?;
        let prices = self
            .prices
            .into_iter()
            .map(|(pattern, text)| price(&pattern, &text))
            .collect::<Result<_, _>>()?;
        Ok(Config {
            strict_journal: self.server.strict_journal,
            door: self.server.checked()?,
            members: self
                .council
                .members
                .into_iter()
                .map(member)
                .collect::<Result<_, _>>()?,
            mode: self.council.mode.map(mode).transpose()?,
            editors: self
                .council
                .editors
                .into_iter()
                .map(editor)
                .collect::<Result<_, _>>()?,
            presets: self
                .presets
                .into_iter()
                .map(|(name, raw)| raw.checked(name))
                .collect::<Result<_, _>>()?,
            limits: self.limits.checked()?,
            discover: self.discovery.local,
            proxy: self.network.proxy,
            audit_roots: self
                .audit
                .roots
                .into_iter()
                .map(root)
                .collect::<Result<_, _>>()?,
            channels: self
                .alerts
                .into_iter()
                .map(|(name, raw)| raw.checked(name))
                .collect::<Result<_, _>>()?,
            log: self.log.checked()?,
            providers,
            prices,
            ..Config::default()
        })
    }
}

impl RawPreset {
    fn checked(self, name: String) -> Result<Preset, Problem> {
        Ok(Preset {
            name,
            members: self
                .members
                .into_iter()
                .map(member)
                .collect::<Result<_, _>>()?,
            mode: self.mode.map(mode).transpose()?,
            editors: self
                .editors
                .into_iter()
                .map(editor)
                .collect::<Result<_, _>>()?,
            max_cost: self.max_cost.map(max_cost).transpose()?,
        })
    }
}

impl RawLimits {
    fn checked(self) -> Result<LimitOptions, Problem> {
        let default = LimitOptions::default();
        let or = |limit: Option<Spanned<u32>>, default| limit.map_or(Ok(default), per_minute);
        Ok(LimitOptions {
            paid_per_min: or(self.paid_per_min, default.paid_per_min)?,
            executions_per_min: or(self.executions_per_min, default.executions_per_min)?,
            writes_per_min: or(self.writes_per_min, default.writes_per_min)?,
        })
    }
}

impl RawLog {
    fn checked(self) -> Result<Keep, Problem> {
        let default = Keep::default();
        let days = self
            .keep_days
            .map(|days| within(&days, "keep_days", 0, 3_650));
        let mb = self
            .max_mb_per_day
            .map(|mb| within(&mb, "max_mb_per_day", 1, 10_000));
        Ok(Keep {
            days: days.transpose()?.map_or(default.days, |days| {
                usize::try_from(days).unwrap_or(usize::MAX)
            }),
            bytes_per_day: mb.transpose()?.map_or(default.bytes_per_day, |mb| mb << 20),
        })
    }
}

fn within(number: &Spanned<u64>, key: &str, least: u64, most: u64) -> Result<u64, Problem> {
    let value = *number.get_ref();
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    let message = format!("{key} is a number from {least} to {most}");
    Err(Problem::at(
        number.span(),
        message,
        "leave the key out for the default",
    ))
}

impl RawProvider {
    #[allow(clippy::needless_pass_by_value)] // the form `map` wants
    fn checked(self, name: String) -> Result<OwnProvider, Unplaced> {
        let in_head = |message: String, hint: &str| Unplaced::Table {
            section: "providers",
            name: name.clone(),
            problem: Problem {
                span: None,
                message,
                hint: Some(hint.to_owned()),
            },
        };
        let Some(base_url) = self.base_url else {
            let message = format!("the provider `{name}` has no base_url");
            return Err(in_head(
                message,
                "say where its API begins, for example base_url = \"http://127.0.0.1:8080/v1\"",
            ));
        };
        let first_model = self.models.first().map(Spanned::span);
        let (url_span, defaults) = (base_url.span(), Timeouts::default());
        let settings = ServerSettings {
            name: name.clone(),
            format: self
                .kind
                .map_or(Ok(WireFormat::OpenAiChat), |kind| format(&kind))?,
            base_url: base_url.into_inner(),
            key: None,
            allow_private: self.allow_private,
            timeouts: Timeouts {
                first_token: self
                    .first_token_timeout_s
                    .map_or(Ok(defaults.first_token), timeout)?,
                idle: self.idle_timeout_s.map_or(Ok(defaults.idle), timeout)?,
                total: self.total_timeout_s.map_or(Ok(defaults.total), timeout)?,
            },
            models: self.models.into_iter().map(Spanned::into_inner).collect(),
        };
        match ProviderConfig::try_from(settings.clone()) {
            Ok(_) => Ok(OwnProvider {
                settings,
                key_env: self
                    .key_env
                    .map(|name| variable("key_env", name))
                    .transpose()?,
            }),
            Err(error @ ConfigError::Name(_)) => Err(in_head(
                error.to_string(),
                "a model is called `name/model`: take a short name such as `my-server`",
            )),
            Err(ConfigError::BaseUrl { url, reason, .. }) => Err(Problem::at(
                url_span,
                format!("base_url {url:?} cannot be used: {reason}"),
                "write it in full, for example \"https://models.example.org/v1\"",
            )
            .into()),
            Err(error @ ConfigError::Model { .. }) => {
                let span = first_model.unwrap_or(url_span);
                Err(Problem::at(
                    span,
                    error.to_string(),
                    "write the names as the server gives them",
                )
                .into())
            }
        }
    }
}

fn format(kind: &Spanned<String>) -> Result<WireFormat, Problem> {
    let known = WireFormat::ALL.map(WireFormat::as_str);
    WireFormat::ALL
        .into_iter()
        .find(|format| format.as_str() == kind.get_ref())
        .ok_or_else(|| {
            let near = nearest(kind.get_ref(), &known)
                .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            let hint = format!("{near}Known: {}", known.join(", "));
            Problem::at(
                kind.span(),
                format!("unknown wire format `{}`", kind.get_ref()),
                hint,
            )
        })
}

/// The name of a variable, not what it holds.
pub(super) fn variable(key: &str, name: Spanned<String>) -> Result<String, Problem> {
    let text = name.get_ref();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !text.is_empty()
        && text.chars().all(is_word)
        && !text.starts_with(|c: char| c.is_ascii_digit())
    {
        return Ok(name.into_inner());
    }
    // The value is not shown: it may be the key itself.
    Err(Problem::at(
        name.span(),
        format!("`{key}` holds something that is not the name of an environment variable"),
        format!("write the name of the variable, not the key: {key} = \"MY_SERVER_KEY\""),
    ))
}

#[allow(clippy::needless_pass_by_value)] // the form `map` wants
fn timeout(seconds: Spanned<u64>) -> Result<Duration, Problem> {
    match *seconds.get_ref() {
        seconds @ 1..=MAX_TIMEOUT_S => Ok(Duration::from_secs(seconds)),
        _ => Err(Problem::at(
            seconds.span(),
            "a timeout is a number of seconds from 1 to 86400",
            "leave the key out for the default",
        )),
    }
}

#[allow(clippy::needless_pass_by_value)] // the form `map` wants
fn per_minute(limit: Spanned<u32>) -> Result<u32, Problem> {
    match *limit.get_ref() {
        limit @ 0..=1_000_000 => Ok(limit),
        _ => Err(Problem::at(
            limit.span(),
            "a limit is a number from 0 to 1000000",
            "write 0 for no limit",
        )),
    }
}

fn root(root: Spanned<PathBuf>) -> Result<PathBuf, Problem> {
    if root.get_ref().is_absolute() {
        return Ok(root.into_inner());
    }
    let message = format!("`{}` is not an absolute path", root.get_ref().display());
    let hint = "write the whole path, for example \"/srv/code\"";
    Err(Problem::at(root.span(), message, hint))
}

fn member(member: Spanned<String>) -> Result<String, Problem> {
    match member.get_ref().parse::<ModelId>() {
        Ok(_) => Ok(member.into_inner()),
        Err(error) => Err(Problem::at(
            member.span(),
            error.to_string(),
            "`majlis models` lists what there is",
        )),
    }
}

#[allow(clippy::needless_pass_by_value)] // the form `map` wants
fn mode(name: Spanned<String>) -> Result<Mode, Problem> {
    let known = Mode::ALL.map(Mode::id);
    let found = Mode::ALL
        .into_iter()
        .find(|mode| mode.id() == name.get_ref());
    found.ok_or_else(|| {
        let message = format!("unknown mode `{}`", name.get_ref());
        Problem::at(name.span(), message, format!("known: {}", known.join(", ")))
    })
}

#[allow(clippy::needless_pass_by_value)] // the form `map` wants
fn editor(id: Spanned<String>) -> Result<ModelId, Problem> {
    id.get_ref()
        .parse()
        .map_err(|error: majlis_llm::ModelIdError| {
            Problem::at(
                id.span(),
                error.to_string(),
                "`majlis models` lists what there is",
            )
        })
}

#[allow(clippy::needless_pass_by_value)] // the form `map` wants
fn max_cost(dollars: Spanned<String>) -> Result<PicoUsd, Problem> {
    PicoUsd::from_usd_str(dollars.get_ref()).map_err(|error| {
        let message = format!("max_cost is not an amount: {error}");
        Problem::at(
            dollars.span(),
            message,
            "write dollars as text, for example max_cost = \"0.25\"",
        )
    })
}

fn price(pattern: &str, text: &Spanned<PriceText>) -> Result<PriceOverride, Problem> {
    PriceOverride::parse(pattern, text.get_ref()).map_err(|error| {
        let cause = std::error::Error::source(&error)
            .map_or_else(String::new, |cause| format!(": {cause}"));
        let hint = "prices are US dollars per million tokens as text, for example input = \"0.25\"";
        Problem::at(text.span(), format!("{error}{cause}"), hint)
    })
}
