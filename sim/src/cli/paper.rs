//! How wide the terminal is, and whether it shows colour.

use anstream::ColorChoice;
use clap::ValueEnum;
use std::io;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What the paper is like.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Paper {
    /// When to colour what is told
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    color: When,
    /// The same as `--color never`
    #[arg(long, conflicts_with = "color")]
    plain: bool,
}

impl Paper {
    /// Whether standard output is coloured.
    pub(crate) fn color(&self) -> bool {
        match self.color {
            _ if self.plain => false,
            When::Always => true,
            When::Never => false,
            When::Auto => anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        }
    }
}

/// Where nobody says how wide it is.
const USUAL: usize = 100;

/// The width of the terminal that standard output goes to, if it is one.
pub(crate) fn width() -> usize {
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map_or(USUAL, |(width, _)| usize::from(width.0).max(1))
}
