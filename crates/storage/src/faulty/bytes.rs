//! The bytes of one simulated file: as a process sees them, and as the platter holds them.

use super::random::Random;

/// The unit in which a disk writes.
const SECTOR_BYTES: u64 = 512;

/// A change that is not yet on the platter.
#[derive(Debug)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    SetLen(u64),
}

/// A file without a name.
#[derive(Debug, Default)]
pub(super) struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

impl Inode {
    pub(super) fn len(&self) -> u64 {
        self.live.len() as u64
    }

    pub(super) fn read(&self, offset: u64, into: &mut [u8]) -> usize {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.live.len());
        let count = into.len().min(self.live.len() - from);
        into[..count].copy_from_slice(&self.live[from..from + count]);
        count
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        put(&mut self.live, offset, bytes);
        self.pending.push(Change::Write { offset, bytes: bytes.to_vec() });
    }

    pub(super) fn set_len(&mut self, len: u64) {
        self.live.resize(len as usize, 0);
        self.pending.push(Change::SetLen(len));
    }

    pub(super) fn sync(&mut self) {
        for change in self.pending.drain(..) {
            match change {
                Change::Write { offset, bytes } => put(&mut self.durable, offset, &bytes),
                Change::SetLen(len) => self.durable.resize(len as usize, 0),
            }
        }
    }

    /// A failed sync: the pages count as clean, and the platter has, by seed, some of them.
    pub(super) fn lose_pending(&mut self, random: &mut Random) {
        self.settle(random);
        self.pending.clear();
    }

    /// A power cut: what survives becomes the whole truth.
    pub(super) fn cut_power(&mut self, random: &mut Random) {
        self.settle(random);
        self.pending.clear();
        self.live.clone_from(&self.durable);
    }

    fn settle(&mut self, random: &mut Random) {
        let survivors = random.survivors(self.pending.len());
        for (number, change) in self.pending.iter().enumerate() {
            if !survivors.kept[number] {
                continue;
            }
            match change {
                Change::SetLen(len) => self.durable.resize(*len as usize, 0),
                Change::Write { offset, bytes } if survivors.torn == Some(number) => {
                    let torn = random.below(bytes.len() as u64 + 1) as usize;
                    put(&mut self.durable, *offset, &bytes[..torn]);
                }
                Change::Write { offset, bytes } if survivors.sectors => {
                    put_sectors(&mut self.durable, *offset, bytes, random);
                }
                Change::Write { offset, bytes } => put(&mut self.durable, *offset, bytes),
            }
        }
    }

    pub(super) fn flip(&mut self, offset: u64, mask: u8) {
        for bytes in [&mut self.live, &mut self.durable] {
            if let Some(byte) = bytes.get_mut(offset as usize) {
                *byte ^= mask;
            }
        }
    }
}

fn put(target: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let from = offset as usize;
    if target.len() < from + bytes.len() {
        target.resize(from + bytes.len(), 0);
    }
    target[from..from + bytes.len()].copy_from_slice(bytes);
}

fn put_sectors(target: &mut Vec<u8>, offset: u64, bytes: &[u8], random: &mut Random) {
    let mut from = 0;
    while from < bytes.len() {
        let place = offset + from as u64;
        let count = ((SECTOR_BYTES - place % SECTOR_BYTES) as usize).min(bytes.len() - from);
        if random.coin() {
            put(target, place, &bytes[from..from + count]);
        }
        from += count;
    }
}
