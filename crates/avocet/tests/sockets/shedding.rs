//! Who goes when something is short, and who need not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use reactor::clock;
use rustix::process::Signal;
use tempfile::TempDir;
use testkit::noise;
use testkit::program::{Program, eventually};
use testkit::raw::{Client, request};

use crate::site::{INDEX, Site, folder};

/// Connections for which there are places with so few descriptors.
const PLACES: usize = 32;

/// Serves a folder with 64 descriptors.
#[track_caller]
fn scarce(folder: &TempDir) -> Program {
    scarce_with(folder, &["--listen", "127.0.0.1:0", "--workers", "1"])
}

#[track_caller]
fn scarce_with(folder: &TempDir, args: &[&str]) -> Program {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_avocet"), "serve"]);
    command.arg(folder.path().join("site"));
    command.args(["--log", "off"]).args(args);
    Program::serve(&mut command)
}

/// Connects so many clients, each of which asks once.
#[track_caller]
fn idle_clients(program: &Program, count: usize) -> Vec<Client> {
    let ask = |_| {
        let mut client = program.client();
        assert_eq!(client.get("/").text(), INDEX);
        client
    };
    (0..count).map(ask).collect()
}

#[test]
fn the_longest_idle_makes_way() {
    let folder = folder(&[]);
    let program = scarce(&folder);
    let start = clock::read().instant;
    let mut clients = idle_clients(&program, 3 * PLACES);
    let taken = clock::read().instant.since(start);
    assert!(taken < Duration::from_secs(2), "nobody waited for a timeout: {taken:?}");
    assert!(program.stderr.find("out of descriptors").contains("ulimit -n"));
    let (gone, rest) = clients.split_at_mut(3 * PLACES - PLACES);
    gone.iter_mut().for_each(Client::assert_closed);
    // From the youngest on: each that asks becomes the one that goes last.
    let kept = rest.iter_mut().rev().take(PLACES / 2);
    assert!(kept.map(|client| client.get("/").text()).all(|text| text == INDEX));
}

#[test]
fn the_reserve_is_kept_back_but_at_most_half() {
    for (reserve, places) in [("20", 44), ("31", 33), ("32", 32), ("33", 32), ("64", 32)] {
        let folder = folder(&[]);
        let args = ["--listen", "127.0.0.1:0", "--workers", "1"];
        let limit = format!("descriptor_reserve={reserve}");
        let program = scarce_with(&folder, &[&args[..], &["--limit", &limit]].concat());
        let mut clients = idle_clients(&program, places);
        let (eldest, _) = clients.split_at_mut(2);
        assert!(eldest[0].is_silent_for(Duration::from_millis(50)), "{reserve}: all have a place");
        assert_eq!(program.client().get("/").text(), INDEX);
        eldest[0].assert_closed();
        assert!(eldest[1].is_silent_for(Duration::from_millis(50)), "{reserve}: and one more");
    }
}

#[test]
fn a_connection_that_is_used_outlives_those_that_are_not() {
    let folder = folder(&[]);
    let program = scarce(&folder);
    let mut used = program.client();
    for _ in 0..3 * PLACES {
        assert_eq!(used.get("/").text(), INDEX);
        assert_eq!(idle_clients(&program, 1).len(), 1);
    }
    assert_eq!(used.get("/").text(), INDEX);
}

#[test]
fn workers_make_way_for_each_other() {
    let folder = folder(&[("large", &noise(8 << 20))]);
    let socket = folder.path().join("socket");
    let listen = format!("unix:{}", socket.display());
    // Connections are dealt round. The first worker accepts, and has nobody to spare in one of the
    // two cases.
    for parity in 0..2 {
        let program = scarce_with(&folder, &["--listen", &listen, "--workers", "2"]);
        let mut clients: Vec<_> = (0..PLACES - 2).map(|_| Client::unix(&socket)).collect();
        for (number, client) in clients.iter_mut().enumerate() {
            if number % 2 == parity {
                client.send(request("GET", "/large", &[]));
                assert_eq!(client.answer_head().status, 200);
            } else {
                assert_eq!(client.get("/").text(), INDEX);
            }
        }
        let start = clock::read().instant;
        for _ in 0..4 {
            assert_eq!(Client::unix(&socket).get("/").text(), INDEX);
        }
        let mut more: Vec<_> = (0..8).map(|_| Client::unix(&socket)).collect();
        for client in &mut more {
            assert_eq!(client.get("/").text(), INDEX);
        }
        let taken = clock::read().instant.since(start);
        assert!(taken < Duration::from_secs(1), "{taken:?}");
        drop(program);
    }
}

#[test]
fn the_oldest_unfinished_head_makes_way_when_nobody_is_idle() {
    let folder = folder(&[]);
    let program = scarce(&folder);
    let mut slow: Vec<_> = (0..PLACES + 8).map(|_| program.client()).collect();
    for client in &mut slow {
        client.send("GET / HTTP/1.1\r\nX: ");
    }
    let mut good = program.client();
    let start = clock::read().instant;
    assert_eq!(good.get("/").text(), INDEX);
    let taken = clock::read().instant.since(start);
    assert!(taken < Duration::from_secs(4), "long before the heads are late: {taken:?}");
    let answer = slow[0].answer();
    assert_eq!((answer.status, answer.field("Connection")), (408, Some("close")));
    slow[0].assert_closed();
}

