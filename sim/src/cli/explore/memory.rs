//! Memory that the process takes.

use std::fs;

/// Bytes that are resident, where the system says so.
pub(super) fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// A number of bytes, for people.
pub(super) fn size(bytes: usize) -> String {
    #[allow(clippy::cast_precision_loss)] // It is told with one decimal.
    let in_units = |shift: u32| bytes as f64 / f64::from(1u32 << shift);
    match bytes {
        bytes if bytes < 10 << 10 => format!("{bytes} bytes"),
        bytes if bytes < 10 << 20 => format!("{:.0} KiB", in_units(10)),
        bytes if bytes < 10 << 30 => format!("{:.0} MiB", in_units(20)),
        _ => format!("{:.1} GiB", in_units(30)),
    }
}
