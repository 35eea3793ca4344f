//! The characters of YAML: indentation, indicators, and scalars in each of their styles, as libyaml's emitter puts them.

use super::analyse::{analyse, break_width, is_printable, width};
use super::node::ScalarStyle;
use super::rules::Library;

/// The column after which go-yaml v2 folds.
const BEST_WIDTH: usize = 80;
/// Most values that templates print need no more bytes.
const SMALL_OUTPUT: usize = 256;
/// The longest key that stands on the line of its colon.
const MAX_SIMPLE_KEY: usize = 128;

/// Text under construction, and what the emitter knows about its end.
pub(super) struct Emitter {
    /// Text, put in as such or byte by byte.
    out: Vec<u8>,
    library: Library,
    column: usize,
    /// Nothing but blanks, or an indicator that needs none after it, stands before.
    whitespace: bool,
    /// Nothing but indentation and its indicators stands on this line.
    indention: bool,
    /// Columns of indentation; none outside of everything.
    pub(super) indent: Option<usize>,
    /// The indentation of the comment that was just written below something, which an empty line parts from what follows.
    pub(super) foot_indent: Option<usize>,
}

/// Where a scalar stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Position {
    Value,
    /// A key on the line of its colon, where nothing may be folded.
    SimpleKey,
}

impl Emitter {
    pub(super) fn new(library: Library) -> Self {
        Self {
            out: Vec::with_capacity(SMALL_OUTPUT),
            library,
            column: 0,
            whitespace: true,
            indention: true,
            indent: None,
            foot_indent: None,
        }
    }

    /// The length of the text so far.
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    /// The finished text.
    pub(super) fn finish(mut self) -> String {
        self.indent = None;
        self.write_indent();
        self.into_text()
    }

