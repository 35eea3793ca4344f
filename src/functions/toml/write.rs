//! A value as TOML.

use super::Library;
use crate::functions::conversion;
use crate::functions::dates;
use crate::functions::limits::{self, MAX_DEPTH};
use crate::gotemplate::{FunctionError, Object, Value, format_float};
use crate::yaml::{self, Text};

/// A map as a TOML document; another value as TOML would write it behind an equals sign.
pub(in crate::functions) fn encoded(value: &Value, library: Library) -> Result<Vec<u8>, FunctionError> {
    if matches!(value, Value::Nil) {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    if matches!(value, Value::Complex(..)) {
        return Err("unsupported type for key '': complex128".into());
    }
    limits::parts(value)?;
    let mut encoder = Encoder { out: Vec::new(), library };
    encoder.value(&[], &plainer(value)?)?;
    limits::text(encoder.out.len() as u128)?;
    Ok(encoder.out)
}

struct Encoder {
    out: Vec<u8>,
    library: Library,
}

/// What TOML calls a value's type, as far as the layout depends on it.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Nil,
    Plain,
    Table,
    Tables,
}

type Written = Result<(), FunctionError>;

/// Named maps and slices as what they are made of. Structs, times and durations stay, versions are texts.
fn plainer(value: &Value) -> Result<Value, FunctionError> {
    match value {
        Value::Object(object) if is_struct(&**object) => Ok(value.clone()),
        Value::Object(object) => match object.to_plain()? {
            yaml::Value::String(_) | yaml::Value::Int(_) => Ok(value.clone()),
            plain => Ok(Value::from_plain(&plain)),
        },
        other => Ok(other.clone()),
    }
}

fn is_struct(object: &dyn Object) -> bool {
    !object.promoted_fields().is_empty()
}

/// A field's place among all of a struct, be they exported or not. Those of what is embedded have its place, the first. The
/// library holds it against the number of those that it writes, and so takes another field for the last or none.
fn place(object: &dyn Object, name: &[u8]) -> usize {
    object.members().iter().position(|(member, _)| member.as_bytes() == name).unwrap_or(0)
}

fn shape(value: &Value, depth: usize) -> Result<Shape, FunctionError> {
    if depth > MAX_DEPTH {
        return Err("a value contains itself".into());
    }
    Ok(match value {
        Value::Nil => Shape::Nil,
        Value::Map(map) if map.is_nil() => Shape::Nil,
        Value::List(list) if list.is_nil() => Shape::Nil,
        Value::Map(_) => Shape::Table,
        Value::Object(object) if is_struct(&**object) => Shape::Table,
        Value::List(list) if !list.is_empty() => {
            let mut all_tables = true;
            for item in list.items() {
                match shape(&plainer(&item)?, depth + 1)? {
                    Shape::Nil => return Err("toml: cannot encode array with nil element".into()),
                    shape => all_tables &= shape == Shape::Table,
                }
            }
            if all_tables { Shape::Tables } else { Shape::Plain }
        }
        Value::Complex(..) => return Err("unsupported type: complex128".into()),
        _ => Shape::Plain,
    })
}

impl Encoder {
    /// Of what would be too long to be kept nothing more is written.
    fn write(&mut self, text: impl AsRef<[u8]>) {
        if self.out.len() <= limits::MAX_TEXT {
            self.out.extend_from_slice(text.as_ref());
        }
    }

    fn line_break(&mut self) {
        if !self.out.is_empty() {
            self.write("\n");
        }
    }

    fn indent(&mut self, key: &[Text]) {
        self.write("  ".repeat(key.len().saturating_sub(1)));
    }

    fn value(&mut self, key: &[Text], value: &Value) -> Written {
        if key.len() > MAX_DEPTH {
            return Err("a value contains itself".into());
        }
        match shape(value, 0)? {
            // Nothing at all is told from a list that never was.
            Shape::Nil if key.is_empty() && matches!(value, Value::List(_)) => {
                self.write("[]");
                Ok(())
            }
            Shape::Nil => Ok(()),
            Shape::Table => self.table(key, value),
            Shape::Tables => self.tables(key, value),
            Shape::Plain => self.key_value(key, value, false),
        }
    }

    fn table(&mut self, key: &[Text], value: &Value) -> Written {
        if key.len() == 1 {
            self.line_break();
        }
        if !key.is_empty() {
            self.header(key, "[", "]\n");
        }
        self.entries(key, value, false)
    }

    fn tables(&mut self, key: &[Text], value: &Value) -> Written {
        if key.is_empty() {
            return Err("toml: top-level values must be Go maps or structs".into());
        }
        let Value::List(list) = value else { return Ok(()) };
        for item in list.items() {
            self.line_break();
            self.header(key, "[[", "]]\n");
            self.entries(key, &plainer(&item)?, false)?;
        }
        Ok(())
    }

