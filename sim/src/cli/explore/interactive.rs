//! Stepping on by hand, in the playground, from what was explored.

use super::super::{BadInput, Output, serve};
use super::asked::Asked;
use super::going::{Ended, Explored};
use super::replay;
use std::net::{SocketAddr, TcpListener};
use zablab_sim::explore::{Counterexample, Goes, Start};
use zablab_sim::serve::Given;

/// Whether one goes on by hand, and where the page is.
#[derive(Debug, clap::Args)]
pub(super) struct Interactive {
    /// Then open the playground (`zablab help serve`) on the state that breaks something, or else on the start, and step on by
    /// hand: the page lists all that can happen next. With `--depth 0` nothing is searched before
    #[arg(long, conflicts_with_all = ["list", "table", "json"])]
    interactive: bool,
    /// With --interactive: where to listen; port 0 takes a free one [default: 127.0.0.1:2180]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = serve::address, requires = "interactive")]
    listen: Option<SocketAddr>,
}

impl Interactive {
    /// Where the page will be, if one was asked for: taken before a search that may take hours.
    pub(super) fn listener(&self) -> Result<Option<TcpListener>, BadInput> {
        if !self.interactive {
            return Ok(None);
        }
        let listen = self.listen.map_or_else(|| serve::address(serve::LISTEN), Ok).map_err(BadInput)?;
        serve::bind(listen).map(Some)
    }
}

/// Answers the page until Ctrl-C. Whoever interrupted the search wants none.
pub(super) fn go_on(
    listener: TcpListener,
    asked: &Asked,
    start: &Start,
    explored: &Explored,
    out: &mut Output,
) -> Result<(), BadInput> {
    if explored.ended == Ended::Interrupted {
        return Ok(());
    }
    let given = given(asked, start, explored)?;
    serve::answer(listener, Some(given), out)
}

/// What the page begins with: a world that is frozen at its end.
fn given(asked: &Asked, start: &Start, explored: &Explored) -> Result<Given, BadInput> {
    let name = format!("{}{}", asked.source.name, asked.wrong);
    let (path, about) = match &explored.broken {
        Some(broken) => (broken.path.as_slice(), replay::about(&name, broken)),
        None => (&[][..], format!("Where the exploration of {name} starts.")),
    };
    let wrong = |why: String| BadInput(format!("{name} cannot be shown: {why}"));
    let made = Counterexample::of(start, &name, path, Goes::Ends, &about, &asked.judges).map_err(wrong)?;
    // What the page is given stands beside the scenario it comes of, and its name in addresses.
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' };
    let shown = format!("explored-{}", asked.source.name.chars().map(plain).collect::<String>());
    Ok(Given { name: shown, text: made.text })
}
