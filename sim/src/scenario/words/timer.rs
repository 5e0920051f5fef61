//! The timers of servers and clients, in the language's words.

use super::Vocabulary;

vocabulary! {
    /// A timer: what [`zablab_protocol::Timer`] says without saying whom it is about.
    Timer, folded: false, {
        /// LOOKING and nothing heard.
        Notification = "notification",
        /// A quorum agreed; a better vote may come.
        FinalizeWait = "finalize-wait",
        /// An election connection that nobody answers.
        ElectionConnect = "election-connect",
        /// An accepted election connection has not said who it is.
        Handshake = "handshake",
        /// A learner tries to reach its leader again.
        ConnectRetry = "connect-retry",
        /// A learner has used up its time for reaching its leader.
        ConnectBudget = "connect-budget",
        /// A learner has heard nothing from its leader.
        LearnerRead = "learner-read",
        /// A leader waits for a quorum.
        LeaderWait = "leader-wait",
        /// A leader pings and counts.
        HalfTick = "half-tick",
        /// A leader looks which sessions have expired.
        SessionTick = "session-tick",
        /// A leader's patience with voters who changed their mind.
        Disloyal = "disloyal",
        /// A leader has heard nothing from this learner.
        HandlerRead = "handler-read",
        /// The handler of this learner waits for a quorum.
        HandlerWait = "handler-wait",
        /// A client has heard nothing from its server, or waits for a connection.
        ClientRead = "client-read",
        /// A client has sent nothing for a while.
        ClientPing = "client-ping",
        /// A proposal to this learner is unacknowledged: there can be two, the oldest and the newest.
        Proposal = "proposal",
        /// The last try to open the election port has failed.
        Bind = "bind",
    }
}

impl Timer {
    /// There is one for each server at the other end.
    pub const fn is_about(self) -> bool {
        matches!(
            self,
            Timer::ElectionConnect
                | Timer::Handshake
                | Timer::HandlerRead
                | Timer::HandlerWait
                | Timer::Proposal
        )
    }
}

impl From<zablab_protocol::Timer> for Timer {
    fn from(timer: zablab_protocol::Timer) -> Timer {
        use zablab_protocol::Timer as Of;
        match timer {
            Of::Notification => Timer::Notification,
            Of::FinalizeWait => Timer::FinalizeWait,
            Of::ElectionConnect(_) => Timer::ElectionConnect,
            Of::Handshake(_) => Timer::Handshake,
            Of::ConnectRetry => Timer::ConnectRetry,
            Of::ConnectBudget => Timer::ConnectBudget,
            Of::LearnerRead => Timer::LearnerRead,
            Of::LeaderWait => Timer::LeaderWait,
            Of::HalfTick => Timer::HalfTick,
            Of::SessionTick => Timer::SessionTick,
            Of::Disloyal => Timer::Disloyal,
            Of::HandlerRead(_) => Timer::HandlerRead,
            Of::HandlerWait(_) => Timer::HandlerWait,
            Of::ClientRead => Timer::ClientRead,
            Of::ClientPing => Timer::ClientPing,
            Of::Proposal(..) => Timer::Proposal,
            Of::Bind => Timer::Bind,
        }
    }
}
