//! What happened, for a test to look at.

use super::*;

impl Cluster {
    /// Forgets what happened so far.
    pub(crate) fn forget(&mut self) {
        self.events.clear();
        self.nodes.values_mut().for_each(|node| node.heard.clear());
    }

    pub(crate) fn events(&self, sid: Sid) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |(of, _)| *of == sid).map(|(_, event)| event)
    }

    pub(crate) fn decisions(&self, sid: Sid) -> Vec<&Decision> {
        self.events(sid)
            .filter_map(|event| match event {
                Event::Decided(decision) => Some(decision),
                _ => None,
            })
            .collect()
    }

    /// Whether a server took a decision like this.
    pub(crate) fn decided(&self, sid: Sid, like: impl Fn(&Decision) -> bool) -> bool {
        self.decisions(sid).into_iter().any(like)
    }

    /// Everything one server has sent another.
    pub(crate) fn sent(&self, from: Sid, to: Sid) -> Vec<Packet> {
        self.events(from)
            .filter_map(|event| match event {
                Event::Sent(whom, _, packet) if *whom == to => Some(packet.clone()),
                _ => None,
            })
            .collect()
    }

    /// What a server did with its disk and sent on quorum connections, in order, in words; a `+` marks the end of a
    /// change that takes time.
    pub(crate) fn course(&self, sid: Sid) -> Vec<String> {
        self.events(sid)
            .filter_map(|event| match event {
                Event::Asked(op) => Some(op.to_string()),
                Event::Done(op) => Some(format!("+{op}")),
                Event::Sent(_, Port::Quorum, packet) => Some(packet.to_string()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn answer(&self, origin: Origin) -> Option<&Answer> {
        self.events.iter().find_map(|(_, event)| match event {
            Event::Answered(answer) if answer.origin == origin => Some(&**answer),
            _ => None,
        })
    }

    /// The zxid and outcome of an answered request.
    pub(crate) fn outcome(&self, origin: Origin) -> Option<(Zxid, Result<(), ErrorCode>)> {
        self.answer(origin)
            .map(|answer| (answer.zxid, answer.result.as_ref().map(|_| ()).map_err(|code| *code)))
    }
}

/// The packets' texts, for a look at a whole stream.
pub(crate) fn names(packets: &[Packet]) -> Vec<String> {
    packets.iter().map(Packet::to_string).collect()
}
