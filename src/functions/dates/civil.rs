//! Calendar arithmetic on the proleptic Gregorian calendar, for every second an `int64` can count.
//!
//! Go's times reach far beyond the years that date libraries admit, and templates can hand in any integer.

/// The seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// A date and a time of day, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    /// The year; 0 is the year before 1.
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: u8,
    /// 1 to 31.
    pub(super) day: u8,
    /// 1 to 366.
    pub(super) year_day: u16,
    /// 0 to 6, from Sunday.
    pub(super) weekday: u8,
    /// 0 to 23.
    pub(super) hour: u8,
    /// 0 to 59.
    pub(super) minute: u8,
    /// 0 to 59.
    pub(super) second: u8,
}

impl Civil {
    /// What a clock shows `seconds` after midnight of 1 January 1970.
    pub(super) fn of(seconds: i128) -> Self {
        let days = seconds.div_euclid(DAY.into()) as i64;
        let clock = seconds.rem_euclid(DAY.into()) as u32;
        let (year, month, day) = date(days);
        Self {
            year,
            month,
            day,
            year_day: (days - days_before(year.into(), 1) as i64 + 1) as u16,
            weekday: (days + 4).rem_euclid(7) as u8,
            hour: (clock / 3600) as u8,
            minute: (clock / 60 % 60) as u8,
            second: (clock % 60) as u8,
        }
    }
}

/// The date that comes `days` after 1 January 1970: years counted from March, so that the leap day is a year's last.
fn date(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u8, day as u8)
}

/// The days from 1 January 1970 to the first of a month; `month` is 1 to 12.
pub(super) fn days_before(year: i128, month: u8) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = if month > 2 { i128::from(month) - 3 } else { i128::from(month) + 9 };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * from_march + 2) / 5;
    era * 146_097 + days - 719_468
}

/// How many days a month has.
pub(super) fn days_in(year: i64, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether a year has a leap day.
pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}
