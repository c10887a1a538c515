//! Writes a simulated gateway's events to files, for imports, training and measurements.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, bail};
use payments_generator::{Config, Generator, merchants_csv, write_files};

const USAGE: &str = "\
usage: payments-generator --out DIR [option value]...

  --events N       stop after N events of all streams (default 100000)
  --seed N         the same seed gives the same bytes (default 1)
  --start MICROS   time of the first event since 1970 (default 2026-01-01)
  --rate N         simulated payments a second, by day's average (default 0.1667)
  --customers N    (default 5000)
  --merchants N    (default 500)
  --fraud-rate N   share of payments (default 0.01)
  --late-rate N    share of events (default 0.01)
  --rhythm BOOL    whether nights are quiet (default true)

Writes payments.ndjson, logins.ndjson, refunds.ndjson, chargebacks.ndjson, labels.ndjson and merchants.csv into DIR,
and truth.csv: who was behind each payment that was no ordinary one, which no gateway knows then.";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (out, count, config) = parse(&arguments)?;
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    fs::write(out.join("merchants.csv"), merchants_csv(&config)).context("cannot write merchants.csv")?;
    write_files(&out, Generator::new(config).take(count))?;
    Ok(())
}

fn parse(arguments: &[String]) -> anyhow::Result<(PathBuf, usize, Config)> {
    let mut config = Config::default();
    let mut out = None;
    let mut count = 100_000;
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { bail!("`{}` needs a value\n{USAGE}", pair[0]) };
        let wrong = || format!("`{value}` is no value for `{name}`");
        match name.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--events" => count = value.parse().with_context(wrong)?,
            "--seed" => config.seed = value.parse().with_context(wrong)?,
            "--start" => config.start = value.parse().with_context(wrong)?,
            "--rate" => config.events_per_second = value.parse().with_context(wrong)?,
            "--customers" => config.customers = value.parse().with_context(wrong)?,
            "--merchants" => config.merchants = value.parse().with_context(wrong)?,
            "--fraud-rate" => config.fraud_rate = value.parse().with_context(wrong)?,
            "--late-rate" => config.late_rate = value.parse().with_context(wrong)?,
            "--rhythm" => config.daily_rhythm = value.parse().with_context(wrong)?,
            _ => bail!("unknown option `{name}`\n{USAGE}"),
        }
    }
    Ok((out.context(USAGE)?, count, config))
}
