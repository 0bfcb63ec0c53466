//! The real program and real clients: curl, wget, openssl, Chromium, and strace to watch it work.
//!
//! Behind the feature `e2e`, since these must be installed; one that is missing is a failure. What
//! raw sockets can tell is in `tests/sockets`.

mod browse;
mod browser;
mod chromium;
mod compressed;
mod curl;
mod openssl;
mod strace;
mod video;
mod wget;

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::program::{End, Program};

/// Returns the folder of Avocet's own site.
fn site() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../site");
    path.canonicalize().expect("the repository has a site")
}

/// Serves a folder on a free port, by one worker.
#[track_caller]
fn serve(root: &Path, args: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avocet"));
    command.arg("serve").arg(root);
    command.args(["--listen", "127.0.0.1:0", "--workers", "1"]).args(args);
    Program::serve(&mut command)
}

/// Returns the address of a target on a server.
fn url(program: &Program, target: &str) -> String {
    format!("http://{}{target}", program.addrs()[0])
}

/// Runs a tool to its end.
#[track_caller]
fn run(tool: &str, args: &[&str]) -> End {
    Program::spawn(Command::new(tool).args(args)).end()
}
