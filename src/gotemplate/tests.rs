//! Runs `tests/cases/gotemplate`: templates with what Helm's or Go's own engine made of them.
//!
//! `values.yaml` there is `.Values` of every case. The few functions here stand in for the libraries that other rooms build.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::cases::{self, Case};
use crate::yaml::{self, Text};

#[test]
fn cases_give_what_the_real_program_gave() {
    with_a_workers_stack(|| cases::run("gotemplate", check));
}

/// What a text says a second time is parsed by the first time, and errors tell where the second one stands.
#[test]
fn what_is_said_again_means_the_same_in_another_place() {
    with_a_workers_stack(|| cases::run("gotemplate", check_again));
}

fn check_again(case: &Case) -> Result<(), String> {
    let input = case.input();
    let before = format!("{{{{ if false }}}}{input}{{{{ end }}}}");
    let moved = |error: &str| {
        let (place, rest) = error.strip_prefix("template: gotpl:")?.split_once(": executing")?;
        let (line, column) = place.split_once(':')?;
        let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
        let column = if line > 1 { column } else { column + before.rsplit('\n').next()?.len() };
        Some(format!("template: gotpl:{}:{column}: executing{rest}", line + before.matches('\n').count()))
    };
    let run = |text: &str| execute(text, MissingKey::Zero, Language::GO_1_27);
    let expected = match run(input) {
        Ok(text) => Ok(text),
        Err(error) => Err(moved(&error).unwrap_or_default()),
    };
    let is_another = input.contains("define") || input.contains("block") || input.ends_with('{');
    if is_another || matches!(&expected, Err(error) if error.is_empty()) {
        return Ok(());
    }
    let got = run(&format!("{before}{input}"));
    if got == expected { Ok(()) } else { Err(format!("expected {expected:?}\n     got {got:?}")) }
}

/// Deep recursion is among the tests, and a test's own thread is small.
fn with_a_workers_stack(test: impl FnOnce() + Send + 'static) {
    let runner = std::thread::Builder::new().stack_size(256 << 20).spawn(test).unwrap();
    assert!(runner.join().is_ok(), "see above");
}

fn check(case: &Case) -> Result<(), String> {
    let option = |name: &str| case.section("with").unwrap_or_default().lines().any(|line| line == name);
    let missing_key = match () {
        () if option("missingkey=default") => MissingKey::Default,
        () if option("missingkey=error") => MissingKey::Error,
        () => MissingKey::Zero,
    };
    let dialects: &[_] = match () {
        () if option("go1.22") => &[("", Language::GO_1_22)],
        () if option("go1.24") => &[("", Language::GO_1_24)],
        () if case.section("with").is_some() => &[("", Language::GO_1_27)],
        () => &LANGUAGES,
    };
    let mut expected = None;
    for (name, language) in dialects {
        let section = |kind: &str| case.section(format!("{kind} {name}").trim_end());
        expected = section("output").map(Ok).or_else(|| section("error").map(Err)).or(expected);
        let mut got = execute(case.input(), missing_key, *language);
        if !case.section("with").unwrap_or_default().contains("missingkey") {
            // Helm's `tpl`, in which these cases were recorded, takes this out of what its text gave.
            got = got.map(|got| got.replace("<no value>", ""));
        }
        let differs = match (expected, got) {
            (Some(Ok(expected)), Ok(got)) | (Some(Err(expected)), Err(got)) => cases::equal(expected, &got).err(),
            (expected, got) => Some(format!("expected {expected:?}\n     got {got:?}")),
        };
        if let Some(why) = differs {
            return Err(format!("{name}: {why}"));
        }
    }
    Ok(())
}

/// What stands behind `output` and `error` in the sections of each Helm that carries a language of its own.
const LANGUAGES: [(&str, Language); 4] =
    [("", Language::GO_1_27), ("3.22", Language::GO_1_27), ("3.19", Language::GO_1_24), ("3.15", Language::GO_1_22)];

