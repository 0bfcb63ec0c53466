//! Restarts under load: the socket is handed from process to process and nobody is turned away.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rustix::process::Signal;
use testkit::program::{Program, eventually};
use testkit::raw::{Answer, Client, request};

use crate::site::{INDEX, avocet, folder};

const RESTARTS: usize = 20;

/// Clients of each kind.
const CLIENTS: usize = 4;

/// Requests that each process answers at least.
const REQUESTS_PER_PROCESS: usize = 400;

/// What the clients share.
#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    answered: AtomicUsize,
    repeated: AtomicUsize,
}

impl Load {
    /// Makes a connection for each request; each of them must be answered.
    fn come_and_go(&self, addr: SocketAddr) {
        while !self.is_over.load(Ordering::Relaxed) {
            let mut client = Client::tcp(addr);
            self.count(&client.ask("GET", "/", &["Connection: close"]));
            client.assert_closed();
        }
    }

    /// Keeps a connection until the server closes it. That it may do between two answers; the
    /// request that crossed its farewell is repeated, once.
    fn stay(&self, addr: SocketAddr) {
        let mut client = Client::tcp(addr);
        while !self.is_over.load(Ordering::Relaxed) {
            let sent = client.try_send(request("GET", "/", &[]));
            match sent.and_then(|()| client.try_answer()) {
                Ok(answer) => {
                    self.count(&answer);
                    if answer.field("Connection") == Some("close") {
                        client.assert_closed();
                        client = Client::tcp(addr);
                    }
                }
                Err(_closed) => {
                    // A reset says itself that nothing is left; an end must be one.
                    let rest = client.rest().unwrap_or_default();
                    assert_eq!(rest.escape_ascii().to_string(), "", "no part of an answer");
                    client = Client::tcp(addr);
                    self.count(&client.get("/"));
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    #[track_caller]
    fn count(&self, answer: &Answer) {
        assert_eq!((answer.status, answer.text().as_str()), (200, INDEX));
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }
}

/// Ends the load also when the test fails half-way.
struct Over<'a>(&'a Load);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

#[test]
fn twenty_restarts_under_load_lose_nobody() {
    let folder = folder(&[]);
    let mut command = avocet(&["serve", "--workers", "2", "--log", "off"]);
    command.arg(folder.path().join("site"));
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    let start = || Program::serve_on(&command, socket.try_clone().unwrap());
    let load = Load::default();
    // It outlives the clients: the last process has no successor.
    let mut program = start();
    thread::scope(|scope| {
        let _over = Over(&load);
        for _ in 0..CLIENTS {
            scope.spawn(|| load.come_and_go(addr));
            scope.spawn(|| load.stay(addr));
        }
        for restart in 0..RESTARTS {
            let wanted = load.answered() + REQUESTS_PER_PROCESS;
            eventually("the process is used", || load.answered() >= wanted);
            let next = start();
            program.signal(Signal::TERM);
            let end = program.end();
            assert_eq!((end.code, end.stderr.as_str()), (Some(0), ""), "restart {restart}");
            program = next;
        }
    });
    let repeated = load.repeated.load(Ordering::Relaxed);
    assert!(repeated <= RESTARTS * CLIENTS, "at most once a restart: {repeated}");
}
