use super::*;
use std::fs;
use std::io::Write;

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("zablab-find-{}-{name}", std::process::id()));
        // Of a test that was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// What is found in it, told in short: folder, name, sid, files.
    fn found(&self, sid: Option<Sid>) -> Vec<String> {
        self.told(find(std::slice::from_ref(&self.0), sid))
    }

    fn told(&self, found: Found) -> Vec<String> {
        let short = |path: &Path| path.strip_prefix(&self.0).unwrap_or(Path::new("..")).display().to_string();
        let servers = found.ensembles.iter().flat_map(|(folder, sources)| {
            sources.iter().map(|Source { sid, name, files, .. }| {
                let files: Vec<String> = files.iter().map(|file| short(file)).collect();
                format!("{}: {name}={sid} {}", short(folder), files.join(" "))
            })
        });
        let skipped =
            found.skipped.iter().map(|skipped| format!("{}: {}", short(&skipped.path), skipped.why));
        servers.chain(skipped).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn line(time: &str, sid: &str) -> String {
    format!("2026-11-20 {time},791 [myid:{sid}] - INFO  [main:QuorumPeer@1742] - tickTime set to 2000\n")
}

fn log(sid: &str) -> Vec<u8> {
    line("08:35:41", sid).into_bytes()
}

#[test]
fn servers_with_folders_of_their_own_belong_to_the_folder_above() {
    let folder = Folder::new("own");
    for path in ["a/zk1/zk.log", "b/zk1/zk.log"] {
        folder.file(path, &log("1"));
    }
    for path in ["a/zk2/zk.log", "a/zk3/zk.log"] {
        folder.file(path, &log("2"));
    }
    folder.file("a/zoo.cfg", b"tickTime=2000\n");
    assert_eq!(
        folder.found(None),
        ["a: zk1=1 a/zk1/zk.log", "a: zk2=2 a/zk2/zk.log", "a: zk3=2 a/zk3/zk.log", "b: zk1=1 b/zk1/zk.log"]
    );
}

#[test]
fn servers_that_share_a_folder_belong_to_it() {
    let folder = Folder::new("shared");
    folder.file("case-1/zk1.log", &log("1"));
    folder.file("case-1/zk2.log", &log("2"));
    folder.file("case-2/zk2.log", &log("2"));
    // A folder named after the server is the server's own.
    let told = [": case-2=2 case-2/zk2.log", "case-1: zk1=1 case-1/zk1.log", "case-1: zk2=2 case-1/zk2.log"];
    assert_eq!(folder.found(None), told);
}

#[test]
fn rotated_files_are_one_log_in_the_order_of_their_times() {
    let folder = Folder::new("rotated");
    folder.file("zk1/zk.log", line("09:00:00", "1").as_bytes());
    folder.file("zk1/zk.log.1", line("08:00:00", "1").as_bytes());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(line("07:00:00", "1").as_bytes()).unwrap();
    folder.file("zk1/zk.log.2.gz", &gzip.finish().unwrap());
    assert_eq!(folder.found(None), [": zk1=1 zk1/zk.log.2.gz zk1/zk.log.1 zk1/zk.log"]);
}

#[test]
fn the_sid_comes_from_the_log_or_from_what_lies_around_it() {
    let folder = Folder::new("sid");
    folder.file("a/server-7/zk.log", &log(""));
    folder.file("b/one/zk.log", &log(""));
    folder.file("b/one/myid", b"4\n");
    folder.file("c/one/zk.log", b"[QuorumPeer[myid=5](plain=disabled):QuorumPeer@1] - LOOKING\n");
    folder.file("d/one/zk.log", &log(""));
    let told = folder.found(Some(Sid(9)));
    assert_eq!(
        told,
        [
            "a: server-7=7 a/server-7/zk.log",
            "b: zk4=4 b/one/zk.log",
            "c: zk5=5 c/one/zk.log",
            "d: zk9=9 d/one/zk.log"
        ]
    );
    assert_eq!(folder.found(None)[3], "d/one/zk.log: nothing says which server wrote it; `--sid` can");
}

#[test]
fn what_is_no_log_of_one_server_is_named_with_the_reason() {
    let folder = Folder::new("none");
    folder.file("all.log", (line("08:00:00", "1") + &line("08:00:01", "2")).as_bytes());
    folder.file("timeline.txt", b"2026-11-20 08:36:08,681 zk1 New election. My id = 1, proposed zxid=0x0\n");
    let other = folder.file("other.txt", b"hello\n");
    let missing = folder.0.join("missing");
    let skipped = [
        "all.log: it holds lines of servers 1, 2 side by side",
        "timeline.txt: it holds what servers say, in lines without heads",
    ];
    assert_eq!(folder.found(None), skipped);
    let told = folder.told(find(&[other, missing], None));
    assert_eq!(told[0], "other.txt: no line of a ZooKeeper server in its first 64 KB");
    assert!(told[1].starts_with("missing: "), "{told:?}");
}

#[test]
fn files_that_are_named_belong_together() {
    let folder = Folder::new("named");
    let files = [folder.file("a/x/zk.log", &log("1")), folder.file("b/y/zk.log", &log("2"))];
    assert_eq!(folder.told(find(&files, None)), [": zk1=1 a/x/zk.log", ": zk2=2 b/y/zk.log"]);
}
