//! `.Files`: the chart's other files, as a named map with methods (Helm's `engine.files`).

#![expect(clippy::unnecessary_wraps, reason = "methods of Go types share one signature, and some fail")]

use super::glob;
use crate::chart::{Chart, File};
use crate::gotemplate::{FunctionError, Map, MapKind, MapType, Method, Type, Value};
use crate::yaml::{self, Entries, Text};

/// The most lines that a list of them may have.
const MOST_LINES: usize = 10_000_000;

/// `engine.files`, a `map[string][]byte`.
static FILES: MapType = MapType {
    name: "engine.files",
    element: "[]uint8",
    methods: &[
        Method { name: "Get", parameters: &[Type::String], body: read },
        Method { name: "GetBytes", parameters: &[Type::String], body: read_bytes },
        Method { name: "Glob", parameters: &[Type::String], body: matching },
        Method { name: "AsConfig", parameters: &[], body: as_config },
        Method { name: "AsSecrets", parameters: &[], body: as_secrets },
        Method { name: "Lines", parameters: &[Type::String], body: lines },
    ],
};

/// The files of `chart` as templates see them.
pub(super) fn files(chart: &Chart) -> Value {
    let entries = chart.files.iter().map(|File { name, contents }| (name.clone(), Value::Bytes(Box::new(contents.clone()))));
    named(entries.collect())
}

fn named(entries: Entries<Text, Value>) -> Value {
    Value::Map(Map::typed(entries, MapKind::Named(&FILES)))
}

fn name_argument(arguments: &[Value]) -> Result<&Text, FunctionError> {
    match arguments {
        [Value::String(name)] => Ok(name),
        _ => Err("want one argument, a string".into()),
    }
}

fn contents(files: &Map, name: &Text) -> Text {
    match files.get(name) {
        Some(Value::Bytes(contents)) => *contents,
        _ => Text::default(),
    }
}

fn read(files: &Map, arguments: &[Value]) -> Result<Value, FunctionError> {
    Ok(Value::String(contents(files, name_argument(arguments)?)))
}

fn read_bytes(files: &Map, arguments: &[Value]) -> Result<Value, FunctionError> {
    Ok(Value::Bytes(Box::new(contents(files, name_argument(arguments)?))))
}

fn matching(files: &Map, arguments: &[Value]) -> Result<Value, FunctionError> {
    let pattern = glob::Pattern::parse(name_argument(arguments)?);
    Ok(named(files.entries().into_iter().filter(|(name, _)| pattern.matches(name)).collect()))
}

/// Base name → text, as YAML. Of two files with one base name Helm takes a random one; here the last by path wins.
fn as_config(files: &Map, _: &[Value]) -> Result<Value, FunctionError> {
    Ok(by_base_name(files, |contents| yaml::Value::String(contents.clone())))
}

fn as_secrets(files: &Map, _: &[Value]) -> Result<Value, FunctionError> {
    Ok(by_base_name(files, |contents| Value::Bytes(Box::new(contents.clone())).to_plain().unwrap_or_default()))
}

fn by_base_name(files: &Map, convert: impl Fn(&Text) -> yaml::Value) -> Value {
    let mut by_name = yaml::Map::new();
    for (path, value) in files.entries() {
        if let Value::Bytes(contents) = value {
            let base = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
            by_name.insert(base.into(), convert(&contents));
        }
    }
    let text = yaml::write(&yaml::Value::Map(by_name.into()), yaml::Style::Helm).unwrap_or_default();
    Value::text(text.strip_suffix('\n').unwrap_or(&text))
}

fn lines(files: &Map, arguments: &[Value]) -> Result<Value, FunctionError> {
    let text = contents(files, name_argument(arguments)?);
    if text.is_empty() {
        return Ok(Value::strings([]));
    }
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    if memchr::memchr_iter(b'\n', text).count() >= MOST_LINES {
        return Err(format!("the file has more than {MOST_LINES} lines").into());
    }
    Ok(Value::strings(text.split(|&byte| byte == b'\n').map(Text::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, Vec<u8>)]) -> Map {
        let entries =
            files.iter().map(|(name, contents)| ((*name).into(), Value::Bytes(Box::new(Text::from(contents.as_slice())))));
        Map::typed(entries.collect(), MapKind::Named(&FILES))
    }

    #[test]
    fn huge_files_and_hostile_patterns_take_no_time() {
        let began = std::time::Instant::now();
        let files = of(&[("a/b/c.txt", Vec::new()), ("huge.txt", vec![b'\n'; 100 << 20])]);
        let refused = lines(&files, &[Value::text("huge.txt")]).map(|_| ()).unwrap_err();
        assert_eq!(refused.to_string(), "the file has more than 10000000 lines");
        assert!(matches!(read(&files, &[Value::text("../../a/b/c.txt")]), Ok(Value::String(text)) if text.is_empty()));
        let found = |pattern: String| match matching(&files, &[Value::text(pattern)]) {
            Ok(Value::Map(found)) => found.len(),
            _ => panic!("what is found is a map"),
        };
        assert_eq!(found("**/".repeat(20_000) + "c.txt"), 0);
        assert_eq!(found("*".repeat(20_001) + "c.txt"), 1);
        assert_eq!(found("{a,**}".repeat(2_000)), 2);
        assert_eq!(found("{".repeat(100_000)), 2, "a bad pattern stands for all files");
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }
}
