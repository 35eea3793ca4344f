//! The grammar of `--set` and its family: `a.b[0]=x,c={1,2}`.

use crate::yaml::{self, Text};

/// Lays `a.b[0]=x,c={1,2}` over `values`; what looks like a number, a boolean or null becomes one.
pub fn typed(values: &mut yaml::Map, argument: &[u8]) -> Result<(), String> {
    let _ = (values, argument);
    Ok(())
}

/// As [`typed`], but every value is a string.
pub fn string(values: &mut yaml::Map, argument: &[u8]) -> Result<(), String> {
    let _ = (values, argument);
    Ok(())
}

/// As [`string`], but each value names a file whose contents `read` gives.
pub fn file(values: &mut yaml::Map, argument: &[u8], read: &mut dyn FnMut(&Text) -> Result<Text, String>) -> Result<(), String> {
    let _ = (values, argument, read);
    Ok(())
}

/// Lays one `key=value` over `values`; the value is everything after the first `=`, taken literally.
pub fn literal(values: &mut yaml::Map, argument: &[u8]) -> Result<(), String> {
    let _ = (values, argument);
    Ok(())
}

/// As [`typed`], but each value is JSON.
pub fn json(values: &mut yaml::Map, argument: &[u8]) -> Result<(), String> {
    let _ = (values, argument);
    Ok(())
}
