//! The numbers of a schema and of the values that it is for. Helm's engine compares them as they are written, ours as floats: so
//! in place of each number ours sees its rank among all of them, and a list in place of a number of which others shall be multiples.

use std::collections::BTreeMap;

use serde_json::{Number, Value as Json, json};

use super::patterns::{DATA, NAMED};
use crate::functions::Decimal;

/// What a number of a schema begins with as long as it is a text: no text of a chart does.
const MARK: &str = "\u{fdd0}number ";

/// Keywords whose numbers are compared with values. Others count, and their numbers stay.
const COMPARED: [&str; 6] = ["const", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];

/// How often numbers may be divided for one schema.
const MAX_DIVISIONS: usize = 1_000_000;

type Keywords = serde_json::Map<String, Json>;

/// Every number there is, and its rank.
pub(super) struct Numbers {
    ranks: BTreeMap<Decimal, Json>,
    of_values: Vec<Decimal>,
}

impl Numbers {
    /// Those of JSON texts and of values.
    ///
    /// # Errors
    ///
    /// Too many numbers that shall be multiples of too many others.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a [u8]>, mut of_values: Vec<Decimal>) -> Result<Self, String> {
        of_values.sort();
        of_values.dedup();
        let mut all = of_values.clone();
        let mut divisors = 0;
        for (piece, is_number) in texts.flat_map(pieces) {
            divisors += usize::from(piece == b"\"multipleOf\"");
            if is_number {
                all.extend(std::str::from_utf8(piece).ok().and_then(Decimal::read));
            }
        }
        if divisors.saturating_mul(of_values.len()) > MAX_DIVISIONS {
            return Err(format!("multipleOf stands in {divisors} places, for {} numbers\n", of_values.len()));
        }
        // Zero is there, so that its rank is zero and that of others has their sign.
        all.push(Decimal::default());
        all.sort();
        all.dedup();
        let negative = all.partition_point(|number| *number < Decimal::default());
        let rank = |(index, number): (usize, Decimal)| {
            let rank = index as i64 - negative as i64;
            // What is no whole number has no whole rank, but one nearer to zero.
            let rank = if number.is_whole() { json!(rank) } else { json!(rank as f64 - 0.5 * rank.signum() as f64) };
            (number, rank)
        };
        Ok(Self { ranks: all.into_iter().enumerate().map(rank).collect(), of_values })
    }

    /// What stands in place of a number.
    pub(super) fn rank(&self, number: &Decimal) -> Json {
        self.ranks.get(number).cloned().unwrap_or_else(|| json!(0))
    }

    /// The number in whose place a rank stands.
    pub(super) fn of_rank(&self, rank: &Number) -> Option<&Decimal> {
        let wanted = rank.as_f64();
        self.ranks.iter().find(|(_, rank)| rank.as_f64() == wanted).map(|(number, _)| number)
    }

    /// Replaces the numbers of a marked schema.
    pub(super) fn replace(&self, schema: &mut Json) {
        match schema {
            Json::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Json::Object(keywords) => {
                let divisor = keywords.get("multipleOf").and_then(number).filter(Decimal::is_positive);
                keywords.iter_mut().for_each(|(keyword, value)| self.replace_under(keyword, value));
                if let Some(divisor) = divisor {
                    keywords.remove("multipleOf");
                    let others = self.of_values.iter().filter(|number| !number.is_multiple_of(&divisor));
                    refuse(keywords, &others.map(|number| self.rank(number)).collect::<Vec<_>>());
                }
            }
            text => replace_all(text, &plain),
        }
    }

    fn replace_under(&self, keyword: &str, value: &mut Json) {
        match value {
            Json::Object(schemas) if NAMED.contains(&keyword) => schemas.values_mut().for_each(|schema| self.replace(schema)),
            value if COMPARED.contains(&keyword) => {
                replace_all(value, &|text| Decimal::read(text).map_or_else(|| plain(text), |number| self.rank(&number)));
            }
            value if DATA.contains(&keyword) => replace_all(value, &plain),
            value => self.replace(value),
        }
    }
}

/// Adds to a schema what its value may not be.
fn refuse(schema: &mut Keywords, others: &[Json]) {
    // The oldest drafts let no list of alternatives be empty.
    if others.is_empty() {
        return;
    }
    let refused = match schema.remove("not") {
        Some(not) => json!({"anyOf": [not, {"enum": others}]}),
        None => json!({"enum": others}),
    };
    schema.insert("not".to_owned(), refused);
}

/// A JSON text with marked texts in place of its numbers.
pub(super) fn marked(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (piece, is_number) in pieces(text) {
        if is_number {
            out.extend([b"\"", MARK.as_bytes(), piece, b"\""].concat());
        } else {
            out.extend_from_slice(piece);
        }
    }
    out
}

/// The number as it was written, if the text is a marked one.
pub(super) fn as_written(text: &Json) -> Option<&str> {
    text.as_str()?.strip_prefix(MARK)
}

/// The number that is marked.
pub(super) fn number(text: &Json) -> Option<Decimal> {
    as_written(text).and_then(Decimal::read)
}

fn replace_all(json: &mut Json, by: &dyn Fn(&str) -> Json) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| replace_all(item, by)),
        Json::Object(map) => map.values_mut().for_each(|value| replace_all(value, by)),
        other => {
            if let Some(number) = as_written(other).map(by) {
                *other = number;
            }
        }
    }
}

/// The number itself; one that no float holds is the largest there is.
fn plain(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| json!(f64::MAX))
}

/// A JSON text in pieces, and which of them are numbers.
fn pieces(mut text: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    let begins_number = |byte: &u8| *byte == b'-' || byte.is_ascii_digit();
    std::iter::from_fn(move || {
        let first = text.first()?;
        let is_number = begins_number(first);
        let end = if is_number {
            text.iter().position(|byte| !matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E' | b'0'..=b'9'))
        } else if *first == b'"' {
            end_of_string(text)
        } else {
            text.iter().position(|byte| *byte == b'"' || begins_number(byte))
        };
        let (piece, rest) = text.split_at(end.unwrap_or(text.len()));
        text = rest;
        Some((piece, is_number))
    })
}

fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let quote = text.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    quote.map(|quote| quote + 2)
}
