//! Which crate may use which, and what a crate must not say.
//!
//! Cargo already refuses a dependency that is not declared; this refuses to declare one that
//! points up. The absences are those of ARCHITECTURE: who says epoll, who reads the time, what the
//! pure crates do not know.

use super::Finding;
use super::source::{line_of, words};
use super::tree::{File, Tree};

/// A crate of ours: its name in manifests, its folder, and what of ours it may use.
struct Layer {
    name: &'static str,
    folder: &'static str,
    below: &'static [&'static str],
    purity: Purity,
}

/// Whether a crate talks to the system.
#[derive(PartialEq, Eq)]
enum Purity {
    Pure,
    Impure,
}

/// Lowest first.
const LAYERS: &[Layer] = &[
    Layer::new("settings", "crates/settings", &[], Purity::Pure),
    Layer::new("semantics", "crates/semantics", &[], Purity::Pure),
    Layer::new("http1", "crates/http1", &["semantics"], Purity::Pure),
    Layer::new("reactor", "crates/reactor", &[], Purity::Impure),
    Layer::new(
        "server",
        "crates/server",
        &["http1", "reactor", "semantics", "settings"],
        Purity::Impure,
    ),
    Layer::new(
        "avocet",
        "crates/avocet",
        &["reactor", "semantics", "server", "settings"],
        Purity::Impure,
    ),
    Layer::new(
        "testkit",
        "crates/testkit",
        &["http1", "reactor", "semantics", "server", "settings"],
        Purity::Impure,
    ),
    Layer::new("floor", "bench/floor", &[], Purity::Impure),
    Layer::new(
        "instructions",
        "bench/instructions",
        &["http1", "reactor", "semantics", "server"],
        Purity::Impure,
    ),
    Layer::new("load", "bench/load", &[], Purity::Impure),
    Layer::new("pool-proof", "bench/pool", &["reactor", "server"], Purity::Impure),
    Layer::new("attack-proof", "bench/attack", &["reactor", "server", "settings"], Purity::Impure),
    Layer::new("mutation", "crates/mutation", &[], Purity::Impure),
    Layer::new("conformance", "conformance", &["mutation", "reactor", "testkit"], Purity::Impure),
    Layer::new("xtask", "xtask", &["load", "mutation", "settings"], Purity::Impure),
];

/// Libraries that talk to the system; a pure crate has no use for them.
const SYSTEM_LIBRARIES: &[&str] = &["libc", "rustix", "signal-hook", "socket2"];

/// Something that only some files may say.
struct Absence {
    /// Where it must not be said.
    inside: &'static [&'static str],
    /// Files and folders where it may be said all the same.
    except: &'static [&'static str],
    says: Says,
    what: &'static str,
    remedy: &'static str,
}

/// How a thing is said in code.
enum Says {
    /// Any of these words.
    Words(&'static [&'static str]),
    /// The second word in a statement that has the first.
    Together(&'static str, &'static str),
}

const ABSENCES: &[Absence] = &[
    Absence {
        inside: &["crates/"],
        except: &["crates/reactor/src/poller"],
        says: Says::Together("rustix", "epoll"),
        what: "says epoll",
        remedy: "go through reactor/src/poller.rs",
    },
    Absence {
        inside: &[
            "crates/settings/src/",
            "crates/semantics/src/",
            "crates/http1/src/",
            "crates/reactor/src/",
            "crates/server/src/",
            "crates/avocet/src/",
        ],
        except: &["crates/reactor/src/clock.rs"],
        says: Says::Words(&["Instant::now", "SystemTime::now", "clock_gettime", "elapsed()"]),
        what: "reads the time",
        remedy: "take it as a parameter; only reactor/src/clock.rs asks",
    },
    Absence {
        inside: &["crates/http1/src/", "crates/semantics/src/"],
        except: &[],
        says: Says::Words(&["async", "await", "Waker", "TcpListener", "TcpStream", "UdpSocket"]),
        what: "knows sockets or tasks in a pure crate",
        remedy: "leave that to the crate that drives this one",
    },
    Absence {
        inside: &["crates/http1/src/", "crates/semantics/src/"],
        except: &[],
        says: Says::Together("time", "Instant"),
        what: "knows a clock in a pure crate",
        remedy: "leave that to the crate that drives this one",
    },
];

