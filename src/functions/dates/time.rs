//! Go's `time.Time`: a moment, and the place whose clocks show it.

use std::any::Any;
use std::rc::Rc;

use jiff::tz::TimeZone;

use super::civil::{Civil, DAY, days_before};
use super::duration::{Duration, SECOND};
use super::format::format;
use super::inner::Inner;
use super::named::{Methods, Named, argument, signature};
use super::names::{MONTHS, quoted};
use super::zone::{Offset, Zone};
use crate::gotemplate::{FunctionError, Object, Parameter, Signature, Type, Value};
use crate::yaml::{self, Text};

/// A moment at a place.
#[derive(Clone, Debug)]
pub(super) struct Time {
    /// Seconds after 1970.
    pub(super) unix: i64,
    /// Nanoseconds after that second.
    pub(super) nanosecond: u32,
    /// Whose clocks show it.
    pub(super) zone: Zone,
    /// The zone of the machine, which the method `Local` moves to.
    pub(super) local: TimeZone,
}

/// The first second of the year 1, Go's zero time.
pub(super) const ZERO: i64 = -62_135_596_800;

/// The seconds from the year in which Go's calendar begins to 1970.
const BEFORE_UNIX: i64 = 9_223_372_028_741_760_000;

/// A date and a time of day whose parts may overflow into each other, as Go's `time.Date` takes them.
pub(super) struct Parts {
    pub(super) year: i128,
    /// From 1.
    pub(super) month: i128,
    pub(super) day: i128,
    /// Seconds after midnight.
    pub(super) second: i128,
    pub(super) nanosecond: u32,
}

impl Time {
    /// Go's zero value.
    pub(super) fn zero(local: &TimeZone) -> Self {
        Self { unix: ZERO, nanosecond: 0, zone: Zone::Utc, local: local.clone() }
    }

    /// `time.Unix(seconds, 0)`.
    pub(super) fn unix(unix: i64, local: &TimeZone) -> Self {
        Self { unix, nanosecond: 0, zone: Zone::Local(local.clone()), local: local.clone() }
    }

    /// A run's clock.
    pub(super) fn now(clock: &jiff::Zoned) -> Self {
        let since = clock.timestamp().as_nanosecond();
        let second = i128::from(SECOND);
        let nanosecond = since.rem_euclid(second) as u32;
        Self { nanosecond, ..Self::unix(since.div_euclid(second) as i64, clock.time_zone()) }
    }

    /// `time.Date`, for a machine whose zone is `local`.
    pub(super) fn of(parts: &Parts, zone: Zone, local: &TimeZone) -> Self {
        let year = parts.year + (parts.month - 1).div_euclid(12);
        let month = (parts.month - 1).rem_euclid(12) as u8 + 1;
        let shown = (days_before(year, month) + parts.day - 1) * i128::from(DAY) + parts.second;
        Self { unix: zone.moment(shown as i64), nanosecond: parts.nanosecond, zone, local: local.clone() }
    }

