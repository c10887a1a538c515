//! Where the server listens and the bounds that it holds clients to.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::server::BindError;

/// Fewest characters of a token: 16 of hexadecimal are 64 bits.
pub const TOKEN_CHARS_MIN: usize = 16;

/// What callers present as `Authorization: Bearer`. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether `presented` is the token, in a time that depends on the length of `presented` only.
    pub fn is(&self, presented: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let mut difference = own.len() ^ presented.len();
        for (index, byte) in presented.iter().enumerate() {
            difference |= usize::from(own[index % own.len()] ^ byte);
        }
        std::hint::black_box(difference) == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// How a server runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address and port; port 0 is any free one.
    pub listen: String,
    /// Required for any address but loopback.
    pub token: Option<Token>,
    /// Largest body of events.
    pub body_bytes_max: usize,
    /// Largest body of statements and their files.
    pub statements_bytes_max: usize,
    /// All bodies together that are held in memory.
    pub bodies_bytes_max: usize,
    /// Connections at a time; one more is answered with 503 and closed.
    pub connections_max: usize,
    /// From the end of a reply to the end of the next request's head: also how long a connection may idle.
    pub head_timeout: Duration,
    /// From a request's head to the end of its body.
    pub body_timeout: Duration,
    /// How long a client may take nothing of a reply.
    pub write_timeout: Duration,
    /// How long a request about events may wait for its answer.
    pub answer_timeout: Duration,
    /// How long requests in flight may take after the shutdown began.
    pub drain_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7400".to_owned(),
            token: None,
            body_bytes_max: 16 << 20,
            statements_bytes_max: 64 << 20,
            bodies_bytes_max: 256 << 20,
            connections_max: 1_024,
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

impl Options {
    /// The address, if it may be listened on.
    ///
    /// # Errors
    /// An address that cannot be read, or that is open to other machines without a good token.
    pub(crate) fn address(&self) -> Result<SocketAddr, BindError> {
        let listen = &self.listen;
        let local = listen.strip_prefix("localhost:").and_then(|port| port.parse().ok());
        let local = local.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
        let address = local.or_else(|| listen.parse().ok());
        let address = address.ok_or_else(|| BindError::Address { listen: listen.clone() })?;
        match &self.token {
            None if !address.ip().to_canonical().is_loopback() => Err(BindError::NoToken { address }),
            Some(Token(token))
                if token.len() < TOKEN_CHARS_MIN || !token.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Err(BindError::BadToken)
            }
            _ => Ok(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(listen: &str, token: Option<&str>) -> Options {
        Options { listen: listen.to_owned(), token: token.map(Token::new), ..Options::default() }
    }

    #[test]
    fn loopback_needs_no_token_and_everything_else_does() {
        for listen in ["127.0.0.1:0", "127.9.9.9:1", "[::1]:80", "localhost:7400", "[::ffff:127.0.0.1]:1"] {
            assert!(options(listen, None).address().is_ok(), "{listen}");
        }
        for listen in ["0.0.0.0:7400", "[::]:7400", "10.0.0.1:80", "[::ffff:10.0.0.1]:1"] {
            let error = options(listen, None).address().unwrap_err().to_string();
            assert!(error.contains("`token_file` or `token` in [server] of mitra.toml"), "{error}");
            assert!(options(listen, Some("0123456789abcdef")).address().is_ok(), "{listen}");
        }
    }

    #[test]
    fn what_is_no_address_says_what_one_looks_like() {
        for listen in ["", "7400", "127.0.0.1", "example.com:80", "localhost:", "localhost:99999"] {
            let error = options(listen, None).address().unwrap_err().to_string();
            assert!(error.contains("\"127.0.0.1:7400\""), "{error}");
        }
    }

    #[test]
    fn short_and_unsendable_tokens_are_refused_and_none_is_shown() {
        for token in ["", "short", "with a space in it", "newline\n0123456789", "ünïcödé-0123456789"] {
            assert!(
                matches!(options("127.0.0.1:0", Some(token)).address(), Err(BindError::BadToken)),
                "{token}"
            );
        }
        assert!(!format!("{:?}", options("127.0.0.1:0", Some("0123456789abcdef"))).contains("0123"));
    }

    #[test]
    fn only_the_token_is_the_token() {
        let token = Token::new("0123456789abcdef");
        assert!(token.is(b"0123456789abcdef"));
        for wrong in [
            "",
            "0123456789abcdeg",
            "0123456789abcde",
            "0123456789abcdef0",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(!token.is(wrong.as_bytes()), "{wrong}");
        }
    }
}
