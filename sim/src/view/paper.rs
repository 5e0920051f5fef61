//! Lines of a given width, and what they are painted with.

use anstyle::{AnsiColor, Style};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Nothing special.
    Plain,
    /// A heading.
    Title,
    /// What the scenario does.
    Do,
    /// What holds.
    Right,
    /// What does not.
    Wrong,
    /// A reason.
    Why,
    /// A word that is explained.
    Word,
    /// A question.
    Ask,
    /// What leads.
    Leading,
    /// What is less important.
    Faint,
}

impl Ink {
    fn style(self) -> Style {
        let color = |color: AnsiColor| color.on_default();
        match self {
            Ink::Plain => Style::new(),
            Ink::Title => Style::new().bold(),
            Ink::Do => color(AnsiColor::Yellow).bold(),
            Ink::Right => color(AnsiColor::Green),
            Ink::Wrong => color(AnsiColor::Red).bold(),
            Ink::Why => color(AnsiColor::Magenta),
            Ink::Word => color(AnsiColor::Cyan),
            Ink::Ask => color(AnsiColor::Blue).bold(),
            Ink::Leading => color(AnsiColor::Green).bold(),
            Ink::Faint => Style::new().dimmed(),
        }
    }

    /// A text in this ink, where colour is allowed.
    pub fn paint(self, text: &str, color: bool) -> String {
        if !color || self == Ink::Plain || text.trim().is_empty() {
            return text.to_owned();
        }
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// A text as lines of at most so many columns, broken between words; a longer word is broken anywhere.
pub fn paragraph(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let gap = usize::from(used > 0);
        if used + gap + word.len() > width && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            // A line that a broken word fills takes nothing more; before the first there was an empty one.
            if let Some(place) = lines.len().checked_sub(2).filter(|place| lines[*place].is_empty()) {
                lines.remove(place);
            }
            lines.push(String::new());
            word = rest;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            used += word.len();
            line.extend(word);
        }
    }
    lines
}

/// A text cut to so many columns; where something is missing it ends in a sign for that.
pub fn cut(text: &str, width: usize, more: char) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    if width == 0 { kept } else { format!("{kept}{more}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_paragraph_keeps_its_words_and_its_width(text in "[a-z]{0,12}( [a-z]{1,12}){0,20}", width in 1..30usize) {
            let lines = paragraph(&text, width);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:?}");
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }

        #[test]
        fn a_cut_text_fits(text in "\\PC{0,20}", width in 0..30usize) {
            let short = cut(&text, width, '…');
            prop_assert!(short.chars().count() <= width);
            prop_assert!(short == text || text.chars().count() > width);
        }
    }
}
