//! Numbers and names as a payload holds them; [`crate::reader::Reader`] is the other half.

/// Appends an unsigned number, seven bits a byte, the lowest first.
pub(crate) fn unsigned(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed number with its sign in the lowest bit, so that small numbers of either sign are short.
pub(crate) fn signed(out: &mut Vec<u8>, value: i128) {
    unsigned(out, (value << 1) as u128 ^ (value >> 127) as u128);
}

/// Appends a count.
pub(crate) fn count(out: &mut Vec<u8>, count: usize) {
    unsigned(out, count as u128);
}

/// Appends a length and the bytes of a name.
pub(crate) fn name(out: &mut Vec<u8>, name: &str) {
    count(out, name.len());
    out.extend_from_slice(name.as_bytes());
}
