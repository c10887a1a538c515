//! The rows that a frame of the log brings, table by table, under the definitions of its epoch.

use std::{collections::BTreeMap, sync::Arc};

use records::{
    input::InputBatch,
    output::{DecisionRows, OutputBatch},
};
use sql::definition::{Decision, Definitions, Rule, RuleMode, Source, Stream, View};
use types::{Column, DataType, Epoch, Micros, Position, TextColumn, Values};

use crate::{
    cells::{Cells, Lists},
    layout::{self, Kind},
};

/// What one epoch's definitions say of rows.
#[derive(Debug)]
pub struct Shapes {
    epoch: Epoch,
    streams: BTreeMap<String, (Arc<Stream>, Arc<[layout::Column]>)>,
    /// In the order in which outputs count them.
    decisions: Vec<DecisionShape>,
}

/// A decision's table.
#[derive(Debug)]
struct DecisionShape {
    decision: Arc<Decision>,
    view: Arc<View>,
    stream: Arc<Stream>,
    /// In name order, as outputs count them.
    rules: Vec<Arc<Rule>>,
    columns: Arc<[layout::Column]>,
}

/// Rows for one table.
#[derive(Debug)]
pub struct Rows {
    /// What the table holds.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How long it keeps rows: microseconds.
    pub hot: Micros,
    /// Its columns.
    pub columns: Arc<[layout::Column]>,
    /// One for each column.
    pub cells: Vec<Cells>,
    /// How many.
    pub count: usize,
}

impl Shapes {
    /// The shapes of an epoch's tables.
    pub fn new(epoch: Epoch, definitions: &Definitions) -> Self {
        let streams = definitions.streams.iter().chain(&definitions.gone);
        let streams = streams
            .map(|(name, stream)| (name.clone(), (Arc::clone(stream), layout::of_stream(stream).into())))
            .collect();
        let of_decision = |(name, decision): (&String, &Arc<Decision>)| {
            let view = Arc::clone(&definitions.views[&decision.view]);
            let rules = definitions.rules.iter().filter(|((of, _), _)| of == name);
            DecisionShape {
                columns: layout::of_decision(decision, &view).into(),
                stream: Arc::clone(&definitions.streams[&view.stream]),
                decision: Arc::clone(decision),
                view,
                rules: rules.map(|(_, rule)| Arc::clone(rule)).collect(),
            }
        };
        let decisions = definitions.decisions.iter().map(of_decision).collect();
        Self { epoch, streams, decisions }
    }

    /// The rows of streams.
    ///
    /// # Errors
    /// What does not fit.
    pub fn events(&self, base: Position, input: &InputBatch) -> Result<Vec<Rows>, String> {
        let mut offsets = vec![Vec::new(); input.streams.len()];
        for (offset, stream) in input.order.iter().enumerate() {
            offsets[usize::from(*stream)].push(offset);
        }
        let mut all = Vec::with_capacity(input.streams.len());
        for (rows, offsets) in input.streams.iter().zip(offsets) {
            let unknown =
                || format!("it has rows of stream {}, which epoch {} does not have", rows.stream, self.epoch);
            let (stream, columns) = self.streams.get(&rows.stream).ok_or_else(unknown)?;
            let mut cells = vec![positions(base, &offsets), arrivals(input, &offsets)];
            cells.extend(rows.columns.iter().map(Cells::of));
            cells.push(same(i64::from(self.epoch), offsets.len()));
            check(&rows.stream, columns, &cells)?;
            all.push(Rows {
                kind: Kind::Stream,
                name: rows.stream.clone(),
                hot: stream.hot,
                columns: Arc::clone(columns),
                cells,
                count: offsets.len(),
            });
        }
        Ok(all)
    }

    /// The rows of decisions on the events of `input`.
    ///
    /// # Errors
    /// What does not fit.
    pub fn records(
        &self,
        base: Position,
        input: &InputBatch,
        output: &OutputBatch,
    ) -> Result<Vec<Rows>, String> {
        let mut all = Vec::with_capacity(output.decisions.len());
        for block in output.decisions.iter().filter(|block| !block.events.is_empty()) {
            let unknown = || {
                format!(
                    "it has records of decision number {}, which epoch {} does not have",
                    block.decision, self.epoch
                )
            };
            let shape = self.decisions.get(usize::from(block.decision)).ok_or_else(unknown)?;
            let name = &shape.decision.name;
            let cells = shape.cells(base, self.epoch, input, block).ok_or_else(|| format!("a record of decision {name} is of no event of its batch, or names what epoch {} does not have", self.epoch))?;
            check(name, &shape.columns, &cells)?;
            all.push(Rows {
                kind: Kind::Decision,
                name: name.clone(),
                hot: shape.stream.hot,
                columns: Arc::clone(&shape.columns),
                cells,
                count: block.events.len(),
            });
        }
        Ok(all)
    }
}

