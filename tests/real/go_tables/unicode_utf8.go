package utf8_test

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range utf8map {
		prints("utf8map", test.str, fmt.Sprintf(`{{ printf "%%c" %d }}`, test.r), test.str, "")
		prints("utf8map", "first of "+test.str, fmt.Sprintf(`{{ printf "%%.1q" %s }}`, quoted(test.str+"b")), fmt.Sprintf("%.1q", test.str+"b"), "")
	}
	for _, test := range surrogateMap {
		prints("surrogateMap", fmt.Sprintf("%U", test.r), fmt.Sprintf(`{{ printf "%%c%%c" %s %d }}`, "0xfffd", test.r), "\ufffd\ufffd", "")
		prints("surrogateMap", test.str, "{{ len (splitList \"\" "+quoted(test.str)+") }}", "3", "")
	}
	for _, test := range runecounttests {
		prints("runecounttests", test.in, "{{ len (splitList \"\" "+quoted(test.in)+") }}", fmt.Sprint(test.out), "")
	}
	for _, test := range runelentests {
		if test.size > 0 {
			prints("runelentests", fmt.Sprint(test.r), fmt.Sprintf(`{{ len (printf "%%c" %d) }}`, test.r), fmt.Sprint(test.size), "")
		} else {
			unreachable("runelentests", fmt.Sprint(test.r), "characters that are none")
		}
	}
	for _, test := range validTests {
		// Of a valid text no byte beyond ASCII is quoted as a number.
		prints("validTests", test.in, fmt.Sprintf(`{{ not (regexMatch "\\\\x[89a-f]" (printf "%%q" %s)) }}`, quoted(test.in)), fmt.Sprint(test.out), "")
	}
	for _, test := range validrunetests {
		want := string(test.r)
		prints("validrunetests", fmt.Sprint(test.r), fmt.Sprintf(`{{ printf "%%c" %d }}`, test.r), want, "")
	}
	for _, text := range append(testStrings, invalidSequenceTests...) {
		unsaid("testStrings", text, "{{ range splitList \"\" "+quoted(text)+" }}{{ printf \"%q|\" . }}{{ end }}", "")
	}
	write(t)
}
