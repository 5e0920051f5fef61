//! A step of a run as JSON: what was done, what caused it, what came of it.

use crate::ensemble::{Action, Effect, Ended, Ensemble, Loss, NodeId, Ports, StreamHold};
use crate::run::StepView;
use serde_json::{Map, Value, json};
use zablab_protocol::{Port, Task, Timer};

/// One line of a trace. Zxids, session ids and digests are strings: JavaScript's numbers end at 2^53.
pub(crate) fn record(step: &StepView<'_>) -> Value {
    let names = Names(step.ensemble);
    let mut line = Map::new();
    line.insert("step".into(), json!(step.moment.step));
    line.insert("at".into(), json!(step.moment.at));
    line.insert("cause".into(), json!(step.moment.cause));
    names.action(step, &mut line);
    let effects: Vec<Value> = step.effects.iter().map(|effect| names.effect(effect)).collect();
    if !effects.is_empty() {
        line.insert("effects".into(), Value::Array(effects));
    }
    line.insert("hash".into(), json!(step.hash.to_string()));
    Value::Object(line)
}

struct Names<'a>(&'a Ensemble);

impl Names<'_> {
    fn of(&self, id: NodeId) -> &str {
        self.0.name(id)
    }

    fn action(&self, step: &StepView<'_>, line: &mut Map<String, Value>) {
        let mut set = |key: &str, value: Value| line.insert(key.to_owned(), value);
        let mut on = |what: &str, id: &NodeId| {
            set("do", json!(what));
            set("server", json!(self.of(*id)));
        };
        match step.action {
            Action::Start(id) => on("start", id),
            Action::Boot(id) => on("boot", id),
            Action::Kill(id) => on("kill", id),
            Action::PowerOff(id, loss) => {
                on("power-off", id);
                set("loss", loss_value(*loss));
            }
            Action::Wipe(id) => on("wipe", id),
            Action::Fill(id, torn) => {
                on("fill", id);
                set("torn", json!(format!("{torn:#x}")));
            }
            Action::Fail { node, file, torn } => {
                on("fail", node);
                set("file", json!(file));
                set("torn", json!(format!("{torn:#x}")));
            }
            Action::Mend(id) => on("free", id),
            Action::Pause(id) => on("pause", id),
            Action::Resume(id) => on("resume", id),
            Action::Arrive { from, port, to } => {
                on("arrive", to);
                set("from", json!(self.of(*from)));
                set("port", json!(port));
            }
            Action::Deliver { conn, to } => {
                on("deliver", to);
                set("conn", json!(conn));
                if let Some(delivered) = step.delivered {
                    set("from", json!(self.of(delivered.from)));
                    set("packet", json!(delivered.packet));
                }
            }
            Action::Timer { node, timer } => {
                on("timer", node);
                set("timer", timer_value(*timer));
            }
            Action::DiskDone { node, writer } => {
                on("disk", node);
                set("writer", json!(writer));
            }
            Action::Run { node, task } => {
                on("run", node);
                set("task", task_value(*task));
            }
            Action::Client { node, origin, op } => {
                on("client", node);
                set("session", json!(origin.session));
                set("cxid", json!(origin.cxid));
                set("op", json!(op));
            }
            Action::Ask { client, op } => {
                on("ask", client);
                set("op", json!(op));
            }
            Action::Cut { from, to, ports, on: cut } => {
                on(if *cut { "cut" } else { "heal" }, from);
                set("to", json!(self.of(*to)));
                set("ports", ports_value(*ports));
            }
            Action::Refuse { from, to, ports, on: refuse } => {
                on(if *refuse { "refuse" } else { "accept" }, from);
                set("to", json!(self.of(*to)));
                set("ports", ports_value(*ports));
            }
            Action::Reset { a, b, ports } => {
                on("reset", a);
                set("to", json!(self.of(*b)));
                set("ports", ports_value(*ports));
            }
            Action::HoldPart { node, part, on: hold } => {
                on(if *hold { "hold" } else { "release" }, node);
                set("part", json!(part));
            }
            Action::HoldStream { hold, on: held } => {
                on(if *held { "hold" } else { "release" }, &hold.from);
                let StreamHold { packet, to, ports, .. } = hold;
                set("to", json!(self.of(*to)));
                set("packet", json!(packet));
                set("ports", ports_value(*ports));
            }
            Action::ReleaseAll => {
                set("do", json!("release-all"));
            }
        }
    }

    fn effect(&self, effect: &Effect) -> Value {
        match effect {
            Effect::Started(id) => json!({"effect": "started", "server": self.of(*id)}),
            Effect::Up(id) => json!({"effect": "up", "server": self.of(*id)}),
            Effect::Down(id, how) => {
                let exit = if let Ended::Exited(exit) = how { json!(exit) } else { Value::Null };
                json!({"effect": "down", "server": self.of(*id), "why": how.to_string(), "exit": exit})
            }
            Effect::Sent { conn, from, to, packet, .. } => {
                json!({"effect": "sent", "server": self.of(*from), "to": self.of(*to), "conn": conn, "packet": packet})
            }
            Effect::Opened { conn, from, port, to } => {
                json!({"effect": "opened", "server": self.of(*from), "to": self.of(*to), "conn": conn, "port": port})
            }
            Effect::Freed { conn } => json!({"effect": "freed", "conn": conn}),
            Effect::Dialled { from, port, to } => {
                json!({"effect": "dialled", "server": self.of(*from), "to": self.of(*to), "port": port})
            }
            Effect::Unanswered { from, port, to } => {
                json!({"effect": "unanswered", "server": self.of(*from), "to": self.of(*to), "port": port})
            }
            Effect::TimerSet { node, slot, after } => {
                let timer = self.0.timers(*node).get(*slot).map(timer_value);
                json!({"effect": "timer-set", "server": self.of(*node), "timer": timer, "slot": slot, "ms": after})
            }
            Effect::TimerCancelled { node, slot } => {
                json!({"effect": "timer-cancelled", "server": self.of(*node), "slot": slot})
            }
            Effect::DiskBegan { node, writer } => {
                let op = self.0.node(*node).disk.under_way(*writer);
                json!({"effect": "disk-began", "server": self.of(*node), "writer": writer, "op": op})
            }
            Effect::DiskWrote { node, op } => {
                json!({"effect": "disk-wrote", "server": self.of(*node), "op": op})
            }
            Effect::DiskFailed { node, op } => {
                json!({"effect": "disk-failed", "server": self.of(*node), "op": op})
            }
            Effect::DiskLost { node, durable } => {
                json!({"effect": "disk-lost", "server": self.of(*node), "durable": durable})
            }
            Effect::Woke { node, task, .. } => {
                json!({"effect": "woke", "server": self.of(*node), "task": task_value(*task)})
            }
            Effect::Answered { node, answer } => {
                let session = answer.origin.session;
                let (zxid, result) = (&answer.zxid, &answer.result);
                json!({
                    "effect": "answered", "server": self.of(*node), "session": session,
                    "cxid": answer.origin.cxid, "zxid": zxid, "result": result,
                })
            }
            Effect::Client { client, event } => {
                json!({"effect": "client", "server": self.of(*client), "what": event})
            }
            Effect::Decided { node, decision } => {
                let mut value = json!(decision);
                if let Value::Object(fields) = &mut value {
                    fields.insert("effect".into(), json!("decided"));
                    fields.insert("server".into(), json!(self.of(*node)));
                }
                value
            }
        }
    }
}

fn loss_value(loss: Loss) -> Value {
    match loss {
        Loss::Nothing => json!("nothing"),
        Loss::Unsynced => json!("unsynced"),
        Loss::Drawn(bits) => json!(format!("{bits:#x}")),
    }
}

fn ports_value(ports: Ports) -> Value {
    let all = [Port::Election, Port::Quorum, Port::Client];
    json!(all.into_iter().filter(|port| ports.has(*port)).collect::<Vec<_>>())
}

fn task_value(task: Task) -> Value {
    match task {
        Task::Handler(conn) => json!({"handler": conn}),
        other => json!(other.to_string()),
    }
}

fn timer_value(timer: Timer) -> Value {
    json!(timer)
}
