//! `define`, `block` and `template`: texts that have names, and who names them.

use super::{End, Parsed, Parser, Scope};
use crate::gotemplate::literal;
use crate::gotemplate::node::{Call, Definition, Id, Items, Node, Pipe, multiple_definition};
use crate::gotemplate::token::{Kind, Span, Token};
use crate::yaml::Text;

impl Parser<'_> {
    fn template_name(&mut self, context: &str) -> Parsed<(Token, Text)> {
        let token = self.take();
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return self.unexpected(token, context);
        }
        let name = self.unquoted(token.span)?;
        Ok((token, name))
    }

    pub(super) fn unquoted(&self, span: Span) -> Parsed<Text> {
        let quoted = self.bytes(span);
        if literal::is_plain(quoted) {
            return Ok(self.whole.part(span.start as usize + 1..span.end as usize - 1));
        }
        literal::unquote(quoted).map_or_else(|| self.fail("invalid syntax"), |text| Ok(text.into()))
    }

    pub(super) fn definition(&mut self) -> Parsed<()> {
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let (_, name) = self.template_name("define clause")?;
        self.expect(Kind::RightDelimiter, "define clause")?;
        match self.list()? {
            (body, End::End) => self.define(&name, body)?,
            (_, End::Else) => return self.fail("unexpected {{else}} in define clause"),
        }
        self.scope = outer;
        Ok(())
    }

    pub(super) fn block(&mut self) -> Parsed<Node> {
        let (token, name) = self.template_name("block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelimiter)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let seen = self.seen;
        match self.list()? {
            (body, End::End) => self.define(&name, body)?,
            (_, End::Else) => {
                // Go's outer parser complains, and it has not looked further than the opening action.
                self.seen = seen;
                return self.fail("unexpected {{else}} in block clause");
            }
        }
        self.scope = outer;
        Ok(self.call(token, name, Some(pipe)))
    }

    fn call(&mut self, name_token: Token, name: Text, pipe: Option<Id<Pipe>>) -> Node {
        Node::Template(self.desk.parts.add(Call { position: name_token.span.start, name, pipe }))
    }

    pub(super) fn definition_of(&self, name: Option<Text>, body: Items<Node>) -> Definition {
        let is_space = |span: &Span| String::from_utf8_lossy(self.bytes(*span)).trim().is_empty();
        let is_empty = body.of(&self.desk.parts).iter().all(|node| matches!(node, Node::Text(span) if is_space(span)));
        Definition { name, is_empty, body }
    }

    fn define(&mut self, name: &Text, body: Items<Node>) -> Parsed<()> {
        let definition = self.definition_of(Some(name.clone()), body);
        let same_name = self.definitions.iter().position(|other| other.name.as_ref() == Some(name));
        match same_name {
            None => self.definitions.push(definition),
            Some(place) if self.definitions[place].is_empty => self.definitions[place] = definition,
            Some(_) if definition.is_empty => {}
            Some(_) => return self.fail(multiple_definition(name)),
        }
        Ok(())
    }

    pub(super) fn template(&mut self) -> Parsed<Node> {
        let (token, name) = self.template_name("template clause")?;
        let pipe = match self.peek().kind {
            Kind::RightDelimiter => {
                self.pass();
                None
            }
            _ => Some(self.pipeline("template clause", Kind::RightDelimiter)?),
        };
        Ok(self.call(token, name, pipe))
    }
}
