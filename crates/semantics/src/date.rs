//! HTTP dates (RFC 9110 §5.6.7): written as IMF-fixdate, read in all three formats.
//!
//! A date on the wire has whole seconds, a file's time has nanoseconds; [`whole_seconds`] is the
//! bridge for comparisons. The clock is never asked here.

use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Length of an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub const IMF_FIXDATE_LEN: usize = 29;

/// Writes a time as IMF-fixdate; the fraction of the second is dropped.
///
/// # Limits
///
/// The format has four digits for the year and the epoch is the earliest time written: what lies
/// outside (files may carry any time) is written as the nearest date inside.
#[must_use]
pub fn format(time: SystemTime) -> [u8; IMF_FIXDATE_LEN] {
    let latest = UNIX_EPOCH + Duration::from_secs(LATEST_SECONDS);
    let date = httpdate::HttpDate::from(time.clamp(UNIX_EPOCH, latest));
    let mut text = [0; IMF_FIXDATE_LEN];
    write!(text.as_mut_slice(), "{date}").expect("a year of four digits makes 29 bytes");
    text
}

/// Reads a date in any of the three formats; `None` if it is none of them.
///
/// A two-digit year of the RFC 850 format is taken as 1970 to 2069: with no clock at hand, the
/// window is fixed.
#[must_use]
pub fn parse(value: &[u8]) -> Option<SystemTime> {
    httpdate::parse_http_date(std::str::from_utf8(value).ok()?).ok()
}

/// Rounds a time down to the second, as writing it and reading it back would.
#[must_use]
pub fn whole_seconds(time: SystemTime) -> SystemTime {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        Err(_) => UNIX_EPOCH,
    }
}

/// The last second of the year 9999.
const LATEST_SECONDS: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn times_are_written_as_imf_fixdate() {
        fn check(time: SystemTime, expected: &str) {
            assert_eq!(std::str::from_utf8(&format(time)).unwrap(), expected);
        }
        check(at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        check(at(784_111_777) + Duration::from_nanos(999_999_999), "Sun, 06 Nov 1994 08:49:37 GMT");
        check(at(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        check(UNIX_EPOCH, "Thu, 01 Jan 1970 00:00:00 GMT");
        check(UNIX_EPOCH - Duration::from_secs(1), "Thu, 01 Jan 1970 00:00:00 GMT");
        check(at(LATEST_SECONDS), "Fri, 31 Dec 9999 23:59:59 GMT");
        check(at(LATEST_SECONDS + 1), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn three_formats_are_read() {
        fn check(value: &str, expected: Option<u64>) {
            assert_eq!(parse(value.as_bytes()), expected.map(at), "{value:?}");
        }
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777));
        check("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777));
        check("Sun Nov  6 08:49:37 1994", Some(784_111_777));
        check("Sun, 06 Nov 1994 08:49:37", None);
        check("Sun, 06 Nov 1994 25:49:37 GMT", None);
        check("Sun, 31 Feb 1994 08:49:37 GMT", None);
        check("784111777", None);
        check("", None);
        assert_eq!(parse(b"Sun, 06 Nov 1994 08:49:37 \xff\xff\xff"), None);
    }

    #[test]
    fn whole_seconds_are_what_the_wire_carries() {
        for time in [
            at(784_111_777) + Duration::from_nanos(1),
            at(784_111_777),
            UNIX_EPOCH - Duration::from_nanos(1),
        ] {
            assert_eq!(parse(&format(time)), Some(whole_seconds(time)));
        }
    }
}
