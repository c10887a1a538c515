//! Exact counts, sums and sums of squares of a set of values, to which values are added and from which they are taken.
//!
//! A double of ordinary size is an integer multiple of 2^-96, so its exact sum is an integer of 192 bits and its sum of
//! squares one of 320. The few that are not (tiny fractions, magnitudes from 2^47) go to big integers beside them. The
//! idea of a fixed-point sum without rounding is Kulisch's and Neal's; the narrow window is what makes it small enough
//! to keep for each frame.

use num_bigint::{BigInt, BigUint, Sign};
use types::{Column, DataType, Values, decimal};

use crate::{
    Function,
    lane::Lane,
    output,
    plan::{Reading, TallyPlan},
    rounding,
    wide::{self, Wide},
};

/// Doubles are counted in units of 2 to this power.
const UNIT: i64 = -96;

/// The least exponent field of a double that is a multiple of the unit whatever its fraction.
const FIELD_MIN: i64 = 1_075 + UNIT;

/// The least exponent field of a double that is too large: 2 to the 47.
const FIELD_LIMIT: i64 = 1_023 + 47;

/// The finest unit of any double.
const SUBNORMAL_UNIT: i64 = -1_074;

/// Sums of a set of values that are not NULL.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many.
    pub count: u64,
    sum: Wide<3>,
    /// Not there before the first value that needs it.
    extra: Option<Box<Extra>>,
}

/// What not every tally needs: sums of squares, and doubles out of the ordinary.
#[derive(Clone, Debug, Default)]
struct Extra {
    squares: Wide<5>,
    /// Not there while no such double is.
    special: Option<Box<Special>>,
}

/// Doubles that are not a multiple of the unit, or too large.
#[derive(Clone, Debug, Default)]
struct Special {
    nan: u64,
    positive: u64,
    negative: u64,
    odd: u64,
    /// In units of 2^-1074.
    sum: BigInt,
    /// In units of 2^-2148.
    squares: BigInt,
}

/// A finite double as `±magnitude` shifted left by `shift` units, or not of that shape.
enum Shape {
    Zero,
    Ordinary { magnitude: u64, shift: u32 },
    Special,
}

#[inline]
fn shape(value: f64) -> Shape {
    let bits = value.to_bits() & (u64::MAX >> 1);
    let field = (bits >> 52) as i64;
    let magnitude = bits & ((1 << 52) - 1) | 1 << 52;
    if (FIELD_MIN..FIELD_LIMIT).contains(&field) {
        return Shape::Ordinary { magnitude, shift: (field - FIELD_MIN) as u32 };
    }
    if bits == 0 {
        return Shape::Zero;
    }
    let missing = FIELD_MIN - field;
    if field > 0 && field < FIELD_MIN && i64::from(magnitude.trailing_zeros()) >= missing {
        return Shape::Ordinary { magnitude: magnitude >> missing, shift: 0 };
    }
    Shape::Special
}

impl Tally {
    /// Adds, or takes away when `negative`, an integer or a decimal's unscaled integer.
    #[inline]
    pub fn integer(&mut self, value: i128, negative: bool, squares: bool) {
        self.sum.accumulate_i128(value, 0, negative);
        if squares {
            self.squares().accumulate(wide::square(value.unsigned_abs()), 0, negative);
        }
    }

    #[inline]
    fn squares(&mut self) -> &mut Wide<5> {
        &mut self.extra.get_or_insert_default().squares
    }

    /// As `integer`, for at most 64 integers of 64 bits.
    #[inline]
    pub fn small_integers(&mut self, values: impl Iterator<Item = i64>, negative: bool, squares: bool) {
        let mut sum = 0_i128;
        if !squares {
            values.for_each(|value| sum += i128::from(value));
        } else {
            let total = self.squares();
            for value in values {
                sum += i128::from(value);
                let square = u128::from(value.unsigned_abs()) * u128::from(value.unsigned_abs());
                total.accumulate([square as u64, (square >> 64) as u64], 0, negative);
            }
        }
        self.sum.accumulate_i128(sum, 0, negative);
    }