    /// The same moment elsewhere.
    pub(super) fn at(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// What clocks show, and by which offset.
    pub(super) fn shown(&self) -> (Civil, Offset) {
        let offset = self.zone.at(self.unix);
        // Go counts up from a year so early that the seconds before it are those after all others.
        let counted = self.unix.wrapping_add(offset.seconds).wrapping_add(BEFORE_UNIX) as u64;
        (Civil::of(i128::from(counted) - i128::from(BEFORE_UNIX)), offset)
    }

    /// `Time.Add`.
    pub(super) fn add(&self, duration: Duration) -> Self {
        let nanosecond = i64::from(self.nanosecond) + duration.0 % SECOND;
        Self {
            unix: self.unix.wrapping_add(duration.0 / SECOND).wrapping_add(nanosecond.div_euclid(SECOND)),
            nanosecond: nanosecond.rem_euclid(SECOND) as u32,
            ..self.clone()
        }
    }

    /// `Time.Sub`: what is too long for a duration is the longest one.
    pub(super) fn since(&self, earlier: &Self) -> Duration {
        let span = self.nanoseconds() - earlier.nanoseconds();
        Duration(span.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// `Time.AddDate`.
    pub(super) fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let (shown, _) = self.shown();
        let clock = i128::from(shown.hour) * 3600 + i128::from(shown.minute) * 60 + i128::from(shown.second);
        let parts = Parts {
            year: i128::from(shown.year) + i128::from(years),
            month: i128::from(shown.month) + i128::from(months),
            day: i128::from(shown.day) + i128::from(days),
            second: clock,
            nanosecond: self.nanosecond,
        };
        Self::of(&parts, self.zone.clone(), &self.local)
    }

    /// The nanoseconds since the last multiple of `multiple` after the zero time.
    fn past(&self, multiple: Duration) -> Duration {
        let since_zero = self.nanoseconds() - i128::from(ZERO) * i128::from(SECOND);
        Duration(since_zero.rem_euclid(multiple.0.into()) as i64)
    }

    pub(super) fn truncate(&self, multiple: Duration) -> Self {
        if multiple.0 <= 0 { self.clone() } else { self.add(Duration(-self.past(multiple).0)) }
    }

    pub(super) fn round(&self, multiple: Duration) -> Self {
        if multiple.0 <= 0 {
            return self.clone();
        }
        let past = self.past(multiple).0;
        let missing = multiple.0 - past;
        self.add(Duration(if past < missing { -past } else { missing }))
    }

    fn nanoseconds(&self) -> i128 {
        i128::from(self.unix) * i128::from(SECOND) + i128::from(self.nanosecond)
    }

    /// `Time.String`, without the reading of a monotonic clock that Go appends to `now`.
    fn string(&self) -> Text {
        format(self, b"2006-01-02 15:04:05.999999999 -0700 MST").into()
    }

    /// RFC 3339 with nanoseconds, or what comes of it beyond its years.
    pub(super) fn rfc3339(&self) -> Text {
        format(self, b"2006-01-02T15:04:05.999999999Z07:00").into()
    }

    /// `Time.GoString`.
    fn go_string(&self) -> Text {
        let (Civil { year, month, day, hour, minute, second, .. }, _) = self.shown();
        let month = MONTHS[usize::from(month) - 1];
        let place = match &self.zone {
            Zone::Utc => "time.UTC".to_owned(),
            Zone::Local(_) => "time.Local".to_owned(),
            zone => format!("time.Location({})", quoted(&zone.name())),
        };
        let nanosecond = self.nanosecond;
        format!("time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanosecond}, {place})").into()
    }

    /// The time as a value.
    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }
}

impl Parameter for Time {
    const TYPE: Type = Type::Named("time.Time");

    fn take(value: Value) -> Option<Self> {
        let Value::Object(object) = value else { return None };
        (&*object as &dyn Any).downcast_ref().cloned()
    }
}

/// Bytes to which a method appends.
const BYTES: Type = Type::Named("[]uint8");

const METHODS: Methods = &[
    (b"Add", &[Duration::TYPE]),
    (b"AddDate", &[Type::Int, Type::Int, Type::Int]),
    (b"After", &[Time::TYPE]),
    (b"AppendBinary", &[BYTES]),
    (b"AppendFormat", &[BYTES, Type::String]),
    (b"AppendText", &[BYTES]),
    (b"Before", &[Time::TYPE]),
    (b"Compare", &[Time::TYPE]),
    (b"Day", &[]),
    (b"Equal", &[Time::TYPE]),
    (b"Format", &[Type::String]),
    (b"GoString", &[]),
    (b"GobEncode", &[]),
    (b"Hour", &[]),
    (b"In", &[Zone::TYPE]),
    (b"IsDST", &[]),
    (b"IsZero", &[]),
    (b"Local", &[]),
    (b"Location", &[]),
    (b"MarshalBinary", &[]),
    (b"MarshalJSON", &[]),
    (b"MarshalText", &[]),
    (b"Minute", &[]),
    (b"Month", &[]),
    (b"Nanosecond", &[]),
    (b"Round", &[Duration::TYPE]),
    (b"Second", &[]),
    (b"String", &[]),
    (b"Sub", &[Time::TYPE]),
    (b"Truncate", &[Duration::TYPE]),
    (b"UTC", &[]),
    (b"Unix", &[]),
    (b"UnixMicro", &[]),
    (b"UnixMilli", &[]),
    (b"UnixNano", &[]),
    (b"Weekday", &[]),
    (b"Year", &[]),
    (b"YearDay", &[]),
];

/// Methods with several results, which Go's templates do not call.
const OF_SEVERAL_RESULTS: &[(&[u8], &str)] = &[
    (b"Clock", "function Clock has 3 return values; should be 1 or 2"),
    (b"Date", "function Date has 3 return values; should be 1 or 2"),
    (b"ISOWeek", "invalid function signature for ISOWeek: second return value should be error; is int"),
    (b"Zone", "invalid function signature for Zone: second return value should be error; is int"),
    (b"ZoneBounds", "invalid function signature for ZoneBounds: second return value should be error; is time.Time"),
];

impl Time {
    /// Methods that tell when this is.
    fn reading(&self, method: &[u8]) -> Option<Value> {
        let (shown, offset) = self.shown();
        Some(match method {
            b"Day" => Value::int(shown.day.into()),
            b"GoString" => Value::String(self.go_string()),
            b"Hour" => Value::int(shown.hour.into()),
            b"IsDST" => Value::Bool(offset.daylight),
            b"IsZero" => Value::Bool(self.unix == ZERO && self.nanosecond == 0),
            b"Location" => Value::Object(Rc::new(self.zone.clone())),
            b"Minute" => Value::int(shown.minute.into()),
            b"Month" => Named::Month(shown.month).value(),
            b"Nanosecond" => Value::int(self.nanosecond.into()),
            b"Second" => Value::int(shown.second.into()),
            b"String" => Value::String(self.string()),
            b"Unix" => Value::int64(self.unix),
            b"UnixMicro" => Value::int64((self.nanoseconds().div_euclid(1_000)) as i64),
            b"UnixMilli" => Value::int64((self.nanoseconds().div_euclid(1_000_000)) as i64),
            b"UnixNano" => Value::int64(self.nanoseconds() as i64),
            b"Weekday" => Named::Weekday(shown.weekday).value(),
            b"Year" => Value::int(shown.year),
            b"YearDay" => Value::int(shown.year_day.into()),
            _ => return None,
        })
    }

