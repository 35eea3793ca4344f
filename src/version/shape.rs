//! Cuts the text of a version into its parts: `v?N[.N[.N]][-prerelease][+metadata]`.
//!
//! Versions and constraints share this shape and differ in what a number may be (`x` and `*` in constraints), so the caller
//! says which bytes may stand there. Nothing is validated beyond the shape.

/// The parts of a version's text.
pub(super) struct Shape<'a> {
    /// All of it.
    pub(super) text: &'a str,
    /// Major, minor and patch; the first is always there.
    pub(super) numbers: [Option<&'a str>; 3],
    /// What stands behind `-`.
    pub(super) prerelease: Option<&'a str>,
    /// What stands behind `+`.
    pub(super) metadata: Option<&'a str>,
}

/// Cuts the longest version off the front of `text`; returns its parts and the rest.
pub(super) fn cut(text: &str, numeric: fn(u8) -> bool) -> Option<(Shape<'_>, &str)> {
    let start = text.strip_prefix('v').unwrap_or(text);
    let (major, mut rest) = run(start, numeric)?;
    let mut numbers = [Some(major), None, None];
    for number in &mut numbers[1..] {
        let Some((digits, after)) = rest.strip_prefix('.').and_then(|after| run(after, numeric)) else { break };
        *number = Some(digits);
        rest = after;
    }
    let (prerelease, rest) = identifiers(rest, '-');
    let (metadata, rest) = identifiers(rest, '+');
    let text = &text[..text.len() - rest.len()];
    Some((Shape { text, numbers, prerelease, metadata }, rest))
}

/// Dot-separated identifiers behind `mark`, as many as there are.
fn identifiers(text: &str, mark: char) -> (Option<&str>, &str) {
    let identifier = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let Some((first, mut rest)) = text.strip_prefix(mark).and_then(|after| run(after, identifier)) else {
        return (None, text);
    };
    let mut length = first.len();
    while let Some((next, after)) = rest.strip_prefix('.').and_then(|after| run(after, identifier)) {
        length += 1 + next.len();
        rest = after;
    }
    (Some(&text[1..=length]), rest)
}

/// The longest run of accepted bytes, which are ASCII, and the rest; nothing if the run is empty.
fn run(text: &str, accepted: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let length = text.bytes().position(|byte| !accepted(byte)).unwrap_or(text.len());
    (length > 0).then(|| text.split_at(length))
}
