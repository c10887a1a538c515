//! What clients ask of PostgreSQL itself and that is our own: its version, and who owns the tables.

use datafusion::{
    arrow::datatypes::DataType,
    error::Result,
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility},
    prelude::SessionContext,
    scalar::ScalarValue,
};

/// Who owns all tables.
const OWNER: &str = "mitra";

/// Registers them.
pub fn register(context: &SessionContext) {
    let version =
        format!("PostgreSQL {} (Mitra {})", crate::settings::SERVER_VERSION, env!("CARGO_PKG_VERSION"));
    let signature = Signature::nullary(Volatility::Immutable);
    context.register_udf(ScalarUDF::new_from_impl(Told { name: "version", signature, text: version }));
    let signature = Signature::any(1, Volatility::Immutable);
    let owner = Told { name: "pg_get_userbyid", signature, text: OWNER.to_owned() };
    context.register_udf(ScalarUDF::new_from_impl(owner));
}

/// A function that says the same to everybody.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Told {
    name: &'static str,
    signature: Signature,
    text: String,
}

impl ScalarUDFImpl for Told {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8(Some(self.text.clone()))))
    }
}
