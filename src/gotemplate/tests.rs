//! Runs `tests/cases/gotemplate`: templates with what Helm's or Go's own engine made of them.
//!
//! `values.yaml` there is `.Values` of every case. The few functions here stand in for the libraries that other rooms build.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::*;
use crate::cases::{self, Case};
use crate::yaml::{self, Text};

#[test]
fn cases_give_what_the_real_program_gave() {
    // Deep recursion is among the cases, and a test's thread is small.
    let run = || cases::run("gotemplate", check);
    let runner = std::thread::Builder::new().stack_size(1 << 30).spawn(run).unwrap();
    assert!(runner.join().is_ok(), "see above");
}

fn check(case: &Case) -> Result<(), String> {
    let option = |name: &str| case.section("with").unwrap_or_default().lines().any(|line| line == name);
    let missing_key = match () {
        () if option("missingkey=default") => MissingKey::Default,
        () if option("missingkey=error") => MissingKey::Error,
        () => MissingKey::Zero,
    };
    let language = if option("go1.22") { Language::GO_1_22 } else { Language::GO_1_27 };
    let mut got = execute(case.input(), missing_key, language);
    if !case.section("with").unwrap_or_default().contains("missingkey") {
        // Helm's `tpl`, in which these cases were recorded, takes this out of what its text gave.
        got = got.map(|got| got.replace("<no value>", ""));
    }
    match (case.section("output"), case.section("error"), got) {
        (Some(expected), _, Ok(got)) | (_, Some(expected), Err(got)) => cases::equal(expected, &got),
        (_, Some(expected), Ok(got)) => Err(format!("expected the error {expected}\nbut got {got:?}")),
        (_, _, Err(got)) => Err(format!("unexpected error {got}")),
        (None, None, Ok(_)) => Err("neither output nor error is expected".to_owned()),
    }
}

fn execute(text: &str, missing_key: MissingKey, language: Language) -> Result<String, String> {
    let functions = functions();
    let trees = Trees::new();
    let run = Run::new(jiff::Zoned::default(), Box::new(|bytes| bytes.fill(4)), Rc::new(()));
    let engine = Engine { functions: &functions, language, missing_key, run: &run, trees: &trees };
    let name = Text::from("gotpl");
    let tree = trees.parse(&name, &text.into(), &functions, &language).map_err(|error| error.to_string())?;
    let mut set = Set::new("gotpl");
    set.add(&name, &tree);
    let mut out = Vec::new();
    let template = Template::of(&name, &tree);
    engine.execute(&Arc::new(set), &template, data(), &mut out).map_err(|error| error.flat())?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn data() -> Value {
    let text = fs_err::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/gotemplate/values.yaml")).unwrap();
    let values = plain(serde_yaml::from_str(&text).unwrap());
    let release = yaml::Map::from([("Name".into(), "r".into()), ("Namespace".into(), "default".into())]);
    let entries = [("Values".into(), values), ("Release".into(), yaml::Value::Map(release.into()))];
    Value::from_plain(&yaml::Value::Map(Arc::new(yaml::Map::from(entries))))
}

/// Helm reads every number as a float.
fn plain(value: serde_yaml::Value) -> yaml::Value {
    match value {
        serde_yaml::Value::Null => yaml::Value::Null,
        serde_yaml::Value::Bool(value) => yaml::Value::Bool(value),
        serde_yaml::Value::Number(number) => yaml::Value::Float(number.as_f64().unwrap()),
        serde_yaml::Value::String(text) => yaml::Value::String(text.into()),
        serde_yaml::Value::Sequence(items) => yaml::Value::List(items.into_iter().map(plain).collect()),
        serde_yaml::Value::Mapping(entries) => {
            let entry = |(key, value): (serde_yaml::Value, _)| (key.as_str().unwrap().into(), plain(value));
            yaml::Value::Map(Arc::new(entries.into_iter().map(entry).collect()))
        }
        serde_yaml::Value::Tagged(_) => panic!("no tags in the values of the cases"),
    }
}

fn functions() -> Functions {
    Functions::new(vec![
        Function::pure("dict", |Rest(items): Rest<Value>| {
            let pairs = items.chunks(2).map(|pair| (print_value(&pair[0]), pair.get(1).cloned().unwrap_or(Value::text(""))));
            Map::from_entries(pairs.collect::<BTreeMap<_, _>>())
        }),
        Function::pure("list", |Rest(items): Rest<Value>| items),
        Function::pure("set", |map: Map, key: Text, value: Value| {
            map.insert(key, value);
            map
        }),
        Function::pure("splitList", |separator: Text, text: Text| {
            let separator = separator.to_lossy().into_owned();
            Value::strings(text.to_lossy().split(&separator).map(Text::from))
        }),
        Function::pure("until", |count: isize| {
            Value::List(List::typed((0..count as i64).map(Value::int).collect(), ListKind::Ints))
        }),
        Function::pure("upper", |text: Text| text.to_lossy().to_uppercase()),
        Function::pure("trunc", |count: isize, text: Text| Text::from(&text[..(count as usize).min(text.len())])),
        Function::pure("repeat", |count: isize, text: Text| text.repeat(count as usize)),
        Function::pure("b64enc", |text: Text| match object::base64_text(&text) {
            yaml::Value::String(text) => text,
            _ => unreachable!("base64 is text"),
        }),
        Function::pure("int64", |value: Value| match value {
            Value::Int(value, _) => value,
            Value::Float(value) => value as i64,
            _ => 0,
        }),
        Function::pure("float64", |value: Value| match value {
            Value::Int(value, _) => value as f64,
            Value::Float(value) => value,
            _ => 0.0,
        }),
        Function::pure("hasKey", |map: Map, key: Text| map.contains(&key)),
        Function::pure("ternary", |yes: Value, no: Value, test: bool| if test { yes } else { no }),
        Function::pure("join", |separator: Text, items: Value| match items {
            Value::List(items) => {
                let items: Vec<_> = items.items().iter().map(|item| print_value(item).to_lossy().into_owned()).collect();
                items.join(&*separator.to_lossy())
            }
            other => print_value(&other).to_lossy().into_owned(),
        }),
        Function::pure("fail", |message: Text| Err::<Value, _>(FunctionError::Failed(message.to_lossy().into_owned()))),
        Function::pure("include", |state: &mut State<'_>, name: Text, data: Value| state.include(&name, data)),
        Function::pure("tpl", |state: &mut State<'_>, text: Text, data: Value| {
            state.tpl(&text, data).map_err(|error| {
                let quoted = quote(&text);
                let is_parse = matches!(error, FunctionError::Parse(_));
                let what = if is_parse { "cannot parse template" } else { "error during tpl function execution for" };
                error.within(format!("{what} {quoted}"))
            })
        }),
    ])
}
