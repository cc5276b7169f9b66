//! What is looked at, in order.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use majlis_app::{
    AlertState, App, KeySource, ModelState, ModelView, Notice, ProviderView, backups_in,
};
use majlis_llm::{PriceSource, PriceTable};
use majlis_providers::model_files::ModelState as FileState;

use super::{Finding, State};
use crate::arguments::GlobalArguments;
use crate::command::backup::{local_time, size};
use crate::config::{self, Config};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::house::{self, LineUp};
use crate::keys::{self, KeyPlace, Keys};
use crate::log::{self, Quiet};
use crate::{door, members, paths, users};

/// Below this much free space the disk is nearly full, in bytes.
const LOW_DISK_BYTES: u64 = 500 << 20;

/// Looks at everything; what fails does not keep the rest from being looked at.
pub(super) async fn all(global: &GlobalArguments) -> Vec<Finding> {
    let mut findings = vec![clock(Timestamp::now())];
    let (config, finding) = configuration(global.config.as_deref());
    findings.push(finding);
    let environment = Arc::new(house::environment(&config));
    log::start(global, environment.get("MAJLIS_LOG"), Quiet::Command);
    findings.extend(unreadable(&environment));
    let data_dir = paths::data_dir(global.data_dir.clone());
    let keys = Keys::read(environment, data_dir.as_deref().ok());
    findings.extend(stored_keys(&keys, &keys::places(&config)));
    let line_up = match LineUp::new(&config, &keys) {
        Ok(line_up) => line_up,
        Err(failure) => {
            findings.push(wrong("network", failure));
            return findings;
        }
    };
    match data_dir {
        Ok(data_dir) => {
            findings.extend(folder(&data_dir));
            match house::open_app(&config, &line_up, data_dir.clone()).await {
                Ok(app) => {
                    findings.push(database(&app, &data_dir).await);
                    findings.extend(disk(&data_dir));
                    findings.push(backups(&data_dir));
                    findings.extend(alerts(&app).await);
                    findings.extend(providers(&app, &config, &keys).await);
                    app.shutdown().await;
                }
                Err(error) => {
                    findings.push(wrong("database", error.into()));
                    findings.push(backups(&data_dir));
                }
            }
        }
        Err(failure) => findings.push(wrong("data folder", failure)),
    }
    findings.push(embedded_model(&line_up));
    findings.push(page());
    findings.push(server(&config, &users::others()));
    findings
}

fn wrong(name: &str, failure: Failure) -> Finding {
    let finding = Finding::new(name, State::Wrong, failure.message);
    match failure.hint {
        Some(hint) => finding.with_hint(hint),
        None => finding,
    }
}

/// A clock before the price table's own date cannot be right.
fn clock(now: Timestamp) -> Finding {
    let today = now.strftime("%Y-%m-%d").to_string();
    let known_model = members::DEFAULT_MODELS
        .iter()
        .find_map(|(provider, model)| majlis_llm::ModelId::new(provider, model).ok());
    let row =
        known_model.and_then(|model| PriceTable::builtin().lookup(&model, now.as_millisecond()));
    let as_of = row.and_then(|row| match row.source {
        PriceSource::Table { as_of, .. } => Some(as_of),
        PriceSource::User | PriceSource::Local => None,
    });
    match as_of {
        Some(as_of) if today < as_of => Finding::new(
            "clock",
            State::Warning,
            format!("says {today}, but the price table is of {as_of}"),
        )
        .with_hint("set the clock of this machine: prices and times follow it"),
        _ => Finding::new(
            "clock",
            State::Good,
            format!("{} UTC", now.strftime("%Y-%m-%d %H:%M")),
        ),
    }
}

fn configuration(named: Option<&Path>) -> (Config, Finding) {
    match config::load(named) {
        Ok(config) => {
            let path = config
                .path
                .as_ref()
                .map_or_else(|| "none".to_owned(), |path| path.display().to_string());
            let detail = if config.exists {
                path
            } else {
                format!("{path} does not exist; the defaults hold")
            };
            (config, Finding::new("configuration", State::Good, detail))
        }
        Err(failure) => (Config::empty(None), wrong("configuration", failure)),
    }
}

fn unreadable(environment: &Environment) -> Vec<Finding> {
    let finding = |name: &String| {
        Finding::new(
            "environment",
            State::Warning,
            format!("{name} does not hold text and is ignored"),
        )
        .with_hint("set it again, or unset it")
    };
    environment.unreadable.iter().map(finding).collect()
}

