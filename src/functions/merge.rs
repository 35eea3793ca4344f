//! mergo's merge of two maps, in place: nested maps are merged where they stand, everything else is shared.

use super::MapOverScalar;
use super::conversion::is_empty;
use super::limits::{COLLECTION, MAX_COMPARISONS, MAX_DEPTH};
use crate::gotemplate::{FunctionError, Map, MapKind, Object, Value};

/// Whose value stays where both maps have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Winner {
    /// The map that is merged into, unless its value is empty (`merge`).
    First,
    /// The map that is merged, empty values too (`mergeOverwrite`).
    Last,
}

/// Why two maps cannot be merged.
pub(super) enum Refusal {
    /// mergo's own error, of which only `mustMerge` and `mustMergeOverwrite` tell.
    Types,
    /// What Go's reflection says, and our bounds.
    Failed(FunctionError),
}

impl<E: Into<FunctionError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Merges `from` into `into`; how many entries were met, each counted as [`COLLECTION`]. What was merged before an error stays.
pub(super) fn merge(into: &Map, from: &Map, winner: Winner, map_over_scalar: MapOverScalar) -> Result<u64, Refusal> {
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
    fn level(&mut self, into: &Map, from: &Map, depth: usize) -> Result<(), Refusal> {
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
            if let Some(Value::Object(old)) = &old {
                self.check_object(&**old, &new)?;
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
                let (wanted, found) = (element(into.kind()), element(from.kind()));
                if wanted != found && wanted != ANY {
                    let problem = format!("reflect.Value.SetMapIndex: value of type {found} is not assignable to type {wanted}");
                    return Err(problem.into());
                }
                into.insert(key, new);
            }
        }
        Ok(())
    }

    /// mergo looks into structs, and into what pointers lead to, as if the other value were of the same type.
    fn check_object(&self, old: &dyn Object, new: &Value) -> Result<(), Refusal> {
        let (kind, members) = match new {
            Value::Map(_) => ("map", 0),
            Value::Object(new) => (new.kind(), new.members().len()),
            _ => return Ok(()),
        };
        match (old.kind(), kind) {
            ("ptr", "map" | "struct") if self.winner == Winner::First => Err(Refusal::Types),
            ("struct", "map" | "ptr") if !old.fields().is_empty() => {
                Err(format!("reflect: call of reflect.Value.Field on {kind} Value").into())
            }
            ("struct", "struct") if !old.fields().is_empty() && members < old.members().len() => {
                Err("reflect: Field index out of range".into())
            }
            _ => Ok(()),
        }
    }
}

const ANY: &str = "interface {}";

/// What a value of such a map is.
fn element(kind: MapKind) -> &'static str {
    match kind {
        MapKind::Any => ANY,
        MapKind::Strings => "string",
        MapKind::Named(named) => named.element,
    }
}
