//! Who may ask: the holder of the token, or, without one, only programs of this machine and not its browser's pages.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE},
    },
    response::Response,
};

use crate::{options::Token, reply};

/// For whoever restarts the process. Everybody may ask under any host name: it says nothing but that the process lives.
pub const HEALTH: &str = "/healthz";

/// For load balancers, which hold no token and name the machine as they like. Everybody may ask, and learns whether
/// requests are served; why not is told only to whom [`stranger`] lets pass.
pub const READINESS: &str = "/readyz";

/// The reply to a request that may not be made.
pub fn refusal(token: Option<&Token>, request: &Request) -> Option<Response> {
    let path = request.uri().path();
    if path == HEALTH || path == READINESS { None } else { stranger(token, request) }
}

/// The reply to whoever may not ask for more than life and readiness.
pub fn stranger(token: Option<&Token>, request: &Request) -> Option<Response> {
    match token {
        Some(token) if presented(request).is_some_and(|presented| token.is(presented)) => None,
        Some(_) => Some(unauthorized()),
        None => foreign(request),
    }
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
    let origin_host = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    if host.is_some() && origin_host == host {
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
