//! Runs in the browser: the viewer of recordings, and a run as one HTML file that needs nothing but itself.
//!
//! The viewer is plain scripts that share one scope, in the order of [`SCRIPTS`]; `Viewer`, in `viewer/viewer.js`, is what a page
//! uses of them.

mod fill;
mod fitting;
mod html;
mod playground;
#[cfg(test)]
mod tests;

pub(crate) use fill::fill;
pub use fitting::{Cut, fitting, turn};
pub use html::{CAP, html};
pub use playground::{PLAYGROUND, playground_script, playground_style};

/// The viewer, part by part: a part may use those before it.
pub const SCRIPTS: [&str; 16] = [
    include_str!("viewer/dom.js"),
    include_str!("viewer/words.js"),
    include_str!("viewer/film.js"),
    include_str!("viewer/axis.js"),
    include_str!("viewer/paint.js"),
    include_str!("viewer/sight.js"),
    include_str!("viewer/arrows.js"),
    include_str!("viewer/head.js"),
    include_str!("viewer/diagram.js"),
    include_str!("viewer/gestures.js"),
    include_str!("viewer/list.js"),
    include_str!("viewer/story.js"),
    include_str!("viewer/cards.js"),
    include_str!("viewer/controls.js"),
    include_str!("viewer/about.js"),
    include_str!("viewer/viewer.js"),
];

/// How all of it looks, in light and dark.
pub const STYLE: &str = concat!(include_str!("viewer/colours.css"), include_str!("viewer/style.css"));

/// The viewer as one script.
pub fn script() -> String {
    let mut script = String::from("'use strict';\n");
    SCRIPTS.iter().for_each(|part| script.push_str(part));
    script
}
