//! Apps on folders of their own, files to import, and what came of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use majlis_app::*;
use majlis_llm::PriceTable;
use tempfile::TempDir;

/// Majlis on a folder that is gone with the test.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) app: App,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(AppOptions {
            data_dir: folder.path().join("data"),
            seats: Vec::new(),
            prices: PriceTable::builtin(),
            durability: Durability::Fast,
            audit_roots: Vec::new(),
        })
        .await
        .unwrap();
        Self { folder, app }
    }

    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// Imports what lies at a path.
    pub(crate) async fn import_file(
        &self,
        path: &Path,
        dry_run: bool,
    ) -> Result<ImportReport, AppError> {
        let request = ImportRequest {
            path: path.to_owned(),
            format: None,
            dry_run,
        };
        self.app.import(request, |_| {}).await
    }

    pub(crate) async fn import(&self, contents: &[u8]) -> Result<ImportReport, AppError> {
        let path = self.write("to-import", contents);
        self.import_file(&path, false).await
    }

    /// Everything, without the header, which says when.
    pub(crate) async fn export(&self) -> String {
        self.export_part(ExportRequest::default())
            .await
            .split_once('\n')
            .unwrap()
            .1
            .to_owned()
    }

    /// Everything, as a file to import.
    pub(crate) async fn app_export(&self) -> String {
        self.export_part(ExportRequest::default()).await
    }

    pub(crate) async fn export_part(&self, request: ExportRequest) -> String {
        let stream = self.app.export_lines(request).await.unwrap();
        stream.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    pub(crate) async fn documents(&self) -> Vec<MarkdownFile> {
        let stream = self.app.export_markdown(ExportRequest::default()).await;
        stream.unwrap().try_collect().await.unwrap()
    }
}

/// New, known and left out, of what a test looks at.
pub(crate) fn told(report: &ImportReport) -> String {
    let mut text = format!("{} ", report.format.as_str());
    for kind in ["conversation", "message", "consultation", "execution"] {
        let count = report.count(kind);
        let _ = write!(text, "{kind} +{}={} ", count.new, count.known);
    }
    let _ = write!(text, "left out {}", report.skipped_count);
    text
}

/// A file next to this test.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An export of ours around lines, with its header and its end.
pub(crate) fn own_export(lines: &[serde_json::Value]) -> String {
    use sha2::{Digest as _, Sha256};
    let body: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    let body = body.concat();
    let hash = Sha256::digest(body.as_bytes());
    let hash: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = hash.concat();
    let header = serde_json::json!({
        "majlis_export": 1, "schema": 2, "created_at": "2026-11-22T00:00:00Z", "program": "test",
    });
    let end = serde_json::json!({"kind": "end", "lines": lines.len(), "sha256": hash});
    format!("{header}\n{body}{end}\n")
}
