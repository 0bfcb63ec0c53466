//! The service manager's side of it: sockets handed over, notices of start and end.

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::Command;
use std::time::Duration;

use reactor::clock;
use rustix::process::Signal;
use tempfile::TempDir;
use testkit::noise;
use testkit::program::{Program, TIMEOUT};
use testkit::raw::{Client, request};

use crate::site::{INDEX, Site, avocet, folder};

/// Larger than what the kernel holds of an answer that is not read.
const LARGE: usize = 48 << 20;

/// Makes the command that serves the site of a folder, with no address named.
fn serve(folder: &TempDir, args: &[&str]) -> Command {
    let mut command = avocet(&["serve"]);
    command.arg(folder.path().join("site")).args(args);
    command
}

#[test]
fn a_socket_that_is_handed_over_is_served_alone_or_beside_others() {
    let folder = folder(&[]);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    for (args, count) in [
        (&[][..], 1),
        (&["--workers", "3"], 1),
        (&["--listen", "127.0.0.1:0", "--listen", "127.0.0.2:0"], 3),
    ] {
        let command = serve(&folder, args);
        let program = Program::serve_on(&command, socket.try_clone().unwrap());
        assert_eq!((program.addrs().len(), program.addrs()[0]), (count, addr), "{args:?}");
        for addr in program.addrs() {
            for _ in 0..10 {
                assert_eq!(Client::tcp(*addr).get("/").text(), INDEX);
            }
        }
    }
}

#[test]
fn a_unix_socket_that_is_handed_over_keeps_its_path() {
    let folder = folder(&[]);
    let path = folder.path().join("socket");
    let socket = UnixListener::bind(&path).unwrap();
    for _ in 0..2 {
        let mut program = Program::serve_on(&serve(&folder, &[]), socket.try_clone().unwrap());
        assert_eq!(Client::unix(&path).get("/").text(), INDEX);
        program.signal(Signal::TERM);
        assert_eq!(program.end().code, Some(0));
        assert!(path.exists(), "it belongs to who made it");
    }
}

#[test]
fn what_was_handed_to_another_process_is_let_be() {
    let folder = folder(&[]);
    let mut command = serve(&folder, &["--listen", "127.0.0.1:0"]);
    command.env("LISTEN_FDS", "3").env("LISTEN_PID", "1");
    let program = Program::serve(&mut command);
    assert_eq!(program.addrs().len(), 1);
    assert_eq!(program.client().get("/").text(), INDEX);
}

#[test]
fn what_is_no_listening_stream_socket_is_refused() {
    let folder = folder(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    for (what, descriptor) in [
        ("a connection", OwnedFd::from(connected)),
        ("a UDP socket", UdpSocket::bind("127.0.0.1:0").unwrap().into()),
        ("a Unix datagram socket", UnixDatagram::unbound().unwrap().into()),
        ("a file", File::open(folder.path()).unwrap().into()),
    ] {
        let end = Program::spawn_on(&serve(&folder, &[]), descriptor).end();
        assert_eq!(end.code, Some(4), "{what}: {end:?}");
        assert_eq!(end.stderr.lines().count(), 1, "{what}: {end:?}");
        for part in ["inherited descriptor 3", "not a listening", "ListenStream="] {
            assert!(end.stderr.contains(part), "{what}: \"{part}\" is said: {end:?}");
        }
    }
}

#[test]
fn the_manager_hears_when_it_is_ready_and_when_it_ends() {
    let folder = folder(&[("large", &noise(LARGE))]);
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(TIMEOUT)).unwrap();
    let hear = || {
        let mut buf = [0; 1024];
        let size = manager.recv(&mut buf).expect("a notice comes");
        String::from_utf8(buf[..size].to_vec()).unwrap()
    };
    let mut command = serve(&folder, &["--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", &path);
    let mut program = Program::spawn(&mut command);
    let notice = hear();
    let mut lines = notice.lines();
    assert_eq!(lines.next(), Some("READY=1"));
    let url = lines.next().and_then(|line| line.strip_prefix("STATUS=serving on http://"));
    let addr = url.and_then(|url| url.strip_suffix('/')).expect("it says where").parse().unwrap();
    let mut client = Client::tcp(addr);
    client.send(request("GET", "/large", &[]));
    client.answer_head();
    program.signal(Signal::TERM);
    assert!(hear().starts_with("STOPPING=1\n"), "before it has ended");
    assert!(program.is_running());
    assert_eq!(client.bytes(LARGE).len(), LARGE);
    client.assert_closed();
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn a_manager_that_does_not_listen_stops_nothing() {
    let folder = folder(&[]);
    let mut command = serve(&folder, &["--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", folder.path().join("nobody"));
    let mut program = Program::spawn(&mut command);
    assert!(program.stderr.find("service manager").contains("cannot tell"));
    program.signal(Signal::TERM);
    assert_eq!(program.end().code, Some(0));
}

#[test]
fn a_draining_server_leaves_the_queue_to_the_next_and_sleeps() {
    let content = noise(LARGE);
    let folder = folder(&[("large", &content)]);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let command = serve(&folder, &["--log", "off", "--workers", "1"]);
    let mut old = Program::serve_on(&command, socket.try_clone().unwrap());
    let mut client = old.client();
    client.send(request("GET", "/large", &[]));
    client.answer_head();
    // Once the kept connection is closed, the drain has begun.
    let mut kept = old.client();
    assert_eq!(kept.get("/").text(), INDEX);
    old.signal(Signal::TERM);
    kept.assert_closed();
    let mut waiting = Client::tcp(socket.local_addr().unwrap());
    waiting.send(request("GET", "/", &[]));
    let before = old.cpu_time();
    let start = clock::read().instant;
    assert!(waiting.is_silent_for(Duration::from_millis(300)));
    let (spent, taken) = (old.cpu_time() - before, clock::read().instant.since(start));
    assert!(spent * 10 < taken, "{spent:?} of {taken:?}, for somebody else's queue");
    let new = Program::serve_on(&command, socket.try_clone().unwrap());
    assert_eq!(waiting.answer().text(), INDEX);
    assert!(client.bytes(LARGE) == content);
    assert_eq!(old.end().code, Some(0));
    drop(new);
}

#[test]
fn a_successor_takes_a_unix_path_over() {
    let site = Site::new(&[]);
    let path = site.outside().join("socket");
    let listen = format!("unix:{}", path.display());
    let command = || {
        let mut command = avocet(&["serve", "--listen", &listen]);
        command.arg(site.path(""));
        command
    };
    let mut old = Program::serve(&mut command());
    let mut client = Client::unix(&path);
    client.send("GET / HTTP/1.1\r\nHost: te");
    assert!(client.is_silent_for(Duration::from_millis(50)));
    old.signal(Signal::TERM);
    let is_refused = || std::os::unix::net::UnixStream::connect(&path).is_err();
    testkit::program::eventually("nobody listens any more", is_refused);
    let new = Program::serve(&mut command());
    client.send("st\r\n\r\n");
    assert_eq!(client.answer().text(), INDEX);
    assert_eq!(old.end().code, Some(0));
    assert_eq!(Client::unix(&path).get("/").text(), INDEX, "the old one leaves it there");
    drop(new);
    assert!(!path.exists());
}
