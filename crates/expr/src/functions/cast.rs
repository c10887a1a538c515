//! `CAST`: one kernel per pair of types, as PostgreSQL converts, prints and reads.

use types::Interval;

use crate::{
    calendar::{self, split},
    decimals,
    error::{ErrorCode, State},
    intervals, kernels,
    kernels::Text,
    number_text,
    registry::{Category, Entry, Kernel, Kind},
    time_text,
    vector::{Arguments, Output},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "cast",
    form: "CAST(a AS type)",
    category: Category::Conversion,
    description: "The value in another type; `a::type` is the same. Every type to and from TEXT, numbers among each other, \
        DATE to and from TIMESTAMPTZ, BOOLEAN to and from BIGINT.",
    examples: &[
        ("CAST('12.345' AS DECIMAL(10,2))", "12.35"),
        ("CAST(2.5 AS BIGINT)", "3"),
        ("CAST(TIMESTAMPTZ '2026-01-02 03:04:05+00' AS DATE)", "2026-01-02"),
        ("CAST('x' AS BIGINT)", "error"),
    ],
    signatures: &[],
};

/// The kernel that casts one kind to another, if there is one.
pub(crate) fn kernel(from: Kind, to: Kind) -> Option<Kernel> {
    match (from, to) {
        (_, Kind::Text) => to_text(from),
        (Kind::Text, _) => from_text(to),
        _ => between(from, to),
    }
}

/// A result beside a state, for the loops that take both.
#[inline]
fn stated<T: Default>(result: Result<T, ErrorCode>) -> (T, u8) {
    match result {
        Ok(value) => (value, State::VALUE),
        Err(code) => (T::default(), code as u8),
    }
}

fn precision(output: &Output<'_>) -> u8 {
    match output.register.column.data_type {
        types::DataType::Decimal { precision, .. } => precision,
        _ => unreachable!("the cast's kind is a decimal"),
    }
}

fn between(from: Kind, to: Kind) -> Option<Kernel> {
    Some(match (from, to) {
        (Kind::BigInt, Kind::Decimal) => |arguments, output| {
            let (precision, scale) = (precision(output), output.scale());
            kernels::unary_raising(arguments, output, |a: i64| {
                decimals::rescale(i128::from(a), 0, precision, scale)
            });
        },
        (Kind::BigInt, Kind::Double) => |arguments, output| {
            kernels::unary(arguments, output, |a: i64| a as f64);
        },
        (Kind::BigInt, Kind::Boolean) => |arguments, output| {
            kernels::unary_raising(arguments, output, |a: i64| {
                stated(i32::try_from(a).map(|a| a != 0).map_err(|_| ErrorCode::OutOfRange))
            });
        },
        (Kind::Boolean, Kind::BigInt) => |arguments, output| {
            kernels::unary(arguments, output, |a: bool| i64::from(a));
        },
        (Kind::Decimal, Kind::Decimal) => |arguments, output| {
            let (from, precision, to) = (arguments.scale(0), precision(output), output.scale());
            kernels::unary_raising(arguments, output, |a: i128| decimals::rescale(a, from, precision, to));
        },
        (Kind::Decimal, Kind::BigInt) => |arguments, output| {
            let from = arguments.scale(0);
            kernels::unary_raising(arguments, output, |a: i128| {
                let (whole, state) = decimals::rescale(a, from, types::decimal::DIGITS_MAX, 0);
                match i64::try_from(whole) {
                    Ok(whole) => (whole, state),
                    Err(_) => (0, ErrorCode::OutOfRange as u8),
                }
            });
        },
        (Kind::Decimal, Kind::Double) => |arguments, output| {
            let from = arguments.scale(0);
            kernels::unary(arguments, output, |a: i128| number_text::decimal_to_double(a, from));
        },
        (Kind::Double, Kind::BigInt) => |arguments, output| {
            kernels::unary_raising(arguments, output, |a: f64| {
                stated(intervals::double_to_i64(libm::rint(a)))
            });
        },
        (Kind::Double, Kind::Decimal) => |arguments, output| {
            let (precision, scale) = (precision(output), output.scale());
            kernels::rows1::<f64, i128>(arguments, output, |a| {
                Ok(number_text::double_to_decimal(a, precision, scale)?)
            });
        },
        (Kind::Date, Kind::Timestamptz) => |arguments, output| {
            kernels::unary_raising(arguments, output, |a: i32| stated(calendar::timestamp(i64::from(a), 0)));
        },
        (Kind::Timestamptz, Kind::Date) => |arguments, output| {
            kernels::unary(arguments, output, |a: i64| split(a).0 as i32);
        },
        _ => return None,
    })
}

