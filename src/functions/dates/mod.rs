//! Moments and durations. The clock and the local zone come from the run; the zones' rules are the system's.
//!
//! `layout` reads Go's reference-time layouts, `format` prints by them, `parse` reads by them, `time` and `duration` are
//! what templates hold in their hands.

pub(super) mod duration;
mod format;
mod layout;
mod parse;
mod time;

use self::duration::Duration;
use self::time::{Time, Zone};
use super::conversion::{Parsed, parse_int};
use crate::gotemplate::{Function, FunctionError, Integer, State, Value};
use crate::yaml::Text;

/// The rows of this topic. What is not a moment means *now* to sprig, so whatever takes anything is impure.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::impure("ago", ago),
        Function::impure("date", |state: &mut State<'_>, layout: Text, date: Value| formatted(state, &layout, &date, "Local")),
        Function::impure("dateInZone", date_in_zone),
        Function::pure("dateModify", |by: Text, time: Time| Value::from(date_modified(&by, &time).unwrap_or(time))),
        Function::impure("date_in_zone", date_in_zone),
        Function::pure("date_modify", |by: Text, time: Time| Value::from(date_modified(&by, &time).unwrap_or(time))),
        Function::pure("duration", |seconds: Value| Duration::from_seconds(whole_seconds(&seconds)).to_string()),
        Function::impure("durationRound", duration_round),
        Function::impure("htmlDate", |state: &mut State<'_>, date: Value| formatted(state, HTML, &date, "Local")),
        Function::impure("htmlDateInZone", |state: &mut State<'_>, date: Value, zone: Text| {
            formatted(state, HTML, &date, &zone.to_lossy())
        }),
        Function::pure("mustDateModify", |by: Text, time: Time| date_modified(&by, &time).map(Value::from)),
        Function::pure("mustToDate", |state: &mut State<'_>, layout: Text, text: Text| to_date(state, &layout, &text)),
        Function::pure("must_date_modify", |by: Text, time: Time| date_modified(&by, &time).map(Value::from)),
        Function::impure("now", |state: &mut State<'_>| Value::from(now(state))),
        Function::pure("toDate", |state: &mut State<'_>, layout: Text, text: Text| {
            to_date(state, &layout, &text).unwrap_or_else(|_| Value::from(Time::ZERO))
        }),
        Function::pure("unixEpoch", |time: Time| time.unix().to_string()),
    ]
}

const HTML: &[u8] = b"2006-01-02";

fn now(state: &State<'_>) -> Time {
    Time::new(state.now().timestamp(), local(state))
}

fn local(state: &State<'_>) -> Zone {
    Zone::Local(state.now().time_zone().clone())
}

/// A moment in a zone; an unknown zone is UTC.
fn formatted(state: &State<'_>, layout: &[u8], date: &Value, zone: &str) -> Result<Vec<u8>, FunctionError> {
    let time = match date {
        Value::Int(seconds, Integer::Int | Integer::Int64 | Integer::Int32) => Time::from_unix(*seconds, Zone::Utc)?,
        other => Time::from_value(other).unwrap_or_else(|| now(state)),
    };
    let zone = match zone {
        "Local" => local(state),
        name => Zone::named(name).unwrap_or(Zone::Utc),
    };
    Ok(format::format(&time.in_zone(zone), layout))
}

fn date_in_zone(state: &mut State<'_>, layout: Text, date: Value, zone: Text) -> Result<Vec<u8>, FunctionError> {
    formatted(state, &layout, &date, &zone.to_lossy())
}

fn date_modified(by: &[u8], time: &Time) -> Result<Time, FunctionError> {
    time.plus(Duration::parse(by)?)
}

fn to_date(state: &State<'_>, layout: &[u8], text: &[u8]) -> Result<Value, FunctionError> {
    parse::parse(layout, text, &local(state)).map(Value::from).map_err(FunctionError::from)
}

/// How long ago a moment was, in whole seconds.
fn ago(state: &mut State<'_>, date: Value) -> Result<String, FunctionError> {
    let time = match &date {
        Value::Int(seconds, Integer::Int | Integer::Int64) => Time::from_unix(*seconds, Zone::Utc)?,
        other => Time::from_value(other).unwrap_or_else(|| now(state)),
    };
    Ok(now(state).since(&time).rounded(Duration::from_seconds(1)).to_string())
}

/// sprig takes a string or an int64; an int is nothing to it.
fn whole_seconds(value: &Value) -> i64 {
    match value {
        Value::String(text) => match parse_int(text, 10) {
            Parsed::Exact(value) | Parsed::OutOfRange(value) => value,
            Parsed::Invalid => 0,
        },
        Value::Int(seconds, Integer::Int64) => *seconds,
        _ => 0,
    }
}

/// The largest unit that a duration exceeds, and how many of it: `3mo`.
fn duration_round(state: &mut State<'_>, value: Value) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    let nanoseconds = match &value {
        Value::String(text) => Duration::parse(text).unwrap_or_default().0,
        Value::Int(nanoseconds, Integer::Int64) => *nanoseconds,
        other => Time::from_value(other).map_or(0, |time| now(state).since(&time).0),
    };
    let length = nanoseconds.unsigned_abs();
    let units =
        [(HOUR * 24 * 365, "y"), (HOUR * 24 * 30, "mo"), (HOUR * 24, "d"), (HOUR, "h"), (HOUR / 60, "m"), (HOUR / 3600, "s")];
    let fitting = units.into_iter().find(|(unit, _)| length > *unit);
    fitting.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", length / unit))
}
