package sha512

import "testing"

func TestRows(t *testing.T) {
	for _, test := range golden512 {
		prints("golden512", test.out, "{{ sha512sum "+quoted(test.in)+" }}", test.out, "")
	}
	write(t)
}
