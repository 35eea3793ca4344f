package adler32

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range golden {
		name := test.in[:min(len(test.in), 40)]
		prints("golden", name, "{{ adler32sum "+quoted(test.in)+" }}", fmt.Sprint(test.out), "")
	}
	write(t)
}
