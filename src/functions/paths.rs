//! Slash-separated paths as texts. sprig's `os…` variants are the same on the systems that Helm's output is compared on.

use crate::gotemplate::Function;
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    let mut rows = Vec::new();
    let texts: [([&'static str; 2], Change); 4] =
        [(["base", "osBase"], base), (["clean", "osClean"], clean), (["dir", "osDir"], dir), (["ext", "osExt"], ext)];
    for (names, body) in texts {
        rows.extend(names.map(|name| Function::pure(name, move |path: Text| body(&path))));
    }
    for name in ["isAbs", "osIsAbs"] {
        rows.push(Function::pure(name, |path: Text| path.starts_with(b"/")));
    }
    rows
}

type Change = fn(&[u8]) -> Vec<u8>;

/// The last element; `.` for an empty path.
fn base(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    match (path.is_empty(), end) {
        (true, _) => b".".to_vec(),
        (false, 0) => b"/".to_vec(),
        _ => path[..end].rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec(),
    }
}

/// All but the last element, cleaned.
fn dir(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    clean(&path[..end])
}

/// From the last dot of the last element on.
fn ext(path: &[u8]) -> Vec<u8> {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    name.iter().rposition(|&byte| byte == b'.').map_or_else(Vec::new, |dot| name[dot..].to_vec())
}

/// The shortest path to the same place, by text alone.
pub(crate) fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut kept: Vec<&[u8]> = Vec::new();
    for element in path.split(|&byte| byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." if kept.last().is_some_and(|last| last != b"..") => drop(kept.pop()),
            b".." if rooted => {}
            _ => kept.push(element),
        }
    }
    match (rooted, kept.is_empty()) {
        (true, _) => [b"/", &*kept.join(&b'/')].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => kept.join(&b'/'),
    }
}
