//! The rows that are scored.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};

/// Rows of singles; NaN is missing.
pub struct Rows {
    values: Vec<f32>,
    /// Values in a row.
    pub features: usize,
}

impl Rows {
    /// Reads little-endian singles.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold whole rows.
    pub fn read(path: &Path, features: usize) -> anyhow::Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(bytes.len().is_multiple_of(4 * features), "{} does not hold whole rows", path.display());
        let values = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok(Self { values, features })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.features
    }

    /// Values of `count` rows from `first` on.
    pub fn batch(&self, first: usize, count: usize) -> &[f32] {
        &self.values[first * self.features..][..count * self.features]
    }
}
