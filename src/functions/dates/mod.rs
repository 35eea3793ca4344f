//! Times and durations: Go's `time.Time` and `time.Duration` as templates meet them, and the functions on them.
//!
//! The clock and the machine's zone are the run's. What is no time and no integer counts as this moment, as in sprig.

mod civil;
mod duration;
mod encoded;
mod format;
mod helm;
mod inner;
mod layout;
mod named;
mod names;
mod parse;
#[cfg(test)]
mod tests;
mod time;
pub(super) mod toml;
mod zone;
mod zone_name;

use self::duration::{Duration, HOUR, MINUTE, SECOND};
use self::format::format;
use self::time::Time;
use self::zone::Zone;
use super::conversion::{Parsed, parse_int};
use crate::gotemplate::{Function, FunctionError, Integer, Parameter, State, Value};
use crate::yaml::Text;

pub(super) use self::helm::rows as helm_rows;
pub use self::toml::of_yaml;

/// Whether a text is a time in this layout.
///
/// # Errors
/// Go's message.
pub(super) fn check(layout: &[u8], text: &[u8], local: &jiff::tz::TimeZone) -> Result<(), String> {
    parse::parse(layout, text, local).map(drop)
}

/// The text of a time that YAML has, if this is one.
pub(super) fn rfc3339(value: &Value) -> Option<Text> {
    Time::take(value.clone()).map(|time| time.rfc3339())
}

/// The rows of this topic. What needs the clock or the machine's zone is impure, be it for some arguments only.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::of_the_clock("ago", ago),
        Function::of_the_clock("date", |state: &mut State<'_>, layout: Text, date: Value| {
            in_zone(state, &layout, date, b"Local")
        }),
        Function::of_the_clock("dateInZone", date_in_zone),
        Function::of_the_clock("date_in_zone", date_in_zone),
        Function::pure("dateModify", date_modify),
        Function::pure("date_modify", date_modify),
        Function::pure("duration", duration),
        Function::of_the_clock("durationRound", duration_round),
        Function::of_the_clock("htmlDate", |state: &mut State<'_>, date: Value| in_zone(state, HTML, date, b"Local")),
        Function::of_the_clock("htmlDateInZone", |state: &mut State<'_>, date: Value, zone: Text| {
            in_zone(state, HTML, date, &zone)
        }),
        Function::pure("mustDateModify", must_date_modify),
        Function::pure("must_date_modify", must_date_modify),
        Function::of_the_clock("mustToDate", must_to_date),
        Function::of_the_clock("now", |state: &mut State<'_>| Time::now(&state.now()).value()),
        Function::of_the_clock("toDate", to_date),
        Function::pure("unixEpoch", |date: Time| date.unix.to_string()),
    ]
}

/// The layout of HTML's date fields.
const HTML: &[u8] = b"2006-01-02";

fn date_in_zone(state: &mut State<'_>, layout: Text, date: Value, zone: Text) -> Vec<u8> {
    in_zone(state, &layout, date, &zone)
}

/// A zone that is unknown is UTC.
fn in_zone(state: &State<'_>, layout: &[u8], date: Value, zone: &[u8]) -> Vec<u8> {
    let now = state.now();
    let local = now.time_zone();
    let time = match date {
        Value::Int(seconds, Integer::Int | Integer::Int64 | Integer::Int32) => Time::unix(seconds, local),
        other => Time::take(other).unwrap_or_else(|| Time::now(&state.now())),
    };
    format(&time.at(Zone::load(zone, local).unwrap_or(Zone::Utc)), layout)
}

fn ago(state: &mut State<'_>, date: Value) -> String {
    let now = Time::now(&state.now());
    let time = match date {
        Value::Int(seconds, Integer::Int | Integer::Int64) => Time::unix(seconds, state.now().time_zone()),
        other => Time::take(other).unwrap_or_else(|| now.clone()),
    };
    now.since(&time).round(Duration(SECOND)).to_string()
}

fn must_date_modify(span: Text, date: Time) -> Result<Value, String> {
    Ok(date.add(Duration::parse(&span)?).value())
}

fn date_modify(span: Text, date: Time) -> Value {
    must_date_modify(span, date.clone()).unwrap_or_else(|_| date.value())
}

fn must_to_date(state: &mut State<'_>, layout: Text, text: Text) -> Result<Value, FunctionError> {
    Ok(parse::parse(&layout, &text, state.now().time_zone())?.value())
}

fn to_date(state: &mut State<'_>, layout: Text, text: Text) -> Value {
    let now = state.now();
    let local = now.time_zone();
    parse::parse(&layout, &text, local).unwrap_or_else(|_| Time::zero(local)).value()
}

/// Seconds, written in decimal or as an int64; everything else is none. A number too large is the largest, as `ParseInt` has it.
fn duration(seconds: Value) -> String {
    let seconds = match seconds {
        Value::String(text) => match parse_int(&text, 10) {
            Parsed::Exact(number) | Parsed::OutOfRange(number) => number,
            Parsed::Invalid => 0,
        },
        Value::Int(number, Integer::Int64) => number,
        _ => 0,
    };
    Duration(seconds.wrapping_mul(SECOND)).to_string()
}

/// The largest unit that a span exceeds, and how often it does.
fn duration_round(state: &mut State<'_>, span: Value) -> String {
    let span = match span {
        Value::String(text) => Duration::parse(&text).unwrap_or(Duration(0)),
        Value::Int(nanoseconds, Integer::Int64) => Duration(nanoseconds),
        other => Time::take(other).map_or(Duration(0), |time| Time::now(&state.now()).since(&time)),
    };
    let length = span.0.unsigned_abs();
    let day = 24 * HOUR;
    let units = [(365 * day, "y"), (30 * day, "mo"), (day, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    match units.iter().find(|(unit, _)| length > *unit as u64) {
        Some((unit, name)) => format!("{}{name}", length / *unit as u64),
        None => "0s".to_owned(),
    }
}
