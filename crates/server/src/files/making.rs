//! How far the codings of a file that has no siblings have been made.
//!
//! ```text
//!   nothing ──claim──► busy ──fulfil──► fast ──claim──► busy ──fulfil──► done
//!      ▲                │ └─give_up───► done             │ └─give_up───► done
//!      └──── dropped ───┘                ▲──── dropped ──┘
//! ```
//!
//! All states of the file's [`Variants`](super::variants::Variants) share one of these, until the
//! file changes: so each coding is made once, at each level, whoever asks and on whichever worker;
//! and of one that turned out not to be worth it that is remembered.
//!
//! It makes nothing, and does not have what was made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use semantics::coding::Coding;

use super::coder::Level;

/// What has been made of a file, by coding.
///
/// The numbers say nothing of other memory, so that nothing is ordered by them: what was made
/// passes through the lock of the store.
#[derive(Debug, Default)]
pub(super) struct Making([AtomicU8; Coding::ALL.len()]);

/// Nothing has been made.
const NOTHING: u8 = 0;

/// Somebody has a claim.
const BUSY: u8 = 1;

/// The fast level has been made.
const FAST: u8 = 2;

/// There is nothing more to be made.
const DONE: u8 = 3;

impl Making {
    /// Tells whether there is something to be made that nobody has claimed.
    #[inline]
    pub(super) fn is_due(&self, coding: Coding) -> bool {
        matches!(self.stage(coding).load(Ordering::Relaxed), NOTHING | FAST)
    }

    /// Claims what is to be made next in a coding, if there is something and nobody has.
    pub(super) fn claim(self: &Arc<Self>, coding: Coding) -> Option<Claim> {
        let stage = self.stage(coding).load(Ordering::Relaxed);
        let level = match stage {
            NOTHING => Level::Fast,
            FAST => Level::Best,
            _ => return None,
        };
        let claimed =
            self.stage(coding).compare_exchange(stage, BUSY, Ordering::Relaxed, Ordering::Relaxed);
        let (making, is_begun) = (Arc::clone(self), false);
        claimed.is_ok().then(|| Claim { making, coding, level, end: stage, is_begun })
    }

    fn stage(&self, coding: Coding) -> &AtomicU8 {
        &self.0[coding as usize]
    }
}

/// The right to make a coding at a level, which one has at a time. Dropped, it is as if it had not
/// been claimed; in a panic while it is being made, as if it were not worth it, lest that happen
/// again and again.
#[derive(Debug)]
pub(super) struct Claim {
    making: Arc<Making>,
    coding: Coding,
    level: Level,
    /// The stage that its end leads to.
    end: u8,
    is_begun: bool,
}

impl Claim {
    pub(super) const fn coding(&self) -> Coding {
        self.coding
    }

    pub(super) const fn level(&self) -> Level {
        self.level
    }

    /// Tells whether it is about what that counts.
    pub(super) fn is_of(&self, making: &Arc<Making>) -> bool {
        Arc::ptr_eq(&self.making, making)
    }

    /// Says that it is being made.
    pub(super) const fn begin(&mut self) {
        self.is_begun = true;
    }

    /// Says that it has been made.
    pub(super) fn fulfil(mut self) {
        self.end = match self.level {
            Level::Fast => FAST,
            Level::Best => DONE,
        };
    }

    /// Says that it is not worth it, or cannot be made: nobody is to try again.
    pub(super) fn give_up(mut self) {
        self.end = DONE;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let is_its_fault = self.is_begun && thread::panicking();
        let end = if is_its_fault { DONE } else { self.end };
        self.making.stage(self.coding).store(end, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_a_claim_at_a_time() {
        let making = Arc::<Making>::default();
        let claim = making.claim(Coding::Br).unwrap();
        assert!(!making.is_due(Coding::Br));
        assert!(making.claim(Coding::Br).is_none());
        assert!(making.claim(Coding::Gzip).is_some(), "each coding has its own");
        assert!(claim.is_of(&making));
        assert!(!claim.is_of(&Arc::default()));
    }

    #[test]
    fn fast_comes_first_and_best_is_the_end() {
        let making = Arc::<Making>::default();
        for level in [Level::Fast, Level::Best] {
            let dropped = making.claim(Coding::Zstd).unwrap();
            assert_eq!(dropped.level(), level);
            drop(dropped);
            let claim = making.claim(Coding::Zstd).unwrap();
            assert_eq!((claim.coding(), claim.level()), (Coding::Zstd, level));
            claim.fulfil();
        }
        assert!(!making.is_due(Coding::Zstd));
        assert!(making.claim(Coding::Zstd).is_none());
    }

    #[test]
    fn what_was_given_up_is_not_tried_again() {
        let making = Arc::<Making>::default();
        making.claim(Coding::Br).unwrap().give_up();
        assert!(making.claim(Coding::Br).is_none());

        let mut begun = making.claim(Coding::Gzip).unwrap();
        begun.begin();
        let waiting = making.claim(Coding::Zstd).unwrap();
        let panicked = thread::spawn(move || {
            let _claims = (begun, waiting);
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.join().is_err());
        assert!(!making.is_due(Coding::Gzip), "what panicked would again");
        assert!(making.is_due(Coding::Zstd), "what only waited is innocent");
    }
}
