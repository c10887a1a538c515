//! Why a request was not done, with what the caller can do about it.

use std::borrow::Cow;

use types::Position;

/// Longest name that is compared with the known ones; a longer one has no closest name.
const NAME_CHARS_MAX: usize = 64;

/// What became of a request that was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No such stream, decision or record: 404.
    NotFound,
    /// The caller's text is wrong: 400.
    BadRequest,
    /// The same key holds other content: 409.
    Conflict,
    /// More waits than the queue holds: 429.
    Busy {
        /// When to come back, in seconds.
        retry_after_s: u32,
    },
    /// The disk is full: 503.
    Full,
    /// One event is larger than its limit: 413.
    TooLarge,
    /// Recovering, draining, or broken: 503.
    Unavailable,
}

/// A request that was not done. The texts follow the house style: lower case, no full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {remedy}")]
pub struct Refusal {
    /// Chooses the HTTP status.
    pub kind: Kind,
    /// Stable, for programs.
    pub code: Cow<'static, str>,
    /// The column at fault.
    pub field: Option<String>,
    /// The record that stands in the way.
    pub position: Option<Position>,
    /// The offending thing and the limit.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Refusal {
    /// A refusal without a field or a position.
    pub fn new(
        kind: Kind,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (message, remedy) = (message.into(), remedy.into());
        Self { kind, code: code.into(), field: None, position: None, message, remedy }
    }

    /// The refusal of a name that is not known, with the closest one that is.
    ///
    /// `what` is `stream` or `decision`; the code is `unknown_stream` or `unknown_decision`.
    pub fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known: Vec<&str> = known.into_iter().collect();
        known.sort_unstable();
        let remedy = match (closest(name, &known), known.as_slice()) {
            (Some(close), _) => format!("did you mean `{close}`?"),
            (None, []) => format!("no {what} is defined yet: make one with CREATE {}", what.to_uppercase()),
            (None, known) => format!("the names are {}", list(known)),
        };
        let message = format!("no {what} is called `{}`", shortened(name));
        Self::new(Kind::NotFound, format!("unknown_{what}"), message, remedy)
    }

    /// Names the column at fault.
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the record that stands in the way.
    pub fn with_position(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }
}

fn shortened(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}

fn list(known: &[&str]) -> String {
    const SHOWN_MAX: usize = 10;
    let mut text = String::new();
    for (index, name) in known.iter().take(SHOWN_MAX).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
    }
    if known.len() > SHOWN_MAX {
        text.push_str(" and more");
    }
    text
}

/// The name that differs least, when it differs in at most a third of its letters.
fn closest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(NAME_CHARS_MAX + 1).flat_map(char::to_lowercase).collect();
    if name.len() > NAME_CHARS_MAX {
        return None;
    }
    known
        .iter()
        .map(|known| (distance(&name, known), *known))
        .filter(|(distance, known)| *distance <= known.chars().count().max(name.len()).div_ceil(3))
        .min()
        .map(|(_, known)| known)
}

/// Edit distance in which two swapped neighbours count as one edit (optimal string alignment).
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().take(NAME_CHARS_MAX).flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(from != to);
            let mut best = replaced.min(above[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && *from == right[column - 1] && left[row - 1] == *to {
                best = best.min(before[column - 1] + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_offered() {
        let known = ["payment_risk", "account_risk", "logins"];
        let remedy = |name: &str| Refusal::unknown("decision", name, known).remedy;
        assert_eq!(remedy("payment_rsik"), "did you mean `payment_risk`?");
        assert_eq!(remedy("Payment_Risk"), "did you mean `payment_risk`?");
        assert_eq!(remedy("login"), "did you mean `logins`?");
        assert_eq!(remedy("refunds"), "the names are account_risk, logins, payment_risk");
        assert_eq!(remedy(&"p".repeat(5_000)), "the names are account_risk, logins, payment_risk");
        let none = Refusal::unknown("stream", "payments", []);
        assert_eq!(none.remedy, "no stream is defined yet: make one with CREATE STREAM");
        assert_eq!(none.code, "unknown_stream");
    }

    #[test]
    fn a_swap_is_one_edit() {
        let distance = |left: &str, right: &str| distance(&left.chars().collect::<Vec<_>>(), right);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }
}