    /// Adds, or takes away when `negative`, at most 64 doubles.
    #[inline]
    pub fn doubles(&mut self, values: impl Iterator<Item = f64>, negative: bool, squares: bool) {
        // By the limb that their lowest bit falls into: each has at most 117 bits, 64 of them at most 123.
        let mut sums = [0_i128; 2];
        for value in values {
            match shape(value) {
                Shape::Zero => {}
                Shape::Ordinary { magnitude, shift } => {
                    let placed = (u128::from(magnitude) << (shift % 64)) as i128;
                    sums[(shift / 64) as usize] += if value < 0.0 { -placed } else { placed };
                    if squares {
                        self.square(magnitude, shift, negative);
                    }
                }
                Shape::Special => self.special(value, negative),
            }
        }
        for (place, sum) in sums.into_iter().enumerate().filter(|(_, sum)| *sum != 0) {
            self.sum.accumulate_i128(sum, place, negative);
        }
    }

    fn square(&mut self, magnitude: u64, shift: u32, negative: bool) {
        let square = u128::from(magnitude) * u128::from(magnitude);
        let (place, bits) = ((shift * 2 / 64) as usize, shift * 2 % 64);
        let top = if bits == 0 { 0 } else { (square >> (128 - bits)) as u64 };
        let placed = square << bits;
        self.squares().accumulate([placed as u64, (placed >> 64) as u64, top], place, negative);
    }

    #[cold]
    fn special(&mut self, value: f64, negative: bool) {
        self.change_special(|special| special.value(value, negative));
    }

    fn change_special(&mut self, change: impl FnOnce(&mut Special)) {
        let slot = &mut self.extra.get_or_insert_default().special;
        let special = slot.get_or_insert_default();
        change(special);
        if !special.any() {
            *slot = None;
        }
    }

    /// Adds what another tally counted, or takes it away when `negative`, as far as it is wanted here.
    pub fn merge(&mut self, other: &Self, wanted: &TallyPlan, negative: bool) {
        self.count = if negative { self.count - other.count } else { self.count + other.count };
        if !wanted.sum {
            return;
        }
        self.sum.add(&other.sum, negative);
        let Some(other) = &other.extra else { return };
        if wanted.squares {
            self.squares().add(&other.squares, negative);
        }
        if let Some(other) = &other.special {
            self.change_special(|special| special.merge(other, negative));
        }
    }

    /// Becomes what `hi` counted and `lo`, which is part of it, did not, as far as the function needs it.
    #[inline]
    pub fn difference(&mut self, hi: &Self, lo: &Self, function: Function) {
        self.count = hi.count - lo.count;
        if !function.sums() {
            return;
        }
        self.sum = hi.sum;
        self.sum.add(&lo.sum, true);
        if hi.extra.is_some() {
            self.extra_difference(hi, lo, function.squares());
        } else {
            self.extra = None;
        }
    }

    fn extra_difference(&mut self, hi: &Self, lo: &Self, squares: bool) {
        let Some(hi) = &hi.extra else { return };
        let extra = self.extra.get_or_insert_default();
        if squares {
            extra.squares = hi.squares;
        }
        extra.special.clone_from(&hi.special);
        if let Some(lo) = &lo.extra {
            if squares {
                extra.squares.add(&lo.squares, true);
            }
            if let Some(lo) = &lo.special {
                self.change_special(|special| special.merge(lo, true));
            }
        }
    }

    /// Forgets everything, but keeps the memory.
    pub fn clear(&mut self) {
        (self.count, self.sum) = (0, Wide::default());
        if let Some(extra) = &mut self.extra {
            extra.squares = Wide::default();
            extra.special = None;
        }
    }

    /// Reads some of what is beside the struct, only to have it fetched.
    #[inline]
    pub fn warm_extra(&self) -> u64 {
        self.extra.as_deref().map_or(0, |extra| extra.squares.limbs()[0])
    }

