//! Every interleaving within bounds.

mod actions;
mod ample;
mod counterexample;
mod elect;
mod facts;
mod graph;
mod intern;
mod model;
mod moves;
mod preset;
mod search;
mod space;
mod start;
mod step;
mod store;
#[cfg(test)]
mod tests;
mod world;

pub use counterexample::{Counterexample, Goes};
pub use model::{Bounds, Elections, Grain, Model, Patience};
pub use moves::Move;
pub use preset::{PRESETS, Preset};
pub use search::{Found, Search, Standing};
pub use start::{NoStart, Start};
pub use world::{Taken, World};
