//! How everything that keeps the data stands, in words a person can act on.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use majlis_store::{Alert, BackupRow, Condition, Rescue, RescueKind};

use crate::{App, Notice, ambient};

/// Below this much free space the disk is nearly full, in bytes.
pub(crate) const LOW_DISK_BYTES: u64 = 500 << 20;
/// A newest backup older than this is worth a word while the server runs all day.
const OLD_BACKUP_MS: i64 = 48 * 60 * 60 * 1_000;

/// How something stands; the worst is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthStatus {
    /// As it should be.
    Ok,
    /// Works, but should be looked at.
    Warning,
    /// Must be mended.
    Error,
}

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// What was looked at, `snake_case`.
    pub name: &'static str,
    /// How it stands.
    pub status: HealthStatus,
    /// What to tell the person.
    pub notice: Notice,
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The worst of all checks.
    pub status: HealthStatus,
    /// Each check, always the same ones first; open alerts and providers behind them.
    pub checks: Vec<HealthCheck>,
}

impl App {
    /// Looks at the database, the disk, the backups, what is still to be told, and every provider
    /// that can be asked. Providers are asked for their models at most once a minute.
    pub async fn health(&self) -> Health {
        let store = &self.inner.store;
        let condition = store.condition();
        let mut checks = vec![
            database(&condition),
            storage(&condition),
            disk(store.folder()),
            backups(&self.backups(), ambient::now_ms()),
        ];
        // A database that cannot be read has said so above.
        let alerts = store.open_alerts().await.unwrap_or_default();
        checks.extend(alerts.into_iter().filter_map(alert));
        checks.extend(self.providers_checked().await);
        Health {
            status: checks
                .iter()
                .map(|check| check.status)
                .max()
                .unwrap_or(HealthStatus::Ok),
            checks,
        }
    }
}

/// Asked within this time, a provider is not asked again.
const PROVIDERS_AGE: Duration = Duration::from_mins(1);

impl App {
    async fn providers_checked(&self) -> Vec<HealthCheck> {
        let asked = self.inner.catalog.ask_again(PROVIDERS_AGE).await;
        let checks = asked.into_iter().map(|(provider, failure)| match failure {
            None => {
                let notice = Notice::new("provider_ok", format!("{provider} answers."));
                let notice = notice.with_param("provider", provider);
                check("provider", HealthStatus::Ok, notice)
            }
            Some(notice) => check("provider", HealthStatus::Warning, notice),
        });
        checks.collect()
    }
}

fn check(name: &'static str, status: HealthStatus, notice: Notice) -> HealthCheck {
    HealthCheck {
        name,
        status,
        notice,
    }
}

fn database(condition: &Condition) -> HealthCheck {
    let name = "database";
    match (&condition.damage, condition.is_checked) {
        (Some(damage), _) => {
            let detail = "The database is damaged.";
            let notice = Notice::new("database_damaged", detail)
                .with_param("damage", damage)
                .with_hint("Start Majlis again: it restores the newest good backup.");
            check(name, HealthStatus::Error, notice)
        }
        (None, true) => {
            let notice = Notice::new("database_ok", "The database was read through and is sound.");
            check(name, HealthStatus::Ok, notice)
        }
        (None, false) => {
            let notice = Notice::new(
                "database_unchecked",
                "The database works; it was not read through since this start.",
            );
            check(name, HealthStatus::Ok, notice)
        }
    }
}

fn storage(condition: &Condition) -> HealthCheck {
    let name = "storage";
    match &condition.unwritable {
        None => check(
            name,
            HealthStatus::Ok,
            Notice::new("storage_ok", "What is written is kept."),
        ),
        Some(kind) => {
            let detail = "The last thing to be kept could not be written.";
            let hint = "Free some space on the disk. Reading goes on, and writing does as soon as there is space.";
            let notice = Notice::new(kind.code(), detail).with_hint(hint);
            check(name, HealthStatus::Error, notice)
        }
    }
}

fn disk(folder: &Path) -> HealthCheck {
    let name = "disk";
    let Ok(free_bytes) = fs4::available_space(folder) else {
        let notice = Notice::new("disk_unknown", "The free space of the disk is not known.");
        return check(name, HealthStatus::Ok, notice);
    };
    let detail = format!("{} MB are free.", free_bytes / 1_000_000);
    let (status, code) = if free_bytes < LOW_DISK_BYTES {
        (HealthStatus::Warning, "disk_low")
    } else {
        (HealthStatus::Ok, "disk_ok")
    };
    let notice = Notice::new(code, detail).with_param("free_bytes", free_bytes.to_string());
    check(name, status, notice)
}

