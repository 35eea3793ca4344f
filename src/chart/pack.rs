//! A chart's files as a `.tgz`, for the programs that want one: a local chart with the dependencies that the lock chose.
//!
//! The bytes depend on the files alone. It is not `helm package`: nothing is rewritten, and the root folder has one name always.

use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::archive::{self, Budget};
use super::{Error, File, Refusal, Rules, assemble, load, loose};
use crate::yaml::Text;

/// The folder that all entries share; readers cut it off.
const ROOT: &str = "chart";
const CHART_YAML: &[u8] = b"Chart.yaml";

/// The archive of the chart in a folder, less what its `.helmignore` names. Its `charts/` has `dependencies`, archives by
/// name, in place of whatever lies there under these names.
pub fn pack_folder(path: &Path, dependencies: Vec<(Text, Vec<u8>)>, rules: &Rules) -> Result<Vec<u8>, Error> {
    let mut files = load::folder(path, rules, &mut Budget::new(&rules.limits))?;
    for (name, archive) in dependencies {
        for replaced in subcharts_named(&name, &files, rules) {
            let below = [&*replaced, b"/"].concat();
            files.retain(|file| file.name != replaced && !file.name.starts_with(&below));
        }
        let path = [b"charts/", &*name, b".tgz"].concat();
        files.push(File { name: path.into(), contents: archive.into() });
    }
    pack(&files)
}

/// The archive of the chart in a packed folder.
pub fn pack_tree(tar: &[u8], rules: &Rules) -> Result<Vec<u8>, Error> {
    pack(&load::tree(tar, &mut Budget::new(&rules.limits))?)
}

/// The archive of the chart in a folder of an archive that is no chart's.
pub fn pack_loose(bytes: &[u8], folder: &str, rules: &Rules) -> Result<Vec<u8>, Error> {
    pack(&loose::chart_files(bytes, folder, rules)?)
}

/// The files of an archive, in its order, without their byte order marks: what `helm pull --untar` writes.
pub fn unpack(archive: &[u8], rules: &Rules) -> Result<Vec<File>, Error> {
    archive::files(archive, &mut Budget::new(&rules.limits))
}

/// The same with the very bytes that any other program unpacks.
pub fn unpack_whole(archive: &[u8], rules: &Rules) -> Result<Vec<File>, Error> {
    archive::whole_files(archive, &mut Budget::new(&rules.limits))
}

/// Whatever lies directly under charts/ and is a chart of this name, with its path from the root.
fn subcharts_named(name: &Text, files: &[File], rules: &Rules) -> Vec<Text> {
    let is_named = |chart_yaml: &[u8]| assemble::read_metadata(chart_yaml, None).is_ok_and(|metadata| metadata.name == *name);
    let mut found = Vec::new();
    for file in files {
        let parts: Vec<_> = file.name.split(|&byte| byte == b'/').collect();
        match parts[..] {
            [b"charts", folder, CHART_YAML] if is_named(&file.contents) => found.push([b"charts/", folder].concat().into()),
            [b"charts", archive] if archive.ends_with(b".tgz") => {
                let inner = archive::files(&file.contents, &mut Budget::new(&rules.limits)).unwrap_or_default();
                if inner.iter().any(|file| *file.name == *CHART_YAML && is_named(&file.contents)) {
                    found.push(file.name.clone());
                }
            }
            _ => {}
        }
    }
    found
}

/// The archive of these files.
pub fn pack(files: &[File]) -> Result<Vec<u8>, Error> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for file in files {
        let refused = || Error::Entry { entry: file.name.clone(), refusal: Refusal::Name };
        let name = file.name.as_str().ok_or_else(refused)?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(file.contents.len() as u64);
        builder.append_data(&mut header, format!("{ROOT}/{name}"), &*file.contents)?;
    }
    Ok(builder.into_inner()?.finish()?)
}