/// Keys that cannot be opened, are for another address than now, or for nothing.
fn stored_keys(keys: &Keys, places: &[KeyPlace]) -> Vec<Finding> {
    let warning = |detail: String| Finding::new("stored keys", State::Warning, detail);
    if let Some(problem) = &keys.problem {
        let notice = Notice::from(problem);
        let finding = Finding::new("stored keys", State::Wrong, notice.detail);
        return vec![finding.with_hint(notice.hint.unwrap_or_default())];
    }
    let misplaced = places.iter().filter_map(|place| match keys.source(place) {
        KeySource::Misplaced { origin } => Some(
            warning(format!(
                "the key of {} was stored for {origin}, and is not sent to {}",
                place.name, place.origin
            ))
            .with_hint(format!("store it anew: majlis keys set {}", place.name)),
        ),
        _ => None,
    });
    let strangers = keys.strangers(places).into_iter().map(|name| {
        warning(format!(
            "a key is stored for {name}, which is not configured"
        ))
        .with_hint(format!("remove it: majlis keys remove {name}"))
    });
    misplaced.chain(strangers).collect()
}

/// Others on this machine should not read questions and answers. Opening the data folder closes
/// it to them, so this looks before that.
#[cfg(unix)]
fn folder(data_dir: &Path) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(data_dir).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Finding::new(
            "data folder",
            State::Warning,
            format!("{} was open to others ({mode:o})", data_dir.display()),
        )
        .with_hint("Majlis closes it when it opens it; make sure nobody copied it")
    })
}

#[cfg(not(unix))]
fn folder(_: &Path) -> Option<Finding> {
    None
}

/// Reads the whole file, which opening does not.
async fn database(app: &App, data_dir: &Path) -> Finding {
    let version = match app.check_database().await {
        Ok(version) => version,
        Err(error) => return wrong("database", error.into()),
    };
    let bytes = std::fs::metadata(data_dir.join("majlis.db")).map_or(0, |metadata| metadata.len());
    let detail = format!(
        "{}, {}, schema version {version}, sound",
        data_dir.display(),
        size(bytes)
    );
    let runs = app.recovery().interrupted_runs;
    match app.rescue() {
        Some(rescue) => {
            let finding = Finding::new("database", State::Warning, rescue.detail.clone());
            match &rescue.hint {
                Some(hint) => finding.with_hint(hint.clone()),
                None => finding,
            }
        }
        None if runs == 0 => Finding::new("database", State::Good, detail),
        None => Finding::new(
            "database",
            State::Good,
            format!("{detail}; {runs} interrupted before are now marked so"),
        ),
    }
}

/// Reads the newest backup and compares it with its checksum.
fn backups(data_dir: &Path) -> Finding {
    let name = "backups";
    let rows = backups_in(data_dir);
    let Some(newest) = rows.first() else {
        return Finding::new(name, State::Unused, "none yet")
            .with_hint("make one: majlis backup; `majlis serve` makes one a day");
    };
    let at = local_time(newest.created_at_ms);
    match newest.verify(&mut |_| {}) {
        Ok(()) => Finding::new(
            name,
            State::Good,
            format!("{}, the newest of {at}, {}", rows.len(), size(newest.bytes)),
        ),
        Err(error) => Finding::new(name, State::Warning, error.message)
            .with_hint("make a new one: majlis backup"),
    }
}

fn disk(data_dir: &Path) -> Option<Finding> {
    let free_bytes = fs4::available_space(data_dir).ok()?;
    let detail = format!("{} MB free", free_bytes / 1_000_000);
    Some(if free_bytes < LOW_DISK_BYTES {
        Finding::new("disk", State::Warning, detail)
            .with_hint("free some space: answers are kept on this disk")
    } else {
        Finding::new("disk", State::Good, detail)
    })
}

/// What a server has noticed and is not over.
async fn alerts(app: &App) -> Vec<Finding> {
    let known = app.alerts().await.unwrap_or_default();
    let firing = known
        .into_iter()
        .filter(|alert| alert.state == AlertState::Firing);
    let told = firing.map(|alert| {
        let finding = Finding::new("alert", State::Warning, alert.notice.detail);
        match alert.notice.hint {
            Some(hint) => finding.with_hint(hint),
            None => finding,
        }
    });
    told.collect()
}

