//! The pages' paths, their answers, and the headers that keep a browser from doing more than showing them.

mod decision;
mod definitions;
mod login;
pub mod overview;
mod statements;

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::to_bytes,
    extract::{RawQuery, Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::map_response,
    response::{IntoResponse as _, Response, Sse, sse::Event},
    routing::get,
};
use maud::{Markup, html};
use serve::{Refusal, Token, refusal::Kind};
use tokio_stream::{StreamExt as _, wrappers::WatchStream};

use crate::{
    feed::Feed,
    layout::{self, Place},
    source::Source,
};
use overview::Show;

/// Largest body of a form.
const FORM_BYTES_MAX: usize = 1 << 20;

/// Only what comes from here is shown, run, asked for, or sent to.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// What all pages share.
struct Shared<S> {
    source: Arc<S>,
    feed: Arc<Feed>,
    token: Option<Token>,
}

type Here<S> = State<Arc<Shared<S>>>;

/// The routes of all pages.
pub fn router<S: Source>(source: Arc<S>, feed: Arc<Feed>, token: Option<Token>) -> Router {
    Router::new()
        .route("/", get(overview::<S>))
        .route("/feed", get(stream::<S>))
        .route("/decisions", get(decision::asked::<S>))
        .route("/decisions/{decision}/{id}", get(decision::named::<S>))
        .route("/definitions", get(definitions::show::<S>))
        .route("/statements", get(statements::form::<S>).post(statements::apply::<S>))
        .route("/login", get(login::form::<S>).post(login::log_in::<S>))
        .route("/assets/console.css", get(async || asset("text/css", include_str!("../assets/console.css"))))
        .route(
            "/assets/console.js",
            get(async || asset("text/javascript", include_str!("../assets/console.js"))),
        )
        .route("/assets/icon.svg", get(async || asset("image/svg+xml", include_str!("../assets/icon.svg"))))
        .layer(map_response(guarded))
        .with_state(Arc::new(Shared { source, feed, token }))
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(content_type))], text).into_response()
}

/// Pages show people's payments: nothing keeps a copy, and no other site frames or learns of them. Their own origin is
/// told, because that is how a form is known to be ours.
async fn guarded(mut reply: Response) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    reply.headers_mut().extend(HEADERS);
    reply
}

fn answer(status: StatusCode, page: Markup) -> Response {
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, content_type)], page.into_string()).into_response()
}

/// The page that says what is wrong and what to do.
fn refused<S: Source>(shared: &Shared<S>, refusal: &Refusal) -> Response {
    let status = match refusal.kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::BadRequest => StatusCode::BAD_REQUEST,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let content = html! {
        section.card.problem {
            h1 { (capitalised(&refusal.message)) }
            p { (capitalised(&refusal.remedy)) }
            p { a href="/" { "Back to the overview" } }
        }
    };
    answer(status, layout::page(&shared.source.status(), Place::Elsewhere, "Not found", &content))
}

/// A message of the house's style as a sentence.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

async fn overview<S: Source>(State(shared): Here<S>, RawQuery(query): RawQuery) -> Response {
    shared.feed.refresh(&shared.source).await;
    let show = Show::of(parameter(query.as_deref(), "show").as_deref());
    let (status, roles) = (shared.source.status(), shared.source.roles());
    let content = overview::page(&shared.feed.state(), &status, &roles, show);
    answer(StatusCode::OK, layout::page(&status, Place::Overview, "Overview", &content))
}

/// One event a second with the parts of the overview that change.
async fn stream<S: Source>(State(shared): Here<S>, RawQuery(query): RawQuery) -> Response {
    let Some(updates) = shared.feed.watch() else {
        let refused = (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")], "too many pages are open");
        return refused.into_response();
    };
    let show = Show::of(parameter(query.as_deref(), "show").as_deref());
    let events = WatchStream::from_changes(updates).map(move |update| {
        let data = match show {
            Show::All => &update.all,
            Show::Flagged => &update.flagged,
        };
        Ok::<_, Infallible>(Event::default().event("update").data(data))
    });
    Sse::new(events).into_response()
}

/// The first parameter of that name.
fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query?.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// The text of a form.
async fn body(request: Request) -> Result<String, Refusal> {
    let bytes = to_bytes(request.into_body(), FORM_BYTES_MAX).await.map_err(|_| {
        let message = format!("the form is larger than {FORM_BYTES_MAX} bytes, or did not arrive whole");
        Refusal::new(Kind::TooLarge, "form_too_large", message, "send large statements with `mitra sql`")
    })?;
    String::from_utf8(bytes.into()).map_err(|_| {
        Refusal::new(
            Kind::BadRequest,
            "form_not_utf8",
            "the form is not UTF-8",
            "send it from the console's page",
        )
    })
}
