package json

import "testing"

func TestRows(t *testing.T) {
	for _, test := range encodeStringTests {
		prints("encodeStringTests", test.in, "{{ toJson "+quoted(test.in)+" }}", test.out, "")
	}
	for _, test := range unmarshalTests {
		// What it is read into are types of the test's own; templates have one that takes anything, and one for maps.
		unsaid("unmarshalTests", "any "+test.in, "{{ mustFromJson "+quoted(test.in)+" | toJson }}", "")
		unsaid("unmarshalTests", "map "+test.in, "{{ fromJson "+quoted(test.in)+" | toYaml }}", "")
	}
	write(t)
}
