//! Reads a moment by a layout: `time.ParseInLocation`.

use jiff::civil::DateTime;

use super::layout::{self, Offset, Padding, Part};
use super::time::{MONTHS, Time, WEEKDAYS, Zone, go_quoted};

/// What was read so far.
#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i32>,
    zone: Option<Vec<u8>>,
}

/// Why a part could not be read.
enum Problem {
    /// The text is none for this part.
    Mismatch,
    /// A number is too large or too small for what it counts.
    Range(&'static str),
}

type Found<'text, T> = Result<(T, &'text [u8]), Problem>;

/// The moment that a text tells in a zone.
///
/// # Errors
/// Go's message.
pub(super) fn parse(layout: &[u8], text: &[u8], local: &Zone) -> Result<Time, String> {
    let refused = |message: &str| format!("parsing time {}{message}", go_quoted(text));
    let cannot = |value: &[u8], part: &[u8]| {
        let (layout, value, part) = (go_quoted(layout), go_quoted(value), go_quoted(part));
        refused(&format!(" as {layout}: cannot parse {value} as {part}"))
    };
    let mut read = Read::default();
    let (mut rest, mut value) = (layout, text);
    loop {
        let (prefix, found, after) = layout::next(rest);
        value = skipped(value, prefix).map_err(|at| cannot(at, prefix))?;
        let Some((part, part_text)) = found else { break };
        rest = after;
        value = match read.part(part, value, rest) {
            Ok(value) => value,
            Err(Problem::Mismatch) => return Err(cannot(value, part_text)),
            Err(Problem::Range(what)) => return Err(refused(&format!(": {what} out of range"))),
        };
    }
    if !value.is_empty() {
        return Err(refused(&format!(": extra text: {}", go_quoted(value))));
    }
    read.time(local).map_err(|message| refused(&message))
}

/// Text of the layout must stand in the value; a run of blanks matches a run of blanks.
fn skipped<'text>(mut value: &'text [u8], mut prefix: &[u8]) -> Result<&'text [u8], &'text [u8]> {
    while let Some(&first) = prefix.first() {
        if first == b' ' {
            if value.first().is_some_and(|&byte| byte != b' ') {
                return Err(value);
            }
            prefix = prefix.trim_ascii_start();
            value = &value[value.iter().take_while(|&&byte| byte == b' ').count()..];
            continue;
        }
        match value.split_first() {
            Some((&byte, after)) if byte == first => (value, prefix) = (after, &prefix[1..]),
            _ => return Err(value),
        }
    }
    Ok(value)
}

