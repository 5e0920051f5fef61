//! Reads of a prefix: an answer at a zxid shows just what was there after that transaction, whoever gives it.

use super::MOST;
use super::facts::{Datum, Fact, Facts, Says};
use super::view::{View, finding};
use crate::check::Property;
use crate::consistency::Finding;
use zablab_protocol::Zxid;

/// The promise.
pub const PROPERTY: Property = Property {
    name: "reads-of-a-prefix",
    says: "an answer at a zxid shows the state after that transaction, on every server, and no transaction that was not yet asked for",
    source: "ZooKeeper (Hunt et al., USENIX ATC 2010) §4.3 and §4.4; checkers reference §4.3",
    test: "tests/histories/trips.rs::a_read_of_no_prefix_is_found",
};

pub(super) fn judge(view: &View<'_>, initial: &str) -> Vec<Finding> {
    let mut facts = Facts::of(view);
    let (initial, nothing) = (facts.datum(view, initial), facts.datum(view, "null"));
    let list = std::mem::take(&mut facts.list);
    let mut found = Vec::new();
    for of_key in list.chunk_by(|a, b| (a.key, a.question) == (b.key, b.question)) {
        let loose = is_loose(view, &facts, of_key[0].key);
        let start = State { value: initial, since: i64::MIN, by: None, ephemeral: false };
        let mut sweep = Sweep { view, facts: &mut facts, nothing, loose, now: start };
        for fact in of_key {
            if found.len() >= MOST {
                return found;
            }
            found.extend(sweep.next(fact));
        }
    }
    found
}

/// Whether a recipe makes and deletes the znode, by requests that are not in the history.
fn is_loose(view: &View<'_>, facts: &Facts, key: u32) -> bool {
    if facts.recipes.is_empty() {
        return false;
    }
    let parent = view.history.keys[key as usize].rsplit_once('/').map(|(parent, _)| parent);
    let parent = parent.and_then(|parent| view.history.keys.get_index_of(parent));
    parent.is_some_and(|parent| facts.recipes.contains(&(parent as u32)))
}

/// Answers that show a transaction which was not yet asked for. A write with a wrong zxid makes others look so: to be told
/// only where nothing else is wrong.
pub(super) fn future(view: &View<'_>) -> Vec<Finding> {
    let before = view.highest_before(|view, at| !view.is_write(at));
    let mut found = Vec::new();
    for (at, earlier) in before.iter().enumerate() {
        let (Some((highest, earlier)), Some(zxid)) = (earlier, view.op(at).zxid) else { continue };
        if *highest < zxid || !view.is_write(at) {
            continue;
        }
        let earlier = *earlier as usize;
        let sentence = format!(
            "{} shows zxid {}, but {} was asked for after that and has no higher one",
            view.told(earlier),
            Zxid(*highest),
            view.told(at)
        );
        found.push(finding(PROPERTY.name, vec![earlier, at], sentence));
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// A znode's data, and the newest fact that it rests on.
#[derive(Clone, Copy)]
struct State {
    value: Datum,
    since: i64,
    by: Option<u32>,
    /// It goes with its session, by a transaction that is not in the history.
    ephemeral: bool,
}

struct Sweep<'s, 'h> {
    view: &'s View<'h>,
    facts: &'s mut Facts,
    nothing: Datum,
    loose: bool,
    now: State,
}

impl Sweep<'_, '_> {
    /// The next fact of a key.
    fn next(&mut self, fact: &Fact) -> Option<Finding> {
        let now = self.now;
        let found = match fact.says {
            Says::Written { value, from, ephemeral } => {
                let wrong = from.filter(|from| !self.may_show(fact, *from));
                // A set leaves an ephemeral znode what it is.
                let ephemeral = ephemeral || now.ephemeral && value != self.nothing;
                self.now = State { value, since: fact.zxid, by: Some(fact.op), ephemeral };
                wrong.map(|from| (from, "was based on"))
            }
            Says::Shown(value) => {
                let wrong = !self.may_show(fact, value);
                let ephemeral = self.now.ephemeral;
                self.now = State { value, since: fact.zxid, by: Some(fact.op), ephemeral };
                wrong.then_some((value, "shows"))
            }
            Says::Missing => (!self.may_show(fact, self.nothing)).then_some((self.nothing, "shows")),
            Says::Alike(answer) => {
                let wrong = now.by.is_some() && now.since == fact.zxid && now.value != answer;
                let state = State { value: answer, since: fact.zxid, by: Some(fact.op), ephemeral: false };
                self.now = state;
                wrong.then_some((answer, "shows"))
            }
        };
        found
            .filter(|_| !self.loose || now.since == fact.zxid)
            .map(|(shown, verb)| self.tell(fact, now, shown, verb))
    }

    /// Whether what a fact shows can be there at its zxid.
    fn may_show(&mut self, fact: &Fact, shown: Datum) -> bool {
        let now = self.now;
        // Where the zxid of a read is the znode's own, another one is another write.
        let own = self.view.history.znode_zxids && matches!(fact.says, Says::Shown(_));
        let same_write = !own || fact.zxid == now.since || now.by.is_none();
        if shown == now.value && same_write {
            return true;
        }
        if fact.zxid <= now.since {
            return false;
        }
        if now.ephemeral && shown == self.nothing {
            self.now.ephemeral = false;
            return true;
        }
        self.may_be_unknown(fact, shown)
    }

    /// A write of unknown outcome may have taken effect once, somewhere behind the newest fact.
    fn may_be_unknown(&mut self, fact: &Fact, shown: Datum) -> bool {
        let history = self.view.history;
        let end = history.operations[fact.op as usize].completed;
        let take = |writes: Option<&mut Vec<u32>>| {
            let writes = writes?;
            let began = |at: &u32| end.is_none_or(|end| history.operations[*at as usize].invoked < end);
            let at = writes.iter().position(began)?;
            Some(writes.remove(at))
        };
        if take(self.facts.unknown.get_mut(&(fact.key, shown))).is_some() {
            return true;
        }
        if self.facts.unknown_numbered.is_empty() {
            return false;
        }
        let name = &history.keys[fact.key as usize];
        let base = name.len().checked_sub(10).and_then(|at| name.get(..at));
        let Some(base) = base.and_then(|base| history.keys.get_index_of(base)) else { return false };
        take(self.facts.unknown_numbered.get_mut(&(base as u32, shown))).is_some()
    }

    fn tell(&self, fact: &Fact, now: State, shown: Datum, verb: &str) -> Finding {
        let (at, zxid) = (fact.op as usize, Zxid(fact.zxid));
        let (shown, value) = (self.facts.text(self.view, shown), self.facts.text(self.view, now.value));
        let this = self.view.told(at);
        let (operations, sentence) = match now.by {
            Some(by) => {
                let by = by as usize;
                let other = self.view.told(by);
                (
                    vec![at, by],
                    format!("{this} {verb} {shown} at zxid {zxid}, where it is {value} by {other}"),
                )
            }
            None => (
                vec![at],
                format!("{this} {verb} {shown}, which nobody had written by zxid {zxid}; it is {value}"),
            ),
        };
        finding(PROPERTY.name, operations, sentence)
    }
}
