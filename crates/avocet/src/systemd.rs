//! The service manager: sockets that it hands over, and what it is told.
//!
//! Without one, nothing here does anything. Watchdog, reload and the descriptor store are not
//! spoken.

use std::os::fd::OwnedFd;

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::failure::{Failure, FailureKind};

/// The first descriptor that is handed over, by the protocol.
const FIRST_FD: usize = 3;

/// Takes the sockets that were handed over (`LISTEN_FDS`); none if they are another process's.
///
/// It takes the variables out of the environment: call it before there is a second thread.
pub(crate) fn inherited() -> Result<Vec<OwnedFd>, Failure> {
    let mut handed_over = ListenFd::from_env();
    let mut sockets = Vec::new();
    for index in 0..handed_over.len() {
        let socket = match handed_over.take_tcp_listener(index) {
            Ok(socket) => socket.map(OwnedFd::from),
            Err(_no_tcp_socket) => handed_over
                .take_unix_listener(index)
                .map_err(|_no_unix_socket_either| cannot_listen_on(FIRST_FD + index))?
                .map(OwnedFd::from),
        };
        sockets.extend(socket);
    }
    Ok(sockets)
}

/// The failure of a descriptor that is not what it should be.
pub(crate) fn cannot_listen_on(fd: impl std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Opening,
        format_args!("cannot listen on the inherited descriptor {fd}"),
        "it is not a listening TCP or Unix stream socket; hand over sockets made by ListenStream=",
    )
}

/// Tells the service manager that requests are answered, and where.
pub(crate) fn ready(status: &str) -> std::io::Result<()> {
    sd_notify::notify(&[NotifyState::Ready, NotifyState::Status(status)])
}

/// Tells the service manager that the end has begun.
pub(crate) fn stopping() {
    let status = NotifyState::Status("finishing the requests that have begun");
    // It asked for the end, most likely; that it is coming needs no second attempt.
    sd_notify::notify(&[NotifyState::Stopping, status]).ok();
}
