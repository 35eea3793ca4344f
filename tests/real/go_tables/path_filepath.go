package filepath_test

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	tests := map[string][]PathTest{
		"osClean": append(cleantests, nonwincleantests...), "osBase": basetests, "osDir": append(dirtests, nonwindirtests...),
	}
	for function, tests := range tests {
		for _, test := range tests {
			prints(function, test.path, fmt.Sprintf("{{ %s %s }}", function, quoted(test.path)), test.result, "")
		}
	}
	for _, test := range exttests {
		prints("osExt", test.path, "{{ osExt "+quoted(test.path)+" }}", test.ext, "")
	}
	for _, test := range isabstests {
		prints("osIsAbs", test.path, "{{ osIsAbs "+quoted(test.path)+" }}", fmt.Sprint(test.isAbs), "")
	}
	for _, test := range append(jointests, nonwinjointests...) {
		joined(test.elem, "osClean", test.path)
	}
	write(t)
}
