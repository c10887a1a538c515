//! The bench, step by step: files, a sample to train on, the check, the import that is timed, and the server.

mod serving;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use bench_load::{mitra, process};
use types::time::{DAY, SECOND};

use crate::{
    Options,
    events::Events,
    files::{Stretch, write_events, write_merchants},
    project,
};

/// What the events cover: the longest window fills once and turns over twice.
const DAYS: i64 = 90;
/// Events of the first days that the sample run decides on, as a share of all; the windows are full by then.
const SAMPLE_DAYS: i64 = 36;
/// The sample has rows from here on.
const WARM_DAYS: i64 = 30;
/// Rows that a model is trained on, about.
const SAMPLE_ROWS: u64 = 30_000;

/// Where everything is.
struct Places {
    mitra: PathBuf,
    python: PathBuf,
    folder: PathBuf,
    script: PathBuf,
}

/// Runs the whole bench; `end` is when its last event arrives, in seconds.
///
/// # Errors
/// When something cannot be run, and when an answer is wrong.
pub fn run(options: &Options, end: u64) -> Result<()> {
    let places = places(options)?;
    let stretch = Stretch {
        events: options.events,
        start: end as i64 * SECOND - DAYS * DAY,
        step: DAYS * DAY / options.events as i64,
    };
    let project = places.folder.join("project");
    let events = Events::new(options.seed, options.merchants);
    make_files(options, &places, &events, stretch)?;
    sample(&places, options, stretch)?;
    check(&places, options, &events, stretch)?;
    fs::write(project.join("decision.sql"), project::scoring(false))?;
    println!("\nimport: {} events of 100 columns over {DAYS} days, from Parquet", options.events);
    let data = places.folder.join("data");
    let (text, took, usage) = import(&places, &data, "events.parquet")?;
    expect(&text, options.events)?;
    print!("{}", figures(&text));
    println!(
        "  whole command {:.1} s with its start; {:.1} s of CPU; {:.2} GB of memory at most; {:.0} bytes of log an event",
        took.as_secs_f64(),
        usage.cpu_seconds,
        usage.resident_bytes_max as f64 / 1e9,
        log_bytes(&data)? as f64 / options.events as f64,
    );
    if options.seconds > 0 {
        serving::run(&places, options, &data)?;
    }
    Ok(())
}

fn places(options: &Options) -> Result<Places> {
    let python = env::var_os("MITRA_PYTHON").context(
        "MITRA_PYTHON is not set; `cargo xtask setup` makes a Python with XGBoost and prints its path",
    )?;
    let mitra = mitra::program(options.mitra.as_deref())?;
    let folder = &options.folder;
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("model.py");
    Ok(Places { mitra, python: python.into(), folder: fs::canonicalize(folder)?, script })
}

