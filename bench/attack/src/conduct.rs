//! What a client of an attack does, as data: what it sends and when, how it reads, how it leaves.

use std::time::Duration;

/// The behaviour of a client.
#[derive(Clone, Debug)]
pub(crate) struct Conduct {
    /// Sent as soon as it is connected.
    pub(crate) opening: Vec<u8>,
    pub(crate) then: Then,
    pub(crate) reading: Reading,
    pub(crate) leaving: Leaving,
}

/// What a client does behind its opening.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// It waits.
    Nothing,
    /// It ends its half of the connection and waits.
    HalfClose,
    /// It sends a byte of urgent data and waits.
    Urgent,
    /// It goes on sending a text over and over.
    Repeat(Repeat),
}

/// A text that is sent over and over.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    pub(crate) text: Vec<u8>,
    /// How many bytes of it at a time, and how long after those before them; none is as fast as
    /// they are taken.
    pub(crate) pace: Option<(usize, Duration)>,
    /// How often the text is sent at most.
    pub(crate) times: u64,
}

/// How a client takes what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As it comes.
    Eager,
    /// Not at all.
    Never,
    /// So many bytes a second, with a small or the usual window.
    AtRate(u64, Window),
}

/// How much the kernel takes for a client that does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    Usual,
    /// As little as it allows to ask for: the server is to feel the client's pace.
    Small,
}

/// When a client leaves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// When it is sent away.
    Never,
    /// When the one answer that it asked for has come.
    WhenAnswered,
    /// With a reset, at a random moment within this time.
    ResetWithin(Duration),
}

impl Conduct {
    /// Sends an opening, waits and reads.
    pub(crate) fn new(opening: impl Into<Vec<u8>>) -> Self {
        Self {
            opening: opening.into(),
            then: Then::Nothing,
            reading: Reading::Eager,
            leaving: Leaving::Never,
        }
    }

    pub(crate) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }

    /// Sends `text` over and over as fast as it is taken.
    pub(crate) fn flooding(self, text: impl Into<Vec<u8>>) -> Self {
        self.then(Then::Repeat(Repeat { text: text.into(), pace: None, times: u64::MAX }))
    }

    /// Sends `text` over and over, `size` bytes after each pause.
    pub(crate) fn trickling(self, text: impl Into<Vec<u8>>, size: usize, pause: Duration) -> Self {
        let pace = Some((size, pause));
        self.then(Then::Repeat(Repeat { text: text.into(), pace, times: u64::MAX }))
    }

    pub(crate) fn reading(self, reading: Reading) -> Self {
        Self { reading, ..self }
    }

    pub(crate) fn leaving(self, leaving: Leaving) -> Self {
        Self { leaving, ..self }
    }

    /// Returns what it is to send behind the first `sent` bytes; nothing when that was all.
    pub(crate) fn next(&self, sent: u64) -> &[u8] {
        let opening = self.opening.len() as u64;
        if let Some(rest) = usize::try_from(sent).ok().and_then(|sent| self.opening.get(sent..))
            && !rest.is_empty()
        {
            return rest;
        }
        match &self.then {
            Then::Repeat(Repeat { text, times, .. }) if !text.is_empty() => {
                let (len, sent) = (text.len() as u64, sent - opening);
                let at = usize::try_from(sent % len).unwrap_or(0);
                if sent / len < *times { &text[at..] } else { &[] }
            }
            _ => &[],
        }
    }

    /// Tells whether it does something when its time has come.
    pub(crate) const fn is_timed(&self) -> bool {
        self.pace().is_some()
            || matches!(self.reading, Reading::AtRate(..))
            || matches!(self.leaving, Leaving::ResetWithin(_))
    }

    /// Returns the pace behind the opening, if there is one.
    pub(crate) const fn pace(&self) -> Option<(usize, Duration)> {
        match &self.then {
            Then::Repeat(repeat) => repeat.pace,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_followed_by_its_text_over_and_over() {
        let conduct = Conduct::new("ab").flooding("cde");
        let check = |sent, expected: &str| assert_eq!(conduct.next(sent), expected.as_bytes());
        check(0, "ab");
        check(1, "b");
        check(2, "cde");
        check(4, "e");
        check(5, "cde");
        let repeat = Repeat { text: b"c".to_vec(), pace: None, times: 2 };
        let twice = Conduct::new("").then(Then::Repeat(repeat));
        assert_eq!((twice.next(1), twice.next(2)), (&b"c"[..], &b""[..]));
        assert_eq!(Conduct::new("ab").next(2), b"");
    }
}
