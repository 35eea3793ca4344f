//! Go values with fields or methods of their own: structs, pointers and named maps.
//!
//! The language calls them by name and prints them; what they mean is the business of whoever defines them.

use std::any::Any;

use super::function::{FunctionError, Signature, Type};
use super::value::{List, Map, Value};
use crate::yaml::{self, Text};

/// A Go struct, pointer or named type that a template can reach.
pub trait Object: Any {
    /// The Go type as `%T` prints it, for example `*semver.Version`.
    fn type_name(&self) -> &str;

    /// The Go kind as `kindOf` prints it: `struct`, `ptr`, `int64` for a duration.
    fn kind(&self) -> &'static str {
        "struct"
    }

    /// The exported fields in declaration order.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The exported fields, those of an embedded struct in its place: what an encoder goes by.
    fn promoted_fields(&self) -> Vec<(&'static str, Value)> {
        self.fields()
    }

    /// The value of one exported field.
    fn field(&self, name: &[u8]) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| field.as_bytes() == name).map(|(_, value)| value)
    }

    /// What a method takes; `None` if there is no such method.
    fn signature(&self, method: &[u8]) -> Option<Signature> {
        let _ = method;
        None
    }

    /// Calls a method that has a signature, with arguments that were checked by it.
    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let _ = (method, arguments);
        None
    }

    /// What `String()` or `Error()` gives, for types that `fmt` prints by it.
    fn text(&self) -> Option<Text> {
        None
    }

    /// What the action printer writes if that differs from [`Object::text`]: an addressable field finds pointer methods.
    fn printed(&self) -> Option<Text> {
        self.text()
    }

    /// All fields in declaration order, those that templates cannot reach too: what `fmt` prints unless [`Object::text`]
    /// answers, and what makes two values deeply equal.
    fn members(&self) -> Vec<(&'static str, Value)> {
        self.fields()
    }

    /// The same as a function gets it, if that is another one: a struct that is no pointer has no methods of its pointer there.
    fn passed(&self) -> Option<Value> {
        None
    }

    /// What `GoString()` gives, for types that `%#v` prints by it.
    fn go_syntax(&self) -> Option<Text> {
        None
    }

    /// Whether `if` takes it for true; Go's structs are, and all pointers but nil.
    fn is_true(&self) -> bool {
        true
    }

    /// The map inside, for named map types that are more than a map.
    fn as_map(&self) -> Option<Map> {
        None
    }

    /// The slice inside, for named slice types: ranging, indexing and `len` work on it.
    fn as_list(&self) -> Option<List> {
        None
    }

    /// The basic value inside, for named basic types such as `time.Duration`: comparing and formatting work on it.
    fn basic(&self) -> Option<Value> {
        None
    }

    /// The fields that encoding/json writes, by their names there, for types that it writes in this order.
    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }

    /// What a copy by reflection makes of it, if that is not its like: fields that are not exported stay behind.
    fn copied(&self) -> Option<Value> {
        None
    }

    /// Another value of this type, for named integer types: ranging over one counts in its own type.
    fn counted(&self, number: i64) -> Option<Value> {
        let _ = number;
        None
    }

    /// What encoding/json sees.
    ///
    /// # Errors
    /// A message, where Go cannot marshal the type.
    fn to_plain(&self) -> Result<yaml::Value, String>;
}

/// A method of a named map type: its name, what it takes and what it does.
pub struct Method {
    /// As templates call it.
    pub name: &'static str,
    /// The types of its arguments, which have been checked when the body runs.
    pub parameters: &'static [Type],
    /// What it does.
    pub body: fn(&Map, &[Value]) -> Result<Value, FunctionError>,
}

/// A named map type: its Go name and its methods, which hide keys of the same name.
pub struct MapType {
    /// The Go type as `%T` prints it.
    pub name: &'static str,
    /// What a value of the map is, as `%T` prints it.
    pub element: &'static str,
    /// Its methods.
    pub methods: &'static [Method],
}

impl MapType {
    /// The method of a name. Go exports only what begins with a capital letter, and most keys do not.
    #[inline]
    pub(super) fn method(&self, name: &[u8]) -> Option<&'static Method> {
        if !name.first().is_some_and(u8::is_ascii_uppercase) {
            return None;
        }
        self.methods.iter().find(|method| method.name.as_bytes() == name)
    }
}

/// `[]byte` as encoding/json writes it.
pub(super) fn base64_text(bytes: &[u8]) -> yaml::Value {
    yaml::Value::String(yaml::base64(bytes).as_str().into())
}
