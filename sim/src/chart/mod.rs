//! Pictures of a run for a terminal, made from a [`Recording`](crate::recording::Recording): packets between lifelines, elections
//! vote by vote, the logs side by side.

mod canvas;
mod log;
mod sequence;
mod votes;

pub use log::log;
pub use sequence::sequence;
pub use votes::votes;

use canvas::Row;

/// What a picture is drawn on.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// Columns. No line is longer.
    pub width: usize,
    /// Whether colour is allowed.
    pub color: bool,
    /// Whether nothing but ASCII is to be used.
    pub ascii: bool,
}

impl Paper {
    /// The sign for what is cut off.
    fn more(self) -> char {
        if self.ascii { '~' } else { '…' }
    }

    /// A text cut to so many columns.
    fn cut(self, text: &str, width: usize) -> String {
        crate::view::cut(text, width, self.more())
    }

    /// A paragraph of its own, as lines.
    fn note(self, text: &str) -> String {
        let text = if self.ascii { text.replace('…', "...") } else { text.to_owned() };
        let lines = crate::view::paragraph(&text, self.width);
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// What signs mean. None is parted from its meaning where a line is wide enough for both.
fn legend(paper: Paper, signs: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (place, sign) in signs.iter().enumerate() {
        let sign = if place + 1 < signs.len() { format!("{sign};") } else { sign.clone() };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + sign.chars().count() <= paper.width => {
                *line += &format!(" {sign}");
            }
            _ => lines.push(sign),
        }
    }
    lines.iter().map(|line| paper.note(line)).collect()
}

/// Of some columns of a least width, how many fit, and how wide they may be.
fn columns(room: usize, count: usize, least: usize, most: usize) -> (usize, usize) {
    let fit = (room / least.max(1)).min(count);
    let width = room.checked_div(fit).map_or(0, |width| width.clamp(least, most));
    (fit, width)
}

/// Says who does not fit.
fn left_out(paper: Paper, names: &[&str]) -> String {
    match names {
        [] => String::new(),
        names => {
            let who = names.join(", ");
            let plural = if names.len() == 1 { "does" } else { "do" };
            paper.note(&format!("{who} {plural} not fit in {} columns.", paper.width))
        }
    }
}
