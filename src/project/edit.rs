//! Where a text stands in a file, to be replaced byte by byte: comments, quotes and layout stay, because nothing is printed anew.
//!
//! Nothing here knows what the text means there; whoever edits tries the edit and looks at what the project becomes.

use std::ops::Range;

/// The places where `wanted` stands by itself, not as a part of a longer word or number; those behind a `version:` come first.
pub fn places_of(text: &[u8], wanted: &str) -> Vec<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'_' | b'^' | b'~');
    let mut places: Vec<_> = memchr::memmem::find_iter(text, wanted.as_bytes())
        .map(|start| start..start + wanted.len())
        .filter(|place| !text[..place.start].last().is_some_and(is_part) && !text.get(place.end).is_some_and(is_part))
        .collect();
    places.sort_by_key(|place| !is_behind_version(text, place.start));
    places
}

/// The line of a place, counted from 1.
pub fn line_of(text: &[u8], place: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text[..place]).count()
}

/// The text with something else in a place.
pub fn replaced(text: &[u8], place: &Range<usize>, with: &str) -> Vec<u8> {
    [&text[..place.start], with.as_bytes(), &text[place.end..]].concat()
}

fn is_behind_version(text: &[u8], place: usize) -> bool {
    let start = memchr::memrchr(b'\n', &text[..place]).map_or(0, |end| end + 1);
    memchr::memmem::find(&text[start..place], b"version:").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_where_it_stands_by_itself() {
        let text = b"# was 1.2.3\r\na: 1.2.30\nb: v1.2.3\nversion: '1.2.3' # 11.2.3\nc: {d: 1.2.3}\n";
        let places = places_of(text, "1.2.3");
        assert_eq!(places.iter().map(|place| line_of(text, place.start)).collect::<Vec<_>>(), [4, 1, 5]);
        let edited = replaced(text, &places[0], "1.10.0");
        let expected = "# was 1.2.3\r\na: 1.2.30\nb: v1.2.3\nversion: '1.10.0' # 11.2.3\nc: {d: 1.2.3}\n";
        assert_eq!(String::from_utf8(edited).unwrap(), expected);
        assert!(places_of(b"x: ^1", "1").is_empty());
        assert!(places_of(b"", "1").is_empty());
    }
}
