//! Up to 64 rows in one allocation: row after row, so that a row that enters or leaves a frame is one or two cache
//! lines, and the truth values and NULLs beside them as bits.

use std::ops::Range;

use types::DataType;

/// Rows that a chunk holds at most: one per bit of a mask.
pub const ROWS_MAX: usize = 64;

/// The time of the next equal value of a row that has none.
pub const NEVER_AFTER: i64 = i64::MAX;
/// The time of the previous equal value of a row that has none.
pub const NEVER_BEFORE: i64 = i64::MIN;

/// Words of a row's links: the previous time, the next time, and the ties of both.
const LINK_WORDS: usize = 3;

/// Words of a cache line.
const LINE_WORDS: usize = 8;

/// The flag of a chunk with 128-bit decimals, beside the flags of its planes.
const WIDE: u32 = 1 << 31;

/// The last flag is for all planes from there on.
const PLANE_FLAG_MAX: usize = 30;

/// Where a column's value is in a row, or among the bit planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// 8 bytes: the index of a word.
    Word(usize),
    /// 8 bytes, and 8 more in chunks that hold a value beyond 64 bits.
    Decimal { low: usize, high: usize },
    /// 4 bytes: an index counted in half words from the row's start.
    Half(usize),
    /// A bit: the index of a plane.
    Bit(usize),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub place: Place,
    /// The plane that marks NULL.
    pub nulls: usize,
}

/// What a row is made of: its time, its values, three words for each distinct count that link it to the previous and
/// the next row of the same value, and the high words of decimals in chunks that need them.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub fields: Vec<Field>,
    /// Words of the time and the values.
    words: usize,
    links: usize,
    decimals: usize,
    planes: usize,
}

impl Layout {
    /// Rows with columns of these types and `links` distinct counts.
    pub fn new(columns: &[DataType], links: usize) -> Self {
        let size = |data_type: &DataType| match data_type {
            DataType::BigInt | DataType::Double | DataType::Timestamptz | DataType::Decimal { .. } => 2,
            DataType::Text | DataType::Date => 1,
            DataType::Boolean => 0,
            DataType::Interval => panic!("no stream column is an interval"),
        };
        let mut word = 1;
        let mut half = 2 + columns.iter().map(size).filter(|size| *size == 2).sum::<usize>();
        let mut layout = Self { links, ..Self::default() };
        let next = |counter: &mut usize| {
            *counter += 1;
            *counter - 1
        };
        for data_type in columns {
            let place = match data_type {
                DataType::Decimal { .. } => {
                    Place::Decimal { low: next(&mut word), high: next(&mut layout.decimals) }
                }
                DataType::Boolean => Place::Bit(next(&mut layout.planes)),
                _ if size(data_type) == 1 => Place::Half(next(&mut half)),
                _ => Place::Word(next(&mut word)),
            };
            layout.fields.push(Field { place, nulls: next(&mut layout.planes) });
        }
        layout.words = half.div_ceil(2);
        layout
    }

    const fn stride(&self, wide: bool) -> usize {
        self.words + LINK_WORDS * self.links + if wide { self.decimals } else { 0 }
    }

    const fn link(&self, link: usize) -> usize {
        self.words + LINK_WORDS * link
    }

    const fn high(&self, high: usize) -> usize {
        self.words + LINK_WORDS * self.links + high
    }
}

/// Bits from one bit plane to the next; capacities up to 32 are powers of two, so that no plane crosses a word.
const fn plane_stride(capacity: usize) -> usize {
    if capacity <= 32 { capacity } else { 64 }
}

/// The lowest `len` bits, of which there are 64.
#[inline]
pub const fn low_bits(len: usize) -> u64 {
    u64::MAX.unbounded_shr(64 - len as u32)
}

/// One value on its way into a chunk: 64 bits, the high 64 of a decimal, the identifier of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub low: u64,
    pub high: u64,
    pub null: bool,
}

impl Cell {
    /// Whether a decimal needs more than 64 bits.
    #[inline]
    pub const fn is_wide(&self) -> bool {
        self.high != ((self.low as i64) >> 63) as u64
    }
}

/// A row's place in the order of rows: its time, and how many rows of that time came before it.
pub type Order = (i64, u32);

/// Rows in (event time, position) order.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The rows, then the bit planes.
    data: Box<[u64]>,
    /// A bit for each plane that may have a bit set, and `WIDE`.
    flags: u32,
    /// Words of a row.
    stride: u16,
    len: u8,
    capacity: u8,
}

impl Chunk {
    /// An empty chunk. Capacities are 1, 2, 4, 8, 16, 32, or a multiple of 8 up to 64.
    pub fn new(layout: &Layout, capacity: usize, wide: bool) -> Self {
        debug_assert!(capacity.is_power_of_two() || capacity > 32 && capacity.is_multiple_of(8));
        let stride = layout.stride(wide);
        let words = capacity * stride + (layout.planes * plane_stride(capacity)).div_ceil(64);
        Self {
            data: vec![0; words].into_boxed_slice(),
            flags: if wide { WIDE } else { 0 },
            stride: u16::try_from(stride).expect("a spec has a few hundred columns at most"),
            len: 0,
            capacity: capacity as u8,
        }
    }

