//! The one error of this crate's boundary.

use crate::Notice;

/// Why a use case was refused or failed.
#[derive(Debug, thiserror::Error)]
#[error("{}", notice.detail)]
pub struct AppError {
    /// What the caller does about it.
    pub kind: AppErrorKind,
    /// What to tell the person.
    pub notice: Notice,
    /// The cause below, for the log only.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What a caller does about an [`AppError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppErrorKind {
    /// There is no such thing: 404.
    NotFound,
    /// The request does not make sense as it is: 422.
    Invalid,
    /// It collides with what is going on: 409.
    Conflict,
    /// It may cost more than a cap allows, or nobody knows what it costs while one applies: 402.
    Cost,
    /// The disk or the database cannot take it now: 507 or 503.
    Storage,
    /// A fault of ours: 500.
    Internal,
}

impl AppError {
    pub(crate) fn new(kind: AppErrorKind, notice: Notice) -> Self {
        Self {
            kind,
            notice,
            source: None,
        }
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(
            AppErrorKind::NotFound,
            Notice::new(
                &format!("{what}_not_found"),
                format!("There is no {what} {id}."),
            )
            .with_param("id", id),
        )
    }

    pub(crate) fn invalid(code: &str, detail: impl Into<String>, hint: &str) -> Self {
        Self::new(
            AppErrorKind::Invalid,
            Notice::new(code, detail).with_hint(hint),
        )
    }

    pub(crate) fn internal(
        detail: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind: AppErrorKind::Internal,
            notice: Notice::new("internal", detail),
            source: Some(source.into()),
        }
    }
}
