//! From one truth value per rule and row to each row's outcome and the list of rules that fired.

use types::Column;

/// The most rules of one set: a fired rule is recorded as a 16-bit number.
pub const RULES_MAX: usize = 1 << 16;

/// What a rule does when its condition is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Index of the outcome in the decision's list: 0 is the default, the last is the strongest.
    pub outcome: u8,
    /// A shadow rule is listed when it fires and never changes the outcome.
    pub shadow: bool,
}

/// The rules of one decision, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

/// The outcome of every row of a batch. The buffers are reused from batch to batch.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// Per row: the strongest outcome of the live rules that fired, 0 when none did.
    pub outcomes: Vec<u8>,
    /// Per row: how many rules fired, shadow ones included.
    pub fired_counts: Vec<u16>,
    /// The rules that fired, all rows back to back, ascending within a row.
    pub fired: Vec<u16>,
    cursors: Vec<u32>,
    /// Bit vectors of rows while an index decides.
    pub(crate) vectors: Vec<u64>,
}

impl RuleSet {
    /// A set of `rules` in the decision's order.
    ///
    /// # Panics
    /// Above [`RULES_MAX`] rules, which the binder refuses.
    pub fn new(rules: Vec<Rule>) -> Self {
        assert!(rules.len() < RULES_MAX, "{} rules in one set, fewer than {RULES_MAX} allowed", rules.len());
        Self { rules }
    }

    /// The rules, in the decision's order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Decides the first `rows` rows from one boolean column per rule. NULL does not fire.
    ///
    /// # Panics
    /// When `conditions` is not one boolean column of at least `rows` rows per rule.
    pub fn evaluate(&self, conditions: &[&Column], rows: usize, out: &mut Verdicts) {
        assert_eq!(conditions.len(), self.rules.len(), "one condition per rule");
        out.reset(rows);
        for (rule, column) in self.rules.iter().zip(conditions) {
            let (values, nulls) = flags(column, rows);
            out.count(*rule, values.iter().zip(nulls).map(|(value, null)| *value & !*null));
        }
        out.place();
        for (rule, column) in conditions.iter().enumerate() {
            let (values, nulls) = flags(column, rows);
            let rule = u16::try_from(rule).expect("a set has fewer rules than 2^16");
            for (row, (value, null)) in values.iter().zip(nulls).enumerate() {
                if *value & !*null {
                    out.list(rule, row);
                }
            }
        }
    }
}

fn flags(column: &Column, rows: usize) -> (&[bool], &[bool]) {
    let values = column.as_boolean().expect("the binder checked that a condition is boolean");
    (&values[..rows], &column.nulls[..rows])
}

impl Verdicts {
    /// Forgets the last batch; `rows` rows on which nothing fired.
    pub(crate) fn reset(&mut self, rows: usize) {
        self.outcomes.clear();
        self.outcomes.resize(rows, 0);
        self.fired_counts.clear();
        self.fired_counts.resize(rows, 0);
        self.fired.clear();
    }

    /// Lists one firing; calls come in the order of rows, and of rules within a row.
    #[inline]
    pub(crate) fn fire(&mut self, index: usize, rule: Rule, row: usize) {
        self.fired.push(u16::try_from(index).expect("a set has fewer rules than 2^16"));
        self.fired_counts[row] += 1;
        let outcome = if rule.shadow { 0 } else { rule.outcome };
        self.outcomes[row] = self.outcomes[row].max(outcome);
    }

    /// Counts one rule's firings and lets it raise the outcome.
    fn count(&mut self, rule: Rule, fires: impl Iterator<Item = bool>) {
        let outcome = if rule.shadow { 0 } else { rule.outcome };
        for ((count, row), fires) in self.fired_counts.iter_mut().zip(&mut self.outcomes).zip(fires) {
            *count += u16::from(fires);
            *row = (*row).max(outcome * u8::from(fires));
        }
    }

    /// Makes room for as many fired rules as were counted.
    fn place(&mut self) {
        self.cursors.clear();
        let mut total = 0;
        for count in &self.fired_counts {
            self.cursors.push(total);
            total += u32::from(*count);
        }
        self.fired.resize(total as usize, 0);
    }

    /// Lists a counted firing; within a row rules come in ascending order.
    fn list(&mut self, rule: u16, row: usize) {
        let cursor = &mut self.cursors[row];
        self.fired[*cursor as usize] = rule;
        *cursor += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::{DataType, Value};

    use super::*;

    fn column(truths: &[Option<bool>]) -> Column {
        let mut column = Column::new(DataType::Boolean);
        for truth in truths {
            column.push(truth.map(Value::Boolean).as_ref());
        }
        column
    }

    #[test]
    fn the_strongest_live_rule_decides_and_null_does_not_fire() {
        let rule = |outcome, shadow| Rule { outcome, shadow };
        let rules = RuleSet::new(vec![rule(2, false), rule(3, true), rule(1, false)]);
        let columns = [
            column(&[Some(true), Some(false), None, Some(false)]),
            column(&[Some(true), Some(true), Some(true), None]),
            column(&[Some(true), Some(true), Some(false), None]),
        ];
        let columns: Vec<&Column> = columns.iter().collect();
        let mut verdicts = Verdicts::default();
        rules.evaluate(&columns, 4, &mut verdicts);
        assert_eq!(verdicts.outcomes, [2, 1, 0, 0]);
        assert_eq!(verdicts.fired_counts, [3, 2, 1, 0]);
        assert_eq!(verdicts.fired, [0, 1, 2, 1, 2, 1]);
        rules.evaluate(&columns, 2, &mut verdicts);
        assert_eq!(
            (verdicts.outcomes.len(), verdicts.fired.len()),
            (2, 5),
            "buffers are reused, not added to"
        );
    }

    #[test]
    fn no_rules_leave_the_default_outcome() {
        let mut verdicts = Verdicts::default();
        RuleSet::default().evaluate(&[], 3, &mut verdicts);
        assert_eq!(verdicts.outcomes, [0, 0, 0]);
        assert_eq!(verdicts.fired_counts, [0, 0, 0]);
    }

    proptest! {
        #[test]
        fn every_row_is_decided_as_if_it_were_alone(
            rules in prop::collection::vec((0..6_u8, any::<bool>()), 0..40),
            truths in prop::collection::vec(prop::option::of(any::<bool>()), 0..900),
        ) {
            let set = RuleSet::new(rules.iter().map(|(outcome, shadow)| Rule { outcome: *outcome, shadow: *shadow }).collect());
            let rows = truths.len().checked_div(rules.len()).unwrap_or(5);
            let columns: Vec<Column> = (0..rules.len()).map(|rule| column(&truths[rule * rows..][..rows])).collect();
            let mut verdicts = Verdicts::default();
            set.evaluate(&columns.iter().collect::<Vec<_>>(), rows, &mut verdicts);
            let mut fired = verdicts.fired.iter();
            for row in 0..rows {
                let expected: Vec<usize> =
                    (0..rules.len()).filter(|rule| truths[rule * rows + row] == Some(true)).collect();
                let listed = fired.by_ref().take(usize::from(verdicts.fired_counts[row]));
                let listed: Vec<usize> = listed.map(|rule| usize::from(*rule)).collect();
                prop_assert_eq!(&listed, &expected);
                let live = expected.iter().filter(|rule| !rules[**rule].1).map(|rule| rules[*rule].0);
                prop_assert_eq!(verdicts.outcomes[row], live.max().unwrap_or(0));
            }
            prop_assert_eq!(fired.next(), None);
        }
    }
}
