//! What every command that renders shares: the wanted releases, what the lock says about their rendering, and each of them
//! with its chart and its values. What becomes of the manifests is the command's business.

use std::borrow::Cow;
use std::sync::Arc;

use super::ahead::Ahead;
use super::args::RenderFlags;
use super::charts::Charts;
use super::error::Error;
use super::post_renderer::post_render;
use super::{Live, charts, load, workers};
use crate::chart::Chart;
use crate::gotemplate::Trees;
use crate::lockfile::Lockfile;
use crate::project::{self, GivenPostRenderer, PostRenderer, Project, Release};
use crate::release::{self, Common, Flags, Settings};
use crate::render::{self, Aside, Cuts, Dialect, Impurity, Manifests, Options, Printed, ReleaseInputs};
use crate::surroundings::Surroundings;
use crate::values::{self, Document, Files, Path};

/// Renders the releases of one run.
pub(super) struct Renderer<'run> {
    /// Where charts come from.
    pub(super) charts: Charts<'run>,
    /// What holds for all releases.
    pub(super) settings: Settings,
    project: &'run Project,
    common: Common,
    trees: Arc<Trees>,
    cuts: Arc<Cuts>,
    post_renderers: PostRenderers,
}

/// What becomes of the programs that manifests go through.
#[derive(Clone)]
enum PostRenderers {
    /// They run; releases that name none have this one.
    Run(GivenPostRenderer),
    LeftOut,
}

/// A release's chart, and all that is said about its rendering.
pub(super) struct Prepared {
    /// The chart.
    pub(super) chart: Arc<Chart>,
    /// The flags that helm would get.
    pub(super) flags: Flags,
    /// What printed the chart's manifests, if helmfile changes them.
    pub(super) first: Option<First>,
}

/// The first of two renderings of a release.
pub(super) struct First {
    inputs: ReleaseInputs,
    impure: Vec<Impurity>,
}

/// The releases to be rendered, in helmfile's order.
///
/// # Errors
/// There are none, and nobody said that this is fine.
pub(super) fn plan<'project>(project: &'project Project, live: &Live) -> Result<Vec<&'project Release>, Error> {
    let plan = project.plan();
    if plan.is_empty() && !live.global.allow_no_matching_release {
        let environment = project.environment.clone();
        return Err(Error::NothingSelected { selectors: live.global.selectors.clone(), environment });
    }
    for release in &plan {
        load::tell_missing(live, &project.missing_files_of(release, &live.surroundings));
    }
    Ok(plan)
}

impl<'run> Renderer<'run> {
    /// A renderer for these releases, whose charts the lock must have.
    pub(super) fn new(charts: Charts<'run>, project: &'run Project, settings: Settings) -> Self {
        let common = Common { dialect: settings.dialect, files: Files::new(), defaults: Arc::default() };
        Self {
            charts,
            settings,
            project,
            common,
            trees: Arc::default(),
            cuts: Arc::default(),
            post_renderers: PostRenderers::Run(GivenPostRenderer::default()),
        }
    }

    /// Lets those of the wanted workers help that get no release of their own.
    #[must_use]
    pub(super) fn helped(self, wanted: Option<usize>, releases: usize) -> Self {
        let idle = move || workers::count(wanted).saturating_sub(releases);
        let may_help = releases == 1 || idle() > 0;
        let ahead = may_help.then(|| Ahead::new(Box::new(idle), self.settings.dialect, (self.trees.clone(), self.cuts.clone())));
        Self { charts: self.charts.in_haste(!self.settings.options.include_crds, ahead), ..self }
    }

    /// With a post-renderer for the releases that name none.
    #[must_use]
    pub(super) fn post_rendered_by(self, given: GivenPostRenderer) -> Self {
        Self { post_renderers: PostRenderers::Run(given), ..self }
    }

    /// With no post-renderers: for whoever wants to know what the charts themselves print.
    #[must_use]
    pub(super) fn without_post_renderers(self) -> Self {
        Self { post_renderers: PostRenderers::LeftOut, ..self }
    }

    /// What the manifests of a release go through, if there is such a thing.
    ///
    /// # Errors
    /// Its arguments cannot be had.
    pub(super) fn post_renderer(
        &self,
        release: &Release,
        chart: &Chart,
        surroundings: &Surroundings,
    ) -> Result<Option<PostRenderer>, Error> {
        let PostRenderers::Run(given) = &self.post_renderers else { return Ok(None) };
        Ok(self.project.post_renderer(release, given, &chart.metadata.version.to_lossy(), surroundings)?)
    }

