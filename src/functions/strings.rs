//! Strings: trimming, cutting, splitting, quoting, padding. Everything counts bytes unless Go counts characters.

use super::conversion::{strslice, strval, texts};
use super::limits;
use super::unicode::{self, runes};
use crate::gotemplate::{Function, FunctionError, Map, MapKind, Value, print_value, quote_onto};
use crate::yaml::{Text, append_first};

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::pure("abbrev", |width: isize, text: Text| abbrevboth(0, width, text)),
        Function::pure("abbrevboth", abbrevboth),
        Function::pure("cat", cat),
        Function::pure("contains", |part: Text, text: Text| memchr::memmem::find(&text, &part).is_some()),
        Function::pure("hasPrefix", |prefix: Text, text: Text| text.starts_with(&prefix)),
        Function::pure("hasSuffix", |suffix: Text, text: Text| text.ends_with(&suffix)),
        Function::pure("hello", || "Hello!"),
        Function::pure("indent", indent),
        Function::pure("join", join),
        Function::pure("nindent", nindent),
        Function::pure("nospace", nospace),
        Function::pure("plural", |one: Text, many: Text, count: isize| if count == 1 { one } else { many }),
        Function::pure("quote", quote),
        Function::pure("repeat", repeat),
        Function::pure("replace", replace),
        Function::pure("split", |separator: Text, text: Text| numbered(split_n(&text, &separator, -1))),
        Function::pure("splitList", |separator: Text, text: Text| Value::strings(split_n(&text, &separator, -1))),
        Function::pure("splitn", |separator: Text, n: isize, text: Text| numbered(split_n(&text, &separator, n))),
        Function::pure("squote", squote),
        Function::pure("substr", substr),
        Function::pure("toString", |value: Value| strval(&value)),
        Function::pure("toStrings", |value: Value| strslice(&value).map(Value::List)),
        Function::pure("trim", |text: Text| Text::from(trim_space(&text))),
        Function::pure("trimAll", trim_all),
        Function::pure("trimPrefix", |prefix: Text, text: Text| text.strip_prefix(&*prefix).map_or(text.clone(), Text::from)),
        Function::pure("trimSuffix", |suffix: Text, text: Text| text.strip_suffix(&*suffix).map_or(text.clone(), Text::from)),
        Function::pure("trimall", trim_all),
        Function::pure("trunc", trunc),
        Function::pure("wrap", |width: isize, text: Text| wrap(&text, width, b"\n", LongWords::Kept)),
        Function::pure("wrapWith", |width: isize, separator: Text, text: Text| {
            wrap(&text, width, if separator.is_empty() { b"\n" } else { &separator }, LongWords::Cut)
        }),
    ]
}

/// `abbrevboth 5 10 text`: at most `right` bytes, with dots where something before `left` or after the end is missing.
fn abbrevboth(left: isize, right: isize, text: Text) -> Text {
    if right < 4 || (left > 0 && right < 7) { text } else { abbreviate(&text, left, right as usize).into() }
}

const DOTS: &[u8] = b"...";

fn abbreviate(text: &[u8], offset: isize, width: usize) -> Vec<u8> {
    if text.len() <= width {
        return text.to_vec();
    }
    let kept = width - DOTS.len();
    let offset = offset.min((text.len() - kept) as isize);
    if offset <= 4 {
        return [&text[..kept], DOTS].concat();
    }
    let offset = offset as usize;
    let tail =
        if offset + kept < text.len() { abbreviate_tail(&text[offset..], kept) } else { text[text.len() - kept..].to_vec() };
    [DOTS, &tail].concat()
}

/// With dots before and too little room for dots behind, goutils drops what follows them.
fn abbreviate_tail(text: &[u8], width: usize) -> Vec<u8> {
    if width < 4 { Vec::new() } else { abbreviate(text, 0, width) }
}

fn cat(values: &mut [Value]) -> Result<Vec<u8>, FunctionError> {
    joined(texts(values, printed), b" ")
}

fn printed(value: &Value) -> Result<Text, FunctionError> {
    Ok(print_value(value)?)
}

fn joined(texts: impl Iterator<Item = Result<Text, FunctionError>>, separator: &[u8]) -> Result<Vec<u8>, FunctionError> {
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let lengths: usize = texts.iter().map(Text::len).sum();
    limits::text(lengths as u128 + separator.len() as u128 * texts.len() as u128)?;
    Ok(texts.join(separator))
}

/// Every line gets the padding, empty ones too.
fn indent(spaces: isize, text: Text) -> Result<Vec<u8>, FunctionError> {
    padded(b"", spaces, &text)
}

