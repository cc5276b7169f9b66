//! HTTP and WebSocket in front of majlis-app, with the embedded user interface.
//!
//! **Invariant:** the only crate that knows client JSON. Every request, whatever its route, passes
//! the [guard](crate::guard) first, and then, where there is a token, the [lock](crate::access). A
//! connection that ends changes nothing about a run.
//!
//! **Boundary:** [`DoorPlan::check`] says where it may be listened, [`Server::bind`] does,
//! [`Server::serve`] runs until its token is
//! cancelled, [`openapi_json`] describes it all.

mod access;
mod api;
mod door;
mod etag;
mod extract;
mod guard;
mod limit;
mod listen;
mod mcp;
mod meter;
mod page;
mod problem;
mod trace;
mod v1;

pub use api::{
    analysis_json, budgets_json, consultation_json, consultations_json, costs_csv, costs_json,
    council_stats_json, estimate_json, frame_json, hit_json, import_json, models_json,
    openapi_json, reconciliation_json, search_json,
};
pub use door::{
    AccessToken, Door, DoorPlan, Missing, TlsError, TlsIdentity, TlsPlan, TokenError, new_token,
};
pub use limit::LimitOptions;
pub use listen::{BindError, Server};
pub use mcp::{McpError, serve_mcp};
pub use meter::{METRICS, Metric, MetricKind};
pub use page::has_page;
