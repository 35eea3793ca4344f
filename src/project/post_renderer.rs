//! `postRenderer`: the program that a release's manifests go through before helm prints them. Here is what to run; whether and how it
//! is run is the front's decision.

use std::path::PathBuf;

use super::environment::template_error;
use super::functions::NO_INSECURE_FEATURES;
use super::record::Record;
use super::template::{ReleaseFacts, release_data};
use super::{Error, Place, Project, Release};
use crate::source::is_mounted;
use crate::surroundings::Surroundings;
use crate::yaml::Text;

/// What a release's manifests go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostRenderer {
    /// As helm is given it: a program for Helm 3, for Helm 4 a script that a plugin is named after or the plugin's name.
    pub name: String,
    /// What it gets on its command line.
    pub arguments: Vec<String>,
    /// Where it runs and relative paths begin.
    pub directory: PathBuf,
    /// Who asks for it, as `file:line` or a flag.
    pub asked_by: String,
    /// Why it may not run whatever the command is, if it may not.
    pub forbidden: Option<&'static str>,
}

/// What the command line says for releases that do not say it themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenPostRenderer {
    /// `--post-renderer`.
    pub name: Option<String>,
    /// `--post-renderer-args`.
    pub arguments: Vec<String>,
}

/// What a release or `helmDefaults` says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    name: String,
    arguments: Vec<String>,
    place: Place,
    arguments_place: Place,
}

/// What stands in a record.
pub(super) fn of(record: &Record) -> Written {
    Written {
        name: record.text("postRenderer"),
        arguments: record.texts("postRendererArgs").to_vec(),
        place: record.place_of("postRenderer").clone(),
        arguments_place: record.place_of("postRendererArgs").clone(),
    }
}

impl Project {
    /// What the manifests of a release go through, if there is such a thing. The release itself comes first, then the command line,
    /// then the defaults; arguments likewise, whoever names the program.
    ///
    /// # Errors
    /// The defaults' arguments are no templates.
    pub fn post_renderer(
        &self,
        release: &Release,
        given: &GivenPostRenderer,
        chart_version: &str,
        surroundings: &Surroundings,
    ) -> Result<Option<PostRenderer>, Error> {
        let (own, state) = (&release.post_renderer, &self.states[release.state]);
        let defaults = &state.post_renderer;
        let given_name = given.name.as_deref().unwrap_or_default();
        let (name, place) = match (own.name.as_str(), given_name, defaults.name.as_str()) {
            ("", "", "") => return Ok(None),
            ("", "", name) => (name, Some(&defaults.place)),
            ("", name, _) => (name, None),
            (name, ..) => (name, Some(&own.place)),
        };
        let arguments = if !own.arguments.is_empty() {
            own.arguments.clone()
        } else if !given.arguments.is_empty() {
            given.arguments.clone()
        } else {
            self.default_arguments(release, chart_version, surroundings)?
        };
        let forbidden = match place {
            Some(place) if is_mounted(&place.file) => Some("a remote file asks for it"),
            _ if surroundings.is_on(NO_INSECURE_FEATURES) => Some("HELMFILE_DISABLE_INSECURE_FEATURES forbids it"),
            _ => None,
        };
        Ok(Some(PostRenderer {
            name: name.to_owned(),
            arguments: arguments.into_iter().filter(|argument| !argument.is_empty()).collect(),
            directory: state.paths_from.clone(),
            asked_by: place.map_or_else(|| "--post-renderer".to_owned(), ToString::to_string),
            forbidden,
        }))
    }

    /// `helmDefaults.postRendererArgs`, which are templates that see the release.
    fn default_arguments(
        &self,
        release: &Release,
        chart_version: &str,
        surroundings: &Surroundings,
    ) -> Result<Vec<String>, Error> {
        let state = &self.states[release.state];
        let Written { arguments, arguments_place: place, .. } = &state.post_renderer;
        let seeing = self.renderer.seeing(surroundings);
        let renderer = if is_mounted(&place.file) { seeing.without_programs() } else { seeing };
        let filled = |argument: &String| {
            let facts = ReleaseFacts::of(release, chart_version);
            let values = std::sync::Arc::new(state.environment.merged());
            let data = release_data(&facts, &state.overrides, &state.environment, &values);
            let bytes = renderer.render(&Text::from(argument.as_str()), &place.to_string(), &state.directory, data);
            let bytes = bytes.map_err(|failure| Error { place: Some(place.clone()), ..template_error(failure, 0) })?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        arguments.iter().map(filled).collect()
    }
}
