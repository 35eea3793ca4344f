//! Values under a verb and its flags.

use super::least::Least;
use super::number::Integer;
use super::{kind_name, type_name};
use crate::gotemplate::object::Object;
use crate::gotemplate::runes;
use crate::gotemplate::value::{self, List, ListKind, Map, MapKind, Value};

/// Deeper than this a value contains itself, or might as well.
pub(super) const MOST_DEPTH: usize = 1000;

/// Go prints an address here; ours must not depend on memory.
const ADDRESS: u64 = 0xc0_0001_2000;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one character of the format language")]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`: field names.
    pub(super) plus_v: bool,
    /// `%#v`: Go syntax.
    pub(super) sharp_v: bool,
}

/// Writes values to a buffer until it is full.
pub(super) struct Printer<'out> {
    pub(super) out: &'out mut Vec<u8>,
    pub(super) flags: Flags,
    most: usize,
    problem: Option<&'static str>,
    /// Inside a complaint about a verb methods are not called.
    complaining: bool,
}

impl<'out> Printer<'out> {
    /// A printer without flags whose buffer may grow to `most` bytes.
    pub(super) fn new(out: &'out mut Vec<u8>, most: usize) -> Self {
        Self { out, flags: Flags::default(), most, problem: None, complaining: false }
    }

    /// Why the text is not whole, if so.
    pub(super) fn finish(self) -> Result<(), String> {
        self.problem.map_or(Ok(()), |problem| Err(problem.to_owned()))
    }

    /// Whether `count` more bytes fit; if not, nothing is written any more.
    pub(super) fn has_room(&mut self, count: usize) -> bool {
        if self.out.len().saturating_add(count) > self.most {
            self.problem = self.problem.or(Some("the text is larger than a run may make it"));
        }
        self.problem.is_none()
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.has_room(bytes.len()) {
            self.out.extend_from_slice(bytes);
        }
    }

    fn push_character(&mut self, character: char) {
        self.push(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// An argument of a print function.
    pub(super) fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (_, 'T') => {
                self.text(type_name(value).as_bytes(), 's');
            }
            (_, 'p') if is_reference(value) => self.address(ADDRESS, !self.flags.sharp),
            // Only `Errorf` knows `%w`; Go notices where it looks for methods, which basic types do not have.
            (Value::Nil, _) | (_, 'p') | (Value::List(_) | Value::Map(_) | Value::Object(_), 'w') => self.bad_verb(value, verb),
            (Value::List(_) | Value::Map(_), _) if !self.can_hold(value) => {}
            _ => self.value(value, verb, 0),
        }
    }

    /// Whether there may be room for a collection.
    fn can_hold(&mut self, value: &Value) -> bool {
        let least = Least::new(self.flags.precision.is_some()).of(value, 0);
        self.has_room(least)
    }

    /// `%!verb(type=value)`
    pub(super) fn bad_verb(&mut self, value: &Value, verb: char) {
        let outer = std::mem::replace(&mut self.complaining, true);
        self.push(b"%!");
        self.push_character(verb);
        self.push(b"(");
        if matches!(value, Value::Nil) {
            self.push(b"<nil>");
        } else {
            self.push(type_name(value).as_bytes());
            self.push(b"=");
            self.argument(value, 'v');
        }
        self.push(b")");
        self.complaining = outer;
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if depth > MOST_DEPTH {
            self.problem = self.problem.or(Some("a value contains itself"));
        }
        if self.problem.is_some() {
            return;
        }
        let is_printed = match value {
            // Only an interface inside of something is a nil here, and Go does not ask the verb.
            Value::Nil => {
                self.push(if self.flags.sharp_v { b"interface {}(nil)" } else { b"<nil>" });
                true
            }
            Value::Int(value, value::Integer::Uint8) => self.integer(Integer::unsigned(*value as u64), verb),
            Value::Complex(real, imaginary) => self.complex((*real, *imaginary), verb),
            Value::Bytes(bytes) => self.bytes(bytes, verb, depth),
            Value::List(list) => self.list(list, &self.type_in_go_syntax(value), verb, depth),
            Value::Map(map) => self.map(map, &self.type_in_go_syntax(value), verb, depth),
            Value::Object(object) => self.object(&**object, verb, depth),
            basic => self.basic(basic, verb),
        };
        if !is_printed {
            self.bad_verb(value, verb);
        }
    }

