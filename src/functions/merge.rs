//! mergo's merge of two maps, in place: nested maps are merged where they stand, everything else is shared.

use super::MapOverScalar;
use super::conversion::is_empty;
use super::limits::{COLLECTION, MAX_COMPARISONS, MAX_DEPTH};
use crate::gotemplate::{FunctionError, Map, MapKind, Value};

/// Whose value stays where both maps have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Winner {
    /// The map that is merged into, unless its value is empty (`merge`).
    First,
    /// The map that is merged, empty values too (`mergeOverwrite`).
    Last,
}

/// Merges `from` into `into`; how many entries were met, each counted as [`COLLECTION`].
pub(super) fn merge(into: &Map, from: &Map, winner: Winner, map_over_scalar: MapOverScalar) -> Result<u64, FunctionError> {
    let mut merge = Merge { winner, map_over_scalar, left: MAX_COMPARISONS };
    merge.level(into, from, 0)?;
    Ok(MAX_COMPARISONS - merge.left)
}

struct Merge {
    winner: Winner,
    map_over_scalar: MapOverScalar,
    /// How many more entries may be met: maps that are shared some dozens of times over have more than could be.
    left: u64,
}

impl Merge {
    fn level(&mut self, into: &Map, from: &Map, depth: usize) -> Result<(), FunctionError> {
        let (winner, map_over_scalar) = (self.winner, self.map_over_scalar);
        if depth > MAX_DEPTH {
            return Err("a value contains itself".into());
        }
        for (key, new) in from.entries() {
            self.left = self.left.checked_sub(COLLECTION).ok_or("the maps have too many parts to be merged")?;
            let old = into.get(&key);
            if matches!(new, Value::Nil) {
                if winner == Winner::Last {
                    into.insert(key, new);
                }
                continue;
            }
            if let (Some(Value::Map(old)), Value::Map(new)) = (&old, &new) {
                self.level(old, new, depth + 1)?;
            }
            let stays = match &old {
                Some(old) if !is_empty(old) => match (old, &new) {
                    (Value::Map(_), Value::Map(_)) => true,
                    (_, Value::Map(_)) if map_over_scalar == MapOverScalar::Loses => true,
                    _ => winner == Winner::First,
                },
                _ => false,
            };
            if !stays {
                if matches!(into.kind(), MapKind::Strings) && !matches!(from.kind(), MapKind::Strings) {
                    return Err("reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string".into());
                }
                into.insert(key, new);
            }
        }
        Ok(())
    }
}
