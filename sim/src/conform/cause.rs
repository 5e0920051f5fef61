//! Exceptions: behind a line as a stack trace, or folded onto it.

/// How long a cause may become.
const LENGTH: usize = 500;

/// Whether this is the name of an exception's class.
fn is_exception(word: &str) -> bool {
    let ends = ["Exception", "Error", "Throwable"].iter().any(|end| word.ends_with(end));
    ends && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '$' | '_'))
}

/// The exception that a line of a stack trace begins with, and its message.
fn exception(line: &str) -> Option<&str> {
    let line = line.trim();
    let word = line.split([':', ' ']).next()?;
    is_exception(word).then_some(line)
}

fn cut(text: &str) -> Box<str> {
    text.chars().take(LENGTH).collect::<String>().into()
}

/// Takes a line of the stack trace behind an entry.
pub(super) fn follow(cause: &mut Option<Box<str>>, line: &str) {
    match cause {
        None => *cause = exception(line).map(cut),
        Some(first) => {
            let Some(deeper) = line.trim().strip_prefix("Caused by: ").and_then(exception) else { return };
            // Java repeats the message of what it wraps.
            if !first.contains(deeper) && first.len() < LENGTH {
                *first = cut(&format!("{first}; caused by {deeper}"));
            }
        }
    }
}

/// The exception in a message: a name with its package, as far as its frames.
pub(super) fn folded(message: &str) -> Option<Box<str>> {
    if !message.contains("Exception") && !message.contains("Error") {
        return None;
    }
    let mut from = 0;
    for word in message.split(' ') {
        let name = word.trim_end_matches([':', ',']);
        if name.contains('.') && is_exception(name) {
            let rest = &message[from..];
            let frames = rest
                .match_indices(" at ")
                .map(|(at, _)| at)
                .find(|at| rest[at + 4..].split(' ').next().is_some_and(|frame| frame.contains('(')));
            return Some(cut(rest[..frames.unwrap_or(rest.len())].trim()));
        }
        from += word.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_found_where_it_stands() {
        for (message, cause) in [
            ("Exception when following the leader", None),
            (
                "Exception when following the leader java.io.EOFException at java.io.DataInputStream.readInt(DataInputStream.java:392)",
                Some("java.io.EOFException"),
            ),
            (
                "Cannot open channel to 3 at election address h3/1.2.3.4:3888 java.net.ConnectException: Connection refused \
                 (Connection refused) at java.net.PlainSocketImpl.socketConnect(Native Method)",
                Some("java.net.ConnectException: Connection refused (Connection refused)"),
            ),
            (
                "Exception when using channel: for id 2 my id = 1 error = java.net.SocketException: Broken pipe",
                Some("java.net.SocketException: Broken pipe"),
            ),
        ] {
            assert_eq!(folded(message).as_deref(), cause);
        }
    }

    #[test]
    fn a_stack_trace_says_what_was_thrown_and_why() {
        let mut cause = None;
        for line in [
            "java.lang.RuntimeException: Unable to run quorum server",
            "\tat org.apache.zookeeper.server.quorum.QuorumPeer.loadDataBase(QuorumPeer.java:1201)",
            "Caused by: java.io.IOException: The accepted epoch, 1 is less than the current epoch, 9",
            "\t... 3 more",
        ] {
            follow(&mut cause, line);
        }
        let expected = "java.lang.RuntimeException: Unable to run quorum server; caused by java.io.IOException: \
            The accepted epoch, 1 is less than the current epoch, 9";
        assert_eq!(cause.as_deref(), Some(expected));
    }
}
