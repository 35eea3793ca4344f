//! Where to ask instead of a place: rules of the user, outside of the lock. That any of these places may serve is because the
//! digest in the lock, and not the place, says what a chart is.
//!
//! Rules are about texts: a place that is a rule's prefix, or lies below it, is also what the rule's locations have there.

use std::path::{Path, PathBuf};

use super::{Problem, Tls};

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The places that it is about: this one and all below it, such as `https://charts.example.com` or `oci://`.
    pub prefix: String,
    /// What stands for the prefix, in the order of asking: `http`, `https` and `oci` URLs.
    pub locations: Vec<String>,
    /// Whether the places themselves are never asked.
    pub only: bool,
    /// The authorities whose certificates the locations have, if they are none of the system's: a file, and what it has.
    pub authorities: Option<(PathBuf, Vec<u8>)>,
}

/// Whom to ask for what a place has.
pub(super) struct Places {
    /// Instead of the place, in order.
    pub(super) mirrors: Vec<String>,
    /// Whether the place itself may be asked, last.
    pub(super) admits_origin: bool,
}

/// Whom to ask for what `place` has. All rules that fit count, in their order; one that forbids the origin forbids it for all.
pub(super) fn places(place: &str, rules: &[Mirror]) -> Places {
    let mut places = Places { mirrors: Vec::new(), admits_origin: true };
    for rule in rules {
        let Some(below) = below(place, &rule.prefix) else { continue };
        for location in &rule.locations {
            let mirror = format!("{}{below}", location.trim_end_matches('/'));
            if !places.mirrors.contains(&mirror) {
                places.mirrors.push(mirror);
            }
        }
        places.admits_origin &= !rule.only;
    }
    places
}

impl Places {
    /// All of them, with the origin last if it may be asked.
    pub(super) fn all(self, origin: &str) -> Vec<String> {
        let origin = Some(origin.to_owned()).filter(|origin| self.admits_origin && !self.mirrors.contains(origin));
        self.mirrors.into_iter().chain(origin).collect()
    }
}

/// How a place is trusted because it is a location of a rule: what `http` asks on behalf of, so that a registry is its origin.
pub(super) fn tls(place: &str, rules: &[Mirror]) -> Option<Tls> {
    let (_, authorities) = rules.iter().find(|rule| rule.is_trusted_at(place))?.authorities.as_ref()?;
    Some(Tls { authorities: authorities.clone(), ..Tls::default() })
}

/// The same as a file, for git.
pub(super) fn authorities<'a>(place: &str, rules: &'a [Mirror]) -> Option<&'a Path> {
    let (path, _) = rules.iter().find(|rule| rule.is_trusted_at(place))?.authorities.as_ref()?;
    Some(path)
}

impl Mirror {
    /// Whether a place is one of its locations, below one, or the origin of one that is a registry, and the rule has authorities.
    fn is_trusted_at(&self, place: &str) -> bool {
        let is_location = |location: &String| match location.strip_prefix("oci://") {
            Some(rest) => place.strip_prefix("https://") == rest.split('/').next(),
            None => below(place, location).is_some(),
        };
        self.authorities.is_some() && self.locations.iter().any(is_location)
    }
}

/// What follows the prefix, with its slash; nothing if the place is not below it.
fn below(place: &str, prefix: &str) -> Option<String> {
    if prefix.ends_with("://") {
        return place.strip_prefix(prefix).map(|rest| format!("/{rest}"));
    }
    let rest = place.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
}

/// Why nobody had it, from what each of those who were asked said.
pub(super) fn nowhere(mut problems: Vec<Problem>, place: &str) -> Problem {
    match problems.len() {
        0 => Problem::NoMirror { place: place.to_owned() },
        1 => problems.swap_remove(0),
        _ => Problem::Everywhere { said: problems },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(prefix: &str, locations: &[&str], only: bool) -> Mirror {
        let locations = locations.iter().map(|text| (*text).to_owned()).collect();
        Mirror { prefix: prefix.to_owned(), locations, only, authorities: None }
    }

    #[test]
    fn prefixes_end_where_parts_do() {
        let rules = [rule("https://a.example.com/stable/", &["https://m.example.com/a/", "oci://r.example.com/a"], false)];
        let all = |place: &str| places(place, &rules).all(place);
        assert_eq!(
            all("https://a.example.com/stable/x.tgz"),
            ["https://m.example.com/a/x.tgz", "oci://r.example.com/a/x.tgz", "https://a.example.com/stable/x.tgz"]
        );
        assert_eq!(all("https://a.example.com/stable")[0], "https://m.example.com/a");
        for other in ["https://a.example.com/stable2", "https://a.example.com", "http://a.example.com/stable"] {
            assert_eq!(all(other), [other]);
        }
    }

    #[test]
    fn a_rule_says_whose_certificates_its_locations_have_and_no_others() {
        let authorities = Some((PathBuf::from("ca.pem"), b"PEM".to_vec()));
        let rule = rule("https://a", &["https://m/a", "oci://r:5000/a"], false);
        let rules = [Mirror { authorities, ..rule }];
        let is_trusted = |place: &str| (tls(place, &rules).is_some(), super::authorities(place, &rules).is_some());
        assert!(["https://m/a", "https://m/a/b", "https://r:5000"].iter().all(|place| is_trusted(place) == (true, true)));
        assert!(["https://m", "https://m/ab", "https://r", "https://a"].iter().all(|place| is_trusted(place) == (false, false)));
    }

    #[test]
    fn rules_add_up_and_the_strictest_holds() {
        let rules = [rule("oci://", &["oci://m"], false), rule("oci://r/a", &["oci://n", "oci://m/r/a"], true)];
        assert_eq!(places("oci://r/a", &rules).all("oci://r/a"), ["oci://m/r/a", "oci://n"]);
        assert_eq!(places("oci://r/b", &rules).all("oci://r/b"), ["oci://m/r/b", "oci://r/b"]);
        assert_eq!(places("oci://r", &[rule("oci://r", &[], true)]).all("oci://r"), Vec::<String>::new());
    }
}
