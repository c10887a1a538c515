//! XGBoost through its C API: `XGBoosterPredictFromDense`, its way without a copy of the rows, on reused memory.

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    fmt::Write as _,
    path::Path,
    ptr,
};

use anyhow::{Context as _, bail};
use libloading::Library;

use crate::{
    rows::Rows,
    sides::{BATCHES, Clock, Side},
};

type Handle = *mut c_void;
type Create = unsafe extern "C" fn(*const Handle, u64, *mut Handle) -> c_int;
type CreateProxy = unsafe extern "C" fn(*mut Handle) -> c_int;
type Free = unsafe extern "C" fn(Handle) -> c_int;
type SetParameter = unsafe extern "C" fn(Handle, *const c_char, *const c_char) -> c_int;
type LoadBuffer = unsafe extern "C" fn(Handle, *const c_void, u64) -> c_int;
type Predict = unsafe extern "C" fn(
    Handle,
    *const c_char,
    *const c_char,
    Handle,
    *mut *const u64,
    *mut u64,
    *mut *const f32,
) -> c_int;
type LastError = unsafe extern "C" fn() -> *const c_char;

/// Margins of all trees, one number a row; NaN is missing.
const CONFIG: &CStr = c"{\"type\": 1, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, \
                         \"strict_shape\": false, \"missing\": NaN}";

/// A booster, and one description for each batch of the rows, so that none is written while the clock runs.
pub struct Booster<'a> {
    name: &'static str,
    clock: Clock,
    library: &'a Library,
    predict: Predict,
    handle: Handle,
    /// Where XGBoost notes what it is given; without one it makes one in each call.
    proxy: Handle,
    /// For each size of [`BATCHES`], the array interface of each batch.
    batches: Vec<Vec<CString>>,
    rows: &'a Rows,
}

/// Loads the library.
///
/// # Errors
/// When it cannot be loaded.
#[expect(unsafe_code, reason = "a library's initialisers run when it is loaded; XGBoost's are sound")]
pub fn library(path: &Path) -> anyhow::Result<Library> {
    unsafe { Library::new(path) }.with_context(|| format!("cannot load {}", path.display()))
}

impl<'a> Booster<'a> {
    /// A booster that predicts on one thread, or on one for each core when its clock is the time of day.
    ///
    /// # Errors
    /// What XGBoost says.
    #[expect(
        unsafe_code,
        reason = "the types above are those of XGBoost's c_api.h, and the handles are its own"
    )]
    pub fn load(
        name: &'static str,
        clock: Clock,
        library: &'a Library,
        model: &[u8],
        rows: &'a Rows,
    ) -> anyhow::Result<Self> {
        let threads = match clock {
            Clock::Thread => c"1",
            Clock::Wall => c"0",
        };
        let mut handle = ptr::null_mut();
        let mut proxy = ptr::null_mut();
        let predict = unsafe {
            check(library, library.get::<Create>("XGBoosterCreate")?(ptr::null(), 0, &raw mut handle))?;
            let load = library.get::<LoadBuffer>("XGBoosterLoadModelFromBuffer")?;
            check(library, load(handle, model.as_ptr().cast(), model.len() as u64))?;
            let set = library.get::<SetParameter>("XGBoosterSetParam")?;
            check(library, set(handle, c"nthread".as_ptr(), threads.as_ptr()))?;
            check(library, library.get::<CreateProxy>("XGProxyDMatrixCreate")?(&raw mut proxy))?;
            *library.get::<Predict>("XGBoosterPredictFromDense")?
        };
        let batches = BATCHES.iter().map(|batch| descriptions(rows, *batch)).collect();
        Ok(Self { name, clock, library, predict, handle, proxy, batches, rows })
    }
}

/// The array interface of each batch of `batch` rows.
fn descriptions(rows: &Rows, batch: usize) -> Vec<CString> {
    let describe = |first: usize| {
        let mut text = String::new();
        write!(
            text,
            "{{\"data\": [{}, true], \"shape\": [{batch}, {}], \"typestr\": \"<f4\", \"version\": 3}}",
            rows.batch(first, batch).as_ptr().addr(),
            rows.features,
        )
        .expect("a string takes all text");
        CString::new(text).expect("there is no zero in it")
    };
    (0..rows.len()).step_by(batch).map(describe).collect()
}

#[expect(unsafe_code, reason = "XGBoost keeps its last error as text until the next call of this thread")]
fn check(library: &Library, code: c_int) -> anyhow::Result<()> {
    if code != 0 {
        let error = unsafe { CStr::from_ptr(library.get::<LastError>("XGBGetLastError")?()) };
        bail!("XGBoost: {}", error.to_string_lossy());
    }
    Ok(())
}

impl Side for Booster<'_> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    #[expect(
        unsafe_code,
        reason = "the description points at rows that live as long as this, and XGBoost's answer lives until its next call"
    )]
    fn score(&mut self, first: usize, out: &mut [f32]) {
        let size = BATCHES.iter().position(|batch| *batch == out.len()).expect("a size that is measured");
        let description = &self.batches[size][first / out.len()];
        let (mut shape, mut dimensions, mut result) = (ptr::null(), 0, ptr::null());
        let code = unsafe {
            (self.predict)(
                self.handle,
                description.as_ptr(),
                CONFIG.as_ptr(),
                self.proxy,
                &raw mut shape,
                &raw mut dimensions,
                &raw mut result,
            )
        };
        check(self.library, code).expect("XGBoost scores what it was trained on");
        debug_assert!(first + out.len() <= self.rows.len());
        out.copy_from_slice(unsafe { std::slice::from_raw_parts(result, out.len()) });
    }
}

impl Drop for Booster<'_> {
    #[expect(unsafe_code, reason = "both handles are XGBoost's own and used no more")]
    fn drop(&mut self) {
        for (free, handle) in [("XGBoosterFree", self.handle), ("XGDMatrixFree", self.proxy)] {
            let free = unsafe { self.library.get::<Free>(free) }.expect("what makes also frees");
            unsafe { free(handle) };
        }
    }
}
