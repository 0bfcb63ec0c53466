//! The servers that are measured, as a table: what each is called, where it is found, how to get
//! it, and how it is started.

use std::path::{Path, PathBuf};

use crate::workspace;

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The least there can be.
    Floor,
    /// Ours.
    Avocet,
    Nginx,
    H2o,
    Lighttpd,
    Caddy,
    Apache,
    StaticWebServer,
}

/// What a server that is not ours needs.
#[derive(Debug)]
pub(super) struct Peer {
    /// How its configuration in `bench/peers` is called, and on the command line it.
    pub(super) name: &'static str,
    pub(super) config: &'static str,
    /// Where Debian puts the program, or a name that is looked for in the target folder.
    pub(super) program: Program,
    /// What is said behind the program; `{config}` is its configuration.
    pub(super) arguments: &'static [&'static str],
    pub(super) variables: &'static [(&'static str, &'static str)],
    version: &'static [&'static str],
    /// How it is got when it is not there.
    remedy: &'static str,
    /// What should be known of its figures.
    pub(super) remark: Option<&'static str>,
}

/// Where a program is.
#[derive(Debug)]
pub(super) enum Program {
    Installed(&'static str),
    Built(&'static str),
}

/// nginx's module for siblings in br, which Debian has in a package of its own.
pub(super) const NGINX_BROTLI: &str = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so";

/// lighttpd's module that compresses, which Debian has in a package of its own.
const LIGHTTPD_DEFLATE: &str = "/usr/lib/lighttpd/mod_deflate.so";

const NGINX: Peer = Peer {
    name: "nginx",
    config: "nginx.conf",
    program: Program::Installed("/usr/sbin/nginx"),
    arguments: &["-e", "stderr", "-p", "{temp}", "-c", "{config}"],
    variables: &[],
    version: &["-v"],
    remedy: "apt-get install nginx libnginx-mod-http-brotli-static",
    remark: Some("nginx keeps memory ready for the 20,000 connections that it may have."),
};

const H2O: Peer = Peer {
    name: "h2o",
    config: "h2o.conf",
    program: Program::Installed("/usr/bin/h2o"),
    arguments: &["-c", "{config}"],
    variables: &[],
    version: &["--version"],
    remedy: "apt-get install h2o",
    remark: Some("Debian's h2o is of 2018."),
};

const LIGHTTPD: Peer = Peer {
    name: "lighttpd",
    config: "lighttpd.conf",
    program: Program::Installed("/usr/sbin/lighttpd"),
    arguments: &["-D", "-f", "{config}"],
    variables: &[],
    version: &["-v"],
    remedy: "apt-get install lighttpd lighttpd-mod-deflate",
    remark: Some(
        "lighttpd looks for no siblings; what it compressed once it keeps in files of its own.",
    ),
};

const CADDY: Peer = Peer {
    name: "caddy",
    config: "caddy.conf",
    program: Program::Installed("/usr/bin/caddy"),
    arguments: &["run", "--config", "{config}", "--adapter", "caddyfile"],
    variables: &[("GOMAXPROCS", "1")],
    version: &["version"],
    remedy: "apt-get install caddy",
    remark: Some("caddy's access log is in JSON; Debian's has no other."),
};

const APACHE: Peer = Peer {
    name: "apache2",
    config: "apache2.conf",
    program: Program::Installed("/usr/sbin/apache2"),
    arguments: &["-DFOREGROUND", "-f", "{config}"],
    variables: &[],
    version: &["-v"],
    remedy: "apt-get install apache2",
    remark: Some(
        "Apache has 256 threads, or one for each connection up to 1,024: with all of them busy it \
         closes connections that are kept.",
    ),
};

const STATIC_WEB_SERVER: Peer = Peer {
    name: "static-web-server",
    config: "static-web-server.toml",
    program: Program::Built("static-web-server"),
    arguments: &["-w", "{config}"],
    variables: &[],
    version: &["--version"],
    remedy: "cargo build --release --manifest-path bench/peers/Cargo.toml",
    remark: Some(
        "static-web-server's access log is what it says of its work, on standard output; its cache \
         of files in memory is in experimental builds only.",
    ),
};

impl Kind {
    /// In the order in which they are shown.
    pub(super) const ALL: [Self; 8] = [
        Self::Floor,
        Self::Avocet,
        Self::Nginx,
        Self::H2o,
        Self::Lighttpd,
        Self::Caddy,
        Self::Apache,
        Self::StaticWebServer,
    ];

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Avocet => "Avocet",
            _ => self.peer().map_or("", |peer| peer.name),
        }
    }

