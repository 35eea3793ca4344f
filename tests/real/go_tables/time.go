package time_test

import (
	"fmt"
	"testing"
	. "time"
)

func TestRows(t *testing.T) {
	for _, test := range formatTests {
		moment := `(toDate "2006-01-02T15:04:05.999999999 MST" "2009-02-04T21:00:57.0123456 PST")`
		prints("formatTests", test.name, "{{ date "+quoted(test.format)+" "+moment+" }}", test.result, "")
	}
	for _, test := range rfc3339Formats {
		moment := test.time.Format("2006-01-02T15:04:05 MST -07:00")
		text := `{{ dateInZone "2006-01-02T15:04:05Z07:00" (toDate "2006-01-02T15:04:05 MST -07:00" ` + quoted(moment) + `) "UTC" }}`
		prints("rfc3339Formats", test.formattedValue, text, test.time.UTC().Format(RFC3339), "")
	}
	for _, list := range [][]ParseTest{parseTests, rubyTests} {
		for _, test := range list {
			moment, err := ParseInLocation(test.format, test.value, Local)
			if err != nil {
				t.Fatal(err)
			}
			text := "{{ (mustToDate " + quoted(test.format) + " " + quoted(test.value) + ").UTC | printf \"%s\" }}"
			prints("parseTests", test.name+" "+test.value, text, moment.UTC().String(), "")
		}
	}
	for _, test := range dayOutOfRangeTests {
		verdict("dayOutOfRangeTests", ANSIC, test.date, test.ok)
	}
	for _, test := range monthOutOfRangeTests {
		verdict("monthOutOfRangeTests", "01-02", test.value, test.ok)
	}
	for _, test := range parseErrorTests {
		fails("parseErrorTests", test.value, "{{ mustToDate "+quoted(test.format)+" "+quoted(test.value)+" }}", test.expect, "")
	}
	for _, test := range parseTimeZoneTests {
		text := "{{ mustToDate \"MST\" " + quoted(test.value) + " }}"
		if test.ok && test.length == len(test.value) {
			prints("parseTimeZoneTests", test.value, "{{ (mustToDate \"MST\" "+quoted(test.value)+").Format \"MST\" }}", test.value, "time zones printed otherwise")
		} else {
			fails("parseTimeZoneTests", test.value, text, "", "")
		}
	}
	for _, test := range secondsTimeZoneOffsetTests {
		text := "{{ unixEpoch (mustToDate " + quoted(test.format) + " " + quoted(test.value) + ") }}"
		moment, _ := Parse(test.format, test.value)
		prints("secondsTimeZoneOffsetTests", test.value, text, fmt.Sprint(moment.Unix()), "")
	}
	for _, test := range longFractionalDigitsTests {
		text := "{{ (mustToDate \"2006-01-02T15:04:05Z07:00\" " + quoted(test.value) + ").Nanosecond }}"
		prints("longFractionalDigitsTests", test.value, text, fmt.Sprint(test.want), "")
	}
	moments()
	durations()
	write(t)
}

func verdict(table, layout, value string, ok bool) {
	text := "{{ mustToDate " + quoted(layout) + " " + quoted(value) + " }}"
	if ok {
		unsaid(table, value, text, "")
	} else {
		fails(table, value, text, "", "")
	}
}

