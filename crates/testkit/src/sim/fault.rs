//! The adversities that a simulation deals out, counted.

use std::fmt;

macro_rules! faults {
    ($( $(#[doc = $doc:literal])+ $name:ident, )+) => {
        /// A kind of adversity.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Fault {
            /// All kinds.
            pub const ALL: &[Self] = &[ $( Self::$name, )+ ];
        }
    };
}

faults! {
    /// A read gave less than the client had sent.
    ShortRead,
    /// A write took less than it was given.
    ShortWrite,
    /// A write found no room at all.
    FullWrite,
    /// A packet or an event was late.
    Delay,
    /// A task other than the eldest ran next.
    ReorderedTask,
    /// An event came for a connection that was closed.
    StaleEvent,
    /// Urgent data stopped a read in the middle.
    UrgentMark,
    /// A file was not in memory.
    ColdOpen,
    /// A part of a file that was to be sent was not in memory.
    ColdContent,
    /// The pool had no room for a job.
    PoolRefusal,
    /// A route had its share of the pool already.
    ShareRefusal,
    /// A job could not start in time, as far as could be told.
    TooLate,
    /// A job was taken out of the queue: its client was gone.
    CancelledJob,
    /// The time of a job was over before it began.
    LateJob,
    /// A job ran past its deadline.
    StuckJob,
    /// A job panicked.
    PanickedJob,
    /// A body was kept on disk.
    SpooledBody,
    /// There was no room on disk for a body.
    FullSpool,
    /// A pool thread was slow to go on.
    SlowPool,
    /// A connection was asked to make room for others.
    Spared,
    /// A head was given up before its deadline.
    HeadShed,
    /// There was no memory for a body.
    NoMemory,
    /// A client sent its requests without waiting for answers.
    Pipelining,
    /// A client reset its connection.
    Reset,
    /// A client ended its half and waited for its answers.
    HalfClose,
    /// A client went away while an answer was on its way.
    ClientGone,
    /// A client never sent a request.
    SilentClient,
    /// A head did not come in time.
    SlowHead,
    /// A body was broken off.
    StalledBody,
    /// A body trickled, more slowly than is waited for.
    TrickledBody,
    /// An answer was not read.
    StalledReader,
    /// An answer was read more slowly than is waited for.
    SlowReader,
    /// A connection stayed idle until it was closed.
    IdleTimeout,
    /// Something was sent that is no request.
    MalformedRequest,
    /// A body was larger than is taken.
    BodyTooLarge,
    /// A client waited for leave to send its body.
    ExpectContinue,
    /// An answer had a form that was made while other requests were answered.
    Compressed,
    /// A handler gave no answer.
    NoAnswer,
    /// The server was told to end while it was at work.
    DrainAtWork,
}

/// How often each kind of adversity occurred.
#[derive(Clone, PartialEq, Eq)]
pub struct Tally([u64; Fault::ALL.len()]);

impl Tally {
    /// Makes a tally of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; Fault::ALL.len()])
    }

    /// Returns how often a kind occurred.
    #[must_use]
    pub const fn count(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    pub(super) const fn note(&mut self, fault: Fault) {
        self.note_times(fault, 1);
    }

    pub(super) const fn note_times(&mut self, fault: Fault, times: u64) {
        self.0[fault as usize] += times;
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(Fault::ALL.iter().map(|&fault| (fault, self.count(fault)))).finish()
    }
}
