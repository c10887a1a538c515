//! `pi`.

use crate::{
    error::State,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "pi",
    form: "pi()",
    category: Category::Math,
    description: "The circle number.",
    examples: &[("pi()", "3.141592653589793")],
    signatures: &[Signature::new(&[], Kind::Double, |arguments, output| {
        let (values, states) = output.native::<f64>(arguments.rows);
        values.fill(std::f64::consts::PI);
        states.fill(State::VALUE);
    })],
};
