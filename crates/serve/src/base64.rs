//! Files in JSON as standard base64 with padding, for those who send statements and for those who take them.

use ::base64::{DecodeError, Engine as _, prelude::BASE64_STANDARD};

/// The text of `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The bytes of `text`.
///
/// # Errors
/// What is wrong with it, and where.
pub fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    BASE64_STANDARD.decode(text)
}
