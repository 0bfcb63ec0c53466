//! Descriptors and CPU time: few of the one, none of the other wasted.

use std::process::Command;
use std::time::Duration;

use testkit::noise;
use testkit::program::{Program, eventually};
use testkit::raw::{Client, request};

use crate::site::{INDEX, Site, folder};

#[test]
fn sixty_four_descriptors_and_two_hundred_connections() {
    let folder = folder(&[("large", &noise(200_000))]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_avocet"), "serve"]);
    command.arg(folder.path().join("site"));
    command.args(["--listen", "127.0.0.1:0", "--workers", "1", "--log", "off"]);
    let mut program = Program::serve(&mut command);

    let mut clients: Vec<Client> = (0..200).map(|_| program.client()).collect();
    let (first, last) = clients.split_at_mut(100);
    assert_eq!(first[0].get("/").text(), INDEX);
    assert!(program.stderr.find("out of descriptors").contains("ulimit -n"));

    let before = program.cpu_time();
    assert!(last[99].is_silent_for(Duration::from_secs(2)));
    let used = program.cpu_time() - before;
    assert!(used < Duration::from_millis(50), "{used:?} of CPU in 2 s");
    assert!(program.is_running());
    assert!(program.descriptors() <= 64);

    // Those that wait are served as soon as others close.
    last[99].send(request("GET", "/", &[]));
    clients.drain(..190);
    let mut waiting = clients.pop().expect("ten are left");
    assert_eq!(waiting.answer().text(), INDEX);
    assert_eq!(waiting.get("/large").body.len(), 200_000);
    assert_eq!(program.client().get("/").text(), INDEX);
    let more = program.stderr.next_within(Duration::from_millis(50));
    assert_eq!(more, None, "the lack is told once");
}

#[test]
fn clients_that_vanish_leave_nothing_behind() {
    let content = noise(32 << 20);
    let site = Site::with(&[("large", &content)], &["--log", "off"]);
    assert_eq!(site.client().ask("HEAD", "/large", &[]).status, 200);
    let mut idle = site.client();
    assert_eq!(idle.get("/").text(), INDEX);
    eventually("the first connection is let go", || {
        let held = site.program.descriptors();
        site.client().get("/").status == 200 && site.program.descriptors() <= held
    });
    let before = site.program.descriptors();
    for _ in 0..50 {
        let mut client = site.client();
        client.send(request("GET", "/large", &[]));
        assert_eq!(client.answer_head().status, 200);
    }
    eventually("all are let go", || site.program.descriptors() <= before);
    assert!(idle.get("/large").body == content);
}

#[test]
fn an_idle_server_does_not_spin() {
    let site = Site::new(&[]);
    let mut client = site.client();
    assert_eq!(client.get("/").text(), INDEX);
    assert!(client.is_silent_for(Duration::from_millis(200)));
    let before = site.program.cpu_time();
    assert!(client.is_silent_for(Duration::from_secs(2)));
    let used = site.program.cpu_time() - before;
    assert!(used < Duration::from_millis(1), "{used:?} of CPU in 2 s");
}
