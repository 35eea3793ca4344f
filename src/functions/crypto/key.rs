//! Private keys: making, reading, writing, and signing with them.

use p256::ecdsa::signature::Signer;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Generate, Pkcs1v15Sign, PrivateKey};
use sha2::{Digest, Sha256};

use super::der::{
    BIT_STRING, CONTEXT, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, bits, dotted, element, integer, sequence,
};
use super::entropy::Entropy;
use super::pem::Block;

/// A private key.
pub(super) enum Key {
    /// RSA.
    Rsa(Box<PrivateKey>),
    /// ECDSA on P-256.
    P256(p256::ecdsa::SigningKey),
    /// ECDSA on P-384.
    P384(p384::ecdsa::SigningKey),
    /// Ed25519.
    Ed25519(Box<Ed25519>),
    /// A key that is read, but that nothing is signed with; and why not.
    Mute(&'static str),
}

/// An Ed25519 key and the seed it grew from.
pub(super) struct Ed25519 {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// `rsaEncryption`.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// `sha256WithRSAEncryption`.
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// `id-ecPublicKey`.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `ecdsa-with-SHA256`.
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// `ecdsa-with-SHA384`.
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
/// `prime256v1`.
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// `secp384r1`.
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// `secp224r1` and `secp521r1`.
const OTHER_CURVES: [&[u8]; 2] = [&[0x2b, 0x81, 0x04, 0x00, 0x21], &[0x2b, 0x81, 0x04, 0x00, 0x23]];
/// `id-Ed25519`.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// `id-X25519`.
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];

/// What Go says of keys that cannot sign.
const NO_SIGNER: &str = "x509: certificate private key does not implement crypto.Signer";

impl Key {
    /// A new RSA key of `length` bits.
    pub(super) fn rsa(length: usize, entropy: &mut Entropy<'_, '_>) -> Result<Self, String> {
        PrivateKey::new(entropy, length).map(|key| Self::Rsa(Box::new(key))).map_err(|error| error.to_string())
    }

    /// A new key on P-256.
    pub(super) fn p256(entropy: &mut Entropy<'_, '_>) -> Self {
        Self::P256(p256::ecdsa::SigningKey::generate_from_rng(entropy))
    }

    /// A new Ed25519 key.
    pub(super) fn ed25519(entropy: &Entropy<'_, '_>) -> Option<Self> {
        Self::from_seed(&entropy.bytes::<32>())
    }

    fn from_seed(seed: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        Some(Self::Ed25519(Box::new(Ed25519 { seed: seed.try_into().ok()?, pair })))
    }

    /// Reads a key as sprig does.
    ///
    /// # Errors
    /// sprig's message.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let Block { label, bytes } = Block::find(text).ok_or("no PEM data in input")?;
        let (kind, key) = match label.strip_suffix(" PRIVATE KEY") {
            None if label == "PRIVATE KEY" => {
                return from_pkcs8(&bytes).map_err(|error| format!("decoding PEM as PKCS#8: {error}"));
            }
            None => return Err(format!("no private key data in PEM block of type {label}")),
            Some("RSA") => ("RSA", from_pkcs1(&bytes)),
            Some("EC") => ("EC", from_sec1(&bytes, None)),
            Some("DSA") => ("DSA", from_dsa(&bytes)),
            Some(_) => return Err(format!("invalid private key type {label}")),
        };
        key.ok_or_else(|| format!("parsing {kind} private key from PEM: {}", refusal(&bytes)))
    }

