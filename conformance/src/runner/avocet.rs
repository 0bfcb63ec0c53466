//! Avocet: built, and started on a site.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testkit::program::Program;

use super::{Failure, cannot};

/// What makes a build quick where its speed does not count.
pub(crate) const QUICK: &[(&str, &str)] = &[
    ("CARGO_INCREMENTAL", "1"),
    ("CARGO_PROFILE_DEV_DEBUG", "0"),
    ("CARGO_PROFILE_DEV_OPT_LEVEL", "0"),
];

/// Builds the program from the sources in a workspace's folder, with cargo's own folder for what is
/// built and these variables, and returns where it is.
///
/// # Errors
///
/// When cargo cannot be started, or refuses, with what it said.
pub(crate) fn build(
    workspace: &Path,
    target: &Path,
    variables: &[(&str, &str)],
) -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "--package", "avocet"])
        .current_dir(workspace)
        .env("CARGO_TARGET_DIR", target)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .map_err(cannot("start cargo"))?;
    if !output.status.success() {
        return Err(Failure::new("cargo build", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(target.join("debug/avocet"))
}

/// Starts the program on a site.
///
/// # Panics
///
/// When it does not say in time where it listens.
pub(crate) fn start(program: &Path, site: &Path) -> Program {
    let mut command = Command::new(program);
    Program::serve(command.arg("serve").arg(site).args(["--listen", "127.0.0.1:0"]))
}

/// The version in a line such as `avocet 0.1.0`.
pub(crate) fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}
