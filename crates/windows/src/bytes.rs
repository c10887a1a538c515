//! Short byte strings without an allocation, since most keys and texts are short and each allocation is one more place to
//! fetch from memory.

/// Bytes that need no allocation.
const INLINE_MAX: usize = 22;

/// Bytes that do not change.
#[derive(Clone, Debug)]
pub enum Bytes {
    /// Their number and the bytes.
    Inline(u8, [u8; INLINE_MAX]),
    /// Longer ones.
    Heap(Box<[u8]>),
}

impl Bytes {
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.len() > INLINE_MAX {
            return Self::Heap(bytes.into());
        }
        let mut inline = [0; INLINE_MAX];
        inline[..bytes.len()].copy_from_slice(bytes);
        Self::Inline(bytes.len() as u8, inline)
    }

    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline(len, bytes) => &bytes[..usize::from(*len)],
            Self::Heap(bytes) => bytes,
        }
    }

    /// Bytes beside the struct itself.
    pub fn heap_bytes(&self) -> usize {
        if let Self::Heap(bytes) = self { bytes.len() } else { 0 }
    }
}
