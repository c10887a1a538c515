//! Up to 64 rows in one allocation, column after column, so that a row costs its values and a scan stays in cache.

use std::ops::Range;

use types::DataType;

/// Rows that a chunk holds at most: one per bit of a mask.
pub const ROWS_MAX: usize = 64;

/// `next` and `previous` times of a value that does not occur again.
pub const NEVER_AFTER: i64 = i64::MAX;
/// See `NEVER_AFTER`.
pub const NEVER_BEFORE: i64 = i64::MIN;

/// Where a column's values are among a chunk's planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// 8 bytes a row.
    Word(usize),
    /// 8 bytes a row, and 8 more in chunks that hold a value beyond 64 bits.
    Decimal { low: usize, high: usize },
    /// 4 bytes a row.
    Half(usize),
    /// A bit a row.
    Bit(usize),
}

/// One column's planes.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub place: Place,
    /// The bit plane that marks NULL.
    pub nulls: usize,
}

/// The planes of a chunk. Each distinct count adds a link to the previous and to the next row of the same value.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub fields: Vec<Field>,
    words: usize,
    halves: usize,
    bits: usize,
    decimals: usize,
    links: usize,
}

impl Layout {
    /// Planes for columns of these types and for `links` distinct counts.
    pub fn new(columns: &[DataType], links: usize) -> Self {
        let mut layout = Self { links, ..Self::default() };
        let next = |counter: &mut usize| {
            *counter += 1;
            *counter - 1
        };
        for data_type in columns {
            let place = match data_type {
                DataType::BigInt | DataType::Double | DataType::Timestamptz => {
                    Place::Word(next(&mut layout.words))
                }
                DataType::Decimal { .. } => {
                    let high = next(&mut layout.decimals);
                    Place::Decimal { low: next(&mut layout.words), high }
                }
                DataType::Text | DataType::Date => Place::Half(next(&mut layout.halves)),
                DataType::Boolean => Place::Bit(next(&mut layout.bits)),
                DataType::Interval => panic!("no stream column is an interval"),
            };
            layout.fields.push(Field { place, nulls: next(&mut layout.bits) });
        }
        layout.words += 2 * links;
        layout.halves += 2 * links;
        layout
    }

    const fn link_word(&self, link: usize, side: usize) -> usize {
        self.words - 2 * self.links + 2 * link + side
    }

    const fn link_half(&self, link: usize, side: usize) -> usize {
        self.halves - 2 * self.links + 2 * link + side
    }

    const fn word_planes(&self, wide: bool) -> usize {
        1 + self.words + if wide { self.decimals } else { 0 }
    }

    const fn halves_start(&self, capacity: usize, wide: bool) -> usize {
        capacity * self.word_planes(wide)
    }

    const fn bits_start(&self, capacity: usize, wide: bool) -> usize {
        self.halves_start(capacity, wide) + self.halves * capacity.div_ceil(2)
    }

    const fn total(&self, capacity: usize, wide: bool) -> usize {
        self.bits_start(capacity, wide) + (self.bits * bit_stride(capacity)).div_ceil(64)
    }
}

/// Bits from one bit plane to the next; capacities up to 32 are powers of two, so that no plane crosses a word.
const fn bit_stride(capacity: usize) -> usize {
    if capacity <= 32 { capacity } else { 64 }
}

/// The lowest `len` bits.
#[inline]
pub const fn low_bits(len: usize) -> u64 {
    if len >= 64 { u64::MAX } else { (1 << len) - 1 }
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
    pub const fn is_wide(&self) -> bool {
        self.high != ((self.low as i64) >> 63) as u64
    }
}

/// A row's place in the order of rows: its time, and how many rows of that time came before it.
pub type Order = (i64, u32);

/// Rows in (event time, position) order.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    data: Box<[u64]>,
    len: u8,
    capacity: u8,
    wide: bool,
}

