//! `--view`: what is shown of a run before its verdict.

use crate::cli::{BadInput, paper};
use clap::ValueEnum;
use zablab_sim::chart::{self, Paper};
use zablab_sim::recording::{Parts, Recording};

/// What is shown of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum View {
    /// What happens, line by line, and why
    #[default]
    Story,
    /// A space-time diagram: a column a party, an arrow a packet
    Sequence,
    /// Every election, vote by vote
    Votes,
    /// The logs of all servers side by side
    Log,
}

/// The view, and what it is drawn on.
#[derive(Debug, clap::Args)]
pub(super) struct Shown {
    /// What is shown of the run before its verdict
    #[arg(long, value_enum, default_value_t, conflicts_with_all = ["json", "both"])]
    view: View,
    /// The width of `sequence`, `votes` and `log`. Without it that of the terminal, or 100
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    width: Option<usize>,
    /// Draw with nothing but ASCII
    #[arg(long)]
    ascii: bool,
    #[command(flatten)]
    paper: paper::Paper,
}

/// Less is no picture; more is no terminal.
fn columns(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(width @ 40..=1000) => Ok(width),
        _ => Err("expected a number of columns from 40 to 1000".to_owned()),
    }
}

impl Shown {
    /// What of the run is recorded for it; `None` where nothing is.
    pub(super) fn parts(&self) -> Option<Parts> {
        match self.view {
            View::Story => None,
            View::Sequence => Some(Parts { messages: true, bands: true, troubles: true, ..Parts::NONE }),
            View::Votes => Some(Parts { ballots: true, ..Parts::NONE }),
            View::Log => Some(Parts { transactions: true, states: true, ..Parts::NONE }),
        }
    }

    /// A story is told as it comes, and has no width.
    pub(super) fn check(&self) -> Result<(), BadInput> {
        if self.view != View::Story || (self.width.is_none() && !self.ascii) {
            return Ok(());
        }
        Err(BadInput(
            "--width and --ascii are for --view sequence, votes or log; a story is told as it comes"
                .to_owned(),
        ))
    }

    /// The picture; empty for a story.
    pub(super) fn draw(&self, recording: &Recording) -> String {
        let width = self.width.unwrap_or_else(paper::width).max(40);
        let paper = Paper { width, color: self.paper.color(), ascii: self.ascii };
        match self.view {
            View::Story => String::new(),
            View::Sequence => chart::sequence(recording, paper),
            View::Votes => chart::votes(recording, paper),
            View::Log => chart::log(recording, paper),
        }
    }
}
