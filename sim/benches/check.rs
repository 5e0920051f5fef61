//! How fast a history is judged: medians in CPU milliseconds, one thread, reading apart. `cargo bench --bench check` makes
//! histories of its own; with files as arguments (JSON Lines, also `.gz`) it times those.

mod clock;

use clock::cpu_nanos;
use serde_json::{Value, json};
use zablab_sim::consistency::linear::{Budget, Model, Report, check};
use zablab_sim::history::{self, Action, Builder, History, Told, Type};
use zablab_sim::schedule::{Key, Kind, Stream};

/// What clients do in a history that is made here.
#[derive(Clone, Copy)]
struct Made {
    name: &'static str,
    operations: u32,
    clients: u64,
    keys: u64,
    /// Values that are written again and again; 0: no value is written twice.
    values: u64,
    /// Of a hundred operations so many are compare-and-sets.
    cas: u64,
    /// Of a thousand so many end with nobody knowing.
    info: u64,
    zxids: bool,
    /// One read deep in it goes back to a value of long ago.
    stale: bool,
}

const PLAIN: Made = Made {
    name: "",
    operations: 10_000,
    clients: 30,
    keys: 1,
    values: 0,
    cas: 0,
    info: 0,
    zxids: false,
    stale: false,
};

const MADE: [Made; 13] = [
    Made { name: "50 keys, 5 values, cas, info", keys: 50, values: 5, cas: 20, info: 1, ..PLAIN },
    Made { name: "1 key, 5 values, cas, 5 clients", clients: 5, values: 5, cas: 20, ..PLAIN },
    Made {
        name: "1 key, 5 values, cas, info, 10 clients",
        clients: 10,
        values: 5,
        cas: 20,
        info: 1,
        ..PLAIN
    },
    Made { name: "1 key, 5 values, cas, 30 clients", values: 5, cas: 20, ..PLAIN },
    Made { name: "1 key, 50 values, cas, info, 30 clients", values: 50, cas: 20, info: 1, ..PLAIN },
    Made { name: "the same with one stale read", values: 50, cas: 20, info: 1, stale: true, ..PLAIN },
    Made { name: "1 key, unique values", ..PLAIN },
    Made { name: "1 key, unique values, stale read", stale: true, ..PLAIN },
    Made { name: "1 key, unique values, cas, info", cas: 20, info: 5, ..PLAIN },
    Made { name: "1 key, unique values, cas, info, stale", cas: 20, info: 5, stale: true, ..PLAIN },
    Made { name: "10 keys, unique values, cas, info", keys: 10, cas: 20, info: 5, ..PLAIN },
    Made { name: "1 key, 5 values, zxids", values: 5, zxids: true, ..PLAIN },
    Made { name: "10 keys, unique values, zxids", keys: 10, zxids: true, ..PLAIN },
];

#[derive(Clone, Default)]
struct Open {
    f: &'static str,
    key: usize,
    value: Value,
    applied: Option<(Value, bool, i64)>,
}

