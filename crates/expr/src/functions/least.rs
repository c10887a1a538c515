//! `least`.

use types::Interval;

use crate::{
    doubles,
    intervals::span,
    kernels::extreme::{extreme, extreme_text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "least",
    form: "least(a, ...)",
    category: Category::Conditional,
    description: "The smallest argument that is not NULL.",
    examples: &[("least(1, 3, NULL)", "1")],
    signatures: &[
        Signature::new(&[Kind::BigInt], Kind::BigInt, |arguments, output| {
            extreme(arguments, output, |a: i64, b: i64| a < b);
        })
        .variadic(),
        Signature::new(&[Kind::Decimal], Kind::Decimal, |arguments, output| {
            extreme(arguments, output, |a: i128, b: i128| a < b);
        })
        .variadic(),
        Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
            extreme(arguments, output, |a: f64, b: f64| doubles::less(a, b));
        })
        .variadic(),
        Signature::new(&[Kind::Text], Kind::Text, |arguments, output| {
            extreme_text(arguments, output, |a, b| a < b)
        })
        .variadic(),
        Signature::new(&[Kind::Timestamptz], Kind::Timestamptz, |arguments, output| {
            extreme(arguments, output, |a: i64, b: i64| a < b);
        })
        .variadic(),
        Signature::new(&[Kind::Date], Kind::Date, |arguments, output| {
            extreme(arguments, output, |a: i32, b: i32| a < b);
        })
        .variadic(),
        Signature::new(&[Kind::Boolean], Kind::Boolean, |arguments, output| {
            extreme(arguments, output, |a: bool, b: bool| !a & b);
        })
        .variadic(),
        Signature::new(&[Kind::Interval], Kind::Interval, |arguments, output| {
            extreme(arguments, output, |a: Interval, b: Interval| span(a) < span(b));
        })
        .variadic(),
    ],
};