fn backups(newest_first: &[BackupRow], now_ms: i64) -> HealthCheck {
    let name = "backups";
    let Some(newest) = newest_first.iter().find(|row| row.is_whole) else {
        let (status, code, detail) = if newest_first.is_empty() {
            (HealthStatus::Ok, "backup_none", "There is no backup yet.")
        } else {
            (
                HealthStatus::Warning,
                "backup_broken",
                "No backup is whole.",
            )
        };
        let notice = Notice::new(code, detail).with_hint("Make one: majlis backup");
        return check(name, status, notice);
    };
    let at = rfc3339(newest.created_at_ms);
    let (status, code) = if now_ms - newest.created_at_ms > OLD_BACKUP_MS {
        (HealthStatus::Warning, "backup_old")
    } else {
        (HealthStatus::Ok, "backup_ok")
    };
    let notice = Notice::new(code, format!("The newest backup is of {at}."))
        .with_param("created_at", at)
        .with_param("name", &newest.name);
    check(name, status, notice)
}

fn alert(alert: Alert) -> Option<HealthCheck> {
    let notice: Notice = serde_json::from_value(alert.notice).ok()?;
    let notice = notice.with_param("since", rfc3339(alert.since_ms));
    Some(check("alert", HealthStatus::Warning, notice))
}

/// RFC 3339 in UTC.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_string()
}

/// What a start that mended something tells the person.
pub(crate) fn rescue_notice(rescue: &Rescue) -> Notice {
    let aside = rescue.aside.display().to_string();
    let mut params = BTreeMap::new();
    params.insert("aside".to_owned(), aside.clone());
    params.insert("reason".to_owned(), rescue.reason.clone());
    let (code, detail) = match &rescue.kind {
        RescueKind::Restored {
            backup,
            backup_at_ms,
        } => {
            let at = rfc3339(*backup_at_ms);
            let detail = format!(
                "The database was damaged. The backup of {at} was restored; what came later is missing."
            );
            params.insert("backup".to_owned(), backup.clone());
            params.insert("backup_at".to_owned(), at);
            ("database_restored", detail)
        }
        RescueKind::LostChanges { pages } => {
            if let Some(pages) = pages {
                params.insert("pages".to_owned(), pages.to_string());
            }
            let detail = "The log of the last changes was damaged when Majlis ended. What was written just before may be missing.";
            ("changes_lost", detail.to_owned())
        }
    };
    Notice {
        code: code.to_owned(),
        params,
        detail,
        hint: Some(format!("The damaged files are kept in {aside}.")),
    }
}

#[cfg(test)]
mod tests {
    use majlis_store::{BackupKind, StoreErrorKind};

    use super::*;

    #[test]
    fn damage_and_a_full_disk_are_errors() {
        let condition = Condition {
            damage: Some("page 7".to_owned()),
            unwritable: Some(StoreErrorKind::DiskFull),
            is_checked: true,
        };
        let (database, storage) = (database(&condition), storage(&condition));
        assert_eq!(
            (database.status, database.notice.code.as_str()),
            (HealthStatus::Error, "database_damaged")
        );
        assert_eq!(
            (storage.status, storage.notice.code.as_str()),
            (HealthStatus::Error, "store_disk_full")
        );
    }

    #[test]
    fn backups_are_judged_by_the_newest_whole_one() {
        let row = |created_at_ms, is_whole| BackupRow {
            name: "b.db".to_owned(),
            path: "b.db".into(),
            kind: BackupKind::Daily,
            created_at_ms,
            bytes: 1,
            manifest: None,
            is_whole,
        };
        for (rows, expected) in [
            (vec![], "backup_none"),
            (vec![row(0, false)], "backup_broken"),
            (vec![row(0, true)], "backup_old"),
            (vec![row(OLD_BACKUP_MS, false), row(1, true)], "backup_ok"),
        ] {
            assert_eq!(backups(&rows, OLD_BACKUP_MS + 1).notice.code, expected);
        }
    }
}
