//! How alike two texts are: edit distance, Soundex, Jaro and Winkler's measure, trigrams.

use crate::error::ErrorCode;

/// The most characters of a text that is compared character by character, as in PostgreSQL's `fuzzystrmatch`.
pub(crate) const CHARACTERS_MAX: usize = 255;

/// What an edit costs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs {
    pub(crate) insertion: i64,
    pub(crate) deletion: i64,
    pub(crate) substitution: i64,
}

impl Costs {
    /// Every edit costs 1.
    pub(crate) const ONE: Self = Self { insertion: 1, deletion: 1, substitution: 1 };
}

/// A text's characters, on the stack.
struct Letters {
    letters: [char; CHARACTERS_MAX],
    len: usize,
}

impl Letters {
    fn of(text: &str) -> Result<Self, ErrorCode> {
        let mut own = Self { letters: ['\0'; CHARACTERS_MAX], len: 0 };
        for letter in text.chars() {
            *own.letters.get_mut(own.len).ok_or(ErrorCode::InvalidArgument)? = letter;
            own.len += 1;
        }
        Ok(own)
    }

    fn as_slice(&self) -> &[char] {
        &self.letters[..self.len]
    }
}

/// Levenshtein's distance: the least cost of the edits that make `to` of `from`.
pub(crate) fn levenshtein(from: &str, to: &str, costs: Costs) -> Result<i64, ErrorCode> {
    let (from, to) = (Letters::of(from)?, Letters::of(to)?);
    let (from, to) = (from.as_slice(), to.as_slice());
    // An overflow of costs that PostgreSQL's 32 bits would wrap has no meaning worth keeping.
    let times = |count: usize, cost: i64| (count as i64).checked_mul(cost).ok_or(ErrorCode::OutOfRange);
    times(from.len() + to.len(), costs.insertion.max(costs.deletion).max(costs.substitution))?;
    if from.is_empty() {
        return times(to.len(), costs.insertion);
    }
    if to.is_empty() {
        return times(from.len(), costs.deletion);
    }
    let mut distances = [0_i64; CHARACTERS_MAX + 1];
    for (row, distance) in distances.iter_mut().enumerate().take(from.len() + 1) {
        *distance = times(row, costs.deletion)?;
    }
    for wanted in to {
        let mut diagonal = distances[0];
        distances[0] += costs.insertion;
        for (row, letter) in from.iter().enumerate() {
            let inserted = distances[row + 1] + costs.insertion;
            let deleted = distances[row] + costs.deletion;
            let replaced = diagonal + if letter == wanted { 0 } else { costs.substitution };
            diagonal = distances[row + 1];
            distances[row + 1] = inserted.min(deleted).min(replaced);
        }
    }
    Ok(distances[from.len()])
}

/// Jaro's similarity with Winkler's bonus of 0.1 for each of the first four letters that agree; 1 for equal texts.
///
/// W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model", 1990.
pub(crate) fn jaro_winkler(one: &str, other: &str) -> Result<f64, ErrorCode> {
    const PREFIX_LETTERS_MAX: usize = 4;
    const PREFIX_WEIGHT: f64 = 0.1;
    let (one, other) = (Letters::of(one)?, Letters::of(other)?);
    let (one, other) = (one.as_slice(), other.as_slice());
    let jaro = jaro(one, other);
    let prefix = one.iter().zip(other).take(PREFIX_LETTERS_MAX).take_while(|(a, b)| a == b).count();
    Ok(jaro + prefix as f64 * PREFIX_WEIGHT * (1.0 - jaro))
}

fn jaro(one: &[char], other: &[char]) -> f64 {
    if one.is_empty() && other.is_empty() {
        return 1.0;
    }
    let reach = (one.len().max(other.len()) / 2).saturating_sub(1);
    let mut taken = [false; CHARACTERS_MAX];
    let mut matched = [false; CHARACTERS_MAX];
    let mut matches = 0_usize;
    for (place, letter) in one.iter().enumerate() {
        let window = place.saturating_sub(reach)..(place + reach + 1).min(other.len());
        if let Some(found) = window.into_iter().find(|at| !taken[*at] && other[*at] == *letter) {
            (taken[found], matched[place]) = (true, true);
            matches += 1;
        }
    }
    if matches == 0 {
        return 0.0;
    }
    let of_one = one.iter().zip(matched).filter(|(_, matched)| *matched);
    let of_other = other.iter().zip(taken).filter(|(_, taken)| *taken);
    let moved = of_one.zip(of_other).filter(|((a, _), (b, _))| a != b).count();
    let matches = matches as f64;
    let transpositions = moved as f64 / 2.0;
    (matches / one.len() as f64 + matches / other.len() as f64 + (matches - transpositions) / matches) / 3.0
}

