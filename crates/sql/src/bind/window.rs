//! `function(x) FILTER (WHERE ...) OVER window`: one value read from a timeline of the view's own stream.

use sqlparser::{
    ast::{self, NamedWindowDefinition, NamedWindowExpr, OrderByExpr, WindowFrame, WindowSpec, WindowType},
    tokenizer::Span,
};
use types::DataType;
use windows::{Frame, Function};

use expr::Expr;

use crate::{
    definition::{Feed, Source, Window, WindowRows},
    error::{Fault, suggest},
    parse::reader::fold,
    tokens::EXCLUDE_CURRENT_ROW,
};

use super::{
    call::{self, Call},
    frame, scalar,
    view::Rows,
};

/// A window with the named ones it builds on put in.
#[derive(Clone, Copy)]
struct Resolved<'a> {
    partition: &'a [ast::Expr],
    order: &'a [OrderByExpr],
    frame: Option<&'a WindowFrame>,
    span: Span,
}

pub(super) fn bind(call: &Call<'_>, rows: &mut Rows<'_>) -> Result<Expr, Fault> {
    let function = function(call)?;
    if let Some(clause) = rows.clause {
        return Err(Fault::new(call.span, format!("window functions cannot stand in {clause}"))
            .help("compute the value in a view below and filter that view"));
    }
    let Some(over) = call.over else {
        return Err(Fault::new(call.span, format!("{} needs a window", call.name)).help(format!(
            "write {}(...) OVER (PARTITION BY key ORDER BY {} RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND \
             CURRENT ROW)",
            call.name,
            rows.side.event_time_name()
        )));
    };
    let window = match over {
        WindowType::NamedWindow(name) => named(name, rows.windows)?,
        WindowType::WindowSpec(spec) => resolve(spec, rows.windows, call.span)?,
    };
    let excludes = order(&window, rows)?;
    let frame = if call.name == "lag" {
        lag_frame(call)?
    } else {
        frame::bind(window.frame, excludes, rows.side.stream.key_horizon, window.span)?
    };
    let mut key = Vec::with_capacity(window.partition.len());
    for part in window.partition {
        let slot = rows.value(part)?;
        key_type(rows.side.slots.get(slot).data_type, scalar::span(part))?;
        key.push(slot);
    }
    key.sort_unstable();
    key.dedup();
    let filter = call.filter.map(|filter| rows.condition(filter, "FILTER")).transpose()?;
    let (function, argument) = argument(function, call, rows)?;
    let data_type = result_type(function, call, argument.map(|slot| rows.side.slots.get(slot).data_type))?;
    let feed = Feed { key, admit: rows.side.filter, filter, argument };
    let source = Source::Window(Window { function, frame, rows: WindowRows::Own(feed) });
    let slot = rows.side.slots.intern(source, data_type);
    rows.places.entry(slot).or_insert(call.span);
    Ok(rows.side.slots.read(slot))
}

/// The function that a call names, `count` for all forms of it.
pub(super) fn function(call: &Call<'_>) -> Result<Function, Fault> {
    if let Some(instead) = call::unsupported(&call.name) {
        return Err(Fault::unsupported(call.span, &call.name, instead));
    }
    let function = match call.name.as_str() {
        "first_value" | "lag" => Function::FirstValue,
        "last_value" => Function::LastValue,
        name => call::aggregate(name).ok_or_else(|| {
            let message = format!("{name} is not an aggregate or window function");
            Fault::new(call.span, message).help("DISTINCT, FILTER and OVER belong to aggregates")
        })?,
    };
    if call.distinct && function != Function::Count {
        return Err(Fault::unsupported(
            call.span,
            &format!("{}(DISTINCT ...)", call.name),
            "write count(DISTINCT x)",
        ));
    }
    if call.name == "lag" && call.filter.is_some() {
        return Err(Fault::unsupported(
            call.span,
            "lag with FILTER",
            "write last_value(x) FILTER (WHERE ...)",
        ));
    }
    Ok(function)
}