/// Finds dependencies that point up or sideways.
pub(super) fn manifests(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.files().filter(|file| file.path.ends_with("/Cargo.toml"));
    manifests.filter(|file| !is_outside(&file.path)).flat_map(manifest).collect()
}

/// Finds code that says what it must not.
pub(super) fn absences(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !file.is_test()) {
        let code = file.source.shipped_code();
        for absence in ABSENCES.iter().filter(|absence| absence.holds_for(&file.path)) {
            for (line, said) in absence.says.places(&code) {
                let what = format!("`{said}` {}", absence.what);
                findings.push(Finding::new(&file.path, line, what, absence.remedy));
            }
        }
    }
    findings
}

/// Packages that are not members of the workspace, which have rules of their own.
fn is_outside(path: &str) -> bool {
    path.starts_with("fuzz/") || path.starts_with("bench/peers/")
}

/// Checks the dependencies of one crate.
fn manifest(file: &File) -> Vec<Finding> {
    let folder = file.path.trim_end_matches("/Cargo.toml");
    let Some(layer) = LAYERS.iter().find(|layer| layer.folder == folder) else {
        let remedy = "give it its place in the list in xtask/src/tidy/layer.rs";
        return vec![Finding::new(&file.path, 1, "a crate without a layer", remedy)];
    };
    let mut findings = Vec::new();
    for dependency in dependencies(&file.text) {
        if let Some((what, remedy)) = layer.objection(&dependency) {
            findings.push(Finding::new(&file.path, dependency.line, what, remedy));
        }
    }
    findings
}

/// A line of a manifest that names a dependency.
#[derive(Debug, PartialEq, Eq)]
struct Dependency<'a> {
    name: &'a str,
    line: usize,
    is_for_tests: bool,
}

/// Reads the dependencies of a manifest, `[dependencies]` and its kin and `[dependencies.name]`.
fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut section = "";
    let mut found = Vec::new();
    for (at, line) in manifest.lines().enumerate() {
        let line = line.trim();
        let header = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        let name = match header {
            Some(header) => {
                section = header;
                section.split_once("dependencies.").map(|(_, name)| name)
            }
            None if section.ends_with("dependencies") && !line.starts_with('#') => {
                line.split(['.', '=', ' ']).next()
            }
            None => None,
        };
        let is_for_tests = section.contains("dev-dependencies");
        found.extend(name.filter(|name| !name.is_empty()).map(|name| Dependency {
            name: name.trim_matches('"'),
            line: at + 1,
            is_for_tests,
        }));
    }
    found
}

impl Layer {
    const fn new(
        name: &'static str,
        folder: &'static str,
        below: &'static [&'static str],
        purity: Purity,
    ) -> Self {
        Self { name, folder, below, purity }
    }

    /// What is wrong with a dependency of this crate, and what to do about it.
    fn objection(&self, dependency: &Dependency<'_>) -> Option<(String, String)> {
        let Dependency { name, is_for_tests, .. } = *dependency;
        let is_ours = LAYERS.iter().any(|layer| layer.name == name);
        let is_open_to_tests = is_for_tests && matches!(name, "conformance" | "testkit");
        if is_ours && !self.below.contains(&name) && !is_open_to_tests {
            let what = format!("`{}` must not depend on `{name}`", self.name);
            return Some((what, "dependencies point down only".to_owned()));
        }
        let is_system = SYSTEM_LIBRARIES.contains(&name);
        if is_system && !is_for_tests && self.purity == Purity::Pure {
            let what = format!("`{}` is pure and must not depend on `{name}`", self.name);
            return Some((what, "take what it needs as a parameter".to_owned()));
        }
        None
    }
}

impl Absence {
    fn holds_for(&self, path: &str) -> bool {
        let below = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
        below(self.inside) && !below(self.except)
    }
}

