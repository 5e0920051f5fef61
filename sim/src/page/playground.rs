//! The page of the playground: the viewer, and what is done around it.

/// Its frame, which loads its style and its script.
pub const PLAYGROUND: &str = include_str!("playground/playground.html");

/// Its parts, in the order in which they build on the viewer and on each other.
const SCRIPTS: [&str; 8] = [
    include_str!("playground/server.js"),
    include_str!("playground/branches.js"),
    include_str!("playground/world.js"),
    include_str!("playground/byhand.js"),
    include_str!("playground/lesson.js"),
    include_str!("playground/library.js"),
    include_str!("playground/compare.js"),
    include_str!("playground/playground.js"),
];

/// All that it runs, the viewer first.
pub fn playground_script() -> String {
    super::script() + &SCRIPTS.concat()
}

/// How it looks.
pub fn playground_style() -> String {
    super::STYLE.to_owned() + include_str!("playground/playground.css")
}
