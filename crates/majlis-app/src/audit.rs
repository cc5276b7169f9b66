//! Auditing code: a folder, a file, an archive or a commit is shown to majlis-audit as a tree.
//!
//! Nothing of an audited tree is run or obeyed: no configuration, hook, filter, build or link.

mod archive;
mod cache;
mod changes;
mod execution;
mod folder;
mod revision;
mod session;
mod verdict;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use majlis_audit::council::Source;
use majlis_audit::rule::{RuleError, RuleSet};
use majlis_audit::table::Tables;
use majlis_audit::tree::{Tree, TreeError};
use majlis_audit::{Analyser, Cache, Facet, Options, Progress, report::Report};

pub use execution::{AuditObserver, AuditProgress, AuditRun, AuditStart};
pub(crate) use folder::FolderTree;
pub use verdict::RuleRecord;
pub use view::{ExecutionSummary, ExecutionView, FindingKind, FindingView};

/// What is to be audited, and how.
#[derive(Debug, Clone)]
pub struct AuditRequest {
    /// A folder, a file of code, or a zip archive.
    pub target: PathBuf,
    /// Only rules of these facets; empty for all.
    pub facets: Vec<Facet>,
    /// Languages, limits, what is obeyed.
    pub options: Options,
    /// The commit to look at instead of the files as they are now.
    pub revision: Option<String>,
    /// Only findings on lines that are not in this commit.
    pub since: Option<String>,
    /// Threads; `None` for one per processor.
    pub threads: Option<usize>,
}

/// Why an audit could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// There is no such folder, file or archive, or it cannot be read.
    #[error("cannot open {target:?} for an audit")]
    Target {
        /// What was to be audited.
        target: PathBuf,
        /// Why not.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An archive that is damaged, too large, or made to do harm.
    #[error("the archive {target:?} is not looked at: {reason}")]
    Archive {
        /// The archive.
        target: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No repository, or no such commit in it.
    #[error("there is no commit {revision:?} for {target:?}")]
    Revision {
        /// What was asked for.
        revision: String,
        /// What was to be audited.
        target: PathBuf,
        /// Why not.
        #[source]
        cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A rule of this program is wrong.
    #[error("the rules cannot be used")]
    Rules(#[from] RuleError),
    /// The root of the tree cannot be listed.
    #[error("the tree cannot be seen")]
    Tree(#[from] TreeError),
    /// Threads cannot be started.
    #[error("cannot start threads for an audit")]
    Threads(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Bytes of the stack of a thread that looks at code: as much as the deepest nesting needs that
/// is not refused. Pages that are not touched cost nothing.
const STACK_BYTES: usize = 64 << 20;

/// Makes an audit that is not kept; takes long, and belongs on no thread that others wait for.
/// `progress` is told from several threads.
///
/// # Errors
/// [`AuditError`] when there is nothing to look at; what is wrong with single files stands in the
/// notes of the report.
pub fn audit(
    request: &AuditRequest,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Report, AuditError> {
    look(request, None, false, progress).map(|looked| looked.report)
}

/// What looking at a tree gives.
struct Looked {
    report: Report,
    /// With the rules that were run.
    analyser: Analyser<'static>,
    /// The files of code, where they are wanted.
    sources: Vec<Source>,
}

/// Looks at a tree. Results are kept in the folder `data` for the next time, where there is one.
fn look(
    request: &AuditRequest,
    data: Option<&Path>,
    wants_sources: bool,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Looked, AuditError> {
    let tree = open(request)?;
    let changes = match &request.since {
        Some(since) => Some(since_commit(request, since, &*tree)?),
        None => None,
    };
    let cache = data.map(cache::DiskCache::of);
    let looked: Result<Looked, AuditError> = on_threads(request.threads, || {
        let facets = &request.facets;
        let rules = RuleSet::embedded()?;
        let rules = rules.only(|rule| facets.is_empty() || facets.contains(&rule.facet));
        let analyser = Analyser::new(rules, Tables::embedded())?;
        let kept = cache.as_ref().map(|cache| cache as &dyn Cache);
        let mut report = analyser.audit(&*tree, &request.options, kept, progress)?;
        if let Some(changes) = &changes {
            report.keep_changed(changes);
        }
        let sources = if wants_sources {
            let found = report.findings.iter();
            let found = found.map(|finding| finding.path.clone()).collect();
            analyser.sources(&*tree, &request.options, &found)?
        } else {
            Vec::new()
        };
        Ok(Looked {
            report,
            analyser,
            sources,
        })
    })?;
    if let Some(cache) = &cache {
        cache.prune();
    }
    looked
}

/// Does work on threads with a stack for deeply nested code; `None` for one per processor.
fn on_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> T + Send,
) -> Result<T, AuditError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .stack_size(STACK_BYTES)
        .build()
        .map_err(|error| AuditError::Threads(error.into()))?;
    Ok(pool.install(work))
}

fn open(request: &AuditRequest) -> Result<Box<dyn Tree>, AuditError> {
    let target = &request.target;
    if let Some(revision) = &request.revision {
        let (root, below) = revision::repository(target, revision)?;
        return Ok(Box::new(revision::RevisionTree::open(
            &root, revision, &below,
        )?));
    }
    let kind = std::fs::metadata(target).map_err(|error| cannot_open(target, error))?;
    if kind.is_dir() {
        let tree = folder::FolderTree::open(target).map_err(|error| cannot_open(target, error))?;
        return Ok(Box::new(tree));
    }
    if kind.is_file() {
        if archive::is_archive(target) {
            return Ok(Box::new(archive::unpack(target)?));
        }
        let tree = folder::FolderTree::of_file(target);
        return Ok(Box::new(tree.map_err(|error| cannot_open(target, error))?));
    }
    Err(cannot_open(
        target,
        "it is neither a folder nor a regular file",
    ))
}

/// Unpacks an archive to see whether it can be.
pub(crate) fn require_archive(path: &Path) -> Result<(), AuditError> {
    archive::unpack(path).map(drop)
}

/// Lines of each file that the commit does not hold.
fn since_commit(
    request: &AuditRequest,
    since: &str,
    tree: &dyn Tree,
) -> Result<BTreeMap<String, Vec<(u32, u32)>>, AuditError> {
    let folder = if request.target.is_file() {
        request.target.parent().unwrap_or(Path::new("."))
    } else {
        &request.target
    };
    let (root, below) = revision::repository(folder, since)?;
    let old = revision::RevisionTree::open(&root, since, &below)?;
    Ok(changes::between(&old, tree, &request.options.limits))
}

fn cannot_open(
    target: &Path,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> AuditError {
    AuditError::Target {
        target: target.to_owned(),
        cause: cause.into(),
    }
}

#[cfg(test)]
mod tests;
