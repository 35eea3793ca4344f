package net

import "testing"

func TestRows(t *testing.T) {
	for _, test := range parseIPTests {
		text := "{{ (genSelfSignedCertWithKey \"x\" (list " + quoted(test.in) + ") (list) 1 (genPrivateKey \"ed25519\")).Cert | trunc 27 }}"
		if test.out == nil {
			fails("parseIPTests", test.in, text, "", "")
		} else {
			prints("parseIPTests", test.in, text, "-----BEGIN CERTIFICATE-----", "")
		}
	}
	write(t)
}