impl DecisionShape {
    /// One for each column; none when an index has no place.
    fn cells(
        &self,
        base: Position,
        epoch: Epoch,
        input: &InputBatch,
        block: &DecisionRows,
    ) -> Option<Vec<Cells>> {
        let offsets: Vec<usize> = block.events.iter().map(|event| *event as usize).collect();
        if offsets.last().is_some_and(|last| *last >= input.len()) {
            return None;
        }
        let stream = input.streams.iter().position(|rows| rows.stream == self.stream.name)?;
        let places = places(input, stream, &offsets)?;
        let mut cells = vec![positions(base, &offsets), arrivals(input, &offsets)];
        let mut recorded = block.columns.iter();
        for column in &self.view.columns {
            cells.push(match self.view.slots[column.slot].source {
                Source::Input(source) => {
                    Cells::of(&gather(input.streams[stream].columns.get(source)?, &places))
                }
                _ => Cells::of(recorded.next()?),
            });
        }
        let outcomes = block.outcomes.iter().map(|outcome| self.decision.outcomes.get(usize::from(*outcome)));
        cells.push(texts(outcomes.collect::<Option<Vec<_>>>()?.into_iter().map(String::as_str)));
        let name = |rule: &Rule| Some(rule.name.clone());
        cells.push(self.fired(block, RuleMode::Live, name)?);
        cells.push(self.fired(block, RuleMode::Shadow, name)?);
        cells.push(self.fired(block, RuleMode::Live, |rule| rule.reason.clone())?);
        cells.push(self.raised(block)?);
        let mut late = Column::new(DataType::Boolean);
        late.nulls.resize(block.late.len(), false);
        late.values = Values::Boolean(block.late.clone());
        cells.push(Cells::Values(late));
        cells.push(same(i64::from(epoch), offsets.len()));
        Some(cells)
    }

    /// For each record, a text of each rule of a mode that fired.
    fn fired(
        &self,
        block: &DecisionRows,
        mode: RuleMode,
        text: impl Fn(&Rule) -> Option<String>,
    ) -> Option<Cells> {
        let mut lists = Lists::default();
        let mut fired = block.fired.iter();
        for count in &block.fired_counts {
            for _ in 0..*count {
                let rule = self.rules.get(usize::from(*fired.next()?))?;
                if rule.mode == mode {
                    lists.push(text(rule).as_deref());
                }
            }
            lists.finish_row();
        }
        Some(Cells::Lists(lists))
    }

    /// For each record, the columns and rules that raised an error, with the error.
    fn raised(&self, block: &DecisionRows) -> Option<Cells> {
        let is_recorded = |slot: usize| !matches!(self.view.slots[slot].source, Source::Input(_));
        let recorded = self.view.columns.iter().filter(|column| is_recorded(column.slot));
        let recorded: Vec<&str> = recorded.map(|column| column.name.as_str()).collect();
        let mut lists = Lists::default();
        // By ascending event, says the format.
        let mut raised = block.raised.iter().peekable();
        for record in 0..block.events.len() {
            while let Some(one) = raised.next_if(|raised| raised.record as usize == record) {
                let item = usize::from(one.item);
                let name = match recorded.get(item) {
                    Some(column) => column,
                    None => self.rules.get(item - recorded.len())?.name.as_str(),
                };
                let error =
                    expr::ErrorCode::from_number(one.code).map_or("unknown error", expr::ErrorCode::message);
                lists.push(Some(&format!("{name}: {error}")));
            }
            lists.finish_row();
        }
        Some(Cells::Lists(lists))
    }
}

/// What is appended must be what the columns say: asserted before anything of it is shown.
fn check(table: &str, columns: &[layout::Column], cells: &[Cells]) -> Result<(), String> {
    let fits = |(column, cells): (&layout::Column, &Cells)| match cells {
        Cells::Values(values) => layout::ColumnType::of(values.data_type) == column.column_type,
        Cells::Lists(_) => column.column_type == layout::ColumnType::TextList,
    };
    if columns.len() != cells.len() {
        return Err(format!("{table} has {} columns, and the frame has {}", columns.len(), cells.len()));
    }
    match columns.iter().zip(cells).find(|pair| !fits(*pair)) {
        Some((column, _)) => {
            Err(format!("column {} of {table} is not {} in it", column.name, column.column_type))
        }
        None => Ok(()),
    }
}

/// The rows, among the stream's, of the events at `offsets`.
fn places(input: &InputBatch, stream: usize, offsets: &[usize]) -> Option<Vec<usize>> {
    let mut places = Vec::with_capacity(offsets.len());
    let mut wanted = offsets.iter().peekable();
    let mut row = 0;
    for (offset, other) in input.order.iter().enumerate() {
        if usize::from(*other) == stream {
            if wanted.next_if(|wanted| **wanted == offset).is_some() {
                places.push(row);
            }
            row += 1;
        }
    }
    wanted.next().is_none().then_some(places)
}

fn gather(column: &Column, rows: &[usize]) -> Column {
    if rows.len() == column.len() {
        return column.clone();
    }
    let mut gathered = Column::new(column.data_type);
    rows.iter().for_each(|row| gathered.push_from(column, *row));
    gathered
}

fn numbers(data_type: DataType, values: Vec<i64>) -> Cells {
    let nulls = vec![false; values.len()];
    let values = match data_type {
        DataType::Timestamptz => Values::Timestamptz(values),
        _ => Values::BigInt(values),
    };
    Cells::Values(Column { data_type, values, nulls })
}

fn positions(base: Position, offsets: &[usize]) -> Cells {
    let position =
        |offset: &usize| i64::try_from(base + *offset as u64).expect("positions stay below 2 to the 63");
    numbers(DataType::BigInt, offsets.iter().map(position).collect())
}

fn arrivals(input: &InputBatch, offsets: &[usize]) -> Cells {
    numbers(DataType::Timestamptz, offsets.iter().map(|offset| input.arrived[*offset]).collect())
}

fn same(value: i64, rows: usize) -> Cells {
    numbers(DataType::BigInt, vec![value; rows])
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> Cells {
    let mut texts = TextColumn::default();
    values.for_each(|value| texts.push(value));
    let nulls = vec![false; texts.len()];
    Cells::Values(Column { data_type: DataType::Text, values: Values::Text(texts), nulls })
}
