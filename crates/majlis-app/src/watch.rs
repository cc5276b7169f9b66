//! Watching over the program while it serves: every half minute the same figures that `/metrics`
//! shows are held against a list of rules, and what begins or ends is told, once.
//!
//! [`rule`] judges and [`machine`] decides, both pure; here is what looks, writes down and tells.

mod machine;
mod rule;
mod sample;
mod tell;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use majlis_providers::Outbound;
use majlis_providers::channel::Channel;
use majlis_store::{AlertChange, AlertRow};
use tokio::sync::broadcast;

use crate::{App, AppError, Notice, ambient};
use rule::{RULES, Seen, Spend};
use sample::{Sample, Samples};

pub use majlis_store::AlertState;
pub use tell::ChannelReport;

/// Time between two looks.
const ROUND: Duration = Duration::from_secs(30);
/// Calls to models that are judged lie at most so far back.
const CALLS_MS: i64 = 10 * 60 * 1_000;
/// Calls that are judged at most.
const CALLS_LIMIT: u32 = 5_000;
/// An interrupted job is worth an alert for this long.
const INTERRUPTED_MS: i64 = 60 * 60 * 1_000;
/// Alerts that are over and still shown.
const PAST_ALERTS: u32 = 50;
/// Alerts that wait for a slow follower.
const NEWS_QUEUE: usize = 64;
/// An answer of our own that took longer is slow.
const SLOW_ANSWER: Duration = Duration::from_millis(200);

/// An alert, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertView {
    /// Its number; later ones are greater.
    pub number: i64,
    /// The rule that raised it.
    pub rule: String,
    /// What it is about where a rule watches several things, e.g. a provider.
    pub subject: Option<String>,
    /// How far it is.
    pub state: AlertState,
    /// Since when its condition holds, in milliseconds since 1970 UTC.
    pub since_ms: i64,
    /// When it began to fire.
    pub fired_at_ms: Option<i64>,
    /// When it was over.
    pub resolved_at_ms: Option<i64>,
    /// What to tell the person.
    pub notice: Notice,
}

impl From<AlertRow> for AlertView {
    fn from(row: AlertRow) -> Self {
        let (rule, subject) = match row.rule.split_once('/') {
            Some((rule, subject)) => (rule.to_owned(), Some(subject.to_owned())),
            None => (row.rule, None),
        };
        let notice = serde_json::from_value(row.notice).unwrap_or_else(|_| {
            Notice::new("alert_unreadable", "What this alert said cannot be read.")
        });
        Self {
            number: row.number,
            rule,
            subject,
            state: row.state,
            since_ms: row.since_ms,
            fired_at_ms: row.fired_at_ms,
            resolved_at_ms: row.resolved_at_ms,
            notice,
        }
    }
}

/// A request that was answered.
#[derive(Debug, Clone, Copy)]
pub struct RequestNote {
    /// What it took.
    pub took: Duration,
    /// Nobody else was asked for it: what it took is ours.
    pub is_own: bool,
    /// The guard refused it.
    pub is_refused: bool,
}

/// What is remembered between two looks.
pub(crate) struct Watch {
    began_at_ms: i64,
    answers: AtomicU64,
    slow_answers: AtomicU64,
    refused: AtomicU64,
    samples: Mutex<Samples>,
    channels: Mutex<Option<(Outbound, Arc<[Channel]>)>>,
    news: broadcast::Sender<Arc<AlertView>>,
}

impl Watch {
    pub(crate) fn new(now_ms: i64) -> Self {
        Self {
            began_at_ms: now_ms,
            answers: AtomicU64::new(0),
            slow_answers: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            samples: Mutex::default(),
            channels: Mutex::default(),
            news: broadcast::Sender::new(NEWS_QUEUE),
        }
    }

    /// What happened in the last minute and in the last ten.
    fn sample(&self, at_ms: i64, troubles: u64) -> (Sample, Sample) {
        lock(&self.samples).take(Sample {
            at_ms,
            answers: self.answers.load(Ordering::Relaxed),
            slow_answers: self.slow_answers.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            troubles,
        })
    }

    fn channels(&self) -> Option<(Outbound, Arc<[Channel]>)> {
        lock(&self.channels).clone()
    }

