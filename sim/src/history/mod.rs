//! What clients saw, as a history: who asked for what, and what came of it. JSON Lines, an event a line, in the order in
//! which they happened.
//!
//! | field | meaning |
//! | --- | --- |
//! | `process` | the session, numbered in the order in which clients began them; a client with a new session is a new process |
//! | `xid` | the client's number for the request; pairs a completion with its invoke |
//! | `f` | `read`, `write` (create and set), `cas` (a set at the version that was read), `sync`; what no register has: `create` (with a number behind its name), `ephemeral` (a create of what goes with its session), `delete`, `exists`, `children`, `check`, `multi`, and of the recipes `lock`, `unlock`, `put`, `take` |
//! | `key` | the znode |
//! | `type` | `invoke`, then `ok`: it took effect; `fail`: it did not; `info`: nobody knows |
//! | `value` | a number where the data is one, else text; `null` for no znode or no data; of a `cas` `[from, to]`; of a `multi` its parts, each with `f`, `key` and `value`; the `ok` of a `create` or an `ephemeral` has the name that was given; a `take`'s is `null` where nothing was there |
//! | `time` | virtual nanoseconds |
//! | `zxid`, `server` | of the answer: the last transaction that the answering server had applied, and its sid |
//! | `error` | why, with `fail` and `info` |
//!
//! Lines whose `process` is `nemesis` say in `f` what happened to the servers and their links, and who led.
//!
//! A write of no data leaves a znode that reads as `null`, and so does a `delete`. A `lock` that ended in `ok` lasts until
//! its `unlock` begins, or the process ends. What a scenario asks of a server without a client (`create … at zk1`) is a
//! process of its own.

mod event;
mod operation;
mod read;

pub(crate) use event::invoke_line;
pub use event::{Event, Type, value, write};
pub use operation::{Action, Builder, History, Operation, Outcome, Symbol, Told, Unpaired, canonical};
#[cfg(test)]
pub(crate) use read::json_lines;
pub use read::{Format, Mark, ReadError, Reading, read};
