//! helmfile's own template functions, laid over the library that it shares with Helm.
//!
//! They reach files, variables and programs through the [`Host`] of the run. What could name secrets (`fetchSecretValue`,
//! `expandSecretRefs`) is known and refused.

#![allow(clippy::needless_pass_by_value, reason = "a function's parameters are what the engine hands over")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::references::Lookup;
use super::template::{Host, seen};
use crate::functions::{Rules as Library, as_go_yaml, library};
use crate::gotemplate::{
    Function, FunctionError, Functions, List, Map, MapKind, Object, Rest, Signature, State, Value, sprintf, type_name,
};
use crate::source::is_mounted;
use crate::surroundings::{Entry, EntryKind, Program, ProgramError, clean, expand};
use crate::yaml::{self, Style, Text};

type Answer<T> = Result<T, FunctionError>;

/// helmfile's variable that takes away whatever could do harm.
pub const NO_INSECURE_FEATURES: &str = "HELMFILE_DISABLE_INSECURE_FEATURES";

/// Either of these variables takes the functions away that reach out.
const SWITCHES: [&str; 2] = [NO_INSECURE_FEATURES, "HELMFILE_DISABLE_INSECURE_TEMPLATE_FUNCTIONS"];

/// The whole table.
pub(super) fn table() -> Functions {
    let shared = library(Library::NEWEST);
    let sprig_get = library(Library::NEWEST).into_iter().filter(|row| row.name == "get");
    let sprig_get = sprig_get.map(|row| Function { name: "sprigGet", ..row }).collect();
    Functions::new(shared).with(sprig_get).with(own())
}

fn own() -> Vec<Function> {
    vec![
        Function::impure("env", env),
        Function::impure("expandenv", expandenv),
        Function::impure("requiredEnv", required_env),
        Function::impure("getHostByName", get_host_by_name),
        Function::impure("exec", exec),
        Function::impure("envExec", env_exec),
        Function::impure("readFile", read_file),
        Function::impure("readDir", read_dir),
        Function::impure("readDirEntries", read_dir_entries),
        Function::impure("isFile", is_file),
        Function::impure("isDir", is_dir),
        Function::pure("toYaml", to_yaml),
        Function::pure("fromYaml", from_yaml),
        Function::pure("setValueAtPath", set_value_at_path),
        Function::pure("get", get),
        Function::pure("getOrNil", get_or_nil),
        Function::pure("required", required),
        Function::pure("include", |state: &mut State<'_>, name: Text, data: Value| state.include(&name, data)),
        Function::pure("tpl", tpl),
        Function::impure("fetchSecretValue", fetch_secret_value),
        Function::impure("expandSecretRefs", expand_secret_refs),
    ]
}

/// `fetchSecretValue REFERENCE`: what it leads to, as text.
fn fetch_secret_value(state: &mut State<'_>, reference: Text) -> Answer<String> {
    match resolved(state, &yaml::Value::String(reference))? {
        yaml::Value::String(text) => Ok(text.to_string()),
        _ => Err("the reference leads to no string".into()),
    }
}

/// `expandSecretRefs MAP`: the map with all references in it resolved.
fn expand_secret_refs(state: &mut State<'_>, map: Map) -> Answer<Value> {
    match resolved(state, &Value::Map(map).to_plain()?)? {
        yaml::Value::Null => Ok(Value::from_plain(&yaml::Value::empty_map())),
        map => Ok(Value::from_plain(&map)),
    }
}

fn resolved(state: &State<'_>, value: &yaml::Value) -> Answer<yaml::Value> {
    let host = host(state)?;
    let surroundings = &host.renderer.surroundings;
    let lookup = Lookup { surroundings, directory: &host.directory, asked_by: &host.asked_by() };
    lookup.value(value).map_err(FunctionError::from)
}

fn host<'run>(state: &State<'run>) -> Answer<&'run Rc<Host>> {
    state.host::<Rc<Host>>().ok_or_else(|| "this run has no surroundings".into())
}

