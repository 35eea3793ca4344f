//! `.helmignore` with Helm's own rules, which are not those of `.gitignore`: the first rule that matches decides, `**` is an
//! error, and `!pattern` ignores everything that does *not* match it.

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
        let rules: Result<Vec<_>, _> = lines.filter_map(|line| Rule::parse(line).transpose()).collect();
        rules.map(Self)
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
        check(line)?;
        let (negated, line) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let (folders_only, line) = line.strip_suffix(b"/").map_or((false, line), |rest| (true, rest));
        let (anchored, line) = line.strip_prefix(b"/").map_or((false, line), |rest| (true, rest));
        let is_path = anchored || line.contains(&b'/');
        Ok(Some(Self { pattern: line.to_owned(), is_path, negated, folders_only }))
    }

    fn matches(&self, path: &[u8]) -> bool {
        let base = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
        matches(&self.pattern, if self.is_path { path } else { base })
    }
}

/// Go's `filepath.Match`: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]` are classes, a backslash takes the next character
/// literally. Patterns were checked before, so what is malformed just does not match.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // The last star seen and the name it may still swallow from: enough, because a later star makes earlier ones moot.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match step(pattern, name) {
            Step::Done => return true,
            Step::Star(rest) => {
                retry = Some((rest, name));
                pattern = rest;
            }
            Step::Took(rest, behind) => (pattern, name) = (rest, behind),
            Step::Failed => match retry {
                Some((after_star, from)) if !from.is_empty() && from[0] != b'/' => {
                    retry = Some((after_star, &from[1..]));
                    (pattern, name) = (after_star, &from[1..]);
                }
                _ => return false,
            },
        }
    }
}

enum Step<'a> {
    Done,
    Star(&'a [u8]),
    Took(&'a [u8], &'a [u8]),
    Failed,
}

fn step<'a>(pattern: &'a [u8], name: &'a [u8]) -> Step<'a> {
    match pattern {
        [] if name.is_empty() => Step::Done,
        [] => Step::Failed,
        [b'*', rest @ ..] => Step::Star(rest),
        [b'?', rest @ ..] => match first_char(name) {
            Some((char, behind)) if char != '/' => Step::Took(rest, behind),
            _ => Step::Failed,
        },
        [b'[', rest @ ..] => match (first_char(name), class(rest)) {
            (Some((char, behind)), Some((class, rest))) if class.contains(char) => Step::Took(rest, behind),
            _ => Step::Failed,
        },
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => match name {
            [byte, behind @ ..] if byte == literal => Step::Took(rest, behind),
            _ => Step::Failed,
        },
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

/// Go's check of a pattern's syntax.
fn check(pattern: &[u8]) -> Result<(), String> {
    let mut rest = pattern;
    while let [byte, behind @ ..] = rest {
        rest = match byte {
            b'[' => class(behind).ok_or("syntax error in pattern")?.1,
            b'\\' => behind.get(1..).ok_or("syntax error in pattern")?,
            _ => behind,
        };
    }
    Ok(())
}
