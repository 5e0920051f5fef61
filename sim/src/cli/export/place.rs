//! Where an export is written. What is there stays unless it is to be replaced.

use super::super::{BadInput, Output, may_write};
use super::Args;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zablab_sim::export::Exported;

/// Where a text goes.
pub(super) enum Place {
    Standard,
    File(PathBuf),
}

fn about(path: &Path, what: &dyn std::fmt::Display) -> BadInput {
    BadInput(format!("{} {what}", path.display()))
}

impl Place {
    /// What was asked for, before the run is made.
    pub(super) fn of(args: &Args) -> Result<Place, BadInput> {
        let Some(path) = args.out.as_deref().filter(|path| *path != Path::new("-")) else {
            return Ok(Place::Standard);
        };
        may_write("the export", path, &args.run, args.force)?;
        Ok(Place::File(path.to_owned()))
    }

    /// Writes the text.
    pub(super) fn write(&self, text: &str) -> Result<(), BadInput> {
        match self {
            Place::Standard => {
                let mut out = Output::new();
                out.write_all(text.as_bytes())?;
                Ok(out.flush()?)
            }
            Place::File(path) => write_whole(path, text),
        }
    }
}

/// Writes a file, all of it or nothing: what is there stays until the new text stands beside it.
fn write_whole(path: &Path, text: &str) -> Result<(), BadInput> {
    let failed = |error: io::Error| about(path, &format_args!("cannot be written: {error}"));
    let there = fs::metadata(path).ok();
    // A device or a pipe is written to, and not replaced.
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return fs::write(path, text).map_err(failed);
    }
    // A link stays one.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = path.with_file_name(format!(".zablab-{}.part", std::process::id()));
    let written = fs::write(&beside, text)
        .and_then(|()| there.map_or(Ok(()), |there| fs::set_permissions(&beside, there.permissions())))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // What was begun is of no use; that it cannot be removed is no news.
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}

/// Writes all files below a folder, or none where one is in the way.
pub(super) fn write_all(folder: &Path, files: &[Exported], force: bool) -> Result<(), BadInput> {
    let files = files.iter().map(|file| (folder.join(&file.path), &file.text));
    if !force && let Some((path, _)) = files.clone().find(|(path, _)| path.exists()) {
        return Err(about(&path, &"is there already; --force replaces it"));
    }
    for (path, text) in files {
        let folder = path.parent().unwrap_or(folder);
        fs::create_dir_all(folder)
            .map_err(|error| about(folder, &format_args!("cannot be made: {error}")))?;
        write_whole(&path, text)?;
    }
    Ok(())
}
