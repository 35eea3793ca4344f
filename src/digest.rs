//! The content digest: sha256, and nothing weaker.
//!
//! A digest names bytes. Where it is known and who promised it is told by the lock and the cache, not here.

use std::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// The sha256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another algorithm than sha256.
    #[error("`{algorithm}` is not a digest algorithm that is accepted here, only sha256 is")]
    Algorithm {
        /// What stands before the colon.
        algorithm: String,
    },
    /// Not 64 hexadecimal digits.
    #[error("a sha256 digest has 64 hexadecimal digits")]
    NotHexadecimal,
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest that has been computed elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads `sha256:<hex>`. An index may claim it in upper case or as bare digits, and that is accepted, too.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let digits = match text.split_once(':') {
            None => text,
            Some((algorithm, digits)) if algorithm.eq_ignore_ascii_case("sha256") => digits,
            Some((algorithm, _)) => return Err(Error::Algorithm { algorithm: algorithm.escape_default().take(32).collect() }),
        };
        let digits: &[u8; 64] = digits.as_bytes().try_into().map_err(|_| Error::NotHexadecimal)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(Error::NotHexadecimal);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(Self(bytes))
    }

    /// The 64 lower-case digits without the algorithm, for file names.
    pub fn to_hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// Hashes what is read through it.
#[derive(Debug)]
pub struct HashingReader<R> {
    reader: R,
    hash: Sha256,
    length: u64,
}

impl<R> HashingReader<R> {
    /// Starts with nothing read.
    pub fn new(reader: R) -> Self {
        Self { reader, hash: Sha256::new(), length: 0 }
    }

    /// How many bytes have been read.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The digest of what has been read, and the reader for what has not.
    pub fn finish(self) -> (Digest, R) {
        (Digest(self.hash.finalize().into()), self.reader)
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.length += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn prints_what_it_parses() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
        let bare = EMPTY.strip_prefix("sha256:").unwrap();
        for text in [EMPTY, &EMPTY.to_uppercase(), bare, &bare.to_uppercase()] {
            assert_eq!(Digest::parse(text), Ok(Digest::of(b"")), "{text}");
        }
        assert_eq!(Digest::of(b"").to_hex(), bare);
    }

    #[test]
    fn refuses_other_algorithms_and_lengths() {
        assert!(matches!(Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e"), Err(Error::Algorithm { .. })));
        for text in
            ["", "sha256:", "sha256:abcd", &EMPTY[..70], &format!("{EMPTY}0"), &EMPTY.replace('e', "é"), &EMPTY.replace('e', "g")]
        {
            assert!(Digest::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hashes_while_reading() {
        let mut reader = HashingReader::new(&b"some bytes"[..]);
        io::copy(&mut reader, &mut io::sink()).unwrap();
        assert_eq!(reader.length(), 10);
        assert_eq!(reader.finish().0, Digest::of(b"some bytes"));
    }
}
