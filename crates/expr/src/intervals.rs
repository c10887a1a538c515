//! Intervals: months, days and microseconds that stay apart, with PostgreSQL's arithmetic and text.

mod text;

use types::Interval;

use crate::{
    calendar::{self, Civil, DAY, month_len, split},
    error::ErrorCode,
};

pub use text::parse;
pub(crate) use text::write;

/// What orders intervals: a month counts 30 days, a day 24 hours.
#[inline]
pub(crate) fn span(interval: Interval) -> i128 {
    let days = i128::from(interval.months) * 30 + i128::from(interval.days);
    days * i128::from(DAY) + i128::from(interval.micros)
}

/// `a + b`, part by part.
pub(crate) fn add(a: Interval, b: Interval) -> Result<Interval, ErrorCode> {
    let sum = || {
        Some(Interval {
            months: a.months.checked_add(b.months)?,
            days: a.days.checked_add(b.days)?,
            micros: a.micros.checked_add(b.micros)?,
        })
    };
    sum().ok_or(ErrorCode::OutOfRange)
}

/// `a - b`, part by part.
pub(crate) fn subtract(a: Interval, b: Interval) -> Result<Interval, ErrorCode> {
    let difference = || {
        Some(Interval {
            months: a.months.checked_sub(b.months)?,
            days: a.days.checked_sub(b.days)?,
            micros: a.micros.checked_sub(b.micros)?,
        })
    };
    difference().ok_or(ErrorCode::OutOfRange)
}

/// `-a`.
pub(crate) fn negate(a: Interval) -> Result<Interval, ErrorCode> {
    let negated = || {
        Some(Interval {
            months: a.months.checked_neg()?,
            days: a.days.checked_neg()?,
            micros: a.micros.checked_neg()?,
        })
    };
    negated().ok_or(ErrorCode::OutOfRange)
}

/// Multiplies or divides every part, handing fractions of a month to the days and of a day to the time.
pub(crate) fn scale(interval: Interval, by: impl Fn(f64) -> f64) -> Result<Interval, ErrorCode> {
    const DAY_SECONDS: f64 = 86_400.0;
    let round_micros = |value: f64| libm::rint(value * 1e6) / 1e6;
    let whole = |value: f64| {
        let fits = value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX);
        if fits { Ok(value as i32) } else { Err(ErrorCode::OutOfRange) }
    };
    let months_exact = by(f64::from(interval.months));
    let days_exact = by(f64::from(interval.days));
    let (months, mut days) = (whole(months_exact)?, whole(days_exact)?);
    let days_of_months = round_micros((months_exact - f64::from(months)) * 30.0);
    let fraction = days_exact - f64::from(days) + days_of_months - libm::trunc(days_of_months);
    let mut seconds = round_micros(fraction * DAY_SECONDS);
    if libm::fabs(seconds) >= DAY_SECONDS {
        let carried = libm::trunc(seconds / DAY_SECONDS);
        days = days.checked_add(carried as i32).ok_or(ErrorCode::OutOfRange)?;
        seconds -= carried * DAY_SECONDS;
    }
    days = days.checked_add(days_of_months as i32).ok_or(ErrorCode::OutOfRange)?;
    let micros = libm::rint(by(interval.micros as f64) + seconds * 1e6);
    Ok(Interval { months, days, micros: double_to_i64(micros)? })
}

/// A whole double as a 64-bit integer.
pub(crate) fn double_to_i64(value: f64) -> Result<i64, ErrorCode> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) { Ok(value as i64) } else { Err(ErrorCode::OutOfRange) }
}

/// `timestamp + interval`: months first, to the month's last day at most, then days, then the time.
pub(crate) fn add_to_timestamp(timestamp: i64, interval: Interval) -> Result<i64, ErrorCode> {
    let (mut days, clock) = split(timestamp);
    if interval.months != 0 {
        let Civil { year, month, day } = Civil::of(days);
        let months = year * 12 + month - 1 + i64::from(interval.months);
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        days = Civil { year, month, day: day.min(month_len(year, month)) }.days();
        calendar::timestamp(days, clock)?;
    }
    days += i64::from(interval.days);
    let timestamp = calendar::timestamp(days, clock)?;
    let sum = timestamp.checked_add(interval.micros).ok_or(ErrorCode::OutOfRange)?;
    calendar::timestamp(0, sum)
}

