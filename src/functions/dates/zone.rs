//! Go's `time.Location`: which offset from UTC a place keeps at a moment, and what that is called.
//!
//! Places come from the time zone database inside the program, so that a rendering does not depend on the machine's copy.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::civil::DAY;
use crate::yaml::Text;

/// Where a time is told.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    /// UTC.
    Utc,
    /// The zone of the machine.
    Local(TimeZone),
    /// A place of the time zone database.
    Place(TimeZone),
    /// An offset that a text named, with the name it gave, which may be empty.
    Fixed(Offset),
}

/// What clocks show at a place at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// Seconds east of UTC.
    pub(super) seconds: i64,
    /// The abbreviation, such as `CET`.
    pub(super) name: Text,
    /// Whether this is daylight saving time.
    pub(super) daylight: bool,
}

impl Zone {
    /// `time.LoadLocation`: names are those of the database to the letter.
    pub(super) fn load(name: &[u8], local: &TimeZone) -> Option<Self> {
        match name {
            b"" | b"UTC" => Some(Self::Utc),
            b"Local" => Some(Self::Local(local.clone())),
            _ => {
                let name = std::str::from_utf8(name).ok()?;
                let place = TimeZoneDatabase::bundled().get(name).ok()?;
                (place.iana_name() == Some(name)).then_some(Self::Place(place))
            }
        }
    }

    /// The name that `Location` prints.
    pub(super) fn name(&self) -> Text {
        match self {
            Self::Utc => "UTC".into(),
            Self::Local(place) | Self::Place(place) => place.iana_name().unwrap_or("Local").into(),
            Self::Fixed(offset) => offset.name.clone(),
        }
    }

    /// The offset in force `unix` seconds after 1970.
    pub(super) fn at(&self, unix: i64) -> Offset {
        match self {
            Self::Utc => Offset { seconds: 0, name: "UTC".into(), daylight: false },
            Self::Local(place) | Self::Place(place) => {
                let info = place.to_offset_info(timestamp(unix));
                Offset {
                    seconds: info.offset().seconds().into(),
                    name: info.abbreviation().into(),
                    daylight: info.dst().is_dst(),
                }
            }
            Self::Fixed(offset) => offset.clone(),
        }
    }

    /// The seconds after 1970 at which a clock here shows the time that it shows at `shown` in UTC.
    ///
    /// Where clocks were turned back the first of two answers is not always taken: the guess is Go's.
    pub(super) fn moment(&self, shown: i64) -> i64 {
        let guess = shown.wrapping_sub(self.at(shown).seconds);
        shown.wrapping_sub(self.at(guess).seconds)
    }

    /// The offset that goes by `name` here: the one in force when a clock shows `shown`, else the first of that name.
    pub(super) fn named(&self, name: &[u8], shown: i64) -> Option<i64> {
        let candidates: Vec<_> = self.offsets().into_iter().filter(|offset| &*offset.name == name).collect();
        let in_force =
            candidates.iter().map(|offset| self.at(shown.wrapping_sub(offset.seconds))).find(|offset| &*offset.name == name);
        in_force.as_ref().or(candidates.first()).map(|offset| offset.seconds)
    }

    /// All offsets that were ever in force here, in order of time.
    fn offsets(&self) -> Vec<Offset> {
        let (Self::Local(place) | Self::Place(place)) = self else { return vec![self.at(0)] };
        let mut offsets = vec![self.at(i64::MIN)];
        for transition in place.following(Timestamp::MIN).take_while(|transition| transition.timestamp() < timestamp(RULES_HOLD))
        {
            let offset = self.at(transition.timestamp().as_second());
            if !offsets.contains(&offset) {
                offsets.push(offset);
            }
        }
        offsets
    }
}

/// 400 years have the same weekdays as the 400 before, so rules for the time to come repeat.
const CYCLE: i64 = 146_097 * DAY;

/// 1 January 2100: by then every zone follows a rule.
const RULES_HOLD: i64 = 4_102_444_800;

/// The moment that has the same offset as `unix`, within the years that zones are computed for.
fn timestamp(unix: i64) -> Timestamp {
    let near = if unix >= RULES_HOLD + CYCLE { RULES_HOLD + (unix - RULES_HOLD) % CYCLE } else { unix };
    Timestamp::from_second(near).unwrap_or(Timestamp::MIN)
}
