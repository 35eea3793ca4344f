//! `time.Time` and what hangs on it, as templates hold them.

use std::rc::Rc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::duration::Duration;
use super::format::format;
use crate::gotemplate::{FunctionError, Object, Parameter, Type, Value};
use crate::yaml::{self, Text};

pub(super) const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Where clocks show what.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Utc,
    /// The zone of the machine.
    Local(TimeZone),
    /// A zone of the time zone database.
    Named(TimeZone),
    /// A name and an offset in seconds that a text told.
    Fixed(Text, i32),
}

impl Zone {
    /// The zone of this name; Go's database is a folder of files, so the name's case counts.
    pub(super) fn named(name: &str) -> Option<Self> {
        if name.is_empty() || name == "UTC" {
            return Some(Self::Utc);
        }
        let zone = TimeZone::get(name).ok()?;
        (zone.iana_name() == Some(name)).then_some(Self::Named(zone))
    }

    /// Offset in seconds and abbreviation at a moment.
    pub(super) fn at(&self, moment: Timestamp) -> (i32, String) {
        match self {
            Self::Utc => (0, "UTC".to_owned()),
            Self::Local(zone) | Self::Named(zone) => {
                let shown = zone.to_offset_info(moment);
                (shown.offset().seconds(), shown.abbreviation().to_owned())
            }
            Self::Fixed(name, offset) => (*offset, name.to_lossy().into_owned()),
        }
    }

    /// The moment at which clocks of this zone show `shown`; where they do twice or never, as Go guesses.
    pub(super) fn moment(&self, shown: DateTime) -> Result<Timestamp, FunctionError> {
        let moment = TimeZone::UTC.to_timestamp(shown).map_err(|_| OUT_OF_RANGE)?;
        let (guess, _) = self.at(moment);
        let utc = shifted(moment, -i64::from(guess))?;
        let (offset, _) = self.at(utc);
        if offset == guess { Ok(utc) } else { shifted(moment, -i64::from(offset)) }
    }
}

fn shifted(moment: Timestamp, seconds: i64) -> Result<Timestamp, FunctionError> {
    moment.checked_add(SignedDuration::from_secs(seconds)).map_err(|_| OUT_OF_RANGE.into())
}

const OUT_OF_RANGE: &str = "a moment outside of the years -9999 to 9999";

/// A moment, shown in a zone.
#[derive(Clone, Debug)]
pub(super) struct Time {
    moment: Timestamp,
    zone: Zone,
}

impl Time {
    /// Go's zero: the first day of year 1.
    pub(super) const ZERO: Self = Self { moment: Timestamp::constant(-62_135_596_800, 0), zone: Zone::Utc };

    pub(super) fn new(moment: Timestamp, zone: Zone) -> Self {
        Self { moment, zone }
    }

    pub(super) fn from_unix(seconds: i64, zone: Zone) -> Result<Self, FunctionError> {
        let moment = Timestamp::from_second(seconds).map_err(|_| OUT_OF_RANGE)?;
        Ok(Self { moment, zone })
    }

    /// The moment that a template holds.
    pub(super) fn from_value(value: &Value) -> Option<Self> {
        let Value::Object(object) = value else { return None };
        let object: &dyn std::any::Any = &**object;
        object.downcast_ref().cloned()
    }

    pub(super) fn in_zone(&self, zone: Zone) -> Self {
        Self { moment: self.moment, zone }
    }

    pub(super) fn unix(&self) -> i64 {
        // jiff truncates towards zero, Go floors.
        self.moment.as_second() - i64::from(self.moment.subsec_nanosecond() < 0)
    }

    pub(super) fn offset(&self) -> i32 {
        self.zone.at(self.moment).0
    }

    /// The zone's abbreviation, or its offset where it has none.
    pub(super) fn abbreviation(&self) -> String {
        let (offset, name) = self.zone.at(self.moment);
        if !name.is_empty() {
            return name;
        }
        let minutes = offset / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }

    /// What clocks show.
    pub(super) fn civil(&self) -> DateTime {
        let offset = jiff::tz::Offset::from_seconds(self.offset()).unwrap_or(jiff::tz::Offset::UTC);
        offset.to_datetime(self.moment)
    }

    /// 0 is Sunday.
    pub(super) fn weekday(&self) -> usize {
        self.civil().weekday().to_sunday_zero_offset() as usize
    }

    pub(super) fn plus(&self, duration: Duration) -> Result<Self, FunctionError> {
        let moment = self.moment.checked_add(SignedDuration::from_nanos(duration.0)).map_err(|_| OUT_OF_RANGE)?;
        Ok(Self { moment, zone: self.zone.clone() })
    }

