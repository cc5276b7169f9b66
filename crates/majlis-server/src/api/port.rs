//! Export and import.

use std::io::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use majlis_app::{
    App, AppError, ExportRequest, ImportCount, ImportFormat, ImportReport, ImportRequest,
};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::common::instant;
use crate::extract::Query;
use crate::guard::{MAX_IMPORT_BYTES, too_large};
use crate::problem::Problem;

/// Pieces of a body that wait to be written at most.
const WAITING_PIECES: usize = 16;

/// What to export.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportQuery {
    /// JSON Lines, to be imported again, or Markdown, to be read.
    #[serde(default)]
    #[param(inline)]
    format: ExportFormatJson,
    /// Only this conversation, and the consultation named beside it.
    conversation: Option<String>,
    /// Only this consultation, and the conversation named beside it.
    consultation: Option<String>,
    /// Only what went on at or after this time, RFC 3339.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Only what began before this time, RFC 3339.
    #[param(format = DateTime)]
    until: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ExportFormatJson {
    #[default]
    Jsonl,
    Markdown,
}

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportQuery {
    /// Only say what would be new.
    #[serde(default)]
    dry_run: bool,
    /// What the file is; `auto` looks.
    #[serde(default)]
    #[param(inline)]
    format: ImportFormatJson,
}

/// What a file is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ImportFormatJson {
    #[default]
    Auto,
    Majlis,
    Chatgpt,
    Claude,
    Llm,
    AiKernel,
}

impl ImportFormatJson {
    fn named(self) -> Option<ImportFormat> {
        match self {
            Self::Auto => None,
            Self::Majlis => Some(ImportFormat::Majlis),
            Self::Chatgpt => Some(ImportFormat::ChatGpt),
            Self::Claude => Some(ImportFormat::Claude),
            Self::Llm => Some(ImportFormat::Llm),
            Self::AiKernel => Some(ImportFormat::AiKernel),
        }
    }
}

impl From<ImportFormat> for ImportFormatJson {
    fn from(format: ImportFormat) -> Self {
        match format {
            ImportFormat::Majlis => Self::Majlis,
            ImportFormat::ChatGpt => Self::Chatgpt,
            ImportFormat::Claude => Self::Claude,
            ImportFormat::Llm => Self::Llm,
            ImportFormat::AiKernel => Self::AiKernel,
        }
    }
}

/// How much of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportCountJson {
    /// Was not there, and is now (with `dry_run`: would be).
    new: u64,
    /// Was there already and stays as it is.
    known: u64,
}

impl From<ImportCount> for ImportCountJson {
    fn from(count: ImportCount) -> Self {
        Self {
            new: count.new,
            known: count.known,
        }
    }
}

/// A thing that was left out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SkippedJson {
    /// Where it stands in the file.
    place: String,
    /// Why, in English.
    reason: String,
}

/// What an import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportReportJson {
    format: ImportFormatJson,
    dry_run: bool,
    conversations: ImportCountJson,
    messages: ImportCountJson,
    consultations: ImportCountJson,
    /// Audits.
    executions: ImportCountJson,
    findings: ImportCountJson,
    verdicts: ImportCountJson,
    /// Paid requests, with their costs.
    calls: ImportCountJson,
    settings: ImportCountJson,
    /// The first hundred.
    skipped: Vec<SkippedJson>,
    /// How many were left out altogether.
    skipped_count: u64,
}

impl From<ImportReport> for ImportReportJson {
    fn from(report: ImportReport) -> Self {
        let count = |kind| report.count(kind).into();
        Self {
            format: report.format.into(),
            dry_run: report.dry_run,
            conversations: count("conversation"),
            messages: count("message"),
            consultations: count("consultation"),
            executions: count("execution"),
            findings: count("finding"),
            verdicts: count("verdict"),
            calls: count("calls"),
            settings: count("setting"),
            skipped_count: report.skipped_count,
            skipped: report
                .skipped
                .into_iter()
                .map(|skipped| SkippedJson {
                    place: skipped.place,
                    reason: skipped.reason,
                })
                .collect(),
        }
    }
}

