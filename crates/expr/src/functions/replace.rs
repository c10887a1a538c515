//! `replace`.

use crate::{
    error::ErrorCode,
    kernels::{self, Text, rows::TEXT_BYTES_MAX},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "replace",
    form: "replace(a, from, to)",
    category: Category::Text,
    description: "Every `from` replaced by `to`.",
    examples: &[("replace('a-b-c', '-', '')", "abc")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::text3::<Text, Text, Text>(arguments, output, |text, from, to, out| {
            if from.is_empty() {
                out.push_str(text);
                return Ok(());
            }
            let start = out.len();
            let mut rest = text;
            while let Some(at) = rest.find(from) {
                out.push_str(&rest[..at]);
                out.push_str(to);
                rest = &rest[at + from.len()..];
                if out.len() - start > TEXT_BYTES_MAX {
                    return Err(ErrorCode::TextTooLong.into());
                }
            }
            out.push_str(rest);
            Ok(())
        });
    })],
};
