//! A browser's session: the proof that its user presented the token, which the browser does not keep.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::Token;

/// The cookie that holds a session.
pub const COOKIE: &str = "mitra-session";

/// What a session is a hash of, so that the same token gives no other proof by it.
const PURPOSE: &[u8] = b"mitra console session";

/// The session that `token` gives: it holds as long as the token does, over restarts and on every process of a group.
pub fn of(token: &Token) -> String {
    let mut hash = Hmac::<Sha256>::new_from_slice(token.bytes()).expect("a key may have any length");
    hash.update(PURPOSE);
    let mut text = String::with_capacity(64);
    for byte in hash.finalize().into_bytes() {
        write!(text, "{byte:02x}").expect("a string takes all");
    }
    text
}

/// Whether a `Cookie` header has the session that `token` gives.
pub(crate) fn is_in(token: &Token, cookies: &[u8]) -> bool {
    let session = Token::new(of(token));
    cookies.split(|byte| *byte == b';').any(|cookie| {
        let cookie = cookie.trim_ascii();
        let value = cookie.strip_prefix(COOKIE.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
        value.is_some_and(|value| session.is(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_of_one_token_and_is_found_among_other_cookies() {
        let (token, other) = (Token::new("0123456789abcdef"), Token::new("0123456789abcdeF"));
        let session = of(&token);
        assert_eq!(session.len(), 64);
        assert_ne!(session, of(&other));
        let header = format!("theme=dark; {COOKIE}={session}; {COOKIE}x=1");
        assert!(is_in(&token, header.as_bytes()));
        assert!(!is_in(&other, header.as_bytes()));
        for wrong in [format!("{COOKIE}="), format!("{COOKIE}={}", &session[1..]), session, String::new()] {
            assert!(!is_in(&token, wrong.as_bytes()), "{wrong}");
        }
    }
}
