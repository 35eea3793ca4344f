//! Tables of wishes and answers, and properties that hold for all of them.

use proptest::prelude::*;

use super::*;
use crate::cases;
use crate::request::{Asker, Origin};

#[test]
fn choices_follow_the_rules() {
    cases::run("resolve/choices.txt", |case| {
        let scene = Scene::parse(case.input());
        let resolution = resolve(&scene.requests, &scene.candidates, &scene.preferred).map_err(|error| error.to_string())?;
        cases::equal(case.section("answer").unwrap(), &lines(&resolution))
    });
}

#[test]
fn failures_say_what_was_wanted_and_what_exists() {
    cases::run("resolve/failures.txt", |case| {
        let scene = Scene::parse(case.input());
        let error = resolve(&scene.requests, &scene.candidates, &scene.preferred).unwrap_err();
        let mut text = Vec::new();
        for failure in &error.failures {
            text.push(failure.to_string());
            text.extend(failure.notes().iter().map(|note| format!("  {note}")));
            text.extend(failure.hint().map(|hint| format!("hint: {hint}")));
        }
        cases::equal(case.section("error").unwrap(), &text.join("\n"))
    });
}

#[test]
fn what_the_lock_settles_needs_no_source() {
    let scene = Scene::parse("pin redis 18.1.0 for ^18\nentry nginx 1.0.0\nwant redis ^18\nwant redis ^19\nwant nginx ^1");
    let settled: Vec<_> = scene.requests.iter().map(|request| scene.preferred.settles(request)).collect();
    assert_eq!(settled, [true, false, false]);
}

/// What a case sets up.
#[derive(Debug, Default)]
struct Scene {
    requests: Vec<Request>,
    candidates: Candidates,
    preferred: Preferred,
}

impl Scene {
    fn parse(text: &str) -> Self {
        let mut scene = Self::default();
        for line in text.lines() {
            let (word, rest) = line.split_once(' ').unwrap();
            match word {
                "offer" => scene.offer(rest),
                "names" => scene.candidates.list(chart("x").source().clone(), rest.split(' ').map(str::to_owned).collect()),
                "pin" => scene.pin(rest),
                "entry" => {
                    let (name, version) = rest.split_once(' ').unwrap();
                    let preference = Preference::Adopted { name: name.to_owned(), version: Version::parse(version).unwrap() };
                    scene.preferred.preferences.push(preference);
                }
                "want" => scene.want(rest),
                _ => panic!("what is {line}?"),
            }
        }
        scene
    }

    fn offer(&mut self, text: &str) {
        let (name, versions) = text.split_once(':').unwrap();
        let candidate = |text: &str| {
            if let Some((version, digest)) = text.split_once('@') {
                let manifest = Some(named(digest));
                return Candidate { manifest, ..Candidate::of(Version::parse(version).unwrap()) };
            }
            let version = Version::parse(text.trim_end_matches('!')).unwrap();
            let urls = if text.ends_with('!') { Vec::new() } else { vec![format!("x-{version}.tgz")] };
            Candidate { urls, ..Candidate::of(version) }
        };
        self.candidates.offer(chart(name), versions.split_whitespace().map(candidate).collect());
    }

    fn pin(&mut self, text: &str) {
        let (text, local_chart) = split(text, " of ");
        let (text, environments) = split(text, " in ");
        let (text, wants) = split(text, " for ");
        let (name, version) = text.split_once(' ').unwrap();
        let (version, digest) = split(version, "@");
        self.preferred.preferences.push(Preference::Pinned {
            local_chart: local_chart.map(|path| LocalPath::parse(path).unwrap()),
            chart: chart(name),
            version: Version::parse(version).unwrap(),
            wants: wants.unwrap().split(", ").map(constraint).collect(),
            environments: environments.into_iter().flat_map(|names| names.split(", ")).map(str::to_owned).collect(),
            fetchable: true,
            manifest: digest.map(named),
        });
    }

    fn want(&mut self, text: &str) {
        let (text, local_chart) = split(text, " of ");
        let (text, environment) = split(text, " in ");
        let (name, constraint) = text.split_once(' ').unwrap();
        let asked_by = match local_chart {
            Some(path) => Asker::LocalChart { path: LocalPath::parse(path).unwrap() },
            None => Asker::Release { name: "web".to_owned() },
        };
        self.requests.push(Request {
            chart: chart(name),
            constraint: self::constraint(constraint),
            asked_by,
            origin: Origin { file: "helmfile.yaml".to_owned(), line: Some(self.requests.len() + 1) },
            environment: environment.map(str::to_owned),
        });
    }
}

/// A digest of one digit, as the cases have it.
fn named(digit: &str) -> String {
    format!("sha256:{}", digit.repeat(64))
}

fn constraint(text: &str) -> Constraint {
    let text = text.split_once('@').map_or(text.to_owned(), |(version, digit)| format!("{version}@{}", named(digit)));
    Constraint::parse_with_digest(&text).unwrap()
}