    /// The type, where it will be shown.
    fn type_in_go_syntax(&self, value: &Value) -> String {
        if self.flags.sharp_v { type_name(value) } else { String::new() }
    }

    fn bytes(&mut self, bytes: &[u8], verb: char, depth: usize) -> bool {
        if matches!(verb, 's' | 'q' | 'x' | 'X') {
            return self.text(bytes, verb);
        }
        let name = if depth == 0 && matches!(verb, 'v' | 'd') { "[]byte" } else { "[]uint8" };
        self.open(name, b"[");
        for (index, byte) in bytes.iter().enumerate() {
            self.separate(index);
            self.value(&Value::Int(i64::from(*byte), value::Integer::Uint8), verb, depth + 1);
        }
        self.close();
        true
    }

    fn open(&mut self, type_name: &str, plain: &[u8]) {
        if self.flags.sharp_v {
            self.push(type_name.as_bytes());
            self.push(b"{");
        } else {
            self.push(plain);
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.push(if self.flags.sharp_v { b", " } else { b" " });
        }
    }

    fn close(&mut self) {
        self.push(if self.flags.sharp_v { b"}" } else { b"]" });
    }

    fn list(&mut self, list: &List, type_name: &str, verb: char, depth: usize) -> bool {
        if self.flags.sharp_v && list.is_nil() {
            self.push(type_name.as_bytes());
            self.push(b"(nil)");
            return true;
        }
        self.open(type_name, b"[");
        for index in 0..list.len() {
            self.separate(index);
            let item = list.get(index).unwrap_or_default();
            self.element(&item, list.kind() == ListKind::Any, verb, depth);
        }
        self.close();
        true
    }

    fn map(&mut self, map: &Map, type_name: &str, verb: char, depth: usize) -> bool {
        if self.flags.sharp_v && map.is_nil() {
            self.push(type_name.as_bytes());
            self.push(b"(nil)");
            return true;
        }
        self.open(type_name, b"map[");
        for (index, (key, value)) in map.entries().into_iter().enumerate() {
            self.separate(index);
            self.value(&Value::String(key), verb, depth + 1);
            self.push(b":");
            self.element(&value, matches!(map.kind(), MapKind::Any), verb, depth);
        }
        self.close();
        true
    }

    /// An item or entry; what is inside an interface is one level deeper.
    fn element(&mut self, value: &Value, boxed: bool, verb: char, depth: usize) {
        self.value(value, verb, depth + 1 + usize::from(boxed));
    }

    fn object(&mut self, object: &dyn Object, verb: char, depth: usize) -> bool {
        if !self.complaining
            && let Some(printed) = self.own_words(object, verb)
        {
            return printed;
        }
        if let Some(basic) = object.basic() {
            return self.basic(&basic, verb);
        }
        if let Some(map) = object.as_map() {
            return self.map(&map, object.type_name(), verb, depth);
        }
        if let Some(list) = object.as_list() {
            return self.list(&list, object.type_name(), verb, depth);
        }
        let is_nil = !object.is_true();
        if object.kind() == "ptr" && (depth > 0 || is_nil) {
            return self.pointer(object.type_name(), if is_nil { 0 } else { ADDRESS }, verb);
        }
        self.structure(object, verb, depth);
        true
    }

    /// What methods of the value's own give for this verb, and whether it could be written.
    fn own_words(&mut self, object: &dyn Object, verb: char) -> Option<bool> {
        if self.flags.sharp_v {
            return object.go_syntax().map(|text| self.text(&text, 's'));
        }
        let is_text_verb = matches!(verb, 'v' | 's' | 'x' | 'X' | 'q');
        object.text().filter(|_| is_text_verb).map(|text| self.text(&text, verb))
    }

