//! The layout of a line: log4j's `%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n` of 3.4 to 3.7, logback's of 3.8
//! and 3.9, and what is left of either where the time stamp, the id or the level are not printed.

use super::clock;
use zablab_protocol::Sid;

/// What stands before the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head<'l> {
    /// Milliseconds since 1970.
    pub(super) time: Option<i64>,
    /// `[myid:N]`; none where it is empty, as before the configuration has been read.
    pub(super) myid: Option<Sid>,
    /// `DEBUG` or `TRACE`.
    pub(super) below_info: bool,
    /// Who wrote it.
    pub(super) thread: &'l [u8],
    /// Which class, without its package and without what is nested in it.
    pub(super) class: &'l [u8],
    /// The line of its source; 0 where the layout does not know it.
    pub(super) source: u32,
    /// What is said.
    pub(super) message: &'l [u8],
}

/// How far into a line the id is looked for: whoever collects logs puts its own words before a line.
const PREFIX: usize = 160;
/// How far the bracket of thread and class may reach: a thread can be named after several addresses.
const BRACKET: usize = 600;

const LEVELS: [(&[u8], bool); 6] = [
    (b"INFO", false),
    (b"WARN", false),
    (b"ERROR", false),
    (b"FATAL", false),
    (b"DEBUG", true),
    (b"TRACE", true),
];

/// Where `what` begins in `text`.
pub(super) fn position(text: &[u8], what: &[u8]) -> Option<usize> {
    let (first, rest) = what.split_first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| byte == first) {
        from += at + 1;
        if text[from..].starts_with(rest) {
            return Some(from - 1);
        }
    }
    None
}

fn blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn trim_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| blank(**byte)).count();
    &text[blanks..]
}

fn trim_end(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|byte| blank(**byte)).count();
    &text[..text.len() - blanks]
}

/// The digits that `text` begins with, and what follows them.
fn digits(text: &[u8]) -> (Option<i64>, &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    (std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()), rest)
}

/// A line without its end: line feed, carriage return, or both.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The head of a line; `None` for a line that has none: it belongs to the line before it.
pub(super) fn head(line: &[u8]) -> Option<Head<'_>> {
    let nothing = line.iter().take_while(|byte| **byte == 0).count();
    let line = &line[nothing..];
    let near = &line[..line.len().min(PREFIX)];
    let (time, myid, rest) = match position(near, b"[myid:") {
        Some(at) => {
            let before = trim_end(&line[..at]);
            // A line that somebody quotes is not a line of a log.
            if before.iter().any(|byte| matches!(byte, b'"' | b'{')) {
                return None;
            }
            let time = before.len().checked_sub(clock::WIDTH).and_then(|from| clock::stamp(&before[from..]));
            let inside = &line[at + b"[myid:".len()..];
            let end = inside.iter().position(|byte| *byte == b']')?;
            let (number, tail) = digits(&inside[..end]);
            let rest = &inside[end + 1..];
            (time, number.filter(|_| tail.is_empty()).map(Sid), rest)
        }
        None => match line.get(..clock::WIDTH).and_then(clock::stamp) {
            Some(time) => (Some(time), None, &line[clock::WIDTH..]),
            None => (None, None, line),
        },
    };
    let rest = trim_start(rest);
    let rest = trim_start(rest.strip_prefix(b"- ").unwrap_or(rest));
    let level = LEVELS
        .iter()
        .find(|(word, _)| rest.starts_with(word) && rest.get(word.len()).is_some_and(|byte| blank(*byte)));
    let (below_info, rest) =
        level.map_or((false, rest), |(word, below)| (*below, trim_start(&rest[word.len()..])));
    let inside = rest.strip_prefix(b"[")?;
    bracket(inside, Head { time, myid, below_info, thread: b"", class: b"", source: 0, message: b"" })
}

