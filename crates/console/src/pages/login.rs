//! The way in where a token is set: it is presented once, and the browser then holds a session.

use axum::{
    extract::{RawQuery, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{LOCATION, SET_COOKIE},
    },
    response::{IntoResponse as _, Response},
};
use maud::{Markup, html};
use serve::session;

use super::{Here, answer, body, parameter};
use crate::{layout, source::Source};

/// How long a session lasts.
const SESSION_SECONDS: u32 = 30 * 24 * 60 * 60;

pub async fn form<S: Source>(State(shared): Here<S>, RawQuery(query): RawQuery) -> Response {
    let to = destination(parameter(query.as_deref(), "to"));
    if shared.token.is_none() {
        return redirect(&to);
    }
    answer(StatusCode::OK, page(&to, false))
}

pub async fn log_in<S: Source>(State(shared): Here<S>, request: Request) -> Response {
    let is_encrypted = is_encrypted(request.headers());
    let form = body(request).await.unwrap_or_default();
    let to = destination(parameter(Some(&form), "to"));
    let Some(token) = &shared.token else { return redirect(&to) };
    let presented = parameter(Some(&form), "token").unwrap_or_default();
    if !token.is(presented.trim().as_bytes()) {
        return answer(StatusCode::UNAUTHORIZED, page(&to, true));
    }
    // A link in a message may lead here, so GET comes with the cookie from anywhere; a form counts from our own pages only.
    let secure = if is_encrypted { "; Secure" } else { "" };
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={SESSION_SECONDS}{secure}",
        session::COOKIE,
        session::of(token)
    );
    let mut reply = redirect(&to);
    let cookie = HeaderValue::from_str(&cookie).expect("a session is hexadecimal");
    reply.headers_mut().insert(SET_COOKIE, cookie);
    reply
}

/// Whether a proxy in front speaks TLS with the browser.
fn is_encrypted(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|protocol| protocol == "https")
}

/// A path of ours: another site is never redirected to.
fn destination(asked: Option<String>) -> String {
    let is_ours = |path: &String| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && path.bytes().all(|byte| byte.is_ascii_graphic())
    };
    asked.filter(is_ours).unwrap_or_else(|| "/".to_owned())
}

fn redirect(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

fn page(to: &str, is_wrong: bool) -> Markup {
    let content = html! {
        section.card.login {
            h1 { "Log in" }
            @if is_wrong { div.notice.bad role="alert" { p { "This is not the token of this server." } } }
            form action="/login" method="post" {
                input type="hidden" name="to" value=(to);
                label for="token" { "The token that the server was started with" }
                input #token type="password" name="token" autocomplete="current-password" required autofocus;
                p { button.primary { "Log in" } }
            }
            p.note { "It is in " code { "MITRA_TOKEN" } ", or where " code { "[server]" } " of " code { "mitra.toml" } " says." }
        }
    };
    layout::plain("Log in", &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        let to = |path: &str| destination(Some(path.to_owned()));
        assert_eq!(to("/decisions/risk/e%201?x=1"), "/decisions/risk/e%201?x=1");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb: c"] {
            assert_eq!(to(elsewhere), "/", "{elsewhere}");
        }
    }
}
