//! Keys, certificates, hashes and ciphers that charts make, judged by openssl and htpasswd, where these are installed.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::Dir;

const TEMPLATE: &str = r#"
{{- $ca := genCA "authority" 365 }}
{{- $server := genSignedCert "server" (list "10.0.0.1" "::1") (list "a.example" "*.b.example") 30 $ca }}
{{- $own := genSelfSignedCertWithKey "own" nil (list "c.example") 30 (genPrivateKey "ecdsa") }}
{{- $custom := buildCustomCert (b64enc $ca.Cert) (b64enc $ca.Key) }}
ca.pem: {{ $ca.Cert | b64enc }}
ca.key: {{ $ca.Key | b64enc }}
server.pem: {{ $server.Cert | b64enc }}
server.key: {{ $server.Key | b64enc }}
own.pem: {{ $own.Cert | b64enc }}
own.key: {{ $own.Key | b64enc }}
custom.pem: {{ (genSignedCertWithKey "custom" nil nil 30 $custom (genPrivateKey "ed25519")).Cert | b64enc }}
rsa.key: {{ genPrivateKey "rsa" | b64enc }}
dsa.key: {{ genPrivateKey "dsa" | b64enc }}
ecdsa.key: {{ genPrivateKey "ecdsa" | b64enc }}
ed25519.key: {{ genPrivateKey "ed25519" | b64enc }}
users: {{ printf "%s\nbob:%s\n" (htpasswd "ann" "secret") (bcrypt "geheim") | b64enc }}
cipher: {{ encryptAES "pass" "a plain text" }}
"#;

fn run(folder: &Path, command: &str) -> Option<Output> {
    let mut words = command.split(' ');
    Command::new(words.next()?).args(words).current_dir(folder).output().ok()
}

#[track_caller]
fn says(folder: &Path, command: &str, word: &str) {
    let output = run(folder, command).unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains(word), "{command}: {said}");
}

#[test]
fn openssl_and_htpasswd_accept_what_charts_make() {
    let dir = Dir::new()
        .file("helmfile.yaml", "releases:\n- name: one\n  chart: ./c\n")
        .file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
        .file("c/templates/a.yaml", TEMPLATE);
    let folder = &dir.path();
    if run(folder, "openssl version").is_none() {
        eprintln!("skipped: openssl is not installed");
        return;
    }
    let rendered = dir.run("template").expect_code(0).stdout;
    let mut cipher = String::new();
    for (name, value) in rendered.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| !name.starts_with('#')) {
        if name == "cipher" {
            value.clone_into(&mut cipher);
            continue;
        }
        dir.write("base64", &format!("{value}\n"));
        says(folder, &format!("openssl base64 -d -A -in base64 -out {name}"), "");
    }
    says(folder, "openssl verify -CAfile ca.pem server.pem custom.pem", "custom.pem: OK");
    says(folder, "openssl verify -CAfile own.pem own.pem", "own.pem: OK");
    says(folder, "openssl x509 -in server.pem -noout -checkhost x.b.example", "does match");
    says(folder, "openssl x509 -in server.pem -noout -checkip 10.0.0.1", "does match");
    for key in ["ca", "server", "own"] {
        let modulus = |command: String| run(folder, &command).unwrap().stdout;
        let certified = modulus(format!("openssl x509 -in {key}.pem -noout -pubkey"));
        assert_eq!(certified, modulus(format!("openssl pkey -in {key}.key -pubout")), "{key}");
    }
    says(folder, "openssl pkey -in rsa.key -check -noout", "valid");
    says(folder, "openssl pkey -in ecdsa.key -check -noout", "valid");
    says(folder, "openssl pkey -in ed25519.key -noout -text", "ED25519");
    says(folder, "openssl dsa -in dsa.key -noout -text", "");
    // AES-256 in CBC mode: the password is the key, filled up with zeros, and the vector stands before the text.
    dir.write("base64", &format!("{cipher}\n"));
    says(folder, "openssl base64 -d -A -in base64 -out cipher", "");
    let bytes = std::fs::read(folder.join("cipher")).unwrap();
    let (vector, text) = bytes.split_at(16);
    std::fs::write(folder.join("text"), text).unwrap();
    let vector: Vec<_> = vector.iter().map(|byte| format!("{byte:02x}")).collect();
    let vector = vector.concat();
    let key = format!("{:0<64}", "70617373");
    says(folder, &format!("openssl enc -d -aes-256-cbc -K {key} -iv {vector} -in text"), "a plain text");
    if run(folder, "htpasswd -h").is_none() {
        eprintln!("skipped: htpasswd is not installed");
        return;
    }
    says(folder, "htpasswd -vb users ann secret", "correct");
    says(folder, "htpasswd -vb users bob geheim", "correct");
    assert!(!run(folder, "htpasswd -vb users ann geheim").unwrap().status.success());
}
