//! The program: what it is told, what it says, how it fails.

use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use testkit::program::{End, Program, TIMEOUT, eventually, write_file};
use testkit::raw::Client;

use crate::site::{INDEX, Site, avocet, folder};

/// Runs a command to its end.
#[track_caller]
fn run(command: &mut Command) -> End {
    Program::spawn(command).end()
}

/// Asserts that it failed with this code and one sentence that has these parts.
#[track_caller]
fn check_failed(end: &End, code: i32, parts: &[&str]) {
    assert_eq!(end.code, Some(code), "{end:?}");
    assert_eq!(end.stdout, "", "{end:?}");
    assert_eq!(end.stderr.lines().count(), 1, "{end:?}");
    for part in parts {
        assert!(end.stderr.contains(part), "\"{part}\" is said: {end:?}");
    }
}

#[test]
fn it_says_what_it_serves_and_where() {
    let folder = folder(&[]);
    let root = folder.path().join("site");
    let mut command = avocet(&["serve"]);
    command.arg(&root).args(["--listen", "127.0.0.1:0"]);
    let program = Program::spawn(&mut command);
    let line = program.stderr.find("avocet: ");
    let rest = line.strip_prefix(&format!("avocet: serving {} on http://", root.display()));
    let addr: SocketAddr =
        rest.unwrap().strip_suffix("/ (Ctrl-C ends it)").unwrap().parse().unwrap();
    assert_ne!(addr.port(), 0);
    assert_eq!(Client::tcp(addr).get("/").text(), INDEX);
}

#[test]
fn the_folder_is_the_current_one_if_none_is_named() {
    let folder = folder(&[]);
    let mut command = avocet(&["serve", "--listen", "127.0.0.1:0"]);
    command.current_dir(folder.path().join("site"));
    assert_eq!(Program::serve(&mut command).client().get("/").text(), INDEX);
}

#[test]
fn several_addresses_and_workers() {
    let folder = folder(&[]);
    let socket = folder.path().join("socket");
    let mut command = avocet(&["serve"]);
    command.arg(folder.path().join("site")).args(["--workers", "3"]);
    command.args(["--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0"]);
    command.arg("--listen").arg(format!("unix:{}", socket.display()));
    let program = Program::serve(&mut command);
    assert_eq!(program.addrs().len(), 2);
    for _ in 0..20 {
        for addr in program.addrs() {
            assert_eq!(Client::tcp(*addr).get("/").text(), INDEX);
        }
        assert_eq!(Client::unix(&socket).get("/").text(), INDEX);
    }
    let workers = ["avocet-0", "avocet-1", "avocet-2"].map(|name| program.thread(name));
    assert_ne!(workers[0], workers[2], "each is a thread");
}

