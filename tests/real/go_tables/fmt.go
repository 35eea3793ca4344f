package fmt_test

import (
	. "fmt"
	"math/cmplx"
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range fmtTests {
		value, class := express(test.val)
		if strings.Contains(test.out, "PTR") {
			class = "addresses"
		}
		if number, is := test.val.(complex128); is && (cmplx.IsNaN(number) || cmplx.IsInf(number)) {
			class = "complex numbers that are not finite"
		}
		prints("fmtTests", Sprintf("%q of %T", test.fmt, test.val), "{{ printf "+quoted(test.fmt)+" "+value+" }}", test.out, class)
	}
	for _, test := range reorderTests {
		values, class := arguments(test.val)
		prints("reorderTests", test.fmt, "{{ printf "+quoted(test.fmt)+values+" }}", test.out, class)
	}
	for _, test := range startests {
		values, class := arguments(test.in)
		prints("startests", test.fmt, "{{ printf "+quoted(test.fmt)+values+" }}", test.out, class)
	}
	for _, test := range flagtests {
		unreachable("flagtests", test.in, "formatters of the test's own")
	}
	for _, test := range panictests {
		unreachable("panictests", test.fmt, "formatters of the test's own")
	}
	write(t)
}
