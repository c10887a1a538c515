//! The project's own functions in queries: `CREATE FUNCTION` makes one, and the next statement of every connection has it.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex},
};

use datafusion::{
    arrow::datatypes::{DataType, Field, FieldRef},
    error::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
    prelude::SessionContext,
    scalar::ScalarValue,
};
use expr::Expr;
use sql::definition::{Function, Functions, Parameter};
use types::Value;

use super::{convert, evaluate};

/// The project's functions that a connection has.
#[derive(Debug, Default)]
pub struct Registered(Mutex<Functions>);

impl Registered {
    /// Gives the connection's context these functions, and takes from it those that are gone: such a name means again what it
    /// means among `built_in`.
    pub fn follow(
        &self,
        context: &SessionContext,
        built_in: &HashMap<String, Arc<ScalarUDF>>,
        functions: &Functions,
    ) {
        let mut registered = self.0.lock().expect("no thread panics while it registers functions");
        for name in registered.keys().filter(|name| !functions.contains_key(*name)) {
            match built_in.get(name) {
                Some(function) => context.register_udf(function.as_ref().clone()),
                None => context.deregister_udf(name),
            }
        }
        for (name, function) in functions {
            if !registered.get(name).is_some_and(|known| Arc::ptr_eq(known, function)) {
                context.register_udf(ScalarUDF::new_from_impl(Defined::new(Arc::clone(function))));
            }
        }
        registered.clone_from(functions);
    }
}

/// One of them.
#[derive(Debug)]
struct Defined {
    function: Arc<Function>,
    signature: Signature,
}

impl PartialEq for Defined {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.function, &other.function)
    }
}

impl Eq for Defined {}

impl Hash for Defined {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl Defined {
    fn new(function: Arc<Function>) -> Self {
        Self { function, signature: Signature::user_defined(Volatility::Immutable) }
    }

    /// As the function is called.
    fn form(&self) -> String {
        let parameter = |parameter: &Parameter| format!("{} {}", parameter.name, parameter.data_type);
        let parameters: Vec<String> = self.function.parameters.iter().map(parameter).collect();
        format!("{}({})", self.function.name, parameters.join(", "))
    }

    fn refused(&self, reason: &dyn std::fmt::Display) -> DataFusionError {
        DataFusionError::Plan(format!("Invalid function call: {reason}; write {}", self.form()))
    }

    fn check_count(&self, given: usize) -> Result<()> {
        let wanted = self.function.parameters.len();
        if given == wanted {
            return Ok(());
        }
        let name = &self.function.name;
        Err(self.refused(&format!("{name} takes {wanted} argument(s) and was given {given}")))
    }

    /// The body with the arguments in it: literals as they are, columns by their index.
    fn bound(&self, types: &[DataType], literals: &[Option<&ScalarValue>]) -> Result<Expr> {
        self.check_count(types.len())?;
        let mut arguments = Vec::with_capacity(types.len());
        for (index, parameter) in self.function.parameters.iter().enumerate() {
            let given = &types[index];
            let value = literals[index].and_then(|value| literal(value, parameter));
            let value = value.or_else(|| Some(expr::column(index, convert::own_type(given)?)));
            let value = value.map(|value| expr::assign(value, parameter.data_type));
            let value = value.transpose().map_err(|error| self.refused(&error))?.flatten();
            arguments.push(value.ok_or_else(|| {
                let Parameter { name, data_type } = parameter;
                self.refused(&format!("parameter {name} is {data_type} and was given {given}"))
            })?);
        }
        expr::substitute(&self.function.body, &arguments, &mut 0).map_err(|error| self.refused(&error))
    }
}

/// A literal as an argument. DataFusion reads 2.5 as a double; where a decimal is wanted it is the one that was written.
fn literal(value: &ScalarValue, parameter: &Parameter) -> Option<Expr> {
    match (value, parameter.data_type) {
        (ScalarValue::Float64(Some(number)), types::DataType::Decimal { .. }) => {
            Some(expr::literal(Value::Text(number.to_string())))
        }
        _ => convert::literal(value),
    }
}

impl ScalarUDFImpl for Defined {
    fn name(&self) -> &str {
        &self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(convert::arrow_type(self.function.result))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let call = self.bound(&types, args.scalar_arguments)?;
        Ok(Arc::new(Field::new(&self.function.name, convert::arrow_type(call.data_type()), true)))
    }

    /// Arguments keep their types, as far as we have the like: the body's own rules say what becomes of them. A literal that was cast
    /// would be none any more.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.check_count(types.len())?;
        let coerced = types.iter().zip(&self.function.parameters).map(|(given, parameter)| match given {
            // NULL alone, or a parameter of the statement whose type is not known.
            DataType::Null => Ok(convert::arrow_type(parameter.data_type)),
            given => {
                let kept = convert::own_type(given).map(|_| given.clone());
                kept.ok_or_else(|| self.refused(&format!("{given} is no type of an argument")))
            }
        });
        coerced.collect()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        let call = self.bound(&types, &evaluate::literals(&args.args))?;
        evaluate::call(&self.function.name, &call, &args.args, args.number_rows)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::util::display::array_value_to_string;
    use types::DataType as Own;