fn split<'a>(text: &'a str, separator: &str) -> (&'a str, Option<&'a str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn chart(name: &str) -> ChartRef {
    let (source, name) = match name.strip_prefix("oci/") {
        Some(name) => ("oci://registry.example.com", name),
        None => ("https://charts.example.com", name),
    };
    ChartRef::new(Source::parse(source).unwrap(), name).unwrap()
}

fn lines(resolution: &Resolution) -> String {
    let line = |resolved: &Resolved| {
        let local_chart = resolved.local_chart.as_ref().map_or(String::new(), |path| format!("{path}: "));
        let oci = if matches!(resolved.chart.source(), Source::Oci(_)) { "oci/" } else { "" };
        let wants: Vec<_> = resolved.wants.iter().map(Constraint::original).collect();
        let environments = match resolved.environments.join(", ") {
            none if none.is_empty() => none,
            some => format!(" in {some}"),
        };
        format!("{local_chart}{oci}{} {} for {}{environments}", resolved.chart.name(), resolved.version, wants.join(", "))
    };
    resolution.resolved.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What a lock made of the resolution would promise.
fn promises(resolution: &Resolution) -> Preferred {
    let preference = |resolved: &Resolved| Preference::Pinned {
        local_chart: resolved.local_chart.clone(),
        chart: resolved.chart.clone(),
        version: resolved.version.clone(),
        wants: resolved.wants.clone(),
        environments: resolved.environments.clone(),
        fetchable: true,
        manifest: None,
    };
    Preferred { preferences: resolution.resolved.iter().map(preference).collect(), moving: None }
}

fn any_scene() -> impl Strategy<Value = Scene> {
    let version = (0..3_u8, 0..3_u8, "(|-rc)").prop_map(|(major, minor, rc)| format!("{major}.{minor}.0{rc}"));
    let constraint = (prop::sample::select(vec!["^", "~", ">=", "<=", "", "!="]), version.clone())
        .prop_map(|(operator, version)| format!("{operator}{version}"));
    let name = || prop::sample::select(vec!["a", "b", "oci/a"]);
    let place = prop::sample::select(vec!["", " in x", " in y", " of c", " in x of c"]);
    let offers = prop::collection::vec((name(), prop::collection::vec(version.clone(), 1..6)), 3..6);
    let pins = prop::collection::vec((name(), version, constraint.clone(), place.clone()), 0..4);
    let wants = prop::collection::vec((name(), constraint, place), 1..6);
    (offers, pins, wants).prop_map(|(offers, pins, wants)| {
        let offers = offers.iter().map(|(name, versions)| format!("offer {name}: {}", versions.join(" ")));
        let pins = pins.iter().map(|(name, version, wants, place)| format!("pin {name} {version} for {wants}{place}"));
        let wants = wants.iter().map(|(name, constraint, place)| format!("want {name} {constraint}{place}"));
        Scene::parse(&offers.chain(pins).chain(wants).collect::<Vec<_>>().join("\n"))
    })
}

fn resolve_scene(scene: &Scene, requests: &[Request], preferred: &Preferred) -> Result<Resolution, Error> {
    resolve(requests, &scene.candidates, preferred)
}

proptest! {
    #[test]
    fn resolving_again_changes_nothing(scene in any_scene()) {
        if let Ok(first) = resolve_scene(&scene, &scene.requests, &scene.preferred) {
            let second = resolve_scene(&scene, &scene.requests, &promises(&first)).unwrap();
            prop_assert_eq!(lines(&second), lines(&first));
        }
    }

    #[test]
    fn the_order_of_requests_and_pins_does_not_matter(scene in any_scene()) {
        let backwards: Vec<_> = scene.requests.iter().rev().cloned().collect();
        let mut preferred = scene.preferred.clone();
        preferred.preferences.reverse();
        prop_assert_eq!(
            resolve_scene(&scene, &scene.requests, &scene.preferred),
            resolve_scene(&scene, &backwards, &preferred)
        );
    }

    #[test]
    fn every_answer_is_admitted_and_no_answerable_request_fails(scene in any_scene()) {
        for request in &scene.requests {
            let admits = |version: &Version| request.constraint.admits(version);
            let offered = scene.candidates.of(&request.chart).unwrap_or_default().iter().any(|candidate| admits(&candidate.version));
            let locked = scene.preferred.preferences.iter().any(|preference| match preference {
                Preference::Pinned { chart, version, .. } => *chart == request.chart && admits(version),
                Preference::Adopted { .. } => false,
            });
            match resolve_scene(&scene, std::slice::from_ref(request), &scene.preferred) {
                Ok(resolution) => prop_assert!(admits(&resolution.resolved[0].version)),
                Err(_) => prop_assert!(!offered && !locked),
            }
        }
    }

    #[test]
    fn a_pin_moves_only_when_its_constraint_no_longer_admits_it(scene in any_scene()) {
        let Ok(first) = resolve_scene(&scene, &scene.requests, &Preferred::nothing()) else { return Ok(()) };
        // Newer versions appear; nothing that was wanted has changed.
        let mut candidates = scene.candidates.clone();
        for name in ["a", "b", "oci/a"] {
            let newer = ["0.9.0", "1.9.0", "2.9.0"].map(|text| Candidate { urls: vec![text.to_owned()], ..Candidate::of(Version::parse(text).unwrap()) });
            let all = candidates.of(&chart(name)).unwrap_or_default().iter().cloned().chain(newer).collect();
            candidates.offer(chart(name), all);
        }
        let second = resolve(&scene.requests, &candidates, &promises(&first)).unwrap();
        prop_assert_eq!(lines(&second), lines(&first));
    }
}
