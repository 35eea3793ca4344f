//! What cases cannot show of keys and certificates, because every run of Helm makes others.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::der::{BIT_STRING, Reader, SEQUENCE};
use super::key::bits_of;
use super::*;
use crate::functions::tests::rendered;

fn made(template: &str) -> Vec<String> {
    rendered(template, Value::Nil, "UTC").unwrap().split('@').map(str::to_owned).collect()
}

/// Whether the certificate in `certificate` was signed by the key of the one in `issuer`.
#[track_caller]
fn check_signature(certificate: &str, issuer: &str, algorithm: &'static dyn VerificationAlgorithm) {
    let certificate = Block::find(certificate.as_bytes()).unwrap().bytes;
    let issuer = Block::find(issuer.as_bytes()).unwrap().bytes;
    let mut whole = Reader(&certificate).enter(SEQUENCE).unwrap();
    let body = whole.whole().unwrap();
    whole.take(SEQUENCE).unwrap();
    let signature = whole.take(BIT_STRING).unwrap();
    let key = Parsed::read(&issuer).unwrap().public;
    UnparsedPublicKey::new(algorithm, bits_of(key).unwrap()).verify(body, &signature[1..]).unwrap();
}

/// A chain of certificates for keys that the template `key` makes.
fn chain(key: &str) -> Vec<String> {
    made(&format!(
        r#"{{{{ $ca := genCAWithKey "ca" 365 ({key}) }}}}{{{{ $ca.Cert }}}}@{{{{
        (genSignedCertWithKey "server" (list "10.0.0.1" "::1") (list "a.b") 365 $ca ({key})).Cert }}}}@{{{{
        (genSelfSignedCertWithKey "self" nil nil 365 ({key})).Cert }}}}"#
    ))
}

#[track_caller]
fn check_chain(chain: &[String], algorithm: &'static dyn VerificationAlgorithm) {
    let [authority, server, own] = chain else { panic!("three certificates") };
    check_signature(authority, authority, algorithm);
    check_signature(server, authority, algorithm);
    check_signature(own, own, algorithm);
}

#[test]
fn certificates_are_signed_by_their_issuers() {
    check_chain(&chain(r#"genPrivateKey "ecdsa""#), &signature::ECDSA_P256_SHA256_ASN1);
    check_chain(&chain(r#"genPrivateKey "ed25519""#), &signature::ED25519);
    let rsa = made(
        r#"{{ $ca := genCA "ca" 365 }}{{ $ca.Cert }}@{{
        (genSignedCert "server" nil nil 365 $ca).Cert }}@{{
        (genSelfSignedCertWithKey "self" nil nil 365 $ca.Key).Cert }}"#,
    );
    check_chain(&rsa, &signature::RSA_PKCS1_2048_8192_SHA256);
}

#[test]
fn equal_runs_make_equal_certificates() {
    let template = r#"{{ $ca := genCA "ca" 365 }}{{ $ca.Cert }}{{ $ca.Key }}{{ genPrivateKey "ecdsa" }}{{ htpasswd "u" "p" }}"#;
    assert_eq!(made(template), made(template));
}

/// Go 1.26 wrote the same bytes, given the same serial number and time, through `x509.CreateCertificate`.
#[test]
fn certificates_are_what_go_writes() {
    let [authority, server] = certificates_of_a_known_key();
    assert_eq!(authority, AUTHORITY);
    assert_eq!(server, SERVER);
}

fn certificates_of_a_known_key() -> [String; 2] {
    let authority = format!("{{{{ $key := `{KEY}` }}}}{{{{ $ca := genCAWithKey \"my-ca\" 365 $key }}}}");
    let server =
        r#"{{ (genSignedCertWithKey "x_y" (list "10.0.0.1" "::1" "::ffff:1.2.3.4") (list "a.b" "*.c") 30000 $ca $key).Cert }}"#;
    [made(&format!("{authority}{{{{ $ca.Cert }}}}")).concat(), made(&format!("{authority}{server}")).concat()]
}

/// Made for this test; it guards nothing.
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MC4CAQAwBQYDK2VwBCIEIEVgR9q9/CWjKVOhMTYHe1AYEykpiA2rXMA2rkqChl52\n\
-----END PRIVATE KEY-----\n";

const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBPjCB8aADAgECAhAUGppmYo8UW3tyol0MGOkyMAUGAytlcDAQMQ4wDAYDVQQD\n\
EwVteS1jYTAeFw0yNTExMjQxNjAwMDBaFw0yNjExMjQxNjAwMDBaMBAxDjAMBgNV\n\
BAMTBW15LWNhMCowBQYDK2VwAyEAxyvcPi5Aq2nQVYg9Kz/cnXc6xlTNNqKTDpkp\n\
Cb0hK2ajYTBfMA4GA1UdDwEB/wQEAwICpDAdBgNVHSUEFjAUBggrBgEFBQcDAQYI\n\
KwYBBQUHAwIwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUOX+QRH7vUjuxtioM\n\
dSCBI6WYL7MwBQYDK2VwA0EAFADHxQqotLOOPh+OztWV2Vm6NuF8avcirUfnWy30\n\
8MHXF5MxCaB2FCh/rtrELmeOPN2yzPkGwbiyIR2TG39+Cw==\n\
-----END CERTIFICATE-----\n";

const SERVER: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBdDCCASagAwIBAgIRAIP5Nmmuv94wfHQtbxOaSg0wBQYDK2VwMBAxDjAMBgNV\n\
BAMTBW15LWNhMCAXDTI1MTEyNDE2MDAwMFoYDzIxMDgwMTE0MTYwMDAwWjAOMQww\n\
CgYDVQQDDAN4X3kwKjAFBgMrZXADIQDHK9w+LkCradBViD0rP9yddzrGVM02opMO\n\
mSkJvSErZqOBlDCBkTAOBgNVHQ8BAf8EBAMCBaAwHQYDVR0lBBYwFAYIKwYBBQUH\n\
AwEGCCsGAQUFBwMCMAwGA1UdEwEB/wQCMAAwHwYDVR0jBBgwFoAUOX+QRH7vUjux\n\
tioMdSCBI6WYL7MwMQYDVR0RBCowKIIDYS5iggMqLmOHBAoAAAGHEAAAAAAAAAAA\n\
AAAAAAAAAAGHBAECAwQwBQYDK2VwA0EARb6AuUQnrUvetQ6CFOYBde3OCrl338zW\n\
wm+3/gSyudyHqp1aP8SYBm4jpvcODNUhQPIpLerorUabG4nztRwyCw==\n\
-----END CERTIFICATE-----\n";
