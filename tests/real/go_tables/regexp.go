package regexp

import (
	"fmt"
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range findTests {
		search("findTests", test.pat, test.text)
	}
	for _, pattern := range goodRe {
		search("goodRe", pattern, "a(b)|\\!1234\nabc")
	}
	for _, test := range onePassTests {
		search("onePassTests", test.re, "a(b)|\\!1234\nabcabcd")
	}
	for _, test := range minInputLenTests {
		search("minInputLenTests", test.Regexp, "a(b)|\\!1234\nabcabcd")
	}
	for _, test := range literalPrefixTests {
		search("literalPrefixTests", test.pattern, test.literal+"abc"+test.pattern)
	}
	for _, test := range badRe {
		fails("badRe", abbreviated(test.re), "{{ mustRegexMatch "+pattern(test.re)+" \"x\" }}", test.err, "")
	}
	for _, test := range replaceTests {
		replace("replaceTests", "regexReplaceAll", test)
	}
	for _, test := range replaceLiteralTests {
		replace("replaceLiteralTests", "regexReplaceAllLiteral", test)
	}
	for _, test := range metaTests {
		prints("metaTests", test.pattern, "{{ regexQuoteMeta "+quoted(test.pattern)+" }}", test.output, "")
	}
	for _, test := range splitTests {
		text := fmt.Sprintf("{{ range regexSplit %s %s %d }}<{{ . }}>{{ end }}", quoted(test.r), quoted(test.s), test.n)
		prints("splitTests", fmt.Sprint(test.r, " ", test.s, " ", test.n), text, bracketed(test.out), "")
	}
	for range replaceFuncTests {
		unreachable("replaceFuncTests", "", "functions of the test's own")
	}
	write(t)
}

// pattern is a literal, or a call that makes a long one.
func pattern(text string) string {
	if len(text) > 1000 {
		return fmt.Sprintf("(repeat %d %s)", len(text)/3, quoted(text[:3]))
	}
	return quoted(text)
}

func abbreviated(text string) string { return text[:min(len(text), 40)] }

func bracketed(items []string) string {
	out := ""
	for _, item := range items {
		out += "<" + item + ">"
	}
	return out
}

// search asks for every match, and for the first with all its groups.
func search(table, pattern, text string) {
	re := MustCompile(pattern)
	prints(table, fmt.Sprintf("all of %q in %q", pattern, text),
		fmt.Sprintf("{{ range regexFindAll %s %s -1 }}<{{ . }}>{{ end }}", quoted(pattern), quoted(text)), bracketed(re.FindAllString(text, -1)), "")
	groups := "<$0"
	for i := 1; i <= re.NumSubexp(); i++ {
		groups += fmt.Sprintf("|${%d}", i)
	}
	prints(table, fmt.Sprintf("groups of %q in %q", pattern, text),
		fmt.Sprintf("{{ regexReplaceAll %s %s %s }}", quoted(pattern), quoted(text), quoted(groups+">")), re.ReplaceAllString(text, groups+">"), "")
	prints(table, fmt.Sprintf("%q in %q", pattern, text),
		fmt.Sprintf("{{ regexMatch %s %s }} {{ regexFind %s %s }}", quoted(pattern), quoted(text), quoted(pattern), quoted(text)),
		fmt.Sprint(re.MatchString(text), " ", re.FindString(text)), "")
}

func replace(table, function string, test ReplaceTest) {
	text := fmt.Sprintf("{{ %s %s %s %s }}", function, quoted(test.pattern), quoted(test.input), quoted(test.replacement))
	prints(table, strings.Join([]string{test.pattern, test.replacement, test.input}, " | "), text, test.output, "")
}
