package unicode_test

import (
	"fmt"
	"testing"
	. "unicode"
)

func TestRows(t *testing.T) {
	for _, test := range caseTest {
		if test.cas == TitleCase && test.in > 0 {
			// `title` makes title case of what begins a word: of letters, and of other signs that have one.
			prints("caseTest", fmt.Sprintf("title %U", test.in), fmt.Sprintf("{{ title %s }}", quoted(string(test.in))), string(test.out), "title case, and what is no letter")
			continue
		}
		if test.in < 0 || test.cas != UpperCase && test.cas != LowerCase {
			unreachable("caseTest", fmt.Sprintf("%d %U", test.cas, test.in), "title case, and what is no letter")
			continue
		}
		function := "upper"
		if test.cas == LowerCase {
			function = "lower"
		}
		prints("caseTest", fmt.Sprintf("%s %U", function, test.in), fmt.Sprintf("{{ %s %s }}", function, quoted(string(test.in))), string(test.out), "")
	}
	class := func(table, pattern string, runes []rune, want bool) {
		for _, r := range runes {
			prints(table, fmt.Sprintf("%s %U", pattern, r), fmt.Sprintf("{{ regexMatch %q %s }}", pattern, quoted(string(r))), fmt.Sprint(want), "what is no letter")
		}
	}
	class("upperTest", `^\p{Lu}$`, upperTest, true)
	class("notupperTest", `^\p{Lu}$`, notupperTest, false)
	class("letterTest", `^\p{L}$`, letterTest, true)
	class("notletterTest", `^\p{L}$`, notletterTest, false)
	class("testDigit", `^\p{Nd}$`, testDigit, true)
	class("testLetter", `^\p{Nd}$`, testLetter, false)
	for _, r := range spaceTest {
		prints("spaceTest", fmt.Sprintf("%U", r), fmt.Sprintf("{{ trim %s }}.", quoted("a"+string(r))), "a.", "")
	}
	for _, test := range inCategoryTest {
		class("inCategoryTest", `^\p{`+test.script+`}$`, []rune{test.rune}, true)
	}
	for _, test := range simpleFoldTests {
		for _, r := range test {
			class("simpleFoldTests", "(?i)^["+test[:1]+"]$", []rune{r}, MustFold(rune(test[0]), r))
		}
	}
	write(t)
}

// MustFold says whether two letters are one when case is ignored.
func MustFold(a, b rune) bool {
	for r := SimpleFold(a); ; r = SimpleFold(r) {
		if r == b {
			return true
		}
		if r == a {
			return false
		}
	}
}
