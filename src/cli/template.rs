//! `template`: render the wanted releases from the lock and the cache. It asks nobody and writes nothing but its output.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::args::{Format, RenderFlags, dialect};
use super::charts::Charts;
use super::engine::ByHelm;
use super::error::Error;
use super::hooks::Hooks;
use super::remembered::remembering;
use super::renderer::{self, Renderer};
use super::terminal::count;
use super::{Live, engine, files, load, outside, purity, read_lock, workers};
use crate::project::{GivenPostRenderer, OutputFolder, Project, Release};
use crate::render::{Dialect, Manifest, Manifests, Options};
use crate::surroundings::Surroundings;
use crate::yaml::Text;

#[derive(Debug, Default, Args)]
pub(super) struct Template {
    #[command(flatten)]
    pub(super) render: RenderFlags,
    /// Print what this Helm prints, whatever the lock says: 4.3, 3.22, 3.19 or 3.15, or the full version of a helm
    #[arg(long, value_name = "VERSION", value_parser = dialect)]
    pub(super) helm_dialect: Option<&'static Dialect>,
    /// Write each release's templates into files below this folder, instead of printing them
    #[arg(long, value_name = "DIR", conflicts_with = "show_only")]
    pub(super) output_dir: Option<String>,
    /// The folder of a release: a template that sees `.OutputDir`, `.State`, `.Release` and `.Environment`
    #[arg(long = "output-dir-template", value_name = "TEMPLATE", conflicts_with = "show_only")]
    pub(super) folder: Option<String>,
    /// Only what this template of the chart prints: `templates/service.yaml`
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(super) show_only: Vec<String>,
    /// The program that manifests go through, of releases that name none; for Helm 4, the name of a plugin
    #[arg(long, value_name = "PROGRAM")]
    pub(super) post_renderer: Option<String>,
    /// An argument for the post-renderers of releases that give it none; may be repeated
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub(super) post_renderer_args: Vec<String>,
    /// Say on stderr which functions made each release depend on time or chance
    #[arg(long)]
    pub(super) purity: bool,
    /// Exit 2 if a release depends on time or chance; print none from there on
    #[arg(long)]
    pub(super) require_pure: bool,
}

/// Runs the command.
pub(super) fn run(options: &Template, live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, Some(&options.render))?;
    let hooks = Hooks::new(&project, live);
    hooks.prepare()?;
    let mut done = Vec::new();
    let rendered = render(options, &project, &mut done, live);
    hooks.cleanup(&done, rendered.as_ref().err())?;
    rendered
}

/// Renders the wanted releases and prints them; those that were begun are in `begun`, in order.
fn render<'project>(
    options: &Template,
    project: &'project Project,
    begun: &mut Vec<&'project Release>,
    live: &Live,
) -> Result<(), Error> {
    let plan = renderer::plan(project, live)?;
    let lockfile = read_lock(&project.lockfile)?;
    let settings = renderer::settings(&options.render, &lockfile, options.helm_dialect)?;
    let charts = Charts::new(project, &lockfile, settings.dialect, live)?;
    charts.check(&plan)?;
    engine::check(plan.iter().copied(), &load::settings(live)?, &lockfile, &project.lockfile)?;

    let jobs = live.global.jobs;
    let given = GivenPostRenderer { name: options.post_renderer.clone(), arguments: options.post_renderer_args.clone() };
    let renderer = Renderer::new(charts, project, settings).post_rendered_by(given).helped(jobs, plan.len());
    let by_helm = ByHelm::new(&lockfile, &options.show_only, live);
    let folders = output_folders(options, project, &plan)?;
    let surroundings = remembering(&live.surroundings);
    let (mut documents, mut impure, mut done) = (Vec::new(), Vec::new(), 0);
    workers::in_order(
        &plan,
        jobs,
        |release| {
            if by_helm.renders(release) {
                rendered_by_helm(release, &by_helm, (&renderer, &surroundings), options, live)
            } else {
                rendered(release, (&renderer, &surroundings), options, live)
            }
        },
        |rendered| {
            begun.extend(plan.get(begun.len()));
            let Rendered { text, files, json, warnings, talk, impure: calls } = rendered?;
            for warning in &warnings {
                live.terminal.note(warning);
            }
            for (verb, what) in &talk {
                live.terminal.done(verb, what);
            }
            impure.extend(calls);
            documents.extend(json);
            done += 1;
            match folders.get(done - 1) {
                _ if !impure.is_empty() => {}
                Some(folder) => {
                    let written = files::write(folder, &files)?;
                    live.terminal.done("Wrote", &format!("{} in {}", count(written, "file"), folder.display()));
                }
                None => live.terminal.write_parts(|out| text.print(out))?,
            }
            Ok::<_, Error>(())
        },
    )?;
    purity::refused(impure)?;
    if live.terminal.format() == Format::Json {
        live.terminal.write_json(&json!({"releases": documents}))?;
    }
    // The process ends here, and takes all charts and templates with it faster than they could be freed one by one.
    std::mem::forget(renderer);
    Ok(())
}

