//! Dates: written, read, and what is not read.

use super::*;
use proptest::prelude::*;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Noon of 24 November 2026.
const NOW: u64 = 1_795_521_600;

#[track_caller]
fn check(value: &str, expected: Option<SystemTime>) {
    assert_eq!(parse(value.as_bytes(), at(NOW)), expected, "{value:?}");
}

#[test]
fn times_are_written_as_imf_fixdate() {
    fn check(time: SystemTime, expected: &str) {
        assert_eq!(std::str::from_utf8(&format(time)).unwrap(), expected);
    }
    check(at(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    check(at(784_111_777) + Duration::from_nanos(999_999_999), "Sun, 06 Nov 1994 08:49:37 GMT");
    check(at(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
    check(at(NOW), "Tue, 24 Nov 2026 12:00:00 GMT");
    check(UNIX_EPOCH, "Thu, 01 Jan 1970 00:00:00 GMT");
    check(UNIX_EPOCH - Duration::from_secs(1), "Thu, 01 Jan 1970 00:00:00 GMT");
    check(at(LATEST_SECONDS), "Fri, 31 Dec 9999 23:59:59 GMT");
    check(at(LATEST_SECONDS + 1), "Fri, 31 Dec 9999 23:59:59 GMT");
}

#[test]
fn three_formats_are_read() {
    for value in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994",
    ] {
        check(value, Some(at(784_111_777)));
    }
}

/// Every year of four digits is one, and what was before the epoch may stand in a condition.
#[test]
fn dates_before_the_epoch_are_read() {
    check("Thu, 01 Jan 1970 00:00:00 GMT", Some(UNIX_EPOCH));
    check("Wed, 31 Dec 1969 23:59:59 GMT", Some(UNIX_EPOCH - Duration::from_secs(1)));
    check("Mon, 01 Jan 1900 00:00:00 GMT", Some(UNIX_EPOCH - Duration::from_secs(2_208_988_800)));
    check("Sat Jan  1 00:00:00 0000", Some(UNIX_EPOCH - Duration::from_secs(62_167_219_200)));
    check("Fri, 31 Dec 9999 23:59:59 GMT", Some(at(LATEST_SECONDS)));
}

#[test]
fn leap_days_and_leap_seconds() {
    check("Tue, 29 Feb 2000 00:00:00 GMT", Some(at(951_782_400)));
    check("Mon, 29 Feb 2024 00:00:00 GMT", None);
    check("Thu, 29 Feb 2024 00:00:00 GMT", Some(at(1_709_164_800)));
    for value in ["Thu, 01 Mar 1900 00:00:00 GMT", "Wed Feb 28 23:59:60 1900"] {
        check(value, Some(UNIX_EPOCH - Duration::from_secs(2_203_891_200)));
    }
    check("Thu, 29 Feb 1900 00:00:00 GMT", None);
    check("Sat, 31 Dec 2016 23:59:60 GMT", Some(at(1_483_228_800)));
    check("Sun, 01 Jan 2017 00:00:00 GMT", Some(at(1_483_228_800)));
    check("Sat, 31 Dec 2016 23:58:60 GMT", None);
    check("Sat, 31 Dec 2016 23:59:61 GMT", None);
}

/// More than 50 years in the future is the past (RFC 9110 §5.6.7).
#[test]
fn years_of_two_digits_are_near_now() {
    fn check(value: &str, now: &str, expected: &str) {
        let [now, expected] =
            [now, expected].map(|text| parse(text.as_bytes(), UNIX_EPOCH).unwrap());
        assert_eq!(parse(value.as_bytes(), now), Some(expected), "{value}");
    }
    let now = "Tue, 24 Nov 2026 12:00:00 GMT";
    check("Tuesday, 24-Nov-26 12:00:01 GMT", now, "Tue, 24 Nov 2026 12:00:01 GMT");
    check("Tuesday, 24-Nov-76 12:00:00 GMT", now, "Tue, 24 Nov 2076 12:00:00 GMT");
    check("Wednesday, 24-Nov-76 12:00:01 GMT", now, "Wed, 24 Nov 1976 12:00:01 GMT");
    check("Saturday, 01-Jan-77 00:00:00 GMT", now, "Sat, 01 Jan 1977 00:00:00 GMT");
    check(
        "Thursday, 01-Jan-70 00:00:00 GMT",
        "Sat, 01 Jan 2000 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
    );
    check("Monday, 29-Feb-16 00:00:00 GMT", now, "Mon, 29 Feb 2016 00:00:00 GMT");
    // In a century to come.
    check(
        "Tuesday, 01-Jan-32 00:00:00 GMT",
        "Tue, 01 Jan 2097 00:00:00 GMT",
        "Tue, 01 Jan 2132 00:00:00 GMT",
    );
}

#[test]
fn what_is_no_date_is_none() {
    for value in [
        "",
        "0",
        "784111777",
        "now",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov +994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Thu, 31 Nov 1994 08:49:37 GMT",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Monday, 06-Nov-94 08:49:37 GMT",
        "Mon Nov  6 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  0 08:49:37 1994",
        "06 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
    ] {
        check(value, None);
    }
    assert_eq!(parse(b"Sun, 06 Nov 1994 08:49:37 \xff\xff\xff", at(NOW)), None);
}

#[test]
fn whole_seconds_are_what_the_wire_carries() {
    for time in [
        at(784_111_777) + Duration::from_nanos(1),
        at(784_111_777),
        UNIX_EPOCH - Duration::from_nanos(1),
        UNIX_EPOCH - Duration::from_secs(86_400),
        at(LATEST_SECONDS + 1),
    ] {
        assert_eq!(parse(&format(time), at(NOW)), Some(whole_seconds(time)));
    }
}

proptest! {
    #[test]
    fn any_time_is_written_as_another_crate_does(seconds in 0..=LATEST_SECONDS) {
        let time = at(seconds);
        let written = httpdate::fmt_http_date(time);
        prop_assert_eq!(format(time).to_vec(), written.clone().into_bytes());
        prop_assert_eq!(parse(written.as_bytes(), UNIX_EPOCH), Some(time));
    }

    #[test]
    fn any_date_with_four_digits_of_year_is_read_as_another_crate_does(
        value in "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (Jan|Feb|Dec) (19[7-9]|20[0-9])[0-9] \
                  [0-2][0-9]:[0-6][0-9]:[0-5][0-9] GMT",
    ) {
        let expected = httpdate::parse_http_date(&value).ok();
        prop_assert_eq!(parse(value.as_bytes(), UNIX_EPOCH), expected);
    }

    #[test]
    fn any_bytes_are_answered(value: Vec<u8>, now in 0..=u64::from(u32::MAX)) {
        prop_assert_eq!(parse(&value, at(now)), None);
    }
}