    /// The value inside a named basic type; a complaint about the verb is the caller's, who knows the name.
    fn basic(&mut self, basic: &Value, verb: char) -> bool {
        match basic {
            Value::Bool(_) if verb != 't' && verb != 'v' => false,
            Value::Bool(value) => {
                self.pad(if *value { b"true" } else { b"false" });
                true
            }
            Value::Int(number, _) => self.integer(Integer::signed(*number), verb),
            Value::Uint(number) => self.integer(Integer::unsigned(*number), verb),
            Value::Float(number) => self.float(*number, verb),
            Value::String(text) => self.text(text, verb),
            _ => false,
        }
    }

    /// A value as the action printer takes it: it looks behind a pointer first.
    pub(super) fn followed(&mut self, value: &Value) {
        match value {
            Value::Object(object) if is_plain_pointer(&**object) => self.fields(&**object, 'v', 0),
            _ => self.argument(value, 'v'),
        }
    }

    fn structure(&mut self, object: &dyn Object, verb: char, depth: usize) {
        let name = object.type_name();
        let is_pointer = object.kind() == "ptr";
        if is_pointer {
            self.push(b"&");
        }
        if self.flags.sharp_v {
            self.push(if is_pointer { name.trim_start_matches('*') } else { name }.as_bytes());
        }
        self.fields(object, verb, depth);
    }

    fn fields(&mut self, object: &dyn Object, verb: char, depth: usize) {
        self.push(b"{");
        for (index, (field, value)) in object.members().into_iter().enumerate() {
            self.separate(index);
            if self.flags.plus_v || self.flags.sharp_v {
                self.push(field.as_bytes());
                self.push(b":");
            }
            self.value(&value, verb, depth + 1);
        }
        self.push(b"}");
    }

    /// A pointer that is not followed.
    fn pointer(&mut self, type_name: &str, address: u64, verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v => {
                self.push(format!("({type_name})(").as_bytes());
                if address == 0 {
                    self.push(b"nil");
                } else {
                    self.address(address, true);
                }
                self.push(b")");
            }
            'v' if address == 0 => self.pad(b"<nil>"),
            'v' | 'p' => self.address(address, !self.flags.sharp),
            'b' | 'o' | 'd' | 'x' | 'X' => return self.integer(Integer::unsigned(address), verb),
            _ => return false,
        }
        true
    }

    fn address(&mut self, address: u64, prefixed: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefixed);
        self.integer(Integer::unsigned(address), 'x');
        self.flags.sharp = sharp;
    }

    /// Writes a complaint that has no value: `%!d(BADINDEX)`.
    pub(super) fn complain(&mut self, verb: char, what: &str) {
        self.push(b"%!");
        self.push_character(verb);
        self.push(what.as_bytes());
    }
}

/// Whether it is a pointer to a struct that says nothing of itself.
fn is_plain_pointer(object: &dyn Object) -> bool {
    object.kind() == "ptr"
        && object.is_true()
        && object.text().is_none()
        && object.as_map().is_none()
        && object.as_list().is_none()
}

fn is_reference(value: &Value) -> bool {
    matches!(kind_name(value), "map" | "slice" | "ptr")
}

/// An integer argument that a `*` takes, if it is one and not too large.
pub(super) fn star(value: &Value) -> Option<i64> {
    let number = match value {
        Value::Int(number, _) => *number,
        Value::Uint(number) => i64::try_from(*number).ok()?,
        _ => return None,
    };
    (-MOST_WIDTH..=MOST_WIDTH).contains(&number).then_some(number)
}

/// Go's bound on widths and precisions.
pub(super) const MOST_WIDTH: i64 = 1_000_000;

/// The verb at the start of `format` and its width in bytes.
pub(super) fn verb(format: &[u8]) -> (char, usize) {
    runes::decode(format)
}
