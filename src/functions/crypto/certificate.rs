//! sprig's `certificate`, and X.509 as Go's `x509.CreateCertificate` writes it for sprig.

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::der::{CONTEXT, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, bits, element, integer, sequence};
use super::entropy::Entropy;
use super::key::{Key, bits_of};
use super::pem::Block;
use crate::gotemplate::{Object, Parameter, Type, Value, quote};
use crate::yaml::{self, Text};

/// A certificate and its key, both as PEM.
#[derive(Clone)]
pub(super) struct Certificate {
    /// The certificate.
    pub(super) cert: Text,
    /// The private key.
    pub(super) key: Text,
}

impl Parameter for Certificate {
    const TYPE: Type = Type::Named("sprig.certificate");

    fn take(value: Value) -> Option<Self> {
        let Value::Object(object) = value else { return None };
        (&*object as &dyn Any).downcast_ref().cloned()
    }
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", Value::String(self.cert.clone())), ("Key", Value::String(self.key.clone()))]
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        let fields = [("Cert", &self.cert), ("Key", &self.key)];
        let fields = fields.map(|(name, text)| (Text::from(name), yaml::Value::String(text.clone())));
        Ok(yaml::Value::Map(Arc::new(yaml::Map::from(fields))))
    }
}

/// What a new certificate shall say.
pub(super) struct Wish {
    /// Whose it is: the common name, the only part of the subject.
    pub(super) name: Text,
    /// Addresses it is good for.
    pub(super) addresses: Vec<IpAddr>,
    /// Host names it is good for.
    pub(super) hosts: Vec<Text>,
    /// From now on.
    pub(super) days: isize,
    /// Whether it may sign others.
    pub(super) authority: bool,
}

/// Who signs.
pub(super) struct Issuer<'a> {
    /// The subject of the issuer's certificate, as it stands there.
    subject: Vec<u8>,
    key_identifier: Option<Vec<u8>>,
    /// The public key that its certificate has.
    public: Option<Vec<u8>>,
    key: &'a Key,
}

impl<'a> Issuer<'a> {
    /// The one for whom the certificate is.
    pub(super) fn itself(wish: &Wish, key: &'a Key) -> Result<Self, String> {
        Ok(Self { subject: subject(&wish.name)?, key_identifier: None, public: None, key })
    }

    /// The owner of a certificate.
    ///
    /// # Errors
    /// Go's message for what is no certificate.
    pub(super) fn of(certificate: &[u8], key: &'a Key) -> Result<Self, &'static str> {
        let parsed = Parsed::read(certificate)?;
        Ok(Self {
            subject: parsed.subject.to_vec(),
            key_identifier: parsed.key_identifier().map(<[u8]>::to_vec),
            public: bits_of(parsed.public).map(<[u8]>::to_vec),
            key,
        })
    }
}

/// Issues a certificate for the owner of `key`.
///
/// # Errors
/// Go's message for what a certificate cannot say.
pub(super) fn issue(wish: &Wish, key: &Key, issuer: &Issuer<'_>, entropy: &mut Entropy<'_, '_>) -> Result<Certificate, String> {
    issuer.key.can_sign()?;
    key.can_sign()?;
    if issuer.public.as_ref().is_some_and(|public| *public != issuer.key.public()) {
        return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
    }
    let serial: [u8; 16] = entropy.bytes();
    let now = entropy.0.now().timestamp();
    let subject = subject(&wish.name)?;
    let algorithm = issuer.key.signature_algorithm();
    let body = sequence(&[
        element(CONTEXT, &integer(&[2])),
        integer(&serial),
        algorithm.clone(),
        issuer.subject.clone(),
        sequence(&[time(now)?, time(expiry(now, wish.days))?]),
        subject.clone(),
        key.subject_public_key(),
        element(CONTEXT + 3, &sequence(&extensions(wish, &subject, key, issuer)?)),
    ]);
    let signature = issuer.key.sign(&body, entropy)?;
    let whole = sequence(&[body, algorithm, bits(&signature)]);
    Ok(Certificate { cert: Block::new("CERTIFICATE", whole).text().into(), key: key.text().into() })
}

/// Go counts days in nanoseconds of 64 bits, and the years of three centuries overflow.
fn expiry(now: Timestamp, days: isize) -> Timestamp {
    let span = (days as i64).wrapping_mul(24 * 3_600_000_000_000);
    now.checked_add(SignedDuration::from_nanos(span)).unwrap_or(now)
}

/// A moment to the second: with two digits for the year while these suffice.
fn time(moment: Timestamp) -> Result<Vec<u8>, String> {
    let shown = jiff::tz::TimeZone::UTC.to_datetime(moment);
    let rest = format!("{:02}{:02}{:02}{:02}{:02}Z", shown.month(), shown.day(), shown.hour(), shown.minute(), shown.second());
    match shown.year() {
        year @ 1950..2050 => Ok(element(0x17, format!("{:02}{rest}", year % 100).as_bytes())),
        year @ 0..=9999 => Ok(element(0x18, format!("{year:04}{rest}").as_bytes())),
        _ => Err("asn1: structure error: cannot represent time as GeneralizedTime".to_owned()),
    }
}

/// A name with at most a common name in it.
fn subject(name: &[u8]) -> Result<Vec<u8>, String> {
    if name.is_empty() {
        return Ok(sequence(&[]));
    }
    let printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
    let value = if name.iter().all(printable) {
        element(0x13, name)
    } else if std::str::from_utf8(name).is_ok() {
        element(0x0c, name)
    } else {
        return Err("asn1: string not valid UTF-8".to_owned());
    };
    let attribute = sequence(&[element(OBJECT_IDENTIFIER, &[0x55, 4, 3]), value]);
    Ok(sequence(&[element(0x31, &attribute)]))
}

/// The extensions in Go's order.
fn extensions(wish: &Wish, subject: &[u8], key: &Key, issuer: &Issuer<'_>) -> Result<Vec<Vec<u8>>, String> {
    // Digital signature and key encipherment; an authority also signs certificates.
    let usage: &[u8] = if wish.authority { &[2, 0xa4] } else { &[5, 0xa0] };
    let purpose = |last| element(OBJECT_IDENTIFIER, &[0x2b, 6, 1, 5, 5, 7, 3, last]);
    let constraints = if wish.authority { element(1, &[0xff]) } else { Vec::new() };
    let mut out = vec![
        extension(15, true, &element(3, usage)),
        extension(37, false, &sequence(&[purpose(1), purpose(2)])),
        extension(19, true, &sequence(&[constraints])),
    ];
    if wish.authority {
        let digest = Sha256::digest(key.public());
        out.push(extension(KEY_IDENTIFIER, false, &element(OCTET_STRING, &digest[..20])));
    }
    if let Some(identifier) = issuer.key_identifier.as_ref().filter(|_| subject != issuer.subject) {
        out.push(extension(35, false, &sequence(&[element(0x80, identifier)])));
    }
    let mut names = Vec::new();
    for host in &wish.hosts {
        if !host.is_ascii() {
            return Err(format!("x509: {} cannot be encoded as an IA5String", quote(host)));
        }
        names.push(element(0x82, host));
    }
    names.extend(wish.addresses.iter().map(|address| match address.to_canonical() {
        IpAddr::V4(address) => element(0x87, &address.octets()),
        IpAddr::V6(address) => element(0x87, &address.octets()),
    }));
    if !names.is_empty() {
        out.push(extension(17, wish.name.is_empty(), &sequence(&names)));
    }
    Ok(out)
}

/// The extension of the owner's key identifier.
const KEY_IDENTIFIER: u8 = 14;

/// An extension of X.509's own, by the last number of its name.
fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![element(OBJECT_IDENTIFIER, &[0x55, 0x1d, number])];
    if critical {
        parts.push(element(1, &[0xff]));
    }
    parts.push(element(OCTET_STRING, value));
    sequence(&parts)
}

