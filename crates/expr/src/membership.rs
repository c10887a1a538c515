//! The literals of an `IN` list, sorted once.

use types::Values;

use crate::{Expr, intervals::span, kernels::rows::Readable as _};

/// A set of literals of one type.
#[derive(Clone, Debug)]
pub struct Set {
    texts: Vec<Box<str>>,
    numbers: Vec<i128>,
    has_null: bool,
}

/// One value in a form whose equality is SQL's.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Text(&'a str),
    Number(i128),
}

impl Set {
    /// The set of literals, all of one type and scale.
    pub(crate) fn new(literals: &[Expr]) -> Self {
        let mut set = Self { texts: Vec::new(), numbers: Vec::new(), has_null: false };
        for literal in literals {
            let Expr::Literal { value, data_type } = literal else {
                unreachable!("the constructor makes lists of literals only")
            };
            let mut column = types::Column::new(*data_type);
            column.push(value.as_ref());
            match Item::at(&column.values, 0) {
                _ if value.is_none() => set.has_null = true,
                Item::Text(text) => set.texts.push(text.into()),
                Item::Number(number) => set.numbers.push(number),
            }
        }
        set.texts.sort_unstable();
        set.numbers.sort_unstable();
        set
    }

    /// Whether one literal is NULL.
    pub(crate) fn has_null(&self) -> bool {
        self.has_null
    }

    /// Whether one literal equals the item.
    #[inline]
    pub(crate) fn contains(&self, item: Item<'_>) -> bool {
        match item {
            Item::Text(text) => self.texts.binary_search_by(|literal| (**literal).cmp(text)).is_ok(),
            Item::Number(number) => self.numbers.binary_search(&number).is_ok(),
        }
    }
}

impl<'a> Item<'a> {
    /// The value at a row that is not NULL.
    #[inline]
    pub(crate) fn at(values: &'a Values, row: usize) -> Self {
        match values {
            Values::Text(values) => Self::Text(values.get(row)),
            Values::BigInt(values) | Values::Timestamptz(values) => Self::Number(i128::from(values[row])),
            Values::Decimal(values) => Self::Number(values[row]),
            Values::Double(_) => Self::Number(i128::from(canonical_bits(f64::get(values, row)))),
            Values::Boolean(values) => Self::Number(i128::from(values[row])),
            Values::Date(values) => Self::Number(i128::from(values[row])),
            Values::Interval(values) => Self::Number(span(values[row])),
        }
    }
}

/// Equal doubles get equal bits: one zero, one NaN.
#[inline]
fn canonical_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}
