//! `NOT`.

use crate::{
    kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "not",
    form: "NOT a",
    category: Category::Logic,
    description: "True for false, false for true.",
    examples: &[("NOT true", "false")],
    signatures: &[Signature::new(&[Kind::Boolean], Kind::Boolean, |arguments, output| {
        kernels::unary(arguments, output, |a: bool| !a);
    })],
};
