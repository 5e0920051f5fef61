//! A world that is frozen, in which a scenario orders what happens.

use super::*;
use zablab_sim::ensemble::Ensemble;
use zablab_sim::liveness::Standing;
use zablab_sim::run::{Observer, StepView, describe};
use zablab_sim::scenario::Time;

const MILLI: u64 = 1_000_000;

/// Three servers whose disks, links and tasks take time, one of which has a client.
const SLOW: &str =
    "ensemble zk1 zk2 zk3\nset latency 1ms..9ms\nset write 5ms..9ms\nset task 1ms..3ms\nclient c1 at zk1\n";

/// All that happened, as a scenario can say it.
fn trail(ran: &Ran) -> Vec<(u64, String)> {
    ran.seen.iter().map(|seen| (seen.at, format!("{:?}", seen.action))).collect()
}

#[test]
fn nothing_happens_by_itself_however_long_it_lasts() {
    let ran = run("at 3s freeze\nat 10min end").green();
    assert!(ran.seen.iter().all(|seen| seen.at < 3 * SECOND));
    assert_eq!(ran.outcome.virtual_time, 600 * SECOND);
    let Some(Standing::NotOwed { why }) = &ran.outcome.progress else { panic!() };
    assert_eq!(why, "the world is frozen, and nothing happens by itself");
    // Neither does a process that was started, nor what a session or a client has asked for.
    let text = format!(
        "{SLOW}at 0s start all\nat 5s start c1\nat 9s freeze\n   restart zk2\n   create /a at zk3\n   \
                        c1 create /b times 9\nat 60s expect pending 2\n"
    );
    let ran = run_text(text).green();
    let late: Vec<&Action> =
        ran.seen.iter().filter(|seen| seen.at >= 9 * SECOND).map(|seen| &seen.action).collect();
    assert!(
        matches!(late[..], [Action::Kill(_), Action::Start(_), Action::Client { .. }, Action::Ask { .. }]),
        "{late:?}"
    );
}

#[test]
fn a_run_that_is_frozen_ends_with_its_last_line() {
    let ran = run("at 3s freeze\n   kill zk3\nat 4s expect zk3 down").green();
    assert_eq!(ran.outcome.virtual_time, 4 * SECOND);
    assert_eq!(ran.outcome.missing, []);
}

#[test]
fn what_is_overdue_happens_after_a_thaw_in_the_order_in_which_it_was_due() {
    let head = format!("{SLOW}set boot 300ms..400ms\nat 0s start all\nat 1s start c1\n");
    let tail = "at 2s create /a times 3 at leader\nat 30s expect available\n   expect answered 3\n";
    // Somewhere there has to be a schedule, so that all go by single steps.
    let free = run_text(format!("{head}{tail}at 29s freeze\n   thaw\n")).green();
    let mut overdue = 0;
    for at in (400..1200).step_by(23) {
        let short = run_text(format!("{head}at {at}ms freeze\n   thaw\n{tail}")).green();
        assert_eq!(trail(&free), trail(&short), "{at} ms: another course without anything overdue");
        let long = run_text(format!("{head}at {at}ms freeze\nat {}ms thaw\n{tail}", at + 700)).green();
        let (from, to) = (at * MILLI, (at + 700) * MILLI);
        let is_start = |action: &str| action.starts_with("Start");
        let of = |ran: &Ran, from, to| {
            let mut all = trail(ran);
            all.retain(|(at, action)| (from..to).contains(at) && !is_start(action));
            all
        };
        assert_eq!(of(&long, 0, from), of(&free, 0, from));
        assert_eq!(of(&long, from, to), []);
        let (due, came) = (of(&free, from, to), of(&long, to, u64::MAX));
        assert!(came.is_sorted_by_key(|(at, _)| *at), "{at} ms: time goes back");
        if let Some((_, first)) = due.first() {
            overdue += 1;
            assert_eq!((to, first), (came[0].0, &came[0].1), "{at} ms");
        }
    }
    assert!(overdue > 20, "{overdue}");
}

#[test]
fn packets_that_are_overdue_come_in_the_order_in_which_they_were_due_whatever_their_streams() {
    // Three requests to one server, then three to another. Each packet is due a millisecond after the one before.
    let lines: String =
        (0..6).map(|at| format!("at {}ms create /{at} at zk{}\n", 5000 + at, 1 + at / 3)).collect();
    let requests = |lines: &str| {
        let text = format!("ensemble zk1 zk2 zk3\nset latency 50ms\nat 0s start all\n{lines}at 8s end\n");
        let ran = run_text(text).green();
        let got = ran.seen.iter().filter_map(|seen| match (&seen.action, &seen.packet) {
            (Action::Deliver { .. }, Some((from, packet))) if packet.name() == "REQUEST" => {
                Some((seen.at, from.index() as u64))
            }
            _ => None,
        });
        got.collect::<Vec<_>>()
    };
    let free = requests(&format!("{lines}at 7s freeze\n   thaw\n"));
    assert_eq!(free.iter().map(|(_, from)| *from).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1]);
    let frozen = requests(&format!("{lines}at 5080ms freeze\nat 6s thaw\n"));
    assert_eq!(frozen, free.iter().map(|(_, from)| (6 * SECOND, *from)).collect::<Vec<_>>());
}

#[test]
fn what_a_line_orders_happens_once_and_at_its_time() {
    let boots = "ensemble zk1 zk2\nat 0s start all\n   freeze\nat 7s next zk2 booted\n";
    let ran = run_text(format!("{boots}at 8s thaw\nat 9s end\n")).green();
    let boots: Vec<u64> =
        ran.seen.iter().filter(|seen| matches!(seen.action, Action::Boot(_))).map(|seen| seen.at).collect();
    assert_eq!(boots, [7 * SECOND, 8 * SECOND]);
}

