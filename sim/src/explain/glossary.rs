//! The words that a learner may not know, each in one short sentence.

/// A word and what it means.
pub type Entry = (&'static str, &'static str);

/// The words, in the order in which they are explained where several come at once.
pub const WORDS: &[Entry] = &[
    ("LOOKING", "in search of a leader"),
    ("OBSERVING", "learning all that a leader commits, and never voting"),
    ("round", "an election's number"),
    ("quorum", "more than half of the servers, so that any two quorums share one"),
    ("epoch", "a reign's number, higher with each leader"),
    ("zxid", "a write's number (0x100000003: the 3rd of epoch 1)"),
    ("currentEpoch", "on disk: the last epoch that the server took part in"),
    ("acceptedEpoch", "on disk: the highest epoch that the server promised to join"),
    ("FOLLOWERINFO", "how a follower reports to its leader"),
    ("LEADERINFO", "how a leader tells its new epoch"),
    ("NEWLEADER", "ends a synchronization; to be acknowledged once all of it is on disk"),
    ("UPTODATE", "the leader's word that a quorum is in sync: serve"),
    ("DIFF", "what a follower lacks"),
    ("SNAP", "a copy of everything"),
    ("TRUNC", "a follower cuts off what the leader does not have"),
    ("ACK", "a follower's word that a write is on its disk"),
    ("observer", "a server that learns everything and never votes"),
    ("session", "what a client has with the whole service; it outlives a connection"),
    ("expired", "given up by the leader: nothing was heard of the client in time"),
    ("ephemeral", "goes away with the session that made it"),
    ("znode", "a node of the tree that ZooKeeper keeps: a path, data, a version"),
    ("watch", "a wish to be told once when a znode changes"),
    ("connection loss", "the client cannot know whether its request took effect"),
];

/// Which words a text uses.
pub fn used(text: &str) -> impl Iterator<Item = &'static Entry> + '_ {
    WORDS.iter().filter(move |(word, _)| uses(text, word))
}

/// Whether a word, or its plural, stands in a text by itself.
fn uses(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '/';
    text.match_indices(word).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + found.len()..].strip_prefix('s').unwrap_or(&text[at + found.len()..]);
        before.is_none_or(|c| !part(c)) && behind.chars().next().is_none_or(|c| !part(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&'static str> {
        used(text).map(|(word, _)| *word).collect()
    }

    #[test]
    fn a_word_is_found_by_itself_and_in_plural() {
        assert_eq!(found("Two epochs, no quorum."), ["quorum", "epoch"]);
        assert_eq!(found("rounds; the acceptedEpoch"), ["round", "acceptedEpoch"]);
        assert!(found("around the LOOKINGglass, /session-1").is_empty());
    }

    #[test]
    fn no_word_is_explained_twice() {
        let mut words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), WORDS.len());
    }
}