/// Every operation takes effect at an instant between its invoke and its completion.
fn make(made: Made) -> History {
    let mut draws = Stream::new(1, Key { kind: Kind::Work, a: 0, b: 0, number: 0 });
    let mut below = |n: u64| ((u128::from(draws.bits()) * u128::from(n)) >> 64) as u64;
    let mut builder = Builder::default();
    let mut state = vec![(json!(null), 0); made.keys as usize];
    let names: Vec<String> = (0..made.keys).map(|key| format!("k{key}")).collect();
    let mut clients: Vec<(i64, Option<Open>)> = (0..made.clients as i64).map(|id| (id, None)).collect();
    let (mut invoked, mut fresh, mut zxid, mut line) = (0, 0u64, 0, 0);
    let mut lie = made.stale;
    while invoked < made.operations {
        let at = below(made.clients) as usize;
        let (process, open) = &mut clients[at];
        let (kind, operation, zxid) = match open.take() {
            None => {
                invoked += 1;
                let key = below(made.keys) as usize;
                fresh += 1;
                let new = if made.values > 0 { below(made.values) } else { fresh };
                let (f, value) = match below(100) {
                    n if n < made.cas => ("cas", json!([state[key].0, new])),
                    n if n < 60 => ("read", json!(null)),
                    _ => ("write", json!(new)),
                };
                *open = Some(Open { f, key, value: value.clone(), applied: None });
                (Type::Invoke, Open { f, key, value, applied: None }, None)
            }
            Some(mut operation) if operation.applied.is_none() => {
                let (value, changed) = &mut state[operation.key];
                let mut matched = true;
                match operation.f {
                    "cas" if *value == operation.value[0] => *value = operation.value[1].clone(),
                    "cas" => matched = false,
                    "write" => *value = operation.value.clone(),
                    _ => {}
                }
                if operation.f != "read" {
                    zxid += 1;
                    *changed = zxid;
                }
                operation.applied = Some((value.clone(), matched, zxid));
                *open = Some(operation);
                continue;
            }
            Some(mut operation) => {
                let (found, matched, zxid) = operation.applied.take().unwrap_or_default();
                let kind = match below(1000) < made.info {
                    true => Type::Info,
                    false if matched => Type::Ok,
                    false => Type::Fail,
                };
                if kind == Type::Info {
                    *process += made.clients as i64;
                }
                if operation.f == "read" && kind == Type::Ok {
                    operation.value = found;
                    if lie && invoked > made.operations / 10 * 9 {
                        let value = operation.value.as_u64().unwrap_or(0);
                        let old = if made.values > 0 { value + 1 } else { value.saturating_sub(150) };
                        operation.value = json!(old);
                        lie = false;
                    }
                }
                (kind, operation, made.zxids.then_some(zxid))
            }
        };
        line += 1;
        let process = if kind == Type::Info { *process - made.clients as i64 } else { *process };
        let told = Told {
            line,
            process,
            xid: None,
            f: operation.f,
            key: &names[operation.key],
            kind,
            value: &operation.value,
            time: u64::from(line),
            zxid,
            server: None,
            error: None,
        };
        builder.event(&told).expect("each client has one operation open");
    }
    builder.finish()
}

fn model(history: &History) -> Model {
    let has = |wanted: fn(&Action) -> bool| history.operations.iter().any(|op| wanted(&op.action));
    if has(|action| matches!(action, Action::Append(_))) {
        Model::Kv
    } else if has(|action| matches!(action, Action::Add(_))) {
        Model::Set
    } else {
        Model::Register
    }
}

fn row(name: &str, history: &History) -> f64 {
    let mut times = Vec::new();
    let mut last: Option<Report> = None;
    let mut pieces = 1;
    while times.len() < 5 {
        let begin = cpu_nanos();
        let spent = || cpu_nanos() - begin > 5_000_000_000;
        let budget = Budget { spent: &spent, memory: 1 << 30 };
        let model = model(history);
        let initial = if model == Model::Kv { json!("") } else { json!(null) };
        for _ in 0..pieces {
            last = Some(check(history, model, &initial, &budget).expect("operations of the model"));
        }
        let millis = (cpu_nanos() - begin) as f64 / 1e6;
        // So many pieces that the clock's grain does not show.
        if millis < 20.0 {
            pieces *= 4;
            continue;
        }
        times.push(millis / f64::from(pieces));
        if times.iter().sum::<f64>() > 5e3 {
            break;
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    let median = times[times.len() / 2];
    if let Some(report) = last {
        let mut engines: Vec<&str> =
            report.keys.iter().filter_map(|key| key.engine).map(|engine| engine.name()).collect();
        engines.sort_unstable();
        engines.dedup();
        let verdict = format!("{:?}", report.verdict);
        println!(
            "{name:<48} {:>10} {median:>10.2} {verdict:<9} {}",
            history.operations.len(),
            engines.join(", ")
        );
    }
    median
}

fn read(path: &str) -> Result<History, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    history::read(&bytes).map(|reading| reading.history).map_err(|error| error.to_string())
}

fn main() {
    println!("{:<48} {:>10} {:>10} {:<9} decided by", "", "operations", "CPU ms", "verdict");
    let files: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if files.is_empty() {
        for operations in [10_000, 100_000] {
            for made in MADE {
                row(made.name, &make(Made { operations, ..made }));
            }
        }
        return;
    }
    let mut sum = 0.0;
    for path in files {
        match read(&path) {
            Ok(history) => sum += row(path.rsplit('/').next().unwrap_or(&path), &history),
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
    println!("{:<48} {:>10} {sum:>10.2}", "all", "");
}