async fn providers(app: &App, config: &Config, keys: &Keys) -> Vec<Finding> {
    app.refresh_models().await;
    let models = app.models().await;
    let views = app.providers();
    let mut findings: Vec<Finding> = views
        .iter()
        .filter(|view| view.name != "local")
        .map(|view| provider(view, is_wanted(view, config, keys)))
        .collect();
    if !models.iter().any(is_real) {
        findings.push(
            Finding::new("models", State::Warning, "no model can be asked but the embedded demonstration").with_hint(
                "set a key, for example OPENAI_API_KEY, or store one with `majlis keys set openai`; or start Ollama; or bring answers: majlis ask --answer NAME=FILE \"…\"",
            ),
        );
    }
    findings
}

fn is_real(model: &ModelView) -> bool {
    model.state == ModelState::Ready && !model.demo
}

/// The person set it up: it is in the file, or there is a key for it.
fn is_wanted(view: &ProviderView, config: &Config, keys: &Keys) -> bool {
    let is_own = config
        .providers
        .iter()
        .any(|own| own.settings.name == view.name);
    let has_key =
        |place: &KeyPlace| place.name == view.name && keys.source(place) != KeySource::None;
    is_own || keys::places(config).iter().any(has_key)
}

fn provider(view: &ProviderView, is_wanted: bool) -> Finding {
    let reason = view.reason.as_ref();
    match view.state {
        ModelState::Ready => {
            Finding::new(&view.name, State::Good, format!("{} models", view.models))
        }
        _ if is_wanted => {
            let detail = reason.map_or_else(
                || "did not answer".to_owned(),
                |notice| notice.detail.clone(),
            );
            let finding = Finding::new(&view.name, State::Wrong, detail);
            match reason.and_then(|notice| notice.hint.clone()) {
                Some(hint) => finding.with_hint(hint),
                None => finding,
            }
        }
        _ => {
            let words =
                reason.map(|notice| notice.hint.clone().unwrap_or_else(|| notice.detail.clone()));
            Finding::new(
                &view.name,
                State::Unused,
                format!("not used. {}", words.unwrap_or_default()).trim_end(),
            )
        }
    }
}

fn embedded_model(line_up: &LineUp) -> Finding {
    let place = line_up
        .models_dir
        .as_ref()
        .map_or_else(|| "nowhere".to_owned(), |dir| dir.display().to_string());
    match line_up.local_state {
        FileState::Ready => Finding::new(
            "embedded model",
            State::Good,
            format!("installed in {place}"),
        ),
        FileState::Changed => Finding::new(
            "embedded model",
            State::Warning,
            format!("its files in {place} look changed"),
        )
        .with_hint("check them: majlis models verify"),
        FileState::Absent => Finding::new(
            "embedded model",
            State::Unused,
            format!("not installed in {place}"),
        )
        .with_hint(
            "only a demonstration; to have it: cargo xtask models, or majlis models import FILE",
        ),
    }
}

/// Whether `majlis serve` can start as the configuration says, and who may call it then.
fn server(config: &Config, others: &[String]) -> Finding {
    let name = "server";
    if let Err(failure) = door::open(&config.door) {
        return wrong(name, failure);
    }
    if config.door.token_file.is_some() {
        return Finding::new(name, State::Good, "asks every caller for the token");
    }
    match others {
        [] => Finding::new(name, State::Good, "this machine only, without a token"),
        others => Finding::new(
            name,
            State::Warning,
            format!(
                "others use this machine too ({}), and `majlis serve` asks for no token",
                others.join(", ")
            ),
        )
        .with_hint(
            "majlis token new FILE, then token_file = \"FILE\" and require_token = true in [server]",
        ),
    }
}

fn page() -> Finding {
    if majlis_server::has_page() {
        return Finding::new("page", State::Good, "part of this program");
    }
    Finding::new(
        "page",
        State::Warning,
        "this program was built without its page",
    )
    .with_hint("build it with: cargo xtask run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_people_on_the_machine_are_a_reason_for_a_token() {
        let config = Config::default();
        let ada = ["ada".to_owned()];
        assert_eq!(server(&config, &[]).state, State::Good);
        let finding = server(&config, &ada);
        assert_eq!(finding.state, State::Warning);
        assert!(finding.detail.contains("(ada)"), "{}", finding.detail);
        let mut unmet = Config::default();
        unmet.door.require_token = true;
        assert_eq!(server(&unmet, &[]).state, State::Wrong);
    }

    #[test]
    fn a_clock_before_the_price_table_is_noticed() {
        for (now, state) in [
            ("2026-01-01T00:00:00Z", State::Warning),
            ("2199-01-01T00:00:00Z", State::Good),
        ] {
            assert_eq!(clock(now.parse().unwrap()).state, state, "{now}");
        }
    }
}