fn execute(text: &str, missing_key: MissingKey, language: Language) -> Result<String, String> {
    let (functions, trees, run) = (functions(), Trees::new(), run());
    let engine = Engine { functions: &functions, language, missing_key, run: &run, trees: &trees };
    execute_in(&engine, text, data()).map_err(|error| error.to_string())
}

fn run() -> Run {
    Run::new(Arc::new(jiff::Zoned::default), Box::new(|bytes| bytes.fill(4)), Rc::new(()))
}

/// Executes `text` as `tpl` executes it.
fn execute_in(engine: &Engine<'_>, text: &str, data: Value) -> Result<String, FunctionError> {
    let name = Text::from("gotpl");
    let tree = engine.trees.parse(&name, &text.into(), engine.functions, &engine.language)?;
    let mut set = Set::new("gotpl");
    set.add(&name, &tree);
    let mut out = Vec::new();
    engine.execute(&Arc::new(set), &Arc::new(Template::of(&name, &tree)), data, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Executes `text` under some limits, on no data.
fn execute_within(limits: Limits, text: &str) -> Result<String, String> {
    let (functions, trees) = (functions(), Trees::new());
    let mut run = run();
    run.limits = limits;
    let (language, missing_key) = (Language::GO_1_27, MissingKey::Zero);
    let engine = Engine { functions: &functions, language, missing_key, run: &run, trees: &trees };
    execute_in(&engine, text, Value::Nil).map_err(|error| error.to_string())
}

#[test]
fn a_run_stops_at_its_limits() {
    let steps = execute_within(Limits { steps: 1000, ..Limits::default() }, "{{ range 1000000000000 }}{{ end }}");
    assert!(steps.unwrap_err().ends_with("the template takes more steps than a run may take"));
    let output = execute_within(Limits { output: 1000, ..Limits::default() }, "{{ range 1000 }}abcdef{{ end }}");
    assert!(output.unwrap_err().ends_with("the template writes more than a run may write"));
    let padding = execute_within(Limits { output: 1000, ..Limits::default() }, "{{ printf \"%100000d\" 1 }}");
    assert!(padding.unwrap_err().ends_with("the text is larger than a run may make it"));
    let limits = Limits { depth: 50, ..Limits::default() };
    let depth = execute_within(limits, "{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}");
    assert!(depth.unwrap_err().ends_with("exceeded maximum template depth (100000)"));
    let bomb = "{{ $x := dict }}{{ range 40 }}{{ $y := dict }}{{ $_ := set $y `a` $x }}{{ $_ := set $y `b` $x }}{{ $x = $y }}{{ end }}{{ $x }}";
    let printed = execute_within(Limits { output: 1000, ..Limits::default() }, bomb);
    assert!(printed.is_err(), "a value that is exponential when it is told apart");
    let tpl = execute_within(limits, "{{ define \"t\" }}{{ tpl \"{{ include `t` . }}\" . }}{{ end }}{{ include \"t\" . }}");
    assert!(tpl.unwrap_err().ends_with("templates are nested too deeply"));
}

#[test]
fn values_that_contain_themselves_or_are_deep_end_well() {
    let cycle = "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ $_ := set $x \"b\" $x }}{{ $x }}";
    assert!(execute_within(Limits::default(), cycle).unwrap_err().ends_with("a value contains itself"));
    let deep = "{{ $x := list }}{{ range 200000 }}{{ $x = list $x }}{{ end }}{{ len $x }}";
    assert_eq!(execute_within(Limits::default(), deep).unwrap(), "1");
    with_a_workers_stack(|| {
        let parentheses = format!("{{{{ {}1{} }}}}", "(".repeat(10_000), ")".repeat(10_000));
        let error = execute_within(Limits::default(), &parentheses).unwrap_err();
        assert_eq!(error, "template: gotpl:1: max expression depth exceeded");
    });
}

#[test]
fn an_error_keeps_every_level_and_what_a_template_stopped_with() {
    let (functions, trees, run) = (functions(), Trees::new(), run());
    let (language, missing_key) = (Language::GO_1_27, MissingKey::Zero);
    let engine = Engine { functions: &functions, language, missing_key, run: &run, trees: &trees };
    let text = "{{ define \"in\" }}\n{{ fail \"stop\" }}{{ end }}\n{{ include \"in\" . | upper }}";
    let Err(FunctionError::Nested(error)) = execute_in(&engine, text, Value::Nil) else { panic!("it must fail") };
    let chain: Vec<_> = error.chain().map(|error| (error.line, error.column, error.executing.to_string())).collect();
    assert_eq!(chain, [(3, 3, "gotpl".to_owned()), (2, 3, "in".to_owned())]);
    assert_eq!(error.failed(), Some("stop"));
}

#[test]
fn impure_functions_are_noted_and_texts_parsed_once() {
    let functions = functions().with(vec![Function::impure("chance", |state: &mut State<'_>| {
        let mut byte = [0];
        state.fill_random(&mut byte);
        i64::from(byte[0])
    })]);
    let (trees, run) = (Trees::new(), run());
    let (language, missing_key) = (Language::GO_1_27, MissingKey::Zero);
    let engine = Engine { functions: &functions, language, missing_key, run: &run, trees: &trees };
    let text = "{{ range 2 }}{{ tpl \"{{ chance }}\" 1 }}{{ end }}";
    assert_eq!(execute_in(&engine, text, Value::Nil).unwrap(), "44");
    let call = ImpureCall { function: "chance", purity: Purity::Impure, template: "gotpl".into() };
    assert_eq!(run.impure.borrow().iter().cloned().collect::<Vec<_>>(), [call]);
    let parse = || trees.parse(&"a".into(), &text.into(), &functions, &language).unwrap();
    assert!(Arc::ptr_eq(&parse(), &parse()));
}

#[test]
fn a_set_is_made_once_of_the_same_texts() {
    let (functions, trees, language) = (functions(), Trees::new(), Language::GO_1_27);
    let long = |text: &str| Text::from(format!("{text}{}", "-".repeat(100)));
    let texts = [("a".into(), long("{{ define `x` }}1{{ end }}")), ("b".into(), "{{ 2 }}".into())];
    let made = std::cell::Cell::new(0);
    let set = |name, texts: &[(Text, Text)]| {
        let texts = texts.iter().map(|(name, text)| (name, text));
        trees.set(name, texts, (&functions, &language), || made.set(made.get() + 1)).map_err(|error| error.message)
    };
    let first = set("gotpl", &texts).unwrap();
    assert!(Arc::ptr_eq(&first, &set("gotpl", &texts.clone()).unwrap()));
    assert_eq!(made.get(), 1);
    assert!(first.template(b"x").is_some() && first.template(b"b").is_some());
    // Another order, other names, a name less, a text that is equal and another one: all are other sets.
    let [one, other] = texts.clone();
    for texts in [
        vec![other.clone(), one.clone()],
        vec![("c".into(), one.1.clone()), other.clone()],
        vec![one.clone()],
        vec![("a".into(), long("{{ define `x` }}1{{ end }}")), other.clone()],
        vec![one, ("b".into(), "{{ 3 }}".into())],
    ] {
        assert!(!Arc::ptr_eq(&first, &set("gotpl", &texts).unwrap()), "{texts:?}");
    }
    assert!(!Arc::ptr_eq(&first, &set("other", &texts).unwrap()));
    assert_eq!(made.get(), 7);
    // Another thread makes its own.
    let texts_there = texts.iter().map(|(name, text)| (name, text));
    let there = || trees.set("gotpl", texts_there, (&functions, &language), || ()).is_ok_and(|set| !Arc::ptr_eq(&first, &set));
    assert!(std::thread::scope(|scope| scope.spawn(there).join()).unwrap());
    let wrong = [("a".into(), "{{".into())];
    assert_eq!(set("gotpl", &wrong).map(|_| ()), set("gotpl", &wrong).map(|_| ()));
    assert_eq!(made.get(), 9);
}

#[test]
fn an_include_on_the_same_data_is_run_again_only_if_it_could_differ() {
    // What the template in the middle includes by turns, and how often it has to run for that.
    for (between, runs) in [
        ("", 1),
        // Others hold this map, or it is another one each time.
        ("{{ $_ := set . `k` 1 }}", 2),
        ("{{ $_ := set .inner `k` 1 }}", 2),
        // A fresh map is nobody's business until it is in a variable.
        ("{{ dict `k` 1 }}", 1),
        ("{{ $d := dict }}{{ $_ := set $d `k` 1 }}", 2),
    ] {
        let text =
            format!("{{{{ define `t` }}}}{{{{ tick }}}}{{{{ end }}}}{{{{ include `t` . }}}}{between}{{{{ include `t` . }}}}");
        assert_eq!(ticks(&text), runs, "{between}");
    }
    for (body, runs) in [
        ("{{ tick }}{{ .inner }}", 1),
        // Each of these may be something else next time.
        ("{{ tick }}{{ chance }}", 2),
        ("{{ tick }}{{ .fleeting.name }}", 2),
        ("{{ tick }}{{ . }}", 2),
        ("{{ tick }}{{ $_ := set . `k` 1 }}", 2),
        ("{{ tick }}{{ .fleeting | len | printf `%T` }}", 2),
    ] {
        let text = format!("{{{{ define `t` }}}}{body}{{{{ end }}}}{{{{ include `t` . }}}}{{{{ include `t` . }}}}");
        assert_eq!(ticks(&text), runs, "{body}");
    }
    let defined_anew = "{{ define `in` }}{{ tick }}{{ end }}{{ define `t` }}{{ include `in` . }}{{ end }}{{ include `t` . }}\
                        {{ tpl \"{{ define `in` }}{{ tick }}{{ end }}{{ include `t` . }}\" . }}";
    assert_eq!(ticks(defined_anew), 2);
}

/// How often a text calls `tick` on a map with another one in it, and one that does not last.
fn ticks(text: &str) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let functions = functions().with(vec![
        Function::pure("tick", move || i64::from(counter.fetch_add(1, Ordering::Relaxed) > 1_000_000)),
        Function::impure("chance", || 4i64),
    ]);
    let (trees, run) = (Trees::new(), run().remembering());
    let (language, missing_key) = (Language::GO_1_27, MissingKey::Zero);
    let engine = Engine { functions: &functions, language, missing_key, run: &run, trees: &trees };
    let data = Map::new();
    data.insert("inner".into(), Value::Map(Map::new()));
    data.put_fleeting("fleeting".into(), [("name".into(), Value::text("a"))].into(), MapKind::Any);
    execute_in(&engine, text, Value::Map(data)).unwrap();
    count.load(Ordering::Relaxed)
}

