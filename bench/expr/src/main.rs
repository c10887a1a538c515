//! What one scalar costs, for one event and in a batch: `cargo run --release -p bench-expr`.

use std::{hint::black_box, time::Instant};

use expr::{Expr, Machine, Program};
use types::{Column, DataType, Value};

const BATCH: usize = 1_024;
/// Copies of an expression in one program, over different literals, so that none is shared.
const COPIES: usize = 50;
const SECONDS: f64 = 0.2;
/// Runs that are timed together.
const SLICE: u32 = 8;

const COLUMNS: &[DataType] = &[
    DataType::BigInt,
    DataType::BigInt,
    DataType::Decimal { precision: 18, scale: 2 },
    DataType::Double,
    DataType::Text,
    DataType::Timestamptz,
    DataType::Boolean,
    DataType::Text,
    DataType::Text,
];

fn value(column: usize, row: usize) -> Option<Value> {
    let number = (row as i64).wrapping_mul(7_919) % 1_000;
    (row % 10 != 3).then(|| match column {
        0 => Value::BigInt(number),
        1 => Value::BigInt(number % 13 + 1),
        2 => Value::Decimal { unscaled: i128::from(number) * 100 + 99, scale: 2 },
        3 => Value::Double(number as f64 / 7.0),
        4 => Value::Text(format!("card_{number:06}")),
        5 => Value::Timestamptz(1_767_323_045_000_000 + number * 1_000_003),
        6 => Value::Boolean(number % 2 == 0),
        7 => Value::Text(format!("10.{}.{}.7", number % 256, number % 13)),
        _ => Value::Text(format!(
            r#"{{"id": {number}, "card": {{"bin": "4242{number:04}", "country": "IN"}}, "items": [1, 2, 3], "note": null}}"#
        )),
    })
}

fn column(index: usize) -> Expr {
    expr::column(index, COLUMNS[index])
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    expr::call(name, arguments).expect("the benchmark's expressions are typed")
}

fn integer(value: usize) -> Expr {
    expr::literal(Value::BigInt(value as i64))
}

fn text(value: &str) -> Expr {
    expr::literal(Value::Text(value.to_owned()))
}

