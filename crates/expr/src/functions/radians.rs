//! `radians`.

use crate::{
    doubles, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "radians",
    form: "radians(a)",
    category: Category::Math,
    description: "Degrees to radians.",
    examples: &[("radians(180)", "3.141592653589793")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a| doubles::multiply(a, RADIANS_PER_DEGREE));
    })],
};

const RADIANS_PER_DEGREE: f64 = 0.017_453_292_519_943_295;
