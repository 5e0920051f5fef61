//! Every interleaving within bounds.

mod actions;
mod ample;
mod begin;
mod counterexample;
mod cursor;
mod elect;
mod facts;
mod graph;
mod hunts;
mod intern;
mod model;
mod moves;
mod preset;
mod search;
mod space;
mod start;
mod step;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod words;
mod world;

pub use begin::{BEGINS, Begin};
pub use counterexample::{Counterexample, Goes};
pub use facts::Standing;
pub use graph::SETTLES;
pub use hunts::{HUNTS, Hunt};
pub use model::{Bounds, Elections, Grain, Model, Patience, Servers};
pub use moves::Move;
pub use preset::{PRESETS, Preset};
pub use search::{Found, Search};
pub use start::{NoStart, Start};
pub use table::{Measured, OfHunt, OfPreset, Row, tables};
pub use words::standing;
pub use world::{Taken, World};
