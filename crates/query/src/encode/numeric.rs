//! PostgreSQL's binary numeric: digits to the base of ten thousand, with a weight and a scale.

use bytes::{BufMut as _, BytesMut};

const NEGATIVE: u16 = 0x4000;

/// Writes `unscaled` divided by ten to the `scale`.
pub fn encode(unscaled: i128, scale: u8, out: &mut BytesMut) {
    let mut rest = unscaled.unsigned_abs();
    // Groups of four digits count from the point, so the last one may have zeros that are not the value's.
    let missing = (4 - u32::from(scale) % 4) % 4;
    let mut groups = Vec::new();
    if missing > 0 {
        let unit = 10_u128.pow(4 - missing);
        groups.push((rest % unit * 10_u128.pow(missing)) as u16);
        rest /= unit;
    }
    while rest > 0 {
        groups.push((rest % 10_000) as u16);
        rest /= 10_000;
    }
    let fraction = i32::from(scale.div_ceil(4));
    let mut weight = groups.len() as i32 - fraction - 1;
    groups.reverse();
    let leading = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..leading);
    weight -= leading as i32;
    while groups.last() == Some(&0) {
        groups.pop();
    }
    if groups.is_empty() {
        weight = 0;
    }
    out.put_u16(groups.len() as u16);
    out.put_i16(weight as i16);
    out.put_u16(if unscaled < 0 { NEGATIVE } else { 0 });
    out.put_u16(u16::from(scale));
    groups.iter().for_each(|group| out.put_u16(*group));
}

/// Reads digits and scale; none when they are no number of at most 38 digits.
pub fn decode(bytes: &[u8]) -> Option<(i128, u8)> {
    let number = |index: usize| {
        let two = bytes.get(2 * index..2 * index + 2)?;
        Some(u16::from_be_bytes([two[0], two[1]]))
    };
    let (count, weight, sign, scale) = (number(0)?, number(1)? as i16, number(2)?, number(3)?);
    if !matches!(sign, 0 | NEGATIVE) || bytes.len() != 8 + 2 * usize::from(count) {
        return None;
    }
    let scale = u8::try_from(scale).ok().filter(|scale| *scale <= 38)?;
    let mut value: i128 = 0;
    for index in 0..usize::from(count) {
        let group = i128::from(number(4 + index)?);
        if group > 9_999 {
            return None;
        }
        // The group's last digit stands for ten to this power, in units of the last digit of the scale.
        let power = (i32::from(weight) - index as i32) * 4 + i32::from(scale);
        let part = if power >= 0 {
            group.checked_mul(10_i128.checked_pow(u32::try_from(power).ok()?)?)?
        } else {
            group / 10_i128.checked_pow(power.unsigned_abs())?
        };
        value = value.checked_add(part)?;
    }
    Some((if sign == NEGATIVE { -value } else { value }, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for unscaled in
            [0, 1, -1, 5, 10_000, 12_345_678, -99_999_999, 10_i128.pow(37) - 1, -(10_i128.pow(37))]
        {
            for scale in [0, 1, 2, 3, 4, 5, 18, 37] {
                let mut bytes = BytesMut::new();
                encode(unscaled, scale, &mut bytes);
                assert_eq!(decode(&bytes), Some((unscaled, scale)), "{unscaled} {scale}");
            }
        }
        // 12345.678 as PostgreSQL sends it.
        let mut bytes = BytesMut::new();
        encode(12_345_678, 3, &mut bytes);
        assert_eq!(&bytes[..], [0, 3, 0, 1, 0, 0, 0, 3, 0, 1, 0x09, 0x29, 0x1a, 0x7c]);
        assert_eq!(decode(&[0, 1, 0, 0, 0xc0, 0, 0, 0, 0, 1]), None, "not a number");
        assert_eq!(decode(&[0, 9]), None);
    }
}
