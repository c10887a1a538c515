//! Events as files, one for each stream, for imports.

use std::{fs::File, io, io::Write as _, path::Path};

use crate::Event;

/// The streams, each in a file `<stream>.ndjson`.
pub const STREAMS: [&str; 5] = ["payments", "logins", "refunds", "chargebacks", "labels"];

/// Bytes collected before they are written.
const BUFFER_LEN: usize = 1 << 20;

/// Writes a file for each stream into the folder `out`, and `truth.csv`: who was behind each payment that was no
/// ordinary one, which no gateway knows then. Returns how many events there were.
///
/// # Errors
/// Those of the file system.
pub fn write_files(out: &Path, events: impl Iterator<Item = Event>) -> io::Result<u64> {
    let mut files = Vec::new();
    for stream in STREAMS {
        let file = File::create(out.join(stream).with_extension("ndjson"))?;
        files.push((stream, file, Vec::with_capacity(BUFFER_LEN + 4_096)));
    }
    let mut truth = b"event_id,payment_id,behaviour\n".to_vec();
    let mut count = 0;
    for event in events {
        count += 1;
        event.write_truth(&mut truth);
        let stream = event.stream();
        let (_, file, buffer) =
            files.iter_mut().find(|(name, ..)| *name == stream).expect("there is a file for every stream");
        event.write_json(buffer);
        if buffer.len() >= BUFFER_LEN {
            file.write_all(buffer)?;
            buffer.clear();
        }
    }
    for (_, file, buffer) in &mut files {
        file.write_all(buffer)?;
    }
    std::fs::write(out.join("truth.csv"), truth)?;
    Ok(count)
}
