//! From nodes to what Go calls `any`, as go-yaml's decoders build it: keys of any scalar kind, merge keys, alias budget.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::gosyntax;
use super::node::{Kind, Node, ScalarStyle};
use super::number::Integer;
use super::parse::MAX_DEPTH;
use super::resolve::{self, Scalar};
use super::rules::Library;
use super::{Entries, Error, Text};

/// How many equal keys are named one by one before the list is cut.
const MAX_PROBLEMS: usize = 100;

/// A decoded value, whose maps may have keys that are not strings.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Any {
    Null,
    Bool(bool),
    Integer(Integer),
    Float(f64),
    String(Text),
    Time(String),
    List(Vec<Any>),
    Map(AnyMap),
}

/// A key of a decoded map. In this order Go prints the keys of a map whose keys are of several types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Null,
    String(Text),
    Uint(u64),
    Int(i64),
    /// The bits of a float.
    Float(u64),
    Bool(bool),
    Time(String),
}

type AnyMap = Entries<Key, Any>;

/// Decodes a document or a part of one.
pub(super) fn decode(node: &Node, library: Library) -> Result<Any, Error> {
    let Kind::Mapping(entries) = &node.target().kind else { return decode_anything(node, library) };
    if library != Library::V3 {
        return decode_anything(node, library);
    }
    // helmfile decodes documents into `map[string]any`, where keys are whatever text they have.
    with_decoder(library, |decoder| {
        decoder.enter()?;
        let mut map = AnyMap::with_capacity(entries.len());
        decoder.fill_v3(entries, &mut map, MapKind::Strings, &mut None)?;
        Ok(Any::Map(map))
    })
}

/// The same where Go wants anything, and not a mapping with strings for keys.
pub(super) fn decode_anything(node: &Node, library: Library) -> Result<Any, Error> {
    with_decoder(library, |decoder| decoder.decode(node))
}

fn with_decoder(library: Library, decode: impl FnOnce(&mut Decoder) -> Result<Any, Error>) -> Result<Any, Error> {
    let mut decoder = Decoder { library, count: 0, alias_count: 0, alias_depth: 0, depth: 0, problems: Vec::new() };
    let value = decode(&mut decoder)?;
    if decoder.problems.is_empty() { Ok(value) } else { Err(Error::Unmarshal(decoder.problems)) }
}

struct Decoder {
    library: Library,
    count: usize,
    alias_count: usize,
    alias_depth: usize,
    depth: usize,
    problems: Vec<String>,
}

/// How go-yaml v3 keeps keys.
#[derive(Clone, Copy, PartialEq)]
enum MapKind {
    /// `map[string]any`: as text.
    Strings,
    /// `map[any]any`: as what they mean.
    General,
}

/// The keys that a merge may not set any more.
type Taken = Option<std::collections::BTreeSet<Key>>;

fn failure(problem: impl Into<String>) -> Error {
    Error::Syntax { line: None, problem: problem.into() }
}

fn want_map() -> Error {
    failure("map merge requires map or sequence of maps as the value")
}

impl Decoder {
    /// Counts one step of decoding; too many of them behind aliases is an attack.
    fn enter(&mut self) -> Result<(), Error> {
        self.count += 1;
        if self.alias_depth > 0 {
            self.alias_count += 1;
        }
        let ratio = self.alias_count as f64 / self.count as f64;
        if self.alias_count > 100 && self.count > 1000 && ratio > allowed_alias_ratio(self.count) {
            return Err(failure("document contains excessive aliasing"));
        }
        Ok(())
    }

