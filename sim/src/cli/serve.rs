//! `zablab serve`: the playground.

use super::{BadInput, Outcome, Output, Status, complain_softly, interrupt, source};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use zablab_sim::serve::{Given, Limits, serve};

/// A local page on which servers are started and killed by a click, and time is stopped and turned back
///
/// Open the address that is printed; Ctrl-C ends it. What was played is saved as a scenario, which `zablab run` runs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the page begins with: a bundled scenario (`zablab list`), or a file
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = LISTEN, value_parser = address)]
    listen: SocketAddr,
}

/// Where the playground is to be found if nobody says otherwise.
pub(super) const LISTEN: &str = "127.0.0.1:2180";

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port such as 127.0.0.1:2996".to_owned())
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let given = match &args.scenario {
        None => None,
        Some(name) => {
            let source = source::load(name)?;
            Some(Given { name: source.name, text: source.text })
        }
    };
    answer(bind(args.listen)?, given, &mut Output::new())?;
    Ok(Status::Held)
}

/// Takes an address and a port.
pub(super) fn bind(listen: SocketAddr) -> Result<TcpListener, BadInput> {
    TcpListener::bind(listen).map_err(|error| {
        BadInput(format!("{listen} cannot be listened at: {error}; port 0 takes a free one"))
    })
}

/// Says where it listens, and answers until Ctrl-C.
pub(super) fn answer(listener: TcpListener, given: Option<Given>, out: &mut Output) -> Result<(), BadInput> {
    let here = listener.local_addr()?;
    if !here.ip().is_loopback() {
        complain_softly(&format!(
            "warning: {here} can be reached from other machines, and whoever reaches it can make this one run scenarios"
        ));
    }
    let stop = interrupt::flag()?;
    writeln!(out, "http://{here}/")?;
    out.flush()?;
    serve(listener, given, Limits::default(), &stop)?;
    writeln!(out, "Ended.")?;
    out.flush()?;
    Ok(())
}
