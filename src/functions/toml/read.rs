//! From a TOML document to a map, key by key in the library's order, since its errors name what it had reached.
//!
//! Tables that a dotted key or a header makes on the way are *implied*: they may be defined once more. The library keeps
//! that by the keys' texts, and so do we.

use std::collections::{BTreeMap, HashSet};

use super::Library;
use super::scan::{After, Fault, Kind, Scanned, Scanner, Token, is_blank, is_break};
use crate::functions::dates;
use crate::gotemplate::{self, List, ListKind, Map, Value};
use crate::yaml::Text;

/// More parts of a key, or brackets inside each other, are no document that a person wrote, and time grows with their square.
const MAX_DEPTH: usize = 200;

/// The map that a TOML document says, whose moments without a zone are told by the clock of `now`.
pub(in crate::functions) fn decoded(text: &[u8], library: Library, now: &jiff::Zoned) -> Result<Map, String> {
    let marks: [&[u8]; 3] = [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"];
    let text = marks.iter().find_map(|mark| text.strip_prefix(*mark)).unwrap_or(text);
    if text.iter().take(6).any(|&byte| byte == 0) {
        return Err("toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8".to_owned());
    }
    let mut reader = Reader {
        scanner: Scanner::new(text, library),
        now,
        root: Table::new(),
        context: Vec::new(),
        key: Text::default(),
        key_line: 0,
        depth: 0,
        implied: HashSet::new(),
        arrays: HashSet::new(),
    };
    match reader.document() {
        Ok(()) => Ok(map(reader.root)),
        Err(fault) => Err(reader.told(&fault)),
    }
}

type Table = BTreeMap<Text, Node>;

/// What a key stands for so far.
enum Node {
    Table(Table),
    Tables(Vec<Table>),
    Value(Value),
}

type Key = Vec<Text>;

struct Reader<'text> {
    scanner: Scanner<'text>,
    now: &'text jiff::Zoned,
    root: Table,
    /// The table that keys belong to.
    context: Key,
    /// The last part of the key whose value is read; empty outside of one.
    key: Text,
    /// The line of the last key.
    key_line: i64,
    depth: usize,
    implied: HashSet<Vec<u8>>,
    arrays: HashSet<Vec<u8>>,
}

