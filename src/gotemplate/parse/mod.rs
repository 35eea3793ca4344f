//! Tokens to a tree, with Go's complaints: this file parses bodies and control structures, `definition` texts
//! with names, and `pipeline` what stands inside an action.

mod definition;
mod pipeline;

use std::cell::Cell;
use std::sync::Arc;

use super::Language;
use super::error::ParseError;
use super::function::Functions;
use super::known::{Again, Known, Meaning, Uses};
use super::lex::Lexer;
use super::node::line_and_column;
use super::node::{Branch, Command, Control, Definition, Id, Items, Node, Parts, Pipe, Term, Tree};
use super::printf;
use super::token::{Kind, Span, Token};
use crate::yaml::Text;

/// Blocks and parentheses inside each other. Go allows 10 000 parentheses and any number of blocks; our stack is not Go's.
const MOST_NESTED: usize = 500;

/// Parses a text. The name only stands in errors.
///
/// # Errors
/// The text is no template.
pub fn parse(name: &Text, text: &Text, functions: &Functions, language: &Language) -> Result<Arc<Tree>, ParseError> {
    if u32::try_from(text.len()).is_err() {
        return Err(ParseError { template: name.clone(), line: 1, message: "the text is longer than 4 GiB".to_owned() });
    }
    let mut desk = DESK.take();
    desk.parts.variables.push("$".into());
    let mut parser = Parser {
        name,
        text,
        whole: text,
        lexer: Lexer::new(text, std::mem::take(&mut desk.known)),
        functions,
        language,
        next: None,
        seen: 0,
        uses: Uses::default(),
        scope: Scope::new(),
        depth: 0,
        desk,
        definitions: Vec::new(),
    };
    let body = parser.top_level().map_err(|error| *error)?;
    parser.definitions.push(parser.definition_of(None, body));
    let Parser { definitions, mut desk, lexer, .. } = parser;
    desk.known = lexer.into_known();
    let parts = desk.parts.packed();
    if desk.parts.room() <= MOST_SPARE {
        DESK.set(desk);
    }
    let tree = Arc::new(Tree { text: text.clone(), functions: functions.fingerprint(), definitions, parts });
    tree.allowed_as(name)?;
    Ok(tree)
}

/// What a tree is put together on.
#[derive(Default)]
struct Desk {
    /// What is complete.
    parts: Parts,
    /// Words, commands and nodes of what is being parsed: each joins the parts once all of its list are there, since those
    /// stand one after the other.
    words: Vec<Term>,
    commands: Vec<Command>,
    nodes: Vec<Node>,
    recent: Recent,
    known: Known,
}

/// Where the last texts are that are names of fields, since most names come again and again. What it remembers of another tree
/// does no harm: it is only believed if that text is there.
struct Recent([u32; 64]);

impl Default for Recent {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Recent {
    /// The place of a name, which may stand in several.
    fn name(&mut self, name: &[u8], parts: &mut Parts) -> Id<Text> {
        let sum = |ends: (&u8, &u8)| name.len() * 5 + usize::from(*ends.0) * 3 + usize::from(*ends.1);
        let slot = &mut self.0[name.first().zip(name.last()).map_or(0, sum) % 64];
        let known = parts.known(*slot, name);
        let id = known.unwrap_or_else(|| parts.add(Text::from(name)));
        *slot = id.place();
        id
    }
}

thread_local! {
    /// The room of the last tree: the next one needs no fresh memory.
    static DESK: Cell<Desk> = Cell::default();
}

/// As much of it as is worth keeping, in parts.
const MOST_SPARE: usize = 1 << 16;

/// What each `define` and `block` has of its own.
struct Scope {
    /// Numbers of the variables that may be used here.
    variables: Vec<u32>,
    /// How many `range` bodies this is inside of.
    ranges: usize,
    /// Where the action being parsed starts.
    action: Option<u32>,
}

impl Scope {
    fn new() -> Self {
        Self { variables: vec![0], ranges: 0, action: None }
    }
}

/// How a list of nodes ended.
enum End {
    End,
    Else,
}

/// One step of a list.
enum Item {
    Node(Node),
    End(End),
}

/// Errors are rare, and in a box, so that what is parsed fits in few words.
type Parsed<T> = Result<T, Box<ParseError>>;

struct Parser<'text> {
    name: &'text Text,
    text: &'text [u8],
    /// The same text, which strings share their bytes with.
    whole: &'text Text,
    lexer: Lexer<'text>,
    functions: &'text Functions,
    language: &'text Language,
    /// The next token, if it was looked at.
    next: Option<Token>,
    /// Where the last token starts that was looked at: it gives an error's line, as Go's look-ahead makes it.
    seen: u32,
    /// The variables besides `$` of the action that is parsed.
    uses: Uses,
    scope: Scope,
    depth: usize,
    desk: Desk,
    definitions: Vec<Definition>,
}