fn make_files(options: &Options, places: &Places, events: &Events, stretch: Stretch) -> Result<()> {
    let started = Instant::now();
    let project = places.folder.join("project");
    project::write(&project)?;
    write_merchants(&project.join("merchants.csv"), options.seed, options.merchants)?;
    write_events(&places.folder.join("events.parquet"), events, stretch)?;
    println!(
        "files: {} merchants and {} events, {:.0} bytes each in Parquet, made in {:.1} s",
        options.merchants,
        options.events,
        fs::metadata(places.folder.join("events.parquet"))?.len() as f64 / options.events as f64,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Lets Mitra compute features of the first weeks, and trains on them.
fn sample(places: &Places, options: &Options, stretch: Stretch) -> Result<()> {
    let project = places.folder.join("project");
    let events = Events::new(options.seed, options.merchants);
    let part = Stretch { events: stretch.events * SAMPLE_DAYS as u64 / DAYS as u64, ..stretch };
    write_events(&places.folder.join("sample.parquet"), &events, part)?;
    let warm = part.events * (SAMPLE_DAYS - WARM_DAYS) as u64 / SAMPLE_DAYS as u64;
    let one_in = if warm >= 10 * SAMPLE_ROWS { 10 } else { 1 };
    let mut after = String::new();
    types::time::write_rfc3339(&mut after, stretch.start + WARM_DAYS * DAY)?;
    fs::write(project.join("decision.sql"), project::sampling(&after, one_in))?;
    let (text, ..) = import(places, &places.folder.join("data-sample"), "sample.parquet")?;
    expect(&text, part.events)?;
    print!("{}", python(places, &["train", &text_of(&sink(&project, "sample")?)?, &text_of(&project)?])?);
    fs::remove_dir_all(places.folder.join("data-sample"))?;
    fs::remove_file(places.folder.join("sample.parquet"))?;
    Ok(())
}

/// Decides on the first events and compares everything: counts, scores with XGBoost's, records with a replay's.
fn check(places: &Places, options: &Options, events: &Events, stretch: Stretch) -> Result<()> {
    let project = places.folder.join("project");
    let count = options.checked.min(options.events);
    // The windows fill as in the timed run, on the same clock scaled to fewer events.
    let part = Stretch { events: count, step: DAYS * DAY / count as i64, ..stretch };
    write_events(&places.folder.join("checked.parquet"), events, part)?;
    fs::write(project.join("decision.sql"), project::scoring(true))?;
    let data = places.folder.join("data-checked");
    let (text, ..) = import(places, &data, "checked.parquet")?;
    expect(&text, count)?;
    let recorded = text_of(&sink(&project, "recorded")?)?;
    print!("{}", python(places, &["check", &recorded, &text_of(&project)?, &count.to_string()])?);
    let mut verify = Command::new(&places.mitra);
    verify.args(["verify", "--project"]).arg(&project).arg("--data").arg(&data);
    let (text, ..) = process::run(&mut verify, "mitra verify")?;
    print!("{}", indented(&text));
    fs::remove_dir_all(&data)?;
    fs::remove_dir_all(project.join("out"))?;
    Ok(())
}

fn import(places: &Places, data: &Path, file: &str) -> Result<(String, std::time::Duration, process::Usage)> {
    let mut command = Command::new(&places.mitra);
    command.arg("ingest").arg("--project").arg(places.folder.join("project")).arg("--data").arg(data);
    command.arg(format!("payments={}", text_of(&places.folder.join(file))?));
    process::run(&mut command, "mitra ingest")
}

/// The folder of a Parquet sink; some of its versions carry a number.
fn sink(project: &Path, name: &str) -> Result<PathBuf> {
    let out = project.join("out");
    for entry in fs::read_dir(&out).with_context(|| format!("there is no {}", out.display()))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|found| found.to_string_lossy().starts_with(name)) {
            return Ok(path);
        }
    }
    bail!("the sink {name} wrote nothing into {}", out.display())
}

fn python(places: &Places, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(&places.python);
    command.arg(&places.script).args(arguments);
    Ok(process::run(&mut command, "model.py")?.0)
}

/// What an import says of the events that it took.
const ACCEPTED: &str = "events accepted";

/// Every event was taken and decided.
fn expect(text: &str, events: u64) -> Result<()> {
    if text.lines().any(|line| line.starts_with(&format!("{events} {ACCEPTED}"))) {
        return Ok(());
    }
    bail!("not all of {events} events were accepted:\n{text}")
}

/// Bytes of the log's segments; one that is both here and in the archive counts once.
fn log_bytes(data: &Path) -> Result<u64> {
    let mut segments = BTreeMap::new();
    for folder in ["log", "archive"] {
        let folder = data.join(folder);
        for entry in fs::read_dir(&folder).with_context(|| format!("there is no {}", folder.display()))? {
            let entry = entry?;
            segments.insert(entry.file_name(), entry.metadata()?.len());
        }
    }
    Ok(segments.values().sum())
}

fn text_of(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", path.display()))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// An import's figures, without what was applied at its start, and with the rules' shares for their long list.
fn figures(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().skip_while(|line| !line.contains(ACCEPTED)) {
        let Some((_, rules)) = line.split_once("rules that fired: ") else {
            out.push_str(&indented(line));
            continue;
        };
        let share = |rule: &str| rule.rsplit_once('(')?.1.strip_suffix("%)")?.parse::<f64>().ok();
        let shares: Vec<f64> = rules.split(", ").filter_map(share).collect();
        let (least, most) = shares
            .iter()
            .fold((f64::MAX, f64::MIN), |(least, most), share| (least.min(*share), most.max(*share)));
        out.push_str(&format!("  {} rules fired, on {least:.3}% to {most:.2}% of events\n", shares.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_begin_where_events_were_accepted() {
        let text = "  create rule a on d\n10 events accepted in 1 s\nd: approve 9 (90.000%), review 1 (10.000%)\n  \
                    rules that fired: a 1 (10.000%), b 5 (0.020%)\n";
        assert_eq!(
            figures(text),
            "  10 events accepted in 1 s\n  d: approve 9 (90.000%), review 1 (10.000%)\n  \
             2 rules fired, on 0.020% to 10.00% of events\n"
        );
        assert!(expect(text, 10).is_ok() && expect(text, 11).is_err());
    }
}
