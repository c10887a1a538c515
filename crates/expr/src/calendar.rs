//! The proleptic Gregorian calendar over PostgreSQL's whole range, by Howard Hinnant's day-count algorithms.

use crate::error::ErrorCode;

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// 4714-11-24 BC, the first day of PostgreSQL's calendar.
pub(crate) const DATE_MIN: i32 = -2_440_588;
/// 5874897-12-31, its last date.
pub(crate) const DATE_MAX: i32 = 2_145_042_905;
/// The first microsecond of [`DATE_MIN`]; the last timestamp is the last that 64 bits hold.
pub(crate) const TIMESTAMP_MIN: i64 = DATE_MIN as i64 * DAY;

/// A date by its parts; year 0 is 1 BC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

impl Civil {
    /// The parts of a count of days since 1970-01-01.
    pub(crate) fn of(days: i64) -> Self {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    /// Days since 1970-01-01; the month is 1 to 12.
    pub(crate) const fn days(self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (self.month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// Days since 1970-01-01, when the parts are a date of the calendar.
    pub(crate) fn checked(self) -> Option<i64> {
        let valid =
            (1..=12).contains(&self.month) && self.day >= 1 && self.day <= month_len(self.year, self.month);
        valid.then(|| self.days())
    }
}

/// Days of a month.
pub(crate) fn month_len(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of a timestamp, and the microseconds since its midnight.
#[inline]
pub(crate) fn split(micros: i64) -> (i64, i64) {
    (micros.div_euclid(DAY), micros.rem_euclid(DAY))
}

/// Days as a `DATE`, when PostgreSQL has it.
pub(crate) fn date(days: i64) -> Result<i32, ErrorCode> {
    match i32::try_from(days) {
        Ok(days) if (DATE_MIN..=DATE_MAX).contains(&days) => Ok(days),
        _ => Err(ErrorCode::OutOfRange),
    }
}

/// Days and microseconds as a `TIMESTAMPTZ`, when 64 bits and PostgreSQL have it.
pub(crate) fn timestamp(days: i64, micros: i64) -> Result<i64, ErrorCode> {
    let sum = i128::from(days) * i128::from(DAY) + i128::from(micros);
    match i64::try_from(sum) {
        Ok(sum) if sum >= TIMESTAMP_MIN => Ok(sum),
        _ => Err(ErrorCode::OutOfRange),
    }
}

/// The day of the week, 0 for Sunday.
pub(crate) fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// The ISO 8601 year and week.
pub(crate) fn iso_week(days: i64) -> (i64, i64) {
    // The Thursday of a week says which year the week belongs to.
    let thursday = days - (weekday(days) + 6) % 7 + 3;
    let year = Civil::of(thursday).year;
    let first = Civil { year, month: 1, day: 1 }.days();
    (year, (thursday - first) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_goes_there_and_back() {
        let mut expected = Civil { year: 1600, month: 1, day: 1 };
        for days in expected.days()..=(Civil { year: 2400, month: 12, day: 31 }).days() {
            assert_eq!(Civil::of(days), expected);
            assert_eq!(expected.checked(), Some(days));
            expected.day += 1;
            if expected.day > month_len(expected.year, expected.month) {
                expected = Civil { year: expected.year, month: expected.month + 1, day: 1 };
            }
            if expected.month > 12 {
                expected = Civil { year: expected.year + 1, month: 1, day: 1 };
            }
        }
        assert_eq!(Civil { year: 1970, month: 1, day: 1 }.days(), 0);
    }

    #[test]
    fn the_ends_are_postgresql_s() {
        assert_eq!(Civil::of(i64::from(DATE_MIN)), Civil { year: -4713, month: 11, day: 24 });
        assert_eq!(Civil::of(i64::from(DATE_MAX)), Civil { year: 5_874_897, month: 12, day: 31 });
    }

    #[test]
    fn iso_weeks_cross_years() {
        assert_eq!(iso_week(Civil { year: 2021, month: 1, day: 3 }.days()), (2020, 53));
        assert_eq!(iso_week(Civil { year: 2019, month: 12, day: 30 }.days()), (2020, 1));
    }
}
