//! The index against the plain evaluation of the same conditions by `expr`.

use expr::{Expr, Machine, Program, Raised, and, between, call, column, in_list, literal, not, or};
use proptest::prelude::*;
use types::{DataType, Value};

use super::*;

const DECIMAL: DataType = DataType::Decimal { precision: 18, scale: 2 };

/// Inputs of every type that is indexed, and a second number for what is not.
const TYPES: [DataType; 8] = [
    DataType::BigInt,
    DECIMAL,
    DataType::Double,
    DataType::Text,
    DataType::Timestamptz,
    DataType::Date,
    DataType::Boolean,
    DataType::BigInt,
];

/// A constant that a column of the type is often equal or near to.
fn constant(data_type: DataType) -> BoxedStrategy<Value> {
    match data_type {
        DataType::BigInt => prop_oneof![9 => -4..4_i64, 1 => prop::sample::select(vec![i64::MIN, i64::MAX])]
            .prop_map(Value::BigInt)
            .boxed(),
        DataType::Decimal { .. } => (-300..300_i128, 0..4_u8)
            .prop_map(|(unscaled, scale)| Value::Decimal { unscaled: unscaled * 5, scale })
            .boxed(),
        DataType::Double => {
            let edges =
                vec![f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, -5e-324, 1e300];
            prop_oneof![(-3..3_i8).prop_map(|value| f64::from(value) / 2.0), prop::sample::select(edges)]
                .prop_map(Value::Double)
                .boxed()
        }
        DataType::Text => "[ab\u{0}é]{0,2}".prop_map(Value::Text).boxed(),
        DataType::Timestamptz => (-3..3_i64).prop_map(Value::Timestamptz).boxed(),
        DataType::Date => (-3..3_i32).prop_map(Value::Date).boxed(),
        _ => any::<bool>().prop_map(Value::Boolean).boxed(),
    }
}

/// A value of the column itself: a decimal has the column's scale.
fn cell(data_type: DataType) -> BoxedStrategy<Option<Value>> {
    let value = match data_type {
        DataType::Decimal { scale, .. } => {
            (-40..40_i128).prop_map(move |value| Value::Decimal { unscaled: value * 5, scale }).boxed()
        }
        data_type => constant(data_type),
    };
    prop::option::weighted(0.85, value).boxed()
}

fn nullable(value: Option<Value>, data_type: DataType) -> Expr {
    value.map_or(Expr::Literal { value: None, data_type }, literal)
}

/// A comparison of one column with constants, either way round.
fn atom() -> BoxedStrategy<Expr> {
    let comparison = prop::sample::select(vec!["<", "<=", "=", "<>", ">=", ">", "is_distinct_from"]);
    (0..TYPES.len())
        .prop_flat_map(move |index| {
            let data_type = TYPES[index];
            let own = column(index, data_type);
            let constants = prop::collection::vec(prop::option::weighted(0.95, constant(data_type)), 1..4);
            (constants, comparison.clone(), 0..6_u8, any::<bool>()).prop_map(
                move |(constants, comparison, kind, turned)| {
                    let own = own.clone();
                    let mut constants = constants.into_iter().map(|value| nullable(value, data_type));
                    let first = constants.next().expect("there is one at least");
                    match kind {
                        0 => in_list(own, constants.chain([first]).collect(), turned),
                        1 => call(if turned { "is_null" } else { "is_not_null" }, vec![own]),
                        2 => between(own, first.clone(), constants.next().unwrap_or(first), turned),
                        3 if data_type == DataType::Boolean => {
                            if turned {
                                Ok(own)
                            } else {
                                not(own)
                            }
                        }
                        _ if turned => call(comparison, vec![first, own]),
                        _ => call(comparison, vec![own, first]),
                    }
                    .expect("a column compares with constants of its type")
                },
            )
        })
        .boxed()
}

/// What asks two columns, and raises where the second is 0 or the product is too large.
fn opaque() -> BoxedStrategy<Expr> {
    (prop::sample::select(vec!["/", "%", "*", "+"]), prop::sample::select(vec!["<", ">", "="]), -2..2_i64)
        .prop_map(|(operator, comparison, limit)| {
            let value =
                call(operator, vec![column(0, TYPES[0]), column(7, TYPES[7])]).expect("both are integers");
            call(comparison, vec![value, literal(Value::BigInt(limit))]).expect("all are integers")
        })
        .boxed()
}

fn condition() -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![6 => atom(), 1 => opaque()];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            4 => (inner.clone(), inner.clone()).prop_map(|(a, b)| and(a, b).expect("both are conditions")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| or(a, b).expect("both are conditions")),
            1 => inner.prop_map(|a| not(a).expect("it is a condition")),
        ]
    })
    .boxed()
}

fn inputs(rows: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Column>> {
    let row = TYPES.map(cell);
    prop::collection::vec(row.to_vec(), rows).prop_map(|rows| {
        let mut columns: Vec<Column> = TYPES.iter().map(|data_type| Column::new(*data_type)).collect();
        for row in &rows {
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value.as_ref()));
        }
        columns
    })
}

/// Values and errors of boolean expressions.
fn run(expressions: &[Expr], inputs: &[&Column], rows: usize) -> (Vec<Column>, Vec<Vec<Raised>>) {
    let program = Program::compile(expressions);
    let mut machine = Machine::new(&program);
    program.run(&mut machine, inputs, rows);
    let all = 0..expressions.len();
    (
        all.clone().map(|place| machine.output(place).clone()).collect(),
        all.map(|place| machine.raised(place).to_vec()).collect(),
    )
}

