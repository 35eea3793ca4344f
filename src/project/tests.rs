//! The case runner of this room: projects in memory, held against what helmfile did with the same files.

use std::path::Path;
use std::sync::Arc;

use super::{Event, Moment, Needs, Options, Project, ReleaseChart, Set, StateValue, load};
use crate::cases::{self, Case};
use crate::surroundings::{Files, Memory, Program, ProgramError, Surroundings};

#[test]
fn projects_are_read_as_helmfile_reads_them() {
    cases::run("project", check);
}

fn check(case: &Case) -> Result<(), String> {
    let surroundings = surroundings(case);
    let file = case.section("options").into_iter().flat_map(str::lines).find_map(|line| line.strip_prefix("--file="));
    let file = file.map(Path::new);
    let loaded = load(file, &options(case), &surroundings);
    let project = match loaded {
        Ok(project) => project,
        Err(error) => return fails(case, "error", &error.to_string()),
    };
    if let Some(expected) = case.section("list") {
        // `list` knows nothing of needs.
        let without_needs = load(file, &Options { needs: Needs::Skip, ..options(case) }, &surroundings);
        equal(expected, &list(&without_needs.map_err(|error| error.to_string())?))?;
    } else if case.section("error").is_some() || project.releases.iter().any(|release| release.selected) {
        return Err("helmfile fails, and this does not".to_owned());
    }
    match template(&project, &surroundings) {
        _ if case.section("requests").is_some() => {}
        Ok(calls) if project.releases.iter().any(|release| release.selected) => {
            equal(case.section("template").ok_or("helmfile fails, and this does not")?, &calls)?;
        }
        Ok(_) => {}
        Err(error) => fails(case, "error", &error.to_string())?,
    }
    if let Some(expected) = case.section("requests") {
        equal(expected, &requests(&project, &surroundings))?;
    }
    let skipped = |missing: &super::Missing| format!("\"{}\"", missing.path);
    let missing = project.releases.iter().flat_map(|release| project.missing_files_of(release, &surroundings));
    let missing: std::collections::BTreeSet<_> = project.missing_files.iter().cloned().chain(missing).collect();
    let mut told = case.section("skips").unwrap_or_default().lines().collect::<Vec<_>>();
    for path in missing.iter().map(skipped) {
        match told.iter().position(|line| line.contains(&path) || line.contains(path.trim_matches('"'))) {
            Some(position) => drop(told.remove(position)),
            None => return Err(format!("helmfile does not skip {path}")),
        }
    }
    if !told.is_empty() {
        return Err(format!("helmfile skips {told:?}"));
    }
    if let Some(expected) = case.section("hooks") {
        equal(expected, &hooks(&project, &surroundings).map_err(|error| error.to_string())?)?;
    }
    if let Some(expected) = case.section("notes") {
        let notes: Vec<_> = project.notes.iter().map(|note| format!("{} {}", note.place, note.key)).collect();
        equal(expected, &notes.join("\n"))?;
    }
    Ok(())
}

/// The programs of a rendering's hooks, each with its folder.
fn hooks(project: &Project, surroundings: &Surroundings) -> Result<String, super::Error> {
    let mut lines = Vec::new();
    for state in project.state_files() {
        let mut run = |hook: &super::Hook, release, event| {
            let moment = Moment { event, failure: None, command: "template" };
            let program = project.hook_program(hook, (state, release), moment, surroundings)?;
            let folder = program.directory.to_string_lossy().into_owned();
            let folder = if folder.is_empty() { ".".to_owned() } else { folder };
            lines.push([vec![folder], program.arguments].concat().join(" | "));
            Ok::<_, super::Error>(())
        };
        for event in [Event::Prepare, Event::Cleanup] {
            let plan = project.plan().into_iter().filter(|release| release.state_file() == state);
            let releases: Vec<_> = if event == Event::Prepare { project.planned_of(state).collect() } else { plan.collect() };
            let mut of_state = project.hooks_of_state(state, event);
            if event == Event::Prepare {
                of_state.by_ref().try_for_each(|hook| run(hook, None, event))?;
            }
            for release in releases {
                release.hooks(event).try_for_each(|hook| run(hook, Some(release), event))?;
            }
            of_state.try_for_each(|hook| run(hook, None, event))?;
        }
    }
    Ok(lines.join("\n"))
}

