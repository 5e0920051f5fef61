//! What is to be put in order, and what follows at once.

use super::super::sync;
use super::super::view::{Kind, View, finding};
use super::super::{Excuse, MOST};
use super::PROPERTY;
use crate::consistency::Finding;
use crate::history::{Action, Outcome};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

type Map<K, V> = IndexMap<K, V, FxBuildHasher>;

/// No place in the history is as late.
pub(super) const NEVER: u32 = u32::MAX;

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// Its place in the history's operations.
    pub(super) op: u32,
    /// What it makes, if it writes.
    pub(super) makes: Option<u32>,
    /// What it shows, or is based on.
    pub(super) shows: Option<u32>,
    /// It happens after this place among the events …
    pub(super) after: u32,
    /// It comes behind every write that was acknowledged before this place.
    pub(super) moment: Option<u32>,
    /// … and before this one.
    pub(super) before: u32,
    /// The one before it in its session.
    pub(super) previous: Option<u32>,
}

/// A value of a key: the write that made it, and who saw it.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    /// `None`: it was there at first.
    pub(super) write: Option<u32>,
    pub(super) readers: Vec<u32>,
    /// The compare-and-set that was based on it, and so comes at once behind it.
    pub(super) cas: Option<u32>,
    pub(super) block: u32,
}

/// Clusters of a key in a row, each but the first made by a compare-and-set from the one before. Nothing else of the key
/// comes between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) clusters: Vec<u32>,
}

/// A history of which every read has a known write.
#[derive(Default)]
pub(super) struct Problem {
    pub(super) items: Vec<Item>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) blocks: Vec<Block>,
    /// The blocks of each key; that of what was there at first is the first.
    pub(super) keys: Vec<Vec<u32>>,
    /// What is wrong without any order.
    pub(super) findings: Vec<Finding>,
    /// Why some keys cannot be judged.
    pub(super) passed_over: Option<String>,
    /// Places that some reads come behind, in order.
    pub(super) moments: Vec<u32>,
}

/// The writes of a value to a key that may have taken effect.
#[derive(Clone, Copy)]
enum Writers {
    One(u32),
    Several,
}

impl Problem {
    pub(super) fn of(view: &View<'_>, initial: &str) -> Problem {
        let history = view.history;
        let initial = history.values.get_index_of(initial).map(|at| at as u32);
        let mut problem = Problem::default();
        let (writers, passed_over) = writers(view, initial);
        if let Some(key) = passed_over.first() {
            let key = &history.keys[*key as usize];
            problem.passed_over = Some(format!(
                "without zxids {key} cannot be judged: not every value that is read there has one write"
            ));
        }
        // Of writes whose outcome nobody knows only those that somebody saw took effect for certain.
        let mut seen: IndexSet<(u32, u32), FxBuildHasher> = IndexSet::default();
        let shown = |at: usize| {
            let op = view.op(at);
            match (view.kinds[at], op.action, op.outcome) {
                (Kind::Read, _, Outcome::Ok) => op.result.map(|value| (op.key, value.0)),
                (Kind::Write, Action::Cas { from, .. }, _) => Some((op.key, from.0)),
                _ => None,
            }
        };
        for at in 0..view.kinds.len() {
            if view.op(at).outcome == Outcome::Ok {
                seen.extend(shown(at));
            }
        }
        // What an unknown compare-and-set was based on was seen if it was.
        let mut next: Vec<u32> = Vec::new();
        let unknown = |value: &(u32, u32)| match writers.get(value) {
            Some(Writers::One(at)) if view.op(*at as usize).outcome == Outcome::Info => Some(*at),
            _ => None,
        };
        let mut taken = 0;
        while taken < seen.len() {
            if let Some(at) = unknown(&seen[taken]) {
                next.push(at);
                seen.extend(shown(at as usize));
            }
            taken += 1;
        }
        let effective: IndexSet<u32, FxBuildHasher> = next.into_iter().collect();

        let mut last: Map<i64, u32> = Map::default();
        let mut made: Map<(u32, u32), u32> = Map::default();
        let mut key_places: Map<u32, u32> = Map::default();
        for (at, op) in (0..).zip(&history.operations) {
            let kind = view.kinds[at as usize];
            let value = match (kind, op.action) {
                (Kind::Write, Action::Write(value) | Action::Cas { to: value, .. }) => Some(value.0),
                // What a delete leaves, nobody has read here.
                (Kind::Write, _) if &*op.f == "delete" => None,
                (Kind::Read, _) => None,
                _ => continue,
            };
            let happens = op.outcome == Outcome::Ok || effective.contains(&at);
            if passed_over.contains(&op.key) || !happens {
                continue;
            }
            let item = problem.items.len() as u32;
            let key = *key_places.entry(op.key).or_insert_with(|| problem.new_key());
            let known = op.outcome == Outcome::Ok;
            let makes = (kind == Kind::Write).then(|| {
                let cluster = problem.new_cluster(Some(item));
                value.map(|value| made.insert((op.key, value), cluster));
                cluster
            });
            problem.items.push(Item {
                op: at,
                makes,
                // Its cluster is found below; until then, the key.
                shows: Some(key),
                after: if makes.is_some() { op.invoked } else { 0 },
                moment: None,
                before: if known { op.completed.unwrap_or(NEVER) } else { NEVER },
                previous: if known { last.insert(op.process, item) } else { None },
            });
        }
        problem.read_from(view, initial, &made, &shown);
        problem.chain(view, &key_places);
        problem
    }

