//! Values with their names, of which many records have the same.

use std::sync::Arc;

use crate::Value;

/// Names that records share.
pub type Names = Arc<[Box<str>]>;

/// Values in an order of their own, each under its name; `None` is NULL.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    names: Names,
    values: Vec<Option<Value>>,
}

impl Named {
    /// One value for each name.
    ///
    /// # Panics
    /// When there are more or fewer.
    pub fn new(names: Names, values: Vec<Option<Value>>) -> Self {
        assert_eq!(names.len(), values.len(), "each name has its value");
        Self { names, values }
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Option<&Value>)> {
        self.names.iter().map(|name| &**name).zip(self.values.iter().map(Option::as_ref))
    }

    /// The value under this name; `None` when there is none.
    pub fn get(&self, name: &str) -> Option<Option<&Value>> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl<N: Into<Box<str>>> FromIterator<(N, Option<Value>)> for Named {
    fn from_iter<I: IntoIterator<Item = (N, Option<Value>)>>(values: I) -> Self {
        let (names, values): (Vec<Box<str>>, _) =
            values.into_iter().map(|(name, value)| (name.into(), value)).unzip();
        Self { names: names.into(), values }
    }
}