impl Reader<'_> {
    fn told(&self, fault: &Fault) -> String {
        let last = match (self.context.as_slice(), &self.key) {
            (context, key) if key.is_empty() => written(context),
            ([], key) => key.to_vec(),
            (context, key) => [&written(context), b".".as_slice(), key].concat(),
        };
        let last = if last.is_empty() { String::new() } else { format!(" (last key {})", gotemplate::quote(&last)) };
        format!("toml: line {}{last}: {}", fault.line, fault.problem)
    }

    fn document(&mut self) -> Scanned<()> {
        loop {
            match self.scanner.next()? {
                None => return Ok(()),
                Some(letter) if is_blank(letter) || is_break(letter) => {}
                Some('#') => self.scanner.comment()?,
                Some('[') => {
                    self.header()?;
                    self.line_end()?;
                }
                Some(_) => {
                    self.scanner.back();
                    let outer = self.context.clone();
                    self.scanner.key_start()?;
                    self.pair()?;
                    self.context = outer;
                    self.key = Text::default();
                    self.line_end()?;
                }
            }
        }
    }

    /// After a header or a pair: nothing more in this line.
    fn line_end(&mut self) -> Scanned<()> {
        loop {
            match self.scanner.next()? {
                None => {
                    self.scanner.back();
                    return Ok(());
                }
                Some('#') => return self.scanner.comment(),
                Some(letter) if is_break(letter) => return Ok(()),
                Some(letter) if is_blank(letter) => {}
                other => {
                    let expected = "expected a top-level item to end with a newline, comment, or EOF, but got";
                    return Err(self.scanner.instead(expected, other));
                }
            }
        }
    }

    fn header(&mut self) -> Scanned<()> {
        let is_array = self.scanner.accept('[')?;
        let mut key = Key::new();
        loop {
            let part = self.scanner.name_part()?;
            if key.is_empty() {
                self.key_line = part.line;
            }
            push(&mut key, &part, 0)?;
            if let After::End = self.scanner.name_next(is_array)? {
                break;
            }
        }
        self.enter(&key, is_array)?;
        self.arrays.remove(&written(&self.context));
        Ok(())
    }

    /// A key and its value, in the table that is the context; gives the key's parts and the value.
    fn pair(&mut self) -> Scanned<(Key, Value)> {
        let mut key = Key::new();
        loop {
            let part = self.scanner.key_part()?;
            if key.is_empty() {
                self.key_line = part.line;
            }
            push(&mut key, &part, self.context.len())?;
            if let After::End = self.scanner.key_next()? {
                break;
            }
        }
        self.key = key.last().cloned().unwrap_or_default();
        for part in &key[..key.len() - 1] {
            let table = [self.context.as_slice(), std::slice::from_ref(part)].concat();
            self.implied.insert(written(&table));
            self.enter(&table, false)?;
        }
        let token = self.scanner.value()?;
        let is_array = token.kind == Kind::Array;
        let value = self.value(&token, false)?;
        let name = self.key.clone();
        self.set(&name, Node::Value(value.clone()))?;
        self.set_array(is_array);
        Ok((key, value))
    }

    /// Remembers whether the current key's value is an array.
    fn set_array(&mut self, is_array: bool) {
        let mut key = self.context.clone();
        if !self.key.is_empty() {
            key.push(self.key.clone());
        }
        let name = if key.is_empty() { b"\"\"".to_vec() } else { written(&key) };
        if is_array {
            self.arrays.insert(name);
        } else {
            self.arrays.remove(&name);
        }
    }

    fn value(&mut self, token: &Token, is_item: bool) -> Scanned<Value> {
        match token.kind {
            Kind::Plain | Kind::Escaped | Kind::Lines | Kind::PlainLines => Ok(Value::text(text(token)?)),
            Kind::Bool => Ok(Value::Bool(token.text == b"true")),
            Kind::Integer => integer(token),
            Kind::Float => float(token),
            Kind::Moment => dates::toml::read(&token.text, self.scanner.library, self.now).ok_or_else(|| {
                let text = dates::toml::capitals(&token.text);
                token.fault(format!("invalid datetime: {}", gotemplate::quote(&text)))
            }),
            Kind::Array | Kind::Table => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(token.fault(format!("values nest more than {MAX_DEPTH} deep")));
                }
                let value = if token.kind == Kind::Array { self.array() } else { self.table(is_item) };
                self.depth -= 1;
                value
            }
        }
    }

    fn array(&mut self) -> Scanned<Value> {
        self.set_array(true);
        let mut items = Vec::new();
        while self.scanner.item()? {
            let token = self.scanner.value()?;
            items.push(self.value(&token, true)?);
            if !self.scanner.item_next()? {
                break;
            }
        }
        Ok(Value::List(List::grown_from(2, items, ListKind::Any)))
    }

    /// An inline table, which is a table of the document as well, so that nothing defines it again.
    fn table(&mut self, is_item: bool) -> Scanned<Value> {
        let (outer, outer_key) = (self.context.clone(), std::mem::take(&mut self.key));
        let context = [outer.as_slice(), std::slice::from_ref(&outer_key)].concat();
        self.context.clone_from(&context);
        self.implied.insert(written(&context));
        self.enter(&context, is_item)?;
        let table = Map::new();
        while self.scanner.pair()? {
            self.scanner.key_start()?;
            let (key, value) = self.pair()?;
            self.place(&table, &key, value)?;
            self.context.clone_from(&context);
            if !self.scanner.pair_next()? {
                break;
            }
        }
        self.context = outer;
        self.key = outer_key;
        Ok(Value::Map(table))
    }

    fn place(&self, table: &Map, key: &[Text], value: Value) -> Scanned<()> {
        let mut at = table.clone();
        let Some((last, parts)) = key.split_last() else { return Ok(()) };
        for part in parts {
            at = match at.get_text(part) {
                Some(Value::Map(inner)) => inner,
                None => {
                    let inner = Map::new();
                    at.insert(part.clone(), Value::Map(inner.clone()));
                    inner
                }
                Some(_) => {
                    let name = gotemplate::quote(&written(&self.context));
                    return Err(self.fault(format!("{name} is not a table")));
                }
            };
        }
        at.insert(last.clone(), value);
        Ok(())
    }

    fn fault(&self, problem: String) -> Fault {
        Fault { line: self.key_line, problem }
    }

    /// Makes `key` the context, which becomes a table, or one more of an array of tables.
    fn enter(&mut self, key: &[Text], is_array: bool) -> Scanned<()> {
        let Some((last, parents)) = key.split_last() else { return Ok(()) };
        let mut missing = Vec::new();
        let mut at = &mut self.root;
        let mut stopped = None;
        for (index, part) in parents.iter().enumerate() {
            if !at.contains_key(part) {
                missing.push(index + 1);
            }
            let Some(table) = table_of(at.entry(part.clone()).or_insert_with(|| Node::Table(Table::new()))) else {
                stopped = Some(index + 1);
                break;
            };
            at = table;
        }
        let is_free = stopped.is_some() || !is_array || append(at_or_root(&mut self.root, parents), last);
        for length in missing {
            self.implied.insert(written(&parents[..length]));
        }
        if let Some(length) = stopped {
            let name = shown(&parents[..length]);
            return Err(self.fault(format!("Key '{name}' was already created as a hash.")));
        }
        self.context = parents.to_vec();
        if !is_free {
            return Err(self.fault(format!("Key '{}' was already created and cannot be used as an array.", shown(key))));
        }
        if !is_array {
            self.set(last, Node::Table(Table::new()))?;
        }
        self.context.push(last.clone());
        Ok(())
    }

    /// Gives a key of the context its value, unless it has one that was not only implied.
    fn set(&mut self, name: &Text, node: Node) -> Scanned<()> {
        let line = self.key_line;
        let defined = |key: &[Text]| Fault { line, problem: format!("Key '{}' has already been defined.", shown(key)) };
        let mut at = &mut self.root;
        for (index, part) in self.context.iter().enumerate() {
            at = at.get_mut(part).and_then(table_of).ok_or_else(|| defined(&self.context[..=index]))?;
        }
        if !at.contains_key(name) {
            at.insert(name.clone(), node);
            return Ok(());
        }
        let key = [self.context.as_slice(), std::slice::from_ref(name)].concat();
        let text = written(&key);
        let is_array = self.arrays.contains(&text);
        let may_come_again = is_array && self.scanner.library < Library::V1_6;
        if !self.implied.remove(&text) && !may_come_again {
            return Err(defined(&key));
        }
        if is_array {
            at.insert(name.clone(), node);
        }
        Ok(())
    }
}

