//! Projects with recorded outputs: `tests/cases/suite/*` and `examples/*`. `tests/cases/record/suite.py` tells the layout and
//! records them again from the real programs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Dir, Registry, equal, snapshot};

/// A folder with charts, a project, commands and their recorded outputs.
pub(crate) struct Recorded {
    folder: PathBuf,
    /// Serves the folder's charts.
    pub(crate) registry: Registry,
    /// A copy of the folder's project.
    pub(crate) dir: Dir,
}

/// All folders of this kind below one of the repository's folders.
pub(crate) fn folders(below: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    let mut folders: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("project").is_dir());
    folders.sort();
    assert!(!folders.is_empty(), "nothing is below {below}");
    folders
}

impl Recorded {
    /// Serves the charts and copies the project.
    pub(crate) fn open(folder: &Path) -> Self {
        let registry = Registry::start();
        for chart in std::fs::read_dir(folder.join("charts")).unwrap() {
            registry.chart_folder(&chart.unwrap().path());
        }
        let dir = Dir::new().knowing(&registry).variable("REPOSITORY", &registry.url());
        let plugins = dir.path().join("plugins").display().to_string();
        let dir = dir.variable("HELM_PLUGINS", &plugins);
        let project = folder.join("project");
        for (path, bytes) in snapshot(&project) {
            dir.write(path.strip_prefix(&project).unwrap().to_str().unwrap(), std::str::from_utf8(&bytes).unwrap());
        }
        Self { folder: folder.to_owned(), registry, dir }
    }

    /// The commands by the names of their outputs.
    pub(crate) fn commands(&self) -> BTreeMap<String, String> {
        let listing = std::fs::read_to_string(self.folder.join("commands.txt")).unwrap();
        listing.lines().map(|line| line.split_once(": ").unwrap()).map(|(name, line)| (name.into(), line.into())).collect()
    }

    /// Runs every command and compares its whole output with the recorded one. The project must be resolved.
    #[track_caller]
    pub(crate) fn check(&self) {
        let recorded = std::fs::read_dir(self.folder.join("expected")).unwrap().count();
        let commands = self.commands();
        assert_eq!(recorded, commands.len(), "{}: outputs that no command has", self.folder.display());
        for (name, command) in commands {
            let before = snapshot(&self.dir.path());
            // Unfiltered but for paths: digests in annotations are part of what must be equal.
            let output = self.dir.command(&command).output().unwrap();
            let (mut got, talk) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            got += &self.written(&before);
            got = got.replace(self.dir.path().to_str().unwrap(), "$PROJECT").replace(&self.registry.url(), "$REPOSITORY");
            assert!(output.status.success() && talk.is_empty(), "{}: helmlock {command}: {talk}", self.folder.display());
            let expected = std::fs::read_to_string(self.folder.join(format!("expected/{name}.yaml"))).unwrap();
            equal(&format!("{}: helmlock {command}", self.folder.display()), &expected, &got);
        }
    }

    /// What a command left in the project, in the form of the recordings; it is taken away again.
    fn written(&self, before: &[(PathBuf, Vec<u8>)]) -> String {
        let mut text = String::new();
        for (path, bytes) in snapshot(&self.dir.path()) {
            if before.iter().all(|(known, _)| *known != path) {
                let name = path.strip_prefix(self.dir.path()).unwrap();
                text += &format!("=== {}\n{}", name.display(), String::from_utf8(bytes).unwrap());
                std::fs::remove_file(path).unwrap();
            }
        }
        text
    }
}
