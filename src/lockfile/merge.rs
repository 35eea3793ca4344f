//! Three locks made one, as git merges: what one side changed is taken, what both changed alike too, the rest is a conflict.
//!
//! The unit is not the line and not the entry but the wish (who asks, chart, constraint, environments) and its answer. So two
//! changes meet only where they answer the same wish. Whether the result fits the merged project is for `check` to say.

use std::collections::{BTreeMap, BTreeSet};

use super::{Adopted, ArchivePin, Content, FilePin, GitPin, Lockfile, Pin};
use crate::source::{ChartRef, GitRepository, LocalPath};
use crate::version::Constraint;

/// What became of a merge.
#[derive(Clone, Debug, PartialEq)]
pub enum Merged {
    /// One lock that has the changes of both sides.
    Clean(Lockfile),
    /// Some answers differ. The locks are merged in all else, each with its own side's answers.
    Conflict {
        /// What the sides do not agree on.
        subjects: Vec<String>,
        /// With our answers.
        ours: Box<Lockfile>,
        /// With theirs.
        theirs: Box<Lockfile>,
    },
}

/// Who asks, for what, where.
type Wish = (Option<LocalPath>, ChartRef, Constraint, Vec<String>);

/// A chart in a version's text.
type Named = (ChartRef, String);

/// Both outcomes while they grow, and where they part.
#[derive(Default)]
struct Outcome {
    ours: Parts,
    theirs: Parts,
    subjects: BTreeSet<String>,
}

/// A lock taken apart into what is merged by itself.
#[derive(Default)]
struct Parts {
    answers: BTreeMap<Wish, String>,
    contents: BTreeMap<Named, Content>,
    git: BTreeMap<(GitRepository, LocalPath, String), GitPin>,
    files: BTreeMap<String, FilePin>,
    archives: BTreeMap<(LocalPath, LocalPath), ArchivePin>,
    adopted: BTreeMap<(String, String, String), Adopted>,
}

/// Merges what two sides made of a base.
pub fn merge(base: &Lockfile, ours: &Lockfile, theirs: &Lockfile) -> Merged {
    let (base_parts, our_parts, their_parts) = (Parts::of(base), Parts::of(ours), Parts::of(theirs));
    let mut outcome = Outcome::default();

    let wishes = three_way(&base_parts.answers, &our_parts.answers, &their_parts.answers);
    outcome
        .subjects
        .extend(wishes.differing.iter().map(|(_, chart, constraint, _)| format!("`{}` for `{constraint}`", chart.name())));
    (outcome.ours.answers, outcome.theirs.answers) = (wishes.ours, wishes.theirs);

    let contents = three_way(&base_parts.contents, &our_parts.contents, &their_parts.contents);
    let is_hint = |named: &Named| {
        let digest = |parts: &Parts| parts.contents.get(named).map(|content| content.digest);
        digest(&our_parts) == digest(&their_parts)
    };
    let differing = contents.differing.iter().filter(|named| !is_hint(named));
    outcome.subjects.extend(differing.map(|(chart, version)| format!("the bytes of `{}` {version}", chart.name())));
    // A version that one side no longer needs may still be the answer that the other side has for a new wish.
    outcome.ours.contents = filled(contents.ours, &our_parts, &their_parts);
    outcome.theirs.contents = filled(contents.theirs, &their_parts, &our_parts);

    let git = three_way(&base_parts.git, &our_parts.git, &their_parts.git);
    outcome.subjects.extend(git.differing.iter().map(|(repository, path, _)| format!("`{path}` of {repository}")));
    (outcome.ours.git, outcome.theirs.git) = (git.ours, git.theirs);

    let files = three_way(&base_parts.files, &our_parts.files, &their_parts.files);
    outcome.subjects.extend(files.differing.iter().map(|url| format!("`{url}`")));
    (outcome.ours.files, outcome.theirs.files) = (files.ours, files.theirs);

    let archives = three_way(&base_parts.archives, &our_parts.archives, &their_parts.archives);
    outcome.subjects.extend(archives.differing.iter().map(|(chart, file)| format!("`{file}` of `{chart}`")));
    (outcome.ours.archives, outcome.theirs.archives) = (archives.ours, archives.theirs);

    let adopted = three_way(&base_parts.adopted, &our_parts.adopted, &their_parts.adopted);
    (outcome.ours.adopted, outcome.theirs.adopted) = (adopted.ours, adopted.theirs);

    outcome.finish(base, ours, theirs)
}

/// What each key becomes, as either side would have it.
struct ThreeWay<K, V> {
    ours: BTreeMap<K, V>,
    theirs: BTreeMap<K, V>,
    differing: Vec<K>,
}

