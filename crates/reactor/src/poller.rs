//! The poller: the kernel's epoll behind typed interest and readiness.
//!
//! This is the only module that says epoll. It keeps no table of its own: a registration carries
//! a [`Token`], the kernel hands it back, and whoever owns the token's table decides what it
//! means. It does not know tasks, sockets or time.

use std::fmt;
use std::ops::BitOr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;

use crate::driver::{Event, Events};
use crate::token::Token;

/// Events taken from the kernel in one wait; what is left comes with the next. With more, what is
/// learnt of a connection has left the processor's nearer caches again when its task runs.
const EVENTS_PER_WAIT: usize = 256;

/// An epoll instance.
#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
}

impl Poller {
    /// Makes a poller with nothing registered.
    ///
    /// # Errors
    ///
    /// When the process or the system is out of descriptors or memory.
    pub fn new() -> Result<Self, Errno> {
        Ok(Self { epoll: epoll::create(epoll::CreateFlags::CLOEXEC)? })
    }

    /// Registers `source`; its events will carry `token`.
    ///
    /// Closing the last descriptor of the source's file undoes it; [`Poller::remove`] is only for
    /// a source that stays open.
    ///
    /// # Errors
    ///
    /// `EXIST` when it is registered already (also after a one-shot event: that disables, it does
    /// not remove), `PERM` for a file that cannot be polled, `NOSPC` or `NOMEM` when the kernel
    /// has no room.
    pub fn add(&self, source: impl AsFd, token: Token, interest: Interest) -> Result<(), Errno> {
        epoll::add(&self.epoll, source, data(token), interest.0)
    }

    /// Changes the interest of a registered source; re-arms one that was one-shot.
    ///
    /// # Errors
    ///
    /// `NOENT` when it is not registered.
    pub fn modify(&self, source: impl AsFd, token: Token, interest: Interest) -> Result<(), Errno> {
        epoll::modify(&self.epoll, source, data(token), interest.0)
    }

    /// Takes a source out.
    ///
    /// # Errors
    ///
    /// `NOENT` when it is not registered.
    pub fn remove(&self, source: impl AsFd) -> Result<(), Errno> {
        epoll::delete(&self.epoll, source)
    }

    /// Waits for events until `timeout` has passed (for ever if there is none) and appends them.
    ///
    /// The timeout is rounded up to whole milliseconds, so a deadline is never early. An
    /// interrupted wait returns without events.
    ///
    /// # Errors
    ///
    /// Only for a fault of ours: the descriptor or the buffer is wrong.
    pub fn wait(
        &self,
        buf: &mut PollBuf,
        timeout: Option<Duration>,
        events: &mut Events,
    ) -> Result<(), Errno> {
        buf.0.clear();
        let timeout = timeout.map(whole_millis);
        match epoll::wait(&self.epoll, spare_capacity(&mut buf.0), timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        events.extend(buf.0.iter().map(|event| {
            let (flags, bits) = (event.flags, event.data.u64());
            Event { token: Token::from_bits(bits), readiness: Readiness::of(flags) }
        }));
        Ok(())
    }
}

/// The buffer that [`Poller::wait`] has the kernel fill.
pub struct PollBuf(Vec<epoll::Event>);

impl PollBuf {
    /// Makes a buffer for as many events as one wait takes (256).
    #[must_use]
    pub fn new() -> Self {
        Self(Vec::with_capacity(EVENTS_PER_WAIT))
    }
}

impl Default for PollBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PollBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollBuf").field("len", &self.0.len()).finish()
    }
}

/// What a registration asks to be told of. `ERR` and `HUP` come unasked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Interest(epoll::EventFlags);

