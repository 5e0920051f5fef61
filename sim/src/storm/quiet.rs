//! The end of a plan: everything is mended, and then there is time for what is owed.

use super::world::World;
use super::{say, users};
use crate::scenario::{
    Action, Expectation, Line, Prefix, Rate, ServerRef, Servers, Statement, Step, Time, Timed,
};

/// What is written when all is well again.
const LAST: &str = "/last";
/// Its data.
const NEWS: &str = "news";
/// How long the answer may take, milliseconds.
const LATEST: u64 = 2_000;

/// All faults end.
pub(super) fn mended(world: &World) -> Vec<Line> {
    let pace = &world.quiet_pace;
    let back = |key, range| say::set(None, key, range);
    let steps = [
        Step::Heal(None),
        Step::Release(None),
        Step::Free(Servers::All),
        Step::Clock { servers: Servers::All, rate: Rate(1_000_000) },
        back("latency", pace.latency),
        back("connect", pace.connect),
        back("fsync", pace.fsync),
        back("write", pace.write),
        back("task", pace.task),
        Step::Resume(Servers::All),
        Step::Resume(users::all()),
        Step::Start(Servers::All),
        Step::Start(users::all()),
    ];
    let mut lines: Vec<Line> = steps.into_iter().map(|step| say::at(world.end, step)).collect();
    lines.insert(0, Line::remark("The storm is over."));
    lines
}

/// Somebody serves, and answers. What else is owed, liveness judges: a server that has accepted an epoch above its leader's
/// is owed nothing.
pub(super) fn owed(world: &World) -> Vec<Line> {
    if world.settings.initial_counter.is_some() {
        return after_the_last_epoch(world);
    }
    let when = Time::from_millis(world.owed);
    let (path, data) = (LAST.to_owned(), Some(NEWS.to_owned()));
    let mut lines = vec![
        expect(Prefix::At(when), Expectation::Available),
        say::at(world.owed, Step::Create { path, data, times: 1, at: ServerRef::Leader }),
    ];
    let by = Prefix::By(Time::from_millis(world.owed + LATEST));
    lines.push(expect(by, Expectation::Pending(0)));
    lines
}

/// Where epochs are short, any write may end one, so that no time can be named at which somebody serves. Clients end first:
/// then nothing is written but the ends of their sessions, which may use up an epoch or two more.
fn after_the_last_epoch(world: &World) -> Vec<Line> {
    let quiet = world.owed - world.end;
    vec![say::at(world.owed, Step::Kill(users::all())), say::at(world.owed + 2 * quiet + LATEST, Step::End)]
}

fn expect(prefix: Prefix, expectation: Expectation) -> Line {
    Line::of(Statement::Timed(Timed::new(prefix, Action::Expect(expectation))))
}
