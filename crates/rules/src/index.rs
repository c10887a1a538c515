//! Conditions by column instead of by rule: a value's place among all constants that rules compare its column
//! with tells at once which rules it leaves possible, as one bit vector; a row's rules are the AND of its
//! columns' vectors.
//!
//! This is the bit-vector scheme of packet classification (Lakshman and Stiliadis, 1998). A condition is
//! taken apart at its ANDs. What asks one column only, by comparisons with constants, is indexed; the rest is
//! *opaque*: the caller computes it with an [`expr::Program`], and it is looked at only where everything
//! indexed holds.

mod classes;
mod split;

use std::collections::BTreeMap;

use expr::{Expr, Raised};
use types::Column;

use crate::{Rule, RuleSet, Verdicts};
use classes::Classes;

/// The most 64-bit words of bit vectors of one index: 32 MiB. Columns beyond stay opaque.
pub const VECTOR_WORDS_MAX: usize = 1 << 22;

/// Rows whose bit vectors are narrowed together, so that they stay in the first cache.
const BLOCK_ROWS: usize = 64;

/// Rules and their conditions, taken apart.
#[derive(Debug)]
pub struct Index {
    rules: Vec<Rule>,
    /// Words of a row's bit vector.
    words: usize,
    columns: Vec<IndexedColumn>,
    opaque: Vec<Expr>,
    /// Per rule, in order: what must hold.
    conjuncts: Vec<Vec<Conjunct>>,
}

/// A part of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conjunct {
    /// Predicate `predicate` of `columns[column]`.
    Indexed { column: usize, predicate: usize },
    /// `opaque[_]`.
    Opaque(usize),
}

/// All that rules ask of one column.
#[derive(Debug)]
struct IndexedColumn {
    /// The column among the inputs.
    input: usize,
    classes: Classes,
    /// Truth of each predicate in each class.
    predicates: Vec<Vec<Option<bool>>>,
    /// The words of a bit vector that some rule here has a bit in.
    touched: Vec<u32>,
    /// Where each class's words start in `vectors`.
    starts: Vec<u32>,
    /// As many words as are touched, for each distinct vector.
    vectors: Vec<u64>,
}

impl RuleSet {
    /// An index of `conditions`, one for each rule of the set, over the inputs that their columns name.
    ///
    /// # Panics
    /// When there are not as many conditions as rules.
    pub fn compile(&self, conditions: &[Expr]) -> Index {
        assert_eq!(conditions.len(), self.rules().len(), "one condition per rule");
        split::compile(self.rules(), conditions, VECTOR_WORDS_MAX)
    }
}

impl Index {
    /// What the caller computes for [`Index::evaluate`]: boolean expressions over the same inputs as the
    /// conditions.
    pub fn opaque(&self) -> &[Expr] {
        &self.opaque
    }

    /// The inputs that the index itself reads, ascending.
    pub fn inputs_read(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().map(|column| column.input)
    }

    /// Decides the first `rows` rows as [`RuleSet::evaluate`] does on the conditions' values. `opaque` has
    /// the values of [`Index::opaque`].
    ///
    /// # Panics
    /// When a column is missing, shorter than `rows` or of another type than it was compiled for.
    pub fn evaluate(&self, inputs: &[&Column], opaque: &[&Column], rows: usize, out: &mut Verdicts) {
        assert_eq!(opaque.len(), self.opaque.len(), "one column for each opaque expression");
        let opaque: Vec<(&[bool], &[bool])> = opaque.iter().map(|column| flags(column, rows)).collect();
        let mut vectors = std::mem::take(&mut out.vectors);
        out.reset(rows);
        for first in (0..rows).step_by(BLOCK_ROWS) {
            let count = BLOCK_ROWS.min(rows - first);
            vectors.clear();
            vectors.resize(count * self.words, u64::MAX);
            for column in &self.columns {
                column.narrow(inputs[column.input], first, self.words, &mut vectors);
            }
            for row in 0..count {
                self.decide(&vectors[row * self.words..][..self.words], first + row, &opaque, out);
            }
        }
        out.vectors = vectors;
    }

    /// Lists the rules that a row's vector leaves and that no opaque part stops.
    fn decide(&self, vector: &[u64], row: usize, opaque: &[(&[bool], &[bool])], out: &mut Verdicts) {
        for (word, bits) in vector.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                let rule = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let Some(conjuncts) = self.conjuncts.get(rule) else { break };
                let holds = conjuncts.iter().all(|conjunct| match conjunct {
                    Conjunct::Indexed { .. } => true,
                    Conjunct::Opaque(index) => opaque[*index].0[row] & !opaque[*index].1[row],
                });
                if holds {
                    out.fire(rule, self.rules[rule], row);
                }
            }
        }
    }

    /// Appends the rows at which the condition of `rule` raised, as an [`expr::Program`] of the whole
    /// condition would report them: the first opaque part that raised there, unless a part before it is
    /// false. `raised` gives the rows at which an opaque expression raised, ascending; so are the appended
    /// ones.
    pub fn raised<'a>(
        &self,
        rule: usize,
        inputs: &[&Column],
        opaque: &[&Column],
        raised: impl Fn(usize) -> &'a [Raised],
        out: &mut Vec<Raised>,
    ) {
        let mut found = BTreeMap::new();
        for (place, conjunct) in self.conjuncts[rule].iter().enumerate() {
            let Conjunct::Opaque(index) = conjunct else { continue };
            for error in raised(*index) {
                let before = &self.conjuncts[rule][..place];
                if !before.iter().any(|before| self.is_false(*before, error.row as usize, inputs, opaque)) {
                    found.entry(error.row).or_insert(*error);
                }
            }
        }
        out.extend(found.into_values());
    }

    fn is_false(&self, conjunct: Conjunct, row: usize, inputs: &[&Column], opaque: &[&Column]) -> bool {
        match conjunct {
            Conjunct::Indexed { column, predicate } => {
                let column = &self.columns[column];
                let class = column.classes.class(inputs[column.input], row);
                column.predicates[predicate][class] == Some(false)
            }
            Conjunct::Opaque(index) => {
                let (values, nulls) = flags(opaque[index], row + 1);
                !values[row] && !nulls[row]
            }
        }
    }
}

fn flags(column: &Column, rows: usize) -> (&[bool], &[bool]) {
    let values = column.as_boolean().expect("an opaque expression is boolean");
    (&values[..rows], &column.nulls[..rows])
}

impl IndexedColumn {
    /// Clears the bits of the rules that the values from row `first` on rule out.
    fn narrow(&self, column: &Column, first: usize, words: usize, vectors: &mut [u64]) {
        let touched = self.touched.len();
        let rows = vectors.chunks_exact_mut(words);
        self.classes.each(column, first, rows, |class, vector| {
            let own = &self.vectors[self.starts[class] as usize..][..touched];
            for (word, own) in self.touched.iter().zip(own) {
                vector[*word as usize] &= own;
            }
        });
    }
}

#[cfg(test)]
mod tests;
