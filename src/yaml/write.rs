//! From a [`Value`] to YAML text, as go-yaml's two printers do it.

use std::borrow::Cow;

use super::analyse;
use super::emit::{Emitter, Position};
use super::node::{self, ScalarStyle};
use super::number;
use super::parse::MAX_DEPTH;
use super::rules::Library;
use super::{Error, LONGEST, Map, Rules, TOO_LONG, Text, Value, json, order};

/// Whose printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Helm's `toYaml`: through JSON to go-yaml v2, with lists flush under their key and lines folded at 80.
    Helm,
    /// Helm's `toYamlPretty`: go-yaml v3 with two spaces, lists indented, nothing folded.
    Pretty,
    /// helmfile's `toYaml`: go-yaml v3 with two spaces.
    Helmfile,
}

impl Style {
    fn library(self) -> Library {
        match self {
            Self::Helm => Library::V2,
            Self::Pretty | Self::Helmfile => Library::V3,
        }
    }
}

/// Prints a value, with the line break at its end that Helm's functions then trim.
///
/// # Errors
/// What Helm's `toYaml` answers with an empty string: a number that JSON cannot hold, a character that YAML cannot.
pub fn write(value: &Value, style: Style) -> Result<String, Error> {
    let library = style.library();
    let mut writer = Writer { emitter: Emitter::new(library), library, depth: 0 };
    match writer.value(value, false) {
        Ok(()) => Ok(writer.emitter.finish()),
        // Go meets the fault when it reads the whole JSON, and names its line.
        Err(Error::Syntax { line, problem }) => {
            let text = json::write(value, json::Escape::Html, json::Backend::V2)?;
            Err(node::parse_first(text.as_bytes(), &Rules::HELM).err().unwrap_or(Error::Syntax { line, problem }))
        }
        Err(error) => Err(error),
    }
}

/// A tree whose mappings keep the order of their keys, as Go's structs do.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordered {
    /// A value as it is, its mappings sorted.
    Plain(Value),
    /// A sequence.
    List(Vec<Ordered>),
    /// A mapping in this order.
    Struct(Vec<(Text, Ordered)>),
}

impl Ordered {
    /// A mapping whose keys are sorted as those of Go's maps.
    pub fn sorted(entries: impl IntoIterator<Item = (Text, Self)>) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        let names: Vec<_> = entries.iter().map(|(name, _)| name.to_lossy().into_owned()).collect();
        let keyed = names.iter().map(String::as_str).zip(entries).collect();
        Self::Struct(order::sort(keyed, Library::V3).into_iter().map(|(_, entry)| entry).collect())
    }
}

/// Prints a tree, with the line break at its end.
///
/// # Errors
/// A character that YAML cannot hold.
pub fn write_ordered(tree: &Ordered, style: Style) -> Result<String, Error> {
    let library = style.library();
    let mut writer = Writer { emitter: Emitter::new(library), library, depth: 0 };
    writer.ordered(tree, false)?;
    Ok(writer.emitter.finish())
}

struct Writer {
    emitter: Emitter,
    library: Library,
    depth: usize,
}

/// How a string is written: its text, the style that go-yaml wants, and the tag that tells bytes from text.
struct Scalar<'a> {
    text: Cow<'a, str>,
    style: ScalarStyle,
    tag: &'static str,
}

