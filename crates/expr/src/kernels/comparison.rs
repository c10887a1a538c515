//! The comparison of every type with itself, written once for the six operators.

/// The signatures of an operator: its symbol in Rust, and its meaning for doubles.
macro_rules! comparison_signatures {
    ($operator:tt, $double:expr) => {
        &[
            Signature::new(&[Kind::BigInt, Kind::BigInt], Kind::Boolean, |arguments, output| {
                kernels::binary(arguments, output, |a: i64, b: i64| a $operator b);
            }),
            Signature::new(&[Kind::Decimal, Kind::Decimal], Kind::Boolean, |arguments, output| {
                let (left, right) = (arguments.scale(0), arguments.scale(1));
                if left == right {
                    return kernels::binary(arguments, output, |a: i128, b: i128| a $operator b);
                }
                kernels::binary(arguments, output, |a: i128, b: i128| {
                    decimals::compare(a, left, b, right) $operator Ordering::Equal
                });
            }),
            Signature::new(&[Kind::Double, Kind::Double], Kind::Boolean, |arguments, output| {
                kernels::binary::<f64, f64, bool>(arguments, output, $double);
            }),
            Signature::new(&[Kind::Text, Kind::Text], Kind::Boolean, |arguments, output| {
                kernels::rows2::<Text, Text, bool>(arguments, output, |a, b| Ok(a $operator b));
            }),
            Signature::new(&[Kind::Timestamptz, Kind::Timestamptz], Kind::Boolean, |arguments, output| {
                kernels::binary(arguments, output, |a: i64, b: i64| a $operator b);
            }),
            Signature::new(&[Kind::Date, Kind::Date], Kind::Boolean, |arguments, output| {
                kernels::binary(arguments, output, |a: i32, b: i32| a $operator b);
            }),
            Signature::new(&[Kind::Boolean, Kind::Boolean], Kind::Boolean, |arguments, output| {
                kernels::binary(arguments, output, |a: bool, b: bool| a $operator b);
            }),
            Signature::new(&[Kind::Interval, Kind::Interval], Kind::Boolean, |arguments, output| {
                kernels::binary(arguments, output, |a: Interval, b: Interval| span(a) $operator span(b));
            }),
        ]
    };
}

pub(crate) use comparison_signatures;
