//! Replays tests/cases/render: small charts and what the real helms printed for them, in every dialect.

#![allow(clippy::disallowed_methods, reason = "charts of cases are written to a temporary folder")]

mod aside;
mod functions;

use std::borrow::Cow;
use std::sync::Arc;

use super::{Capabilities, Dialect, KubeVersion, Options, ReleaseInputs, render, reprint};
use crate::cases::{self, Case};
use crate::gotemplate::Trees;
use crate::values::{Document, Files, Layers};
use crate::{chart, yaml};

const NOT_FILES: &[&str] = &["input", "values", "flags", "dialects", "output", "error"];
const PLAIN_CHART: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// The flags of `helm template` that cases use.
#[derive(Default)]
struct Flags {
    options: Options,
    is_upgrade: bool,
    kube_version: Option<String>,
    api_versions: Vec<String>,
    show_only: Vec<String>,
    set: Vec<yaml::Text>,
    set_json: Vec<yaml::Text>,
    output_dir: bool,
}

impl Flags {
    fn parse(text: &str) -> Self {
        let mut flags = Self::default();
        for flag in text.lines() {
            let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
            match name {
                "--include-crds" => flags.options.include_crds = true,
                "--skip-tests" => flags.options.skip_tests = true,
                "--no-hooks" => flags.options.no_hooks = true,
                "--skip-schema-validation" => flags.options.skip_schema_validation = true,
                "--enable-dns" => flags.options.enable_dns = true,
                "--is-upgrade" => flags.is_upgrade = true,
                "--kube-version" => flags.kube_version = Some(value.to_owned()),
                "--api-versions" => flags.api_versions.extend(value.split(',').map(str::to_owned)),
                "-s" => flags.show_only.push(value.to_owned()),
                "--output-dir" => flags.output_dir = true,
                "--set" => flags.set.push(value.into()),
                "--set-json" => flags.set_json.push(value.into()),
                _ => panic!("the runner does not know {flag}"),
            }
        }
        flags
    }
}

fn is_file(section: &str) -> bool {
    let word = section.split(' ').next().unwrap_or_default();
    !NOT_FILES.contains(&word)
}

fn load(case: &Case, dialect: &Dialect) -> Result<chart::Chart, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<_> = case.sections().filter(|(name, _)| is_file(name)).collect();
    if files.iter().all(|(name, _)| *name != "Chart.yaml") {
        files.push(("Chart.yaml", PLAIN_CHART));
    }
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let end = if text.is_empty() || text.ends_with('\n') || name.strip_suffix(".tail").is_some() { "" } else { "\n" };
        std::fs::write(path, format!("{text}{end}")).unwrap();
    }
    chart::load_folder(folder.path(), &dialect.charts).map_err(|error| error.to_string())
}

fn inputs(case: &Case, flags: &Flags, dialect: &'static Dialect) -> Result<ReleaseInputs, String> {
    let mut capabilities = Capabilities::of(dialect);
    if let Some(version) = &flags.kube_version {
        capabilities.kube_version = KubeVersion::parse(version, dialect.kube_versions)
            .map_err(|reason| format!("invalid kube version '{version}': {reason}"))?;
    }
    capabilities.api_versions.extend(flags.api_versions.iter().cloned().map(Cow::Owned));
    let mut layers = Layers { set: flags.set.clone(), json: flags.set_json.clone(), ..Layers::default() };
    if let Some(values) = case.section("values") {
        layers.files.push(Document { name: "values.yaml".to_owned(), contents: format!("{values}\n").into() });
    }
    Ok(ReleaseInputs {
        name: "r".to_owned(),
        namespace: "default".to_owned(),
        is_upgrade: flags.is_upgrade,
        values: layers
            .merge(&dialect.flags, &Files::new(), &mut |_| Err("no files here".to_owned()))
            .map_err(|error| error.to_string())?,
        chart: Arc::new(load(case, dialect)?),
        schema_documents: Arc::default(),
        defaults: Arc::default(),
        capabilities,
        dialect,
        options: flags.options,
        clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC)),
        seed: [0; 32],
        resolve_name: Arc::new(|name| name.parse().into_iter().collect()),
    })
}

fn printed(case: &Case, dialect: &'static Dialect) -> Result<String, String> {
    let flags = Flags::parse(case.section("flags").unwrap_or_default());
    let inputs = inputs(case, &flags, dialect)?;
    let manifests = render(&inputs, &Trees::new()).map_err(|error| error.to_string());
    aside::check(&inputs, &manifests);
    let manifests = manifests?;
    let printed = if flags.output_dir {
        let mut files = manifests.files(flags.options);
        files.sort();
        files.iter().flat_map(|(path, text)| [b"> ".as_slice(), path, b"\n", text]).collect::<Vec<_>>().concat()
    } else if flags.show_only.is_empty() {
        manifests.print(flags.options)
    } else {
        manifests.print_only(&flags.show_only, flags.options, dialect).map_err(|error| error.to_string())?
    };
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

/// What the dialects' helms said, newest first: one without a section of its own said what the newer one said.
fn recorded(case: &Case) -> Vec<(&'static Dialect, Result<&str, &str>)> {
    let limits: Option<Vec<_>> = case.section("dialects").map(|names| names.split(' ').collect());
    let mut recorded = Vec::new();
    let mut last = None;
    for name in Dialect::names().filter(|name| limits.as_ref().is_none_or(|limits| limits.contains(name))) {
        let of = |outcome: &str| {
            let first = case.section(outcome).filter(|_| last.is_none());
            first.or_else(|| case.section(&format!("{outcome} {name}")))
        };
        last = of("output").map(Ok).or_else(|| of("error").map(Err)).or(last);
        recorded.extend(last.map(|said| (Dialect::named(name).expect("its own name"), said)));
    }
    assert!(!recorded.is_empty(), "{}: nothing is recorded", case.place);
    recorded
}

fn check(case: &Case) -> Result<(), String> {
    let differs = |(dialect, expected): (&'static Dialect, Result<&str, &str>)| {
        let outcome = match (printed(case, dialect), expected) {
            (Ok(printed), Ok(expected)) => cases::equal(expected, &printed),
            (Err(error), Err(expected)) => cases::equal(expected, error.trim_end_matches('\n')),
            (Ok(printed), Err(_)) => Err(format!("rendered instead of failing: {printed}")),
            (Err(error), Ok(_)) => Err(format!("failed: {error}")),
        };
        outcome.err().map(|why| format!("{dialect:?}: {why}"))
    };
    let differences: Vec<_> = recorded(case).into_iter().filter_map(differs).collect();
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

#[test]
fn charts_render_as_helm_rendered_them() {
    // Some cases are deep on purpose, and a test's thread is small.
    let run = || cases::run("render", check);
    std::thread::Builder::new().stack_size(1 << 28).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_namespace_is_added_as_helmfile_does() {
    cases::run("yaml/rewrite.txt", |case| {
        // As helm writes a file with one document.
        let text = format!("---\n# Source: m/templates/t.yaml\n{}\n\n", case.input());
        let got = reprint::with_namespace(text.as_bytes(), "space").map_err(|error| error.to_string())?;
        cases::equal(case.section("output").unwrap_or_default(), got.trim_end_matches('\n'))
    });
}
