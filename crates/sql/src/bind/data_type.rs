//! SQL's type names to ours; what is not supported is refused with what to write instead.

use sqlparser::{
    ast::{DataType as Ast, ExactNumberInfo, TimezoneInfo},
    tokenizer::Span,
};
use types::{DataType, decimal::DIGITS_MAX};

use crate::error::Fault;

/// The type of a column.
pub(super) fn of_column(data_type: &Ast, span: Span) -> Result<DataType, Fault> {
    match of_value(data_type, span)? {
        DataType::Interval => {
            Err(Fault::unsupported(span, "a column of type INTERVAL", "write BIGINT and a unit in the name"))
        }
        data_type => Ok(data_type),
    }
}

/// The type that an expression is cast to.
pub(super) fn of_value(data_type: &Ast, span: Span) -> Result<DataType, Fault> {
    match data_type {
        Ast::Text | Ast::Varchar(None) | Ast::CharacterVarying(None) | Ast::CharVarying(None) => {
            Ok(DataType::Text)
        }
        Ast::BigInt(None)
        | Ast::Int8(None)
        | Ast::Int(None)
        | Ast::Int4(None)
        | Ast::Integer(None)
        | Ast::SmallInt(None)
        | Ast::Int2(None) => Ok(DataType::BigInt),
        Ast::Decimal(info) | Ast::Numeric(info) | Ast::Dec(info) => decimal(info, span),
        Ast::Double(ExactNumberInfo::None) | Ast::DoublePrecision | Ast::Float8 => Ok(DataType::Double),
        Ast::Boolean | Ast::Bool => Ok(DataType::Boolean),
        Ast::Timestamp(None, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone) => Ok(DataType::Timestamptz),
        Ast::Date => Ok(DataType::Date),
        Ast::Interval { fields: None, precision: None } => Ok(DataType::Interval),
        other => Err(unsupported(other, span)),
    }
}

fn decimal(info: &ExactNumberInfo, span: Span) -> Result<DataType, Fault> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => {
            return Err(Fault::new(span, "a decimal needs its digits").help("write DECIMAL(18,2)"));
        }
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    let checked = |value| u8::try_from(value).ok();
    match (checked(precision), u8::try_from(scale).ok()) {
        (Some(precision), Some(scale)) if (1..=DIGITS_MAX).contains(&precision) && scale <= precision => {
            Ok(DataType::Decimal { precision, scale })
        }
        _ => Err(Fault::new(span, format!("DECIMAL({precision},{scale}) is not a decimal type"))
            .help(format!("digits are 1 to {DIGITS_MAX}, of which 0 to all stand after the point"))),
    }
}

fn unsupported(data_type: &Ast, span: Span) -> Fault {
    let instead = match data_type {
        Ast::Varchar(_)
        | Ast::CharacterVarying(_)
        | Ast::CharVarying(_)
        | Ast::Char(_)
        | Ast::Character(_)
        | Ast::Nvarchar(_)
        | Ast::String(_)
        | Ast::Uuid
        | Ast::Clob(_)
        | Ast::JSON
        | Ast::JSONB
        | Ast::Enum(..) => "write TEXT; lengths are not checked",
        Ast::Real | Ast::Float4 | Ast::Float(_) | Ast::Float64 | Ast::Double(_) => {
            "write DOUBLE, or DECIMAL(p,s) for money"
        }
        Ast::Timestamp(..) | Ast::Datetime(_) => "write TIMESTAMPTZ: microseconds, UTC",
        Ast::TinyInt(_) | Ast::BigInt(_) | Ast::Int(_) | Ast::Integer(_) | Ast::HugeInt => "write BIGINT",
        Ast::Custom(name, _) if name.to_string().eq_ignore_ascii_case("money") => "write DECIMAL(18,2)",
        _ => "there is TEXT, BIGINT, DECIMAL(p,s), DOUBLE, BOOLEAN, TIMESTAMPTZ and DATE",
    };
    Fault::unsupported(span, &format!("type {data_type}"), instead)
}
