//! `zablab merge`: the shards of a sweep, joined.

use super::sweep::{report_in, status};
use super::{BadInput, Outcome, Output, Target};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use zablab_sim::sweep::{Failure, Folder, Report, SMALL, junit, merge, save, summary};

/// Join the reports of a sweep's shards into that of the whole
///
/// All is as if the sweep had not been divided, but for the timing. The exit status is that of the whole sweep: 1 if a
/// property spoke, 3 if a shard is missing or not finished
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folders that hold `report.json`, or folders `shard-K-of-N` that do
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Write the report of the whole to this folder, with copies of the failures' folders
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write what came of each property to this file, as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn exec(args: &Args) -> Outcome {
    let mut reports = Vec::new();
    for folder in &args.folders {
        let found = reports_in(folder)?;
        if found.is_empty() {
            let what = "holds no report.json of a sweep, nor does a folder shard-K-of-N in it";
            return Err(BadInput(format!("{} {what}", folder.display())));
        }
        reports.extend(found);
    }
    let shards: Vec<PathBuf> = reports.iter().map(|(folder, _)| PathBuf::from(folder)).collect();
    let report = merge(reports)?;
    // Each failure's folder is where its shard wrote it.
    let mut places = BTreeMap::new();
    for failure in &report.state.failures {
        let here = shards.iter().map(|shard| shard.join(&failure.folder)).find(|path| path.is_dir());
        places.extend(here.map(|here| (failure.folder.clone(), here)));
    }
    if let Some(out) = &args.out {
        let written = save(out, &report).and_then(|()| {
            for place in places.values_mut() {
                *place = Folder { path: place.clone() }.copy(out)?.path;
            }
            Ok(())
        });
        written.map_err(|error| BadInput(format!("{} cannot be written to: {error}", out.display())))?;
    }
    if let Some(path) = &args.junit {
        let mut file = Target::create(path)?;
        file.write_all(junit(&report).as_bytes())?;
        file.flush()?;
    }
    let mut out = Output::new();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        let place = |failure: &Failure| {
            places.get(&failure.folder).cloned().unwrap_or_else(|| PathBuf::from(&failure.folder))
        };
        write!(out, "{}", summary(&report, &place, SMALL))?;
    }
    out.flush()?;
    Ok(status(&report))
}

/// The reports of shards in a folder, or its own, each with its name.
fn reports_in(folder: &Path) -> Result<Vec<(String, Report)>, BadInput> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return Err(BadInput(format!("{} cannot be read: {error}", folder.display()))),
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("shard-")))
        .collect();
    folders.sort();
    let mut reports = Vec::new();
    for shard in folders {
        reports.extend(report_in(&shard)?.map(|report| (shard.display().to_string(), report)));
    }
    if reports.is_empty() {
        reports.extend(report_in(folder)?.map(|report| (folder.display().to_string(), report)));
    }
    Ok(reports)
}
