//! The states of an object, as numbers.

use super::part::{Act, Kind, Part};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

type Memo = IndexMap<(u32, Act), Option<u32>, FxBuildHasher>;

/// The states of an object that a search came to, and how to get from one to the next.
///
/// States that no operation can tell apart are one: a register's values that nobody finds, and texts that are the
/// beginning of no text that somebody finds.
#[derive(Clone, Debug)]
pub(super) enum Space {
    /// A state is a value.
    Register,
    /// Texts.
    Text(Texts),
    /// Sets.
    Set(Sets),
}

/// A state is the beginning of a text that somebody finds: the first such text in order, and a length. Number 0 is any
/// other.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    /// The texts of the part's values.
    texts: Vec<Box<str>>,
    /// Those that somebody finds, sorted.
    found: Vec<Box<str>>,
    states: IndexSet<(u32, u32), FxBuildHasher>,
    memo: Memo,
}

/// A state is a sorted set of elements.
#[derive(Clone, Debug)]
pub(super) struct Sets {
    states: IndexSet<Vec<u32>, FxBuildHasher>,
    memo: Memo,
    elements: usize,
}

impl Space {
    /// The states of `part`, the initial one, and its operations' acts, in terms of states.
    pub(super) fn new(part: &Part) -> (Space, u32, Vec<Act>) {
        let acts = part.ops.iter().map(|op| op.act);
        match &part.kind {
            Kind::Register => {
                let found = part.found();
                let value = |value: u32| if found[value as usize] { value } else { part.values };
                let acts = acts.map(|act| match act {
                    Act::Write(to) => Act::Write(value(to)),
                    Act::Cas(from, to) => Act::Cas(from, value(to)),
                    act => act,
                });
                (Space::Register, value(0), acts.collect())
            }
            Kind::Text(texts) => {
                let mut space = Texts::new(part, texts);
                let initial = space.state(&texts[0]);
                let mut state = |value: u32| space.state(&texts[value as usize]);
                let acts = acts.map(|act| match act {
                    Act::Read(found) => Act::Read(state(found)),
                    Act::Write(to) => Act::Write(state(to)),
                    Act::Cas(from, to) => Act::Cas(state(from), state(to)),
                    act => act,
                });
                let acts = acts.collect();
                (Space::Text(space), initial, acts)
            }
            Kind::Set(sets) => {
                let mut space =
                    Sets { states: sets.iter().cloned().collect(), memo: Memo::default(), elements: 0 };
                space.elements = sets.iter().map(Vec::len).sum();
                (Space::Set(space), 0, acts.collect())
            }
        }
    }

    /// The state after `act`, if `state` allows it.
    pub(super) fn step(&mut self, state: u32, act: Act) -> Option<u32> {
        match act {
            Act::Read(value) => (state == value).then_some(state),
            Act::Write(to) => Some(to),
            Act::Cas(from, to) => (state == from).then_some(to),
            act => match self {
                Space::Register => None,
                Space::Text(texts) => texts.step(state, act),
                Space::Set(sets) => sets.step(state, act),
            },
        }
    }

    /// Bytes kept.
    pub(super) fn bytes(&self) -> usize {
        const ENTRY: usize = size_of::<((u32, Act), Option<u32>)>() + 2 * size_of::<usize>();
        match self {
            Space::Register => 0,
            Space::Text(space) => space.memo.capacity() * ENTRY + space.states.capacity() * 24,
            Space::Set(space) => {
                space.memo.capacity() * ENTRY + space.states.capacity() * 40 + space.elements * 4
            }
        }
    }
}

impl Texts {
    fn new(part: &Part, texts: &[Box<str>]) -> Texts {
        let found = part.ops.iter().filter_map(|op| match op.act {
            Act::Read(found) | Act::Cas(found, _) => Some(texts[found as usize].clone()),
            _ => None,
        });
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        found.dedup();
        // The place of number 0; no text has that length.
        let states = [(0, u32::MAX)].into_iter().collect();
        Texts { texts: texts.to_vec(), found, states, memo: Memo::default() }
    }

    fn state(&mut self, text: &str) -> u32 {
        let at = self.found.partition_point(|found| **found < *text);
        match self.found.get(at) {
            Some(found) if found.starts_with(text) => {
                self.states.insert_full((at as u32, text.len() as u32)).0 as u32
            }
            _ => 0,
        }
    }

    fn step(&mut self, state: u32, act: Act) -> Option<u32> {
        let Act::Append(value) = act else { return None };
        if state == 0 {
            return Some(0);
        }
        if let Some(next) = self.memo.get(&(state, act)) {
            return *next;
        }
        let (at, length) = self.states[state as usize];
        let (begun, more) = (&self.found[at as usize][..length as usize], &*self.texts[value as usize]);
        let next = self.state(&[begun, more].concat());
        self.memo.insert((state, act), Some(next));
        Some(next)
    }
}

impl Sets {
    fn step(&mut self, state: u32, act: Act) -> Option<u32> {
        if let Some(next) = self.memo.get(&(state, act)) {
            return *next;
        }
        let set = &self.states[state as usize];
        let element = match act {
            Act::Add(element) | Act::Remove(element) | Act::Has(element, _) => element,
            _ => return None,
        };
        let next = match (act, set.binary_search(&element)) {
            (Act::Add(element), Err(at)) => {
                let mut set = set.clone();
                set.insert(at, element);
                Some(self.intern(set))
            }
            (Act::Remove(_), Ok(at)) => {
                let mut set = set.clone();
                set.remove(at);
                Some(self.intern(set))
            }
            (Act::Has(_, said), found) => (said == found.is_ok()).then_some(state),
            _ => Some(state),
        };
        self.memo.insert((state, act), next);
        next
    }

    fn intern(&mut self, set: Vec<u32>) -> u32 {
        let length = set.len();
        let (at, new) = self.states.insert_full(set);
        if new {
            self.elements += length;
        }
        at as u32
    }
}