#[test]
fn a_line_that_cannot_happen_says_what_could() {
    let ran = run_text("ensemble zk1 zk2\nat 0s start all\n   freeze\nat 1s next zk1 got HELLO from zk2\n   next zk1 booted\n   \
                        next zk1 booted\n   next leader ran packet-loop\n   next zk1 wrote snapshot nth 2\n   kill zk1\n   next zk1 timer bind\n".to_owned());
    assert_eq!(
        ran.unmet(),
        [
            ("at 1s next zk1 got HELLO from zk2", SECOND, "what can happen at zk1 is: zk1 booted"),
            ("next zk1 booted", SECOND, "what can happen at zk1 is: zk1 wrote snapshot"),
            ("next leader ran packet-loop", SECOND, "nobody leads"),
            ("next zk1 wrote snapshot nth 2", SECOND, "only one such thing can happen at zk1"),
            ("next zk1 timer bind", SECOND, "nothing can happen at zk1"),
        ]
    );
}

#[test]
fn what_is_held_or_prevented_cannot_be_ordered() {
    let ping = "at 3s freeze\n   next zk3 timer half-tick\n";
    run(&format!("{ping}   next zk1 got PING from zk3")).green();
    let held = run(&format!("at 2s hold PING zk3 to zk1\n{ping}   next zk1 got PING from zk3"));
    let waits = "what can happen at zk1 is: zk1 timer learner-read";
    assert_eq!(held.unmet(), [("next zk1 got PING from zk3", 3 * SECOND, waits)]);
    let paused =
        run(&format!("at 3s if before zk1 got PING: pause zk1\n{ping}   next zk1 got PING from zk3"));
    let prevented = "a step that was to come before it prevents it";
    assert_eq!(paused.unmet(), [("next zk1 got PING from zk3", 3 * SECOND, prevented)]);
    // What was prevented has kept its place.
    let later = "at 4s resume zk1\n   next zk1 got PING from zk3\nat 5s thaw\nat 9s expect zk1 serving";
    let ran = run(&format!(
        "at 3s if before zk1 got PING: pause zk1\n{ping}   next zk1 got PING from zk3\n{later}"
    ));
    assert_eq!(ran.unmet_lines(), ["next zk1 got PING from zk3"]);
}

#[test]
fn users_do_at_once_what_an_answer_makes_them_do() {
    // Two requests without a connection, one behind the other, then two of a client.
    let write = "next zk1 ran log-writer\n next zk1 wrote log\n next zk1 ran commit-applier\n next zk1 ran commit-applier\n";
    let asked = format!(" next zk1 got CLIENTREQUEST from c1\n {write} next c1 got REPLY from zk1\n");
    let ran = run_text(format!(
        "ensemble zk1\nclient c1\nat 0s start all\nat 2s start c1\nat 3s freeze\n create /a times 2 at zk1\n {write} \
         expect answered 1\n {write} expect answered 2\n c1 create /b times 2\n{asked} expect answered 3\n{asked} \
         expect answered 4\n"
    ))
    .green();
    assert_eq!(ran.outcome.virtual_time, 3 * SECOND);
    // What was on its way to a session when the world froze waits until it thaws.
    run("set latency 50ms\nat 5s create /a at zk3\nat 5.01s freeze\nat 8s expect pending 0\nat 9s thaw\nby 9.1s expect pending 1\n\
         by 10s expect answered 1")
    .green();
}

/// A recorded run: every action that no step of the scenario is, as a line.
#[derive(Default)]
struct Record {
    lines: String,
    before: Option<Ensemble>,
}

impl Observer for Record {
    fn step(&mut self, step: &StepView<'_>) -> std::io::Result<()> {
        let before = self.before.replace(step.ensemble.clone());
        if let Some(happening) = before.and_then(|before| describe(&before, step.action)) {
            let time = Time(step.moment.at);
            self.lines.push_str(&format!("at {time} next {happening}\n"));
        }
        Ok(())
    }
}

#[test]
fn any_run_can_be_written_as_a_schedule_and_is_the_same() {
    let world = "ensemble zk1 zk2 zk3\nset boot 300ms..400ms\nset task 1us..3ms\nclient c1 at zk1\n";
    let steps = "at 0s start all\nat 1s start c1\nat 3s kill zk2\nat 3.2s start zk2\nat 5s power-off zk3 losing unsynced\n";
    let end = "at 9s end\n";
    let mut record = Record::default();
    let text = format!("{world}{steps}{end}");
    let scenario = Scenario::parse("free", &text).unwrap();
    let free = Run::new("free", &text, &scenario, 0).unwrap().finish(&mut [&mut record]).unwrap();
    assert!(record.lines.lines().count() > 200);
    let frozen = run_text(format!("{world}at 0s freeze\n{steps}{}{end}", record.lines)).green();
    assert_eq!((frozen.outcome.steps, frozen.outcome.events), (free.steps, free.events));
    assert_eq!(frozen.outcome.hash, free.hash, "the same actions at the same times");
    // After a thaw anywhere on the way it goes on as if nothing had ever been ordered.
    for at in (250..9000).step_by(250) {
        let before = |line: &&str| {
            let time = line.split_whitespace().nth(1).unwrap();
            Time::parse(time).unwrap() < Time::from_millis(at)
        };
        let lines: String = record.lines.lines().filter(before).map(|line| format!("{line}\n")).collect();
        let ran = run_text(format!("{world}at 0s freeze\n{steps}{lines}at {at}ms thaw\n{end}")).green();
        assert_eq!(ran.outcome.hash, free.hash, "by itself from {at} ms on");
    }
}
