//! How long ago something was, in the words of people: the largest unit that counts.

use jiff::{Timestamp, Unit};

/// `3 days`, `5 months`, `2 years`; what lies in the future is new.
pub(super) fn age(published: Timestamp, now: Timestamp) -> String {
    let days = published.until((Unit::Hour, now)).map_or(0, |span| i64::from(span.get_hours()) / 24);
    let (number, unit) = match days {
        ..1 => return "today".to_owned(),
        1..60 => (days, "day"),
        60..730 => (days / 30, "month"),
        _ => (days / 365, "year"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_the_largest_unit_that_counts() {
        let ago = |published: &str| age(published.parse().unwrap(), "2026-11-25T12:00:00Z".parse().unwrap());
        assert_eq!(ago("2026-11-25T11:00:00Z"), "today");
        assert_eq!(ago("2027-11-25T11:00:00Z"), "today");
        assert_eq!(ago("2026-11-24T11:00:00Z"), "1 day");
        assert_eq!(ago("2026-10-01T11:00:00+02:00"), "55 days");
        assert_eq!(ago("2026-05-01T11:00:00Z"), "6 months");
        assert_eq!(ago("2023-05-01T11:00:00.123456789Z"), "3 years");
    }
}
