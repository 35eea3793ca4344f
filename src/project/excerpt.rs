//! The lines around a mistake, for people. Values behind keys whose names say that they are secret are left out; secrets that are
//! known as such are taken out of all messages later.

use std::fmt::Write;

/// Lines before the one that is meant, and after it.
const AROUND: (usize, usize) = (2, 1);
/// More of a line is not shown.
const WIDEST: usize = 120;

/// The lines around `line`, counted from one, with their numbers as a reader of the file counts them: `first` is that of the text's
/// first line. Nothing if the text has no such line.
pub fn excerpt(text: &[u8], line: usize, first: usize) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<_> = text.lines().collect();
    let index = line.checked_sub(1).filter(|index| *index < lines.len())?;
    let from = index.saturating_sub(AROUND.0);
    let to = (index + AROUND.1 + 1).min(lines.len());
    let width = (first + to - 1).to_string().len();
    let mut shown = String::new();
    for (at, text) in lines.iter().enumerate().take(to).skip(from) {
        let mark = if at == index { '>' } else { ' ' };
        let text: String = without_values(text).chars().take(WIDEST).collect();
        // Writing to a string cannot fail.
        let _written = writeln!(shown, "{mark} {:>width$} | {text}", first + at);
    }
    Some(shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// A line without what stands behind keys that name secrets, and without the users and passwords of URLs.
fn without_values(line: &str) -> String {
    const WORDS: [&str; 6] = ["auth", "credential", "key", "pass", "secret", "token"];
    let lower = line.to_ascii_lowercase();
    let named = WORDS.iter().filter_map(|word| lower.find(word)).min();
    // A letter may be longer in the one case than in the other; then nothing of the line is sure.
    let value = named.and_then(|at| Some(at + lower.get(at..)?.find(": ")? + 2));
    let line = match value {
        Some(at) if line.is_char_boundary(at) && !line[at..].trim_start().starts_with("{{") => format!("{}…", &line[..at]),
        _ => line.to_owned(),
    };
    without_user(&line)
}

fn without_user(line: &str) -> String {
    let Some((scheme, rest)) = line.split_once("://") else { return line.to_owned() };
    let end = rest.find(|letter: char| letter == '/' || letter.is_whitespace() || "\"'".contains(letter)).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://…{}", &rest[at..]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_is_meant_stands_among_its_neighbours() {
        let text = b"a: 1\nb: 2\nc: [\nd: 4\ne: 5\n";
        assert_eq!(excerpt(text, 3, 8).unwrap(), "   8 | a: 1\n   9 | b: 2\n> 10 | c: [\n  11 | d: 4");
        assert_eq!(excerpt(text, 1, 1).unwrap(), "> 1 | a: 1\n  2 | b: 2");
        assert_eq!(excerpt(text, 6, 1), None);
        assert_eq!(excerpt(text, 0, 1), None);
    }

    #[test]
    fn secrets_are_left_out() {
        for (line, shown) in [
            ("  password: hunter2", "  password: …"),
            ("- {name: a, apiToken: x, b: c}", "- {name: a, apiToken: …"),
            ("url: https://user:pass@host/path", "url: https://…@host/path"),
            ("url: https://host/a@b", "url: https://host/a@b"),
            ("passing: by {{ .Values.x }}", "passing: …"),
            ("token: {{ .Values.token }}", "token: {{ .Values.token }}"),
        ] {
            assert_eq!(without_values(line), shown);
        }
    }
}