fn to_text(from: Kind) -> Option<Kernel> {
    Some(match from {
        Kind::Text => return None,
        Kind::BigInt => |arguments, output| {
            kernels::text1::<i64>(arguments, output, |a, out| {
                number_text::write_decimal(out, i128::from(a), 0);
                Ok(())
            });
        },
        Kind::Decimal => |arguments, output| {
            let scale = arguments.scale(0);
            kernels::text1::<i128>(arguments, output, |a, out| {
                number_text::write_decimal(out, a, scale);
                Ok(())
            });
        },
        Kind::Double => |arguments, output| {
            kernels::text1::<f64>(arguments, output, |a, out| {
                number_text::write_double(out, a);
                Ok(())
            });
        },
        Kind::Boolean => |arguments, output| {
            kernels::text1::<bool>(arguments, output, |a, out| {
                out.push_str(if a { "true" } else { "false" });
                Ok(())
            });
        },
        Kind::Timestamptz => |arguments, output| {
            kernels::text1::<i64>(arguments, output, |a, out| {
                time_text::write_timestamp(out, a);
                Ok(())
            });
        },
        Kind::Date => |arguments, output| {
            kernels::text1::<i32>(arguments, output, |a, out| {
                time_text::write_date(out, a);
                Ok(())
            });
        },
        Kind::Interval => |arguments, output| {
            kernels::text1::<Interval>(arguments, output, |a, out| {
                intervals::write(out, a);
                Ok(())
            });
        },
    })
}

fn from_text(to: Kind) -> Option<Kernel> {
    fn parse<T: crate::vector::Native>(
        arguments: &Arguments<'_>,
        output: &mut Output<'_>,
        read: impl Fn(&str) -> Result<T, ErrorCode>,
    ) {
        kernels::rows1::<Text, T>(arguments, output, |text| Ok(read(text)?));
    }
    Some(match to {
        Kind::Text => return None,
        Kind::BigInt => |arguments, output| parse(arguments, output, number_text::parse_bigint),
        Kind::Decimal => |arguments, output| {
            let (precision, scale) = (precision(output), output.scale());
            parse(arguments, output, |text| number_text::parse_decimal(text, precision, scale));
        },
        Kind::Double => |arguments, output| parse(arguments, output, number_text::parse_double),
        Kind::Boolean => |arguments, output| {
            parse(arguments, output, |text| parse_boolean(text).ok_or(ErrorCode::InvalidText));
        },
        Kind::Timestamptz => |arguments, output| parse(arguments, output, time_text::parse_timestamp),
        Kind::Date => |arguments, output| parse(arguments, output, time_text::parse_date),
        Kind::Interval => |arguments, output| parse(arguments, output, intervals::parse),
    })
}

/// `true`, `yes`, `on`, `1` and their opposites, also cut short where that is clear.
fn parse_boolean(text: &str) -> Option<bool> {
    const WORD_BYTES_MAX: usize = "false".len();
    let text = number_text::trimmed(text);
    if text.is_empty() || text.len() > WORD_BYTES_MAX {
        return None;
    }
    let starts = |word: &str| word.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if starts("true") || starts("yes") || text.eq_ignore_ascii_case("on") => Some(true),
        _ if starts("false") || starts("no") || (text.len() > 1 && starts("off")) => Some(false),
        _ => None,
    }
}
