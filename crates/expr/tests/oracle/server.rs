//! Evaluates one SQL expression over many rows on a PostgreSQL server, catching what each row raises.

use postgres::{Client, NoTls};
use test_servers::Postgres;
use types::DataType;

/// What one row gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Null,
    Text(String),
    /// The SQLSTATE, or our code's name.
    Raised(String),
}

pub struct Session {
    client: Client,
    /// Held so that the server lives as long as its session.
    _server: Postgres,
}

/// Division and multiplication at our static scale, by exact integers.
const SETUP: &str = "
    CREATE FUNCTION pg_temp.divide(a numeric, b numeric, s int) RETURNS numeric LANGUAGE plpgsql STRICT AS $$ BEGIN
        IF b = 0 THEN RETURN a / b; END IF;
        RETURN (sign(a) * sign(b) * div(2 * abs(a) * (10::numeric ^ s) + abs(b), 2 * abs(b)))::text::numeric * ('1e-' || s)::numeric;
    END $$;
    SET extra_float_digits = 1;
    SET intervalstyle = postgres;
    SET datestyle = 'ISO, YMD';
    SET timezone = 'UTC';
    -- With the arguments' values at hand the planner folds NULL + 1/0 to NULL, which execution raises.
    SET plan_cache_mode = force_generic_plan;
";

/// Tests that run side by side share one server, whose schemas only one of them can make.
const ALONE: (&str, &str) = ("SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)");

impl Session {
    pub fn new() -> Self {
        let server = test_servers::postgres();
        let mut client =
            Client::connect(&server.connection_string(), NoTls).expect("the server accepts connections");
        for sql in [ALONE.0, include_str!("setup.sql"), ALONE.1, SETUP] {
            client.batch_execute(sql).unwrap_or_else(|error| panic!("the set-up fails: {error:?}"));
        }
        Self { client, _server: server }
    }

    /// The texts of `expression` over rows whose columns are `c0`, `c1`, ... of these types.
    pub fn evaluate(
        &mut self,
        expression: &str,
        columns: &[DataType],
        rows: &[Vec<Option<String>>],
    ) -> Vec<Answer> {
        let parameters: Vec<String> =
            columns.iter().enumerate().map(|(index, column)| format!("c{index} {}", name(*column))).collect();
        let body = format!(
            "CREATE OR REPLACE FUNCTION pg_temp.probe({}) RETURNS text LANGUAGE plpgsql AS $probe$ BEGIN
                RETURN '=' || ({expression})::text;
            EXCEPTION WHEN OTHERS THEN RETURN '!' || SQLSTATE || ' ' || SQLERRM; END $probe$",
            parameters.join(", ")
        );
        self.client.batch_execute(&body).unwrap_or_else(|error| panic!("{expression}: {error:?}"));
        let arguments: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| format!("c{index}::{}", name(*column)))
            .collect();
        let arrays: Vec<String> = (0..columns.len()).map(|index| format!("${}::text[]", index + 2)).collect();
        let names: String = (0..columns.len()).map(|index| format!(", c{index}")).collect();
        let query = format!(
            "SELECT pg_temp.probe({}) FROM unnest($1::bigint[]{}) AS rows(id{names}) ORDER BY id",
            arguments.join(", "),
            arrays.iter().map(|array| format!(", {array}")).collect::<String>(),
        );
        let ids: Vec<i64> = (0..rows.len() as i64).collect();
        let texts: Vec<Vec<Option<String>>> =
            (0..columns.len()).map(|column| rows.iter().map(|row| row[column].clone()).collect()).collect();
        let mut given: Vec<&(dyn postgres::types::ToSql + Sync)> = vec![&ids];
        given.extend(texts.iter().map(|column| column as &(dyn postgres::types::ToSql + Sync)));
        let answers = self.client.query(&query, &given).unwrap_or_else(|error| panic!("{query}: {error:?}"));
        answers.iter().map(|row| answer(expression, row.get(0))).collect()
    }

    /// The text of a constant expression, without a function around it.
    pub fn constant(&mut self, expression: &str) -> Answer {
        match self.client.query_one(&format!("SELECT ({expression})::text"), &[]) {
            Ok(row) => row.get::<_, Option<String>>(0).map_or(Answer::Null, Answer::Text),
            Err(error) => {
                let state = error.code().unwrap_or_else(|| panic!("{expression}: {error}"));
                Answer::Raised(state.code().to_owned())
            }
        }
    }

    /// PostgreSQL's type of an expression over typed columns; `None` when it has none.
    pub fn type_of(&mut self, expression: &str, columns: &[DataType]) -> Option<String> {
        let columns: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| format!("NULL::{} AS c{index}", name(*column)))
            .collect();
        let query =
            format!("SELECT pg_typeof({expression})::text FROM (SELECT {}) AS row", columns.join(", "));
        self.client.query_one(&query, &[]).ok().map(|row| row.get(0))
    }
}

fn answer(expression: &str, text: Option<String>) -> Answer {
    let Some(text) = text else { return Answer::Null };
    if let Some(value) = text.strip_prefix('=') {
        return Answer::Text(value.to_owned());
    }
    assert!(!text.starts_with("!42"), "PostgreSQL refuses {expression}: {text}");
    Answer::Raised(text[1..].to_owned())
}

/// PostgreSQL's name of a type.
pub fn name(data_type: DataType) -> String {
    match data_type {
        DataType::Double => "double precision".to_owned(),
        DataType::Decimal { precision, scale } => format!("numeric({precision},{scale})"),
        other => other.to_string().to_lowercase(),
    }
}
