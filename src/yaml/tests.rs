//! Runs the cases of `tests/cases/yaml`, and holds what must never differ against each other.

use std::sync::Arc;

use super::convert::Target;
use super::{
    Error, Map, Rules, Style, Value, from_node, head, json, lines, node, read, read_all, read_documents, read_list, read_map,
    write,
};
use crate::cases::{Case, equal, read as read_cases, run};

/// The JSON that Helm prints for a value.
fn json_of(value: &Value) -> String {
    json::write(value, json::Escape::Html, json::Backend::V2).unwrap()
}

fn expect(case: &Case, section: &str, got: &str) -> Result<(), String> {
    case.section(section).map_or(Ok(()), |expected| equal(expected, got).map_err(|why| format!("{section}: {why}")))
}

/// Helm's `fromYaml` puts its error into the map.
fn error_map(error: &str) -> Value {
    Value::Map([("Error".into(), error.into())].into_iter().collect::<Map>().into())
}

#[test]
fn helm_reads_as_go_yaml_v2() {
    run("yaml/read.txt", |case| {
        let text = case.input().as_bytes();
        let map = read_map(text).map_or_else(|error| error_map(&error.to_string()), Value::Map);
        let list = read_list(text).map_or_else(|error| Value::List([error.to_string().into()].into()), Value::List);
        expect(case, "map", &json_of(&map))?;
        expect(case, "list", &json_of(&list))
    });
}

#[test]
fn helmfile_reads_as_go_yaml_v3() {
    run("yaml/helmfile.txt", |case| {
        let got =
            read(case.input().as_bytes(), &Rules::HELMFILE).map_or_else(|error| format!("error: {error}"), |value| typed(&value));
        expect(case, "value", &got)
    });
}

