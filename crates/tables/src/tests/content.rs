//! Rows as text, from the tables and, by another way, from the log.

use std::{path::Path, sync::Arc};

use arrow::{
    array::RecordBatch,
    util::display::{ArrayFormatter, FormatOptions},
};
use catalog::Catalog;
use eventlog::{Address, Frame, Frames as _, Reader};
use records::{
    KIND_CONTROL, KIND_INPUT, KIND_OUTPUT, control::Control, input::InputBatch, output::OutputBatch,
};
use storage::Storage;
use types::{DataType, Value};

use super::node::{DATA, apply};
use crate::{Snapshot, segment::widened};

/// Rows of one table, one line each.
pub fn of_table(snapshot: &Snapshot, name: &str) -> Vec<String> {
    read_table(snapshot, name).unwrap()
}

fn read_table(snapshot: &Snapshot, name: &str) -> crate::Result<Vec<String>> {
    let Some(table) = snapshot.tables.get(name) else { return Ok(Vec::new()) };
    let schema = table.stored_schema();
    let mut lines = Vec::new();
    let mut add = |batch: &RecordBatch| {
        let options = FormatOptions::default().with_null("-");
        let columns = batch.columns().iter();
        let columns: Vec<_> =
            columns.map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<_> = columns.iter().map(|column| column.value(row).to_string()).collect();
            lines.push(cells.join("|"));
        }
    };
    for segment in &table.segments {
        for batch in segment.read()? {
            add(&widened(&batch?, &schema));
        }
    }
    table.stored_batches().iter().for_each(add);
    Ok(lines)
}

/// The rows that the durable log says there are: payments, logins, records of `risk`.
#[derive(Debug, Default, PartialEq)]
pub struct Content {
    pub payments: Vec<String>,
    pub logins: Vec<String>,
    pub risk: Vec<String>,
    pub merchants: Vec<String>,
}

pub fn of_tables(snapshot: &Snapshot) -> crate::Result<Content> {
    Ok(Content {
        payments: read_table(snapshot, "payments")?,
        logins: read_table(snapshot, "logins")?,
        risk: read_table(snapshot, "risk")?,
        merchants: read_table(snapshot, "merchants")?,
    })
}

/// As Arrow prints it: three or six digits of a fraction, if there is one. The test's clock stays in the first day.
fn time(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let fraction = match fraction {
        0 => String::new(),
        fraction if fraction % 1_000 == 0 => format!(".{:03}", fraction / 1_000),
        fraction => format!(".{fraction:06}"),
    };
    format!("1970-01-01T{hours:02}:{minutes:02}:{seconds:02}{fraction}Z")
}

fn cell(column: &types::Column, row: usize) -> String {
    match column.value(row) {
        None => "-".to_owned(),
        Some(Value::Timestamptz(micros)) => time(micros),
        Some(value) => value.to_string(),
    }
}

/// Of one record: what stands before the column `large`, that column under its type then, and what stands after it.
type Record = ([String; 4], (DataType, String), [String; 7]);

/// Reads the log from its beginning.
pub fn of_log(storage: &Arc<dyn Storage>) -> Content {
    let mut content = Content::default();
    let mut catalog = Catalog::default();
    let reader = Reader::open(Arc::clone(storage), Path::new(DATA), None, Address(0));
    let Ok(mut reader) = reader else { return content };
    let (mut frame, mut input, mut output) =
        (Frame::default(), InputBatch::default(), OutputBatch::default());
    let mut records = Vec::new();
    while reader.read(&mut frame).unwrap() {
        let (base, epoch) = (frame.header.position, frame.header.epoch);
        match frame.header.kind {
            KIND_CONTROL => {
                apply(&mut catalog, base, &Control::decode(&frame.payload).unwrap(), storage);
                content.merchants = merchants(&catalog, storage);
            }
            KIND_INPUT => {
                input.decode_into(&frame.payload).unwrap();
                events(&mut content, base, epoch, &input);
            }
            KIND_OUTPUT => {
                output.decode_into(&frame.payload).unwrap();
                records.extend(records_of(base, epoch, &input, &output));
            }
            _ => {}
        }
    }
    let definitions = catalog.current();
    let shown = definitions.views.get("seen").map(|view| view.slots[view.columns[2].slot].data_type);
    let of = |(start, (data_type, large), end): Record| {
        // What was recorded under another type reads NULL.
        let large = if shown == Some(data_type) { large } else { "-".to_owned() };
        [&start[..], &[large], &end[..]].concat().join("|")
    };
    content.risk = records.into_iter().map(of).collect();
    content
}

/// The rows of the reference table's file.
fn merchants(catalog: &Catalog, storage: &Arc<dyn Storage>) -> Vec<String> {
    let definitions = catalog.current();
    let Some(table) = definitions.tables.get("merchants") else { return Vec::new() };
    let text = crate::blobs::Blobs::new(Arc::clone(storage), Path::new(DATA)).get(&table.blob.0).unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    text.lines().skip(1).map(|line| line.replace(',', "|")).collect()
}

fn events(content: &mut Content, base: u64, epoch: u32, input: &InputBatch) {
    let mut rows = [0; 2];
    for (offset, stream) in input.order.iter().enumerate() {
        let stream = usize::from(*stream);
        let columns = &input.streams[stream].columns;
        let mut cells = vec![(base + offset as u64).to_string(), time(input.arrived[offset])];
        cells.extend(columns.iter().map(|column| cell(column, rows[stream])));
        cells.push(epoch.to_string());
        let to = if stream == 0 { &mut content.payments } else { &mut content.logins };
        to.push(cells.join("|"));
        rows[stream] += 1;
    }
}

fn records_of(base: u64, epoch: u32, input: &InputBatch, output: &OutputBatch) -> Vec<Record> {
    let block = &output.decisions[0];
    let payment = &input.streams[0].columns;
    let list = |text: &str, is_in: bool| if is_in { format!("[{text}]") } else { "[]".to_owned() };
    let mut fired = block.fired.iter();
    let record = |(record, event): (usize, &u32)| {
        let offset = *event as usize;
        let own = input.order[..offset].iter().filter(|stream| **stream == 0).count();
        let own_fired: Vec<u16> = fired.by_ref().take(block.fired_counts[record].into()).copied().collect();
        let is_live = own_fired.contains(&0);
        let raised = block.raised.iter().any(|raised| raised.record as usize == record);
        let start = [
            (base + u64::from(*event)).to_string(),
            time(input.arrived[offset]),
            cell(&payment[0], own),
            cell(&payment[2], own),
        ];
        let end = [
            ["approve", "deny"][usize::from(block.outcomes[record])].to_owned(),
            list("big", is_live),
            list("cents", own_fired.contains(&1)),
            list("a large amount", is_live),
            list("cents: value out of range", raised),
            block.late[record].to_string(),
            epoch.to_string(),
        ];
        (start, (block.columns[0].data_type, cell(&block.columns[0], record)), end)
    };
    block.events.iter().enumerate().map(record).collect()
}
