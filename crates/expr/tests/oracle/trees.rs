//! Random trees of everything at once: sharing, NULLs and errors as they travel through other operators.

use expr::{Expr, Machine, Program, TypeError};
use types::{Column, DataType, Value};

use crate::{
    compare::{Case, differences},
    random::Random,
    server::Session,
};

const COLUMNS: &[DataType] = &[
    DataType::Boolean,
    DataType::Boolean,
    DataType::BigInt,
    DataType::BigInt,
    DataType::Decimal { precision: 18, scale: 2 },
    DataType::Decimal { precision: 10, scale: 4 },
    DataType::Double,
    DataType::Text,
    DataType::Text,
    DataType::Timestamptz,
    DataType::Date,
];

/// Trees that are compared with PostgreSQL.
const TREES: usize = 600;

const BOOLEAN: DataType = DataType::Boolean;

/// Small values, so that comparisons come out both ways and a fair share of divisions is by zero.
fn value(random: &mut Random, data_type: DataType) -> Option<Value> {
    if random.chance(15) {
        return None;
    }
    let small = random.between(-3, 3);
    Some(match data_type {
        DataType::BigInt if random.chance(95) => Value::BigInt(small),
        DataType::Decimal { scale, .. } => Value::Decimal { unscaled: i128::from(small) * 25, scale },
        DataType::Double => Value::Double(small as f64 / 2.0),
        DataType::Text => Value::Text(random.pick(&["a", "b", "ab", "", "1", "2.5", "é"]).to_owned()),
        DataType::Date => Value::Date(small as i32),
        DataType::Timestamptz => Value::Timestamptz(small * 43_200_000_000),
        other => return random.value(other),
    })
}

fn leaf(random: &mut Random, data_type: DataType) -> Expr {
    if random.chance(25) {
        let value = (0..).find_map(|_| value(random, data_type)).expect("most values are not NULL");
        return expr::literal(value);
    }
    let places: Vec<usize> = (0..COLUMNS.len()).filter(|index| COLUMNS[*index] == data_type).collect();
    let index = random.pick(&places);
    expr::column(index, data_type)
}

fn any_type(random: &mut Random) -> DataType {
    random.pick(COLUMNS)
}

/// A tree whose type is of the kind of `data_type`.
fn tree(random: &mut Random, data_type: DataType, depth: u32) -> Result<Expr, TypeError> {
    if depth == 0 || random.chance(10) {
        return Ok(leaf(random, data_type));
    }
    let depth = depth - 1;
    if random.chance(30) {
        return choice(random, data_type, depth);
    }
    match data_type {
        DataType::Boolean => truth(random, depth),
        DataType::BigInt | DataType::Decimal { .. } | DataType::Double => {
            let operator = random.pick(&["+", "-", "*", "/"]);
            expr::call(operator, vec![tree(random, data_type, depth)?, tree(random, data_type, depth)?])
        }
        DataType::Text => match random.below(3) {
            0 => expr::call("||", vec![tree(random, data_type, depth)?, tree(random, data_type, depth)?]),
            1 => expr::call("upper", vec![tree(random, data_type, depth)?]),
            _ => {
                let from = any_type(random);
                expr::cast(tree(random, from, depth)?, DataType::Text)
            }
        },
        DataType::Timestamptz => expr::call(
            "date_trunc",
            vec![expr::literal(Value::Text("hour".into())), tree(random, data_type, depth)?],
        ),
        _ => expr::call("+", {
            // PostgreSQL adds an INTEGER to a date: the days stay small.
            let days = expr::cast(expr::column(0, BOOLEAN), DataType::BigInt)?;
            vec![tree(random, data_type, depth)?, days]
        }),
    }
}

fn choice(random: &mut Random, data_type: DataType, depth: u32) -> Result<Expr, TypeError> {
    let some = |random: &mut Random| tree(random, data_type, depth);
    match random.below(5) {
        0 => {
            let (first, second, third) = (some(random)?, some(random)?, some(random)?);
            let conditions = (tree(random, BOOLEAN, depth)?, tree(random, BOOLEAN, depth)?);
            let otherwise = random.chance(70).then_some(third);
            expr::case(vec![(conditions.0, first), (conditions.1, second)], otherwise)
        }
        1 => expr::coalesce(vec![some(random)?, some(random)?, some(random)?]),
        2 => expr::nullif(some(random)?, some(random)?),
        3 => expr::greatest(vec![some(random)?, some(random)?]),
        _ => expr::least(vec![some(random)?, some(random)?, some(random)?]),
    }
}

