//! TOML's four kinds of moments as Go's TOML library makes times of them: what names no zone gets a place of its own, whose
//! clocks keep the offset that is in force on the machine now.

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::format::format;
use super::parse::parse;
use super::time::Time;
use super::zone::{Offset, Zone};
use crate::functions::toml::Library;
use crate::gotemplate::Value;

/// The places of moments without a zone, and how such a moment is written.
const LOCAL: [(&str, &[u8]); 3] =
    [("datetime-local", b"2006-01-02T15:04:05.999999999"), ("date-local", b"2006-01-02"), ("time-local", b"15:04:05.999999999")];

/// How moments may be written, with the place in [`LOCAL`] of those without a zone: first with seconds, then without.
const LAYOUTS: [(&str, Option<usize>); 7] = [
    ("2006-01-02T15:04:05.999999999Z07:00", None),
    ("2006-01-02T15:04:05.999999999", Some(0)),
    ("2006-01-02", Some(1)),
    ("15:04:05.999999999", Some(2)),
    ("2006-01-02T15:04Z07:00", None),
    ("2006-01-02T15:04", Some(0)),
    ("15:04", Some(2)),
];

/// The `time.Time` of a moment as a document writes it; nothing if there is no such moment.
pub(in crate::functions) fn read(text: &[u8], library: Library, now: &Zoned) -> Option<Value> {
    let text = capitals(text);
    let layouts = if library >= Library::V1_6 { &LAYOUTS[..] } else { &LAYOUTS[..4] };
    let (time, layout, local) = layouts.iter().find_map(|(layout, local)| {
        let zone = if local.is_some() { &TimeZone::UTC } else { now.time_zone() };
        Some((parse(layout.as_bytes(), &text, zone).ok()?, layout, local))
    })?;
    if lacks_zeros(&text, layout) {
        return None;
    }
    let Some(local) = local else { return Some(time.value()) };
    let seconds = i64::from(now.offset().seconds());
    let zone = Zone::Fixed(Offset { seconds, name: LOCAL[*local].0.into(), daylight: false });
    Some(Time { unix: time.unix - seconds, zone, local: now.time_zone().clone(), ..time }.value())
}

/// The `time.Time` that go-yaml v3 makes of a moment, which is in RFC 3339 form.
pub fn of_yaml(text: &[u8]) -> Option<Value> {
    Some(parse(LAYOUTS[0].0.as_bytes(), text, &TimeZone::UTC).ok()?.value())
}

/// A moment with `T` between date and time, and `Z` for UTC.
pub(in crate::functions) fn capitals(text: &[u8]) -> Vec<u8> {
    let capital = |byte: &u8| match byte {
        b'z' => b'Z',
        b't' | b' ' => b'T',
        other => *other,
    };
    text.iter().map(capital).collect()
}

/// Whether a number is shorter than the layout has it, which Go's parser does not mind and TOML does.
fn lacks_zeros(text: &[u8], layout: &str) -> bool {
    let fixed = layout.bytes().take_while(|byte| !matches!(byte, b'.' | b'Z'));
    fixed.zip(text).any(|(wanted, &found)| !wanted.is_ascii_digit() && wanted != found)
}

/// A `time.Time` in TOML's writing. A moment without a zone is told by the clocks of UTC, though it was read by those of
/// the machine (case `fromToml-zone`).
pub(in crate::functions) fn written(value: &Value) -> Option<String> {
    let time = <Time as crate::gotemplate::Parameter>::take(value.clone())?;
    let name = time.zone.name();
    let local = LOCAL.iter().find(|(place, _)| matches!(time.zone, Zone::Fixed(_)) && name.as_bytes() == place.as_bytes());
    let text = match local {
        Some((_, layout)) => format(&time.at(Zone::Utc), layout),
        None => format(&time, b"2006-01-02T15:04:05.999999999Z07:00"),
    };
    Some(String::from_utf8_lossy(&text).into_owned())
}