impl Chunk {
    /// An empty chunk. Capacities are 1, 2, 4, 8, 16, 32, or a multiple of 8 up to 64.
    pub fn new(layout: &Layout, capacity: usize, wide: bool) -> Self {
        debug_assert!(capacity.is_power_of_two() || capacity > 32 && capacity.is_multiple_of(8));
        let data = vec![0; layout.total(capacity, wide)].into_boxed_slice();
        Self { data, len: 0, capacity: capacity as u8, wide }
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

    /// Bytes of the allocation.
    pub const fn bytes(&self) -> usize {
        self.data.len() * 8
    }

    /// The event time of a row.
    #[inline]
    pub fn time(&self, row: usize) -> i64 {
        self.data[row] as i64
    }

    /// The event time of the last row.
    #[inline]
    pub fn last_time(&self) -> i64 {
        self.time(self.len() - 1)
    }

    /// The first row in the range that is not before `time`, else its end.
    #[inline]
    pub fn find(&self, range: Range<usize>, time: i64) -> usize {
        let start = range.start;
        start + self.data[range].partition_point(|other| (*other as i64) < time)
    }

    /// The 64-bit plane of a column.
    #[inline]
    pub fn words(&self, word: usize) -> &[u64] {
        let start = self.capacity() * (1 + word);
        &self.data[start..start + self.len()]
    }

    /// A 4-byte value.
    #[inline]
    pub fn half(&self, layout: &Layout, half: usize, row: usize) -> u32 {
        let start = layout.halves_start(self.capacity(), self.wide) + half * self.capacity().div_ceil(2);
        (self.data[start + row / 2] >> (row % 2 * 32)) as u32
    }

    fn set_half(&mut self, layout: &Layout, half: usize, row: usize, value: u32) {
        let start = layout.halves_start(self.capacity(), self.wide) + half * self.capacity().div_ceil(2);
        let word = &mut self.data[start + row / 2];
        let shift = row % 2 * 32;
        *word = *word & !(u64::from(u32::MAX) << shift) | u64::from(value) << shift;
    }

    /// A bit plane; bits from `len` on are 0.
    #[inline]
    pub fn plane(&self, layout: &Layout, plane: usize) -> u64 {
        let stride = bit_stride(self.capacity());
        let at = plane * stride;
        let word = self.data[layout.bits_start(self.capacity(), self.wide) + at / 64];
        word >> (at % 64) & low_bits(stride)
    }

    fn set_plane(&mut self, layout: &Layout, plane: usize, bits: u64) {
        let stride = bit_stride(self.capacity());
        let at = plane * stride;
        let word = &mut self.data[layout.bits_start(self.capacity(), self.wide) + at / 64];
        *word = *word & !(low_bits(stride) << (at % 64)) | bits << (at % 64);
    }

    /// The low and high 64 bits of a decimal.
    #[inline]
    pub fn decimal(&self, layout: &Layout, low: usize, high: usize, row: usize) -> i128 {
        let word = self.words(low)[row];
        if !self.wide {
            return i128::from(word as i64);
        }
        i128::from(self.words(layout.words + high)[row] as i64) << 64 | i128::from(word)
    }

    /// A row's value.
    pub fn cell(&self, layout: &Layout, field: &Field, row: usize) -> Cell {
        let null = self.plane(layout, field.nulls) >> row & 1 == 1;
        let (low, high) = match field.place {
            Place::Word(word) => (self.words(word)[row], 0),
            Place::Decimal { low, high } => {
                let value = self.decimal(layout, low, high, row);
                (value as u64, (value >> 64) as u64)
            }
            Place::Half(half) => (u64::from(self.half(layout, half, row)), 0),
            Place::Bit(plane) => (self.plane(layout, plane) >> row & 1, 0),
        };
        Cell { low, high, null }
    }

    /// Puts a row at `at`, moving those from there on; the caller has made room.
    pub fn insert(&mut self, layout: &Layout, at: usize, time: i64, cells: &[Cell]) {
        debug_assert!(self.len < self.capacity && cells.len() == layout.fields.len());
        let len = self.len();
        if at < len {
            self.open(layout, at);
        }
        self.len += 1;
        let capacity = self.capacity();
        self.data[at] = time as u64;
        for (field, cell) in layout.fields.iter().zip(cells) {
            match field.place {
                Place::Word(word) => self.data[capacity * (1 + word) + at] = cell.low,
                Place::Decimal { low, high } => {
                    self.data[capacity * (1 + low) + at] = cell.low;
                    if self.wide {
                        self.data[capacity * (1 + layout.words + high) + at] = cell.high;
                    }
                    debug_assert!(self.wide || !cell.is_wide(), "the caller widens the chunk first");
                }
                Place::Half(half) => self.set_half(layout, half, at, cell.low as u32),
                Place::Bit(plane) => self.insert_bit(layout, plane, at, cell.low & u64::from(!cell.null)),
            }
            self.insert_bit(layout, field.nulls, at, u64::from(cell.null));
        }
        for link in 0..layout.links {
            self.set_previous(layout, link, at, (NEVER_BEFORE, 0));
            self.set_next(layout, link, at, (NEVER_AFTER, 0));
        }
    }

    /// Moves the rows from `at` on in word and half planes.
    fn open(&mut self, layout: &Layout, at: usize) {
        let (len, capacity) = (self.len(), self.capacity());
        for plane in 0..layout.word_planes(self.wide) {
            let start = plane * capacity;
            self.data.copy_within(start + at..start + len, start + at + 1);
        }
        for half in 0..layout.halves {
            for row in (at..len).rev() {
                let value = self.half(layout, half, row);
                self.set_half(layout, half, row + 1, value);
            }
        }
    }

    fn insert_bit(&mut self, layout: &Layout, plane: usize, at: usize, bit: u64) {
        let bits = self.plane(layout, plane);
        let below = bits & low_bits(at);
        self.set_plane(layout, plane, below | (bits & !below) << 1 | bit << at);
    }

    /// Takes the first `count` rows away, in place.
    pub fn drop_front(&mut self, layout: &Layout, count: usize) {
        let (len, capacity) = (self.len(), self.capacity());
        for plane in 0..layout.word_planes(self.wide) {
            let start = plane * capacity;
            self.data.copy_within(start + count..start + len, start);
        }
        for half in 0..layout.halves {
            for row in count..len {
                let value = self.half(layout, half, row);
                self.set_half(layout, half, row - count, value);
            }
        }
        for plane in 0..layout.bits {
            let bits = self.plane(layout, plane);
            self.set_plane(layout, plane, bits.unbounded_shr(count as u32));
        }
        self.len -= count as u8;
    }

    /// A copy of some rows in another shape. Links are kept when both layouts have them.
    pub fn copy(&self, from: &Layout, rows: Range<usize>, to: &Layout, capacity: usize, wide: bool) -> Self {
        let mut copy = Self::new(to, capacity, wide);
        if rows.is_empty() {
            return copy;
        }
        copy.len = rows.len() as u8;
        copy.data[..rows.len()].copy_from_slice(&self.data[rows.clone()]);
        for (source, target) in from.fields.iter().zip(&to.fields) {
            match (source.place, target.place) {
                (Place::Word(source), Place::Word(target)) => {
                    self.copy_words(&rows, source, &mut copy, target)
                }
                (Place::Decimal { low, high }, Place::Decimal { low: target, high: target_high }) => {
                    self.copy_words(&rows, low, &mut copy, target);
                    if wide {
                        for (at, row) in rows.clone().enumerate() {
                            let value = self.decimal(from, low, high, row);
                            copy.data[capacity * (1 + to.words + target_high) + at] = (value >> 64) as u64;
                        }
                    }
                }
                (Place::Half(source), Place::Half(target)) => {
                    self.copy_halves(&rows, from, source, &mut copy, to, target);
                }
                (Place::Bit(source), Place::Bit(target)) => {
                    let bits = self.plane(from, source) >> rows.start & low_bits(rows.len());
                    copy.set_plane(to, target, bits);
                }
                _ => unreachable!("both layouts are of the same columns"),
            }
            let nulls = self.plane(from, source.nulls) >> rows.start & low_bits(rows.len());
            copy.set_plane(to, target.nulls, nulls);
        }
        for link in 0..to.links {
            for side in 0..2 {
                if from.links == to.links {
                    self.copy_words(&rows, from.link_word(link, side), &mut copy, to.link_word(link, side));
                    let (source, target) = (from.link_half(link, side), to.link_half(link, side));
                    self.copy_halves(&rows, from, source, &mut copy, to, target);
                }
            }
        }
        copy
    }

    fn copy_words(&self, rows: &Range<usize>, source: usize, copy: &mut Self, target: usize) {
        let start = copy.capacity() * (1 + target);
        copy.data[start..start + rows.len()].copy_from_slice(&self.words(source)[rows.clone()]);
    }

    fn copy_halves(
        &self,
        rows: &Range<usize>,
        from: &Layout,
        source: usize,
        copy: &mut Self,
        to: &Layout,
        target: usize,
    ) {
        for (at, row) in rows.clone().enumerate() {
            copy.set_half(to, target, at, self.half(from, source, row));
        }
    }

    /// Whether decimals have 16 bytes here.
    pub const fn is_wide(&self) -> bool {
        self.wide
    }

    /// The order of the previous row with the same value.
    #[inline]
    pub fn previous(&self, layout: &Layout, link: usize, row: usize) -> Order {
        self.link(layout, link, 0, row)
    }

    /// The order of the next row with the same value.
    #[inline]
    pub fn next(&self, layout: &Layout, link: usize, row: usize) -> Order {
        self.link(layout, link, 1, row)
    }

    #[inline]
    fn link(&self, layout: &Layout, link: usize, side: usize, row: usize) -> Order {
        let time = self.words(layout.link_word(link, side))[row] as i64;
        (time, self.half(layout, layout.link_half(link, side), row))
    }

    /// Changes the previous row with the same value.
    pub fn set_previous(&mut self, layout: &Layout, link: usize, row: usize, order: Order) {
        self.set_link(layout, link, 0, row, order);
    }

    /// Changes the next row with the same value.
    pub fn set_next(&mut self, layout: &Layout, link: usize, row: usize, order: Order) {
        self.set_link(layout, link, 1, row, order);
    }

    fn set_link(&mut self, layout: &Layout, link: usize, side: usize, row: usize, (time, tie): Order) {
        self.data[self.capacity as usize * (1 + layout.link_word(link, side)) + row] = time as u64;
        self.set_half(layout, layout.link_half(link, side), row, tie);
    }
}
