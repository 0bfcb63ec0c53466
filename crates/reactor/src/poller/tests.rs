//! Each flag on real sockets, as the note names them and as the kernel means them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{connect, recv, send, shutdown, socket_with};
use rustix::pipe::pipe;

use super::*;
use crate::clock;
use crate::testing::{LIMIT, fill, reset, send_urgent, tcp_pair};

const TOKEN: Token = Token::from_bits(7);

/// Waits once, and returns what is said of [`TOKEN`]'s source.
fn wait(poller: &Poller, timeout: Duration) -> Readiness {
    let mut events = Events::new();
    poller.wait(&mut PollBuf::new(), Some(timeout), &mut events).unwrap();
    assert!(events.iter().all(|event| event.token == TOKEN), "{events:?}");
    events.iter().fold(Readiness::EMPTY, |all, event| all | event.readiness)
}

/// Returns what is said by now, without waiting.
fn poll(poller: &Poller) -> Readiness {
    wait(poller, Duration::ZERO)
}

/// Waits for the one event that says `expected` and nothing else. Earlier ones may say less: what
/// the peer did may arrive in two parts.
fn expect(poller: &Poller, expected: Readiness) {
    let start = clock::read().instant;
    let mut seen = Readiness::EMPTY;
    while seen != expected && clock::read().instant.since(start) < LIMIT {
        seen = wait(poller, LIMIT);
        assert!(expected.contains(seen), "saw {seen:?}, expected {expected:?}");
    }
    assert_eq!(seen, expected);
}

fn watch(source: impl AsFd, interest: Interest) -> Poller {
    let poller = Poller::new().unwrap();
    poller.add(source, TOKEN, interest).unwrap();
    poller
}

/// Watches one end of a TCP connection while `act` is done to it, and compares.
fn check(interest: Interest, act: impl FnOnce(&OwnedFd, TcpStream), expected: Readiness) {
    let (ours, peer) = tcp_pair();
    let peer_kept = peer.try_clone().unwrap();
    let poller = watch(&ours, interest);
    act(&ours, peer);
    expect(&poller, expected);
    drop(peer_kept);
}

fn end_writing(peer: &TcpStream) {
    peer.shutdown(Shutdown::Write).unwrap();
}

#[test]
fn each_flag_once() {
    let say = |_: &OwnedFd, mut peer: TcpStream| peer.write_all(b"x").unwrap();
    let nothing = |_: &OwnedFd, _: TcpStream| {};
    let half_close = |_: &OwnedFd, peer: TcpStream| end_writing(&peer);
    check(Interest::IN, say, Readiness::IN);
    check(Interest::OUT, nothing, Readiness::OUT);
    check(Interest::PRI, |_, peer| send_urgent(&peer, b'!'), Readiness::PRI);
    check(Interest::RDHUP, half_close, Readiness::RDHUP);
    // Who does not ask for RDHUP sees an IN that reads as the end.
    check(Interest::IN, half_close, Readiness::IN);
}

#[test]
fn an_event_may_say_all_at_once() {
    let act = |_: &OwnedFd, mut peer: TcpStream| {
        peer.write_all(b"x").unwrap();
        send_urgent(&peer, b'!');
        end_writing(&peer);
    };
    let all = Readiness::IN | Readiness::OUT | Readiness::PRI | Readiness::RDHUP;
    check(Interest::CONNECTION.without_edges(), act, all);
}

#[test]
fn urgent_data_is_told_until_it_is_read_or_passed() {
    let (ours, mut peer) = tcp_pair();
    let poller = watch(&ours, Interest::PRI);
    for flags in [RecvFlags::OOB, RecvFlags::empty()] {
        send_urgent(&peer, b'!');
        expect(&poller, Readiness::PRI);
        expect(&poller, Readiness::PRI);
        peer.write_all(b"behind").unwrap();
        expect(&watch(&ours, Interest::IN), Readiness::IN);
        let expected = if flags.is_empty() { b"behind".as_slice() } else { b"!" };
        let mut buf = [0; 64];
        let (len, _) = recv(&ours, &mut buf, flags).unwrap();
        assert_eq!(&buf[..len], expected);
        assert_eq!(poll(&poller), Readiness::EMPTY, "{flags:?}");
        if !flags.is_empty() {
            assert_eq!(recv(&ours, &mut buf, RecvFlags::empty()).unwrap().0, 6);
        }
    }
}