/// What an issuer's certificate is asked for.
pub(super) struct Parsed<'a> {
    /// The owner's name, tag and length included.
    subject: &'a [u8],
    /// The public key with its algorithm, tag and length included.
    pub(super) public: &'a [u8],
    /// The list of extensions, if there is one.
    extensions: Option<Reader<'a>>,
}

impl<'a> Parsed<'a> {
    /// Reads the bytes of a certificate.
    ///
    /// # Errors
    /// Go's message for the first part that is malformed.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let mut outer = Reader(bytes);
        let mut whole = outer.enter(SEQUENCE).ok_or("x509: malformed certificate")?;
        if !outer.is_empty() {
            return Err("x509: trailing data");
        }
        let mut body = whole.enter(SEQUENCE).ok_or("x509: malformed tbs certificate")?;
        let _version = body.take(CONTEXT);
        body.take(INTEGER).ok_or("x509: malformed serial number")?;
        body.take(SEQUENCE).ok_or("x509: malformed signature algorithm identifier")?;
        body.take(SEQUENCE).ok_or("x509: malformed issuer")?;
        body.take(SEQUENCE).ok_or("x509: malformed validity")?;
        let subject = body.whole().filter(|element| element[0] == SEQUENCE).ok_or("x509: malformed issuer")?;
        let public = body.whole().filter(|element| element[0] == SEQUENCE).ok_or("x509: malformed spki")?;
        let _unique_identifiers = (body.take(0x81), body.take(0x82));
        let extensions = body.enter(CONTEXT + 3).map(|mut around| around.enter(SEQUENCE).ok_or("x509: malformed extensions"));
        let parsed = Self { subject, public, extensions: extensions.transpose()? };
        whole.take(SEQUENCE).ok_or("x509: malformed algorithm identifier")?;
        whole.take(super::der::BIT_STRING).ok_or("x509: malformed signature")?;
        Ok(parsed)
    }

    fn key_identifier(&self) -> Option<&'a [u8]> {
        let mut extensions = self.extensions?;
        loop {
            let mut extension = extensions.enter(SEQUENCE)?;
            let name = extension.take(OBJECT_IDENTIFIER)?;
            let _critical = extension.take(1);
            if name == [0x55, 0x1d, KEY_IDENTIFIER] {
                return Reader(extension.take(OCTET_STRING)?).take(OCTET_STRING);
            }
        }
    }
}
