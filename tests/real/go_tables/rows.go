// Package rows turns Go values into template expressions and the rows of Go's test tables into lines of hexadecimal fields. go_tables.py lays this
// file and one other beside the tests of a Go package, under that package's name; it is not built on its own.
package rows

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// row is one line of a table: a template that says the same, and what it must print. Output is nil where the table does not
// say; Fails means that the row must end in an error, which holds the text Error. Class names why Helm may not be able to
// say it: a kind of data, or a function that no template has.
type row struct {
	Table, Name, Template, Class, Error string
	Output                              []byte
	Known, Fails                        bool
}

var rows []row

func prints(table, name, template, output, class string) {
	rows = append(rows, row{Table: table, Name: name, Template: template, Output: []byte(output), Known: true, Class: class})
}

func unsaid(table, name, template, class string) {
	rows = append(rows, row{Table: table, Name: name, Template: template, Class: class})
}

func fails(table, name, template, message, class string) {
	rows = append(rows, row{Table: table, Name: name, Template: template, Fails: true, Error: message, Class: class})
}

func unreachable(table, name, class string) {
	rows = append(rows, row{Table: table, Name: name, Class: class})
}

func write(t *testing.T) {
	var lines strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&lines, "%x,%x,%x,%x,%x,%x,%t,%t\n", row.Table, row.Name, row.Template, row.Class, row.Error, row.Output, row.Known, row.Fails)
	}
	if err := os.WriteFile(os.Getenv("GO_TABLES_ROWS"), []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// joined is a row of Join, which cleans what is not empty, with slashes between.
func joined(elements []string, clean, output string) {
	text, class := arguments([]any{elements})
	prints("jointests", fmt.Sprint(elements), "{{ with compact"+text+" }}{{ join \"/\" . | "+clean+" }}{{ end }}", output, class)
}

// quoted is text as a string literal of the template language.
func quoted(text string) string { return strconv.Quote(text) }

// express writes a value as a template expression, and the first kind in it that Helm has no value of ("" if all are natural).
func express(value any) (text, class string) {
	if value == nil {
		return "nil", ""
	}
	return expression(reflect.ValueOf(value), 0)
}

func expression(value reflect.Value, depth int) (string, string) {
	if depth > 8 {
		return "nil", "endless data"
	}
	if !value.IsValid() {
		return "nil", ""
	}
	kind := value.Type()
	if kind == reflect.TypeOf(time.Duration(0)) {
		return fmt.Sprintf(`(mustToDuration "%dns")`, value.Int()), ""
	}
	if kind == reflect.TypeOf(time.January) {
		return fmt.Sprintf(`(toDate "1" "%d").Month`, value.Int()), ""
	}
	if held, is := value.Interface().(reflect.Value); is && held.IsValid() && held.CanInterface() {
		// fmt prints what such a value holds.
		return expression(held, depth+1)
	}
	class := ""
	if kind.PkgPath() != "" {
		class = "types of the test's own"
	}
	text, inner := unnamed(value, kind, depth)
	if class == "" {
		class = inner
	}
	return text, class
}

func unnamed(value reflect.Value, kind reflect.Type, depth int) (string, string) {
	switch kind.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(value.Bool()), ""
	case reflect.Int:
		return strconv.FormatInt(value.Int(), 10), ""
	case reflect.Int64:
		return fmt.Sprintf("(int64 %d)", value.Int()), ""
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return strconv.FormatInt(value.Int(), 10), "sized integers"
	case reflect.Uint64:
		return fmt.Sprintf(`(semver "%d.0.0").Major`, value.Uint()), ""
	case reflect.Uint8:
		return fmt.Sprintf(`(index ($.Files.GetBytes "bytes/b%02x") 0)`, value.Uint()), ""
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uintptr:
		if value.Uint() <= math.MaxInt64 {
			return strconv.FormatUint(value.Uint(), 10), "sized integers"
		}
		return fmt.Sprintf(`(semver "%d.0.0").Major`, value.Uint()), "sized integers"
	case reflect.Float64:
		return float(value.Float()), ""
	case reflect.Float32:
		return float(value.Float()), "float32"
	case reflect.Complex128:
		return complexNumber(value.Complex()), ""
	case reflect.Complex64:
		return complexNumber(value.Complex()), "complex64"
	case reflect.String:
		return quoted(value.String()), ""
	case reflect.Interface, reflect.Pointer:
		return pointed(value, kind, depth)
	case reflect.Slice, reflect.Array:
		return list(value, kind, depth)
	case reflect.Map:
		return dict(value, kind, depth)
	case reflect.Struct:
		return structure(value, kind, depth)
	}
	return "nil", kind.Kind().String() + " values"
}