impl Writer {
    fn check_size(&self) -> Result<(), Error> {
        if self.depth > 10 * MAX_DEPTH {
            return Err(Error::Unsupported(format!("exceeded max depth of {}", 10 * MAX_DEPTH)));
        }
        if self.emitter.len() > LONGEST {
            return Err(Error::Unsupported(TOO_LONG.to_owned()));
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, in_mapping: bool) -> Result<(), Error> {
        self.check_size()?;
        self.depth += 1;
        match value {
            Value::List(items) if items.is_empty() => self.empty('[', ']'),
            Value::List(items) => self.list(items, in_mapping)?,
            Value::Map(entries) if entries.is_empty() => self.empty('{', '}'),
            Value::Map(entries) => self.map(entries)?,
            scalar => {
                if let Some(word) = scalar.as_text().and_then(|text| analyse::word(text)) {
                    self.emitter.write_word(word);
                } else {
                    let scalar = self.scalar(scalar)?;
                    self.write_scalar(&scalar, Position::Value);
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn empty(&mut self, open: char, close: char) {
        self.emitter.write_indicator(&open.to_string(), true, false);
        self.emitter.write_indicator(&close.to_string(), false, false);
    }

    fn list(&mut self, items: &[Value], in_mapping: bool) -> Result<(), Error> {
        let outer = self.emitter.indent;
        if !(in_mapping && self.emitter.is_flush_list() && outer.is_some()) {
            self.increase_indent();
        }
        for item in items {
            self.emitter.write_indent();
            self.emitter.write_indicator("-", true, true);
            self.value(item, false)?;
        }
        self.emitter.indent = outer;
        Ok(())
    }

    fn map(&mut self, entries: &Map) -> Result<(), Error> {
        let outer = self.emitter.indent;
        self.increase_indent();
        if entries.keys().zip(entries.keys().skip(1)).all(|(one, next)| order::is_that_of_bytes(one, next)) {
            for (name, value) in entries {
                self.entry(name, value)?;
            }
        } else {
            let entries: Vec<_> = entries.iter().collect();
            let names: Vec<_> = entries.iter().map(|(name, _)| name.to_lossy()).collect();
            let ordered = names.iter().zip(&entries).map(|(name, entry)| (name.as_ref(), *entry)).collect();
            for (_, (name, value)) in order::sort(ordered, self.library) {
                self.entry(name, value)?;
            }
        }
        self.emitter.indent = outer;
        Ok(())
    }

    fn entry(&mut self, name: &Text, value: &Value) -> Result<(), Error> {
        self.key(name)?;
        self.value(value, true)
    }

    fn key(&mut self, name: &Text) -> Result<(), Error> {
        self.emitter.write_indent();
        if let Some(word) = analyse::word(name) {
            self.emitter.write_word(word);
            self.emitter.write_colon();
            return Ok(());
        }
        let key = self.string(name, true)?;
        if self.emitter.is_simple_key(&key.text, key.tag) {
            self.write_scalar(&key, Position::SimpleKey);
            self.emitter.write_colon();
        } else {
            self.emitter.write_indicator("?", true, true);
            self.write_scalar(&key, Position::Value);
            self.emitter.write_indent();
            self.emitter.write_indicator(":", true, true);
        }
        Ok(())
    }

    fn ordered(&mut self, tree: &Ordered, in_mapping: bool) -> Result<(), Error> {
        self.check_size()?;
        self.depth += 1;
        let outer = self.emitter.indent;
        match tree {
            Ordered::Plain(value) => self.value(value, in_mapping)?,
            Ordered::List(items) if items.is_empty() => self.empty('[', ']'),
            Ordered::Struct(entries) if entries.is_empty() => self.empty('{', '}'),
            Ordered::List(items) => {
                if !(in_mapping && self.emitter.is_flush_list() && outer.is_some()) {
                    self.increase_indent();
                }
                for item in items {
                    self.emitter.write_indent();
                    self.emitter.write_indicator("-", true, true);
                    self.ordered(item, false)?;
                }
            }
            Ordered::Struct(entries) => {
                self.increase_indent();
                for (name, value) in entries {
                    self.key(name)?;
                    self.ordered(value, true)?;
                }
            }
        }
        self.depth -= 1;
        self.emitter.indent = outer;
        Ok(())
    }

    fn increase_indent(&mut self) {
        self.emitter.indent = Some(self.emitter.indent.map_or(0, |indent| indent + 2));
    }

    fn write_scalar(&mut self, scalar: &Scalar<'_>, position: Position) {
        if !scalar.tag.is_empty() {
            self.emitter.write_tag(scalar.tag);
        }
        self.emitter.write_scalar(&scalar.text, scalar.style, position);
    }

    fn scalar<'v>(&self, value: &'v Value) -> Result<Scalar<'v>, Error> {
        let text = match value {
            Value::Bool(true) => "true".to_owned(),
            Value::Bool(false) => "false".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Uint(number) => number.to_string(),
            Value::Float(number) => self.float(*number)?,
            Value::String(text) => return self.string(text, false),
            Value::Time(text) if self.library == Library::V2 => return self.string(text, false),
            Value::Time(text) => text.to_lossy().into_owned(),
            Value::Null | Value::List(_) | Value::Map(_) => "null".to_owned(),
        };
        Ok(Scalar { text: text.into(), style: ScalarStyle::Plain, tag: "" })
    }

    fn float(&self, number: f64) -> Result<String, Error> {
        if self.library == Library::V3 {
            return Ok(number::format_float(number));
        }
        if !number.is_finite() {
            return Err(marshaling(&json::Error::unsupported(number)));
        }
        if let Some(integer) = number::small_integer(number) {
            return Ok(integer.to_string());
        }
        // What JSON writes without point and exponent comes back as an integer.
        Ok(match number::parse_integer(&number::format_json(number)) {
            Some(integer) => integer.to_string(),
            None => number::format_float(number),
        })
    }

    fn string<'v>(&self, text: &'v Text, is_key: bool) -> Result<Scalar<'v>, Error> {
        if self.library == Library::V2 {
            let text = after_json(text, is_key)?;
            let style = analyse::wanted_style(&text, self.library);
            return Ok(Scalar { text, style, tag: "" });
        }
        if let Some(text) = text.as_str() {
            return Ok(Scalar { text: text.into(), style: analyse::wanted_style(text, self.library), tag: "" });
        }
        let text = encode_base64(text);
        let style = if text.contains('\n') { ScalarStyle::Literal } else { ScalarStyle::Plain };
        Ok(Scalar { text: text.into(), style, tag: "!!binary" })
    }
}

fn marshaling(error: &json::Error) -> Error {
    Error::Unsupported(format!("error marshaling into JSON: {error}"))
}

/// A string as it comes out when Helm prints it as JSON and reads that as YAML.
fn after_json(text: &Text, is_key: bool) -> Result<Cow<'_, str>, Error> {
    const MAX_KEY: usize = 1024;
    if let Some(plain) = text.as_str() {
        let harmless = plain.bytes().all(|byte| byte < 0x7F);
        if harmless && (!is_key || plain.len() < MAX_KEY / 6) {
            return Ok(plain.into());
        }
    }
    let mut quoted = String::new();
    json::push_string(&mut quoted, text);
    let lines = quoted.contains('\u{85}');
    if is_key && (lines || quoted.chars().count() > MAX_KEY) {
        return Err(Error::Syntax { line: None, problem: "did not find expected ',' or '}'".to_owned() });
    }
    let node = node::parse_first(quoted.as_bytes(), &Rules::HELM)?;
    let text = node.as_ref().and_then(node::Node::text).cloned().unwrap_or_default();
    Ok(text.to_lossy().into_owned().into())
}

/// Standard base64, on one line.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut letters = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char;
            letters.push(if place > group.len() { '=' } else { letter });
        }
    }
    letters
}

/// In lines of seventy characters if one is not enough.
fn encode_base64(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let letters = base64(bytes);
    if letters.len() < LINE {
        return letters;
    }
    let lines: Vec<_> = letters.as_bytes().chunks(LINE).map(String::from_utf8_lossy).collect();
    lines.join("\n") + "\n"
}
