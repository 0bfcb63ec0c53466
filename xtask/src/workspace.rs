//! Where the workspace is, and commands run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// The workspace's folder.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask lies in a folder of the workspace")
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    // Relative to the workspace, where `cargo` below runs; `join` keeps an absolute one.
    root().join(chosen.unwrap_or_else(|| PathBuf::from("target")))
}

/// Cargo itself, the same that runs this task, in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Runs a command to its end, its output shown.
///
/// # Errors
///
/// When it cannot be started or does not end well.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Failed(format!("`{}` ended with {status}", shown(command)))),
        Err(error) => Err(Failure::new(format!("cannot start `{}`", shown(command)), &error)),
    }
}

/// The first line that a command prints, on whichever of its outputs; `None` if it cannot be run.
pub(crate) fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let line = String::from_utf8_lossy(&text).lines().next()?.trim().to_owned();
    output.status.success().then_some(line)
}

/// A command as one would type it, the variables that it sets before it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={:?}", name.to_string_lossy(), value?.to_string_lossy()))
    });
    let words = std::iter::once(program).chain(command.get_args());
    let words = words.map(|word| word.to_string_lossy().into_owned());
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(shown(&command), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn a_command_that_fails_says_which() {
        let error = run(&mut Command::new("false")).unwrap_err();
        assert!(matches!(error, Failure::Failed(text) if text.starts_with("`false` ended with")));
    }

    #[test]
    fn the_root_has_the_workspace() {
        assert!(root().join("crates").is_dir());
    }
}
