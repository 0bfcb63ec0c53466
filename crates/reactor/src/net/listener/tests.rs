//! Accepting in batches, pausing, and closing without losing anyone (rule 8).

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::*;
use crate::driver::Epoll;
use crate::net::{TcpBinding, UnixBinding};
use crate::testing::{LIMIT, epoll_worker, run_to_end, settle};
use crate::timer::Elapsed;
use crate::worker::Worker;

/// Makes a worker with a listener on it, and the address.
fn listening() -> (Worker<Epoll>, Listener, SocketAddr) {
    let (worker, poller) = epoll_worker();
    let binding = TcpBinding::bind(SocketAddr::from(([127, 0, 0, 1], 0)), 1).unwrap();
    let addr = binding.local_addr();
    let socket = binding.into_sockets().pop().expect("one for the one worker");
    let listener = Listener::register(socket, worker.handle(), poller).unwrap();
    (worker, listener, addr)
}

fn connect(addr: SocketAddr, count: usize) -> Vec<TcpStream> {
    let clients = (0..count).map(|_| TcpStream::connect(addr).unwrap()).collect();
    settle();
    clients
}

/// Accepts what is there, at most `count`.
fn accept(listener: &Listener, count: usize) -> Vec<Accepted> {
    std::iter::from_fn(|| listener.try_accept().unwrap()).take(count).collect()
}

#[test]
fn what_a_batch_leaves_is_told_again() {
    let (worker, listener, addr) = listening();
    let clients = connect(addr, 20);
    let batches = Rc::new(RefCell::new(Vec::new()));
    let accepted = Rc::clone(&batches);
    let handle = worker.handle().clone();
    worker.handle().spawn(async move {
        for _ in 0..2 {
            listener.readable().await;
            accepted.borrow_mut().push(accept(&listener, 16).len());
        }
        assert!(accept(&listener, 1).is_empty());
        let soon = handle.timer(handle.now().instant.after(Duration::from_millis(20)));
        // Level-triggered: what was told in the turn of the last batch may be told once more.
        while soon.bound(listener.readable()).await != Err(Elapsed) {
            assert!(accept(&listener, 1).is_empty());
        }
    });
    run_to_end(worker);
    assert_eq!(*batches.borrow(), [16, 4]);
    assert_eq!(clients.len(), 20);
}

#[test]
fn an_accepted_connection_has_its_peer_and_does_not_block() {
    let (_worker, listener, addr) = listening();
    let client = connect(addr, 1).pop().unwrap();
    let accepted = accept(&listener, 1).pop().unwrap();
    assert_eq!(accepted.peer, PeerAddr::Tcp(client.local_addr().unwrap()));
    let received = rustix::io::read(&accepted.socket, &mut [0; 1]);
    assert_eq!(received, Err(Errno::AGAIN));
    let flags = rustix::io::fcntl_getfd(&accepted.socket).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
}

#[test]
fn a_unix_socket_is_accepted_from_alike() {
    let folder = tempfile::tempdir().unwrap();
    let binding = UnixBinding::bind(&folder.path().join("socket")).unwrap();
    let (worker, poller) = epoll_worker();
    let (socket, path) = binding.into_parts();
    let listener = Listener::register(socket, worker.handle(), poller).unwrap();
    let mut client = UnixStream::connect(path.as_path()).unwrap();
    worker.handle().spawn(async move {
        listener.readable().await;
        let accepted = accept(&listener, 2);
        assert_eq!(accepted.iter().map(|a| a.peer).collect::<Vec<_>>(), [PeerAddr::Unix]);
        assert_eq!(rustix::io::write(&accepted[0].socket, b"x"), Ok(1));
    });
    run_to_end(worker);
    assert_eq!(client.read(&mut [0; 2]).unwrap(), 1);
}

#[test]
fn a_paused_listener_is_silent_and_keeps_its_queue() {
    let (mut worker, listener, addr) = listening();
    let turns = Rc::new(Cell::new(0));
    let counted = Rc::clone(&turns);
    worker.set_after_turn(move || counted.set(counted.get() + 1));
    let (handle, turned) = (worker.handle().clone(), Rc::clone(&turns));
    worker.handle().spawn(async move {
        listener.pause();
        listener.pause(); // Once more is nothing.
        let _clients = connect(addr, 3);
        let before = turned.get();
        let soon = handle.timer(handle.now().instant.after(Duration::from_millis(50)));
        assert_eq!(soon.bound(listener.readable()).await, Err(Elapsed));
        // What is queued does not keep the worker awake: the timer's turns and no more.
        assert!(turned.get() - before <= 5, "{} turns", turned.get() - before);

        listener.resume().unwrap();
        soon.set(handle.now().instant.after(LIMIT));
        assert_eq!(soon.bound(listener.readable()).await, Ok(()));
        assert_eq!(accept(&listener, 9).len(), 3);
    });
    run_to_end(worker);
}

#[test]
fn a_listener_is_let_go_though_its_socket_lives_on() {
    let (worker, poller) = epoll_worker();
    let mut worker = worker;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    let ours = socket.try_clone().unwrap();
    let listener = Listener::register(ours.into(), worker.handle(), poller).unwrap();
    let turns = Rc::new(Cell::new(0));
    let counted = Rc::clone(&turns);
    worker.set_after_turn(move || counted.set(counted.get() + 1));
    let handle = worker.handle().clone();
    worker.handle().spawn(async move {
        drop(listener);
        let _clients = connect(addr, 3);
        handle.timer(handle.now().instant.after(Duration::from_millis(50))).expired().await;
    });
    let census = worker.handle().clone();
    run_to_end(worker);
    assert!(turns.get() <= 5, "{} turns", turns.get());
    assert_eq!(census.census().stale_events, 0);
    assert!(socket.accept().is_ok(), "who waits there is left to others");
}

#[test]
fn a_listener_emptied_before_it_is_closed_loses_nobody() {
    let (_worker, listener, addr) = listening();
    let mut clients = connect(addr, 33);
    let accepted = accept(&listener, usize::MAX);
    drop(listener);
    assert!(TcpStream::connect(addr).is_err());
    assert_eq!(accepted.len(), clients.len());
    for (client, accepted) in clients.iter_mut().zip(&accepted) {
        client.set_read_timeout(Some(LIMIT)).unwrap();
        client.write_all(b"?").unwrap();
        assert_eq!(accepted.peer, PeerAddr::Tcp(client.local_addr().unwrap()), "in order");
        assert_eq!(rustix::io::write(&accepted.socket, b"!"), Ok(1));
        assert_eq!(client.read(&mut [0; 2]).unwrap(), 1);
    }
}

#[test]
fn a_listener_closed_with_a_queue_resets_who_waits_in_it() {
    // Why the one above is the rule.
    let (_worker, listener, addr) = listening();
    let mut client = connect(addr, 1).pop().unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    drop(listener);
    let lost = client.read(&mut [0; 1]).map_err(|error| error.kind());
    assert_eq!(lost, Err(std::io::ErrorKind::ConnectionReset));
}

#[test]
fn a_dropped_listener_leaves_nothing() {
    let (worker, listener, _addr) = listening();
    assert_eq!(worker.handle().census().sources, 1);
    drop(listener);
    assert_eq!(worker.handle().census().sources, 0);
}
