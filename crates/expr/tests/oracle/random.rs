//! Seeded values of every type, dense in the edges where implementations differ.

use types::{DataType, Interval, Value};

/// SplitMix64 (Steele, Lea and Flood), the same on every machine.
pub struct Random(u64);

impl Random {
    /// A sequence named by a text, so that adding one test does not change another's values.
    pub fn named(name: &str) -> Self {
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// In `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = (i128::from(high) - i128::from(low) + 1) as u128;
        (i128::from(low) + (u128::from(self.next()) % span) as i128) as i64
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A value, or NULL once in twelve.
    pub fn value(&mut self, data_type: DataType) -> Option<Value> {
        if self.below(12) == 0 {
            return None;
        }
        Some(match data_type {
            DataType::Text => Value::Text(self.text()),
            DataType::BigInt => Value::BigInt(self.bigint()),
            DataType::Decimal { precision, scale } => {
                Value::Decimal { unscaled: self.decimal(precision), scale }
            }
            DataType::Double => Value::Double(self.double()),
            DataType::Boolean => Value::Boolean(self.chance(50)),
            DataType::Timestamptz => Value::Timestamptz(self.timestamp()),
            DataType::Date => Value::Date(self.date()),
            DataType::Interval => Value::Interval(self.interval()),
        })
    }

    pub fn bigint(&mut self) -> i64 {
        const EDGES: &[i64] = &[
            i64::MIN,
            i64::MIN + 1,
            i64::MAX,
            i64::MAX - 1,
            0,
            1,
            -1,
            2,
            i32::MAX as i64,
            i32::MIN as i64,
            1 << 32,
            1 << 53,
            (1 << 53) + 1,
            -(1 << 53) - 1,
            3_037_000_499,
            3_037_000_500,
        ];
        match self.below(4) {
            0 => self.pick(EDGES),
            1 => self.between(-100, 100),
            _ => {
                let shift = self.below(64);
                (self.next() as i64) >> shift
            }
        }
    }

    pub fn decimal(&mut self, precision: u8) -> i128 {
        let limit = 10_i128.pow(u32::from(precision));
        let magnitude = match self.below(5) {
            0 => self.pick(&[0, 1, 5, limit - 1, limit / 2, limit / 10, 15, 25, 50, 100]),
            1 => i128::from(self.below(100_000)),
            _ => {
                let digits = self.below(u64::from(precision)) as u32 + 1;
                let wide = (u128::from(self.next()) << 64) | u128::from(self.next());
                (wide % 10_u128.pow(digits)) as i128
            }
        } % limit;
        if self.chance(50) { -magnitude } else { magnitude }
    }

    pub fn double(&mut self) -> f64 {
        const EDGES: &[f64] = &[
            0.0,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MIN_POSITIVE,
            5e-324,
            f64::MAX,
            f64::MIN,
            f64::EPSILON,
            0.5,
            1.5,
            2.5,
            -0.5,
            -2.5,
            1.0,
            -1.0,
            10.0,
            1e15,
            1e16,
            123_456_789_012_345_680.0,
            1e-4,
            1e-5,
            (1_u64 << 63) as f64,
            -((1_u64 << 63) as f64),
            9.223_372_036_854_774e18,
            0.1,
            85.649_999_999_999_99,
            1e-200,
            1e200,
            709.7,
        ];
        match self.below(5) {
            0 => self.pick(EDGES),
            1 => self.between(-1_000, 1_000) as f64,
            2 => self.between(-1_000_000, 1_000_000) as f64 / 128.0,
            3 => self.between(-99_999_999, 99_999_999) as f64 / 1e4,
            _ => f64::from_bits(self.next()),
        }
    }

    /// Mostly short texts with every kind of letter that functions look at.
    pub fn text(&mut self) -> String {
        const EDGES: &[&str] = &[
            "",
            " ",
            "a",
            "A",
            "é",
            "日本語",
            "😀",
            "ñandú",
            "İstanbul",
            "  both  ",
            "a,b,,c",
            "%_\\",
            "Mitra",
            "0",
        ];
        const LETTERS: &[char] = &[
            'a', 'b', 'c', 'A', 'B', 'z', ' ', '%', '_', '\\', '.', ',', '-', '0', '1', '9', 'é', '日', '😀',
            '\n',
        ];
        if self.below(4) == 0 {
            return (self.pick(EDGES)).to_owned();
        }
        let len = self.below(12);
        (0..len).map(|_| self.pick(LETTERS)).collect()
    }

    pub fn date(&mut self) -> i32 {
        // 2000-02-29, 1900-02-28, 2100-03-01, 1 BC's end, 1 AD's start, 2024-02-29, 2020-12-31, the calendar's ends.
        const EDGES: &[i32] =
            &[0, -1, 11_016, -25_509, 47_541, -719_163, -719_162, 19_782, 18_627, -2_440_588, 2_145_042_905];
        match self.below(6) {
            0 => self.pick(EDGES),
            1 => self.between(-2_440_588, 2_145_042_905) as i32,
            _ => self.between(-30_000, 60_000) as i32,
        }
    }

    pub fn timestamp(&mut self) -> i64 {
        const DAY: i64 = 86_400_000_000;
        const FIRST: i64 = -2_440_588 * DAY;
        const EDGES: &[i64] = &[0, -1, 1, FIRST, FIRST + 1, 253_402_300_800_000_000, 951_782_400_000_000];
        match self.below(6) {
            0 => self.pick(EDGES),
            1 => self.between(FIRST, i64::MAX / 2),
            2 => self.between(-30_000, 60_000) * DAY + self.between(0, 24) * 3_600_000_000,
            3 => self.between(-719_528 * DAY - 400 * DAY, -719_528 * DAY + 400 * DAY),
            _ => self.between(-30_000 * DAY, 60_000 * DAY),
        }
    }

    pub fn interval(&mut self) -> Interval {
        const DAY: i64 = 86_400_000_000;
        let mut part = |small: i64, large: i64| match self.below(5) {
            0 | 1 => 0,
            2 => self.between(-large, large),
            _ => self.between(-small, small),
        };
        Interval {
            months: part(30, 3_000) as i32,
            days: part(40, 100_000) as i32,
            micros: part(2 * DAY, 400 * DAY),
        }
    }
}
