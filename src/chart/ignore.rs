//! `.helmignore` with Helm's own rules, which are not those of `.gitignore`: the first rule that matches decides, `**` is an
//! error, and `!pattern` ignores everything that does *not* match it.

/// What Go's scanner takes for a line, with its end.
const LONGEST_LINE: usize = 64 << 10;

/// The rules of one chart.
pub(super) struct Ignore(Vec<Rule>);

struct Rule {
    pattern: Vec<u8>,
    /// Matches against the whole path from the chart's root; else against the last component.
    is_path: bool,
    /// Ignores what does not match.
    negated: bool,
    folders_only: bool,
}

impl Ignore {
    /// The rules of a `.helmignore`, and Helm's own one, which hides dotfiles directly in templates/.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let lines = text.split(|&byte| byte == b'\n').chain([b"templates/.?*".as_slice()]);
        let rule = |line: &[u8]| {
            if line.len() >= LONGEST_LINE { Err("bufio.Scanner: token too long".to_owned()) } else { Rule::parse(line) }
        };
        lines.filter_map(|line| rule(line).transpose()).collect::<Result<_, _>>().map(Self)
    }

    /// No rules at all.
    pub(super) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// Whether a file is left out, or a folder that it lies in.
    pub(super) fn ignores_path(&self, path: &[u8]) -> bool {
        let folders = memchr::memchr_iter(b'/', path).any(|end| self.ignores(&path[..end], true));
        folders || self.ignores(path, false)
    }

    /// Whether a file or a folder, by its path from the chart's root, is left out.
    pub(super) fn ignores(&self, path: &[u8], is_folder: bool) -> bool {
        for rule in &self.0 {
            let matches = rule.matches(path);
            if rule.negated {
                if !matches || (rule.folders_only && !is_folder) {
                    return true;
                }
            } else if matches && (is_folder || !rule.folders_only) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &[u8]) -> Result<Option<Self>, String> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim().as_bytes();
        if line.is_empty() || line.starts_with(b"#") {
            return Ok(None);
        }
        if line.windows(2).any(|pair| pair == b"**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        // So does Helm, which is why it misses what is malformed further on.
        matches(line, b"abc").map_err(|Malformed| "syntax error in pattern")?;
        let (negated, line) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let (folders_only, line) = line.strip_suffix(b"/").map_or((false, line), |rest| (true, rest));
        let (anchored, line) = line.strip_prefix(b"/").map_or((false, line), |rest| (true, rest));
        let is_path = anchored || line.contains(&b'/');
        Ok(Some(Self { pattern: line.to_owned(), is_path, negated, folders_only }))
    }

    fn matches(&self, path: &[u8]) -> bool {
        let base = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
        matches(&self.pattern, if self.is_path { path } else { base }).unwrap_or(false)
    }
}

/// Go's `filepath.Match`: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]` are classes, a backslash takes the next character
/// literally. As in Go, what is malformed is found only as far as the match comes: each piece between two stars is looked at
/// as a whole, but none behind the first that does not fit.
fn matches(pattern: &[u8], name: &[u8]) -> Result<bool, Malformed> {
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
#[derive(Debug)]
struct Malformed;

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
    let (char, rest) = first_char(pattern.strip_prefix(b"\\").unwrap_or(pattern))?;
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
