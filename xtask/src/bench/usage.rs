//! What a server used, read from `/proc`: processor time of its threads, and memory.

use std::collections::BTreeMap;
use std::fs;
use std::io;

/// A process and one of its threads.
type Thread = (u32, u32);

/// The processor time that each thread of some processes has used, in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CpuTime(BTreeMap<Thread, u64>);

/// The memory of some processes, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Of which pages are in memory; those that processes share count for each.
    pub(super) resident: u64,
    /// The same, but a shared page counts once.
    pub(super) proportional: u64,
}

impl CpuTime {
    /// Reads it for all threads of some processes.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell, or a process has ended.
    pub(super) fn of(processes: &[u32]) -> io::Result<Self> {
        let mut times = BTreeMap::new();
        for &process in processes {
            for thread in fs::read_dir(format!("/proc/{process}/task"))? {
                let thread = thread?;
                let name = thread.file_name();
                let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
                // One that has ended meanwhile is left out, and with it its last moments.
                let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) else {
                    continue;
                };
                times.insert((process, id), running_time(&text)?);
            }
        }
        Ok(Self(times))
    }

    /// What was used since an earlier reading, in nanoseconds. A thread that ended in between
    /// takes with it what it used since then.
    pub(super) fn since(&self, earlier: &Self) -> u64 {
        let used = |(thread, &time): (&Thread, &u64)| {
            time.saturating_sub(earlier.0.get(thread).copied().unwrap_or(0))
        };
        self.0.iter().map(used).sum()
    }
}

/// A process and all that descend from it: nginx has a master and a worker.
///
/// # Errors
///
/// When the process is not there.
pub(super) fn family(process: u32) -> io::Result<Vec<u32>> {
    let mut processes = vec![process];
    let mut next = 0;
    while let Some(&parent) = processes.get(next) {
        next += 1;
        for thread in fs::read_dir(format!("/proc/{parent}/task"))? {
            let children = fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
            processes.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        }
    }
    Ok(processes)
}

/// The memory of some processes.
///
/// # Errors
///
/// When the kernel does not tell, or a process has ended.
pub(super) fn memory(processes: &[u32]) -> io::Result<Memory> {
    let mut memory = Memory::default();
    for process in processes {
        let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
        memory.resident += kib(&text, "Rss:") * 1024;
        memory.proportional += kib(&text, "Pss:") * 1024;
    }
    Ok(memory)
}

/// The first number of `schedstat`: the time on a processor.
fn running_time(schedstat: &str) -> io::Result<u64> {
    let first = schedstat.split_whitespace().next().and_then(|word| word.parse().ok());
    first.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// A number of KiB behind its name; 0 if it is not there.
fn kib(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_on_a_processor_comes_first() {
        assert_eq!(running_time("123456 789 10\n").unwrap(), 123_456);
        assert!(running_time("").is_err() && running_time("a 1 2").is_err());
    }

    #[test]
    fn a_number_stands_behind_its_name() {
        let text = "5500-7ffd ---p 00000000 00:00 0    [rollup]\nRss:      2048 kB\nPss:  512 kB\n";
        assert_eq!((kib(text, "Rss:"), kib(text, "Pss:"), kib(text, "Swap:")), (2048, 512, 0));
    }

    #[test]
    fn threads_that_come_and_go_cost_what_they_used() {
        let at = |times: &[(u32, u64)]| {
            CpuTime(times.iter().map(|&(thread, time)| ((1, thread), time)).collect())
        };
        let earlier = at(&[(1, 100), (2, 50)]);
        assert_eq!(at(&[(1, 130), (2, 50)]).since(&earlier), 30);
        assert_eq!(at(&[(1, 130), (3, 7)]).since(&earlier), 37);
        assert_eq!(earlier.since(&earlier), 0);
    }

    #[test]
    fn this_process_uses_time_and_memory_and_is_its_own_family() {
        let own = std::process::id();
        assert!(family(own).unwrap().contains(&own));
        assert!(CpuTime::of(&[own]).unwrap().since(&CpuTime::default()) > 0);
        let memory = memory(&[own]).unwrap();
        assert!(memory.resident >= memory.proportional && memory.proportional > 0);
    }
}