/// A name and one expression per copy.
type Measured = (&'static str, fn(usize) -> Expr);

const MEASURED: &[Measured] = &[
    ("column", |_| column(0)),
    ("bigint + literal", |copy| call("+", vec![column(0), integer(copy)])),
    ("bigint / bigint + literal", |copy| {
        call("+", vec![call("/", vec![column(0), column(1)]), integer(copy)])
    }),
    ("bigint > literal", |copy| call(">", vec![column(0), integer(copy)])),
    ("decimal > literal", |copy| call(">", vec![column(2), integer(copy)])),
    ("decimal * literal", |copy| call("*", vec![column(2), integer(copy + 2)])),
    ("decimal / literal", |copy| call("/", vec![column(2), integer(copy + 2)])),
    ("double * literal", |copy| call("*", vec![column(3), expr::literal(Value::Double(copy as f64 + 1.5))])),
    ("bool AND (bigint = literal)", |copy| {
        expr::and(column(6), call("=", vec![column(0), integer(copy)])).expect("both are conditions")
    }),
    ("CASE WHEN bigint > literal THEN a ELSE b END", |copy| {
        let condition = call(">", vec![column(0), integer(copy)]);
        expr::case(vec![(condition, column(0))], Some(column(1))).expect("both are integers")
    }),
    ("COALESCE(bigint, literal)", |copy| {
        expr::coalesce(vec![column(0), integer(copy)]).expect("both are integers")
    }),
    ("bigint IN (8 literals)", |copy| {
        expr::in_list(column(0), (copy..copy + 8).map(integer).collect(), false).expect("all are integers")
    }),
    ("text = literal", |copy| call("=", vec![column(4), text(&format!("card_{copy:06}"))])),
    ("text LIKE 'x%'", |copy| call("like", vec![column(4), text(&format!("card_{copy:03}%"))])),
    ("text ~ pattern", |copy| call("~", vec![column(4), text(&format!("_0*{copy}$"))])),
    ("lower(text) || literal", |copy| {
        call("||", vec![call("lower", vec![column(4)]), text(&format!("{copy}"))])
    }),
    ("date_trunc(hour) + literal", |copy| {
        let interval = types::Interval { micros: copy as i64, ..types::Interval::default() };
        call(
            "+",
            vec![call("date_trunc", vec![text("hour"), column(5)]), expr::literal(Value::Interval(interval))],
        )
    }),
    ("extract(hour) > literal", |copy| {
        call(">", vec![call("extract", vec![text("hour"), column(5)]), integer(copy)])
    }),
    ("extract(hour FROM time + literal AT TIME ZONE zone)", |copy| {
        let interval = types::Interval { micros: copy as i64, ..types::Interval::default() };
        let time = call("+", vec![column(5), expr::literal(Value::Interval(interval))]);
        call("extract", vec![text("hour"), time, text("Asia/Kolkata")])
    }),
    ("to_char(time, template)", |copy| {
        call("to_char", vec![column(5), text(&format!("YYYY-MM-DD HH24:MI \"{copy}\""))])
    }),
    ("network_subeq(ip, literal)", |copy| {
        call("network_subeq", vec![column(7), text(&format!("10.{copy}.0.0/16"))])
    }),
    ("json_extract_path_text(json, 'card', literal)", |copy| {
        call("json_extract_path_text", vec![column(8), text("card"), text(&format!("bin{copy}"))])
    }),
    ("levenshtein(text, literal)", |copy| {
        call("levenshtein", vec![column(4), text(&format!("card_{copy:06}"))])
    }),
    ("similarity(text, literal)", |copy| {
        call("similarity", vec![column(4), text(&format!("card_{copy:06}"))])
    }),
    ("sha256(text || literal)", |copy| {
        call("sha256", vec![call("||", vec![column(4), text(&format!("{copy}"))])])
    }),
    ("hashtextextended(text, literal)", |copy| call("hashtextextended", vec![column(4), integer(copy)])),
    ("geo_distance_km(double, double, literals)", |copy| {
        let place = [copy as f64, 77.6].map(|value| expr::literal(Value::Double(value)));
        let [latitude, longitude] = place;
        let scaled = |divisor: f64| call("/", vec![column(3), expr::literal(Value::Double(divisor))]);
        call("geo_distance_km", vec![scaled(2.0), scaled(1.0), latitude, longitude])
    }),
    ("ln(double) * literal", |copy| {
        call("*", vec![call("ln", vec![column(3)]), expr::literal(Value::Double(copy as f64 + 1.5))])
    }),
];

/// Nanoseconds per expression and row, of the fastest slice, so that other work on the machine does not count.
fn measure(program: &Program, machine: &mut Machine, rows: usize) -> f64 {
    let columns: Vec<Column> = (0..COLUMNS.len())
        .map(|index| {
            let mut column = Column::new(COLUMNS[index]);
            (0..rows).for_each(|row| column.push(value(index, row).as_ref()));
            column
        })
        .collect();
    let inputs: Vec<&Column> = columns.iter().collect();
    let mut best = f64::INFINITY;
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < SECONDS {
        let slice = Instant::now();
        for _ in 0..SLICE {
            program.run(machine, black_box(&inputs), rows);
            black_box(machine.output(0));
        }
        best = best.min(slice.elapsed().as_secs_f64());
    }
    best * 1e9 / f64::from(SLICE) / rows as f64 / program.outputs_len() as f64
}

fn main() {
    println!("{:<48}{:>14}{:>14}", "ns per expression and row", "one event", format!("batch {BATCH}"));
    let report = |name: &str, outputs: &[Expr]| {
        let program = Program::compile(outputs);
        let mut machine = Machine::new(&program);
        let one = measure(&program, &mut machine, 1);
        let batch = measure(&program, &mut machine, BATCH);
        println!("{name:<48}{one:>14.1}{batch:>14.2}");
    };
    let mut all = Vec::new();
    for (name, expression) in MEASURED {
        let outputs: Vec<Expr> = (0..COPIES).map(expression).collect();
        report(name, &outputs);
        all.extend(outputs.into_iter().take(10));
    }
    report("ten of each together", &all);
}