    fn new_cluster(&mut self, write: Option<u32>) -> u32 {
        self.clusters.push(Cluster { write, ..Cluster::default() });
        self.clusters.len() as u32 - 1
    }

    /// A key, with what is there at first.
    fn new_key(&mut self) -> u32 {
        let first = self.new_cluster(None);
        self.keys.push(vec![first]);
        self.keys.len() as u32 - 1
    }

    /// Which write each read has seen.
    fn read_from(
        &mut self,
        view: &View<'_>,
        initial: Option<u32>,
        made: &Map<(u32, u32), u32>,
        shown: &impl Fn(usize) -> Option<(u32, u32)>,
    ) {
        for at in 0..self.items.len() {
            let op = self.items[at].op as usize;
            let key = self.items[at].shows.take().unwrap_or_default();
            let Some(value) = shown(op) else { continue };
            let from = if Some(value.1) == initial {
                Some(self.keys[key as usize][0])
            } else {
                made.get(&value).copied()
            };
            let Some(cluster) = from else {
                if self.findings.len() < MOST {
                    let what = view.history.text(crate::history::Symbol(value.1));
                    let sentence = format!("{} shows {what}, which nobody can have written", view.told(op));
                    self.findings.push(finding(PROPERTY.name, vec![op], sentence));
                }
                continue;
            };
            self.items[at].shows = Some(cluster);
            let of = &mut self.clusters[cluster as usize];
            if self.items[at].makes.is_none() {
                of.readers.push(at as u32);
            } else if let Some(other) = of.cas.replace(at as u32) {
                let other = self.items[other as usize].op as usize;
                let sentence =
                    format!("{} and {} were both based on the same value", view.told(op), view.told(other));
                self.findings.push(finding(PROPERTY.name, vec![op, other], sentence));
            }
        }
    }

    /// Blocks of clusters that follow one another.
    fn chain(&mut self, view: &View<'_>, key_places: &Map<u32, u32>) {
        let mut in_block = vec![false; self.clusters.len()];
        let firsts: Vec<u32> = self.keys.iter().map(|key| key[0]).collect();
        let mut of_key: Vec<Vec<u32>> = vec![Vec::new(); self.keys.len()];
        // Those that nothing is based on begin a block. What goes round in a circle is left over.
        let begins =
            (0..self.clusters.len() as u32).filter(|cluster| match self.clusters[*cluster as usize].write {
                None => true,
                Some(write) => self.items[write as usize].shows.is_none(),
            });
        let begins: Vec<u32> = begins.collect();
        for begin in begins {
            let mut block = Block::default();
            let mut next = Some(begin);
            while let Some(cluster) = next.filter(|cluster| !in_block[*cluster as usize]) {
                in_block[cluster as usize] = true;
                self.clusters[cluster as usize].block = self.blocks.len() as u32;
                block.clusters.push(cluster);
                let cas = self.clusters[cluster as usize].cas;
                next = cas.and_then(|cas| self.items[cas as usize].makes);
            }
            let key = match self.clusters[begin as usize].write {
                None => firsts.binary_search(&begin).unwrap_or_default(),
                Some(write) => {
                    let key = view.op(self.items[write as usize].op as usize).key;
                    key_places[&key] as usize
                }
            };
            of_key[key].push(self.blocks.len() as u32);
            self.blocks.push(block);
        }
        self.keys = of_key;
        if let Some(left) = in_block.iter().position(|within| !within)
            && let Some(write) = self.clusters[left].write
            && self.findings.is_empty()
        {
            let op = self.items[write as usize].op as usize;
            let sentence = format!("{} is based on what follows from itself", view.told(op));
            self.findings.push(finding(PROPERTY.name, vec![op], sentence));
        }
    }

