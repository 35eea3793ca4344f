package reflect_test

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	for i, test := range deepEqualTests {
		values, class := arguments([]any{test.a, test.b})
		if _, same := test.b.(self); same {
			values, class = arguments([]any{test.a})
			prints("deepEqualTests", fmt.Sprint(i, " ", values), "{{ $a :="+values+" }}{{ deepEqual $a $a }}", fmt.Sprint(test.eq), class)
			continue
		}
		prints("deepEqualTests", fmt.Sprint(i, " ", values), "{{ deepEqual"+values+" }}", fmt.Sprint(test.eq), class)
	}
	write(t)
}
