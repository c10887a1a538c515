//! Row-wise work of a batch: register programs, table look-ups, model inputs.

use expr::{Machine, Program};
use types::{Column, Values, decimal};
use windows::Keys;

use super::{Batch, StreamWork};
use crate::{
    plan::NodeId,
    tables::{Version, visible},
};

/// Runs a program and moves its outputs to their nodes.
#[expect(clippy::too_many_arguments, reason = "the parts of one step, each borrowed from its own place")]
pub fn run(
    batch: &Batch<'_>,
    stream: usize,
    program: &Program,
    machine: &mut Machine,
    inputs: &[NodeId],
    outputs: &[NodeId],
    work: &mut StreamWork,
    rows: usize,
) {
    let columns: Vec<&Column> = inputs.iter().map(|node| batch.column(stream, *node, work)).collect();
    program.run(machine, &columns, rows);
    for (output, node) in outputs.iter().enumerate() {
        machine.take_output(output, &mut work.nodes[*node]);
        work.raised[*node].extend_from_slice(machine.raised(output));
    }
}

/// Reads columns of the table's row that each key had as of its event.
pub fn lookup(
    versions: &[Version],
    keys: &Keys,
    outputs: &[(usize, NodeId)],
    work: &mut StreamWork,
    rows: usize,
) {
    for (_, node) in outputs {
        work.nodes[*node].clear();
    }
    for row in 0..rows {
        let version = visible(versions, work.positions[row], work.times[row]);
        let found = version.and_then(|version| Some((version, version.rows.find(keys, row)?)));
        for (column, node) in outputs {
            let output = &mut work.nodes[*node];
            match found {
                Some((version, found)) => output.push_from(version.rows.column(*column), found),
                None => output.push_null(),
            }
        }
    }
}

/// Makes a value NULL where parts of its own expression raised.
pub fn null(node: NodeId, by: &[NodeId], work: &mut StreamWork) {
    for part in by {
        for raised in &work.raised[*part] {
            work.nodes[node].nulls[raised.row as usize] = true;
        }
    }
}

/// Which rows count: those where the filter is true and nothing of `by` raised.
pub fn unraised(filter: Option<&Column>, by: &[NodeId], work: &StreamWork, rows: usize, output: &mut Column) {
    output.clear();
    output.nulls.resize(rows, false);
    let Values::Boolean(counts) = &mut output.values else { unreachable!("whether a row counts is a truth") };
    match filter {
        None => counts.resize(rows, true),
        Some(filter) => {
            let truths = filter.as_boolean().expect("a filter is boolean");
            counts.extend(filter.nulls.iter().zip(truths).map(|(null, truth)| !null && *truth));
        }
    }
    for part in by {
        for raised in &work.raised[*part] {
            counts[raised.row as usize] = false;
        }
    }
}

/// Writes a column as a model's input: `out[row * stride]`, NULL as NaN.
pub fn features(column: &Column, out: &mut [f32], stride: usize) {
    let targets = out.iter_mut().step_by(stride).zip(&column.nulls);
    macro_rules! fill {
        ($values:expr, $convert:expr) => {
            for ((target, null), value) in targets.zip($values) {
                *target = if *null { f32::NAN } else { $convert(value) };
            }
        };
    }
    match &column.values {
        Values::Double(values) => fill!(values, |value: &f64| *value as f32),
        Values::BigInt(values) => fill!(values, |value: &i64| *value as f64 as f32),
        Values::Boolean(values) => fill!(values, |value: &bool| f32::from(u8::from(*value))),
        Values::Decimal(values) => {
            let scale = column.data_type.scale();
            fill!(values, |value: &i128| decimal::to_double(*value, scale) as f32);
        }
        _ => unreachable!("the binder gives models numeric and boolean features only"),
    }
}

/// Copies scores to a column of doubles.
pub fn scores(scores: &[f32], output: &mut Column) {
    output.clear();
    let Values::Double(values) = &mut output.values else { unreachable!("a score is a double") };
    values.extend(scores.iter().map(|score| f64::from(*score)));
    output.nulls.resize(scores.len(), false);
}
