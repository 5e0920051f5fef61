//! The value of a `server.N` line (`QuorumPeer.QuorumServer`).

/// What is wrong with it, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) help: Option<&'static str>,
}

/// An address that a server line holds: where its peers find it.
pub(crate) type Address = (String, u16, u16);

/// What a server line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) observer: bool,
    /// Host, quorum port, election port; at least one.
    pub(super) addresses: Vec<Address>,
}

const FORM: &str = "`host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]`";

fn wrong(message: String, expected: impl Into<String>) -> Wrong {
    Wrong { message, expected: expected.into(), help: None }
}

fn form(text: &str) -> Wrong {
    wrong(format!("`{text}` does not have the form of a server"), FORM)
}

/// Java's `split`: empty parts at the end are dropped.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts: Vec<&str> = text.split(separator).collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}

/// `ConfigUtils.getHostAndPort`: an IPv6 host stands in brackets.
fn host_and_ports(text: &str) -> Result<Vec<&str>, Wrong> {
    let Some(inner) = text.strip_prefix('[') else { return Ok(split(text, ':')) };
    let Some((host, rest)) = inner.split_once(']') else {
        return Err(wrong(format!("`{text}` begins with `[` and has no `]`"), "`[address]:port`"));
    };
    let mut rest = rest.chars();
    rest.next();
    let ports = rest.as_str();
    if ports.is_empty() {
        return Err(wrong(format!("`{text}` has no port behind the address"), "`[address]:port`"));
    }
    Ok([host].into_iter().chain(split(ports, ':')).collect())
}

/// A port as Java reads it: `Integer.parseInt`, then `InetSocketAddress`.
pub(super) fn port(text: &str) -> Result<u16, Wrong> {
    const RANGE: &str = "a port from 0 to 65535";
    match text.parse::<i32>() {
        Ok(number) => {
            u16::try_from(number).map_err(|_| wrong(format!("port `{text}` is out of range"), RANGE))
        }
        Err(_) if text.trim() != text && text.trim().parse::<i32>().is_ok() => Err(Wrong {
            help: Some("ZooKeeper does not trim this line: take the blank away"),
            ..wrong(format!("`{text}` is not a port: there is a blank in it"), RANGE)
        }),
        Err(_) => Err(wrong(format!("`{text}` is not a port"), RANGE)),
    }
}

impl Server {
    /// Reads the value. Whether several addresses are allowed is for others to say.
    pub(super) fn read(text: &str) -> Result<Server, Wrong> {
        let parts = split(text, ';');
        if parts.len() > 3 {
            return Err(form(text));
        }
        for client in parts.iter().skip(1).filter(|client| !client.is_empty()) {
            let client = host_and_ports(client)?;
            if client.len() > 2 {
                return Err(form(text));
            }
            port(client[client.len() - 1])?;
        }
        let mut role = None;
        let mut addresses = Vec::new();
        for address in split(parts[0], '|') {
            let words = host_and_ports(address)?;
            let (&[host, quorum, election] | &[host, quorum, election, _]) = &words[..] else {
                let help = (words.len() > 4 && !address.starts_with('['))
                    .then_some("an IPv6 address stands in brackets: `[::1]:2888:3888`");
                return Err(Wrong { help, ..form(text) });
            };
            let (quorum, election) = (port(quorum)?, port(election)?);
            if quorum == election {
                let message = format!("the quorum port and the election port are both {quorum}");
                return Err(wrong(message, "two different ports"));
            }
            addresses.push((host.to_owned(), quorum, election));
            if let Some(word) = words.get(3) {
                let observer = observer(word)
                    .ok_or_else(|| wrong(format!("unknown role `{word}`"), "`participant` or `observer`"))?;
                if role.is_some_and(|role| role != observer) {
                    let message = "the addresses have different roles".to_owned();
                    return Err(wrong(message, "the same role behind each address"));
                }
                role = Some(observer);
            }
        }
        Ok(Server { observer: role.unwrap_or(false), addresses })
    }
}

/// Whether a role is an observer's; `None` for what is no role. Case does not count.
pub(super) fn observer(word: &str) -> Option<bool> {
    match &*word.trim().to_lowercase() {
        "observer" => Some(true),
        "participant" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_server_is_read() {
        for (text, observer, addresses) in [
            ("zoo1:2888:3888", false, 1),
            ("zoo1:2888:3888:observer", true, 1),
            ("zoo1:2888:3888:Participant", false, 1),
            ("10.0.0.1:2888:3888;2181", false, 1),
            ("10.0.0.1:2888:3888:observer;0.0.0.0:2181", true, 1),
            ("10.0.0.1:2888:3888;2181;2281", false, 1),
            ("[2001:db8::1]:2888:3888", false, 1),
            ("[2001:db8::1]:2888:3888:observer;[::]:2181", true, 1),
            ("zoo1-a:2888:3888|zoo1-b:2889:3889", false, 2),
            ("zoo1-a:2888:3888:observer|[::1]:2889:3889:observer;2181", true, 2),
        ] {
            let server = Server::read(text).expect(text);
            assert_eq!((server.observer, server.addresses.len()), (observer, addresses), "{text}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for (text, message) in [
            ("", "`` does not have the form of a server"),
            ("zoo1", "`zoo1` does not have the form of a server"),
            ("zoo1:2888", "`zoo1:2888` does not have the form of a server"),
            ("a:1:2:observer:x", "`a:1:2:observer:x` does not have the form of a server"),
            ("a:1:2;3;4;5", "`a:1:2;3;4;5` does not have the form of a server"),
            ("::1:2888:3888", "`::1:2888:3888` does not have the form of a server"),
            ("[::1:2888:3888", "`[::1:2888:3888` begins with `[` and has no `]`"),
            ("[::1]:", "`[::1]:` has no port behind the address"),
            ("a:x:3888", "`x` is not a port"),
            ("a:2888:99999", "port `99999` is out of range"),
            ("a:2888:3888 ", "`3888 ` is not a port: there is a blank in it"),
            ("a:2888:3888;x", "`x` is not a port"),
            ("a:2888:2888", "the quorum port and the election port are both 2888"),
            ("a:2888:3888:witness", "unknown role `witness`"),
            ("a:1:2:observer|b:1:2:participant", "the addresses have different roles"),
        ] {
            assert_eq!(Server::read(text).expect_err(text).message, message, "{text}");
        }
    }
}
