//! What a template text consists of: kinds of tokens, and which bytes of the text each is.
//!
//! How they are found is `lex`'s business, what they mean the parser's.

use crate::yaml::append_first;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text cannot be read on; the lexer says why.
    Error,
    Bool,
    /// Some printable ASCII character without a meaning of its own, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    /// All of an action, with its right delimiter, that the text had before.
    Known,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParenthesis,
    String,
    Text,
    Variable,
    // From here on, words of the language; see `is_keyword`.
    Dot,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    /// Whether an operand may start with it.
    pub(super) fn starts_operand(self) -> bool {
        let is_literal = matches!(self, Self::Bool | Self::CharConstant | Self::Complex | Self::Number | Self::Nil);
        let is_text = matches!(self, Self::String | Self::RawString);
        is_literal
            || is_text
            || matches!(self, Self::Dot | Self::Field | Self::Identifier | Self::LeftParenthesis | Self::Variable)
    }

    /// Whether it says at an action's beginning that no pipeline begins there; it is passed then.
    pub(super) fn starts_action(self) -> bool {
        let is_loop = matches!(self, Self::Break | Self::Continue | Self::Range);
        is_loop || matches!(self, Self::Block | Self::Else | Self::End | Self::If | Self::Template | Self::With)
    }

    /// Whether it is a word or sign of the language, which errors show in angle brackets.
    pub(super) fn is_keyword(self) -> bool {
        self as u8 >= Self::Dot as u8
    }
}

/// Part of a text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    /// The bytes of it; `text` is the text it was taken from.
    pub(super) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Appends the bytes of it: few with those behind them.
    pub(super) fn append_to(self, text: &[u8], out: &mut Vec<u8>) {
        const FEW: usize = 32;
        let bytes = self.of(text);
        match text.get(self.start as usize..).and_then(<[u8]>::first_chunk::<FEW>) {
            Some(chunk) if bytes.len() <= FEW => append_first(out, bytes.len(), chunk),
            _ => out.extend_from_slice(bytes),
        }
    }
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Whether space stands before it, inside of an action.
    pub(super) spaced: bool,
    pub(super) span: Span,
}
