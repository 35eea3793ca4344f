package math_test

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	for i, number := range vf {
		one("ceil", number, ceil[i])
		one("floor", number, floor[i])
	}
	for i, number := range vfceilSC {
		one("ceil", number, ceilSC[i])
		one("floor", number, floorSC[i])
	}
	for i, number := range vf {
		rounded(number, round[i])
	}
	for _, pair := range vfroundSC {
		rounded(pair[0], pair[1])
	}
	for i, pair := range vffdimSC {
		two("maxf", pair, fmaxSC[i])
		two("minf", pair, fminSC[i])
	}
	write(t)
}

func one(function string, number, output float64) {
	prints(function, fmt.Sprint(number), fmt.Sprintf(`{{ %s %s | printf "%%v" }}`, function, float(number)), fmt.Sprint(output), "what is too large for sprig")
}

func rounded(number, output float64) {
	text := fmt.Sprintf(`{{ round %s 0 | printf "%%v" }}`, float(number))
	prints("round", fmt.Sprint(number), text, fmt.Sprint(output), "halves and signs of zero, which sprig rounds otherwise")
}

func two(function string, pair [2]float64, output float64) {
	text := fmt.Sprintf(`{{ %s %s %s | printf "%%v" }}`, function, float(pair[0]), float(pair[1]))
	prints(function, fmt.Sprint(pair), text, fmt.Sprint(output), "signs of zero, which sprig loses")
}
