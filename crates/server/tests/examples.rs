//! The examples do what they say: each is started, asked, and ended.

use std::env;
use std::process::Command;
use std::time::Duration;

use testkit::program::Program;
use testkit::raw::{Client, request};

/// Starts an example on a port of the system's choice, and connects to it.
fn start(name: &str) -> (Program, impl Fn() -> Client) {
    let mut path = env::current_exe().expect("a test knows where it is");
    path.pop();
    path.pop();
    path.extend(["examples", name]);
    assert!(path.exists(), "`cargo test -p avocet-server` builds {}", path.display());
    let program = Program::spawn(Command::new(path).arg("127.0.0.1:0"));
    let line = program.stdout.find("listening on ");
    let addr = line.rsplit(' ').next().and_then(|addr| addr.parse().ok());
    let addr = addr.expect("it says where it listens");
    (program, move || Client::tcp(addr))
}

#[test]
fn hello_says_hello() {
    let (_program, connect) = start("hello");
    let mut client = connect();
    assert_eq!(client.get("/").text(), "hello\n");
    assert_eq!(client.get("/elsewhere").status, 404);
}

#[test]
fn blocking_answers_on_the_loop_while_the_pool_is_busy() {
    let (_program, connect) = start("blocking");
    // Two run and as many wait.
    let mut slow: Vec<_> = (0..4).map(|_| connect()).collect();
    slow.iter_mut().for_each(|client| client.send(request("GET", "/slow", &[])));
    let mut quick = connect();
    for _ in 0..100 {
        assert_eq!(quick.get("/quick").text(), "quick\n");
    }
    let is_waiting = |client: &mut Client| client.is_silent_for(Duration::from_millis(1));
    assert!(slow.iter_mut().all(is_waiting), "the pool was busy all the while");
    for client in &mut slow {
        assert_eq!(client.answer().text(), "slow\n");
    }
}

#[test]
fn blocking_refuses_what_it_has_no_place_for() {
    let (_program, connect) = start("blocking");
    let mut clients: Vec<_> = (0..30).map(|_| connect()).collect();
    clients.iter_mut().for_each(|client| client.send(request("GET", "/slow", &[])));
    let answers: Vec<_> = clients.iter_mut().map(Client::answer).collect();
    let accepted = answers.iter().filter(|answer| answer.status == 200).count();
    // Two may run and eight wait; a thread may have taken its job before the next came.
    assert!((8..=10).contains(&accepted), "{accepted}");
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(refused.iter().all(|answer| answer.status == 503), "{refused:?}");
    assert!(refused.iter().all(|answer| answer.field("Retry-After").is_some()), "{refused:?}");
}

#[test]
fn classic_reads_queues_processes_and_writes() {
    let (_program, connect) = start("classic");
    let mut client = connect();
    for path in ["/", "/again"] {
        assert_eq!(client.get(path).text(), format!("you asked for {path}\n"));
    }
    assert_eq!(client.ask("HEAD", "/", &[]).field("Content-Length"), Some("16"));

    let two = request("GET", "/1", &[]) + &request("GET", "/2", &[]);
    for byte in two.as_bytes() {
        client.send([*byte]);
    }
    client.send(&two);
    for path in ["/1", "/2", "/1", "/2"] {
        assert_eq!(client.answer().text(), format!("you asked for {path}\n"));
    }
    client.close_write();
    client.assert_closed();

    let mut client = connect();
    client.send(request("POST", "/", &["Content-Length: 5"]));
    assert_eq!(client.answer().field("Connection"), Some("close"));
    client.assert_closed();

    let mut client = connect();
    client.send("no request\r\n\r\n");
    assert_eq!(client.answer().status, 400);
    client.assert_closed();
}

#[test]
fn classic_serves_many_at_once() {
    let (_program, connect) = start("classic");
    let mut clients: Vec<_> = (0..200).map(|_| connect()).collect();
    for round in 0..3 {
        let path = format!("/{round}");
        clients.iter_mut().for_each(|client| client.send(request("GET", &path, &[])));
        for client in &mut clients {
            assert_eq!(client.answer().text(), format!("you asked for {path}\n"));
        }
    }
}