/// The slot of the argument, and the function that its form decides.
fn argument(
    function: Function,
    call: &Call<'_>,
    rows: &mut Rows<'_>,
) -> Result<(Function, Option<usize>), Fault> {
    if let Some(function) = count_rows(function, call)? {
        return Ok((function, None));
    }
    let argument = match call.arguments[..] {
        [first, ..] if call.name == "lag" => first,
        _ => call.only_argument()?,
    };
    let slot = rows.value(argument)?;
    let is_constant =
        matches!(rows.side.slots.get(slot).source, Source::Scalar(Expr::Literal { value: Some(_), .. }));
    if function == Function::Count && !call.distinct && is_constant {
        return Ok((Function::CountRows, None));
    }
    Ok((if call.distinct { Function::CountDistinct } else { function }, Some(slot)))
}

/// `count(*)`, which has no argument.
pub(super) fn count_rows(function: Function, call: &Call<'_>) -> Result<Option<Function>, Fault> {
    if !call.star {
        return Ok(None);
    }
    if function != Function::Count || call.distinct {
        return Err(Fault::new(call.span, format!("{}(*) does not exist", call.name)).help("write count(*)"));
    }
    Ok(Some(Function::CountRows))
}

/// The type of the value, or why the function does not take its argument.
pub(super) fn result_type(
    function: Function,
    call: &Call<'_>,
    argument: Option<DataType>,
) -> Result<DataType, Fault> {
    function.result_type(argument).ok_or_else(|| {
        let given = argument.expect("a function without an argument has a type");
        let help = match (function, given) {
            (Function::Min | Function::Max, DataType::Boolean) => {
                "write count(*) FILTER (WHERE x) OVER ... > 0".to_owned()
            }
            (_, DataType::Interval) => "take a number of it: date_part('epoch', interval)".to_owned(),
            (_, DataType::Boolean) => "write count(*) FILTER (WHERE x)".to_owned(),
            _ => format!("{} takes numbers; write CAST(x AS DECIMAL(18,2)) or CAST(x AS DOUBLE)", call.name),
        };
        Fault::new(call.whole_span(), format!("{} does not take {given}", call.name)).help(help)
    })
}

/// Refuses keys that no timeline can have.
pub(super) fn key_type(data_type: DataType, span: Span) -> Result<(), Fault> {
    if data_type != DataType::Interval {
        return Ok(());
    }
    Err(Fault::new(span, "a key cannot be INTERVAL")
        .help("take a number of it: date_part('epoch', interval)"))
}

fn lag_frame(call: &Call<'_>) -> Result<Frame, Fault> {
    let back = match call.arguments[..] {
        [_] => 1,
        [_, back] => frame::number(back, "the distance of lag")?,
        [_, _, default, ..] => {
            let instead = "write coalesce(lag(x) OVER ..., default)";
            return Err(Fault::unsupported(scalar::span(default), "lag with a default", instead));
        }
        [] => {
            return Err(Fault::new(call.span, "lag needs a value")
                .help("write lag(x) OVER ... or lag(x, n) OVER ..."));
        }
    };
    Ok(Frame::Rows { start: back, end: back, exclude_current: false })
}

