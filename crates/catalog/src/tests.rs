//! The control log and the folder, through what users write.

mod folder;
mod replay;
mod system;
