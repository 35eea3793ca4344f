//! The lines of a lock's file on which entries begin, for messages. They are no part of what a lock says.

use std::collections::BTreeMap;

use super::Pin;
use crate::source::{ChartRef, LocalPath};

/// An entry: whose it is, the chart, the version's text, the environments.
type Entry = (Option<LocalPath>, ChartRef, String, Vec<String>);

/// Where entries begin. Two locks that say the same are equal, wherever they say it.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(BTreeMap<Entry, usize>);

impl Lines {
    pub(super) fn add(&mut self, local_chart: Option<&LocalPath>, pin: &Pin, line: Option<usize>) {
        self.0.extend(line.map(|line| (entry(local_chart, pin), line)));
    }

    pub(super) fn of(&self, local_chart: Option<&LocalPath>, pin: &Pin) -> Option<usize> {
        self.0.get(&entry(local_chart, pin)).copied()
    }
}

impl PartialEq for Lines {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn entry(local_chart: Option<&LocalPath>, pin: &Pin) -> Entry {
    let mut environments = pin.environments.clone();
    environments.sort();
    environments.dedup();
    (local_chart.cloned(), pin.content.chart.clone(), pin.content.version.original().to_owned(), environments)
}
