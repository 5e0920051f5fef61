//! Making and reading trees by program.

use super::ast::{
    Action, Ask, ClientDecl, Comment, ConfigFile, Draws, Line, Pin, Prefix, ProfileDecl, Scenario,
    ServerDecl, Setting, Shows, Span, Statement, Step, Timed, UnsafeQuorum, WorkloadDecl,
};
use super::time::Time;

impl Scenario {
    /// The servers in the order of declaration.
    pub fn servers(&self) -> Vec<ServerDecl> {
        let declared = self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Ensemble(servers)) => Some(servers),
            _ => None,
        });
        declared.flatten().cloned().collect()
    }

    /// The clients in the order of declaration, without those of workloads.
    pub fn clients(&self) -> Vec<ClientDecl> {
        let declared = self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Client(client)) => Some(client.clone()),
            _ => None,
        });
        declared.collect()
    }

    /// The workloads in the order of declaration.
    pub fn workloads(&self) -> Vec<WorkloadDecl> {
        let declared = self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Workload(workload)) => Some(workload.clone()),
            _ => None,
        });
        declared.collect()
    }

    /// The settings that hold from the start, in file order. One for a server overrides one for all,
    /// whatever their order.
    pub fn settings(&self) -> Vec<&Setting> {
        let set = self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Set(setting)) => Some(setting),
            _ => None,
        });
        set.collect()
    }

    /// The configuration files that are to be read, in file order.
    pub fn configs(&self) -> Vec<&ConfigFile> {
        let configs = self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Config(config)) => Some(config),
            _ => None,
        });
        configs.collect()
    }

    /// The profile that is to be drawn from, if there is one.
    pub fn profile(&self) -> Option<&ProfileDecl> {
        self.lines.iter().find_map(|line| match &line.statement {
            Some(Statement::Profile(profile)) => Some(profile),
            _ => None,
        })
    }

    /// The bug that it shows, if there is one.
    pub fn shows(&self) -> Option<&Shows> {
        self.lines.iter().find_map(|line| match &line.statement {
            Some(Statement::Shows(shows)) => Some(shows),
            _ => None,
        })
    }

    /// How many voters its servers take for a quorum, where that is not ZooKeeper's rule.
    pub fn unsafe_quorum(&self) -> Option<&UnsafeQuorum> {
        self.lines.iter().find_map(|line| match &line.statement {
            Some(Statement::Unsafe(quorum)) => Some(quorum),
            _ => None,
        })
    }

    /// The wrong belief that it corrects, if it is a lesson.
    pub fn belief(&self) -> Option<&str> {
        self.lines.iter().find_map(|line| match &line.statement {
            Some(Statement::Belief(belief)) => Some(belief.text.as_str()),
            _ => None,
        })
    }

    /// The predictions that it asks for, in file order, each with its instant.
    pub fn asks(&self) -> impl Iterator<Item = (Time, &Ask)> {
        self.timed().filter_map(|timed| match (&timed.prefix, &timed.action) {
            (Prefix::At(time), Action::Ask(ask)) => Some((*time, ask)),
            _ => None,
        })
    }

    /// Where its draws come from, if it says so.
    pub fn draws(&self) -> Option<Draws> {
        self.lines.iter().find_map(|line| match &line.statement {
            Some(Statement::Draws(draws)) => Some(*draws),
            _ => None,
        })
    }

    /// The seed that it runs with where nobody gives another one.
    pub fn seed(&self) -> u64 {
        match self.draws() {
            Some(Draws::Seed(seed)) => seed,
            Some(Draws::Plain) | None => 0,
        }
    }

    /// The same, where it draws from this seed by itself. `draws plain` stays.
    pub fn of_seed(&self, seed: u64) -> Scenario {
        let mut lines = self.lines.clone();
        let said = lines.iter_mut().find_map(|line| match &mut line.statement {
            Some(Statement::Draws(draws)) => Some(draws),
            _ => None,
        });
        match said {
            Some(Draws::Plain) => {}
            Some(draws) => *draws = Draws::Seed(seed),
            None if seed == 0 => {}
            None => {
                let behind = |line: &Line| matches!(line.statement, None | Some(Statement::Timed(_)));
                let at = lines.iter().rposition(|line| !behind(line)).map_or(0, |at| at + 1);
                lines.insert(at, Line::of(Statement::Draws(Draws::Seed(seed))));
            }
        }
        Scenario { lines }
    }

    /// The draws that are given.
    pub fn pins(&self) -> impl Iterator<Item = &Pin> {
        self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Pin(pin)) => Some(pin),
            _ => None,
        })
    }

    /// The timed statements in file order, each with its prefix resolved.
    pub fn timed(&self) -> impl Iterator<Item = &Timed> {
        self.lines.iter().filter_map(|line| match &line.statement {
            Some(Statement::Timed(timed)) => Some(timed),
            _ => None,
        })
    }

    /// When it is over: at its `end`, or else with the last of its times. A trigger holds it open as long as it may fire, where
    /// that is bounded.
    pub fn end(&self) -> Time {
        let mut last = Time(0);
        let mut ends = None;
        for timed in self.timed() {
            let at = match (&timed.prefix, &timed.action) {
                (Prefix::At(time), Action::Step(Step::End)) => {
                    ends = Some(*time);
                    continue;
                }
                (Prefix::At(time) | Prefix::By(time), _) => *time,
                (Prefix::During { to, .. }, _) => *to,
                (Prefix::When(trigger), _) => {
                    let from = trigger.armed.map_or(0, |time| time.0);
                    Time(from.saturating_add(trigger.within.map_or(0, |within| within.0)))
                }
            };
            last = last.max(at);
        }
        ends.unwrap_or(last)
    }

    /// The timed statements with their captions: the comment lines right above (no blank line between), then the
    /// comment behind the statement.
    pub fn captioned(&self) -> Vec<(&Timed, Vec<&str>)> {
        let mut all = Vec::new();
        let mut caption: Vec<&str> = Vec::new();
        for line in &self.lines {
            if line.blank_before {
                caption.clear();
            }
            caption.extend(line.comment.iter().map(|comment| comment.text.as_str()));
            match &line.statement {
                Some(Statement::Timed(timed)) => all.push((timed, std::mem::take(&mut caption))),
                Some(_) => caption.clear(),
                None => {}
            }
        }
        all
    }

    /// Its title, or the question that it answers: the first line, where that is a comment.
    pub fn title(&self) -> Option<&str> {
        self.preface().first().map(|line| line.trim()).filter(|line| !line.is_empty())
    }

    /// The comment lines before the first statement: what the scenario is about.
    pub fn preface(&self) -> Vec<&str> {
        let head = self.lines.iter().take_while(|line| line.statement.is_none());
        head.filter_map(|line| line.comment.as_ref()).map(|comment| comment.text.as_str()).collect()
    }
}

