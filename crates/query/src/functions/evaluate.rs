//! A typed call on Arrow's values, batch by batch.

use datafusion::{
    arrow::{
        array::{Array as _, ArrayRef},
        compute::concat,
    },
    common::exec_err,
    error::Result,
    logical_expr::ColumnarValue,
    scalar::ScalarValue,
};
use expr::{Expr, Machine, Program};
use types::Column;

use super::convert;

/// The arguments that are literals.
pub fn literals(arguments: &[ColumnarValue]) -> Vec<Option<&ScalarValue>> {
    let literals = arguments.iter().map(|argument| match argument {
        ColumnarValue::Scalar(value) => Some(value),
        ColumnarValue::Array(_) => None,
    });
    literals.collect()
}

/// Computes the call of function `name`, whose column `i` is argument `i`; a row that raises fails the query, as in PostgreSQL.
pub fn call(name: &str, call: &Expr, arguments: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let is_constant = arguments.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    let rows = if is_constant { 1 } else { rows };
    let program = Program::compile(std::slice::from_ref(call));
    let mut machine = Machine::new(&program);
    let mut chunks = Vec::with_capacity(rows.div_ceil(expr::ROWS_MAX));
    for start in (0..rows).step_by(expr::ROWS_MAX) {
        let len = expr::ROWS_MAX.min(rows - start);
        let columns = arguments.iter().map(|argument| column(argument, start, len));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        program.run(&mut machine, &columns.iter().collect::<Vec<_>>(), len);
        if let Some(raised) = machine.raised(0).first() {
            return exec_err!("{} in {name}()", raised.code.message());
        }
        chunks.push(convert::array(machine.output(0)));
    }
    let result: ArrayRef = match &*chunks {
        [] => convert::array(&Column::new(call.data_type())),
        [only] => only.clone(),
        all => concat(&all.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
    };
    if is_constant {
        return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
    }
    Ok(ColumnarValue::Array(result))
}

/// Rows of an argument. A literal stands in the call itself, so nobody reads its column.
fn column(argument: &ColumnarValue, start: usize, len: usize) -> Result<Column> {
    match argument {
        ColumnarValue::Array(array) if start == 0 && len == array.len() => convert::column(array),
        ColumnarValue::Array(array) => convert::column(&array.slice(start, len)),
        ColumnarValue::Scalar(value) => match convert::literal(value) {
            Some(literal) => Ok(Column::new(literal.data_type())),
            None => convert::column(&value.to_array_of_size(len)?),
        },
    }
}
