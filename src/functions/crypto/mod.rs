//! Keys, certificates, password hashes and ciphers, as sprig makes them.
//!
//! All randomness is the run's and the dates of certificates are its clock's, so equal runs make equal keys. What is made
//! has the shape that Go gives it to the byte; `der` and `pem` are the two notations, `key` and `certificate` the two things.

mod aes;
mod certificate;
mod der;
mod entropy;
mod key;
mod password;
mod pem;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::rc::Rc;

use self::certificate::{Certificate, Issuer, Parsed, Wish, issue};
use self::entropy::Entropy;
use self::key::Key;
use self::pem::Block;
use super::encoding::base64_decoded;
use crate::gotemplate::{Function, FunctionError, List, State, Value, print_value};
use crate::yaml::Text;

/// Making an RSA key or a hash that is slow on purpose takes as long as some million steps.
const SLOW: u64 = 1 << 22;

/// The largest keys take longer by far.
const SLOWEST: u64 = 1 << 24;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    let cost = |row: &Function| match row.name {
        "decryptAES" | "encryptAES" => 0,
        "genPrivateKey" => SLOWEST,
        _ => SLOW,
    };
    all().into_iter().map(|row| (cost(&row), row)).map(|(steps, row)| row.costing(steps)).collect()
}

fn all() -> Vec<Function> {
    vec![
        Function::impure("bcrypt", password::bcrypt),
        Function::pure("buildCustomCert", build_custom_cert),
        Function::pure("decryptAES", aes::decrypt),
        Function::pure("derivePassword", password::derive),
        Function::impure("encryptAES", aes::encrypt),
        Function::impure("genCA", |state: &mut State<'_>, name: Text, days: isize| own(state, &authority(name, days), None)),
        Function::impure("genCAWithKey", |state: &mut State<'_>, name: Text, days: isize, key: Text| {
            own(state, &authority(name, days), Some(key))
        }),
        Function::impure("genPrivateKey", gen_private_key),
        Function::impure("genSelfSignedCert", |state: &mut State<'_>, name: Text, ips: List, hosts: List, days: isize| {
            own(state, &server(name, &ips, &hosts, days)?, None)
        }),
        Function::impure(
            "genSelfSignedCertWithKey",
            |state: &mut State<'_>, name: Text, ips: List, hosts: List, days: isize, key: Text| {
                own(state, &server(name, &ips, &hosts, days)?, Some(key))
            },
        ),
        Function::impure(
            "genSignedCert",
            |state: &mut State<'_>, name: Text, ips: List, hosts: List, days: isize, issuer: Certificate| {
                signed(state, &server(name, &ips, &hosts, days)?, &issuer, None)
            },
        ),
        Function::impure(
            "genSignedCertWithKey",
            |state: &mut State<'_>, name: Text, ips: List, hosts: List, days: isize, issuer: Certificate, key: Text| {
                signed(state, &server(name, &ips, &hosts, days)?, &issuer, Some(key))
            },
        ),
        Function::impure("htpasswd", password::htpasswd),
    ]
}

/// The bits of the keys that come with certificates.
const CERTIFICATE_KEY: usize = 2048;

/// The bits of `genPrivateKey "rsa"`.
const PRIVATE_KEY: usize = 4096;

/// What sprig does not know is the result, not an error.
fn gen_private_key(state: &mut State<'_>, kind: Text) -> Result<Vec<u8>, FunctionError> {
    let mut entropy = Entropy(state);
    Ok(match &*kind {
        b"" | b"rsa" => Key::rsa(PRIVATE_KEY, &mut entropy)?.text().into_bytes(),
        b"dsa" => key::dsa(&mut entropy).into_bytes(),
        b"ecdsa" => Key::p256(&mut entropy).text().into_bytes(),
        b"ed25519" => Key::ed25519(&entropy).ok_or("failed to generate private key")?.text().into_bytes(),
        _ => [b"Unknown type ", &*kind].concat(),
    })
}

fn authority(name: Text, days: isize) -> Wish {
    Wish { name, addresses: Vec::new(), hosts: Vec::new(), days, authority: true }
}

fn server(name: Text, ips: &List, hosts: &List, days: isize) -> Result<Wish, String> {
    let printed = |value: &Value| print_value(value).map(|text| text.to_lossy().into_owned());
    let addresses = ips.items().into_iter().map(|ip| match ip {
        Value::String(text) => {
            let text = String::from_utf8_lossy(&text);
            text.parse::<IpAddr>().map_err(|_| format!("error parsing ip: {text}"))
        }
        other => Err(format!("error parsing ip: {} is not a string", printed(&other)?)),
    });
    let addresses = addresses.collect::<Result<_, _>>()?;
    let hosts = hosts.items().into_iter().map(|host| match host {
        Value::String(text) => Ok(text),
        other => Err(format!("error processing alternate dns name: {} is not a string", printed(&other)?)),
    });
    Ok(Wish { name, addresses, hosts: hosts.collect::<Result<_, _>>()?, days, authority: false })
}

type Outcome = Result<Value, FunctionError>;

/// A certificate that its owner signs.
fn own(state: &mut State<'_>, wish: &Wish, key: Option<Text>) -> Outcome {
    let mut entropy = Entropy(state);
    let key = given_or_new(key, &mut entropy)?;
    let made = Issuer::itself(wish, &key).and_then(|issuer| issue(wish, &key, &issuer, &mut entropy));
    Ok(made.map(value).map_err(|error| format!("error creating certificate: {error}"))?)
}

/// A certificate that another one's owner signs.
fn signed(state: &mut State<'_>, wish: &Wish, issuer: &Certificate, key: Option<Text>) -> Outcome {
    let mut entropy = Entropy(state);
    let key = given_or_new(key, &mut entropy)?;
    let certificate = Block::find(&issuer.cert).ok_or("unable to decode certificate")?;
    Parsed::read(&certificate.bytes).map_err(|error| format!("error parsing certificate: decodedSignerCert.Bytes: {error}"))?;
    let issuer_key = Key::read(&issuer.key).map_err(|error| format!("error parsing private key: {error}"))?;
    let owner = Issuer::of(&certificate.bytes, &issuer_key);
    let made = owner.map_err(str::to_owned).and_then(|owner| issue(wish, &key, &owner, &mut entropy));
    Ok(made.map(value).map_err(|error| format!("error creating certificate: {error}"))?)
}

fn given_or_new(key: Option<Text>, entropy: &mut Entropy<'_, '_>) -> Result<Key, String> {
    match key {
        Some(text) => Key::read(&text).map_err(|error| format!("parsing private key: {error}")),
        None => Key::rsa(CERTIFICATE_KEY, entropy).map_err(|error| format!("error generating rsa key: {error}")),
    }
}

fn value(certificate: Certificate) -> Value {
    Value::Object(Rc::new(certificate))
}

/// A certificate and a key that somebody else made, in base64 of PEM.
fn build_custom_cert(cert: Text, key: Text) -> Outcome {
    let cert = base64_decoded(&cert).map_err(|_| "unable to decode base64 certificate")?;
    let key = base64_decoded(&key).map_err(|_| "unable to decode base64 private key")?;
    let block = Block::find(&cert).ok_or("unable to decode certificate")?;
    Parsed::read(&block.bytes).map_err(|error| format!("error parsing certificate: decodedCert.Bytes: {error}"))?;
    Key::read(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(value(Certificate { cert: cert.into(), key: key.into() }))
}
