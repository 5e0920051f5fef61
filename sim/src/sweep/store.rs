//! Reports as files.

use super::report::{FORMAT, Report};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The name of a report in a sweep's folder.
pub const REPORT: &str = "report.json";

/// Writes a report in a folder, which is made where it is not there. Whoever reads it at any moment, even after the
/// power failed, finds a whole one.
pub fn save(folder: &Path, report: &Report) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let aside = folder.join("report.json.new");
    let mut file = File::create(&aside)?;
    serde_json::to_writer_pretty(&mut file, report)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&aside, folder.join(REPORT))
}

/// Reads a report; an error completes 'FILE …'.
pub fn read(text: &str) -> Result<Report, String> {
    let report: Report =
        serde_json::from_str(text).map_err(|error| format!("is no report of a sweep: {error}"))?;
    let part = report.order.part();
    match () {
        () if report.zablab != "sweep" => Err("is no report of a sweep".to_owned()),
        () if report.format != FORMAT => {
            Err(format!("has format {}; this zablab reads format {FORMAT}", report.format))
        }
        () if !(part.from..=part.to).contains(&report.next) => {
            Err(format!("goes on at seed {}, which is none of {part}", report.next))
        }
        () => Ok(report),
    }
}