fn equal(expected: &str, got: &str) -> Result<(), String> {
    cases::equal(expected.trim_end_matches('\n'), got.trim_end_matches('\n'))
}

/// An error is right if the case expects it, and if helmfile failed, too, or is known to do what is not built here.
fn fails(case: &Case, section: &str, error: &str) -> Result<(), String> {
    let unbuilt = error.contains("helmlock does not handle");
    if case.section("fails").is_none() && !unbuilt {
        return Err(format!("helmfile does not fail, but this does: {error}"));
    }
    equal(case.section(section).unwrap_or("(no error section)"), error)
}

fn surroundings(case: &Case) -> Surroundings {
    let mut files = Memory::new();
    for (name, text) in case.sections() {
        if let Some(path) = name.strip_prefix("file ") {
            let (path, form) = path.split_once(" (").unwrap_or((path, ""));
            let end = if form == "no line break)" { "" } else { "\n" };
            let text = format!("{}{end}", text.trim_end_matches('\n'));
            files = files.with(path, if form == "crlf)" { text.replace('\n', "\r\n") } else { text });
        }
    }
    let encrypted = files.clone();
    let mut surroundings = Surroundings::closed(files);
    let variables = case.section("variables").unwrap_or_default().lines().filter_map(|line| line.split_once('='));
    surroundings.run = Arc::new(move |program: &Program| match program.name.as_str() {
        "echo" => Ok(format!("{}\n", program.arguments.join(" ")).into_bytes()),
        "cat" => Ok(program.input.clone()),
        "sops" => {
            let path = Path::new(program.arguments.last().unwrap());
            let bytes = if program.input.is_empty() { encrypted.read(path).unwrap() } else { program.input.clone() };
            let text = String::from_utf8(bytes).unwrap();
            let refused = text.contains("BROKEN").then(|| ProgramError::Refused { program: "sops".to_owned() });
            refused.map_or_else(|| Ok(text.replace("ENC:", "").into_bytes()), Err)
        }
        "printenv" => Ok(format!("{}\n", program.variables["X"]).into_bytes()),
        _ => Err(ProgramError::Refused { program: program.name.clone() }),
    });
    surroundings.variables = Arc::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    surroundings
}

fn plain_options() -> Options {
    Options {
        environment: "default".to_owned(),
        namespace: None,
        chart: None,
        kube_context: None,
        selectors: Vec::new(),
        state_values: Vec::new(),
        state_values_files: Vec::new(),
        kube_version: None,
        needs: Needs::Skip,
        render_plain_files: false,
    }
}

