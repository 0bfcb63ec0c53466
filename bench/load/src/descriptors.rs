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
    let Some(raised) = raised(limit, needed) else { return Ok(()) };
    let allowed = limit.maximum.unwrap_or(needed);
    setrlimit(Resource::Nofile, raised).map_err(|_| LoadError::Descriptors { needed, allowed })
}

/// The limit that allows so many; `None` when the one there is does. To raise its hard half, too,
/// is for a superuser.
fn raised(limit: Rlimit, needed: u64) -> Option<Rlimit> {
    let allows = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if allows(limit.current) {
        return None;
    }
    let maximum = if allows(limit.maximum) { limit.maximum } else { Some(needed) };
    Some(Rlimit { current: Some(needed), maximum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_it_must() {
        type Halves = (Option<u64>, Option<u64>);
        let check = |(current, maximum): Halves, needed: u64, expected: Option<Halves>| {
            let limit = raised(Rlimit { current, maximum }, needed);
            assert_eq!(limit.map(|limit| (limit.current, limit.maximum)), expected, "{needed}");
        };
        let limit = (Some(100), Some(200));
        check(limit, 99, None);
        check(limit, 100, None);
        check(limit, 101, Some((Some(101), Some(200))));
        check(limit, 200, Some((Some(200), Some(200))));
        check(limit, 201, Some((Some(201), Some(201))));
        check((Some(100), None), 201, Some((Some(201), None)));
        check((None, None), 201, None);
    }

    #[test]
    fn what_nobody_may_have_is_refused_with_what_is_missing() {
        assert!(allow(10).is_ok());
        // More than `fs.nr_open` can be, for a superuser, too.
        let error = allow(1 << 40).unwrap_err();
        let LoadError::Descriptors { needed, allowed } = error else { panic!("{error:?}") };
        assert!(needed > 1 << 40 && allowed < needed, "{needed} {allowed}");
    }
}
