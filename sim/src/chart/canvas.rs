//! A row of cells, each with its ink.

use super::Paper;
use crate::view::Ink;

/// A row of as many cells as the paper is wide.
#[derive(Clone, Debug)]
pub(super) struct Row(Vec<(char, Ink)>);

impl Row {
    pub(super) fn new(paper: Paper) -> Row {
        Row(vec![(' ', Ink::Plain); paper.width])
    }

    /// Puts a sign at a place; outside of the paper nothing is seen of it.
    pub(super) fn put(&mut self, at: usize, sign: char, ink: Ink) {
        if let Some(cell) = self.0.get_mut(at) {
            *cell = (sign, ink);
        }
    }

    /// Writes a text from a place on.
    pub(super) fn write(&mut self, at: usize, text: &str, ink: Ink) {
        text.chars().enumerate().for_each(|(place, sign)| self.put(at + place, sign, ink));
    }

    /// Its line, with a line break.
    pub(super) fn line(&self, paper: Paper) -> String {
        let end = self.0.iter().rposition(|(sign, _)| *sign != ' ').map_or(0, |last| last + 1);
        let mut out = String::new();
        for run in self.0[..end].chunk_by(|a, b| a.1 == b.1) {
            let text: String = run.iter().map(|(sign, _)| *sign).collect();
            out += &run[0].1.paint(&text, paper.color);
        }
        out + "\n"
    }
}