    /// Finds a release's chart and reads its values.
    pub(super) fn prepare(&self, release: &Release, surroundings: &Surroundings) -> Result<Prepared, Error> {
        let mut chart = self.charts.of(release)?;
        let mut first = None;
        if release.is_printed_twice() {
            let printed = self.print_first(release, chart, surroundings)?;
            chart = printed.0;
            first = Some(printed.1);
        }
        let flags = release::flags(self.project, release, &chart, &self.settings, surroundings)
            .map_err(|source| no_inputs(release, source, &[]))?;
        Ok(Prepared { chart, flags, first })
    }

    /// The chart of what a release's chart prints, changed as helmfile changes it.
    fn print_first(
        &self,
        release: &Release,
        chart: Arc<Chart>,
        surroundings: &Surroundings,
    ) -> Result<(Arc<Chart>, First), Error> {
        let mut chart = chart;
        charts::without_tags(Arc::make_mut(&mut chart));
        let flags = release::first_flags(self.project, release, &chart, &self.settings, surroundings)
            .map_err(|source| no_inputs(release, source, &[]))?;
        let inputs = release::inputs(release, chart.clone(), &flags, &self.common, surroundings)
            .map_err(|source| no_inputs(release, source, &[]))?;
        let printed = self.execute(release, &inputs)?.sorted(inputs.dialect, &self.cuts);
        let manifests = printed.map_err(|source| not_rendered(release, source))?;
        let printed = manifests.as_chart(&chart, flags.options, release.added_namespace());
        let printed = printed.map_err(|source| not_rendered(release, source))?;
        Ok((Arc::new(printed), First { inputs, impure: manifests.impure }))
    }

    /// The user's values that a release's rendering does not read.
    pub(super) fn unread(&self, release: &Release, prepared: &Prepared, surroundings: &Surroundings) -> Result<Vec<Path>, Error> {
        let inputs = match &prepared.first {
            Some(first) => &first.inputs,
            None => &self.inputs(release, prepared, surroundings)?,
        };
        self.with_documents(release, inputs, |inputs| render::unread(inputs, &self.trees))
    }

    /// All that the rendering of a release may look at.
    pub(super) fn inputs(
        &self,
        release: &Release,
        prepared: &Prepared,
        surroundings: &Surroundings,
    ) -> Result<ReleaseInputs, Error> {
        let Prepared { chart, flags, .. } = prepared;
        release::inputs(release, chart.clone(), flags, &self.common, surroundings)
            .map_err(|source| no_inputs(release, source, &flags.layers.files))
    }

    fn execute(&self, release: &Release, inputs: &ReleaseInputs) -> Result<Printed, Error> {
        let Some(ahead) = &self.charts.ahead else {
            return self.with_documents(release, inputs, |inputs| render::execute_all(inputs, &self.trees, None, &|_| {}));
        };
        let printed = self.with_documents(release, inputs, |inputs| {
            let aside = Arc::new(Aside::new(inputs));
            render::execute_all(inputs, &self.trees, Some(&aside), &|progress| ahead.follow(progress))
        })?;
        ahead.help();
        Ok(printed)
    }

    /// What `render` makes of the inputs, with the documents that the charts' schemas turn out to need.
    fn with_documents<T>(
        &self,
        release: &Release,
        inputs: &ReleaseInputs,
        render: impl Fn(&ReleaseInputs) -> Result<T, render::Error>,
    ) -> Result<T, Error> {
        let mut inputs = Cow::Borrowed(inputs);
        loop {
            match render(&inputs) {
                Err(render::Error::Values(values::Error::RemoteSchema { chart, url })) => {
                    let document = self.charts.schema_document(&chart, &url)?;
                    Arc::make_mut(&mut inputs.to_mut().schema_documents).insert(url, document);
                }
                rendered => {
                    self.charts.check_whole()?;
                    return rendered.map_err(|source| not_rendered(release, source));
                }
            }
        }
    }

    /// Cuts and sorts what a release printed, after its post-renderer had it.
    fn finished(
        &self,
        release: &Release,
        prepared: &Prepared,
        printed: Printed,
        surroundings: &Surroundings,
    ) -> Result<Manifests, Error> {
        let dialect = self.settings.dialect;
        let mut manifests = match self.post_renderer(release, &prepared.chart, surroundings)? {
            Some(wanted) => post_render(printed, release, &wanted, dialect, surroundings)?,
            None => printed.sorted(dialect, &self.cuts).map_err(|source| not_rendered(release, source))?,
        };
        if let Some(First { impure, .. }) = &prepared.first {
            manifests.impure.splice(0..0, impure.iter().cloned());
        }
        self.charts.check_whole()?;
        Ok(manifests)
    }

