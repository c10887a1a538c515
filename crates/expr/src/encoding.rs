//! Bytes as text and back: the formats of PostgreSQL's `encode` and `decode`, and percent-encoding.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{error::ErrorCode, hashing::write_hex};

/// A way to write bytes with ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Hex,
    Base64,
    Escape,
}

/// Bytes that make a full line of base64, 76 characters.
const LINE_BYTES: usize = 57;

impl Format {
    /// The format of this name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [("hex", Self::Hex), ("base64", Self::Base64), ("escape", Self::Escape)]
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, format)| format)
    }

    /// Appends `bytes` in this format.
    pub(crate) fn encode(self, bytes: &[u8], out: &mut String) {
        match self {
            Self::Hex => write_hex(out, bytes),
            Self::Base64 => {
                for line in bytes.chunks(LINE_BYTES) {
                    STANDARD.encode_string(line, out);
                    // As PostgreSQL does, also when nothing follows a full line.
                    if line.len() == LINE_BYTES {
                        out.push('\n');
                    }
                }
            }
            Self::Escape => {
                for byte in bytes {
                    match byte {
                        b'\\' => out.push_str("\\\\"),
                        0 | 0x80.. => write!(out, "\\{byte:03o}").expect("a string takes all"),
                        _ => out.push(char::from(*byte)),
                    }
                }
            }
        }
    }

    /// Appends the bytes that `text` writes.
    pub(crate) fn decode(self, text: &str, bytes: &mut Vec<u8>) -> Result<(), ErrorCode> {
        match self {
            Self::Hex => decode_hex(text.as_bytes(), bytes).ok_or(ErrorCode::InvalidArgument),
            Self::Base64 => decode_base64(text.as_bytes(), bytes).ok_or(ErrorCode::InvalidArgument),
            Self::Escape => decode_escape(text.as_bytes(), bytes).ok_or(ErrorCode::InvalidText),
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn decode_hex(mut text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    while let [first, rest @ ..] = text {
        if is_space(*first) {
            text = rest;
            continue;
        }
        let [second, rest @ ..] = rest else { return None };
        bytes.push(hex_digit(*first)? << 4 | hex_digit(*second)?);
        text = rest;
    }
    Some(())
}

fn decode_base64(text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    let (mut group, mut len, mut padding) = (0_u32, 0, 0);
    for byte in text.iter().copied().filter(|byte| !is_space(*byte)) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                if padding == 0 {
                    padding = match len {
                        2 => 2,
                        3 => 1,
                        _ => return None,
                    };
                }
                0
            }
            _ => return None,
        };
        group = group << 6 | u32::from(digit);
        len += 1;
        if len == 4 {
            bytes.extend_from_slice(&group.to_be_bytes()[1..4 - padding]);
            (group, len) = (0, 0);
        }
    }
    (len == 0).then_some(())
}

fn decode_escape(mut text: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    while let [first, rest @ ..] = text {
        (text, _) = match (first, rest) {
            (b'\\', [b'\\', rest @ ..]) => (rest, bytes.push(b'\\')),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..]) => {
                (rest, bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0')))
            }
            (b'\\', _) => return None,
            _ => (rest, bytes.push(*first)),
        };
    }
    Some(())
}

/// Bytes as the text that they must be; a text holds no NUL.
pub(crate) fn as_text(bytes: &[u8]) -> Result<&str, ErrorCode> {
    match str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => Ok(text),
        _ => Err(ErrorCode::InvalidText),
    }
}

/// Appends `text` with every byte but letters, digits and `-._~` as `%XX` (RFC 3986).
pub(crate) fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes all");
        }
    }
}

/// Appends the bytes that a percent-encoded text stands for.
pub(crate) fn percent_decode(text: &str, bytes: &mut Vec<u8>) -> Result<(), ErrorCode> {
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let [high, low, after @ ..] = after else { return Err(ErrorCode::InvalidText) };
        let (high, low) = hex_digit(*high).zip(hex_digit(*low)).ok_or(ErrorCode::InvalidText)?;
        bytes.push(high << 4 | low);
        rest = after;
    }
    Ok(())
}
