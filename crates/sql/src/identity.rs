//! Equal values of different views told by a hash, so that timelines that the engine shares are counted once.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use crate::definition::{Slot, Source, WindowRows};
use expr::Expr;

/// The hash of a value; the same in every run of a build, and never stored.
pub fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A hash for each slot that is equal for equal values, whatever their index.
pub fn identities(slots: &[Slot], stream: &str) -> Vec<u64> {
    let mut known: Vec<u64> = Vec::with_capacity(slots.len());
    for slot in slots {
        let of = |slot: &usize| known[*slot];
        let identity = match &slot.source {
            Source::Input(column) => hash(&("input", stream, column)),
            Source::Scalar(expr) => {
                let mut parts = Vec::new();
                flatten(expr, &known, &mut parts);
                hash(&("scalar", parts))
            }
            Source::Lookup { table, key, column } => hash(&("lookup", table, of(key), column)),
            Source::Predict { model, features } => {
                hash(&("predict", model, features.iter().map(of).collect::<Vec<_>>()))
            }
            Source::Window(window) => {
                // The rows of another stream are written out in the window itself.
                let rows = match &window.rows {
                    WindowRows::Own(feed) => hash(&(
                        feed.key.iter().map(of).collect::<Vec<_>>(),
                        [feed.admit, feed.filter, feed.argument].map(|slot| slot.map(|slot| known[slot])),
                    )),
                    WindowRows::Other { stream, slots, feed, probe } => {
                        hash(&(stream, format!("{slots:?}"), feed, probe.iter().map(of).collect::<Vec<_>>()))
                    }
                };
                hash(&("window", window.function, window.frame, rows))
            }
        };
        known.push(identity);
    }
    known
}

/// An expression's nodes in order, columns by their identity.
fn flatten(expr: &Expr, known: &[u64], out: &mut Vec<u64>) {
    match expr {
        Expr::Column { index, .. } => out.push(known[*index]),
        Expr::Literal { .. } => out.push(hash(&format!("{expr:?}"))),
        Expr::Call { function, arguments, data_type } => {
            out.push(hash(&(function, arguments.len(), data_type)));
            arguments.iter().for_each(|argument| flatten(argument, known, out));
        }
        Expr::And(left, right) | Expr::Or(left, right) => {
            out.push(hash(&matches!(expr, Expr::And(..))));
            flatten(left, known, out);
            flatten(right, known, out);
        }
        Expr::Case { branches, otherwise, data_type } => {
            out.push(hash(&("case", branches.len(), otherwise.is_some(), data_type)));
            for (condition, value) in branches {
                flatten(condition, known, out);
                flatten(value, known, out);
            }
            otherwise.iter().for_each(|value| flatten(value, known, out));
        }
        Expr::Coalesce { arguments, data_type } => {
            out.push(hash(&("coalesce", arguments.len(), data_type)));
            arguments.iter().for_each(|argument| flatten(argument, known, out));
        }
    }
}
