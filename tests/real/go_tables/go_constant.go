package constant

import (
	"strings"
	"testing"
)

// TestRows has the literals that Go reads: each row says of two that they are equal, or of one that it is none.
func TestRows(t *testing.T) {
	for _, table := range [][]string{intTests, floatTests, imagTests} {
		for _, test := range table {
			literal, equal, _ := strings.Cut(test, " = ")
			if equal == "?" {
				fails("literals", test, "{{ tpl "+quoted("{{ "+literal+" }}")+" (dict) }}", "", "numbers without bounds")
			} else {
				prints("literals", test, "{{ tpl "+quoted("{{ eq "+comparison(literal, equal)+" }}")+" (dict) }}", "true", "numbers without bounds")
			}
		}
	}
	write(t)
}

// comparison has what is to be equal: two literals of one kind, a fraction's numerator and so many times the literal.
func comparison(literal, equal string) string {
	if whole, part, is := strings.Cut(equal, "/"); is {
		return "(mulf " + literal + " " + floating(part) + ") " + floating(whole)
	}
	if isFloat(literal) && !isFloat(equal) {
		return literal + " " + floating(equal)
	}
	return literal + " " + equal
}

func isFloat(literal string) bool {
	signs := ".eEi"
	if strings.HasPrefix(strings.ToLower(literal), "0x") {
		signs = ".pPi"
	}
	return strings.ContainsAny(literal, signs)
}

func floating(literal string) string {
	if strings.HasPrefix(literal, "0x") {
		literal += "p0"
	}
	return "(float64 " + quoted(literal) + ")"
}
