//! Takes conditions apart at their ANDs, and tabulates what they ask of each column.

use std::collections::BTreeMap;

use expr::{Expr, Machine, Program, ROWS_MAX};
use types::{Column, DataType, Value};

use super::{Classes, Conjunct, Index, IndexedColumn};
use crate::Rule;

/// Functions whose value depends only on where their argument lies among the constants beside it, and which
/// never raise.
const DIVIDING: [&str; 13] = [
    "<",
    "<=",
    "=",
    "<>",
    ">=",
    ">",
    "in",
    "not",
    "is_null",
    "is_not_null",
    "is_true",
    "is_false",
    "is_distinct_from",
];

/// A column's index and type.
type Input = (usize, DataType);

/// Predicates of one column as they are found.
#[derive(Default)]
struct Found<'a> {
    predicates: Vec<&'a Expr>,
    places: BTreeMap<String, usize>,
}

/// What a rule's condition needs, before the columns that stay opaque are known.
enum Part<'a> {
    Asks(Input, usize),
    Opaque(&'a Expr),
}

/// Compiles with at most `vector_words_max` words of bit vectors.
pub(super) fn compile(rules: &[Rule], conditions: &[Expr], vector_words_max: usize) -> Index {
    let mut found: BTreeMap<Input, Found<'_>> = BTreeMap::new();
    let mut parts: Vec<Vec<Part<'_>>> = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let mut conjuncts = Vec::new();
        take_apart(condition, &mut conjuncts);
        parts.push(conjuncts.into_iter().map(|conjunct| part(conjunct, &mut found)).collect());
    }

    let words = rules.len().div_ceil(64);
    let mut index = Index {
        rules: rules.to_vec(),
        words,
        columns: Vec::new(),
        opaque: Vec::new(),
        conjuncts: Vec::with_capacity(rules.len()),
    };
    let mut room = vector_words_max;
    let mut places = BTreeMap::new();
    for (input, found) in &found {
        let asking = asking(&parts, *input);
        if let Some(column) = tabulate(*input, found, &asking, room) {
            room -= column.vectors.len();
            places.insert(*input, index.columns.len());
            index.columns.push(column);
        }
    }
    let mut opaque = BTreeMap::new();
    for parts in &parts {
        let conjuncts = parts.iter().map(|part| match part {
            Part::Asks(input, predicate) if places.contains_key(input) => {
                Conjunct::Indexed { column: places[input], predicate: *predicate }
            }
            Part::Asks(input, predicate) => {
                index.leave_opaque(found[input].predicates[*predicate], &mut opaque)
            }
            Part::Opaque(conjunct) => index.leave_opaque(conjunct, &mut opaque),
        });
        let conjuncts = conjuncts.collect();
        index.conjuncts.push(conjuncts);
    }
    index
}

impl Index {
    fn leave_opaque(&mut self, conjunct: &Expr, known: &mut BTreeMap<String, usize>) -> Conjunct {
        let place = *known.entry(format!("{conjunct:?}")).or_insert(self.opaque.len());
        if place == self.opaque.len() {
            self.opaque.push(conjunct.clone());
        }
        Conjunct::Opaque(place)
    }
}

fn take_apart<'a>(condition: &'a Expr, conjuncts: &mut Vec<&'a Expr>) {
    match condition {
        Expr::And(left, right) => {
            take_apart(left, conjuncts);
            take_apart(right, conjuncts);
        }
        conjunct => conjuncts.push(conjunct),
    }
}

fn part<'a>(conjunct: &'a Expr, found: &mut BTreeMap<Input, Found<'a>>) -> Part<'a> {
    let mut input = None;
    match (divides(conjunct, &mut input), input) {
        (true, Some(input)) => {
            let found = found.entry(input).or_default();
            let place = *found.places.entry(format!("{conjunct:?}")).or_insert(found.predicates.len());
            if place == found.predicates.len() {
                found.predicates.push(conjunct);
            }
            Part::Asks(input, place)
        }
        _ => Part::Opaque(conjunct),
    }
}

/// Whether `expr` asks nothing but the place of one column, which it notes, among constants.
fn divides(expr: &Expr, input: &mut Option<Input>) -> bool {
    match expr {
        Expr::Column { index, data_type } => {
            let own = (*index, *data_type);
            Classes::divides(*data_type) && *input.get_or_insert(own) == own
        }
        Expr::Literal { data_type, .. } => Classes::divides(*data_type),
        Expr::And(left, right) | Expr::Or(left, right) => divides(left, input) && divides(right, input),
        Expr::Call { function, arguments, .. } => {
            DIVIDING.contains(function) && arguments.iter().all(|argument| divides(argument, input))
        }
        Expr::Case { .. } | Expr::Coalesce { .. } => false,
    }
}

