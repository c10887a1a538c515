//! Trigonometry in degrees, exact at multiples of 30 and 45, where a detour over radians is a rounding away.
//!
//! The method is PostgreSQL's: an angle is brought into the first quadrant, and the function there is scaled by its own
//! value at the angle whose result is known, so that both carry the same rounding.

const RADIANS: f64 = std::f64::consts::PI / 180.0;

/// The sine of 0 to 30 degrees, 0.5 at 30.
fn sine_to_30(degrees: f64) -> f64 {
    libm::sin(degrees * RADIANS) / libm::sin(30.0 * RADIANS) / 2.0
}

/// The cosine of 0 to 60 degrees, 0.5 at 60.
fn cosine_to_60(degrees: f64) -> f64 {
    let below_one = (1.0 - libm::cos(degrees * RADIANS)) / (1.0 - libm::cos(60.0 * RADIANS));
    1.0 - below_one / 2.0
}

/// The sine of the first quadrant.
fn sine_to_90(degrees: f64) -> f64 {
    if degrees <= 30.0 { sine_to_30(degrees) } else { cosine_to_60(90.0 - degrees) }
}

/// The cosine of the first quadrant.
fn cosine_to_90(degrees: f64) -> f64 {
    if degrees <= 60.0 { cosine_to_60(degrees) } else { sine_to_30(90.0 - degrees) }
}

/// An angle of the first half turn and whether it was on the other side of 0.
fn half_turn(degrees: f64) -> (f64, bool) {
    let turned = libm::fmod(degrees, 360.0);
    let (angle, negative) = if turned < 0.0 { (-turned, true) } else { (turned, false) };
    if angle > 180.0 { (360.0 - angle, !negative) } else { (angle, negative) }
}

fn signed(value: f64, negative: bool) -> f64 {
    if negative { -value } else { value }
}

/// The sine of a finite angle.
pub(crate) fn sine(degrees: f64) -> f64 {
    let (angle, negative) = half_turn(degrees);
    signed(sine_to_90(if angle > 90.0 { 180.0 - angle } else { angle }), negative)
}

/// The cosine of a finite angle.
pub(crate) fn cosine(degrees: f64) -> f64 {
    let (angle, _) = half_turn(degrees);
    if angle > 90.0 { -cosine_to_90(180.0 - angle) } else { cosine_to_90(angle) }
}

/// The first-quadrant angle with the same ratio of sine and cosine, and that ratio's sign.
fn ratio_angle(degrees: f64) -> (f64, bool) {
    let (angle, negative) = half_turn(degrees);
    if angle > 90.0 { (180.0 - angle, !negative) } else { (angle, negative) }
}

/// The tangent of a finite angle; infinite at 90.
pub(crate) fn tangent(degrees: f64) -> f64 {
    let (angle, negative) = ratio_angle(degrees);
    let at_45 = sine_to_90(45.0) / cosine_to_90(45.0);
    // Adding 0 turns -0 into 0.
    signed(sine_to_90(angle) / cosine_to_90(angle) / at_45, negative) + 0.0
}

/// The cotangent of a finite angle; infinite at 0.
pub(crate) fn cotangent(degrees: f64) -> f64 {
    let (angle, negative) = ratio_angle(degrees);
    let at_45 = cosine_to_90(45.0) / sine_to_90(45.0);
    signed(cosine_to_90(angle) / sine_to_90(angle) / at_45, negative) + 0.0
}

/// The angle of a sine between 0 and 1.
fn arcsine_to_1(sine: f64) -> f64 {
    if sine <= 0.5 {
        libm::asin(sine) / libm::asin(0.5) * 30.0
    } else {
        90.0 - libm::acos(sine) / libm::acos(0.5) * 60.0
    }
}

/// The angle of a sine between -1 and 1.
pub(crate) fn arcsine(sine: f64) -> f64 {
    if sine >= 0.0 { arcsine_to_1(sine) } else { -arcsine_to_1(-sine) }
}

/// The angle of a cosine between -1 and 1.
pub(crate) fn arccosine(cosine: f64) -> f64 {
    if cosine < 0.0 {
        return 90.0 + arcsine_to_1(-cosine);
    }
    if cosine <= 0.5 {
        90.0 - libm::asin(cosine) / libm::asin(0.5) * 30.0
    } else {
        libm::acos(cosine) / libm::acos(0.5) * 60.0
    }
}

/// An angle in radians, from an inverse tangent, in degrees.
pub(crate) fn of_arctangent(radians: f64) -> f64 {
    radians / libm::atan(1.0) * 45.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_angles_are_exact() {
        assert_eq!(
            [sine(30.0), sine(150.0), sine(-30.0), sine(180.0), sine(390.0)],
            [0.5, 0.5, -0.5, 0.0, 0.5]
        );
        assert_eq!([cosine(60.0), cosine(120.0), cosine(90.0), cosine(-180.0)], [0.5, -0.5, 0.0, -1.0]);
        assert_eq!([tangent(45.0), tangent(135.0), tangent(0.0), tangent(180.0)], [1.0, -1.0, 0.0, 0.0]);
        assert_eq!([cotangent(45.0), cotangent(90.0), cotangent(270.0)], [1.0, 0.0, 0.0]);
        assert_eq!(
            [arcsine(0.5), arccosine(0.5), arccosine(-0.5), of_arctangent(libm::atan(1.0))],
            [30.0, 60.0, 120.0, 45.0]
        );
    }
}
