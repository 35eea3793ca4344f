//! Writes a time in a layout.

use super::civil::Civil;
use super::layout::{Element, Fraction, OffsetStyle, split};
use super::names::{MONTHS, WEEKDAYS};
use super::time::Time;
use super::zone::Offset;

/// `Time.Format`.
pub(super) fn format(time: &Time, mut layout: &[u8]) -> Vec<u8> {
    let (shown, offset) = time.shown();
    let mut out = Vec::with_capacity(layout.len() + 10);
    loop {
        let parts = split(layout);
        out.extend_from_slice(parts.before);
        let Some((element, _)) = parts.element else { return out };
        match element {
            Element::Fraction(style) => fraction(&mut out, time.nanosecond, style),
            Element::Offset(style) => numeric_offset(&mut out, &offset, style),
            Element::ZoneName => zone_name(&mut out, &offset),
            _ => out.extend_from_slice(calendar(&shown, element).as_bytes()),
        }
        layout = parts.after;
    }
}

fn calendar(shown: &Civil, element: Element) -> String {
    let month = MONTHS[usize::from(shown.month - 1)];
    let weekday = WEEKDAYS[usize::from(shown.weekday)];
    let hour12 = (shown.hour + 11) % 12 + 1;
    match element {
        Element::LongMonth => month.to_owned(),
        Element::Month => month[..3].to_owned(),
        Element::NumericMonth => shown.month.to_string(),
        Element::ZeroMonth => format!("{:02}", shown.month),
        Element::LongWeekday => weekday.to_owned(),
        Element::Weekday => weekday[..3].to_owned(),
        Element::Day => shown.day.to_string(),
        Element::SpaceDay => format!("{:2}", shown.day),
        Element::ZeroDay => format!("{:02}", shown.day),
        Element::SpaceYearDay => format!("{:3}", shown.year_day),
        Element::ZeroYearDay => format!("{:03}", shown.year_day),
        Element::Hour => format!("{:02}", shown.hour),
        Element::Hour12 => hour12.to_string(),
        Element::ZeroHour12 => format!("{hour12:02}"),
        Element::Minute => shown.minute.to_string(),
        Element::ZeroMinute => format!("{:02}", shown.minute),
        Element::Second => shown.second.to_string(),
        Element::ZeroSecond => format!("{:02}", shown.second),
        Element::LongYear if shown.year < 0 => format!("-{:04}", -shown.year),
        Element::LongYear => format!("{:04}", shown.year),
        Element::Year => format!("{:02}", shown.year.abs() % 100),
        Element::UpperHalf => if shown.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Element::LowerHalf => if shown.hour >= 12 { "pm" } else { "am" }.to_owned(),
        Element::ZoneName | Element::Offset(_) | Element::Fraction(_) => String::new(),
    }
}

fn zone_name(out: &mut Vec<u8>, offset: &Offset) {
    if offset.name.is_empty() {
        numeric_offset(out, offset, OffsetStyle { zulu: false, colon: false, numbers: 2 });
    } else {
        out.extend_from_slice(&offset.name);
    }
}

/// The sign is that of whole minutes, so that `-00:00:30` shows as `+00:00:30`.
fn numeric_offset(out: &mut Vec<u8>, offset: &Offset, style: OffsetStyle) {
    if style.zulu && offset.seconds == 0 {
        return out.push(b'Z');
    }
    let minutes = offset.seconds / 60;
    let colon = if style.colon { ":" } else { "" };
    let hours = format!("{}{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60);
    let seconds = if minutes < 0 { -offset.seconds } else { offset.seconds } % 60;
    let seconds = format!("{}{:02}", if seconds < 0 { "-" } else { "" }, seconds.abs());
    let numbers = [hours, format!("{:02}", minutes.abs() % 60), seconds];
    out.extend_from_slice(numbers[..usize::from(style.numbers)].join(colon).as_bytes());
}

fn fraction(out: &mut Vec<u8>, nanosecond: u32, style: Fraction) {
    let digits = format!("{nanosecond:09}");
    let digits = &digits[..style.digits.min(9)];
    let digits = if style.trimmed { digits.trim_end_matches('0') } else { digits };
    if !style.trimmed || !digits.is_empty() {
        out.push(style.separator);
        out.extend_from_slice(digits.as_bytes());
    }
}