/// The length of a Soundex code.
pub(crate) const SOUNDEX_LEN: usize = 4;

/// The American Soundex code (R. C. Russell, 1918): the first letter and three digits, or nothing for a text without
/// an ASCII letter. As in `fuzzystrmatch`, a letter counts when its digit differs from that of the byte before it.
pub(crate) fn soundex(text: &str) -> Option<[u8; SOUNDEX_LEN]> {
    let bytes = text.as_bytes();
    let first = bytes.iter().position(u8::is_ascii_alphabetic)?;
    let mut code = [b'0'; SOUNDEX_LEN];
    code[0] = bytes[first].to_ascii_uppercase();
    let mut len = 1;
    for pair in bytes[first..].windows(2) {
        let digit = soundex_digit(pair[1]);
        if pair[1].is_ascii_alphabetic() && digit != soundex_digit(pair[0]) && digit != b'0' {
            code[len] = digit;
            len += 1;
            if len == SOUNDEX_LEN {
                break;
            }
        }
    }
    Some(code)
}

fn soundex_digit(byte: u8) -> u8 {
    const DIGITS: &[u8; 26] = b"01230120022455012623010202";
    let letter = byte.to_ascii_uppercase();
    if letter.is_ascii_uppercase() { DIGITS[usize::from(letter - b'A')] } else { letter }
}

/// The trigrams of a text's words, sorted and each once, in `codes`: a word is letters and digits in lower case, with two
/// spaces before it and one behind it, as in PostgreSQL's `pg_trgm`.
pub(crate) fn trigrams(text: &str, codes: &mut Vec<u64>) {
    // Three code points of 21 bits.
    const MASK: u64 = (1 << 63) - 1;
    let append = |code: u64, letter: char| (code << 21 | u64::from(u32::from(letter))) & MASK;
    codes.clear();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut code = append(append(0, ' '), ' ');
        for letter in word.chars().flat_map(char::to_lowercase).chain([' ']) {
            code = append(code, letter);
            codes.push(code);
        }
    }
    codes.sort_unstable();
    codes.dedup();
}

/// The share of trigrams that two sorted lists have in common; 0 when there are none.
pub(crate) fn shared(one: &[u64], other: &[u64]) -> f64 {
    let (mut a, mut b, mut both) = (0, 0, 0);
    while a < one.len() && b < other.len() {
        both += usize::from(one[a] == other[b]);
        let (left, right) = (one[a], other[b]);
        a += usize::from(left <= right);
        b += usize::from(right <= left);
    }
    let all = one.len() + other.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_pairs_of_jaro_and_winkler() {
        for (one, other, expected) in [
            ("MARTHA", "MARHTA", 0.961_111),
            ("DWAYNE", "DUANE", 0.84),
            ("DIXON", "DICKSONX", 0.813_333),
            ("same", "same", 1.0),
            ("abc", "xyz", 0.0),
            ("", "", 1.0),
            ("", "a", 0.0),
        ] {
            let found = jaro_winkler(one, other).expect("they are short");
            assert!((found - expected).abs() < 1e-6, "{one} {other}: {found}");
        }
        assert_eq!(jaro_winkler(&"a".repeat(CHARACTERS_MAX + 1), "a"), Err(ErrorCode::InvalidArgument));
    }

    #[test]
    fn letters_of_every_script_make_trigrams() {
        let mut codes = [Vec::new(), Vec::new()];
        for (one, other, expected) in [("José", "JOSÉ", 1.0), ("東京都", "東京", 0.4), ("-", "!", 0.0)]
        {
            trigrams(one, &mut codes[0]);
            trigrams(other, &mut codes[1]);
            let found = shared(&codes[0], &codes[1]);
            assert!((found - expected).abs() < 1e-9, "{one} {other}: {found}");
        }
    }
}
