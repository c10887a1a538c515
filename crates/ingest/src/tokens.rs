//! Tokens for sensitive columns: a keyed hash, since whoever has the log must not be able to try all card numbers.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use sql::definition::Stream;
use types::{Column, TextColumn, Values};

/// What every token starts with.
pub const PREFIX: &str = "tok_";

/// Bytes of a key at least: those of the hash.
pub const KEY_BYTES_MIN: usize = 32;

/// Bytes of the hash that a token keeps.
const TOKEN_BYTES: usize = 16;

/// What a key's fingerprint is the token of. It starts with a control character, as no card or account does.
const FINGERPRINT_TEXT: &str = "\u{1}the key of mitra's tokens";

/// RFC 4648's alphabet in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The key, with its part of the hash computed once.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

impl TokenKey {
    /// A key from secret bytes.
    ///
    /// # Panics
    /// When there are fewer than [`KEY_BYTES_MIN`]: whoever reads the key's file checks that.
    pub fn new(bytes: &[u8]) -> Self {
        assert!(bytes.len() >= KEY_BYTES_MIN, "a token key has at least {KEY_BYTES_MIN} bytes");
        Self(Hmac::new_from_slice(bytes).expect("HMAC takes keys of any length"))
    }

    /// What tells this key from others and says nothing about it: the token of a fixed text.
    pub fn fingerprint(&self) -> String {
        let mut token = String::new();
        self.write_token(FINGERPRINT_TEXT, &mut token);
        token.split_off(PREFIX.len())
    }

    /// Appends the token of `value`: `tok_` and the first 128 bits of its HMAC-SHA256 in base 32. The same value has the same token
    /// in every column and stream, so that they can be joined.
    pub fn write_token(&self, value: &str, out: &mut String) {
        let mut mac = self.0.clone();
        mac.update(value.as_bytes());
        let hash = mac.finalize().into_bytes();
        out.push_str(PREFIX);
        let (mut bits, mut held) = (0_u32, 0);
        for byte in &hash[..TOKEN_BYTES] {
            bits = bits << 8 | u32::from(*byte);
            held += 8;
            while held >= 5 {
                held -= 5;
                out.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
            }
        }
        out.push(char::from(ALPHABET[(bits << (5 - held) & 31) as usize]));
    }
}

/// Replaces the values of the stream's token columns.
pub fn apply(key: &TokenKey, stream: &Stream, columns: &mut [Column]) {
    for column in &stream.tokens {
        apply_column(key, &mut columns[*column]);
    }
}

/// Replaces the values of a `TEXT` column; NULL stays NULL.
///
/// # Panics
/// When the column is not `TEXT`: the binder rules that out.
pub fn apply_column(key: &TokenKey, column: &mut Column) {
    let Values::Text(values) = &mut column.values else { panic!("a token column is TEXT") };
    let mut tokens = TextColumn::default();
    for (row, null) in column.nulls.iter().enumerate() {
        if !null {
            key.write_token(values.get(row), tokens.buffer());
        }
        tokens.finish_value();
    }
    *values = tokens;
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use types::{DataType, Value};

    use super::*;

    fn token(key: &TokenKey, value: &str) -> String {
        let mut out = String::new();
        key.write_token(value, &mut out);
        out
    }

    #[test]
    fn a_token_is_the_start_of_the_hmac() {
        // RFC 4231, test case 6: a key of 131 bytes 0xaa.
        let key = TokenKey::new(&[0xaa; 131]);
        let token = token(&key, "Test Using Larger Than Block-Size Key - Hash Key First");
        let mut bits = String::new();
        for character in token.strip_prefix(PREFIX).expect("prefix").bytes() {
            let digit = ALPHABET.iter().position(|letter| *letter == character).expect("alphabet");
            write!(bits, "{digit:05b}").expect("a string takes all");
        }
        let bytes: Vec<u8> =
            (0..16).map(|byte| u8::from_str_radix(&bits[8 * byte..8 * byte + 8], 2).expect("bits")).collect();
        let expected =
            [0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26, 0xaa, 0xcb, 0xf5, 0xb7, 0x7f];
        assert_eq!(bytes, expected);
        assert_eq!((token.len(), &bits[128..]), (30, "00"));
    }

    #[test]
    fn only_token_columns_change_and_null_stays() {
        let key = TokenKey::new(&[7; 32]);
        let mut column = Column::new(DataType::Text);
        for value in [Some("4111111111111111"), None, Some(""), Some("4111111111111111")] {
            column.push(value.map(|value| Value::Text(value.to_owned())).as_ref());
        }
        apply_column(&key, &mut column);
        let text = |row| column.value(row).map(|value| value.to_string());
        assert_eq!(text(0), Some(token(&key, "4111111111111111")));
        assert_eq!((text(1), text(0) == text(3), text(0) == text(2)), (None, true, false));
        assert_ne!(text(0), Some(token(&TokenKey::new(&[8; 32]), "4111111111111111")));
        assert_eq!(format!("{key:?}"), "TokenKey");
        assert_ne!(key.fingerprint(), TokenKey::new(&[8; 32]).fingerprint());
    }
}