#[test]
fn a_peer_that_closed_looks_half_closed_until_we_send() {
    let (ours, peer) = tcp_pair();
    let poller = watch(&ours, Interest::CONNECTION);
    let half = Readiness::IN | Readiness::OUT | Readiness::RDHUP;
    drop(peer);
    expect(&poller, half);
    assert_eq!(recv(&ours, &mut [0; 1], RecvFlags::empty()).unwrap().0, 0);
    // It has nobody to read this, and says so by a reset.
    assert_eq!(send(&ours, b"x", SendFlags::NOSIGNAL), Ok(1));
    expect(&poller, half | Readiness::GONE);
    assert_eq!(send(&ours, b"x", SendFlags::NOSIGNAL), Err(Errno::PIPE));
}

#[test]
fn a_unix_peer_that_closed_is_hung_up_at_once() {
    let (ours, peer) = UnixStream::pair().unwrap();
    let poller = watch(&ours, Interest::IN | Interest::RDHUP | Interest::ET);
    drop(peer);
    expect(&poller, Readiness::IN | Readiness::RDHUP | Readiness::HUP);
}

#[test]
fn both_halves_closed_is_a_hang_up_and_comes_unasked() {
    let close_both = |ours: &OwnedFd, peer: TcpStream| {
        end_writing(&peer);
        shutdown(ours, rustix::net::Shutdown::Write).unwrap();
    };
    check(Interest::PRI, close_both, Readiness::HUP);
}

#[test]
fn a_reset_is_an_error_and_comes_unasked() {
    let (ours, peer) = tcp_pair();
    let poller = watch(&ours, Interest::PRI);
    reset(peer);
    expect(&poller, Readiness::ERR | Readiness::HUP);
    let received = recv(&ours, &mut [0; 1], RecvFlags::empty()).map(|(n, _)| n);
    assert_eq!(received, Err(Errno::CONNRESET), "the next call tells which");
}

#[test]
fn a_refused_connection_is_an_error_and_one_never_asked_for_a_hang_up() {
    let socket = || {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap()
    };
    let nobody = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    };
    let ours = socket();
    assert_eq!(poll(&watch(&ours, Interest::OUT)), Readiness::OUT | Readiness::HUP);
    assert_eq!(connect(&ours, &nobody), Err(Errno::INPROGRESS));
    let refused = Readiness::IN | Readiness::OUT | Readiness::RDHUP | Readiness::GONE;
    expect(&watch(&ours, Interest::CONNECTION), refused);
}

#[test]
fn a_pipe_tells_hang_up_and_error_apart() {
    let (reader, writer) = pipe().unwrap();
    let poller = watch(&reader, Interest::IN);
    drop(writer);
    expect(&poller, Readiness::HUP);

    let (reader, writer) = pipe().unwrap();
    let poller = watch(&writer, Interest::PRI);
    drop(reader);
    expect(&poller, Readiness::ERR);
}

#[test]
fn an_edge_is_told_once_and_a_level_while_it_lasts() {
    let (ours, mut peer) = tcp_pair();
    let level = watch(&ours, Interest::IN);
    let edge = watch(&ours, Interest::IN | Interest::ET);
    peer.write_all(b"x").unwrap();
    expect(&edge, Readiness::IN);
    assert_eq!(poll(&edge), Readiness::EMPTY, "nothing has changed");
    expect(&level, Readiness::IN);
    expect(&level, Readiness::IN);

    peer.write_all(b"y").unwrap();
    expect(&edge, Readiness::IN);

    assert!(recv(&ours, &mut [0; 9], RecvFlags::empty()).is_ok());
    assert_eq!(poll(&level), Readiness::EMPTY);
}

#[test]
fn room_to_send_is_an_edge_when_there_was_none() {
    let (ours, mut peer) = tcp_pair();
    let edge = watch(&ours, Interest::OUT | Interest::ET);
    expect(&edge, Readiness::OUT);
    assert_eq!(poll(&edge), Readiness::EMPTY, "there was room before");
    let sent = fill(&ours);
    assert_eq!(poll(&edge), Readiness::EMPTY);
    assert_eq!(poll(&watch(&ours, Interest::OUT)), Readiness::EMPTY, "nor as a level");
    std::io::copy(&mut (&mut peer).take(sent), &mut std::io::sink()).unwrap();
    expect(&edge, Readiness::OUT);
}

