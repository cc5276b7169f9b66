//! What a server does for the data while it runs: backups, checks, alerts.

use std::time::Duration;

use majlis_store::{Alert, StoreErrorKind};

use crate::{App, Notice, ambient};

/// Time between two looks at whether a backup is due.
const ROUND: Duration = Duration::from_mins(10);
/// Time between two tries to write down that the disk is full.
const FULL_RETRY: Duration = Duration::from_secs(2);
/// An alert about something that is over is shown this long.
const SHOWN_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Alerts about what a start had to mend.
const RESCUE_RULES: [&str; 2] = ["database_restored", "changes_lost"];

impl App {
    /// Looks after the data until damage is found, which it returns: nothing can be done about it
    /// before the data folder is opened again.
    pub async fn keep_data(&self) -> String {
        let damage = async {
            let store = &self.inner.store;
            let condition = store.condition_when(|condition| condition.damage.is_some());
            condition.await.damage.unwrap_or_default()
        };
        tokio::select! {
            damage = damage => damage,
            () = self.watch_space() => String::new(),
            () = self.make_rounds() => String::new(),
            () = self.watch() => String::new(),
        }
    }

    async fn make_rounds(&self) {
        if let Err(error) = self.inner.store.check_file().await {
            tracing::error!(%error, "the database could not be checked");
        }
        let mut round = tokio::time::interval(ROUND);
        loop {
            round.tick().await;
            match self.back_up_if_due().await {
                Ok(None) => {}
                // Only what is in a backup is forgotten.
                Ok(Some(_)) => {
                    if let Err(error) = self.apply_retention().await {
                        tracing::error!(%error, "the rules of retention could not be applied");
                    }
                }
                Err(error) => tracing::error!(%error, "the backup of the day could not be made"),
            }
            self.forget_old_alerts().await;
            self.forget_old_uploads();
        }
    }

    async fn forget_old_alerts(&self) {
        let store = &self.inner.store;
        let now_ms = ambient::now_ms();
        for alert in store.open_alerts().await.unwrap_or_default() {
            let is_over = RESCUE_RULES.contains(&alert.rule.as_str());
            if is_over && now_ms - alert.since_ms > SHOWN_MS {
                drop(store.resolve_alert(&alert.rule, now_ms).await);
            }
        }
    }

    /// Writes down each time the disk was full, as soon as it can be written: that it can is what
    /// ends the alert.
    async fn watch_space(&self) {
        let store = &self.inner.store;
        loop {
            store
                .condition_when(|condition| condition.unwritable == Some(StoreErrorKind::DiskFull))
                .await;
            let since_ms = ambient::now_ms();
            tracing::error!("the disk is full: reading goes on, writing waits for space");
            let notice = Notice::new("store_disk_full", "The disk was full.");
            let alert = Alert {
                rule: "disk_full".to_owned(),
                since_ms,
                notice: serde_json::to_value(notice).unwrap_or_default(),
            };
            while store.raise_alert(alert.clone()).await.is_err() {
                tokio::time::sleep(FULL_RETRY).await;
            }
            drop(store.resolve_alert("disk_full", ambient::now_ms()).await);
            tracing::info!("there is space on the disk again");
        }
    }
}
