//! How fast logs of servers are read: MB a second of CPU time, one thread, from memory. `cargo bench --bench conform` takes
//! real logs many times over; with files as arguments it takes those.

mod clock;

use clock::cpu_nanos;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use zablab_protocol::Sid;
use zablab_sim::conform::{Entries, open};

/// Bytes that one measurement reads.
const SIZE: usize = 64 << 20;

fn row(name: &str, text: &[u8]) {
    let times = SIZE.div_ceil(text.len().max(1));
    let text = text.repeat(times);
    let mut rates = Vec::new();
    let (mut lines, mut entries) = (0, 0);
    for _ in 0..5 {
        let begin = cpu_nanos();
        let mut reading = Entries::new(&text[..], 0, Some(Sid(1)));
        entries = (&mut reading).map(black_box).count();
        let seconds = (cpu_nanos() - begin) as f64 / 1e9;
        lines = reading.counts().lines;
        rates.push(text.len() as f64 / 1e6 / seconds);
    }
    rates.sort_unstable_by(f64::total_cmp);
    let share = entries as f64 * 100.0 / lines.max(1) as f64;
    println!(
        "{name:<48} {:>10} {lines:>10} {share:>8.1} % {:>8.0}",
        text.len() / 1_000_000,
        rates[rates.len() / 2]
    );
}

fn text(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open(path)?.read_to_end(&mut text)?;
    Ok(text)
}

fn main() {
    println!("{:<48} {:>10} {:>10} {:>10} {:>8}", "", "MB", "lines", "understood", "MB/CPU s");
    let mut files: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if files.is_empty() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/real-logs/3.8.0");
        let logs = [
            "d-kill-leader/zk1/zk.log",
            "d-kill-leader/zk2/zk.log",
            "j8-2000-writes-snapcount-300/zk2/zk.log.gz",
        ];
        files = logs.map(|log| folder.join(log).display().to_string()).into();
    }
    for file in files {
        match text(Path::new(&file)) {
            Ok(text) => row(&file[file.len().saturating_sub(48)..], &text),
            Err(error) => eprintln!("{file}: {error}"),
        }
    }
}
