//! `reflect.DeepEqual`: equal only with equal Go types, so that 1 and 1.0 differ.

use std::rc::Rc;

use super::limits::{COLLECTION, MAX_COMPARISONS, MAX_DEPTH};
use crate::gotemplate::{FunctionError, Object, State, Value, type_name};

/// The comparisons of one call, which have a limit together: a value whose parts are shared some dozens of times over has
/// more parts than could ever be looked at.
pub(super) struct Comparisons {
    left: u64,
}

impl Comparisons {
    /// None made yet.
    pub(super) fn new() -> Self {
        Self { left: MAX_COMPARISONS }
    }

    /// Lets the run pay for those that were made.
    pub(super) fn paid(self, state: &State<'_>) -> Result<(), FunctionError> {
        state.spend(MAX_COMPARISONS - self.left)
    }

    /// Whether two values are equal at every depth.
    pub(super) fn equal(&mut self, left: &Value, right: &Value) -> Result<bool, FunctionError> {
        self.spend()?;
        let equal = self.at(left, right, 0);
        self.spend()?;
        Ok(equal)
    }

    fn spend(&mut self) -> Result<(), FunctionError> {
        self.left = self.left.checked_sub(1).ok_or("the values have too many parts to be compared")?;
        Ok(())
    }

    #[allow(clippy::float_cmp, reason = "Go compares floats exactly")]
    fn at(&mut self, left: &Value, right: &Value, depth: usize) -> bool {
        // What is too deep contains itself, and Go takes a comparison in progress for equal.
        if depth > MAX_DEPTH || self.left == 0 {
            return true;
        }
        self.left = self.left.saturating_sub(if matches!(left, Value::List(_) | Value::Map(_)) { COLLECTION } else { 1 });
        match (left, right) {
            (Value::Nil, Value::Nil) => true,
            (Value::Bool(left), Value::Bool(right)) => left == right,
            (Value::Int(left, left_kind), Value::Int(right, right_kind)) => left == right && left_kind == right_kind,
            (Value::Uint(left), Value::Uint(right)) => left == right,
            (Value::Float(left), Value::Float(right)) => left == right,
            (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
            (Value::String(left), Value::String(right)) => left == right,
            (Value::Bytes(left), Value::Bytes(right)) => left == right,
            (Value::List(left_list), Value::List(right_list)) => {
                left_list.kind() == right_list.kind()
                    && left_list.is_nil() == right_list.is_nil()
                    && left_list.len() == right_list.len()
                    && (left_list.is_same(right_list)
                        || left_list.items().iter().zip(&right_list.items()).all(|(left, right)| self.at(left, right, depth + 1)))
            }
            (Value::Map(left_map), Value::Map(right_map)) => {
                type_name(left) == type_name(right)
                    && left_map.len() == right_map.len()
                    && (left_map.is_same(right_map)
                        || left_map
                            .entries()
                            .iter()
                            .all(|(key, left)| right_map.get(key).is_some_and(|right| self.at(left, &right, depth + 1))))
            }
            (Value::Object(left), Value::Object(right)) => {
                Rc::ptr_eq(left, right) || (left.type_name() == right.type_name() && self.objects(&**left, &**right, depth))
            }
            _ => false,
        }
    }

    fn objects(&mut self, left: &dyn Object, right: &dyn Object, depth: usize) -> bool {
        let (left_members, right_members) = (left.members(), right.members());
        if left_members.is_empty() {
            return matches!((left.to_plain(), right.to_plain()), (Ok(left), Ok(right)) if left == right);
        }
        left.is_true() == right.is_true()
            && left_members.iter().zip(&right_members).all(|((_, left), (_, right))| self.at(left, right, depth + 1))
    }
}
