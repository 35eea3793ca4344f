"""Reads composite literals out of Go source, as far as test tables use them: strings, numbers, maps, lists, structs, calls.

What it is not: a Go parser. It starts at a given place and reads one expression; names it does not know are handed to the
caller. A struct or map literal becomes `Literal(type, keyed, items)`, a call `Call(name, arguments)`.
"""
import collections, re

Literal = collections.namedtuple("Literal", "type keyed items")
Call = collections.namedtuple("Call", "name arguments")
TOKEN = re.compile(r"""\s+|//[^\n]*|/\*.*?\*/|(?P<raw>`[^`]*`)|(?P<text>"(?:\\.|[^"\\])*")|(?P<char>'(?:\\.|[^'\\])+')
    |(?P<number>0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<sign>:=|==|&&|\|\||<<|.)""", flags=re.X | re.S)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def unquote(text):
    def unit(match):
        escape = match[1]
        if escape[0] in "xuU":
            return chr(int(escape[1:], 16))
        return chr(int(escape, 8)) if escape.isdigit() else ESCAPES.get(escape, escape)
    return re.sub(r"\\(x..|u....|U.{8}|[0-7]{3}|.)", unit, text[1:-1], flags=re.S)


class Source:
    """One file, read from some place on."""

    def __init__(self, text, names=None):
        self.text, self.names, self.at = text, names or {}, 0

    def function(self, name):
        """The body of a function, as a source of its own."""
        start = re.search(r"^func (?:\([^)]*\) )?%s\(.*\{$" % name, self.text, flags=re.M).start()
        end = self.text.index("\n}\n", start)
        return Source(self.text[start:end + 2], self.names)

    def after(self, pattern):
        """The value of the expression that follows the first match."""
        self.at = re.search(pattern, self.text).end()
        return self.expression()

    def all_after(self, pattern):
        """[(match, value)] for all matches."""
        found = []
        for match in re.finditer(pattern, self.text):
            self.at = match.end()
            found.append((match, self.expression()))
        return found

    def next(self, peek=False):
        at = self.at
        while True:
            match = TOKEN.match(self.text, at)
            if not match:
                return None, ""
            at = match.end()
            if match.lastgroup:
                break
        if not peek:
            self.at = at
        return match.lastgroup, match[0]

    def take(self, sign):
        if self.next(peek=True)[1] == sign:
            self.next()
            return True
        return False

    def expression(self):
        value = self.operand()
        while True:
            sign = self.next(peek=True)[1]
            if sign in ("+", "-") and isinstance(value, Call):
                self.next()
                value = Call(sign, [value, self.operand()])
            elif sign == "+":
                self.next()
                value = value + self.operand()
            elif sign == "<<":
                self.next()
                value = value << self.operand()
            elif sign == "*" and isinstance(value, int):
                self.next()
                other = self.operand()
                value = Call(sign, [value, other]) if isinstance(other, Call) else value * other
            elif sign in ("*", "/") and isinstance(value, (int, float)):
                self.next()
                value = value * self.operand() if sign == "*" else value / self.operand()
            else:
                return value

    def operand(self):
        kind, text = self.next()
        if kind == "raw":
            return text[1:-1].replace("\r", "")
        if kind == "text":
            return unquote(text)
        if kind == "char":
            return ord(unquote(text))
        if kind == "number":
            return float(text.replace("_", "")) if re.search(r"[.eE]", text) and not text.startswith("0x") else int(text.replace("_", ""), 0)
        if text in ("&", "*"):
            return self.operand()
        if text == "-":
            return -self.operand()
        if text == "(":
            value = self.expression()
            self.take(")")
            return value
        if text == "{":
            return self.items("")
        if text == "[" or text in ("map", "struct"):
            self.at -= len(text)
            name = self.type()
            return self.called(name) if self.next(peek=True)[1] == "(" else self.braces(name)
        return self.named(text)

    def named(self, name):
        if name in ("true", "false", "nil"):
            return {"true": True, "false": False, "nil": None}[name]
        sign = self.next(peek=True)[1]
        if sign == "(":
            return self.called(name)
        if sign == "{":
            return self.braces(name)
        return self.names.get(name, Call(name, None))

    def called(self, name):
        self.next()
        arguments = []
        while not self.take(")"):
            arguments.append(self.expression())
            self.take(",")
        return Call(name, arguments)

    def type(self):
        """A type's text, from `[`, `map`, `struct`, `*` or a name."""
        kind, text = self.next()
        if text == "[":
            while self.next()[1] != "]":
                pass
            return "[]" + self.type()
        if text == "map":
            self.next()
            key = self.type()
            self.next()
            return f"map[{key}]{self.type()}"
        if text == "*":
            return self.type()
        if text == "struct":
            depth, start = 0, self.at
            while True:
                sign = self.next()[1]
                depth += (sign == "{") - (sign == "}")
                if depth == 0:
                    return "struct" + self.text[start:self.at]
        return text

    def braces(self, name):
        self.next()
        return self.items(name)

    def items(self, name):
        items, keyed = [], False
        while not self.take("}"):
            value = self.key() or self.expression()
            if self.take(":"):
                keyed = True
                items.append((value, self.expression()))
            else:
                items.append(value)
            self.take(",")
        return Literal(name, keyed, items)

    def key(self):
        """A field's name, which is no value."""
        at = self.at
        kind, text = self.next()
        if kind == "name" and self.next(peek=True)[1] == ":":
            return text
        self.at = at
        return None


def fields(row, names):
    """A struct literal as a dict, keyed or in order."""
    return dict(row.items) if row.keyed else dict(zip(names, row.items))


def plain(value):
    """Maps and lists of a literal as Python's."""
    if isinstance(value, Literal):
        if value.type.startswith("[]") or not value.keyed and value.items:
            return [plain(item) for item in value.items]
        return {key: plain(item) for key, item in value.items}
    if isinstance(value, Call) and value.arguments and len(value.arguments) == 1:
        return plain(value.arguments[0])
    return value
