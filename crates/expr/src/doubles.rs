//! PostgreSQL's `float8`: NaN equals itself and is the largest, and a finite operation that leaves the range raises.

use crate::error::{ErrorCode, State};

const OUT_OF_RANGE: u8 = ErrorCode::OutOfRange as u8;

/// `=`; -0 equals 0.
#[inline]
pub(crate) fn equal(a: f64, b: f64) -> bool {
    (a == b) | (a.is_nan() & b.is_nan())
}

/// `<`.
#[inline]
pub(crate) fn less(a: f64, b: f64) -> bool {
    (a < b) | (!a.is_nan() & b.is_nan())
}

/// `<=`.
#[inline]
pub(crate) fn at_most(a: f64, b: f64) -> bool {
    (a <= b) | b.is_nan()
}

#[inline]
fn raise_if(raised: bool) -> u8 {
    if raised { OUT_OF_RANGE } else { State::VALUE }
}

/// `a + b`; `a - b` is `a + -b`.
#[inline]
pub(crate) fn add(a: f64, b: f64) -> (f64, u8) {
    let sum = a + b;
    (sum, raise_if(sum.is_infinite() & !a.is_infinite() & !b.is_infinite()))
}

/// `a * b`.
#[inline]
pub(crate) fn multiply(a: f64, b: f64) -> (f64, u8) {
    let product = a * b;
    let over = product.is_infinite() & !a.is_infinite() & !b.is_infinite();
    let under = (product == 0.0) & (a != 0.0) & (b != 0.0);
    (product, raise_if(over | under))
}

/// `a / b`.
#[inline]
pub(crate) fn divide(a: f64, b: f64) -> (f64, u8) {
    let quotient = a / b;
    let over = quotient.is_infinite() & !a.is_infinite();
    let under = (quotient == 0.0) & (a != 0.0) & !b.is_infinite();
    let by_zero = (b == 0.0) & !a.is_nan();
    (quotient, if by_zero { ErrorCode::DivisionByZero as u8 } else { raise_if(over | under) })
}

/// The result of a function that raises when a finite argument gives no finite result.
#[inline]
pub(crate) fn finite(argument: f64, result: f64) -> (f64, u8) {
    (result, raise_if(result.is_infinite() & argument.is_finite()))
}

/// `power(a, b)` by the rules of PostgreSQL, which are POSIX's but for the errors.
pub(crate) fn power(a: f64, b: f64) -> (f64, u8) {
    if a.is_nan() || b.is_nan() {
        let one = (b == 0.0) | (a == 1.0);
        return (if one { 1.0 } else { f64::NAN }, State::VALUE);
    }
    if (a == 0.0 && b < 0.0) || (a < 0.0 && libm::floor(b) != b) {
        return (0.0, ErrorCode::InvalidArgument as u8);
    }
    let result = libm::pow(a, b);
    let finite = a.is_finite() && b.is_finite();
    let outside = result.is_infinite() || (result == 0.0 && a != 0.0);
    (result, raise_if(finite && outside))
}
