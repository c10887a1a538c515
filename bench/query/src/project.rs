//! The project whose decisions are asked about: a stream of fifteen columns, a view of features and a score, ten rules.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

/// The stream's columns, in the order of the files.
pub const COLUMNS: [(&str, &str); 15] = [
    ("event_id", "TEXT PRIMARY KEY"),
    ("occurred_at", "TIMESTAMPTZ"),
    ("card_id", "TEXT"),
    ("device_id", "TEXT"),
    ("merchant_id", "TEXT"),
    ("order_id", "TEXT"),
    ("amount", "DECIMAL(18,2)"),
    ("currency", "TEXT"),
    ("country", "TEXT"),
    ("method", "TEXT"),
    ("status", "TEXT"),
    ("channel", "TEXT"),
    ("items", "BIGINT"),
    ("is_recurring", "BOOLEAN"),
    ("address_risk", "DOUBLE"),
];

/// The decision.
pub const DECISION: &str = "payment_risk";

/// The sink that gives the rows to the other side, in the project's folder.
pub const SINK: &str = "out/recorded.parquet";

const DECISIONS: &str = "\
CREATE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, city TEXT, onboarded_on DATE) FROM file('merchants.csv');

CREATE VIEW payment_features AS
SELECT p.*,
    count(*) OVER card_1h AS card_payments_1h,
    sum(p.amount) OVER card_1d AS card_amount_1d,
    count(DISTINCT p.merchant_id) OVER card_1d AS card_merchants_1d,
    count(*) FILTER (WHERE p.status = 'failed') OVER device_1d AS device_failures_1d,
    m.category AS merchant_category
FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.merchant_id
WINDOW
    card_1h AS (PARTITION BY p.card_id ORDER BY p.occurred_at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    card_1d AS (PARTITION BY p.card_id ORDER BY p.occurred_at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    device_1d AS (PARTITION BY p.device_id ORDER BY p.occurred_at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW);

CREATE VIEW scored_payments AS
SELECT *, least(1::DOUBLE, 0.6 * address_risk + 0.02 * card_payments_1h + 0.03 * device_failures_1d) AS score
FROM payment_features;

CREATE DECISION payment_risk ON scored_payments OUTCOMES (approve, challenge, review, decline);
CREATE RULE velocity ON payment_risk WHEN card_payments_1h >= 5 THEN review REASON 'many payments in an hour';
CREATE RULE spending ON payment_risk WHEN card_amount_1d > 25000 THEN review REASON 'much in a day';
CREATE RULE many_merchants ON payment_risk WHEN card_merchants_1d > 20 THEN challenge REASON 'many merchants in a day';
CREATE RULE failing_device ON payment_risk WHEN device_failures_1d >= 8 THEN decline REASON 'many failures of a device';
CREATE RULE large ON payment_risk WHEN amount > 5000 THEN review REASON 'large amount';
CREATE RULE gift_cards ON payment_risk WHEN merchant_category = 'gift_cards' AND amount > 500
    THEN challenge REASON 'large gift card';
CREATE RULE address ON payment_risk WHEN address_risk > 0.97 THEN challenge REASON 'address of ill repute';
CREATE RULE score_high ON payment_risk WHEN score >= 0.62 THEN decline REASON 'high score';
CREATE RULE score_medium ON payment_risk WHEN score >= 0.55 THEN review REASON 'rather high score';
CREATE RULE abroad ON payment_risk WHEN country <> 'IN' AND amount > 1000
    THEN challenge REASON 'large and abroad' WITH (mode = 'shadow');
";

/// Writes the project.
///
/// # Errors
/// Those of the file system.
pub fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let put = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let columns: Vec<String> = COLUMNS.iter().map(|(name, sql)| format!("    {name} {sql}")).collect();
    let stream = format!(
        "CREATE STREAM payments (\n{}\n) WITH (event_time = 'occurred_at', allowed_lateness = '1 hour', hot = '30 days');\n",
        columns.join(",\n")
    );
    put("mitra.toml", "[project]\nname = \"bench-query\"\n".to_owned())?;
    put("schema.sql", stream)?;
    put("decisions.sql", DECISIONS.to_owned())
}

/// Adds or removes the sink.
///
/// # Errors
/// Those of the file system.
pub fn write_sink(folder: &Path, is_there: bool) -> Result<()> {
    let statement = format!("CREATE SINK recorded ON {DECISION} TO file('{SINK}');\n");
    let text = if is_there { statement } else { String::new() };
    fs::write(folder.join("sinks.sql"), text).context("cannot write sinks.sql")
}
