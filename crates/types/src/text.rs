//! Text values of a column back to back in one buffer, so that a batch allocates nothing per value.

use std::ops::Range;

/// UTF-8 values in one reused buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextColumn {
    ends: Vec<u32>,
    bytes: String,
}

impl TextColumn {
    /// No value, and room for `values` empty ones.
    pub fn with_capacity(values: usize) -> Self {
        Self { ends: Vec::with_capacity(values), bytes: String::new() }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The value at `row`; panics past the end as a slice does.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.bytes[start..self.ends[row] as usize]
    }

    /// Appends a value.
    #[inline]
    pub fn push(&mut self, value: &str) {
        self.bytes.push_str(value);
        self.finish_value();
    }

    /// Appends to the value being built; `finish_value` ends it.
    pub fn buffer(&mut self) -> &mut String {
        &mut self.bytes
    }

    /// Ends the value that was written to `buffer` since the last end.
    #[inline]
    pub fn finish_value(&mut self) {
        let end =
            u32::try_from(self.bytes.len()).expect("a batch's text is below 4 GiB by the frame's limit");
        self.ends.push(end);
    }

    /// Appends values of `other`.
    pub fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        let Some(last) = rows.end.checked_sub(1).filter(|_| !rows.is_empty()) else { return };
        let start = if rows.start == 0 { 0 } else { other.ends[rows.start - 1] };
        let end = self.bytes.len();
        self.bytes.push_str(&other.bytes[start as usize..other.ends[last] as usize]);
        assert!(
            u32::try_from(self.bytes.len()).is_ok(),
            "a batch's text is below 4 GiB by the frame's limit"
        );
        self.ends.extend(other.ends[rows].iter().map(|other| other - start + end as u32));
    }

    /// Removes every value and keeps the buffers.
    pub fn clear(&mut self) {
        self.ends.clear();
        self.bytes.clear();
    }

    /// Keeps the first `len` values.
    pub fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.bytes.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    /// End offset of each value in `as_str`.
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// All values back to back.
    pub fn as_str(&self) -> &str {
        &self.bytes
    }

    /// Builds a column from its two parts.
    ///
    /// # Errors
    /// Says what is wrong when the ends decrease, pass the text's end or cut a character.
    pub fn from_parts(ends: Vec<u32>, bytes: String) -> Result<Self, &'static str> {
        let mut last = 0;
        for &end in &ends {
            if end < last || !bytes.is_char_boundary(end as usize) {
                return Err("text offsets decrease or cut a character");
            }
            last = end;
        }
        if last as usize != bytes.len() {
            return Err("text offsets do not cover the text");
        }
        Ok(Self { ends, bytes })
    }

    /// The values in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> TextColumn {
        let mut column = TextColumn::default();
        values.iter().for_each(|value| column.push(value));
        column
    }

    #[test]
    fn a_range_is_appended_as_its_values_would_be() {
        let other = column(&["é", "", "bc", "d"]);
        for start in 0..=4 {
            for end in start..=4 {
                let (mut ranged, mut pushed) = (column(&["x", "yz"]), column(&["x", "yz"]));
                ranged.extend_from(&other, start..end);
                (start..end).for_each(|row| pushed.push(other.get(row)));
                assert_eq!(ranged, pushed, "{start}..{end}");
            }
        }
    }
}
