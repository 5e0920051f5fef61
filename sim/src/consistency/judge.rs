//! One history, one model, one verdict.

use super::linear::{self, Budget, Engine, Unfit};
use super::{Finding, Model, Verdict, promises, recipes};
use crate::history::{History, Operation, canonical};
use serde_json::Value;

/// What came of judging a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// What looks wrong and is not owed.
    pub notes: Vec<Finding>,
    /// How it was decided.
    pub engine: String,
    /// Why it is unknown, if it is.
    pub unknown: Option<String>,
}

/// Judges a history; one of ZooKeeper by its recipes, too. The promises take no search, so that they leave the budget alone.
pub fn judge(
    history: &History,
    model: Model,
    initial: &Value,
    budget: &Budget<'_>,
) -> Result<Judgement, Unfit> {
    let initial = &*canonical(initial);
    let model = match model {
        Model::Zookeeper => return Ok(by_promises(history, initial)),
        Model::Register => linear::Model::Register,
        Model::Kv => linear::Model::Kv,
        Model::Set => linear::Model::Set,
    };
    linear::check(history, model, initial, budget).map(by_order)
}

fn by_order(report: linear::Report) -> Judgement {
    let decided: Vec<_> = report.keys.iter().filter(|key| key.verdict == report.verdict).collect();
    let undecided = report.keys.iter().filter(|key| key.verdict == Verdict::Unknown).count();
    let unknown = (report.verdict == Verdict::Unknown).then(|| {
        let what = report.spent.unwrap_or("time");
        format!("the budget of {what} was spent with {undecided} of {} parts undecided", report.keys.len())
    });
    let engines = [Engine::VersionOrder, Engine::Zones, Engine::Wgl, Engine::Jit];
    let used = engines.iter().filter(|engine| decided.iter().any(|key| key.engine == Some(**engine)));
    let names: Vec<&str> = used.map(|engine| engine.name()).collect();
    let engine = match (report.verdict, names.as_slice()) {
        (Verdict::Unknown, _) => "undecided".to_owned(),
        (_, []) => "nothing to put in order".to_owned(),
        (_, names) => format!("decided by {}", names.join(" and ")),
    };
    let findings = report.finding.into_iter().collect();
    Judgement { verdict: report.verdict, findings, notes: Vec::new(), engine, unknown }
}

fn by_promises(history: &History, initial: &Value) -> Judgement {
    let mut judged = promises::judge_from(history, &initial.to_string(), &[]);
    let locks = recipes::lock::judge(history);
    judged.findings.extend(locks.findings);
    judged.notes.extend(locks.notes);
    judged.findings.extend(recipes::queue::judge(history));
    let any = |what: &dyn Fn(&Operation) -> bool| history.operations.iter().any(what);
    let mut engine =
        format!("four promises {} zxids", if any(&|op| op.zxid.is_some()) { "by" } else { "without" });
    for (what, recipe) in [("locks", "lock"), ("queues", "take")] {
        if any(&|op| &*op.f == recipe) {
            engine.push_str(&format!(", {what}"));
        }
    }
    Judgement {
        verdict: judged.verdict(),
        findings: judged.findings,
        notes: judged.notes,
        engine,
        unknown: judged.unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linear::KeyReport;

    fn told(verdict: Verdict, keys: &[(Option<Engine>, Verdict)]) -> (String, Option<String>) {
        let key = |(engine, verdict): &(Option<Engine>, Verdict)| KeyReport {
            key: 0,
            operations: 1,
            engine: *engine,
            verdict: *verdict,
        };
        let keys = keys.iter().map(key).collect();
        let judgement = by_order(linear::Report { verdict, finding: None, spent: Some("memory"), keys });
        (judgement.engine, judgement.unknown)
    }

    #[test]
    fn the_engines_that_decided_are_named() {
        use Verdict::*;
        let (zones, wgl) = (Some(Engine::Zones), Some(Engine::Wgl));
        let held = told(Holds, &[(wgl, Holds), (zones, Holds), (zones, Holds)]);
        assert_eq!(held, ("decided by zones and WGL".to_owned(), None));
        // Which engine found the others innocent says nothing of the guilty one.
        let violated = told(Violated, &[(zones, Holds), (wgl, Violated), (None, Unknown)]);
        assert_eq!(violated, ("decided by WGL".to_owned(), None));
        let unknown = told(Unknown, &[(zones, Holds), (None, Unknown), (None, Unknown)]);
        let why = "the budget of memory was spent with 2 of 3 parts undecided".to_owned();
        assert_eq!(unknown, ("undecided".to_owned(), Some(why)));
        assert_eq!(told(Holds, &[]), ("nothing to put in order".to_owned(), None));
    }
}
