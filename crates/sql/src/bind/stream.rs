//! `CREATE STREAM`: columns, clocks, horizons and personal data.

use types::{
    DataType, Micros, Schema,
    time::{DAY, SECOND},
};

use crate::{
    definition::Stream,
    error::{Fault, suggest},
    parse::{options::OptionDef, stream::CreateStream},
    statement::Label,
};

use super::{columns, interval};

const OPTIONS: [&str; 8] =
    ["event_time", "arrival_time", "allowed_lateness", "future_max", "dedupe", "hot", "key_horizon", "pii"];

pub(super) fn bind(create: &CreateStream) -> Result<Stream, Fault> {
    let (mut schema, primary_key) = columns::bind(&create.name, "stream", &create.columns)?;
    for option in &create.options {
        if !OPTIONS.contains(&option.name.text.as_str()) {
            let fault = Fault::new(option.name.span, format!("unknown option {}", option.name.text));
            return Err(Fault { help: suggest(&option.name.text, OPTIONS), ..fault });
        }
    }
    let given = |name: &str| create.options.iter().find(|option| option.name.text == name);
    let duration = |name: &str, default: Micros| {
        given(name).map_or(Ok(default), |option: &OptionDef| interval::option(&option.value))
    };
    let event_time = event_time(create, &schema, given("event_time"))?;
    let arrival_time = given("arrival_time").map(|option| time_column(&schema, &option.value)).transpose()?;
    schema.fields[event_time].not_null = true;
    let tokens = tokens(create, &schema, given("pii").map(|option| &option.value))?;
    Ok(Stream {
        name: create.name.text.clone(),
        primary_key,
        event_time,
        arrival_time,
        allowed_lateness: duration("allowed_lateness", 3_600 * SECOND)?,
        future_max: duration("future_max", 300 * SECOND)?,
        dedupe: duration("dedupe", DAY)?,
        hot: duration("hot", 7 * DAY)?,
        key_horizon: duration("key_horizon", 90 * DAY)?,
        tokens,
        schema,
    })
}

fn event_time(create: &CreateStream, schema: &Schema, given: Option<&OptionDef>) -> Result<usize, Fault> {
    if let Some(option) = given {
        return time_column(schema, &option.value);
    }
    let times: Vec<usize> =
        (0..schema.fields.len()).filter(|at| schema.fields[*at].data_type == DataType::Timestamptz).collect();
    match times[..] {
        [only] => Ok(only),
        [] => Err(Fault::new(create.name.span, format!("stream {} has no event time", create.name.text))
            .help("add a TIMESTAMPTZ column that says when the event happened")),
        _ => {
            let names: Vec<&str> = times.iter().map(|at| schema.fields[*at].name.as_str()).collect();
            let message = format!("stream {} has several times: {}", create.name.text, names.join(", "));
            Err(Fault::new(create.name.span, message)
                .help(format!("write WITH (event_time = '{}') to say which one orders it", names[0])))
        }
    }
}

fn time_column(schema: &Schema, name: &Label) -> Result<usize, Fault> {
    let index = known(schema, name)?;
    match schema.fields[index].data_type {
        DataType::Timestamptz => Ok(index),
        other => Err(Fault::new(name.span, format!("column {} is {other}, expected TIMESTAMPTZ", name.text))),
    }
}

fn known(schema: &Schema, name: &Label) -> Result<usize, Fault> {
    schema.index_of(&name.text).ok_or_else(|| {
        let help = suggest(&name.text, schema.fields.iter().map(|field| field.name.as_str()));
        Fault { help, ..Fault::new(name.span, format!("unknown column {}", name.text)) }
    })
}

/// Columns to tokenise, from `'card_id: token, ip: keep'`.
fn tokens(create: &CreateStream, schema: &Schema, pii: Option<&Label>) -> Result<Vec<usize>, Fault> {
    let mut tokens = Vec::new();
    let mut kept = Vec::new();
    for entry in pii.iter().flat_map(|pii| pii.text.split(',')).filter(|entry| !entry.trim().is_empty()) {
        let span = pii.map(|pii| pii.span).expect("an entry comes from the option");
        let label = |text: &str| Label { text: text.trim().to_owned(), span };
        let Some((name, treatment)) = entry.split_once(':') else {
            return Err(Fault::new(span, format!("'{}' is not column: treatment", entry.trim()))
                .help("write pii = 'card_id: token, ip: keep'"));
        };
        let index = known(schema, &label(name))?;
        let list = match treatment.trim() {
            "token" => &mut tokens,
            "keep" => &mut kept,
            other => {
                return Err(Fault::new(span, format!("unknown treatment {other} of column {}", name.trim()))
                    .help("there is token (a keyed hash before the log) and keep"));
            }
        };
        if list.contains(&index) {
            return Err(Fault::new(span, format!("column {} is listed twice", name.trim())));
        }
        list.push(index);
    }
    for index in &tokens {
        let field = &schema.fields[*index];
        if field.data_type != DataType::Text || kept.contains(index) {
            let span = pii.map(|pii| pii.span).expect("a token comes from the option");
            let reason = if kept.contains(index) { "is also kept" } else { "is not TEXT" };
            return Err(Fault::new(span, format!("column {} cannot be a token: it {reason}", field.name)));
        }
    }
    for (index, column) in create.columns.iter().enumerate() {
        let name = &column.name.text;
        if columns::is_card_number(name) && !tokens.contains(&index) {
            return Err(Fault::new(
                column.name.span,
                format!("column {name} looks like a card number in clear"),
            )
            .help(format!("write pii = '{name}: token', or send a token as card_id")));
        }
    }
    tokens.sort_unstable();
    Ok(tokens)
}
