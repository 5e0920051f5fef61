//! Sessions: `ZooKeeperServer`, the trackers, and the connections that sessions live on.

use super::why::CLIENTS;
use super::{Shape, says, skip};
use crate::conform::event::Event;
use crate::conform::fields::{Fields, number, session};

pub(super) const SERVER: &[Shape] = &[
    says("Expiring session 0x{}, timeout of {}ms exceeded", |f| {
        Some(Event::SessionExpiring { session: session(f[0])? })
    }),
    says("Closing session 0x{}", closing),
    says("tickTime set to {}", |f| setting("tickTime", f)),
    says("minSessionTimeout set to {}", |f| setting("minSessionTimeout", f)),
    says("maxSessionTimeout set to {}", |f| setting("maxSessionTimeout", f)),
    says("Severe unrecoverable error, exiting", |_| Some(Event::Severe)),
];

pub(super) const CONNECTION: &[Shape] = &[
    // A client that never had a session.
    skip("Close of session 0x0", CLIENTS),
    says("Close of session 0x{}", closing),
];

pub(super) const TRACKER: &[Shape] = &[
    says("Committing global session 0x{}", opened).of((3, 6, 0), (3, 9, 99)),
    says("Adding global session 0x{}", opened).of((3, 5, 0), (3, 5, 99)),
];

/// The closing of a local session takes no zxid.
pub(super) const CLOSING: &[Shape] =
    &[says("Submitting global closeSession request for session 0x{}", closing).of((3, 5, 0), (3, 9, 99))];

pub(super) const PREP: &[Shape] = &[says("Processed session termination for sessionid: 0x{}", closing)];

fn opened(f: &Fields<'_>) -> Option<Event> {
    Some(Event::SessionOpened { session: session(f[0])? })
}

fn closing(f: &Fields<'_>) -> Option<Event> {
    Some(Event::SessionClosing { session: session(f[0])? })
}

fn setting(key: &'static str, f: &Fields<'_>) -> Option<Event> {
    Some(Event::Setting { key, value: number(f[0])? })
}
