package strconv_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	. "internal/strconv"
)

func TestRows(t *testing.T) {
	for _, test := range atobtests {
		literal := "{{ tpl " + quoted("{{ "+test.in+" }}") + " (dict) }}"
		if test.err == nil {
			prints("atobtests", test.in, literal, fmt.Sprint(test.out), "booleans in words")
		}
	}
	for _, test := range roundTripCases {
		prints("roundTripCases", test.s, fmt.Sprintf("{{ %s }}", float(test.f)), test.s, "")
	}
	for _, test := range atoftests {
		output := test.out
		if test.err != nil {
			// What sprig makes of an error shows in templates.
			output = "0"
		}
		prints("atoftests", test.in, "{{ float64 "+quoted(test.in)+" | printf \"%g\" }}", output, "errors that sprig makes 0 of")
		unsaid("atoftests", "literal "+test.in, "{{ tpl "+quoted("{{ "+test.in+" }}")+" (dict) }}", "")
		unsaid("atoftests", "value "+test.in, "{{ fromYaml "+quoted("a: "+test.in)+" }}", "")
	}
	for _, test := range parseInt64BaseTests {
		if test.base == 0 {
			output := test.out
			if test.err != nil {
				output = 0
			}
			prints("parseInt64BaseTests", test.in, "{{ int64 "+quoted(test.in)+" }}", fmt.Sprint(output), "errors that sprig makes 0 of")
			unsaid("parseInt64BaseTests", "literal "+test.in, "{{ tpl "+quoted("{{ "+test.in+" }}")+" (dict) }}", "")
		} else {
			baseRow("parseInt64BaseTests", test.in, test.base, fmt.Sprint(test.out), test.err)
		}
	}
	for _, test := range parseInt64Tests {
		prints("parseInt64Tests", test.in, "{{ atoi "+quoted(test.in)+" }}", fmt.Sprint(test.out), "errors that sprig makes 0 of")
	}
	for _, test := range parseUint64BaseTests {
		if test.base == 0 {
			unsaid("parseUint64BaseTests", "literal "+test.in, "{{ tpl "+quoted("{{ "+test.in+" }}")+" (dict) }}", "")
		} else {
			baseRow("parseUint64BaseTests", test.in, test.base, fmt.Sprint(test.out), test.err)
		}
	}
	for _, test := range parseUint64Tests {
		unsaid("parseUint64Tests", test.in, "{{ (semver (printf \"%s.0.0\" "+quoted(test.in)+")).Major }}", "")
	}
	for _, test := range itob64tests {
		if verb := verbs[test.base]; verb != "" {
			prints("itob64tests", test.out, fmt.Sprintf("{{ printf %q (int64 %d) }}", verb, test.in), test.out, "")
		} else {
			unreachable("itob64tests", test.out, "other bases")
		}
	}
	for _, test := range uitob64tests {
		if verb := verbs[test.base]; verb != "" {
			prints("uitob64tests", test.out, fmt.Sprintf("{{ printf %q (semver \"%d.0.0\").Major }}", verb, test.in), test.out, "")
		} else {
			unreachable("uitob64tests", test.out, "other bases")
		}
	}
	for _, test := range ftoatests {
		format, number := "%"+string(test.fmt), float(test.f)
		if test.prec >= 0 {
			format = fmt.Sprintf("%%.%d%c", test.prec, test.fmt)
		}
		text := fmt.Sprintf("{{ printf %q %s }}", format, number)
		if test.prec < 0 && (test.fmt == 'e' || test.fmt == 'f') {
			// The shortest digits of these forms printf has no verb for, but JSON is written so: large numbers with e, others with f.
			text = fmt.Sprintf("{{ toJson %s }}", number)
		}
		prints("ftoatests", fmt.Sprintf("%s of %s", format, number), text, test.s, "the shortest digits with e and f")
	}
	stress(t)
	write(t)
}

// baseRow reads a number of one base: atoi knows the base 10 and toDecimal 8, and int64 the others by their marks.
func baseRow(table, text string, base int, output string, err error) {
	if err != nil {
		output = "0"
	}
	digits := strings.TrimPrefix(text, "-")
	marked := text[:len(text)-len(digits)] + map[int]string{2: "0b", 16: "0x"}[base] + digits
	switch base {
	case 8:
		prints(table, text, "{{ toDecimal "+quoted(text)+" }}", output, "errors that sprig makes 0 of")
	case 10:
		prints(table, text, "{{ atoi "+quoted(text)+" }}", output, "errors that sprig makes 0 of")
	case 2, 16:
		prints(table, text, "{{ int64 "+quoted(marked)+" }}", output, "other bases")
	default:
		unreachable(table, text, "other bases")
	}
}

// stress reads testdata/testfp.txt: type, format, input and output on each line.
func stress(t *testing.T) {
	text, err := os.ReadFile("testdata/testfp.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) != 4 || line[0] == '#' {
			continue
		}
		input := quoted(fields[2])
		if mantissa, exponent, binary := strings.Cut(fields[2], "p"); binary && !strings.HasPrefix(mantissa, "0x") {
			whole, _ := ParseInt(mantissa, 10, 64)
			power, _ := ParseInt(exponent, 10, 64)
			input = quoted(FormatFloat(math.Ldexp(float64(whole), int(power)), 'g', -1, 64))
		}
		class := ""
		if fields[0] != "float64" {
			class = fields[0]
		}
		prints("testfp.txt", line, fmt.Sprintf("{{ printf %q (float64 %s) }}", fields[1], input), fields[3], class)
	}
}

var verbs = map[int]string{2: "%b", 8: "%o", 10: "%d", 16: "%x"}
