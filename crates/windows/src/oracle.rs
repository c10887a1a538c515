//! Every aggregate from its definition over plain rows and exact rationals, however slowly, to judge the rest by.

use std::cmp::Ordering;

use num_bigint::BigInt;
use types::{DataType, Value};

use crate::{Aggregate, Frame, Function, TimelineSpec, keys::canonical_bits};

/// A row of a key.
#[derive(Clone, Debug)]
pub struct Row {
    pub time: i64,
    pub values: Vec<Option<Value>>,
}

/// The rows of one key in (event time, position) order.
#[derive(Clone, Debug, Default)]
pub struct Rows(pub Vec<Row>);

impl Rows {
    /// Puts a row after those of its time or before, and returns its index.
    pub fn insert(&mut self, row: Row) -> usize {
        let at = self.0.partition_point(|other| other.time <= row.time);
        self.0.insert(at, row);
        at
    }

    /// What a reader at `time` sees; `own` is the index of its own row if it has one.
    pub fn read(&self, spec: &TimelineSpec, index: usize, time: i64, own: Option<usize>) -> Option<Value> {
        let aggregate = &spec.aggregates[index];
        let visible = own.map_or_else(|| self.0.partition_point(|row| row.time <= time), |own| own + 1);
        let sees = |at: usize| {
            let row = &self.0[at];
            let (inside, exclude) = match aggregate.frame {
                Frame::Range { start, end, exclude_current } => {
                    let from = time.saturating_sub(start);
                    let to = time.saturating_sub(end);
                    ((from..=to).contains(&row.time), exclude_current)
                }
                Frame::Rows { start, end, exclude_current } => {
                    let rank = (visible - 1 - at) as u64;
                    let fresh = row.time >= time.saturating_sub(spec.key_horizon);
                    (fresh && (end..=start).contains(&rank), exclude_current)
                }
            };
            let passes = |filter| self.0[at].values[filter] == Some(Value::Boolean(true));
            inside && !(exclude && own == Some(at)) && aggregate.filter.is_none_or(passes)
        };
        let rows: Vec<&Row> = (0..visible).filter(|at| sees(*at)).map(|at| &self.0[at]).collect();
        evaluate(spec, aggregate, &rows)
    }
}

fn evaluate(spec: &TimelineSpec, aggregate: &Aggregate, rows: &[&Row]) -> Option<Value> {
    let Some(argument) = aggregate.argument else { return Some(Value::BigInt(rows.len() as i64)) };
    let data_type = spec.columns[argument];
    let values: Vec<&Value> = rows.iter().filter_map(|row| row.values[argument].as_ref()).collect();
    match aggregate.function {
        Function::CountRows => unreachable!("it has no argument"),
        Function::Count => Some(Value::BigInt(values.len() as i64)),
        Function::CountDistinct => {
            let mut sorted = values;
            sorted.sort_by(|left, right| compare(left, right));
            sorted.dedup_by(|left, right| compare(left, right) == Ordering::Equal);
            Some(Value::BigInt(sorted.len() as i64))
        }
        Function::FirstValue => rows.first()?.values[argument].clone(),
        Function::LastValue => rows.last()?.values[argument].clone(),
        Function::Min => values.into_iter().min_by(|left, right| compare(left, right)).cloned(),
        Function::Max => values.into_iter().max_by(|left, right| compare(left, right)).cloned(),
        Function::Sum => sum(&values, data_type),
        Function::Avg => average(&values, data_type),
        Function::VarPop | Function::VarSamp | Function::StddevPop | Function::StddevSamp => {
            spread(aggregate.function, &values, data_type)
        }
    }
}

fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::BigInt(left), Value::BigInt(right)) => left.cmp(right),
        (Value::Timestamptz(left), Value::Timestamptz(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        (Value::Decimal { unscaled: left, .. }, Value::Decimal { unscaled: right, .. }) => left.cmp(right),
        (Value::Double(left), Value::Double(right)) if canonical_bits(*left) == canonical_bits(*right) => {
            Ordering::Equal
        }
        (Value::Double(left), Value::Double(right)) => {
            left.partial_cmp(right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
        }
        _ => panic!("a column has one type"),
    }
}

/// The IEEE sum when a value is not finite.
fn special(values: &[&Value]) -> Option<f64> {
    let double = |value: &&Value| if let Value::Double(value) = value { *value } else { 0.0 };
    let all: f64 = values.iter().map(double).filter(|value| !value.is_finite()).sum();
    (!all.is_finite()).then_some(all)
}

/// An exact number `numerator / denominator`.
#[derive(Clone, Debug)]
struct Rational {
    numerator: BigInt,
    denominator: BigInt,
}

const SUBNORMAL_BITS: u32 = 1_074;

/// A finite double times 2 to the 1074.
fn scaled(value: f64) -> BigInt {
    let bits = value.to_bits();
    let exponent = (bits >> 52) & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    let magnitude = if exponent == 0 {
        BigInt::from(fraction)
    } else {
        BigInt::from(fraction | 1 << 52) << (exponent - 1)
    };
    if value.is_sign_negative() { -magnitude } else { magnitude }
}

/// All values with one denominator.
fn exact(values: &[&Value], data_type: DataType) -> (Vec<BigInt>, BigInt) {
    let numerators = values.iter().map(|value| match value {
        Value::BigInt(value) => BigInt::from(*value),
        Value::Decimal { unscaled, .. } => BigInt::from(*unscaled),
        Value::Double(value) => scaled(*value),
        _ => panic!("the function takes numbers"),
    });
    let denominator = match data_type {
        DataType::Double => BigInt::from(1) << SUBNORMAL_BITS,
        _ => BigInt::from(10).pow(u32::from(data_type.scale())),
    };
    (numerators.collect(), denominator)
}

fn sum(values: &[&Value], data_type: DataType) -> Option<Value> {
    if values.is_empty() {
        return None;
    }
    if let Some(special) = special(values) {
        return Some(Value::Double(special));
    }
    let (numerators, denominator) = exact(values, data_type);
    let total: BigInt = numerators.iter().sum();
    if data_type == DataType::Double {
        return nearest(&Rational { numerator: total, denominator }, false).map(Value::Double);
    }
    decimal(&total, data_type.scale())
}

fn average(values: &[&Value], data_type: DataType) -> Option<Value> {
    if values.is_empty() {
        return None;
    }
    if let Some(special) = special(values) {
        return Some(Value::Double(special));
    }
    let (numerators, denominator) = exact(values, data_type);
    let total: BigInt = numerators.iter().sum();
    let count = BigInt::from(values.len());
    if data_type == DataType::Double {
        return nearest(&Rational { numerator: total, denominator: denominator * count }, false)
            .map(Value::Double);
    }
    let scale = data_type.scale().max(6);
    let shifted: BigInt = total * BigInt::from(10).pow(u32::from(scale - data_type.scale()));
    let negative = shifted < BigInt::from(0);
    let magnitude = if negative { -shifted } else { shifted };
    let rounded: BigInt = (magnitude * 2 + &count) / (count * 2);
    decimal(&if negative { -rounded } else { rounded }, scale)
}

fn decimal(unscaled: &BigInt, scale: u8) -> Option<Value> {
    let unscaled = i128::try_from(unscaled).ok()?;
    types::decimal::fits(unscaled, 38).then_some(Value::Decimal { unscaled, scale })
}

fn spread(function: Function, values: &[&Value], data_type: DataType) -> Option<Value> {
    let population = matches!(function, Function::VarPop | Function::StddevPop);
    let root = matches!(function, Function::StddevPop | Function::StddevSamp);
    if values.is_empty() || !population && values.len() < 2 {
        return None;
    }
    if special(values).is_some() {
        return Some(Value::Double(f64::NAN));
    }
    let (numerators, denominator) = exact(values, data_type);
    let total: BigInt = numerators.iter().sum();
    let squares: BigInt = numerators.iter().map(|value| value * value).sum();
    let count = BigInt::from(values.len());
    let divisor = if population { count.clone() } else { &count - 1 };
    let variance = Rational {
        numerator: &count * squares - &total * &total,
        denominator: &count * divisor * &denominator * &denominator,
    };
    nearest(&variance, root).map(Value::Double)
}

/// The double nearest to the number or to its square root, ties to even; `None` beyond the largest double.
fn nearest(number: &Rational, root: bool) -> Option<f64> {
    let negative = number.numerator < BigInt::from(0);
    let numerator = if negative { -&number.numerator } else { number.numerator.clone() };
    let power = |value: &BigInt| if root { value * value } else { value.clone() };
    let left: BigInt = numerator << (SUBNORMAL_BITS * if root { 2 } else { 1 });
    let not_above = |bits: u64| power(&scaled(f64::from_bits(bits))) * &number.denominator <= left;
    let (mut low, mut high) = (0, f64::INFINITY.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if not_above(middle) { low = middle } else { high = middle }
    }
    let next = if high == f64::INFINITY.to_bits() {
        BigInt::from(1) << (1024 + SUBNORMAL_BITS)
    } else {
        scaled(f64::from_bits(high))
    };
    let twice = power(&(scaled(f64::from_bits(low)) + next)) * &number.denominator;
    let double: BigInt = left * if root { 4 } else { 2 };
    let bits = match double.cmp(&twice) {
        Ordering::Less => low,
        Ordering::Greater => high,
        Ordering::Equal => low + (low & 1),
    };
    let value = f64::from_bits(bits);
    value.is_finite().then_some(if negative && bits != 0 { -value } else { value })
}
