package template

import "testing"

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
		` "Ptr" nil "NilPtr" nil "V1" nil "V2" nil "Iface1" nil "NilIface" nil)`
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

func execRow(table string, test execTest, before string) {
	data, class := express(test.data)
	if test.data == tVal {
		data, class = express(*tVal)
	}
	text := "{{ tpl " + quoted(before+test.input) + " " + data + " }}"
	if class == "" {
		class = "functions of the test's own"
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
