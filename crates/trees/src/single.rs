//! `expf` and `logf` as glibc 2.28 and later (and musl) compute them, because XGBoost's base margins and
//! predictions are made with them: a correctly rounded function would differ in one of some hundred base
//! margins.
//!
//! The algorithms and their constants are those of Arm's Optimized Routines (S. Nagy): a table look-up and a
//! short polynomial in double precision, rounded once.

/// Bits of 2^(i/32), less i in the exponent's place, so that the exponent of 2^(k/32) can be added as an
/// integer.
#[rustfmt::skip]
const POWERS: [u64; 32] = [
    0x3ff0_0000_0000_0000, 0x3fef_d9b0_d315_8574, 0x3fef_b558_6cf9_890f, 0x3fef_9301_d012_5b51,
    0x3fef_72b8_3c7d_517b, 0x3fef_5487_3168_b9aa, 0x3fef_387a_6e75_6238, 0x3fef_1e9d_f51f_dee1,
    0x3fef_06fe_0a31_b715, 0x3fee_f1a7_373a_a9cb, 0x3fee_dea6_4c12_3422, 0x3fee_ce08_6061_892d,
    0x3fee_bfda_d536_2a27, 0x3fee_b42b_569d_4f82, 0x3fee_ab07_dd48_5429, 0x3fee_a47e_b03a_5585,
    0x3fee_a09e_667f_3bcd, 0x3fee_9f75_e8ec_5f74, 0x3fee_a114_73eb_0187, 0x3fee_a589_994c_ce13,
    0x3fee_ace5_422a_a0db, 0x3fee_b737_b0cd_c5e5, 0x3fee_c491_82a3_f090, 0x3fee_d503_b23e_255d,
    0x3fee_e89f_995a_d3ad, 0x3fee_ff76_f2fb_5e47, 0x3fef_199b_dd85_529c, 0x3fef_3720_dcef_9069,
    0x3fef_5818_dcfb_a487, 0x3fef_7c97_337b_9b5f, 0x3fef_a4af_a2a4_90da, 0x3fef_d076_5b6e_4540,
];

/// Bits of 1/c and of log(c) for sixteen c near the middles of the sixteenths of [0.7, 1.4).
const LOGARITHMS: [(u64, u64); 16] = [
    (0x3ff6_61ec_79f8_f3be, 0xbfd5_7bf7_808c_aade),
    (0x3ff5_71ed_4aaf_883d, 0xbfd2_bef0_a7c0_6ddb),
    (0x3ff4_9539_f0f0_10b0, 0xbfd0_1eae_7f51_3a67),
    (0x3ff3_c995_b0b8_0385, 0xbfcb_31d8_a682_24e9),
    (0x3ff3_0d19_0c88_64a5, 0xbfc6_574f_0ac0_7758),
    (0x3ff2_5e22_7b0b_8ea0, 0xbfc1_aa2b_c79c_8100),
    (0x3ff1_bb4a_4a1a_343f, 0xbfba_4e76_ce8c_0e5e),
    (0x3ff1_2358_f08a_e5ba, 0xbfb1_973c_5a61_1ccc),
    (0x3ff0_953f_4199_00a7, 0xbfa2_52f4_38e1_0c1e),
    (0x3ff0_0000_0000_0000, 0x0000_0000_0000_0000),
    (0x3fee_608c_fd9a_47ac, 0x3faa_a5aa_5df2_5984),
    (0x3fec_a4b3_1f02_6aa0, 0x3fbc_5e53_aa36_2eb4),
    (0x3feb_2036_576a_fce6, 0x3fc5_26e5_7720_db08),
    (0x3fe9_c2d1_63a1_aa2d, 0x3fcb_c286_0d22_4770),
    (0x3fe8_86e6_0378_41ed, 0x3fd1_058b_c8a0_7ee1),
    (0x3fe7_67dc_f553_4862, 0x3fd4_0430_57b6_ee09),
];

