//! The two cores of a proof.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::error::Failure;

/// Which core the server has; the client is on its own already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pub(crate) server: usize,
}

impl Cores {
    /// Takes the first two cores that this process may use, and moves this thread to the second.
    ///
    /// # Errors
    ///
    /// When there are not two.
    pub(crate) fn choose() -> Result<Self, Failure> {
        let allowed = sched_getaffinity(None).map_err(Failure::of("read the allowed cores"))?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core));
        let (Some(server), Some(client)) = (cores.next(), cores.next()) else {
            return Err(Failure::OneCore);
        };
        pin(client)?;
        Ok(Self { server })
    }
}

/// Keeps this thread, and those that it will start, to one core.
///
/// # Errors
///
/// When the core cannot be had.
pub(crate) fn pin(core: usize) -> Result<(), Failure> {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).map_err(Failure::of("move to a core"))
}
