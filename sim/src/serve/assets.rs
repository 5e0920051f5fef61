//! The page and its parts, embedded.

use crate::page::{PLAYGROUND, playground_script, playground_style};
use hyper::body::Bytes;
use std::sync::LazyLock;

/// A part of the page.
pub(super) struct Asset {
    path: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: Bytes,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        Asset { path: "/", kind: "text/html; charset=utf-8", text: PLAYGROUND.into() },
        Asset {
            path: "/playground.js",
            kind: "text/javascript; charset=utf-8",
            text: playground_script().into(),
        },
        Asset { path: "/playground.css", kind: "text/css; charset=utf-8", text: playground_style().into() },
    ]
});

/// What stands at a path.
pub(super) fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}