    /// Bytes beside the struct itself.
    pub fn heap_bytes(&self) -> usize {
        let special = |special: &Special| {
            size_of::<Special>() + (special.sum.bits() + special.squares.bits()) as usize / 8
        };
        let extra = |extra: &Extra| size_of::<Extra>() + extra.special.as_deref().map_or(0, special);
        self.extra.as_deref().map_or(0, extra)
    }

    /// The IEEE sum when a value was not finite.
    fn not_finite(&self) -> Option<f64> {
        let special = self.extra.as_deref()?.special.as_deref()?;
        if special.nan > 0 || special.positive > 0 && special.negative > 0 {
            Some(f64::NAN)
        } else if special.positive > 0 {
            Some(f64::INFINITY)
        } else {
            (special.negative > 0).then_some(f64::NEG_INFINITY)
        }
    }

    /// The special part, if finite values are in it.
    fn odd(&self) -> Option<&Special> {
        self.extra.as_deref()?.special.as_deref().filter(|special| special.odd > 0)
    }

    /// Appends a count, sum, average, variance or deviation. Sums that do not fit their type and deviations of too few
    /// values are NULL.
    pub fn write(&self, reading: &Reading, lane: &Lane, output: &mut Column) {
        let function = reading.function;
        let argument = lane.data_type.unwrap_or(DataType::BigInt);
        match &mut output.values {
            Values::BigInt(_) => output::count(output, self.count),
            Values::Decimal(values) => {
                let result = match function {
                    _ if self.count == 0 => None,
                    Function::Sum => self.sum.to_i128(),
                    _ => self.average(argument.scale(), output.data_type.scale()),
                };
                let result = result.filter(|unscaled| decimal::fits(*unscaled, decimal::DIGITS_MAX));
                values.push(result.unwrap_or(0));
                output.nulls.push(result.is_none());
            }
            Values::Double(values) => {
                let result = match function {
                    _ if self.count == 0 => None,
                    Function::Sum => self.sum_double(1),
                    Function::Avg => self.sum_double(self.count),
                    _ => self.spread(function, argument),
                };
                values.push(result.unwrap_or(0.0));
                output.nulls.push(result.is_none());
            }
            _ => unreachable!("these results are numbers"),
        }
    }

    /// The exact quotient, rounded half away from zero at `scale` digits.
    fn average(&self, argument_scale: u8, scale: u8) -> Option<i128> {
        let factor = decimal::power_of_ten(scale - argument_scale);
        let scaled = self.sum.to_i128().and_then(|sum| sum.checked_mul(factor));
        if let Some(scaled) = scaled {
            return Some(match (i64::try_from(scaled), i64::try_from(self.count)) {
                (Ok(scaled), Ok(count)) => i128::from(divide_rounded(scaled, count)),
                _ => decimal::divide_rounded(scaled, i128::from(self.count)),
            });
        }
        let factor = [factor as u64, (factor >> 64) as u64];
        let mut limbs: [u64; 5] = wide::multiply(&self.sum.magnitude(), &factor);
        let remainder = wide::divide_small(&mut limbs, self.count);
        let mut quotient = Wide::<5>::default();
        quotient.accumulate(limbs, 0, self.sum.is_negative());
        if remainder >= self.count - remainder {
            quotient.accumulate([1], 0, self.sum.is_negative());
        }
        quotient.to_i128()
    }

    /// The exact sum divided by `divisor`; `None` when finite values have no finite sum, where SQL raises an error.
    fn sum_double(&self, divisor: u64) -> Option<f64> {
        if let Some(value) = self.not_finite() {
            return Some(value);
        }
        let divisors = [divisor];
        let divisors = if divisor == 1 { &[] } else { &divisors[..] };
        let (negative, magnitude) = match self.odd() {
            None => {
                let magnitude = self.sum.magnitude();
                (self.sum.is_negative(), rounding::nearest(&magnitude, UNIT, divisors))
            }
            Some(special) => {
                let total = (signed(&self.sum) << (UNIT - SUBNORMAL_UNIT)) + &special.sum;
                let (sign, digits) = total.to_u64_digits();
                (sign == Sign::Minus, rounding::nearest(&digits, SUBNORMAL_UNIT, divisors))
            }
        };
        let value = if negative && magnitude > 0.0 { -magnitude } else { magnitude };
        value.is_finite().then_some(value)
    }