impl<'text> Parser<'text> {
    // Reading tokens

    fn peek(&mut self) -> Token {
        if let Some(token) = self.next {
            return token;
        }
        let token = self.lexer.first();
        self.seen = self.seen.max(token.span.start);
        self.next = Some(token);
        token
    }

    fn pass(&mut self) {
        self.next = None;
        self.lexer.pass();
    }

    /// The token behind the next.
    fn peek_second(&mut self) -> Token {
        let token = self.lexer.second();
        self.seen = self.seen.max(token.span.start);
        token
    }

    fn take(&mut self) -> Token {
        let token = self.peek();
        self.pass();
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token> {
        let token = self.take();
        if token.kind == kind { Ok(token) } else { self.unexpected(token, context) }
    }

    fn bytes(&self, span: Span) -> &'text [u8] {
        span.of(self.text)
    }

    /// A span that the lexer made of ASCII or of letters, and that therefore is UTF-8.
    fn word(&self, span: Span) -> &'text str {
        std::str::from_utf8(self.bytes(span)).unwrap_or_default()
    }

    // Complaints

    fn line_of(&self, offset: u32) -> usize {
        line_and_column(self.text, offset).0
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(Box::new(ParseError { template: self.name.clone(), line: self.line_of(self.seen), message: message.into() }))
    }

    fn unexpected<T>(&self, token: Token, context: &str) -> Parsed<T> {
        if token.kind != Kind::Error {
            return self.fail(format!("unexpected {} in {context}", self.describe(token)));
        }
        let mut message = self.lexer.error().to_owned();
        if let Some(action) = self.scope.action.map(|start| self.line_of(start))
            && action != self.line_of(token.span.start)
        {
            let extra = if message.ends_with(" action") { "" } else { " in action" };
            message = format!("{message}{extra} started at {}:{action}", self.name);
        }
        self.fail(message)
    }

    fn describe(&self, token: Token) -> String {
        let bytes = self.bytes(token.span);
        match token.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Error => self.lexer.error().to_owned(),
            kind if kind.is_keyword() => format!("<{}>", String::from_utf8_lossy(bytes)),
            _ if bytes.len() > 10 => {
                let ten = crate::gotemplate::runes::runes(bytes).nth(10).map_or(bytes, |(end, _)| &bytes[..end]);
                format!("{}...", printf::quote(ten))
            }
            _ => printf::quote(bytes),
        }
    }

    fn deeper<T>(&mut self, complaint: &str, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MOST_NESTED {
            return self.fail(complaint);
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    // Lists

    fn top_level(&mut self) -> Parsed<Items<Node>> {
        loop {
            match self.peek().kind {
                Kind::Eof => return Ok(self.body_from(0)),
                Kind::LeftDelimiter if self.peek_second().kind == Kind::Define => {
                    self.take();
                    self.take();
                    self.definition()?;
                    continue;
                }
                _ => {}
            }
            match self.item()? {
                Item::Node(node) => self.desk.nodes.push(node),
                Item::End(End::End) => return self.fail("unexpected {{end}}"),
                Item::End(End::Else) => return self.fail("unexpected {{else}}"),
            }
        }
    }

    /// The nodes from `outer` on, which are a body now.
    fn body_from(&mut self, outer: usize) -> Items<Node> {
        self.desk.parts.add_pile(&mut self.desk.nodes, outer)
    }

    fn list(&mut self) -> Parsed<(Items<Node>, End)> {
        let outer = self.desk.nodes.len();
        while self.peek().kind != Kind::Eof {
            match self.item()? {
                Item::Node(node) => self.desk.nodes.push(node),
                Item::End(end) => return Ok((self.body_from(outer), end)),
            }
        }
        self.fail("unexpected EOF")
    }

    fn item(&mut self) -> Parsed<Item> {
        let token = self.take();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(token.span))),
            Kind::LeftDelimiter => {
                self.scope.action = Some(token.span.start);
                self.uses = Uses::default();
                let item = self.deeper("max nesting depth exceeded", Self::action);
                self.scope.action = None;
                item
            }
            _ => self.unexpected(token, "input"),
        }
    }

    /// What stands in `{{ }}`, and for a control structure all up to its `{{end}}`.
    fn action(&mut self) -> Parsed<Item> {
        let token = self.peek();
        if token.kind.starts_action() {
            self.pass();
        }
        if let (Kind::Known, Some(again)) = (token.kind, self.lexer.again()) {
            // Whatever is wrong from here on, Go has looked at the right delimiter.
            self.seen = token.span.end - 2;
            return self.again(again);
        }
        let node = match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.loop_control("{{break}}", Node::Break(token.span.start))?,
            Kind::Continue => self.loop_control("{{continue}}", Node::Continue(token.span.start))?,
            Kind::Else => return self.else_action().map(Item::End),
            Kind::End => {
                self.expect(Kind::RightDelimiter, "end")?;
                self.keep(Meaning::End);
                return Ok(Item::End(End::End));
            }
            Kind::If => self.control(Control::If)?,
            Kind::With => self.control(Control::With)?,
            Kind::Range => self.control(Control::Range)?,
            Kind::Template => self.template()?,
            _ => {
                let pipe = self.pipeline("command", Kind::RightDelimiter)?;
                self.keep(Meaning::Action(pipe));
                Node::Action(pipe, 0)
            }
        };
        Ok(Item::Node(node))
    }

    fn loop_control(&mut self, action: &str, node: Node) -> Parsed<Node> {
        let token = self.take();
        if token.kind != Kind::RightDelimiter {
            return self.unexpected(token, action);
        }
        if self.scope.ranges == 0 { self.fail(format!("{action} outside {{{{range}}}}")) } else { Ok(node) }
    }

    /// `{{else`: what follows an `if` or a `with` on it is left for [`Parser::control`].
    fn else_action(&mut self) -> Parsed<End> {
        let next = self.peek().kind;
        if next != Kind::If && !(next == Kind::With && self.language.else_with) {
            self.expect(Kind::RightDelimiter, "else")?;
        }
        Ok(End::Else)
    }

    /// The next action like this one need not be parsed.
    fn keep(&mut self, meaning: Meaning) {
        self.lexer.keep(meaning, self.uses);
    }

    /// An action that the text had before, up to its `{{end}}` as ever.
    fn again(&mut self, Again { meaning, uses, shift }: Again) -> Parsed<Item> {
        for variable in uses.numbers() {
            self.check_variable(*variable)?;
        }
        self.pass();
        let node = match meaning {
            Meaning::End => return Ok(Item::End(End::End)),
            Meaning::Action(pipe) => Node::Action(pipe, shift),
            Meaning::Control(control, pipe) => self.branch(control, (pipe, shift), self.scope.variables.len())?,
        };
        Ok(Item::Node(node))
    }

    fn control(&mut self, control: Control) -> Parsed<Node> {
        let variables = self.scope.variables.len();
        let pipe = self.pipeline(control.word(), Kind::RightDelimiter)?;
        self.keep(Meaning::Control(control, pipe));
        self.branch(control, (pipe, 0), variables)
    }

    /// What stands behind the opening action, up to the `{{end}}`; there are so many `variables` again behind it.
    fn branch(&mut self, control: Control, (pipe, shift): (Id<Pipe>, u32), variables: usize) -> Parsed<Node> {
        self.scope.ranges += usize::from(control == Control::Range);
        let (body, end) = self.list()?;
        self.scope.ranges -= usize::from(control == Control::Range);
        let otherwise = match end {
            End::End => None,
            End::Else => Some(self.otherwise(control)?),
        };
        self.scope.variables.truncate(variables);
        Ok(control.node(self.desk.parts.add(Branch { pipe, shift, body, otherwise })))
    }

    fn otherwise(&mut self, control: Control) -> Parsed<Items<Node>> {
        let continues = match self.peek().kind {
            Kind::If => control == Control::If,
            Kind::With => control == Control::With,
            _ => false,
        };
        if continues {
            // `{{else if}}` is an `if` in the `else`, and the two share one `{{end}}`.
            self.take();
            self.uses.spoil();
            let node = self.deeper("max nesting depth exceeded", |parser| parser.control(control))?;
            self.desk.nodes.push(node);
            return Ok(self.body_from(self.desk.nodes.len() - 1));
        }
        match self.list()? {
            (body, End::End) => Ok(body),
            (_, End::Else) => self.fail("expected end; found {{else}}"),
        }
    }
}