/// The host, unless the user's environment forbids to reach out.
fn open_host<'run>(state: &State<'run>) -> Answer<&'run Rc<Host>> {
    let host = host(state)?;
    if SWITCHES.iter().any(|name| host.renderer.surroundings.is_on(name)) {
        return Err(format!("{} is active, insecure function calls are disabled", SWITCHES.join(" or ")).into());
    }
    Ok(host)
}

fn variable<'a>(host: &'a Host, name: &str) -> &'a str {
    host.renderer.surroundings.variable(name).unwrap_or_default()
}

/// A variable that a template gets to see, which is remembered if it is secret.
fn told_variable<'a>(host: &'a Host, name: &str) -> &'a str {
    let value = variable(host, name);
    host.renderer.surroundings.secrets.keep_variable(name, value);
    value
}

fn at(host: &Host, path: &Text) -> PathBuf {
    clean(&host.directory.join(path.to_lossy().as_ref()))
}

/// `env NAME`: empty if it is not set.
fn env(state: &mut State<'_>, name: Text) -> Answer<String> {
    Ok(told_variable(host(state)?, &name.to_lossy()).to_owned())
}

/// `expandenv TEXT`: `$NAME` and `${NAME}` by their values (Go's `os.ExpandEnv`).
fn expandenv(state: &mut State<'_>, text: Text) -> Answer<String> {
    let host = host(state)?;
    Ok(expand(&text.to_lossy(), |name| told_variable(host, name).to_owned()))
}

/// `requiredEnv NAME`: an error if it is not set or empty.
fn required_env(state: &mut State<'_>, name: Text) -> Answer<String> {
    match told_variable(host(state)?, &name.to_lossy()) {
        "" => Err(format!("required env var `{name}` is not set").into()),
        value => Ok(value.to_owned()),
    }
}

/// `getHostByName NAME`: one of its addresses; ours is the first.
fn get_host_by_name(state: &mut State<'_>, name: Text) -> Answer<String> {
    let addresses = (open_host(state)?.renderer.surroundings.resolve_name)(&name.to_lossy());
    Ok(addresses.first().map(ToString::to_string).unwrap_or_default())
}

/// `exec PROGRAM ARGUMENTS [INPUT]`: what it writes to its standard output.
fn exec(state: &mut State<'_>, program: Text, arguments: List, input: Rest<Text>) -> Answer<Vec<u8>> {
    run(state, BTreeMap::new(), &program, &arguments, input)
}

/// `envExec VARIABLES PROGRAM ARGUMENTS [INPUT]`: `exec` with further variables.
fn env_exec(state: &mut State<'_>, variables: Map, program: Text, arguments: List, input: Rest<Text>) -> Answer<Vec<u8>> {
    let variable = |(name, value): (Text, Value)| match value {
        Value::String(text) => Ok((name.to_string(), text.to_string())),
        other => Err(format!(
            "unexpected type of env \"{}\" in envs {} at index {name}",
            type_in_text(&other),
            shown(&Value::Map(variables.clone()))
        )),
    };
    let strings = variables.entries().into_iter().map(variable).collect::<Result<_, _>>()?;
    run(state, strings, &program, &arguments, input)
}

/// A type as `%s` prints it; there is none of nil.
fn type_in_text(value: &Value) -> String {
    if matches!(value, Value::Nil) { "%!s(<nil>)".to_owned() } else { type_name(value) }
}

fn run(
    state: &mut State<'_>,
    variables: BTreeMap<String, String>,
    program: &Text,
    arguments: &List,
    input: Rest<Text>,
) -> Answer<Vec<u8>> {
    let host = open_host(state)?;
    // Nobody has reviewed what is not in the repository.
    if is_mounted(Path::new(&host.asked_by())) {
        return Err(format!("`{program}` is not run: a remote file asks for it").into());
    }
    let argument = |(index, item): (usize, Value)| match item {
        Value::String(text) => Ok(text.to_string()),
        other => {
            let all = shown(&Value::List(arguments.clone()));
            Err(format!("unexpected type of arg \"{}\" in args {all} at index {index}", type_in_text(&other)))
        }
    };
    let program = Program {
        name: program.to_string(),
        arguments: arguments.items().into_iter().enumerate().map(argument).collect::<Result<_, _>>()?,
        variables,
        input: input.0.first().map(|input| input.to_vec()).unwrap_or_default(),
        directory: host.directory.clone(),
        asked_by: host.asked_by(),
        limit: None,
    };
    (host.renderer.surroundings.run)(&program).map_err(|error| match error {
        ProgramError::Failed { ref stderr, .. } if !stderr.trim().is_empty() => format!("{error}: {}", stderr.trim()).into(),
        other => other.to_string().into(),
    })
}

