//! `regexp_replace`.

use regex::CaptureLocations;

use crate::{
    error::ErrorCode,
    kernels::{self, Outcome, rows::TEXT_BYTES_MAX},
    prepared::{Flags, Pattern, prepare, prepare_with_flags},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "regexp_replace",
    form: "regexp_replace(a, pattern, by), regexp_replace(a, pattern, by, flags)",
    category: Category::Regex,
    description: "The first match replaced, or every match with flag `g`; in `by`, `\\1` to `\\9` are groups and `\\&` is the match. Flag `i` ignores case.",
    examples: &[("regexp_replace('4242 4242', '[0-9]', 'x', 'g')", "xxxx xxxx")],
    signatures: &[
        Signature::new(&[Kind::Text, Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::prepared_text(arguments, output, |row, out, prepared| {
                replace(prepared.regex(row.text(1), false)?, row.text(0), row.text(2), false, out)
            });
        })
        .prepare(prepare),
        Signature::new(&[Kind::Text, Kind::Text, Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
            kernels::prepared_text(arguments, output, |row, out, prepared| {
                let flags = Flags::parse(row.text(3))?;
                let pattern = prepared.regex(row.text(1), flags.ignore_case)?;
                replace(pattern, row.text(0), row.text(2), flags.global, out)
            });
        })
        .prepare(prepare_with_flags),
    ],
};

fn replace(pattern: &mut Pattern, text: &str, by: &str, global: bool, out: &mut String) -> Outcome<()> {
    let Pattern { regex, groups } = pattern;
    let start = out.len();
    let (mut copied, mut from) = (0, 0);
    while from <= text.len() && regex.captures_read_at(groups, text, from).is_some() {
        let (match_start, match_end) = groups.get(0).expect("group 0 is the match");
        out.push_str(&text[copied..match_start]);
        write_replacement(groups, text, by, out);
        copied = match_end;
        if !global {
            break;
        }
        // An empty match moves on by one character, which is copied with the next piece.
        let step = text[match_end..].chars().next().map_or(1, char::len_utf8);
        from = if match_end > match_start { match_end } else { match_end + step };
        if out.len() - start > TEXT_BYTES_MAX {
            return Err(ErrorCode::TextTooLong.into());
        }
    }
    out.push_str(&text[copied..]);
    Ok(())
}

fn write_replacement(groups: &CaptureLocations, text: &str, by: &str, out: &mut String) {
    let mut letters = by.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let group = match letters.next() {
            Some('&') => 0,
            Some(digit @ '1'..='9') => digit as usize - '0' as usize,
            Some('\\') | None => {
                out.push('\\');
                continue;
            }
            Some(other) => {
                out.extend(['\\', other]);
                continue;
            }
        };
        if let Some((start, end)) = groups.get(group) {
            out.push_str(&text[start..end]);
        }
    }
}
