//! What is handed in is a listening stream socket, or refused (rule 8).

use std::fs::File;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

use rustix::fs::OFlags;
use rustix::io::FdFlags;

use super::*;

fn adopted(socket: impl Into<OwnedFd>) -> Result<String, BindError> {
    InheritedBinding::adopt(socket.into()).map(|binding| binding.addr().to_string())
}

#[test]
fn listening_stream_sockets_are_taken() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = tcp.local_addr().unwrap().to_string();
    assert_eq!(adopted(tcp), Ok(addr));
    let tcp = TcpListener::bind("[::1]:0").unwrap();
    let addr = tcp.local_addr().unwrap().to_string();
    assert_eq!(adopted(tcp), Ok(addr));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let addr = format!("unix:{}", path.display());
    assert_eq!(adopted(UnixListener::bind(&path).unwrap()), Ok(addr));
    assert!(path.exists(), "it is not ours to remove");

    let name = format!("avocet-test-{}", std::process::id());
    let abstract_addr = SocketAddr::from_abstract_name(&name).unwrap();
    let unix = UnixListener::bind_addr(&abstract_addr).unwrap();
    assert_eq!(adopted(unix), Ok(format!("unix:@{name}")));
}

#[test]
fn anything_else_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    bound.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    for (what, socket) in [
        ("a connection", OwnedFd::from(connected)),
        ("a socket that does not listen", bound.into()),
        ("a UDP socket", UdpSocket::bind("127.0.0.1:0").unwrap().into()),
        ("a Unix datagram socket", UnixDatagram::unbound().unwrap().into()),
        ("a file", File::open("/dev/null").unwrap().into()),
    ] {
        assert_eq!(adopted(socket), Err(BindError::NotListening), "{what}");
    }
}

#[test]
fn it_is_made_fit_for_a_loop() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::io::fcntl_setfd(&listener, FdFlags::empty()).unwrap();
    let socket = InheritedBinding::adopt(listener.into()).unwrap().into_socket();
    assert!(rustix::fs::fcntl_getfl(&socket).unwrap().contains(OFlags::NONBLOCK));
    assert!(rustix::io::fcntl_getfd(&socket).unwrap().contains(FdFlags::CLOEXEC));
    assert!(Socket::from(socket).tcp_nodelay().unwrap());
}
