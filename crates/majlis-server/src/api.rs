//! `/api/v1`: one visible list of routes, each with its description.

mod alert;
mod analysis;
mod audit;
mod backup;
mod budget;
mod common;
mod consultation;
mod conversation;
mod cost;
mod deliberation;
mod draft;
mod estimate;
mod events;
mod health;
mod key;
mod live;
mod metric;
mod model;
mod port;
mod preset;
mod print;
mod reconcile;
mod refusals;
mod retention;
mod run;
mod sample;
mod search;
mod session;
mod setting;
mod template;
mod upload;

pub use print::{
    analysis_json, budgets_json, consultation_json, consultations_json, costs_csv, costs_json,
    council_stats_json, estimate_json, frame_json, hit_json, import_json, models_json,
    reconciliation_json, search_json,
};

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Json, Router, middleware};
use majlis_app::App;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{self, Access};
use crate::guard::{self, Guard, MAX_BODY_BYTES};
use crate::limit::{LimitOptions, Limits};
use crate::page;
use crate::problem::Problem;
use crate::{etag, limit, mcp, meter, trace, v1};

/// Time between two pieces of a request body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Majlis",
        description = "Put a question to a council of models; measure where the answers agree. \
            Errors are `application/problem+json` (RFC 9457). Times are RFC 3339 in UTC. Money \
            comes twice, as exact decimals: dollars and pico-dollars.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem, live::ClientFrame, live::ServerFrame))
)]
struct Description;

/// Every route of the API. `cargo xtask generate` writes what it describes to openapi.json.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(asking())
        .merge(keeping())
}

/// Who can be asked, what is asked, and what is made of the answers.
fn asking() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(model::list))
        .routes(routes!(model::check))
        .routes(routes!(model::providers))
        .routes(routes!(key::list))
        .routes(routes!(key::set, key::remove))
        .routes(routes!(preset::list))
        .routes(routes!(preset::get, preset::keep, preset::forget))
        .routes(routes!(conversation::list, conversation::create))
        .routes(routes!(
            conversation::get,
            conversation::update,
            conversation::delete
        ))
        .routes(routes!(
            draft::get_message,
            draft::set_message,
            draft::delete_message
        ))
        .routes(routes!(conversation::add_channel))
        .routes(routes!(
            conversation::update_channel,
            conversation::remove_channel
        ))
        .routes(routes!(conversation::send))
        .routes(routes!(conversation::retry))
        .routes(routes!(conversation::show))
        .routes(routes!(consultation::list, consultation::create))
        .routes(routes!(consultation::get, consultation::delete))
        .routes(routes!(
            draft::get_question,
            draft::set_question,
            draft::delete_question
        ))
        .routes(routes!(consultation::resume))
        .routes(routes!(consultation::synthesise))
        .routes(routes!(consultation::judge))
        .routes(routes!(consultation::stats))
        .routes(routes!(analysis::create))
        .routes(routes!(analysis::again))
        .routes(routes!(upload::list, upload::create))
        .routes(routes!(upload::delete))
        .routes(routes!(template::list, template::create))
        .routes(routes!(template::get, template::replace, template::delete))
        .routes(routes!(estimate::consultation))
        .routes(routes!(estimate::turn))
}

/// What it costs, what is kept of it, how everything stands, and audits.
fn keeping() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(alert::list))
        .routes(routes!(alert::test))
        .routes(routes!(cost::get))
        .routes(routes!(reconcile::reconcile))
        .routes(routes!(budget::get, budget::set))
        .routes(routes!(port::export))
        .routes(routes!(port::import))
        .routes(routes!(run::cancel))
        .routes(routes!(search::find))
        .routes(routes!(sample::council))
        .routes(routes!(setting::get, setting::update))
        .routes(routes!(session::get, session::open, session::close))
        .routes(routes!(live::socket))
        .routes(routes!(events::follow))
        .routes(routes!(backup::list, backup::create))
        .routes(routes!(health::get))
        .routes(routes!(metric::summarise))
        .routes(routes!(retention::get, retention::set))
        .routes(routes!(retention::preview))
        .routes(routes!(retention::apply))
        .routes(routes!(audit::list, audit::create))
        .routes(routes!(audit::get, audit::delete))
        .routes(routes!(audit::resume))
        .routes(routes!(audit::findings))
        .routes(routes!(audit::finding))
        .routes(routes!(audit::judge))
        .routes(routes!(audit::tasks))
        .routes(routes!(audit::facets))
        .routes(routes!(audit::records))
        .routes(routes!(up))
}

/// The routes, and the whole description of them.
fn described() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut description) = routes().split_for_parts();
    refusals::describe(&mut description);
    (router, description)
}

/// The description of the API: OpenAPI 3.1 as JSON, indented, with a line feed at the end.
pub fn openapi_json() -> String {
    let (_, description) = described();
    let mut json = description.to_pretty_json().unwrap_or_default();
    json.push('\n');
    json
}

/// Everything the server answers, behind the guard and then the lock.
pub(crate) fn router(app: App, guard: Guard, access: Access, limits: LimitOptions) -> Router {
    let (router, description) = described();
    let limits = Limits::new(limits);
    router
        .layer(middleware::from_fn(etag::layer))
        .route(
            "/api/openapi.json",
            axum::routing::get(|| async move { Json(description) }),
        )
        .route("/metrics", axum::routing::get(meter::show))
        .merge(v1::routes().with_state(app.for_programs()))
        .merge(mcp::routes(&app, Arc::clone(&limits)))
        .layer(middleware::from_fn(guard::bodies))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(page::fallback)
        .with_state(app.clone())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(limits, limit::layer))
        .layer(middleware::from_fn_with_state(access, access::layer))
        .layer(middleware::from_fn_with_state(guard, guard::layer))
        .layer(middleware::from_fn_with_state(app, trace::layer))
}

/// Says that the server is up; touches neither disk nor providers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "Up.", body = String)))]
async fn up() -> &'static str {
    "ok"
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This route does not take that method.",
    )
    .with_hint("The routes and their methods are listed in /api/openapi.json.")
}

/// A panic is a bug; the client gets a problem, the server goes on.
#[allow(clippy::needless_pass_by_value)] // the layer's signature
fn panicked(cause: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned());
    tracing::error!(cause = text, "a request handler panicked");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Majlis met a bug while answering this request.",
    )
    .with_hint("Please report it together with the log.")
    .into_response()
}
