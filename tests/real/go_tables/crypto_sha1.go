package sha1

import "testing"

func TestRows(t *testing.T) {
	for _, test := range golden {
		prints("golden", test.out, "{{ sha1sum "+quoted(test.in)+" }}", test.out, "")
	}
	write(t)
}
