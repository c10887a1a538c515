//! The bench, step by step: the history, both sides' tables of it, the questions, and the live events.

use std::{
    env, fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bench_load::process;
use types::time::{DAY, SECOND};

use crate::{
    Options,
    events::Events,
    files,
    freshness::{self, Freshness, Load, quantile},
    programs::{Programs, Running, bytes_of},
    project::{self, DECISION, SINK},
    queries::{self, Query},
    sides::{Answer, DuckDb, Mitra, compare},
};

/// What the history covers.
const DAYS: i64 = 14;
/// How long `mitra-query` may take to follow a history.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(1_800);
/// How often it is asked whether it has.
const FOLLOW_PERIOD: Duration = Duration::from_millis(500);
/// Before anything is timed its files are merged: it is left alone until it has done nothing for so long.
const SETTLED_PERIOD: Duration = Duration::from_secs(5);
/// Processor time of one that does nothing but look whether there is something new, in that period.
const IDLE_CPU_SECONDS: f64 = 0.25;

/// Where everything is.
struct Places {
    folder: PathBuf,
    project: PathBuf,
    data: PathBuf,
    python: PathBuf,
}

/// Runs the whole bench; `end` is when the last decision is made, in seconds.
///
/// # Errors
/// When something cannot be run, and when an answer is wrong.
pub fn run(options: &Options, end: u64) -> Result<()> {
    let places = places(options)?;
    let named = [("mitra", options.mitra.as_deref()), ("mitra-query", options.mitra_query.as_deref())];
    let programs = Programs::find(named, &places.project, &places.data)?;
    let end = if options.again { read_end(&places)? } else { end };
    let events = Events::new(options.seed, options.merchants);
    if !options.again {
        make(options, &places, &programs, &events, end)?;
    }
    let query = follow(options, &places, &programs)?;
    let asked = queries::all(options.seed, end as i64 * SECOND);
    let asked = asked.into_iter().filter(|query| query.name.contains(&options.only)).collect();
    ask(options, &places, &query, asked)?;
    if options.seconds > 0 {
        live(options, &programs, &query, &events)?;
    }
    query.stop()?;
    if !options.keep {
        fs::remove_dir_all(&places.folder).context("cannot remove the folder")?;
    }
    Ok(())
}

fn places(options: &Options) -> Result<Places> {
    let python = env::var_os("MITRA_PYTHON").context(
        "MITRA_PYTHON is not set; `cargo xtask setup` makes a Python with DuckDB and prints its path",
    )?;
    let folder = &options.folder;
    if !options.again {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let folder = fs::canonicalize(folder).with_context(|| {
        format!("there is no {}; --again goes on with what --keep left", options.folder.display())
    })?;
    let (project, data) = (folder.join("project"), folder.join("data"));
    Ok(Places { folder, project, data, python: python.into() })
}

fn read_end(places: &Places) -> Result<u64> {
    let text =
        fs::read_to_string(places.folder.join("end")).context("--again needs a whole run with --keep")?;
    Ok(text.trim().parse()?)
}

/// Imports the history, and makes DuckDB's files of what the sink wrote.
fn make(options: &Options, places: &Places, programs: &Programs, events: &Events, end: u64) -> Result<()> {
    let started = Instant::now();
    project::write(&places.project)?;
    project::write_sink(&places.project, true)?;
    let merchants = places.project.join("merchants.csv");
    files::write_merchants(&merchants, options.seed, options.merchants)?;
    let file = places.folder.join("events.parquet");
    let step = DAYS * DAY / options.decisions as i64;
    // The last payment is before the end by one step.
    let start = end as i64 * SECOND - step * options.decisions as i64;
    files::write_events(&file, events, options.decisions, start, step)?;
    println!(
        "history: {} payments over {DAYS} days, made in {:.0} s",
        options.decisions,
        started.elapsed().as_secs_f64()
    );
    let text = programs.ingest(&file)?;
    let accepted = format!("{} events accepted", options.decisions);
    if !text.contains(&accepted) {
        bail!("not all of {} events were accepted:\n{text}", options.decisions);
    }
    for line in text.lines().skip_while(|line| !line.contains(&accepted)) {
        println!("  {line}");
    }
    fs::remove_file(&file)?;
    let sink = places.project.join(SINK);
    let mut duckdb = DuckDb::start(&places.python, threads())?;
    duckdb.make_files(&sink, &merchants, &places.folder)?;
    drop(duckdb);
    // The live part is without it. What it wrote stays, or it would be written again.
    project::write_sink(&places.project, false)?;
    fs::write(places.folder.join("end"), end.to_string())?;
    Ok(())
}

/// Threads of either side: all that there are, which is what `mitra-query` takes.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Starts the SQL endpoint and waits until it holds everything, in files that are merged.
fn follow(options: &Options, places: &Places, programs: &Programs) -> Result<Running> {
    let started = Instant::now();
    let query = programs.query()?;
    let mut mitra = loop {
        match connect(&query) {
            Ok(mitra) => break mitra,
            // Nobody is let in before the tables hold everything.
            Err(_) if started.elapsed() < FOLLOW_TIMEOUT => thread::sleep(FOLLOW_PERIOD),
            Err(error) => return Err(error),
        }
    };
    let rows = mitra.number(&format!("SELECT count(*) FROM {DECISION}"))?;
    if rows < options.decisions {
        bail!("mitra-query has {rows} rows of {} decisions", options.decisions);
    }
    println!("tables: {rows} rows followed in {:.1} s", started.elapsed().as_secs_f64());
    let mut cpu_seconds = query.usage()?.cpu_seconds;
    loop {
        thread::sleep(SETTLED_PERIOD);
        let now = query.usage()?.cpu_seconds;
        if now - cpu_seconds < IDLE_CPU_SECONDS {
            break;
        }
        cpu_seconds = now;
    }
    let bytes = bytes_of(&places.data.join("tables"))?;
    println!(
        "  merged {:.0} s after its start; {:.2} GB of files for the stream and the decision, DuckDB's file of the decision {:.2} GB",
        started.elapsed().as_secs_f64(),
        bytes as f64 / 1e9,
        fs::metadata(places.folder.join("payment_risk.parquet"))?.len() as f64 / 1e9
    );
    Ok(query)
}

fn connect(query: &Running) -> Result<Mitra> {
    let (host, port) = query.address.rsplit_once(':').context("an address has a port")?;
    Mitra::connect(host, port.parse()?)
}

/// Asks both sides by turns, and prints the table.
fn ask(options: &Options, places: &Places, query: &Running, asked: Vec<Query>) -> Result<()> {
    let mut mitra = connect(query)?;
    let mut duckdb = DuckDb::start(&places.python, threads())?;
    duckdb.open_files(&places.folder)?;
    println!("\n| question | rows | Mitra | DuckDB | DuckDB / Mitra | spread |\n|---|--:|--:|--:|--:|--:|");
    for asked in asked {
        let (ours, theirs) = (mitra.ask(&asked.sql)?, duckdb.ask(&asked.sql)?);
        compare(&asked, &ours, &theirs)?;
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..options.runs {
            times[0].push(milliseconds(&mitra.ask(&asked.sql)?));
            times[1].push(milliseconds(&duckdb.ask(&asked.sql)?));
        }
        times.iter_mut().for_each(|times| times.sort_unstable_by(f64::total_cmp));
        let [ours_ms, theirs_ms] = [quantile(&times[0], 0.5), quantile(&times[1], 0.5)];
        println!(
            "| {} | {} | {ours_ms:.1} | {theirs_ms:.1} | {:.2} | {:.0}% |",
            asked.name,
            ours.rows.len(),
            theirs_ms / ours_ms,
            100.0 * spread(&times[0]).max(spread(&times[1]))
        );
    }
    let theirs = process::usage(duckdb.id()).context("DuckDB's process has ended")?;
    println!(
        "\nmemory at most: mitra-query {:.2} GB, DuckDB's process {:.2} GB",
        query.usage()?.resident_bytes_max as f64 / 1e9,
        theirs.resident_bytes_max as f64 / 1e9
    );
    Ok(())
}

fn milliseconds(answer: &Answer) -> f64 {
    answer.seconds * 1e3
}

/// How far the middle half reaches, relative to the median.
fn spread(sorted: &[f64]) -> f64 {
    (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / quantile(sorted, 0.5)
}

/// Events come in while somebody looks for the newest.
fn live(options: &Options, programs: &Programs, query: &Running, events: &Events) -> Result<()> {
    let server = programs.serve()?;
    println!(
        "\n| events a second | fresh p50 | p99 | p99.9 | largest | a look p50 | acknowledged p50 | p99 | CPU mitra | CPU mitra-query |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    let mut first = connect(query)?.number(&format!("SELECT max(position) FROM {DECISION}"))? + 1;
    for rate in &options.rates {
        let load = Load { rate: *rate, seconds: options.seconds, connections: options.connections, first };
        first += load.count();
        let began = Instant::now();
        let before = [server.usage()?.cpu_seconds, query.usage()?.cpu_seconds];
        let found = freshness::run(&server.address, connect(query)?, events, load)?;
        let took = began.elapsed().as_secs_f64();
        let after = [server.usage()?.cpu_seconds, query.usage()?.cpu_seconds];
        println!(
            "{} {:.2} | {:.2} |",
            row(*rate, &found),
            (after[0] - before[0]) / took,
            (after[1] - before[1]) / took
        );
    }
    println!(
        "\nmemory at most: mitra {:.2} GB, mitra-query {:.2} GB",
        server.usage()?.resident_bytes_max as f64 / 1e9,
        query.usage()?.resident_bytes_max as f64 / 1e9
    );
    server.stop()
}

fn row(rate: u64, found: &Freshness) -> String {
    let fresh = |share| quantile(&found.fresh_ms, share);
    format!(
        "| {rate} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
        fresh(0.5),
        fresh(0.99),
        fresh(0.999),
        fresh(1.0),
        quantile(&found.looks_ms, 0.5),
        quantile(&found.acknowledged_ms, 0.5),
        quantile(&found.acknowledged_ms, 0.99)
    )
}
