package strings_test

import (
	"fmt"
	. "strings"
	"testing"
)

func TestRows(t *testing.T) {
	for function, tests := range map[string][]StringTest{"upper": upperTests, "lower": lowerTests, "trim": trimSpaceTests} {
		for _, test := range tests {
			prints(function, test.in, fmt.Sprintf("{{ %s %s }}", function, quoted(test.in)), test.out, "")
		}
	}
	names := map[string]string{"Trim": "trimAll", "TrimPrefix": "trimPrefix", "TrimSuffix": "trimSuffix"}
	for _, test := range trimTests {
		if name := names[test.f]; name != "" {
			prints("trimTests", test.f+" "+test.in+" "+test.arg, fmt.Sprintf("{{ %s %s %s }}", name, quoted(test.arg), quoted(test.in)), test.out, "")
		}
	}
	for _, test := range RepeatTests {
		if len(test.out) < 5000 {
			prints("RepeatTests", fmt.Sprint(test.in, " ", test.count), fmt.Sprintf("{{ repeat %d %s }}", test.count, quoted(test.in)), test.out, "")
		}
	}
	for _, test := range ReplaceTests {
		if test.n == -1 {
			prints("ReplaceTests", fmt.Sprint(test.in, test.old, test.new), fmt.Sprintf("{{ replace %s %s %s }}", quoted(test.old), quoted(test.new), quoted(test.in)), test.out, "")
		}
	}
	for _, test := range TitleTests {
		prints("TitleTests", test.in, "{{ title "+quoted(test.in)+" }}", test.out, "")
	}
	for _, test := range ContainsTests {
		prints("ContainsTests", test.str+" "+test.substr, fmt.Sprintf("{{ contains %s %s }}", quoted(test.substr), quoted(test.str)), fmt.Sprint(test.expected), "")
	}
	for _, test := range splittests {
		if test.n == -1 {
			prints("splittests", test.s+" "+test.sep, fmt.Sprintf("{{ splitList %s %s | join \"|\" }}", quoted(test.sep), quoted(test.s)), Join(test.a, "|"), "")
		}
	}
	write(t)
}
