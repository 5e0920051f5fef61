//! `zablab run --both`: a scenario that shows a bug, without it and with it.

use super::source::Source;
use super::{BadInput, Outcome, Output, Status};
use serde_json::json;
use std::io::Write;
use zablab_sim::bugs::{Lesson, Shown};

pub(crate) fn exec(source: &Source, seed: Option<u64>, json: bool) -> Outcome {
    let Some(lesson) = Lesson::of(&source.name, &source.text, &source.scenario) else {
        let what = "shows no bug; expected a line such as `shows ZK-4646 by P-DUR`";
        return Err(BadInput(format!("{} {what}", source.name)));
    };
    let Shown { clean, with } = lesson?.run(seed)?;
    let holds = clean.is_ok() && with.is_ok();
    let mut out = Output::new();
    let (bug, by) = source.scenario.shows().map(|shows| (&*shows.bug, &*shows.by)).unwrap_or_default();
    if json {
        let side = |ok: &Result<String, String>| match ok {
            Ok(what) => json!({"asExpected": true, "what": what}),
            Err(what) => json!({"asExpected": false, "what": what}),
        };
        let report = json!({"scenario": source.name, "bug": bug, "by": by, "holds": holds, "clean": side(&clean), "with": side(&with)});
        writeln!(out, "{report:#}")?;
    } else {
        let word = |ok: bool| if ok { "as expected" } else { "NOT AS EXPECTED" };
        for (name, side) in [("without the bug".to_owned(), &clean), (format!("with {bug}"), &with)] {
            let (Ok(what) | Err(what)) = side;
            writeln!(out, "{name:<16} {}: {what}", word(side.is_ok()))?;
        }
    }
    out.flush()?;
    Ok(if holds { Status::Held } else { Status::Failed })
}