    /// The key as text, each kind in the form that Go's programs write it in.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Rsa(key) => Block::new("RSA PRIVATE KEY", pkcs1(key)).text(),
            Self::P256(key) => sec1(P256, &key.to_bytes(), &self.public()),
            Self::P384(key) => sec1(P384, &key.to_bytes(), &self.public()),
            Self::Ed25519(key) => {
                let algorithm = sequence(&[element(OBJECT_IDENTIFIER, ED25519)]);
                let seed = element(OCTET_STRING, &element(OCTET_STRING, &key.seed));
                Block::new("PRIVATE KEY", sequence(&[integer(&[]), algorithm, seed])).text()
            }
            Self::Mute(_) => String::new(),
        }
    }

    /// The bytes of the public key.
    pub(super) fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => sequence(&[integer(&key.n().to_be_bytes()), integer(&key.e().to_be_bytes())]),
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::P384(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Ed25519(key) => key.pair.public_key().as_ref().to_vec(),
            Self::Mute(_) => Vec::new(),
        }
    }

    /// The public key with its algorithm, as certificates carry it.
    pub(super) fn subject_public_key(&self) -> Vec<u8> {
        let null = || element(5, &[]);
        let curve = |curve| vec![element(OBJECT_IDENTIFIER, EC), element(OBJECT_IDENTIFIER, curve)];
        let algorithm = match self {
            Self::Rsa(_) => vec![element(OBJECT_IDENTIFIER, RSA), null()],
            Self::P256(_) => curve(P256),
            Self::P384(_) => curve(P384),
            Self::Ed25519(_) => vec![element(OBJECT_IDENTIFIER, ED25519)],
            Self::Mute(_) => Vec::new(),
        };
        sequence(&[sequence(&algorithm), bits(&self.public())])
    }

    /// The algorithm of [`Key::sign`], as certificates name it.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        let identifier = |identifier| element(OBJECT_IDENTIFIER, identifier);
        sequence(&match self {
            Self::Rsa(_) => vec![identifier(RSA_SHA256), element(5, &[])],
            Self::P256(_) => vec![identifier(ECDSA_SHA256)],
            Self::P384(_) => vec![identifier(ECDSA_SHA384)],
            Self::Ed25519(_) => vec![identifier(ED25519)],
            Self::Mute(_) => Vec::new(),
        })
    }

    /// Whether the key can sign.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn can_sign(&self) -> Result<(), &'static str> {
        if let Self::Mute(why) = self { Err(why) } else { Ok(()) }
    }

    /// Signs; ECDSA's secret number follows from key and message, so that a run can be repeated.
    pub(super) fn sign(&self, message: &[u8], entropy: &mut Entropy<'_, '_>) -> Result<Vec<u8>, String> {
        Ok(match self {
            Self::Rsa(key) => {
                let padding = Pkcs1v15Sign::new::<Sha256>();
                key.sign_with_rng(entropy, padding, &Sha256::digest(message)).map_err(|error| error.to_string())?
            }
            Self::P256(key) => {
                let (r, s) = Signer::<p256::ecdsa::Signature>::sign(key, message).split_bytes();
                sequence(&[integer(&r), integer(&s)])
            }
            Self::P384(key) => {
                let (r, s) = Signer::<p384::ecdsa::Signature>::sign(key, message).split_bytes();
                sequence(&[integer(&r), integer(&s)])
            }
            Self::Ed25519(key) => key.pair.sign(message).as_ref().to_vec(),
            Self::Mute(why) => return Err((*why).to_owned()),
        })
    }
}

/// What Go says of bytes that are no key of the kind they claim to be, or one of another kind.
fn refusal(bytes: &[u8]) -> &'static str {
    if from_sec1(bytes, None).is_some() {
        "x509: failed to parse private key (use ParseECPrivateKey instead for this key format)"
    } else if from_pkcs1(bytes).is_some() {
        "x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)"
    } else if Wrapped::read(bytes).is_some() {
        "x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)"
    } else {
        "asn1: structure error: tags don't match"
    }
}

/// PKCS #8: a key of any kind, and which kind it is.
struct Wrapped<'a> {
    algorithm: &'a [u8],
    curve: Option<&'a [u8]>,
    key: &'a [u8],
}

impl<'a> Wrapped<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes).enter(SEQUENCE)?;
        reader.number()?;
        let mut kind = reader.enter(SEQUENCE)?;
        let algorithm = kind.take(OBJECT_IDENTIFIER)?;
        let curve = kind.take(OBJECT_IDENTIFIER);
        Some(Self { algorithm, curve, key: reader.take(OCTET_STRING)? })
    }
}

