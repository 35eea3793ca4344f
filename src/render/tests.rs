//! Replays tests/cases/render: small charts and what the real helm printed for them.

use std::sync::Arc;

use super::{Capabilities, Dialect, KubeVersion, Options, ReleaseInputs, render};
use crate::cases::{self, Case};
use crate::gotemplate::Trees;
use crate::values::{Document, Layers};
use crate::{chart, yaml};

const NOT_FILES: &[&str] = &["input", "values", "flags", "output", "error"];
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
                "--is-upgrade" => flags.is_upgrade = true,
                "--kube-version" => flags.kube_version = Some(value.to_owned()),
                "--api-versions" => flags.api_versions.extend(value.split(',').map(str::to_owned)),
                "-s" => flags.show_only.push(value.to_owned()),
                "--set" => flags.set.push(value.into()),
                _ => panic!("the runner does not know {flag}"),
            }
        }
        flags
    }
}

fn load(case: &Case) -> chart::Chart {
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<_> = case.sections().filter(|(name, _)| !NOT_FILES.contains(name)).collect();
    if files.iter().all(|(name, _)| *name != "Chart.yaml") {
        files.push(("Chart.yaml", PLAIN_CHART));
    }
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let end = if text.is_empty() || text.ends_with('\n') || name.ends_with(".tail") { "" } else { "\n" };
        std::fs::write(path, format!("{text}{end}")).unwrap();
    }
    chart::load_folder(folder.path(), &chart::Rules::default()).unwrap_or_else(|error| panic!("{}: {error}", case.place))
}

fn inputs(case: &Case, flags: &Flags) -> ReleaseInputs {
    let dialect = Dialect::newest();
    let mut layers = Layers { set: flags.set.clone(), ..Layers::default() };
    if let Some(values) = case.section("values") {
        layers.files.push(Document { name: "values.yaml".to_owned(), contents: format!("{values}\n").into() });
    }
    let mut capabilities = Capabilities::of(dialect);
    if let Some(version) = &flags.kube_version {
        capabilities.kube_version = KubeVersion::parse(version, dialect.kube_versions).unwrap();
    }
    capabilities.api_versions.extend(flags.api_versions.iter().cloned());
    ReleaseInputs {
        name: "r".to_owned(),
        namespace: "default".to_owned(),
        is_upgrade: flags.is_upgrade,
        chart: Arc::new(load(case)),
        values: layers.merge(&dialect.flags, &mut |_| Err("no files here".to_owned())).unwrap(),
        capabilities,
        dialect,
        options: flags.options,
        now: jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC),
        seed: [0; 32],
    }
}

fn check(case: &Case) -> Result<(), String> {
    let flags = Flags::parse(case.section("flags").unwrap_or_default());
    let inputs = inputs(case, &flags);
    let printed = render(&inputs, &Trees::new()).and_then(|manifests| {
        if flags.show_only.is_empty() {
            Ok(manifests.print(&flags.options))
        } else {
            manifests.print_only(&flags.show_only, &flags.options, inputs.dialect)
        }
    });
    match (printed, case.section("output"), case.section("error")) {
        (Ok(printed), Some(output), None) => cases::equal(output, &String::from_utf8_lossy(&printed)),
        (Err(error), None, Some(expected)) => cases::equal(expected, &error.to_string()),
        (Ok(printed), ..) => Err(format!("rendered instead of failing: {}", String::from_utf8_lossy(&printed))),
        (Err(error), ..) => Err(format!("failed: {error}")),
    }
}

#[test]
fn charts_render_as_helm_rendered_them() {
    cases::run("render", check);
}
