//! Passwords: hashed for others to check, and derived from one that is remembered.

use bcrypt::Version;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::entropy::Entropy;
use crate::gotemplate::State;
use crate::yaml::Text;

/// The cost of Go's bcrypt.
const COST: u32 = 10;

/// `bcrypt`. A failure is the result, as sprig has it.
pub(super) fn bcrypt(state: &mut State<'_>, password: Text) -> String {
    if password.len() > 72 {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned();
    }
    match bcrypt::hash_with_salt(&*password, COST, Entropy(state).bytes()) {
        Ok(hash) => hash.format_for_version(Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    }
}

/// `htpasswd`: a line of Apache's password file.
pub(super) fn htpasswd(state: &mut State<'_>, user: Text, password: Text) -> Vec<u8> {
    if user.contains(&b':') {
        return [b"invalid username: ", &*user].concat();
    }
    [&*user, b":", bcrypt(state, password).as_bytes()].concat()
}

/// The name that Master Password mixes into everything.
const SEED: &[u8] = b"com.lyndir.masterpassword";

/// `derivePassword`: Master Password's algorithm, version 0.
pub(super) fn derive(counter: u32, kind: Text, password: Text, user: Text, site: Text) -> Vec<u8> {
    let Some(templates) = templates(&kind) else {
        return [b"cannot find password template ", &*kind].concat();
    };
    let length = |text: &Text| (text.len() as u32).to_be_bytes();
    let salt = [SEED, &length(&user), &user].concat();
    let mut key = [0; 64];
    let derived = scrypt::Params::new(15, 8, 2).ok().and_then(|params| scrypt::scrypt(&password, &salt, &params, &mut key).ok());
    let Some(((), mut mac)) = derived.zip(Hmac::<Sha256>::new_from_slice(&key).ok()) else {
        return b"failed to derive password".to_vec();
    };
    mac.update(&[SEED, &length(&site), &site, &counter.to_be_bytes()].concat());
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let characters = template.bytes().zip(&seed[1..]).map(|(class, &byte)| {
        let class = characters(class);
        class[usize::from(byte) % class.len()]
    });
    characters.collect()
}

/// The shapes of a password, one letter for the class of each character.
fn templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}
