//! What is to be explored, as the command line says it.

use super::super::BadInput;
use super::super::source::{self, Source};
use super::{Args, Prompt, replay, with_presets};
use std::time::Duration;
use zablab_sim::check::Checks;
use zablab_sim::explore::{BEGINS, Begin, Bounds, Grain, NoStart, PRESETS, Preset, SETTLES, Start};
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;

/// What is to be explored, by whom it is judged, and how long.
pub(super) struct Asked {
    pub(super) source: Source,
    pub(super) preset: Option<&'static Preset>,
    /// Whether it starts where the preset does.
    pub(super) own_start: bool,
    pub(super) bounds: Bounds,
    pub(super) grain: Grain,
    pub(super) judges: Judges,
    pub(super) aims: Aims,
    pub(super) seed: u64,
    /// What is wrong with the machine, in words.
    pub(super) wrong: String,
}

/// What a search is after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aims {
    /// It is judged that all settles.
    pub(super) settles: bool,
    /// Every order is looked at.
    pub(super) full: bool,
    pub(super) limits: Limits,
}

/// Where a search is given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Option<Duration>,
    /// Bytes.
    pub(super) memory: usize,
    pub(super) states: Option<usize>,
}

impl Limits {
    pub(super) fn of(args: &Args) -> Limits {
        Limits {
            time: args.time_limit.map(|time| Duration::from_nanos(time.nanos())),
            memory: args.memory,
            states: args.states,
        }
    }
}

impl Asked {
    pub(super) fn of(args: &Args) -> Result<Asked, BadInput> {
        let preset = args.preset.as_deref().map(preset).transpose()?;
        let begin = args.start.as_deref().map(begin).transpose()?;
        let source = match (&args.scenario, begin, preset) {
            (Some(name), _, _) => source::load(name)?,
            (None, Some(begin), _) => of_text(begin.name, begin.text)?,
            (None, None, Some(preset)) => of_preset(preset)?,
            (None, None, None) => {
                return Err(with_presets(
                    "there is nothing to explore; expected a scenario, or --preset with one of these:",
                ));
            }
        };
        if let Some(file) = &args.save {
            replay::may_save(file, args.scenario.as_deref().unwrap_or_default())?;
        }
        let source = args.wrong.apply(source)?;
        let seed = args.seed.unwrap_or(source.scenario.seed());
        let (judges, settles) = judges(&args.property)?;
        Ok(Asked {
            source: source.drawn(seed),
            preset,
            own_start: args.scenario.is_none() && args.start.is_none(),
            bounds: bounds(args, preset.map_or_else(Bounds::default, |preset| preset.bounds)),
            grain: grain(args, preset.map_or(Grain::FINE, |preset| preset.grain))?,
            judges,
            aims: Aims { settles, full: args.full, limits: Limits::of(args) },
            seed,
            wrong: args.wrong.wrong().words(),
        })
    }

    pub(super) fn start(&self) -> Result<Start, NoStart> {
        let Source { name, text, scenario } = &self.source;
        Start::of(name, text, scenario, self.seed, &self.judges, self.bounds, self.grain)
    }

    /// Some of the properties that watch every step do not judge it.
    pub(super) fn chooses(&self) -> bool {
        Checks::PROPERTIES.iter().any(|property| !self.judges.include(property.name))
    }

    /// The properties by which it is judged.
    pub(super) fn judged(&self) -> Vec<&'static str> {
        let mut all: Vec<&str> = Checks::PROPERTIES
            .iter()
            .map(|property| property.name)
            .filter(|name| self.judges.include(name))
            .collect();
        all.extend(self.aims.settles.then_some(SETTLES));
        all
    }
}

/// Why something cannot be explored.
pub(super) fn no_start(name: &str, why: NoStart) -> BadInput {
    match why {
        NoStart::Scenario(diagnostic) => diagnostic.into(),
        NoStart::Broken(what) | NoStart::Other(what) => {
            BadInput(format!("{name} cannot be explored: {what}"))
        }
    }
}

fn preset(name: &str) -> Result<&'static Preset, BadInput> {
    Preset::find(name).ok_or_else(|| {
        let near = source::nearest(name, PRESETS.iter().map(|preset| preset.name));
        let hint = near
            .map_or_else(|| "expected one of these:".to_owned(), |near| format!("did you mean `{near}`?"));
        with_presets(&format!("`{name}` is no preset; {hint}"))
    })
}

/// The start of a preset.
pub(super) fn of_preset(preset: &Preset) -> Result<Source, BadInput> {
    of_text(preset.name, preset.start)
}

fn of_text(name: &str, text: &str) -> Result<Source, BadInput> {
    let (name, text) = (name.to_owned(), text.to_owned());
    let scenario = Scenario::parse(&name, &text)?;
    Ok(Source { name, text, scenario })
}

fn begin(name: &str) -> Result<&'static Begin, BadInput> {
    let names = || BEGINS.iter().map(|begin| begin.name);
    Begin::find(name).ok_or_else(|| {
        let hint = match source::nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        BadInput(format!("`{name}` is no start; {hint}"))
    })
}

fn bounds(args: &Args, all: Bounds) -> Bounds {
    Bounds {
        crashes: args.crashes.unwrap_or(all.crashes),
        cuts: args.cuts.unwrap_or(all.cuts),
        writes: args.writes.unwrap_or(all.writes),
        epochs: args.epochs.unwrap_or(all.epochs),
        rounds: args.rounds.unwrap_or(all.rounds),
        timeouts: args.timeouts.unwrap_or(all.timeouts),
        depth: args.depth.unwrap_or(all.depth),
    }
}

fn grain(args: &Args, of: Grain) -> Result<Grain, BadInput> {
    let mut grain = Grain {
        elections: args.elections.map_or(of.elections, Into::into),
        patience: args.patience.map_or(of.patience, Into::into),
        ..of
    };
    let prompt = |what| args.prompt.contains(&what);
    if prompt(Prompt::None) && args.prompt.len() > 1 {
        return Err(BadInput("--prompt none goes with nothing else".to_owned()));
    }
    if !args.prompt.is_empty() {
        grain.prompt_main = prompt(Prompt::Main);
        grain.prompt_handlers = prompt(Prompt::Handlers);
        grain.prompt_queues = prompt(Prompt::Queues);
        grain.prompt_files = prompt(Prompt::Files);
        grain.prompt_log = prompt(Prompt::Log);
    }
    Ok(grain)
}

/// Who judges, and whether it is judged that all settles.
fn judges(names: &[String]) -> Result<(Judges, bool), BadInput> {
    if names.is_empty() {
        return Ok((Judges::default(), true));
    }
    let watching = || Checks::PROPERTIES.iter().map(|property| property.name);
    let mut chosen = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| *name != SETTLES) {
        if let Some(known) = watching().find(|known| *known == name) {
            chosen.push(known);
            continue;
        }
        if Judges::known().any(|known| known == name) {
            return Err(BadInput(format!(
                "{name} is judged when a run has ended, and an exploration has no end of that kind; `{SETTLES}` \
                 stands in the place of what is judged then"
            )));
        }
        let hint = match source::nearest(name, watching().chain([SETTLES])) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`zablab checks` lists those of every action, and `{SETTLES}` is one more"),
        };
        return Err(BadInput(format!("`{name}` is no property that an exploration is judged by; {hint}")));
    }
    let settles = names.iter().any(|name| name.trim() == SETTLES);
    let judges = Judges::only(chosen).map_err(|name| BadInput(format!("`{name}` is no property")))?;
    Ok((judges, settles))
}
