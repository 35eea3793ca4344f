//! Prints a moment by a layout.

use super::layout::{self, Offset, Padding, Part};
use super::time::{MONTHS, Time, WEEKDAYS};

/// What `Time.Format` gives.
pub(super) fn format(time: &Time, layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(layout.len() + 16);
    let mut rest = layout;
    loop {
        let (before, found, after) = layout::next(rest);
        out.extend_from_slice(before);
        let Some((part, text)) = found else { return out };
        out.extend_from_slice(written(time, part, text).as_bytes());
        rest = after;
    }
}

fn written(time: &Time, part: Part, text: &[u8]) -> String {
    let civil = time.civil();
    let hour12 = || match civil.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match part {
        Part::LongMonth => MONTHS[civil.month() as usize - 1].to_owned(),
        Part::Month => MONTHS[civil.month() as usize - 1][..3].to_owned(),
        Part::NumericMonth(padding) => padded(civil.month().into(), 2, padding),
        Part::LongWeekday => WEEKDAYS[time.weekday()].to_owned(),
        Part::Weekday => WEEKDAYS[time.weekday()][..3].to_owned(),
        Part::Day(padding) => padded(civil.day().into(), 2, padding),
        Part::YearDay(padding) => padded(civil.day_of_year().into(), 3, padding),
        Part::Hour => padded(civil.hour().into(), 2, Padding::Zero),
        Part::Hour12(padding) => padded(hour12().into(), 2, padding),
        Part::Minute(padding) => padded(civil.minute().into(), 2, padding),
        Part::Second(padding) => padded(civil.second().into(), 2, padding),
        Part::LongYear => year(civil.year().into()),
        Part::Year => padded(i32::from(civil.year()).max(0) % 100, 2, Padding::Zero),
        Part::Half { capitals } => match (civil.hour() >= 12, capitals) {
            (true, true) => "PM",
            (true, false) => "pm",
            (false, true) => "AM",
            (false, false) => "am",
        }
        .to_owned(),
        Part::Abbreviation => time.abbreviation(),
        Part::Offset(form) => offset(time.offset(), form),
        Part::Fraction { digits, trimmed } => fraction(civil.subsec_nanosecond(), digits, trimmed, text[0]),
    }
}

fn padded(number: i32, width: usize, padding: Padding) -> String {
    match padding {
        Padding::None => number.to_string(),
        Padding::Zero => format!("{number:0width$}"),
        Padding::Blank => format!("{number:width$}"),
    }
}

fn year(year: i32) -> String {
    if year < 0 { format!("-{:04}", -year) } else { format!("{year:04}") }
}

/// An offset in seconds, such as `+05:30`.
fn offset(seconds: i32, form: Offset) -> String {
    if form.zulu && seconds == 0 {
        return "Z".to_owned();
    }
    let minutes = seconds / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (minutes, seconds) = (minutes.abs(), seconds.abs());
    let numbers = [minutes / 60, minutes % 60, seconds % 60];
    let numbers: Vec<_> = numbers[..form.numbers].iter().map(|number| format!("{number:02}")).collect();
    format!("{sign}{}", numbers.join(if form.colons { ":" } else { "" }))
}

fn fraction(nanoseconds: i32, digits: usize, trimmed: bool, separator: u8) -> String {
    let all = format!("{nanoseconds:09}");
    let wanted = format!("{all:0<digits$}");
    let kept = &wanted[..digits.min(wanted.len())];
    let kept = if trimmed { kept.trim_end_matches('0') } else { kept };
    if kept.is_empty() { String::new() } else { format!("{}{kept}", char::from(separator)) }
}