fn nindent(spaces: isize, text: Text) -> Result<Vec<u8>, FunctionError> {
    padded(b"\n", spaces, &text)
}

/// The text with blanks before each line, behind `start`.
fn padded(start: &[u8], spaces: isize, text: &[u8]) -> Result<Vec<u8>, FunctionError> {
    let spaces = usize::try_from(spaces).map_err(|_| NEGATIVE_REPEAT)?;
    let breaks = memchr::memchr_iter(b'\n', text).count();
    let length = text.len() as u128 + spaces as u128 * (breaks as u128 + 1);
    limits::text(length)?;
    let mut out = Vec::with_capacity(start.len() + length as usize + FEW);
    out.extend_from_slice(start);
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', text).map(|end| end + 1).chain([text.len()]) {
        let line = &text[from..end];
        match spaces {
            ..=FEW => append_first(&mut out, spaces, &[b' '; FEW]),
            _ => out.resize(out.len() + spaces, b' '),
        }
        match text[from..].first_chunk::<FEW>() {
            Some(chunk) if line.len() <= FEW => append_first(&mut out, line.len(), chunk),
            _ => out.extend_from_slice(line),
        }
        from = end;
    }
    Ok(out)
}

/// Most lines are no longer, nor is what stands before them.
const FEW: usize = 32;

const NEGATIVE_REPEAT: &str = "strings: negative Repeat count";

fn join(separator: Text, value: Value) -> Result<Vec<u8>, FunctionError> {
    joined(texts(&strslice(&value)?.items(), strval), &separator)
}

/// goutils takes each byte for a character, so that a text with spaces loses what is not ASCII; one without is untouched.
fn nospace(text: Text) -> Text {
    if text.iter().any(|&byte| unicode::is_space(char::from(byte))) {
        let kept: String = text.iter().map(|&byte| char::from(byte)).filter(|&char| !unicode::is_space(char)).collect();
        kept.into()
    } else {
        text
    }
}

/// As much is set aside for a quoted text from the start.
const MOST_ROOM: usize = 4096;

fn quote(values: &mut [Value]) -> Result<Vec<u8>, FunctionError> {
    let room = |value: &Value| if let Value::String(text) = value { text.len() + 3 } else { 0 };
    let mut out = Vec::with_capacity(values.iter().map(room).sum::<usize>().min(MOST_ROOM));
    for text in texts(values, strval) {
        if !out.is_empty() {
            out.push(b' ');
        }
        quote_onto(&mut out, &text?);
        limits::text(out.len() as u128)?;
    }
    Ok(out)
}

/// Nothing is escaped inside.
fn squote(values: &mut [Value]) -> Result<Vec<u8>, FunctionError> {
    let mut texts = texts(values, printed).peekable();
    if texts.peek().is_none() { Ok(Vec::new()) } else { Ok([b"'", &*joined(texts, b"' '")?, b"'"].concat()) }
}

fn repeat(count: isize, text: Text) -> Result<Vec<u8>, FunctionError> {
    let count = usize::try_from(count).map_err(|_| NEGATIVE_REPEAT)?;
    limits::text(text.len() as u128 * count as u128)?;
    Ok(text.repeat(count))
}

/// An empty `old` stands before every character and at the end.
fn replace(old: Text, new: Text, text: Text) -> Result<Text, FunctionError> {
    if old.is_empty() {
        limits::text(text.len() as u128 + new.len() as u128 * (text.len() as u128 + 1))?;
        let mut out = Vec::new();
        for rune in runes(&text) {
            out.extend_from_slice(&new);
            out.extend_from_slice(rune.bytes);
        }
        out.extend_from_slice(&new);
        return Ok(out.into());
    }
    let found: Vec<_> = memchr::memmem::find_iter(&text, &*old).collect();
    if found.is_empty() {
        return Ok(text);
    }
    limits::text(text.len() as u128 + new.len() as u128 * found.len() as u128)?;
    let mut out = Vec::with_capacity(text.len() + new.len().saturating_sub(old.len()) * found.len());
    let mut end = 0;
    for start in found {
        out.extend_from_slice(&text[end..start]);
        out.extend_from_slice(&new);
        end = start + old.len();
    }
    out.extend_from_slice(&text[end..]);
    Ok(out.into())
}