/// One more part of a key, under `outer` tables.
fn push(key: &mut Key, part: &Token, outer: usize) -> Scanned<()> {
    if outer + key.len() >= MAX_DEPTH {
        return Err(part.fault(format!("a key has more than {MAX_DEPTH} parts")));
    }
    key.push(text(part)?.into());
    Ok(())
}

/// The table that a node is, or the last of its tables.
fn table_of(node: &mut Node) -> Option<&mut Table> {
    match node {
        Node::Table(table) => Some(table),
        Node::Tables(tables) => tables.last_mut(),
        Node::Value(_) => None,
    }
}

/// The table at the end of a path that leads through tables.
fn at_or_root<'tree>(root: &'tree mut Table, path: &[Text]) -> Option<&'tree mut Table> {
    path.iter().try_fold(root, |at, part| at.get_mut(part).and_then(table_of))
}

/// One more table under `name`; whether that is free for it.
fn append(table: Option<&mut Table>, name: &Text) -> bool {
    let Some(table) = table else { return false };
    match table.entry(name.clone()).or_insert_with(|| Node::Tables(Vec::new())) {
        Node::Tables(tables) => {
            tables.push(Table::new());
            true
        }
        Node::Table(_) | Node::Value(_) => false,
    }
}

fn map(table: Table) -> Map {
    let map = Map::new();
    for (key, node) in table {
        let value = match node {
            Node::Table(table) => Value::Map(self::map(table)),
            Node::Tables(tables) => {
                let tables = tables.into_iter().map(|table| Value::Map(self::map(table))).collect();
                Value::List(List::grown_from(4, tables, ListKind::Structs("[]map[string]interface {}")))
            }
            Node::Value(value) => value,
        };
        map.insert(key, value);
    }
    map
}

/// A key as a document would write it.
fn written(key: &[Text]) -> Vec<u8> {
    let parts: Vec<_> = key.iter().map(|part| super::write::quoted_key(part)).collect();
    parts.join(&b'.')
}

fn shown(key: &[Text]) -> String {
    String::from_utf8_lossy(&written(key)).into_owned()
}

impl Token {
    fn fault(&self, problem: String) -> Fault {
        Fault { line: self.line, problem }
    }
}