#[test]
fn a_unix_path_is_made_and_removed() {
    let folder = folder(&[]);
    let socket = folder.path().join("socket");
    let listen = format!("unix:{}", socket.display());
    let serve = || {
        let mut command = avocet(&["serve", "--listen", &listen]);
        command.arg(folder.path().join("site"));
        command
    };
    let mut program = Program::serve(&mut serve());
    let mut client = Client::unix(&socket);
    assert_eq!(client.get("/").text(), INDEX);
    assert!(program.stdout.find("GET / HTTP/1.1").starts_with("unix - - ["));
    check_failed(&run(&mut serve()), 4, &[&listen, "already in use"]);
    assert_eq!(client.get("/").text(), INDEX, "the first is as it was");
    program.signal(Signal::TERM);
    assert_eq!(program.end().code, Some(0));
    assert!(!socket.exists());

    // What a killed server leaves behind is replaced.
    drop(UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let program = Program::serve(&mut serve());
    assert_eq!(Client::unix(&socket).get("/").text(), INDEX);
    drop(program);

    write_file(&socket, "precious");
    check_failed(&run(&mut serve()), 4, &[&listen, "is not a socket"]);
    assert_eq!(fs::read(&socket).unwrap(), b"precious");
}

#[test]
fn a_taken_port_is_an_error() {
    let site = Site::new(&[]);
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    for addr in [site.program.addrs()[0], other.local_addr().unwrap()] {
        let mut command = avocet(&["serve", "--listen", &addr.to_string()]);
        command.arg(site.path(""));
        let parts = [&format!("cannot listen on {addr}"), "already in use", "--listen"];
        check_failed(&run(&mut command), 4, &parts);
    }
    assert_eq!(site.client().get("/").text(), INDEX);
}

#[test]
fn a_port_that_was_used_a_moment_ago_is_free() {
    let mut site = Site::new(&[]);
    let addr = site.program.addrs()[0];
    let mut client = site.client();
    // The server closes first: its side of the connection waits for stray packets.
    assert_eq!(client.ask("GET", "/", &["Connection: close"]).status, 200);
    client.assert_closed();
    site.program.signal(Signal::TERM);
    assert_eq!(site.program.end().code, Some(0));
    let mut command = avocet(&["serve", "--listen", &addr.to_string()]);
    command.arg(site.path(""));
    assert_eq!(Program::serve(&mut command).client().get("/").text(), INDEX);
}

#[test]
fn a_port_that_needs_a_privilege() {
    // Where a machine gives low ports to all there is nothing to be refused.
    let is_free = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        .is_ok_and(|start| start.trim() == "0");
    let folder = folder(&[]);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("avocet");
    fs::copy(env!("CARGO_BIN_EXE_avocet"), &program).unwrap();
    let mut command = Command::new(program);
    command.arg("serve").arg(folder.path().join("site")).args(["--listen", "127.0.0.1:1"]);
    if rustix::process::getuid().is_root() {
        command.uid(65_534);
    }
    if is_free {
        assert_eq!(Program::serve(&mut command).client().get("/").text(), INDEX);
    } else {
        let parts = ["cannot listen on 127.0.0.1:1", "permission denied", "below 1024", "--listen"];
        check_failed(&run(&mut command), 4, &parts);
    }
}

#[test]
fn an_address_of_another_machine() {
    let folder = folder(&[]);
    for (listen, parts) in [
        ("192.0.2.1:8080", ["no such address", "192.0.2.1:8080"]),
        ("unix:/nowhere/at/all", ["no such address", "unix:/nowhere/at/all"]),
    ] {
        let mut command = avocet(&["serve", "--listen", listen]);
        command.arg(folder.path().join("site"));
        check_failed(&run(&mut command), 4, &parts);
    }
}

#[test]
fn a_folder_that_cannot_be_served() {
    let folder = folder(&[]);
    let index = folder.path().join("site/index.html");
    for root in ["/no/such/folder", index.to_str().unwrap()] {
        let end = run(&mut avocet(&["serve", root, "--listen", "127.0.0.1:0"]));
        check_failed(&end, 4, &["cannot serve", root, "folder that you can read"]);
    }
    let root = folder.path().join("site");
    let mut command = avocet(&["serve", "--listen", "127.0.0.1:0", "--spa=missing.html"]);
    check_failed(&run(command.arg(root)), 4, &["missing.html", "no such file"]);
}

#[test]
fn a_command_that_makes_no_sense() {
    for (args, parts) in [
        (&["serve", "--lisen", "127.0.0.1:0"][..], ["--lisen", "--listen"]),
        (&["serve", "--listen", "8080"], ["8080", "ADDR:PORT"]),
        (&["serve", "--workers", "none"], ["none", "1 to 1024"]),
        (&["serve", "--log", "xml"], ["xml", "common, combined, json, off"]),
        (&["serve", "--limit", "idle_timeout"], ["idle_timeout", "KEY=VALUE"]),
        (&["serve", "--limit", "idle=1s"], ["idle", "avocet limits"]),
        (&["serve", "--limit", "idle_timeout=never"], ["never", "idle_timeout"]),
        (&["serve", "--limit", "idle_timeout=1ms"], ["1ms", "10ms"]),
        (&["serve", "one", "two"], ["two", "Usage"]),
        (&["server"], ["server", "serve"]),
        (&[], ["Usage", "serve"]),
    ] {
        let end = run(&mut avocet(args));
        assert_eq!((end.code, end.stdout.as_str()), (Some(2), ""), "{args:?}: {end:?}");
        for part in parts {
            assert!(end.stderr.contains(part), "{args:?} names \"{part}\": {}", end.stderr);
        }
    }
}

#[test]
fn help_teaches_with_examples() {
    let end = run(&mut avocet(&["--version"]));
    let expected = format!("avocet {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((end.code, end.stdout), (Some(0), expected));
    for (args, parts) in [
        (&["--help"][..], &["avocet serve site", "limits", "serve"][..]),
        (
            &["serve", "--help"],
            &[
                "Examples:",
                "avocet serve dist --spa",
                "unix:/run/avocet.sock",
                "127.0.0.1:8080",
                "--workers",
                "--log",
            ],
        ),
        (&["limits"], &["head_timeout = 10s", "idle_timeout = 1m", "fields_max = 100"]),
    ] {
        let end = run(&mut avocet(args));
        assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "{args:?}");
        for part in parts {
            assert!(end.stdout.contains(part), "{args:?} shows \"{part}\": {}", end.stdout);
        }
    }
}

#[test]
fn answers_are_logged_in_the_common_format() {
    let site = Site::new(&[("a b", &[1; 1234])]);
    let mut client = site.client();
    client.get("/");
    client.get("/a%20b?q=%22");
    client.ask("HEAD", "/a%20b", &[]);
    client.ask("POST", "/", &[]);
    client.ask("GET", "/", &["If-None-Match: *"]);
    client.get("/none");
    client.send("GET / HTTP/1.0\r\n\r\n");
    client.answer();
    client.assert_closed();
    let mut client = site.client();
    client.send("nonsense\r\n\r\n");
    client.answer();
    client.assert_closed();
    let size = INDEX.len();
    for expected in [
        &format!("\"GET / HTTP/1.1\" 200 {size}"),
        "\"GET /a%20b?q=%22 HTTP/1.1\" 200 1234",
        "\"HEAD /a%20b HTTP/1.1\" 200 0",
        "\"POST / HTTP/1.1\" 405 ",
        "\"GET / HTTP/1.1\" 304 0",
        "\"GET /none HTTP/1.1\" 404 ",
        &format!("\"GET / HTTP/1.0\" 200 {size}"),
        "\"-\" 400 ",
    ] {
        let line = site.program.stdout.next_within(TIMEOUT).expect("a line for each answer");
        let rest = line.strip_prefix("127.0.0.1 - - [").expect("the peer comes first");
        let (date, request) = rest.split_once("] ").expect("the date is in brackets");
        assert_eq!(date.len(), "06/Nov/1994:08:49:37 +0000".len(), "{line}");
        assert!(request.starts_with(expected), "{line}, not {expected}");
    }
    assert_eq!(site.program.stdout.next_within(Duration::from_millis(50)), None);
}

#[test]
fn without_a_log_it_is_silent() {
    let mut site = Site::with(&[], &["--log", "off"]);
    let mut client = site.client();
    client.get("/");
    client.get("/none");
    drop(client);
    site.program.signal(Signal::TERM);
    let end = site.program.end();
    assert_eq!((end.code, end.stdout.as_str(), end.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let folder = folder(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" serve \"$1\" --listen 127.0.0.1:0 >/dev/full"]);
    command.arg(env!("CARGO_BIN_EXE_avocet")).arg(folder.path().join("site"));
    let mut program = Program::serve(&mut command);
    let mut client = program.client();
    for _ in 0..100 {
        assert_eq!(client.get("/").text(), INDEX);
    }
    drop(client);
    program.signal(Signal::TERM);
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn a_client_that_goes_away_stops_nothing() {
    let mut site = Site::new(&[("large", &[1; 1 << 20])]);
    let before = site.program.descriptors();
    for _ in 0..50 {
        let mut client = site.client();
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10));
    }
    // The file is held open now.
    eventually("all are let go", || site.program.descriptors() <= before + 1);
    assert!(site.program.is_running());
    assert_eq!(site.client().get("/").text(), INDEX);
}

#[test]
fn a_failure_that_is_nobodys_mistake_has_a_code_of_its_own() {
    let folder = folder(&[]);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("avocet");
    fs::copy(env!("CARGO_BIN_EXE_avocet"), &program).unwrap();
    // No thread beside the first; how a shell calls that limit differs.
    let script = "ulimit -u 1 2>/dev/null || ulimit -p 1; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(program).args(["serve", "--listen", "127.0.0.1:0"]);
    command.arg(folder.path().join("site"));
    if rustix::process::getuid().is_root() {
        command.uid(65_534);
    }
    check_failed(&run(&mut command), 1, &["cannot start the log", "limit on threads"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' PIPE; { \"$0\" limits; echo \"code $?\" >&2; } | head -n 1"]);
    let end = run(command.arg(env!("CARGO_BIN_EXE_avocet")));
    assert_eq!((end.stdout.lines().count(), end.stderr.as_str()), (1, "code 0\n"), "{end:?}");
}