    /// The first read behind a sync comes behind every write that was acknowledged before the sync was sent, unless it is
    /// excused. False if there is no such read.
    pub(super) fn synchronize(&mut self, view: &View<'_>, excuses: &[Excuse]) -> bool {
        // Those that come later in the session come behind that one.
        let behind: Map<u32, u32> = sync::first_reads(view)
            .filter(|(_, sync)| sync::excuse(view, *sync, excuses).is_none())
            .map(|(read, sync)| (read as u32, view.op(sync).invoked))
            .collect();
        for item in &mut self.items {
            item.moment = behind.get(&item.op).copied();
        }
        self.moments = behind.values().copied().collect();
        self.moments.sort_unstable();
        self.moments.dedup();
        !behind.is_empty()
    }
}

/// Who may have written what, and the keys where that is not told.
fn writers(
    view: &View<'_>,
    initial: Option<u32>,
) -> (Map<(u32, u32), Writers>, IndexSet<u32, FxBuildHasher>) {
    let history = view.history;
    let mut writers: Map<(u32, u32), Writers> = Map::default();
    let mut other: IndexSet<String, FxBuildHasher> = IndexSet::default();
    let null = history.values.get_index_of("null").map(|at| at as u32);
    let mut deletes: IndexSet<u32, FxBuildHasher> = IndexSet::default();
    for (at, op) in (0..).zip(&history.operations) {
        if op.outcome == Outcome::Fail || view.kinds[at as usize] != Kind::Write {
            continue;
        }
        match op.action {
            Action::Write(value) | Action::Cas { to: value, .. } => {
                let writer = writers.entry((op.key, value.0)).or_insert(Writers::One(at));
                if !matches!(writer, Writers::One(first) if *first == at) || Some(value.0) == initial {
                    *writer = Writers::Several;
                }
            }
            _ => match &*op.f {
                "delete" => {
                    deletes.insert(op.key);
                }
                "check" => {}
                // Of these the names are not known beforehand, or there is more than one.
                _ => touched(view, at as usize, &mut other),
            },
        }
    }
    let mut passed_over: IndexSet<u32, FxBuildHasher> = IndexSet::default();
    let recipes: IndexSet<u32, FxBuildHasher> =
        (0..view.kinds.len()).filter(|at| view.is_recipe(*at)).map(|at| view.op(at).key).collect();
    for (at, op) in history.operations.iter().enumerate() {
        let value = match (view.kinds[at], op.action, op.outcome) {
            (Kind::Read, _, Outcome::Ok) => op.result.map(|value| value.0),
            (Kind::Write, Action::Cas { from, .. }, Outcome::Ok | Outcome::Info) => Some(from.0),
            _ => None,
        };
        let Some(value) = value else { continue };
        let several = matches!(writers.get(&(op.key, value)), Some(Writers::Several));
        let deleted = deletes.contains(&op.key);
        let name = &*history.keys[op.key as usize];
        let parent = || history.keys.get_index_of(name.rsplit_once('/')?.0);
        let by_recipe =
            !recipes.is_empty() && parent().is_some_and(|parent| recipes.contains(&(parent as u32)));
        let base = name.len().checked_sub(10).and_then(|at| name.get(..at));
        let by_other =
            !other.is_empty() && (other.contains(name) || base.is_some_and(|base| other.contains(base)));
        if several || deleted && Some(value) == null || by_other || by_recipe {
            passed_over.insert(op.key);
        }
    }
    (writers, passed_over)
}

/// The znodes that a create, or a multi, may change; with a number behind the name or without.
fn touched(view: &View<'_>, at: usize, names: &mut IndexSet<String, FxBuildHasher>) {
    let history = view.history;
    let op = view.op(at);
    let Action::Other(asked) = op.action else { return };
    if &*op.f != "multi" {
        names.insert(history.keys[op.key as usize].to_string());
        return;
    }
    let parts: Vec<serde_json::Value> = serde_json::from_str(history.text(asked)).unwrap_or_default();
    names.extend(parts.iter().filter_map(|part| part["key"].as_str()).map(str::to_owned));
}
