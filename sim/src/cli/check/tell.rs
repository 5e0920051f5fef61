//! What `zablab check` prints, and what it comes to in the end.

use super::super::{Output, Status};
use super::{Agreement, Case, Verdict, explain};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Prints each history as it is judged; as JSON, all of them at the end.
pub(super) struct Told {
    out: Output,
    json: bool,
    /// How many files were given.
    given: usize,
    cases: Vec<Value>,
    verdicts: Vec<Verdict>,
    agreements: Vec<Agreement>,
    refused: Vec<(String, String)>,
}

/// What it came to.
pub(super) struct Summary {
    verdicts: Vec<Verdict>,
    agreements: Vec<Agreement>,
    /// What was wrong with each file that could not be judged.
    pub(super) refused: Vec<String>,
}

impl Summary {
    /// The worst counts: bad input, then a violation (or another verdict than was expected), then what is unknown.
    pub(super) fn status(&self) -> Status {
        if !self.refused.is_empty() {
            return Status::BadInput;
        }
        let agreed = |agreement: &Agreement| match agreement {
            Agreement::Agrees => Verdict::Holds,
            Agreement::Undecided => Verdict::Unknown,
            Agreement::Disagrees(_) => Verdict::Violated,
        };
        let worst = match self.agreements.as_slice() {
            [] => explain::worst(self.verdicts.iter().copied()),
            agreements => explain::worst(agreements.iter().map(agreed)),
        };
        match worst {
            Verdict::Holds => Status::Held,
            Verdict::Violated => Status::Failed,
            Verdict::Unknown => Status::Undecided,
        }
    }
}

impl Told {
    pub(super) fn new(out: Output, json: bool, given: usize) -> Told {
        let (cases, verdicts, agreements, refused) = Default::default();
        Told { out, json, given, cases, verdicts, agreements, refused }
    }

    /// A file that could not be judged, and why.
    pub(super) fn refused(&mut self, file: &str, what: String) {
        self.refused.push((file.to_owned(), what));
    }

    /// A history that was judged, and how that compares with what was expected.
    pub(super) fn case(
        &mut self,
        case: &Case<'_>,
        agreement: Option<(Verdict, Agreement)>,
    ) -> io::Result<()> {
        self.verdicts.push(case.judgement.verdict);
        if self.json {
            let mut object = explain::json(case);
            if let Some((expected, agreement)) = &agreement {
                object["expected"] = expected.name().into();
                object["agrees"] = match agreement {
                    Agreement::Agrees => true.into(),
                    Agreement::Undecided => Value::Null,
                    Agreement::Disagrees(_) => false.into(),
                };
                object["differences"] = match agreement {
                    Agreement::Disagrees(differences) => differences.as_slice().into(),
                    _ => json!([]),
                };
            }
            self.cases.push(object);
        } else {
            self.lines(case, agreement.as_ref())?;
            // The next history may take long.
            self.out.flush()?;
        }
        self.agreements.extend(agreement.map(|(_, agreement)| agreement));
        Ok(())
    }

    fn lines(&mut self, case: &Case<'_>, agreement: Option<&(Verdict, Agreement)>) -> io::Result<()> {
        let compared = match agreement {
            None => String::new(),
            Some((_, Agreement::Agrees)) => "; as expected".to_owned(),
            Some((expected, Agreement::Undecided)) => format!("; expected {expected}"),
            Some((_, Agreement::Disagrees(differences))) => {
                format!("; DISAGREES: {}", differences.join("; "))
            }
        };
        writeln!(self.out, "{}{compared}", explain::headline(case))?;
        if let Some(why) = &case.judgement.unknown {
            writeln!(self.out, "  {why}")?;
        }
        // What is as expected needs no more than its sentence.
        if matches!(agreement, Some((_, Agreement::Agrees))) {
            for finding in explain::shown(&case.judgement.findings).0 {
                writeln!(self.out, "  {}", explain::sentence(finding))?;
            }
            return Ok(());
        }
        write!(self.out, "{}", explain::findings(case))
    }

    /// Prints what is left to say.
    pub(super) fn finish(mut self, interrupted: bool) -> io::Result<Summary> {
        if self.json {
            // No verdict of all where some could not be judged.
            let all = self.refused.is_empty() && !interrupted;
            let verdict = all.then(|| explain::worst(self.verdicts.iter().copied()).name());
            let refused = self.refused.iter().map(|(file, error)| json!({"file": file, "error": error}));
            let refused: Value = refused.collect();
            let files = Value::Array(std::mem::take(&mut self.cases));
            writeln!(self.out, "{:#}", json!({"verdict": verdict, "files": files, "refused": refused}))?;
        } else if self.given > 1 {
            let line = self.summary();
            writeln!(self.out, "{line}")?;
        }
        if interrupted && !self.json {
            writeln!(self.out, "INTERRUPTED; this is how far it came.")?;
        }
        self.out.flush()?;
        let refused = self.refused.into_iter().map(|(_, what)| what).collect();
        Ok(Summary { verdicts: self.verdicts, agreements: self.agreements, refused })
    }

    fn summary(&self) -> String {
        let counted = |verdict| self.verdicts.iter().filter(|other| **other == verdict).count();
        let mut parts = Vec::new();
        for (count, what) in [
            (counted(Verdict::Holds), "hold"),
            (counted(Verdict::Violated), "violated"),
            (counted(Verdict::Unknown), "unknown"),
            (self.refused.len(), "could not be judged"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let mut line = format!("{} histories: {}", self.given, parts.join(", "));
        if !self.agreements.is_empty() {
            let agree = self.agreements.iter().filter(|agreement| **agreement == Agreement::Agrees).count();
            line.push_str(&format!("; {agree} of {} as expected", self.agreements.len()));
        }
        line
    }
}
