package base32

import "testing"

func TestRows(t *testing.T) {
	for _, test := range pairs {
		prints("pairs", "encode "+test.encoded, "{{ b32enc "+quoted(test.decoded)+" }}", test.encoded, "")
		prints("pairs", "decode "+test.encoded, "{{ b32dec "+quoted(test.encoded)+" }}", test.decoded, "")
	}
	write(t)
}
