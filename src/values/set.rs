//! The grammar of `--set` and its family: `a.b[0]=x,c={1,2}`.
//!
//! It has no tree: keys are set while the text is read, as Helm's `strvals` does, because what half an argument leaves
//! behind shows where the end of the text is no error (`a[0]`, `a[0].b=`).

use std::sync::Arc;

use crate::gotemplate;
use crate::yaml::{self, Map, Text, Value};

/// Gives the contents of a file that `--set-file` names.
pub type Read<'a> = &'a mut dyn FnMut(&Text) -> Result<Text, String>;

/// The largest index into a list.
const MAX_INDEX: usize = 65536;
/// The number of dots that a key may have.
const MAX_NESTED_NAMES: usize = 30;
/// Indexes may nest without dots; Helm has no bound there.
const MAX_DEPTH: usize = 100;

/// Lays `a.b[0]=x,c={1,2}` over `values`; what looks like an integer, a boolean or null becomes one, integers as int64.
pub fn typed(values: &mut Map, argument: &[u8], ends: Ends) -> Result<(), String> {
    Parser::new(argument, Style::Converted(&mut |text| Ok(typed_value(text))), ends).parse(values)
}

/// As [`typed`], but every value is a string.
pub fn string(values: &mut Map, argument: &[u8], ends: Ends) -> Result<(), String> {
    Parser::new(argument, Style::Converted(&mut |text| Ok(Value::String(text.into()))), ends).parse(values)
}

/// As [`string`], but each value names a file.
pub fn file(values: &mut Map, argument: &[u8], read: Read<'_>, ends: Ends) -> Result<(), String> {
    let mut contents = |name: String| read(&name.into()).map(Value::String);
    Parser::new(argument, Style::Converted(&mut contents), ends).parse(values)
}

/// As [`typed`], but each value is JSON, and an empty one is null.
pub fn json(values: &mut Map, argument: &[u8], ends: Ends) -> Result<(), String> {
    Parser::new(argument, Style::Json, ends).parse(values)
}

/// Lays one `key=value` over `values`: the value is all that follows the first `=`, and nothing is escaped.
pub fn literal(values: &mut Map, argument: &[u8], ends: Ends) -> Result<(), String> {
    Parser::new(argument, Style::Literal, ends).parse(values)
}

/// What the end of the text inside of an index means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The argument is over, as it is anywhere else: `a[0=1` says nothing (Helm 4).
    Quietly,
    /// It is an error (Helm 3).
    WithError,
}

enum Style<'a> {
    Converted(&'a mut dyn FnMut(String) -> Result<Value, String>),
    Json,
    Literal,
}

/// Why a key was not read to its end.
enum Stop {
    /// The text is over, which is how every argument ends.
    End,
    Error(String),
}

impl<T: Into<String>> From<T> for Stop {
    fn from(reason: T) -> Self {
        Self::Error(reason.into())
    }
}

