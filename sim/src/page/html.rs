//! A run as one HTML file.

use super::{STYLE, fill, script};
use crate::recording::Recording;
use serde_json::json;
use std::borrow::Cow;

const PAGE: &str = include_str!("page.html");

/// How many bytes a file may have.
pub const CAP: usize = 20_000_000;

/// Text as it may stand between tags.
fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return text.into();
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
}

/// The page of a recording. The notes say what it does not show, a sentence each.
pub fn html(recording: &Recording, notes: &[String]) -> String {
    let mut data = recording.json();
    data["notes"] = json!(notes);
    // A `<` could end the element that holds the data; in JSON it stands in texts alone.
    let data = data.to_string().replace('<', "\\u003c");
    let title = format!("{} (seed {})", recording.name, recording.seed);
    let title = escape(&title);
    let script = script();
    let holes = [("title", &*title), ("style", STYLE), ("recording", &data), ("script", &script)];
    fill(PAGE, &holes)
}
