//! `$ref` out of values.schema.json: locked by `resolve`, read from the cache alone, and carried along.

use crate::support::{Dir, Registry, project};

/// The chart's schema wants what two documents say, one of which refers to the other by a relative address.
fn files(registry: &Registry) -> Vec<(&'static str, String)> {
    registry.file("/schemas/root.json", r##"{"$defs": {"app": {"properties": {"port": {"$ref": "port.json"}}}}}"##);
    registry.file("/schemas/port.json", r#"{"type": "integer", "maximum": 65535}"#);
    let port = registry.port();
    let schema = format!(
        r##"{{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "http://127.0.0.1:{port}/schemas/root.json#/$defs/app"}}"##
    );
    vec![
        ("templates/a.yaml", "kind: A\nport: {{ .Values.port }}\n".to_owned()),
        ("values.yaml", "port: 80\n".to_owned()),
        ("values.schema.json", schema),
    ]
}

const RELEASES: &str = "- name: app\n  chart: stable/app\n";
const PRINTED: &str = "---\n# Source: app/templates/a.yaml\nkind: A\nport: 80\n\n";

/// A locked project; its registry still serves the documents.
fn resolved(registry: &Registry) -> Dir {
    let files = files(registry);
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    registry.chart_with("app", "1.0.0", &files);
    let dir = project(registry, RELEASES);
    dir.run("resolve").expect_code(0);
    dir
}

#[test]
fn documents_of_schemas_are_locked_and_read_from_the_cache_alone() {
    let registry = Registry::start();
    let dir = resolved(&registry);
    let lock = dir.read("helmfile.lock").unwrap();
    let (_, files) = lock.split_once("files:\n").unwrap();
    assert_eq!(files.matches("  for: schemas\n").count(), 2, "{lock}");
    assert!(files.contains("- url: http://127.0.0.1:[PORT]/schemas/port.json\n"), "{lock}");
    registry.forget();
    dir.run("template").expect(0, PRINTED, "");
    let wrong = dir.run("template --set port=70000");
    wrong.expect_code(1);
    assert!(dir.run("template --set port=70000").stderr.contains("- at '/port': maximum: got 70,000, want 65,535"));
    dir.run("check").expect_code(0);
    dir.run("check --cache").expect_code(0);
    assert_eq!(registry.asked(), Vec::<String>::new(), "rendering and checking ask nobody");
    dir.run("resolve --check").expect_code(0);
}

#[test]
fn a_document_that_is_not_locked_is_stale_and_one_that_changed_is_told() {
    let registry = Registry::start();
    let dir = resolved(&registry);
    let path = dir.path().join("helmfile.lock");
    let lock = std::fs::read_to_string(&path).unwrap();
    let (before, _) = lock.split_once("files:\n").unwrap();
    dir.write("helmfile.lock", before);
    let stale = dir.run("template");
    assert_eq!(stale.code, Some(2), "{}", stale.stderr);
    assert!(stale.stderr.contains("/schemas/root.json` is not locked"), "{}", stale.stderr);
    dir.run("template --skip-schema-validation").expect(0, PRINTED, "");
    dir.run("resolve --check").expect_code(2);

    dir.write("helmfile.lock", &lock);
    registry.file("/schemas/port.json", r#"{"type": "string"}"#);
    dir.run("resolve --check").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    let changed = dir.run("fetch");
    assert_eq!(changed.code, Some(4), "{}", changed.stderr);
    assert_eq!(dir.run("resolve").code, Some(4));
    dir.run("resolve --upgrade").expect_code(0);
    assert_ne!(std::fs::read_to_string(&path).unwrap(), lock);
    assert!(dir.run("template").stderr.contains("- at '/port': got number, want string"));
}

#[test]
fn a_bundle_and_a_vendored_folder_have_the_documents() {
    let registry = Registry::start();
    let dir = resolved(&registry);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("bundle export all.bundle").expect_code(0);
    dir.run("vendor").expect_code(0);
    drop(registry);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("template --offline").expect_code(1);
    dir.run("bundle import all.bundle").expect_code(0);
    dir.run("template --offline").expect(0, PRINTED, "");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.write("helmlock.toml", "vendor = \"vendor\"\n");
    dir.run("template --offline").expect(0, PRINTED, "");
    dir.run("check --offline").expect_code(0);
}

#[test]
fn a_schema_that_refers_to_files_is_refused_unless_nobody_asks_for_it() {
    let registry = Registry::start();
    for reference in ["file:///etc/passwd", "other.json"] {
        let schema = format!(r#"{{"properties": {{"a": {{"$ref": "{reference}"}}}}}}"#);
        registry.chart_with("app", "1.0.0", &[("values.schema.json", &schema)]);
        let dir = project(&registry, RELEASES);
        let refused = dir.run("resolve");
        assert_eq!(refused.code, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains("a rendering reads no files"), "{}", refused.stderr);
        let dir = project(&registry, &format!("{RELEASES}  skipSchemaValidation: true\n"));
        dir.run("resolve").expect_code(0);
    }
}
