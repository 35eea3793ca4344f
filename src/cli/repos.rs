//! `repos`: what helmfile does with `helm repo add`. Nothing is to be done, because sources are asked where the project names them.

use super::error::Error;
use super::{Live, load};

/// Runs the command.
pub(super) fn run(live: &Live) -> Result<(), Error> {
    load::wanted(live, None)?;
    live.terminal
        .done("Nothing", "to do: `helmlock resolve` asks the project's repositories itself, and `helmlock template` asks nobody");
    Ok(())
}
