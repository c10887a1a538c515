//! How fast trees are scored, against XGBoost's C API and `tl2cgen`.
//!
//! `cargo run --release -p bench-trees -- [trees or all] [batch or all] [side or all] [python]`
//!
//! All margins are compared before anything is timed. The first run trains the models and compiles them to C. With a
//! side named, only that one runs, for a profiler.

mod prepare;
mod rows;
mod sides;
mod tl2cgen;
mod xgboost;

use std::{collections::BTreeSet, env, fs};

use anyhow::{Context as _, ensure};

use crate::{
    prepare::Files,
    rows::Rows,
    sides::{BATCHES, CHECKED_CALLS, Clock, Mitra, Side},
};

/// Sizes of the models.
const TREES: [usize; 3] = [100, 300, 500];

/// Values in a row.
const FEATURES: usize = 200;

/// What is named on the command line, if anything is.
struct Wanted {
    trees: Option<usize>,
    batch: Option<usize>,
    side: Option<String>,
}

impl Wanted {
    fn side(&self, name: &str) -> bool {
        self.side.as_ref().is_none_or(|side| side == name)
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1).map(|argument| (argument != "all").then_some(argument));
    let mut next = || arguments.next().flatten();
    let number = |text: Option<String>| text.map(|text| text.parse()).transpose();
    let wanted = Wanted {
        trees: number(next()).context("the first argument is a number of trees")?,
        batch: number(next()).context("the second argument is a size of batches")?,
        side: next(),
    };
    let files = Files::prepare(next())?;
    let rows = Rows::read(&files.rows(), FEATURES)?;
    let library = xgboost::library(&files.xgboost)?;
    println!("{}; {} rows of {FEATURES} features, ns a row", prepare::machine()?, rows.len());
    for trees in TREES.into_iter().filter(|trees| wanted.trees.is_none_or(|wanted| *trees == wanted)) {
        measure(trees, &files, &rows, &library, &wanted)?;
    }
    Ok(())
}

/// Compares, times and prints one model.
fn measure(
    trees: usize,
    files: &Files,
    rows: &Rows,
    library: &libloading::Library,
    wanted: &Wanted,
) -> anyhow::Result<()> {
    let path = files.model(trees);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let model = trees::Model::load(&bytes)?;
    ensure!(
        model.tree_count() == trees && model.feature_count() == FEATURES,
        "not the model that was asked for"
    );
    let mut sides: Vec<Box<dyn Side + '_>> = vec![
        Box::new(Mitra { model, rows }),
        Box::new(xgboost::Booster::load("XGBoost", Clock::Thread, library, &bytes, rows)?),
        Box::new(xgboost::Booster::load("XGBoost, all cores", Clock::Wall, library, &bytes, rows)?),
    ];
    if wanted.side("tl2cgen") {
        match files.compiled(trees).and_then(|path| tl2cgen::Compiled::load(&path, rows)) {
            Ok(compiled) => sides.push(Box::new(compiled)),
            Err(error) => println!("without tl2cgen: {error:#}"),
        }
    }
    let reference = sides.iter_mut().find(|side| side.name() == "XGBoost").expect("XGBoost is a side");
    let expected = sides::margins(reference.as_mut(), rows, BATCHES[2], usize::MAX / BATCHES[2]);
    sides.retain(|side| wanted.side(side.name()));
    println!("\n{trees} trees: {}", compare(&mut sides, rows, &expected)?);
    let names: String = sides.iter().map(|side| format!(" {} |", side.name())).collect();
    let ratios: String = sides.iter().skip(1).map(|side| format!(" {} / Mitra |", side.name())).collect();
    println!("| trees | batch |{names}{ratios} spread |\n|{}", "--:|".repeat(2 * sides.len() + 2));
    for batch in BATCHES.into_iter().filter(|batch| wanted.batch.is_none_or(|wanted| *batch == wanted)) {
        let times = sides::time(&mut sides, rows, batch);
        let medians: String = times.iter().map(|time| format!(" {:.0} |", time.median)).collect();
        let ratio = |time: &sides::Time| format!(" {:.1} |", time.median / times[0].median);
        let ratios: String = times.iter().skip(1).map(ratio).collect();
        let spread = times.iter().map(|time| time.spread).fold(0.0, f64::max);
        println!("| {trees} | {batch} |{medians}{ratios} {:.0}% |", 100.0 * spread);
    }
    Ok(())
}

/// Compares margins in every size of batches with those of XGBoost on one thread: all of ours, and of the others those
/// of some calls, because a call of XGBoost for one row takes long.
fn compare(sides: &mut [Box<dyn Side + '_>], rows: &Rows, expected: &[f32]) -> anyhow::Result<String> {
    let distinct = expected.iter().map(|margin| margin.to_bits()).collect::<BTreeSet<_>>().len();
    ensure!(distinct > rows.len() / 2, "{distinct} different margins tell nothing");
    let mut text = format!("{} margins, {distinct} different, equal bit for bit", expected.len());
    for side in sides {
        for batch in BATCHES {
            let calls = if side.name() == "Mitra" { rows.len() } else { CHECKED_CALLS };
            let found = sides::margins(side.as_mut(), rows, batch, calls);
            if side.name() == "tl2cgen" {
                let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                ensure!(apart < 1e-4, "tl2cgen is {apart:e} away, which no order of addition explains");
                if batch == BATCHES[2] {
                    text += &format!("; tl2cgen, which adds the base score last, at most {apart:.1e} away");
                }
            } else {
                sides::equal(side.name(), &found, expected).with_context(|| format!("batches of {batch}"))?;
            }
        }
    }
    Ok(text)
}
