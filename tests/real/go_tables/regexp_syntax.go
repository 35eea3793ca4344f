package syntax

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	// The syntax tree itself shows in no template; whether it is accepted and what it matches does.
	for _, test := range append(parseTests, matchnlTests...) {
		if _, err := Parse(test.Regexp, Perl); err != nil {
			fails("parseTests", test.Regexp, "{{ mustRegexMatch "+quoted(test.Regexp)+" \"x\" }}", err.Error(), "")
			continue
		}
		text := "abc\nABC aaa bbb \u212a\u017f k s \u00df \u1e9e 09 _ - \\ . \t\x7f"
		unsaid("parseTests", test.Regexp, fmt.Sprintf("{{ regexReplaceAll %s %s \"<$0>\" }}", quoted(test.Regexp), quoted(text)), "")
	}
	for _, text := range append(invalidRegexps, onlyPOSIX...) {
		_, err := Parse(text, Perl)
		if err == nil {
			continue
		}
		fails("invalidRegexps", text[:min(len(text), 40)], "{{ mustRegexMatch "+quoted(text)+" \"x\" }}", err.Error(), "")
	}
	for _, text := range onlyPerl {
		prints("onlyPerl", text, "{{ regexMatch "+quoted(text)+" \"\\x00\" | kindOf }}", "bool", "")
	}
	for _, test := range simplifyTests {
		unsaid("simplifyTests", test.Regexp, fmt.Sprintf("{{ regexReplaceAll %s \"aaaabbbb \\n abababc\" \"<$0|$1>\" }}", quoted(test.Regexp)), "")
	}
	write(t)
}
