//! What one epoch's definitions say of a place: whose rows it takes, as which columns, and which of them.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use eventlog::Frame;
use expr::{Machine, Program};
use records::{input::InputBatch, output::OutputBatch};
use runtime::{late, record::Names, rows};
use sql::definition::{Definitions, Sink, SinkSource, Stream};
use types::{Column, Field};

/// A frame and what is known of its batch.
pub struct Batch<'a> {
    /// The frame of the events, or of what was decided on them.
    pub frame: &'a Frame,
    /// The events.
    pub input: &'a InputBatch,
    /// What was decided on them, when the frame holds it.
    pub output: Option<&'a OutputBatch>,
}

/// Whose rows.
enum Rows {
    /// A decision's, which are made of a batch's outputs.
    Decision(Box<Names>),
    /// The late events of a stream, which are there with its inputs.
    Late(Arc<Stream>),
}

/// A sink with what it needs to make its rows.
pub struct Wanted {
    /// The sink.
    pub sink: Arc<Sink>,
    /// Its columns.
    pub fields: Vec<Field>,
    rows: Rows,
}

impl Wanted {
    /// The sink among the definitions of its epoch; `None` when they do not have its source.
    pub fn of(sink: &Arc<Sink>, definitions: &Definitions) -> Option<Self> {
        let (rows, fields) = match &sink.source {
            SinkSource::Decision(decision) => {
                let names = Names::of(definitions, decision)?;
                let fields = rows::fields(&names);
                (Rows::Decision(Box::new(names)), fields)
            }
            SinkSource::Late(stream) => {
                let stream = Arc::clone(definitions.streams.get(stream)?);
                let fields = sql::late::fields(&stream);
                (Rows::Late(stream), fields)
            }
        };
        Some(Self { sink: Arc::clone(sink), fields, rows })
    }

    /// Whether its rows are there before anything is decided: some batches have no outputs.
    pub fn is_of_inputs(&self) -> bool {
        matches!(self.rows, Rows::Late(_))
    }

    /// Whether both are written in the same way.
    pub fn equals(&self, other: &Self) -> bool {
        let same_rows = match (&self.rows, &other.rows) {
            (Rows::Decision(own), Rows::Decision(other)) => own.view == other.view,
            (Rows::Late(own), Rows::Late(other)) => own == other,
            _ => false,
        };
        same_rows && self.sink == other.sink && self.fields == other.fields
    }

    /// Its condition, ready to run.
    pub fn condition(&self) -> Option<(Program, Machine)> {
        self.sink.condition.as_ref().map(|condition| {
            let program = Program::compile(std::slice::from_ref(condition));
            let machine = Machine::new(&program);
            (program, machine)
        })
    }

    /// Its rows of a batch, those that the condition lets through; `None` when there are none.
    pub fn columns(
        &self,
        batch: &Batch<'_>,
        condition: Option<&mut (Program, Machine)>,
    ) -> Result<Option<Vec<Column>>> {
        let Some(columns) = self.all(batch) else { return Ok(None) };
        let Some((program, machine)) = condition else { return Ok(Some(columns)) };
        let inputs: Vec<&Column> = match &self.rows {
            // The condition reads the view's columns, then the outcome; the position is before them.
            Rows::Decision(names) => columns[1..names.view.columns.len() + 2].iter().collect(),
            Rows::Late(_) => columns.iter().collect(),
        };
        let count = columns[0].len();
        program.run(machine, &inputs, count);
        let passed = machine.output(0);
        let values = passed.as_boolean().context("a sink's condition is boolean")?;
        let keep = |row: &usize| !passed.is_null(*row) && values[*row];
        let rows: Vec<usize> = (0..count).filter(keep).collect();
        Ok((!rows.is_empty()).then(|| columns.iter().map(|column| pick(column, &rows)).collect()))
    }

    fn all(&self, batch: &Batch<'_>) -> Option<Vec<Column>> {
        let (base, epoch) = (batch.frame.header.position, batch.frame.header.epoch);
        match &self.rows {
            Rows::Decision(names) => {
                let block = batch.output?.decisions.iter().find(|block| block.decision == names.index)?;
                let any = !block.events.is_empty();
                any.then(|| rows::columns(names, base, epoch, batch.input, block))
            }
            Rows::Late(stream) => late::columns(stream, base, epoch, batch.input),
        }
    }
}

fn pick(column: &Column, rows: &[usize]) -> Column {
    let mut picked = Column::new(column.data_type);
    rows.iter().for_each(|row| picked.push_from(column, *row));
    picked
}
