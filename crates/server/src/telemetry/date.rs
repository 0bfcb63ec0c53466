//! The dates of this second, made once: for the Date field and for the access log.

use std::time::{SystemTime, UNIX_EPOCH};

use semantics::date;

/// Dates as bytes, remade when the second has changed.
#[derive(Debug)]
pub(crate) struct Dates {
    now: SystemTime,
    second: u64,
    /// As in a Date field: `Sun, 06 Nov 1994 08:49:37 GMT`.
    imf: [u8; date::IMF_FIXDATE_LEN],
    /// As in the Common Log Format: `06/Nov/1994:08:49:37 +0000`.
    clf: [u8; 26],
}

impl Dates {
    pub(crate) fn new(now: SystemTime) -> Self {
        let imf = date::format(now);
        Self { now, second: second(now), imf, clf: common_log(&imf) }
    }

    pub(crate) fn refresh(&mut self, now: SystemTime) {
        if second(now) != self.second {
            *self = Self::new(now);
        }
        self.now = now;
    }

    /// Returns the second, counted from 1970.
    pub(crate) const fn second(&self) -> u64 {
        self.second
    }

    /// Returns the digits of the millisecond.
    pub(crate) fn millis(&self) -> [u8; 3] {
        let millis = self.now.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_millis());
        [millis / 100, millis / 10 % 10, millis % 10].map(|digit| b"0123456789"[digit as usize])
    }

    pub(crate) const fn imf(&self) -> &[u8; date::IMF_FIXDATE_LEN] {
        &self.imf
    }

    pub(crate) const fn common_log(&self) -> &[u8; 26] {
        &self.clf
    }
}

fn second(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Rearranges `Sun, 06 Nov 1994 08:49:37 GMT`: every part has its fixed place.
fn common_log(imf: &[u8; date::IMF_FIXDATE_LEN]) -> [u8; 26] {
    let mut clf = *b"00/Mon/0000:00:00:00 +0000";
    clf[0..2].copy_from_slice(&imf[5..7]);
    clf[3..6].copy_from_slice(&imf[8..11]);
    clf[7..11].copy_from_slice(&imf[12..16]);
    clf[12..20].copy_from_slice(&imf[17..25]);
    clf
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn both_forms_of_a_second() {
        let now = UNIX_EPOCH + Duration::from_millis(784_111_777_999);
        let mut dates = Dates::new(UNIX_EPOCH);
        dates.refresh(now);
        assert_eq!(dates.imf(), b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(dates.common_log(), b"06/Nov/1994:08:49:37 +0000");
        for millis in [0, 7, 42, 999] {
            dates.refresh(UNIX_EPOCH + Duration::from_millis(784_111_777_000 + millis));
            assert_eq!(dates.millis(), *format!("{millis:03}").as_bytes());
        }
    }
}
