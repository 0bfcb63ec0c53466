//! The rows of the table, each on a real file where one can be made to say it.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType};
use rustix::net::{connect, recv, socket_with};
use rustix::pipe::pipe;
use socket2::SockRef;

use super::super::stream::retry;
use super::super::{Progress, Stream};
use super::*;
use crate::poller::{Interest, Poller, Readiness};
use crate::testing::{epoll_worker, fill, reset, tcp_pair, turn_until};
use crate::token::Token;

/// Waits until `file` can be read, and has it read once by a stream.
fn read(file: OwnedFd) -> Result<Progress, SocketError> {
    let (mut worker, poller) = epoll_worker();
    let mut stream = Stream::register(file, worker.handle(), &poller).unwrap();
    turn_until(&mut worker, || stream.readiness().intersects(Readiness::IN));
    stream.try_read(&mut [0; 64])
}

/// Makes a socket that is connected to nobody.
fn unconnected() -> OwnedFd {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap()
}

const fn failed(fault: SocketFault, errno: Errno) -> Result<Progress, SocketError> {
    Err(SocketError { fault, errno })
}

#[test]
fn what_recv_says_of_data_and_of_its_end() {
    let (ours, mut peer) = tcp_pair();
    let (mut worker, poller) = epoll_worker();
    let mut stream = Stream::register(ours, worker.handle(), &poller).unwrap();
    assert_eq!(stream.try_read(&mut [0; 64]), Ok(Progress::NotReady));
    peer.write_all(b"data").unwrap();
    turn_until(&mut worker, || stream.readiness().intersects(Readiness::IN));
    assert_eq!(stream.try_read(&mut [0; 3]), Ok(Progress::Bytes(3)));
    assert_eq!(stream.try_read(&mut [0; 3]), Ok(Progress::Bytes(1)));
    peer.shutdown(Shutdown::Write).unwrap();
    turn_until(&mut worker, || stream.readiness().intersects(Readiness::RDHUP));
    assert_eq!(stream.try_read(&mut [0; 3]), Ok(Progress::End));
    assert_eq!(stream.try_read(&mut [0; 3]), Ok(Progress::End), "and it stays so");
}

#[test]
fn an_interrupted_call_is_made_again() {
    for (interruptions, last, expected) in [
        (0, Ok(5), Ok(5)),
        (1, Ok(5), Ok(5)),
        (3, Ok(0), Ok(0)),
        (2, Err(Errno::AGAIN), Err(Verdict::NotReady)),
        (2, Err(Errno::BADF), Err(verdict(Errno::BADF))),
    ] {
        let calls = Cell::new(0);
        let result = retry(|| {
            calls.set(calls.get() + 1);
            if calls.get() <= interruptions { Err(Errno::INTR) } else { last }
        });
        assert_eq!((result, calls.get()), (expected, interruptions + 1));
    }
}

#[test]
fn a_reset_is_the_peers_doing() {
    let (ours, peer) = tcp_pair();
    reset(peer);
    assert_eq!(read(ours), failed(SocketFault::Peer, Errno::CONNRESET));
}

#[test]
fn a_refused_connection_is_the_peers_doing() {
    let nobody = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    };
    let ours = unconnected();
    assert_eq!(connect(&ours, &nobody), Err(Errno::INPROGRESS));
    assert_eq!(read(ours), failed(SocketFault::Peer, Errno::CONNREFUSED));
}

#[test]
fn a_peer_that_takes_nothing_times_out() {
    let (ours, peer) = tcp_pair();
    SockRef::from(&ours).set_tcp_user_timeout(Some(Duration::from_millis(1))).unwrap();
    fill(&ours);
    assert_eq!(read(ours), failed(SocketFault::Peer, Errno::TIMEDOUT));
    drop(peer);
}

#[test]
fn calls_on_the_wrong_file_are_our_bug() {
    let bug = |errno| failed(SocketFault::Bug, errno);
    assert_eq!(read(unconnected()), bug(Errno::NOTCONN));

    let (reader, mut writer) = pipe().map(|(reader, writer)| (reader, File::from(writer))).unwrap();
    writer.write_all(b"data").unwrap();
    assert_eq!(read(reader), bug(Errno::NOTSOCK));

    // A path cannot be watched either, so no stream is made of it.
    let path = open("/", OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let added = Poller::new().unwrap().add(&path, Token::from_bits(0), Interest::CONNECTION);
    assert_eq!(added, Err(Errno::BADF));
    assert_eq!(verdict_of_recv(&path, RecvFlags::empty()), verdict(Errno::BADF));
}

#[test]
fn calls_with_the_wrong_flag_are_our_bug() {
    let (ours, _peer) = tcp_pair();
    assert_eq!(verdict_of_recv(&ours, RecvFlags::OOB), verdict(Errno::INVAL));
}

fn verdict_of_recv(file: impl AsFd, flags: RecvFlags) -> Verdict {
    verdict(recv(file, &mut [0; 1], flags).map(|(len, _)| len).unwrap_err())
}

#[test]
fn every_row_of_the_table() {
    let failed = |fault, errno| Verdict::Failed(SocketError { fault, errno });
    let peer = |errno| (errno, failed(SocketFault::Peer, errno));
    let resources = |errno| (errno, failed(SocketFault::Resources, errno));
    let bug = |errno| (errno, failed(SocketFault::Bug, errno));
    for (errno, expected) in [
        (Errno::AGAIN, Verdict::NotReady),
        (Errno::WOULDBLOCK, Verdict::NotReady),
        (Errno::INTR, Verdict::Retry),
        peer(Errno::CONNRESET),
        peer(Errno::CONNREFUSED),
        peer(Errno::CONNABORTED),
        peer(Errno::PIPE),
        peer(Errno::TIMEDOUT),
        peer(Errno::HOSTUNREACH),
        peer(Errno::NETUNREACH),
        peer(Errno::PERM),
        resources(Errno::NOMEM),
        resources(Errno::NOBUFS),
        resources(Errno::MFILE),
        resources(Errno::NFILE),
        bug(Errno::BADF),
        bug(Errno::FAULT),
        bug(Errno::INVAL),
        bug(Errno::NOTCONN),
        bug(Errno::NOTSOCK),
    ] {
        assert_eq!(verdict(errno), expected, "{errno:?}");
    }
}

#[test]
fn a_refused_address_says_why() {
    for (errno, expected, text) in [
        (Errno::ADDRINUSE, BindError::Taken, "already in use"),
        (Errno::ACCESS, BindError::Denied, "permission denied"),
        (Errno::PERM, BindError::Denied, "permission denied"),
        (Errno::ADDRNOTAVAIL, BindError::NoSuchAddress, "no such address on this machine"),
        (Errno::NOENT, BindError::NoSuchAddress, "no such address on this machine"),
    ] {
        let error = BindError::from(errno);
        assert_eq!((error.to_string().as_str(), &error), (text, &expected), "{errno:?}");
    }
    assert_eq!(BindError::from(Errno::MFILE), BindError::System(Errno::MFILE));
}
