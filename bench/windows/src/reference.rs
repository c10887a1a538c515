//! The same aggregates by going over each key's rows, so that answers are compared before anything is timed.

use std::{cmp::Ordering, collections::BTreeMap, collections::BTreeSet, time::Duration};

use types::{Column, DataType, Value};
use windows::{Aggregate, Frame, Function};

use crate::{Batch, Scenario, Stopwatch};

/// How far a double of a plain sum may be from the exact one.
const TOLERANCE: f64 = 1e-9;

type Row = (i64, Vec<Value>);

/// All rows so far, by key and time.
pub struct Reference<'a> {
    scenario: &'a Scenario,
    keys: BTreeMap<String, Vec<Row>>,
    /// Time spent on answers.
    pub spent: Duration,
    /// Answers compared.
    pub compared: usize,
}

impl<'a> Reference<'a> {
    pub fn new(scenario: &'a Scenario) -> Self {
        Self { scenario, keys: BTreeMap::new(), spent: Duration::ZERO, compared: 0 }
    }

    /// Takes in the batch's rows, one after the other, and compares what each reads.
    ///
    /// # Panics
    /// When an answer differs.
    pub fn check(&mut self, batch: &Batch, outputs: &[Column]) {
        for (row, time) in batch.times.iter().enumerate() {
            let Some(Value::Text(key)) = batch.keys.value(row) else { panic!("every row has a key") };
            let values = batch.values.iter().map(|column| column.value(row).expect("no value is NULL"));
            let rows = self.keys.entry(key).or_default();
            let at = rows.partition_point(|(other, _)| other <= time);
            rows.insert(at, (*time, values.collect()));
            let start = Stopwatch::start();
            let answers: Vec<_> = self
                .scenario
                .aggregates
                .iter()
                .map(|aggregate| answer(self.scenario, aggregate, &rows[..=at], *time))
                .collect();
            self.spent += start.elapsed();
            for ((aggregate, output), expected) in self.scenario.aggregates.iter().zip(outputs).zip(&answers)
            {
                let found = output.value(row);
                assert!(
                    same(found.as_ref(), expected.as_ref()),
                    "{aggregate:?}: {found:?}, not {expected:?}"
                );
                self.compared += 1;
            }
        }
    }
}

fn same(found: Option<&Value>, expected: Option<&Value>) -> bool {
    match (found, expected) {
        (Some(Value::Double(found)), Some(Value::Double(expected))) => {
            (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
        }
        (found, expected) => found == expected,
    }
}

fn number(value: &Value) -> i128 {
    match value {
        Value::Decimal { unscaled, .. } => *unscaled,
        Value::BigInt(value) => i128::from(*value),
        _ => panic!("the scenario sums numbers"),
    }
}

fn double(value: &Value) -> f64 {
    match value {
        Value::Double(value) => *value,
        Value::Decimal { unscaled, scale } => *unscaled as f64 / 10_f64.powi(i32::from(*scale)),
        _ => panic!("the scenario sums numbers"),
    }
}

fn order(left: &Value, right: &Value) -> Ordering {
    number(left).cmp(&number(right))
}

fn answer(scenario: &Scenario, aggregate: &Aggregate, rows: &[Row], time: i64) -> Option<Value> {
    let Frame::Range { start, .. } = aggregate.frame else { panic!("the scenarios have RANGE frames") };
    let first = rows.partition_point(|(other, _)| *other < time - start);
    let passes =
        |(_, values): &&Row| aggregate.filter.is_none_or(|filter| values[filter] == Value::Boolean(true));
    let rows = || rows[first..].iter().filter(passes);
    let Some(argument) = aggregate.argument else { return Some(Value::BigInt(rows().count() as i64)) };
    let values = || rows().map(|(_, values)| &values[argument]);
    let count = values().count();
    match (aggregate.function, scenario.columns[argument]) {
        (Function::Count, _) => Some(Value::BigInt(count as i64)),
        (Function::CountDistinct, _) => {
            let texts = values().map(|value| match value {
                Value::Text(text) => text.as_str(),
                _ => panic!("the scenario counts texts"),
            });
            Some(Value::BigInt(texts.collect::<BTreeSet<_>>().len() as i64))
        }
        (Function::Min, _) => values().min_by(|left, right| order(left, right)).cloned(),
        (Function::Max, _) => values().max_by(|left, right| order(left, right)).cloned(),
        (Function::Sum, DataType::Decimal { scale, .. }) => {
            Some(Value::Decimal { unscaled: values().map(number).sum(), scale })
        }
        (Function::Avg, DataType::Decimal { scale, .. }) => {
            let total = values().map(number).sum::<i128>() * 10_i128.pow(u32::from(6 - scale));
            let unscaled = types::decimal::divide_rounded(total, count as i128);
            Some(Value::Decimal { unscaled, scale: 6 })
        }
        (Function::Avg, _) => Some(Value::Double(values().map(double).sum::<f64>() / count as f64)),
        (Function::StddevSamp, _) if count < 2 => None,
        (Function::StddevSamp, _) => {
            let mean = values().map(double).sum::<f64>() / count as f64;
            let squares: f64 = values().map(|value| (double(value) - mean).powi(2)).sum();
            Some(Value::Double((squares / (count - 1) as f64).sqrt()))
        }
        (function, data_type) => panic!("no scenario has {function:?} of {data_type:?}"),
    }
}
