//! Regular expressions as Go means them: RE2's syntax, Go's replacement templates, byte strings.
//!
//! `syntax` reads a pattern into the tree of `regex-syntax`, `escape` what a backslash begins, `class` makes character
//! classes, `pattern` compiles and runs it, `template` is the language of replacements. No pattern text is rewritten for
//! another engine.

mod class;
mod escape;
mod pattern;
mod syntax;
mod template;

use std::sync::Arc;

use self::pattern::Pattern;
use super::{Rules, limits};
use crate::gotemplate::{Function, FunctionError, List, ListKind, State, Value};
use crate::yaml::Text;

/// The rows of this topic. Where sprig's plain function panics, the `must` one returns the error without a preface.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    let mut rows = vec![
        Function::pure("mustRegexMatch", |state: &mut State<'_>, regex: Text, text: Text| {
            Ok::<_, FunctionError>(paid(state, compiled(&regex)?, &text)?.is_match(&text))
        }),
        Function::pure("regexMatch", |state: &mut State<'_>, regex: Text, text: Text| match compiled(&regex) {
            Ok(pattern) => paid(state, pattern, &text).map(|pattern| pattern.is_match(&text)),
            Err(_) => Ok(false),
        }),
        Function::pure("regexQuoteMeta", quote_meta),
    ];
    let plain = ["regexFind", "regexFindAll", "regexReplaceAll", "regexReplaceAllLiteral", "regexSplit"];
    let must = ["mustRegexFind", "mustRegexFindAll", "mustRegexReplaceAll", "mustRegexReplaceAllLiteral", "mustRegexSplit"];
    rows.extend(compiling(compiled_or_panic, plain, rules.matches));
    rows.extend(compiling(compiled, must, rules.matches));
    rows
}

type Compile = fn(&Text) -> Result<Arc<Pattern>, FunctionError>;

fn compiling(compile: Compile, names: [&'static str; 5], matches: Matches) -> [Function; 5] {
    let [find, find_all, replace_all, replace_all_literal, split] = names;
    let ready = move |state: &State<'_>, regex: &Text, text: &Text| paid(state, compile(regex)?, text);
    [
        Function::pure(find, move |state: &mut State<'_>, regex: Text, text: Text| {
            Ok::<_, FunctionError>(first(&*ready(state, &regex, &text)?, &text))
        }),
        Function::pure(find_all, move |state: &mut State<'_>, regex: Text, text: Text, n: isize| {
            all(&*ready(state, &regex, &text)?, &text, n, matches)
        }),
        Function::pure(replace_all, move |state: &mut State<'_>, regex: Text, text: Text, new: Text| {
            replaced(&*ready(state, &regex, &text)?, &text, &Replacement::Template(&new))
        }),
        Function::pure(replace_all_literal, move |state: &mut State<'_>, regex: Text, text: Text, new: Text| {
            replaced(&*ready(state, &regex, &text)?, &text, &Replacement::Literal(&new))
        }),
        Function::pure(split, move |state: &mut State<'_>, regex: Text, text: Text, n: isize| {
            parts(&*ready(state, &regex, &text)?, &regex, &text, n)
        }),
    ]
}

/// The bytes that a compiled pattern may well take: what is larger may have thousands of states at work at once.
const USUAL: u64 = 1 << 16;

/// Lets the run pay for compiling the pattern, whether or not it was known, and for running it over the text. Compiling takes
/// more than in proportion where a pattern is huge; running grows with pattern and text, however seldom one needs as much.
fn paid(state: &State<'_>, pattern: Arc<Pattern>, text: &[u8]) -> Result<Arc<Pattern>, FunctionError> {
    let size = pattern.size() as u64;
    state.spend(size / 16 + (size * size) / (1 << 23))?;
    let for_each_byte = size + 3 * size.saturating_sub(USUAL);
    state.spend(for_each_byte.saturating_mul(text.len() as u64) / 256)?;
    Ok(pattern)
}

fn compiled(regex: &Text) -> Result<Arc<Pattern>, FunctionError> {
    pattern::compiled(regex).map_err(|error| error.to_string().into())
}