    fn channel_names(&self) -> Vec<String> {
        let channels = self.channels().map(|(_, channels)| channels);
        channels.map_or_else(Vec::new, |channels| {
            channels.iter().map(|it| it.name().to_owned()).collect()
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here panics while it changes what a lock guards.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Watches for ever.
    pub(crate) async fn watch(&self) {
        let mut round = tokio::time::interval(ROUND);
        loop {
            round.tick().await;
            let now_ms = ambient::now_ms();
            if let Err(error) = self.evaluate_alerts(now_ms).await {
                tracing::error!(%error, "the alerts could not be evaluated");
            }
            self.tell_alerts(now_ms).await;
        }
    }

    /// Through which channels alerts are told, from now on.
    pub fn set_channels(&self, outbound: Outbound, channels: Vec<Channel>) {
        let mut kept = lock(&self.inner.watch.channels);
        *kept = Some((outbound, channels.into()));
    }

    /// Counts a request that was answered.
    pub fn note_request(&self, request: RequestNote) {
        let watch = &self.inner.watch;
        if request.is_own {
            watch.answers.fetch_add(1, Ordering::Relaxed);
            let slow = u64::from(request.took > SLOW_ANSWER);
            watch.slow_answers.fetch_add(slow, Ordering::Relaxed);
        }
        let refused = u64::from(request.is_refused);
        watch.refused.fetch_add(refused, Ordering::Relaxed);
    }

    /// Alerts as they begin and end, from now on.
    pub fn alert_news(&self) -> broadcast::Receiver<Arc<AlertView>> {
        self.inner.watch.news.subscribe()
    }

    /// The alerts that are not over, oldest first, and behind them the last ones that are.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn alerts(&self) -> Result<Vec<AlertView>, AppError> {
        let rows = self.inner.store.alerts(PAST_ALERTS).await?;
        Ok(rows.into_iter().map(AlertView::from).collect())
    }

    /// Every rule there is.
    pub fn alert_rules() -> impl Iterator<Item = &'static str> {
        RULES.iter().map(|rule| rule.name)
    }

    /// Holds the figures of a moment against the rules and writes down what begins and ends. The
    /// server does it every half minute.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn evaluate_alerts(&self, now_ms: i64) -> Result<(), AppError> {
        let store = &self.inner.store;
        let found = rule::judge(&self.look(now_ms).await?);
        let open: BTreeMap<String, AlertRow> = store
            .alerts(0)
            .await?
            .into_iter()
            .map(|row| (row.rule.clone(), row))
            .collect();
        let changes = machine::decide(&open, found, now_ms);
        let channels = self.inner.watch.channel_names();
        if changes.is_empty() && !store.has_untold_alerts(channels.clone()).await? {
            return Ok(());
        }
        store
            .change_alerts(changes.clone(), channels, now_ms)
            .await?;
        self.announce(&changes).await
    }

    /// Tells those who follow, and the log.
    async fn announce(&self, changes: &[AlertChange]) -> Result<(), AppError> {
        if changes.is_empty() {
            return Ok(());
        }
        let rows = self.inner.store.alerts(PAST_ALERTS).await?;
        for change in changes {
            let (rule, state) = match change {
                AlertChange::Fire(alert) => (&alert.rule, AlertState::Firing),
                AlertChange::Resolve { rule } => (rule, AlertState::Resolved),
                AlertChange::Pend(_) | AlertChange::Forget { .. } => continue,
            };
            tracing::warn!(rule, state = state.as_str(), "alert");
            let row = rows
                .iter()
                .find(|row| row.rule == *rule && row.state == state);
            if let Some(row) = row {
                // Nobody may be following.
                drop(self.inner.watch.news.send(Arc::new(row.clone().into())));
            }
        }
        Ok(())
    }

    async fn look(&self, now_ms: i64) -> Result<Seen, AppError> {
        let (store, watch) = (&self.inner.store, &self.inner.watch);
        let budgets = self.budgets().await?;
        let spend = |period: crate::PeriodView| Spend {
            limit: period.limit,
            spent: period.spent,
        };
        let backup = self.newest_backup_ms().unwrap_or(watch.began_at_ms);
        let (minute, window) = watch.sample(now_ms, store.troubles());
        Ok(Seen {
            day: spend(budgets.day),
            month: spend(budgets.month),
            minute,
            window,
            calls: store.call_outcomes(now_ms - CALLS_MS, CALLS_LIMIT).await?,
            interrupted: store
                .open_jobs(now_ms - INTERRUPTED_MS)
                .await?
                .interrupted_lately,
            disk_free_bytes: self.disk_free_bytes(),
            backup_at_ms: backup,
            now_ms,
        })
    }
}