/// The folder of each release's files; none if releases are printed.
fn output_folders(options: &Template, project: &Project, plan: &[&Release]) -> Result<Vec<PathBuf>, Error> {
    if options.output_dir.is_none() && options.folder.is_none() {
        return Ok(Vec::new());
    }
    let directory = options.output_dir.clone().unwrap_or_default();
    let working_directory = outside::working_directory()?;
    let wanted = OutputFolder { directory, template: options.folder.clone(), working_directory };
    Ok(plan.iter().map(|release| project.output_folder(release, &wanted)).collect::<Result<_, _>>()?)
}

/// What is printed of a release.
enum Output {
    Text(Vec<u8>),
    Manifests(Manifests, Options),
}

impl Output {
    const NOTHING: Self = Self::Text(Vec::new());

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text(text) => out.write_all(text),
            Self::Manifests(manifests, options) => {
                manifests.print_to(*options, out)?;
                // helmfile ends every release's block with one more line break.
                out.write_all(b"\n")
            }
        }
    }
}

/// One release, ready to be printed.
struct Rendered {
    text: Output,
    files: Vec<(Text, Vec<u8>)>,
    json: Option<serde_json::Value>,
    warnings: Vec<String>,
    /// What is said about its purity.
    talk: Vec<(&'static str, String)>,
    /// What it calls although it must not, after its name.
    impure: Option<(String, Vec<String>)>,
}

fn rendered(
    release: &Release,
    (renderer, surroundings): (&Renderer<'_>, &Surroundings),
    options: &Template,
    live: &Live,
) -> Result<Rendered, Error> {
    let prepared = renderer.prepare(release, surroundings)?;
    let manifests = renderer.render(release, &prepared, surroundings)?;
    let left_out = prepared.flags.options;
    let calls = purity::calls(&manifests, live);
    let is_refused = options.require_pure && !calls.is_empty();
    let impure = is_refused.then(|| (release.name.clone(), purity::lines(&calls)));
    let talk = if options.purity { purity::report(release, &calls) } else { Vec::new() };
    let warnings = manifests.warnings.iter().map(|warning| format!("release `{}`: {warning}", release.name)).collect();
    let is_json = live.terminal.format() == Format::Json;
    let json = is_json.then(|| {
        let mut json = as_json(release, &manifests, left_out);
        if options.purity {
            json["calls"] = purity::as_json(&calls);
        }
        json
    });
    let talk = if is_json { Vec::new() } else { talk };
    if options.output_dir.is_some() || options.folder.is_some() {
        let files = if manifests.is_answered() {
            // helmfile lets no Helm 3 write these files, and writes what that prints itself.
            let path = format!("templates/{}.yaml", release.name);
            let text = [manifests.print(left_out), b"\n".to_vec()].concat();
            vec![(path.as_str().into(), text)]
        } else {
            manifests.files(left_out)
        };
        return Ok(Rendered { text: Output::NOTHING, files, json, warnings, talk, impure });
    }
    if is_json {
        return Ok(Rendered { text: Output::NOTHING, files: Vec::new(), json, warnings, talk, impure });
    }
    let text = if options.show_only.is_empty() {
        Output::Manifests(manifests, left_out)
    } else {
        let printed = manifests.print_only(&options.show_only, left_out, renderer.settings.dialect);
        let mut text = printed.map_err(|source| renderer::not_rendered(release, source))?;
        text.push(b'\n');
        Output::Text(text)
    };
    Ok(Rendered { text, files: Vec::new(), json, warnings, talk, impure })
}

/// What another program renders is known as a text only.
fn rendered_by_helm(
    release: &Release,
    by_helm: &ByHelm<'_>,
    (renderer, surroundings): (&Renderer<'_>, &Surroundings),
    options: &Template,
    live: &Live,
) -> Result<Rendered, Error> {
    if options.output_dir.is_some() || options.folder.is_some() {
        let reason = "helm renders it, and writes no files for `--output-dir`";
        return Err(Error::Refused(format!("release `{}` ({}): {reason}", release.name, release.place)));
    }
    let prepared = renderer.prepare(release, surroundings)?;
    let mut text = by_helm.render(release, &prepared, renderer)?;
    let unknown = "helm renders it, and does not tell which functions it called";
    let impure = options.require_pure.then(|| (release.name.clone(), vec![unknown.to_owned()]));
    let talk = if options.purity { vec![("Unknown", format!("{}: {unknown}", release.name))] } else { Vec::new() };
    if live.terminal.format() == Format::Json {
        let json = json!({
            "name": release.name,
            "namespace": release.namespace,
            "chart": release.chart,
            "engine": "helm",
            "text": String::from_utf8_lossy(&text),
        });
        let text = Output::NOTHING;
        return Ok(Rendered { text, files: Vec::new(), json: Some(json), warnings: Vec::new(), talk: Vec::new(), impure });
    }
    text.push(b'\n');
    Ok(Rendered { text: Output::Text(text), files: Vec::new(), json: None, warnings: Vec::new(), talk, impure })
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
        "impure": manifests.impure_functions(),
    })
}
