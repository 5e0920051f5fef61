//! Scenarios: plain text that says what happens to an ensemble, and what must come of it.
//!
//! ```text
//! # Two of three servers are gone. Why does the third one refuse to serve?
//!
//! ensemble zk1 zk2 zk3
//!
//! at 0s    start zk1 zk2 zk3
//! by 3s    expect leader zk3
//! at 5s    kill leader
//! by 10s   expect leader zk2
//! when zk2 wrote currentEpoch nth 2: kill zk2
//! by 30s   expect zk1 looking
//!          expect unavailable  # 1 of 3 is no majority
//! ```
//!
//! A text is read into a tree ([`Scenario::parse`]), and printing the tree (`to_string`) gives the one canonical text:
//! `parse(print(tree)) == tree` for every tree that can be read, and printing what was read from a canonical text
//! gives it back byte for byte. Comments and blank lines are part of the tree. An error is a [`Diagnostic`].
//!
//! # Grammar
//!
//! A line is a statement, a comment (`#`), both, or blank. Words are separated by blanks; one with blanks in it is
//! quoted (`"…"`, escapes `\"`, `\\`, `\n`). A line that is indented and begins with no statement's word continues the
//! timed line above: it has the same prefix. A `set` is a continuation if it is indented deeper than that line; a
//! `client` or a `workload` never is one.
//!
//! ```text
//! ensemble NAME[=SID][:observer] …
//! client NAME [at NAME …] [timeout TIME]           connects to these servers, else to all; asks for 30s
//! workload NAME clients N [keys N] operations N [reads N] [writes N] [cas N] [sync-reads N] [locks N] [queues N]
//!              [think TIME[..TIME]] [timeout TIME] [at NAME …]        its clients are NAME1, NAME2, …
//! set [NAME] KEY VALUE            the keys are in `setting::TABLE`; a zoo.cfg line KEY=VALUE says the same
//! draws plain | draws of seed N       an unpinned draw takes its plainest value, or that of a seed if none is given
//! pin CHANCE SERVER|CLIENT [life N] [nth N] TIME|BITS                                  gives a draw its value
//! pin latency SERVER|CLIENT to SERVER|CLIENT on PORT [link N] [nth N] TIME
//! server.N=HOST:PORT:PORT[:observer]        declares zkN
//! config [NAME] FILE             the servers and settings of a zoo.cfg, of all servers or of one; a `set` line wins
//! profile NAME [servers N]        what that profile of random runs draws from the seed; `set` lines win over it
//! shows BUG by CODE|PROPERTY       a bug of `zablab bugs`, and what speaks once it is put back: `P-DUR`, or of `zablab checks`
//! unsafe quorum-size N            any N voters are a quorum: ZooKeeper has no such thing
//! belief TEXT                     the wrong belief that a lesson corrects, in quotes
//! at TIME STEP
//! at TIME ask QUESTION right ANSWER wrong ANSWER …
//!                                 a learner is asked what comes next: in quotes, one of 2 to 5 is right; no run is
//!                                 changed by it; answers may stand in the lines below, further in
//! at TIME expect EXPECTATION      at that instant
//! by TIME expect EXPECTATION      at some instant up to that one
//! from TIME to TIME expect EXPECTATION      throughout
//! [at TIME] when EVENT [nth N] [within TIME]: STEP     once, and it must; `if`: it may
//!
//! TIME         14s 1.4s 300ms 20us 5ns 2min 1h
//! SERVER       NAME | leader | follower
//! SERVERS      SERVER … | all                        all servers
//! CLIENT       the NAME of a client, or of one client of a workload
//! PARTY        SERVER | CLIENT | the NAME of a workload: all its clients
//! PARTIES      PARTY … | all                         all servers
//! PATH DATA    bare, or quoted where they contain blanks or are taken for the next word
//! CHANCE       connect | boot | takeover | teardown | fsync | write | task | request | reconnect: a TIME;
//!              loss | work: BITS                       `link N`, `life N`: the N-th, from 1
//!
//! LINKS        PARTIES from PARTIES [on PORT]          both ways
//!              PARTIES to PARTIES [on PORT]            one way
//! PORT         election | quorum | client
//! TASK         packet-loop | log-writer | commit-applier | handlers | disk
//! FILE         log | snapshot | truncation | acceptedEpoch | currentEpoch
//! FACT         data DATA | czxid Z | mzxid Z | pzxid Z | version V | cversion V | ephemeralOwner CLIENT|none
//!              dataLength N | numChildren N
//!
//! STEP         start | kill | restart | pause | resume PARTIES
//!              power-off SERVERS [losing unsynced | keeping all]
//!              wipe SERVERS disk                       power-off, and an empty disk
//!              fill SERVERS disk | fail SERVERS FILE|disk | free SERVERS disk       `fail`: its next write
//!              cut LINKS | refuse LINKS | reset PARTIES from PARTIES [on PORT] | heal [LINKS]
//!              hold HELD | release [HELD]
//!              create PATH [DATA] [times N] at SERVER
//!              set PATH DATA [version V] [times N] at SERVER
//!              delete PATH [version V] at SERVER | read PATH at SERVER
//!              CLIENT CALL | close CLIENT …
//!              clock SERVERS RATE | set [SERVER] KEY VALUE | end
//!              freeze | next HAPPENING [nth N] | thaw
//! HELD         SERVER TASK | [PACKET] PARTIES to PARTIES [on PORT]
//! CALL         create PATH [DATA] [ephemeral] [sequential] [times N] | set PATH DATA [version V] [times N]
//!              delete PATH [version V] | check PATH version V
//!              get PATH [watch] | exists PATH [watch] | children PATH [watch] | sync [PATH]
//!              multi CALL [and CALL] …                 of create, set, delete and check, none with `times`
//!              lock PATH | unlock PATH | put PATH DATA | take PATH        recipes
//!
//! HAPPENING    SERVER|CLIENT got PACKET|connection|close from SERVER|CLIENT [on PORT]
//!              SERVER|CLIENT connected to SERVER [on PORT]      it learns that the connection stands
//!              SERVER|CLIENT reached SERVER [on PORT]           its attempt to connect arrives
//!              SERVER|CLIENT timer TIMER                        one of `Timer`
//!              SERVER timer election-connect|handshake|handler-read|handler-wait|proposal [SERVER]
//!              SERVER|CLIENT ran packet-loop | SERVER ran log-writer|commit-applier | SERVER ran handler [SERVER]
//!              SERVER wrote FILE | SERVER booted
//!
//! EXPECTATION  leader NAME | no leader | available | unavailable
//!              answered N | failed N | pending N
//!              SERVER down | looking | following | leading | observing | serving | refusing | standalone
//!              SERVER epoch N | acceptedEpoch N | round N | zxid Z | logged Z | vote SERVER
//!              SERVER synced DIFF|TRUNC|SNAP [Z] [from SERVER]
//!              SERVER data PATH DATA [version V] | SERVER no PATH | SERVER stat PATH FACT … | SERVER sessions N
//!              SERVER heard SERVER looking|following|leading|observing
//!                     [leader SERVER] [round N] [epoch N] [zxid Z]
//!              CLIENT connected [to SERVER] | disconnected | expired | closed | sessions N
//!              CLIENT last ok | last ERROR             one of `ERRORS`; `by`: once all it asked is answered
//!              CLIENT saw PATH FACT … | saw no PATH | notified PATH N
//!              CLIENT holds PATH | waits PATH          a lock
//!              holders PATH N | holders PATH N..N
//!              violation PROPERTY                     `by`, where quorums need not meet: of those that watch every action,
//!                                                     it speaks first, and all else stands before it
//!              no violation PROPERTY                  `at`: of `zablab checks`; the run lasts at least until then
//!
//! EVENT        [before|after] SERVER wrote acceptedEpoch|currentEpoch [EPOCH]
//!              [before|after] SERVER wrote snapshot|log|truncation [Z]
//!              [before|after] SERVER got PACKET [from PARTY]
//!              [before|after] SERVER ran TASK          not `disk`
//!              [before|after] SERVER decided WORD      one of `DECISIONS`
//! ```
//!
//! # A schedule
//!
//! From `freeze` on nothing happens by itself: no packet arrives, no timer fires, no task makes a step, no write is done, no
//! process boots. Time passes from line to line, and other steps act as ever. `next` says what happens, one thing a line: it
//! fails where that cannot happen, and says what could. Of several that fit it means the first, or the `nth`, in the order
//! of their connections. What a user asks for at an answer it asks for at once; a request without a connection (`create …
//! at SERVER`) arrives at once. `thaw` ends it: what is overdue happens from then on, in the order in which it was due.
//! These three act at times, upon no event. A run that is frozen at its end is owed no progress.

mod access;
mod ast;
mod diagnostic;
mod lex;
mod parse;
mod print;
pub mod setting;
#[cfg(test)]
mod tests;
mod time;
pub(crate) mod words;

pub use ast::*;
pub use diagnostic::Diagnostic;
pub use setting::Value;
pub use time::{Time, between};
pub use words::{Chance, ElectionState, File, Packet, Port, State, SyncMode, Task, Timer};
pub(crate) use words::{STEPS as STEP_WORDS, nearest as nearest_word};

impl Scenario {
    /// Reads a scenario. `name` is what a diagnostic calls the file.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Diagnostic> {
        parse::parse(name, text)
    }
}
