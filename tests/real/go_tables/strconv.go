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
		prints("unquotetests", test.in, "{{ tpl "+quoted("{{ "+test.in+" }}")+" (dict) }}", test.out, "single quotes, which are numbers to a template")
	}
	for _, text := range misquoted {
		fails("misquoted", text, "{{ tpl "+quoted("{{ "+text+" }}")+" (dict) }}", "", "words that mean something else in a template")
	}
	write(t)
}
