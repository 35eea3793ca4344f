//! What no template reaches, or none that Helm could print the same way twice.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use super::*;

fn place(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

#[test]
fn rules_of_a_zone_hold_for_ever() {
    let summer_of = |year: i128| {
        let parts = time::Parts { year, month: 7, day: 1, second: 0, nanosecond: 0 };
        let time = Time::of(&parts, Zone::Local(place("Europe/Berlin")), &TimeZone::UTC);
        String::from_utf8(format(&time, b"2006-01-02 15:04 MST")).unwrap()
    };
    assert_eq!(summer_of(2026), "2026-07-01 00:00 CEST");
    assert_eq!(summer_of(9999), "9999-07-01 00:00 CEST");
    assert_eq!(summer_of(100_000), "100000-07-01 00:00 CEST");
}

proptest! {
    #[test]
    fn every_layout_and_text_is_survived(
        layout in "(2006|06|01|Jan|_2|002|-07:00|Z07|MST|\\.000|,9|pm| |é|[ -~]){0,6}",
        text in "([0-9]{1,4}|[+-]|[.,:]|GMT|jan|AM|é| |[ -~]){0,9}",
        seconds: i64,
    ) {
        let local = place("America/New_York");
        if let Ok(time) = parse::parse(layout.as_bytes(), text.as_bytes(), &local) {
            format(&time, layout.as_bytes());
        }
        format(&Time::unix(seconds, &local), layout.as_bytes());
        let _ = Duration::parse(text.as_bytes());
    }
}