/// `readFile PATH`
fn read_file(state: &mut State<'_>, path: Text) -> Answer<Vec<u8>> {
    let host = open_host(state)?;
    host.renderer.surroundings.read(&at(host, &path)).map_err(|error| error.to_string().into())
}

fn entries(state: &State<'_>, path: &Text) -> Answer<Vec<Entry>> {
    let host = open_host(state)?;
    host.renderer.surroundings.files.list(&at(host, path)).map_err(|error| error.to_string().into())
}

/// `readDir PATH`: the files there, with the path in front.
fn read_dir(state: &mut State<'_>, path: Text) -> Answer<Value> {
    let entries = entries(state, &path)?;
    let directory = PathBuf::from(path.to_lossy().as_ref());
    let files = entries.into_iter().filter(|entry| entry.kind == EntryKind::File);
    let paths = files.map(|entry| Text::from(clean(&directory.join(entry.name)).to_string_lossy().as_ref()));
    Ok(Value::strings(paths))
}

/// `readDirEntries PATH`: all that is there, as Go's `fs.DirEntry`.
fn read_dir_entries(state: &mut State<'_>, path: Text) -> Answer<Value> {
    let entries = entries(state, &path)?;
    Ok(Value::list(entries.into_iter().map(|entry| Value::Object(Rc::new(DirectoryEntry(entry)))).collect()))
}

struct DirectoryEntry(Entry);

impl Object for DirectoryEntry {
    fn type_name(&self) -> &'static str {
        "*os.unixDirent"
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        matches!(method, b"Name" | b"IsDir").then_some(Signature::of(&[]))
    }

    fn call(&self, method: &[u8], _: &[Value]) -> Option<Result<Value, FunctionError>> {
        match method {
            b"Name" => Some(Ok(Value::text(self.0.name.as_str()))),
            b"IsDir" => Some(Ok(Value::Bool(self.0.kind == EntryKind::Directory))),
            _ => None,
        }
    }

    fn text(&self) -> Option<Text> {
        let mark = if self.0.kind == EntryKind::Directory { ("d", "/") } else { ("-", "") };
        Some(format!("{} {}{}", mark.0, self.0.name, mark.1).into())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::empty_map())
    }
}

/// `isFile PATH`
fn is_file(state: &mut State<'_>, path: Text) -> Answer<bool> {
    let host = host(state)?;
    Ok(kind(host, &path)? == Some(EntryKind::File))
}

/// `isDir PATH`
fn is_dir(state: &mut State<'_>, path: Text) -> Answer<bool> {
    let host = host(state)?;
    Ok(kind(host, &path)? == Some(EntryKind::Directory))
}

/// What stands at a path. Below a file there can be nothing, and asking is an error.
fn kind(host: &Host, path: &Text) -> Answer<Option<EntryKind>> {
    let (surroundings, full) = (&host.renderer.surroundings, at(host, path));
    let kind = surroundings.kind(&full).map_err(|error| error.to_string())?;
    if kind.is_none() && full.ancestors().skip(1).any(|above| surroundings.is_file(above)) {
        return Err(format!("stat {path}: not a directory").into());
    }
    Ok(kind)
}

/// `toYaml VALUE`: go-yaml v3's text, with the line break at its end that Helm's function takes off.
fn to_yaml(value: Value) -> Answer<String> {
    yaml::write_ordered(&as_go_yaml(&value)?, Style::Helmfile).map_err(|error| error.to_string().into())
}