/// The interval from `b` to `a` part by part, as a person counts: a month that is not full has the days of the month that
/// the earlier time lies in.
pub(crate) fn age(a: i64, b: i64) -> Result<Interval, ErrorCode> {
    let (later, earlier) = (a.max(b), a.min(b));
    let ((later_days, later_clock), (earlier_days, earlier_clock)) = (split(later), split(earlier));
    let (to, from) = (Civil::of(later_days), Civil::of(earlier_days));
    let mut months = (to.year - from.year) * 12 + to.month - from.month;
    let mut days = to.day - from.day;
    let mut micros = later_clock - earlier_clock;
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    while days < 0 {
        days += month_len(from.year, from.month);
        months -= 1;
    }
    let months = i32::try_from(months).map_err(|_| ErrorCode::OutOfRange)?;
    let age = Interval { months, days: days as i32, micros };
    if a < b { negate(age) } else { Ok(age) }
}

/// Moves whole days from the time to the days, so that both have one sign.
pub(crate) fn justify_hours(interval: Interval) -> Result<Interval, ErrorCode> {
    let carried =
        i32::try_from(interval.micros / DAY).expect("64 bits of microseconds are fewer days than 2^31");
    let days = interval.days.checked_add(carried).ok_or(ErrorCode::OutOfRange)?;
    let (days, micros) = same_sign(days, interval.micros % DAY, DAY);
    Ok(Interval { days, micros, ..interval })
}

/// Moves every 30 days from the days to the months, so that both have one sign.
pub(crate) fn justify_days(interval: Interval) -> Result<Interval, ErrorCode> {
    let months = interval.months.checked_add(interval.days / 30).ok_or(ErrorCode::OutOfRange)?;
    let (months, days) = same_sign(months, i64::from(interval.days % 30), 30);
    Ok(Interval { months, days: days as i32, ..interval })
}

/// As both together, with one sign for all three.
pub(crate) fn justify_interval(interval: Interval) -> Result<Interval, ErrorCode> {
    let Interval { months, days, micros } = interval;
    let all = i64::from(days) + micros / DAY;
    let (mut days, mut micros) = (all % 30, micros % DAY);
    let carried = i32::try_from(all / 30).map_err(|_| ErrorCode::OutOfRange)?;
    let mut months = months.checked_add(carried).ok_or(ErrorCode::OutOfRange)?;
    if months > 0 && (days < 0 || (days == 0 && micros < 0)) {
        (months, days) = (months - 1, days + 30);
    } else if months < 0 && (days > 0 || (days == 0 && micros > 0)) {
        (months, days) = (months + 1, days - 30);
    }
    if days > 0 && micros < 0 {
        (days, micros) = (days - 1, micros + DAY);
    } else if days < 0 && micros > 0 {
        (days, micros) = (days + 1, micros - DAY);
    }
    Ok(Interval { months, days: days as i32, micros })
}

fn same_sign(large: i32, small: i64, unit: i64) -> (i32, i64) {
    if large > 0 && small < 0 {
        (large - 1, small + unit)
    } else if large < 0 && small > 0 {
        (large + 1, small - unit)
    } else {
        (large, small)
    }
}

/// `a - b` of timestamps, in days and the rest.
pub(crate) fn between_timestamps(a: i64, b: i64) -> Result<Interval, ErrorCode> {
    let micros = a.checked_sub(b).ok_or(ErrorCode::OutOfRange)?;
    let days = i32::try_from(micros / DAY).expect("64 bits of microseconds are fewer days than 2^31");
    Ok(Interval { months: 0, days, micros: micros % DAY })
}