/// `strings.SplitN`: all parts for a negative `n`, none for 0; an empty separator splits after each character.
fn split_n(text: &[u8], separator: &[u8], n: isize) -> Vec<Text> {
    let most = usize::try_from(n).unwrap_or(usize::MAX);
    if most == 0 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut rest = text;
    if separator.is_empty() {
        for rune in runes(text) {
            if parts.len() + 1 == most {
                break;
            }
            parts.push(rune.bytes.into());
            rest = &rest[rune.bytes.len()..];
        }
        if !rest.is_empty() {
            parts.push(rest.into());
        }
        return parts;
    }
    while parts.len() + 1 < most {
        let Some(start) = memchr::memmem::find(rest, separator) else { break };
        parts.push(rest[..start].into());
        rest = &rest[start + separator.len()..];
    }
    parts.push(rest.into());
    parts
}

/// `map[string]string` with the keys `_0`, `_1`, …
fn numbered(parts: Vec<Text>) -> Map {
    let entries = parts.into_iter().enumerate().map(|(index, part)| (format!("_{index}").into(), Value::String(part)));
    Map::typed(entries.collect(), MapKind::Strings)
}

fn substr(start: isize, end: isize, text: Text) -> Result<Text, FunctionError> {
    let length = text.len() as isize;
    if start < 0 {
        return match end {
            end if end < 0 => Err(format!("runtime error: slice bounds out of range [:{end}]").into()),
            end if end > length => Err(format!("runtime error: slice bounds out of range [:{end}] with length {length}").into()),
            end => Ok(text[..end as usize].into()),
        };
    }
    let end = if end < 0 || end > length { length } else { end };
    if start > end {
        return Err(format!("runtime error: slice bounds out of range [{start}:{end}]").into());
    }
    Ok(text[start as usize..end as usize].into())
}

fn trim_all(cutset: Text, text: Text) -> Text {
    let cut: Vec<char> = runes(&cutset).map(|rune| rune.char).collect();
    let letters: Vec<_> = runes(&text).collect();
    let kept = |rune: &unicode::Rune<'_>| !cut.contains(&rune.char);
    let (Some(first), Some(last)) = (letters.iter().position(kept), letters.iter().rposition(kept)) else {
        return Text::default();
    };
    let length = |runes: &[unicode::Rune<'_>]| runes.iter().map(|rune| rune.bytes.len()).sum::<usize>();
    let start = length(&letters[..first]);
    text[start..start + length(&letters[first..=last])].into()
}

/// `strings.TrimSpace`.
pub(super) fn trim_space(text: &[u8]) -> &[u8] {
    let is_kept = |byte: &u8| !matches!(byte, b'\t'..=b'\r' | b' ');
    let (Some(start), Some(last)) = (text.iter().position(is_kept), text.iter().rposition(is_kept)) else { return &[] };
    let text = &text[start..=last];
    // Beyond ASCII there are more spaces.
    if text[0].is_ascii() && text[text.len() - 1].is_ascii() { text } else { trim_any_space(text) }
}

fn trim_any_space(text: &[u8]) -> &[u8] {
    let letters = || {
        runes(text).scan(0, |start, rune| {
            let from = *start;
            *start += rune.bytes.len();
            Some((from, *start, unicode::is_space(rune.char)))
        })
    };
    let mut kept = letters().filter(|(_, _, space)| !space);
    let Some((start, first_end, _)) = kept.next() else { return &[] };
    let end = kept.last().map_or(first_end, |(_, end, _)| end);
    &text[start..end]
}

/// Negative: the last bytes.
fn trunc(count: isize, text: Text) -> Text {
    let length = text.len() as isize;
    match count {
        count if count < 0 && length + count > 0 => text[(length + count) as usize..].into(),
        count if count >= 0 && length > count => text[..count as usize].into(),
        _ => text,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum LongWords {
    Kept,
    Cut,
}

/// Puts a separator for a blank so that lines have at most `width` bytes.
fn wrap(text: &[u8], width: isize, separator: &[u8], long_words: LongWords) -> Result<Vec<u8>, FunctionError> {
    let width = width.max(1) as usize;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let (line, next) = match (memchr::memrchr(b' ', &rest[..=width]), long_words) {
            (Some(blank), _) => (blank, blank + 1),
            (None, LongWords::Cut) => (width, width),
            (None, LongWords::Kept) => match memchr::memchr(b' ', &rest[width..]) {
                Some(blank) => (width + blank, width + blank + 1),
                None => break,
            },
        };
        limits::text(out.len() as u128 + line as u128 + separator.len() as u128)?;
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(separator);
        rest = &rest[next..];
    }
    out.extend_from_slice(rest);
    Ok(out)
}
