//! One JSON object a line.

use std::io::{BufRead as _, BufReader, Read};

use types::Column;

use super::{Fault, LIMITS};
use crate::{BATCH_ROWS_MAX, rows::Decoder, shape::Shape};

const BUFFER_BYTES: usize = 1 << 18;

/// A file being read.
pub(crate) struct Reader {
    lines: BufReader<Box<dyn Read + Send>>,
    decoder: Decoder,
    line: Vec<u8>,
    number: u64,
}

impl Reader {
    pub(super) fn open(bytes: Box<dyn Read + Send>, shape: Shape) -> Self {
        let lines = BufReader::with_capacity(BUFFER_BYTES, bytes);
        Self { lines, decoder: Decoder::of_shape(shape, LIMITS), line: Vec::new(), number: 0 }
    }

    pub(super) fn read(&mut self) -> Result<Vec<Column>, Fault> {
        // One byte over the limit is enough for the decoder to refuse the line; two more end it.
        let limit = LIMITS.object_bytes_max as u64 + 3;
        while self.decoder.rows() < BATCH_ROWS_MAX {
            self.line.clear();
            if (&mut self.lines).take(limit).read_until(b'\n', &mut self.line)? == 0 {
                break;
            }
            self.number += 1;
            let line = self.line.trim_ascii_end();
            if !line.is_empty() {
                let pushed = self.decoder.push_line(line);
                pushed.map_err(|rejection| Fault::Row { unit: "line", number: self.number, rejection })?;
            }
        }
        Ok(self.decoder.take())
    }
}