/// `THREAD:CLASS@LINE] - MESSAGE`. A thread's name may hold brackets, colons and blanks.
fn bracket<'l>(inside: &'l [u8], head: Head<'l>) -> Option<Head<'l>> {
    let near = &inside[..inside.len().min(BRACKET)];
    let mut from = 0;
    loop {
        from += near.get(from..)?.iter().position(|byte| *byte == b'@')? + 1;
        let (source, rest) = match near.get(from) {
            Some(b'?') => (Some(0), &inside[from + 1..]),
            _ => digits(&inside[from..]),
        };
        let (Some(source), Some(rest)) = (source, rest.strip_prefix(b"]")) else { continue };
        // A nested diagnostic context, `[%x]`.
        let rest = match rest.strip_prefix(b"[") {
            Some(context) => match context.iter().position(|byte| *byte == b']') {
                Some(end) => &context[end + 1..],
                None => continue,
            },
            None => rest,
        };
        let Some(message) = trim_start(rest).strip_prefix(b"-") else { continue };
        let named = &near[..from - 1];
        let colon = named.iter().rposition(|byte| *byte == b':')?;
        let (thread, class) = (&named[..colon], &named[colon + 1..]);
        let class = class.rsplit(|byte| *byte == b'.').next().unwrap_or(class);
        let class = class.split(|byte| *byte == b'$').next().unwrap_or(class);
        if class.is_empty() || !class.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            continue;
        }
        let message = message.strip_prefix(b" ").unwrap_or(message);
        return Some(Head { thread, class, source: u32::try_from(source).unwrap_or(0), message, ..head });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Option<i64> = Some(1_795_163_741_791);

    #[test]
    fn every_layout_is_told_apart() {
        let sid = Some(Sid(1));
        for (line, time, myid, thread, class, source) in [
            (
                "2026-11-20 08:35:41,791 [myid:1] - INFO  [main:QuorumPeer@12] - said",
                TIME,
                sid,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "2026-11-20 08:35:41,791 [myid:1] - INFO [main:QuorumPeer@12] - said",
                TIME,
                sid,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "2026-11-20 08:35:41,791 [myid:] - WARN  [main:QuorumPeer@12] - said",
                TIME,
                None,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "2026-11-20 08:35:41,791 - INFO  [main:QuorumPeer@12] - said",
                TIME,
                None,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "2026-11-20 08:35:41,791 [myid:1] - INFO  [main:o.a.z.s.q.QuorumPeer@12] - said",
                TIME,
                sid,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "2026-11-20 08:35:41,791 [myid:1] - INFO  [main:org.apache.zookeeper.server.quorum.QuorumPeer@12] - said",
                TIME,
                sid,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "zk1_1  | 2026-11-20 08:35:41,791 [myid:1] - INFO  [main:QuorumPeer@12] - said",
                TIME,
                sid,
                "main",
                "QuorumPeer",
                12,
            ),
            ("[myid:1] - INFO  [main:QuorumPeer@?] - said", None, sid, "main", "QuorumPeer", 0),
            (
                "2026-11-20 08:35:41,791\t[myid:1]\t- INFO\t[main:QuorumPeer@12][] - said",
                TIME,
                sid,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "\0\0\x002026-11-20 08:35:41,791 [myid:1] - INFO [main:QuorumPeer@12] - said",
                TIME,
                sid,
                "main",
                "QuorumPeer",
                12,
            ),
            (
                "[QuorumPeer[myid=1](plain=[0:0:0:0:0:0:0:0]:2181)(secure=disabled):QuorumCnxManager$Listener@9] - said",
                None,
                None,
                "QuorumPeer[myid=1](plain=[0:0:0:0:0:0:0:0]:2181)(secure=disabled)",
                "QuorumCnxManager",
                9,
            ),
            (
                "2026-11-20 08:35:41,791 [myid:1] - INFO  [ProcessThread(sid:1 cport:-1)::PrepRequestProcessor@645] - said",
                TIME,
                sid,
                "ProcessThread(sid:1 cport:-1):",
                "PrepRequestProcessor",
                645,
            ),
        ] {
            let expected = Head {
                time,
                myid,
                below_info: false,
                thread: thread.as_bytes(),
                class: class.as_bytes(),
                source,
                message: b"said",
            };
            assert_eq!(head(line.as_bytes()), Some(expected), "{line}");
        }
        let debug = head(b"2026-11-20 08:35:41,791 [myid:1] - DEBUG [main:QuorumPeer@12] - said");
        assert!(debug.is_some_and(|head| head.below_info));
        let empty = head(b"2026-11-20 08:35:41,791 [myid:1] - INFO  [main:ZookeeperBanner@42] - ");
        assert_eq!(empty.map(|head| head.message), Some(&b""[..]));
    }

    #[test]
    fn other_lines_have_no_head() {
        for line in [
            "",
            "\tat java.net.Socket.connect(Socket.java:12)",
            "java.io.EOFException",
            "[a bracket]",
            "[main] - said",
            "2026-11-20 08:35:41,791 zk1 LOOKING",
            "2026-11-20 08:35:41,791 [myid:1 - INFO",
            "[x@12] - no class",
            r#"  "2026-11-20 08:35:41,791 [myid:1] - INFO  [main:QuorumPeer@12] - said\n""#,
        ] {
            assert_eq!(head(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn both_ends_of_a_line_are_taken_away() {
        for line in ["said\r\n", "said\n", "said\r", "said"] {
            assert_eq!(without_end(line.as_bytes()), b"said");
        }
    }
}
