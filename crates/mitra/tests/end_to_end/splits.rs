//! The same events in frames of 1, 7 and 8,192, on 1 and 2 threads, through the whole program: the same bytes come out.

use std::{fs, path::Path};

use eventlog::{Address, Frames as _, Reader};
use payments_generator::{Config, Generator, STREAMS, write_files};
use records::KIND_INPUT;
use storage::Disk;

use crate::program::Project;

/// Events of one stream: more than the largest frame.
const EVENTS: usize = 9_000;
/// Events of all streams.
const EVENTS_MIXED: usize = 3_000;

/// What a project made of the events.
#[derive(PartialEq, Eq)]
struct Made {
    decisions: Vec<u8>,
    digest: String,
}

/// Reads the streams' files in `folder` into a project of its own, in frames of at most `batch` events.
fn ingest(folder: &Path, streams: &[&str], events: usize, batch: usize, threads: usize) -> Made {
    let project = Project::example(&format!(
        "[data]\ncheckpoint_events = 2500\n\n[engine]\nthreads = {threads}\nbatch_events_max = {batch}\n"
    ));
    // The tokens of two projects differ, unless they have the same key.
    project.write("pii.key", &"0123456789abcdef".repeat(4));
    let file = |stream: &&str| format!("{stream}={}", folder.join(stream).with_extension("ndjson").display());
    let inputs: Vec<String> = streams.iter().map(file).collect();
    let mut arguments = vec!["ingest"];
    arguments.extend(inputs.iter().map(String::as_str));
    let printed = project.run(&arguments).succeeded();
    assert!(printed.contains(&format!("{events} events accepted")), "{printed}");

    let largest = largest_frame(&project);
    // Several files are read in turns, and no turn needs to be as long as a frame may be.
    let filled = streams.len() == 1 || batch < 8;
    assert!(largest <= batch && (largest == batch || !filled), "at most {batch} made frames of {largest}");
    let verified = project.run(&["verify", "."]).succeeded();
    assert!(verified.contains("every recorded decision came out the same"), "{verified}");
    let (_, digest) =
        verified.lines().next().and_then(|line| line.split_once("digest ")).expect("it is printed");
    let decisions = fs::read(project.path("out/every.ndjson")).expect("the sink has written");
    Made { decisions, digest: digest.to_owned() }
}

fn largest_frame(project: &Project) -> usize {
    let data = project.path("mitra-data");
    let archive = data.join("archive");
    let reader = Reader::open(std::sync::Arc::new(Disk), &data, Some(&archive), Address(0));
    let mut reader = reader.expect("the log reads");
    let mut largest = 0;
    while let Some(frame) = reader.next().expect("the log reads") {
        if frame.header.kind == KIND_INPUT {
            largest = largest.max(frame.header.count);
        }
    }
    largest as usize
}

#[test]
fn frames_and_threads_change_no_byte() {
    let folder = tempfile::tempdir().expect("the system gives a folder");
    for (streams, events) in [(&STREAMS[..], EVENTS_MIXED), (&STREAMS[..1], EVENTS)] {
        let generator = Generator::new(Config::at_rate(50.0));
        let generated = generator.filter(|event| streams.contains(&event.stream())).take(events);
        write_files(folder.path(), generated).expect("the folder takes files");
        let reference = ingest(folder.path(), streams, events, 1, 1);
        let lines = reference.decisions.iter().filter(|byte| **byte == b'\n').count();
        assert!(lines > events / 2, "most events are payments, each with a decision: {lines}");
        for (batch, threads) in [(7, 1), (8_192, 1), (1, 2), (7, 2), (8_192, 2)] {
            let made = ingest(folder.path(), streams, events, batch, threads);
            assert_eq!(made.digest, reference.digest, "frames of {batch} on {threads} threads");
            assert!(made == reference, "frames of {batch} on {threads} threads: the sink's bytes differ");
        }
        println!("{events} events of {streams:?}: the digest is {}", reference.digest);
    }
}