fn integer(token: &Token) -> Scanned<Value> {
    let text = String::from_utf8_lossy(&token.text);
    let quoted = gotemplate::quote(&token.text);
    if !has_good_underscores(&text) {
        return Err(token.fault(format!("Invalid integer {quoted}: underscores must be surrounded by digits")));
    }
    if has_leading_zero(&text) {
        return Err(token.fault(format!("Invalid integer {quoted}: cannot have leading zeroes")));
    }
    let plain = text.replace('_', "");
    let number = match plain.get(..2) {
        Some("0x") => i64::from_str_radix(&plain[2..], 16),
        Some("0o") => i64::from_str_radix(&plain[2..], 8),
        Some("0b") => i64::from_str_radix(&plain[2..], 2),
        _ => plain.parse(),
    };
    number.map(Value::int64).map_err(|_| token.fault(format!("{text} is out of range for int64")))
}

fn float(token: &Token) -> Scanned<Value> {
    let text = String::from_utf8_lossy(&token.text);
    let quoted = gotemplate::quote(&token.text);
    let mut parts = text.split(['.', 'e', 'E']).filter(|part| !part.is_empty());
    if !parts.clone().all(has_good_underscores) {
        return Err(token.fault(format!("Invalid float {quoted}: underscores must be surrounded by digits")));
    }
    if parts.next().is_some_and(has_leading_zero) {
        return Err(token.fault(format!("Invalid float {quoted}: cannot have leading zeroes")));
    }
    if text.split('.').skip(1).any(|after| !after.starts_with(|letter: char| letter.is_ascii_digit())) {
        return Err(token.fault(format!("Invalid float {quoted}: '.' must be followed by one or more digits")));
    }
    let number = text.replace('_', "").parse::<f64>();
    match number {
        Ok(number) if number.is_infinite() && !text.contains("inf") => {
            Err(token.fault(format!("{text} is out of range for float64")))
        }
        Ok(number) => Ok(Value::Float(number)),
        Err(_) => Err(token.fault(format!("Invalid float value: {quoted}"))),
    }
}

fn has_leading_zero(number: &str) -> bool {
    match number.as_bytes() {
        [b'0', second, ..] => !matches!(second, b'b' | b'o' | b'x'),
        [b'+' | b'-', b'0', _, ..] => true,
        _ => false,
    }
}

/// Whether every underscore stands between digits, of whatever base.
fn has_good_underscores(number: &str) -> bool {
    if matches!(number.trim_start_matches(['+', '-']), "nan" | "inf") {
        return true;
    }
    let mut is_after_digit = false;
    for byte in number.bytes() {
        if byte == b'_' && !is_after_digit {
            return false;
        }
        is_after_digit = byte.is_ascii_hexdigit();
    }
    is_after_digit
}

/// What a written text says.
fn text(token: &Token) -> Scanned<Vec<u8>> {
    match token.kind {
        Kind::Escaped => unescaped(token, &token.text),
        Kind::Lines => unescaped(token, &without_escaped_breaks(without_first_break(&token.text))),
        Kind::PlainLines => Ok(without_first_break(&token.text).to_vec()),
        _ => Ok(token.text.clone()),
    }
}

fn without_first_break(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\n").or_else(|| text.strip_prefix(b"\r\n")).unwrap_or(text)
}

/// Takes out each backslash at a line's end with all white space after it.
fn without_escaped_breaks(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at + 1..];
        let blank = rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        if byte != b'\\' {
            out.push(byte);
            at += 1;
        } else if rest.first() == Some(&b'\\') {
            out.extend(br"\\");
            at += 2;
        } else if rest[..blank].contains(&b'\n') {
            at += 1 + blank;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    out
}

fn unescaped(token: &Token, text: &[u8]) -> Scanned<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else { break };
        rest = after;
        let meant = match escape {
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'f' => 0x0c,
            b'r' => b'\r',
            b'e' => 0x1b,
            b'x' | b'u' | b'U' => {
                let length = if escape == b'x' {
                    2
                } else if escape == b'u' {
                    4
                } else {
                    8
                };
                let digits = String::from_utf8_lossy(&rest[..length.min(rest.len())]).into_owned();
                rest = &rest[length.min(rest.len())..];
                let letter = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                let invalid = || token.fault(format!("Escaped character '\\u{digits}' is not valid UTF-8."));
                out.extend(letter.ok_or_else(invalid)?.to_string().as_bytes());
                continue;
            }
            b' ' | b'\t' => return Err(token.fault(format!("invalid escape: '\\{}'", char::from(escape)))),
            other => other,
        };
        out.push(meant);
    }
    Ok(out)
}
