//! Runs the program that a release's manifests go through (`postRenderer`, `--post-renderer`), as the Helm of the lock would: Helm 3
//! hands it the text without hooks and prints its answer, Helm 4 hands it all documents and sorts its answer. Whether this command
//! may start a program at all is `programs.rs`'s.

use std::path::Path;
use std::time::Duration;

use super::error::Error;
use super::plugins;
use super::renderer::not_rendered;
use crate::project::{PostRenderer, Release};
use crate::render::{Cuts, Dialect, Manifests, PostRendering, Printed};
use crate::surroundings::{Program, Surroundings};

/// How long a post-renderer may take for a release.
const LIMIT: Duration = Duration::from_mins(10);

/// What the manifests of a release are after its post-renderer had them.
///
/// # Errors
/// The program may not run, is not there, fails, or answers with what helm refuses.
pub(super) fn post_render(
    printed: Printed,
    release: &Release,
    wanted: &PostRenderer,
    dialect: &'static Dialect,
    surroundings: &Surroundings,
) -> Result<Manifests, Error> {
    if let Some(reason) = wanted.forbidden {
        return Err(Error::Refused(format!("{} is not run: {reason}", what(release, wanted))));
    }
    let refused = |source| not_rendered(release, source);
    match dialect.post_rendering {
        PostRendering::Text => {
            let manifests = printed.sorted(dialect, &Cuts::default()).map_err(refused)?;
            let program = Program { name: wanted.name.clone(), arguments: wanted.arguments.clone(), ..Program::default() };
            let answer = run(program, manifests.body(), release, wanted, surroundings)?;
            Ok(manifests.answered(answer))
        }
        PostRendering::Documents => {
            let name = plugin_name(&wanted.name);
            let plugin = plugins::find(name, surroundings)
                .map_err(|reason| Error::Refused(format!("{}: {reason}", what(release, wanted))))?;
            let stream = printed.stream(dialect).map_err(refused)?;
            let arguments = [plugin.arguments, wanted.arguments.clone()].concat();
            let program = Program { name: plugin.program, arguments, variables: plugin.variables, ..Program::default() };
            let answer = run(program, stream, release, wanted, surroundings)?;
            if answer.trim_ascii().is_empty() {
                return Err(Error::Refused(format!("{} produced empty output", what(release, wanted))));
            }
            printed.answered(&answer).and_then(|printed| printed.sorted(dialect, &Cuts::default())).map_err(refused)
        }
    }
}

fn run(
    program: Program,
    input: Vec<u8>,
    release: &Release,
    wanted: &PostRenderer,
    surroundings: &Surroundings,
) -> Result<Vec<u8>, Error> {
    let (directory, asked_by) = (wanted.directory.clone(), wanted.asked_by.clone());
    let program = Program { input, directory, asked_by, limit: Some(LIMIT), ..program };
    (surroundings.run)(&program).map_err(|error| Error::Program { what: what(release, wanted), error })
}

fn what(release: &Release, wanted: &PostRenderer) -> String {
    format!("release `{}` ({}): the post-renderer `{}`", release.name, wanted.asked_by, wanted.name)
}

/// helmfile takes a script for the plugin that it belongs to.
fn plugin_name(name: &str) -> &str {
    match name.strip_suffix(".bash").or_else(|| name.strip_suffix(".sh")) {
        Some(script) => Path::new(script).file_name().and_then(|name| name.to_str()).unwrap_or(script),
        None => name,
    }
}