/// `fromYaml TEXT`: any YAML value.
fn from_yaml(text: Text) -> Answer<Value> {
    match yaml::read_anything(&text) {
        Ok(value) => Ok(seen(&value)),
        Err(error) => Err(format!("{error}, offending yaml: {text}").into()),
    }
}

/// `setValueAtPath PATH VALUE MAP`: changes the map itself; the mappings on the way must be there.
fn set_value_at_path(path: Text, value: Value, map: Map) -> Answer<Map> {
    let path = path.to_lossy();
    let refuse = |key: &str, what: &str| format!("failed to set value at path \"{path}\": value for key \"{key}\" {what}");
    let (parents, key) = path.rsplit_once('.').map_or((None, path.as_ref()), |(parents, key)| (Some(parents), key));
    let mut inner = map.clone();
    for parent in parents.into_iter().flat_map(|parents| parents.split('.')) {
        inner = match inner.get(parent.as_bytes()) {
            Some(Value::Map(below)) => below,
            Some(_) => return Err(refuse(parent, "was not a map").into()),
            None => return Err(refuse(parent, "does not exist").into()),
        };
    }
    if inner.is_nil() {
        return Err("assignment to entry in nil map".into());
    }
    inner.insert(Text::from(key), value);
    Ok(map)
}

/// `get PATH [DEFAULT] OBJECT`: what a dotted path leads to. The default stands for a missing key, not for a parent that is
/// no mapping.
fn get(path: Text, arguments: Rest<Value>) -> Answer<Value> {
    let path = path.to_lossy();
    match arguments.0.as_slice() {
        [object] => lookup(&path, None, object.clone()),
        [default, object] => lookup(&path, Some(default), object.clone()),
        other => {
            let what = "unexpected number of args passed to the template function get(path, [def, ]obj)";
            let (count, shown) = (other.len(), shown(&Value::list(other.to_vec())));
            Err(format!("{what}: expected 1 or 2, got {count}, args was {shown}").into())
        }
    }
}

fn lookup(path: &str, default: Option<&Value>, object: Value) -> Answer<Value> {
    let mut object = object;
    let mut rest = path;
    while !rest.is_empty() {
        let (key, below) = rest.split_once('.').unwrap_or((rest, ""));
        let found = match &object {
            Value::Map(map) => {
                map.get(key.as_bytes()).ok_or_else(|| format!("no value exist for key \"{key}\" in {}", shown(&object)))
            }
            Value::Object(fields) if fields.kind() == "struct" => {
                fields.field(key.as_bytes()).ok_or_else(|| format!("no field named \"{key}\" exist in {}", shown(&object)))
            }
            other => {
                let wanted = "it must be either map[string]any or any struct";
                return Err(format!("unexpected type({}) of value for key \"{key}\": {wanted}", type_name(other)).into());
            }
        };
        // Go ends at a string of a `map[string]string`, whatever the path still says.
        rest = if matches!(&object, Value::Map(map) if matches!(map.kind(), MapKind::Strings)) { "" } else { below };
        object = match (found, default) {
            (Ok(found), _) => found,
            (Err(_), Some(default)) => return Ok(default.clone()),
            (Err(message), None) => return Err(message.into()),
        };
    }
    Ok(object)
}

/// `getOrNil PATH OBJECT`: nil where `get` would be an error.
fn get_or_nil(path: Text, object: Value) -> Value {
    lookup(&path.to_lossy(), None, object).unwrap_or_default()
}

/// `required MESSAGE VALUE`: an error if the value is nil or an empty string.
fn required(message: Text, value: Value) -> Answer<Value> {
    match &value {
        Value::Nil => Err(message.to_string().into()),
        Value::String(text) if text.is_empty() => Err(message.to_string().into()),
        _ => Ok(value),
    }
}

/// `tpl TEXT DATA`
fn tpl(state: &mut State<'_>, text: Text, data: Value) -> Answer<Text> {
    host(state)?.tpl(&text, data)
}

/// Go's `%v`.
fn shown(value: &Value) -> String {
    sprintf(b"%v", std::slice::from_ref(value)).to_string()
}
