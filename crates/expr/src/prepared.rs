//! What an instruction keeps between runs: patterns compiled once, or a bounded cache of those met so far.

use std::collections::HashMap;

use regex::{CaptureLocations, Regex, RegexBuilder};

use types::Value;

use crate::{
    Expr,
    error::{ErrorCode, State},
    like::Like,
    membership::Set,
    template::{self, Item},
};

/// The most patterns that one instruction keeps compiled; past it the cache starts anew.
const PATTERNS_MAX: usize = 64;

/// The most bytes of a compiled pattern.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// The state of one instruction beyond its registers.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// The function needs none.
    Nothing,
    /// A literal `LIKE` or `ILIKE` pattern.
    Like(Like),
    /// A literal regular expression.
    Regex(Box<Pattern>),
    /// The literals of an `IN` list.
    Set(Set),
    /// A template of `to_char`, taken apart.
    Template(Vec<Item>),
    /// The template of the last row, which came from a column.
    LastTemplate(String, Vec<Item>),
    /// A buffer that is reused for every row: bytes that become text once they are whole.
    Bytes(Vec<u8>),
    /// Two buffers that are reused for every row: the trigrams of two texts.
    Codes([Vec<u64>; 2]),
    /// Regular expressions that came from columns: those that regard case, and those that ignore it.
    Cache([HashMap<String, Result<Pattern, ErrorCode>>; 2]),
}

/// A compiled regular expression and room for its groups.
#[derive(Debug)]
pub struct Pattern {
    /// The expression.
    pub(crate) regex: Regex,
    /// Where the last match's groups are.
    pub(crate) groups: CaptureLocations,
}

impl Clone for Pattern {
    /// A clone has search buffers of its own, so that threads do not wait for each other's.
    fn clone(&self) -> Self {
        Self { regex: self.regex.clone(), groups: self.groups.clone() }
    }
}

impl Pattern {
    /// Compiles `pattern`; `ignore_case` is the `i` flag.
    ///
    /// # Errors
    /// The text says what is wrong with the pattern.
    pub(crate) fn new(pattern: &str, ignore_case: bool) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(pattern)
            .case_insensitive(ignore_case)
            .size_limit(REGEX_BYTES_MAX)
            .dfa_size_limit(REGEX_BYTES_MAX)
            .build()?;
        let groups = regex.capture_locations();
        Ok(Self { regex, groups })
    }
}

/// What the letters of a flags argument say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    /// `i`; `c` takes it back.
    pub(crate) ignore_case: bool,
    /// `g`.
    pub(crate) global: bool,
}

impl Flags {
    /// Reads `i`, `c` and `g`.
    pub(crate) fn parse(text: &str) -> Result<Self, ErrorCode> {
        let mut flags = Self::default();
        for letter in text.chars() {
            match letter {
                'i' => flags.ignore_case = true,
                'c' => flags.ignore_case = false,
                'g' => flags.global = true,
                _ => return Err(ErrorCode::InvalidArgument),
            }
        }
        Ok(flags)
    }
}

fn literal_text(argument: &Expr) -> Option<&str> {
    match argument {
        Expr::Literal { value: Some(Value::Text(text)), .. } => Some(text),
        _ => None,
    }
}

/// Compiles a literal pattern in the second argument.
pub(crate) fn prepare(arguments: &[Expr]) -> Result<Prepared, String> {
    prepare_pattern(arguments, Some(false))
}

/// As [`prepare`], for a function that ignores case.
pub(crate) fn prepare_ignoring_case(arguments: &[Expr]) -> Result<Prepared, String> {
    prepare_pattern(arguments, Some(true))
}

/// As [`prepare`], with the flags in the last argument, which must be literal too.
pub(crate) fn prepare_with_flags(arguments: &[Expr]) -> Result<Prepared, String> {
    let Some(flags) = arguments.last().and_then(literal_text) else {
        return prepare_pattern(arguments, None);
    };
    let flags = Flags::parse(flags).map_err(|_| format!("the flags '{flags}' may hold i, c and g only"))?;
    prepare_pattern(arguments, Some(flags.ignore_case))
}

fn prepare_pattern(arguments: &[Expr], ignore_case: Option<bool>) -> Result<Prepared, String> {
    let (Some(pattern), Some(ignore_case)) = (literal_text(&arguments[1]), ignore_case) else {
        return Ok(Prepared::Nothing);
    };
    Pattern::new(pattern, ignore_case).map(|pattern| Prepared::Regex(Box::new(pattern))).map_err(|error| {
        // The text before the last line draws the place with spaces, which one line cannot.
        let error = error.to_string();
        let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("'{pattern}' is not a regular expression: {reason}")
    })
}

impl Prepared {
    /// Compiles a literal `LIKE` pattern in the second argument.
    pub(crate) fn like(arguments: &[Expr], ignore_case: bool) -> Self {
        literal_text(&arguments[1])
            .map_or(Self::Nothing, |pattern| Self::Like(Like::new(pattern, ignore_case)))
    }

    /// The compiled form of `pattern`, which is the literal one or is looked up.
    #[inline]
    pub(crate) fn regex(&mut self, pattern: &str, ignore_case: bool) -> Result<&mut Pattern, State> {
        match self {
            Self::Regex(compiled) => Ok(compiled),
            _ => self.cached(pattern, ignore_case),
        }
    }

    /// The items of `template`, which is the literal one or is taken apart when it differs from the last row's.
    #[inline]
    pub(crate) fn template(&mut self, template: &str) -> &[Item] {
        if !matches!(self, Self::Template(_) | Self::LastTemplate(..)) {
            *self = Self::LastTemplate(String::new(), Vec::new());
        }
        match self {
            Self::LastTemplate(last, items) => {
                if last != template {
                    template.clone_into(last);
                    template::parse(template, items);
                }
                items
            }
            Self::Template(items) => items,
            _ => unreachable!("it was just made one"),
        }
    }

    /// The emptied buffer of bytes.
    #[inline]
    pub(crate) fn bytes(&mut self) -> &mut Vec<u8> {
        if !matches!(self, Self::Bytes(_)) {
            *self = Self::Bytes(Vec::new());
        }
        let Self::Bytes(bytes) = self else { unreachable!("it was just made one") };
        bytes.clear();
        bytes
    }

    /// The two buffers of codes.
    #[inline]
    pub(crate) fn codes(&mut self) -> &mut [Vec<u64>; 2] {
        if !matches!(self, Self::Codes(_)) {
            *self = Self::Codes([Vec::new(), Vec::new()]);
        }
        let Self::Codes(codes) = self else { unreachable!("it was just made one") };
        codes
    }

    fn cached(&mut self, pattern: &str, ignore_case: bool) -> Result<&mut Pattern, State> {
        if !matches!(self, Self::Cache(_)) {
            *self = Self::Cache([HashMap::new(), HashMap::new()]);
        }
        let Self::Cache(caches) = self else { unreachable!("it was just made one") };
        let cache = &mut caches[usize::from(ignore_case)];
        if !cache.contains_key(pattern) {
            if cache.len() >= PATTERNS_MAX {
                cache.clear();
            }
            let compiled = Pattern::new(pattern, ignore_case).map_err(|_| ErrorCode::InvalidRegex);
            cache.insert(pattern.to_owned(), compiled);
        }
        let compiled = cache.get_mut(pattern).expect("it was just looked up or put there");
        compiled.as_mut().map_err(|code| (*code).into())
    }
}
