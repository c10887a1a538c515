//! Ten questions that a payments analyst's dashboard asks, in SQL that both sides take as it is.

use types::time::DAY;

use crate::events::{card_name, card_text};

/// A question. All its rows are ordered, so that answers can be compared.
#[derive(Clone, Debug)]
pub struct Query {
    /// What it is called in the table.
    pub name: &'static str,
    /// The question.
    pub sql: String,
    /// Columns of doubles, which are compared to a relative 10⁻⁹; all else must be equal.
    pub doubles: &'static [usize],
}

/// A card that is used neither often nor seldom.
const CARD: u64 = 100_000;

/// All questions over decisions of which the last was made at `end`, in microseconds.
pub fn all(seed: u64, end: i64) -> Vec<Query> {
    let mut day_ago = String::new();
    types::time::write_rfc3339(&mut day_ago, end - DAY).expect("a string takes all");
    // Both sides read a text without a zone as UTC.
    let day_ago = day_ago.trim_end_matches('Z').replace('T', " ");
    let card = card_text(card_name(seed, CARD));
    let mut all = overview(&day_ago);
    all.extend(details(&card));
    all
}

fn query(name: &'static str, sql: &str) -> Query {
    Query { name, sql: sql.to_owned(), doubles: &[] }
}

/// What is on the first page.
fn overview(day_ago: &str) -> Vec<Query> {
    vec![
        query(
            "outcomes by hour",
            "SELECT date_trunc('hour', occurred_at) AS hour, outcome, count(*) AS payments, sum(amount) AS amount \
             FROM payment_risk GROUP BY 1, 2 ORDER BY 1, 2",
        ),
        query(
            "merchants with most declines",
            "SELECT merchant_id, count(*) AS declines, sum(amount) AS amount FROM payment_risk \
             WHERE outcome = 'decline' GROUP BY merchant_id ORDER BY declines DESC, merchant_id LIMIT 20",
        ),
        query(
            "approvals by country and method, last day",
            &format!(
                "SELECT country, method, count(*) AS payments, count(*) FILTER (WHERE outcome = 'approve') AS approved \
                 FROM payment_risk WHERE occurred_at >= '{day_ago}' GROUP BY country, method ORDER BY country, method"
            ),
        ),
        Query {
            doubles: &[1, 2],
            ..query(
                "median and p95 of the amount by outcome",
                "SELECT outcome, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount::DOUBLE PRECISION) AS median, \
                 percentile_cont(0.95) WITHIN GROUP (ORDER BY amount::DOUBLE PRECISION) AS p95 \
                 FROM payment_risk GROUP BY outcome ORDER BY outcome",
            )
        },
    ]
}

/// What is asked next: of single payments and cards, of scores, rules and merchants.
fn details(card: &str) -> Vec<Query> {
    vec![
        Query {
            doubles: &[6],
            ..query(
                "latest 50 declines",
                "SELECT position, event_id, occurred_at, merchant_id, card_id, amount, score, fired FROM payment_risk \
                 WHERE outcome = 'decline' ORDER BY position DESC LIMIT 50",
            )
        },
        query(
            "cards by day",
            "SELECT date_trunc('day', occurred_at) AS day, count(DISTINCT card_id) AS cards FROM payment_risk \
             GROUP BY 1 ORDER BY 1",
        ),
        query(
            "histogram of scores",
            "SELECT floor(score * 20)::BIGINT AS bucket, count(*) AS payments, \
             count(*) FILTER (WHERE outcome <> 'approve') AS stopped FROM payment_risk GROUP BY 1 ORDER BY 1",
        ),
        Query {
            doubles: &[5],
            ..query(
                "one card's history",
                &format!(
                    "SELECT occurred_at, merchant_id, amount, status, outcome, score FROM payment_risk \
                     WHERE card_id = '{card}' ORDER BY occurred_at"
                ),
            )
        },
        query(
            "firing rules by day",
            "SELECT day, rule, count(*) AS payments FROM (SELECT date_trunc('day', occurred_at) AS day, \
             unnest(fired) AS rule FROM payment_risk) AS fired_rules GROUP BY day, rule ORDER BY day, rule",
        ),
        query(
            "volume by merchants' category, joined",
            "SELECT m.category, p.outcome, count(*) AS payments, sum(p.amount) AS amount \
             FROM payment_risk p JOIN merchants m ON m.id = p.merchant_id \
             GROUP BY m.category, p.outcome ORDER BY m.category, p.outcome",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_questions_say_in_which_order_their_rows_are() {
        let queries = all(1, 1_767_323_045_678_000);
        assert_eq!(queries.len(), 10);
        assert!(queries.iter().all(|query| query.sql.contains("ORDER BY")));
        assert!(queries[2].sql.contains("occurred_at >= '2026-01-01 03:04:05.678000'"), "{}", queries[2].sql);
    }
}
