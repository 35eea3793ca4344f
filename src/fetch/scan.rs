//! Where each chart stands in an index, found at memory speed.
//!
//! Indexes have megabytes of which a project wants a few charts, and whoever writes them (helm, chart-releaser and their like)
//! writes block style with one indent. That layout is recognised here line by line; any other is `None`, and the YAML reader
//! has to do it. What is found is only a place: the slice is read as YAML afterwards, and entries must name their chart.

use std::ops::Range;

/// The charts of an index, in its order.
pub(super) struct Places<'a> {
    bytes: &'a [u8],
    charts: Vec<(&'a str, Range<usize>)>,
}

impl<'a> Places<'a> {
    /// Looks for the charts, if the layout is the usual one.
    pub(super) fn find(bytes: &'a [u8]) -> Option<Self> {
        let mut lines = Lines { bytes, at: 0 };
        let mut found_version = false;
        loop {
            let (line, _) = lines.next()?;
            match line {
                b"entries:" => break,
                b"" | b"---" => {}
                _ if line.starts_with(b"#") => {}
                _ if !line[0].is_ascii_alphabetic() || is_odd(line) => return None,
                _ => found_version |= line.starts_with(b"apiVersion:"),
            }
        }
        let (mut charts, mut indent, mut end) = (Vec::new(), 0, bytes.len());
        for (line, start) in lines {
            let spaces = line.iter().take_while(|byte| **byte == b' ').count();
            let text = &line[spaces..];
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            if charts.is_empty() {
                indent = spaces;
            }
            if spaces == 0 {
                // What comes later under the same key counts instead.
                if memchr::memmem::find(&bytes[start..], b"entries").is_some() {
                    return None;
                }
                end = start;
                found_version |= memchr::memmem::find(&bytes[start..], b"apiVersion:").is_some();
                break;
            }
            if spaces < indent || text[0] == b'\t' {
                return None;
            }
            if spaces == indent && !text.starts_with(b"- ") {
                charts.push((name(text)?, start..bytes.len()));
            } else if charts.is_empty() {
                return None;
            }
        }
        found_version.then_some(())?;
        let starts: Vec<_> = charts.iter().skip(1).map(|(_, range)| range.start).chain([end]).collect();
        charts.iter_mut().zip(starts).for_each(|((_, range), next)| range.end = next);
        Some(Self { bytes, charts })
    }

    /// The names of all charts.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.charts.iter().map(|(name, _)| *name)
    }

    /// The block of each of the places that a chart has: one, in a sound index.
    pub(super) fn blocks(&self, chart: &str) -> impl Iterator<Item = &'a [u8]> {
        self.charts.iter().filter(move |(name, _)| *name == chart).map(|(_, range)| &self.bytes[range.clone()])
    }
}

/// The key of a line that has nothing else: `name:`, in quotes or not.
fn name(text: &[u8]) -> Option<&str> {
    let key = text.trim_ascii_end().strip_suffix(b":")?;
    let bare = [b'"', b'\''].iter().find_map(|quote| key.strip_prefix(&[*quote])?.strip_suffix(&[*quote])).unwrap_or(key);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    let is_name = bare.first().is_some_and(u8::is_ascii_alphanumeric) && bare.iter().all(is_plain);
    std::str::from_utf8(bare).ok().filter(|_| is_name)
}

fn is_odd(line: &[u8]) -> bool {
    line.iter().any(|byte| matches!(byte, b'&' | b'{' | b'[' | b'|' | b'>' | b'\t'))
}

/// Lines without their ends, and where they start.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], usize);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at = start + length + 1;
        Some((rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]), start))
    }
}