func pointed(value reflect.Value, kind reflect.Type, depth int) (string, string) {
	if value.IsNil() {
		if kind.Kind() == reflect.Pointer {
			return "nil", "pointers"
		}
		return "nil", ""
	}
	text, class := expression(value.Elem(), depth+1)
	if kind.Kind() == reflect.Pointer && class == "" {
		class = "pointers"
	}
	return text, class
}

func float(number float64) string {
	text := strconv.FormatFloat(number, 'g', -1, 64)
	if math.IsNaN(number) || math.IsInf(number, 0) || number == 0 && math.Signbit(number) {
		return fmt.Sprintf("(float64 %q)", text)
	}
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

func complexNumber(number complex128) string {
	return strings.Trim(strconv.FormatComplex(number, 'g', -1, 128), "()")
}

func list(value reflect.Value, kind reflect.Type, depth int) (string, string) {
	class := ""
	switch {
	case kind.Kind() == reflect.Array:
		class = "arrays"
	case kind.Elem().Kind() == reflect.Uint8:
		return fmt.Sprintf(`($.Files.GetBytes "bytes/b%x")`, value.Bytes()), ""
	case kind.Elem().Kind() == reflect.String && value.Len() > 0:
		words := make([]string, value.Len())
		for i := range words {
			words[i] = value.Index(i).String()
		}
		return fmt.Sprintf(`(splitList "\x00" %s)`, quoted(strings.Join(words, "\x00"))), ""
	case kind.Elem().Kind() == reflect.Int && !value.IsNil():
		if text := progression(value); text != "" {
			return text, ""
		}
		class = "lists of one type"
	case kind.Elem().Kind() != reflect.Interface:
		class = "lists of one type"
	case value.IsNil():
		class = "nil lists"
	}
	text := "(list"
	for i := 0; i < value.Len(); i++ {
		item, inner := expression(value.Index(i), depth+1)
		text += " " + item
		if class == "" {
			class = inner
		}
	}
	return text + ")", class
}

// progression is a list of int whose items are equally far apart, which untilStep gives.
func progression(value reflect.Value) string {
	first, step := int64(0), int64(1)
	if value.Len() > 0 {
		first = value.Index(0).Int()
	}
	if value.Len() > 1 {
		step = value.Index(1).Int() - first
	}
	for i := 0; i < value.Len(); i++ {
		if value.Index(i).Int() != first+int64(i)*step || step == 0 {
			return ""
		}
	}
	return fmt.Sprintf("(untilStep %d %d %d)", first, first+int64(value.Len())*step, step)
}

func dict(value reflect.Value, kind reflect.Type, depth int) (string, string) {
	class := ""
	if kind.Key().Kind() != reflect.String || kind.Elem().Kind() != reflect.Interface {
		class = "maps of other types"
	}
	if value.IsNil() {
		class = "nil maps"
	}
	keys := value.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return fmt.Sprint(keys[i]) < fmt.Sprint(keys[j]) })
	text := "(dict"
	for _, key := range keys {
		item, inner := expression(value.MapIndex(key), depth+1)
		text += " " + quoted(fmt.Sprint(key)) + " " + item
		if class == "" {
			class = inner
		}
	}
	return text + ")", class
}

func structure(value reflect.Value, kind reflect.Type, depth int) (string, string) {
	text := "(dict"
	for i := 0; i < kind.NumField(); i++ {
		if kind.Field(i).IsExported() {
			item, _ := expression(value.Field(i), depth+1)
			text += " " + quoted(kind.Field(i).Name) + " " + item
		}
	}
	return text + ")", "structs"
}

// arguments writes the operands of a call.
func arguments(values []any) (text, class string) {
	for _, value := range values {
		one, inner := express(value)
		text += " " + one
		if class == "" {
			class = inner
		}
	}
	return text, class
}
