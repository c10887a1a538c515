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
pub fn special(random: &mut Random, name: &str, index: usize, types: &[DataType]) -> Option<Option<Value>> {
    let data_type = types[index];
    numbers(random, name, index, data_type)
        .or_else(|| words(random, name, index, data_type))
        .or_else(|| bytes(random, name, index))
        .or_else(|| documents(random, name, index, data_type))
        .or_else(|| networks(random, name, index, data_type))
        .or_else(|| places(random, name, index, data_type))
        .or_else(|| times(random, name, index, types))
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

fn documents(random: &mut Random, name: &str, index: usize, data_type: DataType) -> Option<Option<Value>> {
    let looks_into = matches!(
        name,
        "json_valid"
            | "json_typeof"
            | "json_array_length"
            | "json_extract_path"
            | "json_extract_path_text"
            | "json_strip_nulls"
            | "jsonb_exists"
            | "->"
            | "->>"
    );
    if !looks_into {
        return None;
    }
    Some(match (index, data_type) {
        (0, _) => Some(Value::Text(document(random))),
        (_, DataType::BigInt) => whole(random, -4, 4),
        _ => text(
            random.pick(&["a", "b", "é", "", "0", "1", "-1", "c", "2", " 1", "+1", "1 ", "a\"b", "tab\t"]),
        ),
    })
}

/// A document, sometimes with one letter more or less.
fn document(random: &mut Random) -> String {
    let mut document = String::new();
    write_value(random, 3, &mut document);
    if random.chance(25) {
        let places: Vec<usize> = document.char_indices().map(|(at, _)| at).collect();
        let at = random.pick(&places);
        if random.chance(50) {
            document.remove(at);
        } else {
            document.insert(
                at,
                random.pick(&['"', '{', '}', ']', ',', ':', '\\', '0', 'e', '\u{1}', ' ', '.', '-']),
            );
        }
    }
    document
}

fn write_value(random: &mut Random, depth: u32, out: &mut String) {
    let space = random.pick(&["", "", "", " ", "\n\t"]);
    out.push_str(space);
    match random.below(if depth == 0 { 4 } else { 8 }) {
        0 => out.push_str(random.pick(&["null", "true", "false"])),
        1 => out.push_str(random.pick(&["0", "-0", "12", "1.50", "-2e3", "1E+2", "12345678901234567890"])),
        2 | 3 => out.push_str(random.pick(STRINGS)),
        4 | 5 => {
            out.push('[');
            for place in 0..random.below(4) {
                out.push_str(if place > 0 { "," } else { "" });
                write_value(random, depth - 1, out);
            }
            out.push(']');
        }
        _ => write_object(random, depth, out),
    }
    out.push_str(space);
}

/// Names are each there once: among equal ones, `json` of PostgreSQL and its `jsonb` find different members.
fn write_object(random: &mut Random, depth: u32, out: &mut String) {
    const NAMES: &[&str] =
        &["\"a\"", "\"b\"", "\"\\u00e9\"", "\"\"", "\"0\"", "\"1\"", "\"a\\\"b\"", "\"tab\\t\""];
    out.push('{');
    let mut any = false;
    for name in NAMES {
        if random.chance(30) {
            out.push_str(if any { ", " } else { "" });
            any = true;
            out.push_str(name);
            out.push_str(random.pick(&[":", ": ", " :"]));
            write_value(random, depth - 1, out);
        }
    }
    out.push('}');
}

/// Texts in documents: with escapes, and with escapes of no character.
const STRINGS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"é\"",
    "\"\\u00e9\"",
    "\"\\ud83d\\ude00\"",
    "\"\\n\\\"\\\\\\/\"",
    "\"two words\"",
    "\"\\u0001\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\u0000\"",
    "\"1\"",
];

fn networks(random: &mut Random, name: &str, index: usize, data_type: DataType) -> Option<Option<Value>> {
    let is_network =
        matches!(name, "family" | "masklen" | "host" | "broadcast" | "netmask" | "hostmask" | "set_masklen")
            || name.starts_with("inet_")
            || name.starts_with("network")
            || name == "is_inet";
    if !is_network {
        return None;
    }
    Some(match (name, index, data_type) {
        ("set_masklen", 1, _) => whole(random, -2, 130),
        ("inet_add", 1, _) if random.chance(70) => whole(random, -70_000, 70_000),
        (_, _, DataType::BigInt) => return None,
        _ => Some(Value::Text(address(random))),
    })
}

