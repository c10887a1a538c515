//! `degrees`.

use crate::{
    doubles, kernels,
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "degrees",
    form: "degrees(a)",
    category: Category::Math,
    description: "Radians to degrees.",
    examples: &[("degrees(0.5)", "28.64788975654116")],
    signatures: &[Signature::new(&[Kind::Double], Kind::Double, |arguments, output| {
        kernels::unary_raising(arguments, output, |a| doubles::divide(a, RADIANS_PER_DEGREE));
    })],
};

const RADIANS_PER_DEGREE: f64 = 0.017_453_292_519_943_295;