#[test]
fn a_rush_of_clients_is_served_to_the_last() {
    let folder = folder(&[]);
    let program = scarce(&folder);
    let mut clients: Vec<_> = (0..4 * PLACES).map(|_| program.client()).collect();
    // None had a request yet: those that are in are on their way, and the rest waits its turn.
    for client in &mut clients {
        client.send(request("GET", "/", &["Connection: close"]));
    }
    for client in &mut clients {
        assert_eq!(client.answer().text(), INDEX);
    }
}

#[test]
fn a_file_counts_as_long_as_it_is_held() {
    let large = noise(8 << 20);
    let names: Vec<_> = (0..PLACES).map(|n| format!("large{n}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), large.as_slice())).collect();
    let folder = folder(&files);
    let program = scarce(&folder);
    let mut clients = idle_clients(&program, PLACES - 2);
    // All at once: for whom there is a file then, there is none to spare.
    program.signal(Signal::STOP);
    for (client, name) in clients.iter_mut().zip(&names) {
        client.send(request("GET", &format!("/{name}"), &[]));
    }
    program.signal(Signal::CONT);
    let mut served = 0;
    let mut refused = 0;
    for client in &mut clients {
        let answer = client.answer_head();
        match answer.status {
            200 => served += 1,
            503 => {
                assert!(answer.field("Retry-After").is_some(), "{answer:?}");
                refused += 1;
            }
            status => panic!("{status}"),
        }
    }
    assert!(served >= 8 && refused >= 4, "{served} served, {refused} refused");
    assert!(program.descriptors() <= 64);
    drop(clients);
    // All is given back.
    let mut client = program.client();
    for name in &names {
        assert!(client.get(&format!("/{name}")).body == large);
    }
}

#[test]
fn the_oldest_unfinished_head_goes_when_memory_is_short() {
    let args = ["--limit", "pending_size_max=64KiB", "--limit", "head_timeout=60s"];
    let site = Site::with(&[], &args);
    let beginning = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    let mut clients: Vec<_> = (0..3).map(|_| site.client()).collect();
    for client in &mut clients {
        client.send(&beginning);
        assert!(client.is_silent_for(Duration::from_millis(50)), "three are not too many");
    }
    let mut fourth = site.client();
    fourth.send(&beginning);
    let answer = clients[0].answer();
    assert_eq!((answer.status, answer.field("Connection")), (408, Some("close")));
    clients[0].assert_closed();
    for client in clients[1..].iter_mut().chain([&mut fourth]) {
        client.send("\r\nHost: test\r\n\r\n");
        assert_eq!(client.answer().text(), INDEX, "the others may end theirs");
    }
}

#[test]
fn a_client_has_so_many_connections_and_no_more() {
    let site = Site::with(&[], &["--client-connections", "3"]);
    let mut clients: Vec<_> = (0..3).map(|_| site.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/").text(), INDEX);
    }
    let mut stream = TcpStream::connect(site.program.addrs()[0]).expect("the kernel accepts");
    let rest = stream.read(&mut [0; 100]);
    assert!(matches!(rest, Ok(0) | Err(_)), "it is closed without a word: {rest:?}");
    assert_eq!(clients[2].get("/").text(), INDEX, "the others are left alone");
    drop(clients.pop());
    eventually("there is room for another", || {
        let mut client = site.client();
        client.try_send(request("GET", "/", &[])).is_ok()
            && client.try_answer().is_ok_and(|answer| answer.status == 200)
    });
}

#[test]
fn a_limit_that_is_tried_out_refuses_nobody() {
    let site = Site::with(&[], &["--client-connections", "1", "--client-limit", "report"]);
    let mut clients = idle_clients(&site.program, 5);
    let line = site.program.stderr.find("127.0.0.1");
    assert!(line.contains("127.0.0.1 has more than 1 connections"), "{line}");
    let more = site.program.stderr.next_within(Duration::from_millis(100));
    assert_eq!(more, None, "at most one line a second");
    for client in &mut clients {
        assert_eq!(client.get("/").text(), INDEX);
    }
}

#[test]
fn a_flood_of_requests_is_read_no_further_while_its_answers_wait() {
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n";
    let site = Site::with(&[], &["--log", "off"]);
    let mut flood = TcpStream::connect(site.program.addrs()[0]).expect("the server listens");
    flood.set_write_timeout(Some(Duration::from_millis(500))).expect("the time is not zero");
    let requests = REQUEST.repeat(1000);
    let mut sent = 0;
    // What the kernel holds of both directions bounds it, and nothing that the server does.
    let is_stuck = (0..100_000).any(|_| match flood.write(&requests[sent % REQUEST.len()..]) {
        Ok(count) => {
            sent += count;
            false
        }
        Err(_) => true,
    });
    assert!(is_stuck, "{sent} bytes were taken");
    let before = site.program.cpu_time();
    let mut good = site.client();
    assert_eq!(good.get("/").text(), INDEX);
    assert!(good.is_silent_for(Duration::from_millis(500)));
    let used = site.program.cpu_time() - before;
    assert!(used < Duration::from_millis(50), "{used:?} of CPU while the flood waits");
    // Every whole request is answered when the client reads at last.
    let mut reader = flood.try_clone().expect("a descriptor is free");
    flood.shutdown(std::net::Shutdown::Write).expect("the connection is there");
    reader.set_read_timeout(Some(Duration::from_secs(20))).expect("the time is not zero");
    let mut answers = Vec::new();
    reader.read_to_end(&mut answers).expect("the server closes in good order");
    let count = answers.windows(INDEX.len()).filter(|part| part == &INDEX.as_bytes()).count();
    assert_eq!(count, sent / REQUEST.len());
}
