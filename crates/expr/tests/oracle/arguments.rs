//! Arguments from where a function does something, for functions whose domain random values would rarely meet.

use types::{DataType, Value};

use crate::random::Random;

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn whole(random: &mut Random, low: i64, high: i64) -> Option<Value> {
    Some(Value::BigInt(random.between(low, high)))
}

fn thousandths(random: &mut Random, low: i64, high: i64) -> Option<Value> {
    Some(Value::Double(random.between(low * 1_000, high * 1_000) as f64 / 1e3))
}

/// The argument at `index` of a function that has values of its own; `None` for any value of its type.
pub fn special(random: &mut Random, name: &str, index: usize, data_type: DataType) -> Option<Option<Value>> {
    numbers(random, name, index, data_type)
        .or_else(|| words(random, name, index, data_type))
        .or_else(|| bytes(random, name, index))
}

fn numbers(random: &mut Random, name: &str, index: usize, data_type: DataType) -> Option<Option<Value>> {
    Some(match (name, index, data_type) {
        ("sinh" | "cosh", 0, _) if random.chance(70) => thousandths(random, -700, 700),
        ("tanh" | "asinh" | "cot", 0, _) if random.chance(70) => thousandths(random, -40, 40),
        ("acosh", 0, _) if random.chance(80) => thousandths(random, 0, 1_000),
        ("atanh" | "asind" | "acosd", 0, _) if random.chance(80) => {
            Some(Value::Double(random.between(-1_050, 1_050) as f64 / 1e3))
        }
        ("sind" | "cosd" | "tand" | "cotd", 0, _) => match random.below(4) {
            0 => Some(Value::Double(random.between(-60, 60) as f64 * 15.0)),
            1 | 2 => thousandths(random, -1_000, 1_000),
            _ => return None,
        },
        ("log", _, _) if random.chance(60) => thousandths(random, -1, 1_000),
        // The shortest text of a subnormal number is far from it, and PostgreSQL's logarithm reads the text.
        ("log", _, _) => Some(Value::Double(random.double()))
            .filter(|value| !matches!(value, Value::Double(double) if double.is_subnormal())),
        ("factorial", 0, _) => whole(random, -3, 36),
        ("width_bucket", 0, _) if random.chance(5) => {
            Some(Value::Double(random.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300])))
        }
        ("width_bucket", 1 | 2, _) if random.chance(5) => {
            Some(Value::Double(random.pick(&[f64::NAN, f64::INFINITY, 0.0, -0.0, 20.0])))
        }
        ("width_bucket", 0..=2, _) => thousandths(random, -50, 50),
        ("width_bucket", 3, _) => whole(random, -1, 200),
        ("<<" | ">>", 1, _) => whole(random, -70, 70),
        _ => return None,
    })
}

fn words(random: &mut Random, name: &str, index: usize, data_type: DataType) -> Option<Option<Value>> {
    Some(match (name, index, data_type) {
        ("format", 0, _) => text(random.pick(FORMS)),
        ("levenshtein", _, DataType::BigInt) => whole(random, 0, 9),
        ("levenshtein_less_equal", 2, _) => whole(random, -1, 10),
        ("overlay", _, DataType::BigInt) => whole(random, -2, 14),
        ("soundex" | "difference" | "jaro_winkler" | "similarity", _, _) => text(random.pick(NAMES)),
        ("levenshtein" | "levenshtein_less_equal", _, _) if random.chance(50) => text(random.pick(NAMES)),
        ("normalize" | "unaccent", 0, _) => text(random.pick(ACCENTED)),
        ("normalize", 1, _) => text(random.pick(&["NFC", "NFD", "nfkc", "NFKD", "NFX"])),
        ("split_count" | "split_position" | "split_contains", 0, _) => {
            text(random.pick(&["", "a", "a,b,c", ",", "a,,b", "日,é", "x, y", "aaa"]))
        }
        ("split_count" | "split_position" | "split_contains", 1, _) => {
            text(random.pick(&[",", "", ", ", "a", "aa"]))
        }
        ("split_position" | "split_contains", 2, _) => text(random.pick(&["", "a", "b", "c", "é", "a,b,c"])),
        ("quote_literal" | "quote_nullable", 0, _) if random.chance(40) => {
            text(random.pick(&["'", "it's", "\\", "'\\'", ""]))
        }
        _ => return None,
    })
}

fn bytes(random: &mut Random, name: &str, index: usize) -> Option<Option<Value>> {
    const FUNCTIONS: &[&str] = &["md5", "sha1", "SHA224", "sha256", "sha384", "sha512", "sha255"];
    Some(match (name, index) {
        ("digest", 1) | ("hmac", 2) => text(random.pick(FUNCTIONS)),
        ("encode" | "decode", 1) => text(random.pick(&["hex", "base64", "escape", "HEX", "uu"])),
        ("encode" | "md5" | "sha256" | "sha512" | "hashtext" | "hashtextextended" | "crc32", 0)
            if random.chance(40) =>
        {
            let len = random.below(160) as usize;
            Some(Value::Text("0123456789abcdefé".chars().cycle().take(len).collect()))
        }
        ("hashtextextended", 1) if random.chance(20) => whole(random, 0, 1),
        ("hmac", 1) if random.chance(20) => Some(Value::Text("key".repeat(60))),
        ("decode", 0) => text(random.pick(&[
            "6d69747261",
            "6D 69\n74",
            "6d6",
            "6g",
            "bWl0cmE=",
            "bWl0\ncmE=",
            "bWl0cmE",
            "bWl0cg==",
            "bWl0cg=",
            "=",
            "bWl=cg==",
            "YQ==YQ==",
            "\\303\\251",
            "a\\\\b",
            "\\400",
            "\\",
            "c3",
            "c3a9",
            "w6k=",
            "00",
            "AA==",
            "",
            "plain",
            "~",
        ])),
        ("url_decode", 0) => text(random.pick(&[
            "a%20b", "%C3%A9", "%c3%a9", "%C3", "%", "%4", "%zz", "100%25", "plain é", "", "a+b", "%00",
        ])),
        _ => return None,
    })
}

const FORMS: &[&str] = &[
    "%s",
    "%s and %s",
    "%2$s, %1$s",
    "%%",
    "%10s|",
    "%-10s|",
    "100%% of %L",
    "%L",
    "%1$s %s",
    "%3$s",
    "%",
    "%q",
    "no place",
    "%-L",
    "%1$-8s|",
    "%0$s",
    "%99999999999s",
    "",
];
const NAMES: &[&str] = &[
    "Robert",
    "Rupert",
    "Ashcraft",
    "Tymczak",
    "Pfister",
    "Honeyman",
    "robert smith",
    "Smith",
    "Smythe",
    "word",
    "two words",
    "a",
    "ab",
    "O'Brien",
    "x-ray",
    "Anne",
    "Ann",
    "42nd street",
    "Jackson  ",
    "hhw",
    "Lloyd",
];
const ACCENTED: &[&str] = &[
    "e\u{301}",
    "Å",
    "\u{212b}",
    "ﬁ",
    "Hôtel Zürich",
    "ñ",
    "ﾊﾝ",
    "q\u{307}\u{323}",
    "각",
    "½",
    "Ç",
    "plain",
];
