//! Replays what Helm said about versions and constraints, and holds the parsers to never panicking.

use proptest::prelude::*;

use super::{Constraint, PrereleaseRule, Version};
use crate::cases::{self, Case};

#[test]
fn versions_are_read_as_helm_reads_them() {
    cases::run("version/versions.txt", |case| {
        let got = match Version::parse(&text(case)) {
            Ok(version) => {
                let numbers = [version.major(), version.minor(), version.patch()].map(serde_json::Value::from);
                let texts = [version.prerelease(), version.metadata(), version.original(), &version.canonical()];
                let parts: Vec<_> = numbers.into_iter().chain(texts.map(serde_json::Value::from)).collect();
                format!("parts {}", serde_json::to_string(&parts).unwrap())
            }
            Err(error) => format!("error {error}"),
        };
        cases::equal(&answer(case, ["parts", "error"]), &got)
    });
}

#[test]
fn versions_are_ordered_as_helm_orders_them() {
    let versions: Vec<_> = cases::read("version/order.txt").iter().map(|case| Version::parse(&text(case)).unwrap()).collect();
    cases::run("version/order.txt", |case| {
        let version = Version::parse(&text(case)).unwrap();
        let sign = |other: &Version| ["<", "=", ">"][(version.cmp(other) as i8 + 1) as usize];
        cases::equal(case.section("order").unwrap(), &versions.iter().map(sign).collect::<String>())
    });
}

#[test]
fn constraints_admit_what_helm_admits() {
    cases::run("version/constraints.txt", |case| {
        let got = match Constraint::parse(&text(case)) {
            Ok(constraint) => format!("admits {}", admitted(&constraint, PrereleaseRule::Group)),
            Err(error) => format!("error {error}"),
        };
        cases::equal(&answer(case, ["admits", "error"]), &got)
    });
}

#[test]
fn constraints_admit_what_helm_before_3_18_admits() {
    cases::run("version/constraints-each.txt", |case| {
        let got = match Constraint::parse(&text(case)) {
            Ok(constraint) => format!("admits {}", admitted(&constraint, PrereleaseRule::Each)),
            Err(_) => "error ".to_owned(),
        };
        cases::equal(&answer(case, ["admits", "error"]), &got)
    });
}

#[test]
fn a_constraint_that_names_one_full_version_is_exact() {
    let exact = |text: &str| Constraint::parse(text).unwrap().is_exact().map(|version| version.to_string());
    assert_eq!(exact("v1.2.3-rc.1+b").as_deref(), Some("v1.2.3-rc.1+b"));
    assert_eq!(exact("= 1.2.3").as_deref(), Some("1.2.3"));
    for text in ["1.2", "1.2.x", "^1.2.3", "1.2.3 || 1.2.4", "1.2.3, 1.2.3", "*"] {
        assert_eq!(exact(text), None, "{text}");
    }
}

#[test]
fn strict_versions_are_semver_to_the_letter() {
    let error = |text: &str| Version::parse_strict(text).unwrap_err().to_string();
    assert!(Version::parse_strict("1.2.3-rc.1+b").is_ok());
    assert_eq!(error(""), "version string empty");
    assert_eq!(error("1.2"), "invalid semantic version");
    assert_eq!(error("v1.2.3"), "invalid characters in version");
    assert_eq!(error("1.02.3"), "version segment starts with 0");
    assert_eq!(error("1.2.3-01"), "version segment starts with 0");
    assert_eq!(error("1.2.3-"), "invalid prerelease string");
    assert_eq!(error("1.2.3-a_b"), "invalid prerelease string");
    assert_eq!(error("1.2.3+"), "invalid metadata string");
    assert_eq!(error("1..3"), "strconv.ParseUint: parsing \"\": invalid syntax");
}

#[test]
fn a_hostile_constraint_is_refused_in_time() {
    assert!(Constraint::parse(&"1".repeat(100_000)).is_err());
    assert!(Constraint::parse(&format!("{} - 2", "1".repeat(8_000))).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in "[0-9xX*|v.+ ,<>=!~^a-\u{e9}-]{0,24}") {
        let constraint = Constraint::parse(&text);
        let strict = Version::parse_strict(&text);
        if let Ok(version) = Version::parse(&text) {
            prop_assert_eq!(version.original(), &text);
            prop_assert_eq!(&Version::parse(&version.canonical()).unwrap(), &version);
            prop_assert!(constraint.map(|constraint| constraint.admits(&version)).is_ok());
        } else {
            prop_assert!(strict.is_err());
        }
    }
}

fn text(case: &Case) -> String {
    serde_json::from_str(&case.name).unwrap()
}

/// The one answer that the case has, behind the name of its section.
fn answer(case: &Case, sections: [&str; 2]) -> String {
    sections.iter().find_map(|name| Some(format!("{name} {}", case.section(name)?))).unwrap()
}

fn admitted(constraint: &Constraint, rule: PrereleaseRule) -> String {
    let versions: Vec<_> = cases::read("version/order.txt").iter().map(text).collect();
    let admitted = versions.iter().filter(|text| constraint.admits_under(rule, &Version::parse(text).unwrap()));
    admitted.map(String::as_str).collect::<Vec<_>>().join(" ")
}
