//! Leaves of the tree, casts, and the folding of calls whose arguments are all literals.

use types::{DataType, Value};

use crate::{ErrorCode, Expr, Machine, Program, TypeError, functions::cast::kernel, registry::Kind};

/// The input column at `index`.
pub fn column(index: usize, data_type: DataType) -> Expr {
    Expr::Column { index, data_type }
}

/// A constant; a text one takes the type that it stands beside, as PostgreSQL's quoted literals do.
pub fn literal(value: Value) -> Expr {
    let data_type = value.data_type();
    Expr::Literal { value: Some(value), data_type }
}

/// NULL without a type: it takes the type that it stands beside.
pub fn null() -> Expr {
    Expr::Literal { value: None, data_type: DataType::Text }
}

/// `CAST(value AS to)`.
///
/// # Errors
/// `Cast` when the two types have none.
pub fn cast(value: Expr, to: DataType) -> Result<Expr, TypeError> {
    let from = value.data_type();
    if from == to {
        return Ok(value);
    }
    if let Expr::Literal { value: None, .. } = value {
        return Ok(Expr::Literal { value: None, data_type: to });
    }
    if kernel(Kind::of(from), Kind::of(to)).is_none() {
        return Err(TypeError::Cast { from, to });
    }
    Ok(fold(Expr::Call { function: "cast", arguments: vec![value], data_type: to }))
}

/// Whether the expression is a literal that takes the type that it stands beside.
pub(super) fn is_unknown(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal { data_type: DataType::Text, .. })
}

/// Whether values of one kind become the other without being asked.
pub(super) fn is_implicit(from: Kind, to: Kind) -> bool {
    matches!(
        (from, to),
        (Kind::BigInt, Kind::Decimal | Kind::Double)
            | (Kind::Decimal, Kind::Double)
            | (Kind::Date, Kind::Timestamptz)
    )
}

/// Makes an argument's kind exactly the wanted one, or says that the literal does not read as it.
pub(super) fn coerce(value: Expr, to: Kind) -> Result<Expr, TypeError> {
    let from = Kind::of(value.data_type());
    if from == to {
        return Ok(value);
    }
    if is_unknown(&value) {
        return coerce_literal(value, to);
    }
    // 19 digits hold every BIGINT; the largest scale that a literal shows is its own.
    cast(
        value,
        if to == Kind::Decimal { DataType::Decimal { precision: 19, scale: 0 } } else { to.data_type(0) },
    )
}

fn coerce_literal(value: Expr, to: Kind) -> Result<Expr, TypeError> {
    let Expr::Literal { value: Some(Value::Text(text)), .. } = &value else {
        return Ok(Expr::Literal { value: None, data_type: to.data_type(0) });
    };
    let data_type = if to == Kind::Decimal {
        DataType::decimal(crate::number_text::scale_of(text))
    } else {
        to.data_type(0)
    };
    coerce_to(value.clone(), data_type, text)
}

/// Makes a value exactly of type `to`; a literal must read as it.
pub(super) fn coerce_exactly(value: Expr, to: DataType) -> Result<Expr, TypeError> {
    if is_unknown(&value)
        && let Expr::Literal { value: Some(Value::Text(text)), .. } = &value
    {
        return coerce_to(value.clone(), to, text);
    }
    if let (DataType::Decimal { precision: from, scale: a }, DataType::Decimal { precision, scale: b }) =
        (value.data_type(), to)
        && a == b
        && from <= precision
    {
        return Ok(value);
    }
    cast(value, to)
}

fn coerce_to(value: Expr, to: DataType, text: &str) -> Result<Expr, TypeError> {
    match cast(value, to)? {
        folded @ Expr::Literal { .. } => Ok(folded),
        _ => Err(TypeError::Literal { text: text.to_owned(), to }),
    }
}

/// Evaluates a call whose arguments are all literals; one that raises stays a call, so that each row raises.
pub(super) fn fold(call: Expr) -> Expr {
    let Expr::Call { arguments, data_type, .. } = &call else { return call };
    if !arguments.iter().all(|argument| matches!(argument, Expr::Literal { .. })) {
        return call;
    }
    match computed(&call) {
        Ok(value) => Expr::Literal { value, data_type: *data_type },
        Err(_) => call,
    }
}

/// The value of an expression without columns.
fn computed(constant: &Expr) -> Result<Option<Value>, ErrorCode> {
    let program = Program::compile(std::slice::from_ref(constant));
    let mut machine = Machine::new(&program);
    program.run(&mut machine, &[], 1);
    match machine.raised(0).first() {
        Some(raised) => Err(raised.code),
        None => Ok(machine.output(0).value(0)),
    }
}

/// Why a call whose arguments are all literals has no value; `None` for everything else. Constructors compute such
/// calls, so that only those that raise are left.
pub fn constant_error(call: &Expr) -> Option<ErrorCode> {
    let Expr::Call { arguments, .. } = call else { return None };
    let is_constant = arguments.iter().all(|argument| matches!(argument, Expr::Literal { .. }));
    if is_constant { computed(call).err() } else { None }
}
