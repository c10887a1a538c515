//! `rpad`.

use super::{left::offset, lpad::pad};
use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "rpad",
    form: "rpad(a, length), rpad(a, length, fill)",
    category: Category::Text,
    description: "Brought to `length` characters by `fill` (a space) at the end, or by cutting its end.",
    examples: &[("rpad('7', 3, '.')", "7..")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
            kernels::text2::<Text, i64>(arguments, output, |text, length, out| {
                out.push_str(&text[..offset(text, length.max(0))]);
                pad(text, length, " ", out)?;
                Ok(())
            });
        }),
        Signature::new(&[Kind::Text, Kind::BigInt, Kind::Text], Kind::Text, |arguments, output| {
            kernels::text3::<Text, i64, Text>(arguments, output, |text, length, fill, out| {
                out.push_str(&text[..offset(text, length.max(0))]);
                pad(text, length, fill, out)?;
                Ok(())
            });
        }),
    ],
};
