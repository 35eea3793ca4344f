package template

import (
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range execTests {
		execRow("execTests", test, "")
	}
	for _, test := range multiExecTests {
		execRow("multiExecTests", test, multiText1+multiText2)
	}
	for _, test := range multiParseTests {
		text := "{{ tpl " + quoted(test.input) + " (dict) }}"
		if test.ok {
			unsaid("multiParseTests", test.name, text, "")
		} else {
			fails("multiParseTests", test.name, text, "", "")
		}
	}
	data := `(dict "Uthree" (semver "3.0.0").Major "Ufour" (semver "4.0.0").Major "NegOne" -1 "Three" 3 "NonNilMap" (dict) "Map" nil` +
		` "Ptr" (semver "1.0.0") "NilPtr" nil "V1" (toDate "2006" "2026") "V2" (toDate "2006" "2026") "Iface1" (semver "1.0.0") "NilIface" nil)`
	for _, test := range cmpTests {
		text := "{{ tpl " + quoted("{{if "+test.expr+"}}true{{else}}false{{end}}") + " " + data + " }}"
		if test.ok {
			prints("cmpTests", test.expr, text, test.truth, "pointers, structs and interfaces")
		} else {
			fails("cmpTests", test.expr, text, "", "pointers, structs and interfaces")
		}
	}
	write(t)
}

// similar says with Helm's functions what the test's own say, and calls a method without arguments that gives
// M0, and one that gives a copy, too. `die`
// panics; that a call of it is not reached, `fail` shows as well.
var similar = strings.NewReplacer("(die)", `(fail "die")`, "makemap ", "dict ", "mapOfThree", `(dict "three" 3)`,
	"oneArg ", `printf "oneArg=%s" `, "oneArg}}", `printf "oneArg=%s"}}`, "twoArgs ", `printf "twoArgs=%s%s" `, "| echo", "| coalesce",
	".NonEmptyInterface.Method0", ".NonEmptyInterface.Prerelease", ".Method0", ".NonEmptyInterface.Prerelease",
	"(.Copy).I", "(.NonEmptyInterface.IncPatch).Major")

func execRow(table string, test execTest, before string) {
	data, class := express(test.data)
	if test.data == tVal || test.data == &iVal {
		data, class = express(*tVal)
	}
	if input := similar.Replace(test.input); input != test.input {
		test.input = input
		if strings.Contains(input, "NonEmptyInterface") && class != "" {
			data = "(set " + data + ` "NonEmptyInterface" (semver "17.0.0-M0"))`
		}
	}
	text := "{{ tpl " + quoted(before+test.input) + " " + data + " }}"
	if class == "" {
		class = "functions of the test's own"
	}
	if strings.Contains(test.output, "<no value>") {
		// Helm takes these words out of what tpl gives, but not out of what include gives.
		inner := `{{ define "row" }}` + test.input + `{{ end }}{{ include "row" . | b64enc }}`
		text = "{{ tpl " + quoted(inner) + " " + data + " | b64dec }}"
	}
	output := test.output
	if before != "" {
		output = "\n\t\n\t\n\n\t\n\t\n" + output
	}
	if test.ok {
		prints(table, test.name, text, output, class)
	} else {
		fails(table, test.name, text, "", class)
	}
}
