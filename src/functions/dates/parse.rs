//! Reads a time that is written in a layout. Go is lenient in places (any two digits for a day, fractions that the layout
//! does not show) and strict in others; both follow Go 1.27, error texts included.

use jiff::tz::TimeZone;

use super::civil::{days_in, is_leap};
use super::layout::{Element, OffsetStyle, split};
use super::names::{MONTHS, WEEKDAYS, quoted};
use super::time::{Parts, Time};
use super::zone::{Offset, Zone};
use super::zone_name::{hours_of_gmt, length_of_name};

/// `time.ParseInLocation` with the machine's zone.
///
/// # Errors
/// Go's message.
pub(super) fn parse(layout: &[u8], value: &[u8], local: &TimeZone) -> Result<Time, String> {
    let failed = |message: &str| format!("parsing time {}: {message}", quoted(value));
    let mismatch = |element: &[u8], rest: &[u8]| {
        let [value, layout, rest, element] = [value, layout, rest, element].map(quoted);
        format!("parsing time {value} as {layout}: cannot parse {rest} as {element}")
    };
    let mut fields = Fields::default();
    let mut left = layout;
    let mut rest = value;
    loop {
        let parts = split(left);
        rest = skip(rest, parts.before).map_err(|rest| mismatch(parts.before, rest))?;
        let Some((element, text)) = parts.element else { break };
        left = parts.after;
        rest = fields.read(element, rest, left).map_err(|fault| match fault {
            Fault::Mismatch => mismatch(text, rest),
            Fault::OutOfRange(what) => failed(&format!("{what} out of range")),
        })?;
    }
    if !rest.is_empty() {
        return Err(failed(&format!("extra text: {}", quoted(rest))));
    }
    fields.time(local).map_err(failed)
}

/// Takes plain text of the layout off; a run of spaces stands for any run. On failure, where it failed.
fn skip<'a>(mut value: &'a [u8], mut text: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let [first, after @ ..] = text {
        match value {
            [b' ', ..] | [] if *first == b' ' => {
                text = without_spaces(text);
                value = without_spaces(value);
            }
            [byte, rest @ ..] if byte == first => {
                text = after;
                value = rest;
            }
            _ => return Err(value),
        }
    }
    Ok(value)
}

fn without_spaces(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|&&byte| byte == b' ').count()..]
}

