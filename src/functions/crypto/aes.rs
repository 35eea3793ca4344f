//! AES in CBC mode under a key that is the password itself, cut or filled up to 32 bytes: what sprig does, not what one should.

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

use super::entropy::Entropy;
use crate::functions::encoding::{base64, base64_decoded, corrupt};
use crate::gotemplate::State;
use crate::yaml::Text;

const BLOCK: usize = 16;

fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    Aes256::new(&key.into())
}

/// `encryptAES`: base64 of a random block and what follows from it.
pub(super) fn encrypt(state: &mut State<'_>, password: Text, plain: Text) -> String {
    if plain.is_empty() {
        return String::new();
    }
    let padding = BLOCK - plain.len() % BLOCK;
    let mut padded = plain.to_vec();
    padded.resize(plain.len() + padding, padding as u8);
    let cipher = cipher(&password);
    let mut previous: [u8; BLOCK] = Entropy(state).bytes();
    let mut out = previous.to_vec();
    for block in padded.chunks_exact(BLOCK) {
        let mut block = std::array::from_fn(|index| block[index] ^ previous[index]).into();
        cipher.encrypt_block(&mut block);
        previous = block.into();
        out.extend_from_slice(&previous);
    }
    base64(&out)
}

/// `decryptAES`. Where sprig panics, this is an error of the same words.
///
/// # Errors
/// Go's message for what is not base64, not whole blocks, or not padded.
pub(super) fn decrypt(password: Text, encrypted: Text) -> Result<Vec<u8>, String> {
    if encrypted.is_empty() {
        return Ok(Vec::new());
    }
    let bytes = base64_decoded(&encrypted).map_err(|at| String::from_utf8_lossy(&corrupt("base64", at)).into_owned())?;
    let Some((first, blocks)) = bytes.split_first_chunk::<BLOCK>() else {
        let capacity = encrypted.len() / 4 * 3;
        return Err(format!("runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}"));
    };
    let (blocks, rest) = blocks.as_chunks::<BLOCK>();
    if !rest.is_empty() {
        return Err("crypto/cipher: input not full blocks".to_owned());
    }
    let cipher = cipher(&password);
    let mut previous = first;
    let mut out = Vec::with_capacity(bytes.len());
    for encrypted in blocks {
        let mut block = (*encrypted).into();
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(previous).map(|(byte, mask)| byte ^ mask));
        previous = encrypted;
    }
    let padding = usize::from(*out.last().ok_or("runtime error: index out of range [-1]")?);
    let length = out.len().checked_sub(padding);
    out.truncate(
        length.ok_or_else(|| format!("runtime error: slice bounds out of range [:{}]", out.len() as i64 - padding as i64))?,
    );
    Ok(out)
}
