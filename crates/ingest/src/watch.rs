//! A folder in which files appear: which of them are whole, and how far the one that is being read was taken.

mod folder;
mod progress;

pub use self::{
    folder::{Folder, Found, NameError, Outcome},
    progress::{Mark, Progress},
};
