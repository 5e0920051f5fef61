//! Messages by their patterns: literal text, and `{}` where a value stands.

use zablab_protocol::{ServerState, SessionId, Sid, Zxid};

/// The values of a message, in the order of the pattern's `{}`.
pub(super) type Fields<'m> = [&'m str; 9];

/// Holds a message against a pattern. A `{}` takes as little as it can; at the pattern's end it takes the rest. What
/// follows the pattern is not looked at.
pub(super) fn fields<'m>(message: &'m str, pattern: &str) -> Option<Fields<'m>> {
    split(message, pattern).map(|(fields, _)| fields)
}

/// The same where the pattern's last word has to end with it.
pub(super) fn whole<'m>(message: &'m str, pattern: &str) -> Option<Fields<'m>> {
    let (fields, rest) = split(message, pattern)?;
    let ends = !pattern.ends_with(char::is_alphanumeric) || !rest.starts_with(char::is_alphanumeric);
    ends.then_some(fields)
}

fn split<'m>(message: &'m str, pattern: &str) -> Option<(Fields<'m>, &'m str)> {
    let mut fields = [""; 9];
    let mut parts = pattern.split("{}");
    let mut rest = message.strip_prefix(parts.next()?)?;
    for (field, part) in fields.iter_mut().zip(parts) {
        let end = if part.is_empty() { rest.len() } else { rest.find(part)? };
        *field = rest[..end].trim();
        rest = &rest[end + part.len()..];
    }
    Some((fields, rest))
}

/// What `text` says up to a blank, a comma, or another sign that ends a number.
fn word(text: &str) -> &str {
    let text = text.trim_start();
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '_')))
        .next()
        .unwrap_or(text)
        .trim_end_matches('.')
}

/// A decimal number.
pub(super) fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    word(text).parse().ok()
}

/// A server's id.
pub(super) fn sid(text: &str) -> Option<Sid> {
    number(text).map(Sid)
}

fn bits(text: &str) -> Option<i64> {
    let text = word(text);
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // `from_str_radix` would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten().map(|bits| bits as i64)
}

/// A zxid in hexadecimal, `0x` before it or not.
pub(super) fn hex(text: &str) -> Option<Zxid> {
    bits(text).map(Zxid)
}

/// The same for any number.
pub(super) fn hex_number<T: TryFrom<i64>>(text: &str) -> Option<T> {
    T::try_from(bits(text)?).ok()
}

/// A session's id.
pub(super) fn session(text: &str) -> Option<SessionId> {
    bits(text).map(SessionId)
}

/// `LOOKING`, `FOLLOWING`, `LEADING` or `OBSERVING`, whatever the case.
pub(super) fn state(text: &str) -> Option<ServerState> {
    let states = [
        ("LOOKING", ServerState::Looking),
        ("FOLLOWING", ServerState::Following),
        ("LEADING", ServerState::Leading),
        ("OBSERVING", ServerState::Observing),
    ];
    let word = word(text);
    states.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, state)| state)
}

/// The port of an address such as `host/1.2.3.4:2888` or `[::1]:2888`.
pub(super) fn port(address: &str) -> Option<u16> {
    let address = address.split_whitespace().next()?;
    address.rsplit_once(':')?.1.parse().ok()
}

/// The zxid in the name of a log or a snapshot: what stands behind `stem` and a dot, before any other.
pub(super) fn of_file(path: &str, stem: &str) -> Option<Zxid> {
    let at = path.rfind(stem)?;
    let name = path[at + stem.len()..].split_whitespace().next()?;
    hex(name.split('.').next()?)
}

/// Every number of a list such as `[[1, 2],[1, 2]]`, once.
pub(super) fn sids(list: &str) -> Vec<Sid> {
    let mut sids: Vec<Sid> = list
        .split(|c: char| !(c.is_ascii_digit() || c == '-'))
        .filter_map(|word| word.parse().ok())
        .map(Sid)
        .collect();
    sids.sort_unstable();
    sids.dedup();
    sids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_what_stands_in_its_places() {
        let taken = |message, pattern| whole(message, pattern).map(|fields| (fields[0], fields[1]));
        for (message, pattern, expected) in [
            ("id =  1, zxid=0x2", "id = {}, zxid=0x{}", Some(("1", "2"))),
            ("id = 1", "id = {}, zxid=0x{}", None),
            ("1 is up: a:2", "{} is up: {}", Some(("1", "a:2"))),
            ("LOOKING", "LOOKING", Some(("", ""))),
            ("LOOKING at", "LOOKING", Some(("", ""))),
            ("LOOKINGS", "LOOKING", None),
        ] {
            assert_eq!(taken(message, pattern), expected, "{message}");
        }
        assert_eq!(fields("LOOKINGS", "LOOKING"), Some([""; 9]));
    }

    #[test]
    fn values_end_where_their_words_end() {
        assert_eq!(number::<u64>("400 ms"), Some(400));
        assert_eq!(number::<i64>("-1ms"), None);
        assert_eq!(hex("200000005, and"), Some(Zxid(0x2_0000_0005)));
        assert_eq!(hex("0xffffffffffffffff"), Some(Zxid(-1)));
        assert_eq!(hex("10z0"), None);
        assert_eq!(hex("11111111111111111"), None);
        assert_eq!(state("leading"), Some(ServerState::Leading));
        assert_eq!(port("host/1.2.3.4:2888 java.net.ConnectException: refused"), Some(2888));
        assert_eq!(of_file(r"D:\data\snapshot.6000a.gz", "snapshot."), Some(Zxid(0x6000a)));
        assert_eq!(sids("[[2, 1],[1, 3]]"), [Sid(1), Sid(2), Sid(3)]);
    }
}
