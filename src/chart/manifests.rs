//! A folder of plain manifests as the chart that helmfile makes of it: each manifest is printed as it stands, by a template that
//! fetches it.
//!
//! The layout is the one that helmfile's chartify leaves behind, its oddities included, because it shows in `# Source:` lines. That
//! manifests may be templates of helmfile is not known here.

use std::collections::BTreeMap;
use std::path::Path;

use super::archive::Budget;
use super::ignore::Ignore;
use super::{Chart, Error, File, Rules, assemble, load};
use crate::yaml::Text;

/// Where the manifests themselves lie.
const KEPT: &str = "files/";

/// The files of a folder without a Chart.yaml, in the order in which chartify walks over them.
pub fn read_manifests(path: &Path, rules: &Rules) -> Result<Vec<File>, Error> {
    load::all_files(path, rules, &mut Budget::new(&rules.limits))
}

/// The chart of these files. `version` is the release's, if it names one.
pub fn of_manifests(files: Vec<File>, name: &str, version: &str, rules: &Rules) -> Result<Chart, Error> {
    let mut files: BTreeMap<_, _> = files.into_iter().map(|file| (Walked(file.name), file.contents)).collect();
    move_manifests(&mut files);
    keep_contents(&mut files);
    let version = if version.is_empty() { "1.0.0" } else { version };
    let chart_yaml = format!("name: {name:?}\nversion: {version}\napiVersion: v2\n");
    files.insert(Walked("Chart.yaml".into()), chart_yaml.as_str().into());
    let ignored = files.get(&Walked(".helmignore".into())).map(|text| text.to_vec()).unwrap_or_default();
    let ignore = Ignore::parse(&ignored).map_err(|reason| Error::Ignore { reason })?;
    let files = files.into_iter().filter(|(name, _)| !ignore.ignores_path(&name.0));
    let files = files.map(|(name, contents)| File { name: name.0, contents });
    assemble::chart(files.collect(), rules, &mut Budget::new(&rules.limits), 0)
}

/// A chart whose templates print these texts as they are, whatever looks like a template in them. Names are those of templates.
pub(super) fn printing(texts: Vec<File>) -> (Vec<File>, Vec<File>) {
    let stub = |name: &Text| {
        let path = String::from_utf8_lossy(name);
        File { name: name.clone(), contents: Text::from(format!("{{{{ .Files.Get \"{KEPT}{path}\" }}}}")) }
    };
    let templates = texts.iter().map(|text| stub(&text.name)).collect();
    let kept = texts.into_iter().map(|text| File { name: kept(&text.name), contents: text.contents });
    (templates, kept.collect())
}

fn kept(name: &[u8]) -> Text {
    Text::from([KEPT.as_bytes(), name].concat())
}

/// A path, ordered as Go walks: a folder's entries by name, each with all that is below it.
#[derive(Clone, PartialEq, Eq)]
struct Walked(Text);

impl Ord for Walked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.split(|&byte| byte == b'/').cmp(other.0.split(|&byte| byte == b'/'))
    }
}

impl PartialOrd for Walked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn folder(name: &[u8]) -> &[u8] {
    &name[..memchr::memrchr(b'/', name).unwrap_or(0)]
}

/// Moves manifests below `templates/`. chartify then removes the folder of each manifest that needed a new one there, and with it
/// what was moved: manifests in a folder `templates` are lost.
fn move_manifests(files: &mut BTreeMap<Walked, Text>) {
    let is_manifest = |name: &Walked| name.0.ends_with(b"yaml") || name.0.ends_with(b"yml");
    let manifests: Vec<_> = files.keys().filter(|name| is_manifest(name)).cloned().collect();
    let mut folders: Vec<Vec<u8>> = vec![b"templates".to_vec()];
    for name in files.keys().filter(|name| name.0.starts_with(b"templates/")) {
        let parents = memchr::memchr_iter(b'/', &name.0).map(|end| name.0[..end].to_vec());
        folders.extend(parents);
    }
    let mut used = Vec::new();
    for manifest in manifests {
        let Some(contents) = files.remove(&manifest) else { continue };
        let moved = [b"templates/", &manifest.0[..]].concat();
        if !folders.iter().any(|known| known == folder(&moved)) {
            folders.extend(memchr::memchr_iter(b'/', &moved).map(|end| moved[..end].to_vec()));
            used.push([folder(&manifest.0), b"/"].concat());
        }
        files.insert(Walked(Text::from(moved)), contents);
    }
    files.retain(|name, _| !used.iter().any(|folder| name.0.starts_with(folder)));
}

/// Puts what lies in `templates/` and `charts/` aside, and templates that print it in its place.
fn keep_contents(files: &mut BTreeMap<Walked, Text>) {
    for root in ["templates/", "charts/"] {
        let names: Vec<_> = files.keys().filter(|name| name.0.starts_with(root.as_bytes())).cloned().collect();
        let texts = names.into_iter().filter_map(|name| files.remove_entry(&name));
        let (templates, kept) = printing(texts.map(|(name, contents)| File { name: name.0, contents }).collect());
        for File { name, contents } in templates {
            let name = if root == "charts/" { Text::from([b"templates/", &name[..]].concat()) } else { name };
            files.insert(Walked(name), contents);
        }
        files.extend(kept.into_iter().map(|file| (Walked(file.name), file.contents)));
    }
}

impl Chart {
    /// This chart with nothing but these texts to print, each under the name of the template that it came from, subcharts' too. The
    /// charts below it are gone, for what they print is among the texts; custom resource definitions are printed as such.
    #[must_use]
    pub fn printing(&self, texts: Vec<File>) -> Self {
        let (crds, texts): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| text.name.starts_with(b"crds/"));
        let (mut templates, kept) = printing(texts);
        for template in templates.iter_mut().filter(|template| template.name.starts_with(b"charts/")) {
            template.name = Text::from([b"templates/", &template.name[..]].concat());
        }
        let roots: [&[u8]; 4] = [b"crds/", b"files/templates/", b"files/charts/", b"files/crds/"];
        let stays = |file: &&File| !roots.iter().any(|root| file.name.starts_with(root));
        let mut files: Vec<_> = self.files.iter().filter(stays).cloned().collect();
        files.extend(crds);
        files.extend(kept);
        let mut metadata = self.metadata.clone();
        metadata.dependencies = None;
        let (values, schema) = (self.values.clone(), self.schema.clone());
        Self { metadata, values, schema, lock: None, templates, files, dependencies: Vec::new() }
    }
}
