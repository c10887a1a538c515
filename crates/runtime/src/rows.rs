//! Records of one decision as columns: the view's, the outcome and the rules that fired, for sinks and tables.

use records::{input::InputBatch, output::DecisionRows};
use sql::definition::{RuleMode, SINK_COLUMNS, Source};
use types::{Column, DataType, Epoch, Field, Position, Value};

use crate::record::Names;

/// Columns of a decision's rows: `position`, the view's columns, then `outcome`, the rules that `fired`, those that fired
/// in shadow, whether the event was `late`, and the `epoch`.
pub fn fields(names: &Names) -> Vec<Field> {
    let field = |name: &str, data_type| Field { name: name.to_owned(), data_type, not_null: false };
    let view = &names.view;
    let own = view.columns.iter().map(|column| field(&column.name, view.slots[column.slot].data_type));
    // The binder keeps these names out of views that have sinks.
    let [position, outcome, fired, fired_shadow, late, epoch] = SINK_COLUMNS;
    let mut fields = vec![field(position, DataType::BigInt)];
    fields.extend(own);
    fields.push(field(outcome, DataType::Text));
    fields.push(field(fired, DataType::Text));
    fields.push(field(fired_shadow, DataType::Text));
    fields.push(field(late, DataType::Boolean));
    fields.push(field(epoch, DataType::BigInt));
    fields
}

/// The rows of a block, in the order of [`fields`].
pub fn columns(
    names: &Names,
    base: Position,
    epoch: Epoch,
    input: &InputBatch,
    block: &DecisionRows,
) -> Vec<Column> {
    let mut columns = Vec::with_capacity(names.view.columns.len() + 6);
    columns.push(positions(base, block));
    let places = places(names, input, block);
    for (index, column) in names.view.columns.iter().enumerate() {
        columns.push(match names.recorded.iter().position(|recorded| *recorded == index) {
            Some(place) => block.columns[place].clone(),
            None => match names.view.slots[column.slot].source {
                Source::Input(source) => gather(&places.rows[source], &places.of),
                _ => unreachable!("a column is recorded or the event's"),
            },
        });
    }
    columns.push(outcomes(names, block));
    columns.push(fired(names, block, RuleMode::Live));
    columns.push(fired(names, block, RuleMode::Shadow));
    columns.push(column_of(block.late.iter().map(|late| Value::Boolean(*late)), DataType::Boolean));
    let epochs = std::iter::repeat_n(Value::BigInt(i64::from(epoch)), block.events.len());
    columns.push(column_of(epochs, DataType::BigInt));
    columns
}

/// The event rows that a block's records are about.
struct Places<'a> {
    rows: &'a [Column],
    of: Vec<usize>,
}

fn places<'a>(names: &Names, input: &'a InputBatch, block: &DecisionRows) -> Places<'a> {
    let stream = input.streams.iter().position(|rows| rows.stream == names.stream.name);
    let Some(stream) = stream else { return Places { rows: &[], of: Vec::new() } };
    let mut of = Vec::with_capacity(block.events.len());
    let mut wanted = block.events.iter().map(|event| *event as usize).peekable();
    let mut row = 0;
    for (offset, other) in input.order.iter().enumerate() {
        if usize::from(*other) != stream {
            continue;
        }
        if wanted.next_if_eq(&offset).is_some() {
            of.push(row);
        }
        row += 1;
    }
    Places { rows: &input.streams[stream].columns, of }
}

/// The values of some rows.
pub(crate) fn gather(column: &Column, rows: &[usize]) -> Column {
    if rows.len() == column.len() {
        return column.clone();
    }
    let mut gathered = Column::new(column.data_type);
    rows.iter().for_each(|row| gathered.push_from(column, *row));
    gathered
}

fn positions(base: Position, block: &DecisionRows) -> Column {
    let position =
        |event: &u32| i64::try_from(base + u64::from(*event)).expect("positions stay below 2 to the 63");
    column_of(block.events.iter().map(|event| Value::BigInt(position(event))), DataType::BigInt)
}

fn text(values: impl Iterator<Item = String>) -> Column {
    column_of(values.map(Value::Text), DataType::Text)
}

fn outcomes(names: &Names, block: &DecisionRows) -> Column {
    text(block.outcomes.iter().map(|outcome| names.decision.outcomes[usize::from(*outcome)].clone()))
}

/// A column of values that are all there.
pub(crate) fn column_of(values: impl Iterator<Item = Value>, data_type: DataType) -> Column {
    let mut column = Column::new(data_type);
    values.for_each(|value| column.push(Some(&value)));
    column
}

fn fired(names: &Names, block: &DecisionRows, mode: RuleMode) -> Column {
    let mut start = 0;
    text(block.fired_counts.iter().map(|count| {
        let own = &block.fired[start..start + usize::from(*count)];
        start += usize::from(*count);
        let rules = own.iter().map(|rule| &names.rules[usize::from(*rule)]).filter(|rule| rule.mode == mode);
        rules.map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(",")
    }))
}