impl Says {
    /// The lines on which it is said, and the word.
    fn places(&self, code: &str) -> Vec<(usize, &'static str)> {
        match *self {
            Self::Words(said) => {
                let places = |word: &&'static str| -> Vec<_> {
                    words(code, word).map(|at| (line_of(code, at), *word)).collect()
                };
                said.iter().flat_map(places).collect()
            }
            Self::Together(first, second) => words(code, second)
                .filter(|&at| {
                    let begin = code[..at].rfind(';').map_or(0, |end| end + 1);
                    words(&code[begin..at], first).next().is_some()
                })
                .map(|at| (line_of(code, at), second))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::*;

    #[test]
    fn dependencies_are_read_from_every_section() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\n# no = 1\na.workspace = true\n\
            b = \"1\"\n\n[target.'cfg(loom)'.dependencies]\nc = { path = \"c\" }\n\
            [dev-dependencies]\nd.workspace = true\n[dependencies.e]\nversion = \"1\"\n\
            [features]\nf = []\n";
        let found = dependencies(manifest);
        let names: Vec<_> = found.iter().map(|d| (d.name, d.line, d.is_for_tests)).collect();
        assert_eq!(
            names,
            [("a", 5, false), ("b", 6, false), ("c", 9, false), ("d", 11, true), ("e", 12, false)]
        );
    }

    #[test]
    fn dependencies_point_down() {
        let check = |folder: &str, section: &str, name: &str, expected: &str| {
            let text = format!("[{section}]\n{name}.workspace = true\n");
            let path = format!("{folder}/Cargo.toml");
            let found = findings(manifests, &[(&path, &text)]);
            if expected.is_empty() {
                assert!(found.is_empty(), "{found:?}");
            } else {
                assert_eq!(found, [format!("{path}:2: {expected}")]);
            }
        };
        check("crates/avocet", "dependencies", "server", "");
        check("crates/http1", "dependencies", "semantics", "");
        check("crates/http1", "dev-dependencies", "testkit", "");
        check("crates/reactor", "dependencies", "rustix", "");
        let up = "dependencies point down only";
        let what = format!("`http1` must not depend on `server`; {up}");
        check("crates/http1", "dependencies", "server", &what);
        let what = format!("`server` must not depend on `testkit`; {up}");
        check("crates/server", "dependencies", "testkit", &what);
        let what = format!("`reactor` must not depend on `http1`; {up}");
        check("crates/reactor", "dev-dependencies", "http1", &what);
        let what =
            "`http1` is pure and must not depend on `rustix`; take what it needs as a parameter";
        check("crates/http1", "dependencies", "rustix", what);
    }

    #[test]
    fn a_new_crate_needs_its_layer() {
        assert_eq!(findings(manifests, &[("crates/new/Cargo.toml", "[package]\n")]).len(), 1);
        assert!(findings(manifests, &[("fuzz/Cargo.toml", "[package]\n")]).is_empty());
    }

    #[test]
    fn only_the_poller_says_epoll() {
        let check = |path: &str, code: &str, count: usize| {
            assert_eq!(findings(absences, &[(path, code)]).len(), count, "{path} {code}");
        };
        check("crates/reactor/src/poller.rs", "use rustix::event::epoll;", 0);
        check("crates/reactor/src/worker.rs", "use rustix::event::{Timespec, epoll};", 1);
        check("crates/server/src/lib.rs", "fn f() { rustix::event::epoll::create() }", 1);
        check("crates/reactor/src/driver/mod.rs", "use rustix::fd::A;\nmod epoll;", 0);
        check("crates/reactor/src/worker.rs", "// rustix epoll\nfn f() {}", 0);
    }

    #[test]
    fn only_the_clock_reads_the_time() {
        let check = |path: &str, code: &str, count: usize| {
            assert_eq!(findings(absences, &[(path, code)]).len(), count, "{path} {code}");
        };
        check("crates/reactor/src/clock.rs", "Instant::now()", 0);
        check("crates/server/src/a.rs", "let a = Instant::now();", 1);
        check("crates/server/src/a.rs", "let a = b.elapsed();", 1);
        check("crates/server/src/a/tests.rs", "let a = Instant::now();", 0);
        check("crates/server/src/a.rs", "#[cfg(test)]\nmod t { f(Instant::now()) }", 0);
    }

    #[test]
    fn pure_crates_stay_pure() {
        let check = |code: &str, count: usize| {
            let found = findings(absences, &[("crates/http1/src/a.rs", code)]);
            assert_eq!(found.len(), count, "{code}: {found:?}");
        };
        check("use std::time::SystemTime; fn f() {}", 0);
        check("async fn f() {}", 1);
        check("use std::net::TcpStream;", 1);
        check("use std::net::Ipv6Addr;", 0);
        check("use std::time::Instant;", 1);
        check("use std::time::{Duration, Instant};", 1);
    }
}