struct Parser<'a> {
    text: Vec<char>,
    position: usize,
    style: Style<'a>,
    ends: Ends,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(argument: &[u8], style: Style<'a>, ends: Ends) -> Self {
        let mut text = Vec::with_capacity(argument.len());
        for chunk in argument.utf8_chunks() {
            text.extend(chunk.valid().chars());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        Self { text, position: 0, style, ends, depth: 0 }
    }

    fn parse(mut self, values: &mut Map) -> Result<(), String> {
        loop {
            match self.key(values, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Error(reason)) => return Err(reason),
            }
        }
    }

    /// Reads one key and its value into `map`. `names` counts the dots before it.
    fn key(&mut self, map: &mut Map, names: usize) -> Result<(), Stop> {
        let is_literal = matches!(self.style, Style::Literal);
        let (key, stop) = self.until(if is_literal { "=[." } else { "=[,." });
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(format!("key {} has no value", quoted(&key)).into()),
            Some('[') => self.indexed(map, key, names),
            Some('=') => self.value_of(map, key),
            Some('.') => self.nested(map, key, names + 1),
            Some(_) => {
                let reason = format!("key {} has no value (cannot end with ,)", quoted(&key));
                set(map, key, Value::String(Text::default()));
                Err(reason.into())
            }
        }
    }

    fn indexed(&mut self, map: &mut Map, key: String, names: usize) -> Result<(), Stop> {
        let index = self.index()?;
        let mut list = match map.get(key.as_bytes()) {
            None => Vec::new(),
            Some(Value::List(items)) => items.to_vec(),
            Some(other) => return Err(not_a("[]interface {}", other)),
        };
        let result = self.item(&mut list, index, names);
        set(map, key, Value::List(list.into()));
        result
    }

    fn nested(&mut self, map: &mut Map, key: String, names: usize) -> Result<(), Stop> {
        if names > MAX_NESTED_NAMES {
            let reason = "value name nested level is greater than maximum supported nested level of";
            return Err(format!("{reason} {MAX_NESTED_NAMES}").into());
        }
        let existing = match map.remove(key.as_bytes()) {
            None => None,
            Some(Value::Map(inner)) => Some(inner),
            Some(other) => return Err(not_a("map[string]interface {}", &other)),
        };
        let existed = existing.is_some();
        let mut inner = existing.unwrap_or_default();
        let result = self.key(Arc::make_mut(&mut inner), names);
        if result.is_ok() && inner.is_empty() {
            return Err(format!("key map {} has no value", quoted(&key)).into());
        }
        if existed {
            map.insert(key.into(), Value::Map(inner));
        } else if !inner.is_empty() {
            set(map, key, Value::Map(inner));
        }
        result
    }

    /// Reads what follows `key=`.
    fn value_of(&mut self, map: &mut Map, key: String) -> Result<(), Stop> {
        let at_end = self.position == self.text.len();
        let value = self.value()?;
        set(map, key, value);
        // Helm knows that the text is over only where it had to look for a list.
        let looked_for_list = matches!(self.style, Style::Converted(_));
        if at_end && looked_for_list { Err(Stop::End) } else { Ok(()) }
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let (digits, stop) = self.until("]");
        if stop.is_none() {
            return Err(match self.ends {
                Ends::Quietly => Stop::End,
                Ends::WithError => "error parsing index: EOF".into(),
            });
        }
        digits.parse().map_err(|error: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let reason = match error.kind() {
                PosOverflow | NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            format!("error parsing index: strconv.Atoi: parsing {}: {reason}", quoted(&digits)).into()
        })
    }

    /// Reads what follows `[index]` into the item of that index.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, names: usize) -> Result<(), Stop> {
        let Ok(place) = usize::try_from(index) else { return Err(format!("negative {index} index not allowed").into()) };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("indexes are nested too deeply".into());
        }
        let (rest, stop) = self.until("[.=");
        if !rest.is_empty() {
            let runes: Vec<_> = rest.chars().map(quoted_rune).collect();
            return Err(format!("unexpected data at end of array index: [{}]", runes.join(" ")).into());
        }
        match stop {
            None => return Err(Stop::End),
            Some('=') => {
                let value = self.value()?;
                set_index(list, place, value)?;
            }
            Some('[') => {
                let next = self.index()?;
                let mut inner = match list.get(place) {
                    None | Some(Value::Null) => Vec::new(),
                    Some(Value::List(items)) => items.to_vec(),
                    Some(other) => return Err(not_a("[]interface {}", other)),
                };
                self.item(&mut inner, next, names)?;
                set_index(list, place, Value::List(inner.into()))?;
            }
            Some(_) => self.map_item(list, place, names)?,
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads what follows `[index].`. What the list has already is changed even if the text ends too early.
    fn map_item(&mut self, list: &mut Vec<Value>, place: usize, names: usize) -> Result<(), Stop> {
        let Some(existing) = list.get_mut(place) else {
            let mut inner = Map::new();
            self.key(&mut inner, names)?;
            return set_index(list, place, Value::Map(Arc::new(inner)));
        };
        let mut inner = match std::mem::take(existing) {
            Value::Map(inner) => inner,
            _ => Arc::default(),
        };
        let result = self.key(Arc::make_mut(&mut inner), names);
        *existing = Value::Map(inner);
        result
    }

    fn value(&mut self) -> Result<Value, Stop> {
        match self.style {
            Style::Literal => Ok(Value::String(self.until("").0.into())),
            Style::Json => self.json_value(),
            Style::Converted(_) if self.text.get(self.position) == Some(&'{') => self.list(),
            Style::Converted(_) if self.position == self.text.len() => Ok(Value::String(Text::default())),
            Style::Converted(_) => {
                let (text, _) = self.until(",");
                self.convert(text)
            }
        }
    }

    fn list(&mut self) -> Result<Value, Stop> {
        self.position += 1;
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(",}");
            if stop.is_none() {
                return Err("list must terminate with '}'".into());
            }
            items.push(self.convert(text)?);
            if stop == Some('}') {
                if self.text.get(self.position) == Some(&',') {
                    self.position += 1;
                }
                return Ok(Value::List(items.into()));
            }
        }
    }

    fn convert(&mut self, text: String) -> Result<Value, Stop> {
        match &mut self.style {
            Style::Converted(convert) => Ok(convert(text)?),
            Style::Json | Style::Literal => Ok(Value::String(text.into())),
        }
    }

    fn json_value(&mut self) -> Result<Value, Stop> {
        if self.is_empty_value() {
            return Ok(Value::Null);
        }
        let length = json_length(&self.text[self.position..]);
        let text: String = self.text[self.position..self.position + length].iter().collect();
        let value = yaml::json::read(text.as_bytes(), yaml::json::Backend::V2).map_err(|error| error.to_string())?;
        self.position += length;
        self.is_empty_value();
        Ok(value)
    }

    /// Skips blanks and the comma after them; whether there was nothing before the comma or the end.
    fn is_empty_value(&mut self) -> bool {
        while let Some(&char) = self.text.get(self.position) {
            if char != ',' && !char.is_whitespace() {
                return false;
            }
            self.position += 1;
            if char == ',' {
                break;
            }
        }
        true
    }

    /// The text before one of the `stops`, which is skipped, and which one it was; `None` at the end of the text.
    fn until(&mut self, stops: &str) -> (String, Option<char>) {
        let escapes = !matches!(self.style, Style::Literal);
        let mut text = String::new();
        while let Some(&char) = self.text.get(self.position) {
            self.position += 1;
            if stops.contains(char) {
                return (text, Some(char));
            }
            if char == '\\' && escapes {
                if let Some(&escaped) = self.text.get(self.position) {
                    self.position += 1;
                    text.push(escaped);
                }
            } else {
                text.push(char);
            }
        }
        (text, None)
    }
}