    use super::*;

    fn function(name: &str, parameters: &[(&str, Own)], result: Own, body: Expr) -> Arc<Function> {
        let parameter =
            |(name, data_type): &(&str, Own)| Parameter { name: (*name).to_owned(), data_type: *data_type };
        let parameters = parameters.iter().map(parameter).collect();
        let body = expr::assign(body, result).unwrap().unwrap();
        Arc::new(Function { name: name.to_owned(), parameters, result, body })
    }

    fn decimal(precision: u8, scale: u8) -> Own {
        Own::Decimal { precision, scale }
    }

    /// `round(amount * percent / 100, digits)`.
    fn fee(digits: i64) -> Arc<Function> {
        let call = |name: &str, left, right| expr::call(name, vec![left, right]).unwrap();
        let product = call("*", expr::column(0, decimal(18, 2)), expr::column(1, decimal(5, 2)));
        let share = call("/", product, expr::literal(Value::BigInt(100)));
        let body = call("round", share, expr::literal(Value::BigInt(digits)));
        function("fee", &[("amount", decimal(18, 2)), ("percent", decimal(5, 2))], decimal(18, 2), body)
    }

    fn functions(all: &[Arc<Function>]) -> Functions {
        all.iter().map(|function| (function.name.clone(), Arc::clone(function))).collect()
    }

    /// The first column's values, or the error.
    async fn ask(context: &SessionContext, sql: &str) -> Result<Vec<String>, String> {
        let batches = async { context.sql(sql).await?.collect().await };
        let batches = batches.await.map_err(|error| error.strip_backtrace())?;
        let values = |batch: &datafusion::arrow::array::RecordBatch| {
            let column = Arc::clone(batch.column(0));
            (0..column.len()).map(move |row| array_value_to_string(&column, row).unwrap()).collect::<Vec<_>>()
        };
        Ok(batches.iter().flat_map(values).collect())
    }

    #[tokio::test]
    async fn a_function_computes_as_in_a_rule() {
        let context = SessionContext::new();
        Registered::default().follow(&context, &HashMap::new(), &functions(&[fee(2)]));
        let answers = |sql| ask(&context, sql);
        // The literals are decimals, though DataFusion reads doubles.
        assert_eq!(answers("SELECT fee(100, 1.01)").await.unwrap(), ["1.01"]);
        assert_eq!(answers("SELECT fee(2.50, '1.00')").await.unwrap(), ["0.03"]);
        let columns = "SELECT fee(a, b) FROM (VALUES (100, 2), (NULL, 2), (33, 10)) AS t(a, b)";
        assert_eq!(answers(columns).await.unwrap(), ["2.00", "", "3.30"]);
        let all = "SELECT fee(value, 10) FROM generate_series(1, 20000) ORDER BY value DESC LIMIT 2";
        assert_eq!(answers(all).await.unwrap(), ["2000.00", "1999.90"]);
        for (sql, wanted) in [
            ("SELECT fee(1)", "fee takes 2 argument(s) and was given 1"),
            ("SELECT fee(1, DATE '2026-01-01')", "parameter percent is DECIMAL(5,2)"),
            ("SELECT fee(1, 'x')", "write fee(amount DECIMAL(18,2), percent DECIMAL(5,2))"),
        ] {
            let error = answers(sql).await.unwrap_err();
            assert!(error.contains(wanted), "{sql}: {error}");
        }
        let error = answers("SELECT fee(1e17::DECIMAL(18,0), 999)").await.unwrap_err();
        assert!(error.contains("in fee()"), "{error}");
    }

    #[tokio::test]
    async fn a_connection_has_the_functions_of_the_newest_definitions() {
        let context = SessionContext::new();
        let built_in = context.state().scalar_functions().clone();
        let registered = Registered::default();
        let lower = expr::call("lower", vec![expr::column(0, Own::Text)]).unwrap();
        let upper = function("upper", &[("x", Own::Text)], Own::Text, lower);
        registered.follow(&context, &built_in, &functions(&[fee(2), Arc::clone(&upper)]));
        assert_eq!(ask(&context, "SELECT upper('aB')").await.unwrap(), ["ab"]);
        assert_eq!(ask(&context, "SELECT fee(10, 12.34)").await.unwrap(), ["1.23"]);
        registered.follow(&context, &built_in, &functions(&[fee(1), upper]));
        assert_eq!(ask(&context, "SELECT fee(10, 12.34)").await.unwrap(), ["1.20"]);
        registered.follow(&context, &built_in, &functions(&[]));
        assert_eq!(ask(&context, "SELECT upper('aB')").await.unwrap(), ["AB"]);
        assert!(ask(&context, "SELECT fee(10, 12.34)").await.is_err());
    }
}
