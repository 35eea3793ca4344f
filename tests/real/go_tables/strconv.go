package strconv_test

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range quotetests {
		prints("quotetests", test.out, "{{ printf \"%q %+q\" "+quoted(test.in)+" "+quoted(test.in)+" }}", test.out+" "+test.ascii, "")
		prints("quotetests", "quote "+test.out, "{{ quote "+quoted(test.in)+" }}", test.out, "")
	}
	for _, test := range quoterunetests {
		prints("quoterunetests", test.out, fmt.Sprintf(`{{ printf "%%q %%+q" %d %d }}`, test.in, test.in), test.out+" "+test.ascii, "")
	}
	for _, test := range canbackquotetests {
		output := fmt.Sprintf("%#q", test.in)
		prints("canbackquotetests", output, "{{ printf \"%#q\" "+quoted(test.in)+" }}", output, "")
	}
	for _, test := range unquotetests {
		output := test.out
		if test.in[0] == '\'' {
			// A template takes it for the number of the character; an octal or hexadecimal escape is one byte.
			output = fmt.Sprint([]rune(test.out)[0])
			if len(test.out) == 1 {
				output = fmt.Sprint(test.out[0])
			}
		}
		prints("unquotetests", test.in, "{{ tpl "+quoted("{{ "+test.in+" }}")+" (dict) }}", output, "single quotes, which are numbers to a template")
	}
	for _, text := range misquoted {
		fails("misquoted", text, "{{ tpl "+quoted("{{ "+text+" }}")+" (dict) }}", "", "words that mean something else in a template")
	}
	write(t)
}
