//! The playground: a local page on which servers are started and killed by a click.
//!
//! The server keeps no state of its own. A branch is a scenario's text and a seed, which the page keeps; everything else is a
//! function of them. To act in the past is to take the text up to an instant and add a statement. So several pages cannot disturb
//! each other, going back costs nothing, and what was played is a scenario that `zablab run` runs to the same digest.
//!
//! # What it answers
//!
//! Bodies are JSON. Times are virtual nanoseconds; seeds are decimal strings, since JavaScript's numbers end at 2^53.
//!
//! | Request | Body | Answer |
//! | --- | --- | --- |
//! | `GET /` | | the page; `/playground.js` and `/playground.css` are what it loads |
//! | `GET /lessons` | | `{given, lessons, levels, classics}`: what the command was given, the bundled scenarios (`{name, title, belief, asks, lesson, bug}`), the worlds to begin with, the buttons |
//! | `GET /scenario/NAME` | | `{name, text, seed}`: a bundled scenario, a level (`?seed=N`), or what the command was given |
//! | `POST /run` | `{name, text, seed, until, answered}` | the recording ([`Recording::json`](crate::recording::Recording::json)) of a run of the text that lasts at least until then, or, where so many of its questions are answered, up to the next; with `end` (of the text itself), `until`, `frozen` (since when nothing happens by itself at the end, or null), `hash`, `asks`, `belief`, and `notes` of what a limit left out |
//! | `POST /act` | `{name, text, seed, at, step, answered}` | `{text, at, told}`: the branch in which that step of the language is done right behind that instant |
//! | `POST /next` | `{name, text, seed, at, answered}` | what can happen next in a frozen world, at its end or at an instant: `{frozen, at, ended, parties: [{name, next, faults}], links, requests, back}`; all but the first and the last only where it is frozen. What stands in the lists is a step for `/act`; `back` is the text without its last line, `ended` says why nothing can happen |
//! | `POST /classic` | `{name, text, seed, at, moment, answered}` | the same, for one of [`CLASSICS`] |
//! | `POST /differ` | `{until, first: {text, seed}, second: {text, seed}}` | `{parting}`: the first step that differs, or null |
//! | `POST /save` | `{name, text, seed, until}` | `{text, hash}`: a scenario that runs to that digest by itself |
//!
//! What is wrong is a status and `{error}` in words: 400 for what cannot be read or done (with the diagnostic of the scenario),
//! 403 for another host's or another page's request, 404, 405, 413, 415, 408 for a body that does not come, 503 with `Retry-After`
//! where too much is asked at once, and 500 for a fault of our own, which ends that request alone.

mod api;
mod asked;
mod assets;
mod branch;
mod classic;
mod crew;
mod guard;
mod http;
mod levels;
mod next;
mod refusal;
mod told;
mod writing;

pub use api::Given;
pub use branch::{acted, until};
pub use classic::CLASSICS;
pub use http::{Limits, serve};
pub use told::MOST_PARTIES;
