//! `predict('model'[, features])`: a model's score of the row.

use sqlparser::ast;
use types::DataType;

use expr::Expr;

use crate::{
    definition::{Model, Source},
    error::{Fault, suggest},
    statement::Label,
};

use super::{call::Call, place::Place as _, scalar, view::Rows};

pub(super) fn bind(call: &Call<'_>, rows: &mut Rows<'_>) -> Result<Expr, Fault> {
    const FORM: &str = "write predict('model'), or predict('model', a, b) for a model without feature names";
    if call.over.is_some() || call.filter.is_some() || call.distinct || call.star {
        return Err(Fault::new(
            call.span,
            "predict is no aggregate: it takes no OVER, FILTER, DISTINCT or *",
        )
        .help(FORM));
    }
    let Some((name, arguments)) = call.arguments.split_first() else {
        return Err(Fault::new(call.span, "predict needs a model").help(FORM));
    };
    let ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::SingleQuotedString(name), span }) = *name
    else {
        return Err(
            Fault::new(scalar::span(name), "predict's first argument is a model's name in quotes").help(FORM)
        );
    };
    let name = Label { text: name.clone(), span: *span };
    let Some(model) = rows.definitions.models.get(&name.text) else {
        let help = suggest(&name.text, rows.definitions.models.keys().map(String::as_str))
            .or(Some(format!("write CREATE MODEL {} FROM 'models/{}.json'", name.text, name.text)));
        return Err(Fault { help, ..Fault::new(name.span, format!("unknown model {}", name.text)) });
    };
    let features = if arguments.is_empty() {
        by_name(model, &name, rows)?
    } else {
        let mut slots = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = scalar::bind(argument, rows)?;
            numeric(value.data_type(), &format!("argument {} of predict", slots.len() + 1))
                .map_err(|fault| fault.or_at(scalar::span(argument)))?;
            slots.push(rows.side.slots.scalar(value));
        }
        if slots.len() != model.feature_count {
            let message = format!(
                "model {} takes {} features and was given {}",
                name.text,
                model.feature_count,
                slots.len()
            );
            return Err(Fault::new(call.span, message).help(expected(model)));
        }
        slots
    };
    rows.reads.insert(name.text.clone());
    let source = Source::Predict { model: name.text, features };
    let slot = rows.side.slots.intern(source, DataType::Double);
    Ok(rows.side.slots.read(slot))
}

fn expected(model: &Model) -> String {
    match &model.features {
        Some(names) => format!("its features are {}", listed(names.iter().map(String::as_str))),
        None => format!("write predict('{}', ...) with all of them in the model's order", model.name),
    }
}

/// The model's features among the columns of `FROM`: first as written, then in lower case.
fn by_name(model: &Model, name: &Label, rows: &mut Rows<'_>) -> Result<Vec<usize>, Fault> {
    let Some(features) = &model.features else {
        let message = format!("model {} has no feature names", name.text);
        return Err(Fault::new(name.span, message).help(expected(model)));
    };
    let mut slots = Vec::with_capacity(features.len());
    let mut missing = Vec::new();
    for feature in features {
        let label = |text: String| Label { text, span: name.span };
        let exact = label(feature.clone());
        let folded = label(feature.to_ascii_lowercase());
        let found = match rows.side.find(None, &exact)? {
            None => rows.side.find(None, &folded)?.map(|_| folded),
            Some(_) => Some(exact),
        };
        let Some(found) = found else {
            missing.push(feature.as_str());
            continue;
        };
        let value = rows.column(None, &found)?;
        numeric(value.data_type(), &format!("feature {feature} of model {}", name.text))
            .map_err(|fault| fault.or_at(name.span))?;
        slots.push(rows.side.slots.scalar(value));
    }
    if missing.is_empty() {
        return Ok(slots);
    }
    let message = format!(
        "the view lacks {} of the {} features of model {}: {}",
        missing.len(),
        features.len(),
        name.text,
        listed(missing.into_iter())
    );
    Err(Fault::new(name.span, message).help(
        "select from a view whose columns have these names; computed features belong into a view below",
    ))
}

fn numeric(data_type: DataType, what: &str) -> Result<(), Fault> {
    if data_type.is_numeric() || data_type == DataType::Boolean {
        return Ok(());
    }
    let help = match data_type {
        DataType::Text => "write a CASE or CAST that makes a number of it",
        _ => "write a number of it: date_part('epoch', x)",
    };
    let nowhere = sqlparser::tokenizer::Span::empty();
    Err(Fault::new(nowhere, format!("{what} is {data_type}, expected a number or BOOLEAN")).help(help))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const LISTED_MAX: usize = 20;
    let names: Vec<&str> = names.collect();
    let shown = names[..names.len().min(LISTED_MAX)].join(", ");
    if names.len() > LISTED_MAX { format!("{shown} and {} more", names.len() - LISTED_MAX) } else { shown }
}
