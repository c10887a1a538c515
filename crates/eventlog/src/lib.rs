//! The durable, ordered log that every other part stands on: what it is (traits), and the embedded one in files.
//!
//! A log is a sequence of frames of opaque bytes. A frame that *consumes* holds the next positions, one per record;
//! one that *answers* refers to positions that exist. A frame is read only once it is durable. The layout of the
//! files is in [`mod@format`].

mod chain;
mod check;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod cursors;
mod embedded;
mod error;
pub mod format;
mod history;
mod index;
mod mark;
mod reader;
mod recovery;
mod shared;
mod window;

use std::{fmt, sync::Arc};

pub use chain::Segment;
pub use cursors::Cursors;
pub use embedded::{EmbeddedLog, Options};
pub use error::{Error, Result};
pub use history::{EmbeddedHistory, Released};
pub use reader::Reader;
pub use recovery::Recovery;

/// Bytes of a payload at most.
pub const PAYLOAD_BYTES_MAX: usize = 64 << 20;

/// The place of a frame: in the embedded log, its byte offset among all frames of all segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub u64);

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What the caller says about a frame that it appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Append {
    /// What the payload is; the log only hands it back.
    pub kind: u8,
    /// The definitions in force; the log only hands it back.
    pub epoch: u32,
    /// The first position that the frame holds or answers.
    pub position: u64,
    /// How many positions it holds or answers.
    pub count: u32,
    /// Whether its positions are new, or those of frames before.
    pub consumes: bool,
}

impl Append {
    /// A frame that holds the next `count` positions; `position` must be the log's next one.
    pub fn consuming(kind: u8, epoch: u32, position: u64, count: u32) -> Self {
        Self { kind, epoch, position, count, consumes: true }
    }

    /// A frame about `count` positions that are in the log already.
    pub fn answering(kind: u8, epoch: u32, position: u64, count: u32) -> Self {
        Self { kind, epoch, position, count, consumes: false }
    }
}

/// What a frame says about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameHeader {
    /// What the payload is, as appended.
    pub kind: u8,
    /// The definitions in force, as appended.
    pub epoch: u32,
    /// The opening of the log that appended it; later openings have higher numbers.
    pub generation: u32,
    /// The first position that the frame holds or answers.
    pub position: u64,
    /// How many positions it holds or answers.
    pub count: u32,
    /// Whether it holds its positions, or answers those of frames before.
    pub consumes: bool,
}

/// A frame as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its own place.
    pub address: Address,
    /// What it says about itself.
    pub header: FrameHeader,
    /// The bytes that were appended.
    pub payload: Vec<u8>,
    /// The place of the frame after it.
    pub next: Address,
}

/// Up to where a reader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The durable mark, as everything that shows anything to anybody must.
    Durable,
    /// Everything appended: only for the log's own process, which shows none of it.
    Appended,
}

/// A log with one writer.
pub trait Log: Send {
    /// Appends a frame and returns its place. It is durable once a sync returns an address above it. After
    /// [`Error::Full`] nothing was appended, and the log can be used again as soon as there is room.
    fn append(&mut self, append: Append, payload: &[u8]) -> Result<Address>;

    /// Where the next frame goes. A sync that returns this made everything durable.
    fn end(&self) -> Address;

    /// The position that the next consuming frame must start with.
    fn next_position(&self) -> u64;

    /// The number of this opening; every opening has a higher one.
    fn generation(&self) -> u32;

    /// Makes the log durable from other threads.
    fn syncer(&self) -> Arc<dyn Syncer>;

    /// Reads the log from other threads.
    fn history(&self) -> Arc<dyn History>;

    /// Reads frames from `from` on.
    fn reader(&self, from: Address, until: Until) -> Result<Box<dyn Frames>> {
        self.history().reader(from, until)
    }

    /// The frame that holds `position`, if one that is kept does.
    fn seek(&self, position: u64) -> Result<Option<Address>> {
        self.history().seek(position)
    }

    /// The segments that are kept, in order; the last one is being written.
    fn segments(&self) -> Vec<Segment> {
        self.history().segments()
    }

    /// Makes everything durable and leaves a durable mark that says so.
    fn close(self: Box<Self>) -> Result<()>;
}

/// Makes frames durable, from any thread, while the writer goes on.
pub trait Syncer: Send + Sync {
    /// Makes everything durable that was appended before the call, publishes how far that is, and returns it. After a
    /// failed sync the log is [`Error::Poisoned`] for good: nothing is known about its unsynced bytes.
    fn sync(&self) -> Result<Address>;

    /// Everything before this is durable.
    fn durable(&self) -> Address;
}

/// What is in the log, from any thread.
pub trait History: Send + Sync {
    /// The first frame that is kept.
    fn start(&self) -> Address;

    /// Reads frames from `from` on, which is a frame's address or the end.
    fn reader(&self, from: Address, until: Until) -> Result<Box<dyn Frames>>;

    /// The frame that holds `position`, if one that is kept does.
    fn seek(&self, position: u64) -> Result<Option<Address>>;

    /// The segments that are kept, in order; the last one is being written.
    fn segments(&self) -> Vec<Segment>;
}

/// Frames in order.
pub trait Frames: Send {
    /// Reads the next frame into `frame`, reusing its memory; false if there is none yet.
    fn read(&mut self, frame: &mut Frame) -> Result<bool>;

    /// Where the next frame is: what a reader remembers to go on from.
    fn cursor(&self) -> Address;

    /// The next frame, if there is one yet.
    fn next(&mut self) -> Result<Option<Frame>> {
        let mut frame = Frame::default();
        Ok(self.read(&mut frame)?.then_some(frame))
    }
}

#[cfg(test)]
mod tests;
