//! Addresses shared by our workers and by nobody else (rule 8).

use std::net::TcpStream;

use rustix::net::{SocketFlags, accept_with};
use socket2::SockRef;

use super::*;
use crate::testing::settle;

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn accept(listener: &OwnedFd) -> Result<OwnedFd, Errno> {
    accept_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)
}

#[test]
fn a_taken_address_is_an_error_whoever_has_it() {
    let other = TcpListener::bind(ANY_PORT).unwrap();
    for workers in [1, 3] {
        let ours = TcpBinding::bind(ANY_PORT, workers).unwrap();
        for addr in [other.local_addr().unwrap(), ours.local_addr()] {
            for joining in [1, 3] {
                let refused = TcpBinding::bind(addr, joining).map(|_| ()).unwrap_err();
                assert_eq!(refused, BindError::Taken, "{workers} workers, then {joining}");
            }
        }
    }
}

#[test]
fn an_address_is_free_again_as_soon_as_it_was_let_go() {
    let binding = TcpBinding::bind(ANY_PORT, 2).unwrap();
    let addr = binding.local_addr();
    let listeners = binding.into_sockets();
    let client = TcpStream::connect(addr).unwrap();
    settle();
    // Closed by us first: the connection lingers on our address.
    let accepted = listeners.iter().find_map(|listener| accept(listener).ok());
    drop((accepted.expect("one of them has it"), client, listeners));
    assert_eq!(TcpBinding::bind(addr, 2).map(|binding| binding.local_addr()), Ok(addr));
}

#[test]
fn workers_share_one_port_and_its_connections() {
    let binding = TcpBinding::bind(ANY_PORT, 4).unwrap();
    let addr = binding.local_addr();
    assert_ne!(addr.port(), 0);
    let listeners = binding.into_sockets();
    assert_eq!(listeners.len(), 4);
    let clients: Vec<_> = (0..128).map(|_| TcpStream::connect(addr).unwrap()).collect();
    settle();
    let shares: Vec<_> = listeners
        .iter()
        .map(|listener| std::iter::from_fn(|| accept(listener).ok()).count())
        .collect();
    assert_eq!(shares.iter().sum::<usize>(), clients.len(), "{shares:?}");
    assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
}

#[test]
fn accepted_sockets_inherit_their_options() {
    for workers in [1, 2] {
        let binding = TcpBinding::bind(ANY_PORT, workers).unwrap();
        let addr = binding.local_addr();
        let listeners = binding.into_sockets();
        for listener in &listeners {
            assert!(SockRef::from(listener).nonblocking().unwrap());
        }
        let _clients: Vec<_> = (0..64).map(|_| TcpStream::connect(addr).unwrap()).collect();
        settle();
        for listener in &listeners {
            let accepted = accept(listener).expect("each has some of so many");
            let options = SockRef::from(&accepted);
            assert!(options.tcp_nodelay().unwrap());
            assert_eq!(options.tcp_notsent_lowat().unwrap(), NOTSENT_LOWAT);
        }
    }
}

#[test]
fn an_address_of_another_machine_is_an_error() {
    // TEST-NET-1, which RFC 5737 keeps for examples.
    let addr = SocketAddr::from(([192, 0, 2, 1], 8080));
    assert_eq!(TcpBinding::bind(addr, 1).map(|_| ()), Err(BindError::NoSuchAddress));
}
