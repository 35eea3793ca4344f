//! TOML's four kinds of moments as Go's TOML library makes times of them: what names no zone gets a place of its own, whose
//! clocks keep the offset that is in force on the machine now.

use jiff::Zoned;
use jiff::tz::TimeZone;
use toml::value::Datetime;

use super::format::format;
use super::parse::parse;
use super::time::Time;
use super::zone::{Offset, Zone};
use crate::gotemplate::Value;

/// The places of moments without a zone, and how such a moment is written.
const LOCAL: [(&str, &[u8]); 3] =
    [("datetime-local", b"2006-01-02T15:04:05.999999999"), ("date-local", b"2006-01-02"), ("time-local", b"15:04:05.999999999")];

/// The `time.Time` of a moment that a document says; nothing if there is no such moment, which a document cannot say.
pub(in crate::functions) fn read(moment: &Datetime, now: &Zoned) -> Option<Value> {
    let local = match (moment.offset, moment.date, moment.time) {
        (Some(_), ..) => None,
        (None, Some(_), Some(_)) => Some(LOCAL[0]),
        (None, Some(_), None) => Some(LOCAL[1]),
        (None, None, _) => Some(LOCAL[2]),
    };
    let seconds = if moment.time.is_some_and(|time| time.second.is_none()) { "" } else { ":05" };
    let text = moment.to_string();
    let Some((name, _)) = local else {
        let layout = format!("2006-01-02T15:04{seconds}Z07:00");
        return Some(parse(layout.as_bytes(), text.as_bytes(), now.time_zone()).ok()?.value());
    };
    let layout = match name {
        "datetime-local" => format!("2006-01-02T15:04{seconds}"),
        "date-local" => "2006-01-02".to_owned(),
        _ => format!("15:04{seconds}"),
    };
    let shown = parse(layout.as_bytes(), text.as_bytes(), &TimeZone::UTC).ok()?;
    let seconds = i64::from(now.offset().seconds());
    let zone = Zone::Fixed(Offset { seconds, name: name.into(), daylight: false });
    Some(Time { unix: shown.unix - seconds, zone, local: now.time_zone().clone(), ..shown }.value())
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