    /// Number of rows.
    #[inline]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Rows for which there is room.
    #[inline]
    pub const fn capacity(&self) -> usize {
        self.capacity as usize
    }

    /// Whether decimals have 16 bytes here.
    #[inline]
    pub const fn is_wide(&self) -> bool {
        self.flags & WIDE != 0
    }

    /// Bytes of the allocation, and how many of them are links.
    pub const fn bytes(&self, layout: &Layout) -> (usize, usize) {
        (self.data.len() * 8, self.capacity() * layout.links * LINK_WORDS * 8)
    }

    const fn stride(&self) -> usize {
        self.stride as usize
    }

    /// A word of a row or of the row that comes next, only to have it fetched.
    #[inline]
    pub fn warm(&self, row: usize) -> u64 {
        self.data.get(row * self.stride()).copied().unwrap_or(0)
    }

    /// A word of each cache line, only to have them fetched.
    #[inline]
    pub fn warm_all(&self) -> u64 {
        self.data.iter().step_by(LINE_WORDS).fold(0, |sum, word| sum ^ word)
    }

    /// A word a cache line after a row's start, only to have it fetched; `None` when the chunk ends before.
    #[inline]
    pub fn warm_after(&self, row: usize) -> Option<u64> {
        self.data.get(row * self.stride() + LINE_WORDS).copied()
    }

    /// The event time of a row.
    #[inline]
    pub fn time(&self, row: usize) -> i64 {
        self.data[row * self.stride()] as i64
    }

    /// The event time of the last row.
    #[inline]
    pub fn last_time(&self) -> i64 {
        self.time(self.len() - 1)
    }

