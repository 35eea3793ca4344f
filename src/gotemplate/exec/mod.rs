//! Walks a tree against data.

use super::error::Error;
use super::set::Template;
use super::state::State;
use super::value::Value;

pub(super) fn execute(state: &mut State<'_>, template: &Template, data: Value, out: &mut Vec<u8>) -> Result<(), Box<Error>> {
    let _ = (state, template, data, out);
    Ok(())
}
