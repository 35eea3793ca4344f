package url

import (
	"fmt"
	"testing"
)

func TestRows(t *testing.T) {
	for _, test := range urltests {
		parsed("urltests", test.in)
		unsaid("urltests", "again "+test.in, "{{ urlJoin (urlParse "+quoted(test.in)+") }}", "")
	}
	for _, test := range parseRequestURLTests {
		parsed("parseRequestURLTests", test.url)
	}
	for _, list := range [][]EscapeTest{unescapeTests, queryEscapeTests} {
		for _, test := range list {
			text := test.in
			prints("queryEscapeTests", text, "{{ urlquery "+quoted(text)+" }}", QueryEscape(text), "")
		}
	}
	for _, test := range pathEscapeTests {
		parsed("pathEscapeTests", "http://h/"+test.in)
		parsed("pathEscapeTests", "http://h/"+test.out)
	}
	for _, test := range unescapeTests {
		parsed("unescapeTests", "http://h/"+test.in+"?q="+test.in+"#"+test.in)
	}
	for _, test := range parseTests {
		parsed("parseTests", "http://h/?"+test.query)
	}
	for _, test := range requritests {
		parsed("requritests", test.url.String())
	}
	for _, test := range stringURLTests {
		text, class := "(dict \"scheme\" "+quoted(test.url.Scheme)+" \"host\" "+quoted(test.url.Host)+" \"path\" "+quoted(test.url.Path)+
			" \"query\" "+quoted(test.url.RawQuery)+" \"opaque\" "+quoted(test.url.Opaque)+" \"fragment\" "+quoted(test.url.Fragment)+
			" \"userinfo\" "+quoted(test.url.User.String())+")", ""
		if test.url.RawPath != "" || test.url.OmitHost || test.url.ForceQuery {
			class = "parts that sprig's urlJoin does not take"
		}
		prints("stringURLTests", test.want, "{{ urlJoin "+text+" }}", test.want, class)
	}
	for _, test := range shouldEscapeTests {
		if test.mode == encodeQueryComponent {
			text := string(rune(test.in))
			prints("shouldEscapeTests", text, "{{ ne "+quoted(text)+" (urlquery "+quoted(text)+") }}", fmt.Sprint(test.escape), "")
		}
	}
	for _, test := range resolveReferenceTests {
		parsed("resolveReferenceTests", test.base)
		parsed("resolveReferenceTests", test.rel)
		parsed("resolveReferenceTests", test.expected)
	}
	write(t)
}

// parsed asks for every part that sprig's urlParse gives.
func parsed(table, text string) {
	template := "{{ $u := urlParse " + quoted(text) + " }}{{ range list \"scheme\" \"host\" \"hostname\" \"path\" \"query\" \"opaque\" \"fragment\" \"userinfo\" }}{{ get $u . }}|{{ end }}"
	url, err := Parse(text)
	if err != nil {
		fails(table, text, template, err.Error(), "addresses that Go's versions judge otherwise")
		return
	}
	user := ""
	if url.User != nil {
		user = url.User.String()
	}
	prints(table, text, template, fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s|", url.Scheme, url.Host, url.Hostname(), url.Path, url.RawQuery, url.Opaque, url.Fragment, user), "addresses that Go's versions judge otherwise")
}
