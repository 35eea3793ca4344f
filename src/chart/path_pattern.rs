//! Patterns of paths as Go's `filepath.Match` reads them: those of `.helmignore`, of `--show-only`, and of file names in
//! helmfile.yaml. `.Files.Glob` has its own kind.

/// Go's `filepath.Match`: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]` are classes, a backslash takes the next character
/// literally. As in Go, what is malformed is found only as far as the match comes: each piece between two stars is looked at
/// as a whole, but none behind the first that does not fit.
///
/// # Errors
/// [`Malformed`], as far as it is found.
pub fn matches(pattern: &[u8], name: &[u8]) -> Result<bool, Malformed> {
    let (mut pattern, mut name) = (pattern, name);
    while !pattern.is_empty() {
        let (has_star, piece, behind) = first_piece(pattern);
        let reach = if has_star { name.iter().position(|&byte| byte == b'/').unwrap_or(name.len()) } else { 0 };
        if has_star && piece.is_empty() {
            return Ok(reach == name.len());
        }
        let mut left = None;
        for start in 0..=reach {
            left = without_piece(piece, &name[start..])?.filter(|left| left.is_empty() || !behind.is_empty());
            if left.is_some() {
                break;
            }
        }
        let Some(left) = left else { return Ok(false) };
        (pattern, name) = (behind, left);
    }
    Ok(name.is_empty())
}

/// A pattern has an unfinished class or escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Whether a pattern begins with stars, what follows up to the next star, and the rest.
fn first_piece(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let start = pattern.iter().position(|&byte| byte != b'*').unwrap_or(pattern.len());
    let text = &pattern[start..];
    let (mut index, mut in_class) = (0, false);
    while let Some(byte) = text.get(index) {
        match byte {
            b'\\' => index += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => break,
            _ => {}
        }
        index += 1;
    }
    let (piece, behind) = text.split_at(index.min(text.len()));
    (start > 0, piece, behind)
}

/// What is left of a name behind a piece without stars, if it begins with that. A piece is checked to its end in any case.
fn without_piece<'a>(piece: &[u8], name: &'a [u8]) -> Result<Option<&'a [u8]>, Malformed> {
    let (mut piece, mut name) = (piece, Some(name));
    while let [byte, behind @ ..] = piece {
        let wanted;
        (wanted, piece) = match byte {
            b'[' => {
                let (class, behind) = class(behind).ok_or(Malformed)?;
                (Wanted::Class(class), behind)
            }
            b'?' => (Wanted::Any, behind),
            b'\\' => {
                let (literal, behind) = behind.split_first().ok_or(Malformed)?;
                (Wanted::Byte(*literal), behind)
            }
            literal => (Wanted::Byte(*literal), behind),
        };
        name = name.and_then(|name| wanted.without(name));
    }
    Ok(name)
}

/// What one character of a name must be.
enum Wanted {
    Byte(u8),
    Any,
    Class(Class),
}

impl Wanted {
    /// The name without its first character, if that is wanted.
    fn without<'a>(&self, name: &'a [u8]) -> Option<&'a [u8]> {
        let (char, behind) = first_char(name)?;
        match self {
            Self::Byte(byte) => name.split_first().filter(|(first, _)| *first == byte).map(|(_, behind)| behind),
            Self::Any => Some(behind).filter(|_| char != '/'),
            Self::Class(class) => Some(behind).filter(|_| class.contains(char)),
        }
    }
}

struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    fn contains(&self, char: char) -> bool {
        self.ranges.iter().any(|&(low, high)| (low..=high).contains(&char)) != self.negated
    }
}

/// The class whose `[` was read, and what follows its `]`; `None` if it is malformed.
fn class(pattern: &[u8]) -> Option<(Class, &[u8])> {
    let (negated, mut rest) = pattern.strip_prefix(b"^").map_or((false, pattern), |rest| (true, rest));
    let mut ranges = Vec::new();
    loop {
        if let (Some(behind), false) = (rest.strip_prefix(b"]"), ranges.is_empty()) {
            return Some((Class { negated, ranges }, behind));
        }
        let (low, behind) = class_char(rest)?;
        let (high, behind) = match behind.strip_prefix(b"-") {
            Some(behind) => class_char(behind)?,
            None => (low, behind),
        };
        ranges.push((low, high));
        rest = behind;
    }
}

fn class_char(pattern: &[u8]) -> Option<(char, &[u8])> {
    if matches!(pattern, [] | [b'-' | b']', ..]) {
        return None;
    }
    let pattern = pattern.strip_prefix(b"\\").unwrap_or(pattern);
    let (char, rest) = first_char(pattern)?;
    // A byte that is no UTF-8 has no place in a class.
    if char == char::REPLACEMENT_CHARACTER && pattern.len() - rest.len() == 1 {
        return None;
    }
    // A class must still be closed after this.
    if rest.is_empty() { None } else { Some((char, rest)) }
}

/// The first character, with U+FFFD for a byte that is no UTF-8.
fn first_char(text: &[u8]) -> Option<(char, &[u8])> {
    let chunk = text.utf8_chunks().next()?;
    match chunk.valid().chars().next() {
        Some(char) => Some((char, &text[char.len_utf8()..])),
        None => Some((char::REPLACEMENT_CHARACTER, &text[1..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, expected) in [
            ("*", "a.yaml", true),
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a.yml", false),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("*a*b*", "xxaxxbxx", true),
            ("?", "ä", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[^a-c]x", "dx", true),
            ("[ab", "a", false),
            ("[!a]", "!", true),
            ("a*[", "b", false),
            ("a*", "a/b", false),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("", "a", false),
            ("a", "", false),
        ] {
            let found = matches(pattern.as_bytes(), name.as_bytes()).unwrap_or(false);
            assert_eq!(found, expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_malformed_is_found_as_far_as_the_match_comes() {
        assert_eq!(matches(b"[a", b"abc"), Err(Malformed));
        assert_eq!(matches(b"[\xff]", b"abc"), Err(Malformed));
        assert_eq!(matches(b"x*[a", b"abc"), Ok(false));
        assert_eq!(matches(b"a*[b", b"abc"), Err(Malformed));
    }
}