fn address(random: &mut Random) -> String {
    let mut address = match random.below(10) {
        0 => random.pick(ADDRESSES).to_owned(),
        1..=6 => {
            let first = random.pick(&[
                "10.0", "10.1", "172.16", "172.31", "172.32", "192.168", "127.0", "169.254", "224.0", "8.8",
            ]);
            format!("{first}.{}.{}", random.below(4), random.below(256))
        }
        7 => format!("2001:db8::{:x}", random.below(0x2_0000).min(0xffff)),
        8 => format!(
            "{:x}::{:x}:{:x}",
            random.pick(&[0xfe80, 0xfc00, 0xff02, 0x2001]),
            random.below(3),
            random.below(9)
        ),
        _ => format!("::ffff:{}.{}.0.1", random.below(3), random.below(256)),
    };
    if !address.contains('/') && random.chance(50) {
        let len = if address.contains(':') { 128 } else { 32 };
        address += &format!("/{}", random.below(len + 2));
    }
    address
}

const ADDRESSES: &[&str] = &[
    "0.0.0.0",
    "0.0.0.0/0",
    "255.255.255.255",
    "::",
    "::/0",
    "::1",
    "::1.2.3.4",
    "::1:2",
    "1::",
    "1:0:0:2::3",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "1.2.3",
    "1.2.3/24",
    "10/8",
    "010.1.2.3",
    "1.2.3.4/33",
    "1.2.3.4/",
    "1.2.3.4/032",
    "1.2.3.4 ",
    "",
    "a",
    "1.2.3.4.5",
    "1..2.3",
    "256.1.1.1",
    "::1/129",
    ":::",
    "1::2::3",
    "1.2.3.4/-1",
    "FE80::1",
    "2001:DB8::/32",
    "12345::",
    "::1%eth0",
    "1.2.3.+4",
    "/8",
    "64:ff9b::1.2.3.4",
];

fn places(random: &mut Random, name: &str, index: usize, data_type: DataType) -> Option<Option<Value>> {
    if !name.starts_with("geo") {
        return None;
    }
    Some(match (name, index, data_type) {
        ("geohash", 2, _) => whole(random, 0, 13),
        ("geohash_latitude" | "geohash_longitude", ..) => {
            const DIGITS: &[char] = &['0', '9', 'b', 'z', 's', 'e', 'u', '4', 'P'];
            let len = random.between(1, 12);
            let hash: String = (0..len).map(|_| random.pick(DIGITS)).collect();
            if random.chance(15) {
                text(random.pick(&["", "a", "zzzzzzzzzzzzz", "s i", "é"]))
            } else {
                Some(Value::Text(hash))
            }
        }
        ("geo_within_m", 4, _) if random.chance(70) => thousandths(random, 0, 20_000_000),
        (_, _, DataType::Double) => {
            let is_latitude = matches!((name, index), (_, 0) | (_, 2)) && name != "geo_speed_kmh"
                || name == "geo_speed_kmh" && matches!(index, 0 | 3);
            match random.below(12) {
                0 => Some(Value::Double(random.pick(&[0.0, 90.0, -90.0, 45.0, -0.0]))),
                1 => Some(Value::Double(random.pick(&[90.001, f64::NAN, f64::INFINITY, 181.0]))),
                _ if is_latitude => thousandths(random, -90, 90),
                _ => thousandths(random, -180, 180),
            }
        }
        _ => return None,
    })
}

/// Functions that read or write times by time zones and templates.
fn times(random: &mut Random, name: &str, index: usize, types: &[DataType]) -> Option<Option<Value>> {
    let data_type = types[index];
    Some(match (name, index, data_type) {
        ("timezone", 0, _)
        | ("utc_offset", 1, _)
        | ("date_add" | "date_subtract" | "to_char", 2, _)
        | ("extract" | "date_part" | "date_trunc", 2, _)
        | ("make_timestamptz", 6, _) => text(random.pick(ZONES)),
        ("timezone", 1, DataType::Text) => {
            if random.chance(60) {
                text(random.pick(CHANGES))
            } else {
                let time = expr::cast(expr::literal(Value::Timestamptz(recent(random))), DataType::Text);
                let Ok(expr::Expr::Literal { value, .. }) = time else { panic!("a time has a text") };
                value
            }
        }
        // Of times before 1970 builds of the database keep more or less.
        ("timezone" | "utc_offset" | "date_add" | "date_subtract", _, DataType::Timestamptz) => {
            Some(Value::Timestamptz(recent(random)))
        }
        ("extract" | "date_part" | "date_trunc" | "to_char", _, DataType::Timestamptz)
            if types.len() == 3 =>
        {
            Some(Value::Timestamptz(recent(random)))
        }
        ("make_timestamptz", 0, _) if types.len() == 7 => whole(random, 1_970, 2_900),
        ("date_add" | "date_subtract", _, DataType::Interval) => Some(Value::Interval(types::Interval {
            months: random.between(-20, 20) as i32,
            days: random.between(-40, 40) as i32,
            micros: random.between(-100_000_000_000, 100_000_000_000),
        })),
        ("to_char", 1, _) => text(random.pick(TEMPLATES)),
        ("to_date" | "to_timestamp", 0, DataType::Text) => text(random.pick(WRITTEN)),
        ("to_date" | "to_timestamp", 1, DataType::Text) => text(random.pick(READ)),
        ("overlaps", ..) => {
            Some(Value::Timestamptz(random.between(0, 6) * 1_000_000)).filter(|_| random.chance(85))
        }
        _ => return None,
    })
}

