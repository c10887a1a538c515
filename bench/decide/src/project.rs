//! The project that is measured, as SQL: a stream of a hundred columns, a view of two hundred features, a decision.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result};

use crate::columns::{COLUMNS, Kind};

/// The decision.
pub const DECISION: &str = "payment_risk";

/// Windows: what they are called, and how long they are.
const WINDOWS: [(&str, &str); 5] =
    [("5m", "5 minutes"), ("1h", "1 hour"), ("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days")];

/// What is computed for each key: what it is called, the aggregate and its windows. `OTHER` is another entity.
const AGGREGATES: [(&str, &str, &[&str]); 8] = [
    ("count", "count(*)", &["5m", "1h", "1d", "7d", "30d"]),
    ("sum", "sum(p.amount)", &["1h", "1d", "7d", "30d"]),
    ("average", "avg(p.amount)", &["1d", "30d"]),
    ("largest", "max(p.amount)", &["1d", "30d"]),
    ("smallest", "min(p.amount)", &["7d"]),
    ("deviation", "stddev(p.amount)", &["7d", "30d"]),
    ("others", "count(DISTINCT p.OTHER)", &["1d", "7d"]),
    ("failures", "count(*) FILTER (WHERE p.status = 'failed')", &["1h", "30d"]),
];

/// The columns that features are over.
fn keys() -> impl Iterator<Item = &'static str> {
    let is_key = |kind| matches!(kind, Kind::Key(_) | Kind::Merchant(_));
    COLUMNS.iter().filter(move |column| is_key(column.kind)).map(|column| column.name)
}

/// Names of all features, each with its expression.
fn features() -> Vec<(String, String)> {
    let mut features = Vec::new();
    for key in keys() {
        let other = if key == "card_id" { "merchant_id" } else { "card_id" };
        let short = key.trim_end_matches("_id");
        for (name, aggregate, windows) in AGGREGATES {
            let aggregate = aggregate.replace("OTHER", other);
            let each =
                |window| (format!("{short}_{name}_{window}"), format!("{aggregate} OVER {short}_{window}"));
            features.extend(windows.iter().map(each));
        }
    }
    features
}

/// Writes all that can be known before the first run; the model and the rules come from `train.py`.
///
/// # Errors
/// Those of the file system.
pub fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let put = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    put("mitra.toml", "[project]\nname = \"bench-decide\"\n".to_owned())?;
    put("schema.sql", schema())?;
    put("features.sql", view())
}

/// The statements of a run without a model: features of the payments from `after` on, one in `one_in`, go to Parquet.
pub fn sampling(after: &str, one_in: u64) -> String {
    let width = one_in.to_string().len() - 1;
    let ends = "0".repeat(width);
    format!(
        "CREATE DECISION {DECISION} ON payment_features OUTCOMES (approve, challenge, review, decline);\n\
         CREATE SINK sample ON {DECISION} WHERE occurred_at >= TIMESTAMPTZ '{after}' AND event_id LIKE '%{ends}' \
         TO file('out/sample.parquet');\n"
    )
}

/// The statements of a run with the model. With `recorded`, every record goes to Parquet as well.
pub fn scoring(recorded: bool) -> String {
    let mut text = format!(
        "CREATE MODEL fraud FROM 'fraud.json';\n\
         CREATE VIEW scored_payments AS SELECT *, predict('fraud') AS fraud_score FROM payment_features;\n\
         CREATE DECISION {DECISION} ON scored_payments OUTCOMES (approve, challenge, review, decline);\n"
    );
    if recorded {
        writeln!(text, "CREATE SINK recorded ON {DECISION} TO file('out/recorded.parquet');")
            .expect("a string takes all");
    }
    text
}

fn schema() -> String {
    let mut text = "CREATE STREAM payments (\n".to_owned();
    let columns: Vec<String> =
        COLUMNS.iter().map(|column| format!("    {} {}", column.name, column.sql_type())).collect();
    text.push_str(&columns.join(",\n"));
    text.push_str(
        "\n) WITH (event_time = 'occurred_at', arrival_time = 'received_at', allowed_lateness = '1 hour');\n\n\
         CREATE TABLE merchants (\n    id TEXT PRIMARY KEY,\n    category TEXT,\n    country TEXT,\n    risk DOUBLE,\n    \
         chargebacks BIGINT\n) FROM file('merchants.csv');\n",
    );
    text
}

fn view() -> String {
    let mut lines: Vec<String> = ["event_id", "occurred_at", "amount", "status", "country", "is_proxy"]
        .iter()
        .map(|column| format!("    p.{column}"))
        .collect();
    lines.extend([
        "    m.category AS merchant_category".to_owned(),
        "    m.risk AS merchant_risk".to_owned(),
        "    m.chargebacks AS merchant_chargebacks".to_owned(),
        "    m.country <> p.country AS merchant_is_abroad".to_owned(),
    ]);
    lines.extend(features().iter().map(|(name, expression)| format!("    {expression} AS {name}")));
    let mut windows = Vec::new();
    for key in keys() {
        for (name, length) in WINDOWS {
            windows.push(format!(
                "    {}_{name} AS (PARTITION BY p.{key} ORDER BY p.occurred_at \
                 RANGE BETWEEN INTERVAL '{length}' PRECEDING AND CURRENT ROW)",
                key.trim_end_matches("_id")
            ));
        }
    }
    format!(
        "CREATE VIEW payment_features AS\nSELECT\n{}\nFROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF \
         p.occurred_at AS m ON m.id = p.merchant_id\nWINDOW\n{};\n",
        lines.join(",\n"),
        windows.join(",\n")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn two_hundred_features_over_ten_keys_in_twenty_combinations() {
        assert_eq!(keys().count(), 10);
        let names: BTreeSet<String> = features().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 200);
        assert_eq!(AGGREGATES.iter().map(|(.., windows)| windows.len()).sum::<usize>(), 20);
    }
}
