//! SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677): a password is proven and never sent.
//!
//! The protocol library has one too, behind a certificate parser whose licence is not ours. Channel binding needs TLS, which
//! there is none of here.

use std::{fs::File, io::Read as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use pgwire::error::{PgWireError, PgWireResult};
use sha2::{Digest as _, Sha256};

/// The mechanism's name.
pub const MECHANISM: &str = "SCRAM-SHA-256";
/// The least that RFC 7677 allows, and what PostgreSQL does. It protects short passwords in a stolen file; ours is in none.
const ITERATIONS: u32 = 4_096;
const SALT_LEN: usize = 16;
const NONCE_LEN: usize = 18;
/// Bytes of a client's message at most.
const MESSAGE_BYTES_MAX: usize = 4_096;

type Key = [u8; 32];

/// What the server keeps of a password.
#[derive(Clone, Debug)]
pub struct Verifier {
    salt: [u8; SALT_LEN],
    stored_key: Key,
    server_key: Key,
}

/// Between the client's first message and its last one.
#[derive(Debug)]
pub struct Exchange {
    /// The client's first message without its header.
    client_first: String,
    /// The header, which the last message repeats.
    header: String,
    nonce: String,
    /// What the server answers to the first message.
    pub server_first: String,
}

impl Verifier {
    /// Of a password, with a salt of its own. Tokens are visible ASCII, which needs no normalisation.
    ///
    /// # Errors
    /// Those of the system's random bytes.
    pub fn new(password: &str) -> std::io::Result<Self> {
        Ok(Self::salted(password, random()?))
    }

    fn salted(password: &str, salt: [u8; SALT_LEN]) -> Self {
        let salted = iterated(password.as_bytes(), &salt);
        let stored_key = Sha256::digest(mac(&salted, &[b"Client Key"])).into();
        Self { salt, stored_key, server_key: mac(&salted, &[b"Server Key"]) }
    }

    /// Takes the client's first message.
    ///
    /// # Errors
    /// It is none, or asks for what is not offered.
    pub fn begin(&self, message: &[u8]) -> PgWireResult<Exchange> {
        let nonce: [u8; NONCE_LEN] = random()?;
        self.begin_with(message, &STANDARD.encode(nonce))
    }

    fn begin_with(&self, message: &[u8], own_nonce: &str) -> PgWireResult<Exchange> {
        let message = text(message)?;
        // n: no channel binding; y: the client could, and thinks that we cannot. Then whom it speaks for, which we do not take.
        let (flag, rest) =
            message.split_once(',').ok_or_else(|| invalid("the first message has no header"))?;
        let (authorised, client_first) =
            rest.split_once(',').ok_or_else(|| invalid("the first message has no header"))?;
        if !matches!(flag, "n" | "y") || !authorised.is_empty() {
            return Err(invalid("channel binding and authorisation identities are not offered"));
        }
        let client_nonce = client_first.split(',').find_map(|part| part.strip_prefix("r="));
        let client_nonce = client_nonce
            .filter(|nonce| !nonce.is_empty())
            .ok_or_else(|| invalid("the first message has no nonce"))?;
        let nonce = format!("{client_nonce}{own_nonce}");
        let server_first = format!("r={nonce},s={},i={ITERATIONS}", STANDARD.encode(self.salt));
        let header = format!("{flag},{authorised},");
        Ok(Exchange { client_first: client_first.to_owned(), header, nonce, server_first })
    }

    /// Takes the client's last message, and answers with the proof that the server knows the password, too.
    ///
    /// # Errors
    /// It is none; none without an error when the password is another one.
    pub fn finish(&self, exchange: &Exchange, message: &[u8]) -> PgWireResult<Option<String>> {
        let message = text(message)?;
        let (without_proof, proof) =
            message.rsplit_once(",p=").ok_or_else(|| invalid("the last message has no proof"))?;
        let part = |name: &str| without_proof.split(',').find_map(|part| part.strip_prefix(name));
        if part("r=") != Some(&exchange.nonce) || part("c=") != Some(&STANDARD.encode(&exchange.header)) {
            return Err(invalid("the last message is not of this exchange"));
        }
        let proof = STANDARD.decode(proof).ok().and_then(|proof| Key::try_from(proof).ok());
        let proof = proof.ok_or_else(|| invalid("the proof is not 32 bytes in base64"))?;
        let signed = [&exchange.client_first, ",", &exchange.server_first, ",", without_proof].concat();
        let signature = mac(&self.stored_key, &[signed.as_bytes()]);
        let mut client_key = proof;
        client_key.iter_mut().zip(signature).for_each(|(byte, other)| *byte ^= other);
        let found: Key = Sha256::digest(client_key).into();
        // All bytes are looked at, so that the time tells nothing.
        let difference = found.iter().zip(self.stored_key).fold(0, |all, (one, other)| all | (one ^ other));
        let answer = || format!("v={}", STANDARD.encode(mac(&self.server_key, &[signed.as_bytes()])));
        Ok((difference == 0).then(answer))
    }
}

fn random<const LEN: usize>() -> std::io::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(message: &[u8]) -> PgWireResult<&str> {
    if message.len() > MESSAGE_BYTES_MAX {
        return Err(invalid("a message is too long"));
    }
    std::str::from_utf8(message).map_err(|_| invalid("a message is not UTF-8"))
}

fn invalid(reason: &str) -> PgWireError {
    PgWireError::InvalidScramMessage(reason.to_owned())
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Key {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// PBKDF2 with HMAC-SHA-256, its first block, which is all that is needed.
fn iterated(password: &[u8], salt: &[u8]) -> Key {
    let mut last = mac(password, &[salt, &1_u32.to_be_bytes()]);
    let mut all = last;
    for _ in 1..ITERATIONS {
        last = mac(password, &[&last]);
        all.iter_mut().zip(last).for_each(|(byte, other)| *byte ^= other);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677, section 3.
    fn example() -> (Verifier, Exchange) {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap().try_into().unwrap();
        let verifier = Verifier::salted("pencil", salt);
        let own = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let exchange = verifier.begin_with(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", own).unwrap();
        (verifier, exchange)
    }

    const LAST: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    #[test]
    fn the_standards_example_comes_out() {
        let (verifier, exchange) = example();
        let first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(exchange.server_first, first);
        let answer = verifier.finish(&exchange, LAST.as_bytes()).unwrap();
        assert_eq!(answer.as_deref(), Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn anything_else_is_refused() {
        let (verifier, exchange) = example();
        let other = LAST.replace("dHzb", "dHzc");
        assert_eq!(verifier.finish(&exchange, other.as_bytes()).unwrap(), None);
        let other = Verifier::salted("pencils", verifier.salt);
        assert_eq!(other.finish(&exchange, LAST.as_bytes()).unwrap(), None);
        for message in [
            "",
            "c=biws,r=other,p=AAAA",
            "c=eSws,r=rOprNGfwEbeRWgbNEkqO,p=AAAA",
            &LAST.replace("p=dHzb", "p="),
        ] {
            assert!(verifier.finish(&exchange, message.as_bytes()).is_err(), "{message}");
        }
        for message in ["", "n", "p=tls-unique,,n=user,r=abc", "n,a=root,n=user,r=abc", "n,,n=user"] {
            assert!(verifier.begin(message.as_bytes()).is_err(), "{message}");
        }
    }
}
