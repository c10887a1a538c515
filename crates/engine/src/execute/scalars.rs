//! Row-wise work of a batch: register programs and table look-ups.

use expr::{Machine, Program};
use types::{Column, Values};
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
