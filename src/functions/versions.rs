//! Versions and constraints, over the room `version`; what templates hold is Masterminds' `*semver.Version`.

use std::cell::{Cell, Ref, RefCell};
use std::cmp::Ordering;
use std::rc::Rc;

use super::Rules;
use super::faults::Fault;
use super::helm::mismatch;
use crate::gotemplate::{self, Function, FunctionError, Object, Signature, Type, Value};
use crate::version::{Constraint, Version, Wording};
use crate::yaml::{self, Text};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("semver", move |text: Text| parsed(&text, rules).map(|version| held(version, true, rules))),
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
    /// Methods such as `Scan` put another one here, for all who hold it.
    version: RefCell<Version>,
    is_pointer: bool,
    /// Whether it is the zero value and no text was parsed for it.
    is_zero: Cell<bool>,
    rules: Rules,
}

fn held(version: Version, is_pointer: bool, rules: Rules) -> Value {
    Value::Object(Rc::new(Held { version: RefCell::new(version), is_pointer, is_zero: Cell::new(false), rules }))
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
            b"Scan" if self.is_pointer => &[Type::Any],
            b"UnmarshalJSON" | b"UnmarshalText" if self.is_pointer => &[Type::Named("[]uint8")],
            _ => &[],
        };
        let known = self.part(method).is_some() || INCREMENTS.contains(&method) || !parameters.is_empty();
        known.then_some(Signature::of(parameters))
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let read = || self.read(method, arguments);
        self.part(method)
            .map(Ok)
            .or_else(|| self.changed(method, arguments))
            .or_else(|| self.compared(method, arguments))
            .or_else(read)
    }

    fn text(&self) -> Option<Text> {
        Some(self.version().canonical().into())
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        let version = self.version();
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
        let version = RefCell::new(Version::parse("0.0.0").ok()?);
        Some(Value::Object(Rc::new(Self { version, is_pointer: self.is_pointer, is_zero: Cell::new(true), rules: self.rules })))
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::String(self.version().canonical().into()))
    }
}

impl Held {
    fn version(&self) -> Ref<'_, Version> {
        self.version.borrow()
    }

    /// The text that it was parsed from, if it was.
    fn original(&self) -> String {
        if self.is_zero.get() { String::new() } else { self.version().original().to_owned() }
    }

    fn part(&self, method: &[u8]) -> Option<Value> {
        let version = self.version();
        Some(match method {
            b"Major" => Value::Uint(version.major()),
            b"Minor" => Value::Uint(version.minor()),
            b"Patch" => Value::Uint(version.patch()),
            b"Prerelease" => Value::text(version.prerelease()),
            b"Metadata" => Value::text(version.metadata()),
            b"String" | b"Value" => Value::text(version.canonical()),
            b"MarshalJSON" => Value::Bytes(Box::new(format!("\"{}\"", version.canonical()).into())),
            b"MarshalText" => Value::Bytes(Box::new(version.canonical().into())),
            b"Original" if self.is_pointer => Value::text(self.original()),
            _ => return None,
        })
    }

    /// The version that follows by a rule, spelled with the `v` that this one has.
    fn changed(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let version = self.version();
        let (major, minor, patch) = (version.major(), version.minor(), version.patch());
        let next = |number: u64, name: &str| {
            number.checked_add(1).ok_or_else(|| FunctionError::from(format!("{name} version increment would overflow uint64")))
        };
        let suffixed = |sign: char, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
        let (own_prerelease, own_metadata) = (version.prerelease(), version.metadata());
        let argument = match arguments {
            [Value::String(text)] => text.to_lossy(),
            _ => std::borrow::Cow::Borrowed(""),
        };
        let numbers = match method {
            b"IncMajor" => next(major, "major").map(|major| format!("{major}.0.0")),
            b"IncMinor" => next(minor, "minor").map(|minor| format!("{major}.{minor}.0")),
            b"IncPatch" if version.is_prerelease() => Ok(format!("{major}.{minor}.{patch}")),
            b"IncPatch" => next(patch, "patch").map(|patch| format!("{major}.{minor}.{patch}")),
            b"SetPrerelease" => Ok(format!("{major}.{minor}.{patch}{}{}", suffixed('-', &argument), suffixed('+', own_metadata))),
            b"SetMetadata" => Ok(format!("{major}.{minor}.{patch}{}{}", suffixed('-', own_prerelease), suffixed('+', &argument))),
            _ => return None,
        };
        let prefix = if version.original().starts_with('v') { "v" } else { "" };
        let wrong = match method {
            b"SetPrerelease" => "invalid prerelease string",
            _ => "invalid metadata string",
        };
        let next = numbers.and_then(|text| Version::parse(&format!("{prefix}{text}")).map_err(|_| wrong.into()));
        Some(next.map(|version| held(version, false, self.rules)))
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
            Some(other) => Ok(test(self.version().cmp(&other.version()))),
            None => Err("the evaluator checked the arguments by the method's signature".into()),
        })
    }

    /// Puts the version in place that a text says; what is wrong with it is not an error but what the method gives.
    fn read(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let [argument] = arguments else { return None };
        let text = match method {
            b"Scan" => scanned(argument, self.rules.versions),
            b"UnmarshalJSON" => string_of(argument, self.rules),
            _ => Ok(bytes(argument)),
        };
        let version = text.and_then(|text| {
            let version = Version::parse(&text.to_lossy());
            version.map_err(|error| Fault::plain(&error.worded(self.rules.versions)))
        });
        Some(Ok(match version {
            Ok(version) => {
                *self.version.borrow_mut() = version;
                self.is_zero.set(false);
                gotemplate::note_change();
                Fault::none()
            }
            Err(fault) => fault.value(),
        }))
    }
}

fn bytes(value: &Value) -> Text {
    match value {
        Value::String(text) => text.clone(),
        Value::Bytes(bytes) => (**bytes).clone(),
        _ => Text::default(),
    }
}

/// What a database would hand over; before Masterminds 3.5 everything but a string counted as an empty one.
fn scanned(value: &Value, wording: Wording) -> Result<Text, Fault> {
    match (value, wording) {
        (Value::String(text), _) => Ok(text.clone()),
        (_, Wording::Plain | Wording::Capitals) => Ok(Text::default()),
        (Value::Bytes(_), _) => Ok(bytes(value)),
        (Value::Nil, _) => Err(Fault::plain("cannot scan nil into Version")),
        (other, _) => Err(Fault::plain(&format!("unsupported Scan type {}", gotemplate::type_name(other)))),
    }
}

/// The string that JSON says; null counts as an empty one.
fn string_of(json: &Value, rules: Rules) -> Result<Text, Fault> {
    let json = bytes(json);
    match yaml::json::read(&json, rules.json) {
        Ok(yaml::Value::String(text)) => Ok(text),
        Ok(yaml::Value::Null) => Ok(Text::default()),
        Ok(other) => Err(Fault::json_type(&mismatch(&other, "string"))),
        Err(error) => Err(Fault::json_syntax(&error.to_string())),
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
