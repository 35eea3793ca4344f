//! Go's time layouts: a reference time written out, whose parts stand for the parts of any time.

/// One part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// `January`.
    LongMonth,
    /// `Jan`.
    Month,
    /// `1`.
    NumericMonth,
    /// `01`.
    ZeroMonth,
    /// `Monday`.
    LongWeekday,
    /// `Mon`.
    Weekday,
    /// `2`.
    Day,
    /// `_2`.
    SpaceDay,
    /// `02`.
    ZeroDay,
    /// `__2`.
    SpaceYearDay,
    /// `002`.
    ZeroYearDay,
    /// `15`.
    Hour,
    /// `3`.
    Hour12,
    /// `03`.
    ZeroHour12,
    /// `4`.
    Minute,
    /// `04`.
    ZeroMinute,
    /// `5`.
    Second,
    /// `05`.
    ZeroSecond,
    /// `2006`.
    LongYear,
    /// `06`.
    Year,
    /// `PM`.
    UpperHalf,
    /// `pm`.
    LowerHalf,
    /// `MST`.
    ZoneName,
    /// `-0700`, `Z07:00` and their like.
    Offset(OffsetStyle),
    /// `.000` or `,999`.
    Fraction(Fraction),
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetStyle {
    /// `Z` stands for UTC.
    pub(super) zulu: bool,
    /// Colons between the numbers.
    pub(super) colon: bool,
    /// Hours alone (1), with minutes (2), with seconds (3).
    pub(super) numbers: u8,
}

/// How a fraction of a second is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    /// How many digits the layout has.
    pub(super) digits: usize,
    /// A full stop or a comma.
    pub(super) separator: u8,
    /// Nines: zeros at the end are left out.
    pub(super) trimmed: bool,
}

const fn offset(zulu: bool, colon: bool, numbers: u8) -> Element {
    Element::Offset(OffsetStyle { zulu, colon, numbers })
}

/// What starts with what another starts with comes in Go's order.
const ELEMENTS: &[(&[u8], Element)] = &[
    (b"January", Element::LongMonth),
    (b"Jan", Element::Month),
    (b"Monday", Element::LongWeekday),
    (b"Mon", Element::Weekday),
    (b"MST", Element::ZoneName),
    (b"01", Element::ZeroMonth),
    (b"02", Element::ZeroDay),
    (b"03", Element::ZeroHour12),
    (b"04", Element::ZeroMinute),
    (b"05", Element::ZeroSecond),
    (b"06", Element::Year),
    (b"002", Element::ZeroYearDay),
    (b"15", Element::Hour),
    (b"1", Element::NumericMonth),
    (b"2006", Element::LongYear),
    (b"2", Element::Day),
    (b"_2", Element::SpaceDay),
    (b"__2", Element::SpaceYearDay),
    (b"3", Element::Hour12),
    (b"4", Element::Minute),
    (b"5", Element::Second),
    (b"PM", Element::UpperHalf),
    (b"pm", Element::LowerHalf),
    (b"-070000", offset(false, false, 3)),
    (b"-07:00:00", offset(false, true, 3)),
    (b"-0700", offset(false, false, 2)),
    (b"-07:00", offset(false, true, 2)),
    (b"-07", offset(false, false, 1)),
    (b"Z070000", offset(true, false, 3)),
    (b"Z07:00:00", offset(true, true, 3)),
    (b"Z0700", offset(true, false, 2)),
    (b"Z07:00", offset(true, true, 2)),
    (b"Z07", offset(true, false, 1)),
];

/// A layout's first element with the text around it.
pub(super) struct Split<'a> {
    /// What comes before, to be taken as it is.
    pub(super) before: &'a [u8],
    /// The element and how the layout writes it; none if all of the layout is plain text.
    pub(super) element: Option<(Element, &'a [u8])>,
    /// The rest of the layout.
    pub(super) after: &'a [u8],
}

/// Finds the first element.
pub(super) fn split(layout: &[u8]) -> Split<'_> {
    for at in 0..layout.len() {
        if let Some((element, length)) = element_at(&layout[at..]) {
            let (text, after) = layout[at..].split_at(length);
            return Split { before: &layout[..at], element: Some((element, text)), after };
        }
    }
    Split { before: layout, element: None, after: &[] }
}

fn element_at(layout: &[u8]) -> Option<(Element, usize)> {
    if let [separator @ (b'.' | b','), digit @ (b'0' | b'9'), ..] = *layout {
        let digits = layout[1..].iter().take_while(|&&byte| byte == digit).count();
        let ends = !layout.get(digits + 1).is_some_and(u8::is_ascii_digit);
        // Go keeps the count in twelve bits.
        let fraction = Fraction { digits: digits & 0xfff, separator, trimmed: digit == b'9' };
        return ends.then_some((Element::Fraction(fraction), digits + 1));
    }
    let &(text, element) =
        ELEMENTS.iter().find(|(text, element)| layout.starts_with(text) && fits(*element, &layout[text.len()..]))?;
    Some((element, text.len()))
}

/// Short names are no part of a longer word, and `_2006` is a line and a year.
fn fits(element: Element, after: &[u8]) -> bool {
    match element {
        Element::Month | Element::Weekday => !after.first().is_some_and(u8::is_ascii_lowercase),
        Element::SpaceDay => !after.starts_with(b"006"),
        _ => true,
    }
}
