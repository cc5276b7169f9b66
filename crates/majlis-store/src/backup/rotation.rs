//! Which automatic backups are kept.

use super::{BackupKind, BackupRow};

/// Daily ones kept.
const DAILY: usize = 7;
/// Weekly ones kept.
const WEEKLY: usize = 4;

/// The automatic backups that are too many, of a list with the newest first.
pub(crate) fn surplus(newest_first: Vec<BackupRow>) -> Vec<BackupRow> {
    let (mut daily, mut weekly) = (0, 0);
    newest_first
        .into_iter()
        .filter(|row| match row.kind {
            BackupKind::Daily => is_beyond(&mut daily, DAILY),
            BackupKind::Weekly => is_beyond(&mut weekly, WEEKLY),
            BackupKind::Manual | BackupKind::BeforeMigration | BackupKind::BeforeRestore => false,
        })
        .collect()
}

fn is_beyond(count: &mut usize, limit: usize) -> bool {
    *count += 1;
    *count > limit
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn seven_daily_and_four_weekly_ones_stay_and_no_other_is_ever_removed() {
        let kinds = [
            (BackupKind::Daily, 10),
            (BackupKind::Weekly, 6),
            (BackupKind::Manual, 20),
            (BackupKind::BeforeMigration, 20),
            (BackupKind::BeforeRestore, 20),
        ];
        let rows: Vec<_> = kinds
            .iter()
            .flat_map(|(kind, count)| (0..*count).map(|age| (*kind, age)))
            .map(|(kind, age)| BackupRow {
                name: format!("{}-{age}", kind.name()),
                path: PathBuf::new(),
                kind,
                created_at_ms: -age,
                bytes: 1,
                manifest: None,
                is_whole: true,
            })
            .collect();
        let names: Vec<_> = surplus(rows).into_iter().map(|row| row.name).collect();
        assert_eq!(
            names,
            ["daily-7", "daily-8", "daily-9", "weekly-4", "weekly-5"]
        );
    }
}