fn options(case: &Case) -> Options {
    let mut options = plain_options();
    for option in case.section("options").unwrap_or_default().lines().filter(|line| !line.is_empty()) {
        let (flag, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.to_owned();
        match flag {
            "--environment" => options.environment = value,
            "--namespace" => options.namespace = Some(value),
            "--kube-context" => options.kube_context = Some(value),
            "--chart" => options.chart = Some(value),
            "--selector" => options.selectors.push(value),
            "--state-values-set" => options.state_values.push(StateValue::Typed(value)),
            "--state-values-set-string" => options.state_values.push(StateValue::Text(value)),
            "--state-values-file" => options.state_values_files.push(value),
            "--file" => {}
            "--skip-needs" => options.needs = Needs::Refuse,
            "--include-needs" => options.needs = Needs::Include,
            "--include-transitive-needs" => options.needs = Needs::IncludeTransitive,
            other => panic!("the case has an unknown option {other}"),
        }
    }
    options
}

/// As `helmfile list --output json` has it, one release a line.
fn list(project: &Project) -> String {
    let filtered = !project.selectors.is_empty();
    let mut releases: Vec<_> = project.releases.iter().filter(|release| !filtered || release.selected).collect();
    releases.sort_by(|one, other| (&one.namespace, &one.name).cmp(&(&other.namespace, &other.name)));
    let row = |release: &&super::Release| {
        let labels: Vec<_> = release.labels.iter().map(|(key, value)| format!("{key}:{value}")).collect();
        let text = |text: &str| serde_json::to_string(text).unwrap();
        format!(
            r#"{{"name":{},"namespace":{},"enabled":{},"installed":{},"labels":{},"chart":{},"version":{}}}"#,
            text(&release.name),
            text(&release.namespace),
            release.enabled,
            release.installed,
            text(&labels.join(",")),
            text(&release.written_chart),
            text(&release.version),
        )
    };
    releases.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// What helm would be called with.
fn template(project: &Project, surroundings: &Surroundings) -> Result<String, super::Error> {
    let mut out = Vec::new();
    for release in project.plan() {
        out.push(format!("release {}", release.name));
        out.push(match &release.source {
            Some(ReleaseChart::Local { path, .. }) => format!("chart {}", path.display()),
            _ => format!("chart {}", release.chart),
        });
        let version = release.version.split('@').next().unwrap_or_default();
        let mut flag = |name: &str, value: &str| out.push(format!("{name} {value}"));
        if !version.is_empty() {
            flag("version", version);
        }
        let mut switches = Vec::new();
        switches.extend(release.devel.then_some("devel"));
        switches.extend(release.enable_dns.then_some("enable-dns"));
        out.extend(switches.into_iter().map(str::to_owned));
        out.extend(release.api_versions.iter().map(|version| format!("api-versions {version}")));
        out.extend(release.kube_version.iter().map(|version| format!("kube-version {version}")));
        if release.plain_http {
            out.push("plain-http".to_owned());
        } else if release.skip_tls_verify {
            out.push("insecure-skip-tls-verify".to_owned());
        }
        if release.skip_schema_validation {
            out.push("skip-schema-validation".to_owned());
        }
        if !release.namespace.is_empty() {
            out.push(format!("namespace {}", release.namespace));
        }
        out.extend(project.set_arguments(release, surroundings)?.iter().map(|set| match set {
            Set::Typed(argument) | Set::Variables(argument) => format!("set {argument}"),
            Set::Text(argument) => format!("set-string {argument}"),
            Set::File { name, path } => format!("set-file {name}={}", path.display()),
        }));
        for text in project.values_text(release, &release.version, surroundings)? {
            let text = String::from_utf8(text.bytes).unwrap();
            out.push("values".to_owned());
            out.extend(
                text.strip_suffix('\n').unwrap_or(&text).split('\n').filter(|_| !text.is_empty()).map(|line| format!("  {line}")),
            );
            if !text.ends_with('\n') {
                out.push("  (no line break)".to_owned());
            }
        }
    }
    Ok(out.join("\n"))
}

fn requests(project: &Project, surroundings: &Surroundings) -> String {
    match project.requests(surroundings) {
        Ok(requests) => {
            let line = |request: &crate::request::Request| {
                let environment = request.environment.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
                let crate::request::Request { chart, constraint, asked_by, origin, .. } = request;
                format!("{chart} {constraint} for {asked_by}{environment} ({origin})")
            };
            requests.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Err(error) => error.to_string(),
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_loading_panic(text in "(releases:|bases:|environments:|values:|---|\\{\\{ |\\}\\}|&a |\\*a|<<: |- |[a-z:\\[\\]{}\"' \n]){0,24}") {
        for name in ["helmfile.yaml", "helmfile.yaml.gotmpl"] {
            let surroundings = Surroundings::closed(Memory::new().with(name, text.as_bytes()));
            let options = plain_options();
            if let Ok(project) = load(Some(Path::new(name)), &options, &surroundings) {
                let _ = project.requests(&surroundings);
                let _ = template(&project, &surroundings);
            }
        }
    }
}