fn compare(rules: Vec<(u8, bool)>, conditions: &[Expr], inputs: &[Column]) -> Index {
    let inputs: Vec<&Column> = inputs.iter().collect();
    let rows = inputs[0].len();
    let set = RuleSet::new(rules.into_iter().map(|(outcome, shadow)| Rule { outcome, shadow }).collect());
    let (values, errors) = run(conditions, &inputs, rows);
    let mut expected = Verdicts::default();
    set.evaluate(&values.iter().collect::<Vec<_>>(), rows, &mut expected);

    let index = set.compile(conditions);
    let (opaque, raised) = run(index.opaque(), &inputs, rows);
    let opaque: Vec<&Column> = opaque.iter().collect();
    let mut found = Verdicts::default();
    for _ in 0..2 {
        index.evaluate(&inputs, &opaque, rows, &mut found);
        assert_eq!(found.outcomes, expected.outcomes);
        assert_eq!(found.fired_counts, expected.fired_counts);
        assert_eq!(found.fired, expected.fired);
    }
    for (rule, expected) in errors.iter().enumerate() {
        let mut found = Vec::new();
        index.raised(rule, &inputs, &opaque, |place| raised[place].as_slice(), &mut found);
        assert_eq!(&found, expected, "errors of rule {rule}, {:?}", conditions[rule]);
    }
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_index_decides_as_the_plain_evaluation(
        rules in prop::collection::vec(((0..5_u8, any::<bool>()), condition()), 0..90),
        inputs in inputs(0..150),
    ) {
        let (rules, conditions): (Vec<_>, Vec<_>) = rules.into_iter().unzip();
        compare(rules, &conditions, &inputs);
    }

    #[test]
    fn conjunctions_of_comparisons_leave_nothing_opaque(
        rules in prop::collection::vec(prop::collection::vec(atom(), 1..5), 1..70),
        inputs in inputs(1..100),
    ) {
        let conjunction = |atoms: Vec<Expr>| atoms.into_iter().reduce(|a, b| and(a, b).unwrap()).unwrap();
        let conditions: Vec<Expr> = rules.into_iter().map(conjunction).collect();
        let index = compare(vec![(1, false); conditions.len()], &conditions, &inputs);
        let constant = |expr: &&Expr| !matches!(expr, Expr::Literal { .. });
        prop_assert_eq!(index.opaque().iter().filter(constant).count(), 0);
    }
}

#[test]
fn what_is_asked_twice_is_kept_once() {
    let amount = || column(1, DECIMAL);
    let large = || call(">", vec![amount(), literal(Value::BigInt(100))]).unwrap();
    let ratio = || {
        let ratio = call("/", vec![column(0, DataType::BigInt), column(7, DataType::BigInt)]).unwrap();
        call(">", vec![ratio, literal(Value::BigInt(2))]).unwrap()
    };
    let set = RuleSet::new(vec![Rule { outcome: 1, shadow: false }; 130]);
    let index = set.compile(&(0..130).map(|_| and(large(), ratio()).unwrap()).collect::<Vec<_>>());
    assert_eq!(index.opaque(), [ratio()]);
    assert_eq!(index.inputs_read().collect::<Vec<_>>(), [1]);
    assert_eq!(index.columns[0].predicates, [[Some(false), Some(false), Some(true), None]]);
    assert_eq!(index.columns[0].vectors.len(), 2 * 3, "three words for true, three for all else");
}

#[test]
fn a_constant_between_two_values_of_the_column_divides_them() {
    let condition =
        call("<", vec![column(0, DECIMAL), literal(Value::Decimal { unscaled: -10_005, scale: 3 })]);
    let set = RuleSet::new(vec![Rule { outcome: 1, shadow: false }]);
    let index = set.compile(&[condition.unwrap()]);
    assert!(index.opaque().is_empty());
    let mut amounts = Column::new(DECIMAL);
    for unscaled in [-1002, -1001, -1000, -999] {
        amounts.push(Some(&Value::Decimal { unscaled, scale: 2 }));
    }
    let mut verdicts = Verdicts::default();
    index.evaluate(&[&amounts], &[], 4, &mut verdicts);
    assert_eq!(verdicts.outcomes, [1, 1, 0, 0]);
}

#[test]
fn columns_beyond_the_bound_stay_opaque_and_decide_the_same() {
    let above = |input, limit| {
        call(">", vec![column(input, DataType::BigInt), literal(Value::BigInt(limit))]).unwrap()
    };
    let conditions: Vec<Expr> = (0..200).map(|rule| and(above(0, 7), above(1, rule)).unwrap()).collect();
    let set = RuleSet::new(vec![Rule { outcome: 1, shadow: false }; conditions.len()]);
    // The first column takes two vectors of four words, the second one for each of 200 limits, and one more.
    let all = split::compile(set.rules(), &conditions, 8 + 804);
    assert_eq!((all.opaque().len(), all.columns.len()), (0, 2));
    let first = split::compile(set.rules(), &conditions, 8 + 803);
    assert_eq!((first.opaque().len(), first.columns.len()), (200, 1));

    let mut values = Column::new(DataType::BigInt);
    [-1, 0, 7, 8, 100, 199, 200].iter().for_each(|value| values.push(Some(&Value::BigInt(*value))));
    let inputs = [&values, &values];
    let (opaque, _) = run(first.opaque(), &inputs, 7);
    let (mut of_all, mut of_first) = (Verdicts::default(), Verdicts::default());
    all.evaluate(&inputs, &[], 7, &mut of_all);
    first.evaluate(&inputs, &opaque.iter().collect::<Vec<_>>(), 7, &mut of_first);
    assert_eq!(of_all.fired_counts, [0, 0, 0, 8, 100, 199, 200]);
    assert_eq!((of_all.fired_counts, of_all.fired), (of_first.fired_counts, of_first.fired));
}
