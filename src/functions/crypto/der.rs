//! The little of DER that keys and certificates are written in: elements out, elements in. No element has a meaning here.

/// `SEQUENCE`.
pub(super) const SEQUENCE: u8 = 0x30;
/// `INTEGER`.
pub(super) const INTEGER: u8 = 0x02;
/// `BIT STRING`.
pub(super) const BIT_STRING: u8 = 0x03;
/// `OCTET STRING`.
pub(super) const OCTET_STRING: u8 = 0x04;
/// `OBJECT IDENTIFIER`.
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]` around another element; the following tags are `[1]`, `[2]` and so on.
pub(super) const CONTEXT: u8 = 0xa0;

/// An element of these contents.
pub(super) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = contents.len().to_be_bytes();
    let length = &length[length.iter().position(|&byte| byte != 0).unwrap_or(length.len() - 1)..];
    if let [short @ 0..=0x7f] = *length {
        out.push(short);
    } else {
        out.push(0x80 | length.len() as u8);
        out.extend_from_slice(length);
    }
    out.extend_from_slice(contents);
    out
}

/// A sequence of elements.
pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// A number that is not negative, given by its bytes from the highest.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut digits = vec![0];
    digits.extend(bytes.iter().skip_while(|&&byte| byte == 0));
    let spare = usize::from(digits.len() > 1 && digits[1] < 0x80);
    element(INTEGER, &digits[spare..])
}

/// A whole number of bytes as bits.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes].concat())
}

/// An object identifier in the notation with dots.
pub(super) fn dotted(identifier: &[u8]) -> String {
    let mut numbers = Vec::new();
    let mut number: u128 = 0;
    for &byte in identifier {
        number = number << 7 | u128::from(byte & 0x7f);
        if byte < 0x80 {
            numbers.push(std::mem::take(&mut number));
        }
    }
    // The first two numbers are written as one.
    if let Some(both) = numbers.first().copied() {
        let first = (both / 40).min(2);
        numbers.splice(..1, [first, both - 40 * first]);
    }
    numbers.iter().map(u128::to_string).collect::<Vec<_>>().join(".")
}

/// Elements one after the other.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// Takes an element of this tag off the front.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, contents, rest) = split(self.0)?;
        (found == tag).then(|| {
            self.0 = rest;
            contents
        })
    }

    /// As [`Reader::take`], to read on inside of it.
    pub(super) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }

    /// Takes the next element, tag and length included.
    pub(super) fn whole(&mut self) -> Option<&'a [u8]> {
        let (_, _, rest) = split(self.0)?;
        let (element, rest) = self.0.split_at(self.0.len() - rest.len());
        self.0 = rest;
        Some(element)
    }

    /// Takes a number that is not negative: its bytes from the highest, without zeros in front.
    pub(super) fn number(&mut self) -> Option<&'a [u8]> {
        let bytes = self.take(INTEGER)?;
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        (bytes.first()? < &0x80).then(|| &bytes[zeros..])
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Tag, contents and what follows.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}
