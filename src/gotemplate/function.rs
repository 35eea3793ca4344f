//! A plain Rust function becomes a template function: typed parameters, a name, and whether its answer may differ each time.
//!
//! The evaluator checks and converts arguments by [`Type`] one after the other, as Go's reflection does, so a body has no
//! unpacking code and cannot see a wrong type.

use std::collections::hash_map::Entry;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHasher};

use super::builtins::Builtin;
use super::error::{Error, ParseError};
use super::object::Object;
use super::state::State;
use super::value::{List, Map, MapKind, Value};
use crate::yaml::Text;

/// The Go type of a parameter: what an argument must be assignable to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: anything, nil too.
    Any,
    /// `string`.
    String,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint32`, which only unsigned literals are assignable to: no other value has that type.
    Uint32,
    /// `float64`.
    Float64,
    /// `[]interface {}`.
    List,
    /// `[]string`.
    Strings,
    /// `map[string]interface {}`, which named maps of the same shape are assignable to.
    Map,
    /// A struct or pointer type by its Go name, such as `sprig.certificate`.
    Named(&'static str),
    /// An integer type by its Go name, such as `time.Duration`: a literal is assignable to it as well, and comes as an int64.
    NamedInt(&'static str),
}

/// Whether a function's answer follows from its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purity {
    /// The same arguments give the same answer.
    Pure,
    /// The answer depends on the clock and the machine's time zone, and runs report its use.
    Clock,
    /// The answer depends on randomness or on the outside world, perhaps on the clock, too, and runs report its use.
    Impure,
}

/// Why a function gave no answer.
#[derive(Debug)]
pub enum FunctionError {
    /// What the function's own `error` says; the evaluator adds `error calling NAME`.
    Message(String),
    /// The template asked to stop (Helm's `fail` and `required`): this text reaches the user without Go's decoration.
    Failed(String),
    /// Executing another template failed (`include`, `tpl`).
    Nested(Box<Error>),
    /// A text was to be executed as a template and is none (`tpl`).
    Parse(ParseError),
    /// Another error with words of the function in front, as Go's `fmt.Errorf("…: %w")` puts them.
    Within {
        /// The words, without the colon.
        what: String,
        /// The error.
        error: Box<FunctionError>,
    },
}

impl FunctionError {
    /// This error with `what` and a colon in front.
    #[must_use]
    pub fn within(self, what: impl Into<String>) -> Self {
        Self::Within { what: what.into(), error: Box::new(self) }
    }
}

impl From<Box<Error>> for FunctionError {
    fn from(error: Box<Error>) -> Self {
        Self::Nested(error)
    }
}

impl From<ParseError> for FunctionError {
    fn from(error: ParseError) -> Self {
        Self::Parse(error)
    }
}

impl From<String> for FunctionError {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for FunctionError {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

/// What a method takes, so that the evaluator checks and converts its arguments as it does a function's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The parameters.
    pub parameters: &'static [Type],
    /// What Go says of a method whose results no template can take, instead of calling it.
    pub refusal: Option<&'static str>,
}

impl Signature {
    /// A method that takes these.
    pub const fn of(parameters: &'static [Type]) -> Self {
        Self { parameters, refusal: None }
    }
}

/// A function's body after its arguments were checked. It may take the arguments out of their places.
pub type Body = Box<dyn Fn(&mut State<'_>, &mut [Value]) -> Result<Value, FunctionError> + Send + Sync>;

/// One row of a function table.
pub struct Function {
    /// The name templates call it by.
    pub name: &'static str,
    /// The fixed parameters.
    pub parameters: &'static [Type],
    /// The type of further arguments, if it takes any number.
    pub variadic: Option<Type>,
    /// Whether runs report its use.
    pub purity: Purity,
    /// The steps that a call takes, besides those of what it gives.
    pub cost: u64,
    /// What it does.
    pub body: Body,
}

impl Function {
    /// A pure function.
    pub fn pure<Arguments>(name: &'static str, native: impl Native<Arguments>) -> Self {
        native.into_function(name, Purity::Pure)
    }

    /// A function whose answer depends on the clock or the time zone, and on its arguments.
    pub fn of_the_clock<Arguments>(name: &'static str, native: impl Native<Arguments>) -> Self {
        native.into_function(name, Purity::Clock)
    }

    /// A function whose answer depends on more than its arguments and the clock.
    pub fn impure<Arguments>(name: &'static str, native: impl Native<Arguments>) -> Self {
        native.into_function(name, Purity::Impure)
    }

    /// The same function, whose calls take so long that a run may only have so many of them.
    #[must_use]
    pub fn costing(self, steps: u64) -> Self {
        Self { cost: steps, ..self }
    }
}

/// The functions a template may call, by name.
pub struct Functions {
    /// Each name once.
    rows: Vec<Function>,
    /// What each name stands for, Go's own functions among them.
    callees: FxHashMap<&'static [u8], Callee>,
    fingerprint: u64,
}

/// What a function's name in a template stands for: where it is in tables of one fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callee {
    /// The place of a row.
    Row(u32),
    /// Go's own.
    Builtin(Builtin),
}

impl Default for Functions {
    /// Go's own and no others.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Functions {
    /// A table of these rows; a later row of the same name replaces the earlier one.
    pub fn new(rows: Vec<Function>) -> Self {
        let callees = Builtin::all().map(|(name, builtin)| (name.as_bytes(), Callee::Builtin(builtin))).collect();
        Self { rows: Vec::new(), callees, fingerprint: 0 }.with(rows)
    }

    /// Adds rows; a later row of the same name replaces the earlier one.
    #[must_use]
    pub fn with(mut self, rows: Vec<Function>) -> Self {
        self.rows.reserve(rows.len());
        self.callees.reserve(rows.len());
        for row in rows {
            let entry = self.callees.entry(row.name.as_bytes());
            if let Entry::Occupied(known) = &entry
                && let Callee::Row(place) = *known.get()
            {
                self.rows[place as usize] = row;
            } else {
                entry.insert_entry(Callee::Row(self.rows.len() as u32));
                self.rows.push(row);
            }
        }
        let mut hasher = FxHasher::default();
        self.rows.iter().for_each(|row| row.name.hash(&mut hasher));
        self.fingerprint = hasher.finish();
        self
    }

    /// Takes names out, so that they are as undefined as any other word.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.rows.retain(|row| !names.contains(&row.name));
        Self::new(self.rows)
    }

    /// A number that tables with the same names share: which names are known, and at which places, is all that parsing asks
    /// of a table.
    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The row of `name`.
    pub fn get(&self, name: &str) -> Option<&Function> {
        match self.callee(name.as_bytes())? {
            Callee::Row(place) => self.row(place),
            Callee::Builtin(_) => None,
        }
    }

    /// The row at a place.
    pub(super) fn row(&self, place: u32) -> Option<&Function> {
        self.rows.get(place as usize)
    }

    /// What a template that calls `name` calls: a row, or Go's own.
    pub(super) fn callee(&self, name: &[u8]) -> Option<Callee> {
        self.callees.get(name).copied()
    }

    /// All names in alphabetical order.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.rows.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names
    }
}

/// A Rust type that stands for a Go parameter type.
pub trait Parameter: Sized {
    /// The Go type.
    const TYPE: Type;

    /// Takes an argument that the evaluator found assignable to [`Parameter::TYPE`]; `None` would be our mistake.
    fn take(value: Value) -> Option<Self>;
}

macro_rules! parameter {
    ($type:ty, $go:expr, $pattern:pat => $value:expr) => {
        impl Parameter for $type {
            const TYPE: Type = $go;

            fn take(value: Value) -> Option<Self> {
                match value {
                    $pattern => Some($value),
                    #[allow(unreachable_patterns, reason = "`Value` takes every pattern")]
                    _ => None,
                }
            }
        }
    };
}

parameter!(Value, Type::Any, value => value);
parameter!(Text, Type::String, Value::String(text) => text);
parameter!(bool, Type::Bool, Value::Bool(value) => value);
parameter!(isize, Type::Int, Value::Int(value, _) => value as isize);
parameter!(i64, Type::Int64, Value::Int(value, _) => value);
parameter!(u32, Type::Uint32, Value::Uint(value) => value as u32);
parameter!(f64, Type::Float64, Value::Float(value) => value);
parameter!(List, Type::List, Value::List(list) => list);
// A parameter has its own type: what a function makes of `.Values`, and gives back, is an unnamed map (case `values-lose-their-name`).
parameter!(Map, Type::Map, Value::Map(map) => map.with_kind(MapKind::Any));

/// All further arguments of a variadic function.
pub struct Rest<T>(pub Vec<T>);

impl<T: Parameter> Rest<T> {
    fn taken(arguments: impl ExactSizeIterator<Item = Value>) -> Result<Self, FunctionError> {
        let mut taken = Vec::with_capacity(arguments.len());
        for argument in arguments {
            taken.push(T::take(argument).ok_or(CHECKED)?);
        }
        Ok(Self(taken))
    }
}

/// What a native function may return.
pub trait Return {
    /// The result as the evaluator wants it.
    fn into_result(self) -> Result<Value, FunctionError>;
}

macro_rules! returns {
    ($($type:ty: $value:ident => $go:expr;)*) => {$(
        impl Return for $type {
            fn into_result(self) -> Result<Value, FunctionError> {
                let $value = self;
                Ok($go)
            }
        }
    )*};
}

returns! {
    Value: value => value;
    Text: text => Value::String(text);
    String: text => Value::text(text);
    Vec<u8>: text => Value::text(text);
    &'static str: text => Value::text(text);
    bool: value => Value::Bool(value);
    isize: value => Value::int(value as i64);
    i64: value => Value::int64(value);
    f64: value => Value::Float(value);
    Vec<Value>: items => Value::list(items);
    Map: map => Value::Map(map);
    Rc<dyn Object>: object => Value::Object(object);
}

impl<T: Return, E: Into<FunctionError>> Return for Result<T, E> {
    fn into_result(self) -> Result<Value, FunctionError> {
        self.map_err(Into::into)?.into_result()
    }
}

/// A Rust function that can stand in a table. `Arguments` only tells the implementations apart.
pub trait Native<Arguments> {
    /// The row.
    fn into_function(self, name: &'static str, purity: Purity) -> Function;
}

/// Marks a function that asks first for the run's state.
pub struct WithState;

/// Marks a function that takes all further arguments, of any type, where they are, so that they need no list of their own.
pub struct InPlace;

const CHECKED: &str = "the evaluator checked the number and the types of the arguments";

macro_rules! native {
    ($($argument:ident)*) => {
        impl<Native_, R, $($argument,)*> Native<($($argument,)*)> for Native_
        where
            Native_: Fn($($argument),*) -> R + Send + Sync + 'static,
            R: Return,
            $($argument: Parameter,)*
        {
            fn into_function(self, name: &'static str, purity: Purity) -> Function {
                let body: Body = Box::new(move |_, arguments| {
                    let mut arguments = arguments.iter_mut().map(std::mem::take);
                    let _ = &mut arguments;
                    self($(arguments.next().and_then($argument::take).ok_or(CHECKED)?),*).into_result()
                });
                Function { name, parameters: const { &[$($argument::TYPE),*] }, variadic: None, purity, cost: 0, body }
            }
        }

        impl<Native_, R, Z: Parameter, $($argument,)*> Native<($($argument,)* Rest<Z>,)> for Native_
        where
            Native_: Fn($($argument,)* Rest<Z>) -> R + Send + Sync + 'static,
            R: Return,
            $($argument: Parameter,)*
        {
            fn into_function(self, name: &'static str, purity: Purity) -> Function {
                let body: Body = Box::new(move |_, arguments| {
                    let mut arguments = arguments.iter_mut().map(std::mem::take);
                    let _ = &mut arguments;
                    self(
                        $(arguments.next().and_then($argument::take).ok_or(CHECKED)?,)*
                        Rest::taken(arguments)?,
                    )
                    .into_result()
                });
                Function { name, parameters: const { &[$($argument::TYPE),*] }, variadic: Some(Z::TYPE), purity, cost: 0, body }
            }
        }

        impl<Native_, R, $($argument,)*> Native<($($argument,)* InPlace,)> for Native_
        where
            Native_: Fn($($argument,)* &mut [Value]) -> R + Send + Sync + 'static,
            R: Return,
            $($argument: Parameter,)*
        {
            fn into_function(self, name: &'static str, purity: Purity) -> Function {
                let parameters: &[Type] = const { &[$($argument::TYPE),*] };
                let body: Body = Box::new(move |_, arguments| {
                    let (fixed, others) = arguments.split_at_mut_checked(parameters.len()).ok_or(CHECKED)?;
                    let mut fixed = fixed.iter_mut().map(std::mem::take);
                    let _ = &mut fixed;
                    self($(fixed.next().and_then($argument::take).ok_or(CHECKED)?,)* others).into_result()
                });
                Function { name, parameters, variadic: Some(Type::Any), purity, cost: 0, body }
            }
        }

        impl<Native_, R, $($argument,)*> Native<(WithState, $($argument,)*)> for Native_
        where
            Native_: Fn(&mut State<'_>, $($argument),*) -> R + Send + Sync + 'static,
            R: Return,
            $($argument: Parameter,)*
        {
            fn into_function(self, name: &'static str, purity: Purity) -> Function {
                let body: Body = Box::new(move |state, arguments| {
                    let mut arguments = arguments.iter_mut().map(std::mem::take);
                    let _ = &mut arguments;
                    self(state, $(arguments.next().and_then($argument::take).ok_or(CHECKED)?),*).into_result()
                });
                Function { name, parameters: const { &[$($argument::TYPE),*] }, variadic: None, purity, cost: 0, body }
            }
        }

        impl<Native_, R, Z: Parameter, $($argument,)*> Native<(WithState, $($argument,)* Rest<Z>)> for Native_
        where
            Native_: Fn(&mut State<'_>, $($argument,)* Rest<Z>) -> R + Send + Sync + 'static,
            R: Return,
            $($argument: Parameter,)*
        {
            fn into_function(self, name: &'static str, purity: Purity) -> Function {
                let body: Body = Box::new(move |state, arguments| {
                    let mut arguments = arguments.iter_mut().map(std::mem::take);
                    let _ = &mut arguments;
                    self(
                        state,
                        $(arguments.next().and_then($argument::take).ok_or(CHECKED)?,)*
                        Rest::taken(arguments)?,
                    )
                    .into_result()
                });
                Function { name, parameters: const { &[$($argument::TYPE),*] }, variadic: Some(Z::TYPE), purity, cost: 0, body }
            }
        }
    };
}

native!();
native!(A);
native!(A B);
native!(A B C);
native!(A B C D);
native!(A B C D E);
native!(A B C D E F);
