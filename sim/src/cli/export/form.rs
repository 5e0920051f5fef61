//! What can stand behind `--to`: a form, or a time.

use super::super::source;
use std::fmt;
use zablab_sim::export::{Written, dot, jepsen, mermaid, perfetto, shiviz};
use zablab_sim::recording::{Parts, Recording};
use zablab_sim::scenario::Time;

/// What a run is made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A text made from a recording.
    Written(Text),
    /// A folder of log files.
    ZookeeperLog,
}

/// A text made from a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Mermaid,
    Shiviz,
    Perfetto,
    Jepsen,
    Dot,
}

/// Every form by its name.
const FORMS: &[(&str, Form)] = &[
    ("mermaid", Form::Written(Text::Mermaid)),
    ("shiviz", Form::Written(Text::Shiviz)),
    ("perfetto", Form::Written(Text::Perfetto)),
    ("jepsen", Form::Written(Text::Jepsen)),
    ("dot", Form::Written(Text::Dot)),
    ("zookeeper-log", Form::ZookeeperLog),
];

/// The names of all forms.
pub(super) fn names() -> String {
    FORMS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("|")
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FORMS.iter().find(|(_, form)| form == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl Text {
    /// Writes a recording in this form.
    pub(super) fn write(self, recording: &Recording) -> Written {
        match self {
            Text::Mermaid => mermaid::write(recording),
            Text::Shiviz => shiviz::write(recording),
            Text::Perfetto => perfetto::write(recording),
            Text::Jepsen => jepsen::write(recording),
            Text::Dot => dot::write(recording),
        }
    }

    /// What of a recording it shows.
    pub(super) fn parts(self) -> Parts {
        match self {
            Text::Mermaid => Parts {
                story: true,
                messages: true,
                states: true,
                bands: true,
                troubles: true,
                ..Parts::NONE
            },
            Text::Shiviz => Parts { story: true, messages: true, ..Parts::NONE },
            Text::Perfetto => Parts {
                story: true,
                messages: true,
                states: true,
                bands: true,
                troubles: true,
                transactions: true,
                operations: true,
                ..Parts::NONE
            },
            Text::Jepsen => Parts { bands: true, troubles: true, ..Parts::NONE },
            Text::Dot => Parts { story: true, messages: true, states: true, ..Parts::NONE },
        }
    }

    /// What has been written, in words.
    pub(super) fn is(self) -> &'static str {
        match self {
            Text::Mermaid => "a Mermaid sequence diagram",
            Text::Shiviz => "a log for ShiViz",
            Text::Perfetto => "a trace for Perfetto",
            Text::Jepsen => "a history as Jepsen has it",
            Text::Dot => "a graph for Graphviz",
        }
    }
}

/// A form, or a time.
#[derive(Clone, Copy, Debug)]
pub(super) enum To {
    Form(Form),
    Time(Time),
}

impl To {
    /// A time begins with a digit (or a sign, which is wrong there), and no form does.
    pub(super) fn parse(text: &str) -> Result<To, String> {
        if text.starts_with(|sign: char| sign.is_ascii_digit() || sign == '-') {
            return time(text).map(To::Time);
        }
        if let Some((_, form)) = FORMS.iter().find(|(name, _)| *name == text) {
            return Ok(To::Form(*form));
        }
        Err(match source::nearest(text, FORMS.iter().map(|(name, _)| *name)) {
            Some(near) => format!("no form is called so; did you mean `{near}`?"),
            None => format!("expected {}, or a time such as `14s`", names()),
        })
    }

    pub(super) fn form(self) -> Option<Form> {
        match self {
            To::Form(form) => Some(form),
            To::Time(_) => None,
        }
    }

    pub(super) fn time(self) -> Option<Time> {
        match self {
            To::Form(_) => None,
            To::Time(time) => Some(time),
        }
    }
}

/// A time of the scenario language.
pub(super) fn time(text: &str) -> Result<Time, String> {
    if text.strip_prefix('-').is_some_and(|rest| Time::parse(rest).is_some()) {
        return Err("a run begins at 0s; expected a time such as `14s`, `1.4s` or `300ms`".to_owned());
    }
    Time::parse(text).ok_or_else(|| "expected a time such as `14s`, `1.4s` or `300ms`".to_owned())
}
