package parse

import (
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range numberTests {
		unsaid("numberTests", test.text, "{{ tpl "+quoted("{{ "+test.text+" }}")+" (dict) }}", "")
	}
	for _, test := range parseTests {
		whole := "{{ tpl " + quoted(test.input) + " (dict) }}"
		// What parses is not meant to run: it names data and templates that there are not.
		idle := "{{ tpl " + quoted("{{if false}}"+test.input+"{{end}}ok") + " (dict) }}"
		switch {
		case !test.ok:
			fails("parseTests", test.name, whole, "", "")
		case strings.Contains(test.input, "{{define") || strings.Contains(test.input, "block"):
			unsaid("parseTests", test.name, whole, "")
		default:
			prints("parseTests", test.name, idle, "ok", "")
		}
	}
	for _, test := range lexTests {
		unsaid("lexTests", test.name, "{{ tpl "+quoted(test.input)+" (dict \"x\" 1 \"field\" 2) }}", "")
	}
	for _, test := range isEmptyTests {
		// A definition that is empty does not take the place of another.
		text := "{{ tpl " + quoted(`{{define "d"}}first{{end}}{{define "d"}}`+test.input+`{{end}}{{template "d"}}`) + " (dict) }}"
		unsaid("isEmptyTests", test.name, text, "")
	}
	for _, test := range errorTests {
		_, message, _ := strings.Cut(test.result, ":")
		fails("errorTests", test.name, "{{ tpl "+quoted(test.input)+" (dict) }}", message, "")
	}
	write(t)
}