    /// `(n Σx² - (Σx)²) / (n (n or n - 1))`, or its root, from exact sums with one rounding.
    fn spread(&self, function: Function, argument: DataType) -> Option<f64> {
        let population = matches!(function, Function::VarPop | Function::StddevPop);
        let divisor = if population { self.count } else { self.count - 1 };
        if divisor == 0 {
            return None;
        }
        if self.not_finite().is_some() {
            return Some(f64::NAN);
        }
        // As few divisors as possible: 10 to the 76 and two counts are five 64-bit numbers at most.
        let mut divisors = [self.count, 1, 1, 1, 1, 1];
        let mut used = 1;
        let mut divide = |factor: u64| match divisors[used - 1].checked_mul(factor) {
            Some(product) => divisors[used - 1] = product,
            None => {
                divisors[used] = factor;
                used += 1;
            }
        };
        divide(divisor);
        let digits = 2 * argument.scale();
        (0..digits / 19).for_each(|_| divide(10_u64.pow(19)));
        divide(10_u64.pow(u32::from(digits % 19)));
        let rounded = |magnitude: &[u64], exponent| match function {
            Function::VarPop | Function::VarSamp => rounding::nearest(magnitude, exponent, &divisors[..used]),
            _ => rounding::nearest_root(magnitude, exponent, &divisors[..used]),
        };
        let squares = self.extra.as_deref().map_or(Wide::default(), |extra| extra.squares);
        let double = argument == DataType::Double;
        let value = match self.odd() {
            None => {
                let sum = self.sum.magnitude();
                let left: [u64; 6] = wide::multiply(squares.limbs(), &[self.count]);
                let difference = wide::subtract(left, wide::multiply(&sum, &sum));
                rounded(&difference, if double { 2 * UNIT } else { 0 })
            }
            Some(special) => {
                let shift = UNIT - SUBNORMAL_UNIT;
                let sum = (signed(&self.sum) << shift) + &special.sum;
                let squares = (signed(&squares) << (2 * shift)) + &special.squares;
                let difference: BigInt = squares * self.count - &sum * &sum;
                rounded(&difference.to_u64_digits().1, 2 * SUBNORMAL_UNIT)
            }
        };
        value.is_finite().then_some(value)
    }
}

impl Special {
    /// Adds a double, or takes it away when `negative`.
    fn value(&mut self, value: f64, negative: bool) {
        let counter = if value.is_nan() {
            &mut self.nan
        } else if value == f64::INFINITY {
            &mut self.positive
        } else if value == f64::NEG_INFINITY {
            &mut self.negative
        } else {
            let exact = big(value);
            let square = &exact * &exact;
            if negative {
                self.sum -= exact;
                self.squares -= square;
            } else {
                self.sum += exact;
                self.squares += square;
            }
            &mut self.odd
        };
        if negative { *counter -= 1 } else { *counter += 1 }
    }

    fn merge(&mut self, other: &Self, negative: bool) {
        if negative {
            self.nan -= other.nan;
            self.positive -= other.positive;
            self.negative -= other.negative;
            self.odd -= other.odd;
            self.sum -= &other.sum;
            self.squares -= &other.squares;
        } else {
            self.nan += other.nan;
            self.positive += other.positive;
            self.negative += other.negative;
            self.odd += other.odd;
            self.sum += &other.sum;
            self.squares += &other.squares;
        }
    }

    const fn any(&self) -> bool {
        self.nan + self.positive + self.negative + self.odd > 0
    }
}

/// As `decimal::divide_rounded`, for a positive divisor.
#[inline]
fn divide_rounded(numerator: i64, divisor: i64) -> i64 {
    let quotient = numerator / divisor;
    let remainder = (numerator % divisor).unsigned_abs();
    if remainder >= divisor.unsigned_abs() - remainder { quotient + numerator.signum() } else { quotient }
}