fn truth(random: &mut Random, depth: u32) -> Result<Expr, TypeError> {
    let of = any_type(random);
    match random.below(10) {
        0 | 1 => expr::and(tree(random, BOOLEAN, depth)?, tree(random, BOOLEAN, depth)?),
        2 | 3 => expr::or(tree(random, BOOLEAN, depth)?, tree(random, BOOLEAN, depth)?),
        4 => expr::not(tree(random, BOOLEAN, depth)?),
        5 => {
            let test = random.pick(&["is_null", "is_not_null"]);
            expr::call(test, vec![tree(random, of, depth)?])
        }
        6 => {
            let items = (0..=random.below(4)).map(|_| leaf(random, of)).collect();
            expr::in_list(tree(random, of, depth)?, items, random.chance(50))
        }
        7 => {
            let value = tree(random, of, depth)?;
            expr::between(value, tree(random, of, depth)?, tree(random, of, depth)?, random.chance(50))
        }
        8 => expr::is_distinct_from(tree(random, of, depth)?, tree(random, of, depth)?, random.chance(50)),
        _ => {
            let operator = random.pick(&["=", "<>", "<", "<=", ">", ">="]);
            expr::call(operator, vec![tree(random, of, depth)?, tree(random, of, depth)?])
        }
    }
}

/// PostgreSQL's planner folds eagerly: it raises for a part of literals only, drops the left side
/// of `OR true`, and takes a CASE of literal conditions for its value, which may be NULL and hide an error.
fn planner_folds(expr: &Expr) -> bool {
    let is_literal = |expr: &Expr| matches!(expr, Expr::Literal { .. });
    match expr {
        Expr::Column { .. } | Expr::Literal { .. } => false,
        Expr::And(left, right) | Expr::Or(left, right) => {
            is_literal(left) || is_literal(right) || planner_folds(left) || planner_folds(right)
        }
        Expr::Call { arguments, .. } => {
            arguments.iter().all(is_literal) || arguments.iter().any(planner_folds)
        }
        Expr::Coalesce { arguments, .. } => arguments.iter().any(planner_folds),
        Expr::Case { branches, otherwise, .. } => {
            let mut parts =
                branches.iter().flat_map(|(condition, value)| [condition, value]).chain(otherwise.as_deref());
            branches.iter().any(|(condition, _)| is_literal(condition)) || parts.any(planner_folds)
        }
    }
}

fn rows(random: &mut Random, count: usize) -> Vec<Vec<Option<Value>>> {
    (0..count).map(|_| COLUMNS.iter().map(|column| value(random, *column)).collect()).collect()
}

#[test]
fn random_trees_equal_postgresql() {
    let mut session = Session::new();
    let mut random = Random::named("trees");
    let mut found = Vec::new();
    let mut tested = 0;
    while tested < TREES {
        let data_type = any_type(&mut random);
        let depth = random.below(4) as u32 + 1;
        // Deep sums of decimals leave what the types can hold; those trees are passed over.
        let Ok(expr) = tree(&mut random, data_type, depth) else { continue };
        if planner_folds(&expr) {
            continue;
        }
        let rows = rows(&mut random, 60);
        found.extend(differences(&mut session, &Case { expr, columns: COLUMNS.to_vec(), rows, ulps: 0 }));
        tested += 1;
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

/// Many trees in one program share their parts, and one machine serves batches of any size in any order.
#[test]
fn one_program_gives_what_each_tree_gives() {
    fn is_shared<T: Send + Sync>(_: &T) {}
    let mut random = Random::named("programs");
    let trees: Vec<Expr> = (0..200)
        .filter_map(|_| {
            let data_type = any_type(&mut random);
            tree(&mut random, data_type, 3).ok()
        })
        .flat_map(|tree| [tree.clone(), tree])
        .chain((0..COLUMNS.len()).map(|index| expr::column(index, COLUMNS[index])))
        .collect();
    let together = Program::compile(&trees);
    is_shared(&together);
    let separate: usize =
        trees.iter().map(|tree| Program::compile(std::slice::from_ref(tree)).instructions_len()).sum();
    assert!(together.instructions_len() < separate * 2 / 3, "equal parts are computed more than once");
    let mut machine = Machine::new(&together);
    let mut taken: Vec<Column> = trees.iter().map(|tree| Column::new(tree.data_type())).collect();
    for count in [500, 1, 7, 0, 64] {
        let rows = rows(&mut random, count);
        let inputs: Vec<Column> = (0..COLUMNS.len())
            .map(|index| {
                let mut column = Column::new(COLUMNS[index]);
                rows.iter().for_each(|row| column.push(row[index].as_ref()));
                column
            })
            .collect();
        let inputs: Vec<&Column> = inputs.iter().collect();
        together.run(&mut machine, &inputs, count);
        for (index, tree) in trees.iter().enumerate() {
            let alone = Program::compile(std::slice::from_ref(tree));
            let mut other = Machine::new(&alone);
            alone.run(&mut other, &inputs, count);
            machine.take_output(index, &mut taken[index]);
            assert_eq!(taken[index].len(), count);
            assert_eq!(machine.raised(index), other.raised(0));
            for row in 0..count {
                let (ours, alone) = (taken[index].value(row), other.output(0).value(row));
                assert_eq!(format!("{ours:?}"), format!("{alone:?}"), "{tree:?}");
            }
        }
    }
}
