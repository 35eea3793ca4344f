//! Versions and constraints, over the room `version`; what templates hold is Masterminds' `*semver.Version`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Rules;
use crate::gotemplate::{Function, FunctionError, Object, Signature, Type, Value};
use crate::version::{Constraint, Version};
use crate::yaml::{self, Text};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("semver", move |text: Text| parsed(&text, rules).map(|version| pointer(version, true))),
        Function::pure("semverCompare", move |constraint: Text, version: Text| {
            let constraint = Constraint::parse(&constraint.to_lossy()).map_err(|error| error.worded(rules.versions))?;
            Ok::<_, FunctionError>(constraint.admits_under(rules.prereleases, &parsed(&version, rules)?))
        }),
    ]
}

fn parsed(text: &[u8], rules: Rules) -> Result<Version, FunctionError> {
    Version::parse(&String::from_utf8_lossy(text)).map_err(|error| error.worded(rules.versions).into())
}

/// A version as a template holds it: behind a pointer, or as the plain struct that `IncMajor` and its like return, whose
/// pointer methods Go's templates cannot reach.
struct Held {
    version: Version,
    is_pointer: bool,
    /// Whether it was made by parsing a text, which it then remembers.
    has_original: bool,
}

fn pointer(version: Version, is_pointer: bool) -> Value {
    Value::Object(Rc::new(Held { version, is_pointer, has_original: true }))
}

impl Object for Held {
    fn type_name(&self) -> &'static str {
        if self.is_pointer { "*semver.Version" } else { "semver.Version" }
    }

    fn kind(&self) -> &'static str {
        if self.is_pointer { "ptr" } else { "struct" }
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        let parameters: &'static [Type] = match method {
            b"SetPrerelease" | b"SetMetadata" => &[Type::String],
            _ if self.is_pointer && order_test(method).is_some() => &[Type::Named("*semver.Version")],
            _ => &[],
        };
        let known = self.part(method).is_some() || INCREMENTS.contains(&method) || !parameters.is_empty();
        known.then_some(Signature::of(parameters))
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        self.part(method).map(Ok).or_else(|| self.changed(method, arguments)).or_else(|| self.compared(method, arguments))
    }

    fn text(&self) -> Option<Text> {
        Some(self.version.canonical().into())
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        let version = &self.version;
        vec![
            ("major", Value::Uint(version.major())),
            ("minor", Value::Uint(version.minor())),
            ("patch", Value::Uint(version.patch())),
            ("pre", Value::text(version.prerelease())),
            ("metadata", Value::text(version.metadata())),
            ("original", Value::text(self.original())),
        ]
    }

    /// No field is exported, so the copy is Go's zero value (case `deepCopy-version`).
    fn copied(&self) -> Option<Value> {
        let version = Version::parse("0.0.0").ok()?;
        Some(Value::Object(Rc::new(Self { version, is_pointer: self.is_pointer, has_original: false })))
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::String(self.version.canonical().into()))
    }
}

impl Held {
    fn original(&self) -> &str {
        if self.has_original { self.version.original() } else { "" }
    }

    fn part(&self, method: &[u8]) -> Option<Value> {
        Some(match method {
            b"Major" => Value::Uint(self.version.major()),
            b"Minor" => Value::Uint(self.version.minor()),
            b"Patch" => Value::Uint(self.version.patch()),
            b"Prerelease" => Value::text(self.version.prerelease()),
            b"Metadata" => Value::text(self.version.metadata()),
            b"String" | b"Value" => Value::text(self.version.canonical()),
            b"MarshalJSON" => Value::Bytes(Box::new(format!("\"{}\"", self.version.canonical()).into())),
            b"MarshalText" => Value::Bytes(Box::new(self.version.canonical().into())),
            b"Original" if self.is_pointer => Value::text(self.original()),
            _ => return None,
        })
    }

    /// The version that follows by a rule, spelled with the `v` that this one has.
    fn changed(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let (major, minor, patch) = (self.version.major(), self.version.minor(), self.version.patch());
        let next = |number: u64, name: &str| {
            number.checked_add(1).ok_or_else(|| FunctionError::from(format!("{name} version increment would overflow uint64")))
        };
        let suffixed = |sign: char, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
        let (own_prerelease, own_metadata) = (self.version.prerelease(), self.version.metadata());
        let argument = match arguments {
            [Value::String(text)] => text.to_lossy(),
            _ => std::borrow::Cow::Borrowed(""),
        };
        let numbers = match method {
            b"IncMajor" => next(major, "major").map(|major| format!("{major}.0.0")),
            b"IncMinor" => next(minor, "minor").map(|minor| format!("{major}.{minor}.0")),
            b"IncPatch" if self.version.is_prerelease() => Ok(format!("{major}.{minor}.{patch}")),
            b"IncPatch" => next(patch, "patch").map(|patch| format!("{major}.{minor}.{patch}")),
            b"SetPrerelease" => Ok(format!("{major}.{minor}.{patch}{}{}", suffixed('-', &argument), suffixed('+', own_metadata))),
            b"SetMetadata" => Ok(format!("{major}.{minor}.{patch}{}{}", suffixed('-', own_prerelease), suffixed('+', &argument))),
            _ => return None,
        };
        let prefix = if self.version.original().starts_with('v') { "v" } else { "" };
        let wrong = match method {
            b"SetPrerelease" => "invalid prerelease string",
            _ => "invalid metadata string",
        };
        let version = numbers.and_then(|text| Version::parse(&format!("{prefix}{text}")).map_err(|_| wrong.into()));
        Some(version.map(|version| pointer(version, false)))
    }

    fn compared(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let test = order_test(method).filter(|_| self.is_pointer)?;
        let other = match arguments {
            [Value::Object(object)] => {
                let object: &dyn std::any::Any = &**object;
                object.downcast_ref::<Self>()
            }
            _ => None,
        };
        Some(match other {
            Some(other) => Ok(test(self.version.cmp(&other.version))),
            None => Err("the evaluator checked the arguments by the method's signature".into()),
        })
    }
}

const INCREMENTS: [&[u8]; 3] = [b"IncMajor", b"IncMinor", b"IncPatch"];

/// What a comparing method says of an order.
fn order_test(method: &[u8]) -> Option<fn(Ordering) -> Value> {
    Some(match method {
        b"Compare" => |order| Value::int(order as i64),
        b"LessThan" => |order| Value::Bool(order.is_lt()),
        b"LessThanEqual" => |order| Value::Bool(order.is_le()),
        b"GreaterThan" => |order| Value::Bool(order.is_gt()),
        b"GreaterThanEqual" => |order| Value::Bool(order.is_ge()),
        b"Equal" => |order| Value::Bool(order.is_eq()),
        _ => return None,
    })
}