    /// Renders a release from these inputs, and tells which of the user's values that does not read.
    pub(super) fn render_watching(
        &self,
        release: &Release,
        prepared: &Prepared,
        inputs: &ReleaseInputs,
        surroundings: &Surroundings,
    ) -> Result<(Manifests, Vec<Path>), Error> {
        let watch = |inputs: &ReleaseInputs| render::execute_watching(inputs, &self.trees);
        let (printed, unread) = self.with_documents(release, inputs, watch)?;
        Ok((self.finished(release, prepared, printed, surroundings)?, unread))
    }

    /// Renders a release.
    pub(super) fn render(&self, release: &Release, prepared: &Prepared, surroundings: &Surroundings) -> Result<Manifests, Error> {
        let printed = self.execute(release, &self.inputs(release, prepared, surroundings)?)?;
        self.finished(release, prepared, printed, surroundings)
    }
}

/// The error of a release whose inputs cannot be had, with the lines that it is about: rendered ones, if the file is a template.
pub(super) fn no_inputs(release: &Release, source: release::Error, files: &[Document]) -> Error {
    let excerpt = match &source {
        release::Error::Project(error) => error.excerpt.clone(),
        release::Error::Values(values::Error::File { file, reason }) => {
            let document = files.iter().find(|document| document.name == *file);
            document.zip(line_in(reason)).and_then(|(document, line)| project::excerpt(&document.contents, line, 1))
        }
        _ => None,
    };
    let place = release.place.to_string();
    Error::Inputs { release: release.name.clone(), place, source: Box::new(source), excerpt }
}

/// The line that go-yaml names.
fn line_in(reason: &str) -> Option<usize> {
    let (_, after) = reason.split_once("yaml: line ")?;
    after.split(':').next()?.parse().ok()
}

/// The error of a release that cannot be rendered.
pub(super) fn not_rendered(release: &Release, source: render::Error) -> Error {
    Error::Render { release: release.name.clone(), place: release.place.to_string(), source: Box::new(source) }
}

/// What the lock and the command line say about the rendering of all releases, and whoever wants another dialect than the lock.
///
/// # Errors
/// The lock asks for a dialect that is not here.
pub(super) fn settings(flags: &RenderFlags, lockfile: &Lockfile, wanted: Option<&'static Dialect>) -> Result<Settings, Error> {
    let locked = match &lockfile.render {
        None => None,
        Some(render) => Some((locked_dialect(&render.helm)?, &render.kube_version)),
    };
    let dialect = wanted.or(locked.map(|(dialect, _)| dialect)).unwrap_or_else(Dialect::newest);
    // Another dialect than the lock's has another Kubernetes, too.
    let kube_version = locked.filter(|(locked, _)| locked.name == dialect.name).map(|(_, version)| version.clone());
    Ok(Settings {
        dialect,
        kube_version,
        forced_kube_version: flags.kube_version.clone(),
        api_versions: flags.api_versions.clone(),
        options: Options {
            include_crds: flags.include_crds,
            skip_tests: flags.skip_tests,
            no_hooks: flags.no_hooks,
            skip_schema_validation: flags.skip_schema_validation,
            enable_dns: flags.enable_dns,
        },
        is_upgrade: flags.is_upgrade,
        values: flags.values.clone(),
        set: flags.set.clone(),
        arguments: flags.args.clone(),
        template_arguments: flags.template_args.clone(),
    })
}

/// The Helm whose output the lock asks for; the newest one where it asks for none.
///
/// # Errors
/// It is not here.
pub(super) fn dialect(lockfile: &Lockfile) -> Result<&'static Dialect, Error> {
    lockfile.render.as_ref().map_or_else(|| Ok(Dialect::newest()), |render| locked_dialect(&render.helm))
}

fn locked_dialect(name: &str) -> Result<&'static Dialect, Error> {
    Dialect::named(name).ok_or_else(|| {
        let known: Vec<_> = Dialect::names().collect();
        Error::Refused(format!("the lock asks for the rendering of Helm {name}; this version has {}", known.join(", ")))
    })
}
