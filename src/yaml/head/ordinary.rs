//! The head of an ordinary document, picked from its lines.

use super::Head;
use crate::yaml::Text;
use crate::yaml::lines::{self, Builder, Collection, Scalar};
use crate::yaml::resolve;
use crate::yaml::rules::Library;

/// The head of a document, if every line of it is ordinary.
pub(in crate::yaml) fn by_lines(document: &[u8]) -> Option<Head> {
    let mut picker = Picker::default();
    lines::read(document, &mut picker)?;
    picker.head.annotations.sort();
    let is_unique = picker.head.annotations.windows(2).all(|pair| pair[0].0 != pair[1].0);
    is_unique.then_some(picker.head)
}

/// What the last key of the head's own mappings wants.
#[derive(Default)]
enum Wanted {
    /// Nothing that the head needs.
    #[default]
    Nothing,
    /// A string.
    ApiVersion,
    /// A string.
    Kind,
    /// A string.
    Name,
    /// A mapping.
    Metadata,
    /// A mapping.
    Annotations,
    /// A string.
    Annotation(Text),
}

/// Which of the head's mappings the innermost one is.
#[derive(Clone, Copy, Default, PartialEq)]
enum Place {
    #[default]
    Elsewhere,
    Document,
    Metadata,
    Annotations,
}

#[derive(Default)]
struct Picker {
    head: Head,
    /// How many collections are open.
    depth: usize,
    /// The head's mappings that are open; deeper ones are elsewhere.
    places: [Place; 3],
    wanted: Wanted,
    /// Whether the last scalar belongs to the head, which needs it whole.
    kept: bool,
}

impl Picker {
    fn place(&self) -> Place {
        self.depth.checked_sub(1).and_then(|last| self.places.get(last)).copied().unwrap_or_default()
    }

    /// Go takes fields by their names in any case and any order; only the usual spelling is ordinary.
    fn field(&mut self, name: &[u8]) -> Option<()> {
        self.wanted = match name {
            b"apiVersion" => Wanted::ApiVersion,
            b"kind" => Wanted::Kind,
            b"metadata" => Wanted::Metadata,
            _ => {
                let fields = [&b"apiVersion"[..], b"kind", b"metadata"];
                let is_other = name.is_ascii() && fields.iter().all(|field| !field.eq_ignore_ascii_case(name));
                return is_other.then_some(());
            }
        };
        Some(())
    }

    fn metadata_field(&mut self, name: &[u8]) -> Option<()> {
        self.wanted = match name {
            b"name" => Wanted::Name,
            b"annotations" => Wanted::Annotations,
            _ => {
                let is_other =
                    name.is_ascii() && !name.eq_ignore_ascii_case(b"name") && !name.eq_ignore_ascii_case(b"annotations");
                return is_other.then_some(());
            }
        };
        Some(())
    }
}

impl<'a> Builder<'a> for Picker {
    fn pass_over(&mut self) -> bool {
        let is_elsewhere = self.place() == Place::Elsewhere;
        if is_elsewhere {
            self.wanted = Wanted::Nothing;
            self.kept = false;
        }
        is_elsewhere
    }

    fn open(&mut self, collection: Collection) -> Option<()> {
        let is_mapping = collection == Collection::Mapping;
        let place = match (self.depth, &self.wanted) {
            (0, _) => Place::Document,
            (_, Wanted::Metadata) => Place::Metadata,
            (_, Wanted::Annotations) => Place::Annotations,
            _ => Place::Elsewhere,
        };
        // Helm refuses anything but a mapping there.
        if place != Place::Elsewhere && !is_mapping {
            return None;
        }
        if let Some(slot) = self.places.get_mut(self.depth) {
            *slot = place;
        }
        self.depth += 1;
        self.wanted = Wanted::Nothing;
        Some(())
    }

    fn close(&mut self) {
        self.depth -= 1;
    }

    fn key(&mut self, key: &Scalar<'a>) -> Option<()> {
        self.wanted = Wanted::Nothing;
        match self.place() {
            Place::Elsewhere => Some(()),
            Place::Document => self.field(bytes(key)?),
            Place::Metadata => self.metadata_field(bytes(key)?),
            Place::Annotations => {
                self.wanted = Wanted::Annotation(text(key)?);
                Some(())
            }
        }
    }

    fn item(&mut self) {}

    fn value(&mut self, value: &Scalar<'a>) -> Option<()> {
        self.kept = true;
        let field = match &mut self.wanted {
            Wanted::Nothing => {
                self.kept = false;
                // A document is a mapping.
                return (self.depth > 0).then_some(());
            }
            Wanted::Metadata => {
                let is_first = self.head.name.is_empty() && self.head.annotations.is_empty();
                return (is_first && matches!(value, Scalar::Nothing)).then_some(());
            }
            Wanted::Annotations => {
                let is_mapping = matches!(value, Scalar::Nothing | Scalar::Flow(b"{}"));
                return (self.head.annotations.is_empty() && is_mapping).then_some(());
            }
            Wanted::Annotation(name) => {
                self.head.annotations.push((std::mem::take(name), text(value)?));
                self.wanted = Wanted::Nothing;
                return Some(());
            }
            Wanted::ApiVersion => &mut self.head.api_version,
            Wanted::Kind => &mut self.head.kind,
            Wanted::Name => &mut self.head.name,
        };
        // Which of two counts is the parser's to say.
        if !field.is_empty() {
            return None;
        }
        *field = text(value)?;
        self.wanted = Wanted::Nothing;
        Some(())
    }

    fn more(&mut self, _: &'a [u8], _: usize) -> Option<()> {
        (!self.kept).then_some(())
    }
}

/// The characters, if they are known.
fn bytes<'a>(scalar: &Scalar<'a>) -> Option<&'a [u8]> {
    match scalar {
        Scalar::Plain(bytes) | Scalar::Commented(bytes) | Scalar::Quoted(bytes) => Some(bytes),
        _ => None,
    }
}

/// The string that it is, if it is surely one.
fn text(scalar: &Scalar<'_>) -> Option<Text> {
    match scalar {
        Scalar::Plain(bytes) | Scalar::Commented(bytes) if resolve::plain(bytes, Library::V2) != resolve::Scalar::String => None,
        scalar => bytes(scalar).map(Text::from),
    }
}
