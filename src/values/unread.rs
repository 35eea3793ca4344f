//! Which of the user's values a rendering did not read.
//!
//! A branch that was not taken is no proof that a key is of no use, so this says what was not read, and not what is not needed.

use crate::gotemplate::Origin;
use crate::yaml::{self, Text, Value};

/// The keys from the root to a value.
pub type Path = Vec<Text>;

/// Notes that the value at a path was read, by the same dots by which conditions name it.
pub(super) fn note(origin: &Origin, path: &str) {
    let mut origin = origin.clone();
    for key in path.split('.') {
        let key = Text::from(key);
        origin.note(&key);
        origin = origin.child(&key);
    }
}

/// The keys of `user` that were not read, in their order: the topmost of each branch. A null only takes a default away, and is
/// not asked for; the items of a list are read with the list.
pub fn unread(user: &yaml::Map, origin: &Origin) -> Vec<Path> {
    let mut found = Vec::new();
    collect(user, std::slice::from_ref(origin), &mut Path::new(), &mut found);
    found
}

/// `origins` are all those that stand for this map.
fn collect(user: &yaml::Map, origins: &[Origin], path: &mut Path, found: &mut Vec<Path>) {
    if origins.iter().any(Origin::is_whole) {
        return;
    }
    for (key, value) in user.iter().filter(|(_, value)| !value.is_null()) {
        let is_read = origins.iter().any(|origin| origin.has_read(key));
        path.push(key.clone());
        match value {
            Value::Map(map) if !map.is_empty() => {
                let below = below(origins, key);
                if is_read || below.iter().any(Origin::is_touched) {
                    collect(map, &below, path, found);
                } else {
                    found.push(path.clone());
                }
            }
            _ if !is_read => found.push(path.clone()),
            _ => {}
        }
        path.pop();
    }
}

/// The origins of the map under a key. Subcharts read a chart's globals through their own.
fn below(origins: &[Origin], key: &Text) -> Vec<Origin> {
    let mut below = Vec::new();
    for origin in origins {
        for (name, child) in origin.children() {
            if name == *key {
                below.push(child);
            } else if *key == "global" {
                globals(&child, &mut below);
            }
        }
    }
    below
}

fn globals(origin: &Origin, found: &mut Vec<Origin>) {
    for (name, child) in origin.children() {
        if name == "global" { found.push(child) } else { globals(&child, found) }
    }
}
