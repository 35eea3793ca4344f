//! Character classes: Perl's and POSIX' are ASCII, Unicode's go by category or script.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};

/// Whether letters match their other case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Exact,
    Folded,
}

/// The characters of these ranges.
pub(super) fn ranges(ranges: &[(char, char)], case: Case) -> ClassUnicode {
    folded(ClassUnicode::new(ranges.iter().map(|&(from, to)| ClassUnicodeRange::new(from, to))), case)
}

fn folded(mut class: ClassUnicode, case: Case) -> ClassUnicode {
    if case == Case::Folded {
        class.case_fold_simple();
    }
    class
}

/// All others.
pub(super) fn negated(mut class: ClassUnicode) -> ClassUnicode {
    class.negate();
    class
}

/// `\d`, `\s`, `\w` and their opposites.
pub(super) fn perl(letter: u8, case: Case) -> Option<ClassUnicode> {
    let class = match letter.to_ascii_lowercase() {
        b'd' => ranges(&[('0', '9')], case),
        b's' => ranges(&[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')], case),
        b'w' => ranges(&WORD, case),
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() { negated(class) } else { class })
}

const WORD: [(char, char); 4] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// The class that `[:name:]` stands for inside brackets; the name may begin with `^`.
pub(super) fn posix(name: &[u8], case: Case) -> Option<ClassUnicode> {
    let (negative, name) = name.strip_prefix(b"^").map_or((false, name), |name| (true, name));
    let class: &[(char, char)] = match name {
        b"alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        b"alpha" => &[('A', 'Z'), ('a', 'z')],
        b"ascii" => &[('\0', '\x7f')],
        b"blank" => &[('\t', '\t'), (' ', ' ')],
        b"cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        b"digit" => &[('0', '9')],
        b"graph" => &[('!', '~')],
        b"lower" => &[('a', 'z')],
        b"print" => &[(' ', '~')],
        b"punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        b"space" => &[('\t', '\r'), (' ', ' ')],
        b"upper" => &[('A', 'Z')],
        b"word" => &WORD,
        b"xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    };
    let class = ranges(class, case);
    Some(if negative { negated(class) } else { class })
}

/// The class of a general category or a script, by the names that Go knows.
pub(super) fn unicode(name: &str, case: Case) -> Option<ClassUnicode> {
    let plain: String = name.chars().filter(|char| !matches!(char, '_' | '-' | ' ')).collect();
    if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let script = || if is_short_script(&plain) { None } else { table(&format!(r"\p{{sc={plain}}}")) };
    Some(folded(table(&format!(r"\p{{gc={plain}}}")).or_else(script)?, case))
}

/// ISO's four-letter codes are no names to Go, but a few scripts have names of four letters.
fn is_short_script(name: &str) -> bool {
    const NAMES: [&str; 8] = ["ahom", "cham", "kawi", "lisu", "modi", "newa", "thai", "toto"];
    name.len() == 4 && !NAMES.contains(&name.to_ascii_lowercase().as_str())
}

fn table(property: &str) -> Option<ClassUnicode> {
    match regex_syntax::parse(property).map(Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => Some(class),
        Ok(HirKind::Literal(literal)) => {
            let char = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
            Some(ClassUnicode::new([ClassUnicodeRange::new(char, char)]))
        }
        _ => None,
    }
}
