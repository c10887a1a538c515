//! What a value is called where it has no name: its expression, short enough for a table.

use expr::Expr;
use sql::definition::{Slot, Source, Stream, Window, WindowRows};

/// Characters of an expression that are shown.
const SHOWN_MAX: usize = 48;

/// The expression of a slot over its stream's columns.
pub(super) fn of(slots: &[Slot], slot: usize, stream: &Stream) -> String {
    let mut text = String::new();
    write(slots, slot, stream, &mut text);
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    text.chars().take(SHOWN_MAX - 3).chain("...".chars()).collect()
}

/// Whether more than is shown stands there already, so that deep trees are not walked to their end.
fn is_full(out: &str) -> bool {
    out.len() > 4 * SHOWN_MAX
}

fn write(slots: &[Slot], slot: usize, stream: &Stream, out: &mut String) {
    if is_full(out) {
        return;
    }
    match &slots[slot].source {
        Source::Input(column) => *out += &stream.schema.fields[*column].name,
        Source::Scalar(expr) => expression(expr, slots, stream, out),
        Source::Window(window) => self::window(window, slots, stream, out),
        Source::Lookup { table, column, .. } => *out += &format!("{table}[{column}]"),
        Source::Predict { model, .. } => *out += &format!("predict('{model}')"),
    }
}

fn window(window: &Window, slots: &[Slot], stream: &Stream, out: &mut String) {
    *out += &format!("{:?}", window.function).to_lowercase();
    match &window.rows {
        WindowRows::Own(feed) => {
            *out += "(";
            if let Some(argument) = feed.argument {
                write(slots, argument, stream, out);
            }
            *out += ")";
        }
        WindowRows::Other { stream, .. } => *out += &format!("(... of {stream})"),
    }
}

fn expression(expr: &Expr, slots: &[Slot], stream: &Stream, out: &mut String) {
    if is_full(out) {
        return;
    }
    let list = |items: &[Expr], between: &str, out: &mut String| {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                *out += between;
            }
            expression(item, slots, stream, out);
        }
    };
    match expr {
        Expr::Column { index, .. } => write(slots, *index, stream, out),
        Expr::Literal { value: None, .. } => *out += "NULL",
        Expr::Literal { value: Some(types::Value::Text(text)), .. } => *out += &format!("'{text}'"),
        Expr::Literal { value: Some(value), .. } => *out += &value.to_string(),
        Expr::Call { function, arguments, .. }
            if arguments.len() == 2 && !function.starts_with(|first: char| first.is_ascii_alphabetic()) =>
        {
            list(arguments, &format!(" {function} "), out);
        }
        Expr::Call { function, arguments, .. } => {
            *out += &format!("{function}(");
            list(arguments, ", ", out);
            *out += ")";
        }
        Expr::And(left, right) => {
            expression(left, slots, stream, out);
            *out += " AND ";
            expression(right, slots, stream, out);
        }
        Expr::Or(left, right) => {
            expression(left, slots, stream, out);
            *out += " OR ";
            expression(right, slots, stream, out);
        }
        Expr::Case { branches, .. } => {
            *out += "CASE WHEN ";
            if let Some((condition, _)) = branches.first() {
                expression(condition, slots, stream, out);
            }
            *out += " ...";
        }
        Expr::Coalesce { arguments, .. } => {
            *out += "coalesce(";
            list(arguments, ", ", out);
            *out += ")";
        }
    }
}
