//! What operations say of the data of znodes.

use super::view::{Kind, View};
use crate::history::{Action, Operation, Outcome, Symbol};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;
use serde_json::Value;

/// A value by its number: its symbol's, or one above all symbols where the history reads it nowhere.
pub(super) type Datum = u32;

/// What an operation says of a znode at a zxid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It was written; what it was before, where that is known.
    Written { value: Datum, from: Option<Datum>, ephemeral: bool },
    /// Its data, or `null`.
    Shown(Datum),
    /// That there is none.
    Missing,
    /// An answer to another question about it, which two servers at one zxid give alike.
    Alike(Datum),
}

/// A fact with its place in the order in which facts are judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fact {
    pub(super) key: u32,
    /// Facts of one key about different questions are judged apart.
    pub(super) question: u8,
    pub(super) zxid: i64,
    pub(super) says: Says,
    pub(super) op: u32,
}

impl Fact {
    /// A write comes before what is read at its zxid.
    pub(super) fn order(&self) -> (u32, u8, i64, bool, u32) {
        (self.key, self.question, self.zxid, !matches!(self.says, Says::Written { .. }), self.op)
    }
}

/// The facts of a history.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) list: Vec<Fact>,
    /// Writes that may have taken effect, of each key and value, in the order in which they began.
    pub(super) unknown: IndexMap<(u32, Datum), Vec<u32>, FxBuildHasher>,
    /// The same of znodes with a number behind their names, by the name without it.
    pub(super) unknown_numbered: IndexMap<(u32, Datum), Vec<u32>, FxBuildHasher>,
    /// Keys below which a recipe makes and deletes znodes.
    pub(super) recipes: IndexSet<u32, FxBuildHasher>,
    extra: IndexSet<String, FxBuildHasher>,
}

impl Facts {
    pub(super) fn of(view: &View<'_>) -> Facts {
        let mut facts = Facts::default();
        let recipes = (0..view.kinds.len()).filter(|at| view.is_recipe(*at));
        facts.recipes = recipes.map(|at| view.op(at).key).collect();
        for at in 0..view.kinds.len() {
            facts.take(view, at);
        }
        facts.list.sort_unstable_by_key(Fact::order);
        facts
    }

    /// A value's number.
    pub(super) fn datum(&mut self, view: &View<'_>, text: &str) -> Datum {
        let known = view.history.values.get_index_of(text);
        let extra = |extra: &mut IndexSet<String, _>| {
            extra.get_index_of(text).unwrap_or_else(|| extra.insert_full(text.to_owned()).0)
        };
        known.unwrap_or_else(|| view.history.values.len() + extra(&mut self.extra)) as Datum
    }

    /// A value's JSON text.
    pub(super) fn text<'a>(&'a self, view: &'a View<'_>, datum: Datum) -> &'a str {
        let symbols = view.history.values.len();
        match (datum as usize).checked_sub(symbols) {
            None => view.history.text(Symbol(datum)),
            Some(extra) => &self.extra[extra],
        }
    }

    fn take(&mut self, view: &View<'_>, at: usize) {
        let op = view.op(at);
        let at = at as u32;
        match (view.kinds[at as usize], op.outcome) {
            (Kind::Write, Outcome::Ok | Outcome::Info) => self.write(view, op, at),
            (Kind::Read | Kind::Other, Outcome::Ok) => {
                let (Some(zxid), Some(result)) = (op.zxid, op.result) else { return };
                let mut push = |question, says| {
                    self.list.push(Fact { key: op.key, question, zxid, says, op: at });
                };
                match &*op.f {
                    _ if op.action == Action::Read => push(0, Says::Shown(result.0)),
                    "exists" => {
                        push(1, Says::Alike(result.0));
                        if view.history.text(result) == "false" {
                            push(0, Says::Missing);
                        }
                    }
                    "children" => push(2, Says::Alike(result.0)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn write(&mut self, view: &View<'_>, op: &Operation, at: u32) {
        let plain = |value: Symbol| Says::Written { value: value.0, from: None, ephemeral: false };
        match (&*op.f, op.action) {
            (_, Action::Write(value)) => self.written(op, at, op.key, plain(value)),
            (_, Action::Cas { from, to }) => {
                let says = Says::Written { value: to.0, from: Some(from.0), ephemeral: false };
                self.written(op, at, op.key, says);
            }
            ("delete", _) => {
                let value = self.datum(view, "null");
                self.written(op, at, op.key, Says::Written { value, from: None, ephemeral: false });
            }
            (f @ ("create" | "ephemeral"), Action::Other(data)) => {
                self.created(view, op, at, data, f == "ephemeral");
            }
            ("multi", Action::Other(asked)) => self.multi(view, op, at, asked),
            _ => {}
        }
    }

    /// A write took effect, or may have.
    fn written(&mut self, op: &Operation, at: u32, key: u32, says: Says) {
        let Says::Written { value, .. } = says else { return };
        match (op.outcome, op.zxid) {
            (Outcome::Ok, Some(zxid)) => self.list.push(Fact { key, question: 0, zxid, says, op: at }),
            _ => self.unknown.entry((key, value)).or_default().push(at),
        }
    }

    /// A znode was made whose name the answer tells.
    fn created(&mut self, view: &View<'_>, op: &Operation, at: u32, data: Symbol, ephemeral: bool) {
        let says = Says::Written { value: data.0, from: None, ephemeral };
        let Some(name) = op.result.map(|result| view.history.text(result)) else {
            self.unknown.entry((op.key, data.0)).or_default().push(at);
            self.unknown_numbered.entry((op.key, data.0)).or_default().push(at);
            return;
        };
        let name: Option<String> = serde_json::from_str(name).ok();
        // What no operation names is read by none.
        if let Some(key) = name.and_then(|name| view.history.keys.get_index_of(name.as_str())) {
            self.written(op, at, key as u32, says);
        }
    }

    /// The parts of a multi; its answer has those with numbers behind their names.
    fn multi(&mut self, view: &View<'_>, op: &Operation, at: u32, asked: Symbol) {
        let parts = view.history.text(op.result.unwrap_or(asked));
        let Ok(Value::Array(parts)) = serde_json::from_str(parts) else { return };
        for part in parts {
            let (Some(f), Some(key)) = (part["f"].as_str(), part["key"].as_str()) else { continue };
            if !matches!(f, "write" | "create" | "ephemeral" | "delete") {
                continue;
            }
            let value = if f == "delete" { Value::Null } else { part["value"].clone() };
            let Some(key) = view.history.keys.get_index_of(key) else { continue };
            let value = self.datum(view, &value.to_string());
            let says = Says::Written { value, from: None, ephemeral: f == "ephemeral" };
            self.written(op, at, key as u32, says);
            if op.outcome == Outcome::Info && f != "write" {
                self.unknown_numbered.entry((key as u32, value)).or_default().push(at);
            }
        }
    }
}
