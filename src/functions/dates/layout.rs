//! Go's layouts: a text that shows how the reference time, Mon Jan 2 15:04:05 MST 2006, would look.

/// A piece of a layout that stands for a part of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumericMonth(Padding),
    LongWeekday,
    Weekday,
    Day(Padding),
    YearDay(Padding),
    Hour,
    Hour12(Padding),
    Minute(Padding),
    Second(Padding),
    LongYear,
    Year,
    /// `PM` or `pm`.
    Half {
        capitals: bool,
    },
    Abbreviation,
    Offset(Offset),
    /// `.000`: so many digits; `.999`: as many without zeros at the end.
    Fraction {
        digits: usize,
        trimmed: bool,
    },
}

/// How a number is brought to its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    None,
    Zero,
    Blank,
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` stands for no offset.
    pub(super) zulu: bool,
    /// `:` between the numbers.
    pub(super) colons: bool,
    /// Hours alone, with minutes, or with seconds, too.
    pub(super) numbers: usize,
}

/// Cuts the first part out of a layout: what stands before it, the part with its text, and what follows.
pub(super) fn next(layout: &[u8]) -> (&[u8], Option<(Part, &[u8])>, &[u8]) {
    for start in 0..layout.len() {
        if let Some((part, length)) = part_at(layout, start) {
            // `_2006` is a blank line before a year, not a padded day.
            let start = if layout[start..].starts_with(b"_2006") { start + 1 } else { start };
            return (&layout[..start], Some((part, &layout[start..start + length])), &layout[start + length..]);
        }
    }
    (layout, None, &[])
}

fn part_at(layout: &[u8], start: usize) -> Option<(Part, usize)> {
    let rest = &layout[start..];
    let ends_word = |length: usize| !rest.get(length).is_some_and(u8::is_ascii_lowercase);
    match rest[0] {
        b'J' if rest.starts_with(b"January") => Some((Part::LongMonth, 7)),
        b'J' if rest.starts_with(b"Jan") && ends_word(3) => Some((Part::Month, 3)),
        b'M' if rest.starts_with(b"Monday") => Some((Part::LongWeekday, 6)),
        b'M' if rest.starts_with(b"Mon") && ends_word(3) => Some((Part::Weekday, 3)),
        b'M' if rest.starts_with(b"MST") => Some((Part::Abbreviation, 3)),
        b'P' if rest.starts_with(b"PM") => Some((Part::Half { capitals: true }, 2)),
        b'p' if rest.starts_with(b"pm") => Some((Part::Half { capitals: false }, 2)),
        b'0'..=b'5' => numeric(rest),
        b'_' if rest.starts_with(b"_2006") => Some((Part::LongYear, 4)),
        b'_' if rest.starts_with(b"_2") => Some((Part::Day(Padding::Blank), 2)),
        b'_' if rest.starts_with(b"__2") => Some((Part::YearDay(Padding::Blank), 3)),
        b'-' => offset(rest, false),
        b'Z' => offset(rest, true),
        b'.' | b',' => fraction(rest),
        _ => None,
    }
}

fn numeric(rest: &[u8]) -> Option<(Part, usize)> {
    let plain = Padding::None;
    Some(match (rest[0], rest.get(1)) {
        (b'0', Some(b'1')) => (Part::NumericMonth(Padding::Zero), 2),
        (b'0', Some(b'2')) => (Part::Day(Padding::Zero), 2),
        (b'0', Some(b'3')) => (Part::Hour12(Padding::Zero), 2),
        (b'0', Some(b'4')) => (Part::Minute(Padding::Zero), 2),
        (b'0', Some(b'5')) => (Part::Second(Padding::Zero), 2),
        (b'0', Some(b'6')) => (Part::Year, 2),
        (b'0', Some(b'0')) if rest.get(2) == Some(&b'2') => (Part::YearDay(Padding::Zero), 3),
        (b'0', _) => return None,
        (b'1', Some(b'5')) => (Part::Hour, 2),
        (b'1', _) => (Part::NumericMonth(plain), 1),
        (b'2', _) if rest.starts_with(b"2006") => (Part::LongYear, 4),
        (b'2', _) => (Part::Day(plain), 1),
        (b'3', _) => (Part::Hour12(plain), 1),
        (b'4', _) => (Part::Minute(plain), 1),
        _ => (Part::Second(plain), 1),
    })
}

fn offset(rest: &[u8], zulu: bool) -> Option<(Part, usize)> {
    const FORMS: [(&[u8], bool, usize); 5] =
        [(b"070000", false, 3), (b"07:00:00", true, 3), (b"0700", false, 2), (b"07:00", true, 2), (b"07", false, 1)];
    let (form, colons, numbers) = FORMS.into_iter().find(|(form, ..)| rest[1..].starts_with(form))?;
    Some((Part::Offset(Offset { zulu, colons, numbers }), form.len() + 1))
}

fn fraction(rest: &[u8]) -> Option<(Part, usize)> {
    let &digit = rest.get(1).filter(|&&digit| digit == b'0' || digit == b'9')?;
    let digits = rest[1..].iter().take_while(|&&byte| byte == digit).count();
    let ends = !rest.get(digits + 1).is_some_and(u8::is_ascii_digit);
    ends.then_some((Part::Fraction { digits, trimmed: digit == b'9' }, digits + 1))
}
