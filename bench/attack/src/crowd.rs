//! Many clients in one loop: they connect, send and read as their conduct says.
//!
//! Their addresses are loopback's, 127.0.0.2 and on: no address runs out of ports, and the good
//! client's is not among them.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use reactor::clock::Instant;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::chance::Chance;
use crate::client::{Client, Moved};
use crate::conduct::{Conduct, Reading, Window};
use crate::error::Failure;
use crate::now;
use crate::tally::{CLOSED, OPEN, OPENED, REFUSED, RESET, Tally};

/// How often clients with a pace of their own are looked at.
const TICK: Duration = Duration::from_millis(5);

/// Clients that connect in a tick: four thousand a second.
const CONNECTS_PER_TICK: usize = 20;

/// Addresses that they come from.
const ADDRESSES: usize = 16;

/// Most events taken at a time.
const EVENTS_MAX: usize = 1024;

/// The token of standard input.
const INPUT: u64 = u64::MAX;

/// The window of who wants a small one.
const SMALL_WINDOW: usize = 4096;

/// A crowd, as an attack wants it.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Clients, one after another.
    pub(crate) count: usize,
    /// Clients at the same time.
    pub(crate) at_once: usize,
    /// What they do, in turns.
    pub(crate) conducts: Vec<Conduct>,
}

/// A crowd at work.
#[derive(Debug)]
pub(crate) struct Crowd {
    plan: Plan,
    addr: SocketAddr,
    epoll: OwnedFd,
    clients: Vec<Option<Client>>,
    live: usize,
    /// Those that do something when its time has come.
    timed: Vec<usize>,
    /// Those with more to send or read than one turn takes.
    again: VecDeque<usize>,
    chance: Chance,
    tally: Tally,
    buf: Vec<u8>,
}

impl Crowd {
    /// Gathers a crowd that will attack `addr`.
    ///
    /// # Errors
    ///
    /// When the system refuses an epoll.
    pub(crate) fn new(plan: Plan, addr: SocketAddr, seed: u64) -> Result<Self, Failure> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Failure::of("wait"))?;
        let data = epoll::EventData::new_u64(INPUT);
        epoll::add(&epoll, std::io::stdin(), data, epoll::EventFlags::IN)
            .map_err(Failure::of("watch standard input"))?;
        Ok(Self {
            plan,
            addr,
            epoll,
            clients: Vec::new(),
            live: 0,
            timed: Vec::new(),
            again: VecDeque::new(),
            chance: Chance::of(seed),
            tally: Tally::default(),
            buf: vec![0; 256 * 1024],
        })
    }

    /// Attacks until all are gone, the time is up, or standard input ends.
    ///
    /// # Errors
    ///
    /// When the system refuses a wait.
    pub(crate) fn run(mut self, time: Duration) -> Result<Tally, Failure> {
        let end = now().after(time);
        let mut events = Vec::with_capacity(EVENTS_MAX);
        let mut next_tick = now();
        loop {
            let is_told = self.take_events(&mut events, next_tick)?;
            for _ in 0..self.again.len() {
                let Some(slot) = self.again.pop_front() else { break };
                self.turn(slot, |client, at, buf| client.turn(at, buf));
            }
            let at = now();
            if at >= next_tick {
                next_tick = at.after(TICK);
                self.connect_some(at);
                self.tick();
            }
            let is_done = self.clients.len() == self.plan.count && self.live == 0;
            if is_done || is_told || at >= end {
                self.tally.add_many(OPEN, self.live as u64);
                self.clients.into_iter().flatten().for_each(|left| left.note(&mut self.tally));
                return Ok(self.tally);
            }
        }
    }

    /// Serves what has happened; tells whether standard input has ended.
    fn take_events(
        &mut self,
        events: &mut Vec<epoll::Event>,
        until: Instant,
    ) -> Result<bool, Failure> {
        events.clear();
        let wait = if self.again.is_empty() { until.since(now()) } else { Duration::ZERO };
        let timeout = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
        match epoll::wait(&self.epoll, spare_capacity(events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::of("wait")(errno)),
        }
        let mut is_told = false;
        for event in events.iter() {
            match event.data.u64() {
                INPUT => is_told = true,
                slot => {
                    let flags = event.flags;
                    let slot = usize::try_from(slot).unwrap_or(usize::MAX);
                    self.turn(slot, |client, at, buf| client.on_event(flags, at, buf));
                }
            }
        }
        Ok(is_told)
    }

    /// Gives a client its turn, if it is still there, and sees to what comes of it.
    fn turn(&mut self, slot: usize, act: impl FnOnce(&mut Client, Instant, &mut [u8]) -> Moved) {
        let Some(Some(client)) = self.clients.get_mut(slot) else { return };
        let at = now();
        match act(client, at, &mut self.buf) {
            Moved::Waits => {}
            Moved::HasMore => self.again.push_back(slot),
            Moved::Over(how) => {
                self.tally.add(how);
                self.live -= 1;
                if let Some(client) = self.clients[slot].take() {
                    if [CLOSED, RESET].contains(&how) {
                        self.tally.life(client.age(at));
                    }
                    client.note(&mut self.tally);
                }
            }
        }
    }

    /// Gives those their turn that may have waited for the time.
    fn tick(&mut self) {
        let mut timed = std::mem::take(&mut self.timed);
        timed.retain(|&slot| {
            self.turn(slot, |client, at, buf| client.tick(at, buf));
            self.clients[slot].is_some()
        });
        self.timed = timed;
    }

    fn connect_some(&mut self, at: Instant) {
        for _ in 0..CONNECTS_PER_TICK {
            let number = self.clients.len();
            if number == self.plan.count || self.live == self.plan.at_once {
                return;
            }
            let conduct = self.plan.conducts[number % self.plan.conducts.len()].clone();
            match self.connect(number, conduct.reading) {
                Ok(socket) => {
                    self.tally.add(OPENED);
                    if conduct.is_timed() {
                        self.timed.push(number);
                    }
                    let client = Client::new(socket, conduct, at, &mut self.chance);
                    self.clients.push(Some(client));
                    self.live += 1;
                }
                Err(error) => {
                    self.tally.add(REFUSED);
                    self.tally.fault(format!("cannot connect: {error}"));
                    self.clients.push(None);
                }
            }
        }
    }

    fn connect(&self, number: usize, reading: Reading) -> std::io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        let last = u8::try_from(2 + number % ADDRESSES).unwrap_or(2);
        let source: SocketAddr = (Ipv4Addr::new(127, 0, 0, last), 0).into();
        socket.bind(&source.into())?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if matches!(reading, Reading::AtRate(_, Window::Small)) {
            socket.set_recv_buffer_size(SMALL_WINDOW)?;
        }
        match socket.connect(&self.addr.into()) {
            Err(error) if Errno::from_io_error(&error) != Some(Errno::INPROGRESS) => {
                return Err(error);
            }
            _ => {}
        }
        let data = epoll::EventData::new_u64(number as u64);
        let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
        epoll::add(&self.epoll, &socket, data, flags)?;
        Ok(socket)
    }
}
