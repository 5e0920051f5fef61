//! A budget that is spent gives no verdict, and memory stays within it.

use super::random::{Shape, history};
use crate::consistency::Verdict;
use crate::consistency::linear::problem::{Problem, Progress};
use crate::consistency::linear::{Budget, Model, check, jit, split, wgl};
use crate::history::{History, json_lines};
use serde_json::json;
use std::cell::Cell;

/// So many texts appended at once, and a read that no order of them explains.
fn hard(clients: u32) -> History {
    let mut lines = Vec::new();
    let mut line = |process: u32, kind: &str, f: &str, value: &str| {
        lines.push(format!(
            r#"{{"process":{process},"type":"{kind}","f":"{f}","key":"k","value":"{value}"}}"#
        ));
    };
    for client in 0..clients {
        line(client, "invoke", "add", &client.to_string());
    }
    line(clients, "invoke", "read", "");
    for client in 0..clients {
        line(client, "ok", "add", &client.to_string());
    }
    let text = lines.join("\n");
    let read = format!(r#"{{"process":{clients},"type":"ok","f":"read","key":"k","value":["none"]}}"#);
    json_lines(&format!("{text}\n{read}")).unwrap()
}

#[test]
fn engines_stop_before_they_keep_too_much() {
    let parts = split::split(&hard(22), Model::Set, &json!([])).unwrap();
    let memory = 1 << 20;
    let (problem, mut space) = Problem::new(&parts[0]);
    let mut search = wgl::Wgl::new(&problem, &mut space);
    assert_eq!(search.run(&problem, &mut space, u32::MAX, memory), Progress::Full);
    let kept = search.bytes() + space.bytes();
    assert!((memory / 8..=memory).contains(&kept), "{kept}");
    let (problem, mut space) = Problem::new(&parts[0]);
    let mut search = jit::Jit::new(&problem);
    assert_eq!(search.run(&problem, &mut space, u32::MAX, memory), Progress::Full);
    let kept = search.bytes() + space.bytes();
    assert!((memory / 8..=memory).contains(&kept), "{kept}");
}

#[test]
fn spent_memory_and_spent_time_are_unknown() {
    let history = hard(14);
    let verdict = |spent: &dyn Fn() -> bool, memory| {
        check(&history, Model::Set, &json!([]), &Budget { spent, memory }).unwrap().verdict
    };
    assert_eq!(verdict(&|| false, 1 << 20), Verdict::Unknown);
    let asked = Cell::new(0);
    let soon = || asked.replace(asked.get() + 1) > 3;
    assert_eq!(verdict(&soon, 1 << 30), Verdict::Unknown);
    assert_eq!(verdict(&|| false, 1 << 30), Verdict::Violated);
}

/// With any budget the verdict is the right one or none.
#[test]
fn a_small_budget_never_gives_another_verdict() {
    let mut unknown = 0;
    for seed in 0..200u32 {
        let steps: Vec<[u8; 6]> = (0..28u32)
            .map(|at| {
                let bytes = (seed * 97 + at).wrapping_mul(0x9e37_79b9).to_le_bytes();
                [bytes[0] ^ bytes[3], bytes[1], bytes[2], bytes[3], bytes[0], bytes[1] ^ bytes[2]]
            })
            .collect();
        let history = history(Shape::WholeSet, &steps, seed as u8 & !32);
        let verdict = |memory| {
            check(&history, Model::Set, &json!([]), &Budget { spent: &|| false, memory }).unwrap().verdict
        };
        let right = verdict(1 << 30);
        assert_ne!(right, Verdict::Unknown);
        for memory in [0, 2_000, 8_000, 20_000] {
            let said = verdict(memory);
            unknown += u32::from(said == Verdict::Unknown);
            assert!(said == right || said == Verdict::Unknown, "{memory}: {said:?}, not {right:?}");
        }
    }
    assert!(unknown > 200, "{unknown}");
}
