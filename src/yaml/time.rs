//! The four forms of timestamps that go-yaml asks Go's `time.Parse` for.

/// Reads a timestamp, and prints it as Go's `RFC3339Nano` does.
pub(super) fn parse(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    // go-yaml looks for four digits and a hyphen before it tries anything.
    let year_digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if year_digits != 4 || bytes.get(4) != Some(&b'-') {
        return None;
    }
    let mut reader = Reader { rest: &bytes[5..] };
    let year: u32 = text[..4].parse().ok()?;
    let month = reader.number(1, 12)?;
    reader.literal(b'-')?;
    let day = reader.number(0, 31)?;
    if day == 0 || day > days_of(year, month) {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if reader.rest.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let zoned = match reader.rest.first()? {
        b'T' | b't' => true,
        b' ' => false,
        _ => return None,
    };
    reader.rest = &reader.rest[1..];
    while !zoned && reader.rest.first() == Some(&b' ') {
        reader.rest = &reader.rest[1..];
    }
    let hour = reader.number(0, 23)?;
    reader.literal(b':')?;
    let minute = reader.number(0, 59)?;
    reader.literal(b':')?;
    let second = reader.number(0, 59)?;
    let fraction = reader.fraction();
    let zone = if zoned { reader.zone()? } else { "Z".to_owned() };
    reader.rest.is_empty().then(|| format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

fn days_of(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn literal(&mut self, byte: u8) -> Option<()> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        (first == byte).then_some(())
    }

    /// One or two digits.
    fn number(&mut self, least: u32, most: u32) -> Option<u32> {
        let digits = self.rest.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let number = std::str::from_utf8(number).ok()?.parse().ok()?;
        (least..=most).contains(&number).then_some(number)
    }

    /// A fraction of a second, without zeros at its end; Go counts nine digits and overlooks the others.
    fn fraction(&mut self) -> String {
        let [b'.' | b',', digits @ ..] = self.rest else { return String::new() };
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return String::new();
        }
        self.rest = &digits[length..];
        let digits = String::from_utf8_lossy(&digits[..length.min(9)]);
        match digits.trim_end_matches('0') {
            "" => String::new(),
            digits => format!(".{digits}"),
        }
    }

    fn zone(&mut self) -> Option<String> {
        if let [b'Z', rest @ ..] = self.rest {
            self.rest = rest;
            return Some("Z".to_owned());
        }
        let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, rest @ ..] = self.rest else { return None };
        let digits = [h1, h2, m1, m2].map(|digit| (*digit as char).to_digit(10));
        let [Some(h1), Some(h2), Some(m1), Some(m2)] = digits else { return None };
        let (hours, minutes) = (h1 * 10 + h2, m1 * 10 + m2);
        if hours > 24 || minutes > 60 {
            return None;
        }
        self.rest = rest;
        let minutes = hours * 60 + minutes;
        if minutes == 0 {
            return Some("Z".to_owned());
        }
        Some(format!("{}{:02}:{:02}", *sign as char, minutes / 60, minutes % 60))
    }
}