    /// Methods that make another time of this one.
    fn moved(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Self, FunctionError>> {
        let number = |index| argument::<isize>(arguments, index).map(|number| number as i64);
        Some(match method {
            b"Add" => argument(arguments, 0).map(|duration| self.add(duration)),
            b"AddDate" => (|| Ok(self.add_date(number(0)?, number(1)?, number(2)?)))(),
            b"In" if matches!(arguments, [Value::Nil]) => Err("time: missing Location in call to Time.In".into()),
            b"In" => argument(arguments, 0).map(|zone| self.at(zone)),
            b"Local" => Ok(self.at(Zone::Local(self.local.clone()))),
            b"Round" => argument(arguments, 0).map(|multiple| self.round(multiple)),
            b"Truncate" => argument(arguments, 0).map(|multiple| self.truncate(multiple)),
            b"UTC" => Ok(self.at(Zone::Utc)),
            _ => return None,
        })
    }

    /// Methods that hold this time against another one.
    fn compared(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let verdict: fn(&Self, &Self) -> Value = match method {
            b"After" => |this, other| Value::Bool(this.nanoseconds() > other.nanoseconds()),
            b"Before" => |this, other| Value::Bool(this.nanoseconds() < other.nanoseconds()),
            b"Compare" => |this, other| Value::int(this.nanoseconds().cmp(&other.nanoseconds()) as i64),
            b"Equal" => |this, other| Value::Bool(this.nanoseconds() == other.nanoseconds()),
            b"Sub" => |this, other| this.since(other).value(),
            _ => return None,
        };
        Some(argument(arguments, 0).map(|other| verdict(self, &other)))
    }
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        let refusal = OF_SEVERAL_RESULTS.iter().find(|(name, _)| *name == method).map(|(_, refusal)| *refusal);
        if refusal.is_some() {
            return Some(Signature { refusal, ..Signature::of(&[]) });
        }
        signature(METHODS, method)
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        if method == b"Format" {
            return Some(argument::<Text>(arguments, 0).map(|layout| Value::text(format(self, &layout))));
        }
        let moved = || self.moved(method, arguments).map(|time| time.map(Self::value));
        self.reading(method)
            .map(Ok)
            .or_else(moved)
            .or_else(|| self.compared(method, arguments))
            .or_else(|| self.encoded(method, arguments))
    }

    fn text(&self) -> Option<Text> {
        Some(self.string())
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        let place = match &self.zone {
            Zone::Utc => Inner::Nil("*time.Location").value(),
            zone => Value::Object(Rc::new(zone.clone())),
        };
        vec![("wall", Value::Uint(self.nanosecond.into())), ("ext", Value::int64(self.unix.wrapping_sub(ZERO))), ("loc", place)]
    }

    fn go_syntax(&self) -> Option<Text> {
        Some(self.go_string())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        let text =
            self.strict_rfc3339().map_err(|what| format!("json: error calling MarshalJSON for type *time.Time: {what}"))?;
        Ok(yaml::Value::String(text))
    }
}