/// e to the power `x`.
pub fn exp(x: f32) -> f32 {
    const STEPS: f64 = 32.0;
    const SHIFT: f64 = (3_u64 << 51) as f64;
    const INVERSE_LN2: f64 = f64::from_bits(0x3ff7_1547_652b_82fe) * STEPS;
    const CUBIC: f64 = f64::from_bits(0x3fac_6af8_4b91_2394) / (STEPS * STEPS * STEPS);
    const SQUARE: f64 = f64::from_bits(0x3fce_bfce_50fa_c4f3) / (STEPS * STEPS);
    const LINEAR: f64 = f64::from_bits(0x3fe6_2e42_ff0c_52d6) / STEPS;

    if x > 88.722_83 {
        return f32::INFINITY;
    }
    if x < -103.972_08 {
        return 0.0;
    }
    let steps = INVERSE_LN2 * f64::from(x);
    let shifted = steps + SHIFT;
    let whole = shifted.to_bits();
    let rest = steps - (shifted - SHIFT);
    let scale = f64::from_bits(POWERS[(whole & 31) as usize].wrapping_add(whole << 47));
    let square = rest * rest;
    (((CUBIC * rest + SQUARE) * square + (LINEAR * rest + 1.0)) * scale) as f32
}

/// The natural logarithm of `x`, which is positive and finite.
pub fn log(x: f32) -> f32 {
    const OFFSET: u32 = 0x3f33_0000;
    const LN2: f64 = f64::from_bits(0x3fe6_2e42_fefa_39ef);
    const FOURTH: f64 = f64::from_bits(0xbfd0_0ea3_48b8_8334);
    const THIRD: f64 = f64::from_bits(0x3fd5_575b_0be0_0b6a);
    const SECOND: f64 = f64::from_bits(0xbfdf_fffe_f20a_4123);

    let mut bits = x.to_bits();
    if bits == 1.0_f32.to_bits() {
        return 0.0;
    }
    if bits < 0x0080_0000 {
        bits = (x * 8_388_608.0).to_bits().wrapping_sub(23 << 23);
    }
    let from = bits.wrapping_sub(OFFSET);
    let exponent = from.cast_signed() >> 23;
    let significand = f64::from(f32::from_bits(bits.wrapping_sub(from & 0xff80_0000)));
    let (inverse, logarithm) = LOGARITHMS[(from >> 19 & 15) as usize];
    let rest = significand * f64::from_bits(inverse) - 1.0;
    let start = f64::from_bits(logarithm) + f64::from(exponent) * LN2;
    let square = rest * rest;
    let series = (FOURTH * square + (THIRD * rest + SECOND)) * square + (start + rest);
    series as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How far two finite singles of one sign are apart.
    fn ulps(a: f32, b: f32) -> u32 {
        a.to_bits().abs_diff(b.to_bits())
    }

    /// Compares with the double functions on every 997th single of a range; at most one in 400 may be one
    /// off.
    fn agrees(singles: std::ops::Range<u32>, single: fn(f32) -> f32, double: fn(f64) -> f64) {
        let (mut compared, mut off) = (0, 0);
        for x in singles.step_by(997).map(f32::from_bits) {
            let (ours, rounded) = (single(x), double(f64::from(x)) as f32);
            assert!(ulps(ours, rounded) <= 1, "{x:e}: {ours:e}, {rounded:e}");
            compared += 1;
            off += usize::from(ours != rounded);
        }
        assert!(off * 400 <= compared, "{off} of {compared} are one off");
    }

    #[test]
    fn exp_is_the_nearest_single_but_rarely() {
        agrees(0..88.8_f32.to_bits(), exp, f64::exp);
        agrees((-0.0_f32).to_bits()..(-104.5_f32).to_bits(), exp, f64::exp);
    }

    #[test]
    fn log_is_the_nearest_single_but_rarely() {
        agrees(1..f32::MAX.to_bits(), log, f64::ln);
    }

    #[test]
    fn glibc_is_followed_where_it_is_not_the_nearest() {
        for (x, bits) in EXP_OFF {
            assert_eq!(exp(f32::from_bits(x)).to_bits(), bits);
            assert_ne!(f64::from(f32::from_bits(x)).exp() as f32, f32::from_bits(bits));
        }
        for (x, bits) in LOG_OFF {
            assert_eq!(log(f32::from_bits(x)).to_bits(), bits);
            assert_ne!(f64::from(f32::from_bits(x)).ln() as f32, f32::from_bits(bits));
        }
    }

    /// Arguments and results, measured with glibc 2.36.
    const EXP_OFF: [(u32, u32); 3] =
        [(0x3dcc_dd97, 0x3f8d_7767), (0x3def_93fb, 0x3f8f_e277), (0x3e11_0ac0, 0x3f93_7a22)];
    const LOG_OFF: [(u32, u32); 3] =
        [(0x3c23_d807, 0xc093_5d5d), (0x3f83_2f1a, 0x3cc9_483f), (0x4478_708c, 0x40dc_d90b)];
}
