//! A Go string: bytes that are usually, but not necessarily, UTF-8.
//!
//! Nothing here replaces invalid bytes; that is left to the encoders that do so in Go, too.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};

/// An immutable byte string, cheap to clone and free to share between threads.
///
/// Keys and words are short, so short texts stand in place: they take no memory of their own, and maps find them by
/// comparing two or three machine words.
#[derive(Clone)]
pub struct Text(Form);

/// A text's length decides whether it is short.
#[derive(Clone)]
enum Form {
    Short(Short),
    Long(Arc<[u8]>),
    Part(Part),
    /// All of them, however many that turns out to be; none of these is short.
    Latent(Arc<Whole>),
}

/// Bytes out of the middle of others, which stay as long as any part of them does.
#[derive(Clone)]
struct Part {
    whole: Arc<Whole>,
    start: u32,
    end: u32,
}

impl Part {
    fn as_bytes(&self) -> &[u8] {
        self.whole.bytes().get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Bytes that parts are of.
struct Whole {
    bytes: OnceLock<Vec<u8>>,
    /// Where they are had from when they are first looked at.
    source: Option<Box<dyn Fn() -> Vec<u8> + Send + Sync>>,
}

impl Whole {
    fn bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| self.source.as_ref().map(|source| source()).unwrap_or_default())
    }
}

impl From<Vec<u8>> for Whole {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into(), source: None }
    }
}

/// Bytes that nobody has yet: texts of them are as any other, and the first of them that is looked at has the bytes made.
pub(crate) struct Latent(Arc<Whole>);

impl Latent {
    /// From so many bytes on a text may be one of those.
    pub(crate) const LEAST: usize = 4096;

    /// The bytes that `source` gives.
    pub(crate) fn new(source: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Whole { bytes: OnceLock::new(), source: Some(Box::new(source)) }))
    }

    /// A text of them, which is not short.
    pub(crate) fn text(&self, range: Range<usize>) -> Text {
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) if range.len() >= Self::LEAST => Text(Form::Part(Part { whole: self.0.clone(), start, end })),
            _ => Text::part_of(&self.0, range),
        }
    }

    /// The text that all of them are. How many there are is asked of the source, too: there must be more than fit into a short text.
    pub(crate) fn all(self) -> Text {
        Text(Form::Latent(self.0))
    }

    /// Whether somebody looked.
    #[cfg(test)]
    pub(crate) fn is_had(&self) -> bool {
        self.0.bytes.get().is_some()
    }
}

/// Appends so many of the first of these bytes. All of them are copied, and those too many cut off again: so many bytes as ever
/// take no call to be copied.
#[inline]
pub(crate) fn append_first<const N: usize>(out: &mut Vec<u8>, count: usize, bytes: &[u8; N]) {
    let end = out.len() + count;
    out.extend_from_slice(bytes);
    out.truncate(end);
}

/// As much as fits beside the tag in the room of a pointer with a length and one word more.
const MOST_SHORT: usize = 22;

/// Bytes in place; behind them are zeros.
#[derive(Clone, Copy)]
struct Short {
    length: u8,
    bytes: [u8; MOST_SHORT],
}

impl Short {
    const EMPTY: Self = Self { length: 0, bytes: [0; MOST_SHORT] };

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Eight bytes as a number of the same order; the last word takes in some bytes of the one before.
    #[inline]
    fn word<const START: usize>(&self) -> u64 {
        self.bytes[START..].first_chunk().map_or(0, |chunk| u64::from_be_bytes(*chunk))
    }
}

impl PartialEq for Short {
    /// Most texts part in their first eight bytes, which is one comparison.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.word::<0>() == other.word::<0>() && self.length == other.length && self.bytes == other.bytes
    }
}

impl Eq for Short {}

impl Ord for Short {
    /// The order of the bytes: zeros behind the end are the least that could stand there, and then the lengths tell.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let first = self.word::<0>().cmp(&other.word::<0>());
        if first != Ordering::Equal {
            return first;
        }
        let rest = |short: &Self| (short.word::<8>(), short.word::<{ MOST_SHORT - 8 }>(), short.length);
        rest(self).cmp(&rest(other))
    }
}

