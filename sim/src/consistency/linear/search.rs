//! The engines that search for an order, in competition: depth first is quick where there are many orders, breadth first
//! where there are few.

use super::Engine;
use super::jit::Jit;
use super::part::Part;
use super::problem::{Problem, Progress, Stuck};
use super::space::Space;
use super::wgl::Wgl;

/// Configurations that an engine looks at in its first turn; every round it is twice as many, up to the last.
pub(super) const TURN: (u32, u32) = (256, 16 * 1024);

/// The engines at work on one part.
pub(super) struct Search {
    /// By its place among the parts.
    pub part: usize,
    problem: Problem,
    space: Space,
    wgl: Option<Wgl>,
    jit: Option<Jit>,
    /// For so many configurations more the first engine has no rival: an easy part needs none.
    alone: u64,
}

impl Search {
    /// A search that has not begun.
    pub(super) fn new(at: usize, part: &Part) -> Search {
        let (problem, mut space) = Problem::new(part);
        let wgl = Some(Wgl::new(&problem, &mut space));
        let alone = 1024 + 2 * part.ops.len() as u64;
        Search { part: at, problem, space, wgl, jit: None, alone }
    }

    /// A turn for each engine, of so many configurations, with so many bytes; and what decided if one did: an order's changes, or
    /// where none goes on.
    pub(super) fn turn(&mut self, steps: u32, memory: usize) -> Option<(Engine, Result<Vec<u32>, Stuck>)> {
        let own = self.problem.bytes();
        let other = self.jit.as_ref().map_or(0, Jit::bytes);
        if let Some(wgl) = &mut self.wgl {
            match wgl.run(&self.problem, &mut self.space, steps, memory.saturating_sub(own + other)) {
                Progress::Running => {}
                Progress::Full => {
                    self.wgl = None;
                    self.alone = 0;
                    self.jit.get_or_insert_with(|| Jit::new(&self.problem));
                }
                Progress::Holds(path) => return Some((Engine::Wgl, Ok(path))),
                Progress::Violated(stuck) => return Some((Engine::Wgl, Err(stuck))),
            }
        }
        if self.alone > 0 && self.wgl.is_some() {
            self.alone = self.alone.saturating_sub(steps.into());
            if self.alone == 0 {
                self.jit = Some(Jit::new(&self.problem));
            }
            return None;
        }
        let own = self.problem.bytes();
        let other = self.wgl.as_ref().map_or(0, Wgl::bytes);
        if let Some(jit) = &mut self.jit {
            match jit.run(&self.problem, &mut self.space, steps, memory.saturating_sub(own + other)) {
                Progress::Running => {}
                Progress::Full => self.jit = None,
                Progress::Holds(path) => return Some((Engine::Jit, Ok(path))),
                Progress::Violated(stuck) => return Some((Engine::Jit, Err(stuck))),
            }
        }
        None
    }

    /// No engine has the memory to go on.
    pub(super) fn given_up(&self) -> bool {
        self.wgl.is_none() && self.jit.is_none()
    }

    /// Bytes kept.
    pub(super) fn bytes(&self) -> usize {
        self.problem.bytes()
            + self.space.bytes()
            + self.wgl.as_ref().map_or(0, Wgl::bytes)
            + self.jit.as_ref().map_or(0, Jit::bytes)
    }
}
