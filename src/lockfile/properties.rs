//! What must hold of resolving, updating and checking together, for any project: on plain requests and candidates, with
//! digests that stand for bytes.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;

use super::{Content, Drift, Lockfile, Merged, RenderDefaults, merge, parse};
use crate::digest::Digest;
use crate::request::{Asker, Origin, Request};
use crate::resolve::{Candidate, Candidates, Moving, Preferred, resolve};
use crate::source::{ChartRef, LocalPath, Source};
use crate::version::{Constraint, Level, Version};

const NAMES: [&str; 3] = ["a", "b", "c"];
const VERSIONS: [&str; 8] = ["1.0.0", "1.0.1", "1.1.0", "1.2.0", "2.0.0", "2.1.0", "3.0.0-rc.1", "3.0.0"];
const CONSTRAINTS: [&str; 8] = ["^1", "~1.0", ">=1.0.0", "*", "^2", "<3", "1.0.0", "!=1.0.0"];
const ENVIRONMENTS: [&str; 3] = ["default", "production", "staging"];

/// A wish as numbers: chart, constraint, environment, who asks.
type Wish = (usize, usize, usize, usize);

fn request((name, constraint, environment, asker): Wish) -> Request {
    // Local charts ask in all environments alike.
    let (asked_by, environment) = match asker {
        0 => (Asker::LocalChart { path: LocalPath::parse("charts/app").unwrap() }, None),
        number => (Asker::Release { name: format!("release-{number}") }, Some(ENVIRONMENTS[environment].to_owned())),
    };
    Request {
        chart: chart(NAMES[name]),
        constraint: Constraint::parse(CONSTRAINTS[constraint]).unwrap(),
        asked_by,
        origin: Origin { file: "helmfile.yaml".to_owned(), line: Some(1 + name + 10 * constraint) },
        environment,
    }
}

fn chart(name: &str) -> ChartRef {
    ChartRef::new(Source::parse("https://charts.example.com").unwrap(), name).unwrap()
}

/// Every chart in the first `offered` versions.
fn candidates(offered: usize) -> Candidates {
    let mut candidates = Candidates::new();
    for name in NAMES {
        let offer = VERSIONS[..offered].iter().map(|text| Candidate {
            urls: vec![format!("https://charts.example.com/{name}-{text}.tgz")],
            ..Candidate::of(Version::parse(text).unwrap())
        });
        candidates.offer(chart(name), offer.collect());
    }
    candidates
}

fn lock(requests: &[Request], candidates: &Candidates, preferred: &Preferred) -> Option<Lockfile> {
    let resolution = resolve(requests, candidates, preferred).ok()?;
    let contents: Vec<_> = resolution.resolved.iter().map(|resolved| content(&resolved.chart, &resolved.version)).collect();
    let render = RenderDefaults { helm: "4.3".to_owned(), kube_version: "1.37.0".to_owned(), by_helm: Vec::new() };
    Lockfile::new(render, &resolution, &contents).ok()
}

fn content(chart: &ChartRef, version: &Version) -> Content {
    let address = format!("https://charts.example.com/{}-{version}.tgz", chart.name());
    Content {
        chart: chart.clone(),
        version: version.clone(),
        digest: Digest::of(address.as_bytes()),
        url: Some(address),
        app_version: None,
        oci_manifest: None,
        index_digest: None,
        files_digest: None,
    }
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    prop::collection::vec((0..NAMES.len(), 0..CONSTRAINTS.len(), 0..ENVIRONMENTS.len(), 0..4_usize), 1..9)
}

/// The entries of a lock's text that are about charts of other names.
fn without(lockfile: &Lockfile, name: &str) -> Vec<String> {
    let pins = lockfile.pins().filter(|(_, pin)| pin.content.chart.name() != name);
    pins.map(|(path, pin)| format!("{path:?} {pin:?}")).collect()
}