func moments() {
	layout := "2006-01-02T15:04:05 Monday -0700 MST"
	for _, test := range append(utctests, nanoutctests...) {
		text := fmt.Sprintf("{{ dateInZone %q (int64 %d) \"UTC\" }}", layout, test.seconds)
		prints("utctests", fmt.Sprint(test.seconds), text, Unix(test.seconds, 0).UTC().Format(layout), "")
	}
	pacific, _ := LoadLocation("America/Los_Angeles")
	for _, test := range append(localtests, nanolocaltests...) {
		text := fmt.Sprintf("{{ dateInZone %q (int64 %d) \"America/Los_Angeles\" }}", layout, test.seconds)
		prints("localtests", fmt.Sprint(test.seconds), text, Unix(test.seconds, 0).In(pacific).Format(layout), "")
	}
	for _, test := range yearDayTests {
		day := fmt.Sprintf("%04d-%02d-%02d", test.year, test.month, test.day)
		moment := "(toDate \"2006-01-02\" " + quoted(day) + ")"
		if test.year < 0 {
			// No layout reads such a year, but a date may be moved there.
			moment = fmt.Sprintf("((toDate \"2006-01-02\" \"2000-%02d-%02d\").AddDate %d 0 0)", test.month, test.day, test.year-2000)
		}
		prints("yearDayTests", day, "{{ "+moment+".YearDay }}", fmt.Sprint(test.yday), "")
	}
	for _, test := range dateTests {
		moment := Date(test.year, Month(test.month), test.day, test.hour, test.min, test.sec, test.nsec, test.z)
		zone := "UTC"
		if test.z == Local {
			zone, moment = "America/Los_Angeles", Unix(test.unix, 0).In(pacific)
		}
		text := fmt.Sprintf("{{ dateInZone %q (int64 %d) %q }}", layout, test.unix, zone)
		prints("dateTests", fmt.Sprint(test.unix), text, moment.Format(layout), "")
	}
	start := Date(2011, 11, 18, 7, 56, 35, 0, UTC)
	for _, test := range addDateTests {
		text := fmt.Sprintf("{{ ((toDate \"2006-01-02T15:04:05Z07:00\" \"2011-11-18T07:56:35Z\").AddDate %d %d %d).Format \"2006-01-02T15:04:05\" }}", test.years, test.months, test.days)
		prints("addDateTests", fmt.Sprint(test), text, start.AddDate(test.years, test.months, test.days).Format("2006-01-02T15:04:05"), "")
	}
	for _, test := range subTests {
		text := fmt.Sprintf("{{ (%s.Sub %s) }}", instant(test.t), instant(test.u))
		prints("subTests", test.t.String()+" "+test.u.String(), text, test.d.String(), "monotonic clocks")
	}
	for _, test := range truncateRoundTests {
		moment := instant(test.t)
		text := fmt.Sprintf(`{{ $d := mustToDuration "%dns" }}{{ (%s.Truncate $d).UTC }} {{ (%s.Round $d).UTC }}`, test.d, moment, moment)
		prints("truncateRoundTests", test.t.String()+" "+test.d.String(), text, fmt.Sprint(test.t.Truncate(test.d).UTC(), " ", test.t.Round(test.d).UTC()), "")
	}
	for _, test := range daysInTests {
		text := fmt.Sprintf(`{{ ((toDate "2006-1" "%04d-%d").AddDate 0 1 -1).Day }}`, test.year, test.month)
		prints("daysInTests", fmt.Sprint(test), text, fmt.Sprint(test.di), "")
	}
	for _, test := range goStringTests {
		text := `{{ printf "%#v" ` + instant(test.in) + " }}"
		if test.in.Location() == Local {
			text = `{{ printf "%#v" ` + instant(test.in) + ".Local }}"
		}
		prints("goStringTests", test.want, text, test.want, "time zones of the test's own")
	}
	for _, test := range jsonTests {
		class := ""
		if !test.time.IsZero() && test.time.Location() == nil {
			class = "time zones of the test's own"
		}
		layout := "2006-01-02T15:04:05.999999999Z07:00"
		text := fmt.Sprintf("{{ toJson (toDate %q %q) }}", layout, test.time.Format(layout))
		prints("jsonTests", test.json, text, test.json, class)
	}
}

// instant is a date to the nanosecond; a year that no layout reads is reached from another.
func instant(moment Time) string {
	moment = moment.UTC()
	layout := "2006-01-02T15:04:05.999999999Z07:00"
	if year := moment.Year(); year < 0 || year > 9999 {
		near := moment.AddDate(2000-year, 0, 0)
		return fmt.Sprintf("((toDate %q %q).AddDate %d 0 0)", layout, near.Format(layout), year-2000)
	}
	return fmt.Sprintf("(toDate %q %q)", layout, moment.Format(layout))
}

func durations() {
	for _, test := range durationTests {
		prints("durationTests", test.str, fmt.Sprintf(`{{ mustToDuration "%dns" }}`, test.d), test.str, "")
	}
	for _, test := range parseDurationTests {
		prints("parseDurationTests", test.in, "{{ durationNanoseconds "+quoted(test.in)+" }}", fmt.Sprint(int64(test.want)), "")
	}
	for _, test := range parseDurationErrorTests {
		fails("parseDurationErrorTests", test.in, "{{ mustToDuration "+quoted(test.in)+" }}", "", "numbers in words, which are seconds to Helm")
	}
	for _, test := range durationTruncateTests {
		text := fmt.Sprintf(`{{ durationTruncateTo "%dns" "%dns" }}`, test.d, test.m)
		prints("durationTruncateTests", fmt.Sprint(test.d, test.m), text, test.want.String(), "")
	}
	for _, test := range durationRoundTests {
		text := fmt.Sprintf(`{{ durationRoundTo "%dns" "%dns" }}`, test.d, test.m)
		prints("durationRoundTests", fmt.Sprint(test.d, test.m), text, test.want.String(), "")
	}
	for _, test := range nsDurationTests {
		whole(test.d, "durationNanoseconds", fmt.Sprint(test.want))
	}
	for _, test := range usDurationTests {
		whole(test.d, "durationMicroseconds", fmt.Sprint(test.want))
	}
	for _, test := range msDurationTests {
		whole(test.d, "durationMilliseconds", fmt.Sprint(test.want))
	}
	for _, test := range secDurationTests {
		whole(test.d, "durationSeconds", fmt.Sprint(test.want))
	}
	for _, test := range minDurationTests {
		whole(test.d, "durationMinutes", fmt.Sprint(test.want))
	}
	for _, test := range hourDurationTests {
		whole(test.d, "durationHours", fmt.Sprint(test.want))
	}
	for _, test := range durationAbsTests {
		prints("durationAbsTests", test.d.String(), fmt.Sprintf(`{{ (mustToDuration "%dns").Abs }}`, test.d), test.want.String(), "")
	}
}

func whole(span Duration, function, output string) {
	prints(function, span.String(), fmt.Sprintf(`{{ %s "%dns" }}`, function, span), output, "")
}
