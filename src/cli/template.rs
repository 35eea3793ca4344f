//! `template`: render the wanted releases from the lock and the cache. It asks nobody and writes nothing but its output.

use serde_json::json;

use super::args::{Format, Template};
use super::charts::Charts;
use super::error::Error;
use super::output_dir::OutputDir;
use super::renderer::{self, Renderer};
use super::{Live, load, read_lock, workers};
use crate::project::Release;
use crate::render::{Manifest, Manifests, Options};
use crate::yaml::Text;

/// Runs the command.
pub(super) fn run(options: &Template, live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, Some(&options.render))?;
    let plan = renderer::plan(&project, live)?;
    let lockfile = read_lock(&project.lockfile)?;
    let settings = renderer::settings(&options.render, &lockfile, options.helm_dialect)?;
    let charts = Charts::new(&project, &lockfile, settings.dialect, live)?;
    charts.check(&plan)?;

    let renderer = Renderer::new(charts, &project, settings);
    let folder = options.output_dir.as_ref().map(|named| OutputDir::new(named, &project.path)).transpose()?;
    let jobs = workers::count(live.global.jobs.or(options.concurrency));
    let mut documents = Vec::new();
    workers::in_order(
        &plan,
        jobs,
        |release| rendered(release, &renderer, options, live),
        |rendered| {
            let Rendered { release, text, files, json, warnings } = rendered?;
            for warning in &warnings {
                live.terminal.note(warning);
            }
            if let Some(folder) = &folder {
                for path in folder.write(release, &files)? {
                    live.terminal.done("Wrote", &path.display().to_string());
                }
            }
            documents.extend(json);
            Ok::<_, Error>(live.terminal.write(&text)?)
        },
    )?;
    if live.terminal.format() == Format::Json {
        live.terminal.write_json(&json!({"releases": documents}))?;
    }
    // The process ends here, and takes all charts and templates with it faster than they could be freed one by one.
    std::mem::forget(renderer);
    Ok(())
}

/// One release, ready to be printed.
struct Rendered<'project> {
    release: &'project Release,
    /// What is printed.
    text: Vec<u8>,
    /// What is written instead.
    files: Vec<(Text, Vec<u8>)>,
    json: Option<serde_json::Value>,
    warnings: Vec<String>,
}

fn rendered<'project>(
    release: &'project Release,
    renderer: &Renderer<'_>,
    options: &Template,
    live: &Live,
) -> Result<Rendered<'project>, Error> {
    let prepared = renderer.prepare(release, &live.surroundings)?;
    let manifests = renderer.render(release, &prepared, &live.surroundings)?;
    let left_out = prepared.flags.options;
    let warnings = manifests.warnings.iter().map(|warning| format!("release `{}`: {warning}", release.name)).collect();
    let mut rendered = Rendered { release, text: Vec::new(), files: Vec::new(), json: None, warnings };
    if options.output_dir.is_some() {
        rendered.files = manifests.files(left_out);
    }
    if live.terminal.format() == Format::Json {
        rendered.json = Some(as_json(release, &manifests, left_out));
    }
    if options.output_dir.is_some() || live.terminal.format() == Format::Json {
        return Ok(rendered);
    }
    let mut text = if options.show_only.is_empty() {
        manifests.print(left_out)
    } else {
        let printed = manifests.print_only(&options.show_only, left_out, renderer.settings.dialect);
        printed.map_err(|source| renderer::not_rendered(release, source))?
    };
    // helmfile ends every release's block with one more line break.
    text.push(b'\n');
    Ok(Rendered { text, ..rendered })
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
