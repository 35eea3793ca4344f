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
	for _, test := range compareTests {
		text := fmt.Sprintf("{{ $a := %s }}{{ $b := %s }}{{ lt $a $b }} {{ le $a $b }} {{ eq $a $b }} {{ ne $a $b }} {{ ge $a $b }} {{ gt $a $b }}", quoted(test.a), quoted(test.b))
		output := fmt.Sprint(test.i < 0, test.i <= 0, test.i == 0, test.i != 0, test.i >= 0, test.i > 0)
		prints("compareTests", test.a+" "+test.b, text, output, "")
	}
	for _, list := range [][]IndexTest{indexTests, lastIndexTests} {
		for _, test := range list {
			prints("indexTests", test.s+" "+test.sep, fmt.Sprintf("{{ contains %s %s }}", quoted(test.sep), quoted(test.s)), fmt.Sprint(test.out >= 0), "")
		}
	}
	for _, test := range CountTests {
		text := fmt.Sprintf("{{ len (splitList %s %s) }}", quoted(test.sep), quoted(test.s))
		prints("CountTests", test.s+" "+test.sep, text, fmt.Sprint(len(Split(test.s, test.sep))), "")
	}
	for _, test := range cutTests {
		text := fmt.Sprintf("{{ $p := splitn %s 2 %s }}{{ $p._0 }}|{{ $p._1 | default \"\" }}|{{ eq (len $p) 2 }}", quoted(test.sep), quoted(test.s))
		prints("cutTests", test.s+" "+test.sep, text, test.before+"|"+test.after+"|"+fmt.Sprint(test.found), "an empty separator, at which splitn cuts after a letter")
	}
	for _, test := range cutPrefixTests {
		text := fmt.Sprintf("{{ trimPrefix %s %s }}|{{ hasPrefix %s %s }}", quoted(test.sep), quoted(test.s), quoted(test.sep), quoted(test.s))
		prints("cutPrefixTests", test.s+" "+test.sep, text, test.after+"|"+fmt.Sprint(test.found), "")
	}
	for _, test := range cutSuffixTests {
		text := fmt.Sprintf("{{ trimSuffix %s %s }}|{{ hasSuffix %s %s }}", quoted(test.sep), quoted(test.s), quoted(test.sep), quoted(test.s))
		prints("cutSuffixTests", test.s+" "+test.sep, text, test.before+"|"+fmt.Sprint(test.found), "")
	}
	for _, test := range splittests {
		if test.n > 0 {
			text := fmt.Sprintf("{{ range $k, $v := splitn %s %d %s }}{{ $v }}|{{ end }}", quoted(test.sep), test.n, quoted(test.s))
			output := ""
			for _, part := range test.a {
				output += part + "|"
			}
			prints("splittests", fmt.Sprint("at most ", test.n, test.s, " ", test.sep), text, output, "")
		}
	}
	for _, test := range EqualFoldTests {
		text := fmt.Sprintf(`{{ regexMatch (printf "(?i)^%%s$" (regexQuoteMeta %s)) %s }}`, quoted(test.s), quoted(test.t))
		prints("EqualFoldTests", test.s+" "+test.t, text, fmt.Sprint(test.out), "")
	}
	write(t)
}