impl PartialOrd for Short {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Text {
    /// The bytes as they are.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Short(short) => short.as_bytes(),
            Form::Long(bytes) => bytes,
            Form::Part(part) => part.as_bytes(),
            Form::Latent(whole) => whole.bytes(),
        }
    }

    /// How many bytes there are, which mostly nobody has to look at for that.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Short(short) => short.length.into(),
            Form::Long(bytes) => bytes.len(),
            Form::Part(part) => (part.end - part.start) as usize,
            Form::Latent(whole) => whole.bytes().len(),
        }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some of the bytes of `whole`, shared with it and not copied unless they are few or far behind. What is beyond its end is
    /// nothing.
    fn part_of(whole: &Arc<Whole>, range: Range<usize>) -> Self {
        let bytes = whole.bytes().get(range.clone()).unwrap_or_default();
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) if bytes.len() > MOST_SHORT => Self(Form::Part(Part { whole: whole.clone(), start, end })),
            _ => Self::from(bytes),
        }
    }

    /// Some of its bytes; shared with it if it is a part of others itself.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        match &self.0 {
            Form::Part(part) if range.end <= self.len() => {
                let start = part.start as usize;
                Self::part_of(&part.whole, start + range.start..start + range.end)
            }
            Form::Latent(whole) => Self::part_of(whole, range),
            _ => Self::from(self.get(range).unwrap_or_default()),
        }
    }

    /// The text that a slice of its bytes is, as [`Self::part`] makes it.
    pub(crate) fn within(&self, slice: &[u8]) -> Self {
        match slice.as_ptr().addr().checked_sub(self.as_ptr().addr()) {
            Some(start) if start + slice.len() <= self.len() => self.part(start..start + slice.len()),
            _ => Self::from(slice),
        }
    }

    /// A text of these bytes, whose parts will share them if they are many.
    pub(crate) fn whole_of(bytes: &[u8]) -> Self {
        if bytes.len() < LEAST_KEPT { Self::from(bytes) } else { Self::from(bytes.to_vec()) }
    }

    /// Appends the bytes.
    #[inline]
    pub fn append_to(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Form::Short(short) => append_first(out, short.length.into(), &short.bytes),
            _ => out.extend_from_slice(self),
        }
    }

    /// The text as UTF-8, if it is.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self).ok()
    }

    /// The text for people: invalid bytes become U+FFFD.
    pub fn to_lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self)
    }

    /// Where its bytes are, if it shares them with its clones: no other text is there as long as one of them lives.
    pub(crate) fn shared_place(&self) -> Option<usize> {
        match &self.0 {
            Form::Short(_) => None,
            Form::Long(bytes) => Some(bytes.as_ptr().addr()),
            Form::Part(part) => Some(part.as_bytes().as_ptr().addr()),
            Form::Latent(whole) => Some(Arc::as_ptr(whole).addr()),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Form::Short(Short::EMPTY))
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Short(one), Form::Short(other)) => one == other,
            (Form::Short(_), _) | (_, Form::Short(_)) => false,
            _ => self.as_bytes() == other.as_bytes(),
        }
    }
}

impl Eq for Text {}

impl Ord for Text {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Short(one), Form::Short(other)) => one.cmp(other),
            _ => self.as_bytes().cmp(other.as_bytes()),
        }
    }
}

impl PartialOrd for Text {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Text {
    /// As slices hash, since maps are asked by slices.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl Deref for Text {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Borrow<[u8]> for Text {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        let mut short = Short::EMPTY;
        match short.bytes.get_mut(..bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                short.length = bytes.len() as u8;
                Self(Form::Short(short))
            }
            None => Self(Form::Long(Arc::from(bytes))),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

/// From here on keeping the bytes where they are costs less than copying them.
const LEAST_KEPT: usize = 512;

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() < LEAST_KEPT || bytes.capacity() > 2 * bytes.len() {
            return Self::from(bytes.as_slice());
        }
        let range = 0..bytes.len();
        Self::part_of(&Arc::new(bytes.into()), range)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        **self == *other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        **self == *other.as_bytes()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_lossy())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_bytes() {
        let mut texts: Vec<Vec<u8>> = vec![b"".to_vec(), b"\0".to_vec(), b"a".to_vec(), b"a\0".to_vec(), b"b".to_vec()];
        for length in [7, 8, 9, 13, 14, 15, 16, 21, 22, 23, 24] {
            for last in [0, 1, b'a', 0xFF] {
                texts.push([&vec![b'a'; length - 1][..], &[last]].concat());
            }
        }
        for one in &texts {
            for other in &texts {
                let (a, b) = (Text::from(one.as_slice()), Text::from(other.as_slice()));
                assert_eq!((a.cmp(&b), a == b), (one.cmp(other), one == other), "{one:?} {other:?}");
            }
        }
        assert!(texts.iter().all(|text| *Text::from(text.as_slice()) == **text));
        assert_eq!(size_of::<Text>(), 24);
    }

    #[test]
    fn a_part_is_a_text_as_any_other() {
        let bytes: Vec<_> = (b'a'..=b'z').cycle().take(200).collect();
        let whole = Arc::new(Whole::from(bytes.clone()));
        for (start, end) in [(0, 200), (3, 10), (3, 25), (3, 26), (26, 100), (190, 200), (7, 7), (199, 201), (300, 400)] {
            let bytes = bytes.get(start..end).unwrap_or_default();
            let (part, copy) = (Text::part_of(&whole, start..end), Text::from(bytes));
            assert_eq!((&*part, &part, part.cmp(&copy)), (bytes, &copy, Ordering::Equal), "{start} {end}");
            for (first, last) in [(0, 0), (0, 5), (1, 40), (0, 500), (5, 60)] {
                let below = bytes.get(first..last).unwrap_or_default();
                assert_eq!((&*part.part(first..last), &*copy.part(first..last)), (below, below), "{start} {end} {first} {last}");
            }
        }
        let text = Text::from(vec![b'x'; LEAST_KEPT]);
        assert_eq!(text.within(&text[1..100]), text.part(1..100));
        assert_eq!(*text.within(b"elsewhere"), *b"elsewhere");
        let (one, other) = (Text::part_of(&whole, 0..100), Text::part_of(&whole, 0..100));
        assert_eq!(one.shared_place(), other.shared_place());
    }

    #[test]
    fn latent_bytes_are_had_when_somebody_looks() {
        let latent = Latent::new(|| vec![b'a'; 3 * Latent::LEAST]);
        let text = latent.text(Latent::LEAST..2 * Latent::LEAST);
        let other = text.clone();
        assert!(!latent.is_had());
        assert_eq!(text, Text::from(vec![b'a'; Latent::LEAST]));
        assert_eq!((latent.is_had(), other.len(), latent.text(0..3)), (true, Latent::LEAST, "aaa".into()));
        let all = Latent::new(|| vec![b'a'; Latent::LEAST]).all();
        assert_eq!((all.shared_place(), all.clone().shared_place()), (all.shared_place(), all.shared_place()));
        assert_eq!((all.len(), &all, all.part(1..3)), (Latent::LEAST, &text, "aa".into()));
    }
}