    fn header(&mut self, key: &[Text], open: &str, close: &str) {
        self.indent(key);
        self.write(open);
        let parts: Vec<_> = key.iter().map(|part| quoted_key(part)).collect();
        self.write(parts.join(&b'.'));
        self.write(close);
    }

    /// What is no table comes first, since a table goes on to the next header. The fields of a struct stay in their order
    /// and have their Go names.
    fn entries(&mut self, key: &[Text], value: &Value, inline: bool) -> Written {
        let entries = match value {
            Value::Map(map) => map.entries(),
            Value::Object(object) => object.promoted_fields().into_iter().map(|(name, value)| (name.into(), value)).collect(),
            _ => return Ok(()),
        };
        let mut parts: [Vec<(Text, Value)>; 2] = Default::default();
        for (name, item) in entries {
            let item = plainer(&item)?;
            let is_table = matches!(shape(&item, 0)?, Shape::Table | Shape::Tables);
            parts[usize::from(is_table)].push((name, item));
        }
        if inline {
            self.write("{");
        }
        let tables_follow = !parts[1].is_empty();
        let all = parts[0].len() + parts[1].len();
        for (part, trailing) in parts.into_iter().zip([tables_follow, false]) {
            let count = part.len();
            for (index, (name, item)) in part.into_iter().enumerate() {
                if shape(&item, 0)? == Shape::Nil {
                    continue;
                }
                if !inline {
                    self.value(&[key, &[name]].concat(), &item)?;
                    continue;
                }
                self.key_value(std::slice::from_ref(&name), &item, true)?;
                let is_last = match value {
                    Value::Object(object) => {
                        place(&**object, &name) + 1 == if self.library > Library::V1_3 { all } else { count }
                    }
                    _ => !trailing && index + 1 == count,
                };
                if !is_last {
                    self.write(", ");
                }
            }
        }
        if inline {
            self.write("}");
        }
        Ok(())
    }

    fn key_value(&mut self, key: &[Text], value: &Value, inline: bool) -> Written {
        let Some(name) = key.last() else { return self.element(value, 0) };
        self.indent(key);
        self.write(quoted_key(name));
        self.write(" = ");
        self.element(value, 0)?;
        if !inline {
            self.line_break();
        }
        Ok(())
    }

    fn element(&mut self, value: &Value, depth: usize) -> Written {
        if depth > MAX_DEPTH {
            return Err("a value contains itself".into());
        }
        match value {
            Value::String(text) => self.write(quoted(text)),
            Value::Bool(truth) => self.write(truth.to_string()),
            Value::Int(number, _) => self.write(number.to_string()),
            Value::Uint(number) => self.write(number.to_string()),
            Value::Float(number) => {
                let text = float(*number, self.library);
                self.write(text);
            }
            Value::Map(_) => self.entries(&[], value, true)?,
            Value::Object(object) if is_struct(&**object) => self.entries(&[], value, true)?,
            Value::List(_) | Value::Bytes(_) => {
                self.write("[");
                for (index, item) in conversion::items(value).unwrap_or_default().iter().enumerate() {
                    if index > 0 {
                        self.write(", ");
                    }
                    self.element(&plainer(item)?, depth + 1)?;
                }
                self.write("]");
            }
            Value::Object(object) => match object.to_plain()? {
                yaml::Value::String(text) => match dates::toml::written(value) {
                    Some(moment) => self.write(moment),
                    None => self.write(quoted(&text)),
                },
                _ if object.type_name() == "time.Duration" => self.write(quoted(&object.text().unwrap_or_default())),
                yaml::Value::Int(number) => self.write(number.to_string()),
                _ => {}
            },
            Value::Nil | Value::Complex(..) => {}
        }
        Ok(())
    }
}

/// Every float has a point or an exponent.
fn float(number: f64, library: Library) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if number.is_infinite() {
        let plus = if library == Library::V1_3 { "+inf" } else { "inf" };
        return if number < 0.0 { "-inf" } else { plus }.to_owned();
    }
    let verb = if library >= Library::V1_6 { b'g' } else { b'f' };
    let text = format_float(number, verb, None);
    if text.contains(['.', 'e']) { text } else { text + ".0" }
}

/// A key as TOML writes it.
pub(super) fn quoted_key(key: &[u8]) -> Vec<u8> {
    let bare = !key.is_empty() && key.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if bare { key.to_vec() } else { quoted(key) }
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\x08' => out.extend(br"\b"),
            b'\t' => out.extend(br"\t"),
            b'\n' => out.extend(br"\n"),
            b'\x0c' => out.extend(br"\f"),
            b'\r' => out.extend(br"\r"),
            ..=b'\x1f' | b'\x7f' => out.extend(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
    out
}