/// A time from 1970 on, often near an hour when clocks are changed somewhere.
pub fn recent(random: &mut Random) -> i64 {
    const SECOND: i64 = 1_000_000;
    // 2026-03-29 01:00, 2026-10-25 01:00, 2026-03-08 07:00, 2026-11-01 06:00, 2011-12-30 10:00, 2026-10-03 15:30 in UTC.
    const CHANGED: &[i64] =
        &[1_774_746_000, 1_792_890_000, 1_772_953_200, 1_793_512_800, 1_325_239_200, 1_791_041_400];
    if random.chance(40) {
        random.pick(CHANGED) * SECOND + random.between(-7_200_000_000, 7_200_000_000)
    } else {
        // Up to the year 2906.
        random.between(0, 29_560_000_000_000_000)
    }
}

const ZONES: &[&str] = &[
    "UTC",
    "Asia/Kolkata",
    "asia/kolkata",
    "Europe/Paris",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Auckland",
    "America/St_Johns",
    "Asia/Tokyo",
    "Africa/Johannesburg",
    "Etc/GMT+5",
    "Nowhere/Land",
    "Asia/Calcutta",
    "US/Pacific",
];

/// Local times that are there twice or not at all in one of the zones.
const CHANGES: &[&str] = &[
    "2026-03-29 02:30:00",
    "2026-03-29 03:00",
    "2026-03-29 01:59:59.999999",
    "2026-10-25 02:30",
    "2026-10-25 01:30",
    "2026-03-08 02:30",
    "2026-11-01 01:30",
    "2011-12-30 12:00",
    "2011-12-29 23:59",
    "2011-12-31 00:00",
    "2026-10-04 02:15",
    "2026-04-05 01:45",
    "2026-04-05 02:30",
    "2026-01-02 03:04:05+09",
    "2026-01-02T03:04",
    "soon",
    "2026-13-01",
    "",
];

const TEMPLATES: &[&str] = &[
    "YYYY-MM-DD HH24:MI:SS.US",
    "Dy DD Mon YYYY",
    "FMDay, FMDD FMMonth YYYY",
    "DAY|MONTH|day|month|Day|Month",
    "HH12:MI AM",
    "hh:mi p.m.",
    "IYYY-\"W\"IW-ID",
    "Q CC W WW DDD IDDD D J",
    "YYY YY Y Y,YYY IYY IY I",
    "SSSS MS FF1 FF3 FF6",
    "YYYY BC a.d.",
    "RM rm FMRM",
    "DDth FMDDTH Mth YYYYth DDDth",
    "TZ tz TZH:TZM OF",
    "\"quoted YYYY\" \\\"x\\\"",
    "",
    "no pattern z",
    "FMYYYY FMMM FMHH24 FMMI FMSS FMMS",
    "yyyymmddhh24miss",
    "DyDYdy MonMONmon",
    "é YYYY 日",
];

/// What one template reads; the others are among the edge cases, since PostgreSQL takes much that does not fit.
const WRITTEN: &[&str] = &[
    "2026-01-02 13:04:05",
    "1999-12-31 23:59:59",
    "2024-02-29 00:00:00",
    "2023-02-29 00:00:00",
    "0001-01-01 00:00:00",
    "2026-13-01 00:00:00",
    "2026-01-32 00:00:00",
    "2026-01-02 24:00:00",
    "2026-01-02 00:60:00",
    "12026-01-02 03:04:05",
    " 2026-01-02 03:04:05",
    "2026/01/02 03:04:05",
    "2026-1-2 3:4:5",
    "not a date",
];

const READ: &[&str] = &["YYYY-MM-DD HH24:MI:SS"];
