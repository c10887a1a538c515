//! Who may ask: the holder of the token, or, without one, only programs of this machine and not its browser's pages.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{ACCEPT, AUTHORIZATION, COOKIE, HOST, LOCATION, ORIGIN, WWW_AUTHENTICATE},
    },
    response::{IntoResponse as _, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{options::Token, reply, session};

/// For whoever restarts the process. Everybody may ask under any host name: it says nothing but that the process lives.
pub const HEALTH: &str = "/healthz";

/// For load balancers, which hold no token and name the machine as they like. Everybody may ask, and learns whether
/// requests are served; why not is told only to whom [`stranger`] lets pass.
pub const READINESS: &str = "/readyz";

/// Where a browser presents the token for a session.
const LOGIN: &str = "/login";
/// What the page there is made of; nothing in it is secret.
const ASSETS: &str = "/assets/";

/// The reply to a request that may not be made.
pub fn refusal(token: Option<&Token>, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let is_open = path == HEALTH || path == READINESS;
    let is_before_login = token.is_some() && (path == LOGIN || path.starts_with(ASSETS));
    if is_open || is_before_login { None } else { stranger(token, request) }
}

/// The reply to whoever may not ask for more than life and readiness.
pub fn stranger(token: Option<&Token>, request: &Request) -> Option<Response> {
    let Some(token) = token else { return foreign(request) };
    if presented(request).is_some_and(|presented| token.is(presented)) {
        return None;
    }
    // Programs send the token itself: a browser's session opens the pages only.
    if is_of_api(request.uri().path()) {
        return Some(unauthorized());
    }
    let cookies = request.headers().get_all(COOKIE);
    let is_known = cookies.iter().any(|cookies| session::is_in(token, cookies.as_bytes()));
    match (is_known, request.method().is_safe()) {
        (true, true) => None,
        // A cookie comes with a form of any site; the browser says of which.
        (true, false) if is_same_origin(request) => None,
        (true, false) => Some(reply::fault(
            StatusCode::FORBIDDEN,
            "origin_foreign",
            "the form comes from a page of another origin",
            "send it from the console's own page; a proxy must pass the Host header on",
        )),
        (false, true) if wants_page(request) => Some(to_login(request)),
        (false, _) => Some(unauthorized()),
    }
}

fn is_of_api(path: &str) -> bool {
    path.starts_with("/v1/") || path == "/metrics"
}

fn wants_page(request: &Request) -> bool {
    let accepted = request.headers().get(ACCEPT).map(HeaderValue::as_bytes).unwrap_or_default();
    accepted.windows(b"text/html".len()).any(|part| part == b"text/html")
}

/// A browser without a session is led to where it gets one, and from there back.
fn to_login(request: &Request) -> Response {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    let to = format!("{LOGIN}?to={}", utf8_percent_encode(asked, ENCODED));
    let to = HeaderValue::try_from(to).expect("what is encoded is ASCII");
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// Whether a form comes from a page that we served.
fn is_same_origin(request: &Request) -> bool {
    let headers = request.headers();
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    let origin = headers.get(ORIGIN).map(HeaderValue::as_bytes);
    host.is_some() && origin.and_then(host_of) == host
}

/// The host of an origin.
fn host_of(origin: &[u8]) -> Option<&[u8]> {
    origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"))
}

fn presented(request: &Request) -> Option<&[u8]> {
    let value = request.headers().get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

fn unauthorized() -> Response {
    let mut reply = reply::fault(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "the request has no token or a wrong one",
        "send `Authorization: Bearer TOKEN` with the token that the server was started with",
    );
    reply.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    reply
}

/// Any page that a browser on this machine shows can send requests to loopback: under its own origin, or under a host
/// name of its own that resolves to 127.0.0.1.
fn foreign(request: &Request) -> Option<Response> {
    let headers = request.headers();
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    if host.is_some_and(|host| !is_local(host)) {
        return Some(reply::fault(
            StatusCode::FORBIDDEN,
            "host_foreign",
            "the request's Host is neither localhost nor an address, and no token is set",
            "ask for 127.0.0.1 or localhost (a proxy must send such a Host on), or set a token as `token_file` in \
             [server] of mitra.toml and send it",
        ));
    }
    let origin = headers.get(ORIGIN)?.as_bytes();
    if host.is_some() && host_of(origin) == host {
        return None;
    }
    Some(reply::fault(
        StatusCode::FORBIDDEN,
        "origin_foreign",
        "the request comes from a web page of another origin, and no token is set",
        "call the API from a program, or set a token as `token_file` in [server] of mitra.toml and send it",
    ))
}

fn is_local(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn status(token: Option<&str>, path: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let token = token.map(Token::new);
        refusal(token.as_ref(), &request.body(Body::empty()).unwrap()).map(|reply| reply.status().as_u16())
    }

    #[test]
    fn a_token_opens_everything_and_life_and_readiness_need_none() {
        let token = Some("0123456789abcdef");
        assert_eq!(status(token, "/v1/status", &[]), Some(401));
        assert_eq!(status(token, "/healthz", &[]), None);
        assert_eq!(status(token, "/readyz", &[]), None);
        for path in ["/healthz/", "/readyz/", "/metrics", "/v1/readyz"] {
            assert_eq!(status(token, path, &[]), Some(401), "{path}");
        }
        for good in ["Bearer 0123456789abcdef", "bearer 0123456789abcdef", "BEARER  0123456789abcdef "] {
            assert_eq!(status(token, "/v1/status", &[("authorization", good)]), None, "{good}");
        }
        for bad in
            ["Bearer", "Bearer ", "0123456789abcdef", "Basic 0123456789abcdef", "Bearer 0123456789abcdeF"]
        {
            assert_eq!(status(token, "/v1/status", &[("authorization", bad)]), Some(401), "{bad}");
        }
        // With a token the host is the operator's affair.
        let proxied = [("host", "api.example.com"), ("authorization", "Bearer 0123456789abcdef")];
        assert_eq!(status(token, "/v1/status", &proxied), None);
    }

    #[test]
    fn a_session_opens_the_pages_and_only_them() {
        let (secret, token) = ("0123456789abcdef", Token::new("0123456789abcdef"));
        let cookie = format!("theme=dark; {}={}", session::COOKIE, session::of(&token));
        let with = |method: &str, path: &str, headers: &[(&str, &str)]| {
            let mut request = Request::builder().method(method).uri(path).header("cookie", &cookie);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let reply = refusal(Some(&token), &request.body(Body::empty()).unwrap());
            reply.map(|reply| reply.status().as_u16())
        };
        let ours = [("host", "mitra.internal"), ("origin", "https://mitra.internal")];
        assert_eq!(with("GET", "/", &[]), None);
        assert_eq!(with("GET", "/decisions/risk/1", &[]), None);
        assert_eq!(with("POST", "/statements", &ours), None);
        // Another site's form, or one that does not say where it comes from.
        for headers in
            [&[("host", "mitra.internal"), ("origin", "https://evil.example")][..], &ours[..1], &ours[1..]]
        {
            assert_eq!(with("POST", "/statements", headers), Some(403), "{headers:?}");
        }
        for path in ["/v1/status", "/v1/statements", "/metrics"] {
            assert_eq!(with("GET", path, &[]), Some(401), "{path}");
            assert_eq!(with("POST", path, &ours), Some(401), "{path}");
        }
        // Without one, a browser is led to the form, which is open as its looks are; a program is told.
        assert_eq!(status(Some(secret), "/", &[("accept", "text/html,*/*")]), Some(303));
        assert_eq!(status(Some(secret), "/v1/status", &[("accept", "text/html")]), Some(401));
        assert_eq!(status(Some(secret), "/", &[]), Some(401));
        for path in ["/login?to=/", "/assets/console.css"] {
            assert_eq!(status(Some(secret), path, &[]), None, "{path}");
        }
        assert_eq!(status(None, "/login", &[("host", "evil.example")]), Some(403));
        let asked = Request::builder().uri("/decisions/a%2Fb/1?x=1&y").body(Body::empty()).unwrap();
        assert_eq!(to_login(&asked).headers()[LOCATION], "/login?to=/decisions/a%252Fb/1%3Fx%3D1%26y");
    }

    #[test]
    fn without_a_token_pages_of_other_origins_are_kept_out() {
        for host in ["127.0.0.1:7400", "localhost:7400", "LOCALHOST", "[::1]:7400", "192.168.0.1"] {
            assert_eq!(status(None, "/", &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:7400",
            "localhost.evil.example",
            "[evil]",
            "127.0.0.1.evil.example",
        ] {
            assert_eq!(status(None, "/", &[("host", host)]), Some(403), "{host}");
        }
        let origin = |origin| status(None, "/", &[("host", "127.0.0.1:7400"), ("origin", origin)]);
        assert_eq!(origin("http://127.0.0.1:7400"), None);
        for foreign in [
            "http://evil.example",
            "null",
            "http://127.0.0.1:7401",
            "127.0.0.1:7400",
            "http://localhost:7400",
        ] {
            assert_eq!(origin(foreign), Some(403), "{foreign}");
        }
        assert_eq!(status(None, "/", &[]), None);
        // Those who restart the process, balance its load and scrape it name it as they like; only the last learn much.
        let named = [("host", "mitra.internal:7400"), ("origin", "http://evil.example")];
        for path in ["/healthz", "/readyz"] {
            assert_eq!(status(None, path, &named), None, "{path}");
        }
        for path in ["/metrics", "/v1/status"] {
            assert_eq!(status(None, path, &named), Some(403), "{path}");
        }
    }
}
