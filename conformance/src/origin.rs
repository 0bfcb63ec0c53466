//! A server under judgement: where it is, and how long to wait for it.

use std::net::SocketAddr;
use std::time::Duration;

use crate::wire::{Answer, Wire};

/// A server that serves the site of the cases.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Longest wait for what it should do.
    pub patience: Duration,
}

impl Origin {
    /// Connects to it.
    #[must_use]
    #[track_caller]
    pub fn connect(&self) -> Wire {
        Wire::connect(self.addr, self.patience)
    }

    /// Sends a request with these field lines, and a Host, on a connection of its own.
    #[must_use]
    #[track_caller]
    pub fn ask(&self, method: &str, target: &str, fields: &[&str]) -> Answer {
        self.connect().ask(method, target, fields)
    }

    /// Sends a GET with these field lines, and a Host, on a connection of its own.
    #[must_use]
    #[track_caller]
    pub fn get(&self, target: &str, fields: &[&str]) -> Answer {
        self.ask("GET", target, fields)
    }
}
