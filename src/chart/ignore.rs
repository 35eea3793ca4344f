//! `.helmignore` with Helm's own rules, which are not those of `.gitignore`: the first rule that matches decides, `**` is an
//! error, and `!pattern` ignores everything that does *not* match it.

use super::path_pattern::{Malformed, matches};

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

/// Without white space around it. That has no bytes that are no UTF-8, so it is as long as among characters.
fn trim(line: &[u8]) -> &[u8] {
    let text = String::from_utf8_lossy(line);
    let start = text.len() - text.trim_start().len();
    let end = text.len() - text.trim_end().len();
    line.get(start..line.len() - end.min(line.len())).unwrap_or_default()
}

impl Rule {
    fn parse(line: &[u8]) -> Result<Option<Self>, String> {
        let line = trim(line);
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
