use super::super::event::Thread;
use super::*;
use proptest::prelude::*;
use std::io::Write;
use zablab_protocol::ServerState;

const HEAD: &str = "2026-11-20 08:35:41,791 [myid:1] - WARN  [";

fn read(text: &[u8], sid: Option<i64>) -> (Vec<Entry>, Counts) {
    let mut entries = Entries::new(text, 0, sid.map(Sid));
    let read = (&mut entries).collect();
    (read, entries.end().0)
}

#[test]
fn a_stack_trace_belongs_to_the_line_before() {
    let text = format!(
        "\tat the.edge.of(A.java:1)\n{HEAD}QuorumPeer[myid=1]:Follower@128] - Exception when following the leader\r\n\
         java.net.SocketTimeoutException: Read timed out\r\n\tat java.net.Socket.read(Socket.java:1)\r\n\n\
         {HEAD}QuorumPeer[myid=1]:QuorumPeer@903] - LOOKING\n"
    );
    let (entries, counts) = read(text.as_bytes(), Some(1));
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].line, entries[0].thread), (2, Thread::Peer));
    assert_eq!(entries[0].event, Event::LearnerFailed);
    assert_eq!(entries[0].cause.as_deref(), Some("java.net.SocketTimeoutException: Read timed out"));
    assert_eq!((entries[1].line, entries[1].time), (6, Some(1_795_163_741_791)));
    assert_eq!(entries[1].cause, None);
    assert_eq!((counts.lines, counts.protocol, counts.trace_lines), (6, 2, 4));
}

#[test]
fn the_reason_of_a_leaders_end_may_be_in_its_trace() {
    let text = format!(
        "{HEAD}QuorumPeer[myid=1]/0.0.0.0:2181:Leader@496] - Shutdown called\n\
         java.lang.Exception: shutdown Leader! reason: Not sufficient followers synced, only synced with sids: [ 1 ]\n"
    );
    let (entries, _) = read(text.as_bytes(), None);
    let reason = "Not sufficient followers synced, only synced with sids: [ 1 ]".into();
    assert_eq!(entries[0].event, Event::LeaderShutdown { reason, only: Some(vec![Sid(1)]) });
}

#[test]
fn what_is_no_line_of_this_server_is_counted_and_left_out() {
    let mut text = format!("{HEAD}main:QuorumPeer@1] - LOOKING\n").into_bytes();
    text.extend(std::iter::repeat_n(b'x', LONGEST * 3));
    text.extend(b"\n\xff\xfe\n\0\0\0\n");
    text.extend(format!("{HEAD}main:QuorumPeer@1] - FOLLOWING\n").replace("myid:1", "myid:2").bytes());
    text.extend(format!("{HEAD}main:QuorumPeer@1] - LEADING\n").replace("WARN ", "DEBUG").bytes());
    text.extend(
        format!("{HEAD}main:Stranger@1] - hello\n{HEAD}main:QuorumPeer@1] - tickTime set to x\n").bytes(),
    );
    text.extend(format!("{HEAD}main:QuorumPeer@1] - OBSERVING").bytes());
    let (entries, counts) = read(&text, Some(1));
    let events: Vec<(u32, Event)> = entries.into_iter().map(|entry| (entry.line, entry.event)).collect();
    let role = Event::Role { state: ServerState::Observing };
    assert_eq!(events, [(1, Event::Looking), (9, role)]);
    assert_eq!((counts.lines, counts.giant, counts.invalid_utf8), (9, 1, 2));
    assert_eq!(counts.other_servers, [(Sid(2), 1)].into());
    assert_eq!(counts.ignored, [(why::DEBUG, 1)].into());
    assert_eq!((counts.unknown, &*counts.unknown_lines[0].text), (1, "hello"));
    assert_eq!((counts.malformed, counts.malformed_lines[0].expected), (1, Some("tickTime set to {}")));
    assert_eq!(counts.sum(), counts.lines);
}

#[test]
fn a_log_may_be_compressed_and_cut_off() {
    let text = format!("{HEAD}main:QuorumPeer@1] - LOOKING\n").repeat(100);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let unpacked = |bytes: &[u8]| {
        let mut entries = Entries::new(BufReader::new(MultiGzDecoder::new(bytes)), 0, None);
        let count = (&mut entries).count();
        (count, entries.error().is_some())
    };
    assert_eq!(unpacked(&gzip), (100, false));
    assert!(unpacked(&gzip[..gzip.len() / 2]).1);
}

/// Real lines, of which the random ones are made.
const SAMPLE: &str = include_str!("../../../../tests/real-logs/docker-start-123/zk1.log");

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let (_, counts) = read(&bytes, Some(1));
        prop_assert_eq!(counts.sum(), counts.lines);
    }

    #[test]
    fn changed_lines_are_read(
        from in 0..SAMPLE.len(),
        changes in proptest::collection::vec((0..4000usize, prop_oneof![
            Just(b"\n".to_vec()), Just(b"]".to_vec()), Just(b"@".to_vec()), Just(b" ".to_vec()), Just(Vec::new()),
            Just(b"99999999999999999999".to_vec()), Just("é".into()), proptest::collection::vec(any::<u8>(), 0..4),
        ], 0..4usize), 0..40),
    ) {
        let mut bytes = SAMPLE.as_bytes()[from..SAMPLE.len().min(from + 4000)].to_vec();
        for (at, with, over) in changes {
            let at = at.min(bytes.len());
            let end = (at + over).min(bytes.len());
            bytes.splice(at..end, with);
        }
        let (entries, counts) = read(&bytes, Some(1));
        prop_assert_eq!(counts.sum(), counts.lines);
        prop_assert_eq!(entries.len() as u64, counts.protocol);
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        prop_assert_eq!(counts.lines, lines + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n')));
    }
}
