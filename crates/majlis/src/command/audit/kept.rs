//! Audits that are kept, and verdicts on their findings.

use std::fmt::Write as _;

use anyhow::Result;
use majlis_app::{FindingVerdict, RunStatus};

use super::{Format, VerdictArgument, files};
use crate::arguments::GlobalArguments;
use crate::command::costs::local;
use crate::costs::Zone;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::house::House;
use crate::log::Quiet;
use crate::terminal::{Palette, escape};

pub(super) async fn judge(
    global: &GlobalArguments,
    finding: &str,
    verdict: VerdictArgument,
    reason: Option<String>,
) -> Result<String> {
    let verdict = match verdict {
        VerdictArgument::Confirm => FindingVerdict::Confirm,
        VerdictArgument::FalsePositive => FindingVerdict::FalsePositive,
        VerdictArgument::WontFix => FindingVerdict::WontFix,
        VerdictArgument::Duplicate => FindingVerdict::Duplicate,
    };
    let house = House::open(global, Quiet::Command).await?;
    let judged = house.app.judge_finding(finding, verdict, reason).await;
    house.app.shutdown().await;
    let judged = judged.map_err(Failure::from)?;
    let said = match judged.verdict {
        FindingVerdict::Confirm => "is confirmed",
        FindingVerdict::FalsePositive => "is wrong, and not shown any more",
        FindingVerdict::WontFix => "stays as it is, and is not shown any more",
        FindingVerdict::Duplicate => "is said twice, and not shown any more",
    };
    Ok(format!("{} {said}\n", judged.fingerprint))
}

pub(super) async fn list(global: &GlobalArguments, limit: u32) -> Result<String> {
    let house = House::open(global, Quiet::Command).await?;
    let page = house.app.executions(limit, None).await;
    house.app.shutdown().await;
    let page = page.map_err(Failure::from)?;
    if page.items.is_empty() {
        return Ok("No audit is kept yet.\n".to_owned());
    }
    let zone = Zone(jiff::tz::TimeZone::try_system().unwrap_or(jiff::tz::TimeZone::UTC));
    let mut text = String::new();
    for item in page.items {
        writeln!(
            text,
            "{}  {}  {:<11} {:>6} found  {:<16} {}",
            item.id,
            local(item.created_at_ms, &zone),
            status(item.status),
            item.findings,
            item.task,
            escape(&item.target)
        )?;
    }
    Ok(text)
}

pub(super) async fn show(
    global: &GlobalArguments,
    id: &str,
    format: Format,
    palette: &Palette,
) -> Result<String> {
    let house = House::open(global, Quiet::Command).await?;
    let report = house.app.audit_report(id).await;
    house.app.shutdown().await;
    let report = report.map_err(Failure::from)?.ok_or_else(|| {
        Failure::new(Exit::USAGE, format!("the audit {id} came to no report")).with_hint(
            "`majlis audit list` says how it stands; `majlis audit resume` goes on with it",
        )
    })?;
    files::formed(&report, format, palette)
}

const fn status(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running",
        RunStatus::Complete => "complete",
        RunStatus::Degraded => "degraded",
        RunStatus::Single => "single",
        RunStatus::Failed => "failed",
        RunStatus::Interrupted => "interrupted",
        RunStatus::Cancelled => "cancelled",
    }
}
