package base64

import "testing"

func TestRows(t *testing.T) {
	for _, test := range pairs {
		prints("pairs", "encode "+test.encoded, "{{ b64enc "+quoted(test.decoded)+" }}", test.encoded, "")
		prints("pairs", "decode "+test.encoded, "{{ b64dec "+quoted(test.encoded)+" }}", test.decoded, "")
	}
	write(t)
}
