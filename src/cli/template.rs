//! `template`: render the wanted releases from the lock and the cache. It asks nobody and writes nothing but its output.

use serde_json::json;

use super::args::{Format, Template};
use super::charts::Charts;
use super::error::Error;
use super::{Live, load, read_lock, workers};
use crate::gotemplate::Trees;
use crate::lockfile::Lockfile;
use crate::project::{Project, Release};
use crate::release::{self, Settings};
use crate::render::{self, Dialect, Manifest, Manifests, Options};

/// Runs the command.
pub(super) fn run(options: &Template, live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, Some(options))?;
    let plan = project.plan();
    if plan.is_empty() && !live.global.allow_no_matching_release {
        let environment = project.environment.name.clone();
        return Err(Error::NothingSelected { selectors: live.global.selectors.clone(), environment });
    }
    let lockfile = read_lock(&project.lockfile)?;
    let settings = settings(options, &lockfile)?;
    let charts = Charts::new(&project, &lockfile, settings.dialect, live)?;
    charts.check(&plan)?;

    let renderer = Renderer { options, live, project: &project, charts, settings, trees: Trees::new() };
    let jobs = workers::count(live.global.jobs.or(options.concurrency));
    let mut documents = Vec::new();
    workers::in_order(
        &plan,
        jobs,
        |release| renderer.render(release),
        |rendered| {
            let Rendered { text, json, warnings } = rendered?;
            for warning in &warnings {
                live.terminal.note(warning);
            }
            documents.extend(json);
            Ok::<_, Error>(live.terminal.write(&text)?)
        },
    )?;
    if live.terminal.format() == Format::Json {
        live.terminal.write_json(&json!({"releases": documents}))?;
    }
    Ok(())
}

struct Renderer<'run> {
    options: &'run Template,
    live: &'run Live,
    project: &'run Project,
    charts: Charts<'run>,
    settings: Settings,
    trees: Trees,
}

/// One release, ready to be printed.
struct Rendered {
    text: Vec<u8>,
    json: Option<serde_json::Value>,
    warnings: Vec<String>,
}

impl Renderer<'_> {
    fn render(&self, release: &Release) -> Result<Rendered, Error> {
        let chart = self.charts.of(release)?;
        let place = || release.place.to_string();
        let inputs = release::inputs(self.project, release, chart, &self.settings, &self.live.surroundings)
            .map_err(|source| Error::Inputs { release: release.name.clone(), place: place(), source: Box::new(source) })?;
        let failed = |source| Error::Render { release: release.name.clone(), place: place(), source: Box::new(source) };
        let manifests = render::render(&inputs, &self.trees).map_err(failed)?;
        let warnings = manifests.warnings.iter().map(|warning| format!("release `{}`: {warning}", release.name)).collect();
        if self.live.terminal.format() == Format::Json {
            return Ok(Rendered { text: Vec::new(), json: Some(as_json(release, &manifests, inputs.options)), warnings });
        }
        let only = &self.options.show_only;
        let mut text = if only.is_empty() {
            manifests.print(inputs.options)
        } else {
            manifests.print_only(only, inputs.options, inputs.dialect).map_err(failed)?
        };
        // helmfile ends every release's block with one more line break.
        text.push(b'\n');
        Ok(Rendered { text, json: None, warnings })
    }
}

fn settings(options: &Template, lockfile: &Lockfile) -> Result<Settings, Error> {
    let locked = match &lockfile.render {
        None => None,
        Some(render) => Some((locked_dialect(&render.helm)?, &render.kube_version)),
    };
    let dialect = options.helm_dialect.or(locked.map(|(dialect, _)| dialect)).unwrap_or_else(Dialect::newest);
    // Another dialect than the lock's has another Kubernetes, too.
    let kube_version = locked.filter(|(locked, _)| locked.name == dialect.name).map(|(_, version)| version.clone());
    Ok(Settings {
        dialect,
        kube_version,
        forced_kube_version: options.kube_version.clone(),
        api_versions: options.api_versions.clone(),
        options: Options {
            include_crds: options.include_crds,
            skip_tests: options.skip_tests,
            no_hooks: options.no_hooks,
            skip_schema_validation: options.skip_schema_validation,
        },
        is_upgrade: options.is_upgrade,
        values: options.values.clone(),
        set: options.set.clone(),
    })
}

fn locked_dialect(name: &str) -> Result<&'static Dialect, Error> {
    Dialect::named(name).ok_or_else(|| {
        let known: Vec<_> = Dialect::names().collect();
        Error::Refused(format!("the lock asks for the rendering of Helm {name}; this version has {}", known.join(", ")))
    })
}

fn as_json(release: &Release, manifests: &Manifests, options: Options) -> serde_json::Value {
    let one = |manifest: &Manifest| {
        json!({
            "source": manifest.source.to_lossy(),
            "kind": manifest.kind.to_lossy(),
            "content": manifest.content.to_lossy(),
        })
    };
    let hooks = manifests.hooks.iter().filter(|hook| !(options.no_hooks || options.skip_tests && hook.is_test));
    json!({
        "name": release.name,
        "namespace": release.namespace,
        "chart": release.chart,
        "crds": manifests.crds.iter().map(one).collect::<Vec<_>>(),
        "manifests": manifests.manifests.iter().map(one).collect::<Vec<_>>(),
        "hooks": hooks.map(|hook| one(&hook.manifest)).collect::<Vec<_>>(),
        "warnings": manifests.warnings,
        "impure": manifests.impure,
    })
}