impl Read {
    fn part<'text>(&mut self, part: Part, value: &'text [u8], layout: &[u8]) -> Result<&'text [u8], Problem> {
        let within = |number: i64, bound: std::ops::RangeInclusive<i64>, what| {
            if bound.contains(&number) { Ok(number) } else { Err(Problem::Range(what)) }
        };
        let rest;
        match part {
            Part::LongYear | Part::Year => (self.year, rest) = year(part, value)?,
            Part::Month | Part::LongMonth => {
                let (month, after) = name(&MONTHS, part == Part::Month, value)?;
                (self.month, rest) = (Some(month as i64 + 1), after);
            }
            Part::NumericMonth(padding) => {
                let (month, after) = number(value, padding == Padding::Zero)?;
                (self.month, rest) = (Some(within(month, 1..=12, "month")?), after);
            }
            Part::Weekday | Part::LongWeekday => (_, rest) = name(&WEEKDAYS, part == Part::Weekday, value)?,
            Part::Day(padding) => {
                let (day, after) = number(unpadded(value, padding, 1), padding == Padding::Zero)?;
                (self.day, rest) = (Some(day), after);
            }
            Part::YearDay(padding) => {
                let (day, after) = year_day(unpadded(value, padding, 2), padding == Padding::Zero)?;
                (self.year_day, rest) = (Some(day), after);
            }
            Part::Hour => {
                let (hour, after) = number(value, false)?;
                (self.hour, rest) = (within(hour, 0..=23, "hour")?, after);
            }
            Part::Hour12(padding) => {
                let (hour, after) = number(value, padding == Padding::Zero)?;
                (self.hour, rest) = (within(hour, 0..=12, "hour")?, after);
            }
            Part::Minute(padding) => {
                let (minute, after) = number(value, padding == Padding::Zero)?;
                (self.minute, rest) = (within(minute, 0..=59, "minute")?, after);
            }
            Part::Second(padding) => {
                let (second, after) = number(value, padding == Padding::Zero)?;
                self.second = within(second, 0..=59, "second")?;
                rest = self.unasked_fraction(after, layout);
            }
            Part::Half { capitals } => {
                let half = value.get(..2).ok_or(Problem::Mismatch)?;
                self.afternoon = Some(match (half, capitals) {
                    (b"PM", true) | (b"pm", false) => true,
                    (b"AM", true) | (b"am", false) => false,
                    _ => return Err(Problem::Mismatch),
                });
                rest = &value[2..];
            }
            Part::Abbreviation => rest = self.abbreviation(value)?,
            Part::Offset(form) => rest = self.offset(form, value)?,
            Part::Fraction { digits, trimmed } => rest = self.fraction(digits, trimmed, value)?,
        }
        Ok(rest)
    }

    /// Seconds may have a fraction that the layout does not mention.
    fn unasked_fraction<'text>(&mut self, value: &'text [u8], layout: &[u8]) -> &'text [u8] {
        let asked = matches!(layout::next(layout), (_, Some((Part::Fraction { .. }, _)), _));
        match fraction_length(value) {
            Some(length) if !asked => {
                self.nanosecond = nanoseconds(&value[1..length]);
                &value[length..]
            }
            _ => value,
        }
    }

    fn fraction<'text>(&mut self, digits: usize, trimmed: bool, value: &'text [u8]) -> Result<&'text [u8], Problem> {
        let length = match (trimmed, fraction_length(value)) {
            (true, None) => return Ok(value),
            (true, Some(length)) => length,
            (false, Some(length)) if length > digits => digits + 1,
            (false, _) => return Err(Problem::Mismatch),
        };
        self.nanosecond = nanoseconds(&value[1..length]);
        Ok(&value[length..])
    }

    fn abbreviation<'text>(&mut self, value: &'text [u8]) -> Result<&'text [u8], Problem> {
        if let Some(rest) = value.strip_prefix(b"UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let length = abbreviation_length(value).ok_or(Problem::Mismatch)?;
        self.zone = Some(value[..length].to_vec());
        Ok(&value[length..])
    }

    fn offset<'text>(&mut self, form: Offset, value: &'text [u8]) -> Result<&'text [u8], Problem> {
        if let (true, Some(rest)) = (form.zulu, value.strip_prefix(b"Z")) {
            self.utc = true;
            return Ok(rest);
        }
        let (&sign, mut rest) = value.split_first().ok_or(Problem::Mismatch)?;
        let mut numbers = [0; 3];
        for (index, slot) in numbers.iter_mut().take(form.numbers).enumerate() {
            if form.colons && index > 0 {
                rest = rest.strip_prefix(b":").ok_or(Problem::Mismatch)?;
            }
            (*slot, rest) = number(rest, true)?;
        }
        let [hours, minutes, seconds] = numbers;
        match (hours, minutes, seconds) {
            (25.., ..) => return Err(Problem::Range("time zone offset hour")),
            (_, 61.., _) => return Err(Problem::Range("time zone offset minute")),
            (_, _, 61..) => return Err(Problem::Range("time zone offset second")),
            _ => {}
        }
        let offset = ((hours * 60 + minutes) * 60 + seconds) as i32;
        self.offset = Some(match sign {
            b'+' => offset,
            b'-' => -offset,
            _ => return Err(Problem::Mismatch),
        });
        Ok(rest)
    }

    fn time(mut self, local: &Zone) -> Result<Time, String> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let shown = self.shown()?;
        let at = |zone: Zone| zone.moment(shown).map(|moment| Time::new(moment, zone)).map_err(|_| ": out of range".to_owned());
        if self.utc {
            return at(Zone::Utc);
        }
        let name = self.zone.unwrap_or_default();
        if let Some(offset) = self.offset {
            let fixed = at(Zone::Fixed(name.clone().into(), offset))?;
            let there = fixed.in_zone(local.clone());
            let same = there.offset() == offset && (name.is_empty() || there.abbreviation().as_bytes() == name);
            return Ok(if same { there } else { fixed });
        }
        if name.is_empty() {
            return at(local.clone());
        }
        let there = at(local.clone())?;
        if there.abbreviation().as_bytes() == name {
            return Ok(there);
        }
        let hours = name.strip_prefix(b"GMT").and_then(|hours| std::str::from_utf8(hours).ok()?.parse::<i32>().ok());
        at(Zone::Fixed(name.into(), hours.unwrap_or(0) * 3600))
    }

    /// The date and time of day, once all of it is known.
    fn shown(&self) -> Result<DateTime, String> {
        let (month, day) = match self.year_day {
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
            Some(year_day) => self.from_year_day(year_day)?,
        };
        let (month, day) = (month as i8, i8::try_from(day).unwrap_or(0));
        let (hour, minute, second) = (self.hour as i8, self.minute as i8, self.second as i8);
        DateTime::new(self.year as i16, month, day, hour, minute, second, self.nanosecond as i32)
            .map_err(|_| ": day out of range".to_owned())
    }

    fn from_year_day(&self, year_day: i64) -> Result<(i64, i64), String> {
        let first = jiff::civil::Date::new(self.year as i16, 1, 1).map_err(|_| ": day-of-year out of range".to_owned())?;
        if !(1..=i64::from(first.days_in_year())).contains(&year_day) {
            return Err(": day-of-year out of range".to_owned());
        }
        let date =
            first.checked_add(jiff::Span::new().days(year_day - 1)).map_err(|_| ": day-of-year out of range".to_owned())?;
        let (month, day) = (i64::from(date.month()), i64::from(date.day()));
        match (self.month, self.day) {
            (Some(told), _) if told != month => Err(": day-of-year does not match month".to_owned()),
            (_, Some(told)) if told != day => Err(": day-of-year does not match day".to_owned()),
            _ => Ok((month, day)),
        }
    }
}

