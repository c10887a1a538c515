//! `set_masklen`.

use crate::{
    error::ErrorCode,
    inet::Inet,
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "set_masklen",
    form: "set_masklen(a, bits)",
    category: Category::Network,
    description: "The address with another length of its network; -1 for the whole address.",
    examples: &[("set_masklen('192.0.2.7', 24)", "192.0.2.7/24")],
    signatures: &[Signature::new(&[Kind::Text, Kind::BigInt], Kind::Text, |arguments, output| {
        kernels::text2::<Text, i64>(arguments, output, |text, bits, out| {
            let inet = Inet::parse(text)?;
            let masklen = if bits == -1 { Some(inet.bits_max()) } else { u8::try_from(bits).ok() };
            let masklen =
                masklen.filter(|masklen| *masklen <= inet.bits_max()).ok_or(ErrorCode::InvalidArgument)?;
            Inet { masklen, ..inet }.write(out);
            Ok(())
        });
    })],
};