    fn decode(&mut self, node: &Node) -> Result<Any, Error> {
        self.enter()?;
        if self.depth >= MAX_DEPTH {
            return Err(failure(format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.depth += 1;
        let value = match &node.kind {
            Kind::Cycle(name) => return Err(failure(format!("anchor '{name}' value contains itself"))),
            Kind::Alias(target) => {
                self.alias_depth += 1;
                let value = self.decode(target)?;
                self.alias_depth -= 1;
                value
            }
            Kind::Scalar { text, .. } => match self.scalar(node, text)? {
                scalar if self.library == Library::V2 => scalar_v2(scalar, text),
                scalar => from_scalar(scalar, text),
            },
            Kind::Sequence(items) => Any::List(items.iter().map(|item| self.decode(item)).collect::<Result<_, _>>()?),
            Kind::Mapping(entries) => {
                let mut map = AnyMap::with_capacity(entries.len());
                match self.library {
                    Library::V2 => self.fill_v2(entries, &mut map)?,
                    Library::V3 => self.fill_v3(entries, &mut map, map_kind(entries), &mut None)?,
                }
                Any::Map(map)
            }
        };
        self.depth -= 1;
        Ok(value)
    }

    fn scalar(&self, node: &Node, text: &Text) -> Result<Scalar, Error> {
        let Kind::Scalar { style, .. } = node.kind else { return Ok(Scalar::String) };
        match &node.tag {
            None if style == ScalarStyle::Plain => Ok(resolve::plain(text, self.library)),
            None => Ok(Scalar::String),
            // To go-yaml v3, `!` alone is no tag.
            Some(tag) if *tag == "!" && self.library == Library::V3 && style == ScalarStyle::Plain => {
                Ok(resolve::plain(text, self.library))
            }
            Some(tag) => resolve::tagged(tag, text, self.library),
        }
    }

    /// Entries and merges in the order of the text, each overwriting what came before.
    fn fill_v2(&mut self, entries: &[(Node, Node)], map: &mut AnyMap) -> Result<(), Error> {
        for (key, value) in entries {
            if is_merge(key, self.library) {
                self.merge_v2(value, map)?;
                continue;
            }
            let key = self.decode_key(key)?;
            let value = self.decode(value)?;
            map.insert(key, value);
        }
        Ok(())
    }

    fn decode_key(&mut self, node: &Node) -> Result<Key, Error> {
        let key = self.decode(node)?;
        match into_key(key) {
            Ok(key) => Ok(key),
            Err(key) => Err(failure(format!("invalid map key: {}", gosyntax::any(&key, self.library)))),
        }
    }

    fn merge_v2(&mut self, node: &Node, map: &mut AnyMap) -> Result<(), Error> {
        match &node.kind {
            Kind::Sequence(items) => {
                self.step_into(items.iter().rev(), map, |decoder, entries, map| decoder.fill_v2(entries, map))
            }
            _ => self.step_into([node], map, |decoder, entries, map| decoder.fill_v2(entries, map)),
        }
    }

    /// Merges mappings, or aliases of mappings, into a map.
    fn step_into<'n>(
        &mut self,
        nodes: impl IntoIterator<Item = &'n Node>,
        map: &mut AnyMap,
        mut fill: impl FnMut(&mut Self, &Arc<[(Node, Node)]>, &mut AnyMap) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for node in nodes {
            let aliased = usize::from(matches!(node.kind, Kind::Alias(_)));
            let entries = match &node.target().kind {
                Kind::Mapping(entries) => entries,
                Kind::Cycle(name) => return Err(failure(format!("anchor '{name}' value contains itself"))),
                _ => return Err(want_map()),
            };
            if self.depth >= MAX_DEPTH {
                return Err(failure(format!("exceeded max depth of {MAX_DEPTH}")));
            }
            self.enter()?;
            self.alias_depth += aliased;
            if aliased > 0 {
                self.enter()?;
            }
            self.depth += 1;
            fill(self, entries, map)?;
            self.depth -= 1;
            self.alias_depth -= aliased;
        }
        Ok(())
    }

    /// Entries first; then what the merge key adds, where the first of several maps wins.
    fn fill_v3(&mut self, entries: &[(Node, Node)], map: &mut AnyMap, kind: MapKind, taken: &mut Taken) -> Result<(), Error> {
        if self.name_equal_keys(entries) {
            return Ok(());
        }
        let mut merge = None;
        for (key, value) in entries {
            if is_merge(key, self.library) {
                merge = Some(value);
                continue;
            }
            let Some(key) = self.decode_key_v3(key, kind)? else { continue };
            if taken.as_mut().is_some_and(|taken| !taken.insert(key.clone())) {
                continue;
            }
            let value = self.decode(value)?;
            map.insert(key, value);
        }
        let Some(merge) = merge else { return Ok(()) };
        let mut own = None;
        if taken.is_none() {
            own = Some(map.keys().cloned().collect());
            self.count += entries.len();
        }
        let taken = if own.is_some() { &mut own } else { taken };
        let mut fill =
            |decoder: &mut Self, entries: &Arc<[(Node, Node)]>, map: &mut AnyMap| decoder.fill_v3(entries, map, kind, taken);
        match &merge.kind {
            Kind::Sequence(items) => self.step_into(items.iter(), map, &mut fill),
            _ => self.step_into([merge], map, &mut fill),
        }
    }

    /// A key under the kind of its map; none if go-yaml passes over the entry.
    fn decode_key_v3(&mut self, node: &Node, kind: MapKind) -> Result<Option<Key>, Error> {
        if kind == MapKind::General {
            return self.decode_key(node).map(Some);
        }
        self.enter()?;
        let target = node.target();
        let Kind::Scalar { text, .. } = &target.kind else {
            self.problems.push(format!("line {}: cannot unmarshal {} into string", target.line, kind_tag(target)));
            return Ok(None);
        };
        Ok(match self.scalar(target, text)? {
            Scalar::Null => None,
            Scalar::Binary(bytes) => Some(Key::String(bytes.into())),
            _ => Some(Key::String(text.clone())),
        })
    }

    /// Notes every pair of equal keys, and says whether there is one.
    fn name_equal_keys(&mut self, entries: &[(Node, Node)]) -> bool {
        let identities: Vec<_> = entries.iter().map(|(key, _)| identity(key)).collect();
        let mut sorted = identities.clone();
        sorted.sort_unstable();
        if sorted.is_sorted_by(|one, next| one < next) {
            return false;
        }
        let mut places: FxHashMap<(u8, &[u8]), Vec<usize>> = FxHashMap::default();
        for (index, identity) in identities.iter().enumerate() {
            places.entry(*identity).or_default().push(index);
        }
        for (index, identity) in identities.iter().enumerate() {
            for &later in places[identity].iter().filter(|&&later| later > index) {
                if self.problems.len() >= MAX_PROBLEMS {
                    return true;
                }
                self.problems.push(format!(
                    "line {}: mapping key {} already defined at line {}",
                    entries[later].0.line,
                    gosyntax::quote(identity.1),
                    entries[index].0.line
                ));
            }
        }
        true
    }
}

/// What go-yaml v3 compares keys by.
fn identity(key: &Node) -> (u8, &[u8]) {
    match &key.kind {
        Kind::Scalar { text, .. } => (0, text),
        Kind::Cycle(name) => (1, name),
        Kind::Alias(target) => (2, identity(target).1),
        Kind::Sequence(_) => (3, b""),
        Kind::Mapping(_) => (4, b""),
    }
}

fn kind_tag(node: &Node) -> &'static str {
    if matches!(node.kind, Kind::Sequence(_)) { "!!seq" } else { "!!map" }
}

fn map_kind(entries: &[(Node, Node)]) -> MapKind {
    if entries.iter().all(|(key, _)| is_string(key.target())) { MapKind::Strings } else { MapKind::General }
}

fn is_string(key: &Node) -> bool {
    let Kind::Scalar { text, style } = &key.kind else { return false };
    match &key.tag {
        Some(tag) if *tag != "!" => matches!(resolve::short_tag(tag).as_str(), "!!str" | "!!merge"),
        _ => *style != ScalarStyle::Plain || resolve::plain(text, Library::V3) == Scalar::String,
    }
}

fn is_merge(key: &Node, library: Library) -> bool {
    let Kind::Scalar { text, style } = &key.kind else { return false };
    let tagged = key.tag.as_ref().is_some_and(|tag| *tag == "tag:yaml.org,2002:merge");
    let bare = match library {
        Library::V2 => key.is_implicit(),
        Library::V3 => *style == ScalarStyle::Plain && key.tag.as_ref().is_none_or(|tag| *tag == "!"),
    };
    *text == "<<" && (bare || tagged)
}

/// go-yaml v2 knows a timestamp when it sees one, and keeps the text.
pub(super) fn scalar_v2(scalar: Scalar, text: &Text) -> Any {
    match scalar {
        Scalar::Time(_) => Any::String(text.clone()),
        scalar => from_scalar(scalar, text),
    }
}

fn from_scalar(scalar: Scalar, text: &Text) -> Any {
    match scalar {
        Scalar::Null => Any::Null,
        Scalar::Bool(truth) => Any::Bool(truth),
        Scalar::Integer(number) => Any::Integer(number),
        Scalar::Float(number) => Any::Float(number),
        Scalar::Time(time) => Any::Time(time),
        Scalar::String => Any::String(text.clone()),
        Scalar::Binary(bytes) => Any::String(bytes.into()),
    }
}

fn into_key(value: Any) -> Result<Key, Any> {
    Ok(match value {
        Any::Null => Key::Null,
        Any::Bool(truth) => Key::Bool(truth),
        Any::Integer(Integer::Signed(number)) => Key::Int(number),
        Any::Integer(Integer::Unsigned(number)) => Key::Uint(number),
        Any::Float(number) => Key::Float(number.to_bits()),
        Any::String(text) => Key::String(text),
        Any::Time(time) => Key::Time(time),
        Any::List(_) | Any::Map(_) => return Err(value),
    })
}

/// How large a part of the steps may come from aliases.
fn allowed_alias_ratio(count: usize) -> f64 {
    const LOW: usize = 400_000;
    const HIGH: usize = 4_000_000;
    match count {
        ..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * ((count - LOW) as f64 / (HIGH - LOW) as f64),
    }
}
