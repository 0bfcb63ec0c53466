//! The crew: how many threads there are, and which should come or go.
//!
//! Pure: it counts, and the pools start threads and end them. A pool has its full number of
//! threads that are not stuck, or as near to it as its bound on replacements lets it come.

use super::PoolConfig;

/// The threads of a pool.
#[derive(Debug)]
pub(super) struct Crew {
    full: usize,
    replacements_max: usize,
    /// Threads that take jobs, stuck ones included.
    present: usize,
    /// Threads whose job is past its deadline.
    stuck: usize,
    /// Threads that take no more jobs and are not gone yet.
    leaving: usize,
}

/// What a thread does when its job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It takes the next job.
    Stay,
    /// It leaves: another has taken its place.
    Leave,
}

impl Crew {
    pub(super) const fn new(cfg: &PoolConfig) -> Self {
        let (full, replacements_max) = (cfg.threads.get(), cfg.replacements_max);
        Self { full, replacements_max, present: 0, stuck: 0, leaving: 0 }
    }

    /// Returns how many threads there are for jobs.
    pub(super) const fn working(&self) -> usize {
        self.present - self.stuck
    }

    /// Counts a thread in, if one is wanted.
    pub(super) const fn hire(&mut self) -> bool {
        let present_max = self.full.saturating_add(self.replacements_max);
        let is_wanted = self.working() < self.full && self.present < present_max;
        if is_wanted {
            self.present += 1;
        }
        is_wanted
    }

    /// Counts a thread out that was counted in and could not be started.
    pub(super) const fn on_not_started(&mut self) {
        self.present -= 1;
    }

    pub(super) const fn on_stuck(&mut self) {
        self.stuck += 1;
    }

    /// A stuck job has ended: its thread is one too many if another has its place.
    pub(super) const fn on_unstuck(&mut self) -> After {
        self.stuck -= 1;
        if self.working() <= self.full {
            return After::Stay;
        }
        self.on_leaving();
        After::Leave
    }

    /// The calling thread takes no more jobs.
    pub(super) const fn on_leaving(&mut self) {
        self.present -= 1;
        self.leaving += 1;
    }

    /// A thread that was leaving is gone, but for its last instructions.
    pub(super) const fn on_gone(&mut self) {
        self.leaving -= 1;
    }

    /// Tells whether there is no thread left but stuck ones.
    pub(super) const fn is_dismissed(&self) -> bool {
        self.working() == 0 && self.leaving == 0
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    fn crew(full: usize, replacements_max: usize) -> Crew {
        let mut cfg = PoolConfig::new(NonZero::new(full).unwrap(), 0);
        cfg.replacements_max = replacements_max;
        let mut crew = Crew::new(&cfg);
        while crew.hire() {}
        assert_eq!(crew.working(), full);
        crew
    }

    #[test]
    fn a_stuck_thread_is_replaced_up_to_the_bound() {
        let mut crew = crew(2, 1);
        crew.on_stuck();
        assert!(crew.hire());
        crew.on_stuck();
        assert!(!crew.hire(), "one replacement is all");
        assert_eq!(crew.working(), 1);
        assert_eq!(crew.on_unstuck(), After::Stay, "the crew was one short");
        assert_eq!(crew.on_unstuck(), After::Leave);
        assert_eq!(crew.working(), 2);
    }

    #[test]
    fn without_replacements_a_stuck_thread_stays_when_it_is_free() {
        let mut crew = crew(1, 0);
        crew.on_stuck();
        assert!(!crew.hire());
        assert!(crew.is_dismissed(), "nobody waits for the stuck one");
        assert_eq!(crew.on_unstuck(), After::Stay);
        assert!(!crew.is_dismissed());
    }

    #[test]
    fn two_that_come_back_at_once_do_not_both_leave_for_one_place() {
        let mut crew = crew(2, 1);
        crew.on_stuck();
        assert!(crew.hire());
        crew.on_stuck();
        assert_eq!([crew.on_unstuck(), crew.on_unstuck()], [After::Stay, After::Leave]);
        crew.on_leaving();
        crew.on_leaving();
        assert!(!crew.is_dismissed());
        (0..3).for_each(|_| crew.on_gone());
        assert!(crew.is_dismissed());
    }
}
