package sha256

import "testing"

func TestRows(t *testing.T) {
	for _, test := range golden {
		prints("golden", test.out, "{{ sha256sum "+quoted(test.in)+" }}", test.out, "")
	}
	write(t)
}
