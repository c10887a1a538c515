//! Files that statements name: where they come from, and which may be written, is the caller's matter.

use std::{fmt::Write as _, sync::Arc};

use sha2::{Digest as _, Sha256};

use crate::definition::BlobHash;

/// The files that statements name.
pub trait Files {
    /// The content of the file at `path`, which is as written in the statement.
    ///
    /// # Errors
    /// A sentence for people, without the path.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, String>;

    /// Whether a sink may write the file at `path`, which has no `.` and `..` and stays in the project's folder.
    ///
    /// # Errors
    /// A sentence for people, without the path.
    fn may_write(&self, path: &str) -> Result<(), String> {
        let _ = path;
        Ok(())
    }
}

impl BlobHash {
    /// The hash of a file's content.
    pub fn of(content: &[u8]) -> Self {
        let digest = Sha256::digest(content);
        let mut hex = String::with_capacity(2 * digest.len());
        for byte in digest {
            write!(hex, "{byte:02x}").expect("a string takes all");
        }
        Self(hex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256_in_lower_case() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(BlobHash::of(b"abc").0, expected);
    }
}