    /// The text as it stands.
    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.out).expect("nothing but characters is put in")
    }

    /// Whether nothing stands on this line.
    pub(super) fn is_at_line_start(&self) -> bool {
        self.column == 0
    }

    /// Puts a blank if what stands before needs one.
    pub(super) fn put_blank(&mut self) {
        if !self.whitespace {
            self.put_space();
        }
    }

    /// Writes the bracket that opens a flow collection; what follows needs no blank.
    pub(super) fn open_bracket(&mut self, bracket: &str) {
        self.write_indicator(bracket, true, false);
        self.whitespace = true;
    }

    /// Writes a comment, whose lines begin with `#`, to the end of its line.
    pub(super) fn write_comment(&mut self, comment: &str) {
        let mut after_break = false;
        for (number, line) in comment.split('\n').enumerate() {
            if number > 0 {
                self.put_break();
                after_break = true;
            }
            if !line.is_empty() {
                if after_break {
                    self.write_indent();
                }
                self.copy_run(line);
                self.indention = false;
                after_break = false;
            }
        }
        if !after_break {
            self.put_break();
        }
        self.whitespace = true;
    }

    /// Whether a list that begins here is flush with the key before it.
    pub(super) fn is_flush_list(&self) -> bool {
        self.library == Library::V2 && !self.indention
    }

    fn put(&mut self, character: char) {
        self.out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.column += 1;
    }

    fn put_space(&mut self) {
        self.out.push(b' ');
        self.column += 1;
    }

    pub(super) fn put_break(&mut self) {
        self.out.push(b'\n');
        self.column = 0;
        if self.library == Library::V3 {
            self.indention = true;
        }
    }

    /// Copies characters of which none is a line break.
    fn copy_run(&mut self, run: &str) {
        self.out.extend_from_slice(run.as_bytes());
        self.column += run.chars().count();
    }

    /// Copies one character, which may be a line break.
    fn copy(&mut self, character: &str) {
        if character == "\n" {
            return self.put_break();
        }
        self.out.extend_from_slice(character.as_bytes());
        self.column += 1;
        if break_width(character.as_bytes()) > 0 {
            self.column = 0;
            if self.library == Library::V3 {
                self.indention = true;
            }
        }
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.put_break();
        }
        if self.foot_indent == Some(indent) {
            self.put_break();
        }
        self.foot_indent = None;
        if self.column < indent {
            self.out.resize(self.out.len() + indent - self.column, b' ');
            self.column = indent;
        }
        self.whitespace = true;
        if self.library == Library::V2 {
            self.indention = true;
        }
    }

    /// Writes an indicator; one that is itself indentation (`-`, `?`, `:`) lets the line still count as such.
    pub(super) fn write_indicator(&mut self, indicator: &str, needs_blank: bool, is_indention: bool) {
        if needs_blank && !self.whitespace {
            self.put_space();
        }
        self.out.extend_from_slice(indicator.as_bytes());
        self.column += indicator.len();
        self.whitespace = false;
        self.indention &= is_indention;
    }

    /// Writes the mark behind a simple key.
    pub(super) fn write_colon(&mut self) {
        self.out.push(b':');
        self.column += 1;
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes a plain scalar of which `analyse` knows that nothing in it needs a look.
    pub(super) fn write_word(&mut self, word: &[u8]) {
        if !self.whitespace {
            self.put_space();
        }
        self.out.extend_from_slice(word);
        self.column += word.len();
        self.whitespace = false;
        self.indention = false;
    }

    /// Whether a scalar can be a key on the line of its colon.
    pub(super) fn is_simple_key(&self, text: &str, tag: &str) -> bool {
        !analyse(text, self.library).multiline && text.len() + tag.len() <= MAX_SIMPLE_KEY
    }

    /// Writes a scalar in the wanted style, or in the next one that can carry it.
    pub(super) fn write_scalar(&mut self, text: &str, wanted: ScalarStyle, position: Position) {
        let analysis = analyse(text, self.library);
        let mut style = wanted;
        if position == Position::SimpleKey && analysis.multiline {
            style = ScalarStyle::DoubleQuoted;
        }
        if style == ScalarStyle::Plain && (!analysis.plain || text.is_empty() && position == Position::SimpleKey) {
            style = ScalarStyle::SingleQuoted;
        }
        if style == ScalarStyle::SingleQuoted && !analysis.single_quoted {
            style = ScalarStyle::DoubleQuoted;
        }
        if style == ScalarStyle::Literal && (!analysis.block || position == Position::SimpleKey) {
            style = ScalarStyle::DoubleQuoted;
        }
        let outer = self.indent;
        self.indent = Some(outer.map_or(2, |indent| indent + 2));
        let folds = self.library == Library::V2 && position == Position::Value;
        match style {
            ScalarStyle::Plain => self.write_plain(text, folds),
            ScalarStyle::SingleQuoted => self.write_single_quoted(text, folds),
            ScalarStyle::DoubleQuoted => self.write_double_quoted(text, folds),
            ScalarStyle::Literal | ScalarStyle::Folded => self.write_literal(text),
        }
        self.indent = outer;
    }

    /// Writes a tag in front of a scalar.
    pub(super) fn write_tag(&mut self, tag: &str) {
        self.write_indicator(tag, true, false);
    }

    fn write_plain(&mut self, text: &str, folds: bool) {
        if !text.is_empty() && !self.whitespace {
            self.put_space();
        }
        // A plain scalar has no line breaks: `analyse` has seen to that.
        self.write_words(text, folds, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_single_quoted(&mut self, text: &str, folds: bool) {
        self.write_indicator("'", true, false);
        self.write_words(text, folds, true);
        self.write_indicator("'", false, false);
    }

    /// Writes the words of a plain or single-quoted scalar, folding at single spaces beyond the width.
    fn write_words(&mut self, text: &str, folds: bool, quoted: bool) {
        let bytes = text.as_bytes();
        let mut after_space = false;
        let mut after_break = false;
        let mut at = 0;
        while at < bytes.len() {
            let mut length = width(bytes[at]);
            let character = &text[at..at + length];
            let inner = !quoted || at > 0 && at + 1 < bytes.len();
            if character == " " {
                let single = !after_space && bytes.get(at + 1) != Some(&b' ');
                if folds && single && inner && self.column > BEST_WIDTH {
                    self.write_indent();
                } else {
                    self.put_space();
                }
                after_space = true;
            } else if break_width(&bytes[at..]) > 0 {
                if !after_break && character == "\n" {
                    self.put_break();
                }
                self.copy(character);
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if quoted && character == "'" {
                    self.put('\'');
                }
                length = run_length(&bytes[at..], |byte| matches!(byte, b' ' | b'\'' | b'\r' | b'\n'));
                self.copy_run(&text[at..at + length]);
                self.indention = false;
                after_space = false;
                after_break = false;
            }
            at += length;
        }
    }

    fn write_double_quoted(&mut self, text: &str, folds: bool) {
        self.write_indicator("\"", true, false);
        let bytes = text.as_bytes();
        // libyaml looks for a byte order mark at the start of the text, wherever it stands: then it escapes everything.
        let escape_all = bytes.starts_with(b"\xEF\xBB\xBF");
        let mut after_space = false;
        for (at, character) in text.char_indices() {
            let rest = &bytes[at..];
            if escape_all || !is_printable(rest) || break_width(rest) > 0 || matches!(character, '"' | '\\') {
                self.write_escape(character);
                after_space = false;
            } else if character == ' ' {
                if folds && !after_space && self.column > BEST_WIDTH && at > 0 && at + 1 < bytes.len() {
                    self.write_indent();
                    if bytes.get(at + 1) == Some(&b' ') {
                        self.put('\\');
                    }
                } else {
                    self.put_space();
                }
                after_space = true;
            } else {
                self.put(character);
                after_space = false;
            }
        }
        self.write_indicator("\"", false, false);
    }

    fn write_escape(&mut self, character: char) {
        let code = u32::from(character);
        let escape = match character {
            '\0' => "\\0".to_owned(),
            '\x07' => "\\a".to_owned(),
            '\x08' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\x0B' => "\\v".to_owned(),
            '\x0C' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\x1B' => "\\e".to_owned(),
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{A0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            _ if code <= 0xFF => format!("\\x{code:02X}"),
            _ if code <= 0xFFFF => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        self.out.extend_from_slice(escape.as_bytes());
        self.column += escape.len();
    }

    fn write_literal(&mut self, text: &str) {
        self.begin_block("|", text);
        self.put_break();
        self.indention = true;
        self.write_block_lines(text);
    }

    /// Writes what announces a block scalar.
    pub(super) fn begin_block(&mut self, indicator: &str, text: &str) {
        self.write_indicator(indicator, true, false);
        let bytes = text.as_bytes();
        if bytes.first() == Some(&b' ') || break_width(bytes) > 0 {
            self.write_indicator("2", false, false);
        }
        let mut ends = text.chars().rev().map(|character| break_width(character.encode_utf8(&mut [0; 4]).as_bytes()) > 0);
        match (ends.next(), ends.next()) {
            (Some(true), Some(true) | None) => self.write_indicator("+", false, false),
            (Some(true), Some(false)) => {}
            (Some(false) | None, _) => self.write_indicator("-", false, false),
        }
    }

    /// Writes the lines of a folded scalar, none of which is folded anew.
    pub(super) fn write_folded_lines(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.whitespace = true;
        // libyaml looks at the start of the text, wherever the break stands.
        let keeps_breaks = breaks_end_blank(bytes);
        let (mut after_break, mut after_blank, mut at) = (true, true, 0);
        while at < bytes.len() {
            let length = break_width(&bytes[at..]);
            if length > 0 {
                if !after_break && !after_blank && bytes[at] == b'\n' && !keeps_breaks {
                    self.put_break();
                }
                self.copy(&text[at..at + length]);
                after_break = true;
                at += length;
                continue;
            }
            if after_break {
                self.write_indent();
                after_blank = matches!(bytes[at], b' ' | b'\t');
            }
            let run = run_length(&bytes[at..], |byte| matches!(byte, b'\r' | b'\n'));
            self.copy_run(&text[at..at + run]);
            self.indention = false;
            after_break = false;
            at += run;
        }
    }

    /// Writes the lines of a literal scalar.
    pub(super) fn write_block_lines(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.whitespace = true;
        let mut after_break = true;
        let mut at = 0;
        while at < bytes.len() {
            let length = break_width(&bytes[at..]);
            if length > 0 {
                self.copy(&text[at..at + length]);
                self.indention = true;
                after_break = true;
                at += length;
                continue;
            }
            if after_break {
                self.write_indent();
            }
            let run = run_length(&bytes[at..], |byte| matches!(byte, b'\r' | b'\n'));
            self.copy_run(&text[at..at + run]);
            self.indention = false;
            after_break = false;
            at += run;
        }
    }
}

/// Whether what follows some line breaks is the end or a blank, so that they are kept as they are.
fn breaks_end_blank(bytes: &[u8]) -> bool {
    let mut at = 0;
    loop {
        match break_width(&bytes[at..]) {
            0 => return matches!(bytes.get(at), None | Some(b' ' | b'\t' | 0)),
            width => at += width,
        }
    }
}

/// How many bytes can be copied at once: the first character, and what follows up to a byte that `ends` or one that may begin
/// a line break of more than one byte.
fn run_length(bytes: &[u8], ends: impl Fn(u8) -> bool) -> usize {
    let first = width(bytes[0]);
    first + bytes[first..].iter().take_while(|&&byte| !ends(byte) && !matches!(byte, 0xC2 | 0xE2)).count()
}
