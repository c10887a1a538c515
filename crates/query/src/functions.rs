//! The functions of rules and views, in queries: the same code gives the same value in both places.
//!
//! A function takes precedence over DataFusion's of the same name where its types fit, so that `round(amount, 1)` means in psql
//! what it means in a rule. With other types DataFusion's own is called.

mod catalogue;
mod convert;
mod evaluate;
mod project;

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::{DataType, Field, FieldRef},
    error::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        type_coercion::functions::fields_with_udf,
    },
    prelude::SessionContext,
    scalar::ScalarValue,
};
use expr::{Expr, registry};

pub use project::Registered;

/// Registers every function that is called by its name.
pub fn register(context: &SessionContext) {
    for entry in registry::entries() {
        let is_name = entry.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_call = entry.form.starts_with(&format!("{}(", entry.name));
        if is_name && is_call && !entry.signatures.is_empty() {
            let builtin = context.state_ref().read().scalar_functions().get(entry.name).cloned();
            context.register_udf(ScalarUDF::new_from_impl(Kernel::new(entry.name, builtin)));
        }
    }
    catalogue::register(context);
}

/// One function of `expr`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kernel {
    name: &'static str,
    signature: Signature,
    builtin: Option<Arc<ScalarUDF>>,
}

impl Kernel {
    fn new(name: &'static str, builtin: Option<Arc<ScalarUDF>>) -> Self {
        Self { name, signature: Signature::user_defined(Volatility::Immutable), builtin }
    }

    /// The typed call; none when the types are not ours.
    fn call(&self, arguments: Vec<Expr>) -> Option<Expr> {
        expr::call(self.name, arguments).ok()
    }

    /// The call on columns of these types.
    fn typed(&self, types: &[DataType]) -> Option<Expr> {
        let columns = types
            .iter()
            .enumerate()
            .map(|(index, data_type)| Some(expr::column(index, convert::own_type(data_type)?)));
        self.call(columns.collect::<Option<_>>()?)
    }

    /// The call with the literals that it has.
    fn bound(&self, types: &[DataType], literals: &[Option<&ScalarValue>]) -> Option<Expr> {
        let arguments = types.iter().zip(literals).enumerate().map(|(index, (data_type, literal))| {
            match literal.and_then(convert::literal) {
                Some(literal) => Some(literal),
                None => Some(expr::column(index, convert::own_type(data_type)?)),
            }
        });
        self.call(arguments.collect::<Option<_>>()?)
    }

    fn unknown(&self, types: &[DataType]) -> DataFusionError {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        DataFusionError::Plan(format!(
            "Invalid function: {} takes no arguments of the types ({})",
            self.name,
            types.join(", ")
        ))
    }
}

impl ScalarUDFImpl for Kernel {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match (self.typed(types), &self.builtin) {
            (Some(call), _) => Ok(convert::arrow_type(call.data_type())),
            (None, Some(builtin)) => builtin.return_type(types),
            (None, None) => Err(self.unknown(types)),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        match (self.bound(&types, args.scalar_arguments), &self.builtin) {
            (Some(call), _) => {
                Ok(Arc::new(Field::new(self.name, convert::arrow_type(call.data_type()), true)))
            }
            (None, Some(builtin)) => builtin.return_field_from_args(args),
            (None, None) => Err(self.unknown(&types)),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if self.typed(types).is_some() {
            let own = types.iter().filter_map(convert::own_type);
            return Ok(own.map(convert::arrow_type).collect());
        }
        let Some(builtin) = &self.builtin else { return Err(self.unknown(types)) };
        let fields: Vec<FieldRef> =
            types.iter().map(|data_type| Arc::new(Field::new("", data_type.clone(), true))).collect();
        let coerced = fields_with_udf(&fields, builtin.as_ref())?;
        Ok(coerced.iter().map(|field| field.data_type().clone()).collect())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        let Some(call) = self.bound(&types, &evaluate::literals(&args.args)) else {
            return match &self.builtin {
                Some(builtin) => builtin.invoke_with_args(args),
                None => Err(self.unknown(&types)),
            };
        };
        evaluate::call(self.name, &call, &args.args, args.number_rows)
    }
}
