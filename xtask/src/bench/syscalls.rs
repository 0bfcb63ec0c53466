//! System calls a request, counted by strace over a short run of their own: it slows a server down
//! by far too much to measure anything else meanwhile.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::process::pause;

/// strace has attached after this many steps or never will.
const STEPS_MAX: usize = 300;
const STEP: Duration = Duration::from_millis(10);

/// Whether it is there.
pub(super) fn is_there() -> bool {
    Path::new("/usr/bin/strace").is_file()
}

/// Counts the calls that some processes make while `run` runs; `None` if strace does not tell.
pub(super) fn count<T>(
    processes: &[u32],
    folder: &Path,
    run: impl FnOnce() -> T,
) -> (T, Option<u64>) {
    let tracer = Tracer::attach(processes, folder);
    let result = run();
    (result, tracer.and_then(Tracer::finish))
}

/// A running strace.
struct Tracer {
    child: Child,
    summary: std::path::PathBuf,
}

impl Tracer {
    fn attach(processes: &[u32], folder: &Path) -> Option<Self> {
        let (summary, said) = (folder.join("strace"), folder.join("strace-said"));
        let mut command = Command::new("/usr/bin/strace");
        command.args(["-c", "-f", "-U", "calls,name", "-o"]).arg(&summary);
        for process in processes {
            command.args(["-p", &process.to_string()]);
        }
        let output = fs::File::create(&said).ok()?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
        let tracer = Self { child: command.spawn().ok()?, summary };
        for _ in 0..STEPS_MAX {
            let text = fs::read_to_string(&said).unwrap_or_default();
            if text.matches(" attached").count() >= processes.len() {
                // Said when it has the process, a moment before it has let it go on.
                pause(STEP);
                return Some(tracer);
            }
            pause(STEP);
        }
        tracer.finish();
        None
    }

    /// Ends it, which makes it write its summary, and reads that.
    fn finish(mut self) -> Option<u64> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)?;
        kill_process(pid, Signal::INT).ok()?;
        self.child.wait().ok()?;
        total(&fs::read_to_string(&self.summary).ok()?)
    }
}

/// The number in the last line of the summary.
fn total(summary: &str) -> Option<u64> {
    let line = summary.lines().rev().find(|line| line.trim_end().ends_with("total"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_in_the_last_line() {
        let rule = "--------- ----------------";
        let summary =
            format!("    calls syscall\n{rule}\n     1200 sendto\n{rule}\n     2400 total\n");
        assert_eq!(total(&summary), Some(2400));
        assert_eq!(total(""), None);
    }
}