/// `Version{Major: 1}` with a method that takes a string and one that takes nothing.
struct Version;

impl Object for Version {
    fn type_name(&self) -> &'static str {
        "x.Version"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Major", Value::int(1)), ("Note", Value::Nil)]
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        match method {
            b"Has" => Some(Signature::of(&[Type::String])),
            b"Plain" | b"Fails" => Some(Signature::of(&[])),
            b"Twice" => Some(Signature { refusal: Some("Twice has 2 results"), ..Signature::of(&[]) }),
            _ => None,
        }
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        match (method, arguments) {
            (b"Has", [Value::String(text)]) => Some(Ok(Value::text(format!("has {text}")))),
            (b"Plain", []) => Some(Ok(Value::text("plain"))),
            (b"Fails", _) => Some(Err("no".into())),
            _ => None,
        }
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Null)
    }
}

#[test]
fn objects_have_fields_and_methods() {
    let (functions, trees, run) = (functions(), Trees::new(), run());
    let (language, missing_key) = (Language::GO_1_27, MissingKey::Zero);
    let engine = Engine { functions: &functions, language, missing_key, run: &run, trees: &trees };
    let show = |text: &str| {
        let data = Value::Map(Map::from_entries([("v".into(), Value::Object(Rc::new(Version)))].into()));
        execute_in(&engine, text, data).map_err(|error| error.to_string()).unwrap_or_else(|error| error)
    };
    let at = |place: &str, what: &str| format!("template: gotpl:1:{place}: {what}");
    assert_eq!(show("{{ .v.Major }} {{ .v.Plain }} {{ .v.Has \"a\" }} {{ \"b\" | .v.Has }}"), "1 plain has a has b");
    assert_eq!(
        show("{{ .v }} {{ printf \"%+v %#v %T %d\" .v .v .v .v }}"),
        "{1 <nil>} {Major:1 Note:<nil>} x.Version{Major:1, Note:interface {}(nil)} x.Version {1 <nil>}"
    );
    let wrong = "executing \"gotpl\" at <3>: expected string; found 3";
    assert_eq!(show("{{ .v.Has 3 }}"), at("10", wrong));
    let count = "executing \"gotpl\" at <.v.Has>: wrong number of args for Has: want 1 got 0";
    assert_eq!(show("{{ .v.Has }}"), at("5", count));
    let field = "executing \"gotpl\" at <.v.Major>: Major has arguments but cannot be invoked as function";
    assert_eq!(show("{{ .v.Major 1 }}"), at("5", field));
    let unknown = "executing \"gotpl\" at <.v.Nope>: can't evaluate field Nope in type interface {}";
    assert_eq!(show("{{ .v.Nope }}"), at("5", unknown));
    // What an argument of a method that there is not comes to, nobody asks: the place is that of what has no such method.
    assert_eq!(show("{{ .v.Nope (index .v 1) }}"), at("5", unknown));
    assert_eq!(show("{{ .v.Twice }}"), at("5", "executing \"gotpl\" at <.v.Twice>: Twice has 2 results"));
    assert_eq!(show("{{ .v.Fails }}"), at("5", "executing \"gotpl\" at <.v.Fails>: error calling Fails: no"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_the_engine_panic(pieces in proptest::collection::vec(select(PIECES), 0..24)) {
        let limits = Limits { steps: 10_000, output: 100_000, depth: 200 };
        let _ = execute_within(limits, &pieces.concat());
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let text = [b"{{", &bytes[..]].concat();
        let _ = parse(&"t".into(), &text.into(), &functions(), &Language::GO_1_27);
    }
}

/// What random templates are made of.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    " ",
    "{{- ",
    " -}}",
    "(",
    ")",
    "|",
    "$",
    "$x",
    " := ",
    " = ",
    ".",
    ".a",
    ".b.c",
    "1",
    "-2.5",
    "0x1p-2",
    "1i",
    "'a'",
    "\"s\"",
    "\"%*[2]d%!%99v\"",
    "`r`",
    "nil",
    "true",
    "if ",
    "else ",
    "end ",
    "range ",
    "with ",
    "define ",
    "template ",
    "block ",
    "break ",
    "continue ",
    "print ",
    "printf ",
    "index ",
    "slice ",
    "len ",
    "eq ",
    "lt ",
    "and ",
    "or ",
    "not ",
    "html ",
    "js ",
    "list ",
    "dict ",
    "tpl ",
    "include ",
    ",",
    "\n",
    "text",
    "é",
    "/*",
    "*/",
    "{{ end }}",
    "{{ range 3 }}",
    "{{ $x := list 1 2 }}",
];

fn data() -> Value {
    let text = include_str!("../../tests/cases/gotemplate/values.yaml");
    let values = plain(serde_yaml::from_str(text).unwrap());
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
            let pairs =
                items.chunks(2).map(|pair| (print_value(&pair[0]).unwrap(), pair.get(1).cloned().unwrap_or(Value::text(""))));
            Map::from_entries(pairs.collect())
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
                let items: Vec<_> = items.items().iter().map(|item| print_value(item).unwrap().to_lossy().into_owned()).collect();
                items.join(&*separator.to_lossy())
            }
            other => print_value(&other).unwrap().to_lossy().into_owned(),
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
