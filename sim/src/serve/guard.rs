//! Who may ask. A page of another origin can make a browser send requests here, and a name of its own can be made to lead here;
//! neither may start anything.

use super::refusal::Refusal;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::{Method, StatusCode};
use std::net::{IpAddr, SocketAddr};

fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or("")
}

/// A host with its port; 80 where none is named.
fn host_and_port(authority: &str) -> Option<(&str, u16)> {
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, rest) = match bracketed {
        Some((host, rest)) => (host, rest),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = if rest.is_empty() { 80 } else { rest.strip_prefix(':')?.parse().ok()? };
    Some((host, port))
}

/// Whether a `Host` names the address at which the request came in.
fn names(authority: &str, local: SocketAddr) -> bool {
    let Some((host, port)) = host_and_port(authority) else { return false };
    let here = match host.parse::<IpAddr>() {
        Ok(ip) => ip == local.ip().to_canonical(),
        Err(_) => host.eq_ignore_ascii_case("localhost") && local.ip().to_canonical().is_loopback(),
    };
    here && port == local.port()
}

/// Lets a request pass that came to `local`.
pub(super) fn check(method: &Method, headers: &HeaderMap, local: SocketAddr) -> Result<(), Refusal> {
    let forbidden = |what: String| Refusal::new(StatusCode::FORBIDDEN, what);
    let hosts: Vec<&HeaderValue> = headers.get_all(HOST).iter().collect();
    let [host] = hosts.as_slice() else {
        return Err(forbidden(format!("expected one Host header, http://{local}/ is this page")));
    };
    let host = text(host);
    if !names(host, local) {
        return Err(forbidden(format!("this page is http://{local}/, and the request is for host `{host}`")));
    }
    let origins: Vec<&str> = headers.get_all(ORIGIN).iter().map(text).collect();
    match origins.as_slice() {
        [] => {}
        [origin] if origin.strip_prefix("http://") == Some(host) => {}
        [origin] => {
            return Err(forbidden(format!("the request comes from a page of another origin, `{origin}`")));
        }
        _ => return Err(forbidden("expected one Origin header at most".to_owned())),
    }
    let kind = headers.get(CONTENT_TYPE).map(text).unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    if method == Method::POST && !essence.eq_ignore_ascii_case("application/json") {
        let found = if kind.is_empty() { "none".to_owned() } else { format!("`{kind}`") };
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("expected a body of Content-Type application/json, found {found}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_address_is_a_host() {
        let local: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        for host in ["127.0.0.1:8080", "localhost:8080", "LocalHost:8080"] {
            assert!(names(host, local), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:80",
            "evil.example:8080",
            "127.0.0.2:8080",
            "[::1]:8080",
            "localhost:x",
            "[::1",
        ] {
            assert!(!names(host, local), "{host}");
        }
        assert!(names("[::1]:8080", "[::1]:8080".parse().unwrap()));
        assert!(names("localhost", "127.0.0.1:80".parse().unwrap()));
        // Reached from another machine by its number, and not by a name that somebody else may own.
        let open: SocketAddr = "10.0.0.7:8080".parse().unwrap();
        assert!(names("10.0.0.7:8080", open) && !names("localhost:8080", open));
    }
}