/// The rules that ask each predicate of a column.
fn asking(parts: &[Vec<Part<'_>>], input: Input) -> Vec<(usize, usize)> {
    let mut asking = Vec::new();
    for (rule, parts) in parts.iter().enumerate() {
        for part in parts {
            if let Part::Asks(own, predicate) = part
                && *own == input
            {
                asking.push((rule, *predicate));
            }
        }
    }
    asking
}

fn constants<'a>(expr: &'a Expr, of: &mut Vec<&'a Value>) {
    match expr {
        Expr::Literal { value, .. } => of.extend(value),
        Expr::And(left, right) | Expr::Or(left, right) => {
            constants(left, of);
            constants(right, of);
        }
        Expr::Call { arguments, .. } => arguments.iter().for_each(|argument| constants(argument, of)),
        Expr::Column { .. } | Expr::Case { .. } | Expr::Coalesce { .. } => {}
    }
}

/// The truth of each predicate in each class, by running them on one value of each; as bit vectors of the
/// rules that the class leaves possible. `None` when those need more than `room` words.
fn tabulate(
    input: Input,
    found: &Found<'_>,
    asking: &[(usize, usize)],
    room: usize,
) -> Option<IndexedColumn> {
    let mut values = Vec::new();
    found.predicates.iter().for_each(|predicate| constants(predicate, &mut values));
    let kind = |data_type: DataType| std::mem::discriminant(&data_type);
    values.retain(|value| kind(value.data_type()) == kind(input.1));
    let classes = Classes::new(input.1, values.into_iter());
    let mut touched: Vec<u32> = asking.iter().map(|(rule, _)| word(*rule)).collect();
    touched.dedup();
    let mut column = IndexedColumn {
        input: input.0,
        predicates: truths(input, found, &classes),
        starts: Vec::with_capacity(classes.len()),
        vectors: Vec::new(),
        classes,
        touched,
    };
    let bits: Vec<(usize, u32, usize)> = asking
        .iter()
        .map(|(rule, predicate)| {
            let place =
                column.touched.binary_search(&word(*rule)).expect("every asking rule's word is touched");
            (place, word(rule % 64 * 64), *predicate)
        })
        .collect();
    let mut known = BTreeMap::new();
    for class in 0..column.classes.len() {
        let vector = column.vector(class, &bits);
        let start = *known.entry(vector.clone()).or_insert(column.vectors.len());
        if start == column.vectors.len() {
            column.vectors.extend(vector);
        }
        if column.vectors.len() > room {
            return None;
        }
        column.starts.push(u32::try_from(start).expect("vectors have at most 2^22 words"));
    }
    Some(column)
}

/// Truth of each predicate in each class.
fn truths(input: Input, found: &Found<'_>, classes: &Classes) -> Vec<Vec<Option<bool>>> {
    let predicates: Vec<Expr> = found.predicates.iter().map(|predicate| (*predicate).clone()).collect();
    let program = Program::compile(&predicates);
    let mut machine = Machine::new(&program);
    let mut truths = vec![Vec::with_capacity(classes.len()); predicates.len()];
    let values = classes.representatives();
    for first in (0..values.len()).step_by(ROWS_MAX) {
        let mut batch = Column::new(input.1);
        (first..values.len().min(first + ROWS_MAX)).for_each(|row| batch.push_from(&values, row));
        program.run(&mut machine, &vec![&batch; input.0 + 1], batch.len());
        for (place, truths) in truths.iter_mut().enumerate() {
            assert!(machine.raised(place).is_empty(), "comparisons with constants never raise");
            let output = machine.output(place);
            let values = output.as_boolean().expect("a predicate is boolean");
            let flags = values.iter().zip(&output.nulls);
            truths.extend(flags.map(|(value, null)| (!null).then_some(*value)));
        }
    }
    truths
}

fn word(rule: usize) -> u32 {
    u32::try_from(rule / 64).expect("a set has fewer rules than 2^16")
}

impl IndexedColumn {
    /// The touched words of a class's vector. `bits` says which bit of them each asking rule is, and what it
    /// asks.
    fn vector(&self, class: usize, bits: &[(usize, u32, usize)]) -> Vec<u64> {
        let mut vector = vec![u64::MAX; self.touched.len()];
        for (place, bit, predicate) in bits {
            let holds = self.predicates[*predicate][class] == Some(true);
            vector[*place] &= !(u64::from(!holds) << bit);
        }
        vector
    }
}
