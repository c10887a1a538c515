//! Statements that change the definitions in every way that has to keep what is acknowledged, at random.

use std::sync::Arc;

use sql::Definitions;

use crate::world::Random;

/// Files of both tables in every shape: `cards-<shape>-<number>.csv` and `places-<shape>-<number>.csv`.
pub fn file(path: &str) -> Result<Arc<[u8]>, String> {
    let parts: Vec<&str> = path.trim_end_matches(".csv").split('-').collect();
    let [_, shape, number] = parts[..] else { return Err("no such file".to_owned()) };
    let number: u64 = number.parse().map_err(|_| "no such file")?;
    let mut random = Random(number);
    let row = |card: u64| match shape {
        "named" => format!("c{card},name {card},{}\n", random.below(10)),
        _ => format!("c{card},{}\n", random.below(10)),
    };
    let rows: String = (0..5).map(row).collect();
    let names = if shape == "named" { "id,name,grade" } else { "id,grade" };
    Ok(format!("{names}\n{rows}").into_bytes().into())
}

/// What was defined, as written: what an acknowledged change leaves.
pub fn texts(definitions: &Definitions) -> Vec<String> {
    definitions.statements.values().map(|statement| statement.text.trim_end_matches(';').to_owned()).collect()
}

/// The next change of `definitions`.
pub fn statements(random: &mut Random, definitions: &Definitions) -> String {
    match random.below(5) {
        0 => rule(random, definitions),
        1 => table(random, "cards", "OR REPLACE "),
        2 => features(random),
        3 if definitions.decisions.contains_key("second") => match random.below(2) {
            0 => second(random, "OR REPLACE "),
            _ => {
                "DROP RULE high ON second; DROP DECISION second; DROP VIEW outer_view; DROP VIEW inner_view; \
                  DROP TABLE places;"
                    .to_owned()
            }
        },
        3 => second(random, ""),
        _ => format!(
            "CREATE OR REPLACE RULE many ON risk WHEN n > {} THEN {};",
            1 + random.below(4),
            random.pick(&["review", "decline"])
        ),
    }
}

fn rule(random: &mut Random, definitions: &Definitions) -> String {
    if definitions.rules.contains_key(&("risk".to_owned(), "extra".to_owned())) {
        return "DROP RULE extra ON risk;".to_owned();
    }
    let condition = random.pick(&["largest > 30", "risky > 1 OR spread > 2", "grade > 5 AND failed > 0"]);
    format!("CREATE RULE extra ON risk WHEN {condition} THEN decline;")
}

/// Few numbers, so that a file which is stored already comes again.
fn table(random: &mut Random, name: &str, replace: &str) -> String {
    let (shape, columns) = *random.pick(&[
        ("plain", "id TEXT PRIMARY KEY, grade BIGINT"),
        ("plain", "id TEXT PRIMARY KEY, grade DOUBLE"),
        ("named", "id TEXT PRIMARY KEY, name TEXT, grade BIGINT"),
    ]);
    let number = random.below(3);
    format!("CREATE {replace}TABLE {name} ({columns}) FROM file('{name}-{shape}-{number}.csv');")
}

fn window(random: &mut Random, key: &str) -> String {
    let seconds = random.pick(&[5, 60, 600]);
    format!(
        "(PARTITION BY {key} ORDER BY at RANGE BETWEEN INTERVAL '{seconds} seconds' PRECEDING AND CURRENT ROW)"
    )
}

/// The view of the decision that every event needs, with other arguments, filters, keys and frames.
fn features(random: &mut Random) -> String {
    let total = random.pick(&["sum(amount)", "sum(amount) FILTER (WHERE ok)", "sum(score)"]);
    let mean =
        random.pick(&["avg(score)", "avg(amount)", "min(score) FILTER (WHERE amount / (amount - 5) > 1)"]);
    let largest = random.pick(&["max(amount)", "first_value(amount)", "last_value(amount / (amount - 5))"]);
    let kinds = random.pick(&["count(DISTINCT ok)", "count(DISTINCT c.grade)", "count(DISTINCT amount)"]);
    let spread = random.pick(&["stddev(score)", "stddev(amount)", "count(score)"]);
    let before = random.pick(&["lag(amount)", "lag(score, 2)"]);
    let ok = random.pick(&["l.ok", "NOT l.ok"]);
    let (own, minutes) = (random.pick(&["card", "card, ok"]), random.pick(&[1, 2]));
    let window = window(random, own);
    format!(
        "CREATE OR REPLACE VIEW features AS SELECT p.*, count(*) OVER w AS n, {total} OVER w AS total,
            {mean} OVER w AS mean, {largest} OVER w AS largest, {kinds} OVER w AS kinds, {spread} OVER w AS spread,
            {before} OVER o AS before, amount / (amount - 5) AS risky, c.grade AS grade,
            (SELECT count(*) FROM logins l WHERE l.card = p.card AND {ok}
                AND l.at BETWEEN p.at - INTERVAL '{minutes} minutes' AND p.at) AS failed
            FROM payments p LEFT JOIN cards FOR SYSTEM_TIME AS OF p.at AS c ON c.id = p.card
            WINDOW w AS {window}, o AS (PARTITION BY card ORDER BY at);"
    )
}

/// A decision that comes and goes with all that it reads: a table, and two views that feed one timeline from another,
/// now one way round and now the other.
fn second(random: &mut Random, replace: &str) -> String {
    let (first, then) = *random.pick(&[("card", "ok"), ("ok", "card"), ("card", "card, ok")]);
    let value = random.pick(&["sum(a)", "max(a)", "count(DISTINCT q.grade)", "last_value(q.grade)"]);
    let table = table(random, "places", replace);
    let (inner, outer) = (window(random, first), window(random, then));
    format!(
        "{table}
        CREATE {replace}VIEW inner_view AS SELECT p.*, count(*) OVER {inner} AS a FROM payments p;
        CREATE {replace}VIEW outer_view AS SELECT i.*, q.grade AS grade, {value} OVER {outer} AS b
            FROM inner_view i LEFT JOIN places FOR SYSTEM_TIME AS OF i.at AS q ON q.id = i.card;
        CREATE {replace}DECISION second ON outer_view OUTCOMES (low, high);
        CREATE {replace}RULE high ON second WHEN b > {} THEN high;",
        random.below(6)
    )
}