fn from_pkcs8(bytes: &[u8]) -> Result<Key, String> {
    let wrapped = Wrapped::read(bytes).ok_or_else(|| refusal(bytes))?;
    let key = match wrapped.algorithm {
        RSA => from_pkcs1(wrapped.key),
        EC => wrapped.curve.and_then(|curve| from_sec1(wrapped.key, Some(curve))),
        ED25519 => Reader(wrapped.key).take(OCTET_STRING).and_then(Key::from_seed),
        X25519 => Some(Key::Mute(NO_SIGNER)),
        other => {
            let name = dotted(other);
            return Err(format!("x509: PKCS#8 wrapping contained private key with unknown algorithm: {name}"));
        }
    };
    key.ok_or_else(|| "x509: failed to parse the private key embedded in PKCS#8".to_owned())
}

fn from_pkcs1(bytes: &[u8]) -> Option<Key> {
    let mut reader = Reader(bytes).enter(SEQUENCE)?;
    reader.number().filter(|version| version.is_empty())?;
    let mut number = || reader.number().map(BoxedUint::from_be_slice_vartime);
    let (n, e, d) = (number()?, number()?, number()?);
    let primes = vec![number()?, number()?];
    PrivateKey::from_components(n, e, d, primes).ok().map(|key| Key::Rsa(Box::new(key)))
}

fn pkcs1(key: &PrivateKey) -> Vec<u8> {
    let [p, q] = key.primes() else { return Vec::new() };
    let (p, q) = (p.as_ref(), q.as_ref());
    let inverse = key.crt_coefficient();
    let numbers = [Some(key.n().as_ref()), Some(key.e()), Some(key.d()), Some(p), Some(q), key.dp(), key.dq(), inverse.as_ref()];
    let mut parts = vec![integer(&[])];
    parts.extend(numbers.into_iter().flatten().map(|number| integer(&number.to_be_bytes())));
    sequence(&parts)
}

/// A key of SEC 1. The curve may be told around it instead.
fn from_sec1(bytes: &[u8], curve: Option<&[u8]>) -> Option<Key> {
    let mut reader = Reader(bytes).enter(SEQUENCE)?;
    reader.number().filter(|version| version == b"\x01")?;
    let secret = reader.take(OCTET_STRING)?;
    let named = reader.enter(CONTEXT).and_then(|mut named| named.take(OBJECT_IDENTIFIER));
    match curve.or(named)? {
        P256 => p256::ecdsa::SigningKey::from_slice(secret).ok().map(Key::P256),
        P384 => p384::ecdsa::SigningKey::from_slice(secret).ok().map(Key::P384),
        other => OTHER_CURVES.contains(&other).then_some(Key::Mute("helmlock signs with no curves but P-256 and P-384")),
    }
}

fn sec1(curve: &[u8], secret: &[u8], public: &[u8]) -> String {
    let curve = element(CONTEXT, &element(OBJECT_IDENTIFIER, curve));
    let public = element(CONTEXT + 1, &bits(public));
    Block::new("EC PRIVATE KEY", sequence(&[integer(&[1]), element(OCTET_STRING, secret), curve, public])).text()
}

/// Six numbers: version, p, q, g, y, x.
fn from_dsa(bytes: &[u8]) -> Option<Key> {
    let mut reader = Reader(bytes).enter(SEQUENCE)?;
    (0..6).try_for_each(|_| reader.number().map(drop))?;
    Some(Key::Mute(NO_SIGNER))
}

/// A new DSA key as text, in the form of OpenSSL.
pub(super) fn dsa(entropy: &mut Entropy<'_, '_>) -> String {
    let size = dsa::KeySize::DSA_2048_256;
    let Ok(components) = dsa::Components::try_generate_from_rng_with_key_size(entropy, size);
    let Ok(key) = dsa::SigningKey::try_generate_from_rng_with_components(entropy, components);
    let public = key.verifying_key();
    let shared = public.components();
    let numbers = [shared.p().as_ref(), shared.q().as_ref(), shared.g().as_ref(), public.y().as_ref(), key.x().as_ref()];
    let mut parts = vec![integer(&[])];
    parts.extend(numbers.iter().map(|number| integer(&number.to_be_bytes())));
    Block::new("DSA PRIVATE KEY", sequence(&parts)).text()
}

/// The bits of a public key that a certificate carries.
pub(super) fn bits_of(subject_public_key: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader(subject_public_key).enter(SEQUENCE)?;
    reader.take(SEQUENCE)?;
    reader.take(BIT_STRING)?.strip_prefix(&[0])
}
