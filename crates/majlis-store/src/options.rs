//! How a store is opened.

use std::path::PathBuf;
use std::time::Duration;

/// Where the store lies and who opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// The data folder; it is created, readable by its owner only, when it is not there.
    pub folder: PathBuf,
    /// Id of this process's stay in the folder, a fresh UUID as text: the name of its lock file and
    /// the owner of its jobs.
    pub process_id: String,
    /// What others are told this process is, e.g. `majlis serve`.
    pub program: String,
    /// When this is, in milliseconds since 1970 UTC: the date of a backup that opening makes.
    pub now_ms: i64,
    /// When a commit counts as done.
    pub durability: Durability,
    /// How long opening waits for a migration by, or to be let through by, other processes.
    pub lock_wait: Duration,
}

impl StoreOptions {
    /// Durable, with a wait of five seconds, as program `majlis`, in 1970.
    pub fn new(folder: impl Into<PathBuf>, process_id: impl Into<String>) -> Self {
        Self {
            folder: folder.into(),
            process_id: process_id.into(),
            program: "majlis".to_owned(),
            now_ms: 0,
            durability: Durability::Durable,
            lock_wait: Duration::from_secs(5),
        }
    }
}

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// When the disk has it: survives a power cut (`synchronous=FULL`). What Majlis always uses.
    #[default]
    Durable,
    /// When the operating system has it: survives a kill, not a power cut. For tests and for
    /// measuring what the disk costs.
    Fast,
}
