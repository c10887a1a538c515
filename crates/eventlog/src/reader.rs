//! Reading frames in order: inside the writer's process, or from another one that has only the directory.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

use storage::{File, Storage};

use crate::{
    Address, Error, Frame, Frames, Result, Segment, Syncer as _, Until,
    chain::{Chain, Headless, Places, corrupt},
    check::{Expected, Place, offset},
    format::Flaw,
    index,
    mark::MarkFile,
    shared::Shared,
    window::Window,
};

/// Bytes read at a time.
const WINDOW_BYTES: usize = 256 << 10;

/// A reader of the embedded log.
#[derive(Debug)]
pub struct Reader {
    view: View,
    expected: Expected,
    open: Option<OpenSegment>,
    window: Window,
    /// Whether a frame was read, so that the cursor is known to be a frame's.
    aligned: bool,
    /// Up to where there was something to read when last asked.
    bound: Address,
}

#[derive(Clone, Debug)]
struct OpenSegment {
    segment: Segment,
    file: Arc<dyn File>,
    path: PathBuf,
}

/// What a reader knows of the log.
#[derive(Debug)]
enum View {
    Inside { shared: Arc<Shared>, until: Until },
    Outside { storage: Arc<dyn Storage>, places: Places, chain: Chain, marks: MarkFile },
}

impl View {
    /// Up to where there is something to read.
    fn bound(&self) -> Result<Address> {
        match self {
            Self::Inside { shared, until: Until::Durable } => Ok(shared.durable()),
            Self::Inside { shared, until: Until::Appended } => Ok(shared.tail_file().1),
            Self::Outside { marks, .. } => Ok(marks.read()?.map_or(Address(0), |mark| mark.address)),
        }
    }

    fn holding(&self, address: Address) -> Option<Segment> {
        match self {
            Self::Inside { shared, .. } => shared.chain().holding(address),
            Self::Outside { chain, .. } => chain.holding(address),
        }
    }

    fn start(&self) -> Address {
        let start = match self {
            Self::Inside { shared, .. } => shared.chain().start(),
            Self::Outside { chain, .. } => chain.start(),
        };
        start.unwrap_or_default()
    }

    /// Reads the directories again.
    fn refresh(&mut self) -> Result<()> {
        match self {
            Self::Inside { .. } => Ok(()),
            Self::Outside { storage, places, chain, .. } => {
                *chain = Chain::discover(&**storage, places, chain)?.0;
                Ok(())
            }
        }
    }

    fn open(&self, segment: &Segment) -> storage::Result<(Arc<dyn File>, PathBuf)> {
        match self {
            Self::Inside { shared, .. } => shared.places.open(&*shared.storage, segment),
            Self::Outside { storage, places, .. } => places.open(&**storage, segment),
        }
    }
}

impl Reader {
    /// Reads the log in `directory`, the data directory, which another process may be writing, from `from` on: 0, or a
    /// cursor. It takes no lock, writes nothing, and stops at the published durable mark. `archive` is where that
    /// process archives segments, if it does.
    ///
    /// # Errors
    /// [`storage::Error::NotFound`] if there is no log, [`Error::Gone`] if the log is not kept from there on,
    /// [`Error::Corrupt`] for a segment whose header is damaged.
    pub fn open(
        storage: Arc<dyn Storage>,
        directory: &Path,
        archive: Option<&Path>,
        from: Address,
    ) -> Result<Self> {
        let places = Places::new(directory, archive);
        let marks = MarkFile::open_to_read(&*storage, &places.durable_mark())?;
        // Read before the segments are: a header is durable before any frame behind it.
        let durable = marks.read()?.map_or(Address(0), |mark| mark.address);
        let (chain, headless) = Chain::discover(&*storage, &places, &Chain::default())?;
        if let Some(Headless { first, flaw }) = headless.filter(|headless| headless.first < durable) {
            return Err(corrupt(places.local(first), 0, flaw));
        }
        Self::new(View::Outside { storage, places, chain, marks }, from)
    }

