//! Patterns of `.Files.Glob` (gobwas/glob): `*` and `?` stop at a separator, `**` does not, `{a,b}` are alternatives. Those of
//! `--show-only` and of `.helmignore` are of another kind ([`crate::chart::path_pattern`]).

/// A compiled pattern.
pub(super) struct Pattern(Vec<Part>);

enum Part {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Segment,
    /// `**`
    Any,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    Choice(Vec<Vec<Part>>),
}

/// Alternatives within alternatives deeper than this make a pattern bad.
const MAX_DEPTH: usize = 32;

impl Pattern {
    /// Reads a pattern. Helm takes a bad one for `**`.
    pub(super) fn parse(text: &[u8]) -> Self {
        let chars: Vec<char> = String::from_utf8_lossy(text).chars().collect();
        let mut at = 0;
        match sequence(&chars, &mut at, 0) {
            Some(parts) if at == chars.len() => Self(parts),
            _ => Self(vec![Part::Any]),
        }
    }

    /// Whether the whole of `name` matches.
    pub(super) fn matches(&self, name: &[u8]) -> bool {
        let name: Vec<char> = String::from_utf8_lossy(name).chars().collect();
        ends(&self.0, &name, vec![0]).contains(&name.len())
    }
}

fn sequence(chars: &[char], at: &mut usize, depth: usize) -> Option<Vec<Part>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut parts = Vec::new();
    while let Some(&c) = chars.get(*at) {
        if depth > 0 && (c == ',' || c == '}') {
            break;
        }
        *at += 1;
        parts.push(match c {
            '*' if chars.get(*at) == Some(&'*') => {
                *at += 1;
                Part::Any
            }
            '*' => Part::Segment,
            '?' => Part::One,
            // One at the end says nothing.
            '\\' if *at == chars.len() => break,
            '\\' => {
                *at += 1;
                Part::Literal(chars[*at - 1])
            }
            '[' => class(chars, at)?,
            '{' => choice(chars, at, depth)?,
            c => Part::Literal(c),
        });
    }
    Some(parts)
}

/// Either one range or a list of characters, in which `-` and `^` are some.
fn class(chars: &[char], at: &mut usize) -> Option<Part> {
    let negated = chars.get(*at) == Some(&'!');
    *at += usize::from(negated);
    let ranges = match chars[*at..] {
        [low, '-', high, ']', ..] if low <= high => {
            *at += 3;
            vec![(low, high)]
        }
        [_, '-', ..] => return None,
        _ => listed(chars, at)?,
    };
    *at += 1;
    Some(Part::Class { negated, ranges })
}

/// The characters up to the bracket that closes a list; there is one at least.
fn listed(chars: &[char], at: &mut usize) -> Option<Vec<(char, char)>> {
    let mut ranges = Vec::new();
    loop {
        let char = match *chars.get(*at)? {
            ']' => break,
            '\\' => {
                *at += 1;
                *chars.get(*at)?
            }
            char => char,
        };
        *at += 1;
        ranges.push((char, char));
    }
    if ranges.is_empty() { None } else { Some(ranges) }
}

/// Alternatives; what is not closed ends with the pattern.
fn choice(chars: &[char], at: &mut usize, depth: usize) -> Option<Part> {
    let mut alternatives = Vec::new();
    loop {
        alternatives.push(sequence(chars, at, depth + 1)?);
        *at += 1;
        match chars.get(*at - 1) {
            Some(',') => {}
            Some('}') => return Some(Part::Choice(alternatives)),
            _ => {
                *at = chars.len();
                return Some(Part::Choice(alternatives));
            }
        }
    }
}

/// All places in `name` where `parts` may end when started at any of `starts`; sets keep the time linear in both lengths.
fn ends(parts: &[Part], name: &[char], mut starts: Vec<usize>) -> Vec<usize> {
    for part in parts {
        let mut next: Vec<usize> = match part {
            Part::Literal(c) => step(&starts, name, |at| at == *c),
            Part::One => step(&starts, name, |at| at != '/'),
            Part::Class { negated, ranges } => {
                step(&starts, name, |at| ranges.iter().any(|&(low, high)| low <= at && at <= high) != *negated)
            }
            Part::Segment => spread(&starts, name, |at| at != '/'),
            Part::Any => spread(&starts, name, |_| true),
            Part::Choice(alternatives) => {
                alternatives.iter().flat_map(|alternative| ends(alternative, name, starts.clone())).collect()
            }
        };
        next.sort_unstable();
        next.dedup();
        starts = next;
    }
    starts
}

fn step(starts: &[usize], name: &[char], fits: impl Fn(char) -> bool) -> Vec<usize> {
    starts.iter().filter(|&&at| name.get(at).is_some_and(|&c| fits(c))).map(|at| at + 1).collect()
}

fn spread(starts: &[usize], name: &[char], fits: impl Fn(char) -> bool) -> Vec<usize> {
    let mut reached = vec![false; name.len() + 1];
    for &start in starts {
        let mut at = start;
        while !reached[at] {
            reached[at] = true;
            if !name.get(at).is_some_and(|&c| fits(c)) {
                break;
            }
            at += 1;
        }
    }
    reached.iter().enumerate().filter(|(_, reached)| **reached).map(|(at, _)| at).collect()
}
