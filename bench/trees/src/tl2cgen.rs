//! A model that `tl2cgen` has turned into C, and the system's compiler into a library.

use std::{ffi::c_int, path::Path};

use anyhow::Context as _;
use libloading::Library;

use crate::{rows::Rows, sides::Side};

type Predict = unsafe extern "C" fn(*mut u32, c_int, *mut f32);

/// How a missing value is written: `-1` in a union of integer and single.
const MISSING: u32 = u32::MAX;

/// The function of one row, which is all that such a library has.
pub struct Compiled<'a> {
    rows: &'a Rows,
    predict: Predict,
    /// One row as the function takes it.
    entries: Vec<u32>,
    _library: Library,
}

impl<'a> Compiled<'a> {
    /// Loads the library.
    ///
    /// # Errors
    /// When it cannot be loaded, or is none of `tl2cgen`'s.
    #[expect(unsafe_code, reason = "the library has no initialisers, and the type is that of its header.h")]
    pub fn load(path: &Path, rows: &'a Rows) -> anyhow::Result<Self> {
        let library =
            unsafe { Library::new(path) }.with_context(|| format!("cannot load {}", path.display()))?;
        let predict = unsafe { *library.get::<Predict>("predict")? };
        Ok(Self { rows, predict, entries: vec![0; rows.features], _library: library })
    }
}

impl Side for Compiled<'_> {
    fn name(&self) -> &'static str {
        "tl2cgen"
    }

    #[expect(unsafe_code, reason = "the function reads one row of entries and adds to one single")]
    fn score(&mut self, first: usize, out: &mut [f32]) {
        for (index, out) in out.iter_mut().enumerate() {
            for (entry, value) in self.entries.iter_mut().zip(self.rows.batch(first + index, 1)) {
                *entry = if value.is_nan() { MISSING } else { value.to_bits() };
            }
            *out = 0.0;
            unsafe { (self.predict)(self.entries.as_mut_ptr(), 1, out) };
        }
    }
}
