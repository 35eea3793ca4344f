package path_test

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	for function, tests := range map[string][]PathTest{"clean": cleantests, "base": basetests, "dir": dirtests} {
		for _, test := range tests {
			prints(function, test.path, fmt.Sprintf("{{ %s %s }}", function, quoted(test.path)), test.result, "")
		}
	}
	for _, test := range exttests {
		prints("ext", test.path, "{{ ext "+quoted(test.path)+" }}", test.ext, "")
	}
	for _, test := range isAbsTests {
		prints("isAbs", test.path, "{{ isAbs "+quoted(test.path)+" }}", fmt.Sprint(test.isAbs), "")
	}
	for _, test := range jointests {
		joined(test.elem, "clean", test.path)
	}
	write(t)
}