/// Checks that the window is ordered by the event time; whether it says `EXCLUDE CURRENT ROW`.
fn order(window: &Resolved<'_>, rows: &Rows<'_>) -> Result<bool, Fault> {
    let time = rows.side.event_time_name();
    let help = format!("write ORDER BY {time}");
    let is_mark = |item: &&OrderByExpr| matches!(&item.expr, ast::Expr::Identifier(ident) if ident.value == EXCLUDE_CURRENT_ROW && ident.quote_style.is_none());
    let excludes = window.order.iter().any(|item| is_mark(&item));
    let mut items = window.order.iter().filter(|item| !is_mark(item));
    let Some(item) = items.next() else {
        return Err(Fault::new(window.span, "the window has no ORDER BY").help(help));
    };
    let span = scalar::span(&item.expr);
    if let Some(second) = items.next() {
        return Err(
            Fault::new(scalar::span(&second.expr), "a window is ordered by the event time alone").help(help)
        );
    }
    if !rows.side.is_event_time(&item.expr)? {
        return Err(Fault::new(span, format!("a window must be ordered by the event time {time}")).help(help));
    }
    if item.options.asc == Some(false) {
        return Err(Fault::unsupported(
            span,
            "ORDER BY ... DESC",
            "frames look back; write ORDER BY without DESC",
        ));
    }
    if item.options.nulls_first.is_some() {
        return Err(Fault::unsupported(span, "NULLS FIRST or LAST", "an event time is never NULL"));
    }
    Ok(excludes)
}

fn named<'a>(name: &ast::Ident, windows: &'a [NamedWindowDefinition]) -> Result<Resolved<'a>, Fault> {
    let wanted = fold(name);
    let Some(at) = windows.iter().position(|window| fold(&window.0) == wanted) else {
        let names: Vec<String> = windows.iter().map(|window| fold(&window.0)).collect();
        let help = suggest(&wanted, names.iter().map(String::as_str))
            .or(Some("name it after WHERE: WINDOW name AS (PARTITION BY ...)".to_owned()));
        return Err(Fault { help, ..Fault::new(name.span, format!("unknown window {wanted}")) });
    };
    let NamedWindowDefinition(own, definition) = &windows[at];
    match definition {
        // A window builds on those before it, so this ends.
        NamedWindowExpr::NamedWindow(base) => named(base, &windows[..at]),
        NamedWindowExpr::WindowSpec(spec) => resolve(spec, &windows[..at], own.span),
    }
}

fn resolve<'a>(
    spec: &'a WindowSpec,
    windows: &'a [NamedWindowDefinition],
    span: Span,
) -> Result<Resolved<'a>, Fault> {
    let own = Resolved {
        partition: &spec.partition_by,
        order: &spec.order_by,
        frame: spec.window_frame.as_ref(),
        span,
    };
    let Some(base_name) = &spec.window_name else { return Ok(own) };
    let base = named(base_name, windows)?;
    let refuse = |what: &str| {
        let message = format!("window {} already has {what}", fold(base_name));
        Err(Fault::new(base_name.span, message).help("write the whole window here"))
    };
    if !own.partition.is_empty() {
        return refuse("its PARTITION BY");
    }
    if !own.order.is_empty() && !base.order.is_empty() {
        return refuse("an ORDER BY");
    }
    if base.frame.is_some() {
        return refuse("a frame");
    }
    let order = if own.order.is_empty() { base.order } else { own.order };
    Ok(Resolved { partition: base.partition, order, frame: own.frame, span })
}

/// Refuses two windows of one name.
pub(super) fn check_names(windows: &[NamedWindowDefinition]) -> Result<(), Fault> {
    for (at, window) in windows.iter().enumerate() {
        let name = fold(&window.0);
        if windows[..at].iter().any(|before| fold(&before.0) == name) {
            return Err(Fault::new(window.0.span, format!("window {name} is defined twice")));
        }
    }
    Ok(())
}

/// Checks named windows that nothing reads: a mistake in them is a mistake too.
pub(super) fn check_unused(rows: &mut Rows<'_>) -> Result<(), Fault> {
    for window in rows.windows {
        let resolved = named(&window.0, rows.windows)?;
        let excludes = if resolved.order.is_empty() { false } else { order(&resolved, rows)? };
        frame::bind(resolved.frame, excludes, rows.side.stream.key_horizon, resolved.span)?;
        for part in resolved.partition {
            scalar::bind(part, rows)?;
        }
    }
    Ok(())
}
