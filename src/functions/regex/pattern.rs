//! A compiled pattern and the text it is run on.
//!
//! The engine wants UTF-8 where Go takes each stray byte for U+FFFD; so a text with stray bytes is searched in a copy that
//! has them replaced, and places are translated back.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex_automata::meta;

use super::syntax::{self, Error};
use crate::functions::unicode::runes;
use crate::yaml::Text;

/// Compiled patterns are remembered up to this number, then all are forgotten.
const REMEMBERED: usize = 512;

/// The most memory that a compiled pattern takes; Go stops at the same figure.
const MAX_SIZE: usize = 128 << 20;

/// Start and end of the whole match and of each group that took part.
pub(super) type Groups = Vec<Option<(usize, usize)>>;

/// A regular expression, ready to run.
pub(super) struct Pattern {
    regex: meta::Regex,
    names: Vec<Option<Text>>,
}

/// The compiled form of a pattern, from memory if it was there.
pub(super) fn compiled(regex: &Text) -> Result<Arc<Pattern>, Error> {
    static MEMORY: LazyLock<Mutex<HashMap<Text, Arc<Pattern>>>> = LazyLock::new(Mutex::default);
    if let Some(pattern) = MEMORY.lock().unwrap_or_else(PoisonError::into_inner).get(regex) {
        return Ok(pattern.clone());
    }
    let pattern = Arc::new(Pattern::compile(regex)?);
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    if memory.len() >= REMEMBERED {
        memory.clear();
    }
    memory.insert(regex.clone(), pattern.clone());
    Ok(pattern)
}

impl Pattern {
    fn compile(regex: &[u8]) -> Result<Self, Error> {
        let syntax::Parsed { hir, names } = syntax::parse(regex)?;
        let config = meta::Config::new().nfa_size_limit(Some(MAX_SIZE)).onepass_size_limit(Some(1 << 20));
        let regex = meta::Builder::new().configure(config).build_from_hir(&hir).map_err(|_| Error::too_large(regex))?;
        Ok(Self { regex, names })
    }

    /// The bytes that the compiled form takes, which is also how long a hard text keeps it busy for each byte.
    pub(super) fn size(&self) -> usize {
        self.regex.memory_usage()
    }

    /// Whether the pattern matches anywhere.
    pub(super) fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(&*self.subject(text).searched)
    }

    /// The numbers of the groups of this name.
    pub(super) fn named(&self, name: &[u8]) -> impl Iterator<Item = usize> {
        let named = move |(_, group): &(usize, &Option<Text>)| group.as_ref().is_some_and(|group| **group == *name);
        self.names.iter().enumerate().filter(named).map(|(index, _)| index)
    }

    /// This pattern with a text to search.
    pub(super) fn subject<'text>(&'text self, text: &'text [u8]) -> Subject<'text> {
        if std::str::from_utf8(text).is_ok() {
            return Subject { pattern: self, searched: Cow::Borrowed(text), places: Vec::new() };
        }
        let mut searched = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len());
        let mut place = 0;
        for rune in runes(text) {
            places.resize(searched.len() + rune.char.len_utf8(), place);
            searched.push(rune.char);
            place += rune.bytes.len();
        }
        places.push(place);
        Subject { pattern: self, searched: Cow::Owned(searched.into_bytes()), places }
    }
}

/// A pattern and a text.
pub(super) struct Subject<'text> {
    pattern: &'text Pattern,
    searched: Cow<'text, [u8]>,
    /// For each place in what is searched, the place in the text; empty if they are the same.
    places: Vec<usize>,
}

impl Subject<'_> {
    /// The first match.
    pub(super) fn find(&self) -> Option<(usize, usize)> {
        self.matches().next()
    }

    /// All matches that do not overlap; none is empty where the one before ends.
    pub(super) fn matches(&self) -> impl Iterator<Item = (usize, usize)> {
        self.pattern.regex.find_iter(&*self.searched).map(|found| self.place(found.start(), found.end()))
    }

    /// As [`Subject::matches`], with all groups.
    pub(super) fn captures(&self) -> impl Iterator<Item = Groups> {
        self.pattern.regex.captures_iter(&*self.searched).map(|captures| {
            let groups = (0..captures.group_len()).map(|index| captures.get_group(index));
            groups.map(|group| group.map(|span| self.place(span.start, span.end))).collect()
        })
    }

    fn place(&self, start: usize, end: usize) -> (usize, usize) {
        let place = |at: usize| self.places.get(at).copied().unwrap_or(at);
        (place(start), place(end))
    }
}
