//! What people read on the terminal; when nobody does any more, the work goes on.

use std::io::{self, Write as _};

/// Prints a line.
macro_rules! say {
    ($($argument:tt)*) => { $crate::screen::show(&(format!($($argument)*) + "\n")) };
}

/// Prints text as it is and at once. An output that is closed shows nothing.
pub fn show(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