/// Sets a key; an empty one is ignored.
fn set(map: &mut Map, key: String, value: Value) {
    if !key.is_empty() {
        map.insert(key.into(), value);
    }
}

fn set_index(list: &mut Vec<Value>, index: usize, value: Value) -> Result<(), Stop> {
    if index > MAX_INDEX {
        return Err(format!("index of {index} is greater than maximum supported index of {MAX_INDEX}").into());
    }
    if list.len() <= index {
        list.resize(index + 1, Value::Null);
    }
    list[index] = value;
    Ok(())
}

fn typed_value(text: String) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Null;
    }
    // A leading zero means a string such as a file mode or an account number.
    match text.parse() {
        Ok(number) if text == "0" || !text.starts_with('0') => Value::Int(number),
        _ => Value::String(text.into()),
    }
}

/// How much of the text the JSON value at its start takes.
fn json_length(text: &[char]) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (index, &char) in text.iter().enumerate() {
        match char {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => {
                in_string = !in_string;
                if !in_string && depth == 0 {
                    return index + 1;
                }
            }
            _ if in_string => {}
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            _ if depth == 0 && !(char.is_ascii_alphanumeric() || "+-.".contains(char)) => return index,
            _ => {}
        }
    }
    text.len()
}

/// What Go says when a value has another type than `wanted`.
fn not_a(wanted: &str, value: &Value) -> Stop {
    let found = match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Uint(_) => "uint64",
        Value::Float(_) => "float64",
        Value::String(_) | Value::Time(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}").into()
}

fn quoted(text: &str) -> String {
    gotemplate::quote(text.as_bytes())
}

/// Go's `%q` of a character.
fn quoted_rune(char: char) -> String {
    match char {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        char => format!("'{}'", quoted(&char.to_string()).trim_matches('"')),
    }
}
