//! quick driver
use zablab_sim::*;
fn main() {
    let file = std::env::args().nth(1).unwrap();
    let seed = std::env::args().nth(2).map_or(0, |s| s.parse().unwrap());
    let text = std::fs::read_to_string(&file).unwrap();
    let sc = match scenario::Scenario::parse(&file, &text) { Ok(s) => s, Err(e) => { println!("{e}"); return } };
    let run = run::Run::new(&file, &text, &sc, seed).unwrap();
    let mut story = view::Story::new(std::io::stdout());
    let outcome = run.finish(&mut [&mut story]).unwrap();
    story.finish(&outcome.ensemble).unwrap();
    println!("{}", view::table(&outcome.ensemble));
    println!("{:?} {} {:?} {:?} {} steps {} events {}", outcome.ending, outcome.met, outcome.unmet, outcome.violations, outcome.steps, outcome.events, outcome.hash);
}
