//! A time as the encoders of Go's `time.Time` write it, and which times they refuse.

use super::civil::DAY;
use super::format::format;
use super::time::{Time, ZERO};
use super::zone::Zone;
use crate::gotemplate::{FunctionError, Value};
use crate::yaml::Text;

impl Time {
    /// RFC 3339, which has no years beyond four digits and no offsets of a day and more.
    pub(super) fn strict_rfc3339(&self) -> Result<Text, &'static str> {
        let (shown, offset) = self.shown();
        if !(0..=9999).contains(&shown.year) {
            return Err("year outside of range [0,9999]");
        }
        if offset.seconds.abs() >= DAY {
            return Err("timezone hour outside of range [0,23]");
        }
        Ok(self.rfc3339())
    }

    /// What the method of an encoder writes, behind the bytes that it is to append to.
    pub(super) fn encoded(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let (name, written) = match method {
            b"GobEncode" | b"MarshalBinary" => ("MarshalBinary", self.binary()),
            b"AppendBinary" => ("AppendBinary", self.binary()),
            b"MarshalJSON" => ("MarshalJSON", self.strict_rfc3339().map(|text| [b"\"", &*text, b"\""].concat())),
            b"MarshalText" => ("MarshalText", self.strict_rfc3339().map(|text| text.to_vec())),
            b"AppendText" => ("AppendText", self.strict_rfc3339().map(|text| text.to_vec())),
            b"AppendFormat" => match arguments.get(1) {
                Some(Value::String(layout)) => ("AppendFormat", Ok(format(self, layout))),
                _ => return None,
            },
            _ => return None,
        };
        let mut bytes = match arguments.first() {
            Some(Value::Bytes(bytes)) => bytes.to_vec(),
            _ => Vec::new(),
        };
        let refused = |what| format!("Time.{name}: {what}").into();
        Some(written.map_err(refused).map(|written| {
            bytes.extend(written);
            Value::Bytes(Box::new(bytes.into()))
        }))
    }

    /// A version, seconds since the year 1, nanoseconds and minutes of offset; version 2 has seconds of offset, too.
    fn binary(&self) -> Result<Vec<u8>, &'static str> {
        let offset = self.zone.at(self.unix).seconds;
        let minutes = match &self.zone {
            Zone::Utc => -1,
            _ => i16::try_from(offset / 60).ok().filter(|minutes| *minutes != -1).ok_or("unexpected zone offset")?,
        };
        let seconds = (offset % 60) as i8;
        let mut bytes = vec![if seconds == 0 { 1 } else { 2 }];
        bytes.extend(self.unix.wrapping_sub(ZERO).to_be_bytes());
        bytes.extend(self.nanosecond.to_be_bytes());
        bytes.extend(minutes.to_be_bytes());
        if seconds != 0 {
            bytes.extend(seconds.to_be_bytes());
        }
        Ok(bytes)
    }
}