#[test]
fn one_shot_disables_and_does_not_remove() {
    let (ours, mut peer) = tcp_pair();
    let once = Interest::IN | Interest::ONESHOT;
    let poller = watch(&ours, once);
    peer.write_all(b"x").unwrap();
    expect(&poller, Readiness::IN);

    // Still readable, and a hang-up on top: nothing is told.
    end_writing(&peer);
    assert_eq!(poll(&poller), Readiness::EMPTY);
    assert_eq!(poller.add(&ours, TOKEN, once), Err(Errno::EXIST));

    poller.modify(&ours, TOKEN, once).unwrap();
    expect(&poller, Readiness::IN);
    assert_eq!(poll(&poller), Readiness::EMPTY, "once for each time that it is armed");

    // Disabled, not even what comes unasked is told; nothing of it is lost.
    reset(peer);
    expect(&watch(&ours, Interest::OUT), Readiness::OUT | Readiness::GONE);
    assert_eq!(poll(&poller), Readiness::EMPTY);
    poller.modify(&ours, TOKEN, once).unwrap();
    expect(&poller, Readiness::IN | Readiness::GONE);
}

#[test]
fn a_registration_ends_by_removal_or_with_its_file() {
    let (ours, mut peer) = tcp_pair();
    let poller = watch(&ours, Interest::OUT);
    assert_eq!(poller.add(&ours, TOKEN, Interest::OUT), Err(Errno::EXIST));
    poller.remove(&ours).unwrap();
    assert_eq!(poll(&poller), Readiness::EMPTY);
    assert_eq!(poller.modify(&ours, TOKEN, Interest::OUT), Err(Errno::NOENT));
    assert_eq!(poller.remove(&ours), Err(Errno::NOENT));

    poller.add(&ours, TOKEN, Interest::OUT).unwrap();
    peer.write_all(b"x").unwrap();
    drop(ours);
    assert_eq!(poll(&poller), Readiness::EMPTY);
}

#[test]
fn a_plain_file_cannot_be_watched() {
    let file = tempfile::tempfile().unwrap();
    let poller = Poller::new().unwrap();
    assert_eq!(poller.add(&file, TOKEN, Interest::IN), Err(Errno::PERM));
}

#[test]
fn what_does_not_fit_one_wait_comes_with_the_next() {
    let (ours, _peer) = tcp_pair();
    let poller = Poller::new().unwrap();
    let copies = [0, 1, 2].map(|bits| {
        let copy = ours.try_clone().unwrap();
        poller.add(&copy, Token::from_bits(bits), Interest::OUT | Interest::ET).unwrap();
        copy
    });
    let (mut buf, mut events) = (PollBuf(Vec::with_capacity(2)), Events::new());
    poller.wait(&mut buf, Some(LIMIT), &mut events).unwrap();
    assert_eq!(events.len(), 2);
    poller.wait(&mut buf, Some(LIMIT), &mut events).unwrap();
    assert_eq!(events.len(), copies.len(), "appended to what was there");
}

#[test]
fn a_timeout_is_rounded_up() {
    for (timeout, millis) in [
        (Duration::ZERO, 0),
        (Duration::from_nanos(1), 1),
        (Duration::from_micros(999), 1),
        (Duration::from_millis(1), 1),
        (Duration::from_nanos(1_000_001), 2),
        (Duration::from_millis(2_500), 2_500),
        (Duration::from_millis(i32::MAX as u64), i64::from(i32::MAX)),
        (Duration::MAX, i64::from(i32::MAX)),
    ] {
        let spec = whole_millis(timeout);
        assert_eq!(spec.tv_sec * 1000 + spec.tv_nsec / 1_000_000, millis, "{timeout:?}");
        assert_eq!(spec.tv_nsec % 1_000_000, 0, "{timeout:?}");
    }
}

#[test]
fn a_wait_never_ends_early() {
    let poller = Poller::new().unwrap();
    for micros in [1, 300, 999, 1_001, 2_700] {
        let timeout = Duration::from_micros(micros);
        let start = clock::read().instant;
        assert_eq!(wait(&poller, timeout), Readiness::EMPTY);
        assert!(clock::read().instant.since(start) >= timeout, "{timeout:?}");
    }
}

#[test]
fn readiness_is_a_set() {
    let both = Readiness::IN | Readiness::PRI;
    assert!(both.contains(Readiness::IN) && both.intersects(Readiness::EXCEPTIONAL));
    assert!(!both.contains(Readiness::GONE) && !both.intersects(Readiness::GONE));
    assert_eq!(both.without(Readiness::IN), Readiness::PRI);
    assert_eq!(format!("{both:?}"), r#"{"IN", "PRI"}"#);
}

impl Interest {
    fn without_edges(self) -> Self {
        Self(self.0.difference(epoll::EventFlags::ET))
    }
}