    /// The first row in the range that is not before `time`, else its end.
    #[inline]
    pub fn find(&self, range: Range<usize>, time: i64) -> usize {
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            let middle = (low + high) / 2;
            if self.time(middle) < time { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The first row from `from` on that is not before `time`, expected to be near; the chunk's last row is such.
    #[inline]
    pub fn find_near(&self, from: usize, time: i64) -> usize {
        const NEAR: usize = 4;
        let mut row = from;
        while row < from + NEAR {
            if self.time(row) >= time {
                return row;
            }
            row += 1;
        }
        self.find(row..self.len(), time)
    }

    /// A word of a row.
    #[inline]
    pub fn word(&self, word: usize, row: usize) -> u64 {
        self.data[row * self.stride() + word]
    }

    /// A half word of a row.
    #[inline]
    pub fn half(&self, half: usize, row: usize) -> u32 {
        (self.word(half / 2, row) >> (half % 2 * 32)) as u32
    }

    /// A decimal.
    #[inline]
    pub fn decimal(&self, layout: &Layout, low: usize, high: usize, row: usize) -> i128 {
        let word = self.word(low, row);
        if !self.is_wide() {
            return i128::from(word as i64);
        }
        i128::from(self.word(layout.high(high), row) as i64) << 64 | i128::from(word)
    }

    const fn plane_flag(plane: usize) -> u32 {
        1 << if plane < PLANE_FLAG_MAX { plane } else { PLANE_FLAG_MAX }
    }

    /// A bit plane; bits from `len` on are 0.
    #[inline]
    pub fn plane(&self, plane: usize) -> u64 {
        if self.flags & Self::plane_flag(plane) == 0 {
            return 0;
        }
        let stride = plane_stride(self.capacity());
        let at = plane * stride;
        let word = self.data[self.capacity() * self.stride() + at / 64];
        word >> (at % 64) & low_bits(stride)
    }

    fn set_plane(&mut self, plane: usize, bits: u64) {
        if bits == 0 && self.flags & Self::plane_flag(plane) == 0 {
            return;
        }
        self.flags |= Self::plane_flag(plane);
        let stride = plane_stride(self.capacity());
        let at = plane * stride;
        let word = &mut self.data[self.capacity as usize * self.stride as usize + at / 64];
        *word = *word & !(low_bits(stride) << (at % 64)) | bits << (at % 64);
    }

    #[inline]
    fn insert_bit(&mut self, plane: usize, at: usize, bit: u64) {
        if bit == 0 && self.flags & Self::plane_flag(plane) == 0 {
            return;
        }
        let bits = self.plane(plane);
        let below = bits & low_bits(at);
        self.set_plane(plane, below | (bits & !below) << 1 | bit << at);
    }

    /// A row's value.
    pub fn cell(&self, layout: &Layout, field: &Field, row: usize) -> Cell {
        let null = self.plane(field.nulls) >> row & 1 == 1;
        let (low, high) = match field.place {
            Place::Word(word) => (self.word(word, row), 0),
            Place::Decimal { low, high } => {
                let value = self.decimal(layout, low, high, row);
                (value as u64, (value >> 64) as u64)
            }
            Place::Half(half) => (u64::from(self.half(half, row)), 0),
            Place::Bit(plane) => (self.plane(plane) >> row & 1, 0),
        };
        Cell { low, high, null }
    }

    /// Puts a row at `at`, moving those from there on; the caller has made room and widened the chunk if need be.
    #[inline]
    pub fn insert(&mut self, layout: &Layout, at: usize, time: i64, cells: &[Cell]) {
        debug_assert!(self.len < self.capacity && cells.len() == layout.fields.len());
        let (len, stride, wide) = (self.len(), self.stride(), self.is_wide());
        let start = at * stride;
        if at < len {
            self.data.copy_within(start..len * stride, start + stride);
        }
        self.len += 1;
        let row = &mut self.data[start..start + stride];
        row[0] = time as u64;
        for (field, cell) in layout.fields.iter().zip(cells) {
            match field.place {
                Place::Word(word) => row[word] = cell.low,
                Place::Decimal { low, high } => {
                    row[low] = cell.low;
                    if wide {
                        row[layout.high(high)] = cell.high;
                    }
                    debug_assert!(wide || !cell.is_wide(), "the caller widens the chunk first");
                }
                Place::Half(half) => {
                    let (word, shift) = (&mut row[half / 2], half % 2 * 32);
                    *word = *word & !(u64::from(u32::MAX) << shift) | cell.low << shift;
                }
                Place::Bit(_) => {}
            }
        }
        for link in 0..layout.links {
            let link = layout.link(link);
            row[link] = NEVER_BEFORE as u64;
            row[link + 1] = NEVER_AFTER as u64;
            row[link + 2] = 0;
        }
        for (field, cell) in layout.fields.iter().zip(cells) {
            if let Place::Bit(plane) = field.place {
                self.insert_bit(plane, at, cell.low & u64::from(!cell.null));
            }
            self.insert_bit(field.nulls, at, u64::from(cell.null));
        }
    }

    /// Takes the first `count` rows away, in place.
    pub fn drop_front(&mut self, layout: &Layout, count: usize) {
        let (len, stride) = (self.len(), self.stride());
        self.data.copy_within(count * stride..len * stride, 0);
        for plane in 0..layout.planes {
            let bits = self.plane(plane);
            self.set_plane(plane, bits.unbounded_shr(count as u32));
        }
        self.len -= count as u8;
    }

    /// A copy of some rows in another shape. Links are kept when both layouts have them.
    pub fn copy(&self, from: &Layout, rows: Range<usize>, to: &Layout, capacity: usize, wide: bool) -> Self {
        let mut copy = Self::new(to, capacity, wide);
        copy.len = rows.len() as u8;
        let (source, target) = (self.stride(), copy.stride());
        let kept = from.words + if from.links == to.links { LINK_WORDS * to.links } else { 0 };
        for (at, row) in rows.clone().enumerate() {
            let words = &self.data[row * source..row * source + kept];
            copy.data[at * target..at * target + kept].copy_from_slice(words);
            for field in &from.fields {
                if let (Place::Decimal { low, high }, true) = (field.place, wide) {
                    let value = self.decimal(from, low, high, row);
                    copy.data[at * target + to.high(high)] = (value >> 64) as u64;
                }
            }
        }
        if !rows.is_empty() {
            for plane in 0..from.planes {
                copy.set_plane(plane, self.plane(plane) >> rows.start & low_bits(rows.len()));
            }
        }
        copy
    }

    /// The order of the previous row with the same value.
    #[inline]
    pub fn previous(&self, layout: &Layout, link: usize, row: usize) -> Order {
        let start = row * self.stride() + layout.link(link);
        (self.data[start] as i64, self.data[start + 2] as u32)
    }

    /// The order of the next row with the same value.
    #[inline]
    pub fn next(&self, layout: &Layout, link: usize, row: usize) -> Order {
        let start = row * self.stride() + layout.link(link);
        (self.data[start + 1] as i64, (self.data[start + 2] >> 32) as u32)
    }

    /// Changes the previous row with the same value.
    pub fn set_previous(&mut self, layout: &Layout, link: usize, row: usize, (time, tie): Order) {
        let start = row * self.stride() + layout.link(link);
        self.data[start] = time as u64;
        self.data[start + 2] = self.data[start + 2] >> 32 << 32 | u64::from(tie);
    }

    /// Changes the next row with the same value.
    pub fn set_next(&mut self, layout: &Layout, link: usize, row: usize, (time, tie): Order) {
        let start = row * self.stride() + layout.link(link);
        self.data[start + 1] = time as u64;
        self.data[start + 2] = u64::from(tie) << 32 | u64::from(self.data[start + 2] as u32);
    }
}
