//! The constraint of the same shape around another version: what to write where somebody wrote `~1.2` and wants 1.4.3.

use super::{Constraint, Version};

impl Constraint {
    /// The text of this constraint moved so that it admits `version`, with its operator, its number of parts, its `x` and its
    /// `v` kept; nothing if it is of another shape than one operator and one version.
    pub fn moved_to(&self, version: &Version) -> Option<String> {
        let text = self.original().trim();
        let digits = text.find(|c: char| c.is_ascii_digit())?;
        let (operator, written) = text.split_at(digits);
        let is_shape = matches!(operator.trim_end_matches('v').trim_end(), "" | "=" | "^" | "~" | "~>");
        let moved = if is_shape { format!("{operator}{}", written_like(written, version)?) } else { return None };
        // A range does not admit prereleases, and a text that is no constraint admits nothing.
        let admits = |constraint: Self| constraint.original() == version.original() || constraint.admits(version);
        Self::parse(&moved).ok().filter(|constraint| admits(constraint.clone())).map(|_| moved)
    }
}

/// The version with as many parts as `written` has, and wildcards where it has them.
fn written_like(written: &str, version: &Version) -> Option<String> {
    let parts: Vec<_> = written.split(['-', '+']).next()?.split('.').collect();
    let is_wildcard = |part: &str| matches!(part, "x" | "X" | "*");
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(|part| is_number(part) || is_wildcard(part)) {
        return None;
    }
    if parts.len() == 3 && parts.iter().all(|part| is_number(part)) {
        return Some(version.original().trim_start_matches('v').to_owned());
    }
    let numbers = [version.major(), version.minor(), version.patch()].map(|number| number.to_string());
    let kept = |(part, number): (&&str, &String)| if is_wildcard(part) { (*part).to_owned() } else { number.clone() };
    Some(parts.iter().zip(&numbers).map(kept).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_keeps_its_shape() {
        let moved = |constraint: &str, version: &str| {
            Constraint::parse(constraint).unwrap().moved_to(&Version::parse(version).unwrap()).unwrap_or_default()
        };
        assert_eq!(moved("20.5.0", "21.1.3"), "21.1.3");
        assert_eq!(moved("20.5.0", "v21.1.3-rc.1"), "21.1.3-rc.1");
        assert_eq!(moved("v1.2.3", "v1.3.0"), "v1.3.0");
        assert_eq!(moved("= 1.2.3", "1.3.0"), "= 1.3.0");
        assert_eq!(moved("^20", "21.1.3"), "^21");
        assert_eq!(moved("~20.5", "21.1.3"), "~21.1");
        assert_eq!(moved("^20.5.0", "21.1.3"), "^21.1.3");
        assert_eq!(moved("20", "21.1.3"), "21");
        assert_eq!(moved("20.5.x", "21.1.3"), "21.1.x");
        assert_eq!(moved("1.0.0-rc.1", "1.0.0"), "1.0.0");
        for other in [">=20", "20 - 21", "^1 || ^2", "*", ">=1, <2", "<3"] {
            assert_eq!(moved(other, "21.1.3"), "", "{other}");
        }
        assert_eq!(moved("^20", "21.0.0-rc.1"), "");
    }
}
