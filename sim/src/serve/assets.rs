//! The page and its parts, embedded.

/// A part of the page.
pub(super) struct Asset {
    path: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

const ASSETS: &[Asset] =
    &[Asset { path: "/", kind: "text/html; charset=utf-8", text: include_str!("../page/playground.html") }];

/// What stands at a path.
pub(super) fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}