    pub(crate) fn inside(shared: Arc<Shared>, from: Address, until: Until) -> Result<Self> {
        let end = shared.tail_file().1;
        if from > end {
            return Err(Error::Beyond { address: from, end });
        }
        Self::new(View::Inside { shared, until }, from)
    }

    fn new(view: View, from: Address) -> Result<Self> {
        let start = view.start();
        if from < start {
            return Err(Error::Gone { address: from, start });
        }
        Ok(Self {
            view,
            expected: Expected { address: from, position: None, generation: 0 },
            open: None,
            window: Window::new(WINDOW_BYTES),
            aligned: false,
            bound: Address(0),
        })
    }

    /// Opens the segment that the cursor is in, as far as is known without reading the directories again.
    fn follow(&mut self) -> Result<()> {
        let cursor = self.expected.address;
        if let Some(open) = &self.open
            && open.segment.end.is_none_or(|end| cursor < end)
        {
            return Ok(());
        }
        match self.reopen() {
            Err(Error::Storage(storage::Error::NotFound { .. })) => {
                self.view.refresh()?;
                self.reopen()
            }
            result => result,
        }
    }

    fn reopen(&mut self) -> Result<()> {
        let cursor = self.expected.address;
        let Some(segment) = self.view.holding(cursor) else {
            return Err(Error::Gone { address: cursor, start: self.view.start() });
        };
        let (file, path) = self.view.open(&segment)?;
        self.window.clear();
        if cursor == segment.first && self.expected.position.is_none() {
            self.expected.position = Some(segment.first_position);
        }
        self.open = Some(OpenSegment { segment, file, path });
        Ok(())
    }

    /// Where the newest segment seemed to go on, its successor may have begun.
    fn left_segment(&mut self, open: &OpenSegment) -> Result<bool> {
        if open.segment.end.is_some() {
            return Ok(false);
        }
        self.view.refresh()?;
        self.reopen()?;
        Ok(self.open.as_ref().is_some_and(|now| now.segment.first > open.segment.first))
    }

    /// What it means that there is no good frame at the cursor, below the bound.
    fn diagnose(&mut self, open: &OpenSegment, flaw: Flaw) -> Error {
        let OpenSegment { segment, file, path } = open;
        let cursor = self.expected.address;
        let damaged = |address: Address, flaw| corrupt(path.clone(), offset(segment.first, address), flaw);
        if self.aligned {
            return damaged(cursor, flaw);
        }
        let place = Place { file: &**file, first: segment.first, limit: cursor };
        self.window.clear();
        match index::scan(&place, &mut self.window, segment.first, |_| ControlFlow::<()>::Continue(())) {
            Ok(Ok(_)) => damaged(cursor, flaw),
            Ok(Err((_, Flaw::Overrun { .. } | Flaw::Short(_)))) => Error::NotAFrame { address: cursor },
            Ok(Err((address, flaw))) => damaged(address, flaw),
            Err(error) => error.into(),
        }
    }
}

impl Frames for Reader {
    fn read(&mut self, frame: &mut Frame) -> Result<bool> {
        loop {
            if self.expected.address >= self.bound {
                self.bound = self.view.bound()?;
                if self.expected.address >= self.bound {
                    return Ok(false);
                }
            }
            self.follow()?;
            let open = self.open.as_ref().expect("it was opened to follow the cursor");
            let limit = open.segment.end.map_or(self.bound, |end| self.bound.min(end));
            let place = Place { file: &*open.file, first: open.segment.first, limit };
            match place.frame(&mut self.window, &mut self.expected, Some(frame))? {
                Ok(header) => {
                    self.aligned = true;
                    // A closing mark is the log's own.
                    if !header.closing {
                        return Ok(true);
                    }
                }
                Err(flaw) => {
                    let open = open.clone();
                    if !self.left_segment(&open)? {
                        return Err(self.diagnose(&open, flaw));
                    }
                }
            }
        }
    }

    fn cursor(&self) -> Address {
        self.expected.address
    }
}