/// A lock after some time: wishes resolved when fewer versions were there, and once more after one wish moved by itself.
fn aged(wishes: &[Wish], moved: usize) -> Option<(Vec<Request>, Lockfile)> {
    let requests: Vec<_> = wishes.iter().copied().map(request).collect();
    let first = lock(&requests, &candidates(3), &Preferred::nothing())?;
    let one = requests[moved % requests.len()].clone();
    let moving = Moving::up([one], Level::Major);
    let second = lock(&requests, &candidates(6), &Preferred { moving: Some(moving), ..first.preferred() })?;
    Some((requests, second))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_global_rejects: 65_536, ..ProptestConfig::default() })]

    #[test]
    fn what_was_resolved_is_current(wishes in wishes(), moved in 0..9_usize) {
        let Some((requests, lockfile)) = aged(&wishes, moved) else { return Ok(()) };
        prop_assert_eq!(lockfile.check(&requests), Vec::<Drift>::new());
        let read = parse(lockfile.to_string().as_bytes()).unwrap();
        prop_assert_eq!(read.check(&requests), Vec::<Drift>::new());
    }

    #[test]
    fn resolving_again_changes_no_byte_in_whatever_order(wishes in wishes(), moved in 0..9_usize) {
        let Some((mut requests, lockfile)) = aged(&wishes, moved) else { return Ok(()) };
        requests.reverse();
        let again = lock(&requests, &candidates(8), &lockfile.preferred()).unwrap();
        prop_assert_eq!(again.to_string(), lockfile.to_string());
    }

    #[test]
    fn an_update_touches_only_what_it_names(wishes in wishes(), moved in 0..9_usize, name in 0..NAMES.len(), level in 0..3_usize) {
        let Some((requests, old)) = aged(&wishes, moved) else { return Ok(()) };
        let named = requests.iter().filter(|request| request.chart.name() == NAMES[name]).cloned();
        let level = Level::NAMES[level].parse().unwrap();
        let moving = Moving::up(named, level);
        let new = lock(&requests, &candidates(8), &Preferred { moving: Some(moving), ..old.preferred() }).unwrap();
        prop_assert_eq!(without(&new, NAMES[name]), without(&old, NAMES[name]));
        prop_assert_eq!(new.check(&requests), Vec::<Drift>::new());
        for request in &requests {
            let (before, after) = (old.pin_for(request).unwrap(), new.pin_for(request).unwrap());
            prop_assert!(level.admits(&before.content.version, &after.content.version));
        }
    }

    #[test]
    fn an_update_of_one_environment_leaves_the_others_as_they_are(wishes in wishes(), moved in 0..9_usize, environment in 0..3_usize) {
        let Some((requests, old)) = aged(&wishes, moved) else { return Ok(()) };
        let environment = Some(ENVIRONMENTS[environment].to_owned());
        let named = requests.iter().filter(|request| request.environment == environment).cloned();
        let moving = Moving::up(named, Level::Major);
        let new = lock(&requests, &candidates(8), &Preferred { moving: Some(moving), ..old.preferred() }).unwrap();
        for request in requests.iter().filter(|request| request.environment != environment) {
            let version = |lockfile: &Lockfile| lockfile.pin_for(request).unwrap().content.version.to_string();
            prop_assert_eq!(version(&old), version(&new));
        }
    }

    #[test]
    fn a_lock_fits_no_other_project(wishes in wishes(), others in wishes(), moved in 0..9_usize) {
        let Some((requests, lockfile)) = aged(&wishes, moved) else { return Ok(()) };
        let others: Vec<_> = others.into_iter().map(request).collect();
        // What makes two projects one to a lock: the same wishes, whoever has them and wherever they are written.
        let wanted = |requests: &[Request]| {
            let mut wanted: Vec<_> = requests
                .iter()
                .map(|request| (request.asked_by.local_chart().cloned(), request.chart.clone(), request.constraint.clone()))
                .collect();
            wanted.sort();
            wanted.dedup();
            wanted
        };
        let drifts = lockfile.check(&others);
        if wanted(&others) == wanted(&requests) {
            // The environments may still differ, and a pin of one that is gone is superfluous.
            return Ok(());
        }
        prop_assert!(!drifts.is_empty(), "{lockfile}");
    }

    #[test]
    fn a_release_more_or_less_moves_nothing_else(wishes in wishes(), moved in 0..9_usize, more in (0..3_usize, 0..8_usize, 0..3_usize)) {
        let Some((mut requests, old)) = aged(&wishes, moved) else { return Ok(()) };
        let (name, constraint, environment) = more;
        let one = Request { asked_by: Asker::Release { name: "new".to_owned() }, ..request((name, constraint, environment, 1)) };
        let is_new_wish = !requests.iter().any(|other| other.chart == one.chart && other.asked_by.local_chart().is_none());
        requests.push(one);
        let Some(with) = lock(&requests, &candidates(8), &old.preferred()) else { return Ok(()) };
        prop_assert_eq!(without(&with, NAMES[name]), without(&old, NAMES[name]));
        requests.pop();
        let less = lock(&requests, &candidates(8), &with.preferred()).unwrap();
        if is_new_wish {
            prop_assert_eq!(less.to_string(), old.to_string());
        }
        prop_assert_eq!(without(&less, NAMES[name]), without(&old, NAMES[name]));
    }

    #[test]
    fn changes_to_different_charts_merge_cleanly(wishes in wishes(), moved in 0..9_usize, ours in change(), theirs in change()) {
        let Some((requests, base)) = aged(&wishes, moved) else { return Ok(()) };
        // Ours is about the first chart, theirs about the second.
        let (our_name, their_name) = (NAMES[0], NAMES[1]);
        let Some((our_requests, our_lock)) = ours.made(&requests, &base, our_name) else { return Ok(()) };
        let Some((their_requests, their_lock)) = theirs.made(&requests, &base, their_name) else { return Ok(()) };
        let Merged::Clean(merged) = merge(&base, &our_lock, &their_lock) else {
            return Err(TestCaseError::fail(format!("{base}\n{our_lock}\n{their_lock}")));
        };
        // The project as git would merge it.
        let about = |requests: &[Request], name: &str| -> Vec<_> {
            requests.iter().filter(|request| request.chart.name() == name).cloned().collect()
        };
        let rest = about(&requests, NAMES[2]);
        let project = [about(&our_requests, our_name), about(&their_requests, their_name), rest].concat();
        prop_assert_eq!(merged.check(&project), Vec::<Drift>::new());
        let resolved = lock(&project, &candidates(8), &merged.preferred()).unwrap();
        prop_assert_eq!(resolved.to_string(), merged.to_string());
        // In which order does not matter, and one side alone is that side.
        prop_assert_eq!(merge(&base, &their_lock, &our_lock), Merged::Clean(merged));
        prop_assert_eq!(merge(&base, &base, &their_lock), Merged::Clean(their_lock));
    }
}

/// What one side of a merge does to a chart: moves it, wants it once more, or no longer somewhere.
#[derive(Clone, Debug)]
enum Change {
    Update(usize),
    More(usize),
    Less(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..3_usize).prop_map(Change::Update),
        (0..CONSTRAINTS.len()).prop_map(Change::More),
        (0..9_usize).prop_map(Change::Less),
    ]
}

impl Change {
    fn made(&self, requests: &[Request], base: &Lockfile, name: &str) -> Option<(Vec<Request>, Lockfile)> {
        let mut requests = requests.to_vec();
        let mut preferred = base.preferred();
        match self {
            Self::Update(level) => {
                let named = requests.iter().filter(|request| request.chart.name() == name).cloned();
                preferred.moving = Some(Moving::up(named, Level::NAMES[*level].parse().unwrap()));
            }
            Self::More(constraint) => requests.push(Request { chart: chart(name), ..request((0, *constraint, 0, 3)) }),
            Self::Less(index) => {
                let index = index % requests.len();
                if requests[index].chart.name() == name {
                    requests.remove(index);
                }
            }
        }
        let lockfile = lock(&requests, &candidates(8), &preferred)?;
        Some((requests, lockfile))
    }
}