/// A value with the kinds of its numbers.
fn typed(value: &Value) -> String {
    let quoted = |text: &super::Text| json::write(&Value::String(text.clone()), json::Escape::Raw, json::Backend::V1).unwrap();
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => format!("i:{number}"),
        Value::Uint(number) => format!("u:{number}"),
        Value::Float(number) if number.is_infinite() => format!("f:{}Inf", if *number > 0.0 { '+' } else { '-' }),
        Value::Float(number) if number.is_nan() => "f:NaN".to_owned(),
        Value::Float(number) => format!("f:{}", super::number::format_float(*number)),
        Value::Time(time) => format!("t:{time}"),
        Value::String(text) => quoted(text),
        Value::List(items) => format!("[{}]", items.iter().map(typed).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{}:{}", quoted(key), typed(value))).collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}

#[test]
fn helm_writes_as_go_yaml_does() {
    run("yaml/write.txt", |case| {
        let value = json::read(case.input().as_bytes(), json::Backend::V2).map_err(|error| error.to_string())?;
        let printed = |style| {
            let text = write(&value, style).unwrap_or_default();
            text.strip_suffix('\n').unwrap_or(&text).to_owned()
        };
        expect(case, "helm", &printed(Style::Helm))?;
        expect(case, "pretty", &printed(Style::Pretty))
    });
}

#[test]
fn json_is_gos() {
    run("yaml/json.txt", |case| {
        for (section, backend) in [("old", json::Backend::V1), ("new", json::Backend::V2)] {
            let value = from_json(case.input(), backend);
            expect(case, section, &json::write(&value, json::Escape::Html, backend).unwrap())?;
        }
        let value = from_json(case.input(), json::Backend::V2);
        expect(case, "pretty", &json::indented(&json::write(&value, json::Escape::Html, json::Backend::V2).unwrap()).unwrap())?;
        expect(case, "raw", &json::write(&value, json::Escape::Raw, json::Backend::V2).unwrap())
    });
}

/// Helm's `fromJson`: a map, with the error in it if there is one.
fn from_json(text: &str, backend: json::Backend) -> Value {
    let (value, error) = json::read_partly(text.as_bytes(), backend);
    let error = error.map(|error| error.to_string());
    let (map, error) = match value {
        Value::Map(map) => (map, error),
        Value::Null if error.is_none() => return Value::Null,
        Value::Null => (Arc::default(), error),
        other => {
            let kind = json::kind(&other);
            (Arc::default(), Some(format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")))
        }
    };
    let mut map = (*map).clone();
    map.extend(error.map(|error| ("Error".into(), error.into())));
    Value::Map(map.into())
}

#[test]
fn helm_judges_rendered_documents() {
    run("yaml/verdict.txt", |case| {
        let verdict = |backend| match head(case.input().as_bytes()) {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.text(backend),
        };
        expect(case, "old", &verdict(json::Backend::V1))?;
        expect(case, "new", &verdict(json::Backend::V2))
    });
}

#[test]
fn ordinary_documents_need_no_parser() {
    run("yaml/ordinary.txt", |case| {
        let text = case.input().as_bytes();
        let head = head::by_lines(text).ok_or("the lines are not recognised")?;
        equal(&format!("{:?}", head::by_parser(text)), &format!("{:?}", Ok::<_, head::HeadError>(head)))?;
        // Folding is left to the parser.
        let Some(value) = lines::value(text, Target::Any) else {
            return if case.input().contains(">-") { Ok(()) } else { Err("the lines have no value".to_owned()) };
        };
        equal(&format!("{:?}", read::by_parser(text, Target::Any)), &format!("{:?}", Ok::<_, Error>(value)))
    });
}

#[test]
#[allow(clippy::disallowed_methods, reason = "who runs it longer says so in variables")]
fn lines_never_contradict_the_parser() {
    let mut seeds: Vec<_> = ["ordinary", "verdict", "read"]
        .iter()
        .flat_map(|file| read_cases(&format!("yaml/{file}.txt")))
        .map(|case| case.input().to_owned())
        .collect();
    // Ordinary documents are few and long, but it is their neighbours that the lines could mistake.
    let ordinary = read_cases("yaml/ordinary.txt").len();
    for _ in 0..6 {
        seeds.extend_from_within(..ordinary);
    }
    // Long runs by hand: HELMLOCK_MUTATIONS=1000000 HELMLOCK_SEED=7 cargo test --lib lines_never
    #[expect(clippy::disallowed_methods, reason = "how much to try is asked of whoever runs the tests")]
    let number = |name: &str, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let mut random = Random(number("HELMLOCK_SEED", 1));
    let (mut recognised, mut recognised_nodes, mut recognised_values) = (0, 0, 0);
    for _ in 0..number("HELMLOCK_MUTATIONS", 20_000) {
        let text = mutated(&seeds[random.below(seeds.len())], &mut random);
        if let Some(head) = head::by_lines(text.as_bytes()) {
            recognised += 1;
            assert_eq!(head::by_parser(text.as_bytes()), Ok(head), "{text:?}");
        }
        for node in node::parse(text.as_bytes(), &Rules::HELMFILE).unwrap_or_default().iter().filter(|node| node.is_ordinary()) {
            assert!(from_node(node, &Rules::HELMFILE).is_ok_and(|value| !value.is_null()), "{text:?}");
        }
        if let Some(node) = lines::node(text.as_bytes()) {
            recognised_nodes += 1;
            for rules in [Rules::HELM, Rules::HELMFILE] {
                assert_eq!(node::by_parser(text.as_bytes(), &rules).as_deref(), Ok(std::slice::from_ref(&node)), "{text:?}");
            }
        }
        for target in [Target::Any, Target::Struct] {
            if let Some(value) = lines::value(text.as_bytes(), target) {
                recognised_values += 1;
                assert_eq!(read::by_parser(text.as_bytes(), target), Ok(value), "{text:?}");
            }
        }
    }
    assert!(recognised > 2_000, "only {recognised} of the documents are ordinary");
    assert!(recognised_nodes > 2_000, "only {recognised_nodes} of the trees are ordinary");
    assert!(recognised_values > 2_000, "only {recognised_values} of the values are ordinary");
}

/// The same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// A document with up to three small faults.
fn mutated(text: &str, random: &mut Random) -> String {
    const SIGNS: &[&str] = &[
        " ", "  ", ":", ": ", " #", "#", "-", "- ", "'", "\"", "|", ">", "[", "]", "{", "}", ",", "&a ", "*a", "!", "?", "@",
        "%", "\t", "\\", "~", "null", ".inf", "é", "\u{85}", "\r", "---", "\n", "\n  ", ";", "<", "<<", "=", "^", "`", "+", "$",
    ];
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for _ in 0..random.below(4) {
        let index = random.below(lines.len());
        let line = &mut lines[index];
        match random.below(6) {
            0 => line.insert_str(0, random.pick(&[" ", "  ", "- ", "\t", "#", "    "])),
            1 => _ = (!line.is_empty()).then(|| line.remove(0)),
            2 => {
                let places: Vec<_> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
                line.insert_str(places[random.below(places.len())], random.pick(SIGNS));
            }
            3 => {
                lines.insert(index, random.pick(&["", "  ", "# c", "  x", "- x", "x", "x: 1", "  x: |", " x:", "\t"]).to_owned());
            }
            4 if lines.len() > 1 => _ = lines.remove(index),
            _ => {
                let other = random.below(lines.len());
                lines.swap(index, other);
            }
        }
    }
    lines.join("\n")
}

#[test]
fn hostile_texts_end_in_errors() {
    // As deep as allowed needs more than a test's stack before the optimiser has been at it, and half of it after.
    std::thread::Builder::new().stack_size(32 << 20).spawn(check_hostile_texts).unwrap().join().unwrap();
}

fn check_hostile_texts() {
    let problem = |text: &str, rules| read(text.as_bytes(), rules).unwrap_err().to_string();
    for rules in [&Rules::HELM, &Rules::HELMFILE] {
        // Go goes on to ten thousand levels; what every other room walks over must fit a thread's stack.
        for text in ["[".repeat(200_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000)] {
            assert!(problem(&text, rules).contains("exceeded max depth of 1000"));
        }
        assert!(read(format!("{}{}", "[".repeat(999), "]".repeat(999)).as_bytes(), rules).is_ok());
        let mut bomb = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x]".to_owned()];
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push(format!("a{level}: &a{level} [{aliases}]"));
        }
        assert_eq!(problem(&bomb.join("\n"), rules), "yaml: document contains excessive aliasing");
        assert_eq!(problem("a: &a {b: [*a]}", rules), "yaml: anchor 'a' value contains itself");
    }
    let nested = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(json::read(nested.as_bytes(), json::Backend::V2).unwrap_err().to_string(), "exceeded max depth");
    // A document of equal keys does not fill the terminal.
    let error = problem(&"a: 1\n".repeat(5_000), &Rules::HELMFILE);
    assert!(error.lines().count() < 200);
}

#[test]
fn no_text_panics() {
    const PIECES: &[&[u8]] = &[
        b" ",
        b"\n",
        b"- ",
        b": ",
        b"a",
        b"'",
        b"\"",
        b"\\",
        b"u00",
        b"|",
        b">",
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"#",
        b"&a ",
        b"*a",
        b"!!int ",
        b"%TAG",
        b"---",
        b"\t",
        b"\r",
        b"\xFF",
        b"\xC2\x85",
        b"\xE2\x80\xA8",
        b"\xEF\xBB\xBF",
        b"\xF0\x9F",
        b"<<",
        b"1e9",
        b"0x",
        b".inf",
        b"\0",
    ];
    let mut random = Random(2);
    for _ in 0..20_000 {
        let text: Vec<u8> = (0..random.below(24)).flat_map(|_| PIECES[random.below(PIECES.len())]).copied().collect();
        for rules in [&Rules::HELM, &Rules::HELMFILE] {
            for value in read_all(&text, rules).unwrap_or_default() {
                for style in [Style::Helm, Style::Pretty, Style::Helmfile] {
                    _ = write(&value, style);
                }
            }
        }
        _ = head(&text);
        _ = read_documents(&text);
        _ = json::read(&text, json::Backend::V1).or_else(|_| json::read(&text, json::Backend::V2));
        _ = write(&Value::String(text.into()), Style::Helmfile);
    }
}

#[test]
fn values_files_split_at_bare_separators() {
    let documents =
        |text: &str| read_documents(text.as_bytes()).map(|documents| documents.len()).map_err(|error| error.to_string());
    assert_eq!(documents("a: 1\n--- # second\nb: 2\n ---\n"), Ok(2));
    // The first separator is all that the first document has.
    assert_eq!(documents("---\n---\na: 1"), Ok(2));
    assert_eq!(documents(""), Ok(0));
    assert_eq!(documents("a: 1\n---foo\n"), Err("error reading yaml document: invalid Yaml document separator: foo".to_owned()));
    assert_eq!(
        documents("a: 1\n---\n- b\n"),
        Err("cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into \
             Go value of type map[string]interface {}"
            .to_owned())
    );
}