impl Scenario {
    /// A scenario made by program: its parts with a blank line between, what follows at the same time written as a
    /// continuation, and every statement at the line that it has in the canonical text.
    pub fn of_parts(parts: impl IntoIterator<Item = Vec<Line>>) -> Scenario {
        let mut lines: Vec<Line> = Vec::new();
        let mut number = 0;
        for part in parts {
            let mut above: Option<Prefix> = None;
            for (at, mut line) in part.into_iter().enumerate() {
                line.blank_before = at == 0 && number > 0;
                number += 1 + u32::from(line.blank_before);
                line.span.line = number;
                if let Some(Statement::Timed(timed)) = &mut line.statement {
                    timed.span.line = number;
                    timed.continued = above.as_ref() == Some(&timed.prefix);
                    above = Some(timed.prefix.clone());
                }
                lines.push(line);
            }
        }
        Scenario { lines }
    }
}

impl Line {
    /// A line with a statement and no comment.
    pub fn of(statement: Statement) -> Line {
        Line { statement: Some(statement), ..Line::default() }
    }

    /// A line that is only a comment.
    pub fn remark(text: &str) -> Line {
        Line { comment: Some(Comment::new(text)), ..Line::default() }
    }
}

impl Comment {
    /// A comment of that text; what a comment cannot hold (control characters) becomes a blank.
    pub fn new(text: &str) -> Comment {
        let clean = text.replace(|c: char| c.is_control() && c != '\t', " ");
        Comment { text: clean.trim_end_matches([' ', '\t']).to_owned() }
    }
}

impl Timed {
    /// A statement that stands in no text yet and has its prefix written out.
    pub fn new(prefix: Prefix, action: Action) -> Timed {
        Timed { prefix, action, continued: false, span: Span::default() }
    }

    /// Its line number in the text it was parsed from, from 1; 0 if it was made by program.
    pub fn line(&self) -> u32 {
        self.span.line
    }
}

impl ServerDecl {
    /// A voting server.
    pub fn new(name: &str, sid: i64) -> ServerDecl {
        ServerDecl { name: name.to_owned(), sid, observer: false, span: Span::default() }
    }

    /// The sid that a name implies: the number at its end, if it has one that fits.
    pub fn implied_sid(name: &str) -> Option<i64> {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        name[stem.len()..].parse().ok()
    }
}
