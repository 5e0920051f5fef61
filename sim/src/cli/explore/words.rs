//! Bounds and grain in words, and how rows of a report are laid out.

use std::fmt::Write;
use zablab_sim::explore::{Bounds, Elections, Grain, Patience};
use zablab_sim::view::paragraph;

/// No line is longer.
pub(super) const WIDTH: usize = 100;

/// Rows with a head each; a line that begins with no head goes on with the one before.
pub(super) type Rows = Vec<(&'static str, String)>;

/// What is in the bounds, and what is coarse.
pub(super) fn world(bounds: &Bounds, grain: &Grain) -> Rows {
    let mut rows = vec![("bounds", self::bounds(bounds))];
    let mut coarse = self::coarse(grain).into_iter();
    rows.push(("coarse", coarse.next().unwrap_or_else(|| "nothing: every step is one by itself".to_owned())));
    rows.extend(coarse.map(|what| ("", what)));
    rows
}

/// The bounds in a line.
pub(super) fn bounds(bounds: &Bounds) -> String {
    let Bounds { crashes, cuts, writes, epochs, rounds, timeouts, depth } = *bounds;
    let depth = match depth {
        u32::MAX => "paths of any length".to_owned(),
        depth => format!("paths of {} at most", count(depth.into(), "step")),
    };
    let of_each = if timeouts == 0 { "" } else { " of each server" };
    format!(
        "{}, {}, {}, epochs up to {epochs}, rounds up to {rounds}, {}{of_each}, {depth}",
        count(crashes.into(), "crash"),
        count(cuts.into(), "cut"),
        count(writes.into(), "write"),
        count(timeouts.into(), "notification time-out"),
    )
}

/// What takes fewer steps than it would by itself, or does not happen everywhere.
pub(super) fn coarse(grain: &Grain) -> Vec<String> {
    let elections = match grain.elections {
        Elections::StepByStep => None,
        Elections::AtOnce => Some("an election is one step, up to where its leader's epoch is established"),
        Elections::Only => Some("nothing but the election goes on: who has left it does nothing more"),
    };
    let sure = "timers give something up only where what they wait for cannot come any more";
    let patience = (grain.patience == Patience::Sure).then_some(sure);
    let when = |is: bool, what| is.then_some(what);
    let all = [
        elections,
        patience,
        when(grain.prompt_main, "the main thread acts within the step that woke it"),
        when(grain.prompt_handlers, "a leader's handlers act within the step that woke them"),
        when(grain.prompt_queues, "the log writer and the commit applier act within the step that woke them"),
        when(
            grain.prompt_files,
            "writes to disk, but for the log's, are done within the step that began them",
        ),
        when(grain.prompt_log, "writes of the log are done within the step that began them"),
        when(grain.cuts_break, "both ends of a connection that is cut learn of it"),
        when(
            grain.plain_crashes,
            "who starts has read its data at once; power fails only where that takes something",
        ),
    ];
    all.into_iter().flatten().map(str::to_owned).collect()
}

/// `no crashes`, `1 crash`, `2 crashes`.
pub(super) fn count(number: u64, what: &str) -> String {
    let several = if what.ends_with("sh") { format!("{what}es") } else { format!("{what}s") };
    match number {
        0 => format!("no {several}"),
        1 => format!("1 {what}"),
        number => format!("{} {several}", grouped(number)),
    }
}

/// `2,880,498`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Rows below each other; what is too long for a line goes on in the next one.
pub(super) fn rows(rows: &[(&str, String)]) -> String {
    let head = rows.iter().map(|(head, _)| head.len()).max().unwrap_or(0).max(8) + 2;
    let mut text = String::new();
    for (name, what) in rows {
        let begin = format!("  {name:<head$}");
        for (at, line) in paragraph(what, WIDTH - begin.len()).iter().enumerate() {
            let begin = if at == 0 { &*begin } else { &*" ".repeat(begin.len()) };
            // Writing to a string does not fail.
            let _ = writeln!(text, "{begin}{line}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lines_are_for_people() {
        for (number, words) in [(0, "0"), (999, "999"), (1000, "1,000"), (2_880_498, "2,880,498")] {
            assert_eq!(grouped(number), words);
        }
        assert_eq!(
            (count(0, "crash"), count(1, "cut"), count(1000, "step")),
            ("no crashes".to_owned(), "1 cut".to_owned(), "1,000 steps".to_owned())
        );
        assert_eq!(rows(&[("a", "b".to_owned())]), "  a         b\n");
    }

    #[test]
    fn what_is_fine_is_not_coarse() {
        assert!(coarse(&Grain::FINE).is_empty());
        assert_eq!(world(&Bounds::default(), &Grain::FINE).len(), 2);
    }
}
