//! Which operations a picture shows, and in which columns.

use super::super::Model;
use super::super::explain::Case;
use std::collections::{BTreeMap, BTreeSet};

/// How many operations a picture shows.
const MOST: usize = 200;

/// How many of the operations that clash are sure of their place.
const GUILTY: usize = 100;

/// What of a history is drawn.
pub(super) struct Window {
    /// The operations, in the order of their invokes.
    pub(super) operations: Vec<usize>,
    /// Those that clash.
    pub(super) guilty: BTreeSet<usize>,
    /// The places of the events that are drawn, each with its column.
    columns: BTreeMap<u32, usize>,
    /// Before which columns operations were left out, and how many.
    pub(super) gaps: BTreeMap<usize, usize>,
    /// The key that all of them have, where the others do not matter.
    key: Option<String>,
    /// How many operations there are.
    total: usize,
    /// How many of them are on keys that do not matter.
    elsewhere: usize,
}

impl Window {
    /// Around what was found; the beginning where nothing was.
    pub(super) fn around(case: &Case<'_>) -> Window {
        let all = &case.history.operations;
        let found = case.judgement.findings.iter().flat_map(|finding| &finding.operations);
        let guilty: BTreeSet<usize> = found.copied().take(GUILTY).collect();
        let keys: BTreeSet<u32> = guilty.iter().map(|at| all[*at].key).collect();
        // The keys of ZooKeeper are one history; those of other models are judged alone.
        let key = keys.first().copied().filter(|_| keys.len() == 1 && case.model != Model::Zookeeper);
        let considered: Vec<usize> =
            (0..all.len()).filter(|at| key.is_none_or(|key| all[*at].key == key)).collect();

        let distance = |at: usize| {
            let from = |guilty: &usize| all[*guilty].invoked.abs_diff(all[at].invoked);
            guilty.iter().map(from).min().unwrap_or(all[at].invoked)
        };
        let mut nearest = considered.clone();
        nearest.sort_by_cached_key(|at| (distance(*at), *at));
        nearest.truncate(MOST);
        nearest.extend(&guilty);
        let operations: BTreeSet<usize> = nearest.into_iter().collect();

        let ends = |at: &usize| [Some(all[*at].invoked), all[*at].completed];
        let places: BTreeSet<u32> = operations.iter().flat_map(ends).flatten().collect();
        let columns: BTreeMap<u32, usize> = places.into_iter().zip(0..).collect();
        let mut gaps = BTreeMap::new();
        for at in considered.iter().filter(|at| !operations.contains(at)) {
            let next = columns.range(all[*at].invoked..).next().map_or(columns.len(), |(_, column)| *column);
            *gaps.entry(next).or_default() += 1;
        }
        Window {
            operations: operations.into_iter().collect(),
            guilty,
            columns,
            gaps,
            key: key.map(|key| case.history.keys[key as usize].to_string()),
            total: all.len(),
            elsewhere: all.len() - considered.len(),
        }
    }

    /// Whether an operation is drawn.
    pub(super) fn shows(&self, at: usize) -> bool {
        self.operations.binary_search(&at).is_ok()
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// The column of the first event that is drawn, from this place on.
    pub(super) fn column(&self, place: u32) -> usize {
        self.columns.range(place..).next().map_or(self.width(), |(_, column)| *column)
    }

    /// Whether a mark at this place stands within what is drawn.
    pub(super) fn spans(&self, place: u32) -> bool {
        self.operations.len() == self.total
            || (self.columns.range(..place).next().is_some() && self.columns.range(place..).next().is_some())
    }

    /// What is not drawn, in words; empty where all is.
    pub(super) fn left_out(&self) -> String {
        let near = self.total - self.elsewhere - self.operations.len();
        let mut parts = Vec::new();
        if near > 0 {
            parts.push(format!("{near} operations further away"));
        }
        if self.elsewhere > 0 {
            let key = self.key.as_deref().unwrap_or_default();
            parts.push(format!("{} operations on other keys than {key:?}", self.elsewhere));
        }
        if parts.is_empty() {
            return String::new();
        }
        format!("Left out: {}. Columns are events in their order, not times.", parts.join(", "))
    }
}