/// A finite double in units of 2^-1074.
fn big(value: f64) -> BigInt {
    let bits = value.to_bits();
    let (field, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    let magnitude = match field {
        0 => BigInt::from(fraction),
        _ => BigInt::from(fraction | 1 << 52) << (field - 1),
    };
    if value < 0.0 { -magnitude } else { magnitude }
}

fn signed<const N: usize>(wide: &Wide<N>) -> BigInt {
    let digits = wide.magnitude().iter().flat_map(|limb| [*limb as u32, (*limb >> 32) as u32]).collect();
    BigInt::from_biguint(if wide.is_negative() { Sign::Minus } else { Sign::Plus }, BigUint::new(digits))
}

#[cfg(test)]
mod tests {
    use types::Value;

    use super::*;
    use crate::{Aggregate, Frame, TimelineSpec, plan::Plan};

    /// What a tally of these values says.
    fn result(function: Function, data_type: DataType, tally: &Tally) -> Option<Value> {
        let frame = Frame::Range { start: 0, end: 0, exclude_current: false };
        let aggregates = vec![Aggregate { function, argument: Some(0), filter: None, frame }];
        let plan = Plan::new(TimelineSpec { columns: vec![data_type], aggregates, key_horizon: 0 });
        let mut output = Column::new(function.result_type(Some(data_type)).expect("it takes numbers"));
        tally.write(&plan.readings[0], &plan.lanes[0], &mut output);
        output.value(0)
    }

    #[test]
    fn averages_of_sums_beyond_128_bits_round_half_away() {
        let data_type = DataType::decimal(9);
        let huge = decimal::LIMIT - 1;
        for (values, average) in [
            ([huge, huge, huge, huge - 2], Some(huge)),
            ([huge, huge, huge, huge - 3], Some(huge - 1)),
            ([-huge, -huge, -huge, 2 - huge], Some(-huge)),
            ([-huge, -huge, -huge, 3 - huge], Some(1 - huge)),
        ] {
            let mut tally = Tally { count: 4, ..Tally::default() };
            values.iter().for_each(|value| tally.integer(*value, false, false));
            let average = average.map(|unscaled| Value::Decimal { unscaled, scale: 9 });
            assert_eq!(result(Function::Avg, data_type, &tally), average, "{values:?}");
            assert_eq!(result(Function::Sum, data_type, &tally), None, "more than 38 digits");
        }
    }

    #[test]
    fn values_that_leave_leave_no_trace() {
        let ordinary = [0.1, 85.65, -3.0, 1e-9];
        let odd = [1e300, -1e300, 1e-300, f64::MAX, f64::from_bits(1), 3e20];
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let mut tally = Tally { count: 4, ..Tally::default() };
        tally.doubles(ordinary.into_iter(), false, true);
        for extra in odd.iter().chain(&special) {
            tally.count += 1;
            tally.doubles([*extra].into_iter(), false, true);
        }
        assert!(
            matches!(result(Function::Sum, DataType::Double, &tally), Some(Value::Double(sum)) if sum.is_nan())
        );
        for extra in special.iter().chain(&odd) {
            tally.count -= 1;
            tally.doubles([*extra].into_iter(), true, true);
        }
        let mut fresh = Tally { count: 4, ..Tally::default() };
        fresh.doubles(ordinary.into_iter(), false, true);
        for function in [Function::Sum, Function::Avg, Function::VarSamp, Function::StddevPop] {
            let expected = result(function, DataType::Double, &fresh);
            assert_eq!(result(function, DataType::Double, &tally), expected, "{function:?}");
        }
    }

    #[test]
    fn sums_beyond_the_largest_double_are_null() {
        let mut tally = Tally { count: 2, ..Tally::default() };
        tally.doubles([f64::MAX, f64::MAX].into_iter(), false, true);
        assert_eq!(result(Function::Sum, DataType::Double, &tally), None);
        assert_eq!(result(Function::Avg, DataType::Double, &tally), Some(Value::Double(f64::MAX)));
        assert_eq!(result(Function::VarPop, DataType::Double, &tally), Some(Value::Double(0.0)));
    }
}
