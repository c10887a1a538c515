//! Scores of a batch: a block of rows at a time, blocks side by side.

use std::{ops::Range, sync::Mutex};

use trees::Model;
use types::{Column, Values, decimal};

use crate::Executor;

/// Rows of a block: its features, some hundred columns of them, stay in a core's own cache until they are read.
const BLOCK_ROWS: usize = 256;

/// Buffers of the blocks, used again by the next batch.
#[derive(Debug, Default)]
pub struct Buffers {
    blocks: Vec<Mutex<Block>>,
}

#[derive(Debug, Default)]
struct Block {
    features: Vec<f32>,
    scores: Vec<f32>,
}

/// Writes the model's score of each row to `output`. A row's score does not depend on the rows beside it.
pub fn predict(
    executor: &dyn Executor,
    model: &Model,
    features: &[&Column],
    rows: usize,
    buffers: &mut Buffers,
    output: &mut Column,
) {
    let blocks = rows.div_ceil(BLOCK_ROWS);
    if buffers.blocks.len() < blocks {
        buffers.blocks.resize_with(blocks, Mutex::default);
    }
    let task = |index: usize| {
        let range = index * BLOCK_ROWS..rows.min((index + 1) * BLOCK_ROWS);
        let mut block = buffers.blocks[index].lock().expect("no task panicked");
        let Block { features: inputs, scores } = &mut *block;
        inputs.resize(range.len() * features.len(), 0.0);
        for (index, column) in features.iter().enumerate() {
            fill(column, range.clone(), &mut inputs[index..], features.len());
        }
        scores.resize(range.len(), 0.0);
        model.predict(inputs, scores);
    };
    if blocks > 1 && executor.threads() > 1 {
        executor.run(blocks, &task);
    } else {
        (0..blocks).for_each(task);
    }
    output.clear();
    let Values::Double(values) = &mut output.values else { unreachable!("a score is a double") };
    for block in &mut buffers.blocks[..blocks] {
        let block = block.get_mut().expect("no task panicked");
        values.extend(block.scores.iter().map(|score| f64::from(*score)));
    }
    output.nulls.resize(rows, false);
}

/// Writes rows of a column as a model's input: `out[row * stride]`, NULL as NaN.
fn fill(column: &Column, rows: Range<usize>, out: &mut [f32], stride: usize) {
    let targets = out.iter_mut().step_by(stride).zip(&column.nulls[rows.clone()]);
    macro_rules! fill {
        ($values:expr, $convert:expr) => {
            for ((target, null), value) in targets.zip(&$values[rows]) {
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