/// Everything, or a part of it, as a file. What is being answered now is left out.
#[utoipa::path(get, path = "/api/v1/exports", tag = "exports", operation_id = "export",
    params(ExportQuery),
    responses((status = 200, description = "The file, as it is made.", content((String = "application/jsonl"), (String = "text/markdown"))),
        (status = 400, description = "A parameter cannot be read.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such conversation or consultation.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn export(
    State(app): State<App>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let request = ExportRequest {
        conversations: query.conversation.into_iter().collect(),
        consultations: query.consultation.into_iter().collect(),
        since_ms: instant("since", query.since.as_deref())?,
        until_ms: instant("until", query.until.as_deref())?,
    };
    Ok(match query.format {
        ExportFormatJson::Jsonl => {
            let lines = app.export_lines(request).await?;
            file("majlis.jsonl", "application/jsonl; charset=utf-8", lines)
        }
        ExportFormatJson::Markdown => {
            let documents = app.export_markdown(request).await?;
            let texts = documents.map_ok(|document| format!("{}\n", document.text));
            file("majlis.md", "text/markdown; charset=utf-8", texts)
        }
    })
}

/// A file that is sent as it is made. When making it fails, the connection breaks off, which is how
/// the receiver knows.
fn file(
    name: &'static str,
    content_type: &'static str,
    texts: impl Stream<Item = Result<String, AppError>> + Send + 'static,
) -> Response {
    let texts = texts.inspect_err(|error| tracing::error!(%error, "an export broke off"));
    let mut response = Body::from_stream(texts).into_response();
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// Adds what a file holds and is not there yet. Twice changes nothing.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", operation_id = "import",
    params(ImportQuery),
    request_body(content = String, content_type = "application/octet-stream",
        description = "The file: an export of Majlis, ChatGPT or Claude (the zip or its conversations.json), \
            or a database of llm or ai-kernel. At most 512 MiB."),
    responses((status = 200, description = "What became of it.", body = ImportReportJson),
        (status = 413, description = "Too large.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The file as a whole is refused; nothing was changed.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn import(
    State(app): State<App>,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Result<Json<ImportReportJson>, Problem> {
    let received = receive(&app, body, MAX_IMPORT_BYTES).await?;
    let request = ImportRequest {
        path: received.path().to_owned(),
        format: query.format.named(),
        dry_run: query.dry_run,
    };
    // The file is needed as long as the import goes on, even when the client is gone.
    let received = Arc::new(received);
    let kept = Arc::clone(&received);
    let report = app
        .import(request, move |_| drop(Arc::clone(&kept)))
        .await?;
    Ok(Json(report.into()))
}

/// A body in a file that nobody else can read, on the disk of the data.
pub(super) async fn receive(
    app: &App,
    body: Body,
    max_bytes: usize,
) -> Result<NamedTempFile, Problem> {
    let folder = app.scratch_folder().to_owned();
    let (sender, mut pieces) = mpsc::channel::<axum::body::Bytes>(WAITING_PIECES);
    let writing = tokio::task::spawn_blocking(move || {
        let mut file = NamedTempFile::new_in(folder)?;
        while let Some(piece) = pieces.blocking_recv() {
            file.write_all(&piece)?;
        }
        file.flush()?;
        Ok::<_, std::io::Error>(file)
    });
    let mut stream = body.into_data_stream();
    let mut bytes = 0;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| {
            let detail = "The body broke off before its end.";
            Problem::new(
                axum::http::StatusCode::BAD_REQUEST,
                "body_malformed",
                detail,
            )
        })?;
        bytes += piece.len();
        if bytes > max_bytes {
            return Err(too_large(max_bytes));
        }
        if sender.send(piece).await.is_err() {
            break;
        }
    }
    drop(sender);
    let written = writing.await;
    written
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(|error| {
            tracing::error!(%error, "a file that was sent could not be kept");
            Problem::new(
                axum::http::StatusCode::INSUFFICIENT_STORAGE,
                "store_disk_full",
                "There is no place for the file.",
            )
            .with_hint("Free some space on the disk.")
        })
}
