//! The document that both formats read into, with numbers packed by the array, and typed access that names
//! the path.

use crate::Error;

/// Parts that scoring never reads; the readers check their syntax and drop them, which is half of a file.
pub const UNREAD: [&str; 4] = ["base_weights", "loss_changes", "parents", "sum_hessian"];

/// The deepest nesting of a document. XGBoost's own is 8.
pub const NESTING_MAX: usize = 32;

/// One value of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, and a part that scoring never reads.
    Null,
    /// A truth value.
    Boolean(bool),
    /// A number written without point and exponent.
    Integer(i64),
    /// Any other number, the nearest to its text.
    Float(f32),
    /// A string.
    Text(String),
    /// An array that is empty or holds anything else than numbers.
    Array(Vec<Value>),
    /// An array of integers or truth values.
    Integers(Vec<i64>),
    /// An array of numbers of which at least one is no integer.
    Floats(Vec<f32>),
    /// Members in the order of the file.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// The member `name`, if there is one. A name that occurs twice means its last value, as in XGBoost.
    pub fn find(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The member `name` of the object at `path`.
    pub fn get(&self, path: &str, name: &str) -> Result<&Self, Error> {
        self.find(name).ok_or_else(|| Error::malformed(join(path, name), "is missing"))
    }

    /// The string member `name` of the object at `path`.
    pub fn text(&self, path: &str, name: &str) -> Result<&str, Error> {
        match self.get(path, name)? {
            Self::Text(text) => Ok(text),
            _ => Err(Error::malformed(join(path, name), "is not a string")),
        }
    }

    /// The string member `name` read as a number: XGBoost keeps its parameters as text.
    pub fn parameter(&self, path: &str, name: &str) -> Result<usize, Error> {
        let text = self.text(path, name)?;
        text.parse().map_err(|_| Error::malformed(join(path, name), "is not a count"))
    }

    /// The array of integers `name` of the object at `path`.
    pub fn integers(&self, path: &str, name: &str) -> Result<&[i64], Error> {
        match self.get(path, name)? {
            Self::Integers(values) => Ok(values),
            Self::Array(values) if values.is_empty() => Ok(&[]),
            _ => Err(Error::malformed(join(path, name), "is not an array of integers")),
        }
    }

    /// The array of numbers `name` of the object at `path`.
    pub fn floats(&self, path: &str, name: &str) -> Result<Vec<f32>, Error> {
        match self.get(path, name)? {
            Self::Floats(values) => Ok(values.clone()),
            Self::Integers(values) => Ok(values.iter().map(|value| *value as f32).collect()),
            Self::Array(values) if values.is_empty() => Ok(Vec::new()),
            _ => Err(Error::malformed(join(path, name), "is not an array of numbers")),
        }
    }

    /// The array of objects or strings `name` of the object at `path`.
    pub fn values(&self, path: &str, name: &str) -> Result<&[Self], Error> {
        match self.get(path, name)? {
            Self::Array(values) => Ok(values),
            _ => Err(Error::malformed(join(path, name), "is not an array")),
        }
    }

    /// The array of strings `name`; empty when there is none.
    pub fn texts(&self, path: &str, name: &str) -> Result<Vec<String>, Error> {
        if self.find(name).is_none() {
            return Ok(Vec::new());
        }
        let text = |value: &Self| match value {
            Self::Text(text) => Ok(text.clone()),
            _ => Err(Error::malformed(join(path, name), "is not an array of strings")),
        };
        self.values(path, name)?.iter().map(text).collect()
    }
}

/// Packs an array's values as they come.
#[derive(Debug, Default)]
pub struct Packer {
    values: Vec<Value>,
    integers: Vec<i64>,
    floats: Vec<f32>,
}

impl Packer {
    /// Appends one value.
    pub fn push(&mut self, value: Value) {
        match value {
            Value::Boolean(value) if self.values.is_empty() => self.push(Value::Integer(i64::from(value))),
            Value::Integer(value) if self.values.is_empty() && self.floats.is_empty() => {
                self.integers.push(value);
            }
            Value::Integer(value) if self.values.is_empty() => self.floats.push(value as f32),
            Value::Float(value) if self.values.is_empty() => {
                self.floats.extend(self.integers.drain(..).map(|value| value as f32));
                self.floats.push(value);
            }
            value => {
                self.values.extend(self.integers.drain(..).map(Value::Integer));
                self.values.extend(self.floats.drain(..).map(Value::Float));
                self.values.push(value);
            }
        }
    }

    /// The array.
    pub fn finish(self) -> Value {
        if !self.integers.is_empty() {
            Value::Integers(self.integers)
        } else if !self.floats.is_empty() {
            Value::Floats(self.floats)
        } else {
            Value::Array(self.values)
        }
    }
}

/// `path.name`, or `name` at the top.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
