//! Held against the real thing: logs of real servers, read, replayed against the machine, and compared with it.

pub mod event;
