//! The guard of the hot path: what its pieces cost in instructions, now and at an earlier commit.
//!
//! Time is a poor guard: on a shared machine it differs by more than a change may cost. The number
//! of instructions under callgrind is the same in every run to the last digit, so that 3 % are
//! seen. It does not see cache misses, system calls or what the kernel does; those are the bench's.
//! The same run shows whether a lock was taken, which the hot path never does.
//!
//! Both programs are built here with one compiler, and run side by side. A figure that was written
//! down would be one of another compiler, C library and processor.

mod base;
mod count;
mod lock;
mod table;

use std::thread;

use crate::failure::Failure;
use crate::workspace;

use self::base::Base;
use self::count::Program;
use self::table::Table;

/// What may follow the name of the task.
pub(crate) const ARGUMENTS: &str = "[--base COMMIT]";

/// How the base is built besides. The C of a library that no probe runs takes a minute to optimise;
/// for this checkout other steps of the gate have it already.
const BASE_OPTIONS: &[&str] = &["--config", "profile.release.package.zstd-sys.opt-level=0"];

/// Counts both, prints the table, and judges.
///
/// # Errors
///
/// When a probe costs more than is allowed, takes a lock or is gone; when there is nothing to
/// compare with; when one of the programs cannot be built or run.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let base = match arguments {
        [] => Base::of_checkout()?,
        [option, commit] if option == "--base" => Base::named(commit)?,
        [argument, ..] => return Err(Failure::unknown(argument)),
    };
    count::check_tool()?;
    let tree = base.tree()?;
    let before = Program::build(&tree, &tree.join("target"), "base", BASE_OPTIONS)?;
    let now = Program::build(workspace::root(), &workspace::target_dir(), "now", &[])?;
    let table = thread::scope(|scope| {
        let before = scope.spawn(|| before.counts());
        let now = now.counts()?;
        Ok(Table::new(before.join().expect("counting does not panic")?, now))
    })?;
    print!("{}", table.markdown(&base.to_string()));
    table.judge(&base.to_string()).map_err(Failure::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_means_nothing_is_refused() {
        for arguments in [&["--fast"][..], &["--base"], &["--base", "v1", "v2"], &["v1"]] {
            let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
            assert!(matches!(run(&arguments), Err(Failure::Usage(_))), "{arguments:?}");
        }
    }
}