/// A pattern as the crate `regex` reads it.
///
/// # Errors
/// Go's message.
pub(super) fn translated(pattern: &[u8]) -> Result<String, String> {
    let parsed = syntax::parse(pattern).map_err(|error| error.to_string())?;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _printed = regex_syntax::hir::print::Printer::new().print(&parsed.hir, &mut text);
    Ok(text)
}

/// As `regexp.MustCompile` panics.
fn compiled_or_panic(regex: &Text) -> Result<Arc<Pattern>, FunctionError> {
    pattern::compiled(regex).map_err(|error| format!("regexp: Compile({}): {error}", quoted(regex)).into())
}

/// In backquotes if Go could read it back from them.
fn quoted(regex: &[u8]) -> String {
    match std::str::from_utf8(regex) {
        Ok(text) if !text.chars().any(|char| char == '`' || (char.is_control() && char != '\t') || char == '\u{feff}') => {
            format!("`{text}`")
        }
        _ => crate::gotemplate::quote(regex),
    }
}

fn first(pattern: &Pattern, text: &[u8]) -> Text {
    pattern.subject(text).find().map_or_else(Text::default, |(start, end)| text[start..end].into())
}

/// How much room the list of all matches has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    /// As much as appending makes (the Go of Helm 4).
    Grown,
    /// For ten from the start.
    TenFirst,
}

/// At most `n` matches, all for a negative number; a nil list where there is none.
fn all(pattern: &Pattern, text: &[u8], n: isize, room: Matches) -> Result<Value, FunctionError> {
    let subject = pattern.subject(text);
    let matches: Vec<Text> = subject.matches().take(most(n)).map(|(start, end)| text[start..end].into()).collect();
    limits::items(matches.len() as u128)?;
    Ok(Value::List(match room {
        _ if matches.is_empty() => List::nil(ListKind::Strings),
        Matches::Grown => grown(matches),
        Matches::TenFirst => List::grown_from(10, matches.into_iter().map(Value::String).collect(), ListKind::Strings),
    }))
}

fn most(n: isize) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// What is put in place of a match.
enum Replacement<'text> {
    Template(&'text [u8]),
    Literal(&'text [u8]),
}

fn replaced(pattern: &Pattern, text: &[u8], new: &Replacement<'_>) -> Result<Vec<u8>, FunctionError> {
    let subject = pattern.subject(text);
    let mut out = Vec::with_capacity(text.len());
    let mut end = 0;
    for groups in subject.captures() {
        let Some((match_start, match_end)) = groups[0] else { continue };
        out.extend_from_slice(&text[end..match_start]);
        match new {
            Replacement::Literal(literal) => out.extend_from_slice(literal),
            Replacement::Template(template) => template::expand(template, text, pattern, &groups, &mut out),
        }
        limits::text(out.len() as u128)?;
        end = match_end;
    }
    out.extend_from_slice(&text[end..]);
    Ok(out)
}

/// What Go makes by appending.
fn grown(texts: Vec<Text>) -> List {
    List::grown(texts.into_iter().map(Value::String).collect(), ListKind::Strings)
}

/// The parts between at most `n` - 1 matches; nil for 0.
fn parts(pattern: &Pattern, regex: &[u8], text: &[u8], n: isize) -> Result<Value, FunctionError> {
    if n == 0 {
        return Ok(Value::List(List::nil(ListKind::Strings)));
    }
    if !regex.is_empty() && text.is_empty() {
        return Ok(Value::strings([Text::default()]));
    }
    let mut found: Vec<Text> = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for (start, stop) in pattern.subject(text).matches().take(most(n)) {
        if n > 0 && found.len() + 1 == n as usize {
            break;
        }
        end = start;
        if stop != 0 {
            found.push(text[begin..start].into());
        }
        begin = stop;
    }
    if end != text.len() {
        found.push(text[begin..].into());
    }
    limits::items(found.len() as u128)?;
    Ok(Value::List(grown(found)))
}

fn quote_meta(text: Text) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text.iter() {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}