/// Why an element of the layout does not fit the text.
enum Fault {
    Mismatch,
    OutOfRange(&'static str),
}

type Rest<'a> = Result<&'a [u8], Fault>;

/// What was read so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<u8>,
    day: Option<u8>,
    year_day: Option<u16>,
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
    half: Option<Half>,
    utc: bool,
    offset: Option<i64>,
    zone_name: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

impl Fields {
    /// Reads one element off the front of `value`; `layout` is what comes after it.
    fn read<'a>(&mut self, element: Element, value: &'a [u8], layout: &[u8]) -> Rest<'a> {
        match element {
            Element::Hour
            | Element::Hour12
            | Element::ZeroHour12
            | Element::Minute
            | Element::ZeroMinute
            | Element::Second
            | Element::ZeroSecond
            | Element::UpperHalf
            | Element::LowerHalf
            | Element::Fraction(_) => self.read_clock(element, value, layout),
            Element::ZoneName => self.read_zone_name(value),
            Element::Offset(style) => self.read_offset(style, value),
            _ => self.read_date(element, value),
        }
    }

    fn read_date<'a>(&mut self, element: Element, value: &'a [u8]) -> Rest<'a> {
        let mut rest = value;
        match element {
            Element::Year => {
                let (digits, after) = value.split_at_checked(2).ok_or(Fault::Mismatch)?;
                let year = signed(digits).ok_or(Fault::Mismatch)?;
                // Two digits mean a year since Unix time began, which was still 1969 in some zones.
                self.year = year + if year >= 69 { 1900 } else { 2000 };
                rest = after;
            }
            Element::LongYear => {
                let (digits, after) = value.split_at_checked(4).ok_or(Fault::Mismatch)?;
                self.year = signed(digits).filter(|_| digits[0].is_ascii_digit()).ok_or(Fault::Mismatch)?;
                rest = after;
            }
            Element::Month | Element::LongMonth => {
                let (index, after) = named(&MONTHS, element == Element::LongMonth, value)?;
                self.month = Some(index + 1);
                rest = after;
            }
            Element::Weekday => rest = named(&WEEKDAYS, false, value)?.1,
            Element::LongWeekday => rest = named(&WEEKDAYS, true, value)?.1,
            Element::NumericMonth | Element::ZeroMonth => {
                let month = within(two_digits(&mut rest, element == Element::ZeroMonth)?, 1, 12, "month")?;
                self.month = Some(month);
            }
            Element::Day | Element::SpaceDay | Element::ZeroDay => {
                if element == Element::SpaceDay {
                    rest = rest.strip_prefix(b" ").unwrap_or(rest);
                }
                self.day = Some(two_digits(&mut rest, element == Element::ZeroDay)?);
            }
            _ => {
                let mut spaces = if element == Element::SpaceYearDay { 2 } else { 0 };
                while spaces > 0 {
                    rest = rest.strip_prefix(b" ").unwrap_or(rest);
                    spaces -= 1;
                }
                self.year_day = Some(three_digits(&mut rest, element == Element::ZeroYearDay)?);
            }
        }
        Ok(rest)
    }

    fn read_clock<'a>(&mut self, element: Element, value: &'a [u8], layout: &[u8]) -> Rest<'a> {
        let mut rest = value;
        match element {
            Element::Hour => self.hour = within(two_digits(&mut rest, false)?, 0, 23, "hour")?,
            Element::Hour12 | Element::ZeroHour12 => {
                self.hour = within(two_digits(&mut rest, element == Element::ZeroHour12)?, 0, 12, "hour")?;
            }
            Element::Minute | Element::ZeroMinute => {
                self.minute = within(two_digits(&mut rest, element == Element::ZeroMinute)?, 0, 59, "minute")?;
            }
            Element::Second | Element::ZeroSecond => {
                self.second = within(two_digits(&mut rest, element == Element::ZeroSecond)?, 0, 59, "second")?;
                let expected = matches!(split(layout).element, Some((Element::Fraction(_), _)));
                if !expected {
                    rest = self.read_optional_fraction(rest)?;
                }
            }
            Element::Fraction(style) if style.trimmed => rest = self.read_optional_fraction(rest)?,
            Element::Fraction(style) => {
                let (text, after) = value.split_at_checked(style.digits + 1).ok_or(Fault::Mismatch)?;
                self.nanosecond = nanoseconds(text)?;
                rest = after;
            }
            _ => {
                let (text, after) = value.split_at_checked(2).ok_or(Fault::Mismatch)?;
                let upper = element == Element::UpperHalf;
                self.half = Some(match text {
                    b"AM" if upper => Half::Morning,
                    b"PM" if upper => Half::Afternoon,
                    b"am" if !upper => Half::Morning,
                    b"pm" if !upper => Half::Afternoon,
                    _ => return Err(Fault::Mismatch),
                });
                rest = after;
            }
        }
        Ok(rest)
    }

    /// Any number of digits after a full stop or a comma.
    fn read_optional_fraction<'a>(&mut self, value: &'a [u8]) -> Rest<'a> {
        let [b'.' | b',', digits @ ..] = value else { return Ok(value) };
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Ok(value);
        }
        let (text, rest) = value.split_at(count + 1);
        self.nanosecond = nanoseconds(text)?;
        Ok(rest)
    }

    fn read_zone_name<'a>(&mut self, value: &'a [u8]) -> Rest<'a> {
        if let Some(rest) = value.strip_prefix(b"UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let (name, rest) = value.split_at(length_of_name(value).ok_or(Fault::Mismatch)?);
        self.zone_name = name.to_vec();
        Ok(rest)
    }

    fn read_offset<'a>(&mut self, style: OffsetStyle, value: &'a [u8]) -> Rest<'a> {
        if let Some(rest) = value.strip_prefix(b"Z").filter(|_| style.zulu) {
            self.utc = true;
            return Ok(rest);
        }
        let width = 2 + usize::from(style.colon);
        let (text, rest) = value.split_at_checked(3 + width * (usize::from(style.numbers) - 1)).ok_or(Fault::Mismatch)?;
        let colons = text[3..].chunks(width).all(|chunk| !style.colon || chunk[0] == b':');
        if !colons {
            return Err(Fault::Mismatch);
        }
        let mut numbers = [0; 3];
        let mut readable = true;
        let digits = std::iter::once(&text[1..3]).chain(text[3..].chunks(width).map(|chunk| &chunk[width - 2..]));
        for (number, digits) in numbers.iter_mut().zip(digits) {
            match two_digits(&mut &*digits, true) {
                Ok(read) if readable => *number = i64::from(read),
                _ => readable = false,
            }
        }
        let [hours, minutes, seconds] = numbers;
        // Some people do write offsets of 24 hours or 60 minutes.
        for (number, most, what) in [
            (seconds, 60, "time zone offset second"),
            (minutes, 60, "time zone offset minute"),
            (hours, 24, "time zone offset hour"),
        ] {
            if number > most {
                return Err(Fault::OutOfRange(what));
            }
        }
        let offset = (hours * 60 + minutes) * 60 + seconds;
        self.offset = match text[0] {
            b'+' if readable => Some(offset),
            b'-' if readable => Some(-offset),
            _ => return Err(Fault::Mismatch),
        };
        Ok(rest)
    }

    fn time(mut self, local: &TimeZone) -> Result<Time, &'static str> {
        match self.half {
            Some(Half::Afternoon) if self.hour < 12 => self.hour += 12,
            Some(Half::Morning) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let (month, day) = self.month_and_day()?;
        if day < 1 || day > days_in(self.year, month) {
            return Err("day out of range");
        }
        let parts = Parts {
            year: self.year.into(),
            month: month.into(),
            day: day.into(),
            second: i128::from(self.hour) * 3600 + i128::from(self.minute) * 60 + i128::from(self.second),
            nanosecond: self.nanosecond,
        };
        let here = Zone::Local(local.clone());
        if self.utc {
            return Ok(Time::of(&parts, Zone::Utc, local));
        }
        let shown = Time::of(&parts, Zone::Utc, local);
        // Go marks an offset that was not given by -1, which "-00:00:01" is, too.
        if let Some(seconds) = self.offset.filter(|&seconds| seconds != -1) {
            let moment = Time { unix: shown.unix.wrapping_sub(seconds), ..shown };
            let in_force = here.at(moment.unix);
            let is_here = in_force.seconds == seconds && (self.zone_name.is_empty() || *in_force.name == *self.zone_name);
            let fixed = Zone::Fixed(Offset { seconds, name: self.zone_name.into(), daylight: false });
            return Ok(moment.at(if is_here { here } else { fixed }));
        }
        if self.zone_name.is_empty() {
            return Ok(Time::of(&parts, here, local));
        }
        if let Some(seconds) = here.named(&self.zone_name, shown.unix) {
            return Ok(Time { unix: shown.unix.wrapping_sub(seconds), zone: here, ..shown });
        }
        let seconds = hours_of_gmt(&self.zone_name) * 3600;
        let fixed = Zone::Fixed(Offset { seconds, name: self.zone_name.into(), daylight: false });
        Ok(Time { unix: shown.unix, zone: fixed, ..shown })
    }

    /// The date, out of the day of the year if that was given; then month and day must agree with it.
    fn month_and_day(&self) -> Result<(u8, u8), &'static str> {
        let Some(year_day) = self.year_day else {
            return Ok((self.month.unwrap_or(1), self.day.unwrap_or(1)));
        };
        let mut day = year_day;
        if day < 1 || day > 365 + u16::from(is_leap(self.year)) {
            return Err("day-of-year out of range");
        }
        let mut month = 1;
        while day > days_in(self.year, month).into() {
            day -= u16::from(days_in(self.year, month));
            month += 1;
        }
        if self.month.is_some_and(|given| given != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|given| u16::from(given) != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day as u8))
    }
}

