//! When to ask a server again: which failures may pass, and how long to wait. The figures are Cargo's.
//!
//! No clock is read: a date in `Retry-After` is measured against the date of the same response.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::Duration;

use super::network::Patience;

/// Whether a server may answer otherwise a little later.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The wait before the next try, if there is to be one. `tries` is how many there have been, `asked` what the server asks for.
pub(super) fn pause(patience: &Patience, tries: u32, asked: Option<Duration>, url: &str) -> Option<Duration> {
    if tries >= patience.attempts {
        return None;
    }
    match asked {
        Some(asked) => (asked <= patience.longest_pause).then_some(asked),
        None => Some(patience.pause.mul_f64(f64::from(tries) * jitter(tries, url)).min(patience.longest_pause)),
    }
}

/// Between 0.5 and 1.5, so that parallel processes do not come back at the same moment.
fn jitter(tries: u32, url: &str) -> f64 {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((tries, url, std::process::id()));
    0.5 + (hash % 1000) as f64 / 1000.0
}

/// What `Retry-After` asks for: seconds, or a date to compare with that of the response.
pub(super) fn asked(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    let retry_after = retry_after.trim();
    if retry_after.bytes().all(|byte| byte.is_ascii_digit()) {
        return (!retry_after.is_empty()).then(|| Duration::from_secs(retry_after.parse().unwrap_or(u64::MAX)));
    }
    let moment = |text: &str| jiff::fmt::rfc2822::parse(text.trim()).ok().map(|moment| moment.timestamp());
    let wait = moment(retry_after)?.duration_since(moment(date?)?);
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = Some("Wed, 25 Nov 2026 10:00:00 GMT");
        assert_eq!(asked("7", None), Some(Duration::from_secs(7)));
        assert_eq!(asked("Wed, 25 Nov 2026 10:00:05 GMT", date), Some(Duration::from_secs(5)));
        assert_eq!(asked("Wed, 25 Nov 2026 09:00:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(asked("Wed, 25 Nov 2026 10:00:05 GMT", None), None);
        assert_eq!(asked("99999999999999999999999", None), Some(Duration::from_secs(u64::MAX)));
        for nonsense in ["", "-5", "soon", "1.5"] {
            assert_eq!(asked(nonsense, date), None, "{nonsense}");
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let patience = Patience::default();
        let wait = |tries| pause(&patience, tries, None, "https://example.com");
        for tries in 1..patience.attempts {
            let seconds = wait(tries).unwrap().as_secs_f64() / f64::from(tries);
            assert!((0.5..1.5).contains(&seconds), "{seconds}");
        }
        assert_eq!(wait(patience.attempts), None);
        assert_eq!(pause(&patience, 1, Some(Duration::from_secs(9)), ""), Some(Duration::from_secs(9)));
        assert_eq!(pause(&patience, 1, Some(Duration::from_hours(9)), ""), None);
    }
}