    /// How much later this is, as far as a duration reaches.
    pub(super) fn since(&self, other: &Self) -> Duration {
        let between = self.moment.as_nanosecond() - other.moment.as_nanosecond();
        Duration(between.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The same time of day some years, months and days on; days that a month lacks run over into the next.
    fn plus_date(&self, years: i64, months: i64, days: i64) -> Result<Self, FunctionError> {
        let shown = self.civil();
        let months = i64::from(shown.month()) - 1 + months;
        let year = i64::from(shown.year()).saturating_add(years).saturating_add(months.div_euclid(12));
        let year = i16::try_from(year).map_err(|_| OUT_OF_RANGE)?;
        let first = jiff::civil::Date::new(year, months.rem_euclid(12) as i8 + 1, 1).map_err(|_| OUT_OF_RANGE)?;
        let days = jiff::Span::new().try_days(i64::from(shown.day()) - 1 + days).map_err(|_| OUT_OF_RANGE)?;
        let date = first.checked_add(days).map_err(|_| OUT_OF_RANGE)?;
        let moment = self.zone.moment(DateTime::from_parts(date, shown.time()))?;
        Ok(Self { moment, zone: self.zone.clone() })
    }

    fn year_of(&self) -> i64 {
        self.civil().year().into()
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Object(Rc::new(time))
    }
}

impl Parameter for Time {
    const TYPE: Type = Type::Named("time.Time");

    fn take(value: Value) -> Option<Self> {
        Self::from_value(&value)
    }
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        self.part(method).map(Ok).or_else(|| self.computed(method, arguments))
    }

    fn text(&self) -> Option<Text> {
        Some(format(self, b"2006-01-02 15:04:05.999999999 -0700 MST").into())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        match self.year_of() {
            0..=9999 => Ok(yaml::Value::String(format(self, b"2006-01-02T15:04:05.999999999Z07:00").into())),
            _ => Err("Time.MarshalJSON: year outside of range [0,9999]".to_owned()),
        }
    }
}

impl Time {
    /// Methods without arguments.
    fn part(&self, method: &[u8]) -> Option<Value> {
        let shown = self.civil();
        Some(match method {
            b"Unix" => Value::int64(self.unix()),
            b"UnixMilli" => Value::int64(self.moment.as_nanosecond().div_euclid(1_000_000) as i64),
            b"UnixMicro" => Value::int64(self.moment.as_nanosecond().div_euclid(1_000) as i64),
            b"UnixNano" => Value::int64(self.moment.as_nanosecond() as i64),
            b"Year" => Value::int(self.year_of()),
            b"Month" => named("time.Month", shown.month().into(), MONTHS[shown.month() as usize - 1]),
            b"Day" => Value::int(shown.day().into()),
            b"Hour" => Value::int(shown.hour().into()),
            b"Minute" => Value::int(shown.minute().into()),
            b"Second" => Value::int(shown.second().into()),
            b"Nanosecond" => Value::int(shown.subsec_nanosecond().into()),
            b"Weekday" => named("time.Weekday", self.weekday() as i64, WEEKDAYS[self.weekday()]),
            b"YearDay" => Value::int(shown.day_of_year().into()),
            b"IsZero" => Value::Bool(self.moment == Self::ZERO.moment),
            b"UTC" => self.in_zone(Zone::Utc).into(),
            b"String" => Value::String(self.text().unwrap_or_default()),
            _ => return None,
        })
    }

    fn computed(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let other = || arguments.first().and_then(Self::from_value).ok_or(FunctionError::from(WRONG));
        let length = || match arguments.first() {
            Some(Value::Int(nanoseconds, _)) => Ok(Duration(*nanoseconds)),
            value => value.and_then(Duration::from_value).ok_or(FunctionError::from(WRONG)),
        };
        Some(match (method, arguments) {
            (b"Format", [Value::String(layout)]) => Ok(Value::text(format(self, layout))),
            (b"Add", [_]) => length().and_then(|length| self.plus(length)).map(Value::from),
            (b"AddDate", [Value::Int(years, _), Value::Int(months, _), Value::Int(days, _)]) => {
                self.plus_date(*years, *months, *days).map(Value::from)
            }
            (b"Sub", [_]) => other().map(|other| self.since(&other).into()),
            (b"After", [_]) => other().map(|other| Value::Bool(self.moment > other.moment)),
            (b"Before", [_]) => other().map(|other| Value::Bool(self.moment < other.moment)),
            (b"Equal", [_]) => other().map(|other| Value::Bool(self.moment == other.moment)),
            (b"Compare", [_]) => other().map(|other| Value::int(self.moment.cmp(&other.moment) as i64)),
            (b"Format" | b"Add" | b"AddDate" | b"Sub" | b"After" | b"Before" | b"Equal" | b"Compare", _) => Err(WRONG.into()),
            _ => return None,
        })
    }
}

const WRONG: &str = "wrong type or number of arguments for a method of time.Time";

/// `time.Month` and `time.Weekday`: integers with names.
struct NamedInteger {
    type_name: &'static str,
    value: i64,
    name: &'static str,
}

fn named(type_name: &'static str, value: i64, name: &'static str) -> Value {
    Value::Object(Rc::new(NamedInteger { type_name, value, name }))
}

impl Object for NamedInteger {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        "int"
    }

    fn call(&self, method: &[u8], _: &[Value]) -> Option<Result<Value, FunctionError>> {
        (method == b"String").then(|| Ok(Value::text(self.name)))
    }

    fn text(&self) -> Option<Text> {
        Some(self.name.into())
    }

    fn is_true(&self) -> bool {
        self.value != 0
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Int(self.value))
    }
}

/// As the errors of Go's package `time` quote: bytes that are not ASCII in hexadecimal.
pub(super) fn go_quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'\x7f' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}
