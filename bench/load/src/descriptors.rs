//! The limit of descriptors, raised as far as a load needs it.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::LoadError;

/// Beside its connections a client has an epoll, and whoever runs it a few files.
const RESERVE: u64 = 16;

/// Sees to it that so many connections can be opened beside what is open already.
///
/// # Errors
///
/// When even the hard limit is below that and this process may not raise it.
pub(crate) fn allow(connections: usize) -> Result<(), LoadError> {
    let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count) as u64;
    let needed = open + connections as u64 + RESERVE;
    let limit = getrlimit(Resource::Nofile);
    let is_within = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if is_within(limit.current) {
        return Ok(());
    }
    let maximum = if is_within(limit.maximum) { limit.maximum } else { Some(needed) };
    let raised = Rlimit { current: Some(needed), maximum };
    let allowed = limit.maximum.unwrap_or(needed);
    setrlimit(Resource::Nofile, raised).map_err(|_| LoadError::Descriptors { needed, allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_the_limit_is_allowed_and_what_nobody_may_have_is_not() {
        assert!(allow(10).is_ok());
        // More than `fs.nr_open` can be, for a superuser, too.
        let error = allow(1 << 40).unwrap_err();
        let LoadError::Descriptors { needed, allowed } = error else { panic!("{error:?}") };
        assert!(needed > 1 << 40 && allowed < needed, "{needed} {allowed}");
    }
}
