//! Runs our side and holds it against PostgreSQL's answers, row by row.

use expr::{ErrorCode, Expr, Machine, Program};
use types::{Column, DataType, Value};

use crate::{
    render::text_of,
    server::{Answer, Session},
};

/// One expression over generated rows.
pub struct Case {
    pub expr: Expr,
    pub columns: Vec<DataType>,
    pub rows: Vec<Vec<Option<Value>>>,
    /// How far a double may be from PostgreSQL's, in units in the last place.
    pub ulps: u64,
}

/// Our answers; a raising row has the code's name.
pub fn ours(expr: &Expr, columns: &[DataType], rows: &[Vec<Option<Value>>], batch: usize) -> Vec<Answer> {
    let text = expr::cast(expr.clone(), DataType::Text).expect("every type casts to text");
    let program = Program::compile(&[expr.clone(), text]);
    let mut machine = Machine::new(&program);
    let mut answers = Vec::new();
    for rows in rows.chunks(batch) {
        let columns: Vec<Column> = (0..columns.len())
            .map(|index| {
                let mut column = Column::new(columns[index]);
                rows.iter().for_each(|row| column.push(row[index].as_ref()));
                column
            })
            .collect();
        program.run(&mut machine, &columns.iter().collect::<Vec<_>>(), rows.len());
        let (values, texts) = (machine.output(0), machine.output(1));
        assert_eq!(
            machine.raised(0),
            machine.raised(1),
            "a cast to text raises only what its argument raises"
        );
        let mut raised = machine.raised(0).iter();
        let mut next = raised.next();
        for row in 0..rows.len() {
            assert_eq!(values.is_null(row), texts.is_null(row));
            answers.push(match next {
                Some(error) if error.row as usize == row => {
                    assert!(values.is_null(row), "a row that raised is NULL");
                    let code = error.code;
                    next = raised.next();
                    Answer::Raised(format!("{code:?}"))
                }
                _ if texts.is_null(row) => Answer::Null,
                _ => Answer::Text(texts.as_text().expect("it is a text column").get(row).to_owned()),
            });
        }
        assert!(next.is_none(), "no error is listed for a row that is not there");
    }
    answers
}

/// Every difference, described; at most a few per case.
pub fn differences(session: &mut Session, case: &Case) -> Vec<String> {
    let sql = crate::render::sql(&case.expr);
    let texts: Vec<Vec<Option<String>>> =
        case.rows.iter().map(|row| row.iter().map(|value| value.as_ref().map(text_of)).collect()).collect();
    let theirs = session.evaluate(&sql, &case.columns, &texts);
    let mine = ours(&case.expr, &case.columns, &case.rows, expr::ROWS_MAX);
    for batch in [1, 7] {
        assert_eq!(ours(&case.expr, &case.columns, &case.rows, batch), mine, "{sql} in batches of {batch}");
    }
    assert_eq!(theirs.len(), mine.len());
    let mut found = Vec::new();
    for (row, (mine, theirs)) in mine.iter().zip(&theirs).enumerate() {
        if !agree(mine, theirs, case.expr.data_type(), case.ulps) {
            found.push(format!("{sql} of {:?}: ours {mine:?}, PostgreSQL's {theirs:?}", texts[row]));
        }
    }
    let count = found.len();
    found.truncate(5);
    if count > 5 {
        found.push(format!("{sql}: {count} rows in all"));
    }
    found
}

/// Whether two answers are the same value, NULL, or an error of the same kind.
pub fn agree(mine: &Answer, theirs: &Answer, data_type: DataType, ulps: u64) -> bool {
    match (mine, theirs) {
        (Answer::Raised(code), Answer::Raised(state)) => states_of(code).contains(&&state[..5]),
        (Answer::Text(mine), Answer::Text(theirs)) if data_type == DataType::Double => {
            mine == theirs || (ulps > 0 && distance(mine, theirs) <= ulps)
        }
        _ => mine == theirs,
    }
}

fn distance(a: &str, b: &str) -> u64 {
    let ordered = |text: &str| {
        let value: f64 = text.parse().expect("a double prints as a number");
        let bits = value.to_bits() as i64;
        i128::from(if bits < 0 { i64::MIN - bits } else { bits })
    };
    u64::try_from((ordered(a) - ordered(b)).unsigned_abs()).unwrap_or(u64::MAX)
}

/// The SQLSTATEs that a code stands for.
fn states_of(code: &str) -> &'static [&'static str] {
    let code = ErrorCode::ALL
        .into_iter()
        .find(|known| format!("{known:?}") == code)
        .unwrap_or_else(|| panic!("there is no code {code}"));
    match code {
        ErrorCode::DivisionByZero => &["22012"],
        ErrorCode::OutOfRange => &["22003", "22008", "22015", "22023"],
        ErrorCode::InvalidText => &["22P02", "22007", "22008", "22009", "22003", "22015", "22021", "22P05"],
        ErrorCode::InvalidRegex => &["2201B"],
        ErrorCode::InvalidArgument => {
            &["22023", "2201E", "2201F", "2201G", "22011", "22003", "54000", "0A000"]
        }
        ErrorCode::TextTooLong => &["54000"],
        ErrorCode::InvalidPattern => &["22025"],
    }
}
