//! Base64 and base32. An error in decoding is the *result*, as sprig has it: Go's message as text.

use crate::gotemplate::Function;
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::pure("b32dec", |text: Text| base32_decoded(&text).unwrap_or_else(|at| corrupt("base32", at))),
        Function::pure("b32enc", |text: Text| base32(&text)),
        Function::pure("b64dec", |text: Text| base64_decoded(&text).unwrap_or_else(|at| corrupt("base64", at))),
        Function::pure("b64enc", |text: Text| base64(&text)),
    ]
}

/// What Go says of a text that is not in the encoding.
pub(super) fn corrupt(encoding: &str, at: usize) -> Vec<u8> {
    format!("illegal {encoding} data at input byte {at}").into_bytes()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let block = chunk.iter().fold(0u32, |block, &byte| block << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (block >> (18 - 6 * place)) & 63;
            out.push(if place <= chunk.len() { char::from(BASE64[digit as usize]) } else { '=' });
        }
    }
    out
}

/// What base64 stands for, or the place that Go finds corrupt. Line breaks are skipped.
pub(super) fn base64_decoded(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    loop {
        let (block, digits) = base64_block(text, &mut at)?;
        if digits == 0 {
            return Ok(out);
        }
        out.extend_from_slice(&(block << 8).to_be_bytes()[..digits - 1]);
        if digits < 4 {
            return Ok(out);
        }
    }
}

/// Up to four digits, left-aligned in 24 bits; `at` moves behind them.
fn base64_block(text: &[u8], at: &mut usize) -> Result<(u32, usize), usize> {
    let mut block = 0;
    let mut digits = 0;
    while digits < 4 {
        let Some(&byte) = text.get(*at) else {
            return if digits == 0 { Ok((0, 0)) } else { Err(*at - digits) };
        };
        *at += 1;
        match BASE64.iter().position(|&digit| digit == byte) {
            Some(digit) => {
                block |= (digit as u32) << (18 - 6 * digits);
                digits += 1;
            }
            None if is_break(byte) => {}
            None if byte != b'=' || digits < 2 => return Err(*at - 1),
            None => {
                base64_padding(text, at, digits)?;
                return Ok((block, digits));
            }
        }
    }
    Ok((block, 4))
}

/// The rest of the padding, after which only line breaks may come.
fn base64_padding(text: &[u8], at: &mut usize, digits: usize) -> Result<(), usize> {
    if digits == 2 {
        skip_breaks(text, at);
        match text.get(*at) {
            None => return Err(text.len()),
            Some(b'=') => *at += 1,
            Some(_) => return Err(*at - 1),
        }
    }
    skip_breaks(text, at);
    if *at < text.len() { Err(*at) } else { Ok(()) }
}

fn is_break(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

fn skip_breaks(text: &[u8], at: &mut usize) {
    while text.get(*at).is_some_and(|&byte| is_break(byte)) {
        *at += 1;
    }
}

/// Standard base32 with padding.
fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let block = chunk.iter().fold(0u64, |block, &byte| block << 8 | u64::from(byte)) << (8 * (5 - chunk.len()));
        let digits = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = (block >> (35 - 5 * place)) & 31;
            out.push(if place < digits { char::from(BASE32[digit as usize]) } else { '=' });
        }
    }
    out
}

fn base32_decoded(text: &[u8]) -> Result<Vec<u8>, usize> {
    let text: Vec<u8> = text.iter().copied().filter(|&byte| !is_break(byte)).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    for (index, chunk) in text.chunks(8).enumerate() {
        let start = index * 8;
        let digits = base32_digits(chunk, start, text.len())?;
        let values =
            chunk[..digits].iter().map(|&byte| BASE32.iter().position(|&digit| digit == byte).unwrap_or_default() as u64);
        let block = values.fold(0, |block, value| block << 5 | value) << (5 * (8 - digits));
        out.extend_from_slice(&(block << 24).to_be_bytes()[..digits * 5 / 8]);
        if digits < 8 {
            break;
        }
    }
    Ok(out)
}

/// How many digits of a block come before its padding.
fn base32_digits(chunk: &[u8], start: usize, length: usize) -> Result<usize, usize> {
    for (place, &byte) in chunk.iter().enumerate() {
        let after = &chunk[place + 1..];
        if byte == b'=' && place >= 2 && start + 8 >= length {
            if after.len() + place < 7 {
                return Err(length);
            }
            if let Some(stray) = after.iter().position(|&byte| byte != b'=') {
                return Err(start + place + stray);
            }
            return if matches!(place, 3 | 6) { Err(start + place) } else { Ok(place) };
        }
        if !BASE32.contains(&byte) {
            return Err(start + place);
        }
    }
    if chunk.len() < 8 { Err(length - chunk.len()) } else { Ok(8) }
}