fn digits(value: &[u8]) -> usize {
    value.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn decimal(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

/// One or two digits; two if the width is fixed.
fn number(value: &[u8], fixed: bool) -> Found<'_, i64> {
    match digits(value).min(2) {
        0 => Err(Problem::Mismatch),
        1 if fixed => Err(Problem::Mismatch),
        length => Ok((decimal(&value[..length]), &value[length..])),
    }
}

fn year_day(value: &[u8], fixed: bool) -> Found<'_, i64> {
    match digits(value).min(3) {
        0 => Err(Problem::Mismatch),
        1 | 2 if fixed => Err(Problem::Mismatch),
        length => Ok((decimal(&value[..length]), &value[length..])),
    }
}

fn unpadded(mut value: &[u8], padding: Padding, most: usize) -> &[u8] {
    for _ in 0..most {
        value = value.strip_prefix(b" ").filter(|_| padding == Padding::Blank).unwrap_or(value);
    }
    value
}

fn year(part: Part, value: &[u8]) -> Found<'_, i64> {
    let length = if part == Part::LongYear { 4 } else { 2 };
    if digits(value) < length {
        return Err(Problem::Mismatch);
    }
    let year = match (part, decimal(&value[..length])) {
        (Part::LongYear, year) => year,
        (_, year @ 69..) => year + 1900,
        (_, year) => year + 2000,
    };
    Ok((year, &value[length..]))
}

/// A name of the table, or its first three letters, in any case.
fn name<'text>(names: &[&str], short: bool, value: &'text [u8]) -> Found<'text, usize> {
    for (index, name) in names.iter().enumerate() {
        let name = if short { &name[..3] } else { name };
        if value.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())) {
            return Ok((index, &value[name.len()..]));
        }
    }
    Err(Problem::Mismatch)
}

/// The length of a separator with digits behind it.
fn fraction_length(value: &[u8]) -> Option<usize> {
    let after = value.strip_prefix(b".").or_else(|| value.strip_prefix(b","))?;
    Some(digits(after)).filter(|&length| length > 0).map(|length| length + 1)
}

fn nanoseconds(digits: &[u8]) -> i64 {
    let kept = &digits[..digits.len().min(9)];
    decimal(kept) * 10i64.pow(9 - kept.len() as u32)
}

/// The length of what looks like a zone: `CEST`, `GMT+3`, `-03`.
fn abbreviation_length(value: &[u8]) -> Option<usize> {
    if value.starts_with(b"ChST") || value.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix(b"GMT") {
        return Some(3 + signed_length(rest).unwrap_or(0));
    }
    if value.len() >= 3 && matches!(value[0], b'+' | b'-') {
        return signed_length(value);
    }
    match value.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        3 => Some(3),
        4 if value[3] == b'T' || value.starts_with(b"WITA") => Some(4),
        5 if value[4] == b'T' => Some(5),
        _ => None,
    }
}

fn signed_length(value: &[u8]) -> Option<usize> {
    let after = value.strip_prefix(b"+").or_else(|| value.strip_prefix(b"-"))?;
    let length = digits(after);
    ((1..=9).contains(&length) && decimal(&after[..length]) <= 23).then_some(length + 1)
}
