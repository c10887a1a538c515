//! Decimals as digits, because 128-bit division is too slow for every amount of every reply.

/// Most digits of a 128-bit integer.
const DIGITS_MAX: usize = 39;

/// Appends `unscaled` with its point and all its digits.
pub fn write_decimal(out: &mut Vec<u8>, unscaled: i128, scale: u8) {
    if unscaled < 0 {
        out.push(b'-');
    }
    let mut digits = [b'0'; DIGITS_MAX];
    let first = fill(&mut digits, unscaled.unsigned_abs());
    let scale = usize::from(scale);
    let whole = &digits[first.min(DIGITS_MAX - 1)..];
    if scale == 0 {
        return out.extend_from_slice(whole);
    }
    let len = DIGITS_MAX - first;
    if len > scale {
        out.extend_from_slice(&digits[first..DIGITS_MAX - scale]);
        out.push(b'.');
        return out.extend_from_slice(&digits[DIGITS_MAX - scale..]);
    }
    out.extend_from_slice(b"0.");
    out.resize(out.len() + scale - len, b'0');
    out.extend_from_slice(&digits[first..]);
}

/// Puts the digits at the end of `digits`; returns where they start, the end for 0.
fn fill(digits: &mut [u8; DIGITS_MAX], magnitude: u128) -> usize {
    const CHUNK: u128 = 10_u128.pow(19);
    let mut at = DIGITS_MAX;
    let mut rest = magnitude;
    let mut padded = 0;
    while rest > u128::from(u64::MAX) {
        let chunk = (rest % CHUNK) as u64;
        rest /= CHUNK;
        padded += 19;
        at = fill_small(digits, at, chunk);
        // The chunk's leading zeros are there already.
        at = at.min(DIGITS_MAX - padded);
    }
    fill_small(digits, at, rest as u64)
}

fn fill_small(digits: &mut [u8; DIGITS_MAX], mut at: usize, mut rest: u64) -> usize {
    while rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    at
}