impl Interest {
    /// The peer sent something, or closed.
    pub const IN: Self = Self(epoll::EventFlags::IN);
    /// There is room to send.
    pub const OUT: Self = Self(epoll::EventFlags::OUT);
    /// Urgent (out-of-band) data arrived.
    pub const PRI: Self = Self(epoll::EventFlags::PRI);
    /// The peer closed its sending half: no further request will come.
    pub const RDHUP: Self = Self(epoll::EventFlags::RDHUP);
    /// Edge-triggered: one event per change, not one per wait while it lasts.
    pub const ET: Self = Self(epoll::EventFlags::ET);
    /// One event, then the registration is disabled until [`Poller::modify`] re-arms it.
    pub const ONESHOT: Self = Self(epoll::EventFlags::ONESHOT);
    /// What a connection is registered with, once, at accept (rule 1).
    pub const CONNECTION: Self = Self(
        epoll::EventFlags::IN
            .union(epoll::EventFlags::OUT)
            .union(epoll::EventFlags::PRI)
            .union(epoll::EventFlags::RDHUP)
            .union(epoll::EventFlags::ET),
    );
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an event says of a source. The bits are independent: none hides another.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Readiness(u8);

impl Readiness {
    /// Nothing.
    pub const EMPTY: Self = Self(0);
    /// Something can be read, or the end of the stream.
    pub const IN: Self = Self(1);
    /// Something can be sent.
    pub const OUT: Self = Self(1 << 1);
    /// Urgent data is there: `recv` will stop at its mark.
    pub const PRI: Self = Self(1 << 2);
    /// The peer closed its sending half.
    pub const RDHUP: Self = Self(1 << 3);
    /// The socket has an error, which the next call will report.
    pub const ERR: Self = Self(1 << 4);
    /// Both halves are closed.
    pub const HUP: Self = Self(1 << 5);
    /// The bits after which a short read no longer means that nothing is left (rule 1).
    pub const EXCEPTIONAL: Self = Self(Self::PRI.0 | Self::RDHUP.0 | Self::ERR.0 | Self::HUP.0);
    /// The bits that mean the peer is gone.
    pub const GONE: Self = Self(Self::ERR.0 | Self::HUP.0);

    /// Tells whether any bit of `other` is set here.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Tells whether all bits of `other` are set here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns these bits without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    fn of(flags: epoll::EventFlags) -> Self {
        let mut readiness = Self::EMPTY;
        for (flag, bit) in [
            (epoll::EventFlags::IN, Self::IN),
            (epoll::EventFlags::OUT, Self::OUT),
            (epoll::EventFlags::PRI, Self::PRI),
            (epoll::EventFlags::RDHUP, Self::RDHUP),
            (epoll::EventFlags::ERR, Self::ERR),
            (epoll::EventFlags::HUP, Self::HUP),
        ] {
            if flags.contains(flag) {
                readiness = readiness | bit;
            }
        }
        readiness
    }
}

impl BitOr for Readiness {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::IN, "IN"),
            (Self::OUT, "OUT"),
            (Self::PRI, "PRI"),
            (Self::RDHUP, "RDHUP"),
            (Self::ERR, "ERR"),
            (Self::HUP, "HUP"),
        ];
        f.debug_set()
            .entries(names.iter().filter(|(bit, _)| self.intersects(*bit)).map(|(_, name)| name))
            .finish()
    }
}

fn data(token: Token) -> epoll::EventData {
    epoll::EventData::new_u64(token.to_bits())
}

/// Whole milliseconds keep rustix on plain `epoll_pwait`, which seccomp profiles know.
fn whole_millis(timeout: Duration) -> Timespec {
    /// The longest wait that fits the kernel's `int` of milliseconds: 24 days.
    const MILLIS_MAX: u128 = i32::MAX as u128;
    let millis = timeout.as_nanos().div_ceil(1_000_000).min(MILLIS_MAX);
    let millis = u32::try_from(millis).unwrap_or(u32::MAX);
    Timespec { tv_sec: i64::from(millis / 1000), tv_nsec: i64::from(millis % 1000) * 1_000_000 }
}

#[cfg(test)]
mod tests;