fn within(number: u8, least: u8, most: u8, what: &'static str) -> Result<u8, Fault> {
    if (least..=most).contains(&number) { Ok(number) } else { Err(Fault::OutOfRange(what)) }
}

/// One or two digits; with `fixed`, two.
fn two_digits(text: &mut &[u8], fixed: bool) -> Result<u8, Fault> {
    let (number, rest) = match **text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => ((tens - b'0') * 10 + ones - b'0', &text[2..]),
        [ones @ b'0'..=b'9', ..] if !fixed => (ones - b'0', &text[1..]),
        _ => return Err(Fault::Mismatch),
    };
    *text = rest;
    Ok(number)
}

/// One to three digits; with `fixed`, three.
fn three_digits(text: &mut &[u8], fixed: bool) -> Result<u16, Fault> {
    let count = text.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || fixed && count != 3 {
        return Err(Fault::Mismatch);
    }
    let (digits, rest) = text.split_at(count);
    *text = rest;
    Ok(digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
}

/// A decimal number with an optional sign, as short as the layouts' numbers are.
fn signed(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        _ => (1, text),
    };
    let number = digits.iter().try_fold(0i64, |number, digit| {
        digit.is_ascii_digit().then_some(())?;
        number.checked_mul(10)?.checked_add((digit - b'0').into())
    })?;
    Some(sign * number)
}

/// A separator and digits, of which nine count.
fn nanoseconds(text: &[u8]) -> Result<u32, Fault> {
    let [b'.' | b',', digits @ ..] = text else { return Err(Fault::Mismatch) };
    let digits = &digits[..digits.len().min(9)];
    let number = signed(digits).ok_or(Fault::Mismatch)?;
    let scaled = (digits.len()..9).fold(number, |number, _| number * 10);
    u32::try_from(scaled).map_err(|_| Fault::OutOfRange("fractional second"))
}

/// The index of the name that the text starts with, whatever its case.
fn named<'a>(names: &[&str], long: bool, text: &'a [u8]) -> Result<(u8, &'a [u8]), Fault> {
    for (index, name) in names.iter().enumerate() {
        let name = if long { name } else { &name[..3] };
        if let Some((start, rest)) = text.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name.as_bytes())
        {
            return Ok((index as u8, rest));
        }
    }
    Err(Fault::Mismatch)
}
