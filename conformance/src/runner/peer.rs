//! Debian's other servers: how each is started on a site, in the foreground, until it is dropped.
//!
//! Each gets a folder and a port of its own and the configuration in `conformance/peers`, so that
//! nothing of the machine's own configuration counts and nothing is left behind.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testkit::program::{Program, TIMEOUT, holds_within};

use super::{Failure, cannot, workspace};

/// A server that is not ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// Its name, which is its program's, its Debian package's and its configuration's too.
    pub(crate) name: &'static str,
    /// What comes behind the program's name, before the path of its configuration.
    arguments: &'static [&'static str],
    /// What comes behind that.
    rest: &'static [&'static str],
    /// What makes it say its version.
    version: &'static str,
}

/// The servers, in the order of the table.
pub(crate) const PEERS: &[Peer] = &[
    Peer { name: "nginx", arguments: &["-e", "/dev/null", "-c"], rest: &[], version: "-v" },
    Peer { name: "apache2", arguments: &["-f"], rest: &["-DFOREGROUND"], version: "-v" },
    Peer { name: "lighttpd", arguments: &["-D", "-f"], rest: &[], version: "-v" },
    Peer {
        name: "caddy",
        arguments: &["run", "--adapter", "caddyfile", "--config"],
        rest: &[],
        version: "version",
    },
    Peer { name: "h2o", arguments: &["-m", "worker", "-c"], rest: &[], version: "-v" },
];

/// One of them that runs.
#[derive(Debug)]
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    // Ended before its folder is removed: fields are dropped in their order.
    _program: Program,
    _folder: TempDir,
}

impl Peer {
    /// The version, such as `1.22.1`; `None` if it is not installed.
    pub(crate) fn version(&self) -> Option<String> {
        let output = Command::new(self.program()).arg(self.version).output().ok()?;
        let text = [output.stdout, output.stderr].concat();
        first_number(&String::from_utf8_lossy(&text)).map(str::to_owned)
    }

    /// Starts it on a site and waits until it takes connections.
    ///
    /// # Errors
    ///
    /// When its folder or its configuration cannot be made, or it does not listen in time.
    pub(crate) fn start(&self, site: &Path) -> Result<Running, Failure> {
        let folder = super::judge::folder()?;
        let port = free_port()?;
        let config = self.config(site, folder.path(), port)?;
        let mut command = Command::new(self.program());
        command.args(self.arguments).arg(config).args(self.rest);
        // Caddy keeps what it knows at home.
        command.current_dir(folder.path()).env("HOME", folder.path());
        for variable in ["XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(variable, folder.path());
        }
        let mut program = Program::spawn(&mut command);
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut is_running = true;
        let listens = holds_within(TIMEOUT, || {
            is_running = program.is_running();
            !is_running || TcpStream::connect(addr).is_ok()
        });
        if !listens || !is_running {
            return Err(Failure::new(format!("{} does not start", self.name), said(&program)));
        }
        Ok(Running { addr, _program: program, _folder: folder })
    }

    /// Debian puts servers where only root looks.
    fn program(&self) -> String {
        let path = format!("/usr/sbin/{}", self.name);
        if Path::new(&path).exists() { path } else { self.name.to_owned() }
    }

    /// Writes the configuration for a site, a folder and a port, and returns where it is.
    fn config(&self, site: &Path, folder: &Path, port: u16) -> Result<std::path::PathBuf, Failure> {
        let name = format!("{}.conf", self.name);
        let template = workspace().join("conformance/peers").join(&name);
        let tried = format!("read {}", template.display());
        let template = fs::read_to_string(template).map_err(cannot(tried))?;
        let text = template
            .replace("{root}", &site.to_string_lossy())
            .replace("{temp}", &folder.to_string_lossy())
            .replace("{port}", &port.to_string());
        let path = folder.join(name);
        fs::write(&path, text).map_err(cannot("write a configuration"))?;
        Ok(path)
    }
}

/// What a program that does not run said before.
fn said(program: &Program) -> String {
    let lines = [&program.stderr, &program.stdout];
    let said: Vec<String> = lines
        .iter()
        .flat_map(|lines| std::iter::from_fn(|| lines.next_within(std::time::Duration::ZERO)))
        .collect();
    said.join("\n")
}

/// A port that nobody uses at the moment.
fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let addr = listener.and_then(|listener| listener.local_addr());
    addr.map(|addr| addr.port()).map_err(cannot("find a free port"))
}

/// The first number with points in it in a text.
fn first_number(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c| !is_part(c)).find(|part| part.contains('.') && part.len() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_a_server_says() {
        let check = |text: &str, version: &str| assert_eq!(first_number(text), Some(version));
        check("nginx version: nginx/1.22.1", "1.22.1");
        check("Server version: Apache/2.4.71 (Debian)\nServer built: 2026-11-12", "2.4.71");
        check("lighttpd/1.4.69 (ssl) - a light and fast webserver", "1.4.69");
        check("2.6.2", "2.6.2");
        check("h2o version 2.2.5\nOpenSSL: OpenSSL 3.0.22", "2.2.5");
        assert_eq!(first_number("no number."), None);
    }
}