fn three_way<K: Ord + Clone, V: PartialEq + Clone>(
    base: &BTreeMap<K, V>,
    ours: &BTreeMap<K, V>,
    theirs: &BTreeMap<K, V>,
) -> ThreeWay<K, V> {
    let mut merged = ThreeWay { ours: BTreeMap::new(), theirs: BTreeMap::new(), differing: Vec::new() };
    let keys: BTreeSet<_> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    for key in keys {
        let (was, our, their) = (base.get(key), ours.get(key), theirs.get(key));
        let (our, their) = match () {
            () if our == their || their == was => (our, our),
            () if our == was => (their, their),
            () => {
                merged.differing.push(key.clone());
                (our, their)
            }
        };
        merged.ours.extend(our.map(|value| (key.clone(), value.clone())));
        merged.theirs.extend(their.map(|value| (key.clone(), value.clone())));
    }
    merged
}

fn filled(mut contents: BTreeMap<Named, Content>, first: &Parts, second: &Parts) -> BTreeMap<Named, Content> {
    for (named, content) in first.contents.iter().chain(&second.contents) {
        contents.entry(named.clone()).or_insert_with(|| content.clone());
    }
    contents
}

impl Parts {
    fn of(lockfile: &Lockfile) -> Self {
        let mut parts = Self::default();
        for (local_chart, pin) in lockfile.pins() {
            let version = pin.content.version.original().to_owned();
            for constraint in &pin.wants {
                let chart = pin.content.chart.clone();
                let wish = (local_chart.cloned(), chart, constraint.clone(), pin.environments.clone());
                parts.answers.insert(wish, version.clone());
            }
            parts.contents.insert((pin.content.chart.clone(), version), pin.content.clone());
        }
        let git = |pin: &GitPin| ((pin.repository.clone(), pin.path.clone(), pin.reference.clone()), pin.clone());
        parts.git = lockfile.git.iter().map(git).collect();
        parts.files = lockfile.files.iter().map(|file| (file.url.clone(), file.clone())).collect();
        let archive = |(chart, archive): (&LocalPath, &ArchivePin)| ((chart.clone(), archive.file.clone()), archive.clone());
        parts.archives = lockfile.archives().map(archive).collect();
        let adopted = |entry: &Adopted| {
            let key = (entry.name.clone(), entry.version.original().to_owned(), entry.repository.clone());
            (key, entry.clone())
        };
        parts.adopted = lockfile.adopted.iter().map(adopted).collect();
        parts
    }

    /// The lock that these parts make.
    fn lockfile(self) -> Lockfile {
        let mut lockfile = Lockfile::default();
        for ((local_chart, chart, constraint, environments), version) in self.answers {
            let Some(content) = self.contents.get(&(chart, version)) else { continue };
            let section = lockfile.section_mut(local_chart.as_ref());
            let is_it = |pin: &&mut Pin| pin.content == *content && pin.environments == environments;
            match section.iter_mut().find(is_it) {
                Some(pin) => pin.wants.push(constraint),
                None => section.push(Pin { content: content.clone(), wants: vec![constraint], environments }),
            }
        }
        for ((chart, _), archive) in self.archives {
            lockfile.local_mut(&chart).archives.push(archive);
        }
        lockfile.git = self.git.into_values().collect();
        lockfile.files = self.files.into_values().collect();
        lockfile.adopted = self.adopted.into_values().collect();
        lockfile.sorted()
    }
}

impl Outcome {
    fn finish(mut self, base: &Lockfile, ours: &Lockfile, theirs: &Lockfile) -> Merged {
        let mut our_lock = self.ours.lockfile();
        let mut their_lock = self.theirs.lockfile();
        (our_lock.render, their_lock.render) = match () {
            () if ours.render == theirs.render || theirs.render == base.render => (ours.render.clone(), ours.render.clone()),
            () if ours.render == base.render => (theirs.render.clone(), theirs.render.clone()),
            () => {
                self.subjects.insert("`render`".to_owned());
                (ours.render.clone(), theirs.render.clone())
            }
        };
        // Changes that meet nowhere can still contradict each other: an answer for one environment beside one for the same.
        if let (true, Some(problem)) = (self.subjects.is_empty(), our_lock.contradiction()) {
            self.subjects.insert(problem.to_string());
            (our_lock, their_lock) = (ours.clone(), theirs.clone());
        }
        if self.subjects.is_empty() {
            return Merged::Clean(our_lock);
        }
        Merged::Conflict { subjects: self.subjects.into_iter().collect(), ours: Box::new(our_lock), theirs: Box::new(their_lock) }
    }
}
