//! A row's values under construction: equal ones are made once.

use std::collections::{BTreeMap, BTreeSet};

use expr::Expr;
use types::DataType;

use crate::definition::{Slot, Source, Window, WindowRows};

/// Values of one side, each referring to earlier ones only.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// By the text of the slot: expressions hold doubles, which have no order.
    by_text: BTreeMap<String, usize>,
    /// Columns of views below that were read by their names.
    named: BTreeSet<usize>,
}

impl Slots {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn get(&self, slot: usize) -> &Slot {
        &self.slots[slot]
    }

    pub fn into_vec(self) -> Vec<Slot> {
        self.slots
    }

    pub fn as_slice(&self) -> &[Slot] {
        &self.slots
    }

    /// The slot of a value that the present SELECT makes.
    pub fn intern(&mut self, source: Source, data_type: DataType) -> usize {
        let mut hidden = BTreeSet::new();
        source.reads(&mut |read| {
            let is_input = matches!(self.slots[read].source, Source::Input(_));
            if !is_input && !self.named.contains(&read) {
                hidden.insert(read);
            }
        });
        self.put(Slot { source, data_type, hidden: hidden.into_iter().collect() })
    }

    /// The slot of a view's column: an item of its own for all that reads it.
    pub fn import_named(&mut self, from: &[Slot], wanted: usize, copied: &mut [Option<usize>]) -> usize {
        let slot = self.import(from, wanted, copied);
        self.named.insert(slot);
        slot
    }

    fn put(&mut self, slot: Slot) -> usize {
        *self.by_text.entry(format!("{slot:?}")).or_insert_with(|| {
            self.slots.push(slot);
            self.slots.len() - 1
        })
    }

    /// The slot of an expression over slots.
    pub fn scalar(&mut self, expr: Expr) -> usize {
        if let Expr::Column { index, .. } = expr {
            return index;
        }
        let data_type = expr.data_type();
        self.intern(Source::Scalar(expr), data_type)
    }

    /// The expression that reads a slot.
    pub fn read(&self, slot: usize) -> Expr {
        expr::column(slot, self.slots[slot].data_type)
    }

    /// Copies `wanted` of other slots and all that it reads; `copied` remembers what is here already.
    pub fn import(&mut self, from: &[Slot], wanted: usize, copied: &mut [Option<usize>]) -> usize {
        let mut needed = vec![false; wanted + 1];
        needed[wanted] = true;
        for slot in (0..=wanted).rev() {
            if needed[slot] && copied[slot].is_none() {
                from[slot].source.reads(&mut |read| needed[read] = true);
            }
        }
        for slot in 0..=wanted {
            if needed[slot] && copied[slot].is_none() {
                let Slot { source, data_type, hidden } = &from[slot];
                let place = |read: usize| {
                    copied[read].expect("a slot reads earlier slots, which are copied before it")
                };
                let source = moved(source, &mut |read| place(read));
                let mut hidden: Vec<usize> = hidden.iter().map(|read| place(*read)).collect();
                hidden.sort_unstable();
                copied[slot] = Some(self.put(Slot { source, data_type: *data_type, hidden }));
            }
        }
        copied[wanted].expect("the wanted slot is needed")
    }
}

impl Source {
    /// Calls `visit` with every slot of the same side that it reads.
    pub fn reads(&self, visit: &mut dyn FnMut(usize)) {
        moved(self, &mut |slot| {
            visit(slot);
            slot
        });
    }
}

/// The source with every slot of its side renamed.
fn moved(source: &Source, rename: &mut dyn FnMut(usize) -> usize) -> Source {
    match source {
        Source::Input(column) => Source::Input(*column),
        Source::Scalar(expr) => Source::Scalar(renamed(expr, rename)),
        Source::Lookup { table, key, column } => {
            Source::Lookup { table: table.clone(), key: rename(*key), column: *column }
        }
        Source::Predict { model, features } => Source::Predict {
            model: model.clone(),
            features: features.iter().map(|slot| rename(*slot)).collect(),
        },
        Source::Window(window) => {
            let mut window = Window::clone(window);
            match &mut window.rows {
                WindowRows::Own(feed) => {
                    let all = feed
                        .key
                        .iter_mut()
                        .chain(&mut feed.admit)
                        .chain(&mut feed.filter)
                        .chain(&mut feed.argument);
                    all.for_each(|slot| *slot = rename(*slot));
                }
                WindowRows::Other { probe, .. } => probe.iter_mut().for_each(|slot| *slot = rename(*slot)),
            }
            Source::Window(window)
        }
    }
}

/// The expression with every column renamed.
fn renamed(expr: &Expr, rename: &mut dyn FnMut(usize) -> usize) -> Expr {
    let mut both =
        |left: &Expr, right: &Expr| (Box::new(renamed(left, rename)), Box::new(renamed(right, rename)));
    match expr {
        Expr::Column { index, data_type } => Expr::Column { index: rename(*index), data_type: *data_type },
        Expr::Literal { .. } => expr.clone(),
        Expr::And(left, right) => {
            let (left, right) = both(left, right);
            Expr::And(left, right)
        }
        Expr::Or(left, right) => {
            let (left, right) = both(left, right);
            Expr::Or(left, right)
        }
        Expr::Call { function, arguments, data_type } => Expr::Call {
            function,
            arguments: arguments.iter().map(|argument| renamed(argument, rename)).collect(),
            data_type: *data_type,
        },
        Expr::Case { branches, otherwise, data_type } => Expr::Case {
            branches: branches
                .iter()
                .map(|(condition, value)| (renamed(condition, rename), renamed(value, rename)))
                .collect(),
            otherwise: otherwise.as_ref().map(|value| Box::new(renamed(value, rename))),
            data_type: *data_type,
        },
        Expr::Coalesce { arguments, data_type } => Expr::Coalesce {
            arguments: arguments.iter().map(|argument| renamed(argument, rename)).collect(),
            data_type: *data_type,
        },
    }
}
