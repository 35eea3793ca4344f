//! Random texts and numbers, out of the run's entropy.

use super::encoding::base64;
use super::limits;
use super::unicode::runes;
use crate::gotemplate::{Function, FunctionError, State};
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::impure("randAlpha", |state: &mut State<'_>, count: isize| {
            drawn(state, count, |byte| byte.is_ascii_alphabetic())
        }),
        Function::impure("randAlphaNum", |state: &mut State<'_>, count: isize| {
            drawn(state, count, |byte| byte.is_ascii_alphanumeric())
        }),
        Function::impure("randAscii", |state: &mut State<'_>, count: isize| {
            drawn(state, count, |byte| (b' '..=b'~').contains(&byte))
        }),
        Function::impure("randBytes", rand_bytes),
        Function::impure("randNumeric", |state: &mut State<'_>, count: isize| drawn(state, count, |byte| byte.is_ascii_digit())),
        Function::impure("shuffle", shuffle),
        Function::impure("uuidv4", uuidv4),
    ]
}

/// A number below `bound`, each as likely as the others; 0 for a bound of 0.
pub(super) fn below(state: &State<'_>, bound: u64) -> u64 {
    let unbiased = u64::MAX - u64::MAX % bound.max(1);
    loop {
        let mut bytes = [0; 8];
        state.fill_random(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number < unbiased {
            return number % bound.max(1);
        }
    }
}

/// Characters that `admits`; goutils swallows its error for a negative count.
fn drawn(state: &mut State<'_>, count: isize, admits: fn(u8) -> bool) -> Result<Vec<u8>, FunctionError> {
    let count = usize::try_from(count).unwrap_or(0);
    limits::text(count as u128)?;
    let alphabet: Vec<u8> = (0..=127).filter(|&byte| admits(byte)).collect();
    Ok((0..count).map(|_| alphabet[below(state, alphabet.len() as u64) as usize]).collect())
}

fn rand_bytes(state: &mut State<'_>, count: isize) -> Result<String, FunctionError> {
    let count = usize::try_from(count).map_err(|_| "runtime error: makeslice: len out of range")?;
    limits::text(count as u128)?;
    let mut bytes = vec![0; count];
    state.fill_random(&mut bytes);
    Ok(base64(&bytes))
}

fn shuffle(state: &mut State<'_>, text: Text) -> String {
    let mut letters: Vec<char> = runes(&text).map(|rune| rune.char).collect();
    for index in (1..letters.len()).rev() {
        letters.swap(index, below(state, index as u64 + 1) as usize);
    }
    letters.into_iter().collect()
}

fn uuidv4(state: &mut State<'_>) -> String {
    let mut bytes = [0; 16];
    state.fill_random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = super::digests::hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