    /// The server of a name, in any case of letters.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// What it needs, if it is not ours.
    pub(super) const fn peer(self) -> Option<&'static Peer> {
        match self {
            Self::Floor | Self::Avocet => None,
            Self::Nginx => Some(&NGINX),
            Self::H2o => Some(&H2O),
            Self::Lighttpd => Some(&LIGHTTPD),
            Self::Caddy => Some(&CADDY),
            Self::Apache => Some(&APACHE),
            Self::StaticWebServer => Some(&STATIC_WEB_SERVER),
        }
    }

    /// Whether it is there; ours are built. Otherwise how it is got.
    ///
    /// # Errors
    ///
    /// The command that one would type.
    pub(super) fn find(self) -> Result<(), &'static str> {
        match self.peer() {
            Some(peer) if !peer.program.path().is_file() => Err(peer.remedy),
            _ => Ok(()),
        }
    }

    /// What it is there without, and how that is got.
    pub(super) fn lacks(self) -> Option<String> {
        let (what, file, package) = match self {
            Self::Nginx => ("siblings in br", NGINX_BROTLI, "libnginx-mod-http-brotli-static"),
            Self::Lighttpd => ("compression", LIGHTTPD_DEFLATE, "lighttpd-mod-deflate"),
            _ => return None,
        };
        let is_lacking = self.find().is_ok() && !Path::new(file).is_file();
        let name = self.name();
        is_lacking.then(|| format!("{name} is without {what}: `apt-get install {package}`"))
    }

    /// What it says of its version; `None` for ours.
    pub(super) fn version(self) -> Option<String> {
        let peer = self.peer()?;
        let line = workspace::first_line(peer.program.path().to_str()?, peer.version)?;
        Some(number(&line).map_or_else(|| line.clone(), |number| format!("{} {number}", peer.name)))
    }
}

impl Program {
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::Installed(path) => Path::new(path).to_path_buf(),
            Self::Built(name) => built(name),
        }
    }
}

/// A program of the project `bench/peers`, which has its own target folder when none is chosen.
fn built(name: &str) -> PathBuf {
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(_) => workspace::target_dir(),
        None => workspace::root().join("bench/peers/target"),
    };
    target.join("release").join(name)
}

/// The first word of a line, or part of it behind a slash, that begins as a version does.
fn number(line: &str) -> Option<&str> {
    let words = line.split([' ', '/']).map(|word| word.trim_start_matches('v'));
    let is_version =
        |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    words.into_iter().find(is_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        let check = |line: &str, expected: Option<&str>| assert_eq!(number(line), expected);
        check("nginx version: nginx/1.22.1", Some("1.22.1"));
        check("h2o version 2.2.5", Some("2.2.5"));
        check("lighttpd/1.4.69 (ssl) - a light and fast webserver", Some("1.4.69"));
        check("Server version: Apache/2.4.71 (Debian)", Some("2.4.71"));
        check("v2.6.2 h1:abc=", Some("2.6.2"));
        check("unknown", None);
    }

    #[test]
    fn every_peer_has_its_configuration_and_a_name_of_its_own() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(&kind.name().to_uppercase()), Some(kind));
            let Some(peer) = kind.peer() else { continue };
            assert!(workspace::root().join("bench/peers").join(peer.config).is_file(), "{peer:?}");
            assert!(peer.arguments.contains(&"{config}"), "{peer:?}");
        }
        assert_eq!(Kind::named("iis"), None);
    }
}
