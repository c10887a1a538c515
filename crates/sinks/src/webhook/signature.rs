//! The signature of a request: who has the key can tell that the body is ours, and when it was sent.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// `t=<Unix seconds>,v1=<hex of HMAC-SHA256 over "<Unix seconds>.<body>">`. The time is under the signature, so that an
/// old request cannot be sent again by somebody else.
pub(super) fn header(secret: &[u8], unix_seconds: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(unix_seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={unix_seconds},v1={hex}")
}
