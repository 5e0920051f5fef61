use zablab_sim::explore::*;
use zablab_sim::judges::Judges;
use zablab_sim::scenario::Scenario;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let preset = Preset::find(&a[1]);
    let text = preset.map_or_else(|| std::fs::read_to_string(&a[1]).unwrap(), |p| p.start.to_owned());
    let wrong = a
        .iter()
        .find_map(|x| x.strip_prefix("bug="))
        .map(|b| zablab_sim::bugs::Wrong { bugs: vec![b.to_owned()], ..Default::default() });
    let text = match &wrong {
        None => text,
        Some(w) => {
            let sc = Scenario::parse("x", &text).unwrap();
            zablab_sim::bugs::amended("x", &text, &sc, &w.settings().unwrap()).unwrap().0
        }
    };
    let judges = match a.iter().find_map(|x| x.strip_prefix("by=")) {
        None => Judges::default(),
        Some(l) => Judges::only(l.split(',')).unwrap(),
    };
    let sc = Scenario::parse("x", &text).unwrap();
    let get = |k: &str, d: u64| {
        a.iter().find_map(|x| x.strip_prefix(&format!("{k}="))).map_or(d, |v| v.parse().unwrap())
    };
    let b = Bounds {
        crashes: get("crashes", 0) as u8,
        cuts: get("cuts", 0) as u8,
        writes: get("writes", 0) as u8,
        epochs: get("epochs", 3) as u8,
        rounds: get("rounds", 3) as u8,
        timeouts: get("timeouts", 1) as u8,
        depth: get("depth", 1000) as u32,
    };
    let g = Grain {
        elections: match get("el", 0) {
            0 => Elections::StepByStep,
            1 => Elections::AtOnce,
            _ => Elections::Only,
        },
        patience: if get("any", 0) == 1 { Patience::Any } else { Patience::Sure },
        prompt_loops: get("loops", 1) == 1,
        prompt_queues: get("queues", 1) == 1,
        prompt_files: get("files", 1) == 1,
        prompt_log: get("log", 1) == 1,
        cuts_break: true,
        plain_crashes: true,
    };
    let (b, g) = preset.map_or((b, g), |p| {
        let mut b = p.bounds;
        b.crashes = get("crashes", b.crashes as u64) as u8;
        b.writes = get("writes", b.writes as u64) as u8;
        b.cuts = get("cuts", b.cuts as u64) as u8;
        (b, p.grain)
    });
    let s = Start::of("x", &text, &sc, 0, &judges, b, g).unwrap();
    let mut x = Search::from(&s.world, &s.model);
    if get("full", 0) == 1 {
        x = x.in_full();
    }
    let t = std::time::Instant::now();
    let max = get("max", 2_000_000);
    while x.advance(100_000) && (x.states() as u64) < max {}
    let e = t.elapsed().as_secs_f64();
    println!(
        "{:.1}s complete {} {} states {} looked {} generated {} beyond depth {} parts {:?} {} B/state {:.0}/s",
        e,
        x.is_complete(),
        x.states(),
        x.looked_at(),
        x.generated(),
        x.beyond(),
        x.depth(),
        x.parts(),
        x.bytes() / x.states(),
        x.states() as f64 / e
    );
    if let Some(f) = x.found() {
        println!("{:?}", f);
    }
    if let Some(f) = x.stuck() {
        println!("STUCK {} {:?}\n", f.len(), f);
        let w = x.world(&f);
        println!("{:?}", w.moves(&s.model));
    }
    for (k, n) in x.ends() {
        println!("{n} {k:?}");
    }
}
